#include "signer/sign/asicstate.h"

#include "base/limits.h"
#include "base/rd.h"
#include "base/wire/codec.h"
#include "signer/sign/family.h"

#define CENTRAL_SIG UINT32_C(0x02014b50)

enum {
    VERSION = 1,
    VALUE_MAX = 2048, /* bytes; RSA-16384 */
    ID_MAX = 32,
    DIRECTORY_MAX = 70 << 20,
    CMS_MAX = 64 << 20,
    STATE_MAX = 256 << 20,
    CENTRAL_FIXED = 46, /* bytes of a directory record before its name */
    AT_LENGTHS = 28     /* of name, extra field and comment in it */
};

/* A length and so many bytes. */
static void
field(struct mh_codec *c, struct mh_span *v, size_t max)
{
    size_t n = v->len;

    mh_codec_count(c, &n, max);
    if (c->out != NULL)
        mh_buf_span(c->out, *v);
    else
        *v = mh_rd_bytes(&c->rd, n);
}

static void
size(struct mh_codec *c, size_t *v, size_t max)
{
    uint32_t u = (uint32_t)*v;

    mh_codec_u32(c, &u);
    if (u > max || *v > UINT32_MAX)
        c->bad = true;
    *v = u;
}

static void
walk(struct mh_codec *c, struct sg_asic_state *s)
{
    uint8_t family = SG_FAMILY_ASIC, version = VERSION;
    unsigned form = s->form, scheme = s->scheme, digest = s->digest;

    mh_codec_u8(c, &family);
    mh_codec_u8(c, &version);
    if (family != SG_FAMILY_ASIC || version != VERSION)
        c->bad = true;
    mh_codec_enum(c, &form, SG_FORMS);
    mh_codec_enum(c, &scheme, SG_SIGN_SCHEMES);
    mh_codec_enum(c, &digest, MH_DIGEST_ALGS);
    s->form = (enum sg_asic_form)form;
    s->scheme = (enum sg_scheme)scheme;
    s->digest = (enum mh_digest_alg)digest;
    mh_codec_bool(c, &s->archive);
    size(c, &s->value_len, VALUE_MAX);
    mh_codec_i64(c, &s->time);
    mh_codec_u64(c, &s->at);
    field(c, &s->certificate, MH_CERT_SIZE_MAX);
    mh_codec_count(c, &s->chain_count, MH_CERTS_MAX);
    s->chain = mh_codec_array(c, s->chain, s->chain_count, sizeof(*s->chain));
    for (size_t i = 0; i < s->chain_count && s->chain != NULL && !c->bad; i++)
        field(c, &s->chain[i], MH_CERT_SIZE_MAX);
    field(c, &s->name, MH_ZIP_NAME_MAX);
    field(c, &s->comment, UINT16_MAX);
    field(c, &s->directory, DIRECTORY_MAX);
    size(c, &s->entries, MH_ZIP_ENTRIES_MAX);
    field(c, &s->id, ID_MAX);
    field(c, &s->head, MH_META_INF_FILE_MAX);
    field(c, &s->middle, MH_META_INF_FILE_MAX);
    field(c, &s->tail, MH_META_INF_FILE_MAX);
    field(c, &s->attributes, MH_META_INF_FILE_MAX);
    field(c, &s->before, CMS_MAX);
}

/* Whether the directory is that many records and nothing else. */
static bool
directory_fits(const struct sg_asic_state *s)
{
    struct mh_rd rd = mh_rd_from(s->directory);
    size_t n = 0;

    while (mh_rd_left(&rd) > 0 && n < s->entries) {
        struct mh_span rec = mh_rd_bytes(&rd, CENTRAL_FIXED);
        struct mh_rd in = mh_rd_from(rec);
        size_t more = 0;

        if (mh_rd_u32le(&in) != CENTRAL_SIG)
            return false;
        (void)mh_rd_bytes(&in, AT_LENGTHS - 4);
        for (int i = 0; i < 3; i++)
            more += mh_rd_u16le(&in);
        (void)mh_rd_bytes(&rd, more); /* the reader remembers */
        n++;
    }
    return mh_rd_done(&rd) && n == s->entries;
}

static bool
makes_sense(const struct sg_asic_state *s)
{
    bool xades = s->form == SG_FORM_XADES;

    if (s->scheme < SG_RSA_PKCS1 || s->scheme > SG_ECDSA || s->value_len == 0 ||
        (s->scheme == SG_ECDSA && s->value_len % 2 != 0) ||
        (s->digest != MH_SHA256 && s->digest != MH_SHA384 &&
            s->digest != MH_SHA512) ||
        s->certificate.len == 0 || s->at > MH_DOC_SIZE_MAX)
        return false;
    if (s->archive ? s->name.len == 0 || s->entries == 0
                   : s->name.len + s->comment.len + s->directory.len +
                             s->entries + s->at !=
                         0)
        return false;
    if (xades ? !s->archive || s->id.len == 0 || s->head.len == 0 ||
                    s->middle.len == 0 || s->tail.len == 0 ||
                    s->attributes.len + s->before.len != 0
              : s->attributes.len == 0 ||
                    s->id.len + s->head.len + s->middle.len + s->tail.len != 0)
        return false;
    return directory_fits(s);
}

enum mh_code
sg_asic_state_pack(const struct sg_asic_state *state, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    struct sg_asic_state copy = *state;
    struct mh_buf buf;
    struct mh_codec c;
    enum mh_code code = MH_OK;

    mh_buf_init(&buf, STATE_MAX);
    c = mh_codec_pack(&buf);
    walk(&c, &copy);
    if (!mh_buf_ok(&buf) || c.bad)
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "sign: the signature is too large");
    else if (!makes_sense(state))
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sign: draft");
    if (code == MH_OK) {
        *out = mh_arena_copy(arena, mh_buf_get(&buf));
        if (out->ptr == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    }
    mh_buf_fini(&buf);
    return code;
}

enum mh_code
sg_asic_state_read(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct sg_asic_state *out)
{
    struct mh_codec c = mh_codec_unpack(in, arena);

    *out = (struct sg_asic_state){.form = SG_FORM_XADES};
    walk(&c, out);
    if (!mh_codec_done(&c) || !makes_sense(out))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sign: no draft");
    return MH_OK;
}
