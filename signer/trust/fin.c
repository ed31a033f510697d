#include "signer/trust/fin.h"

#include <string.h>

const char *
sg_fin_of(const char *serial)
{
    static const char *const before[] = {"PNOAZ-", "FIN:", "FIN-", "FIN", ""};

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        size_t n = strlen(before[i]);
        const char *fin = serial + n;

        if (strncmp(serial, before[i], n) == 0 && strlen(fin) == 7 &&
            strspn(fin, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 7)
            return fin;
    }
    return "";
}
