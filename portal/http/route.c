#include "portal/http/route.h"

#include <stdio.h>
#include <string.h>

/* Whether path is pattern's; what stands for its {...} goes to *param. */
static bool
matches(const char *pattern, struct mh_span path, struct mh_span *param)
{
    size_t at = 0;

    *param = (struct mh_span){0};
    while (*pattern != '\0') {
        if (*pattern == '{') {
            size_t from = at;

            while (at < path.len && path.ptr[at] != '/')
                at++;
            if (!mh_span_sub(path, from, at - from, param) || at == from)
                return false;
            pattern = strchr(pattern, '}') + 1;
            continue;
        }
        if (at == path.len || path.ptr[at] != (uint8_t)*pattern)
            return false;
        at++;
        pattern++;
    }
    return at == path.len;
}

static bool
method_fits(enum pt_method route, enum pt_method asked)
{
    return route == asked || (route == PT_GET && asked == PT_HEAD);
}

bool
pt_route_find(
    const struct pt_route *route, size_t routes, struct pt_request *rq)
{
    bool get = false, post = false;

    for (size_t i = 0; i < routes; i++) {
        struct mh_span param;

        if (route[i].card != rq->gate.card ||
            !matches(route[i].path, rq->gate.path, &param))
            continue;
        get = get || route[i].method == PT_GET;
        post = post || route[i].method == PT_POST;
        if (!method_fits(route[i].method, rq->gate.method) ||
            param.len >= sizeof(rq->param))
            continue;
        rq->route = &route[i];
        if (param.len > 0)
            memcpy(rq->param, param.ptr, param.len);
        rq->param[param.len] = '\0';
        return true;
    }
    if (!get && !post) {
        pt_answer_problem(
            &rq->answer, 404, "not-found", "there is nothing here");
        return false;
    }
    pt_answer_problem(
        &rq->answer, 405, "method", "this method is not for this resource");
    pt_answer_header(&rq->answer, "Allow", "%s%s%s", get ? "GET, HEAD" : "",
        get && post ? ", " : "", post ? "POST" : "");
    return false;
}

bool
pt_route_query(struct pt_request *rq)
{
    struct mh_err err = {.msg = ""};
    const char *unknown = NULL;
    size_t n = 0;

    if (pt_form_parse(rq->gate.query, rq->arena, &err, &rq->query) != MH_OK) {
        pt_answer_problem(&rq->answer, 400, "query", err.msg);
        return false;
    }
    while (rq->route->query != NULL && rq->route->query[n] != NULL)
        n++;
    if (!pt_form_knows(&rq->query, rq->route->query, n, &unknown)) {
        pt_answer_problem(&rq->answer, 400, "query", "query: an unknown field");
        return false;
    }
    return true;
}
