/*
 * The caller's side of mohur-keyd (base/wire/keyd.h): one channel, given by
 * the supervisor, and many threads that ask; each waits for the answer that
 * repeats its number.
 */
#ifndef BASE_PEER_KEYD_H
#define BASE_PEER_KEYD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/wire/keyd.h"

struct mh_keyd;

/* One without a channel; freed when nobody asks any more. */
enum mh_code mh_keyd_new(struct mh_err *err, struct mh_keyd **out) MH_MUST_USE;
void mh_keyd_free(struct mh_keyd *k);

/*
 * The channel, in place of an earlier one whose questions fail; chan is taken
 * over, also where this fails.  One thread at a time attaches.
 */
enum mh_code mh_keyd_attach(
    struct mh_keyd *k, int chan, struct mh_err *err) MH_MUST_USE;

/* The number of the next question. */
uint64_t mh_keyd_next(struct mh_keyd *k);

struct mh_keyd_question {
    uint64_t id; /* of mh_keyd_next, as it is packed in message */
    const struct mh_buf *message;
    const int *fd; /* borrowed */
    size_t fds;
    enum mh_keyd_type want; /* the answer's type, but for FAILED */
    unsigned timeout_ms;
};

struct mh_keyd_answer {
    struct mh_span packet;   /* in the arena */
    int fd;                  /* the caller closes it; -1: none came */
    enum mh_refusal refusal; /* of FAILED */
    const char *where;       /* of FAILED; else "" */
};

/*
 * Asks and waits.  MH_EINTERNAL "keyd: ...": it is gone, answered nonsense or
 * not in time, and whether it did what it was asked is not known; otherwise a
 * FAILED's own code and message.
 */
enum mh_code mh_keyd_ask(struct mh_keyd *k, const struct mh_keyd_question *q,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_keyd_answer *out) MH_MUST_USE;

/* DONE: the result of an operation is kept, and keyd may forget it. */
enum mh_code mh_keyd_forget(struct mh_keyd *k,
    const uint8_t op[static MH_OP_ID], struct mh_arena *arena,
    struct mh_err *err) MH_MUST_USE;

#endif
