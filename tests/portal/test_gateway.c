/* portal/money/gateway and psign: what is signed, and which answers count. */
#include "tests/t.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "portal/money/gateway.h"

struct fixture {
    char key[8192], public[2048];
    struct pt_psign *sign; /* our key, and the same as the gateway's */
    struct pt_gateway *gateway;
    struct mh_arena *arena;
};

static void
pem_of(EVP_PKEY *key, bool private, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n;

    assert_non_null(bio);
    assert_int_equal(
        private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
                : PEM_write_bio_PUBKEY(bio, key),
        1);
    n = BIO_read(bio, out, (int)size - 1);
    assert_true(n > 0);
    out[n] = '\0';
    (void)BIO_free(bio); /* of memory */
}

static int
setup(void **state)
{
    static struct fixture f;
    EVP_PKEY *key = EVP_RSA_gen(2048U);
    struct mh_payment_settings set = {.url = "https://bank.example/cgi-bin/x",
        .terminal = "17201019",
        .merchant = "Mehkeme"};

    assert_non_null(key);
    pem_of(key, true, f.key, sizeof(f.key));
    pem_of(key, false, f.public, sizeof(f.public));
    EVP_PKEY_free(key);
    set.key = mh_span_str(f.key);
    set.gateway_key = mh_span_str(f.public);
    assert_int_equal(
        pt_psign_new(set.key, set.gateway_key, NULL, &f.sign), MH_OK);
    assert_int_equal(
        pt_gateway_open(&set, "https://court.example.az", NULL, &f.gateway),
        MH_OK);
    f.arena = mh_arena_new(1 << 20);
    assert_non_null(f.arena);
    *state = &f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    pt_psign_free(f->sign);
    pt_gateway_free(f->gateway);
    mh_arena_free(f->arena);
    return 0;
}

static void
test_source(void **state)
{
    static const char *const values[] = {"120.00", "944", "17201019", "1",
        "20261122101530", "F1B5A0C4D2E39788", "https://court.example.az"};
    static const char want[] = "6120.00394481720101911142026112210153016"
                               "F1B5A0C4D2E3978824https://court.example.az--";
    struct mh_buf mac;

    (void)state;
    mh_buf_init(&mac, PT_PSIGN_MAC_MAX);
    for (size_t i = 0; i < T_COUNT(values); i++)
        pt_psign_add(&mac, values[i]);
    pt_psign_add(&mac, "");
    pt_psign_add(&mac, NULL);
    assert_true(mh_buf_ok(&mac));
    assert_int_equal(mac.len, sizeof(want) - 1);
    assert_memory_equal(mac.ptr, want, mac.len);
    mh_buf_fini(&mac);
}

static void
test_sign(void **state)
{
    struct fixture *f = *state;
    char hex[PT_PSIGN_HEX], other[PT_PSIGN_HEX];
    struct mh_span mac = mh_span_str("3abc");

    assert_int_equal(pt_psign_make(f->sign, mac, NULL, hex), MH_OK);
    assert_int_equal(strlen(hex), 512);
    assert_true(pt_psign_good(f->sign, mac, hex));
    assert_false(pt_psign_good(f->sign, mh_span_str("3abd"), hex));
    assert_false(pt_psign_good(f->sign, mac, ""));
    assert_false(pt_psign_good(f->sign, mac, NULL));
    assert_false(pt_psign_good(f->sign, mac, hex + 1)); /* half a byte */
    assert_false(pt_psign_good(f->sign, mac, hex + 2));
    memcpy(other, hex, sizeof(hex));
    other[0] = 'g';
    assert_false(pt_psign_good(f->sign, mac, other));
    memset(other, '0', sizeof(other) - 1); /* the longest */
    other[sizeof(other) - 1] = '\0';
    assert_false(pt_psign_good(f->sign, mac, other));
}

static void
test_keys(void **state)
{
    struct fixture *f = *state;
    EVP_PKEY *small = EVP_RSA_gen(1024U), *curve = EVP_EC_gen("P-256");
    struct mh_span good = mh_span_str(f->key), public = mh_span_str(f->public);
    struct mh_err err = {.msg = ""};
    struct pt_psign *p = NULL;
    char pem[4096];

    pem_of(small, true, pem, sizeof(pem));
    assert_int_equal(
        pt_psign_new(mh_span_str(pem), public, &err, &p), MH_EFORMAT);
    assert_null(p);
    pem_of(curve, true, pem, sizeof(pem));
    assert_int_equal(
        pt_psign_new(mh_span_str(pem), public, &err, &p), MH_EFORMAT);
    assert_int_equal(pt_psign_new(good, good, &err, &p), MH_EFORMAT);
    assert_int_equal(pt_psign_new(public, public, &err, &p), MH_EFORMAT);
    assert_int_equal(
        pt_psign_new(mh_span_str(""), public, &err, &p), MH_EFORMAT);
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
}

static struct pt_gateway *
gateway_of(struct fixture *f, enum mh_refunds refunds)
{
    const struct mh_payment_settings set = {"https://bank.example/cgi-bin/x",
        "17201019", "Mehkeme", mh_span_str(f->key), mh_span_str(f->public),
        refunds};
    struct pt_gateway *g = NULL;

    assert_int_equal(
        pt_gateway_open(&set, "https://court.example.az", NULL, &g), MH_OK);
    assert_non_null(g);
    return g;
}

/* An answer: fields in the order that is signed; one of them another than
   what was signed, where flip says which. */
static void
write_answer(struct fixture *f, const char *const value[static 12], int flip,
    struct mh_buf *body)
{
    static const char *const names[] = {"ORDER", "AMOUNT", "CURRENCY",
        "TERMINAL", "TRTYPE", "ACTION", "RC", "APPROVAL", "RRN", "INT_REF",
        "TIMESTAMP", "NONCE"};
    struct mh_buf mac;
    char hex[PT_PSIGN_HEX];

    mh_buf_init(&mac, PT_PSIGN_MAC_MAX);
    mh_buf_init(body, 65536);
    for (int i = 0; i < 12; i++) {
        pt_psign_add(&mac, value[i]);
        mh_buf_printf(body, "%s=%s&", names[i], i == flip ? "7" : value[i]);
    }
    assert_int_equal(
        pt_psign_make(f->sign, mh_buf_get(&mac), NULL, hex), MH_OK);
    mh_buf_str(body, "P_SIGN=");
    mh_buf_str(body, hex);
    assert_true(mh_buf_ok(body));
    mh_buf_fini(&mac);
}

static enum mh_code
read_answer(struct fixture *f, const char *const value[static 12], int flip,
    struct pt_gateway_said *said)
{
    const struct pt_gateway_order order = {.number = 100000,
        .amount = 7000,
        .now = 0,
        .id = "",
        .nonce = "00112233445566778899aabbccddeeff"};
    struct mh_buf body;
    enum mh_code code;

    write_answer(f, value, flip, &body);
    code = pt_gateway_read(
        f->gateway, &order, mh_buf_get(&body), f->arena, NULL, said);
    mh_buf_fini(&body);
    return code;
}

#define ANSWER(action, rc, rrn, ref)                                           \
    {                                                                          \
        "100000", "70.00", "944", "17201019", "90", (action), (rc), "123456",  \
            (rrn), (ref), "20261127101530", "00112233445566778899aabbccddeeff" \
    }

static void
test_answers(void **state)
{
    static const char max[] = "12345678901234567890123456789012";
    static const char past[] = "123456789012345678901234567890123";
    const struct {
        const char *value[12];
        int code; /* -1: refused */
    } rows[] = {
        {ANSWER("0", "00", "123", "AB"), PT_GATEWAY_PAID},
        {ANSWER("0", "00", max, max), PT_GATEWAY_PAID},
        {ANSWER("0", "00", past, "AB"), -1},
        {ANSWER("0", "00", "123", past), -1},
        {ANSWER("0", "00", "", "AB"), -1},
        {ANSWER("0", "00", "123", ""), -1},
        {ANSWER("0", "05", "123", "AB"), PT_GATEWAY_WAITING},
        {ANSWER("0", "0", "123", "AB"), PT_GATEWAY_WAITING},
        {ANSWER("00", "00", "123", "AB"), PT_GATEWAY_WAITING},
        {ANSWER("1", "00", "123", "AB"), PT_GATEWAY_WAITING},
        {ANSWER("2", "05", "", ""), PT_GATEWAY_DECLINED},
        {ANSWER("3", "-24", "", ""), PT_GATEWAY_WAITING},
        {ANSWER("6", "00", "123", "AB"), PT_GATEWAY_WAITING},
    };
    struct fixture *f = *state;
    struct pt_gateway_said said;

    for (size_t i = 0; i < T_COUNT(rows); i++) {
        enum mh_code code = read_answer(f, rows[i].value, -1, &said);

        if ((code == MH_OK) != (rows[i].code >= 0) ||
            (code == MH_OK && (int)said.word != rows[i].code))
            fail_msg("row %zu: %d", i, (int)code);
    }
    /* What is flipped after it was signed is no answer. */
    for (int flip = 0; flip < 12; flip++) {
        assert_int_equal(
            read_answer(f, rows[0].value, flip, &said), MH_EFORMAT);
        assert_int_equal(said.word, PT_GATEWAY_WAITING);
    }
    /* And signed, it is one about this question only. */
    for (int other = 0; other < 12; other++) {
        const char *value[12];

        memcpy(value, rows[0].value, sizeof(value));
        value[other] = "7";
        if (other < 5 || other == 11)
            assert_int_equal(read_answer(f, value, -1, &said), MH_EFORMAT);
    }
}

static void
test_form(void **state)
{
    struct fixture *f = *state;
    static struct pt_gateway_form form;
    const struct pt_gateway_order order = {.number = 123456,
        .amount = 5,
        .now = 1795000000,
        .id = "abcdefghijklmnopqrstuvwxyz",
        .lang = MH_RU,
        .nonce = "00112233445566778899aabbccddeeff"};
    static const struct {
        const char *name, *value;
    } want[] = {{"AMOUNT", "0.05"}, {"CURRENCY", "944"}, {"ORDER", "123456"},
        {"TRTYPE", "1"}, {"TIMESTAMP", "20261118110640"}, {"LANG", "RU"},
        {"BACKREF", "https://court.example.az/payments/"
                    "abcdefghijklmnopqrstuvwxyz/back"}};

    assert_int_equal(pt_gateway_pay(f->gateway, &order, NULL, &form), MH_OK);
    for (size_t i = 0; i < T_COUNT(want); i++) {
        size_t n = 0;

        while (n < form.fields && strcmp(form.field[n].name, want[i].name) != 0)
            n++;
        assert_true(n < form.fields);
        assert_string_equal(form.field[n].value, want[i].value);
    }
    assert_string_equal(pt_gateway_origin(f->gateway), "https://bank.example");
}

/* The request to give money back: its fields, and the order that is signed. */
static void
test_give(void **state)
{
    static const char *const order[MH_REFUNDS_END] = {
        [MH_REFUNDS_AMOUNT_FIRST] = "570.003944817201019224"
                                    "61000003RRN3REF",
        [MH_REFUNDS_ORDER_FIRST] = "6100000570.003944817201019"
                                   "2243RRN3REF"};
    static const char want[] =
        "ORDER=100000&AMOUNT=70.00&CURRENCY=944&RRN=RRN&INT_REF=REF"
        "&TERMINAL=17201019&TRTYPE=24&TIMESTAMP=20261118110640"
        "&NONCE=00112233445566778899aabbccddeeff&P_SIGN=";
    struct fixture *f = *state;
    const struct pt_gateway_back back = {100000, 7000, 1795000000,
        PT_GATEWAY_REVERSAL, "RRN", "REF", "00112233445566778899aabbccddeeff"};

    for (int n = MH_REFUNDS_AMOUNT_FIRST; n < MH_REFUNDS_END; n++) {
        struct pt_gateway *g = gateway_of(f, (enum mh_refunds)n);
        struct mh_buf body;
        char hex[PT_PSIGN_HEX];

        assert_true(pt_gateway_gives(g));
        mh_buf_init(&body, 65536);
        assert_int_equal(pt_gateway_give(g, &back, NULL, &body), MH_OK);
        assert_int_equal(
            pt_psign_make(f->sign, mh_span_str(order[n]), NULL, hex), MH_OK);
        assert_int_equal(body.len, sizeof(want) - 1 + strlen(hex));
        assert_memory_equal(body.ptr, want, sizeof(want) - 1);
        assert_memory_equal(body.ptr + sizeof(want) - 1, hex, strlen(hex));
        mh_buf_fini(&body);
        pt_gateway_free(g);
    }
    assert_false(pt_gateway_gives(f->gateway));
    assert_false(pt_gateway_gives(NULL));
}

/* What an answer to it says; other: a field that is not as it was asked. */
static void
test_given(void **state)
{
    static const struct {
        const char *type, *action, *rc;
        int word; /* -1: refused */
    } rows[] = {{"22", "0", "00", PT_GATEWAY_PAID},
        {"22", "1", "94", PT_GATEWAY_PAID},
        {"22", "0", "05", PT_GATEWAY_WAITING},
        {"22", "2", "05", PT_GATEWAY_DECLINED},
        {"22", "3", "-24", PT_GATEWAY_WAITING}, {"24", "0", "00", -1},
        {"90", "0", "00", -1}, {"1", "0", "00", -1}, {"", "0", "00", -1},
        {"022", "0", "00", -1}};
    struct fixture *f = *state;
    const struct pt_gateway_back back = {100000, 7000, 0, PT_GATEWAY_REFUND,
        "123", "AB", "00112233445566778899aabbccddeeff"};

    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *value[12] = ANSWER(rows[i].action, rows[i].rc, "123", "AB");
        enum pt_gateway_word word = PT_GATEWAY_PAID;
        struct mh_buf body;
        enum mh_code code;

        value[4] = rows[i].type;
        write_answer(f, value, -1, &body);
        code = pt_gateway_given(
            f->gateway, &back, mh_buf_get(&body), f->arena, NULL, &word);
        if ((code == MH_OK) != (rows[i].word >= 0) ||
            (int)word != (code == MH_OK ? rows[i].word : PT_GATEWAY_WAITING))
            fail_msg("row %zu: %d %d", i, (int)code, (int)word);
        mh_buf_fini(&body);
        write_answer(f, value, (int)i % 12, &body); /* flipped */
        assert_int_equal(pt_gateway_given(f->gateway, &back, mh_buf_get(&body),
                             f->arena, NULL, &word),
            MH_EFORMAT);
        assert_int_equal(word, PT_GATEWAY_WAITING);
        mh_buf_fini(&body);
    }
}

static void
test_urls(void **state)
{
    static const char *const bad[] = {"bank", "https://a@bank/x",
        "https://bank;x/", "https://bank/x?y", "https://bank/x#y",
        "https://bank 'unsafe-inline'/", "https://ba%20nk/", "x?y://bank/",
        "ftp://bank/", "https:/bank"};
    struct fixture *f = *state;
    struct mh_payment_settings set = {.terminal = "1",
        .merchant = "m",
        .key = mh_span_str(f->key),
        .gateway_key = mh_span_str(f->public)};
    struct pt_gateway *g = NULL;

    for (size_t i = 0; i < T_COUNT(bad); i++) {
        set.url = bad[i];
        assert_int_equal(
            pt_gateway_open(&set, "https://x", NULL, &g), MH_EFORMAT);
        assert_null(g);
    }
    set.url = "";
    assert_int_equal(pt_gateway_open(&set, "https://x", NULL, &g), MH_OK);
    assert_null(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_give),
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_urls),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
