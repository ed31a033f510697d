/*
 * Passwords: argon2id (RFC 9106) with t = 2, 19 MiB, p = 1, salt of 16 and
 * tag of 32 bytes (security.md 4), in the encoded form of its authors.
 */
#ifndef PORTAL_PEOPLE_PASSWORD_H
#define PORTAL_PEOPLE_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"

enum {
    PT_PASSWORD_MIN = 12,   /* characters */
    PT_PASSWORD_MAX = 256,  /* bytes; nothing is cut */
    PT_PASSWORD_HASH = 128, /* bytes of the encoded form with its NUL */
};

/* NULL: it may be chosen; else an id of a text that says why not. */
const char *pt_password_refused(const char *password, const char *username);

/* MH_ELIMIT past PT_PASSWORD_MAX; MH_ENOMEM. */
enum mh_code pt_password_hash(const char *password, struct mh_err *err,
    char out[static PT_PASSWORD_HASH]) MH_MUST_USE;

/*
 * Whether it is the one.  encoded NULL: of nobody; takes as long as any other
 * and is false.
 */
bool pt_password_is(const char *password, const char *encoded);

/* Whether it was made with less than is asked for today. */
bool pt_password_old(const char *encoded);

#endif
