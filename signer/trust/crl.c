#include "signer/trust/crl.h"

#include "base/limits.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/trust/certext.h"
#include "signer/trust/oid.h"

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, MH_F_CRL_INVALID, MH_NO_OFFSET, "crl: %s", what);
}

static bool
read_time(struct df_der *d, int64_t *out)
{
    struct df_tlv t;

    return df_der_any(d, &t) && df_der_time(t.tag, t.body, out);
}

/* An INTEGER of at most 20 bytes, not negative (5.2.3). */
static bool
read_number(struct mh_span value, struct mh_span *out)
{
    struct df_der d = df_der_from(value);

    *out = df_der_get(&d, DF_INTEGER);
    return df_der_done(&d) && df_der_integer_valid(*out) && out->len <= 20 &&
           (out->ptr[0] & 0x80) == 0;
}

static bool
read_flag(struct df_der *d, unsigned n, bool *out)
{
    struct mh_span body;

    return !df_der_opt(d, DF_CONTEXT(n), &body) ||
           (df_der_bool(body, out) && *out);
}

/* IssuingDistributionPoint, 5.2.5. */
static bool
read_idp(struct mh_span value, struct sg_crl *c)
{
    struct df_der all = df_der_from(value), d;
    struct mh_span body;
    uint32_t bits = 0;

    c->idp = df_der_get(&all, DF_SEQUENCE);
    if (!df_der_done(&all) || c->idp.len == 0)
        return false;
    d = df_der_from(c->idp);
    (void)df_der_opt(&d, DF_CONTEXT_CONS(0), &c->idp_name); /* optional */
    if (!read_flag(&d, 1, &c->only_user) || !read_flag(&d, 2, &c->only_ca))
        return false;
    if (df_der_opt(&d, DF_CONTEXT(3), &body)) {
        if (!df_der_bits(body, &bits))
            return false;
        c->reasons = bits;
    }
    if (!read_flag(&d, 4, &c->indirect) || !read_flag(&d, 5, &c->only_attr))
        return false;
    return df_der_done(&d) && (unsigned)c->only_user + (unsigned)c->only_ca +
                                      (unsigned)c->only_attr <=
                                  1;
}

static bool
read_aki(struct mh_span value, struct sg_crl *c)
{
    struct df_der all = df_der_from(value);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);

    (void)df_der_opt(&d, DF_CONTEXT(0), &c->aki_key); /* optional */
    return df_der_done(&all);
}

static bool
read_extension(const struct sg_extension *e, struct sg_crl *c)
{
    struct mh_span oid = e->oid;

    if (oid.len == 3 && oid.ptr[0] == 0x55 && oid.ptr[1] == 0x1d) {
        switch (oid.ptr[2]) {
        case 20: /* 5.2.3: must not be critical */
            return !e->critical && read_number(e->value, &c->number);
        case 27:
            return read_number(e->value, &c->base);
        case 28:
            return read_idp(e->value, c);
        case 35: /* 5.2.1, 4.2.1.1: must not be critical */
            return !e->critical && read_aki(e->value, c);
        default:
            break;
        }
    }
    if (e->critical)
        c->unknown_critical = true;
    return true;
}

static bool
read_extensions(struct mh_span body, struct sg_crl *c)
{
    struct df_der all = df_der_from(body);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct mh_span seen[MH_EXTENSIONS_MAX];
    struct sg_extension e;
    size_t n = 0;

    while (df_der_more(&d)) {
        if (!sg_extension_read(&d, &e) || n == MH_EXTENSIONS_MAX)
            return false;
        for (size_t i = 0; i < n; i++)
            if (mh_span_eq(seen[i], e.oid))
                return false;
        seen[n++] = e.oid;
        if (!read_extension(&e, c))
            return false;
    }
    return df_der_done(&d) && df_der_done(&all);
}

static enum mh_code
read_tbs(struct sg_crl *c, struct mh_arena *arena, struct mh_err *err)
{
    struct df_der d = df_der_from(c->tbs);
    struct sg_algid inner;
    struct mh_span body;
    uint64_t version = 0;
    enum mh_code rc;

    d = df_der_enter(&d, DF_SEQUENCE);
    if (df_der_opt(&d, DF_INTEGER, &body) &&
        (!df_der_uint(body, &version) || version != 1))
        return bad(err, "unknown version");
    if (!sg_algid_read(&d, &inner) || !mh_span_eq(inner.raw, c->sigalg.raw))
        return bad(err, "two signature algorithms");
    rc = sg_name_parse(df_der_get_all(&d, DF_SEQUENCE), arena, err, &c->issuer);
    if (rc == MH_ENOMEM)
        return rc;
    if (rc != MH_OK || c->issuer.count == 0)
        return bad(err, "malformed issuer");
    if (!read_time(&d, &c->this_update))
        return bad(err, "malformed thisUpdate");
    if ((df_der_peek(&d) == DF_UTC_TIME ||
            df_der_peek(&d) == DF_GENERALIZED_TIME) &&
        !read_time(&d, &c->next_update))
        return bad(err, "malformed nextUpdate");
    (void)df_der_opt(&d, DF_SEQUENCE, &c->revoked); /* none revoked: absent */
    if (df_der_opt(&d, DF_CONTEXT_CONS(0), &body) &&
        (version != 1 || !read_extensions(body, c)))
        return bad(err, "malformed extensions");
    return df_der_done(&d) ? MH_OK : bad(err, "malformed content");
}

enum mh_code
sg_crl_parse(struct mh_span der, struct mh_arena *arena, struct mh_err *err,
    struct sg_crl **out)
{
    struct df_der all = df_der_from(der), d;
    struct sg_crl *c;
    enum mh_code rc;

    if (der.len > MH_CRL_SIZE_MAX)
        return mh_fail_finding(
            err, MH_ELIMIT, MH_F_CRL_INVALID, MH_NO_OFFSET, "crl: too large");
    c = mh_arena_alloc(arena, sizeof(*c));
    if (c == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "crl: memory");
    c->der = der;
    c->next_update = MH_TIME_NONE;
    d = df_der_enter(&all, DF_SEQUENCE);
    c->tbs = df_der_get_all(&d, DF_SEQUENCE);
    if (!df_der_done(&all) || !sg_algid_read(&d, &c->sigalg) ||
        !df_der_bit_bytes(df_der_get(&d, DF_BIT_STRING), &c->signature) ||
        !df_der_done(&d))
        return bad(err, "malformed outer structure");
    rc = read_tbs(c, arena, err);
    if (rc == MH_OK)
        *out = c;
    return rc;
}
