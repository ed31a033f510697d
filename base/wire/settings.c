#include "base/wire/settings.h"

#include "base/limits.h"
#include "base/wire/codec.h"
#include "base/wire/control.h"

enum {
    NAME_BYTES = 64,
    KEY_HASH = 32, /* SHA-256 */
};

bool
mh_name_good(const char *name)
{
    static const char inside[] = "-_.";
    size_t len = strnlen(name, NAME_BYTES + 1);

    if (len == 0 || len > NAME_BYTES)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (!plain && (i == 0 || i + 1 == len || strchr(inside, c) == NULL))
            return false;
    }
    return true;
}

static void
do_head(struct mh_codec *c, bool again, enum mh_service_kind kind)
{
    uint8_t wanted = again ? MH_CTL_RELOAD : MH_CTL_SETUP;
    uint8_t type = wanted, service = (uint8_t)kind;

    mh_codec_u8(c, &type);
    mh_codec_u8(c, &service);
    if (type != wanted || service != (uint8_t)kind)
        c->bad = true;
}

static void
do_name(struct mh_codec *c, const char **name)
{
    mh_codec_text(c, name);
    if (!mh_name_good(*name))
        c->bad = true;
}

static void
do_fetch(struct mh_codec *c, struct mh_fetch_setup *s)
{
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
do_mobile(struct mh_codec *c, struct mh_mobile_settings *m)
{
    mh_codec_text(c, &m->url);
    mh_codec_text(c, &m->profile);
    mh_codec_text(c, &m->uuid);
    mh_codec_text(c, &m->name);
    mh_codec_text(c, &m->text);
}

static void
do_client(struct mh_codec *c, struct mh_client_settings *s)
{
    do_name(c, &s->name);
    mh_codec_bytes(c, &s->key, KEY_HASH);
    mh_codec_u32(c, &s->may);
    mh_codec_u32(c, &s->per_minute);
    mh_codec_u64(c, &s->bytes_a_day);
    if (s->key.len != KEY_HASH || (s->may & ~MH_MAY_ALL) != 0)
        c->bad = true;
}

static void
do_portal(struct mh_codec *c, struct mh_portal_settings *s)
{
    unsigned refunds = (unsigned)s->payment.refunds;

    mh_codec_text(c, &s->state);
    mh_codec_text(c, &s->store);
    mh_codec_text(c, &s->origin);
    mh_codec_text(c, &s->card_origin);
    mh_codec_count(c, &s->hosts, MH_HOSTS_MAX);
    s->host = mh_codec_array(c, s->host, s->hosts, sizeof(*s->host));
    for (size_t i = 0; i < s->hosts && s->host != NULL; i++)
        mh_codec_text(c, &s->host[i]);
    mh_codec_bool(c, &s->front);
    mh_codec_bool(c, &s->landlock);
    mh_codec_bool(c, &s->strict);
    mh_codec_u32(c, &s->threads);
    mh_codec_u32(c, &s->connections);
    mh_codec_u32(c, &s->workers);
    mh_codec_u64(c, &s->upload_max);
    mh_codec_u64(c, &s->flight_max);
    mh_codec_u64(c, &s->reserve);
    mh_codec_u32(c, &s->keep_days);
    mh_codec_count(c, &s->clients, MH_CLIENTS_MAX);
    s->client = mh_codec_array(c, s->client, s->clients, sizeof(*s->client));
    for (size_t i = 0; i < s->clients && s->client != NULL; i++)
        do_client(c, &s->client[i]);
    mh_codec_u32(c, &s->anonymous);
    mh_codec_u32(c, &s->anonymous_per_minute);
    if ((s->anonymous & ~MH_MAY_ALL) != 0)
        c->bad = true;
    mh_codec_text(c, &s->seal_key);
    mh_codec_bool(c, &s->tsa);
    mh_codec_u32(c, &s->filing_level);
    do_mobile(c, &s->mobile);
    mh_codec_text(c, &s->notify.mail_from);
    mh_codec_text(c, &s->notify.operator_to);
    mh_codec_text(c, &s->notify.sms_sender);
    mh_codec_bool(c, &s->notify.sms_lsim);
    mh_codec_text(c, &s->payment.url);
    mh_codec_text(c, &s->payment.terminal);
    mh_codec_text(c, &s->payment.merchant);
    mh_codec_bytes(c, &s->payment.key, MH_PEM_MAX);
    mh_codec_bytes(c, &s->payment.gateway_key, MH_PEM_MAX);
    mh_codec_enum(c, &refunds, MH_REFUNDS_END);
    s->payment.refunds = (enum mh_refunds)refunds;
    do_fetch(c, &s->fetch);
}

static void
do_key(struct mh_codec *c, struct mh_key_settings *k)
{
    unsigned purpose = (unsigned)k->purpose;

    do_name(c, &k->name);
    mh_codec_enum(c, &purpose, MH_KEY_PURPOSES);
    k->purpose = purpose;
    mh_codec_text(c, &k->uri);
    mh_codec_text(c, &k->pin_source);
    mh_codec_bool(c, &k->pin_each_time);
    mh_codec_u32(c, &k->per_minute);
}

static void
do_keyd(struct mh_codec *c, struct mh_keyd_settings *s)
{
    mh_codec_text(c, &s->state);
    mh_codec_text(c, &s->origin);
    mh_codec_bool(c, &s->landlock);
    mh_codec_bool(c, &s->strict);
    mh_codec_u32(c, &s->checkpoint_s);
    mh_codec_u32(c, &s->stamp_s);
    mh_codec_u32(c, &s->ticket_s);
    mh_codec_u32(c, &s->approval_s);
    mh_codec_u32(c, &s->queue_max);
    mh_codec_u32(c, &s->workers);
    mh_codec_bool(c, &s->tsa);
    mh_codec_count(c, &s->keys, MH_KEYS_MAX);
    s->key = mh_codec_array(c, s->key, s->keys, sizeof(*s->key));
    for (size_t i = 0; i < s->keys && s->key != NULL; i++)
        do_key(c, &s->key[i]);
    do_fetch(c, &s->fetch);
}

void
mh_portal_settings_pack(
    const struct mh_portal_settings *s, bool again, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_portal_settings copy = *s;

    do_head(&c, again, MH_SERVICE_PORTAL);
    do_portal(&c, &copy);
    if (c.bad || out->len > MH_MESSAGE_MAX)
        out->bad = true;
}

void
mh_keyd_settings_pack(
    const struct mh_keyd_settings *s, bool again, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_keyd_settings copy = *s;

    do_head(&c, again, MH_SERVICE_KEYD);
    do_keyd(&c, &copy);
    if (c.bad || out->len > MH_MESSAGE_MAX)
        out->bad = true;
}

static enum mh_code
unpacked(const struct mh_codec *c, struct mh_err *err)
{
    if (mh_codec_done(c))
        return MH_OK;
    return mh_fail(err, MH_EFORMAT, c->rd.pos, "settings: malformed message");
}

enum mh_code
mh_portal_settings_unpack(struct mh_span packet, bool again,
    struct mh_arena *arena, struct mh_err *err, struct mh_portal_settings *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_portal_settings){0};
    do_head(&c, again, MH_SERVICE_PORTAL);
    do_portal(&c, out);
    return unpacked(&c, err);
}

enum mh_code
mh_keyd_settings_unpack(struct mh_span packet, bool again,
    struct mh_arena *arena, struct mh_err *err, struct mh_keyd_settings *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_keyd_settings){0};
    do_head(&c, again, MH_SERVICE_KEYD);
    do_keyd(&c, out);
    return unpacked(&c, err);
}
