/* POST /api/v1/verify and /api/v1/inspect. */
#ifndef PORTAL_API_VERIFY_H
#define PORTAL_API_VERIFY_H

#include "portal/api/app.h"
#include "portal/api/options.h"

#define PT_KIND_VERIFY "verify"

enum {
    PT_ANSWER_ARENA = 160 << 20 /* bytes of a report and what it is made of */
};

void pt_verify(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_inspect(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/*
 * The judgement itself, for a request and for a job: judges and prints.
 * MH_EINTERNAL, MH_ENOMEM: nobody was there to judge; later again.
 */
struct pt_verification {
    struct pt_judge_file document;
    const char *sha256; /* hex, computed here */
    const struct pt_judge_file *data;
    size_t datas;
    struct pt_options options;
};
enum mh_code pt_verification_run(struct pt_judge *judge,
    const struct pt_verification *v, int64_t now, struct mh_err *err,
    struct pt_answer *answer) MH_MUST_USE;

/* A judge that is not there: 503, with when to come again. */
void pt_answer_no_judge(struct pt_answer *answer, const struct mh_err *err);

#endif
