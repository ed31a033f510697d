/*
 * Borrowed byte ranges.
 *
 * A span never owns memory.  The bytes live as long as the object that the
 * function returning the span says they do.  Lengths are in bytes.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mh_span {
    const uint8_t *ptr; /* NULL only if len is 0 */
    size_t len;         /* bytes */
};

#define MH_SPAN_LIT(s) ((struct mh_span){(const uint8_t *)(s), sizeof(s) - 1})

/* The bytes of a C string without its NUL; NULL gives the empty span. */
struct mh_span mh_span_str(const char *s);

/* Compares contents; not constant time. */
bool mh_span_eq(struct mh_span a, struct mh_span b);

/* Whether the bytes of s are those of the C string. */
bool mh_span_is(struct mh_span s, const char *str);

bool mh_span_starts(struct mh_span s, const char *prefix);
bool mh_span_ends(struct mh_span s, const char *suffix);

/* Orders by bytes, the shorter first where one begins the other: <0, 0, >0. */
int mh_span_cmp(struct mh_span a, struct mh_span b);

/*
 * Stores s[off, off + len) in *out, borrowed from s.
 * Returns false, leaving *out alone, if that range is not inside s.
 */
bool mh_span_sub(struct mh_span s, size_t off, size_t len, struct mh_span *out);

#endif
