/* What a web-eid token says, and what it has to be a signature over. */
#define MH_ALLOW_BANNED
#include "portal/people/webeid.h"

#include "tests/t.h"

#include "base/digest/digest.h"
#include "base/text.h"

#define CERT   "\"unverifiedCertificate\":\"AQID\""
#define ALG    "\"algorithm\":\"ES256\""
#define VALUE  "\"signature\":\"BAUG\""
#define FORMAT "\"format\":\"web-eid:1.0\""

static enum mh_code
read_text(const char *text, struct mh_arena *arena, struct pt_webeid *out)
{
    struct mh_err err = {.msg = ""};
    enum mh_code code = pt_webeid_read(mh_span_str(text), arena, &err, out);

    if (code != MH_OK && err.msg[0] == '\0')
        fail_msg("%.60s: no message", text);
    return code;
}

static void
test_read(void **state)
{
    static const struct {
        const char *text;
        enum mh_code code;
    } rows[] = {
        {"{" CERT "," ALG "," VALUE "," FORMAT "}", MH_OK},
        {"\r\n {" CERT "," ALG "," VALUE "," FORMAT ",\"x\":[1]}\t\n", MH_OK},
        {"{" CERT "," ALG "," VALUE ",\"format\":\"web-eid:1.1\"}", MH_OK},
        {"{" CERT "," ALG "," VALUE ",\"format\":\"web-eid:1\"}", MH_EFORMAT},
        {"{" CERT "," ALG "," VALUE ",\"format\":\"web-eid:2.0\"}", MH_EFORMAT},
        {"{" CERT "," ALG "," VALUE "}", MH_EFORMAT},
        {"{" CERT "," VALUE "," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," VALUE "," FORMAT ",\"algorithm\":\"ES25\"}", MH_EFORMAT},
        {"{" CERT "," VALUE "," FORMAT ",\"algorithm\":\"none\"}", MH_EFORMAT},
        {"{" ALG "," VALUE "," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," ALG "," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," ALG "," VALUE "," VALUE "," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," ALG ",\"signature\":\"\"," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," ALG ",\"signature\":\"BA UG\"," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," ALG ",\"signature\":\"BAU\"," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," ALG ",\"signature\":\"BA_G\"," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," ALG ",\"signature\":1," FORMAT "}", MH_EFORMAT},
        {"{" CERT "," ALG "," VALUE "," FORMAT "} {}", MH_EFORMAT},
        {"[]", MH_EFORMAT},
        {"", MH_EFORMAT},
    };
    struct mh_arena *arena = mh_arena_new(1U << 20);
    struct pt_webeid token;

    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (read_text(rows[i].text, arena, &token) != rows[i].code)
            fail_msg("row %zu", i);
    assert_int_equal(read_text(rows[0].text, arena, &token), MH_OK);
    assert_string_equal(token.algorithm, "ES256");
    assert_true(mh_span_is(token.certificate, "\1\2\3"));
    assert_true(mh_span_is(token.signature, "\4\5\6"));
    mh_arena_free(arena);
}

/* A token whose certificate has so many bytes. */
static enum mh_code
with_bytes(size_t cert, size_t value, size_t total, struct mh_arena *arena)
{
    uint8_t *zeros = mh_arena_alloc(arena, 16384);
    struct mh_buf text;
    struct pt_webeid token;
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    assert_non_null(zeros);
    memset(zeros, 0, 16384);
    mh_buf_init(&text, 65536);
    mh_buf_str(&text, "{\"unverifiedCertificate\":\"");
    mh_base64_encode((struct mh_span){zeros, cert}, &text);
    mh_buf_str(&text, "\",\"signature\":\"");
    mh_base64_encode((struct mh_span){zeros, value}, &text);
    mh_buf_str(&text, "\"," ALG "," FORMAT ",\"x\":\"");
    while (text.len + 2 < total)
        mh_buf_byte(&text, 'x');
    mh_buf_str(&text, "\"}");
    assert_true(mh_buf_ok(&text));
    code = pt_webeid_read(mh_buf_get(&text), arena, &err, &token);
    mh_buf_fini(&text);
    return code;
}

static void
test_limits(void **state)
{
    struct mh_arena *arena = mh_arena_new(1U << 20);

    (void)state;
    assert_non_null(arena);
    assert_int_equal(with_bytes(PT_WEBEID_CERT, 64, 0, arena), MH_OK);
    assert_int_equal(with_bytes(PT_WEBEID_CERT + 1, 64, 0, arena), MH_EFORMAT);
    assert_int_equal(with_bytes(9, PT_WEBEID_SIGNATURE, 0, arena), MH_OK);
    assert_int_equal(
        with_bytes(9, PT_WEBEID_SIGNATURE + 1, 0, arena), MH_EFORMAT);
    assert_int_equal(with_bytes(9, 9, PT_WEBEID_MAX, arena), MH_OK);
    assert_int_equal(with_bytes(9, 9, PT_WEBEID_MAX + 1, arena), MH_ELIMIT);
    mh_arena_free(arena);
}

/* H(origin) || H(nonce), the nonce as text. */
static void
test_message(void **state)
{
    static const char origin[] = "https://court.example", nonce[] = "bm9uY2U=";
    uint8_t out[PT_WEBEID_MESSAGE], want[2 * MH_DIGEST_MAX];
    struct mh_err err = {.msg = ""};
    size_t len;

    (void)state;
    assert_int_equal(
        mh_digest_once(MH_SHA384, mh_span_str(origin), &err, want), MH_OK);
    assert_int_equal(
        mh_digest_once(MH_SHA384, mh_span_str(nonce), &err, want + 48), MH_OK);
    assert_int_equal(
        pt_webeid_message("ES384", origin, nonce, &err, out, &len), MH_OK);
    assert_int_equal(len, 96);
    assert_memory_equal(out, want, 96);
    assert_int_equal(pt_webeid_message("PS384", "https://court.example/", nonce,
                         &err, out, &len),
        MH_OK);
    assert_memory_equal(out, want, 96);
    assert_int_equal(
        pt_webeid_message("RS512", origin, nonce, &err, out, &len), MH_OK);
    assert_int_equal(len, 128);
    assert_int_equal(
        pt_webeid_message("HS256", origin, nonce, &err, out, &len), MH_EFORMAT);
    assert_int_equal(len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_message),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
