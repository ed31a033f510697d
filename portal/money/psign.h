/*
 * P_SIGN of the gateway of payments: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017
 * 8.2) over the values of a message, in lower-case hexadecimal digits.  Each
 * value goes in as the number of its bytes, in decimal digits, and itself; one
 * that is missing as "-".
 */
#ifndef PORTAL_MONEY_PSIGN_H
#define PORTAL_MONEY_PSIGN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
    PT_PSIGN_HEX = 1025,    /* bytes of a P_SIGN with its NUL: RSA to 4,096 */
    PT_PSIGN_MAC_MAX = 4096 /* bytes of what is signed */
};

struct pt_psign; /* the own key, and the gateway's */

/*
 * Keys in PEM: a private one without a password, and a public one, RSA with
 * 2,048 to 4,096 bits each.  MH_EFORMAT: one is none of that.
 */
enum mh_code pt_psign_new(struct mh_span key, struct mh_span gateway,
    struct mh_err *err, struct pt_psign **out) MH_MUST_USE;
void pt_psign_free(struct pt_psign *p); /* NULL is fine */

/* Appends a value; "" and NULL are missing ones. */
void pt_psign_add(struct mh_buf *mac, const char *value);

/* With the own key. */
enum mh_code pt_psign_make(const struct pt_psign *p, struct mh_span mac,
    struct mh_err *err, char out[static PT_PSIGN_HEX]) MH_MUST_USE;
/* Whether it is the gateway's over that; digits of either case. */
bool pt_psign_good(
    const struct pt_psign *p, struct mh_span mac, const char *sign);

#endif
