#include "tests/t.h"

#include "base/wire/token.h"

#include "base/limits.h"

static const uint8_t bytes[MH_TOKEN_MESSAGE_MAX + 1] = {1, 2, 3};

/* A packet is whole: cut anywhere or longer by one byte it is none. */
#define CHECK_WHOLE(unpack)                                                    \
    do {                                                                       \
        struct mh_span in;                                                     \
                                                                               \
        for (size_t n = 0; n < buf.len; n++) {                                 \
            in = (struct mh_span){buf.ptr, n};                                 \
            assert_int_equal(unpack, MH_EFORMAT);                              \
        }                                                                      \
        mh_buf_byte(&buf, 0);                                                  \
        in = mh_buf_get(&buf);                                                 \
        assert_int_equal(unpack, MH_EFORMAT);                                  \
    } while (0)

static void
test_bare(void **state)
{
    static const enum mh_token_message types[] = {
        MH_TOKEN_READY, MH_TOKEN_LIST, MH_TOKEN_STATE, MH_TOKEN_CLOSE};

    (void)state;
    for (size_t i = 0; i < T_COUNT(types); i++) {
        struct mh_buf buf;

        mh_buf_init(&buf, MH_MESSAGE_MAX);
        mh_token_pack_bare(types[i], &buf);
        assert_int_equal(buf.len, 1);
        assert_int_equal(mh_token_type(mh_buf_get(&buf)), types[i]);
        assert_int_equal(
            mh_token_unpack_bare(mh_buf_get(&buf), types[i], NULL), MH_OK);
        CHECK_WHOLE(mh_token_unpack_bare(in, types[i], NULL));
        mh_buf_fini(&buf);
    }
    assert_int_equal(mh_token_type((struct mh_span){0}), 0);
    assert_int_equal(mh_token_type(MH_SPAN_LIT("\x0e")), 0);
}

static void
test_open(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_token_open m = {"pkcs11:id=%01", "0123"}, back;
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_token_open_pack(&m, &buf);
    assert_int_equal(
        mh_token_open_unpack(mh_buf_get(&buf), arena, NULL, &back), MH_OK);
    assert_string_equal(back.uri, m.uri);
    assert_string_equal(back.serial, m.serial);
    CHECK_WHOLE(mh_token_open_unpack(in, arena, NULL, &back));
    mh_buf_clear(&buf);
    m.uri = "";
    mh_token_open_pack(&m, &buf);
    assert_int_equal(
        mh_token_open_unpack(mh_buf_get(&buf), arena, NULL, &back), MH_EFORMAT);
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

static struct mh_token_facts
some_facts(void)
{
    return (struct mh_token_facts){.label = "məhkəmə",
        .manufacturer = "m",
        .model = "d",
        .serial = "0123",
        .key_label = "k",
        .key_id = {bytes, 2},
        .mechanisms = MH_TOKEN_HAS_ALL,
        .key_seen = true,
        .always_authenticate = true,
        .logged_in = true,
        .level = MH_PIN_LEVEL_FINAL,
        .pin_min = 4,
        .pin_max = 8,
        .certificates = 3};
}

static void
test_facts(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_token_facts m = some_facts(), back;
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_token_facts_pack(&m, &buf);
    assert_int_equal(
        mh_token_facts_unpack(mh_buf_get(&buf), arena, NULL, &back), MH_OK);
    assert_string_equal(back.label, "məhkəmə");
    assert_true(mh_span_eq(back.key_id, m.key_id));
    assert_true(back.key_seen && back.always_authenticate && back.logged_in);
    assert_false(back.pad || back.login_required);
    assert_int_equal(back.level, MH_PIN_LEVEL_FINAL);
    assert_int_equal(back.pin_max, 8);
    CHECK_WHOLE(mh_token_facts_unpack(in, arena, NULL, &back));
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

/* Each field of FACTS at its limit and past it. */
static void
test_facts_limits(void **state)
{
    static const struct {
        const char *name;
        uint32_t certificates, mechanisms;
        size_t id;
        bool good;
    } rows[] = {
        {"one certificate", 1, 0, 1, true},
        {"none", 0, 0, 1, false},
        {"33", MH_TOKEN_CERTS_MAX + 1, 0, 1, true},
        {"34", MH_TOKEN_CERTS_MAX + 2, 0, 1, false},
        {"all mechanisms", 1, MH_TOKEN_HAS_ALL, 1, true},
        {"one more", 1, MH_TOKEN_HAS_ALL + 1, 1, false},
        {"longest id", 1, 0, MH_TOKEN_ID_MAX, true},
        {"longer id", 1, 0, MH_TOKEN_ID_MAX + 1, false},
        {"no id", 1, 0, 0, false},
    };
    struct mh_arena *arena = mh_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_token_facts m = some_facts(), back;
        struct mh_buf buf;

        m.certificates = rows[i].certificates;
        m.mechanisms = rows[i].mechanisms;
        m.key_id.len = rows[i].id;
        mh_buf_init(&buf, MH_MESSAGE_MAX);
        mh_token_facts_pack(&m, &buf);
        T_CHECK(rows[i].name,
            rows[i].good == (mh_token_facts_unpack(mh_buf_get(&buf), arena,
                                 NULL, &back) == MH_OK));
        mh_buf_fini(&buf);
    }
    mh_arena_free(arena);
}

static void
test_certificates(void **state)
{
    struct mh_token_certificate m = {1, {bytes, MH_TOKEN_CERT_MAX}}, got;
    struct mh_token_cert ask = {MH_TOKEN_CERTS_MAX}, asked;
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_token_cert_pack(&ask, &buf);
    assert_int_equal(
        mh_token_cert_unpack(mh_buf_get(&buf), NULL, &asked), MH_OK);
    assert_int_equal(asked.index, MH_TOKEN_CERTS_MAX);
    CHECK_WHOLE(mh_token_cert_unpack(in, NULL, &asked));
    mh_buf_clear(&buf);
    ask.index++;
    mh_token_cert_pack(&ask, &buf);
    assert_int_equal(
        mh_token_cert_unpack(mh_buf_get(&buf), NULL, &asked), MH_EFORMAT);
    mh_buf_clear(&buf);
    mh_token_certificate_pack(&m, &buf);
    assert_true(mh_buf_ok(&buf));
    assert_int_equal(
        mh_token_certificate_unpack(mh_buf_get(&buf), NULL, &got), MH_OK);
    assert_true(mh_span_eq(got.der, m.der));
    mh_buf_clear(&buf);
    m.der.len++;
    mh_token_certificate_pack(&m, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_fini(&buf);
}

static void
test_login(void **state)
{
    static const struct {
        const char *name;
        bool pad, stored;
        size_t len;
        bool good;
    } rows[] = {
        {"PIN", false, false, 6, true},
        {"stored PIN", false, true, 6, true},
        {"longest", false, false, MH_TOKEN_PIN_MAX, true},
        {"longer", false, false, MH_TOKEN_PIN_MAX + 1, false},
        {"empty", false, false, 0, false},
        {"pad", true, false, 0, true},
        {"pad with a PIN", true, false, 1, false},
        {"pad, stored", true, true, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_token_login m = {.pad = rows[i].pad,
            .stored = rows[i].stored,
            .last_try = true,
            .pin = {bytes, rows[i].len}};
        struct mh_token_login got;
        struct mh_buf buf;

        mh_buf_init(&buf, MH_MESSAGE_MAX);
        mh_token_login_pack(&m, &buf);
        T_CHECK(rows[i].name, mh_buf_ok(&buf) == rows[i].good);
        buf.bad = false;
        T_CHECK(rows[i].name, (mh_token_login_unpack(mh_buf_get(&buf), NULL,
                                   &got) == MH_OK) == rows[i].good);
        if (rows[i].good) {
            T_CHECK(rows[i].name, got.pad == rows[i].pad && got.last_try);
            T_CHECK(rows[i].name, got.stored == rows[i].stored && !got.keep);
            T_CHECK(rows[i].name, mh_span_eq(got.pin, m.pin));
            CHECK_WHOLE(mh_token_login_unpack(in, NULL, &got));
        }
        mh_buf_fini(&buf);
    }
}

static void
test_sign(void **state)
{
    static const struct {
        const char *name;
        enum mh_token_scheme scheme;
        enum mh_digest_alg hash;
        uint32_t width;
        size_t digest, message;
        bool good;
    } rows[] = {
        {"RSA", MH_TOKEN_PKCS1, MH_SHA256, 0, 32, 0, true},
        {"PSS", MH_TOKEN_PSS, MH_SHA512, 0, 64, 0, true},
        {"ECDSA", MH_TOKEN_ECDSA, MH_SHA384, 48, 48, 0, true},
        {"widest", MH_TOKEN_ECDSA, MH_SHA384, MH_TOKEN_WIDTH_MAX, 48, 0, true},
        {"wider", MH_TOKEN_ECDSA, MH_SHA384, MH_TOKEN_WIDTH_MAX + 1, 48, 0,
            false},
        {"no width", MH_TOKEN_ECDSA, MH_SHA256, 0, 32, 0, false},
        {"RSA with width", MH_TOKEN_PKCS1, MH_SHA256, 32, 32, 0, false},
        {"SHA-1", MH_TOKEN_PKCS1, MH_SHA1, 0, 20, 0, false},
        {"SHA-224", MH_TOKEN_PKCS1, MH_SHA224, 0, 28, 0, false},
        {"digest too short", MH_TOKEN_PKCS1, MH_SHA256, 0, 31, 0, false},
        {"digest too long", MH_TOKEN_PKCS1, MH_SHA256, 0, 33, 0, false},
        {"longest message", MH_TOKEN_PKCS1, MH_SHA256, 0, 32,
            MH_TOKEN_MESSAGE_MAX, true},
        {"longer message", MH_TOKEN_PKCS1, MH_SHA256, 0, 32,
            MH_TOKEN_MESSAGE_MAX + 1, false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_token_sign m = {.scheme = rows[i].scheme,
            .hash = rows[i].hash,
            .width = rows[i].width,
            .digest = {bytes, rows[i].digest},
            .message = {bytes, rows[i].message}};
        struct mh_token_sign got;
        struct mh_buf buf;

        mh_buf_init(&buf, MH_MESSAGE_MAX);
        mh_token_sign_pack(&m, &buf);
        T_CHECK(rows[i].name, mh_buf_ok(&buf) == rows[i].good);
        if (rows[i].good) {
            T_CHECK(rows[i].name,
                mh_token_sign_unpack(mh_buf_get(&buf), NULL, &got) == MH_OK);
            T_CHECK(rows[i].name, got.hash == rows[i].hash);
            T_CHECK(rows[i].name, got.scheme == rows[i].scheme);
            T_CHECK(rows[i].name, mh_span_eq(got.digest, m.digest));
            T_CHECK(rows[i].name, mh_span_eq(got.message, m.message));
        }
        mh_buf_fini(&buf);
    }
}

static void
test_answers(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_token_signed value = {{bytes, MH_TOKEN_VALUE_MAX}}, got;
    struct mh_token_failed failed = {.cls = MH_TOKEN_CLASS_GONE,
        .rv = 0x32,
        .level = MH_PIN_LEVEL_LOCKED,
        .pin_used = true,
        .text = "gone"};
    struct mh_token_failed back;
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_token_signed_pack(&value, &buf);
    assert_int_equal(
        mh_token_signed_unpack(mh_buf_get(&buf), NULL, &got), MH_OK);
    assert_true(mh_span_eq(got.value, value.value));
    CHECK_WHOLE(mh_token_signed_unpack(in, NULL, &got));
    mh_buf_clear(&buf);
    value.value.len++;
    mh_token_signed_pack(&value, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_clear(&buf);
    mh_token_failed_pack(&failed, &buf);
    assert_int_equal(
        mh_token_failed_unpack(mh_buf_get(&buf), arena, NULL, &back), MH_OK);
    assert_int_equal(back.cls, MH_TOKEN_CLASS_GONE);
    assert_int_equal(back.rv, 0x32);
    assert_int_equal(back.level, MH_PIN_LEVEL_LOCKED);
    assert_true(back.pin_used);
    assert_string_equal(back.text, "gone");
    CHECK_WHOLE(mh_token_failed_unpack(in, arena, NULL, &back));
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

/* As many tokens and keys as there may be, and one more of each. */
static void
test_tokens(void **state)
{
    static struct mh_token_key key[MH_TOKEN_KEYS_MAX + 1];
    static struct mh_token_entry token[MH_TOKENS_MAX + 1];
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_token_list m = {token, MH_TOKENS_MAX}, back;
    struct mh_buf buf;

    (void)state;
    for (size_t i = 0; i < T_COUNT(key); i++)
        key[i] = (struct mh_token_key){"seal", {bytes, 2}, true, false};
    for (size_t i = 0; i < T_COUNT(token); i++)
        token[i] = (struct mh_token_entry){"l", "m", "d", "s", .key = key,
            .keys = MH_TOKEN_KEYS_MAX, .level = MH_PIN_LEVEL_LOW};
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_token_tokens_pack(&m, &buf);
    assert_int_equal(
        mh_token_tokens_unpack(mh_buf_get(&buf), arena, NULL, &back), MH_OK);
    assert_int_equal(back.tokens, MH_TOKENS_MAX);
    assert_int_equal(back.token[15].keys, MH_TOKEN_KEYS_MAX);
    assert_string_equal(back.token[15].key[31].label, "seal");
    assert_true(back.token[3].key[31].certificate);
    assert_int_equal(back.token[7].level, MH_PIN_LEVEL_LOW);
    mh_buf_byte(&buf, 0);
    assert_int_equal(
        mh_token_tokens_unpack(mh_buf_get(&buf), arena, NULL, &back),
        MH_EFORMAT);
    mh_buf_clear(&buf);
    m.tokens++;
    mh_token_tokens_pack(&m, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_clear(&buf);
    m.tokens = 1;
    token[0].keys++;
    mh_token_tokens_pack(&m, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_facts_limits),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_login),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
