/*
 * The caller's side of the courier: starts it or is given a channel to it, asks
 * it, takes bytes back.  Any number of threads may ask at once; no answer waits
 * behind a slower one.
 */
#ifndef BASE_PEER_COURIER_H
#define BASE_PEER_COURIER_H

#include "base/wire/courier.h"

struct mh_courier;

/*
 * Starts mohur-courier, which stands beside the running program, with what it
 * may reach.  MH_EIO if it cannot be started.
 */
enum mh_code mh_courier_start(const struct mh_fetch_setup *setup,
    struct mh_err *err, struct mh_courier **out) MH_MUST_USE;
/*
 * Over a channel to one that somebody else started (mohur serve), which is
 * taken over.
 */
enum mh_code mh_courier_over(int chan, const struct mh_fetch_setup *setup,
    struct mh_err *err, struct mh_courier **out) MH_MUST_USE;
/* Ends what was started here; nobody asks any more.  NULL is fine. */
void mh_courier_free(struct mh_courier *courier);

/*
 * Asks and waits; fetch->id is set here.  MH_OK with the bytes of an answer
 * whose HTTP status is 200; another status is MH_EIO "answer: HTTP 503".
 * status, which may be NULL, is that of HTTP or 0.  A courier that died is
 * MH_EINTERNAL.
 */
enum mh_code mh_courier_fetch(struct mh_courier *courier,
    struct mh_fetch *fetch, struct mh_arena *arena, struct mh_err *err,
    uint32_t *status, struct mh_span *out) MH_MUST_USE;

#endif
