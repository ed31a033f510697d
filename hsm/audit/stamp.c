#include "hsm/audit/stamp.h"

#include <openssl/objects.h>
#include <openssl/ts.h>
#include <string.h>

#include "base/rd.h"

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "timestamp: %s", what);
}

/* The content of a SEQUENCE with a definite, minimal length. */
static bool
take_sequence(struct mh_rd *rd, struct mh_span *content)
{
    size_t len, more = 0;

    if (mh_rd_u8(rd) != 0x30)
        return false;
    len = mh_rd_u8(rd);
    if (len > 0x83 || len == 0x80)
        return false;
    if (len > 0x80) {
        more = len - 0x80;
        for (len = 0; more > 0; more--)
            len = len << 8 | mh_rd_u8(rd);
        if (len < 0x80)
            return false;
    }
    *content = mh_rd_bytes(rd, len);
    return !rd->bad;
}

/* TimeStampResp ::= SEQUENCE { status, timeStampToken }, granted (2.4.2). */
static bool
take_token(struct mh_span response, struct mh_span *token)
{
    struct mh_rd rd = mh_rd_from(response), in;
    struct mh_span content, status;

    if (!take_sequence(&rd, &content) || !mh_rd_done(&rd))
        return false;
    in = mh_rd_from(content);
    if (!take_sequence(&in, &status) || status.len < 3 ||
        status.ptr[0] != 0x02 || status.ptr[1] != 1 || status.ptr[2] > 1)
        return false;
    *token = (struct mh_span){content.ptr + in.pos, content.len - in.pos};
    return take_sequence(&in, &content) && mh_rd_done(&in);
}

static bool
covers(TS_TST_INFO *info, const struct hsm_hash *digest)
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    X509_ALGOR *alg = TS_MSG_IMPRINT_get_algo(imprint);
    const ASN1_OCTET_STRING *msg = TS_MSG_IMPRINT_get_msg(imprint);
    const ASN1_OBJECT *oid;

    X509_ALGOR_get0(&oid, NULL, NULL, alg);
    return OBJ_obj2nid(oid) == NID_sha256 &&
           ASN1_STRING_length(msg) == (int)sizeof(digest->byte) &&
           memcmp(ASN1_STRING_get0_data(msg), digest->byte,
               sizeof(digest->byte)) == 0;
}

enum mh_code
hsm_stamp_read(struct mh_span response, const struct hsm_hash *digest,
    struct mh_err *err, struct mh_span *token)
{
    const unsigned char *p;
    enum mh_code code = MH_OK;
    TS_TST_INFO *info;
    PKCS7 *cms;

    if (!take_token(response, token))
        return bad(err, "not a granted TimeStampResp");
    p = token->ptr;
    cms = d2i_PKCS7(NULL, &p, (long)token->len);
    info = cms == NULL || p != token->ptr + token->len
               ? NULL
               : PKCS7_to_TS_TST_INFO(cms);
    if (info == NULL)
        code = bad(err, "its token is malformed");
    else if (!covers(info, digest))
        code = bad(err, "it is not over this checkpoint");
    TS_TST_INFO_free(info);
    PKCS7_free(cms);
    return code;
}
