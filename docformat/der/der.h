/*
 * A strict walk over DER (ITU-T X.690 clauses 8, 10 and 11): definite and
 * minimal lengths, low tag numbers, primitive strings, minimal integers.
 *
 * Like mh_rd, the reader is sticky: read the members of a SEQUENCE one after
 * another, then ask df_der_done once.  Spans borrow from the input.
 */
#ifndef DOCFORMAT_DER_DER_H
#define DOCFORMAT_DER_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* Identifier octets as they stand in DER. */
enum df_tag {
    DF_BOOLEAN = 0x01,
    DF_INTEGER = 0x02,
    DF_BIT_STRING = 0x03,
    DF_OCTET_STRING = 0x04,
    DF_NULL = 0x05,
    DF_OID = 0x06,
    DF_ENUMERATED = 0x0a,
    DF_UTF8_STRING = 0x0c,
    DF_NUMERIC_STRING = 0x12,
    DF_PRINTABLE_STRING = 0x13,
    DF_T61_STRING = 0x14,
    DF_IA5_STRING = 0x16,
    DF_UTC_TIME = 0x17,
    DF_GENERALIZED_TIME = 0x18,
    DF_VISIBLE_STRING = 0x1a,
    DF_UNIVERSAL_STRING = 0x1c,
    DF_BMP_STRING = 0x1e,
    DF_SEQUENCE = 0x30,
    DF_SET = 0x31,
};
#define DF_CONTEXT(n)      (0x80U | (unsigned)(n)) /* [n] primitive */
#define DF_CONTEXT_CONS(n) (0xa0U | (unsigned)(n)) /* [n] constructed */

struct df_der {
    struct mh_span in; /* what is left to read */
    bool bad;          /* some read failed; every later one does too */
};

struct df_tlv {
    unsigned tag;        /* the identifier octet */
    struct mh_span all;  /* identifier, length and content */
    struct mh_span body; /* content */
};

struct df_der df_der_from(struct mh_span in);

/* The tag of the next value without reading it; 0 at the end or once bad. */
unsigned df_der_peek(const struct df_der *d);
/* Reads any value.  Once bad, *out is all zero. */
bool df_der_any(struct df_der *d, struct df_tlv *out);
/* Reads a value that must have this tag; an empty reader makes it bad. */
struct mh_span df_der_get(struct df_der *d, unsigned tag);
/* The same, with identifier and length in the span. */
struct mh_span df_der_get_all(struct df_der *d, unsigned tag);
/* Reads it if it is there: true and *body, else false and the reader as is. */
bool df_der_opt(struct df_der *d, unsigned tag, struct mh_span *body);
/* A reader over the content of the next value, which must have this tag. */
struct df_der df_der_enter(struct df_der *d, unsigned tag);

/* Nothing failed and nothing is left. */
bool df_der_done(const struct df_der *d);
bool df_der_more(const struct df_der *d); /* good, and something is left */

/* Content of a value: each returns false where X.690 forbids the form. */
bool df_der_bool(struct mh_span body, bool *out);     /* 00 or ff */
bool df_der_integer_valid(struct mh_span body);       /* minimal, not empty */
bool df_der_uint(struct mh_span body, uint64_t *out); /* not negative */
bool df_der_oid_valid(struct mh_span body);           /* minimal arcs */
/* A bit string of whole bytes (no unused bits). */
bool df_der_bit_bytes(struct mh_span body, struct mh_span *out);
/* A named-bit list: bit n of *out is bit n of the string, n < 32. */
bool df_der_bits(struct mh_span body, uint32_t *out);
/* UTCTime or GeneralizedTime, DER form: seconds, "Z", no fraction. */
bool df_der_time(unsigned tag, struct mh_span body, int64_t *out);
/* The same with an optional fraction (RFC 3161 genTime), dropped. */
bool df_der_gentime(struct mh_span body, int64_t *out);

/*
 * Walks everything below in to the last leaf: forms of universal types and
 * MH_DER_DEPTH_MAX.  Context-specific primitives are taken as opaque.
 */
enum mh_code df_der_check(struct mh_span in, struct mh_err *err) MH_MUST_USE;

/* Dotted text of an OID and a NUL; false if it does not fit. */
bool df_der_oid_text(struct mh_span body, char *out, size_t size);

#endif
