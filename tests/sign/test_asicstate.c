/* The states of finish and apply come back whole or not at all. */
#define MH_ALLOW_BANNED
#include "signer/sign/asicstate.h"

#include <string.h>

#include "base/limits.h"
#include "signer/sign/raisestate.h"
#include "tests/t.h"

enum {
    ROOM = 64 << 20
};

#define RECORD                                                                 \
    "PK\1\2__________________"                                                 \
    "______\1\0\2\0\3\0____________nEEcom"

static struct sg_asic_state
xades(struct mh_span *chain)
{
    chain[0] = MH_SPAN_LIT("issuer");
    return (struct sg_asic_state){.form = SG_FORM_XADES,
        .archive = true,
        .scheme = SG_ECDSA,
        .digest = MH_SHA256,
        .value_len = 64,
        .time = 1,
        .at = 100,
        .certificate = MH_SPAN_LIT("certificate"),
        .chain = chain,
        .chain_count = 1,
        .name = MH_SPAN_LIT("META-INF/signatures0.xml"),
        .comment = MH_SPAN_LIT("comment"),
        .directory = MH_SPAN_LIT(RECORD),
        .entries = 1,
        .id = MH_SPAN_LIT("S0"),
        .head = MH_SPAN_LIT("head"),
        .middle = MH_SPAN_LIT("middle"),
        .tail = MH_SPAN_LIT("tail")};
}

static void
test_whole(void **state)
{
    struct mh_arena *arena = mh_arena_new(ROOM);
    struct mh_span chain[1], bytes, longer;
    struct sg_asic_state s = xades(chain), back;
    uint8_t copy[1024];

    (void)state;
    assert_int_equal(sg_asic_state_pack(&s, arena, NULL, &bytes), MH_OK);
    assert_int_equal(sg_asic_state_read(bytes, arena, NULL, &back), MH_OK);
    assert_true(mh_span_is(back.middle, "middle"));
    assert_true(mh_span_is(back.chain[0], "issuer"));
    assert_int_equal(back.at, 100);
    for (size_t n = 0; n < bytes.len; n++)
        assert_int_equal(sg_asic_state_read((struct mh_span){bytes.ptr, n},
                             arena, NULL, &back),
            MH_EINTERNAL);
    assert_true(bytes.len < sizeof(copy));
    memcpy(copy, bytes.ptr, bytes.len);
    copy[bytes.len] = 0;
    longer = (struct mh_span){copy, bytes.len + 1};
    assert_int_equal(
        sg_asic_state_read(longer, arena, NULL, &back), MH_EINTERNAL);
    mh_arena_free(arena);
}

static void
test_nonsense(void **state)
{
    struct mh_arena *arena = mh_arena_new(ROOM);
    struct mh_span chain[1], bytes;
    const struct sg_asic_state good = xades(chain);
    struct sg_asic_state bad[14];

    (void)state;
    for (size_t i = 0; i < T_COUNT(bad); i++)
        bad[i] = good;
    bad[0].scheme = SG_EDDSA;
    bad[1].digest = MH_SHA1;
    bad[2].value_len = 0;
    bad[3].value_len = 63;
    bad[4].archive = false;
    bad[5].name.len = 0;
    bad[6].entries = 2;
    bad[7].directory.len--;
    bad[8].attributes = MH_SPAN_LIT("x");
    bad[9].head.len = 0;
    bad[10].tail.len = 0;
    bad[11].certificate.len = 0;
    bad[12].form = SG_FORM_CADES;
    bad[13].at = MH_DOC_SIZE_MAX + 1;
    assert_int_equal(sg_asic_state_pack(&good, arena, NULL, &bytes), MH_OK);
    for (size_t i = 0; i < T_COUNT(bad); i++)
        if (sg_asic_state_pack(&bad[i], arena, NULL, &bytes) == MH_OK)
            fail_msg("state %zu was taken", i);
    mh_arena_free(arena);
}

/* A flipped byte of a length, tag or number never goes past the end. */
static void
test_flips(void **state)
{
    struct mh_arena *arena = mh_arena_new(ROOM);
    struct mh_span chain[1], bytes, again;
    struct sg_asic_state s = xades(chain), back;
    uint8_t copy[1024];

    (void)state;
    assert_int_equal(sg_asic_state_pack(&s, arena, NULL, &bytes), MH_OK);
    for (size_t i = 0; i < bytes.len; i++) {
        struct mh_span flipped = {copy, bytes.len};

        memcpy(copy, bytes.ptr, bytes.len);
        copy[i] ^= 0x80;
        if (sg_asic_state_read(flipped, arena, NULL, &back) != MH_OK)
            continue;
        assert_int_equal(sg_asic_state_pack(&back, arena, NULL, &again), MH_OK);
        assert_true(mh_span_eq(flipped, again));
    }
    mh_arena_free(arena);
}

static void
test_raise(void **state)
{
    struct mh_arena *arena = mh_arena_new(ROOM);
    struct sg_raise_state s = {.step = SG_RAISE_LTA,
                              .alg = MH_SHA512,
                              .sig = 3,
                              .more = MH_SPAN_LIT("index")},
                          back;
    struct sg_raise_item item = {.sig = 3};
    struct mh_span bytes;

    (void)state;
    s.digest[63] = 7;
    s.document[31] = 8;
    assert_int_equal(sg_raise_state_pack(&s, arena, NULL, &bytes), MH_OK);
    assert_int_equal(sg_raise_state_read(bytes, arena, NULL, &back), MH_OK);
    assert_memory_equal(back.digest, s.digest, sizeof(s.digest));
    assert_true(mh_span_is(back.more, "index"));
    for (size_t n = 0; n < bytes.len - s.more.len; n++)
        assert_int_equal(sg_raise_state_read((struct mh_span){bytes.ptr, n},
                             arena, NULL, &back),
            MH_EINTERNAL);
    /* Of another step, signature or document. */
    item.state = bytes;
    assert_int_equal(
        sg_raise_item_read(&item, SG_RAISE_T, s.document, arena, NULL, &back),
        MH_EINTERNAL);
    item.sig = 2;
    assert_int_equal(
        sg_raise_item_read(&item, SG_RAISE_LTA, s.document, arena, NULL, &back),
        MH_EINTERNAL);
    item.sig = 3;
    assert_int_equal(
        sg_raise_item_read(&item, SG_RAISE_LTA, s.digest, arena, NULL, &back),
        MH_EINTERNAL);
    /* And no token. */
    assert_int_equal(
        sg_raise_item_read(&item, SG_RAISE_LTA, s.document, arena, NULL, &back),
        MH_EFORMAT);
    mh_arena_free(arena);
}

static int
setup(void **state)
{
    (void)state;
    return mh_digest_init(NULL) == MH_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_raise),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
