/*
 * The caller's side of the courier: starts it, asks it, takes bytes back.
 */
#ifndef SIGNER_COURIER_CLIENT_H
#define SIGNER_COURIER_CLIENT_H

#include "base/wire/courier.h"

struct sg_courier;

/*
 * Starts mohur-courier, which stands beside the running program, with what it
 * may reach.  MH_EIO if it cannot be started.
 */
enum mh_code sg_courier_start(const struct mh_fetch_setup *setup,
    struct mh_err *err, struct sg_courier **out) MH_MUST_USE;
void sg_courier_free(struct sg_courier *courier); /* ends it; NULL is fine */

/*
 * Asks and waits; fetch->id is set here.  MH_OK with the bytes of an answer
 * whose HTTP status is 200; another status is MH_EIO "answer: HTTP 503".
 * status, which may be NULL, is that of HTTP or 0.  A courier that died is
 * MH_EINTERNAL.
 */
enum mh_code sg_courier_fetch(struct sg_courier *courier,
    struct mh_fetch *fetch, struct mh_arena *arena, struct mh_err *err,
    uint32_t *status, struct mh_span *out) MH_MUST_USE;

#endif
