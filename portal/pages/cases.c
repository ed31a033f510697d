#include "portal/pages/cases.h"

#include <string.h>

#include "pages.h"
#include "portal/http/disposition.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/pages/session.h"
#include "portal/store/cases.h"

enum {
    DAY = 86400, /* seconds */
};

const char *const pt_web_cases_query[] = {
    "number", "type", "status", "from", "to", "after", NULL};

/* What is asked for: the query's words, and what they come to. */
struct search {
    struct pt_case_query q;
    char number[PT_NUMBER_MAX + 1];
    const char *wrong_field, *wrong; /* an id of a text; NULL: nothing is */
};

static const char *
asked(const struct pt_request *rq, const char *name)
{
    const char *value = pt_query(rq, name);

    return value == NULL ? "" : value;
}

static bool
day(const char *text, int64_t *out)
{
    return text[0] == '\0' || pt_baku_day_parse(text, out);
}

static void
read_search(const struct pt_request *rq, struct search *s)
{
    const char *status = asked(rq, "status"), *after = asked(rq, "after");
    const char *type = asked(rq, "type");

    *s = (struct search){.q = {.after = "", .number = s->number, .type = ""}};
    if (!pt_number_clean(asked(rq, "number"), s->number)) {
        s->number[0] = '\0';
        s->wrong_field = "number";
        s->wrong = PT_T("A case number has at most 40 characters");
    } else if (!day(asked(rq, "from"), &s->q.from)) {
        s->wrong_field = "from";
        s->wrong = PT_T("Write the day as 31.12.2026");
    } else if (!day(asked(rq, "to"), &s->q.to)) {
        s->wrong_field = "to";
        s->wrong = PT_T("Write the day as 31.12.2026");
    }
    if (s->q.to != 0)
        s->q.to += DAY; /* that day is in it */
    for (int i = 1; i < PT_CASE_STATUSES; i++)
        if (strcmp(pt_case_status_code((enum pt_case_status)i), status) == 0)
            s->q.status = (enum pt_case_status)i;
    for (size_t i = 0; pt_case_type_of(i) != NULL; i++)
        if (strcmp(pt_case_type_of(i), type) == 0)
            s->q.type = pt_case_type_of(i);
    if (pt_id_valid(mh_span_str(after)))
        s->q.after = after;
}

static void
set_search(struct pt_map *m, const struct pt_request *rq,
    const struct search *s, enum mh_lang lang)
{
    static const char *const names[] = {"number", "from", "to"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        pt_set(m, names[i], asked(rq, names[i]));
    pt_set(m, "status_code", pt_case_status_code(s->q.status));
    pt_set(m, "type_code", s->q.type);
    for (int i = 1; i < PT_CASE_STATUSES; i++) {
        struct pt_map *o = pt_add(m, "statuses");

        pt_set(o, "code", pt_case_status_code((enum pt_case_status)i));
        pt_set(o, "text",
            pt_text(lang, pt_case_status_text((enum pt_case_status)i)));
        pt_set_flag(o, "chosen", (int)s->q.status == i);
    }
    for (size_t i = 0; pt_case_type_of(i) != NULL; i++) {
        struct pt_map *o = pt_add(m, "types");

        pt_set(o, "code", pt_case_type_of(i));
        pt_set(o, "text", pt_text(lang, pt_case_type_text(pt_case_type_of(i))));
        pt_set_flag(o, "chosen", strcmp(s->q.type, pt_case_type_of(i)) == 0);
    }
    pt_set_flag(m, "searched",
        asked(rq, "number")[0] != '\0' || s->q.status != 0 ||
            s->q.type[0] != '\0' || s->q.from != 0 || s->q.to != 0 ||
            s->wrong != NULL);
}

static void
add_case(struct pt_map *m, const struct pt_case *c, enum mh_lang lang)
{
    char filed[16];

    pt_baku_day(c->filed, filed);
    pt_set(m, "id", c->id);
    pt_set(m, "case_number", c->number);
    pt_set(m, "filed", filed);
    pt_set(m, "type", pt_text(lang, pt_case_type_text(c->type)));
    pt_set(
        m, "proceeding", pt_text(lang, pt_case_proceeding_text(c->proceeding)));
    pt_set(m, "court", c->court);
    pt_set(m, "judge", c->judge);
    pt_set(m, "status", pt_text(lang, pt_case_status_text(c->status)));
    pt_set(m, "status_colour", pt_case_status_colour(c->status));
    pt_set(m, "role", pt_text(lang, pt_case_role_text(c->role)));
}

/* The list is too much for a thread's stack. */
static struct pt_cases *
list_of(struct pt_request *rq, struct mh_err *err)
{
    struct pt_cases *list = mh_arena_array(rq->arena, 1, sizeof(*list));

    if (list == NULL)
        (void)mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
            "portal: no memory"); /* NULL says it */
    return list;
}

void
pt_web_cases(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct pt_cases *list;
    struct search s;
    struct pt_page page;
    struct pt_who who;

    if (!pt_who_must(app, rq, answer, &who))
        return;
    read_search(rq, &s);
    list = list_of(rq, &err);
    if (list == NULL ||
        (s.wrong == NULL && pt_store_case_list(app->store, &who.account, &s.q,
                                &err, list) != MH_OK)) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("My cases"), &who);
    pt_set_flag(&page.root, "in_cases", true);
    pt_set_flag(&page.root, "wide", true);
    set_search(&page.root, rq, &s, lang);
    if (s.wrong != NULL) {
        pt_page_error(&page, s.wrong_field, pt_text(lang, s.wrong));
        list->count = 0;
        list->more = false;
    }
    for (size_t i = 0; i < list->count; i++)
        add_case(pt_add(&page.root, "cases"), &list->item[i], lang);
    if (list->more)
        pt_set(&page.root, "next", list->item[list->count - 1].id);
    pt_set_flag(&page.root, "later", s.q.after[0] != '\0');
    pt_page_end(&pt_tmpl_cases, &page, rq, answer, s.wrong == NULL ? 200 : 422);
}

/* ---- the table for spreadsheets ---- */

void
pt_csv_field(struct mh_buf *out, const char *text)
{
    mh_buf_str(out, "\"");
    if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
        mh_buf_str(out, "'");
    for (; *text != '\0'; text++)
        if (*text == '"')
            mh_buf_str(out, "\"\"");
        else
            mh_buf_byte(out, (uint8_t)*text);
    mh_buf_str(out, "\"");
}

static void
csv_row(struct mh_buf *out, const char *const *field, size_t fields)
{
    for (size_t i = 0; i < fields; i++) {
        if (i > 0)
            mh_buf_str(out, ",");
        pt_csv_field(out, field[i]);
    }
    mh_buf_str(out, "\r\n");
}

static void
csv_case(struct mh_buf *out, const struct pt_case *c, enum mh_lang lang)
{
    char filed[16];
    const char *const fields[] = {c->number, filed,
        pt_text(lang, pt_case_type_text(c->type)),
        pt_text(lang, pt_case_proceeding_text(c->proceeding)), c->court,
        c->judge, pt_text(lang, pt_case_status_text(c->status)),
        pt_text(lang, pt_case_role_text(c->role))};

    pt_baku_day(c->filed, filed);
    csv_row(out, fields, sizeof(fields) / sizeof(fields[0]));
}

static void
csv_head(struct mh_buf *out, enum mh_lang lang)
{
    const char *const fields[] = {pt_text(lang, PT_T("Case number")),
        pt_text(lang, PT_T("Filed on")), pt_text(lang, PT_T("Type of case")),
        pt_text(lang, PT_T("Proceedings")), pt_text(lang, PT_T("Court")),
        pt_text(lang, PT_T("Judge")), pt_text(lang, PT_T("Status")),
        pt_text(lang, PT_T("My role"))};

    mh_buf_str(out, "\xef\xbb\xbf"); /* spreadsheets take it for UTF-8 */
    csv_row(out, fields, sizeof(fields) / sizeof(fields[0]));
}

void
pt_web_cases_csv(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct pt_cases *list;
    struct search s;
    struct pt_who who;
    char after[27];
    size_t rows = 0;

    if (!pt_who_must(app, rq, answer, &who))
        return;
    read_search(rq, &s);
    list = list_of(rq, &err);
    if (s.wrong != NULL) {
        pt_page_refuse(
            rq, answer, 422, PT_T("The search is not right"), s.wrong);
        return;
    }
    csv_head(&answer->body, lang);
    do {
        if (list == NULL || pt_store_case_list(app->store, &who.account, &s.q,
                                &err, list) != MH_OK) {
            pt_answer_error(answer, &err);
            return;
        }
        for (size_t i = 0; i < list->count; i++)
            csv_case(&answer->body, &list->item[i], lang);
        rows += list->count;
        if (list->count > 0)
            memcpy(after, list->item[list->count - 1].id, sizeof(after));
        s.q.after = after;
    } while (list->more && rows < PT_CSV_ROWS_MAX);
    if (list->more) {
        pt_page_refuse(rq, answer, 413, PT_T("The list is too long"),
            PT_T("A table has at most 10,000 cases. Search for fewer."));
        return;
    }
    answer->status = 200;
    answer->type = "text/csv; charset=utf-8; header=present";
    pt_answer_attachment(answer, "cases.csv");
}
