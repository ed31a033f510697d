/*
 * What e-mail and SMS need besides a plain request: addresses that are only
 * that, and the words of SMS services, where the password is.  Internal to
 * signer/courier.
 */
#ifndef SIGNER_COURIER_SMS_H
#define SIGNER_COURIER_SMS_H

#include "base/wire/courier.h"

/* Whether both are user@host without anything that SMTP would take for more
   than an address (RFC 5321 4.1.2). */
bool sg_mail_good(const char *from, const char *to);

/*
 * The address to GET, in the arena.  Kannel: sendsms with coding=2 and UTF-8,
 * dlr-mask and dlr-url where f->url is set; LSIM: key =
 * md5hex(md5hex(password) login text msisdn sender), unicode=1.  NULL: to is
 * not 8 to 15 digits, the text is empty, longer than 1,000 bytes, or not clean
 * UTF-8, or there is no memory.
 */
const char *sg_sms_url(const struct mh_sender *sender, const struct mh_fetch *f,
    struct mh_arena *arena);

#endif
