#include "base/wire/sign.h"

#include "base/limits.h"
#include "base/wire/codec.h"

enum {
    SMALL = 16 /* one past any enum of signer/sign */
};

static void
do_spans(struct mh_codec *c, struct mh_span **value, size_t *count, size_t most,
    size_t bytes)
{
    mh_codec_count(c, count, most);
    *value = mh_codec_array(c, *value, *count, sizeof(**value));
    for (size_t i = 0; i < *count && *value != NULL && !c->bad; i++)
        mh_codec_bytes(c, &(*value)[i], bytes);
}

static void
do_alg(struct mh_codec *c, enum mh_digest_alg *alg)
{
    unsigned v = (unsigned)*alg;

    mh_codec_enum(c, &v, MH_DIGEST_ALGS);
    *alg = v;
}

static void
do_spec(struct mh_codec *c, struct mh_sign_spec *s)
{
    unsigned level = (unsigned)s->level, lang = (unsigned)s->lang;

    mh_codec_enum(c, &s->as, SMALL);
    mh_codec_enum(c, &s->scheme, SMALL);
    mh_codec_enum(c, &s->certify, SMALL);
    mh_codec_enum(c, &s->lock, SMALL);
    mh_codec_bool(c, &s->cades);
    mh_codec_bool(c, &s->add);
    mh_codec_bool(c, &s->visible);
    mh_codec_enum(c, &level, MH_LEVELS);
    mh_codec_enum(c, &lang, MH_LANGS);
    s->level = level;
    s->lang = lang;
    do_alg(c, &s->digest);
    mh_codec_bytes(c, &s->certificate, MH_CERT_SIZE_MAX);
    do_spans(c, &s->chain, &s->chains, MH_SIGN_CHAIN_MAX, MH_CERT_SIZE_MAX);
    mh_codec_i64(c, &s->time);
    mh_codec_text(c, &s->role);
    mh_codec_text(c, &s->place);
    mh_codec_text(c, &s->reason);
    mh_codec_u32(c, &s->page);
    mh_codec_i64(c, &s->x);
    mh_codec_i64(c, &s->y);
    mh_codec_i64(c, &s->w);
    mh_codec_i64(c, &s->h);
    mh_codec_count(c, &s->fields, MH_SIGN_FIELDS_MAX);
    s->field = mh_codec_array(c, s->field, s->fields, sizeof(*s->field));
    for (size_t i = 0; i < s->fields && s->field != NULL && !c->bad; i++)
        mh_codec_text(c, &s->field[i]);
}

static void
do_material(struct mh_codec *c, struct mh_material *m)
{
    do_spans(c, &m->cert, &m->certs, MH_MATERIALS_MAX, MH_CERT_SIZE_MAX);
    do_spans(c, &m->ocsp, &m->ocsps, MH_MATERIALS_MAX, MH_OCSP_SIZE_MAX);
    do_spans(c, &m->crl, &m->crls, MH_MATERIALS_MAX, MH_CRL_SIZE_MAX);
}

static void
do_request(struct mh_codec *c, struct mh_sign_request *r)
{
    unsigned op = (unsigned)r->op;

    mh_codec_enum(c, &op, MH_SIGN_OPS);
    r->op = op;
    do_spec(c, &r->spec);
    mh_codec_bytes(c, &r->state, MH_SIGN_STATE_MAX);
    mh_codec_bytes(c, &r->value, MH_SIGN_VALUE_MAX);
    mh_codec_bytes(c, &r->token, MH_TST_SIZE_MAX);
    mh_codec_enum(c, &r->step, SMALL);
    do_alg(c, &r->alg);
    mh_codec_bytes(c, &r->imprint, MH_DIGEST_MAX);
    mh_codec_bytes(c, &r->nonce, MH_DIGEST_MAX);
    mh_codec_i64(c, &r->time);
    mh_codec_u64(c, &r->room);
    do_material(c, &r->material);
    mh_codec_count(c, &r->items, MH_REPORT_SIGS_MAX);
    r->item = mh_codec_array(c, r->item, r->items, sizeof(*r->item));
    for (size_t i = 0; i < r->items && r->item != NULL && !c->bad; i++) {
        mh_codec_u64(c, &r->item[i].sig);
        mh_codec_bytes(c, &r->item[i].state, MH_SIGN_STATE_MAX);
        mh_codec_bytes(c, &r->item[i].token, MH_TST_SIZE_MAX);
    }
}

static void
do_draft(struct mh_codec *c, struct mh_sign_draft *d)
{
    do_alg(c, &d->alg);
    mh_codec_bytes(c, &d->digest, MH_DIGEST_MAX);
    mh_codec_bytes(c, &d->tbs, MH_SIGN_STATE_MAX);
    mh_codec_bytes(c, &d->state, MH_SIGN_STATE_MAX);
    if (d->digest.len != mh_digest_length(d->alg))
        c->bad = true;
}

static void
do_imprints(struct mh_codec *c, struct mh_sign_imprints *m)
{
    mh_codec_count(c, &m->count, MH_REPORT_SIGS_MAX);
    m->imprint = mh_codec_array(c, m->imprint, m->count, sizeof(*m->imprint));
    for (size_t i = 0; i < m->count && m->imprint != NULL && !c->bad; i++) {
        mh_codec_u64(c, &m->imprint[i].sig);
        mh_codec_bytes(c, &m->imprint[i].digest, MH_DIGEST_MAX);
        mh_codec_bytes(c, &m->imprint[i].state, MH_SIGN_STATE_MAX);
    }
}

static void
do_key(struct mh_codec *c, struct mh_sign_key *k)
{
    mh_codec_enum(c, &k->scheme, SMALL);
    do_alg(c, &k->digest);
    mh_codec_text(c, &k->name);
    mh_codec_text(c, &k->serial);
    mh_codec_text(c, &k->fin);
}

static enum mh_code
unpacked(const struct mh_codec *c, struct mh_err *err)
{
    if (mh_codec_done(c))
        return MH_OK;
    return mh_fail(err, MH_EFORMAT, c->rd.pos, "sign: malformed message");
}

void
mh_sign_request_pack(const struct mh_sign_request *r, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_sign_request copy = *r;

    do_request(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_sign_request_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_request *out)
{
    struct mh_codec c = mh_codec_unpack(in, arena);

    *out = (struct mh_sign_request){
        .spec = {.role = "", .place = "", .reason = ""}};
    do_request(&c, out);
    return unpacked(&c, err);
}

void
mh_sign_draft_pack(const struct mh_sign_draft *d, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_sign_draft copy = *d;

    do_draft(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_sign_draft_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_draft *out)
{
    struct mh_codec c = mh_codec_unpack(in, arena);

    *out = (struct mh_sign_draft){0};
    do_draft(&c, out);
    return unpacked(&c, err);
}

void
mh_sign_imprints_pack(const struct mh_sign_imprints *i, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_sign_imprints copy = *i;

    do_imprints(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_sign_imprints_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_imprints *out)
{
    struct mh_codec c = mh_codec_unpack(in, arena);

    *out = (struct mh_sign_imprints){0};
    do_imprints(&c, out);
    return unpacked(&c, err);
}

void
mh_sign_key_pack(const struct mh_sign_key *k, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_sign_key copy = *k;

    do_key(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_sign_key_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_key *out)
{
    struct mh_codec c = mh_codec_unpack(in, arena);

    *out = (struct mh_sign_key){.name = "", .serial = "", .fin = ""};
    do_key(&c, out);
    return unpacked(&c, err);
}

void
mh_sign_pages_pack(uint32_t pages, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);

    mh_codec_u32(&c, &pages);
    if (c.bad || pages == 0 || pages > MH_TEXT_PAGES_MAX)
        out->bad = true;
}

enum mh_code
mh_sign_pages_unpack(struct mh_span in, struct mh_err *err, uint32_t *out)
{
    struct mh_codec c = mh_codec_unpack(in, NULL); /* no arrays, no texts */

    *out = 0;
    mh_codec_u32(&c, out);
    if (*out == 0 || *out > MH_TEXT_PAGES_MAX)
        c.bad = true;
    return unpacked(&c, err);
}
