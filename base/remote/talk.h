/*
 * The requests of one signature by mobile ID (mid.h), one after the other,
 * through whatever carries them to the courier's endpoint "mobile".  Calls
 * block until an answer is there.
 *
 * Each gives an outcome with MH_OK; MH_EIO: nothing came.
 */
#ifndef BASE_REMOTE_TALK_H
#define BASE_REMOTE_TALK_H

#include "base/remote/mid.h"
#include "base/wire/courier.h"

struct mh_talk {
    const struct mh_mid_profile *profile;
    const char *phone, *user;
    uint32_t timeout_ms; /* of one request */
    /* As mh_courier_fetch: MH_OK, or MH_EIO with a status of HTTP, where an
       answer came. */
    enum mh_code (*carry)(void *ctx, struct mh_fetch *fetch,
        struct mh_arena *arena, struct mh_err *err, uint32_t *status,
        struct mh_span *answer);
    void *ctx;
};

/* certificate: DER, in the arena, with OK. */
enum mh_code mh_talk_certificate(const struct mh_talk *t,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *certificate) MH_MUST_USE;
/* Asks the telephone for s, whose phone and user are set here; session: the
   service's name of it, in the arena, with OK. */
enum mh_code mh_talk_start(const struct mh_talk *t, struct mh_mid_sign *s,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    const char **session) MH_MUST_USE;
/* PENDING, or the value, in the arena, with OK; the service may wait so long
   for it. */
struct mh_talk_session {
    const char *name;
    unsigned wait_ms; /* less than timeout_ms */
};
enum mh_code mh_talk_poll(const struct mh_talk *t,
    const struct mh_talk_session *session, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *value) MH_MUST_USE;

#endif
