#include "portal/http/id.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/err.h"

void
pt_random(uint8_t *out, size_t len)
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
pt_id_new(char out[static 27])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t raw[17] = {0};

    pt_random(raw, 16);
    for (size_t i = 0; i < 26; i++) {
        size_t bit = i * 5;
        unsigned two = (unsigned)raw[bit / 8] << 8 | raw[bit / 8 + 1];

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
