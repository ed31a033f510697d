/*
 * Certificate policies along a path (RFC 5280 6.1.2 to 6.1.5), internal to
 * path.c.
 *
 * Instead of a tree, which input can make grow without bound, only what
 * decides is kept (after RFC 9618): which policies the next certificate is
 * expected to state, and whether each descends from an accepted policy.
 */
#ifndef SIGNER_TRUST_POLICY_H
#define SIGNER_TRUST_POLICY_H

#include "base/limits.h"
#include "signer/trust/path.h"

struct sg_policy_node {
    struct mh_span oid;
    bool accepted; /* descends from a policy of the initial set */
};

struct sg_policy {
    const struct mh_span *initial; /* none: anyPolicy */
    size_t initial_count;
    struct sg_policy_node expected[MH_POLICIES_MAX];
    size_t expected_count;
    struct sg_policy_node valid[MH_POLICIES_MAX];
    size_t valid_count;
    uint64_t explicit_policy, mapping, inhibit_any; /* 6.1.2 (d) to (f) */
};

/* n: certificates of the path without the anchor. */
void sg_policy_init(
    struct sg_policy *p, const struct sg_path_input *in, size_t n);
/* 6.1.3 (d) to (f); last: the leaf.  False: the path is not valid. */
bool sg_policy_step(struct sg_policy *p, const struct sg_cert *cert, bool last);
/* 6.1.4 (a), (b), (h) to (j). */
bool sg_policy_next(struct sg_policy *p, const struct sg_cert *cert);
/* 6.1.5 (a), (b), (g). */
bool sg_policy_end(struct sg_policy *p, const struct sg_cert *leaf);

#endif
