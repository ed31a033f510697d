#include "portal/pages/redacting.h"

#include "pages.h"
#include "portal/http/clock.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"

void
pt_web_redactings(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_version_rows list;
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_who who;
    enum mh_lang lang = pt_lang_of(rq);

    if (!pt_who_must(app, rq, answer, &who))
        return;
    if (who.account.role != PT_ROLE_CLERK &&
        who.account.role != PT_ROLE_JUDGE) {
        pt_page_absent(rq, answer);
        return;
    }
    if (pt_store_version_waiting(
            app->store, &who.account, rq->arena, &err, &list) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Acts for everybody"), &who);
    pt_set_flag(&page.root, "in_acts", true);
    pt_set_flag(&page.root, "more", list.more);
    pt_set_list(&page.root, "acts");
    for (size_t i = 0; i < list.count; i++) {
        const struct pt_version_row *v = &list.item[i];
        const char *kind = pt_act_kind_text(v->kind);
        struct pt_map *m = pt_add(&page.root, "acts");
        const char *colour = "";
        char day[16];

        pt_set(m, "id", v->act);
        pt_set(m, "case_number", v->number);
        pt_set(m, "act_title", v->title);
        pt_set(m, "kind", kind == NULL ? v->kind : pt_text(lang, kind));
        pt_baku_day(v->announced, day);
        pt_set(m, "announced", day);
        pt_set(
            m, "state", pt_text(lang, pt_redacting_state(v->state, &colour)));
        pt_set(m, "state_colour", colour);
        pt_set_flag(m, "yours", v->state == PT_VERSION_REVIEW && !v->worked);
    }
    pt_page_end(&pt_tmpl_redactings, &page, rq, answer, 200);
}
