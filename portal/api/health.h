/* GET /api/v1/health/live, /api/v1/health/ready and /api/v1/openapi.json. */
#ifndef PORTAL_API_HEALTH_H
#define PORTAL_API_HEALTH_H

#include "portal/api/app.h"

void pt_health_live(void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* 200 when documents can be judged and stored, else 503 with what is not. */
void pt_health_ready(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_openapi(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* The description, as it was embedded. */
struct mh_span pt_openapi_text(void);

#endif
