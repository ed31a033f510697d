/* Requests a minute: a bucket a client, filled evenly. */
#ifndef PORTAL_API_RATE_H
#define PORTAL_API_RATE_H

#include "portal/api/app.h"

/*
 * Takes one request of client's; per_minute 0: always true.  False: *wait is
 * how many seconds until the next one goes.
 */
bool pt_rate_take(struct pt_app *app, int64_t client, uint32_t per_minute,
    int64_t now_ms, unsigned *wait);

/* The same in an hour. */
bool pt_rate_hour(struct pt_app *app, int64_t client, uint32_t per_hour,
    int64_t now_ms, unsigned *wait);

/* A number, below -1, for the address that asks, and for what; 0: there is no
   front that knows it. */
int64_t pt_rate_address(const struct pt_request *rq, const char *what);

#endif
