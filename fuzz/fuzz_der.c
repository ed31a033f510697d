/*
 * An accepted value is wholly made of values, and none of it can be left out
 * at the end; whatever a value is read as agrees with its bytes.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "docformat/der/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Every reading of one value. */
static void
read_as(const struct df_tlv *t)
{
    struct mh_span bytes;
    uint64_t number = 0;
    uint32_t bits = 0;
    int64_t time, again;
    bool truth = false;
    char text[64];

    if (df_der_uint(t->body, &number) &&
        (!df_der_integer_valid(t->body) || t->body.len > 9 ||
            (t->body.ptr[t->body.len - 1] ^ number) & 0xff))
        abort();
    if (df_der_bool(t->body, &truth) &&
        (t->body.len != 1 || truth != (t->body.ptr[0] == 0xff)))
        abort();
    if (df_der_bit_bytes(t->body, &bytes) && bytes.len + 1 != t->body.len)
        abort();
    if (df_der_bits(t->body, &bits) && t->body.len == 1 && bits != 0)
        abort();
    if (df_der_time(t->tag, t->body, &time) && t->tag == DF_GENERALIZED_TIME &&
        (!df_der_gentime(t->body, &again) || again != time))
        abort();
    if (df_der_oid_text(t->body, text, sizeof(text)) &&
        !df_der_oid_valid(t->body))
        abort();
}

/* The inner values of one that holds some; depth is checked before. */
static void
walk(struct df_der d, int depth) /* NOLINT(misc-no-recursion) */
{
    struct mh_span optional;
    struct df_tlv t;

    while (df_der_more(&d)) {
        struct df_der at = d, inside = d;
        unsigned tag = df_der_peek(&d);

        if (df_der_opt(&at, tag ^ 1U, &optional))
            abort(); /* another tag than there is */
        if (!df_der_any(&d, &t))
            abort();
        if (!mh_span_eq(df_der_get_all(&inside, tag), t.all))
            abort();
        read_as(&t);
        inside = at;
        if ((tag & 0x20) != 0 && depth > 0)
            walk(df_der_enter(&inside, tag), depth - 1);
    }
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
    walk(d, (int)MH_DER_DEPTH_MAX);
    while (df_der_more(&d)) {
        if (!df_der_any(&d, &t))
            abort();
        sum += t.all.len;
    }
    if (!df_der_done(&d) || sum != len)
        abort();
    if (len != 0 &&
        df_der_check((struct mh_span){data, len - 1}, NULL) == MH_OK)
        abort();
    return 0;
}
