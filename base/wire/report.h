/*
 * The report: the one product of verification.  Text, JSON and every page
 * are printed from it; it crosses from the sandboxed worker to its caller in
 * packed form, and the receiver believes nothing it has not checked.
 *
 * Strings are NUL-terminated, clean UTF-8 without controls, at most
 * MH_REPORT_TEXT_MAX bytes, never NULL ("" for nothing); they and all arrays
 * belong to the arena given when the report was made or unpacked.
 * Times are seconds UTC, MH_TIME_NONE for none.
 */
#ifndef BASE_WIRE_REPORT_H
#define BASE_WIRE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/wire/codes.h"

/* In the order of the document's worst-of (cli.md). */
enum mh_verdict {
    MH_TOTAL_PASSED,
    MH_NO_SIGNATURE,
    MH_INDETERMINATE,
    MH_TOTAL_FAILED,
    MH_REFUSED,
    MH_NOT_JUDGED,
    MH_VERDICTS,
};

/* EN 319 102-1 clause 5.1.3, main indications. */
enum mh_indication {
    MH_IND_PASSED,
    MH_IND_INDETERMINATE,
    MH_IND_FAILED,
    MH_INDICATIONS,
};

/* EN 319 102-1 tables 5 and 6, spelled as there. */
enum mh_sub {
    MH_SUB_NONE,
    MH_FORMAT_FAILURE,
    MH_HASH_FAILURE,
    MH_SIG_CRYPTO_FAILURE,
    MH_REVOKED,
    MH_EXPIRED,
    MH_NOT_YET_VALID,
    MH_SIG_CONSTRAINTS_FAILURE,
    MH_CHAIN_CONSTRAINTS_FAILURE,
    MH_CERTIFICATE_CHAIN_GENERAL_FAILURE,
    MH_CRYPTO_CONSTRAINTS_FAILURE,
    MH_POLICY_PROCESSING_ERROR,
    MH_SIGNATURE_POLICY_NOT_AVAILABLE,
    MH_TIMESTAMP_ORDER_FAILURE,
    MH_NO_SIGNING_CERTIFICATE_FOUND,
    MH_NO_CERTIFICATE_CHAIN_FOUND,
    MH_NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
    MH_REVOKED_NO_POE,
    MH_REVOKED_CA_NO_POE,
    MH_OUT_OF_BOUNDS_NOT_REVOKED,
    MH_OUT_OF_BOUNDS_NO_POE,
    MH_REVOCATION_OUT_OF_BOUNDS_NO_POE,
    MH_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    MH_NO_POE,
    MH_TRY_LATER,
    MH_SIGNED_DATA_NOT_FOUND,
    MH_SUBS,
};

enum mh_severity {
    MH_ERROR,
    MH_WARNING,
    MH_INFO,
    MH_SEVERITIES
};

enum mh_format {
    MH_FORMAT_UNKNOWN,
    MH_FORMAT_ASIC_E,
    MH_FORMAT_ASIC_S,
    MH_FORMAT_ADOC_2008,
    MH_FORMAT_BDOC_1,
    MH_FORMAT_PDF,
    MH_FORMAT_JPEG,
    MH_FORMAT_CMS,
    MH_FORMAT_XML,
    MH_FORMATS,
};

enum mh_sig_kind {
    MH_KIND_XADES,
    MH_KIND_CADES,
    MH_KIND_PADES,
    MH_KIND_DOC_TIMESTAMP,
    MH_KIND_TST,
    MH_KIND_C2PA,
    MH_KIND_HOLDER, /* no signature: a certificate and who has its key */
    MH_KINDS,
};
/* The profile of a report of the last kind whose key signed what was asked. */
#define MH_PROFILE_SHOWN "certificate with a signature"

enum mh_sig_level {
    MH_LEVEL_NONE,
    MH_LEVEL_B,
    MH_LEVEL_T,
    MH_LEVEL_LT,
    MH_LEVEL_LTA,
    MH_LEVELS,
};

/* Changes after signing, PDF only (formats.md 9). */
enum mh_modifications {
    MH_MODS_NOT_APPLICABLE,
    MH_MODS_NONE,
    MH_MODS_LTA_UPDATE,
    MH_MODS_FORM_FILLING,
    MH_MODS_ANNOTATIONS,
    MH_MODS_OTHER,
    MH_MODS,
};

struct mh_finding {
    enum mh_finding_code code;
    enum mh_severity level;
    uint64_t offset;  /* in the document, or MH_NO_OFFSET */
    const char *what; /* which one: a name, an algorithm, a time; or "" */
};

struct mh_findings {
    struct mh_finding *item;
    size_t count;
};

enum mh_stamp_kind {
    MH_STAMP_SIGNATURE, /* over the signature value */
    MH_STAMP_CONTENT,   /* over the data, before signing */
    MH_STAMP_ARCHIVE,
    MH_STAMP_MARK,  /* BDOC time-mark: the OCSP answer's time */
    MH_STAMP_TOKEN, /* a time-stamp token as the document's own signature */
    MH_STAMP_KINDS,
};

struct mh_stamp {
    enum mh_stamp_kind kind;
    int64_t time;
    const char *issuer; /* name of the authority, or "" */
    bool passed;        /* counts as proof of existence */
};

struct mh_report_sig {
    const char *id; /* S0, S1, ... in document order */
    enum mh_sig_kind kind;
    enum mh_sig_level level;
    const char *signer_name;
    const char *signer_serial_number; /* subject attribute serialNumber */
    const char *signer_fin;           /* FIN, if one is in it */
    const char *signer_organization;
    const char *signer_issuer;
    const char *signer_subject;     /* the raw name, for auditors */
    const char *certificate_sha256; /* hex, or "" */
    const char *algorithm;          /* e.g. "RSA-PSS SHA-256 3072" */
    const char *role;               /* claimed, joined by "; " */
    const char *place;              /* claimed, joined by ", " */
    int64_t claimed_time;
    int64_t best_signature_time;
    enum mh_indication indication;
    enum mh_sub sub;
    uint32_t *covers; /* indices into the report's files */
    size_t covers_count;
    bool covers_whole_document;
    bool counter_signature;
    enum mh_modifications modifications;
    struct mh_stamp *stamp;
    size_t stamps;
    struct mh_findings findings;
};

struct mh_report_file {
    const char *name;
    uint64_t size;      /* bytes */
    const char *sha256; /* hex */
    const char *media_type;
    uint32_t *signed_by; /* indices into the report's signatures */
    size_t signed_by_count;
};

/* What the judgement lacked and somebody may have. */
enum mh_need_kind {
    MH_NEED_OCSP,   /* an answer of a responder, RFC 6960 */
    MH_NEED_CRL,    /* a list, RFC 5280 5 */
    MH_NEED_ISSUER, /* the certificate of an issuer, RFC 5280 4.2.2.1 */
    MH_NEED_KINDS,
};

struct mh_need {
    uint32_t lack; /* needs of the same number are alternatives, best first */
    enum mh_need_kind kind;
    bool proven;   /* the address stands in a certificate under an anchor */
    int64_t after; /* what was fetched before is of no use; 0: anything is */
    const char *url;
    struct mh_span request; /* OCSP: DER of the OCSPRequest; borrows */
};

struct mh_report {
    enum mh_format format;
    const char *profile; /* what it was recognised as, in words */
    uint32_t pages;      /* of a PDF (MH_VERIFY_PAGES), 1 of a JPEG; 0: they
                            were not counted */
    enum mh_verdict verdict;
    struct mh_finding reason; /* code 0 when TOTAL-PASSED */
    int64_t validation_time;
    const char *policy;
    const char *policy_sha256;   /* hex */
    struct mh_findings findings; /* about the document itself */
    struct mh_report_sig *sig;
    size_t sigs;
    struct mh_report_file *file;
    size_t files;
    /* Only where the caller asked for them; never printed. */
    struct mh_need *need;
    size_t needs;
    struct mh_span *chain; /* DER of the certificates of all valid paths */
    size_t chains;
};

/* Names as cli.md and EN 319 102-1 spell them; "?" out of range. */
const char *mh_verdict_name(enum mh_verdict v);
const char *mh_indication_name(enum mh_indication v);
const char *mh_sub_name(enum mh_sub v); /* "" for none */
const char *mh_severity_name(enum mh_severity v);
const char *mh_format_name(enum mh_format v);
const char *mh_kind_name(enum mh_sig_kind v);
const char *mh_level_name(enum mh_sig_level v);
const char *mh_modifications_name(enum mh_modifications v);
const char *mh_stamp_name(enum mh_stamp_kind v);

/* An empty report: NOT-JUDGED, every string "". */
void mh_report_init(struct mh_report *r);

/* Appends the packed form; the buffer goes bad past its maximum. */
void mh_report_pack(const struct mh_report *r, struct mh_buf *out);

/*
 * Reads a packed report from a peer that is not trusted: lengths, counts,
 * enums, UTF-8, indices and the verdict's agreement with the signatures are
 * checked; left-over bytes are refused.  MH_EFORMAT means the peer lies.
 */
enum mh_code mh_report_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_report *out) MH_MUST_USE;

#endif
