#include "signer/sign/cmswrite.h"

#include "base/limits.h"
#include "base/time.h"
#include "signer/trust/cert.h"
#include "signer/trust/oid.h"

#define OID_DATA SG_OID_PKCS7("\x01")
/* X.520 6.4.3 title: the designated position or function, as free text. */
#define OID_TITLE MH_SPAN_LIT("\x55\x04\x0c")
/* EN 319 122-1 annex D: signer-attributes-v2 and mime-type. */
#define OID_SIGNER_ATTRIBUTES SG_OID_ETSI_CADES_2("\x01")
#define OID_MIME_TYPE         SG_OID_ETSI_CADES("\x01")

enum {
    PART_ARENA = 4 << 20, /* bytes, for one certificate read */
    SPEC_CERTS = 2        /* lists of certificates: of spec and of extra */
};

static enum mh_code
internal(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "cms: %s", what);
}

static enum mh_code
written(const struct mh_buf *out, struct mh_err *err)
{
    return mh_buf_ok(out) ? MH_OK
                          : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                                "cms: the signature is too large");
}

/* AlgorithmIdentifier of a digest: without parameters (RFC 5754 2). */
static void
put_digest(struct mh_buf *out, enum mh_digest_alg alg)
{
    size_t seq = df_der_open(out, DF_SEQUENCE);

    df_der_put(out, DF_OID, sg_digest_oid(alg));
    df_der_close(out, seq);
}

/* The same inside RSASSA-PSS-params, with NULL (RFC 4055 2.1). */
static void
put_digest_null(struct mh_buf *out, enum mh_digest_alg alg)
{
    size_t seq = df_der_open(out, DF_SEQUENCE);

    df_der_put(out, DF_OID, sg_digest_oid(alg));
    df_der_put(out, DF_NULL, (struct mh_span){0});
    df_der_close(out, seq);
}

/* RSASSA-PSS-params, nothing left to a default but the trailer. */
static void
put_pss_params(struct mh_buf *out, enum mh_digest_alg alg)
{
    size_t params = df_der_open(out, DF_SEQUENCE), tag, mgf;

    tag = df_der_open(out, DF_CONTEXT_CONS(0));
    put_digest_null(out, alg);
    df_der_close(out, tag);
    tag = df_der_open(out, DF_CONTEXT_CONS(1));
    mgf = df_der_open(out, DF_SEQUENCE);
    df_der_put(out, DF_OID, SG_OID_PKCS1("\x08"));
    put_digest_null(out, alg);
    df_der_close(out, mgf);
    df_der_close(out, tag);
    tag = df_der_open(out, DF_CONTEXT_CONS(2));
    df_der_put_uint(out, mh_digest_length(alg));
    df_der_close(out, tag);
    df_der_close(out, params);
}

struct names {
    struct mh_span pkcs1, ecdsa;
};

static bool
names_of(enum mh_digest_alg alg, struct names *out)
{
    if (alg == MH_SHA256)
        *out = (struct names){SG_OID_PKCS1("\x0b"), SG_OID_ECDSA_SHA("\x02")};
    else if (alg == MH_SHA384)
        *out = (struct names){SG_OID_PKCS1("\x0c"), SG_OID_ECDSA_SHA("\x03")};
    else if (alg == MH_SHA512)
        *out = (struct names){SG_OID_PKCS1("\x0d"), SG_OID_ECDSA_SHA("\x04")};
    else
        return false;
    return true;
}

static enum mh_code
put_signature_alg(struct mh_buf *out, enum sg_scheme scheme,
    enum mh_digest_alg alg, struct mh_err *err)
{
    size_t seq = df_der_open(out, DF_SEQUENCE);
    struct names n;

    if (!names_of(alg, &n))
        return internal(err, "digest algorithm");
    switch (scheme) {
    case SG_RSA_PKCS1: /* RFC 5754 3.2: NULL must be there */
        df_der_put(out, DF_OID, n.pkcs1);
        df_der_put(out, DF_NULL, (struct mh_span){0});
        break;
    case SG_RSA_PSS:
        df_der_put(out, DF_OID, SG_OID_PKCS1("\x0a"));
        put_pss_params(out, alg);
        break;
    case SG_ECDSA: /* RFC 5754 3.3: no parameters */
        df_der_put(out, DF_OID, n.ecdsa);
        break;
    case SG_EDDSA:
    case SG_DSA:
        return internal(err, "signature scheme");
    }
    df_der_close(out, seq);
    return MH_OK;
}

/* One Attribute with one value. */
struct attr {
    size_t seq, set;
};

static struct attr
open_attr(struct mh_buf *out, struct mh_span oid)
{
    struct attr a;

    a.seq = df_der_open(out, DF_SEQUENCE);
    df_der_put(out, DF_OID, oid);
    a.set = df_der_open(out, DF_SET);
    return a;
}

static void
close_attr(struct mh_buf *out, struct attr a)
{
    df_der_close(out, a.set);
    df_der_close(out, a.seq);
}

/* signing-certificate-v2 (RFC 5035 3) with issuerSerial. */
static enum mh_code
put_signing_certificate(struct mh_buf *out, const struct sg_cert *cert,
    enum mh_digest_alg alg, struct mh_err *err)
{
    struct attr a = open_attr(out, SG_OID_ESS_CERT_V2);
    size_t value = df_der_open(out, DF_SEQUENCE);
    size_t certs = df_der_open(out, DF_SEQUENCE);
    size_t id = df_der_open(out, DF_SEQUENCE), is, names, dir;
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_once(alg, cert->der, err, hash);

    if (code != MH_OK)
        return code;
    if (alg != MH_SHA256) /* the default is left out */
        put_digest(out, alg);
    df_der_put(
        out, DF_OCTET_STRING, (struct mh_span){hash, mh_digest_length(alg)});
    is = df_der_open(out, DF_SEQUENCE);
    names = df_der_open(out, DF_SEQUENCE);
    dir = df_der_open(out, DF_CONTEXT_CONS(4));
    mh_buf_span(out, cert->issuer.raw);
    df_der_close(out, dir);
    df_der_close(out, names);
    df_der_put(out, DF_INTEGER, cert->serial);
    df_der_close(out, is);
    df_der_close(out, id);
    df_der_close(out, certs);
    df_der_close(out, value);
    close_attr(out, a);
    return MH_OK;
}

/* signer-attributes-v2 (EN 319 122-1 5.2.6.1): the role as a claimed title. */
static void
put_role(struct mh_buf *out, const char *role)
{
    struct attr a = open_attr(out, OID_SIGNER_ATTRIBUTES), claimed;
    size_t value = df_der_open(out, DF_SEQUENCE);
    size_t tag = df_der_open(out, DF_CONTEXT_CONS(0));
    size_t list = df_der_open(out, DF_SEQUENCE);

    claimed = open_attr(out, OID_TITLE);
    df_der_put(out, DF_UTF8_STRING, mh_span_str(role));
    close_attr(out, claimed);
    df_der_close(out, list);
    df_der_close(out, tag);
    df_der_close(out, value);
    close_attr(out, a);
}

static void
put_directory_string(struct mh_buf *out, unsigned n, struct mh_span text)
{
    size_t tag;

    if (text.len == 0)
        return;
    tag = df_der_open(out, DF_CONTEXT_CONS(n));
    df_der_put(out, DF_UTF8_STRING, text);
    df_der_close(out, tag);
}

/* signer-location (EN 319 122-1 5.2.5). */
static void
put_place(struct mh_buf *out, const char *place)
{
    struct mh_span city, country;
    struct attr a;
    size_t value;

    sg_place_split(place, &city, &country);
    if (city.len + country.len == 0)
        return;
    a = open_attr(out, SG_OID_AA("\x11"));
    value = df_der_open(out, DF_SEQUENCE);
    put_directory_string(out, 0, country);
    put_directory_string(out, 1, city);
    df_der_close(out, value);
    close_attr(out, a);
}

void
sg_place_split(const char *place, struct mh_span *city, struct mh_span *country)
{
    const char *comma = strrchr(place, ',');

    *city = mh_span_str(place);
    *country = (struct mh_span){0};
    if (comma == NULL)
        return;
    city->len = (size_t)(comma - place);
    *country = mh_span_str(comma + 1);
    while (country->len > 0 && country->ptr[0] == ' ') {
        country->ptr++;
        country->len--;
    }
}

/* Everything signed, the digest and the certificate read. */
static enum mh_code
put_attributes(struct mh_buf *out, const struct sg_cms_spec *spec,
    const struct sg_cert *cert, struct mh_span message_digest,
    struct mh_err *err)
{
    size_t set = df_der_open(out, DF_SET);
    enum mh_code code;
    struct attr a;

    a = open_attr(out, SG_OID_PKCS9("\x03"));
    df_der_put(out, DF_OID, OID_DATA);
    close_attr(out, a);
    a = open_attr(out, SG_OID_PKCS9("\x04"));
    df_der_put(out, DF_OCTET_STRING, message_digest);
    close_attr(out, a);
    if (spec->time != MH_TIME_NONE) {
        a = open_attr(out, SG_OID_PKCS9("\x05"));
        df_der_put_time(out, spec->time);
        close_attr(out, a);
    }
    code = put_signing_certificate(out, cert, spec->digest, err);
    if (code != MH_OK)
        return code;
    if (spec->role[0] != '\0')
        put_role(out, spec->role);
    if (spec->place[0] != '\0')
        put_place(out, spec->place);
    if (spec->mime[0] != '\0') {
        a = open_attr(out, OID_MIME_TYPE);
        df_der_put(out, DF_UTF8_STRING, mh_span_str(spec->mime));
        close_attr(out, a);
    }
    df_der_close_set(out, set);
    return written(out, err);
}

/* The certificate of the signer, in an arena of its own. */
static enum mh_code
read_cert(struct mh_span der, struct mh_err *err, struct mh_arena **arena,
    struct sg_cert **cert)
{
    enum mh_code code;

    *arena = mh_arena_new(PART_ARENA);
    if (*arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "cms: no memory");
    code = sg_cert_parse(der, *arena, err, cert);
    if (code != MH_OK) {
        mh_arena_free(*arena);
        *arena = NULL;
    }
    return code;
}

enum mh_code
sg_cms_attributes(const struct sg_cms_spec *spec, struct mh_span message_digest,
    struct mh_err *err, struct mh_buf *out)
{
    struct mh_arena *arena = NULL;
    struct sg_cert *cert = NULL;
    enum mh_code code;

    if (message_digest.len == 0 ||
        message_digest.len != mh_digest_length(spec->digest))
        return internal(err, "length of the digest");
    code = read_cert(spec->certificate, err, &arena, &cert);
    if (code != MH_OK || cert == NULL)
        return code;
    code = put_attributes(out, spec, cert, message_digest, err);
    mh_arena_free(arena);
    return code;
}

enum mh_code
sg_value_der(enum sg_scheme scheme, struct mh_span value, struct mh_err *err,
    struct mh_buf *out)
{
    size_t seq, half = value.len / 2;

    if (value.len == 0)
        return internal(err, "no signature value");
    if (scheme != SG_ECDSA) {
        mh_buf_span(out, value);
        return written(out, err);
    }
    if (value.len % 2 != 0)
        return internal(err, "length of the signature value");
    seq = df_der_open(out, DF_SEQUENCE);
    df_der_put_number(out, (struct mh_span){value.ptr, half});
    df_der_put_number(out, (struct mh_span){value.ptr + half, half});
    df_der_close(out, seq);
    return written(out, err);
}

/* Each certificate once, in the order of a SET. */
static void
put_certificates(struct mh_buf *out, const struct sg_cms_spec *spec,
    const struct sg_sign_extra *extra)
{
    const struct mh_span *list[SPEC_CERTS] = {spec->chain, extra->certs};
    const size_t count[SPEC_CERTS] = {spec->chain_count, extra->cert_count};
    size_t set = df_der_open(out, DF_CONTEXT_CONS(0));

    mh_buf_span(out, spec->certificate);
    for (size_t l = 0; l < SPEC_CERTS; l++)
        for (size_t i = 0; i < count[l]; i++) {
            bool seen = mh_span_eq(list[l][i], spec->certificate);

            for (size_t k = 0; k < i && !seen; k++)
                seen = mh_span_eq(list[l][i], list[l][k]);
            for (size_t k = 0; l > 0 && k < count[0] && !seen; k++)
                seen = mh_span_eq(list[l][i], list[0][k]);
            if (!seen)
                mh_buf_span(out, list[l][i]);
        }
    df_der_close_set(out, set);
}

void
sg_cms_put_ocsp(struct mh_buf *out, struct mh_span ocsp)
{
    size_t other = df_der_open(out, DF_CONTEXT_CONS(1));

    df_der_put(out, DF_OID, SG_OID_RI_OCSP);
    mh_buf_span(out, ocsp);
    df_der_close(out, other);
}

static void
put_revocation(struct mh_buf *out, const struct sg_sign_extra *extra)
{
    size_t set;

    if (extra->crl_count + extra->ocsp_count == 0)
        return;
    set = df_der_open(out, DF_CONTEXT_CONS(1));
    for (size_t i = 0; i < extra->crl_count; i++)
        mh_buf_span(out, extra->crls[i]);
    for (size_t i = 0; i < extra->ocsp_count; i++)
        sg_cms_put_ocsp(out, extra->ocsps[i]);
    df_der_close_set(out, set);
}

/* What one SignedData is made of. */
struct signed_data {
    const struct sg_cms_spec *spec;
    const struct sg_cert *cert;
    struct mh_span attributes, value;
    const struct sg_sign_extra *extra;
};

/* SignerInfo (RFC 5652 5.3). */
static enum mh_code
put_signer(struct mh_buf *out, const struct signed_data *sd, struct mh_err *err)
{
    const struct sg_cms_spec *spec = sd->spec;
    const struct sg_cert *cert = sd->cert;
    size_t sid;
    enum mh_code code;
    struct mh_buf der;

    df_der_put_uint(out, 1);
    sid = df_der_open(out, DF_SEQUENCE);
    mh_buf_span(out, cert->issuer.raw);
    df_der_put(out, DF_INTEGER, cert->serial);
    df_der_close(out, sid);
    put_digest(out, spec->digest);
    df_der_put_retagged(out, DF_CONTEXT_CONS(0), sd->attributes);
    code = put_signature_alg(out, spec->scheme, spec->digest, err);
    if (code != MH_OK)
        return code;
    mh_buf_init(&der, MH_CERT_SIZE_MAX);
    code = sg_value_der(spec->scheme, sd->value, err, &der);
    if (code == MH_OK)
        df_der_put(out, DF_OCTET_STRING, mh_buf_get(&der));
    mh_buf_fini(&der);
    return code;
}

static enum mh_code
put_signed_data(
    struct mh_buf *out, const struct signed_data *sd, struct mh_err *err)
{
    const struct sg_cms_spec *spec = sd->spec;
    const struct sg_sign_extra *extra = sd->extra;
    size_t content = df_der_open(out, DF_SEQUENCE), tag, data, set, info;
    enum mh_code code;

    df_der_put(out, DF_OID, SG_OID_PKCS7("\x02"));
    tag = df_der_open(out, DF_CONTEXT_CONS(0));
    data = df_der_open(out, DF_SEQUENCE);
    /* RFC 5652 5.1: version 5 where other revocation data occur. */
    df_der_put_uint(out, extra->ocsp_count > 0 ? 5 : 1);
    set = df_der_open(out, DF_SET);
    put_digest(out, spec->digest);
    df_der_close(out, set);
    set = df_der_open(out, DF_SEQUENCE); /* detached: the type alone */
    df_der_put(out, DF_OID, OID_DATA);
    df_der_close(out, set);
    put_certificates(out, spec, extra);
    put_revocation(out, extra);
    set = df_der_open(out, DF_SET);
    info = df_der_open(out, DF_SEQUENCE);
    code = put_signer(out, sd, err);
    if (code != MH_OK)
        return code;
    if (extra->token.len > 0) {
        size_t more = df_der_open(out, DF_CONTEXT_CONS(1));
        struct attr a = open_attr(out, SG_OID_AA("\x0e"));

        mh_buf_span(out, extra->token);
        close_attr(out, a);
        df_der_close(out, more);
    }
    df_der_close(out, info);
    df_der_close(out, set);
    df_der_close(out, data);
    df_der_close(out, tag);
    df_der_close(out, content);
    return written(out, err);
}

enum mh_code
sg_cms_assemble(const struct sg_cms_spec *spec, struct mh_span attributes,
    struct mh_span value, const struct sg_sign_extra *extra, struct mh_err *err,
    struct mh_buf *out)
{
    static const struct sg_sign_extra nothing;
    struct df_der d = df_der_from(attributes);
    struct mh_arena *arena = NULL;
    struct sg_cert *cert = NULL;
    enum mh_code code;

    (void)df_der_get(&d, DF_SET); /* the reader remembers */
    if (!df_der_done(&d))
        return internal(err, "signed attributes");
    if (extra == NULL)
        extra = &nothing;
    if (spec->chain_count + extra->cert_count + 1 > MH_CERTS_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "cms: too many certificates");
    code = read_cert(spec->certificate, err, &arena, &cert);
    if (code != MH_OK || cert == NULL)
        return code;
    code = put_signed_data(
        out, &(struct signed_data){spec, cert, attributes, value, extra}, err);
    mh_arena_free(arena);
    return code;
}
