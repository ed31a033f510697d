/*
 * Fetching what a judgement lacked (MH_VERIFY_NEEDS): answers of responders,
 * lists and issuers, through the courier.  What comes back is not looked at
 * here: it goes into the next judgement.
 */
#ifndef BASE_PEER_ONLINE_H
#define BASE_PEER_ONLINE_H

#include <pthread.h>

#include "base/peer/courier.h"
#include "base/wire/material.h"
#include "base/wire/report.h"

enum {
    MH_ROUNDS_MAX = 4 /* judgements of one document, each with more in hand */
};

struct mh_online; /* the courier, started when it is first needed */

/* Through a courier that is started with setup, which is borrowed, when it is
   first needed.  NULL without memory. */
struct mh_online *mh_online_new(const struct mh_fetch_setup *setup);
/* Through a courier that is there, which is taken over; used by any number of
   threads.  NULL without memory, and the courier has been freed. */
struct mh_online *mh_online_over(struct mh_courier *courier);
void mh_online_free(struct mh_online *online); /* NULL is fine */

/*
 * The place of an online that comes and goes (a courier is started again)
 * while threads use it: whoever took it gives it back, and the last one frees
 * it.
 */
struct mh_outside {
    pthread_mutex_t lock;
    struct mh_online *online; /* NULL: nobody is there */
};
enum mh_code mh_outside_init(
    struct mh_outside *o, struct mh_err *err) MH_MUST_USE;
void mh_outside_fini(struct mh_outside *o); /* nobody uses it any more */
/* In place of what is there; taken over, NULL: nobody. */
void mh_outside_set(struct mh_outside *o, struct mh_online *online);
/* NULL: nobody is there; else mh_online_free gives it back. */
struct mh_online *mh_outside_take(struct mh_outside *o);

/* The courier itself; MH_EIO if it cannot be started. */
enum mh_code mh_online_courier(struct mh_online *online, struct mh_err *err,
    struct mh_courier **out) MH_MUST_USE;

/* What came for one document; its values live in the arena. */
struct mh_fetched_set {
    struct mh_material material;
    uint8_t (*tried)[32]; /* SHA-256 of what was asked; none is asked twice */
    size_t tries;
    int64_t since;   /* seconds UTC: nothing kept from before is taken */
    char fault[160]; /* the last reason why something did not come, or "" */
};

enum mh_code mh_fetched_set_init(struct mh_fetched_set *f,
    struct mh_arena *arena, struct mh_err *err) MH_MUST_USE;

/*
 * Asks for each lack of the report, alternative after alternative; *more says
 * whether anything new came.  That something could not be had is no error.
 */
enum mh_code mh_online_fetch(struct mh_online *online,
    const struct mh_report *report, struct mh_arena *arena, struct mh_err *err,
    struct mh_fetched_set *f, bool *more) MH_MUST_USE;

/* The material as an input of the next job: a sealed memfd. */
enum mh_code mh_fetched_set_memfd(const struct mh_fetched_set *f,
    struct mh_err *err, int *fd, uint64_t *size) MH_MUST_USE;

#endif
