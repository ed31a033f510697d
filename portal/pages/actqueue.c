#include "portal/pages/actqueue.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/filing/act.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/actclock.h"
#include "portal/pages/actpage.h"
#include "portal/pages/fields.h"
#include "portal/signing/actsign.h"

enum {
    QUEUE_ARENA = 24 << 20, /* bytes of the lists, and of acts with texts */
};

/* The acts that a form names: name0, name1 ... */
struct chosen {
    const char *name;
    struct pt_act act[PT_ACTS_WAITING];
    size_t count;
};

struct queue {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct mh_arena *arena;
    struct pt_who who;
    const char *form; /* of what was sent */
    struct chosen *chosen;
};

/* What the page says of a step that failed. */
struct wrong {
    const char *field;        /* "" : of the whole */
    const char *text;         /* an id */
    const struct pt_act *act; /* the one that failed, or NULL */
    size_t done;              /* acts that were signed or published */
    unsigned status;
};

/* ---- the page ---- */

static bool
is_chosen(const struct queue *q, const struct pt_act *a)
{
    for (size_t i = 0; q->chosen != NULL && i < q->chosen->count; i++)
        if (strcmp(q->chosen->act[i].id, a->id) == 0)
            return true;
    return false;
}

/* The list of that name: acts of one state. */
static enum mh_code
add_list(struct queue *q, struct pt_map *m, const char *name,
    enum pt_act_state state, struct mh_err *err)
{
    struct pt_acts list = {.count = 0};
    enum mh_code code = pt_store_act_waiting(
        q->app->store, &q->who.account, state, q->arena, err, &list);

    pt_set_list(m, name);
    for (size_t i = 0; i < list.count; i++) {
        struct pt_map *item = pt_add(m, name);

        pt_act_describe(
            item, &list.item[i], true, pt_time(), pt_lang_of(q->rq));
        pt_set_int(item, "n", (int64_t)i);
        pt_set_flag(item, "chosen", is_chosen(q, &list.item[i]));
    }
    if (list.more)
        pt_set_flag(m, "more", true);
    return code;
}

static void
set_wrong(struct queue *q, struct pt_page *page, const struct wrong *w)
{
    enum mh_lang lang = pt_lang_of(q->rq);
    const char *text = pt_text(lang, w->text);
    struct pt_map *m = &page->root;

    pt_set(m, "wrong", text);
    pt_set_flag(m, "wrong_pin", strcmp(w->field, "pin") == 0);
    pt_set_flag(m, "wrong_sign", strcmp(w->field, "sign0") == 0);
    pt_set_flag(m, "wrong_publish", strcmp(w->field, "publish0") == 0);
    pt_set_flag(m, "failed", w->act != NULL);
    if (w->act != NULL) {
        pt_set(m, "failed_id", w->act->id);
        pt_set(m, "failed_title", w->act->title);
    }
    pt_set_int(m, "done", (int64_t)w->done);
    pt_page_error(page, w->field, text);
}

static void
show(struct queue *q, const struct wrong *w)
{
    bool judge = q->who.account.role == PT_ROLE_JUDGE;
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m;
    char form[27];
    enum mh_code code;

    pt_page_of(&page, q->rq, q->answer, PT_T("Court acts"), &q->who);
    m = &page.root;
    pt_set_flag(m, "in_acts", true);
    pt_set_flag(m, "wide", true);
    pt_set_flag(m, "judge_signs", judge);
    pt_id_new(form);
    pt_set(m, "form", form);
    code = add_list(q, m, "waiting", PT_ACT_FOR_SIGNATURE, &err);
    if (code == MH_OK)
        code = add_list(q, m, "signed_acts", PT_ACT_SIGNED, &err);
    if (code == MH_OK)
        code = add_list(q, m, "drafts", PT_ACT_DRAFT, &err);
    if (w != NULL)
        set_wrong(q, &page, w);
    if (code == MH_OK)
        pt_page_end(&pt_tmpl_acts, &page, q->rq, q->answer,
            w == NULL ? 200 : w->status);
    else
        pt_answer_error(q->answer, &err);
}

/* Who asks, a judge or a clerk; else answer says. */
static bool
begin(struct queue *q)
{
    struct mh_err err = {.msg = ""};

    if (!pt_who_must(q->app, q->rq, q->answer, &q->who))
        return false;
    if (q->who.account.role != PT_ROLE_JUDGE &&
        q->who.account.role != PT_ROLE_CLERK) {
        pt_page_absent(q->rq, q->answer);
        return false;
    }
    q->arena = mh_arena_new(QUEUE_ARENA);
    if (q->arena != NULL)
        q->chosen = mh_arena_alloc(q->arena, sizeof(*q->chosen));
    if (q->chosen != NULL)
        return true;
    (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    pt_answer_error(q->answer, &err);
    return false;
}

#define QUEUE                                                                  \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer                                 \
    }

void
pt_web_acts(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct queue q = QUEUE;

    if (begin(&q))
        show(&q, NULL);
    mh_arena_free(q.arena);
}

/* ---- what was chosen ---- */

/* The act of an id, where who asks has that right in its case. */
static bool
take(struct queue *q, const char *id, enum pt_right right)
{
    struct chosen *c = q->chosen;
    struct pt_act *a = &c->act[c->count];
    struct mh_err err = {.msg = ""};
    struct pt_case in;
    const struct pt_asked asked = {&q->who.account, a->case_id, right};

    if (pt_store_act_get(q->app->store, id, q->arena, &err, a) != MH_OK) {
        pt_answer_error(q->answer, &err);
        return false;
    }
    if (a->id[0] == '\0') {
        pt_page_absent(q->rq, q->answer);
        return false;
    }
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->act[i].id, a->id) == 0)
            return true; /* named twice */
    if (!pt_case_of(q->app, q->rq, q->answer, &asked, &in))
        return false;
    c->count++;
    return true;
}

static bool
take_all(struct queue *q, const char *name, enum pt_right right)
{
    char one[24];

    q->chosen->name = name;
    for (unsigned i = 0; i < PT_ACTS_WAITING; i++) {
        const char *id;

        (void)snprintf(one, sizeof(one), "%s%u", name, i); /* it fits */
        id = pt_form_get(&q->rq->form, one);
        if (id != NULL && !take(q, id, right))
            return false;
    }
    return true;
}

/*
 * Whether every one is at from; else answer says: where the same form brought
 * all of them farther it was sent twice, and the list shows what it did.
 */
static bool
all_at(struct queue *q, enum pt_act_state from, enum pt_act_state to)
{
    const struct chosen *c = q->chosen;
    const struct pt_act *off = NULL;
    bool again = c->count > 0;

    for (size_t i = 0; i < c->count; i++) {
        if (c->act[i].state != from && off == NULL)
            off = &c->act[i];
        again = again && c->act[i].state == to &&
                strcmp(c->act[i].step, q->form) == 0;
    }
    if (off == NULL)
        return true;
    if (again) {
        q->answer->status = 303;
        pt_answer_header(q->answer, "Location", "/acts");
    } else {
        pt_act_refuse(q->app, q->rq, q->answer, &q->who.account, off, to);
    }
    return false;
}

/* The form of a step, and the acts it names. */
static bool
read_form(struct queue *q, const char *name, enum pt_right right)
{
    q->form = pt_field(q->rq, "form");
    if (!pt_form_is_ours(q->rq, q->answer) || !begin(q))
        return false;
    if (!pt_id_valid(mh_span_str(q->form))) {
        pt_page_refuse(q->rq, q->answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return false;
    }
    return take_all(q, name, right);
}

/* ---- signing ---- */

/* The words of what came of it; PT_ACTS_DONE has none. */
static const char *
end_text(enum pt_acts_end end, const struct pt_acts_signing *s)
{
    switch (end) {
    case PT_ACTS_PIN:
        return PT_T("The key was not activated: the PIN is wrong, blocked, or "
                    "was not entered");
    case PT_ACTS_NO_KEY:
        return PT_T("No key is set up here for your signature: write to the "
                    "operator");
    case PT_ACTS_NO_KEYD:
        return PT_T("The court's key service is not there just now: try again "
                    "in a minute");
    case PT_ACTS_BUSY:
        return PT_T("Acts of yours are being signed just now: look at the list "
                    "again in a minute");
    case PT_ACTS_LIMIT:
        return PT_T("The key has signed as often as it may for now: try again "
                    "later");
    case PT_ACTS_BAD:
        return s->why;
    case PT_ACTS_FAILED:
    case PT_ACTS_DONE:
        break;
    }
    return PT_T("The act could not be signed now: try again in a minute");
}

static unsigned
end_status(enum pt_acts_end end)
{
    switch (end) {
    case PT_ACTS_BUSY:
        return 409;
    case PT_ACTS_NO_KEYD:
    case PT_ACTS_FAILED:
        return 503;
    case PT_ACTS_LIMIT:
        return 429;
    case PT_ACTS_DONE:
    case PT_ACTS_PIN:
    case PT_ACTS_NO_KEY:
    case PT_ACTS_BAD:
        break;
    }
    return 422;
}

static void
sign(struct queue *q, const char *pin)
{
    struct pt_acts_signing s = {.judge = &q->who.account,
        .form = q->form,
        .pin = mh_span_str(pin),
        .act = q->chosen->act,
        .acts = q->chosen->count};
    struct wrong w = {.field = "sign0", .status = 422};
    enum pt_acts_end end;

    if (s.acts == 0) {
        w.text = PT_T("Choose at least one act");
        show(q, &w);
        return;
    }
    if (s.pin.len > MH_KEYD_PIN_MAX) {
        w.field = "pin";
        w.text = PT_T("A PIN has at most 64 characters");
        show(q, &w);
        return;
    }
    if (!all_at(q, PT_ACT_FOR_SIGNATURE, PT_ACT_SIGNED))
        return;
    end = pt_acts_sign(q->app, &s, q->arena);
    if (end == PT_ACTS_DONE) {
        q->answer->status = 303;
        pt_answer_header(q->answer, "Location", "/acts");
        return;
    }
    w.field = end == PT_ACTS_PIN ? "pin" : "";
    w.text = end_text(end, &s);
    w.done = s.done;
    if (end == PT_ACTS_BAD || end == PT_ACTS_FAILED || end == PT_ACTS_NO_KEYD ||
        end == PT_ACTS_LIMIT)
        w.act = &s.act[s.failed];
    w.status = end_status(end);
    if (w.status == 503 || w.status == 429)
        pt_answer_header(q->answer, "Retry-After", "60");
    show(q, &w);
}

/* Every copy of the PIN that this request holds. */
static void
wipe(struct pt_request *rq)
{
    for (size_t i = 0; i < rq->form.fields; i++)
        if (strcmp(rq->form.field[i].name, "pin") == 0) {
            union {
                const char *read;
                void *bytes; /* it lies in the request's own arena */
            } value = {.read = rq->form.field[i].value};

            rq->form.field[i].value = "";
            explicit_bzero(value.bytes, strlen(value.read));
        }
    if (rq->body.ptr != NULL)
        explicit_bzero(rq->body.ptr, rq->body.cap);
}

void
pt_web_acts_sign(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct queue q = QUEUE;

    if (read_form(&q, "sign", PT_MAY_SIGN_ACT))
        sign(&q, pt_field(rq, "pin"));
    wipe(rq);
    mh_arena_free(q.arena);
}

/* ---- publishing ---- */

static void
publish(struct queue *q)
{
    const struct pt_act_by by = {&q->who.account, q->form};
    struct chosen *c = q->chosen;
    struct wrong w = {.field = "publish0", .status = 422};
    enum pt_found found = PT_FOUND;
    struct mh_err err = {.msg = ""};
    char document[27];

    if (c->count == 0) {
        w.text = PT_T("Choose at least one act");
        show(q, &w);
        return;
    }
    if (!all_at(q, PT_ACT_SIGNED, PT_ACT_PUBLISHED))
        return;
    for (; w.done < c->count; w.done++) {
        w.act = &c->act[w.done];
        if (pt_act_publish(q->app, &by, w.act, &err, &found, document) !=
            MH_OK) {
            mh_log("act", "id=%s code=%s", q->rq->id, mh_code_name(err.code));
            w.field = "";
            w.text = PT_T("The act could not be published now: try again in a "
                          "minute");
            w.status = 503;
            show(q, &w);
            return;
        }
        if (found == PT_ABSENT) { /* another form was faster */
            pt_act_refuse(q->app, q->rq, q->answer, &q->who.account, w.act,
                PT_ACT_PUBLISHED);
            return;
        }
    }
    q->answer->status = 303;
    if (c->count == 1)
        pt_answer_header(q->answer, "Location", "/acts/%s", c->act[0].id);
    else
        pt_answer_header(q->answer, "Location", "/acts");
}

void
pt_web_acts_publish(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct queue q = QUEUE;

    if (read_form(&q, "publish", PT_MAY_PUBLISH_ACT))
        publish(&q);
    mh_arena_free(q.arena);
}
