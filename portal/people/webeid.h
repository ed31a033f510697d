/*
 * A web-eid:1 authentication token (the Web eID architecture's token format),
 * as `mohur sign-challenge` and the browser extensions make it: what it says,
 * and what it has to be a signature over.  Whose certificate it is, and whether
 * the signature is good, is for the examiner to say (signer/verify/holder.h).
 */
#ifndef PORTAL_PEOPLE_WEBEID_H
#define PORTAL_PEOPLE_WEBEID_H

#include "base/arena.h"
#include "base/err.h"

enum {
    PT_WEBEID_MAX = 16384, /* bytes of a token */
    PT_WEBEID_CERT = 8192, /* of a certificate */
    PT_WEBEID_SIGNATURE = 1024,
    PT_WEBEID_MESSAGE = 128, /* two digests */
};

struct pt_webeid {
    struct mh_span certificate; /* meant to be DER */
    const char *algorithm;      /* RFC 7518 3.1: a literal */
    struct mh_span signature;
};

/*
 * Reads a token, with white space around it, into the arena.  A name twice, a
 * member that is missing or has another type, base64 with anything else in it,
 * another format and an algorithm that is not on the list of keys.md 7.2 are
 * MH_EFORMAT; more than PT_WEBEID_MAX is MH_ELIMIT.  Other members are passed
 * over: later 1.x formats have some.
 */
enum mh_code pt_webeid_read(struct mh_span text, struct mh_arena *arena,
    struct mh_err *err, struct pt_webeid *out) MH_MUST_USE;

/*
 * H(origin) and H(nonce) one behind the other, H being the algorithm's digest;
 * the nonce as its text, the origin without a slash behind it.
 */
enum mh_code pt_webeid_message(const char *algorithm, const char *origin,
    const char *nonce, struct mh_err *err,
    uint8_t out[static PT_WEBEID_MESSAGE], size_t *len) MH_MUST_USE;

#endif
