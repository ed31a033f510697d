/* The operator's pages of courts (admin.h). */
#include "portal/pages/admin.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/data/places.h"
#include "portal/data/series.h"
#include "portal/http/clock.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/store/courtinfo.h"

enum {
    LIST_ARENA = 1 << 20, /* bytes */
    WILL = 4096,          /* bytes of what a court will be */
};

static void
set_court(struct pt_map *m, const struct pt_court_info *c)
{
    pt_set(m, "code", c->court.code);
    pt_set(m, "court_name", c->court.name);
    pt_set(m, "types", c->types);
    pt_set(m, "address", c->address);
    pt_set(m, "phone", c->phone);
    pt_set(m, "email", c->email);
    pt_set_int(m, "days", c->act_days);
    pt_set_int(m, "officials", c->officials);
    pt_set_flag(m, "connected", c->connected);
    pt_set_flag(m, "closed", c->closed);
}

void
pt_web_admin_courts(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_arena *arena;
    struct pt_court_infos list = {.count = 0};
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_who who;
    enum mh_code code;

    if (!pt_operator(app, rq, answer, &who))
        return;
    arena = mh_arena_new(LIST_ARENA);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_court_infos(app->store, arena, &err, &list);
    if (code == MH_OK) {
        pt_admin_begin(&page, rq, answer, PT_T("Courts"), &who, "at_courts");
        pt_set_flag(&page.root, "wide", true);
        for (size_t i = 0; i < list.count; i++)
            set_court(pt_add(&page.root, "courts"), &list.item[i]);
        pt_page_end(&pt_tmpl_admin_courts, &page, rq, answer, 200);
    } else {
        pt_answer_error(answer, &err);
    }
    mh_arena_free(arena);
}

/* ---- one ---- */

struct asking {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct pt_who who;
    bool fresh; /* a new one */
    struct pt_court_info c;
    char subject[PT_PROPOSAL_SUBJECT];
    const char *field, *wrong;
};

static bool
find(struct asking *a)
{
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};

    if (pt_store_court_info(a->app->store, a->rq->param, &err, &a->c, &found) !=
        MH_OK) {
        pt_answer_error(a->answer, &err);
        return false;
    }
    if (found == PT_FOUND)
        return true;
    pt_page_absent(a->rq, a->answer);
    return false;
}

/* What the form has, in place of what is. */
static void
take_form(const struct asking *a, struct pt_map *m)
{
    const struct pt_request *rq = a->rq;

    if (a->fresh)
        pt_set(m, "code", pt_field(rq, "code"));
    pt_set(m, "court_name", pt_field(rq, "name"));
    pt_set(m, "types", pt_field(rq, "types"));
    pt_set(m, "address", pt_field(rq, "address"));
    pt_set(m, "phone", pt_field(rq, "phone"));
    pt_set(m, "email", pt_field(rq, "email"));
    pt_set(m, "days", pt_field(rq, "days"));
    pt_set_flag(m, "connected", strcmp(pt_field(rq, "connected"), "yes") == 0);
    pt_set_flag(m, "closed", strcmp(pt_field(rq, "closed"), "yes") == 0);
    pt_set_lines(m, "reason", mh_span_str(pt_field(rq, "reason")));
}

static enum mh_code
set_open(const struct asking *a, struct pt_map *m, struct mh_err *err)
{
    const struct pt_proposal_query q = {
        .open = true, .subject = a->subject, .now = pt_time()};
    struct pt_proposals open;
    enum mh_code code =
        pt_store_proposal_list(a->app->store, &q, a->rq->arena, err, &open);

    if (code == MH_OK && open.count > 0)
        pt_set(m, "open_proposal", open.item[0].id);
    return code;
}

/* The places by their regions, each region first. */
static enum mh_code
set_places(const struct asking *a, struct pt_map *m, struct mh_err *err)
{
    const char *is = a->wrong != NULL ? pt_field(a->rq, "place") : a->c.place;
    struct pt_map *group = NULL;
    struct pt_places all;
    enum mh_code code =
        pt_places_read(pt_places_text(), a->rq->arena, err, &all);

    for (size_t i = 0; code == MH_OK && i < all.count; i++) {
        const struct pt_place *p = &all.item[i];
        struct pt_map *o;

        if (p->inside == NULL || group == NULL) {
            group = pt_add(m, "regions");
            pt_set(group, "region", p->name);
        }
        o = pt_add(group, "places");
        pt_set(o, "code", p->code);
        if (p->inside != NULL && p->inside->inside != NULL)
            pt_setf(o, "text", "%s, %s", p->inside->name, p->name);
        else
            pt_set(o, "text", p->name);
        pt_set_flag(o, "chosen", strcmp(p->code, is) == 0);
    }
    return code;
}

static void
show(struct asking *a)
{
    enum mh_lang lang = pt_lang_of(a->rq);
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    if (!a->fresh)
        (void)snprintf(a->subject, sizeof(a->subject), "court:%s",
            a->c.court.code); /* fits */
    pt_admin_begin(&page, a->rq, a->answer,
        a->fresh ? PT_T("A new court") : PT_T("Court"), &a->who, "at_courts");
    pt_set_flag(m, "fresh", a->fresh);
    set_court(m, &a->c);
    if (a->wrong != NULL)
        take_form(a, m);
    for (size_t i = 0; pt_series_of(i) != NULL; i++) {
        struct pt_map *o = pt_add(m, "series");

        pt_set(o, "code", pt_series_of(i)->type);
        pt_set(
            o, "text", pt_text(lang, pt_case_type_text(pt_series_of(i)->type)));
    }
    if (set_places(a, m, &err) != MH_OK ||
        (!a->fresh && set_open(a, m, &err) != MH_OK)) {
        pt_answer_error(a->answer, &err);
        return;
    }
    if (a->wrong != NULL) {
        pt_set_flag(m, "wrong_code", strcmp(a->field, "code") == 0);
        pt_set_flag(m, "wrong_name", strcmp(a->field, "name") == 0);
        pt_set_flag(m, "wrong_reason", strcmp(a->field, "reason") == 0);
        pt_set(m, "wrong", a->wrong);
        pt_page_error(&page, a->field, a->wrong);
    }
    pt_page_end(&pt_tmpl_admin_court, &page, a->rq, a->answer,
        a->wrong == NULL ? 200 : 422);
}

void
pt_web_admin_court(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (pt_operator(ctx, rq, answer, &a.who) && find(&a))
        show(&a);
}

void
pt_web_admin_court_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx,
        .rq = rq,
        .answer = answer,
        .fresh = true,
        .c = {.connected = true, .act_days = 3}};

    if (pt_operator(ctx, rq, answer, &a.who))
        show(&a);
}

/* A line "key=value"; false: the value is too long, or cannot be read. */
static bool
put(const struct pt_request *rq, const char *key, size_t chars,
    struct mh_buf *out)
{
    char value[4 * PT_TEXT_MAX + 1];
    bool good = pt_line_of(pt_field(rq, key), chars, value);

    mh_buf_printf(out, "%s=%s\n", key, value);
    return good && strlen(value) <= PT_TEXT_MAX;
}

/* The same of types, without the blanks between. */
static bool
put_types(const struct pt_request *rq, struct mh_buf *out)
{
    char value[4 * PT_COURT_TYPES + 1];
    bool good = pt_line_of(pt_field(rq, "types"), PT_COURT_TYPES, value);

    mh_buf_str(out, "types=");
    for (const char *p = value; *p != '\0'; p++)
        if (*p != ' ')
            mh_buf_byte(out, (uint8_t)*p);
    mh_buf_byte(out, '\n');
    return good;
}

static bool
put_all(const struct pt_request *rq, struct mh_buf *out)
{
    bool good = put(rq, "name", PT_COURT_MAX, out);

    mh_buf_printf(out, "connected=%s\nclosed=%s\n",
        strcmp(pt_field(rq, "connected"), "yes") == 0 ? "yes" : "no",
        strcmp(pt_field(rq, "closed"), "yes") == 0 ? "yes" : "no");
    good = put_types(rq, out) && good;
    good = put(rq, "place", PT_COURT_PLACE, out) && good;
    good = put(rq, "address", PT_TEXT_MAX, out) && good;
    good = put(rq, "phone", PT_TEXT_MAX, out) && good;
    good = put(rq, "email", PT_TEXT_MAX, out) && good;
    good = put(rq, "days", 2, out) && good;
    mh_buf_byte(out, '\0');
    return good && mh_buf_ok(out);
}

static void
wrong(struct asking *a, const char *field, const char *text)
{
    a->field = field;
    a->wrong = pt_text(pt_lang_of(a->rq), text);
    show(a);
}

static void
propose(struct asking *a)
{
    struct mh_buf will;
    struct pt_admin_sent s = {.app = a->app,
        .rq = a->rq,
        .answer = a->answer,
        .who = &a->who,
        .kind = PT_PROPOSE_COURT,
        .field = "name"};

    mh_buf_init(&will, WILL);
    if (!put_all(a->rq, &will)) {
        wrong(a, "name",
            PT_T("A text is too long, or has characters that "
                 "cannot be read."));
    } else {
        s.subject = a->subject;
        s.will = (const char *)will.ptr;
        if (!pt_admin_propose(&s) && s.wrong != NULL) {
            a->field = s.field;
            a->wrong = s.wrong;
            show(a);
        }
    }
    mh_buf_fini(&will);
}

void
pt_web_admin_court_propose(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (!pt_operator_sends(ctx, rq, answer, &a.who) || !find(&a))
        return;
    (void)snprintf(
        a.subject, sizeof(a.subject), "court:%s", a.c.court.code); /* fits */
    propose(&a);
}

void
pt_web_admin_court_add(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer, .fresh = true};
    const char *code = pt_field(rq, "code");
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};

    if (!pt_operator_sends(ctx, rq, answer, &a.who))
        return;
    if (!pt_court_code_good(code)) {
        wrong(&a, "code",
            PT_T("A code has small letters, digits and dashes, at most 15"));
        return;
    }
    if (pt_store_court_info(a.app->store, code, &err, &a.c, &found) != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_FOUND) {
        wrong(&a, "code", PT_T("There is a court with this code"));
    } else {
        (void)snprintf(
            a.subject, sizeof(a.subject), "court:%s", code); /* fits */
        propose(&a);
    }
}
