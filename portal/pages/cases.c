#include "portal/pages/cases.h"

#include <string.h>

#include "base/report/markup.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/pages/joinpage.h"
#include "portal/pages/session.h"
#include "portal/store/cases.h"

enum {
    DAY = 86400, /* seconds */
};

const char *const pt_web_cases_query[] = {"number", "type", "status", "court",
    "judge", "role", "from", "to", "name", "sort", "size", "after", NULL};

/* How a list can be ordered: codes in addresses, "-" before one that begins
   with the last. */
static const char *const sorts[PT_SORTS] = {
    [PT_SORT_FILED] = "filed",
    [PT_SORT_NUMBER] = "number",
    [PT_SORT_COURT] = "court",
    [PT_SORT_STATUS] = "status",
};

static const struct {
    const char *code;
    unsigned size;
} sizes[] = {{"25", 25}, {"50", 50}, {"100", PT_CASES_PAGE_MAX}};

/* What is asked for: the fields' words, and what they come to. */
struct search {
    struct pt_case_query q;
    char number[PT_NUMBER_MAX + 1];
    char name[PT_TEXT_MAX + 1], words[PT_TEXT_MAX + 1];
    const char *sort, *size;
    const char *name_id;             /* of the search for a name, or "" */
    struct pt_courts courts;         /* all that there are */
    struct pt_case_judges judges;    /* that can be chosen */
    const char *judge;               /* the id of the chosen one, or "" */
    bool has_role;                   /* who asks takes part in cases */
    const char *wrong_field, *wrong; /* an id of a text; NULL: nothing is */
};

/* A field of the address, or of the form that was sent. */
static const char *
asked(const struct pt_request *rq, const char *name)
{
    const char *value = rq->gate.method == PT_POST
                            ? pt_form_get(&rq->form, name)
                            : pt_query(rq, name);

    return value == NULL ? "" : value;
}

static void
wrong(struct search *s, const char *field, const char *text)
{
    if (s->wrong != NULL)
        return; /* one at a time */
    s->wrong_field = field;
    s->wrong = text;
}

static void
read_days(const struct pt_request *rq, struct search *s)
{
    static const char *const names[] = {"from", "to"};
    int64_t *const days[] = {&s->q.from, &s->q.to};

    for (size_t i = 0; i < 2; i++)
        if (asked(rq, names[i])[0] != '\0' &&
            !pt_baku_day_parse(asked(rq, names[i]), days[i]))
            wrong(s, names[i], PT_T("Write the day as 31.12.2026"));
    if (s->q.to != 0)
        s->q.to += DAY; /* that day is in it */
}

static void
read_choices(const struct pt_request *rq, struct search *s)
{
    const char *status = asked(rq, "status"), *type = asked(rq, "type");
    const char *court = asked(rq, "court");

    for (int i = 1; i < PT_CASE_STATUSES; i++)
        if (strcmp(pt_case_status_code((enum pt_case_status)i), status) == 0)
            s->q.status = (enum pt_case_status)i;
    for (size_t i = 0; pt_case_type_of(i) != NULL; i++)
        if (strcmp(pt_case_type_of(i), type) == 0)
            s->q.type = pt_case_type_of(i);
    for (size_t i = 0; i < s->courts.count; i++)
        if (strcmp(s->courts.item[i].code, court) == 0)
            s->q.court = s->courts.item[i].code;
    if (court[0] != '\0' && s->q.court[0] == '\0')
        wrong(s, "court", PT_T("Choose a court from the list"));
}

/* Judge and role, of those that are offered to who asks. */
static void
read_people(const struct pt_request *rq, struct search *s)
{
    const char *judge = asked(rq, "judge"), *role = asked(rq, "role");

    for (size_t i = 0; i < s->judges.count; i++)
        if (strcmp(s->judges.item[i].id, judge) == 0) {
            s->q.judge = s->judges.item[i].account;
            s->judge = s->judges.item[i].id;
        }
    if (judge[0] != '\0' && s->q.judge == 0)
        wrong(s, s->judges.count == 0 ? "" : "judge",
            PT_T("Choose a judge from the list"));
    for (int i = 1; i < PT_CASE_ROLES && s->has_role; i++)
        if (strcmp(pt_case_role_code((enum pt_case_role)i), role) == 0)
            s->q.role = (enum pt_case_role)i;
    if (role[0] != '\0' && s->q.role == 0)
        wrong(s, s->has_role ? "role" : "",
            PT_T("Choose your role from the list"));
}

/* The order and the length of a page. */
static void
read_page(const struct pt_request *rq, struct search *s)
{
    const char *sort = asked(rq, "sort"), *size = asked(rq, "size");
    const char *after = asked(rq, "after");
    bool down = sort[0] == '-', good = sort[0] == '\0';

    for (int i = 0; i < PT_SORTS; i++)
        if (strcmp(sorts[i], sort + down) == 0) {
            s->q.sort = (enum pt_case_sort)i;
            s->q.up = !down;
            s->sort = sort;
            good = true;
        }
    if (!good)
        wrong(s, "", PT_T("Choose the order at the head of a column"));
    good = size[0] == '\0';
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (strcmp(sizes[i].code, size) == 0) {
            s->q.size = sizes[i].size;
            s->size = sizes[i].code;
            good = true;
        }
    if (!good)
        wrong(s, "size", PT_T("A page has 25, 50 or 100 cases"));
    if (pt_id_valid(mh_span_str(after)))
        s->q.after = after;
}

static enum mh_code
read_search(struct pt_app *app, struct pt_request *rq,
    const struct pt_account *account, struct search *s, struct mh_err *err)
{
    *s = (struct search){.q = {.after = "",
                             .number = s->number,
                             .type = "",
                             .court = "",
                             .words = s->words},
        .sort = "",
        .size = sizes[0].code,
        .name_id = "",
        .judge = "",
        .has_role = account->role == PT_ROLE_CITIZEN ||
                    account->role == PT_ROLE_LAWYER ||
                    account->role == PT_ROLE_PARTICIPANT};
    if (!pt_number_clean(asked(rq, "number"), s->number)) {
        s->number[0] = '\0';
        wrong(s, "number", PT_T("A case number has at most 40 characters"));
    }
    read_days(rq, s);
    if (pt_store_court_list(app->store, rq->arena, err, &s->courts) != MH_OK ||
        pt_store_case_judges(app->store, account, rq->arena, err, &s->judges) !=
            MH_OK)
        return err->code;
    read_choices(rq, s);
    read_people(rq, s);
    read_page(rq, s);
    return MH_OK;
}

/* The words of a name, typed or kept. */
static void
read_words(struct search *s)
{
    switch (pt_words_of(s->name, s->words)) {
    case PT_WORDS_GOOD:
        return;
    case PT_WORDS_SHORT:
        wrong(s, "party", PT_T("Write at least three letters of a name"));
        break;
    case PT_WORDS_LONG:
        wrong(s, "party", PT_T("Write at most four words of a name"));
        break;
    }
    s->words[0] = '\0';
}

/* The name that the address speaks of. */
static enum mh_code
read_kept(struct pt_app *app, struct pt_request *rq, struct search *s,
    int64_t account, struct mh_err *err)
{
    const struct pt_search_key key = {asked(rq, "name"), account, pt_time()};
    enum pt_found found = PT_ABSENT;
    enum mh_code code = MH_OK;

    if (key.id[0] == '\0')
        return MH_OK;
    if (pt_id_valid(mh_span_str(key.id)))
        code = pt_store_search_get(app->store, &key, err, s->name, &found);
    if (code != MH_OK)
        return code;
    if (found == PT_ABSENT)
        wrong(
            s, "party", PT_T("Write the name once more: this search is over"));
    else
        read_words(s);
    s->name_id = found == PT_FOUND ? key.id : "";
    return MH_OK;
}

/* The heads of columns: the way each is in, and the one that it leads to. */
static void
set_sorts(struct pt_map *m, const struct search *s)
{
    static const char *const ways[PT_SORTS] = {
        "way_filed", "way_number", "way_court", "way_status"};
    static const char *const next[PT_SORTS] = {
        "sort_filed", "sort_number", "sort_court", "sort_status"};

    for (int i = 0; i < PT_SORTS; i++) {
        bool now = (int)s->q.sort == i;
        bool down = now ? s->q.up : i == PT_SORT_FILED;

        pt_set(m, ways[i],
            !now      ? "none"
            : s->q.up ? "ascending"
                      : "descending");
        pt_setf(m, next[i], "%s%s", down ? "-" : "", sorts[i]);
    }
    pt_set(m, "sort_code", s->sort);
    pt_set(m, "size_code", s->q.size == 0 ? "" : s->size);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct pt_map *o = pt_add(m, "sizes");

        pt_set(o, "code", sizes[i].code);
        pt_set_flag(o, "chosen", strcmp(sizes[i].code, s->size) == 0);
    }
}

static void
set_choices(struct pt_map *m, const struct search *s, enum mh_lang lang)
{
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
    for (size_t i = 0; i < s->courts.count; i++) {
        struct pt_map *o = pt_add(m, "courts");

        pt_set(o, "code", s->courts.item[i].code);
        pt_set(o, "text", s->courts.item[i].name);
        pt_set_flag(o, "chosen", s->q.court == s->courts.item[i].code);
    }
}

static void
set_people(struct pt_map *m, const struct search *s, enum mh_lang lang)
{
    pt_set(m, "judge_code", s->judge);
    pt_set(m, "role_code", pt_case_role_code(s->q.role));
    for (size_t i = 0; i < s->judges.count; i++) {
        struct pt_map *o = pt_add(m, "judges");

        pt_set(o, "code", s->judges.item[i].id);
        pt_set(o, "text", s->judges.item[i].name);
        pt_set_flag(o, "chosen", s->judge == s->judges.item[i].id);
    }
    for (int i = 1; i < PT_CASE_ROLES && s->has_role; i++) {
        struct pt_map *o = pt_add(m, "roles");

        pt_set(o, "code", pt_case_role_code((enum pt_case_role)i));
        pt_set(
            o, "text", pt_text(lang, pt_case_role_text((enum pt_case_role)i)));
        pt_set_flag(o, "chosen", (int)s->q.role == i);
    }
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
    pt_set(m, "court_code", s->q.court);
    pt_set(m, "party", s->name);
    pt_set(m, "name_id", s->name_id);
    set_choices(m, s, lang);
    set_people(m, s, lang);
    set_sorts(m, s);
    pt_set_flag(m, "searched",
        asked(rq, "number")[0] != '\0' || s->q.status != 0 ||
            s->q.type[0] != '\0' || s->q.court[0] != '\0' || s->q.from != 0 ||
            s->q.to != 0 || s->q.judge != 0 || s->q.role != 0 ||
            s->name[0] != '\0' || s->wrong != NULL);
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

/* The page of a search, with its cases or what is wrong with it. */
static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct search *s,
    const struct pt_cases *list)
{
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct pt_page page;

    pt_page_of(&page, rq, answer, PT_T("My cases"), who);
    if (pt_join_set(app, rq, &page.root, who, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_set_flag(&page.root, "in_cases", true);
    pt_set_flag(&page.root, "wide", true);
    pt_set_flag(&page.root, "may_reason", who->account.role == PT_ROLE_JUDGE);
    set_search(&page.root, rq, s, lang);
    if (s->wrong != NULL)
        pt_page_error(&page, s->wrong_field, pt_text(lang, s->wrong));
    for (size_t i = 0; list != NULL && i < list->count; i++)
        add_case(pt_add(&page.root, "cases"), &list->item[i], lang);
    if (list != NULL && list->more)
        pt_set(&page.root, "next", list->item[list->count - 1].id);
    pt_set_flag(&page.root, "later", s->q.after[0] != '\0');
    pt_page_end(
        &pt_tmpl_cases, &page, rq, answer, s->wrong == NULL ? 200 : 422);
}

void
pt_web_cases(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_cases *list;
    struct search s;
    struct pt_who who;

    if (!pt_who_must(app, rq, answer, &who))
        return;
    list = list_of(rq, &err);
    if (list == NULL || read_search(app, rq, &who.account, &s, &err) != MH_OK ||
        read_kept(app, rq, &s, who.account.id, &err) != MH_OK ||
        (s.wrong == NULL && pt_store_case_list(app->store, &who.account, &s.q,
                                &err, list) != MH_OK)) {
        pt_answer_error(answer, &err);
        return;
    }
    show(app, rq, answer, &who, &s, list);
}

/* Where the search is shown; every part is one of ours, or a day or a number
   that was read. */
static void
lead_to(const struct pt_request *rq, const struct search *s,
    struct pt_answer *answer)
{
    const char *const parts[][2] = {{"?number=", s->number},
        {"&type=", s->q.type}, {"&status=", pt_case_status_code(s->q.status)},
        {"&court=", s->q.court}, {"&judge=", s->judge},
        {"&role=", pt_case_role_code(s->q.role)}, {"&from=", asked(rq, "from")},
        {"&to=", asked(rq, "to")}, {"&sort=", s->sort}, {"&size=", s->size},
        {"&name=", s->name_id}};
    struct mh_buf where;

    mh_buf_init(&where, PT_ANSWER_VALUE_MAX);
    mh_buf_str(&where, "/cases");
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        mh_buf_str(&where, parts[i][0]);
        mh_markup_uri(&where, mh_span_str(parts[i][1]));
    }
    mh_buf_byte(&where, '\0');
    answer->status = 303;
    pt_answer_header(answer, "Location", "%s",
        mh_buf_ok(&where) ? (const char *)mh_buf_get(&where).ptr : "/cases");
    mh_buf_fini(&where);
}

void
pt_web_cases_name(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct search s;
    struct pt_who who;
    char id[27];

    if (!pt_who_must(app, rq, answer, &who) || !pt_form_is_ours(rq, answer))
        return;
    if (read_search(app, rq, &who.account, &s, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    if (strlen(asked(rq, "party")) < sizeof(s.name))
        memcpy(s.name, asked(rq, "party"), strlen(asked(rq, "party")) + 1);
    else
        wrong(&s, "party", PT_T("Write at most four words of a name"));
    if (s.name[0] != '\0')
        read_words(&s);
    if (s.wrong != NULL) {
        show(app, rq, answer, &who, &s, NULL);
        return;
    }
    if (s.name[0] != '\0') {
        if (pt_store_search_put(app->store, who.account.id, s.name, pt_time(),
                &err, id) != MH_OK) {
            pt_answer_error(answer, &err);
            return;
        }
        s.name_id = id;
    }
    lead_to(rq, &s, answer);
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
    list = list_of(rq, &err);
    if (read_search(app, rq, &who.account, &s, &err) != MH_OK ||
        read_kept(app, rq, &s, who.account.id, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    s.q.size = PT_CASES_PAGE_MAX;
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
