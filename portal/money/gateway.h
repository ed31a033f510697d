/*
 * The gateway that state fees are paid at, in AzeriCard's words: a form that a
 * browser takes there (TRTYPE 1), a question about it that the service asks
 * itself (TRTYPE 90), and its request to give the money back: a reversal
 * (TRTYPE 24) or a refund (TRTYPE 22).  Pure: nothing here speaks to the
 * network.
 *
 * Only the signed answer to a question says that money came.  It has to be for
 * this order, amount, currency, terminal and nonce, and its P_SIGN is over all
 * of ORDER, AMOUNT, CURRENCY, TERMINAL, TRTYPE, ACTION, RC, APPROVAL, RRN,
 * INT_REF, TIMESTAMP and NONCE: what a browser brings back is signed over less
 * (neither ORDER nor ACTION) and is not looked at.
 */
#ifndef PORTAL_MONEY_GATEWAY_H
#define PORTAL_MONEY_GATEWAY_H

#include "base/arena.h"
#include "base/wire/codes.h"
#include "base/wire/settings.h"
#include "portal/money/psign.h"

enum {
    PT_GATEWAY_FIELDS = 20,
    PT_GATEWAY_REF = 32,    /* bytes of RRN and INT_REF */
    PT_GATEWAY_NONCE = 33,  /* bytes of a nonce with its NUL: 32 digits */
    PT_GATEWAY_ORIGIN = 256 /* bytes of an origin with its NUL */
};

struct pt_gateway;

/* Settings are copied.  MH_EFORMAT: an address or key that is none; *out NULL
   and MH_OK where none is set. */
enum mh_code pt_gateway_open(const struct mh_payment_settings *set,
    const char *origin, struct mh_err *err,
    struct pt_gateway **out) MH_MUST_USE;
void pt_gateway_free(struct pt_gateway *g); /* NULL is fine */
const char *pt_gateway_url(const struct pt_gateway *g);
/* Scheme, host and port of it, for a page's form-action. */
const char *pt_gateway_origin(const struct pt_gateway *g);

struct pt_gateway_order {
    int64_t number; /* ORDER */
    int64_t amount; /* qəpik */
    int64_t now;    /* seconds UTC */
    const char *id; /* of the payment: where its owner comes back to */
    enum mh_lang lang;
    const char *nonce; /* 32 hexadecimal digits */
};

struct pt_gateway_form {
    struct {
        const char *name;
        char value[PT_PSIGN_HEX];
    } field[PT_GATEWAY_FIELDS];
    size_t fields;
};
/* The signed form that pays. */
enum mh_code pt_gateway_pay(const struct pt_gateway *g,
    const struct pt_gateway_order *order, struct mh_err *err,
    struct pt_gateway_form *out) MH_MUST_USE;
/* The body of the question. */
enum mh_code pt_gateway_ask(const struct pt_gateway *g,
    const struct pt_gateway_order *order, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

enum pt_gateway_word {
    PT_GATEWAY_WAITING, /* nothing is decided: it is not known, or an error */
    PT_GATEWAY_PAID,
    PT_GATEWAY_DECLINED,
};
struct pt_gateway_said {
    enum pt_gateway_word word;
    char rrn[PT_GATEWAY_REF + 1], int_ref[PT_GATEWAY_REF + 1]; /* of PAID */
};
/*
 * Its answer; arena for the fields.  MH_EFORMAT names the rule that it breaks:
 * a field, another order, a wrong signature.
 */
enum mh_code pt_gateway_read(const struct pt_gateway *g,
    const struct pt_gateway_order *order, struct mh_span answer,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_gateway_said *out) MH_MUST_USE;

/* ---- giving money back ---- */

enum { /* TRTYPE */
    PT_GATEWAY_REFUND = 22,
    PT_GATEWAY_REVERSAL = 24, /* before the gateway closes the day */
};
struct pt_gateway_back {
    int64_t number, amount, now; /* as of the payment; seconds UTC */
    unsigned type;               /* TRTYPE */
    const char *rrn, *int_ref;   /* of the payment */
    const char *nonce;           /* 32 hexadecimal digits */
};
/* Whether the gateway is set up for it (enum mh_refunds). */
bool pt_gateway_gives(const struct pt_gateway *g);
/*
 * The body of the request.  P_SIGN is over AMOUNT, CURRENCY, TERMINAL, TRTYPE,
 * ORDER, RRN, INT_REF, or with ORDER first, as the settings say.
 */
enum mh_code pt_gateway_give(const struct pt_gateway *g,
    const struct pt_gateway_back *back, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;
/*
 * Its answer, signed as that of a question.  PAID: the money was given back,
 * now or by the same request before (ACTION 0 with RC 00, ACTION 1); DECLINED:
 * it is not (ACTION 2); WAITING: nothing is known.  MH_EFORMAT as above.
 */
enum mh_code pt_gateway_given(const struct pt_gateway *g,
    const struct pt_gateway_back *back, struct mh_span answer,
    struct mh_arena *arena, struct mh_err *err,
    enum pt_gateway_word *out) MH_MUST_USE;

#endif
