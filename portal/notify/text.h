/*
 * What messages say, in the language of who gets them.  A message names a case
 * by its number and leads to the service; it never has a person's name, and an
 * SMS not even the number.  Of a hearing they say time and hall.
 *
 * Kinds and the lines of their args:
 *   notice    number of the case, id of the notification; where the event
 *             may be named: its kind and its data (portal/pages/casewords.h)
 *   code      six digits
 *   reset     token of the link
 *   changed   (none) the password was changed
 *   exists    (none) somebody registers with data of this account
 *   address   (none) the e-mail address of the account was changed
 *   letter    user name and text of a letter to the operator
 *   letter-proof   token of the link that sends a letter to a court
 *   letter-answer  subject of such a letter, and the court's answer
 *   letter-told    (none) the answer stands in the cabinet
 *   inquiry        (none) the same of an inquiry
 */
#ifndef PORTAL_NOTIFY_TEXT_H
#define PORTAL_NOTIFY_TEXT_H

#include "base/buf.h"
#include "portal/store/deliveries.h"

struct pt_letter {
    const char *subject; /* of e-mail */
    struct mh_buf text;  /* UTF-8; the caller ends it */
};

/* origin: "https://host".  False: a kind or args that are none. */
bool pt_letter_make(const struct pt_delivery *delivery, const char *origin,
    struct pt_letter *out);

#endif
