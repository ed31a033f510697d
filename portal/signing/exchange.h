/*
 * What is said to a mobile ID service in one transaction (base/remote), over
 * the courier, and what workers say of what came.  Calls block for seconds.
 *
 * Each gives an outcome with MH_OK; MH_EIO: nothing came.
 */
#ifndef PORTAL_SIGNING_EXCHANGE_H
#define PORTAL_SIGNING_EXCHANGE_H

#include "base/remote/mid.h"
#include "portal/signing/mobile.h"

struct pt_exchange {
    struct pt_judge *judge;
    const struct mh_mid_profile *profile;
    char phone[24], user[16];
    enum mh_lang lang;
    const char *text; /* shown on the telephone; lives as long */
    int64_t account;  /* 0: nobody's yet */
    struct pt_mobile_key key;
    /* What is to be signed. */
    enum mh_digest_alg alg;
    struct mh_span digest;
    const char *session; /* the service's name of it */
};

/* The certificate, and what a worker reads in it: x->key, in the arena.
   WRONG_PERSON: it is not that user's. */
enum mh_code pt_exchange_key(struct pt_exchange *x, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome) MH_MUST_USE;
/* Asks the telephone: x->session, in the arena. */
enum mh_code pt_exchange_start(struct pt_exchange *x, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome) MH_MUST_USE;
/* PENDING, or the value, in the arena. */
enum mh_code pt_exchange_poll(const struct pt_exchange *x,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *value) MH_MUST_USE;
/* WRONG_VALUE: it is not one of the key over x->digest. */
enum mh_code pt_exchange_check(const struct pt_exchange *x,
    struct mh_span value, struct mh_arena *arena, struct mh_err *err,
    enum mh_remote_outcome *outcome) MH_MUST_USE;

#endif
