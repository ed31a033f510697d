/*
 * An e-mail as it goes over the wire (RFC 5322): one text in UTF-8, base64
 * (RFC 2045), words of the header encoded (RFC 2047).  Nothing that comes in
 * can become another field or another recipient.
 */
#ifndef PORTAL_NOTIFY_MAIL_H
#define PORTAL_NOTIFY_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    PT_MAIL_SUBJECT_MAX = 300, /* bytes */
    PT_MAIL_TEXT_MAX = 16384,  /* bytes, LF between lines */
    PT_MAIL_MAX = 32768,       /* bytes of a whole message */
};

struct pt_mail {
    const char *from, *to; /* user@host */
    const char *subject;   /* clean text */
    const char *text;      /* UTF-8, no control but LF */
    const char *id;        /* of Message-ID, before its @: [a-z0-9] */
    int64_t date;          /* seconds UTC */
};

/* user@host in ASCII, at most 200 bytes, without blanks, quotes, brackets and
   commas: what SMTP and a header take for one address. */
bool pt_mail_address(const char *s);

/* Adds it to out.  MH_EFORMAT: an address, a subject, a text or an id is not
   as above; MH_ELIMIT: too long; MH_ENOMEM. */
enum mh_code pt_mail_build(const struct pt_mail *mail, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

#endif
