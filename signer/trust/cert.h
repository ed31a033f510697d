/*
 * X.509 certificates (RFC 5280 4), read by a strict walk over their DER.
 *
 * A parsed certificate lives in the arena given to sg_cert_parse and borrows
 * every span from the DER, which must outlive it.  Nothing is judged here but
 * form: a serial number of 1 to 20 bytes, neither zero nor negative, each
 * extension once, names and times as the standard writes them.  What real,
 * trusted certificates get wrong without making themselves ambiguous is noted
 * as a lint flag; path validation decides what a flag means (path.h).
 */
#ifndef SIGNER_TRUST_CERT_H
#define SIGNER_TRUST_CERT_H

#include "base/arena.h"
#include "base/digest/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "docformat/docformat.h"

enum sg_attr_type {
    SG_ATTR_OTHER = 0,
    SG_ATTR_CN,
    SG_ATTR_SURNAME,
    SG_ATTR_GIVEN_NAME,
    SG_ATTR_SERIAL_NUMBER, /* of a person: FIN, personal code */
    SG_ATTR_C,
    SG_ATTR_L,
    SG_ATTR_ST,
    SG_ATTR_O,
    SG_ATTR_OU,
    SG_ATTR_ORG_ID, /* organizationIdentifier, X.520 6.6.3 */
    SG_ATTR_EMAIL,  /* emailAddress, PKCS #9 */
    SG_ATTR_DC,
};

struct sg_attr {
    enum sg_attr_type type;
    unsigned tag; /* DF_UTF8_STRING ...; what the value is written in */
    unsigned rdn; /* index of the RelativeDistinguishedName */
    struct mh_span oid;
    struct mh_span value;
};

struct sg_name {
    struct mh_span raw;    /* the whole Name with its tag */
    struct sg_attr *attrs; /* in order; at most MH_NAME_PARTS_MAX */
    size_t count;
};

enum sg_ku { /* bits of cert->ku, RFC 5280 4.2.1.3 */
    SG_KU_DIGITAL_SIGNATURE = 1 << 0,
    SG_KU_NON_REPUDIATION = 1 << 1,
    SG_KU_KEY_ENCIPHERMENT = 1 << 2,
    SG_KU_DATA_ENCIPHERMENT = 1 << 3,
    SG_KU_KEY_AGREEMENT = 1 << 4,
    SG_KU_CERT_SIGN = 1 << 5,
    SG_KU_CRL_SIGN = 1 << 6,
};

enum sg_eku { /* bits of cert->eku */
    SG_EKU_ANY = 1 << 0,
    SG_EKU_TIME_STAMPING = 1 << 1,
    SG_EKU_OCSP_SIGNING = 1 << 2,
    SG_EKU_OTHER = 1 << 3,
    SG_EKU_CLIENT_AUTH = 1 << 4, /* beside OTHER */
};

enum sg_lint { /* bits of cert->lint: breaks RFC 5280 without ambiguity */
    SG_LINT_BC_NOT_CRITICAL = 1 << 1,  /* basicConstraints of a CA, 4.2.1.9 */
    SG_LINT_NC_NOT_CRITICAL = 1 << 2,  /* nameConstraints, 4.2.1.10 */
    SG_LINT_PC_NOT_CRITICAL = 1 << 3,  /* policyConstraints, 4.2.1.11 */
    SG_LINT_IAP_NOT_CRITICAL = 1 << 4, /* inhibitAnyPolicy, 4.2.1.14 */
    SG_LINT_NC_SYNTAX = 1 << 5,        /* odd name constraints: see name.h */
    SG_LINT_SAN_SYNTAX = 1 << 6,       /* an odd DNS name or address */
    SG_LINT_AKI_CRITICAL = 1 << 7,  /* key identifiers must not be critical */
    SG_LINT_TIME_FORM = 1 << 8,     /* GeneralizedTime before 2050 */
    SG_LINT_EXT_VERSION = 1 << 9,   /* extensions in a v1 or v2 certificate */
    SG_LINT_DEFAULT = 1 << 10,      /* a DEFAULT value is written out */
    SG_LINT_ALG_NULL = 1 << 11,     /* parameters unlike the algorithm's RFC */
    SG_LINT_PATHLEN = 1 << 12,      /* pathLen without cA or keyCertSign */
    SG_LINT_EMPTY_NAME = 1 << 13,   /* empty issuer, or empty subject of a CA */
    SG_LINT_KU_EMPTY = 1 << 14,     /* keyUsage without any bit */
    SG_LINT_NO_SUBJECT = 1 << 15,   /* empty, and no critical subjectAltName */
    SG_LINT_KU_CERT_SIGN = 1 << 16, /* keyCertSign without cA */
    SG_LINT_NO_SKI = 1 << 17,       /* a CA without key identifier or usage */
    SG_LINT_NO_AKI = 1 << 18,       /* no key identifier of the issuer */
};

enum sg_qc_type { /* bits of cert->qc, EN 319 412-5 */
    SG_QC_COMPLIANCE = 1 << 0,
    SG_QC_SSCD = 1 << 1,
    SG_QC_ESIGN = 1 << 2, /* QcType */
    SG_QC_ESEAL = 1 << 3,
    SG_QC_WEB = 1 << 4,
};

/* An AlgorithmIdentifier. */
struct sg_algid {
    struct mh_span raw;    /* the whole SEQUENCE */
    struct mh_span oid;    /* content of the OID */
    struct mh_span params; /* the whole parameter with its tag; may be empty */
};

struct sg_cert {
    uint8_t sha256[MH_SHA256_LENGTH]; /* of der */
    struct mh_span der;
    struct mh_span tbs;    /* TBSCertificate with its tag: what is signed */
    struct mh_span serial; /* content of the INTEGER, 1 to 20 bytes */
    struct sg_algid sigalg;
    struct mh_span signature; /* without the count of unused bits */
    struct sg_name issuer;
    struct sg_name subject;
    int64_t not_before; /* both inclusive */
    int64_t not_after;
    struct mh_span spki; /* SubjectPublicKeyInfo with its tag */
    struct sg_algid key_alg;
    struct mh_span key_bits; /* content of the subjectPublicKey bit string */
    unsigned version;        /* 1, 2 or 3 */
    unsigned lint;           /* enum sg_lint */

    bool has_bc, ca, has_ku, has_eku, eku_critical, san_critical;
    bool ocsp_nocheck;
    bool no_rev_avail;     /* RFC 9608: its issuer tells nobody of its status */
    bool self_issued;      /* subject and issuer are the same name */
    bool unknown_critical; /* an extension nobody here processes */
    bool has_require_explicit, has_inhibit_mapping, has_inhibit_any;
    int path_len; /* pathLenConstraint; -1: none */
    unsigned ku;  /* enum sg_ku; 0 unless has_ku */
    unsigned eku; /* enum sg_eku; 0 unless has_eku */
    unsigned qc;  /* enum sg_qc_type */
    uint64_t require_explicit, inhibit_mapping, inhibit_any;
    struct mh_span ski;        /* keyIdentifier; empty: none */
    struct mh_span aki_key;    /* of authorityKeyIdentifier; empty: none */
    struct mh_span aki_issuer; /* GeneralNames content; empty: none */
    struct mh_span aki_serial;
    /* Contents of the extensions' outer SEQUENCE; ptr NULL: not there. */
    struct mh_span policies;
    struct mh_span mappings;
    struct mh_span name_constraints;
    struct mh_span san;
    struct mh_span crldp;
    struct mh_span aia;
};

/*
 * Parses one certificate; bytes after it are an error.  MH_EFORMAT with the
 * finding certificate-invalid, MH_ELIMIT, MH_ENOMEM.
 */
enum mh_code sg_cert_parse(struct mh_span der, struct mh_arena *arena,
    struct mh_err *err, struct sg_cert **out) MH_MUST_USE;

/* A Name with its tag; used for names outside certificates as well. */
enum mh_code sg_name_parse(struct mh_span raw, struct mh_arena *arena,
    struct mh_err *err, struct sg_name *out) MH_MUST_USE;

/* An AlgorithmIdentifier at the reader; false where malformed. */
bool sg_algid_read(struct df_der *d, struct sg_algid *out);

/* The last attribute of that type (the most specific); NULL: none. */
const struct sg_attr *sg_name_find(
    const struct sg_name *name, enum sg_attr_type type);

/*
 * The value as UTF-8 in the arena, made fit for people (controls replaced);
 * an empty span for NULL, for text that is no text, or without memory.
 */
struct mh_span sg_attr_text(const struct sg_attr *attr, struct mh_arena *arena);

/* "CN=..., O=..., C=.." as UTF-8 in the arena; last attribute first. */
struct mh_span sg_name_text(const struct sg_name *name, struct mh_arena *arena);

/*
 * The n-th http or https URI of the authorityInfoAccess method (OCSP:
 * sg_oid_ocsp, CA issuers: sg_oid_ca_issuers); false past the last.
 */
enum sg_aia {
    SG_AIA_OCSP,
    SG_AIA_CA_ISSUERS
};
bool sg_cert_aia(const struct sg_cert *cert, enum sg_aia method, size_t n,
    struct mh_span *uri);

/* Whether both are the same certificate (by SHA-256). */
bool sg_cert_same(const struct sg_cert *a, const struct sg_cert *b);

#endif
