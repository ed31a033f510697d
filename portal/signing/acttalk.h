/*
 * What is said to keyd of a judge's acts (base/wire/keyd.h): tickets, the
 * queue, its approval and its end.  One judge has one turn at a time.
 */
#ifndef PORTAL_SIGNING_ACTTALK_H
#define PORTAL_SIGNING_ACTTALK_H

#include "base/peer/keyd.h"
#include "portal/signing/actsign.h"

enum {
    PT_ACTS_SIGN_MS = 120000, /* authorities may be slow */
};

struct pt_acts_talk {
    struct pt_app *app;
    struct pt_acts_signing *s;
    struct mh_arena *arena; /* of what keyd answers */
    char key[65], who[32];
    uint8_t op[PT_ACTS_WAITING][MH_OP_ID];
    bool queued[PT_ACTS_WAITING]; /* op waits at keyd */
    enum mh_refusal refusal;      /* of the last question */
    bool said_no;                 /* its answer was keyd's own word */
    bool gone;                    /* there was none */
};

/* Whether it is this judge's turn now; then it has to end.  A second form of
   the same judge does not wait behind the first: it would hold a worker for as
   long. */
bool pt_acts_turn(int64_t judge);
void pt_acts_turn_end(int64_t judge);

/* What a ticket of s->act[n] is bound to. */
struct mh_keyd_bond pt_acts_bond(const struct pt_acts_talk *v, size_t n);
/* message is ended, and wiped: it may hold a PIN. */
enum mh_code pt_acts_ask(struct pt_acts_talk *v, struct mh_keyd_question *q,
    struct mh_buf *message, struct mh_err *err,
    struct mh_keyd_answer *out) MH_MUST_USE;
/* A ticket for s->act[n], which waits in the queue with it. */
enum mh_code pt_acts_enqueue(
    struct pt_acts_talk *v, size_t n, struct mh_err *err) MH_MUST_USE;
/* All that are queued, with one activation of the key. */
enum mh_code pt_acts_approve(
    struct pt_acts_talk *v, struct mh_err *err) MH_MUST_USE;
/* An operation that nothing was signed with ends: it can be approved and used
   no more. */
enum mh_code pt_acts_refuse(
    struct pt_acts_talk *v, struct mh_span op, struct mh_err *err) MH_MUST_USE;
/* What still waits at keyd is withdrawn: another try has tickets of its own. */
void pt_acts_withdraw(struct pt_acts_talk *v);
/* All that waits at keyd for the bytes of s->act[0], whoever began it, is
   withdrawn; *held: the key is signing one, or has. */
enum mh_code pt_acts_clear(
    struct pt_acts_talk *v, struct mh_err *err, bool *held) MH_MUST_USE;

#endif
