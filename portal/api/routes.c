/* Every route there is; portal/api/openapi.json describes each of them. */
#include "portal/api/app.h"

#include "portal/api/health.h"
#include "portal/api/job.h"
#include "portal/api/options.h"
#include "portal/api/siva.h"
#include "portal/api/verify.h"
#include "portal/pages/web.h"

static const char *const documents[] = {"file", "data", NULL};

const struct pt_route pt_routes[] = {
    {.method = PT_GET,
        .path = "/api/v1/health/live",
        .open = true,
        .quick = true,
        .handle = pt_health_live},
    {.method = PT_GET,
        .path = "/api/v1/health/ready",
        .open = true,
        .quick = true, /* it writes every five seconds */
        .handle = pt_health_ready},
    {.method = PT_GET,
        .path = "/api/v1/openapi.json",
        .open = true,
        .quick = true,
        .handle = pt_openapi},
    {.method = PT_POST,
        .path = "/api/v1/verify",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = documents,
        .query = pt_options_names,
        .handle = pt_verify},
    {.method = PT_POST,
        .path = "/api/v1/inspect",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = documents,
        .handle = pt_inspect},
    {.method = PT_GET, .path = "/api/v1/jobs/{id}", .handle = pt_job_show},
    {.method = PT_GET,
        .path = "/api/v1/jobs/{id}/result",
        .handle = pt_job_result},
    {.method = PT_POST,
        .path = "/V3/validate",
        .body = PT_BODY_JSON,
        .cap = PT_SIVA_MAX,
        .handle = pt_siva_validate},
    /* Pages. */
    {.method = PT_GET,
        .path = "/",
        .open = true,
        .quick = true,
        .handle = pt_web_home},
    {.method = PT_GET,
        .path = "/assets/{id}",
        .query = pt_web_asset_query,
        .open = true,
        .quick = true,
        .handle = pt_web_asset},
    {.method = PT_POST,
        .path = "/lang",
        .body = PT_BODY_FORM,
        .cap = PT_FORM_MAX,
        .open = true,
        .quick = true,
        .handle = pt_web_lang},
    {.method = PT_GET,
        .path = "/verify",
        .open = true,
        .quick = true,
        .handle = pt_web_form},
    {.method = PT_POST,
        .path = "/verify",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = documents,
        .page = true,
        .handle = pt_web_verify},
    {.method = PT_GET,
        .path = "/verify/report/{id}",
        .query = pt_web_report_query,
        .page = true,
        .handle = pt_web_report},
};
const size_t pt_routes_count = sizeof(pt_routes) / sizeof(pt_routes[0]);
