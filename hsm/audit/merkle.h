/*
 * The Merkle tree of RFC 9162 section 2.1 over SHA-256: hashes, a tree that
 * grows by one leaf at a time, and proofs, made and verified.
 *
 * A proof is right only if it has exactly the hashes the algorithm uses: no
 * surplus, none missing.  Nothing here allocates or fails for lack of memory.
 * Sizes and indexes count leaves, from 0; sizes stay below 2^63.
 */
#ifndef HSM_AUDIT_MERKLE_H
#define HSM_AUDIT_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define HSM_PROOF_MAX     65U /* hashes of the longest proof */
#define HSM_TREE_SIZE_MAX (UINT64_MAX >> 1)

struct hsm_hash {
    uint8_t byte[32];
};

bool hsm_hash_eq(const struct hsm_hash *a, const struct hsm_hash *b);

/* SHA-256 of the bytes; of 00 and a record; of 01 and two nodes. */
void hsm_hash_bytes(struct mh_span bytes, struct hsm_hash *out);
void hsm_hash_leaf(struct mh_span record, struct hsm_hash *out);
void hsm_hash_node(const struct hsm_hash *left, const struct hsm_hash *right,
    struct hsm_hash *out);

/*
 * A growing tree: the roots of its perfect subtrees, the largest first, one
 * for each bit of size.  All zero is the empty tree.
 */
struct hsm_tree {
    uint64_t size; /* leaves */
    struct hsm_hash part[64];
    unsigned parts; /* of part in use */
};

void hsm_tree_add(struct hsm_tree *tree, const struct hsm_hash *leaf);
/* Of the empty tree SHA-256 of nothing (2.1.1). */
void hsm_tree_root(const struct hsm_tree *tree, struct hsm_hash *out);

/* Leaves [from, to): what one hash of a proof is the root of. */
struct hsm_range {
    uint64_t from, to;
};

/*
 * What an inclusion proof of leaf index in a tree of this size consists of,
 * from leaf to root (2.1.3.1).  Returns how many; 0 also where index is not
 * below size.
 */
size_t hsm_inclusion_ranges(
    uint64_t index, uint64_t size, struct hsm_range out[static HSM_PROOF_MAX]);

/* The same of a consistency proof from size1 to size2 (2.1.4.1); none where
   0 < size1 < size2 does not hold. */
size_t hsm_consistency_ranges(
    uint64_t size1, uint64_t size2, struct hsm_range out[static HSM_PROOF_MAX]);

/* Whether the leaf stands at index in the tree of this root (2.1.3.2). */
bool hsm_inclusion_verify(const struct hsm_hash *leaf, uint64_t index,
    uint64_t size, const struct hsm_hash *proof, size_t count,
    const struct hsm_hash *root);

/*
 * Whether the tree of root2 begins with that of root1 (2.1.4.2).  Equal sizes:
 * equal roots and no proof.  From the empty tree to another one nothing can be
 * proved, and that is refused; the root of an empty tree is one certain value.
 */
bool hsm_consistency_verify(uint64_t size1, uint64_t size2,
    const struct hsm_hash *root1, const struct hsm_hash *root2,
    const struct hsm_hash *proof, size_t count);

#endif
