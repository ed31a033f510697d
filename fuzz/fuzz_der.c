/*
 * An accepted value is wholly made of values, and none of it can be left out
 * at the end.
 */
#include <stdint.h>
#include <stdlib.h>

#include "docformat/der/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_span in = {data, len};
    struct df_der d = df_der_from(in);
    struct df_tlv t;
    size_t sum = 0;
    char text[64];

    if (df_der_check(in, NULL) != MH_OK)
        return 0;
    while (df_der_more(&d)) {
        if (!df_der_any(&d, &t))
            abort();
        sum += t.all.len;
        if (t.tag == DF_OID)
            (void)df_der_oid_text(t.body, text, sizeof(text)); /* may be long */
    }
    if (!df_der_done(&d) || sum != len)
        abort();
    if (len != 0 &&
        df_der_check((struct mh_span){data, len - 1}, NULL) == MH_OK)
        abort();
    return 0;
}
