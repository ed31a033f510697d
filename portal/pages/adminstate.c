/* The state of the service, for operators (admin.h). */
#include "portal/pages/admin.h"

#include "pages.h"

void
pt_web_admin(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_page page;
    struct pt_who who;

    if (!pt_operator(ctx, rq, answer, &who))
        return;
    pt_admin_begin(
        &page, rq, answer, PT_T("State of the service"), &who, "at_state");
    pt_page_end(&pt_tmpl_admin, &page, rq, answer, 200);
}
