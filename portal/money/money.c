#include "portal/money/money.h"

#include <stdio.h>
#include <string.h>

#define NANO INT64_C(1000000000)

enum {
    QEPIK = 100,    /* of a manat */
    FRACTION = 11,  /* digits behind the point of an exact amount */
    SPACE_UTF8 = 2, /* bytes of a no-break space */
};

/* A space, or a no-break one; how many bytes it has, else 0. */
static size_t
space_at(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;

    return *u == ' ' ? 1 : *u == 0xc2 && u[1] == 0xa0 ? SPACE_UTF8 : 0;
}

static bool
digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Groups behind a space have three digits, or it is no space of an amount. */
static bool
read_whole(const char **text, int64_t *manat)
{
    const char *s = *text;
    size_t digits = 0, gap;
    bool grouped = false;

    *manat = 0;
    for (;;) {
        for (digits = 0; digit(*s); s++, digits++) {
            *manat = *manat * 10 + (*s - '0');
            if (*manat > PT_MONEY_MAX / QEPIK)
                return false;
        }
        gap = space_at(s);
        if (digits == 0 || (grouped && digits != 3))
            return false;
        if (gap == 0 || !digit(s[gap]))
            break;
        if (digits > 3)
            return false;
        grouped = true;
        s += gap;
    }
    *text = s;
    return true;
}

bool
pt_money_parse(const char *text, int64_t *qepik)
{
    int64_t manat, cents = 0;
    size_t gap;

    while ((gap = space_at(text)) > 0)
        text += gap;
    if (!read_whole(&text, &manat))
        return false;
    if (*text == ',' || *text == '.') {
        text++;
        if (!digit(*text))
            return false;
        cents = (int64_t)10 * (*text++ - '0');
        if (digit(*text))
            cents += *text++ - '0';
    }
    while ((gap = space_at(text)) > 0)
        text += gap;
    *qepik = manat * QEPIK + cents;
    return *text == '\0' && *qepik <= PT_MONEY_MAX;
}

/* The whole part in groups of three. */
static size_t
write_whole(int64_t manat, enum mh_lang lang, char out[static PT_MONEY_TEXT])
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)manat);
    size_t n = 0;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            const char *gap = lang == MH_EN ? "," : "\xc2\xa0";

            for (; *gap != '\0'; gap++)
                out[n++] = *gap;
        }
        out[n++] = digits[i];
    }
    out[n++] = lang == MH_EN ? '.' : ',';
    return n;
}

void
pt_money_write_exact(
    int64_t nano, enum mh_lang lang, char out[static PT_MONEY_TEXT])
{
    size_t n = write_whole(nano / NANO / QEPIK, lang, out);
    int64_t rest = nano % (NANO * QEPIK);
    size_t digits = FRACTION;

    (void)snprintf(
        out + n, PT_MONEY_TEXT - n, "%0*lld", FRACTION, (long long)rest);
    while (digits > 2 && out[n + digits - 1] == '0')
        digits--;
    out[n + digits] = '\0';
}

void
pt_money_write(int64_t qepik, enum mh_lang lang, char out[static PT_MONEY_TEXT])
{
    size_t n = write_whole(qepik / QEPIK, lang, out);

    (void)snprintf(out + n, PT_MONEY_TEXT - n, "%02d", (int)(qepik % QEPIK));
}
