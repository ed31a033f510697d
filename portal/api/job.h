/* GET /api/v1/jobs/{id} and /api/v1/jobs/{id}/result. */
#ifndef PORTAL_API_JOB_H
#define PORTAL_API_JOB_H

#include "portal/api/app.h"

void pt_job_show(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_job_result(void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
