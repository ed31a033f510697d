/*
 * Addresses that are proven by a code, and what is asked of an address before
 * anybody is known (portal.md 3.1, 3.2).  The code's cookie and the code
 * together are the proof; the store has only their SHA-256.
 */
#ifndef PORTAL_PAGES_PROOFS_H
#define PORTAL_PAGES_PROOFS_H

#include "portal/pages/session.h"
#include "portal/store/deliveries.h"

enum {
    PT_SECRET = 44, /* bytes of 256 random bits in base64url, with the NUL */
    PT_CODE_SECONDS = 600,
    PT_LINK_SECONDS = 1200,
};

/* 256 random bits, for a link or a cookie, and their SHA-256. */
enum mh_code pt_secret_new(char out[static PT_SECRET],
    uint8_t hash[static PT_HASH], struct mh_err *err) MH_MUST_USE;
/* False: it is none. */
bool pt_secret_hash(const char *secret, uint8_t hash[static PT_HASH]);

/* A message of this kind in the reader's language, not yet anybody's. */
void pt_delivery_begin(
    const struct pt_request *rq, const char *kind, struct pt_delivery *out);

/*
 * Keeps what is to be proven and sends the code to its address; the cookie
 * goes out with the answer.  decoy: delivery is about something else, and no
 * code will fit.
 */
struct pt_code_asked {
    const char *purpose, *data;
    int64_t account;
    bool decoy;
};
enum mh_code pt_code_ask(struct pt_app *app, const struct pt_code_asked *asked,
    struct pt_delivery *delivery, struct pt_answer *answer,
    struct mh_err *err) MH_MUST_USE;
/* What the form's code proves. */
enum mh_code pt_code_take(struct pt_app *app, struct pt_request *rq,
    const char *purpose, struct mh_err *err, struct pt_proven *out) MH_MUST_USE;

/* The page that asks for a code; wrong: an id of a text, or NULL. */
void pt_code_show(struct pt_request *rq, struct pt_answer *answer,
    const char *action, const char *wrong);

/* A page of one sentence; title and text are ids of texts. */
void pt_message_show(struct pt_request *rq, struct pt_answer *answer,
    const char *title, const char *text);

/* False: too much from this address; answer says so. */
bool pt_address_may(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const char *what, uint32_t per_hour);

/* A new address of an account: asks for its code. */
enum mh_code pt_contact_ask(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_who *who, const char *email,
    struct mh_err *err) MH_MUST_USE;
void pt_web_contact_code_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_contact_code(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_letter(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
