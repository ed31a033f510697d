/* Requests with an Idempotency-Key are done once and answered as often. */
#ifndef PORTAL_API_ONCE_H
#define PORTAL_API_ONCE_H

#include "portal/api/app.h"

/* Runs the route's handler, or gives the answer it gave before. */
void pt_once(struct pt_app *app, struct pt_request *rq);

#endif
