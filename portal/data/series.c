#include "portal/data/series.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

enum {
    BAKU = 4 * 3600, /* seconds ahead of UTC, the whole year */
    CENTURY = 91,    /* years of two digits from here on are of 19.. */
    USAGE = 64,
    INTERNAL = 70,
};

static const struct pt_series rows[] = {
    {"2", true, PT_SEEN,
        "civil; decisions of courts: 2(102)-5029/2021, 2(056)-1350/2019"},
    {"2-1", false, PT_SEEN,
        "administrative; the electronic court: e-2-1(112)-6882/2021"},
    {"2-2", true, PT_SEEN,
        "commercial; the electronic court: 2-2(103)-660/2021"},
    {"8", false, PT_SEEN,
        "execution of decisions; the electronic court: 8(003)-82/2021"},
    {"MXMT", false, PT_INFERRED,
        "provisional protection; one number seen: MXMT(102)-26/2021"},
};

const struct pt_series *
pt_series_of(size_t n)
{
    return n < sizeof(rows) / sizeof(rows[0]) ? &rows[n] : NULL;
}

const struct pt_series *
pt_series_find(const char *type)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].type, type) == 0)
            return &rows[i];
    return NULL;
}

const char *
pt_certainty_name(enum pt_certainty certainty)
{
    switch (certainty) {
    case PT_SEEN:
        return "seen";
    case PT_INFERRED:
        return "inferred";
    case PT_UNVERIFIED:
        break;
    }
    return "unverified";
}

int
pt_series_year(int64_t t)
{
    struct mh_civil c = {.year = 0};

    (void)mh_time_to_civil(t + BAKU, &c); /* year 0 where there is none */
    return c.year;
}

bool
pt_number_write(
    const struct pt_case_number *in, char out[static PT_NUMBER_MAX + 1])
{
    int n = in->serial < 1 || in->serial > PT_SERIAL_MAX || in->year < 1991 ||
                    in->year > 9999
                ? -1
                : snprintf(out, PT_NUMBER_MAX + 1, "%s(%s)-%u/%d", in->type,
                      in->court, in->serial, in->year);

    if (n >= 0 && n <= PT_NUMBER_MAX)
        return true;
    out[0] = '\0';
    return false;
}

/* What stands before end, which is passed over; false: too long, or nothing. */
static bool
part(const char **s, char end, char *out, size_t size)
{
    const char *at = strchr(*s, end);
    size_t n = at == NULL ? 0 : (size_t)(at - *s);

    if (n == 0 || n >= size)
        return false;
    memcpy(out, *s, n);
    out[n] = '\0';
    *s = at + 1;
    return true;
}

/* Digits, at most max of them. */
static bool
digits(const char *s, size_t max, uint32_t *out)
{
    size_t n = strlen(s);

    *out = 0;
    if (n == 0 || n > max || strspn(s, "0123456789") != n)
        return false;
    for (; *s != '\0'; s++)
        *out = 10 * *out + (uint32_t)(*s - '0');
    return true;
}

bool
pt_number_read(const char *number, struct pt_case_number *out)
{
    char serial[8];
    uint32_t year;

    if (strncmp(number, "e-", 2) == 0)
        number += 2;
    if (!part(&number, '(', out->type, sizeof(out->type)) ||
        !part(&number, ')', out->court, sizeof(out->court)))
        return false;
    number += *number == '-';
    if (!part(&number, '/', serial, sizeof(serial)) ||
        !digits(serial, 6, &out->serial) || out->serial == 0 ||
        !digits(number, 4, &year) || (strlen(number) & 1) != 0)
        return false;
    out->year = (int)year;
    if (strlen(number) == 2)
        out->year += year < CENTURY ? 2000 : 1900;
    return true;
}

int
pt_series_main(int argc, char **argv)
{
    (void)argv;
    if (argc != 1) {
        (void)fprintf(stderr,
            "mohur-portal: series: takes no argument\n"); /* nobody else */
        return USAGE;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (printf("%s\t%s\t%s\n", rows[i].type,
                pt_certainty_name(rows[i].certainty), rows[i].source) < 0)
            return INTERNAL;
    return fflush(stdout) == 0 ? 0 : INTERNAL;
}
