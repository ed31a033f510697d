/* The clocks of the portal. */
#ifndef PORTAL_HTTP_CLOCK_H
#define PORTAL_HTTP_CLOCK_H

#include <stdint.h>

int64_t pt_now_ms(void); /* monotonic milliseconds */
int64_t pt_time(void);   /* seconds UTC */

#endif
