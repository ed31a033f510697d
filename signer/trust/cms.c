#include "signer/trust/cms.h"

#include "base/limits.h"
#include "base/wire/codes.h"
#include "signer/trust/ber.h"
#include "signer/trust/name.h"
#include "signer/trust/oid.h"

#define ATTRS_MAX   64U /* attributes of one signer; usual are four */
#define SIGNERS_MAX 64U
#define CMS_MAX     (32U << 20) /* bytes of one rewritten from BER */

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "cms: %s", what);
}

static enum mh_code
memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "cms: memory");
}

static size_t
count_values(struct mh_span body)
{
    struct df_der d = df_der_from(body);
    struct df_tlv t;
    size_t n = 0;

    while (df_der_more(&d) && df_der_any(&d, &t))
        n++;
    return d.bad ? SIZE_MAX : n;
}

static enum mh_code
read_certs(struct mh_span body, struct mh_arena *arena, struct mh_err *err,
    struct sg_cms *c)
{
    struct df_der d = df_der_from(body);
    size_t n = count_values(body);
    struct df_tlv t;

    if (n > MH_CERTS_MAX)
        return bad(err, "malformed or too many certificates");
    c->certs = mh_arena_array(arena, n, sizeof(*c->certs));
    if (c->certs == NULL)
        return memory(err);
    while (df_der_more(&d) && df_der_any(&d, &t))
        if (t.tag == DF_SEQUENCE) /* other choices are no X.509 */
            c->certs[c->cert_count++] = t.all;
    return MH_OK;
}

static enum mh_code
read_crls(struct mh_span body, struct mh_arena *arena, struct mh_err *err,
    struct sg_cms *c)
{
    struct df_der d = df_der_from(body);
    size_t n = count_values(body);
    struct df_tlv t;

    if (n > MH_CERTS_MAX)
        return bad(err, "malformed or too many revocation lists");
    c->crls = mh_arena_array(arena, n, sizeof(*c->crls));
    c->ocsps = mh_arena_array(arena, n, sizeof(*c->ocsps));
    if (c->crls == NULL || c->ocsps == NULL)
        return memory(err);
    while (df_der_more(&d) && df_der_any(&d, &t)) {
        struct df_der o = df_der_from(t.body);

        if (t.tag == DF_SEQUENCE)
            c->crls[c->crl_count++] = t.all;
        else if (t.tag == DF_CONTEXT_CONS(1) &&
                 mh_span_eq(df_der_get(&o, DF_OID), SG_OID_RI_OCSP))
            c->ocsps[c->ocsp_count++] = df_der_get_all(&o, DF_SEQUENCE);
    }
    return MH_OK;
}

static enum mh_code
read_attrs(struct mh_span body, struct mh_arena *arena, struct mh_err *err,
    struct sg_cms_attr **out, size_t *count)
{
    struct df_der d = df_der_from(body);
    size_t n = count_values(body);

    if (n == 0 || n > ATTRS_MAX)
        return bad(err, "malformed or too many attributes");
    *out = mh_arena_array(arena, n, sizeof(**out));
    if (*out == NULL)
        return memory(err);
    for (*count = 0; *count < n; ++*count) {
        struct sg_cms_attr *a = &(*out)[*count];
        struct df_der in;

        a->all = df_der_get_all(&d, DF_SEQUENCE);
        in = df_der_from(a->all);
        in = df_der_enter(&in, DF_SEQUENCE);
        a->oid = df_der_get(&in, DF_OID);
        a->values = df_der_get(&in, DF_SET);
        if (!df_der_done(&in) || !df_der_oid_valid(a->oid))
            return bad(err, "malformed attribute");
    }
    return df_der_done(&d) ? MH_OK : bad(err, "malformed attributes");
}

static enum mh_code
read_sid(struct df_der *d, struct mh_arena *arena, struct mh_err *err,
    struct sg_cms_signer *s)
{
    struct df_der id;
    enum mh_code rc;

    if (df_der_opt(d, DF_CONTEXT(0), &s->ski))
        return s->ski.len > 0 ? MH_OK : bad(err, "malformed signer");
    id = df_der_enter(d, DF_SEQUENCE);
    rc =
        sg_name_parse(df_der_get_all(&id, DF_SEQUENCE), arena, err, &s->issuer);
    if (rc == MH_ENOMEM)
        return rc;
    s->serial = df_der_get(&id, DF_INTEGER);
    if (rc != MH_OK || !df_der_done(&id) || !df_der_integer_valid(s->serial))
        return bad(err, "malformed signer");
    return MH_OK;
}

static enum mh_code
read_signer(struct df_der *list, struct mh_arena *arena, struct mh_err *err,
    struct sg_cms_signer *s)
{
    struct df_der d = df_der_enter(list, DF_SEQUENCE);
    const uint8_t *from = d.in.ptr;
    struct sg_algid digest;
    struct mh_span body;
    uint64_t version;
    enum mh_code rc;

    if (!df_der_uint(df_der_get(&d, DF_INTEGER), &version) || version > 5)
        return bad(err, "unknown version of a signer");
    rc = read_sid(&d, arena, err, s);
    if (rc != MH_OK)
        return rc;
    if (!sg_algid_read(&d, &digest))
        return bad(err, "malformed digest algorithm");
    s->digest = sg_digest_from_algid(&digest);
    if (df_der_peek(&d) == DF_CONTEXT_CONS(0)) {
        struct df_tlv t;

        (void)df_der_any(&d, &t); /* the reader remembers */
        s->signed_raw = t.all;
        rc = read_attrs(t.body, arena, err, &s->signed_attrs, &s->signed_count);
        if (rc != MH_OK)
            return rc;
    }
    if (!sg_algid_read(&d, &s->sigalg))
        return bad(err, "malformed signature algorithm");
    s->signature = df_der_get(&d, DF_OCTET_STRING);
    if (!d.bad)
        s->core = (struct mh_span){
            from, (size_t)(s->signature.ptr + s->signature.len - from)};
    if (df_der_opt(&d, DF_CONTEXT_CONS(1), &body)) {
        rc = read_attrs(
            body, arena, err, &s->unsigned_attrs, &s->unsigned_count);
        if (rc != MH_OK)
            return rc;
    }
    return df_der_done(&d) ? MH_OK : bad(err, "malformed signer");
}

/* RFC 5652 5.1: the signer's digest is one of those announced. */
static bool
is_announced(struct mh_span algs, enum mh_digest_alg alg)
{
    struct df_der d = df_der_from(algs);
    struct sg_algid a;

    while (df_der_more(&d) && sg_algid_read(&d, &a))
        if (sg_digest_from_algid(&a) == alg)
            return true;
    return false;
}

static enum mh_code
read_signers(struct mh_span body, struct mh_span algs, struct mh_arena *arena,
    struct mh_err *err, struct sg_cms *c)
{
    struct df_der d = df_der_from(body);
    size_t n = count_values(body);

    if (n > SIGNERS_MAX)
        return bad(err, "malformed or too many signers");
    c->signers = mh_arena_array(arena, n, sizeof(*c->signers));
    if (c->signers == NULL)
        return memory(err);
    for (; c->signer_count < n; c->signer_count++) {
        struct sg_cms_signer *s = &c->signers[c->signer_count];
        enum mh_code rc = read_signer(&d, arena, err, s);

        if (rc != MH_OK)
            return rc;
        if (!is_announced(algs, s->digest))
            return bad(err, "digest algorithm is not announced");
    }
    return MH_OK;
}

static bool
read_content(struct df_der *d, struct sg_cms *c)
{
    struct df_der in = df_der_enter(d, DF_SEQUENCE), e;

    c->econtent_type = df_der_get(&in, DF_OID);
    if (df_der_more(&in)) {
        e = df_der_enter(&in, DF_CONTEXT_CONS(0));
        c->econtent = df_der_get(&e, DF_OCTET_STRING);
        if (!df_der_done(&e))
            return false;
    }
    return df_der_done(&in) && df_der_oid_valid(c->econtent_type);
}

static enum mh_code
read_signed_data(struct sg_cms *c, struct mh_arena *arena, struct mh_err *err)
{
    struct df_der all = df_der_from(c->der);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE), in;
    struct mh_span algs, body;
    uint64_t version;
    enum mh_code rc = MH_OK;

    if (!df_der_done(&all))
        return bad(err, "not one DER value");
    if (!mh_span_eq(df_der_get(&d, DF_OID), SG_OID_PKCS7("\x02")))
        return bad(err, "not SignedData");
    in = df_der_enter(&d, DF_CONTEXT_CONS(0));
    if (!df_der_done(&d))
        return bad(err, "malformed content");
    d = df_der_enter(&in, DF_SEQUENCE);
    if (!df_der_done(&in) ||
        !df_der_uint(df_der_get(&d, DF_INTEGER), &version) || version > 5)
        return bad(err, "unknown version");
    algs = df_der_get(&d, DF_SET);
    if (!read_content(&d, c))
        return bad(err, "malformed encapsulated content");
    if (df_der_opt(&d, DF_CONTEXT_CONS(0), &c->certificates))
        rc = read_certs(c->certificates, arena, err, c);
    if (rc == MH_OK && df_der_opt(&d, DF_CONTEXT_CONS(1), &c->revocations))
        rc = read_crls(c->revocations, arena, err, c);
    if (rc != MH_OK)
        return rc;
    body = df_der_get(&d, DF_SET);
    if (!df_der_done(&d))
        return bad(err, "malformed SignedData");
    return read_signers(body, algs, arena, err, c);
}

static enum mh_code
from_ber(struct mh_span in, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    struct mh_buf buf;
    enum mh_code rc;

    mh_buf_init(&buf, CMS_MAX);
    rc = sg_ber_to_der(in, err, &buf);
    if (rc == MH_OK) {
        *out = mh_arena_copy(arena, mh_buf_get(&buf));
        if (out->ptr == NULL)
            rc = memory(err);
    }
    mh_buf_fini(&buf);
    return rc;
}

enum mh_code
sg_cms_parse(struct mh_span der, bool ber, struct mh_arena *arena,
    struct mh_err *err, struct sg_cms **out)
{
    struct sg_cms *c = mh_arena_alloc(arena, sizeof(*c));
    enum mh_code rc;

    if (c == NULL)
        return memory(err);
    c->der = der;
    rc = read_signed_data(c, arena, err);
    if (rc == MH_EFORMAT && ber) {
        *c = (struct sg_cms){.was_ber = true};
        rc = from_ber(der, arena, err, &c->der);
        if (rc == MH_OK)
            rc = read_signed_data(c, arena, err);
    }
    if (rc == MH_OK)
        *out = c;
    return rc;
}

size_t
sg_cms_attr_count(
    const struct sg_cms_attr *attrs, size_t count, struct mh_span oid)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += mh_span_eq(attrs[i].oid, oid);
    return n;
}

bool
sg_cms_attr_one(const struct sg_cms_attr *attrs, size_t count,
    struct mh_span oid, struct mh_span *value)
{
    struct df_der d;
    struct df_tlv t;

    if (sg_cms_attr_count(attrs, count, oid) != 1)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!mh_span_eq(attrs[i].oid, oid))
            continue;
        d = df_der_from(attrs[i].values);
        if (!df_der_any(&d, &t) || !df_der_done(&d))
            return false;
        *value = t.all;
    }
    return true;
}

enum mh_code
sg_cms_certs(const struct sg_cms *cms, struct sg_pool *pool, struct mh_err *err)
{
    for (size_t i = 0; i < cms->cert_count; i++) {
        enum mh_code rc = sg_pool_add_der(pool, cms->certs[i], err, NULL);

        /* A malformed certificate helps nobody and harms nobody. */
        if (rc != MH_OK && rc != MH_EFORMAT && rc != MH_EUNSUP)
            return rc;
    }
    return MH_OK;
}
