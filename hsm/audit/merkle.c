/* The plain functions of SHA-256 cannot fail halfway, unlike those with a
   context on the heap; a tree of which a hash is missing is no tree. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "hsm/audit/merkle.h"

#include <openssl/sha.h>
#include <string.h>

bool
hsm_hash_eq(const struct hsm_hash *a, const struct hsm_hash *b)
{
    return memcmp(a->byte, b->byte, sizeof(a->byte)) == 0;
}

/* The results of these calls are constant. */
static void
hash(const uint8_t *prefix, struct mh_span a, struct mh_span b,
    struct hsm_hash *out)
{
    SHA256_CTX ctx;

    (void)SHA256_Init(&ctx);
    if (prefix != NULL)
        (void)SHA256_Update(&ctx, prefix, 1);
    if (a.len > 0)
        (void)SHA256_Update(&ctx, a.ptr, a.len);
    if (b.len > 0)
        (void)SHA256_Update(&ctx, b.ptr, b.len);
    (void)SHA256_Final(out->byte, &ctx);
}

void
hsm_hash_bytes(struct mh_span bytes, struct hsm_hash *out)
{
    hash(NULL, bytes, (struct mh_span){0}, out);
}

void
hsm_hash_leaf(struct mh_span record, struct hsm_hash *out)
{
    static const uint8_t prefix = 0;

    hash(&prefix, record, (struct mh_span){0}, out);
}

void
hsm_hash_node(const struct hsm_hash *left, const struct hsm_hash *right,
    struct hsm_hash *out)
{
    static const uint8_t prefix = 1;

    hash(&prefix, (struct mh_span){left->byte, sizeof(left->byte)},
        (struct mh_span){right->byte, sizeof(right->byte)}, out);
}

void
hsm_tree_add(struct hsm_tree *tree, const struct hsm_hash *leaf)
{
    struct hsm_hash h = *leaf;

    /* Every trailing one bit of the old size is a subtree that is paired. */
    for (uint64_t n = tree->size; (n & 1) != 0; n >>= 1)
        hsm_hash_node(&tree->part[--tree->parts], &h, &h);
    tree->part[tree->parts++] = h;
    tree->size++;
}

void
hsm_tree_root(const struct hsm_tree *tree, struct hsm_hash *out)
{
    unsigned i = tree->parts;

    if (i == 0) {
        hsm_hash_bytes((struct mh_span){0}, out);
        return;
    }
    *out = tree->part[--i];
    while (i > 0)
        hsm_hash_node(&tree->part[--i], out, out);
}

/* The largest power of two below n; n > 1. */
static uint64_t
split(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static void
reverse(struct hsm_range *range, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct hsm_range swap = range[i];

        range[i] = range[count - 1 - i];
        range[count - 1 - i] = swap;
    }
}

size_t
hsm_inclusion_ranges(
    uint64_t index, uint64_t size, struct hsm_range out[static HSM_PROOF_MAX])
{
    uint64_t from = 0, to = size;
    size_t count = 0;

    if (index >= size || size > HSM_TREE_SIZE_MAX)
        return 0;
    while (to - from > 1) {
        uint64_t middle = from + split(to - from);

        if (index < middle) {
            out[count++] = (struct hsm_range){middle, to};
            to = middle;
        } else {
            out[count++] = (struct hsm_range){from, middle};
            from = middle;
        }
    }
    reverse(out, count);
    return count;
}

size_t
hsm_consistency_ranges(
    uint64_t size1, uint64_t size2, struct hsm_range out[static HSM_PROOF_MAX])
{
    uint64_t from = 0, to = size2;
    size_t count = 0;

    if (size1 == 0 || size1 >= size2 || size2 > HSM_TREE_SIZE_MAX)
        return 0;
    while (size1 < to) {
        uint64_t middle = from + split(to - from);

        if (size1 <= middle) {
            out[count++] = (struct hsm_range){middle, to};
            to = middle;
        } else {
            out[count++] = (struct hsm_range){from, middle};
            from = middle;
        }
    }
    if (from > 0) /* else it is the first tree, which the verifier knows */
        out[count++] = (struct hsm_range){from, to};
    reverse(out, count);
    return count;
}

bool
hsm_inclusion_verify(const struct hsm_hash *leaf, uint64_t index, uint64_t size,
    const struct hsm_hash *proof, size_t count, const struct hsm_hash *root)
{
    struct hsm_hash r = *leaf;
    uint64_t fn = index, sn;

    if (index >= size)
        return false;
    sn = size - 1;
    for (size_t i = 0; i < count; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            hsm_hash_node(&proof[i], &r, &r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            hsm_hash_node(&r, &proof[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && hsm_hash_eq(&r, root);
}

static bool
same(uint64_t size, const struct hsm_hash *root1, const struct hsm_hash *root2,
    size_t count)
{
    struct hsm_hash empty;

    hsm_hash_bytes((struct mh_span){0}, &empty);
    return count == 0 && hsm_hash_eq(root1, root2) &&
           (size > 0 || hsm_hash_eq(root1, &empty));
}

bool
hsm_consistency_verify(uint64_t size1, uint64_t size2,
    const struct hsm_hash *root1, const struct hsm_hash *root2,
    const struct hsm_hash *proof, size_t count)
{
    uint64_t fn = size1 - 1, sn = size2 - 1;
    struct hsm_hash fr, sr;
    size_t i = 0;

    if (size1 == size2)
        return same(size1, root1, root2, count);
    if (size1 == 0 || size1 > size2 || count == 0)
        return false;
    for (; (fn & 1) != 0; fn >>= 1)
        sn >>= 1;
    /* A first tree of 2^k leaves is a node of the second, and not sent. */
    fr = sr = (size1 & (size1 - 1)) == 0 ? *root1 : proof[i++];
    for (; i < count; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            hsm_hash_node(&proof[i], &fr, &fr);
            hsm_hash_node(&proof[i], &sr, &sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            hsm_hash_node(&sr, &proof[i], &sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && hsm_hash_eq(&fr, root1) && hsm_hash_eq(&sr, root2);
}
