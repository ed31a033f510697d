/* The state of the service, for operators (admin.h). */
#include "portal/pages/admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys/chan.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/logask.h"
#include "portal/http/clock.h"
#include "portal/metrics.h"
#include "portal/pages/casewords.h"
#include "portal/store/state.h"

enum {
    STATE_ARENA = 4 << 20,   /* bytes */
    MINUTE = 60,             /* seconds */
    QUICK_BAD = 10 * MINUTE, /* what waits so long is bad */
    SLOW_LOOK = 3600,        /* what others are needed for */
    SLOW_BAD = 86400,
    YOUNG = 10 * MINUTE, /* a part that fell lately */
    LAG_LOOK = 1000,     /* records that no checkpoint has */
    MIB = 1 << 20,
};

/* How good something is, in a plain word. */
enum word {
    GOOD,
    LOOK,
    BAD,
};

static void
row(struct pt_map *m, enum mh_lang lang, enum word word, const char *what,
    const char *how)
{
    static const char *const words[] = {
        [GOOD] = PT_T("Good"), [LOOK] = PT_T("Look"), [BAD] = PT_T("Bad")};
    static const char *const colours[] = {
        [GOOD] = "green", [LOOK] = "yellow", [BAD] = "red"};
    struct pt_map *o = pt_add(m, "rows");

    pt_set(o, "what", what);
    pt_set(o, "how", how);
    pt_set(o, "word", pt_text(lang, words[word]));
    pt_set(o, "colour", colours[word]);
}

/* ---- processes ---- */

static void
set_parts(struct pt_app *app, struct pt_map *m, enum mh_lang lang)
{
    struct pt_process *part = calloc(MH_PROCS_MAX, sizeof(*part));
    size_t n = part == NULL || app->metrics == NULL
                   ? 0
                   : pt_metrics_parts(app->metrics, part);
    char how[240];

    for (size_t i = 0; i < n; i++) {
        const struct pt_process *p = &part[i];
        enum word word = !p->up                               ? BAD
                         : p->restarts > 0 && p->up_s < YOUNG ? LOOK
                                                              : GOOD;

        (void)snprintf(how, sizeof(how),
            "%s, %" PRIu64 " s, %s %" PRIu32 ", %" PRIu64 " MiB",
            pt_text(lang, p->up ? PT_T("runs") : PT_T("does not run")), p->up_s,
            pt_text(lang, PT_T("restarts:")), p->restarts,
            p->rss / MIB); /* fits */
        row(m, lang, word, p->name, how);
    }
    if (n == 0)
        row(m, lang, LOOK, pt_text(lang, PT_T("Processes")),
            pt_text(lang, PT_T("Not known yet.")));
    free(part);
}

/* ---- what waits ---- */

struct queue {
    const char *text;
    const struct pt_waiting *w;
    int64_t look, bad; /* seconds; 0: never */
};

static void
set_queue(
    struct pt_map *m, enum mh_lang lang, const struct queue *q, int64_t now)
{
    int64_t age = q->w->since == MH_TIME_NONE ? 0 : now - q->w->since;
    enum word word = q->bad != 0 && age > q->bad     ? BAD
                     : q->look != 0 && age > q->look ? LOOK
                                                     : GOOD;
    char how[160], when[24];

    if (q->w->count == 0 || q->w->since == MH_TIME_NONE) {
        (void)snprintf(how, sizeof(how), "%" PRId64, q->w->count); /* fits */
    } else {
        pt_baku_minute(q->w->since, when);
        (void)snprintf(how, sizeof(how), "%" PRId64 ", %s %s", q->w->count,
            pt_text(lang, PT_T("the oldest since")), when); /* cut is fine */
    }
    row(m, lang, word, pt_text(lang, q->text), how);
}

static void
set_queues(struct pt_map *m, enum mh_lang lang, const struct pt_store_state *s,
    int64_t now)
{
    const struct queue queues[] = {
        {PT_T("Records on their way to the log"), &s->records, MINUTE,
            QUICK_BAD},
        {PT_T("Receipts that are owed"), &s->receipts, MINUTE, QUICK_BAD},
        {PT_T("Documents that are judged again"), &s->judging, SLOW_LOOK,
            SLOW_BAD},
        {PT_T("Long-term copies that are owed"), &s->lasting, SLOW_LOOK,
            SLOW_BAD},
        {PT_T("Jobs of programs"), &s->jobs, MINUTE, QUICK_BAD},
        {PT_T("E-mail and SMS that wait"), &s->letters, SLOW_LOOK, SLOW_BAD},
        {PT_T("E-mail and SMS that could not be sent"), &s->dead, 1, 0},
        {PT_T("Proposals that wait for a second operator"), &s->proposals,
            SLOW_BAD, 0},
    };

    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
        set_queue(m, lang, &queues[i], now);
}

static void
set_disk(struct pt_app *app, struct pt_map *m, enum mh_lang lang,
    const struct pt_store_state *s)
{
    uint64_t reserve = app->flight.reserve;
    enum word word =
        s->free_bytes < reserve ? BAD
        : s->free_bytes < 2 * reserve || s->free_bytes < s->disk_bytes / 10
            ? LOOK
            : GOOD;
    char how[160];

    (void)snprintf(how, sizeof(how), "%" PRIu64 " / %" PRIu64 " MiB",
        s->free_bytes / MIB, s->disk_bytes / MIB); /* fits */
    row(m, lang, word, pt_text(lang, PT_T("Free disk")), how);
    (void)snprintf(how, sizeof(how), "%s, %" PRIu64 " MiB", s->engine,
        s->bytes / MIB); /* fits */
    row(m, lang, atomic_load(&app->store_good) ? GOOD : LOOK,
        pt_text(lang, PT_T("Database")), how);
    pt_set_int(m, "sessions", s->sessions);
    pt_set_int(m, "accounts", s->accounts);
    pt_set_int(m, "cases", s->cases);
    pt_set_int(m, "documents", s->documents);
}

/* ---- the log ---- */

/* The size in the second line of a note; 0: none. */
static uint64_t
size_of(struct mh_span note)
{
    const uint8_t *line =
        note.len == 0 ? NULL : memchr(note.ptr, '\n', note.len);
    uint64_t n = 0;

    if (line == NULL)
        return 0;
    for (size_t i = (size_t)(line - note.ptr) + 1;
         i < note.len && note.ptr[i] >= '0' && note.ptr[i] <= '9' &&
         n < UINT64_MAX / 20;
         i++)
        n = 10 * n + (uint64_t)(note.ptr[i] - '0');
    return n;
}

static void
set_log(struct pt_app *app, struct pt_map *m, enum mh_lang lang)
{
    struct pt_log_asker ask = {
        .keyd = app->keyd, .arena = mh_arena_new(STATE_ARENA)};
    struct mh_keyd_checked c = {.whole = false};
    struct mh_keyd_records r = {.size = 0};
    struct mh_err err = {.msg = ""};
    char how[160];

    if (ask.keyd == NULL || ask.arena == NULL ||
        pt_log_check(&ask, false, &err, &c) != MH_OK ||
        pt_log_read(&ask, 0, &err, &r) != MH_OK) {
        row(m, lang, BAD, pt_text(lang, PT_T("Log")),
            pt_text(lang, PT_T("The log does not answer now.")));
    } else {
        uint64_t size = size_of(c.note);

        (void)snprintf(how, sizeof(how), "%s %" PRIu64,
            pt_text(lang, PT_T("records:")), r.size); /* fits */
        row(m, lang, GOOD, pt_text(lang, PT_T("Log")), how);
        (void)snprintf(how, sizeof(how), "%s %" PRIu64,
            pt_text(lang, PT_T("records covered:")), size); /* fits */
        row(m, lang, r.size > size + LAG_LOOK ? LOOK : GOOD,
            pt_text(lang, PT_T("Last checkpoint")), how);
        (void)snprintf(how, sizeof(how), "%s %" PRIu64,
            pt_text(lang, PT_T("records covered:")), c.stamped); /* fits */
        row(m, lang, app->tsa && c.stamped == 0 ? LOOK : GOOD,
            pt_text(lang, PT_T("Largest checkpoint with a time-stamp")), how);
    }
    mh_arena_free(ask.arena);
}

static void
set_rest(struct pt_app *app, struct pt_map *m, enum mh_lang lang)
{
    int64_t since;
    int fd = pt_judge_snapshot(app->judge, &since);
    char when[24];

    row(m, lang, pt_judge_ready(app->judge) ? GOOD : BAD,
        pt_text(lang, PT_T("Judging of documents")),
        pt_text(lang,
            pt_judge_ready(app->judge) ? PT_T("ready") : PT_T("not ready")));
    if (fd >= 0) {
        pt_baku_minute(since, when);
        row(m, lang, GOOD, pt_text(lang, PT_T("Anchors in use since")), when);
    } else {
        row(m, lang, BAD, pt_text(lang, PT_T("Anchors in use since")), "–");
    }
    mh_close(&fd);
    row(m, lang, LOOK, pt_text(lang, PT_T("Last backup")),
        pt_text(lang, PT_T("Copies are made outside of the service (mohur "
                           "backup), which does not learn of them.")));
}

void
pt_web_admin(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_store_state s;
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_who who;

    if (!pt_operator(app, rq, answer, &who))
        return;
    if (pt_store_state(app->store, pt_time(), &err, &s) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_admin_begin(
        &page, rq, answer, PT_T("State of the service"), &who, "at_state");
    pt_set(&page.root, "version", MH_VERSION);
    set_rest(app, &page.root, lang);
    set_parts(app, &page.root, lang);
    set_log(app, &page.root, lang);
    set_queues(&page.root, lang, &s, pt_time());
    set_disk(app, &page.root, lang, &s);
    pt_page_end(&pt_tmpl_admin, &page, rq, answer, 200);
}
