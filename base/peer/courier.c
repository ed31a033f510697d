#include "base/peer/courier.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/helper.h"

enum {
    HTTP_OK = 200
};

struct mh_courier {
    struct mh_helper helper;
    uint64_t next_id;
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

enum mh_code
mh_courier_start(const struct mh_fetch_setup *setup, struct mh_err *err,
    struct mh_courier **out)
{
    struct mh_courier *c = calloc(1, sizeof(*c));
    enum mh_code code;

    if (c == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory");
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
    struct mh_courier *c = calloc(1, sizeof(*c));
    enum mh_code code;

    if (c == NULL) {
        mh_close(&chan);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory");
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
    else if (mh_chan_send(c->helper.chan, mh_buf_get(&msg), NULL, 0, NULL) !=
             MH_OK)
        code = gone(err);
    mh_buf_fini(&msg);
    return code;
}

enum mh_code
mh_courier_fetch(struct mh_courier *courier, struct mh_fetch *fetch,
    struct mh_arena *arena, struct mh_err *err, uint32_t *status,
    struct mh_span *out)
{
    uint8_t *buf = mh_arena_raw(arena, MH_MESSAGE_MAX);
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet p = {.buf = buf, .fd = fds};
    struct mh_fetched f = {.message = ""};
    enum mh_code code = buf == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
                                          "courier: no memory")
                                    : ask(courier, fetch, err);

    if (status != NULL)
        *status = 0;
    if (code == MH_OK &&
        (mh_chan_recv(courier->helper.chan, err, &p) != MH_OK || p.len == 0 ||
            mh_fetched_unpack((struct mh_span){buf, p.len}, arena, err, &f) !=
                MH_OK ||
            f.id != fetch->id))
        code = gone(err);
    if (code == MH_OK)
        code = f.code == MH_OK
                   ? take(&p, &f, fetch, arena, err, out)
                   : mh_fail(err, f.code, MH_NO_OFFSET, "%.150s", f.message);
    mh_packet_close(&p);
    if (status != NULL)
        *status = f.status;
    if (code == MH_OK && f.status != HTTP_OK)
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "answer: HTTP %u", f.status);
    return code;
}
