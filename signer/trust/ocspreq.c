#include "signer/trust/ocspreq.h"

#include "signer/trust/oid.h"

#define OID_SHA1 MH_SPAN_LIT("\x2b\x0e\x03\x02\x1a")

enum {
    SHA1_LENGTH = 20
};

static enum mh_code
put_sha1(struct mh_span bytes, struct mh_err *err, struct mh_buf *out)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_once(MH_SHA1, bytes, err, hash);

    if (code == MH_OK)
        df_der_put(out, DF_OCTET_STRING, (struct mh_span){hash, SHA1_LENGTH});
    return code;
}

/* CertID (RFC 6960 4.1.1): which names the certificate by its issuer. */
static enum mh_code
put_cert_id(const struct sg_cert *cert, const struct sg_cert *issuer,
    struct mh_err *err, struct mh_buf *out)
{
    size_t id = df_der_open(out, DF_SEQUENCE);
    size_t alg = df_der_open(out, DF_SEQUENCE);
    enum mh_code code;

    df_der_put(out, DF_OID, OID_SHA1);
    df_der_put(out, DF_NULL, (struct mh_span){0});
    df_der_close(out, alg);
    code = put_sha1(cert->issuer.raw, err, out);
    if (code == MH_OK)
        code = put_sha1(issuer->key_bits, err, out);
    df_der_put(out, DF_INTEGER, cert->serial);
    df_der_close(out, id);
    return code;
}

enum mh_code
sg_ocsp_request(const struct sg_cert *cert, const struct sg_cert *issuer,
    struct mh_err *err, struct mh_buf *out)
{
    size_t request = df_der_open(out, DF_SEQUENCE);
    size_t tbs = df_der_open(out, DF_SEQUENCE);
    size_t list = df_der_open(out, DF_SEQUENCE);
    size_t one = df_der_open(out, DF_SEQUENCE);
    enum mh_code code = put_cert_id(cert, issuer, err, out);

    df_der_close(out, one);
    df_der_close(out, list);
    df_der_close(out, tbs);
    df_der_close(out, request);
    if (code == MH_OK && !mh_buf_ok(out))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "ocsp: no memory");
    return code;
}

static bool
is_http(struct mh_span uri)
{
    return mh_span_starts(uri, "http://") || mh_span_starts(uri, "https://");
}

/* The GeneralNames of fullName in one DistributionPoint. */
static struct mh_span
full_name(struct mh_span point)
{
    struct df_der d = df_der_from(point);
    struct mh_span name, full = {0};

    if (df_der_opt(&d, DF_CONTEXT_CONS(0), &name)) {
        struct df_der n = df_der_from(name);

        (void)df_der_opt(&n, DF_CONTEXT_CONS(0), &full); /* or relative */
    }
    return full;
}

bool
sg_cert_crl_uri(const struct sg_cert *cert, size_t n, struct mh_span *uri)
{
    struct df_der points = df_der_from(cert->crldp);

    while (df_der_more(&points)) {
        struct df_der names =
            df_der_from(full_name(df_der_get(&points, DF_SEQUENCE)));

        while (df_der_more(&names)) {
            struct df_tlv name;

            if (df_der_any(&names, &name) && name.tag == DF_CONTEXT(6) &&
                is_http(name.body) && n-- == 0) {
                *uri = name.body;
                return true;
            }
        }
    }
    return false;
}
