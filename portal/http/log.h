/*
 * One key=value line an event on standard error.  Values are numbers, words
 * of the program, and identifiers: never a name, a key, document content.
 */
#ifndef PORTAL_HTTP_LOG_H
#define PORTAL_HTTP_LOG_H

#include <stdint.h>

#include "base/err.h"

/* Appends " ev=EVENT" and what fmt says, which is key=value words. */
void pt_log(const char *event, const char *fmt, ...) MH_PRINTF(2, 3);

int64_t pt_now_ms(void); /* monotonic milliseconds */
int64_t pt_time(void);   /* seconds UTC */

#endif
