/*
 * A XAdES baseline signature (EN 319 132-1 clause 6), written directly in the
 * form that canonicalization gives: what is hashed is what stands in the file
 * but for namespace declarations, and those are known.  Internal to
 * signer/sign.
 */
#ifndef SIGNER_SIGN_XADESWRITE_H
#define SIGNER_SIGN_XADESWRITE_H

#include "base/buf.h"
#include "docformat/docformat.h"
#include "signer/sign/sign.h"

/* Time-stamps here are over exclusive canonical forms. */
#define SG_STAMP_C14N DF_C14N_EXC

/* The file that a ds:Signature of ours stands in. */
#define SG_XADES_ROOT                                                          \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                             \
    "<asic:XAdESSignatures xmlns:asic=\"" DF_NS_ASIC "\">"
#define SG_XADES_ROOT_END "</asic:XAdESSignatures>\n"

struct sg_xades_spec {
    const struct sg_sign_spec *sign;
    const struct sg_cert *certificate;
    struct mh_span id;        /* of ds:Signature: ASCII letters and digits */
    enum df_c14n_method c14n; /* of SignedInfo; inclusive only in a file that
                                 begins with SG_XADES_ROOT */
    const struct df_written_file *file; /* with digests of sign->digest */
    size_t files;
};

/*
 * Appends the start of ds:Signature with SignedInfo to head, KeyInfo up to
 * the end of SignedProperties to middle, and the bytes to be signed, the
 * canonical SignedInfo, to tbs.
 */
enum mh_code sg_xades_begin(const struct sg_xades_spec *spec,
    struct mh_err *err, struct mh_buf *head, struct mh_buf *middle,
    struct mh_buf *tbs) MH_MUST_USE;

/*
 * ds:SignatureValue; canonical: in its exclusive canonical form, else as it
 * stands between head and middle.
 */
void sg_xades_put_value(struct mh_buf *out, struct mh_span id,
    struct mh_span value, bool canonical);

/*
 * Unsigned signature properties.  declare: with the namespaces of ds and xades,
 * so that they may stand in a signature that names those otherwise.  Nothing
 * is written where there is nothing to say.
 */
void sg_xades_put_stamp(struct mh_buf *out, struct mh_span token, bool declare);
void sg_xades_put_archive_stamp(
    struct mh_buf *out, struct mh_span token, bool declare);
struct sg_values {
    const struct mh_span *certs, *ocsps, *crls;
    size_t cert_count, ocsp_count, crl_count;
};
void sg_xades_put_values(
    struct mh_buf *out, const struct sg_values *values, bool declare);
/* The same as xades141:TimeStampValidationData. */
void sg_xades_put_stamp_data(
    struct mh_buf *out, const struct sg_values *values, bool declare);

/*
 * From the end of SignedProperties to that of ds:Signature, with a signature
 * time-stamp (empty: none) and values.
 */
void sg_xades_end(
    struct mh_buf *out, const struct sg_values *values, struct mh_span token);

#endif
