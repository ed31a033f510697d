/*
 * An accepted value is wholly made of values, none of it can be left out at
 * the end, and what the readers of content take has one form alone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "docformat/der/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The shortest INTEGER of a number is the one that was read. */
static void
check_uint(struct mh_span body)
{
    uint8_t made[9];
    size_t n = sizeof(made);
    uint64_t v;

    if (!df_der_uint(body, &v))
        return;
    do
        made[--n] = (uint8_t)v;
    while ((v >>= 8) != 0);
    if ((made[n] & 0x80) != 0)
        made[--n] = 0;
    if (!mh_span_eq(body, (struct mh_span){made + n, sizeof(made) - n}))
        abort();
}

static void
check_bits(struct mh_span body)
{
    struct mh_span whole;
    uint32_t bits;

    if (df_der_bits(body, &bits) && body.len > 1 && body.len <= 5 &&
        (bits >> (8 * (body.len - 1) - body.ptr[0] - 1)) != 1)
        abort();
    if (df_der_bit_bytes(body, &whole) && whole.len != body.len - 1)
        abort();
}

/* A time of DER is one of RFC 3161 too, and the same. */
static void
check_time(unsigned tag, struct mh_span body)
{
    int64_t a, b;

    if (!df_der_time(tag, body, &a))
        return;
    if (tag == DF_GENERALIZED_TIME ? !df_der_gentime(body, &b) || a != b
                                   : df_der_gentime(body, &b))
        abort();
}

static void
check_content(const struct df_tlv *t)
{
    char text[64], again[64];
    bool b;

    switch (t->tag) {
    case DF_BOOLEAN:
        if (!df_der_bool(t->body, &b))
            abort();
        break;
    case DF_INTEGER:
        check_uint(t->body);
        break;
    case DF_BIT_STRING:
        check_bits(t->body);
        break;
    case DF_OID:
        if (df_der_oid_text(t->body, text, sizeof(text)) &&
            (strspn(text, "0123456789.") != strlen(text) ||
                df_der_oid_text(t->body, again, strlen(text))))
            abort();
        break;
    case DF_UTC_TIME:
    case DF_GENERALIZED_TIME:
        check_time(t->tag, t->body);
        (void)df_der_gentime(t->body, &(int64_t){0}); /* may be another form */
        break;
    default:
        break;
    }
}

/* Every way to read the next value gives the same bytes. */
static void
check_ways(const struct df_der *at, const struct df_tlv *t)
{
    struct df_der d = *at, sub;
    struct mh_span body;

    if (df_der_peek(&d) != t->tag ||
        !mh_span_eq(df_der_get(&d, t->tag), t->body))
        abort();
    d = *at;
    if (!mh_span_eq(df_der_get_all(&d, t->tag), t->all))
        abort();
    d = *at;
    if (df_der_opt(&d, t->tag ^ 1, &body) || d.bad ||
        !df_der_opt(&d, t->tag, &body) || !mh_span_eq(body, t->body))
        abort();
    d = *at;
    sub = df_der_enter(&d, t->tag);
    if (sub.bad || !mh_span_eq(sub.in, t->body))
        abort();
    d = *at;
    (void)df_der_get(&d, t->tag ^ 1); /* the wrong one, which is remembered */
    if (!d.bad || df_der_more(&d))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_span in = {data, len};
    struct df_der d = df_der_from(in);
    struct df_tlv t;
    size_t sum = 0;

    if (df_der_check(in, NULL) != MH_OK)
        return 0;
    while (df_der_more(&d)) {
        struct df_der at = d;

        if (!df_der_any(&d, &t))
            abort();
        sum += t.all.len;
        check_content(&t);
        check_ways(&at, &t);
    }
    if (!df_der_done(&d) || sum != len)
        abort();
    if (len != 0 &&
        df_der_check((struct mh_span){data, len - 1}, NULL) == MH_OK)
        abort();
    return 0;
}
