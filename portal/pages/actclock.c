#include "portal/pages/actclock.h"

#include <pthread.h>

#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/act.h"
#include "portal/http/clock.h"
#include "portal/pages/casewords.h"

enum {
    LIST_ARENA = 4 << 20, /* bytes of a list */
    DAY = 86400,          /* seconds */
    FRESH = 60,           /* seconds that the courts' figures are shown */
};

static const char *
state_text(enum pt_act_state s)
{
    switch (s) {
    case PT_ACT_DRAFT:
        return PT_T("Draft");
    case PT_ACT_FOR_SIGNATURE:
        return PT_T("Waits for the judge's signature");
    case PT_ACT_SIGNED:
        return PT_T("Signed, not published yet");
    case PT_ACT_PUBLISHED:
        return PT_T("Published");
    case PT_ACT_DISCARDED:
        return PT_T("Discarded");
    case PT_ACT_STATES:
        break;
    }
    return PT_T("Unknown");
}

/* Days with one digit behind the point; az and ru write a comma. */
static void
set_days(struct pt_map *m, const char *name, int64_t seconds, enum mh_lang lang)
{
    int64_t tenths = (10 * seconds + DAY / 2) / DAY;

    pt_setf(m, name, "%lld%c%lld", (long long)(tenths / 10),
        lang == MH_EN ? '.' : ',', (long long)(tenths % 10));
}

static void
set_time(struct pt_map *m, const char *name, int64_t t)
{
    char when[24];

    pt_baku_minute(t, when);
    pt_set(m, name, when);
}

void
pt_act_describe(struct pt_map *m, const struct pt_act *a, bool draft,
    int64_t now, enum mh_lang lang)
{
    const char *kind = pt_act_kind_text(a->kind);
    bool open = draft || a->state == PT_ACT_PUBLISHED;
    char hex[2 * PT_HASH + 1];

    pt_set(m, "id", a->id);
    pt_set(m, "case_id", a->case_id);
    pt_set(m, "case_number", a->number);
    pt_set(m, "kind", kind == NULL ? a->kind : pt_text(lang, kind));
    pt_set(m, "act_title", open ? a->title : "");
    pt_set_flag(m, "may_open", open);
    pt_set(m, "state", pt_text(lang, state_text(a->state)));
    pt_set(m, "state_colour",
        a->state == PT_ACT_PUBLISHED   ? "green"
        : a->state == PT_ACT_SIGNED    ? "blue"
        : a->state == PT_ACT_DISCARDED ? "grey"
                                       : "yellow");
    set_time(m, "announced", a->announced);
    set_time(m, "due", a->due);
    set_time(m, "signed", a->signed_at);
    set_time(m, "published", a->published);
    pt_set_flag(m, "late", pt_act_late(a, now));
    pt_set_flag(
        m, "was_late", a->state == PT_ACT_PUBLISHED && a->published > a->due);
    set_days(m, "late_days", now - a->due, lang);
    pt_set(m, "judge", a->judge_name);
    pt_set(m, "author", a->author_name);
    pt_set(m, "signer", a->signer_name);
    pt_set(m, "document", a->document);
    pt_set(m, "replaces", a->replaces);
    pt_set(m, "replaced_by", a->replaced_by);
    pt_set_int(m, "size", (int64_t)a->size);
    mh_hex_encode((struct mh_span){a->sha256, PT_HASH}, hex);
    pt_set(m, "digest", hex);
    hex[12] = '\0';
    pt_set(m, "short_digest", hex);
}

enum mh_code
pt_act_readers_set(struct pt_app *app, struct pt_map *m, const struct pt_act *a,
    enum mh_lang lang, struct mh_err *err)
{
    struct pt_act_readers list = {.count = 0};
    enum mh_code code = MH_OK;

    pt_set_list(m, "readers");
    if (a->state == PT_ACT_PUBLISHED)
        code = pt_store_act_readers(app->store, a->id, err, &list);
    for (size_t i = 0; i < list.count; i++) {
        struct pt_map *item = pt_add(m, "readers");

        pt_set(item, "reader",
            pt_text(lang, pt_case_role_text(list.item[i].role)));
        set_time(item, "read", list.item[i].at);
    }
    return code;
}

enum mh_code
pt_act_case_set(struct pt_app *app, struct pt_map *m, const struct pt_case *c,
    enum mh_lang lang, struct mh_err *err)
{
    bool draft = pt_may(c->relation, PT_MAY_DRAFT_ACT);
    struct mh_arena *arena;
    struct pt_acts list = {.count = 0};
    enum mh_code code;

    pt_set_flag(m, "may_acts", pt_may(c->relation, PT_MAY_SEE_ACTS));
    pt_set_flag(m, "may_draft_act", draft);
    pt_set_list(m, "acts");
    if (!pt_may(c->relation, PT_MAY_SEE_ACTS))
        return MH_OK;
    arena = mh_arena_new(LIST_ARENA);
    code = arena == NULL
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_act_of_case(app->store, c->id, arena, err, &list);
    for (size_t i = 0; i < list.count && code == MH_OK; i++) {
        struct pt_map *item = pt_add(m, "acts");

        pt_act_describe(item, &list.item[i], draft, pt_time(), lang);
        code = pt_act_readers_set(app, item, &list.item[i], lang, err);
    }
    pt_set_flag(m, "more_acts", list.more);
    mh_arena_free(arena);
    return code;
}

void
pt_web_acts_overdue(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_acts list = {.count = 0};
    int64_t now = pt_time();
    struct mh_arena *arena;
    struct pt_page page;
    struct pt_who who;
    enum mh_code code;

    if (!pt_who_must(app, rq, answer, &who))
        return;
    if (who.account.role != PT_ROLE_PRESIDENT) {
        pt_page_absent(rq, answer);
        return;
    }
    arena = mh_arena_new(LIST_ARENA);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_act_overdue(
                     app->store, who.account.id, now, arena, &err, &list);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else {
        pt_page_of(&page, rq, answer, PT_T("Overdue acts"), &who);
        pt_set_flag(&page.root, "in_overdue", true);
        pt_set_flag(&page.root, "wide", true);
        pt_set_flag(&page.root, "more", list.more);
        pt_set_list(&page.root, "acts");
        for (size_t i = 0; i < list.count; i++)
            pt_act_describe(pt_add(&page.root, "acts"), &list.item[i], false,
                now, pt_lang_of(rq));
        pt_page_end(&pt_tmpl_acts_overdue, &page, rq, answer, 200);
    }
    mh_arena_free(arena);
}

/* The figures, made at most once in FRESH seconds: anybody may ask for them,
   and they are over all acts of a year. */
static struct {
    pthread_mutex_t lock;
    int64_t at; /* 0: never */
    struct pt_act_clock item[PT_COURTS_MAX];
    size_t count;
} figures = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum mh_code
make_figures(struct pt_app *app, int64_t now, struct mh_err *err)
{
    struct mh_arena *arena = mh_arena_new(LIST_ARENA);
    struct pt_act_clocks list = {.count = 0};
    enum mh_code code =
        arena == NULL
            ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
            : pt_store_act_clocks(
                  app->store, now - PT_ACT_YEAR, now, arena, err, &list);

    if (code == MH_OK) {
        figures.count = list.count;
        for (size_t i = 0; i < list.count; i++)
            figures.item[i] = list.item[i];
        figures.at = now;
    }
    mh_arena_free(arena);
    return code;
}

static void
add_figures(struct pt_map *root, enum mh_lang lang)
{
    pt_set_int(root, "fewest", PT_ACTS_COUNTED);
    pt_set_list(root, "courts");
    for (size_t i = 0; i < figures.count; i++) {
        const struct pt_act_clock *c = &figures.item[i];
        struct pt_map *m = pt_add(root, "courts");

        pt_set(m, "court", c->court);
        pt_set_flag(m, "figure", c->acts >= PT_ACTS_COUNTED);
        if (c->acts < PT_ACTS_COUNTED)
            continue;
        pt_set_int(m, "count", c->acts);
        set_days(m, "median", c->median, lang);
        set_days(m, "p90", c->p90, lang);
    }
}

void
pt_web_acts_clock(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    int64_t now = pt_time();
    enum mh_code code = MH_OK;
    struct pt_page page;
    struct pt_who who;

    if (pt_who_is(app, rq, &who))
        pt_page_of(&page, rq, answer, PT_T("How long acts take"), &who);
    else
        pt_page_begin(&page, rq, answer, PT_T("How long acts take"));
    (void)pthread_mutex_lock(&figures.lock); /* it is ours */
    if (figures.at == 0 || now < figures.at || now - figures.at >= FRESH)
        code = make_figures(app, now, &err);
    if (code == MH_OK)
        add_figures(&page.root, pt_lang_of(rq));
    (void)pthread_mutex_unlock(&figures.lock); /* the same */
    if (code == MH_OK)
        pt_page_end(&pt_tmpl_acts_clock, &page, rq, answer, 200);
    else
        pt_answer_error(answer, &err);
}
