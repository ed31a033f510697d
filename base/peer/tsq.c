#include "base/peer/tsq.h"

/* Every length here is below 128 and takes one byte (X.690 8.1.3.4). */
enum {
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_OCTETS = 0x04,
    TAG_NULL = 0x05,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    HEAD = 2, /* bytes of tag and length */
    OID = 9,  /* bytes of id-sha256 and its sisters */
    VERSION = 1,
    YES = 0xff,
};

static void
head(struct mh_buf *out, uint8_t tag, size_t length)
{
    mh_buf_byte(out, tag);
    mh_buf_byte(out, (uint8_t)length);
}

/* 2.16.840.1.101.3.4.2.{1,2,3} (RFC 5754 2). */
static void
put_oid(struct mh_buf *out, enum mh_digest_alg alg)
{
    static const uint8_t arc[OID - 1] = {
        0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};

    head(out, TAG_OID, OID);
    mh_buf_span(out, (struct mh_span){arc, sizeof(arc)});
    mh_buf_byte(out, alg == MH_SHA256 ? 1 : alg == MH_SHA384 ? 2 : 3);
}

enum mh_code
mh_tsq_build(const struct mh_tsq *query, struct mh_err *err, struct mh_buf *out)
{
    struct mh_span nonce = query->nonce;
    size_t alg = HEAD + HEAD + OID + HEAD;
    size_t imprint = HEAD + alg + HEAD + query->digest.len;
    size_t sign, all;

    if (query->alg != MH_SHA256 && query->alg != MH_SHA384 &&
        query->alg != MH_SHA512)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "tsa: digest");
    while (nonce.len > 0 && nonce.ptr[0] == 0) {
        nonce.ptr++;
        nonce.len--;
    }
    if (nonce.len == 0 || nonce.len > MH_TSQ_NONCE_MAX ||
        query->digest.len != mh_digest_length(query->alg))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "tsa: nonce or digest");
    sign = nonce.ptr[0] >> 7; /* a zero keeps it positive */
    all = HEAD + VERSION + imprint + HEAD + sign + nonce.len + HEAD + 1;
    head(out, TAG_SEQUENCE, all);
    head(out, TAG_INTEGER, VERSION);
    mh_buf_byte(out, 1);
    head(out, TAG_SEQUENCE, imprint - HEAD);
    head(out, TAG_SEQUENCE, alg - HEAD);
    put_oid(out, query->alg);
    head(out, TAG_NULL, 0);
    head(out, TAG_OCTETS, query->digest.len);
    mh_buf_span(out, query->digest);
    head(out, TAG_INTEGER, sign + nonce.len);
    if (sign != 0)
        mh_buf_byte(out, 0);
    mh_buf_span(out, nonce);
    head(out, TAG_BOOLEAN, 1);
    mh_buf_byte(out, YES);
    if (!mh_buf_ok(out))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "tsa: no memory");
    return MH_OK;
}
