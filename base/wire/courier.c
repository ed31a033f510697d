#include "base/wire/courier.h"

#include "base/limits.h"
#include "base/wire/codec.h"

static void
do_setup(struct mh_codec *c, struct mh_fetch_setup *s)
{
    mh_codec_type(c, MH_MSG_FETCH_SETUP);
    mh_codec_text(c, &s->proxy);
    mh_codec_text(c, &s->ca_file);
    mh_codec_bool(c, &s->public_only);
    mh_codec_count(c, &s->endpoints, MH_ENDPOINTS_MAX);
    s->endpoint =
        mh_codec_array(c, s->endpoint, s->endpoints, sizeof(*s->endpoint));
    for (size_t i = 0; i < s->endpoints && s->endpoint != NULL; i++) {
        mh_codec_text(c, &s->endpoint[i].name);
        mh_codec_text(c, &s->endpoint[i].url);
        mh_codec_text(c, &s->endpoint[i].pin);
    }
}

static void
do_fetch(struct mh_codec *c, struct mh_fetch *f)
{
    unsigned kind = (unsigned)f->kind;

    mh_codec_type(c, MH_MSG_FETCH);
    mh_codec_u64(c, &f->id);
    mh_codec_enum(c, &kind, MH_FETCH_KINDS);
    f->kind = kind;
    mh_codec_text(c, &f->endpoint);
    mh_codec_text(c, &f->url);
    mh_codec_bool(c, &f->proven);
    mh_codec_i64(c, &f->after);
    mh_codec_u32(c, &f->timeout_ms);
    mh_codec_text(c, &f->from);
    mh_codec_text(c, &f->to);
    mh_codec_rest(c, &f->body);
    if (f->body.len > MH_FETCH_BODY_MAX)
        c->bad = true;
}

static void
do_fetched(struct mh_codec *c, struct mh_fetched *f)
{
    unsigned code = (unsigned)f->code;

    mh_codec_type(c, MH_MSG_FETCHED);
    mh_codec_u64(c, &f->id);
    mh_codec_enum(c, &code, MH_EINTERNAL + 1);
    f->code = code;
    mh_codec_text(c, &f->message);
    mh_codec_u32(c, &f->status);
    mh_codec_u64(c, &f->size);
}

static void
do_sender(struct mh_codec *c, struct mh_sender *s)
{
    unsigned mode = (unsigned)s->mode;

    mh_codec_text(c, &s->url);
    mh_codec_text(c, &s->pin);
    mh_codec_enum(c, &mode, MH_SENDER_MODES);
    s->mode = mode;
    mh_codec_text(c, &s->user);
    mh_codec_text(c, &s->password);
}

static void
do_senders(struct mh_codec *c, struct mh_senders *s)
{
    mh_codec_type(c, MH_MSG_FETCH_SENDERS);
    do_sender(c, &s->mail);
    do_sender(c, &s->sms);
}

static enum mh_code
unpacked(const struct mh_codec *c, struct mh_err *err)
{
    if (mh_codec_done(c))
        return MH_OK;
    return mh_fail(err, MH_EFORMAT, c->rd.pos, "courier: malformed message");
}

void
mh_fetch_setup_pack(const struct mh_fetch_setup *s, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_fetch_setup copy = *s;

    do_setup(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_fetch_setup_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_fetch_setup *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_fetch_setup){.proxy = "", .ca_file = ""};
    do_setup(&c, out);
    return unpacked(&c, err);
}

void
mh_fetch_pack(const struct mh_fetch *f, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_fetch copy = *f;

    copy.from = f->from == NULL ? "" : f->from;
    copy.to = f->to == NULL ? "" : f->to;

    do_fetch(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_fetch_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_fetch *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_fetch){.endpoint = "", .url = "", .from = "", .to = ""};
    do_fetch(&c, out);
    return unpacked(&c, err);
}

void
mh_fetched_pack(const struct mh_fetched *f, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_fetched copy = *f;

    do_fetched(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_fetched_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_fetched *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_fetched){.message = ""};
    do_fetched(&c, out);
    return unpacked(&c, err);
}

bool
mh_fetched_id(struct mh_span packet, uint64_t *id)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    mh_codec_type(&c, MH_MSG_FETCHED);
    mh_codec_u64(&c, id);
    return !c.bad;
}

void
mh_senders_pack(const struct mh_senders *s, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_senders copy = *s;

    do_senders(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_senders_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_senders *out)
{
    static const struct mh_sender none = {
        .url = "", .pin = "", .user = "", .password = ""};
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_senders){none, none};
    do_senders(&c, out);
    return unpacked(&c, err);
}

uint64_t
mh_fetch_limit(enum mh_fetch_kind kind)
{
    switch (kind) {
    case MH_FETCH_OCSP:
        return MH_OCSP_SIZE_MAX;
    case MH_FETCH_CRL:
        return MH_CRL_SIZE_MAX;
    case MH_FETCH_ISSUER:
        return MH_CERT_SIZE_MAX;
    case MH_FETCH_TSA:
        return MH_TST_SIZE_MAX;
    case MH_FETCH_LIST:
        return MH_TL_SIZE_MAX;
    case MH_FETCH_JSON_GET:
    case MH_FETCH_JSON_POST:
    case MH_FETCH_MAIL:
    case MH_FETCH_SMS:
    case MH_FETCH_FORM_POST:
    case MH_FETCH_KINDS:
        break;
    }
    return MH_JSON_SIZE_MAX;
}
