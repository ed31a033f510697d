#include "base/sys/service.h"

#include "base/limits.h"
#include "base/sys/chan.h"

enum {
    ARENA = 1 << 20, /* bytes of one message, unpacked */
};

struct mh_service {
    int chan;
    const struct mh_service_ops *ops;
    void *ctx;
    struct mh_arena *arena; /* of the message under way */
    struct mh_buf out;      /* of the answer to a TICK */
    bool set_up, stopped;
    uint8_t in[MH_MESSAGE_MAX];
};

enum mh_code
mh_service_new(int chan, const struct mh_service_ops *ops, void *ctx,
    struct mh_err *err, struct mh_service **out)
{
    struct mh_service *s = calloc(1, sizeof(*s));

    if (s != NULL)
        s->arena = mh_arena_new(ARENA);
    if (s == NULL || s->arena == NULL) {
        free(s);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "service: no memory");
    }
    s->chan = chan;
    s->ops = ops;
    s->ctx = ctx;
    mh_buf_init(&s->out, MH_MESSAGE_MAX);
    *out = s;
    return MH_OK;
}

void
mh_service_free(struct mh_service *s)
{
    if (s == NULL)
        return;
    mh_close(&s->chan);
    mh_arena_free(s->arena);
    mh_buf_fini(&s->out);
    free(s);
}

int
mh_service_fd(const struct mh_service *s)
{
    return s->chan;
}

bool
mh_service_set_up(const struct mh_service *s)
{
    return s->set_up;
}

static enum mh_code
malformed(struct mh_err *err)
{
    return mh_fail(
        err, MH_EFORMAT, MH_NO_OFFSET, "supervisor: malformed message");
}

static enum mh_code
send_buf(struct mh_service *s, struct mh_buf *buf, struct mh_err *err)
{
    if (!mh_buf_ok(buf))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "service: message");
    return mh_chan_send(s->chan, mh_buf_get(buf), NULL, 0, err);
}

static enum mh_code
on_tick(struct mh_service *s, struct mh_span in, struct mh_err *err)
{
    struct mh_ctl_health health = {.ok = true, .why = ""};
    struct mh_ctl_tick tick;
    enum mh_code code = mh_ctl_tick_unpack(in, s->arena, err, &tick);

    if (code != MH_OK)
        return code;
    s->ops->tick(s->ctx, &tick, &health);
    mh_buf_clear(&s->out);
    mh_ctl_health_pack(&health, &s->out);
    return send_buf(s, &s->out, err);
}

static enum mh_code
on_channel(struct mh_service *s, struct mh_span in, int *fd, struct mh_err *err)
{
    struct mh_ctl_channel m;
    enum mh_code code = mh_ctl_channel_unpack(in, err, &m);
    int given = *fd;

    if (code != MH_OK)
        return code;
    *fd = -1; /* the program's now */
    return s->ops->channel(s->ctx, m.peer, m.index, given, err);
}

static enum mh_code
on_stop(struct mh_service *s, struct mh_span in, struct mh_err *err)
{
    enum mh_code code = mh_ctl_unpack_bare(in, MH_CTL_STOP, err);

    if (code != MH_OK)
        return code;
    s->stopped = true;
    s->ops->stop(s->ctx);
    return MH_OK;
}

static enum mh_code
dispatch(struct mh_service *s, struct mh_span in, int *fd, struct mh_err *err)
{
    uint8_t type = mh_ctl_type(in);
    enum mh_code code;

    if ((*fd >= 0) != (type == MH_CTL_CHANNEL) ||
        s->set_up == (type == MH_CTL_SETUP) ||
        (s->stopped && type == MH_CTL_STOP))
        return malformed(err);
    switch (type) {
    case MH_CTL_SETUP:
        code = s->ops->setup(s->ctx, in, err);
        s->set_up = code == MH_OK;
        return code;
    case MH_CTL_RELOAD:
        return s->ops->reload(s->ctx, in, err);
    case MH_CTL_CHANNEL:
        return on_channel(s, in, fd, err);
    case MH_CTL_TICK:
        return on_tick(s, in, err);
    case MH_CTL_STOP:
        return on_stop(s, in, err);
    default:
        return malformed(err);
    }
}

enum mh_code
mh_service_serve(struct mh_service *s, struct mh_err *err)
{
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = s->in, .fd = fds};
    enum mh_code code = mh_chan_recv(s->chan, err, &packet);
    int fd = -1;

    if (code != MH_OK)
        return code;
    if (packet.len == 0) {
        mh_packet_close(&packet);
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "supervisor: gone");
    }
    if (packet.fds > 1) {
        mh_packet_close(&packet);
        return malformed(err);
    }
    if (packet.fds == 1)
        fd = packet.fd[0];
    mh_arena_reset(s->arena);
    code = dispatch(s, (struct mh_span){s->in, packet.len}, &fd, err);
    mh_close(&fd);
    return code;
}

enum mh_code
mh_service_ready(struct mh_service *s, struct mh_err *err)
{
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, 64);
    mh_ctl_pack_bare(MH_CTL_READY, &buf);
    code = send_buf(s, &buf, err);
    mh_buf_fini(&buf);
    return code;
}

enum mh_code
mh_service_want(
    struct mh_service *s, enum mh_peer peer, uint32_t index, struct mh_err *err)
{
    struct mh_ctl_want want = {peer, index};
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, 64);
    mh_ctl_want_pack(&want, &buf);
    code = send_buf(s, &buf, err);
    mh_buf_fini(&buf);
    return code;
}
