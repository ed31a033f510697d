#include "portal/pages/actpage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/filing/act.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/http/id.h"
#include "portal/pages/actclock.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docview.h"
#include "portal/pages/draftpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/inner.h"

enum {
    ACT_ARENA = 4 << 20, /* bytes of an act with its text */
};

const char *const pt_web_act_new_query[] = {"replaces", NULL};
const char *const pt_web_act_file_query[] = {"view", NULL};
const char *const pt_web_act_files[] = {"text", NULL};

struct wrong {
    const char *field, *text; /* text: an id of one; NULL: nothing is wrong */
    const char *rule;         /* or NULL */
    unsigned status;
};

bool
pt_act_open(struct pt_act_view *v, size_t budget, enum pt_right right)
{
    struct mh_err err = {.msg = ""};
    struct pt_asked asked = {&v->who.account, v->a.case_id, right};

    if (!pt_who_must(v->app, v->rq, v->answer, &v->who))
        return false;
    v->arena = mh_arena_new(budget);
    if (v->arena == NULL) {
        (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
        pt_answer_error(v->answer, &err);
        return false;
    }
    if (pt_store_act_get(v->app->store, v->rq->param, v->arena, &err, &v->a) !=
        MH_OK) {
        pt_answer_error(v->answer, &err);
        return false;
    }
    if (v->a.id[0] == '\0') {
        pt_page_absent(v->rq, v->answer);
        return false;
    }
    return pt_case_of(v->app, v->rq, v->answer, &asked, &v->c);
}

/* The act of the path, for who may see it; else answer says. */
static bool
find(struct pt_act_view *v, enum pt_right right)
{
    if (!pt_act_open(v, ACT_ARENA, right))
        return false;
    v->draft = pt_may(v->c.relation, PT_MAY_DRAFT_ACT);
    if (!v->draft && v->a.state != PT_ACT_PUBLISHED) {
        pt_page_absent(v->rq, v->answer);
        return false;
    }
    return true;
}

void
pt_act_refuse(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_account *who,
    const struct pt_act *a, enum pt_act_state to)
{
    struct mh_err err = {.msg = ""};

    if (pt_act_illegal(app, who, a, to, &err) != MH_OK)
        pt_answer_error(answer, &err);
    else
        pt_page_refuse(rq, answer, 409,
            PT_T("This step is not possible with this act"),
            PT_T("It was taken already, or the act is at another one. Nothing "
                 "was changed. Open the act to see where it stands."));
}

/* ---- the form ---- */

/* HH:MM as seconds of the day. */
static bool
time_of(const char *s, int64_t *out)
{
    static const char shape[] = "00:00";
    int h, m;

    for (size_t i = 0; i < sizeof(shape); i++)
        if (shape[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
            return false;
    h = 10 * (s[0] - '0') + (s[1] - '0');
    m = 10 * (s[3] - '0') + (s[4] - '0');
    *out = (int64_t)3600 * h + (int64_t)60 * m;
    return h < 24 && m < 60;
}

/* Whether nothing is written in it. */
static bool
only_blanks(const struct pt_file *text)
{
    struct mh_map map = {0};
    bool blank = true;

    if (text == NULL || text->spool.size == 0)
        return true;
    if (mh_map_fd(text->spool.fd, text->spool.size, NULL, &map) != MH_OK)
        return false;
    for (size_t i = 0; i < map.bytes.len && blank; i++)
        blank = strchr(" \t\r\n", map.bytes.ptr[i]) != NULL &&
                map.bytes.ptr[i] != '\0';
    mh_map_fini(&map);
    return blank;
}

/* The form's words into a; what is wrong with them. */
static void
take_words(struct pt_request *rq, struct pt_act *a, struct wrong *w)
{
    const char *title = pt_field(rq, "title");
    int64_t time = 0;

    *w = (struct wrong){.status = 422};
    if (pt_act_kind_text(pt_field(rq, "kind")) == NULL)
        *w = (struct wrong){
            "kind", PT_T("Choose what kind of act it is"), NULL, 422};
    else if (title[strspn(title, " ")] == '\0')
        *w = (struct wrong){"title", PT_T("Give the act a title"), NULL, 422};
    else if (!mh_text_is_clean(mh_span_str(title), PT_DOC_TITLE_MAX))
        *w = (struct wrong){"title",
            PT_T("The title is longer than 200 bytes, or has characters that "
                 "cannot be read"),
            NULL, 422};
    else if (!pt_baku_day_parse(pt_field(rq, "day"), &a->announced))
        *w = (struct wrong){
            "day", PT_T("Write the day as DD.MM.YYYY"), NULL, 422};
    else if (!time_of(pt_field(rq, "time"), &time))
        *w = (struct wrong){"time", PT_T("Write the time as HH:MM"), NULL, 422};
    else if (a->announced + time > pt_time())
        *w = (struct wrong){"day",
            PT_T("The act cannot be announced in the future"), NULL, 422};
    else if (only_blanks(pt_request_file(rq, "text")))
        *w = (struct wrong){
            "text", PT_T("Write the text of the act"), NULL, 422};
    a->announced += time;
    if (w->text != NULL)
        return;
    (void)snprintf(a->kind, sizeof(a->kind), "%s", pt_field(rq, "kind"));
    (void)snprintf(a->title, sizeof(a->title), "%s", title);
}

static void
set_wrong(struct pt_page *page, const struct wrong *w, enum mh_lang lang)
{
    static const char *const flags[][2] = {{"kind", "wrong_kind"},
        {"title", "wrong_title"}, {"day", "wrong_day"}, {"time", "wrong_time"},
        {"text", "wrong_text"}};

    pt_set(&page->root, "wrong", pt_text(lang, w->text));
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        pt_set_flag(
            &page->root, flags[i][1], strcmp(w->field, flags[i][0]) == 0);
    if (w->rule != NULL)
        pt_set(&page->root, "rule", w->rule);
    pt_page_error(page, w->field, pt_text(lang, w->text));
}

/* What a form that was not sent shows of an act. */
static void
set_stored(struct pt_map *m, const struct pt_act *a)
{
    char when[24];

    pt_baku_minute(a->announced, when);
    pt_set(m, "act_title", a->title);
    pt_set_span(m, "day", (struct mh_span){(const uint8_t *)when, 10});
    pt_set(m, "time", when + 11);
    pt_set_lines(m, "text", mh_span_str(a->text));
}

/* a: the act that is changed, else NULL; replaces: "" or an id. */
static void
show_form(struct pt_act_view *v, const struct pt_act *a, const char *replaces,
    const struct wrong *w)
{
    struct pt_request *rq = v->rq;
    enum mh_lang lang = pt_lang_of(rq);
    const char *form = pt_field(rq, "form");
    struct pt_page page;
    char fresh[27];

    pt_page_of(&page, rq, v->answer,
        a == NULL ? PT_T("Draft an act") : PT_T("Change the draft"), &v->who);
    pt_case_set(&page.root, &v->c);
    pt_set_flag(&page.root, "in_cases", true);
    pt_set_flag(&page.root, "changes", a != NULL);
    pt_set(&page.root, "replaces", replaces);
    if (a != NULL) {
        pt_set(&page.root, "id", a->id);
        pt_set_int(&page.root, "version", a->version);
    }
    pt_id_new(fresh);
    pt_set(&page.root, "form", pt_id_valid(mh_span_str(form)) ? form : fresh);
    if (rq->gate.method != PT_POST && a != NULL) {
        set_stored(&page.root, a);
        pt_act_kinds_set(&page.root, a->kind, lang);
    } else {
        pt_set(&page.root, "act_title", pt_field(rq, "title"));
        pt_set(&page.root, "day", pt_field(rq, "day"));
        pt_set(&page.root, "time", pt_field(rq, "time"));
        pt_draft_keep_text(rq, &page.root);
        pt_act_kinds_set(&page.root, pt_field(rq, "kind"), lang);
    }
    if (w != NULL)
        set_wrong(&page, w, lang);
    pt_page_end(
        &pt_tmpl_act_new, &page, rq, v->answer, w == NULL ? 200 : w->status);
}

/* The act that a correction names: published, and of the same case. */
static bool
correctable(struct pt_act_view *v, const char *replaces)
{
    struct mh_err err = {.msg = ""};
    struct pt_act old;

    if (replaces[0] == '\0')
        return true;
    v->arena = mh_arena_new(ACT_ARENA);
    if (v->arena == NULL || pt_store_act_get(v->app->store, replaces, v->arena,
                                &err, &old) != MH_OK) {
        pt_answer_error(v->answer, &err);
        return false;
    }
    if (old.id[0] == '\0' || strcmp(old.case_id, v->c.id) != 0) {
        pt_page_absent(v->rq, v->answer);
        return false;
    }
    if (old.state != PT_ACT_PUBLISHED) {
        pt_page_refuse(v->rq, v->answer, 409,
            PT_T("This act cannot be corrected by another"),
            PT_T("Only a published act is. Change the draft itself."));
        return false;
    }
    return true;
}

#define VIEW                                                                   \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer                                 \
    }

void
pt_web_act_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = VIEW;
    const struct pt_asked asked = {&v.who.account, rq->param, PT_MAY_DRAFT_ACT};
    const char *replaces = pt_query(rq, "replaces");

    if (replaces == NULL)
        replaces = "";
    if (pt_who_must(v.app, rq, answer, &v.who) &&
        pt_case_of(v.app, rq, answer, &asked, &v.c) &&
        correctable(&v, replaces))
        show_form(&v, NULL, replaces, NULL);
    mh_arena_free(v.arena);
}

/* Drafts it, new or changed: a has all but the form's words. */
static void
draft(struct pt_act_view *v, struct pt_act *a, const char *form, bool is_new)
{
    const struct pt_act_by by = {&v->who.account, form};
    const struct pt_file *text = pt_request_file(v->rq, "text");
    struct pt_act_source from = {.lang = pt_lang_of(v->rq), .arena = v->arena};
    struct pt_act_drafted as = {{PT_RULED_ACCEPT, "", ""}, PT_ABSENT};
    struct mh_err err = {.msg = ""};
    struct wrong w;
    enum mh_code code = MH_OK;

    take_words(v->rq, a, &w);
    if (w.text == NULL) {
        from.text =
            (struct pt_judge_file){"text", text->spool.fd, text->spool.size};
        code = pt_act_draft(v->app, &by, &from, a, &err, &as);
    }
    if (w.text == NULL && as.rule.what == PT_RULED_REFUSE)
        w = (struct wrong){"text", as.rule.why, as.rule.code, 422};
    if (code != MH_OK) {
        mh_log("act", "id=%s code=%s why=\"%.100s\"", v->rq->id,
            mh_code_name(code), err.msg);
        pt_page_not_stored(
            v->rq, v->answer, PT_T("The draft could not be kept now"));
    } else if (w.text == NULL && as.found == PT_ABSENT) {
        /* Another window was faster: what was written is not lost. */
        w = (struct wrong){"text",
            PT_T("The draft was changed meanwhile in another window. Your text "
                 "is still here: look at the other one, then save yours."),
            NULL, 409};
        if (pt_store_act_get(v->app->store, v->rq->param, v->arena, &err, a) !=
            MH_OK)
            pt_answer_error(v->answer, &err);
        else if (a->state != PT_ACT_DRAFT)
            pt_act_refuse(
                v->app, v->rq, v->answer, &v->who.account, a, PT_ACT_DRAFT);
        else
            show_form(v, a, a->replaces, &w);
    } else if (w.text != NULL) {
        show_form(v, is_new ? NULL : a, a->replaces, &w);
    } else {
        v->answer->status = 303;
        pt_answer_header(v->answer, "Location", "/acts/%s", a->id);
    }
}

void
pt_web_act_make(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = VIEW;
    const struct pt_asked asked = {&v.who.account, rq->param, PT_MAY_DRAFT_ACT};
    const char *replaces = pt_field(rq, "replaces"),
               *form = pt_field(rq, "form");

    if (!pt_form_is_ours(rq, answer) ||
        !pt_who_must(v.app, rq, answer, &v.who) ||
        !pt_case_of(v.app, rq, answer, &asked, &v.c))
        return;
    if (!pt_id_valid(mh_span_str(form))) {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
    } else if (correctable(&v, replaces)) {
        if (v.arena == NULL)
            v.arena = mh_arena_new(ACT_ARENA);
        memcpy(v.a.case_id, v.c.id, sizeof(v.a.case_id));
        (void)snprintf(
            v.a.replaces, sizeof(v.a.replaces), "%s", replaces); /* it fits */
        if (v.arena == NULL)
            pt_page_not_stored(
                rq, answer, PT_T("The draft could not be kept now"));
        else
            draft(&v, &v.a, form, true);
    }
    mh_arena_free(v.arena);
}

/* ---- its page ---- */

void
pt_web_act(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = VIEW;
    struct mh_err err = {.msg = ""};
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_page page;
    struct pt_map *m;
    char form[27];

    if (find(&v, PT_MAY_SEE_ACTS)) {
        enum pt_relation r = v.c.relation;

        pt_page_of(&page, rq, answer, PT_T("Court act"), &v.who);
        m = &page.root;
        pt_case_set(m, &v.c);
        pt_act_describe(m, &v.a, v.draft, pt_time(), lang);
        pt_set_flag(m, "in_cases", true);
        pt_set_flag(m, "may_draft", v.draft);
        pt_set_flag(m, "may_read", v.draft || pt_may(r, PT_MAY_READ_DOCUMENT));
        pt_set_flag(m, "is_draft", v.a.state == PT_ACT_DRAFT);
        pt_set_flag(m, "may_sign",
            v.a.state == PT_ACT_FOR_SIGNATURE && pt_may(r, PT_MAY_SIGN_ACT));
        pt_set_flag(m, "may_withdraw",
            v.a.state == PT_ACT_FOR_SIGNATURE &&
                pt_may(r, PT_MAY_TAKE_ACT_BACK));
        pt_set_flag(m, "may_discard",
            v.a.state == PT_ACT_DRAFT && pt_may(r, PT_MAY_TAKE_ACT_BACK));
        pt_set_flag(m, "may_publish",
            v.a.state == PT_ACT_SIGNED && pt_may(r, PT_MAY_PUBLISH_ACT));
        pt_set_flag(m, "may_complain",
            v.a.state == PT_ACT_PUBLISHED && pt_may(r, PT_MAY_COMPLAIN));
        pt_set_flag(m, "may_redact",
            v.a.state == PT_ACT_PUBLISHED && pt_may(r, PT_MAY_REDACT));
        pt_set_flag(m, "may_correct",
            v.draft && v.a.state == PT_ACT_PUBLISHED &&
                v.a.replaced_by[0] == '\0');
        pt_set_int(m, "version", v.a.version);
        pt_id_new(form);
        pt_set(m, "form", form);
        if (pt_act_readers_set(v.app, m, &v.a, lang, &err) == MH_OK)
            pt_page_end(&pt_tmpl_act, &page, rq, answer, 200);
        else
            pt_answer_error(answer, &err);
    }
    mh_arena_free(v.arena);
}

/* Who opened what is not published goes to the log before the bytes go out. */
static bool
opened(struct pt_act_view *v)
{
    char who[32], obj[48], data[64];
    const struct pt_record r = {.ev = "document.opened",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};
    struct mh_err err = {.msg = ""};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)v->who.account.id);
    (void)snprintf(obj, sizeof(obj), "act:%s", v->a.id);
    (void)snprintf(
        data, sizeof(data), "level=%u\npart=bytes\n", v->who.session.level);
    if (pt_store_record_add(v->app->store, &r, pt_time(), &err) != MH_OK) {
        pt_answer_error(v->answer, &err);
        return false;
    }
    pt_ledger_wake(v->app->ledger);
    return true;
}

/* The PDF as it is now: the signed one, where it is signed.  A published act is
   a document of its case, and opens for officials as one. */
void
pt_web_act_file(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = VIEW;
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;
    uint64_t size = 0;
    int fd = -1;

    if (find(&v, PT_MAY_DRAFT_ACT) &&
        (v.a.state != PT_ACT_PUBLISHED ||
            pt_bytes_open(rq, answer, &v.who, &v.c)) &&
        opened(&v)) {
        if (pt_store_blob_open(v.app->store,
                v.a.state == PT_ACT_SIGNED || v.a.state == PT_ACT_PUBLISHED
                    ? v.a.signed_sha256
                    : v.a.sha256,
                &err, &fd, &size, &found) != MH_OK) {
            pt_answer_error(answer, &err);
        } else if (found == PT_ABSENT) {
            pt_page_absent(rq, answer);
        } else {
            pt_answer_file(answer, "application/octet-stream", fd, size);
            if (pt_query(rq, "view") != NULL)
                pt_inner_show(answer, MH_FORMAT_PDF, "act.pdf");
            else
                pt_answer_attachment(answer, "act.pdf");
        }
    }
    mh_arena_free(v.arena);
}

/* ---- a draft ---- */

void
pt_web_act_edit(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = VIEW;

    if (find(&v, PT_MAY_DRAFT_ACT)) {
        if (v.a.state != PT_ACT_DRAFT)
            pt_act_refuse(
                v.app, rq, answer, &v.who.account, &v.a, PT_ACT_DRAFT);
        else
            show_form(&v, &v.a, v.a.replaces, NULL);
    }
    mh_arena_free(v.arena);
}

void
pt_web_act_change(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = VIEW;

    if (pt_form_is_ours(rq, answer) && find(&v, PT_MAY_DRAFT_ACT)) {
        if (v.a.state != PT_ACT_DRAFT) {
            pt_act_refuse(
                v.app, rq, answer, &v.who.account, &v.a, PT_ACT_DRAFT);
        } else {
            v.a.version = pt_version_of(rq);
            draft(&v, &v.a, v.a.form, false);
        }
    }
    mh_arena_free(v.arena);
}

void
pt_web_act_send(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_act_view v = VIEW;
    struct pt_act_by by = {&v.who.account, pt_field(rq, "form")};
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};

    if (pt_form_is_ours(rq, answer) && find(&v, PT_MAY_DRAFT_ACT)) {
        /* The same form once more is no other step. */
        bool again = v.a.state == PT_ACT_FOR_SIGNATURE && by.form[0] != '\0' &&
                     strcmp(v.a.step, by.form) == 0;

        if (!pt_id_valid(mh_span_str(by.form)))
            pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
                PT_T("Open the page again and fill in a new one."));
        else if (!again && v.a.state == PT_ACT_DRAFT &&
                 pt_act_send(v.app, &by, &v.a, pt_version_of(rq), &err,
                     &found) != MH_OK)
            pt_answer_error(answer, &err);
        else if (!again && found == PT_ABSENT)
            pt_act_refuse(
                v.app, rq, answer, &v.who.account, &v.a, PT_ACT_FOR_SIGNATURE);
        else {
            answer->status = 303;
            pt_answer_header(answer, "Location", "/acts/%s", v.a.id);
        }
    }
    mh_arena_free(v.arena);
}
