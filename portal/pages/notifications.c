#include "portal/pages/notifications.h"

#include <string.h>

#include "base/digest/digest.h"
#include "base/time.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/session.h"
#include "portal/store/events.h"

enum {
    SHOWN_MAX = 4096, /* bytes of what a receipt's digest is over */
};

const char *const pt_web_notices_query[] = {"archive", "after", NULL};

static void
set_notice(struct pt_map *m, const struct pt_notice *n, enum mh_lang lang)
{
    char when[24], data[PT_DETAIL_MAX + 1];

    pt_set(m, "id", n->id);
    pt_set(m, "case_id", n->case_id);
    pt_set(m, "application", n->application);
    pt_set(m, "case_number", n->number);
    pt_set(m, "court", n->court);
    pt_set(m, "what", pt_text(lang, pt_event_text(n->kind)));
    pt_event_detail(n->kind, n->data, lang, data);
    pt_set(m, "data", data);
    pt_baku_minute(n->at, when);
    pt_set(m, "when", when);
    pt_baku_minute(n->read, when);
    pt_set(m, "read", when);
    pt_set_flag(m, "archived", n->archived);
}

void
pt_web_notices(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *after = pt_query(rq, "after");
    struct pt_notice_query q = {
        .archived = pt_query(rq, "archive") != NULL, .after = ""};
    struct mh_err err = {.msg = ""};
    struct pt_notices list;
    struct pt_page page;
    struct pt_who who;

    if (!pt_who_must(app, rq, answer, &who))
        return;
    q.account = who.account.id;
    if (after != NULL && pt_id_valid(mh_span_str(after)))
        q.after = after;
    if (pt_store_notice_list(app->store, &q, rq->arena, &err, &list) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Notifications"), &who);
    pt_set_flag(&page.root, "in_notices", true);
    pt_set_flag(&page.root, "archive", q.archived);
    for (size_t i = 0; i < list.count; i++)
        set_notice(
            pt_add(&page.root, "notices"), &list.item[i], pt_lang_of(rq));
    if (list.more)
        pt_set(&page.root, "next", list.item[list.count - 1].id);
    pt_page_end(&pt_tmpl_notifications, &page, rq, answer, 200);
}

/* What was shown, in a form that stays: id, case, kind, time, text. */
static enum mh_code
digest_of(
    const struct pt_notice *n, struct mh_err *err, uint8_t out[static PT_HASH])
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf shown;
    enum mh_code code;

    mh_buf_init(&shown, SHOWN_MAX);
    mh_buf_printf(&shown, "%s\n%s\n%s\n%lld\n%s\n", n->id, n->number, n->kind,
        (long long)n->at, n->data);
    code = mh_buf_ok(&shown)
               ? mh_digest_once(MH_SHA256,
                     (struct mh_span){shown.ptr, shown.len}, err, hash)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (code == MH_OK)
        memcpy(out, hash, PT_HASH);
    mh_buf_fini(&shown);
    return code;
}

/* Keeps that it is read now; one that was keeps its time. */
static enum mh_code
keep_read(struct pt_app *app, struct pt_who *who, struct pt_notice *n,
    struct mh_err *err)
{
    struct pt_read read = {.id = n->id,
        .account = who->account.id,
        .at = pt_time(),
        .level = who->session.level};
    enum mh_code code = digest_of(n, err, read.sha256);

    if (code == MH_OK)
        code = pt_store_notice_read(app->store, &read, err);
    if (code != MH_OK)
        return code;
    n->read = read.at;
    return pt_store_notice_unread(
        app->store, who->account.id, err, &who->unread);
}

void
pt_web_notice(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    enum pt_found found;
    struct pt_notice n;
    struct pt_page page;
    struct pt_who who;
    enum mh_code code;

    if (!pt_who_must(app, rq, answer, &who))
        return;
    code = pt_store_notice_get(
        app->store, rq->param, who.account.id, &err, &n, &found);
    if (code == MH_OK && found == PT_ABSENT) {
        pt_page_absent(rq, answer);
        return;
    }
    /* Only who gets it reads it; HEAD shows nothing. */
    if (code == MH_OK && n.read == MH_TIME_NONE && rq->gate.method == PT_GET)
        code = keep_read(app, &who, &n, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Notification"), &who);
    pt_set_flag(&page.root, "in_notices", true);
    set_notice(&page.root, &n, pt_lang_of(rq));
    pt_page_end(&pt_tmpl_notification, &page, rq, answer, 200);
}

void
pt_web_notice_archive(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    enum pt_found found;
    struct pt_notice n;
    struct pt_who who;
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who))
        return;
    code = pt_store_notice_get(
        app->store, rq->param, who.account.id, &err, &n, &found);
    if (code == MH_OK && found == PT_ABSENT) {
        pt_page_absent(rq, answer);
        return;
    }
    if (code == MH_OK)
        code = pt_store_notice_archive(app->store, n.id, who.account.id, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    answer->status = 303;
    pt_answer_header(answer, "Location", "/notifications");
}
