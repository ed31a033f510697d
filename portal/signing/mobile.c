#include "portal/signing/mobile.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/signing/exchange.h"

enum {
    THREADS = 4,
    SLOTS = 512,         /* under way, and outcomes that can be read */
    STARTS = 16384,      /* remembered, of all telephones */
    HOUR_MS = 3600000,   /* of PT_MOBILE_HOURLY */
    LOOKED_MS = 2500,    /* for a page to show the code */
    POLL_MS = 2000,      /* between two questions */
    FAULTS = 3,          /* questions in a row that nothing came of */
    TX_ARENA = 16 << 20, /* bytes of a transaction */
    ASK_ARENA = 4 << 20, /* bytes of a question */
};

struct tx {
    char id[27]; /* "": the slot is free */
    struct pt_exchange x;
    uint8_t owner[PT_HASH];
    struct pt_mobile_work work;
    struct pt_mobile_status status;
    bool busy;                          /* a thread has it */
    bool asked;                         /* the telephone is */
    int64_t due_ms, until_ms, ended_ms; /* monotonic */
    /* Of the thread that has it: */
    struct mh_arena *arena;
    unsigned faults;
    enum mh_remote_outcome outcome;
};

struct start {
    uint64_t phone; /* a hash of it */
    int64_t at_ms;
};

struct pt_mobile {
    struct pt_app *app;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread[THREADS];
    size_t threads;
    bool stop;
    struct mh_mid_profile profile;
    char uuid[65], name[129], text[129];
    struct tx tx[SLOTS];
    struct start start[STARTS];
    size_t starts; /* in all; the next stands at starts % STARTS */
};

static bool
under_way(const struct tx *t)
{
    return t->id[0] != '\0' && t->status.stage != PT_MOBILE_DONE &&
           t->status.stage != PT_MOBILE_FAILED;
}

/* ---- the steps; a thread has the transaction ---- */

/* What everybody sees of it. */
static void
show(struct pt_mobile *m, struct tx *t, enum pt_mobile_stage stage)
{
    (void)pthread_mutex_lock(&m->lock);
    t->status.stage = stage;
    (void)pthread_mutex_unlock(&m->lock);
}

static void
end(struct pt_mobile *m, struct tx *t, enum mh_code code,
    const struct mh_err *err)
{
    bool done = code == MH_OK && t->outcome == MH_REMOTE_OK;

    if (t->work.release != NULL)
        t->work.release(t->work.ctx);
    mh_arena_free(t->arena);
    (void)pthread_mutex_lock(&m->lock);
    t->arena = NULL;
    t->work = (struct pt_mobile_work){.ctx = NULL};
    t->status.outcome = t->outcome;
    if (!done && t->outcome == MH_REMOTE_OK)
        (void)snprintf(t->status.why, sizeof(t->status.why), "%s", err->msg);
    t->status.stage = done ? PT_MOBILE_DONE : PT_MOBILE_FAILED;
    t->ended_ms = pt_now_ms();
    (void)pthread_mutex_unlock(&m->lock);
    mh_log("mobile", "id=%s res=%s why=\"%.100s\"", t->id,
        done                         ? "ok"
        : t->outcome == MH_REMOTE_OK ? "failed"
                                     : mh_remote_name(t->outcome),
        done ? "" : err->msg);
}

/* What the telephone was asked, and what came of it, goes to the log. */
static enum mh_code
record(struct pt_mobile *m, const struct tx *t, struct mh_err *err)
{
    char who[32] = "-", obj[40], hex[2 * MH_DIGEST_MAX + 1], data[256];
    struct pt_record r = {.ev = "remote.sign",
        .who = who,
        .obj = obj,
        .res = mh_remote_name(t->outcome),
        .data = data};
    enum mh_code code;

    if (t->x.account != 0)
        (void)snprintf(who, sizeof(who), "p:%lld", (long long)t->x.account);
    (void)snprintf(obj, sizeof(obj), "mobile:%s", t->id);
    mh_hex_encode(t->x.digest, hex);
    (void)snprintf(data, sizeof(data), "alg=%s\ncode=%s\ndigest=%s\n",
        mh_digest_name(t->x.alg), t->status.code, hex);
    code = pt_store_record_add(m->app->store, &r, pt_time(), err);
    pt_ledger_wake(m->app->ledger);
    return code;
}

/* Certificate, and what its key shall sign: the code is there then. */
static enum mh_code
begin(struct pt_mobile *m, struct tx *t, struct mh_err *err)
{
    char code_text[5];
    enum mh_code code;

    t->arena = mh_arena_new(TX_ARENA);
    if (t->arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    code = pt_exchange_key(&t->x, t->arena, err, &t->outcome);
    if (code != MH_OK || t->outcome != MH_REMOTE_OK)
        return code;
    code = t->work.prepare(
        t->work.ctx, &t->x.key, t->arena, err, &t->x.alg, &t->x.digest);
    if (code != MH_OK)
        return code;
    if (!mh_remote_code(t->x.digest, code_text))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "mobile: digest");
    (void)pthread_mutex_lock(&m->lock);
    memcpy(t->status.code, code_text, sizeof(code_text));
    t->status.stage = PT_MOBILE_WAITING;
    t->due_ms = pt_now_ms() + LOOKED_MS; /* or when a page has shown it */
    (void)pthread_mutex_unlock(&m->lock);
    return MH_OK;
}

/* The value: whether it is the key's, then the log, then what it is for. */
static enum mh_code
signed_value(
    struct pt_mobile *m, struct tx *t, struct mh_span value, struct mh_err *err)
{
    char result[sizeof(t->status.result)] = "";
    enum mh_code code =
        pt_exchange_check(&t->x, value, t->arena, err, &t->outcome);

    if (code != MH_OK || t->outcome != MH_REMOTE_OK)
        return code;
    show(m, t, PT_MOBILE_SIGNED);
    code = record(m, t, err);
    if (code == MH_OK)
        code = t->work.complete(t->work.ctx, value, t->arena, err, result);
    result[sizeof(result) - 1] = '\0';
    (void)pthread_mutex_lock(&m->lock);
    memcpy(t->status.result, result, sizeof(result));
    (void)pthread_mutex_unlock(&m->lock);
    return code;
}

/* One question; PENDING: another one follows. */
static enum mh_code
poll_once(struct pt_mobile *m, struct tx *t, struct mh_err *err)
{
    struct mh_arena *arena = mh_arena_new(ASK_ARENA);
    struct mh_span value = {0};
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    code = pt_exchange_poll(&t->x, arena, err, &t->outcome, &value);
    if (code == MH_EIO && ++t->faults < FAULTS) {
        code = MH_OK;
        t->outcome = MH_REMOTE_PENDING;
    } else if (code == MH_OK) {
        t->faults = 0;
    }
    if (code == MH_OK && t->outcome == MH_REMOTE_OK)
        code = signed_value(m, t, value, err);
    mh_arena_free(arena);
    return code;
}

static void
step(struct pt_mobile *m, struct tx *t)
{
    bool known = t->status.stage == PT_MOBILE_WAITING, asked = t->asked;
    struct mh_err err = {.msg = ""}, log_err = {.msg = ""};
    enum mh_code code;

    t->outcome = MH_REMOTE_OK;
    if (known && pt_now_ms() >= t->until_ms) {
        t->outcome = MH_REMOTE_TIMEOUT;
        code = MH_OK;
    } else if (!known) {
        code = begin(m, t, &err);
    } else if (!asked) {
        code = pt_exchange_start(&t->x, t->arena, &err, &t->outcome);
        t->asked = true;
    } else {
        code = poll_once(m, t, &err);
    }
    /* Nothing, or too much, came: the service's own trouble. */
    if (code == MH_EIO || (code == MH_ELIMIT && known && !asked)) {
        code = MH_OK;
        t->outcome = MH_REMOTE_UNAVAILABLE;
    }
    if (code != MH_OK)
        t->outcome = MH_REMOTE_OK; /* it is ours: err says why */
    if (code == MH_OK && (t->outcome == MH_REMOTE_PENDING ||
                             (t->outcome == MH_REMOTE_OK && !asked))) {
        (void)pthread_mutex_lock(&m->lock);
        if (known)
            t->due_ms = pt_now_ms() + (asked ? POLL_MS : POLL_MS / 4);
        (void)pthread_mutex_unlock(&m->lock);
        return;
    }
    if (asked && t->outcome != MH_REMOTE_OK && record(m, t, &log_err) != MH_OK)
        mh_log("mobile", "id=%s log=\"%.100s\"", t->id, log_err.msg);
    end(m, t, code, &err);
}

/* ---- threads ---- */

/* The transaction that is due, or until when none is. */
static struct tx *
next_due(struct pt_mobile *m, int64_t now, int64_t *until)
{
    struct tx *best = NULL;

    *until = now + HOUR_MS;
    for (size_t i = 0; i < SLOTS; i++) {
        struct tx *t = &m->tx[i];

        if (!under_way(t) || t->busy)
            continue;
        if (t->due_ms < *until) {
            *until = t->due_ms;
            best = t;
        }
    }
    return best != NULL && best->due_ms <= now ? best : NULL;
}

static void
wait_until(struct pt_mobile *m, int64_t until_ms)
{
    struct timespec at = {.tv_sec = (time_t)(until_ms / 1000),
        .tv_nsec = (long)(until_ms % 1000) * 1000000};
    /* Early is no harm: what is due is looked up again. */
    (void)pthread_cond_timedwait(&m->wake, &m->lock, &at);
}

static void *
work(void *arg)
{
    struct pt_mobile *m = arg;

    (void)pthread_mutex_lock(&m->lock); /* a plain mutex cannot fail */
    while (!m->stop) {
        int64_t until;
        struct tx *t = next_due(m, pt_now_ms(), &until);

        if (t == NULL) {
            wait_until(m, until);
            continue;
        }
        t->busy = true;
        (void)pthread_mutex_unlock(&m->lock);
        step(m, t);
        (void)pthread_mutex_lock(&m->lock);
        t->busy = false;
        (void)pthread_cond_signal(&m->wake);
    }
    (void)pthread_mutex_unlock(&m->lock);
    return NULL;
}

static enum mh_code
start_threads(struct pt_mobile *m, struct mh_err *err)
{
    pthread_condattr_t attr;

    if (pthread_condattr_init(&attr) != 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    /* The clock of pt_now_ms. */
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (pthread_mutex_init(&m->lock, NULL) != 0 ||
        pthread_cond_init(&m->wake, &attr) != 0) {
        (void)pthread_condattr_destroy(&attr);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    }
    (void)pthread_condattr_destroy(&attr);
    while (m->threads < THREADS) {
        if (pthread_create(&m->thread[m->threads], NULL, work, m) != 0)
            break;
        m->threads++;
    }
    return m->threads > 0
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no thread");
}

enum mh_code
pt_mobile_start(struct pt_app *app, const struct mh_mobile_settings *set,
    struct mh_err *err)
{
    struct pt_mobile *m;
    enum mh_code code;

    if (set == NULL || set->url[0] == '\0')
        return MH_OK;
    m = calloc(1, sizeof(*m));
    if (m == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    m->app = app;
    /* At most 64, 128 and 128 bytes (mohur.conf(5)). */
    (void)snprintf(m->uuid, sizeof(m->uuid), "%s", set->uuid);
    (void)snprintf(m->name, sizeof(m->name), "%s", set->name);
    (void)snprintf(m->text, sizeof(m->text), "%s", set->text);
    code = mh_mid_profile_of(set->profile, m->uuid, m->name, &m->profile)
               ? start_threads(m, err)
               : mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                     "settings: mobile: no such profile");
    if (code == MH_OK)
        app->mobile = m;
    else
        free(m);
    return code;
}

void
pt_mobile_stop(struct pt_app *app)
{
    struct pt_mobile *m = app->mobile;

    if (m == NULL)
        return;
    (void)pthread_mutex_lock(&m->lock);
    m->stop = true;
    (void)pthread_cond_broadcast(&m->wake);
    (void)pthread_mutex_unlock(&m->lock);
    for (size_t i = 0; i < m->threads; i++)
        (void)pthread_join(m->thread[i], NULL);
    for (size_t i = 0; i < SLOTS; i++) {
        struct tx *t = &m->tx[i];

        if (under_way(t) && t->work.release != NULL)
            t->work.release(t->work.ctx);
        mh_arena_free(t->arena);
    }
    (void)pthread_cond_destroy(&m->wake);
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
    app->mobile = NULL;
}

/* ---- what pages ask ---- */

static uint64_t
hash_of(const char *s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    return h;
}

/* Whether the telephone, and the table, bear one more in this hour. */
static enum pt_mobile_begun
count_start(struct pt_mobile *m, const char *phone, int64_t now)
{
    uint64_t hash = hash_of(phone);
    size_t known = m->starts < STARTS ? m->starts : STARTS, of_phone = 0;
    struct start *next = &m->start[m->starts % STARTS];

    for (size_t i = 0; i < known; i++)
        of_phone +=
            m->start[i].phone == hash && m->start[i].at_ms > now - HOUR_MS;
    if (of_phone >= PT_MOBILE_HOURLY)
        return PT_MOBILE_OFTEN;
    if (known == STARTS && next->at_ms > now - HOUR_MS)
        return PT_MOBILE_FULL;
    *next = (struct start){hash, now};
    m->starts++;
    return PT_MOBILE_OK;
}

/* A place for one more: a free one, else the outcome that is oldest. */
static enum pt_mobile_begun
place(struct pt_mobile *m, const char *phone, int64_t now, struct tx **out)
{
    struct tx *best = NULL;
    size_t going = 0;

    for (size_t i = 0; i < SLOTS; i++) {
        struct tx *t = &m->tx[i];

        if (under_way(t)) {
            going++;
            if (strcmp(t->x.phone, phone) == 0)
                return PT_MOBILE_BUSY;
        } else if (!t->busy &&
                   (best == NULL || t->id[0] == '\0' ||
                       (best->id[0] != '\0' && t->ended_ms < best->ended_ms))) {
            best = t;
        }
    }
    *out = best;
    return going >= PT_MOBILE_MAX || best == NULL || m->stop
               ? PT_MOBILE_FULL
               : count_start(m, phone, now);
}

static enum pt_mobile_begun
begin_in(struct pt_mobile *m, const struct pt_mobile_asked *asked,
    const struct pt_mobile_work *task, char id[static 27])
{
    struct pt_exchange x = {.judge = m->app->judge,
        .profile = &m->profile,
        .lang = asked->lang,
        .text =
            task->text != NULL && task->text[0] != '\0' ? task->text : m->text,
        .account = asked->account};
    int64_t now = pt_now_ms();
    enum pt_mobile_begun begun;
    struct tx *t = NULL;
    char address[64];

    if (snprintf(address, sizeof(address), "%s/%s", asked->phone,
            asked->user) >= (int)sizeof(address) ||
        !mh_mid_address(address, x.phone, x.user))
        return PT_MOBILE_ADDRESS;
    (void)pthread_mutex_lock(&m->lock);
    begun = place(m, x.phone, now, &t);
    if (begun == PT_MOBILE_OK) {
        *t = (struct tx){.x = x,
            .work = *task,
            .due_ms = now,
            .until_ms = now + (int64_t)PT_MOBILE_SECONDS * 1000};
        memcpy(t->owner, asked->owner, PT_HASH);
        t->status.until = pt_time() + PT_MOBILE_SECONDS;
        pt_id_new(t->id);
        memcpy(id, t->id, sizeof(t->id));
        (void)pthread_cond_signal(&m->wake);
    }
    (void)pthread_mutex_unlock(&m->lock);
    return begun;
}

enum pt_mobile_begun
pt_mobile_begin(struct pt_app *app, const struct pt_mobile_asked *asked,
    const struct pt_mobile_work *work_of, char id[static 27])
{
    enum pt_mobile_begun begun =
        app->mobile == NULL ? PT_MOBILE_NONE
                            : begin_in(app->mobile, asked, work_of, id);

    if (begun != PT_MOBILE_OK && work_of->release != NULL)
        work_of->release(work_of->ctx);
    return begun;
}

static enum pt_found
look(struct pt_app *app, const char *id, const uint8_t *owner, bool take,
    struct pt_mobile_status *out)
{
    struct pt_mobile *m = app->mobile;
    enum pt_found found = PT_ABSENT;

    if (m == NULL || id[0] == '\0')
        return PT_ABSENT;
    (void)pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < SLOTS && found == PT_ABSENT; i++) {
        struct tx *t = &m->tx[i];

        if (strcmp(t->id, id) != 0 || memcmp(t->owner, owner, PT_HASH) != 0 ||
            (!under_way(t) &&
                t->ended_ms + (int64_t)PT_MOBILE_KEEP * 1000 < pt_now_ms()))
            continue;
        found = PT_FOUND;
        *out = t->status;
        if (t->status.stage == PT_MOBILE_WAITING && !t->busy && !t->asked) {
            t->due_ms = pt_now_ms(); /* the code is being shown */
            (void)pthread_cond_signal(&m->wake);
        }
        if (take && t->status.stage == PT_MOBILE_DONE)
            t->id[0] = '\0';
    }
    (void)pthread_mutex_unlock(&m->lock);
    return found;
}

enum pt_found
pt_mobile_look(struct pt_app *app, const char *id,
    const uint8_t owner[static PT_HASH], struct pt_mobile_status *out)
{
    return look(app, id, owner, false, out);
}

enum pt_found
pt_mobile_take(struct pt_app *app, const char *id,
    const uint8_t owner[static PT_HASH], struct pt_mobile_status *out)
{
    return look(app, id, owner, true, out);
}
