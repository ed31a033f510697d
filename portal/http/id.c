#include "portal/http/id.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/err.h"

enum {
    STOCK = 256 /* bytes; the kernel gives as many in one piece */
};

static void
fill(uint8_t *out, size_t len)
{
    while (len > 0) {
        ssize_t n = getrandom(out, len, 0);

        if (n <= 0)
            abort(); /* an identifier that can be guessed is worse */
        out += n;
        len -= (size_t)n;
    }
}

void
pt_random(uint8_t *out, size_t len)
{
    static _Thread_local uint8_t stock[STOCK];
    static _Thread_local size_t left;

    if (len > STOCK / 4) {
        fill(out, len);
        return;
    }
    if (len > left) {
        fill(stock, STOCK);
        left = STOCK;
    }
    left -= len;
    memcpy(out, stock + left, len);
    explicit_bzero(stock + left, len); /* it is nobody else's, now or later */
}

void
pt_id_new(char out[static 27])
{
    uint8_t raw[16];

    pt_random(raw, sizeof(raw));
    pt_id_of(raw, out);
}

void
pt_row_id_raw(uint8_t out[static 16])
{
    uint64_t now = (uint64_t)time(NULL);

    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(now >> (24 - 8 * i));
    pt_random(out + 4, 12);
}

void
pt_row_id_new(char out[static 27])
{
    uint8_t raw[16];

    pt_row_id_raw(raw);
    pt_id_of(raw, out);
}

void
pt_id_of(const uint8_t raw[static 16], char out[static 27])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

    for (size_t i = 0; i < 26; i++) {
        size_t bit = i * 5;
        unsigned low = bit / 8 + 1 < 16 ? raw[bit / 8 + 1] : 0;
        unsigned two = (unsigned)raw[bit / 8] << 8 | low;

        out[i] = digits[two >> (11 - bit % 8) & 31];
    }
    out[26] = '\0';
}

bool
pt_id_valid(struct mh_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') ||
                (s.ptr[i] >= '2' && s.ptr[i] <= '7')))
            return false;
    return s.len == 26;
}
