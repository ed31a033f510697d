#include "signer/trust/pem.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static bool
find(struct mh_span s, size_t *pos, const char *word)
{
    const uint8_t *p = memmem(s.ptr + *pos, s.len - *pos, word, strlen(word));

    if (p == NULL)
        return false;
    *pos = (size_t)(p - s.ptr);
    return true;
}

bool
sg_pem_der(struct mh_span file, const char *label, size_t n,
    struct mh_arena *arena, struct mh_span *der, bool *bad)
{
    char begin[64], end[64];
    struct mh_span body;
    size_t pos = 0, start = 0, len;
    uint8_t *out;

    *bad = false;
    if (file.len == 0 || file.ptr[0] == 0x30) {
        *der = file;
        return n == 0;
    }
    (void)snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
    (void)snprintf(end, sizeof(end), "-----END %s-----", label);
    for (size_t i = 0; i <= n; i++) {
        if (!find(file, &pos, begin))
            return false;
        pos += strlen(begin);
        start = pos;
    }
    *bad = true;
    if (!find(file, &pos, end) || !mh_span_sub(file, start, pos - start, &body))
        return true;
    out = mh_arena_alloc(arena, mh_base64_max(body.len));
    if (out == NULL || !mh_base64_decode(body, out, &len))
        return true;
    *bad = false;
    *der = (struct mh_span){out, len};
    return true;
}
