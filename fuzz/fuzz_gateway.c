/*
 * The gateway of payments: answers to questions (TRTYPE 90) and to requests to
 * give money back (22), callbacks, P_SIGN, and the addresses and keys of the
 * set-up.  What nobody signed says nothing; what is signed decides only about
 * what was asked; what we write is read back as it was.
 *
 * The first byte says what the rest is: 0 a body as it comes, 1 and 2 fields
 * of an answer that the gateway then signs, else an address, keys and texts.
 */
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "portal/http/form.h"
#include "portal/money/gateway.h"

enum {
    PEM = 4096,
    BODY = 1 << 17,
};

static const char nonce[] = "00112233445566778899aabbccddeeff";
static char key[PEM], public[PEM];
static struct pt_gateway *gateway;
static struct pt_psign *sign;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
    if (!ok)
        abort();
}

static void
write_pem(EVP_PKEY *of, bool private, char out[static PEM])
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n;

    check(bio != NULL);
    check(
        (private ? PEM_write_bio_PrivateKey(bio, of, NULL, NULL, 0, NULL, NULL)
                 : PEM_write_bio_PUBKEY(bio, of)) == 1);
    n = BIO_read(bio, out, PEM - 1);
    check(n > 0);
    out[n] = '\0';
    (void)BIO_free(bio); /* of memory: it cannot fail */
}

static struct mh_payment_settings
settings(const char *url)
{
    return (struct mh_payment_settings){url, "17201019", "Mehkeme",
        mh_span_str(key), mh_span_str(public), MH_REFUNDS_AMOUNT_FIRST};
}

/* One key stands for both: what is signed is what the gateway signs. */
static void
set_up(void)
{
    EVP_PKEY *made = EVP_RSA_gen(2048U);
    struct mh_payment_settings set;

    check(made != NULL);
    write_pem(made, true, key);
    write_pem(made, false, public);
    EVP_PKEY_free(made);
    set = settings("https://bank.example/cgi-bin/x");
    check(pt_psign_new(set.key, set.gateway_key, NULL, &sign) == MH_OK);
    check(pt_gateway_open(&set, "https://court.example", NULL, &gateway) ==
          MH_OK);
}

/* ---- answers ---- */

struct said {
    enum mh_code code;
    struct pt_gateway_said of; /* of a question */
    enum pt_gateway_word back; /* of a request */
};

static struct said
read_both(struct mh_span body, bool question, struct mh_arena *arena)
{
    static const struct pt_gateway_order order = {
        .number = 100000, .amount = 7000, .id = "", .nonce = nonce};
    static const struct pt_gateway_back back = {.number = 100000,
        .amount = 7000,
        .type = PT_GATEWAY_REFUND,
        .rrn = "1",
        .int_ref = "2",
        .nonce = nonce};
    struct said s = {.code = MH_OK};

    s.code = question
                 ? pt_gateway_read(gateway, &order, body, arena, NULL, &s.of)
                 : pt_gateway_given(gateway, &back, body, arena, NULL, &s.back);
    check(s.code == MH_OK ||
          (s.of.word == PT_GATEWAY_WAITING && s.back == PT_GATEWAY_WAITING));
    return s;
}

static bool
is(const struct pt_form *form, const char *name, const char *value)
{
    const char *has = pt_form_get(form, name);

    return has != NULL && strcmp(has, value) == 0;
}

/* What decides is about this order, to the last qəpik. */
static void
check_about(const struct pt_form *form, const struct said *s, bool question)
{
    size_t rrn = strlen(s->of.rrn), ref = strlen(s->of.int_ref);

    check(is(form, "ORDER", "100000") && is(form, "AMOUNT", "70.00") &&
          is(form, "CURRENCY", "944") && is(form, "TERMINAL", "17201019") &&
          is(form, "TRTYPE", question ? "90" : "22") &&
          is(form, "NONCE", nonce));
    if (s->of.word == PT_GATEWAY_PAID)
        check(is(form, "ACTION", "0") && is(form, "RC", "00") && rrn > 0 &&
              rrn <= PT_GATEWAY_REF && ref > 0 && ref <= PT_GATEWAY_REF);
    if (s->back == PT_GATEWAY_PAID)
        check(is(form, "ACTION", "0") || is(form, "ACTION", "1"));
    if (s->of.word == PT_GATEWAY_DECLINED || s->back == PT_GATEWAY_DECLINED)
        check(is(form, "ACTION", "2"));
}

static void
signed_answer(struct mh_span fields, bool question, struct mh_arena *arena)
{
    static const char *const names[] = {"ORDER", "AMOUNT", "CURRENCY",
        "TERMINAL", "TRTYPE", "ACTION", "RC", "APPROVAL", "RRN", "INT_REF",
        "TIMESTAMP", "NONCE"};
    struct mh_buf mac, body;
    char hex[PT_PSIGN_HEX];
    struct pt_form form;
    struct said s;

    if (pt_form_parse(fields, arena, NULL, &form) != MH_OK)
        return;
    mh_buf_init(&mac, PT_PSIGN_MAC_MAX);
    mh_buf_init(&body, BODY);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        pt_psign_add(&mac, pt_form_get(&form, names[i]));
    if (mh_buf_ok(&mac)) {
        check(pt_psign_make(sign, mh_buf_get(&mac), NULL, hex) == MH_OK);
        mh_buf_span(&body, fields);
        mh_buf_printf(&body, "&P_SIGN=%s", hex);
        check(mh_buf_ok(&body));
        s = read_both(mh_buf_get(&body), question, arena);
        if (s.code == MH_OK)
            check_about(&form, &s, question);
        body.ptr[body.len - 1] ^= 1; /* 0 and 1, a and `, and so on */
        check(read_both(mh_buf_get(&body), question, arena).code == MH_EFORMAT);
    }
    mh_buf_fini(&mac);
    mh_buf_fini(&body);
}

/* ---- set-up and requests ---- */

static void
addresses(const char *text)
{
    struct mh_payment_settings set = settings(text);
    struct pt_gateway *g = NULL;
    struct pt_psign *p = NULL;

    if (pt_gateway_open(&set, "https://x", NULL, &g) == MH_OK && g != NULL)
        check(strpbrk(pt_gateway_url(g), "?#%") == NULL &&
              strpbrk(pt_gateway_origin(g), "@;, '\"[]?#%") == NULL);
    pt_gateway_free(g);
    if (pt_psign_new(mh_span_str(text), mh_span_str(public), NULL, &p) == MH_OK)
        pt_psign_free(p);
    if (pt_psign_new(mh_span_str(key), mh_span_str(text), NULL, &p) == MH_OK)
        pt_psign_free(p);
    check(!pt_psign_good(sign, mh_span_str("x"), text));
}

/* References of any clean text come out as they went in. */
static void
requests(const char *text, struct mh_arena *arena)
{
    char ref[PT_GATEWAY_REF + 1];
    const struct pt_gateway_back back = {
        100000, 7000, 1795000000, PT_GATEWAY_REVERSAL, ref, ref, nonce};
    const struct pt_gateway_order order = {.number = 100000,
        .amount = 7000,
        .now = 1795000000,
        .id = ref,
        .lang = (enum mh_lang)(text[0] & 3),
        .nonce = nonce};
    static struct pt_gateway_form page;
    struct mh_buf body;
    struct pt_form form;

    (void)snprintf(ref, sizeof(ref), "%.*s", PT_GATEWAY_REF, text); /* cut */
    if (!mh_text_is_clean(mh_span_str(ref), PT_GATEWAY_REF))
        return;
    mh_buf_init(&body, BODY);
    check(pt_gateway_give(gateway, &back, NULL, &body) == MH_OK);
    check(pt_form_parse(mh_buf_get(&body), arena, NULL, &form) == MH_OK);
    check(is(&form, "RRN", ref) && is(&form, "INT_REF", ref) &&
          is(&form, "TRTYPE", "24") && is(&form, "AMOUNT", "70.00"));
    mh_buf_clear(&body);
    check(pt_gateway_ask(gateway, &order, NULL, &body) == MH_OK);
    check(pt_form_parse(mh_buf_get(&body), arena, NULL, &form) == MH_OK);
    check(is(&form, "TRTYPE", "90") && is(&form, "ORDER", "100000"));
    mh_buf_fini(&body);
    check(pt_gateway_pay(gateway, &order, NULL, &page) == MH_OK);
    check(page.fields > 0 && page.fields <= PT_GATEWAY_FIELDS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(8U << 20);
    struct mh_span rest = {data, len};
    const char *text;

    check(arena != NULL);
    if (gateway == NULL)
        set_up();
    if (len > 0)
        rest = (struct mh_span){data + 1, len - 1};
    if (len > 0 && (data[0] & 3) == 0) {
        check(read_both(rest, true, arena).code != MH_OK);
        check(read_both(rest, false, arena).code != MH_OK);
    } else if (len > 0 && (data[0] & 3) < 3) {
        signed_answer(rest, (data[0] & 3) == 1, arena);
    } else if (rest.len <= PT_FORM_MAX) {
        text = mh_arena_str(arena, rest);
        check(text != NULL);
        addresses(text);
        requests(text, arena);
    }
    mh_arena_free(arena);
    return 0;
}
