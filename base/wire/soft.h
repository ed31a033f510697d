/*
 * Messages between `mohur init` and mohur-softtoken, which makes one token of
 * a software module and puts keys into it: one MAKE, answered by one MADE.
 */
#ifndef BASE_WIRE_SOFT_H
#define BASE_WIRE_SOFT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define MH_SOFT_KEYS_MAX  4U
#define MH_SOFT_PIN_MAX   64U
#define MH_SOFT_VALUE_MAX 66U   /* bytes of an EC scalar */
#define MH_SOFT_CERT_MAX  8192U /* bytes */

/* An EC key of P-256 with its certificate. */
struct mh_soft_key {
    const char *label;
    struct mh_span id;      /* CKA_ID */
    struct mh_span value;   /* the scalar, big-endian */
    struct mh_span cert;    /* DER */
    struct mh_span subject; /* DER of its name, as CKA_SUBJECT wants it */
};

struct mh_soft_make {
    const char *label;
    struct mh_span pin, so_pin;
    struct mh_soft_key *key;
    size_t keys;
};

struct mh_soft_made {
    bool ok;
    const char *text; /* what failed; "" */
};

void mh_soft_make_pack(const struct mh_soft_make *m, struct mh_buf *out);
enum mh_code mh_soft_make_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_soft_make *out) MH_MUST_USE;
void mh_soft_made_pack(const struct mh_soft_made *m, struct mh_buf *out);
enum mh_code mh_soft_made_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_soft_made *out) MH_MUST_USE;

#endif
