#include "base/time.h"

#include <stdio.h>

enum {
    DAY = 86400
}; /* seconds */

static bool
is_leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int
month_days(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* Days since 1970-01-01, by counting 400-year eras from 0000-03-01. */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
    int64_t era, yoe, doy, doe;

    y -= m <= 2;
    era = y / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

bool
mh_time_from_civil(const struct mh_civil *c, int64_t *out)
{
    if (c->year < 1 || c->year > 9999 || c->month < 1 || c->month > 12 ||
        c->day < 1 || c->day > month_days(c->year, c->month))
        return false;
    if (c->hour < 0 || c->hour > 23 || c->min < 0 || c->min > 59 ||
        c->sec < 0 || c->sec > 59)
        return false;
    *out = days_from_civil(c->year, c->month, c->day) * DAY +
           INT64_C(3600) * c->hour + INT64_C(60) * c->min + c->sec;
    return true;
}

bool
mh_time_to_civil(int64_t t, struct mh_civil *out)
{
    int64_t days, rem, z, era, doe, yoe, y, doy, mp;

    if (t < INT64_C(-62135596800) || t > INT64_C(253402300799))
        return false;
    days = t / DAY;
    rem = t % DAY;
    if (rem < 0) {
        rem += DAY;
        days--;
    }
    z = days + 719468;
    era = (z >= 0 ? z : z - 146096) / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    y = yoe + era * 400;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    out->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    out->year = (int)(y + (out->month <= 2));
    out->hour = (int)(rem / 3600);
    out->min = (int)(rem / 60 % 60);
    out->sec = (int)(rem % 60);
    return true;
}

/* Reads n digits at *pos. */
static bool
digits(struct mh_span s, size_t *pos, int n, int *out)
{
    int v = 0;

    for (int i = 0; i < n; i++) {
        uint8_t c;

        if (*pos >= s.len)
            return false;
        c = s.ptr[(*pos)++];
        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (c - '0');
    }
    *out = v;
    return true;
}

static bool
literal(struct mh_span s, size_t *pos, char c)
{
    if (*pos >= s.len || s.ptr[*pos] != (uint8_t)c)
        return false;
    (*pos)++;
    return true;
}

static bool
parse_zone(struct mh_span s, size_t pos, bool none_ok, int64_t *off)
{
    int h, m;
    bool minus;

    *off = 0;
    if (pos == s.len)
        return none_ok;
    if (s.ptr[pos] == 'Z')
        return pos + 1 == s.len;
    if (s.ptr[pos] != '+' && s.ptr[pos] != '-')
        return false;
    minus = s.ptr[pos++] == '-';
    if (!digits(s, &pos, 2, &h) || !literal(s, &pos, ':') ||
        !digits(s, &pos, 2, &m) || pos != s.len || h > 14 || m > 59)
        return false;
    *off = INT64_C(3600) * h + INT64_C(60) * m;
    if (minus)
        *off = -*off;
    return true;
}

bool
mh_time_parse(struct mh_span s, bool no_zone_is_utc, int64_t *out)
{
    struct mh_civil c;
    size_t pos = 0;
    int64_t off, t;

    if (!digits(s, &pos, 4, &c.year) || !literal(s, &pos, '-') ||
        !digits(s, &pos, 2, &c.month) || !literal(s, &pos, '-') ||
        !digits(s, &pos, 2, &c.day) || !literal(s, &pos, 'T') ||
        !digits(s, &pos, 2, &c.hour) || !literal(s, &pos, ':') ||
        !digits(s, &pos, 2, &c.min) || !literal(s, &pos, ':') ||
        !digits(s, &pos, 2, &c.sec))
        return false;
    if (pos < s.len && s.ptr[pos] == '.') {
        size_t first = ++pos;

        while (pos < s.len && s.ptr[pos] >= '0' && s.ptr[pos] <= '9')
            pos++;
        if (pos == first)
            return false;
    }
    if (!parse_zone(s, pos, no_zone_is_utc, &off) ||
        !mh_time_from_civil(&c, &t))
        return false;
    *out = t - off;
    return true;
}

char *
mh_time_digits(char *out, unsigned value, size_t digits)
{
    for (size_t i = digits; i > 0; i--, value /= 10)
        out[i - 1] = (char)('0' + value % 10);
    return out + digits;
}

/* The parts with a mark behind each; the last is the end of the text. */
static void
put_parts(char *out, const unsigned *part, const char *marks)
{
    for (size_t i = 0; i < 6; i++) {
        out = mh_time_digits(out, part[i], i == 0 ? 4 : 2);
        *out++ = marks[i];
    }
    *out = '\0';
}

void
mh_time_format(int64_t t, char out[static 32])
{
    struct mh_civil c;

    out[0] = '\0';
    if (t == MH_TIME_NONE || !mh_time_to_civil(t, &c))
        return;
    put_parts(out,
        (const unsigned[]){(unsigned)c.year, (unsigned)c.month, (unsigned)c.day,
            (unsigned)c.hour, (unsigned)c.min, (unsigned)c.sec},
        "--T::Z");
}
