#include "portal/pages/published.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/proofs.h"
#include "portal/store/fold.h"
#include "portal/store/publications.h"

enum {
    ARENA = 4 << 20,        /* bytes of a list, or of one act */
    WORDS = 100,            /* characters that are searched for */
    DAY = 86400,            /* seconds */
    SEARCHES_AN_HOUR = 600, /* by words, from one address */
};

const char *const pt_web_published_query[] = {
    "words", "court", "kind", "from", "to", "after", NULL};

struct asking {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct mh_arena *arena;
    struct pt_published_query query;
    char words[4 * WORDS + 1], line[4 * WORDS + 1];
    struct pt_fault fault[4];
    size_t faults;
};

static const char *
asked(const struct asking *a, const char *name)
{
    const char *value = pt_query(a->rq, name);

    return value == NULL ? "" : value;
}

static void
wrong(struct asking *a, const char *field, const char *name, const char *id)
{
    a->fault[a->faults++] =
        (struct pt_fault){field, name, pt_text(a->lang, id)};
}

static void
no_robots(struct pt_answer *answer)
{
    pt_answer_header(answer, "X-Robots-Tag", "noindex, noarchive, nosnippet");
}

/* A search form of a few words. */
static bool
take_words(struct asking *a)
{
    size_t words = 0;

    if (!pt_line_of(asked(a, "words"), WORDS, a->line) ||
        !pt_fold(a->line, a->words, sizeof(a->words)))
        return false;
    for (const char *at = a->words; *at != '\0'; words++) {
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    return words <= PT_PUBLISHED_WORDS;
}

static void
take_query(struct asking *a, const struct pt_courts *courts)
{
    struct pt_published_query *q = &a->query;
    const char *to = asked(a, "to"), *from = asked(a, "from");
    bool found = asked(a, "court")[0] == '\0';

    *q = (struct pt_published_query){.words = a->words,
        .court = asked(a, "court"),
        .kind = asked(a, "kind"),
        .after = asked(a, "after")};
    for (size_t i = 0; i < courts->count && !found; i++)
        found = strcmp(courts->item[i].code, q->court) == 0;
    if (!take_words(a))
        wrong(a, "words", "wrong_words",
            PT_T("Search for at most 4 words, in at most 100 characters"));
    if (!found)
        wrong(a, "court", "wrong_court", PT_T("Choose a court from the list"));
    if (from[0] != '\0' && !pt_baku_day_parse(from, &q->from))
        wrong(a, "from", "wrong_from", PT_T("Write the day as 31.12.2026"));
    if (to[0] != '\0' && !pt_baku_day_parse(to, &q->to))
        wrong(a, "to", "wrong_to", PT_T("Write the day as 31.12.2026"));
    else if (to[0] != '\0')
        q->to += DAY; /* that day too */
    if (q->after[0] != '\0' && !pt_id_valid(mh_span_str(q->after)))
        q->after = "";
}

static void
describe(struct asking *a, struct pt_map *m, const struct pt_published *p)
{
    const char *kind = pt_act_kind_text(p->kind);
    char day[16];

    pt_set(m, "id", p->id);
    pt_set(m, "number", p->number);
    pt_set(m, "court", p->court);
    pt_set(m, "kind", kind == NULL ? p->kind : pt_text(a->lang, kind));
    pt_set(m, "act_title", p->title);
    pt_set_flag(m, "corrected", p->corrected);
    pt_baku_day(p->announced, day);
    pt_set(m, "announced", day);
    pt_baku_day(p->released, day);
    pt_set(m, "released", day);
}

static void
set_form(struct asking *a, struct pt_map *m, const struct pt_courts *courts)
{
    static const char *const fields[] = {"words", "from", "to"};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pt_set(m, fields[i], asked(a, fields[i]));
    pt_set(m, "court_code", asked(a, "court"));
    pt_set(m, "kind_code", asked(a, "kind"));
    pt_act_kinds_set(m, asked(a, "kind"), a->lang);
    for (size_t i = 0; i < courts->count; i++) {
        struct pt_map *o = pt_add(m, "courts");

        pt_set(o, "code", courts->item[i].code);
        pt_set(o, "text", courts->item[i].name);
        pt_set_flag(
            o, "chosen", strcmp(courts->item[i].code, asked(a, "court")) == 0);
    }
}

static enum mh_code
show_list(struct asking *a, struct mh_err *err)
{
    struct pt_published_list list = {.count = 0};
    struct pt_courts courts;
    struct pt_page page;
    struct pt_map *m = &page.root;
    enum mh_code code =
        pt_store_court_list(a->app->store, a->arena, err, &courts);

    if (code != MH_OK)
        return code;
    take_query(a, &courts);
    if (a->words[0] != '\0' && !pt_address_may(a->app, a->rq, a->answer,
                                   "published", SEARCHES_AN_HOUR))
        return MH_OK;
    if (a->faults == 0)
        code = pt_store_published_list(
            a->app->store, &a->query, a->arena, err, &list);
    if (code != MH_OK)
        return code;
    pt_page_begin(&page, a->rq, a->answer, PT_T("Published court acts"));
    page.arena = a->arena;
    pt_set_flag(&page.root, "at_published", true);
    set_form(a, m, &courts);
    pt_set_flag(m, "good", a->faults == 0);
    pt_set_list(m, "acts");
    for (size_t i = 0; i < list.count; i++)
        describe(a, pt_add(m, "acts"), &list.item[i]);
    pt_set(m, "after", list.more ? list.item[list.count - 1].id : "");
    for (size_t i = 0; i < a->faults; i++)
        pt_fault_set(&page, &a->fault[i]);
    pt_page_end(&pt_tmpl_published, &page, a->rq, a->answer,
        a->faults == 0 ? 200 : 422);
    no_robots(a->answer);
    return MH_OK;
}

static void
run(struct asking *a, enum mh_code (*of)(struct asking *, struct mh_err *))
{
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    a->arena = mh_arena_new(ARENA);
    code = a->arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : of(a, &err);
    if (code != MH_OK)
        pt_answer_error(a->answer, &err);
    mh_arena_free(a->arena);
}

void
pt_web_published(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)};

    run(&a, show_list);
}

static enum mh_code
show_act(struct asking *a, struct mh_err *err)
{
    struct pt_published p;
    struct pt_page page;
    enum mh_code code =
        pt_store_published_get(a->app->store, a->rq->param, a->arena, err, &p);

    if (code != MH_OK)
        return code;
    if (p.id[0] == '\0') {
        pt_page_absent(a->rq, a->answer);
        no_robots(a->answer);
        return MH_OK;
    }
    pt_page_begin(&page, a->rq, a->answer, PT_T("Published court act"));
    page.arena = a->arena;
    pt_set_flag(&page.root, "at_published", true);
    describe(a, &page.root, &p);
    pt_set_lines(&page.root, "text", mh_span_str(p.text));
    pt_page_end(&pt_tmpl_published_act, &page, a->rq, a->answer, 200);
    no_robots(a->answer);
    return MH_OK;
}

void
pt_web_published_act(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)};

    run(&a, show_act);
}
