/*
 * What SMS services answer and report: Kannel's smsbox (sendsms and its
 * delivery reports) and LSIM's quicksms.  How they are asked is the courier's
 * to know, which has the password.
 */
#ifndef PORTAL_NOTIFY_SMS_H
#define PORTAL_NOTIFY_SMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum pt_sms_outcome {
    PT_SMS_TAKEN,
    PT_SMS_LATER,   /* worth another try */
    PT_SMS_REFUSED, /* for good */
};

/* An answer to a request for sending, with the status of HTTP. */
enum pt_sms_outcome pt_sms_kannel(uint32_t status, struct mh_span body);
/* ref: what the provider calls the message, digits, "" where it does not. */
enum pt_sms_outcome pt_sms_lsim(
    uint32_t status, struct mh_span body, char ref[static 24]);

enum pt_sms_report {
    PT_SMS_UNKNOWN, /* a report that says nothing final */
    PT_SMS_ARRIVED,
    PT_SMS_LOST,
};
/* The type of a delivery report (Kannel's dlr-mask): 1 delivered, 2 not, 4 and
   8 on the way, 16 refused by the exchange. */
enum pt_sms_report pt_sms_report(const char *type);

#endif
