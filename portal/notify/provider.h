/*
 * The services outside that this one speaks to, tried by hand: one real
 * exchange over the courier that changes nothing and costs next to nothing.
 *
 *   tsa     a time-stamp over random bytes (RFC 3161)
 *   mobile  the certificate of a number that nobody has
 *   mail    an e-mail to the operator's own address
 *   sms     a text message to the operator's own telephone
 */
#ifndef PORTAL_NOTIFY_PROVIDER_H
#define PORTAL_NOTIFY_PROVIDER_H

#include "portal/api/app.h"
#include "portal/store/people.h"

enum pt_provider {
    PT_PROVIDER_TSA,
    PT_PROVIDER_MOBILE,
    PT_PROVIDER_MAIL,
    PT_PROVIDER_SMS,
    PT_PROVIDERS,
};
const char *pt_provider_name(enum pt_provider p); /* "tsa" */
bool pt_provider_of(const char *name, enum pt_provider *out);

/* Whether it is set up; *address: what the settings say that may be shown,
   borrowed from them, or "". */
bool pt_provider_there(
    const struct pt_app *app, enum pt_provider p, const char **address);

enum pt_provider_end {
    PT_PROVIDER_WORKS,   /* the answer is what it should be */
    PT_PROVIDER_REFUSES, /* it answers, and does not do what it should */
    PT_PROVIDER_SILENT,  /* no answer came */
    PT_PROVIDER_NOWHERE, /* the operator has no address or telephone */
    PT_PROVIDER_NOT_SET, /* it is not set up */
};
const char *pt_provider_end_name(enum pt_provider_end end); /* "works" */

struct pt_provider_test {
    enum pt_provider_end end;
    uint32_t status; /* of HTTP or SMTP; 0: none came */
    char said[160];  /* one line more, or "": the courier's word */
    int64_t ms;      /* that it took */
};
/*
 * Tries it for an operator; its record is admin.tested.  MH_ENOMEM, or a store
 * that could not keep the record, are its only errors.
 */
enum mh_code pt_provider_try(struct pt_app *app, enum pt_provider p,
    const struct pt_account *operator, struct mh_err * err,
    struct pt_provider_test *out) MH_MUST_USE;

/* Whether bytes begin as a granted reply of RFC 3161 2.4.2 does. */
bool pt_provider_granted(struct mh_span reply);

#endif
