/*
 * Acts that their judge signs with a key of keyd (base/wire/keyd.h): each gets
 * a ticket bound to the bytes that were shown, waits in keyd's queue, and all
 * are approved with one activation of the key.  What comes back is taken only
 * if it is those bytes with a signature that passes.
 *
 * An act's operation is stored before keyd signs, so that whatever stops in
 * between, the next try comes to the signature that was made, not to a second
 * one.
 */
#ifndef PORTAL_SIGNING_ACTSIGN_H
#define PORTAL_SIGNING_ACTSIGN_H

#include "base/wire/keyd.h"
#include "portal/api/app.h"
#include "portal/store/acts.h"

enum pt_acts_end {
    PT_ACTS_DONE,
    PT_ACTS_PIN,     /* the key was not activated: nothing was signed */
    PT_ACTS_NO_KEY,  /* the judge has none, or keyd does not know it */
    PT_ACTS_NO_KEYD, /* it is not there, or ended meanwhile */
    PT_ACTS_BUSY,    /* others of this judge are being signed */
    PT_ACTS_LIMIT,   /* as many signatures, or acts that wait, as may be */
    PT_ACTS_BAD,     /* what came back is not what it has to be: see why */
    PT_ACTS_FAILED,  /* the key, the store or an authority: later again */
};

struct pt_acts_signing {
    const struct pt_account *judge;
    const char *form;
    struct mh_span pin;       /* empty: it is typed on the reader */
    const struct pt_act *act; /* that wait for this judge's signature */
    size_t acts;              /* 1 to PT_ACTS_WAITING */
    /* What came of it. */
    size_t done;     /* so many are signed */
    size_t failed;   /* where one is the reason: act[failed] */
    const char *why; /* of BAD: the id of a text */
};

/* Stops at the first that fails; the rest waits as before. */
enum pt_acts_end pt_acts_sign(
    struct pt_app *app, struct pt_acts_signing *s, struct mh_arena *arena);

/*
 * s->act[0], which waits, is taken back by its judge.  What keyd has of it is
 * withdrawn first, so that no activation of the key signs it any more; where
 * the key has signed it already, that is kept.  DONE with PT_ABSENT: it does
 * not wait any more, or is signed.  Else BUSY, NO_KEY, NO_KEYD or FAILED.
 */
enum pt_acts_end pt_acts_take_back(struct pt_app *app,
    struct pt_acts_signing *s, struct mh_arena *arena, enum pt_found *found);

#endif
