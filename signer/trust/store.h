/*
 * What is trusted: certificates given by the operator and the services of
 * trusted lists, compiled into one snapshot that is used where it lies.
 *
 * A snapshot is a file: header, records of fixed size, three indexes, texts
 * and certificates.  Opening checks the bounds of every record and a digest
 * over all of them; a certificate is checked against its own digest and
 * parsed when it is first looked up.  Multi-byte numbers are little endian.
 */
#ifndef SIGNER_TRUST_STORE_H
#define SIGNER_TRUST_STORE_H

#include "base/buf.h"
#include "base/err.h"
#include "signer/trust/cert.h"

enum sg_kind {             /* what a trusted certificate may vouch for; bits */
    SG_KIND_CA = 1 << 0,   /* issues certificates of signers (CA/QC, CA/PKC) */
    SG_KIND_OCSP = 1 << 1, /* answers about certificates */
    SG_KIND_TSA = 1 << 2,  /* time-stamps */
    SG_KIND_LEAF = 1 << 3, /* given directly: is itself a trusted end */
    SG_KIND_ANY = 15,
};

struct sg_service_status {
    int64_t from; /* seconds UTC; INT64_MIN: always */
    bool granted;
};

/* One trusted certificate in one role of one list. */
struct sg_anchor {
    const struct sg_cert *cert;
    unsigned kinds;      /* enum sg_kind */
    bool qualified;      /* CA/QC, TSA/QTST, OCSP/QC of a list */
    struct mh_span name; /* of the service; UTF-8; may be empty */
    struct mh_span list; /* territory or label of the list; may be empty */
    const struct sg_service_status *history; /* oldest first, at least one */
    size_t history_count;
};

struct sg_trust; /* an open snapshot */

/*
 * Opens a snapshot; its bytes are borrowed and must outlive it.  MH_EFORMAT:
 * corrupt or of another version.
 */
enum mh_code sg_trust_open(struct mh_span snapshot, struct mh_err *err,
    struct sg_trust **out) MH_MUST_USE;
void sg_trust_free(struct sg_trust *trust);

size_t sg_trust_count(const struct sg_trust *trust);
/* The n-th anchor; NULL past the end, or if its certificate is damaged. */
const struct sg_anchor *sg_trust_at(struct sg_trust *trust, size_t n);

/*
 * Look-ups: at most max anchors are stored, their number is returned.  The
 * anchors are borrowed until sg_trust_free.  Several anchors may hold the same
 * certificate in different roles or from different lists.  trust may be NULL:
 * nothing is trusted then.
 */
size_t sg_trust_by_subject(struct sg_trust *trust, const struct sg_name *name,
    const struct sg_anchor **out, size_t max);
size_t sg_trust_by_ski(struct sg_trust *trust, struct mh_span ski,
    const struct sg_anchor **out, size_t max);
size_t sg_trust_by_sha256(struct sg_trust *trust,
    const uint8_t hash[MH_SHA256_LENGTH], const struct sg_anchor **out,
    size_t max);

/* Whether the service was granted at that time (from <= time). */
bool sg_anchor_granted(const struct sg_anchor *anchor, int64_t time);
/*
 * Whether some anchor for this certificate has one of the kinds and was
 * granted at that time.
 */
bool sg_trust_granted(struct sg_trust *trust, const struct sg_cert *cert,
    unsigned kinds, int64_t time);

/* What compiling noticed: tl-unverified, tl-expired. */
struct sg_trust_note {
    int finding;         /* enum mh_finding_code */
    struct mh_span list; /* which one */
    int64_t next_update; /* of the list; MH_TIME_NONE: not stated */
};
/*
 * The n-th note that holds at that time (a list expires by its NextUpdate);
 * false past the last.
 */
bool sg_trust_note(const struct sg_trust *trust, size_t n, int64_t time,
    struct sg_trust_note *out);

/* One file of trust material. */
struct sg_trust_input {
    const char *label;    /* its name, for messages and notes */
    struct mh_span bytes; /* PEM (several), DER, trusted list, snapshot */
};

struct sg_tl; /* signer/trust/tl.h */

struct sg_trust_sources {
    const struct sg_trust_input *inputs;
    size_t count;
    const struct mh_span *tl_signers; /* DER of certificates, one of which must
                                         have signed each list; none: lists
                                         are taken as authentic and noted */
    size_t tl_signer_count;
    /* Reads trusted lists (sg_tl_parse); NULL where the caller takes none: a
       program that only looks at certificates then needs no XML library. */
    enum mh_code (*parse_list)(struct mh_span xml,
        const struct mh_span *signers, size_t signer_count,
        struct mh_arena *arena, struct mh_err *err, struct sg_tl **out);
};

/*
 * Compiles sources into a snapshot.  Fails on the first input that is not
 * what it seems; err names it.  out is born by the caller with
 * MH_SNAPSHOT_SIZE_MAX.  The result depends on the sources alone.
 */
enum mh_code sg_trust_compile(const struct sg_trust_sources *sources,
    struct mh_err *err, struct mh_buf *out) MH_MUST_USE;

/* Whether bytes begin like a snapshot. */
bool sg_trust_is_snapshot(struct mh_span bytes);

#endif
