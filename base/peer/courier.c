#include "base/peer/courier.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/helper.h"

enum {
    HTTP_OK = 200
};

/* One answer that is waited for; on its asker's stack. */
struct waiter {
    struct waiter *next;
    uint64_t id;
    uint8_t *buf; /* MH_MESSAGE_MAX bytes of its own */
    struct mh_packet p;
    int fd[MH_MESSAGE_FDS_MAX];
    bool came;
};

/*
 * Askers share the channel: one of them reads, for all, until its own answer
 * is there, and then another one does.
 */
struct mh_courier {
    struct mh_helper helper;
    pthread_mutex_t lock;
    pthread_cond_t turn; /* an answer came, or a reader or an asker left */
    uint64_t next_id;
    struct waiter *waiting;
    size_t askers; /* at most MH_FETCHES_MAX */
    bool reading;
    bool gone; /* it said something that it may not, or nothing any more */
};

/* A courier that is gone is our own trouble. */
static enum mh_code
gone(struct mh_err *err)
{
    return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "courier: it is gone");
}

/* Tells it what it may reach. */
static enum mh_code
set_up(struct mh_courier *c, const struct mh_fetch_setup *setup,
    struct mh_err *err)
{
    struct mh_buf msg;
    enum mh_code code = MH_OK;

    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_fetch_setup_pack(setup, &msg);
    if (!mh_buf_ok(&msg))
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "courier: set-up");
    else if (mh_chan_send(c->helper.chan, mh_buf_get(&msg), NULL, 0, NULL) !=
             MH_OK)
        code = gone(err);
    mh_buf_fini(&msg);
    return code;
}

static struct mh_courier *
courier_new(struct mh_err *err)
{
    struct mh_courier *c = calloc(1, sizeof(*c));

    if (c != NULL && pthread_mutex_init(&c->lock, NULL) == 0) {
        if (pthread_cond_init(&c->turn, NULL) == 0) {
            c->helper.chan = -1;
            return c;
        }
        (void)pthread_mutex_destroy(&c->lock);
    }
    free(c);
    (void)mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory");
    return NULL;
}

enum mh_code
mh_courier_start(const struct mh_fetch_setup *setup, struct mh_err *err,
    struct mh_courier **out)
{
    struct mh_courier *c = courier_new(err);
    enum mh_code code;

    if (c == NULL)
        return MH_ENOMEM;
    code = mh_helper_start("mohur-courier", NULL, err, &c->helper);
    if (code == MH_OK)
        code = set_up(c, setup, err);
    if (code == MH_OK)
        *out = c;
    else
        mh_courier_free(c);
    return code;
}

enum mh_code
mh_courier_over(int chan, const struct mh_fetch_setup *setup,
    struct mh_err *err, struct mh_courier **out)
{
    struct mh_courier *c = courier_new(err);
    enum mh_code code;

    if (c == NULL) {
        mh_close(&chan);
        return MH_ENOMEM;
    }
    c->helper.chan = chan;
    code = set_up(c, setup, err);
    if (code == MH_OK)
        *out = c;
    else
        mh_courier_free(c);
    return code;
}

void
mh_courier_free(struct mh_courier *courier)
{
    if (courier == NULL)
        return;
    if (courier->helper.pid > 0)
        mh_helper_end(&courier->helper);
    else
        mh_close(&courier->helper.chan);
    (void)pthread_cond_destroy(&courier->turn); /* nobody waits */
    (void)pthread_mutex_destroy(&courier->lock);
    free(courier);
}

static enum mh_code
take(const struct mh_packet *p, const struct mh_fetched *f,
    const struct mh_fetch *asked, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    struct mh_map map;
    enum mh_code code;

    *out = (struct mh_span){(const uint8_t *)"", 0};
    if ((f->size > 0) != (p->fds == 1) ||
        f->size > mh_fetch_limit(asked->kind) ||
        (p->fds == 1 && !mh_memfd_sealed(p->fd[0])))
        return gone(err);
    if (f->size == 0)
        return MH_OK;
    code = mh_map_fd(p->fd[0], f->size, err, &map);
    if (code != MH_OK)
        return code;
    *out = mh_arena_copy(arena, map.bytes);
    mh_map_fini(&map);
    return out->ptr == NULL
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory")
               : MH_OK;
}

/* Sends what is asked; with the lock. */
static enum mh_code
ask(struct mh_courier *c, struct mh_fetch *fetch, struct mh_err *err)
{
    struct mh_buf msg;
    enum mh_code code = MH_OK;

    fetch->id = ++c->next_id;
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_fetch_pack(fetch, &msg);
    if (!mh_buf_ok(&msg))
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "request: too large");
    else if (c->gone || mh_chan_send(c->helper.chan, mh_buf_get(&msg), NULL, 0,
                            NULL) != MH_OK)
        code = gone(err);
    mh_buf_fini(&msg);
    return code;
}

/* Gives a packet to whoever waits for it; false: nobody does.  With the
   lock. */
static bool
hand_over(struct mh_courier *c, const struct mh_packet *p)
{
    uint64_t id;

    if (!mh_fetched_id((struct mh_span){p->buf, p->len}, &id))
        return false;
    for (struct waiter *w = c->waiting; w != NULL; w = w->next)
        if (w->id == id && !w->came) {
            memcpy(w->p.buf, p->buf, p->len);
            memcpy(w->p.fd, p->fd, p->fds * sizeof(*p->fd));
            w->p.len = p->len;
            w->p.fds = p->fds;
            return w->came = true;
        }
    return false;
}

/* Reads for all until w's own answer is there; with the lock. */
static void
read_for_all(struct mh_courier *c, const struct waiter *w, uint8_t *buf)
{
    int fd[MH_MESSAGE_FDS_MAX];

    c->reading = true;
    while (!w->came && !c->gone) {
        struct mh_packet p = {.buf = buf, .fd = fd};
        enum mh_code code;

        (void)pthread_mutex_unlock(&c->lock);
        code = mh_chan_recv(c->helper.chan, NULL, &p);
        (void)pthread_mutex_lock(&c->lock);
        if (code != MH_OK || !hand_over(c, &p)) {
            mh_packet_close(&p);
            c->gone = true;
        }
        (void)pthread_cond_broadcast(&c->turn);
    }
    c->reading = false;
}

/* Asks, and waits for the answer; code other than MH_OK: none came. */
static enum mh_code
exchange(struct mh_courier *c, struct mh_fetch *fetch, struct waiter *w,
    uint8_t *spare, struct mh_err *err)
{
    enum mh_code code;

    (void)pthread_mutex_lock(&c->lock); /* a plain mutex cannot fail */
    while (c->askers == MH_FETCHES_MAX && !c->gone)
        (void)pthread_cond_wait(&c->turn, &c->lock);
    c->askers++;
    code = ask(c, fetch, err);
    if (code == MH_OK) {
        w->id = fetch->id;
        w->next = c->waiting;
        c->waiting = w;
        while (!w->came && !c->gone) {
            if (!c->reading)
                read_for_all(c, w, spare);
            else
                (void)pthread_cond_wait(&c->turn, &c->lock);
        }
        for (struct waiter **at = &c->waiting; *at != NULL; at = &(*at)->next)
            if (*at == w) {
                *at = w->next;
                break;
            }
        if (!w->came)
            code = gone(err);
    }
    c->askers--;
    (void)pthread_cond_broadcast(&c->turn); /* for the next to read or ask */
    (void)pthread_mutex_unlock(&c->lock);
    return code;
}

enum mh_code
mh_courier_fetch(struct mh_courier *courier, struct mh_fetch *fetch,
    struct mh_arena *arena, struct mh_err *err, uint32_t *status,
    struct mh_span *out)
{
    uint8_t *buf = malloc(2 * (size_t)MH_MESSAGE_MAX);
    struct waiter w = {.id = 0};
    struct mh_fetched f = {.message = ""};
    enum mh_code code;

    if (status != NULL)
        *status = 0;
    if (buf == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory");
    w.p = (struct mh_packet){.buf = buf, .fd = w.fd};
    code = exchange(courier, fetch, &w, buf + MH_MESSAGE_MAX, err);
    if (code == MH_OK && mh_fetched_unpack((struct mh_span){buf, w.p.len},
                             arena, err, &f) != MH_OK)
        code = gone(err);
    if (code == MH_OK)
        code = f.code == MH_OK
                   ? take(&w.p, &f, fetch, arena, err, out)
                   : mh_fail(err, f.code, MH_NO_OFFSET, "%.150s", f.message);
    mh_packet_close(&w.p);
    free(buf);
    if (status != NULL)
        *status = f.status;
    if (code == MH_OK && f.status != HTTP_OK)
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "answer: HTTP %u", f.status);
    return code;
}
