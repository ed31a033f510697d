/*
 * Points in time: seconds since 1970-01-01T00:00:00Z, proleptic Gregorian,
 * without leap seconds.  Nothing here reads a clock.
 */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

#define MH_TIME_NONE INT64_MIN /* "no time" in every structure */

struct mh_civil {
    int year;  /* 1..9999 */
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour, min, sec;
};

/* False for a date or time that does not exist (second 60 included). */
bool mh_time_from_civil(const struct mh_civil *c, int64_t *out);
/* False outside years 1..9999. */
bool mh_time_to_civil(int64_t t, struct mh_civil *out);

/*
 * RFC 3339 / XML dateTime: YYYY-MM-DDThh:mm:ss[.fraction](Z|+hh:mm|-hh:mm).
 * The fraction is dropped (towards the past).  A dateTime without a zone is
 * read as UTC only where no_zone_is_utc.  24:00:00 is refused.
 */
bool mh_time_parse(struct mh_span s, bool no_zone_is_utc, int64_t *out);

/*
 * Writes the last digits of value, with zeros before it, and no NUL; the end of
 * what is written.  For times, which people read by the thousand.
 */
char *mh_time_digits(char *out, unsigned value, size_t digits);
/* "YYYY-MM-DDThh:mm:ssZ" and a NUL; "" for MH_TIME_NONE or out of range. */
void mh_time_format(int64_t t, char out[static 32]);

#endif
