/*
 * Paying a state fee (portal.md 3.9): what is owed for an application, the form
 * that leaves for the gateway, and what became of it.  Nothing that a browser
 * brings back is believed: the gateway is asked.
 */
#ifndef PORTAL_PAGES_PAYPAGE_H
#define PORTAL_PAGES_PAYPAGE_H

#include "portal/pages/session.h"
#include "portal/store/payments.h"

/* A payment that somebody asks for. */
struct pt_paying {
    struct pt_app *app; /* these three are given */
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct pt_who who;
    struct mh_arena *arena;
    struct pt_payment p;
    enum pt_relation relation; /* of who asks */
};
#define PT_PAYING                                                              \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)         \
    }

/* Somebody signed in, who sent a form of ours where it is one, and an arena;
   else answer says.  The caller ends it in any case. */
bool pt_paying_begin(struct pt_paying *w);
/* The same with the payment of the path, for who has that right on it. */
bool pt_paying_open(struct pt_paying *w, enum pt_right right);
void pt_paying_end(struct pt_paying *w);
/* The page of the payment; wrong: with what is wrong with a refusal, the id of
   a text, or NULL. */
void pt_paying_show(struct pt_paying *w, const char *wrong);
/* What an event came to: back to the payment, or why not. */
void pt_paying_turned(struct pt_paying *w, enum mh_code code,
    enum pt_application_done done, const struct mh_err *err, const char *where);

/* Its state in words: the id of a text. */
const char *pt_payment_state_text(enum pt_payment_state s);
/* Names of a payment for a template. */
void pt_payment_set(
    struct pt_map *m, const struct pt_payment *p, enum mh_lang lang);

/* GET and POST /applications/{id}/pay: what is owed, and a payment of it. */
void pt_web_pay_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_pay(void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* /payments/{id}, and what its owner may do with it. */
void pt_web_payment(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_payment_refresh(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_payment_cancel(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_payment_refund(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* /payments/{id}/back, where the gateway leads or calls: asks it. */
void pt_web_payment_back(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
