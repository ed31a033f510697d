#include "base/wire/control.h"

#include "base/limits.h"
#include "base/wire/codec.h"
#include "base/wire/settings.h"

enum {
    COUNTER_BYTES = 64, /* of its name */
};

static const char *const peer_names[] = {
    [MH_PEER_EXAMINER] = "examiner",
    [MH_PEER_EXAMINER_PDF] = "examiner-pdf",
    [MH_PEER_EXAMINER_SIGN] = "examiner-sign",
    [MH_PEER_COURIER] = "courier",
    [MH_PEER_KEYD] = "keyd",
    [MH_PEER_PORTAL] = "portal",
    [MH_PEER_TOKEN] = "token",
    [MH_PEER_LISTENER] = "listener",
    [MH_PEER_METRICS] = "metrics",
    [MH_PEER_TRUST] = "trust",
};

const char *
mh_peer_name(enum mh_peer peer)
{
    return (unsigned)peer < MH_PEERS ? peer_names[peer] : "?";
}

uint8_t
mh_ctl_type(struct mh_span packet)
{
    return mh_packet_type(packet, MH_CTL_END);
}

static void
do_peer(struct mh_codec *c, enum mh_peer *peer, uint32_t *index)
{
    unsigned v = (unsigned)*peer;

    mh_codec_enum(c, &v, MH_PEERS);
    *peer = v;
    mh_codec_u32(c, index);
    if (*index >= (*peer == MH_PEER_TOKEN ? MH_KEYS_MAX : 1))
        c->bad = true;
}

static void
do_tick(struct mh_codec *c, struct mh_ctl_tick *m)
{
    mh_codec_type(c, MH_CTL_TICK);
    mh_codec_bool(c, &m->ready);
    mh_codec_count(c, &m->procs, MH_PROCS_MAX);
    m->proc = mh_codec_array(c, m->proc, m->procs, sizeof(*m->proc));
    for (size_t i = 0; i < m->procs && m->proc != NULL; i++) {
        struct mh_proc *p = &m->proc[i];

        mh_codec_text(c, &p->name);
        mh_codec_bool(c, &p->up);
        mh_codec_u32(c, &p->pid);
        mh_codec_u32(c, &p->restarts);
        mh_codec_u64(c, &p->up_s);
        mh_codec_u64(c, &p->rss);
        mh_codec_u32(c, &p->fds);
        mh_codec_text(c, &p->last);
        if (!mh_name_good(p->name))
            c->bad = true;
    }
}

static bool
counter_good(const char *name)
{
    size_t len = strnlen(name, COUNTER_BYTES + 1);

    if (len == 0 || len > COUNTER_BYTES || name[0] < 'a' || name[0] > 'z')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((name[i] < 'a' || name[i] > 'z') &&
            (name[i] < '0' || name[i] > '9') && name[i] != '_')
            return false;
    return true;
}

static void
do_health(struct mh_codec *c, struct mh_ctl_health *m)
{
    mh_codec_type(c, MH_CTL_HEALTH);
    mh_codec_bool(c, &m->ok);
    mh_codec_text(c, &m->why);
    mh_codec_count(c, &m->counters, MH_COUNTERS_MAX);
    m->counter =
        mh_codec_array(c, m->counter, m->counters, sizeof(*m->counter));
    for (size_t i = 0; i < m->counters && m->counter != NULL; i++) {
        mh_codec_text(c, &m->counter[i].name);
        mh_codec_u64(c, &m->counter[i].value);
        if (!counter_good(m->counter[i].name))
            c->bad = true;
    }
}

static void
do_want(struct mh_codec *c, struct mh_ctl_want *m)
{
    mh_codec_type(c, MH_CTL_WANT);
    do_peer(c, &m->peer, &m->index);
    if (m->peer > MH_PEER_COURIER && m->peer != MH_PEER_TOKEN)
        c->bad = true;
}

/* What both directions end with. */
static void
packed(const struct mh_codec *c, struct mh_buf *out)
{
    if (c->bad || out->len > MH_MESSAGE_MAX)
        out->bad = true;
}

static enum mh_code
unpacked(const struct mh_codec *c, struct mh_err *err)
{
    if (mh_codec_done(c))
        return MH_OK;
    return mh_fail(err, MH_EFORMAT, c->rd.pos, "control: malformed message");
}

void
mh_ctl_pack_bare(enum mh_ctl_type type, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);

    mh_codec_type(&c, type);
    if (type != MH_CTL_STOP && type != MH_CTL_READY)
        c.bad = true;
    packed(&c, out);
}

enum mh_code
mh_ctl_unpack_bare(
    struct mh_span packet, enum mh_ctl_type type, struct mh_err *err)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    mh_codec_type(&c, type);
    if (type != MH_CTL_STOP && type != MH_CTL_READY)
        c.bad = true;
    return unpacked(&c, err);
}

void
mh_ctl_channel_pack(const struct mh_ctl_channel *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_ctl_channel copy = *m;

    mh_codec_type(&c, MH_CTL_CHANNEL);
    do_peer(&c, &copy.peer, &copy.index);
    packed(&c, out);
}

enum mh_code
mh_ctl_channel_unpack(
    struct mh_span packet, struct mh_err *err, struct mh_ctl_channel *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    *out = (struct mh_ctl_channel){0};
    mh_codec_type(&c, MH_CTL_CHANNEL);
    do_peer(&c, &out->peer, &out->index);
    return unpacked(&c, err);
}

void
mh_ctl_tick_pack(const struct mh_ctl_tick *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_ctl_tick copy = *m;

    do_tick(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_ctl_tick_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_ctl_tick *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_ctl_tick){0};
    do_tick(&c, out);
    return unpacked(&c, err);
}

void
mh_ctl_health_pack(const struct mh_ctl_health *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_ctl_health copy = *m;

    do_health(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_ctl_health_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_ctl_health *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_ctl_health){.why = ""};
    do_health(&c, out);
    return unpacked(&c, err);
}

void
mh_ctl_want_pack(const struct mh_ctl_want *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_ctl_want copy = *m;

    do_want(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_ctl_want_unpack(
    struct mh_span packet, struct mh_err *err, struct mh_ctl_want *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    *out = (struct mh_ctl_want){0};
    do_want(&c, out);
    return unpacked(&c, err);
}
