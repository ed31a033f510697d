#include "base/wire/token.h"

#include "base/limits.h"
#include "base/wire/codec.h"

uint8_t
mh_token_type(struct mh_span packet)
{
    return mh_packet_type(packet, MH_TOKEN_END);
}

/* A length and so many bytes; unpacked, they borrow from the packet. */
static void
do_bytes(struct mh_codec *c, struct mh_span *v, size_t max)
{
    mh_codec_count(c, &v->len, max);
    if (c->out != NULL)
        mh_buf_span(c->out, *v);
    else
        *v = mh_rd_bytes(&c->rd, v->len);
}

static void
do_level(struct mh_codec *c, enum mh_pin_level *level)
{
    unsigned v = (unsigned)*level;

    mh_codec_enum(c, &v, MH_PIN_LEVELS);
    *level = v;
}

static void
do_mechanisms(struct mh_codec *c, uint32_t *v)
{
    mh_codec_u32(c, v);
    if ((*v & ~MH_TOKEN_HAS_ALL) != 0)
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
unpacked(const struct mh_codec *c, bool sound, struct mh_err *err)
{
    if (!mh_codec_done(c) || !sound)
        return mh_fail(err, MH_EFORMAT, c->rd.pos, "token: malformed message");
    return MH_OK;
}

void
mh_token_pack_bare(enum mh_token_message type, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);

    mh_codec_type(&c, type);
}

enum mh_code
mh_token_unpack_bare(
    struct mh_span packet, enum mh_token_message type, struct mh_err *err)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    mh_codec_type(&c, type);
    return unpacked(&c, true, err);
}

static void
do_open(struct mh_codec *c, struct mh_token_open *m)
{
    mh_codec_type(c, MH_TOKEN_OPEN);
    mh_codec_text(c, &m->uri);
    mh_codec_text(c, &m->serial);
}

void
mh_token_open_pack(const struct mh_token_open *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_open copy = *m;

    do_open(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_token_open_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_token_open *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_token_open){.uri = "", .serial = ""};
    do_open(&c, out);
    return unpacked(&c, out->uri[0] != '\0', err);
}

static void
do_facts(struct mh_codec *c, struct mh_token_facts *m)
{
    mh_codec_type(c, MH_TOKEN_FACTS);
    mh_codec_text(c, &m->label);
    mh_codec_text(c, &m->manufacturer);
    mh_codec_text(c, &m->model);
    mh_codec_text(c, &m->serial);
    mh_codec_text(c, &m->key_label);
    do_bytes(c, &m->key_id, MH_TOKEN_ID_MAX);
    do_mechanisms(c, &m->mechanisms);
    mh_codec_bool(c, &m->key_seen);
    mh_codec_bool(c, &m->always_authenticate);
    mh_codec_bool(c, &m->login_required);
    mh_codec_bool(c, &m->logged_in);
    mh_codec_bool(c, &m->pad);
    do_level(c, &m->level);
    mh_codec_u32(c, &m->pin_min);
    mh_codec_u32(c, &m->pin_max);
    mh_codec_u32(c, &m->certificates);
}

void
mh_token_facts_pack(const struct mh_token_facts *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_facts copy = *m;

    do_facts(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_token_facts_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_token_facts *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_token_facts){.label = ""};
    do_facts(&c, out);
    return unpacked(&c,
        out->key_id.len > 0 && out->certificates >= 1 &&
            out->certificates <= MH_TOKEN_CERTS_MAX + 1,
        err);
}

static void
do_cert(struct mh_codec *c, struct mh_token_cert *m)
{
    mh_codec_type(c, MH_TOKEN_CERT);
    mh_codec_u32(c, &m->index);
}

void
mh_token_cert_pack(const struct mh_token_cert *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_cert copy = *m;

    do_cert(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_token_cert_unpack(
    struct mh_span packet, struct mh_err *err, struct mh_token_cert *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    *out = (struct mh_token_cert){0};
    do_cert(&c, out);
    return unpacked(&c, out->index <= MH_TOKEN_CERTS_MAX, err);
}

static void
do_certificate(struct mh_codec *c, struct mh_token_certificate *m)
{
    mh_codec_type(c, MH_TOKEN_CERTIFICATE);
    mh_codec_u32(c, &m->index);
    do_bytes(c, &m->der, MH_TOKEN_CERT_MAX);
}

void
mh_token_certificate_pack(
    const struct mh_token_certificate *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_certificate copy = *m;

    do_certificate(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_token_certificate_unpack(
    struct mh_span packet, struct mh_err *err, struct mh_token_certificate *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    *out = (struct mh_token_certificate){0};
    do_certificate(&c, out);
    return unpacked(
        &c, out->index <= MH_TOKEN_CERTS_MAX && out->der.len > 0, err);
}

static void
do_login(struct mh_codec *c, struct mh_token_login *m)
{
    mh_codec_type(c, MH_TOKEN_LOGIN);
    mh_codec_bool(c, &m->pad);
    mh_codec_bool(c, &m->stored);
    mh_codec_bool(c, &m->last_try);
    mh_codec_bool(c, &m->keep);
    do_bytes(c, &m->pin, MH_TOKEN_PIN_MAX);
}

/* A PIN is typed on the pad, or it is not empty (keys.md 3.3). */
static bool
login_sound(const struct mh_token_login *m)
{
    return m->pad ? m->pin.len == 0 && !m->stored : m->pin.len > 0;
}

void
mh_token_login_pack(const struct mh_token_login *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_login copy = *m;

    do_login(&c, &copy);
    packed(&c, out);
    if (!login_sound(m))
        out->bad = true;
}

enum mh_code
mh_token_login_unpack(
    struct mh_span packet, struct mh_err *err, struct mh_token_login *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    *out = (struct mh_token_login){0};
    do_login(&c, out);
    return unpacked(&c, login_sound(out), err);
}

/* With their lengths, so that mohur-token needs no libcrypto. */
static const struct {
    enum mh_digest_alg alg;
    size_t len; /* bytes */
} hashes[] = {{MH_SHA256, 32}, {MH_SHA384, 48}, {MH_SHA512, 64}};

enum {
    HASHES = sizeof(hashes) / sizeof(hashes[0])
};

static void
do_sign(struct mh_codec *c, struct mh_token_sign *m)
{
    unsigned scheme = (unsigned)m->scheme, hash = 0;

    while (hash < HASHES && hashes[hash].alg != m->hash)
        hash++;
    if (c->out != NULL && hash == HASHES)
        c->bad = true;
    mh_codec_type(c, MH_TOKEN_SIGN);
    mh_codec_enum(c, &scheme, MH_TOKEN_SCHEMES);
    m->scheme = scheme;
    mh_codec_enum(c, &hash, HASHES);
    hash = hash < HASHES ? hash : 0;
    m->hash = hashes[hash].alg;
    mh_codec_u32(c, &m->width);
    do_bytes(c, &m->digest, MH_DIGEST_MAX);
    do_bytes(c, &m->message, MH_TOKEN_MESSAGE_MAX);
    if (m->digest.len != hashes[hash].len || m->width > MH_TOKEN_WIDTH_MAX ||
        (m->width > 0) != (m->scheme == MH_TOKEN_ECDSA))
        c->bad = true;
}

void
mh_token_sign_pack(const struct mh_token_sign *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_sign copy = *m;

    do_sign(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_token_sign_unpack(
    struct mh_span packet, struct mh_err *err, struct mh_token_sign *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    *out = (struct mh_token_sign){.hash = MH_SHA256};
    do_sign(&c, out);
    return unpacked(&c, true, err);
}

static void
do_signed(struct mh_codec *c, struct mh_token_signed *m)
{
    mh_codec_type(c, MH_TOKEN_SIGNED);
    do_bytes(c, &m->value, MH_TOKEN_VALUE_MAX);
}

void
mh_token_signed_pack(const struct mh_token_signed *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_signed copy = *m;

    do_signed(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_token_signed_unpack(
    struct mh_span packet, struct mh_err *err, struct mh_token_signed *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    *out = (struct mh_token_signed){0};
    do_signed(&c, out);
    return unpacked(&c, out->value.len > 0, err);
}

static void
do_failed(struct mh_codec *c, struct mh_token_failed *m)
{
    unsigned cls = (unsigned)m->cls;

    mh_codec_type(c, MH_TOKEN_FAILED);
    mh_codec_enum(c, &cls, MH_TOKEN_CLASSES);
    m->cls = cls;
    mh_codec_u64(c, &m->rv);
    do_level(c, &m->level);
    mh_codec_bool(c, &m->pin_used);
    mh_codec_text(c, &m->text);
}

void
mh_token_failed_pack(const struct mh_token_failed *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_failed copy = *m;

    do_failed(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_token_failed_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_token_failed *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_token_failed){.text = ""};
    do_failed(&c, out);
    return unpacked(&c, out->text[0] != '\0', err);
}

static void
do_key(struct mh_codec *c, struct mh_token_key *k)
{
    mh_codec_text(c, &k->label);
    do_bytes(c, &k->id, MH_TOKEN_ID_MAX);
    mh_codec_bool(c, &k->certificate);
    mh_codec_bool(c, &k->seen);
}

static void
do_entry(struct mh_codec *c, struct mh_token_entry *t)
{
    mh_codec_text(c, &t->label);
    mh_codec_text(c, &t->manufacturer);
    mh_codec_text(c, &t->model);
    mh_codec_text(c, &t->serial);
    mh_codec_bool(c, &t->initialized);
    mh_codec_bool(c, &t->login_required);
    mh_codec_bool(c, &t->pad);
    do_level(c, &t->level);
    do_mechanisms(c, &t->mechanisms);
    mh_codec_count(c, &t->keys, MH_TOKEN_KEYS_MAX);
    t->key = mh_codec_array(c, t->key, t->keys, sizeof(*t->key));
    for (size_t i = 0; i < t->keys && t->key != NULL; i++)
        do_key(c, &t->key[i]);
}

static void
do_tokens(struct mh_codec *c, struct mh_token_list *m)
{
    mh_codec_type(c, MH_TOKEN_TOKENS);
    mh_codec_count(c, &m->tokens, MH_TOKENS_MAX);
    m->token = mh_codec_array(c, m->token, m->tokens, sizeof(*m->token));
    for (size_t i = 0; i < m->tokens && m->token != NULL; i++)
        do_entry(c, &m->token[i]);
}

void
mh_token_tokens_pack(const struct mh_token_list *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_token_list copy = *m;

    do_tokens(&c, &copy);
    packed(&c, out);
}

enum mh_code
mh_token_tokens_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_token_list *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_token_list){0};
    do_tokens(&c, out);
    return unpacked(&c, true, err);
}
