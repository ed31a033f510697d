#include "base/peer/keyd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/limits.h"
#include "base/sys/chan.h"

enum {
    FORGET_MS = 10000 /* a file is removed */
};

/* One who waits; in the list from before it is sent until it is answered. */
struct waiter {
    struct waiter *next;
    uint64_t id;
    pthread_cond_t wake;
    bool done;
    uint8_t *packet; /* MH_MESSAGE_MAX bytes, of who asks */
    size_t len;      /* 0 where done: the channel went away */
    int fd;
};

struct mh_keyd {
    pthread_mutex_t lock; /* of what follows */
    struct waiter *waiting;
    bool open; /* the channel has a reader */

    pthread_mutex_t sending; /* the channel is not closed while it is held */
    int chan;

    pthread_t reader;
    bool reads; /* reader was started and not joined */
    _Atomic uint64_t last;
    uint8_t in[MH_MESSAGE_MAX]; /* the reader's */
};

/* These mutexes are ours and sound: taking them cannot fail. */
static void
hold(pthread_mutex_t *m)
{
    (void)pthread_mutex_lock(m);
}

static void
let(pthread_mutex_t *m)
{
    (void)pthread_mutex_unlock(m);
}

enum mh_code
mh_keyd_new(struct mh_err *err, struct mh_keyd **out)
{
    struct mh_keyd *k = calloc(1, sizeof(*k));

    if (k == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
    k->chan = -1;
    if (pthread_mutex_init(&k->lock, NULL) != 0 ||
        pthread_mutex_init(&k->sending, NULL) != 0) {
        free(k);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
    }
    *out = k;
    return MH_OK;
}

uint64_t
mh_keyd_next(struct mh_keyd *k)
{
    return atomic_fetch_add(&k->last, 1) + 1;
}

/* ---- the reader ---- */

/*
 * Hands an answer to who waits for it; one that nobody waits for any more is
 * dropped.  false: not an answer of this protocol.
 */
static bool
deliver(struct mh_keyd *k, struct mh_packet *p)
{
    struct mh_span packet = {p->buf, p->len};
    struct waiter *w;
    uint64_t id;

    if (mh_keyd_type(packet) == 0 || mh_keyd_is_request(mh_keyd_type(packet)) ||
        !mh_keyd_id(packet, &id) || p->fds > 1)
        return false;
    hold(&k->lock);
    for (w = k->waiting; w != NULL && (w->id != id || w->done); w = w->next)
        continue;
    if (w != NULL) {
        memcpy(w->packet, p->buf, p->len); /* its head was read: not empty */
        w->len = p->len;
        if (p->fds == 1) {
            w->fd = p->fd[0];
            p->fds = 0;
        }
        w->done = true;
        (void)pthread_cond_signal(&w->wake); /* it cannot fail */
    }
    let(&k->lock);
    return true;
}

static void *
read_all(void *arg)
{
    struct mh_keyd *k = arg;
    int fd[MH_MESSAGE_FDS_MAX];
    bool good = true;

    while (good) {
        struct mh_packet p = {.buf = k->in, .fd = fd};

        good = mh_chan_recv(k->chan, NULL, &p) == MH_OK && p.len > 0 &&
               deliver(k, &p);
        mh_packet_close(&p);
    }
    hold(&k->lock);
    k->open = false;
    for (struct waiter *w = k->waiting; w != NULL; w = w->next)
        if (!w->done) {
            w->done = true;
            (void)pthread_cond_signal(&w->wake); /* it cannot fail */
        }
    let(&k->lock);
    /* A sender that waits for room in it ends; then it may be closed. */
    (void)shutdown(k->chan, SHUT_RDWR);
    hold(&k->sending);
    mh_close(&k->chan);
    let(&k->sending);
    return NULL;
}

/* Ends the reader and with it the channel. */
static void
detach(struct mh_keyd *k)
{
    if (!k->reads)
        return;
    hold(&k->sending);
    if (k->chan >= 0)
        (void)shutdown(k->chan, SHUT_RDWR); /* the reader's end */
    let(&k->sending);
    (void)pthread_join(k->reader, NULL); /* ours, and only here */
    k->reads = false;
}

enum mh_code
mh_keyd_attach(struct mh_keyd *k, int chan, struct mh_err *err)
{
    detach(k);
    hold(&k->sending);
    k->chan = chan;
    let(&k->sending);
    hold(&k->lock);
    k->open = true;
    let(&k->lock);
    if (pthread_create(&k->reader, NULL, read_all, k) == 0) {
        k->reads = true;
        return MH_OK;
    }
    hold(&k->lock);
    k->open = false;
    let(&k->lock);
    hold(&k->sending);
    mh_close(&k->chan);
    let(&k->sending);
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no thread");
}

void
mh_keyd_free(struct mh_keyd *k)
{
    if (k == NULL)
        return;
    detach(k);
    (void)pthread_mutex_destroy(&k->lock);    /* nobody holds it */
    (void)pthread_mutex_destroy(&k->sending); /* the same */
    free(k);
}

/* ---- those who ask ---- */

static bool
begin(struct waiter *w)
{
    pthread_condattr_t attr;
    bool ok;

    if (pthread_condattr_init(&attr) != 0)
        return false;
    ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
         pthread_cond_init(&w->wake, &attr) == 0;
    (void)pthread_condattr_destroy(&attr); /* it holds nothing */
    return ok;
}

static bool
enlist(struct mh_keyd *k, struct waiter *w)
{
    bool open;

    hold(&k->lock);
    open = k->open;
    if (open) {
        w->next = k->waiting;
        k->waiting = w;
    }
    let(&k->lock);
    return open;
}

static bool
send_it(struct mh_keyd *k, struct waiter *w, const struct mh_keyd_question *q)
{
    bool sent, done;

    hold(&k->sending);
    hold(&k->lock);
    done = w->done; /* failed already: not a question to the next channel */
    let(&k->lock);
    sent = !done && k->chan >= 0 &&
           mh_chan_send(k->chan, mh_buf_get(q->message), q->fd, q->fds, NULL) ==
               MH_OK;
    let(&k->sending);
    return sent;
}

/* Waits where it was sent, and takes it off the list. */
static void
await(struct mh_keyd *k, struct waiter *w, bool sent, unsigned timeout_ms)
{
    struct timespec until;
    int rc = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &until); /* there is one */
    until.tv_sec += (time_t)(timeout_ms / 1000);
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    hold(&k->lock);
    while (sent && !w->done && rc == 0)
        rc = pthread_cond_timedwait(&w->wake, &k->lock, &until);
    for (struct waiter **at = &k->waiting; *at != NULL; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            break;
        }
    let(&k->lock);
}

static enum mh_code
look(const struct mh_keyd_question *q, struct mh_arena *arena,
    struct mh_err *err, struct mh_keyd_answer *out)
{
    uint8_t type = mh_keyd_type(out->packet);
    struct mh_keyd_failed failed;

    if (type == (uint8_t)q->want)
        return MH_OK;
    if (type != MH_KEYD_FAILED ||
        mh_keyd_failed_unpack(out->packet, arena, NULL, &failed) != MH_OK)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "keyd: another answer");
    out->refusal = failed.refusal;
    out->where = failed.where;
    return mh_fail(err, failed.code, MH_NO_OFFSET, "%.150s", failed.message);
}

enum mh_code
mh_keyd_ask(struct mh_keyd *k, const struct mh_keyd_question *q,
    struct mh_arena *arena, struct mh_err *err, struct mh_keyd_answer *out)
{
    struct waiter w = {.id = q->id, .fd = -1};
    enum mh_code code;
    bool sent;

    *out = (struct mh_keyd_answer){.fd = -1, .where = ""};
    if (!mh_buf_ok(q->message))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "keyd: too much at once");
    w.packet = mh_arena_raw(arena, MH_MESSAGE_MAX);
    if (w.packet == NULL || !begin(&w))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
    if (!enlist(k, &w)) {
        (void)pthread_cond_destroy(&w.wake); /* nobody waits */
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "keyd: it is gone");
    }
    sent = send_it(k, &w, q);
    await(k, &w, sent, q->timeout_ms);
    (void)pthread_cond_destroy(&w.wake); /* the same */
    if (w.len == 0)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            sent && !w.done ? "keyd: no answer in time" : "keyd: it is gone");
    out->packet = (struct mh_span){w.packet, w.len};
    code = look(q, arena, err, out);
    if (code == MH_OK)
        out->fd = w.fd;
    else
        mh_close(&w.fd);
    return code;
}

enum mh_code
mh_keyd_forget(struct mh_keyd *k, const uint8_t op[static MH_OP_ID],
    struct mh_arena *arena, struct mh_err *err)
{
    struct mh_keyd_done m = {.id = mh_keyd_next(k), .op = {op, MH_OP_ID}};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_FINE, .timeout_ms = FORGET_MS};
    struct mh_keyd_answer answer;
    struct mh_buf message;
    enum mh_code code;

    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_done_pack(&m, &message);
    q.message = &message;
    code = mh_keyd_ask(k, &q, arena, err, &answer);
    mh_buf_fini(&message);
    mh_close(&answer.fd);
    return code;
}
