/*
 * Certification paths: found, and validated by RFC 5280 section 6 with all of
 * its inputs (SHELL model: every certificate at the same given time).
 *
 * Revocation is no part of it: the caller takes the chain and asks ocsp.h and
 * crl.h about each (certificate, issuer).  The search is bounded by
 * MH_PATH_DEPTH_MAX and MH_PATH_TRIES_MAX.
 */
#ifndef SIGNER_TRUST_PATH_H
#define SIGNER_TRUST_PATH_H

#include "base/limits.h"
#include "signer/trust/cert.h"
#include "signer/trust/key.h"
#include "signer/trust/pool.h"
#include "signer/trust/store.h"

enum sg_purpose {
    SG_FOR_SIGNER, /* anchors: CA; a certificate given directly */
    SG_FOR_TSA,    /* anchors: CA, TSA; the TSA's own certificate listed */
    SG_FOR_OCSP,   /* anchors: CA, OCSP; the responder's own listed */
    SG_FOR_CRL,    /* anchors: CA */
};

struct sg_path_input {
    const struct sg_cert *leaf;
    const struct sg_pool *pool; /* may be NULL */
    struct sg_trust *trust;
    struct sg_facts *facts;
    struct mh_arena *arena; /* scratch and results */
    enum sg_purpose purpose;
    int64_t time;         /* of validation */
    int64_t service_time; /* when the anchor's service must have been granted;
                             MH_TIME_NONE: the same as time */
    /* Initial policy set: contents of OIDs; count 0 means anyPolicy. */
    const struct mh_span *policies;
    size_t policy_count;
    bool explicit_policy;
    bool inhibit_mapping;
    bool inhibit_any_policy;
    bool lenient_form; /* lint flags alone do not fail a path */
};

enum sg_path_code { /* ordered: a later one is the better failure to report */
    SG_PATH_NO_CHAIN = 0, /* no path to an anchor */
    SG_PATH_LIMIT,        /* the search was given up */
    SG_PATH_SIGNATURE,    /* a certificate is not signed by its issuer */
    SG_PATH_KEY,          /* an algorithm or key that is refused */
    SG_PATH_CRITICAL,     /* unknown critical extension */
    SG_PATH_FORM,         /* a rule on the form of certificates (lint) */
    SG_PATH_CA,           /* an issuer is no CA, or may not sign certificates */
    SG_PATH_LENGTH,       /* pathLenConstraint */
    SG_PATH_NAMES,        /* name chaining or name constraints */
    SG_PATH_POLICY,       /* certificate policies */
    SG_PATH_SERVICE,      /* the anchor's service was not granted then */
    SG_PATH_NOT_YET_VALID, /* some certificate, at the given time */
    SG_PATH_EXPIRED,
    SG_PATH_OK,
};

struct sg_path {
    enum sg_path_code code;
    int finding;      /* enum mh_finding_code; 0 with SG_PATH_OK */
    const char *text; /* "noun: what is wrong"; static */
    size_t at;        /* chain index the failure is about */
    /* Leaf first, the anchor's certificate last if anchor is set.  A leaf
       that is itself trusted is a chain of one. */
    const struct sg_cert *chain[MH_PATH_DEPTH_MAX + 2];
    size_t count;
    const struct sg_anchor *anchor; /* NULL: none was reached */
};

/*
 * Finds the best path: the first valid one, else the one that came furthest.
 * MH_OK whatever the verdict; MH_ENOMEM or MH_EINTERNAL otherwise.
 */
enum mh_code sg_path_find(const struct sg_path_input *in, struct mh_err *err,
    struct sg_path *out) MH_MUST_USE;

/* The issuer of chain[n]: chain[n + 1], or NULL for the last. */
const struct sg_cert *sg_path_issuer(const struct sg_path *path, size_t n);

/* "chain-not-found", "path-signature" ...: stable, for reports. */
const char *sg_path_code_name(enum sg_path_code code);

#endif
