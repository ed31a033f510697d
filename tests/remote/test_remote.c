/* base/remote: verification codes, addresses, requests and answers. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "signer/remote/remote.h"

static struct mh_arena *arena;

/* The published vectors (domain.md 1.5). */
static void
test_codes(void **state)
{
    static const struct {
        const char *text;
        enum mh_digest_alg alg;
        const char *code;
    } rows[] = {{"HACKERMAN_SHA256", MH_SHA256, "6008"},
        {"HACKERMAN_SHA384", MH_SHA384, "7230"},
        {"HACKERMAN_SHA512", MH_SHA512, "3843"},
        {"HACKERMAN", MH_SHA256, "0104"}, {"HACKERMAN", MH_SHA384, "5781"},
        {"HACKERMAN", MH_SHA512, "4667"}};
    static const uint8_t sha1[] = {0x2f, 0x66, 0x5f, 0x6a, 0x69, 0x99, 0xe0,
        0xef, 0x07, 0x52, 0xe0, 0x0e, 0xc9, 0xf4, 0x53, 0xad, 0xf5, 0x9d, 0x8c,
        0xb6};
    uint8_t hash[MH_DIGEST_MAX];
    char code[5];

    (void)state;
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        assert_int_equal(
            mh_digest_once(rows[i].alg, mh_span_str(rows[i].text), NULL, hash),
            MH_OK);
        T_CHECK(rows[i].code,
            mh_remote_code(
                (struct mh_span){hash, mh_digest_length(rows[i].alg)}, code));
        assert_string_equal(code, rows[i].code);
    }
    assert_true(mh_remote_code((struct mh_span){sha1, 20}, code));
    assert_string_equal(code, "1462");
    assert_false(mh_remote_code((struct mh_span){sha1, 19}, code));
    memset(hash, 0xff, sizeof(hash));
    assert_true(mh_remote_code((struct mh_span){hash, 32}, code));
    assert_string_equal(code, "8191");
}

static void
test_texts(void **state)
{
    (void)state;
    for (int o = 0; o < MH_REMOTE_OUTCOMES; o++) {
        const char *name = mh_remote_name((enum mh_remote_outcome)o);

        for (int l = 0; l < MH_LANGS; l++) {
            const char *text =
                mh_remote_text((enum mh_remote_outcome)o, (enum mh_lang)l);

            T_CHECK(name, strlen(text) > 3);
            for (int p = 0; p < o; p++)
                T_CHECK(
                    name, strcmp(text, mh_remote_text((enum mh_remote_outcome)p,
                                           (enum mh_lang)l)) != 0);
        }
    }
}

static void
test_addresses(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {{"+994501234567/012345", true}, {"+1234567/0000", true},
        {"+123456789012345/123456789012345", true}, {"+123456/0000", false},
        {"+1234567890123456/0000", false}, {"+1234567/000", false},
        {"+1234567/1234567890123456", false}, {"994501234567/012345", false},
        {"+994501234567", false}, {"+994501234567/", false},
        {"+994501234567/01234a", false}, {"+99450 1234567/012345", false},
        {"+994501234567/012345 ", false}, {"", false}};
    char phone[24], user[16];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(rows[i].text,
            mh_mid_address(rows[i].text, phone, user) == rows[i].good);
    assert_true(mh_mid_address(rows[0].text, phone, user));
    assert_string_equal(phone, "+994501234567");
    assert_string_equal(user, "012345"); /* its zero is kept */
}

static void
test_requests(void **state)
{
    struct mh_mid_profile p;
    uint8_t digest[32] = {1, 2, 3};
    struct mh_mid_sign s = {.phone = "+994501234567",
        .user = "012345",
        .alg = MH_SHA256,
        .digest = {digest, 32},
        .lang = MH_RU,
        .text = "Court"};
    char text[128];
    struct mh_buf out;

    (void)state;
    assert_false(mh_mid_profile_of("other", "u", "n", &p));
    assert_true(mh_mid_profile_of("mid", "u", "n", &p));
    mh_buf_init(&out, MH_MESSAGE_MAX);
    assert_int_equal(mh_mid_sign_request(&p, &s, NULL, &out), MH_OK);
    assert_true(mh_span_eq(mh_buf_get(&out),
        mh_span_str("{\"relyingPartyUUID\":\"u\",\"relyingPartyName\":\"n\","
                    "\"phoneNumber\":\"+994501234567\","
                    "\"nationalIdentityNumber\":\"012345\",\"hash\":"
                    "\"AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
                    "\"hashType\":\"SHA256\",\"language\":\"RUS\","
                    "\"displayText\":\"Court\","
                    "\"displayTextFormat\":\"GSM-7\"}")));
    mh_buf_clear(&out);
    assert_true(mh_mid_profile_of("asan", "u", "n", &p));
    assert_int_equal(
        mh_mid_certificate_request(&p, s.phone, s.user, NULL, &out), MH_OK);
    assert_true(mh_span_eq(mh_buf_get(&out),
        mh_span_str("{\"relyingPartyUUID\":\"u\",\"relyingPartyName\":\"n\","
                    "\"phone\":\"+994501234567\",\"userId\":\"012345\"}")));
    /* At the limit of the text, and past it. */
    memset(text, 'a', sizeof(text));
    text[100] = '\0';
    s.text = text;
    mh_buf_clear(&out);
    assert_int_equal(mh_mid_sign_request(&p, &s, NULL, &out), MH_OK);
    text[100] = 'a';
    text[101] = '\0';
    assert_int_equal(mh_mid_sign_request(&p, &s, NULL, &out), MH_EUNSUP);
    s.text = "";
    s.digest.len = 31;
    assert_int_equal(mh_mid_sign_request(&p, &s, NULL, &out), MH_EUNSUP);
    s.digest.len = 32;
    s.alg = MH_SHA1;
    assert_int_equal(mh_mid_sign_request(&p, &s, NULL, &out), MH_EUNSUP);
    mh_buf_fini(&out);
}

static void
test_status_answers(void **state)
{
    static const struct {
        const char *body;
        uint32_t status;
        enum mh_remote_outcome outcome;
    } rows[] = {{"{\"state\":\"RUNNING\"}", 200, MH_REMOTE_PENDING},
        {"{\"state\":\"COMPLETE\",\"result\":\"OK\",\"signature\":{\"value\":"
         "\"AQID\"},\"more\":[1]}",
            200, MH_REMOTE_OK},
        {"{\"state\":\"COMPLETE\",\"result\":\"OK\",\"signature\":{\"value\":"
         "\"AQI*\"}}",
            200, MH_REMOTE_MALFORMED},
        {"{\"state\":\"COMPLETE\",\"result\":\"OK\"}", 200,
            MH_REMOTE_MALFORMED},
        {"{\"state\":\"COMPLETE\",\"result\":\"TIMEOUT\"}", 200,
            MH_REMOTE_TIMEOUT},
        {"{\"state\":\"COMPLETE\",\"result\":\"USER_CANCELLED\"}", 200,
            MH_REMOTE_CANCELLED},
        {"{\"state\":\"COMPLETE\",\"result\":\"NOT_MID_CLIENT\"}", 200,
            MH_REMOTE_NOT_CLIENT},
        {"{\"state\":\"COMPLETE\",\"result\":\"SIGNATURE_HASH_MISMATCH\"}", 200,
            MH_REMOTE_HASH_MISMATCH},
        {"{\"state\":\"COMPLETE\",\"result\":\"PHONE_ABSENT\"}", 200,
            MH_REMOTE_ABSENT},
        {"{\"state\":\"COMPLETE\",\"result\":\"DELIVERY_ERROR\"}", 200,
            MH_REMOTE_DELIVERY},
        {"{\"state\":\"COMPLETE\",\"result\":\"SIM_ERROR\"}", 200,
            MH_REMOTE_SIM},
        {"{\"state\":\"COMPLETE\",\"result\":7}", 200, MH_REMOTE_MALFORMED},
        {"{\"state\":\"DONE\"}", 200, MH_REMOTE_MALFORMED},
        {"[]", 200, MH_REMOTE_MALFORMED}, {"", 200, MH_REMOTE_MALFORMED},
        {"{\"state\":\"RUNNING\",\"state\":\"COMPLETE\"}", 200,
            MH_REMOTE_MALFORMED},
        {"{\"state\":\"RUNNING\"} x", 200, MH_REMOTE_MALFORMED},
        {"", 400, MH_REMOTE_BAD_REQUEST}, {"", 401, MH_REMOTE_REFUSED},
        {"", 404, MH_REMOTE_EXPIRED}, {"", 405, MH_REMOTE_BAD_REQUEST},
        {"", 429, MH_REMOTE_UNAVAILABLE}, {"", 500, MH_REMOTE_UNAVAILABLE},
        {"", 302, MH_REMOTE_UNAVAILABLE}};

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        enum mh_remote_outcome outcome;
        struct mh_span value = {0};

        assert_int_equal(mh_mid_status_reply(mh_span_str(rows[i].body),
                             rows[i].status, arena, NULL, &outcome, &value),
            MH_OK);
        T_CHECK(rows[i].body, outcome == rows[i].outcome);
        T_CHECK(rows[i].body, (value.len == 3) == (outcome == MH_REMOTE_OK));
    }
}

static void
test_sessions(void **state)
{
    char body[128];

    (void)state;
    for (size_t n = 0; n <= 66; n++) {
        enum mh_remote_outcome outcome;
        const char *session = "";
        char name[80];

        memset(name, 'a', sizeof(name));
        name[n] = '\0';
        (void)snprintf(body, sizeof(body), "{\"sessionID\":\"%s\"}", name);
        assert_int_equal(mh_mid_sign_reply(mh_span_str(body), 200, arena, NULL,
                             &outcome, &session),
            MH_OK);
        assert_int_equal(outcome, n >= 1 && n <= MH_MID_SESSION_MAX
                                      ? MH_REMOTE_OK
                                      : MH_REMOTE_MALFORMED);
        if (outcome == MH_REMOTE_OK)
            assert_string_equal(session, name);
    }
    for (const char *c = "/?#%. \\&"; *c != '\0'; c++) {
        enum mh_remote_outcome outcome;
        const char *session;

        (void)snprintf(body, sizeof(body), "{\"sessionID\":\"a%cb\"}", *c);
        assert_int_equal(mh_mid_sign_reply(mh_span_str(body), 200, arena, NULL,
                             &outcome, &session),
            MH_OK);
        assert_int_equal(outcome, MH_REMOTE_MALFORMED);
    }
}

static int
set_up(void **state)
{
    (void)state;
    arena = mh_arena_new(1 << 20);
    return arena == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    mh_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_status_answers),
        cmocka_unit_test(test_sessions),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
