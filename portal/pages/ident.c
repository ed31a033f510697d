#include "portal/pages/ident.h"

#include <stdio.h>
#include <string.h>

#include "portal/people/accounts.h"
#include "portal/store/fold.h"

enum {
    FORM = 4 * PT_TEXT_MAX, /* of a name's search form */
};

bool
pt_ident_read(const char *in, char out[static PT_VOEN + 1], bool *fin)
{
    size_t n = 0;

    for (; *in != '\0'; in++) {
        if (*in == ' ')
            continue;
        if (n == PT_VOEN)
            return false;
        out[n++] = (char)(*in >= 'a' && *in <= 'z' ? *in - 'a' + 'A' : *in);
    }
    out[n] = '\0';
    *fin = n == PT_FIN && pt_fin_good(out);
    return n == 0 || *fin ||
           (n == PT_VOEN && strspn(out, "0123456789") == PT_VOEN);
}

bool
pt_ident_names(const char *known, const char *written)
{
    char want[FORM], have[FORM + 2], word[FORM + 2];
    const char *p = want;

    have[0] = ' ';
    if (!pt_fold(known, want, sizeof(want)) ||
        !pt_fold(written, have + 1, sizeof(have) - 2))
        return false;
    memcpy(have + strlen(have), " ", 2);
    while (*p != '\0') {
        size_t n = strcspn(p, " ");

        (void)snprintf(word, sizeof(word), " %.*s ", (int)n, p); /* fits */
        if (strstr(have, word) == NULL)
            return false;
        p += n;
        p += *p == ' ';
    }
    return true;
}
