/* The tree and its proofs against a naive tree, for every size up to 300. */
#include "tests/t.h"

#include "hsm/audit/merkle.h"

#include <string.h>

#include "base/text.h"
#include "hsm/audit/tile.h"

enum {
    SIZES = 300
};

static struct hsm_hash leaves[SIZES + 1];
static struct hsm_hash roots[SIZES + 1];

/* RFC 9162 2.1.1, word for word. */
static void
mth(size_t from, size_t to, struct hsm_hash *out)
{
    struct hsm_hash left, right;
    size_t k = 1;

    if (to == from) {
        hsm_hash_bytes((struct mh_span){0}, out);
        return;
    }
    if (to - from == 1) {
        *out = leaves[from];
        return;
    }
    while (2 * k < to - from)
        k *= 2;
    mth(from, from + k, &left);
    mth(from + k, to, &right);
    hsm_hash_node(&left, &right, out);
}

static int
setup(void **state)
{
    (void)state;
    for (size_t i = 0; i <= SIZES; i++) {
        uint8_t byte[2] = {(uint8_t)(i >> 8), (uint8_t)i};

        hsm_hash_leaf((struct mh_span){byte, 2}, &leaves[i]);
    }
    for (size_t i = 0; i <= SIZES; i++)
        mth(0, i, &roots[i]);
    return 0;
}

static void
test_merkle_vectors(void **state)
{
    static const struct {
        const char *name;
        const char *record[3];
        const char *root;
    } rows[] = {
        {"empty tree", {NULL},
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"one empty record", {""},
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"a, b, c", {"a", "b", "c"},
            "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct hsm_tree tree = {0};
        struct hsm_hash h;
        char hex[65];

        for (size_t j = 0; j < 3 && rows[i].record[j] != NULL; j++) {
            hsm_hash_leaf(mh_span_str(rows[i].record[j]), &h);
            hsm_tree_add(&tree, &h);
        }
        hsm_tree_root(&tree, &h);
        mh_hex_encode((struct mh_span){h.byte, 32}, hex);
        T_CHECK(rows[i].name, strcmp(hex, rows[i].root) == 0);
    }
}

static void
test_merkle_grows(void **state)
{
    struct hsm_tree tree = {0};
    struct hsm_hash root;

    (void)state;
    for (size_t n = 0; n <= SIZES; n++) {
        hsm_tree_root(&tree, &root);
        assert_true(tree.size == n && hsm_hash_eq(&root, &roots[n]));
        hsm_tree_add(&tree, &leaves[n]);
    }
}

/* What must be refused of a proof that is right. */
static bool
inclusion_is_tight(size_t m, size_t n, struct hsm_hash *proof, size_t count)
{
    const struct hsm_hash *leaf = &leaves[m], *root = &roots[n];
    struct hsm_hash moved[HSM_PROOF_MAX + 1] = {leaves[0]};

    proof[count] = *root;
    memcpy(moved + 1, proof, count * sizeof(*proof));
    if (hsm_inclusion_verify(leaf, m, n, proof, count + 1, root) ||
        hsm_inclusion_verify(leaf, m, n, moved, count + 1, root) ||
        hsm_inclusion_verify(leaf, n, n, proof, count, root) ||
        hsm_inclusion_verify(&leaves[m + 1], m, n, proof, count, root) ||
        hsm_inclusion_verify(leaf, m, n, proof, count, &roots[n - 1]) ||
        (m != (m ^ 1) && (m ^ 1) < n &&
            hsm_inclusion_verify(leaf, m ^ 1, n, proof, count, root)) ||
        (count > 0 && hsm_inclusion_verify(leaf, m, n, proof, count - 1, root)))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool taken;

        proof[i].byte[i] ^= 1;
        taken = hsm_inclusion_verify(leaf, m, n, proof, count, root);
        proof[i].byte[i] ^= 1;
        if (taken)
            return false;
    }
    return true;
}

static void
test_merkle_inclusion(void **state)
{
    struct hsm_range range[HSM_PROOF_MAX];
    struct hsm_hash proof[HSM_PROOF_MAX + 1];

    (void)state;
    for (size_t n = 1; n <= SIZES; n++)
        for (size_t m = 0; m < n; m++) {
            size_t count = hsm_inclusion_ranges(m, n, range);

            for (size_t i = 0; i < count; i++)
                mth(range[i].from, range[i].to, &proof[i]);
            assert_true(hsm_inclusion_verify(
                &leaves[m], m, n, proof, count, &roots[n]));
            assert_true(inclusion_is_tight(m, n, proof, count));
        }
    assert_false(hsm_inclusion_verify(&leaves[0], 0, 0, NULL, 0, &leaves[0]));
    assert_true(hsm_inclusion_ranges(5, 5, range) == 0);
}

static bool
consistency_is_tight(size_t m, size_t n, struct hsm_hash *proof, size_t count)
{
    const struct hsm_hash *r1 = &roots[m], *r2 = &roots[n];
    struct hsm_hash moved[HSM_PROOF_MAX + 1] = {*r1};

    proof[count] = *r2;
    memcpy(moved + 1, proof, count * sizeof(*proof));
    if (hsm_consistency_verify(m, n, r1, r2, proof, count + 1) ||
        hsm_consistency_verify(m, n, r1, r2, moved, count + 1) ||
        hsm_consistency_verify(n, m, r1, r2, proof, count) ||
        hsm_consistency_verify(m, n, &roots[m - 1], r2, proof, count) ||
        hsm_consistency_verify(m, n, r1, &roots[n - 1], proof, count) ||
        hsm_consistency_verify(0, n, r1, r2, proof, count) ||
        hsm_consistency_verify(m, n, r1, r2, proof, count - 1))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool taken;

        proof[i].byte[i] ^= 1;
        taken = hsm_consistency_verify(m, n, r1, r2, proof, count);
        proof[i].byte[i] ^= 1;
        if (taken)
            return false;
    }
    return true;
}

static void
test_merkle_consistency(void **state)
{
    struct hsm_range range[HSM_PROOF_MAX];
    struct hsm_hash proof[HSM_PROOF_MAX + 1];

    (void)state;
    for (size_t n = 1; n <= SIZES; n++)
        for (size_t m = 1; m < n; m++) {
            size_t count = hsm_consistency_ranges(m, n, range);

            for (size_t i = 0; i < count; i++)
                mth(range[i].from, range[i].to, &proof[i]);
            assert_true(count > 0 && hsm_consistency_verify(m, n, &roots[m],
                                         &roots[n], proof, count));
            assert_true(consistency_is_tight(m, n, proof, count));
        }
}

static void
test_merkle_edges(void **state)
{
    struct hsm_range range[HSM_PROOF_MAX];
    struct hsm_hash none = {{0}};

    (void)state;
    for (size_t n = 0; n <= SIZES; n++) {
        assert_true(
            hsm_consistency_verify(n, n, &roots[n], &roots[n], NULL, 0));
        assert_false(hsm_consistency_verify(n, n, &roots[n], &none, NULL, 0));
        assert_false(
            hsm_consistency_verify(n, n, &roots[n], &roots[n], &roots[n], 1));
        assert_false(
            hsm_consistency_verify(0, n + 1, &roots[0], &leaves[0], NULL, 0));
    }
    assert_false(hsm_consistency_verify(0, 0, &none, &none, NULL, 0));
    assert_true(hsm_consistency_ranges(0, 5, range) == 0);
    assert_true(hsm_consistency_ranges(5, 5, range) == 0);
    assert_true(hsm_consistency_ranges(6, 5, range) == 0);
    /* The largest trees: no overflow, and no more hashes than there is room
       for. */
    assert_true(hsm_inclusion_ranges(0, HSM_TREE_SIZE_MAX, range) == 63);
    assert_true(hsm_inclusion_ranges(0, HSM_TREE_SIZE_MAX + 1, range) == 0);
    assert_true(hsm_inclusion_ranges(
                    HSM_TREE_SIZE_MAX - 1, HSM_TREE_SIZE_MAX, range) == 62);
    assert_true(hsm_consistency_ranges(HSM_TREE_SIZE_MAX - 2, HSM_TREE_SIZE_MAX,
                    range) <= HSM_PROOF_MAX);
    assert_false(hsm_inclusion_verify(
        &none, UINT64_MAX - 1, UINT64_MAX, &none, 1, &none));
}

static void
test_merkle_tile_names(void **state)
{
    static const struct {
        unsigned level;
        uint64_t index;
        unsigned width;
        const char *name;
    } rows[] = {
        {0, 1234067, 256, "tile/0/x001/x234/067"},
        {0, 0, 256, "tile/0/000"},
        {0, 273, 112, "tile/0/273.p/112"},
        {1, 1, 17, "tile/1/001.p/17"},
        {2, 0, 1, "tile/2/000.p/1"},
        {0, 999, 256, "tile/0/999"},
        {0, 1000, 256, "tile/0/x001/000"},
    };
    char name[HSM_TILE_NAME];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hsm_tile_name(rows[i].level, rows[i].index, rows[i].width, name);
        T_CHECK(rows[i].name, strcmp(name, rows[i].name) == 0);
    }
}

struct tile_count {
    unsigned full[HSM_TILE_LEVELS];
};

static enum mh_code
count_tile(void *arg, unsigned level, uint64_t index,
    const struct hsm_hash *hash, unsigned width, struct mh_err *err)
{
    struct tile_count *c = arg;

    (void)hash;
    (void)err;
    assert_true(width == HSM_TILE_WIDTH && index == c->full[level]);
    c->full[level]++;
    return MH_OK;
}

/* 70,000 leaves: 273 full tiles and one of 112; one and 17; 1. */
static void
test_merkle_tiles(void **state)
{
    static struct hsm_tiles tiles;
    struct tile_count c = {{0}};

    (void)state;
    for (size_t i = 0; i < 70000; i++)
        assert_int_equal(
            hsm_tiles_add(&tiles, &leaves[i % SIZES], count_tile, &c, NULL),
            MH_OK);
    assert_int_equal(c.full[0], 273);
    assert_int_equal(tiles.edge[0].width, 112);
    assert_int_equal(c.full[1], 1);
    assert_int_equal(tiles.edge[1].width, 17);
    assert_int_equal(c.full[2], 0);
    assert_int_equal(tiles.edge[2].width, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merkle_vectors),
        cmocka_unit_test(test_merkle_grows),
        cmocka_unit_test(test_merkle_inclusion),
        cmocka_unit_test(test_merkle_consistency),
        cmocka_unit_test(test_merkle_edges),
        cmocka_unit_test(test_merkle_tile_names),
        cmocka_unit_test(test_merkle_tiles),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
