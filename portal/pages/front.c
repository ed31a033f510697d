#include "portal/pages/front.h"

#include <string.h>

#include "pages.h"
#include "portal/api/app.h"
#include "portal/http/clock.h"
#include "portal/pages/casewords.h"
#include "portal/pages/feedback.h"
#include "portal/pages/layout.h"
#include "portal/pages/session.h"
#include "portal/store/courtinfo.h"
#include "portal/store/front.h"

enum {
    DAY = 86400, /* seconds */
    BAKU = 4 * 3600,
    FRONT_ARENA = 4 << 20, /* bytes of a day's list */
};

const char *const pt_web_courts_query[] = {"court", "day", NULL};

static enum mh_code
set_courts(struct pt_app *app, struct pt_request *rq, struct pt_map *m,
    struct mh_err *err)
{
    struct pt_courts list;
    enum mh_code code = pt_store_court_list(app->store, rq->arena, err, &list);

    for (size_t i = 0; code == MH_OK && i < list.count; i++) {
        struct pt_map *o = pt_add(m, "courts");

        pt_set(o, "code", list.item[i].code);
        pt_set(o, "text", list.item[i].name);
    }
    return code;
}

static void
set_day(struct pt_page *page, const struct pt_front *front, enum mh_lang lang)
{
    for (size_t i = 0; i < front->hearings; i++) {
        const struct pt_front_hearing *h = &front->hearing[i];
        struct pt_map *m = pt_add(&page->root, "hearings");
        char when[24];

        pt_baku_minute(h->starts, when);
        pt_set(m, "from", when[0] == '\0' ? "" : when + 11); /* the time */
        pt_baku_minute(h->ends, when);
        pt_set(m, "until", when[0] == '\0' ? "" : when + 11);
        pt_set(m, "number", h->number);
        pt_set(m, "hall", h->hall);
        pt_set(m, "kind", pt_text(lang, pt_hearing_kind_text(h->kind)));
        pt_set(m, "state", pt_text(lang, pt_hearing_state_text(h->state)));
    }
    pt_set_flag(&page->root, "more", front->more);
    for (size_t i = 0; i < front->judges; i++)
        pt_set(pt_add(&page->root, "judges"), "name", front->judge[i].name);
}

/* The beginning of the day in Baku, today where none is asked for; false: what
   is asked for is no day, and *from is today. */
static bool
day_of(const struct pt_request *rq, int64_t *from)
{
    const char *day = pt_query(rq, "day");

    *from = (pt_time() + BAKU) / DAY * DAY - BAKU;
    return day == NULL || day[0] == '\0' || pt_baku_day_parse(day, from);
}

static enum mh_code
set_court(struct pt_app *app, struct pt_page *page,
    const struct pt_court_info *info, int64_t from, enum mh_lang lang,
    struct mh_err *err)
{
    struct mh_arena *arena = mh_arena_new(FRONT_ARENA);
    const struct pt_court *c = &info->court;
    struct pt_front front;
    char day[16];
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    code = pt_store_front_day(app->store, info->id, from, arena, err, &front);
    if (code == MH_OK)
        code = pt_feedback_set(app, &page->root, info->id, arena, err);
    if (code == MH_OK) {
        set_day(page, &front, lang);
        pt_set(&page->root, "court_name", c->name);
        pt_set(&page->root, "court_code", c->code);
        pt_set(&page->root, "address", info->address);
        pt_set(&page->root, "phone", info->phone);
        pt_set(&page->root, "email", info->email);
        pt_set_flag(&page->root, "unconnected", !info->connected);
        pt_set_flag(&page->root, "closed", info->closed);
        pt_baku_day(from, day);
        pt_set(&page->root, "shown_day", day);
    }
    mh_arena_free(arena);
    return code;
}

/* The day that is asked for; false: it is no day, and the page says so. */
static bool
set_asked_day(const struct pt_request *rq, struct pt_page *page,
    enum mh_lang lang, int64_t *from)
{
    const char *day = pt_query(rq, "day");
    bool good = day_of(rq, from);

    if (!good) {
        const char *said = pt_text(lang, PT_T("Write the day as 31.12.2026"));

        pt_page_error(page, "day", said);
        pt_set(&page->root, "day_error", said);
    }
    pt_set(&page->root, "day", day == NULL ? "" : day);
    return good;
}

void
pt_web_courts(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *asked = pt_query(rq, "court");
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct pt_court_info info;
    enum pt_found found = PT_ABSENT;
    struct pt_page page;
    int64_t from;
    unsigned status = 200;
    enum mh_code code = MH_OK;

    pt_page_begin(&page, rq, answer, PT_T("Courts and hearings of the day"));
    pt_set_flag(&page.root, "at_courts", true);
    if (asked != NULL)
        code = pt_store_court_info(app->store, asked, &err, &info, &found);
    if (code == MH_OK && found == PT_FOUND) {
        if (!set_asked_day(rq, &page, lang, &from))
            status = 422;
        code = set_court(app, &page, &info, from, lang, &err);
    } else if (code == MH_OK) {
        if (asked != NULL) {
            pt_page_error(
                &page, "", pt_text(lang, PT_T("Choose a court from the list")));
            status = 422;
        }
        code = set_courts(app, rq, &page.root, &err);
    }
    if (code == MH_OK)
        pt_page_end(&pt_tmpl_courts, &page, rq, answer, status);
    else
        pt_answer_error(answer, &err);
}

void
pt_web_portal(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_page page;
    struct pt_who who;

    if (pt_who_is(app, rq, &who))
        pt_page_of(
            &page, rq, answer, PT_T("Unified portal of the courts"), &who);
    else
        pt_page_begin(&page, rq, answer, PT_T("Unified portal of the courts"));
    pt_set_flag(&page.root, "at_portal", true);
    pt_page_end(&pt_tmpl_portal, &page, rq, answer, 200);
}
