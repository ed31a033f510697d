/* Tables of rules by their versions, and texts of the front pages (admin.h). */
#include "portal/pages/admin.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/data/policy.h"
#include "portal/http/clock.h"
#include "portal/money/feetable.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/store/rules.h"

enum {
    ROWS_SHOWN = 600,       /* of a table */
    WILL = 2 * PT_FORM_MAX, /* bytes; no form has more */
};

static const char *
rules_text(enum pt_rules r)
{
    return r == PT_RULES_POLICY ? PT_T("Court policy") : PT_T("State fees");
}

/* A request about a table or a text. */
struct asking {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct pt_who who;
    enum pt_rules rules;
    char subject[PT_PROPOSAL_SUBJECT];
    const char *latest; /* what the subject is */
    const char *field, *wrong;
};

static bool
read_latest(struct asking *a, enum pt_proposal_kind kind)
{
    struct mh_err err = {.msg = ""};

    if (pt_store_proposal_now(a->app->store, kind, a->subject, a->rq->arena,
            &err, &a->latest) != MH_OK) {
        pt_answer_error(a->answer, &err);
        return false;
    }
    if (a->latest != NULL)
        return true;
    pt_page_absent(a->rq, a->answer);
    return false;
}

static enum mh_code
set_open(const struct asking *a, struct pt_map *m, struct mh_err *err)
{
    const struct pt_proposal_query q = {
        .open = true, .subject = a->subject, .now = pt_time()};
    struct pt_proposals open;
    enum mh_code code =
        pt_store_proposal_list(a->app->store, &q, a->rq->arena, err, &open);

    if (code == MH_OK && open.count > 0)
        pt_set(m, "open_proposal", open.item[0].id);
    return code;
}

static void
set_wrong(const struct asking *a, struct pt_page *page)
{
    if (a->wrong == NULL)
        return;
    pt_set_flag(&page->root, "wrong_begins", strcmp(a->field, "begins") == 0);
    pt_set_flag(&page->root, "wrong_text", strcmp(a->field, "text") == 0);
    pt_set_flag(&page->root, "wrong_reason", strcmp(a->field, "reason") == 0);
    pt_set(&page->root, "wrong", a->wrong);
    pt_page_error(page, a->field, a->wrong);
}

/* A field of several lines with LF alone between them, in the arena. */
static const char *
lines_of(const struct asking *a, const char *name)
{
    const char *in = pt_field(a->rq, name);
    char *out = mh_arena_raw(a->rq->arena, strlen(in) + 2);
    size_t n = 0;

    if (out == NULL)
        return "";
    for (; *in != '\0'; in++)
        if (*in != '\r')
            out[n++] = *in;
    while (n > 0 && out[n - 1] == '\n')
        n--;
    if (n > 0)
        out[n++] = '\n';
    out[n] = '\0';
    return out;
}

static void
propose(struct asking *a, enum pt_proposal_kind kind, const char *will,
    void (*show)(struct asking *a))
{
    struct pt_admin_sent s = {.app = a->app,
        .rq = a->rq,
        .answer = a->answer,
        .who = &a->who,
        .kind = kind,
        .subject = a->subject,
        .will = will,
        .field = "text"};

    if (strlen(will) > PT_PROPOSAL_MAX) {
        a->field = "text";
        a->wrong = pt_text(pt_lang_of(a->rq), pt_admin_rule_text("table-long"));
        show(a);
    } else if (!pt_admin_propose(&s) && s.wrong != NULL) {
        a->field = s.field;
        a->wrong = s.wrong;
        show(a);
    }
}

/* ---- the list of versions ---- */

static void
set_version(struct pt_map *m, const struct pt_rules_version *v, int64_t today,
    bool *current, enum mh_lang lang)
{
    char day[16] = "–";

    pt_set_int(m, "version", v->version);
    if (v->begins != INT64_MIN)
        pt_baku_day(v->begins, day);
    pt_set(m, "begins", day);
    pt_set(m, "proposal", v->proposal);
    if (v->begins > today) {
        pt_set(m, "word", pt_text(lang, PT_T("To come")));
        pt_set(m, "colour", "blue");
    } else {
        pt_set(m, "word",
            pt_text(lang, *current ? PT_T("Before") : PT_T("In force")));
        pt_set(m, "colour", *current ? "grey" : "green");
        *current = true;
    }
}

/* Rows of what counts today, and how many of them nobody has verified. */
static enum mh_code
set_counts(struct pt_app *app, struct pt_map *m, enum pt_rules r,
    struct mh_arena *arena, struct mh_err *err)
{
    struct pt_policy policy = {.count = 0};
    struct pt_fee_table fees = {.count = 0};
    int64_t rows, bad = 0;
    struct mh_span table = {0};
    enum mh_code code = pt_store_rules_on(
        app->store, r, pt_policy_day(pt_time()), arena, err, &table);

    if (code == MH_OK)
        code = r == PT_RULES_POLICY ? pt_policy_read(table, arena, err, &policy)
                                    : pt_fee_read(table, arena, err, &fees);
    if (code != MH_OK)
        return code;
    rows = (int64_t)(policy.count + fees.count);
    for (size_t i = 0; i < policy.count; i++)
        bad += policy.rule[i].certainty == PT_CERTAIN_UNVERIFIED;
    for (size_t i = 0; i < fees.count; i++)
        bad += fees.rule[i].certainty == PT_CERTAIN_UNVERIFIED;
    pt_set_int(m, "rows", rows);
    pt_set_int(m, "unverified", bad);
    pt_set_flag(m, "warns", bad > 0);
    return MH_OK;
}

void
pt_web_rules(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_rules_list list;
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_who who;
    enum mh_code code = MH_OK;

    if (!pt_operator(app, rq, answer, &who))
        return;
    pt_admin_begin(&page, rq, answer, PT_T("Rules and fees"), &who, "at_rules");
    for (int i = 0; i < PT_RULES_KINDS && code == MH_OK; i++) {
        enum pt_rules r = (enum pt_rules)i;
        struct pt_map *m = pt_add(&page.root, "tables");
        bool current = false;

        pt_set(m, "table", pt_rules_name(r));
        pt_set(m, "name", pt_text(lang, rules_text(r)));
        code = set_counts(app, m, r, rq->arena, &err);
        if (code == MH_OK)
            code = pt_store_rules_list(app->store, r, &err, &list);
        for (size_t n = 0; code == MH_OK && n < list.count; n++)
            set_version(pt_add(m, "versions"), &list.item[n],
                pt_policy_day(pt_time()), &current, lang);
    }
    if (code == MH_OK)
        pt_page_end(&pt_tmpl_admin_rules, &page, rq, answer, 200);
    else
        pt_answer_error(answer, &err);
}

/* ---- a table ---- */

static bool
find_table(struct asking *a)
{
    if (!pt_rules_of(a->rq->param, &a->rules)) {
        pt_page_absent(a->rq, a->answer);
        return false;
    }
    (void)snprintf(a->subject, sizeof(a->subject), "rules:%s",
        pt_rules_name(a->rules)); /* fits */
    return read_latest(a, PT_PROPOSE_RULES);
}

/* Rows of the latest table, so that those nobody has verified stand out. */
static void
set_rows(struct pt_map *m, const char *text)
{
    static const char mark[] = "\tunverified\t";

    for (size_t rows = 0; *text != '\0' && rows < ROWS_SHOWN; rows++) {
        size_t n = strcspn(text, "\n");
        struct mh_span line = {(const uint8_t *)text, n};

        if (n > 0 && text[0] != '#' && strncmp(text, "begins=", 7) != 0) {
            struct pt_map *o = pt_add(m, "lines");
            const char *at = strstr(text, mark);

            pt_set_lines(o, "line", line);
            pt_set_flag(o, "unverified", at != NULL && at < text + n);
        }
        text += n + (text[n] != '\0');
    }
}

static void
show_table(struct asking *a)
{
    struct mh_err err = {.msg = ""};
    const char *table = strchr(a->latest, '\n');
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_admin_begin(
        &page, a->rq, a->answer, rules_text(a->rules), &a->who, "at_rules");
    pt_set(m, "table", pt_rules_name(a->rules));
    if (set_open(a, m, &err) != MH_OK) {
        pt_answer_error(a->answer, &err);
        return;
    }
    set_rows(m, a->latest);
    pt_set_lines(m, "text",
        mh_span_str(a->wrong != NULL ? pt_field(a->rq, "text")
                    : table != NULL  ? table + 1
                                     : ""));
    if (a->wrong != NULL) {
        pt_set(m, "begins", pt_field(a->rq, "begins"));
        pt_set_lines(m, "reason", mh_span_str(pt_field(a->rq, "reason")));
    }
    set_wrong(a, &page);
    pt_page_end(&pt_tmpl_admin_table, &page, a->rq, a->answer,
        a->wrong == NULL ? 200 : 422);
}

void
pt_web_rules_table(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (pt_operator(ctx, rq, answer, &a.who) && find_table(&a))
        show_table(&a);
}

void
pt_web_rules_propose(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};
    const char *day = pt_field(rq, "begins");
    int64_t begins;
    struct mh_buf will;

    if (!pt_operator_sends(ctx, rq, answer, &a.who) || !find_table(&a))
        return;
    if (!pt_baku_day_parse(day, &begins)) {
        a.field = "begins";
        a.wrong = pt_text(pt_lang_of(rq), PT_T("Write the day as 31.12.2026"));
        show_table(&a);
        return;
    }
    /* It is DD.MM.YYYY: read above. */
    mh_buf_init(&will, WILL);
    mh_buf_printf(&will, "begins=%.4s-%.2s-%.2s\n", day + 6, day + 3, day);
    mh_buf_str(&will, lines_of(&a, "text"));
    mh_buf_byte(&will, '\0');
    if (mh_buf_ok(&will))
        propose(&a, PT_PROPOSE_RULES, (const char *)will.ptr, show_table);
    else
        pt_answer_problem(answer, 500, "internal", "portal: no memory");
    mh_buf_fini(&will);
}

/* ---- texts ---- */

static const char *
front_title(const char *name)
{
    return name[0] == 'u'   ? PT_T("Useful information")
           : name[0] == 'l' ? PT_T("Legislation")
           : name[0] == 'c' ? PT_T("Contact")
                            : PT_T("Rules of use");
}

void
pt_web_texts(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const langs[] = {"az", "en", "ru"};
    struct pt_page page;
    struct pt_who who;

    if (!pt_operator(ctx, rq, answer, &who))
        return;
    pt_admin_begin(
        &page, rq, answer, PT_T("Texts of the front pages"), &who, "at_texts");
    for (size_t i = 0; pt_front_texts[i] != NULL; i++)
        for (size_t n = 0; n < sizeof(langs) / sizeof(langs[0]); n++) {
            struct pt_map *m = pt_add(&page.root, "texts");

            pt_setf(m, "key", "%s.%s", pt_front_texts[i], langs[n]);
            pt_set(m, "name",
                pt_text(pt_lang_of(rq), front_title(pt_front_texts[i])));
            pt_set(m, "text_lang", langs[n]);
        }
    pt_page_end(&pt_tmpl_admin_texts, &page, rq, answer, 200);
}

static bool
find_text(struct asking *a)
{
    (void)snprintf(a->subject, sizeof(a->subject), "text:%s",
        a->rq->param); /* fits: PT_ID_LENGTH */
    return read_latest(a, PT_PROPOSE_TEXT);
}

static void
show_text(struct asking *a)
{
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_admin_begin(&page, a->rq, a->answer, front_title(a->rq->param), &a->who,
        "at_texts");
    pt_set(m, "key", a->rq->param);
    if (set_open(a, m, &err) != MH_OK) {
        pt_answer_error(a->answer, &err);
        return;
    }
    pt_set_lines(m, "text",
        mh_span_str(a->wrong != NULL ? pt_field(a->rq, "text") : a->latest));
    if (a->wrong != NULL)
        pt_set_lines(m, "reason", mh_span_str(pt_field(a->rq, "reason")));
    set_wrong(a, &page);
    pt_page_end(&pt_tmpl_admin_text, &page, a->rq, a->answer,
        a->wrong == NULL ? 200 : 422);
}

void
pt_web_text(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (pt_operator(ctx, rq, answer, &a.who) && find_text(&a))
        show_text(&a);
}

void
pt_web_text_propose(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (pt_operator_sends(ctx, rq, answer, &a.who) && find_text(&a))
        propose(&a, PT_PROPOSE_TEXT, lines_of(&a, "text"), show_text);
}

/* ---- what everybody reads ---- */

void
pt_web_info(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const langs[] = {
        [MH_AZ] = "az", [MH_EN] = "en", [MH_RU] = "ru"};
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    const char *text = NULL, *name = NULL;
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    bool foreign = false;

    for (size_t i = 0; pt_front_texts[i] != NULL; i++)
        if (strcmp(pt_front_texts[i], rq->param) == 0)
            name = pt_front_texts[i];
    if (name == NULL) {
        pt_page_absent(rq, answer);
        return;
    }
    if (pt_store_front_text(
            app->store, name, langs[lang], rq->arena, &err, &text) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    if (text == NULL && lang != MH_AZ) {
        foreign = true;
        if (pt_store_front_text(
                app->store, name, "az", rq->arena, &err, &text) != MH_OK) {
            pt_answer_error(answer, &err);
            return;
        }
    }
    pt_page_begin(&page, rq, answer, front_title(name));
    pt_set(&page.root, "text_lang", foreign ? "az" : langs[lang]);
    pt_set_flag(&page.root, "laws", strcmp(name, "laws") == 0);
    pt_set_flag(&page.root, "at_laws", strcmp(name, "laws") == 0);
    pt_set_flag(&page.root, "at_useful", strcmp(name, "useful") == 0);
    pt_set_flag(&page.root, "at_rules_of_use", strcmp(name, "rules") == 0);
    while (text != NULL && *text != '\0') {
        const char *end = strstr(text, "\n\n");
        size_t n = end == NULL ? strlen(text) : (size_t)(end - text);

        pt_set_lines(pt_add(&page.root, "paragraphs"), "text",
            (struct mh_span){(const uint8_t *)text, n});
        text += n;
        text += strspn(text, "\n");
    }
    pt_page_end(&pt_tmpl_info, &page, rq, answer, 200);
}
