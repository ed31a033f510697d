/*
 * The qualifying properties of a XAdES signature (EN 319 132-1 clause 5,
 * TS 101 903), read strictly: one QualifyingProperties inside this very
 * signature, one SignedProperties, one reference to exactly that node.
 */
#ifndef SIGNER_VERIFY_XADES_H
#define SIGNER_VERIFY_XADES_H

#include "signer/verify/dsig.h"

#define SG_OID_TIMEMARK "urn:oid:1.3.6.1.4.1.10015.1000.3.2.1"

/* One Cert of SigningCertificate or SigningCertificateV2. */
struct sg_cert_ref {
    enum mh_digest_alg alg; /* NONE: unknown algorithm, matches nothing */
    struct mh_span digest;
    /* v1: X509IssuerName and decimal X509SerialNumber as written; v2: DER of
       IssuerSerial; empty for none. */
    struct mh_span issuer_name, serial_text, issuer_serial;
};

/* One DataObjectFormat. */
struct sg_object_format {
    struct mh_span object; /* ObjectReference without '#' */
    struct mh_span mime;   /* empty for none */
};

/* One unsigned signature property that is looked at again, in order. */
enum sg_property {
    SG_PROP_OTHER, /* unknown or of no use here */
    SG_PROP_SIGNATURE_STAMP,
    SG_PROP_REFS_STAMP, /* SigAndRefs, RefsOnly: reported, not used */
    SG_PROP_ARCHIVE_STAMP,
    SG_PROP_COUNTER_SIGNATURE,
    SG_PROP_CERTIFICATES, /* CertificateValues */
    SG_PROP_REVOCATION,   /* RevocationValues */
    SG_PROP_STAMP_DATA,   /* TimeStampValidationData */
};

struct sg_unsigned {
    enum sg_property kind;
    const struct df_node *node;
};

struct sg_xades {
    const char *ns; /* of the xades: elements */
    const struct df_node *qualifying;
    const struct df_node *object;            /* the ds:Object that holds them */
    const struct df_node *signed_properties; /* NULL: plain XML-DSig */
    const struct df_node
        *unsigned_properties; /* Unsigned*Signature*, or NULL */
    int64_t signing_time;     /* MH_TIME_NONE for none */
    bool signing_certificate; /* one of the two properties is there */
    struct sg_cert_ref *cert;
    size_t certs;
    struct mh_span policy_id; /* Identifier of an explicit policy, trimmed */
    bool policy_implied;
    bool policy_spuri; /* an SPURI qualifier */
    bool policy_oid_as_urn;
    const char *role;  /* claimed; clean, "" for none */
    const char *place; /* claimed; clean */
    struct sg_object_format *format;
    size_t formats;
    const struct df_node **content_stamp; /* AllDataObjects-, Individual- */
    size_t content_stamps;
    struct sg_unsigned *prop;
    size_t props;
};

/*
 * Reads them; breaches are findings and dsig->sub, as in sg_dsig_read.
 * required: a signature without qualifying properties is a breach.
 */
enum mh_code sg_xades_read(struct sg_ctx *ctx, struct sg_dsig *dsig,
    bool required, struct sg_out *out, struct mh_err *err,
    struct sg_xades *xades) MH_MUST_USE;

#endif
