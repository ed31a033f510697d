#include "portal/pages/hearings.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/sys/log.h"
#include "base/time.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/casepage.h"
#include "portal/pages/casewords.h"
#include "portal/pages/session.h"
#include "portal/store/cases.h"
#include "portal/store/events.h"

enum {
    DAY = 86400, /* seconds */
    WEEK = 7 * DAY,
    BAKU = 4 * 3600,
    MONDAY = 4 * DAY, /* 5 January 1970 was one */
    LINE_MAX = 75,    /* bytes of a calendar's line (RFC 5545 3.1) */
    KEPT = 30 * DAY,  /* how long a calendar shows what has been */
};

const char *const pt_web_hearings_query[] = {"week", NULL};
const char *const pt_web_calendar_query[] = {"key", NULL};

/* The beginning of Monday, in Baku. */
static int64_t
monday_of(int64_t t)
{
    int64_t local = t + BAKU - MONDAY;

    return local / WEEK * WEEK + MONDAY - BAKU;
}

/* -PT_WEEKS to PT_WEEKS; false: it is no number of a week. */
static bool
week_of(const char *text, int64_t *out)
{
    bool back = text[0] == '-';
    size_t n = strlen(text);

    text += back;
    if (n - back < 1 || n - back > 2 || strspn(text, "0123456789") != n - back)
        return false;
    *out = text[0] - '0';
    if (text[1] != '\0')
        *out = 10 * *out + (text[1] - '0');
    *out = back ? -*out : *out;
    return *out >= -PT_WEEKS && *out <= PT_WEEKS;
}

static void
set_week(struct pt_map *m, int64_t week, int64_t from)
{
    char day[16];

    pt_set_flag(m, "by_week", true);
    pt_baku_day(from, day);
    pt_set(m, "week_from", day);
    pt_baku_day(from + WEEK - 1, day);
    pt_set(m, "week_to", day);
    if (week > -PT_WEEKS)
        pt_setf(m, "week_before", "%lld", (long long)week - 1);
    if (week < PT_WEEKS)
        pt_setf(m, "week_after", "%lld", (long long)week + 1);
}

/* key: a secret that is shown this once, or NULL. */
static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const char *key)
{
    const char *asked = pt_query(rq, "week");
    int64_t now = pt_time(), week = 0, from, to = INT64_MAX;
    struct mh_err err = {.msg = ""};
    struct pt_hearings list = {.count = 0};
    struct pt_page page;
    bool has = false;
    enum mh_code code;

    pt_page_of(&page, rq, answer, PT_T("Hearings"), who);
    pt_set_flag(&page.root, "in_hearings", true);
    from = monday_of(now) + (now - monday_of(now)) / DAY * DAY;
    if (asked != NULL && week_of(asked, &week)) {
        from = monday_of(now) + week * WEEK;
        to = from + WEEK;
        set_week(&page.root, week, from);
    }
    code = pt_store_hearing_mine(
        app->store, &who->account, from, rq->arena, &err, &list);
    if (code == MH_OK)
        code = pt_store_calendar_has(app->store, who->account.id, &err, &has);
    for (size_t i = 0; i < list.count && list.item[i].starts < to; i++)
        pt_hearing_set(
            pt_add(&page.root, "hearings"), &list.item[i], pt_lang_of(rq));
    pt_set_flag(&page.root, "has_calendar", has);
    if (key != NULL) {
        pt_set(&page.root, "key", key);
        pt_set_span(&page.root, "host", rq->gate.host);
    }
    if (code == MH_OK)
        pt_page_end(&pt_tmpl_hearings, &page, rq, answer, 200);
    else
        pt_answer_error(answer, &err);
}

void
pt_web_hearings(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_who_must(ctx, rq, answer, &who))
        show(ctx, rq, answer, &who, NULL);
}

static enum mh_code
hash_of(const char *key, struct mh_err *err, uint8_t out[static MH_DIGEST_MAX])
{
    return mh_digest_once(MH_SHA256, mh_span_str(key), err, out);
}

void
pt_web_calendar_set(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *action = pt_form_get(&rq->form, "action");
    bool new = action != NULL &&strcmp(action, "new") == 0;
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_err err = {.msg = ""};
    struct pt_who who;
    char key[27];
    enum mh_code code;

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who))
        return;
    pt_id_new(key);
    code = hash_of(key, &err, hash);
    if (code == MH_OK)
        code = pt_store_calendar_set(
            app->store, who.account.id, new ? hash : NULL, pt_time(), &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (new) {
        mh_log("calendar", "account=%lld new=1", (long long)who.account.id);
        show(app, rq, answer, &who, key);
    } else {
        mh_log("calendar", "account=%lld new=0", (long long)who.account.id);
        answer->status = 303;
        pt_answer_header(answer, "Location", "/hearings");
    }
    explicit_bzero(key, sizeof(key));
}

/* ---- the calendar ---- */

/* A line, its text escaped (RFC 5545 3.3.11) and folded between characters. */
static void
line(struct mh_buf *out, const char *name, const char *text)
{
    size_t used = strlen(name) + 1;

    mh_buf_str(out, name);
    mh_buf_byte(out, ':');
    for (const char *c = text; *c != '\0'; c++) {
        bool marked = strchr(",;\\", *c) != NULL;
        size_t more = 1;

        while (((unsigned char)c[more] & 0xc0) == 0x80)
            more++;
        if (((unsigned char)*c & 0xc0) != 0x80 &&
            used + more + marked > LINE_MAX) {
            mh_buf_str(out, "\r\n ");
            used = 1;
        }
        if (marked)
            mh_buf_byte(out, '\\');
        mh_buf_byte(out, (uint8_t)*c);
        used += 1 + marked;
    }
    mh_buf_str(out, "\r\n");
}

/* 20261126T090000Z */
static void
stamp(struct mh_buf *out, const char *name, int64_t t)
{
    char text[32], basic[32];
    size_t n = 0;

    mh_time_format(t, text);
    for (const char *c = text; *c != '\0'; c++)
        if (*c != '-' && *c != ':')
            basic[n++] = *c;
    basic[n] = '\0';
    line(out, name, basic);
}

/* One that was moved stands in the calendar as what it was moved to: the same
   UID, one change later. */
static bool
follows(const struct pt_hearing *h)
{
    return h->moved_to != MH_TIME_NONE;
}

static void
add_event(struct mh_buf *out, const struct pt_hearing *h, enum mh_lang lang,
    int64_t now)
{
    char text[PT_COURT_MAX + PT_TEXT_MAX + 8];

    mh_buf_str(out, "BEGIN:VEVENT\r\n");
    (void)snprintf(text, sizeof(text), "%s@mohur", h->uid); /* always fits */
    line(out, "UID", text);
    (void)snprintf(text, sizeof(text), "%u", h->sequence); /* always fits */
    line(out, "SEQUENCE", text);
    stamp(out, "DTSTAMP", now);
    stamp(out, "DTSTART", h->starts);
    stamp(out, "DTEND", h->ends);
    (void)snprintf(text, sizeof(text), "%s: %s",
        pt_text(lang, pt_hearing_kind_text(h->kind)), h->number); /* cut */
    line(out, "SUMMARY", text);
    (void)snprintf(
        text, sizeof(text), "%s, %s", h->court, h->hall); /* always fits */
    line(out, "LOCATION", text);
    line(out, "STATUS",
        strcmp(h->state, "cancelled") == 0 || strcmp(h->state, "moved") == 0
            ? "CANCELLED"
            : "CONFIRMED");
    mh_buf_str(out, "END:VEVENT\r\n");
}

void
pt_web_calendar(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *key = pt_query(rq, "key");
    int64_t now = pt_time(), id = 0;
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;
    struct pt_account account = {.id = 0};
    struct pt_hearings list = {.count = 0};
    enum mh_code code = MH_OK;

    if (key != NULL && pt_id_valid(mh_span_str(key))) {
        code = hash_of(key, &err, hash);
        if (code == MH_OK)
            code = pt_store_calendar_find(app->store, hash, &err, &id);
        if (code == MH_OK && id != 0)
            code = pt_store_account_get(app->store, id, &err, &account, &found);
    }
    if (code == MH_OK && found == PT_FOUND &&
        account.state == PT_ACCOUNT_ACTIVE)
        code = pt_store_hearing_mine(
            app->store, &account, now - KEPT, rq->arena, &err, &list);
    else if (code == MH_OK) {
        pt_answer_problem(answer, 404, "not-found", "there is nothing here");
        return;
    }
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    mh_buf_str(&answer->body,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Mohur//Hearings//AZ\r\n");
    for (size_t i = 0; i < list.count; i++)
        if (!follows(&list.item[i]))
            add_event(&answer->body, &list.item[i], pt_lang_of(rq), now);
    mh_buf_str(&answer->body, "END:VCALENDAR\r\n");
    answer->status = 200;
    answer->type = "text/calendar; charset=utf-8";
}
