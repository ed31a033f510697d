/* Which route a request is for. */
#ifndef PORTAL_HTTP_ROUTE_H
#define PORTAL_HTTP_ROUTE_H

#include "portal/http/request.h"

/*
 * Sets rq->route and rq->param; false: rq->answer is 404, or 405 with Allow.
 */
bool pt_route_find(
    const struct pt_route *route, size_t routes, struct pt_request *rq);

/* Parses the query; false: rq->answer is 400, a field is unknown. */
bool pt_route_query(struct pt_request *rq);

#endif
