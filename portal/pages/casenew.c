#include "portal/pages/casenew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys/log.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/ident.h"
#include "portal/store/register.h"

enum {
    SIDES = 2,
    ROWS = SIDES * PT_SIDE_ROWS,
    FAULTS = 6,
};

/* A row of the form, and the party it comes to. */
struct row {
    bool empty;
    struct pt_register_party party;
    const char *wrong, *about; /* ids: of a text, and of the field's part */
};

struct registering {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    enum mh_lang lang;
    struct pt_who who;
    struct pt_own_courts courts;
    struct pt_judges judges;
    size_t rows[SIDES];
    struct row *row; /* ROWS; those of a side together */
    struct pt_register r;
    char subject[4 * PT_SUBJECT_MAX + 1];
    struct pt_fault fault[FAULTS];
    size_t faults;
};

static const struct {
    const char *name; /* in the names of fields */
    const char *list; /* of the template */
    const char *more; /* its button shows */
    enum pt_case_role side;
} sides[SIDES] = {
    {"claimant", "claimant_rows", "more_claimants", PT_CASE_CLAIMANT},
    {"defendant", "defendant_rows", "more_defendants", PT_CASE_DEFENDANT},
};

/* ---- who may ---- */

/* A clerk of a court, with the courts and their judges; else answer says. */
static bool
begin(struct registering *v)
{
    struct mh_err err = {.msg = ""};
    struct mh_arena *arena = v->rq->arena;
    bool clerk;

    if (!pt_who_must(v->app, v->rq, v->answer, &v->who))
        return false;
    clerk = v->who.account.role == PT_ROLE_CLERK &&
            pt_may(PT_REL_CLERK, PT_MAY_REGISTER);
    v->row = mh_arena_array(arena, ROWS, sizeof(*v->row));
    if (v->row == NULL ||
        pt_store_official_courts(v->app->store, v->who.account.id, arena, &err,
            &v->courts) != MH_OK ||
        pt_store_official_judges(v->app->store, v->who.account.id, arena, &err,
            &v->judges) != MH_OK) {
        pt_answer_error(v->answer, &err);
        return false;
    }
    if (clerk && v->courts.count > 0)
        return true;
    pt_page_absent(v->rq, v->answer);
    return false;
}

/* ---- the form ---- */

static void
name_of(char out[static 32], size_t side, size_t n, const char *what)
{
    (void)snprintf(
        out, 32, "%s-%zu-%s", sides[side].name, n + 1, what); /* always fits */
}

/* How many rows of a side the form has: 1 to PT_SIDE_ROWS. */
static size_t
rows_of(const struct pt_request *rq, size_t side)
{
    char name[32];
    size_t n = 1;

    while (n < PT_SIDE_ROWS) {
        name_of(name, side, n, "name");
        if (pt_form_get(&rq->form, name) == NULL)
            break;
        n++;
    }
    return n;
}

/* Whether the form has more rows than ours ever has: none is left out in
   silence. */
static bool
too_many(const struct pt_request *rq)
{
    char name[32];
    bool more = false;

    for (size_t s = 0; s < SIDES; s++) {
        name_of(name, s, PT_SIDE_ROWS, "name");
        more = more || pt_form_get(&rq->form, name) != NULL;
    }
    return more;
}

static void
option(struct pt_map *m, const char *code, const char *text, bool chosen)
{
    pt_set(m, "code", code);
    pt_set(m, "text", text);
    pt_set_flag(m, "chosen", chosen);
}

static void
set_choices(const struct registering *v, struct pt_map *m)
{
    const struct pt_request *rq = v->rq;

    for (size_t i = 0; i < v->courts.count; i++) {
        const struct pt_court *c = &v->courts.item[i].court;

        option(pt_add(m, "courts"), c->code, c->name,
            strcmp(pt_field(rq, "court"), c->code) == 0);
    }
    pt_set_flag(m, "one_court", v->courts.count == 1);
    for (size_t i = 0; pt_series_of(i) != NULL; i++) {
        const char *code = pt_series_of(i)->type;

        option(pt_add(m, "types"), code,
            pt_text(v->lang, pt_case_type_text(code)),
            strcmp(pt_field(rq, "type"), code) == 0);
    }
    for (size_t i = 0; pt_case_proceeding_of(i) != NULL; i++) {
        const char *code = pt_case_proceeding_of(i);

        option(pt_add(m, "proceedings"), code,
            pt_text(v->lang, pt_case_proceeding_text(code)),
            strcmp(pt_field(rq, "proceeding"), code) == 0);
    }
}

static const char *
court_name(const struct registering *v, int64_t id)
{
    for (size_t i = 0; i < v->courts.count; i++)
        if (v->courts.item[i].id == id)
            return v->courts.item[i].court.name;
    return "";
}

/* With the court, where there are several. */
static void
set_judges(const struct registering *v, struct pt_map *m)
{
    for (size_t i = 0; i < v->judges.count; i++) {
        const struct pt_judge_of *j = &v->judges.item[i];
        struct pt_map *o = pt_add(m, "judges");
        char code[24];

        (void)snprintf(
            code, sizeof(code), "%lld", (long long)j->account); /* fits */
        option(o, code, j->name, strcmp(pt_field(v->rq, "judge"), code) == 0);
        if (v->courts.count > 1)
            pt_set(o, "of", court_name(v, j->court));
    }
}

static void
set_rows(struct registering *v, struct pt_page *page)
{
    for (size_t s = 0; s < SIDES; s++) {
        for (size_t i = 0; i < v->rows[s]; i++) {
            const struct row *row = &v->row[s * PT_SIDE_ROWS + i];
            struct pt_map *m = pt_add(&page->root, sides[s].list);
            char ident[32], name[32];

            name_of(ident, s, i, "ident");
            name_of(name, s, i, "name");
            pt_set_int(m, "n", (int64_t)i + 1);
            pt_set(m, "ident", ident);
            pt_set(m, "name", name);
            pt_set(m, "ident_value", pt_field(v->rq, ident));
            pt_set(m, "name_value", pt_field(v->rq, name));
            if (row->wrong == NULL)
                continue;
            pt_set(m, "wrong", pt_text(v->lang, row->wrong));
            pt_set_flag(m, "wrong_ident", strcmp(row->about, "ident") == 0);
            pt_set_flag(m, "wrong_name", strcmp(row->about, "name") == 0);
            pt_page_error(page, strcmp(row->about, "ident") == 0 ? ident : name,
                pt_text(v->lang, row->wrong));
        }
        pt_set_flag(&page->root, sides[s].more, v->rows[s] < PT_SIDE_ROWS);
    }
}

static void
show(struct registering *v, bool wrong)
{
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_page_of(&page, v->rq, v->answer, PT_T("Register a case"), &v->who);
    pt_set_flag(m, "in_cases", true);
    pt_form_id_set(m, v->rq);
    for (size_t i = 0; i < v->faults; i++)
        pt_fault_set(&page, &v->fault[i]);
    set_choices(v, m);
    set_judges(v, m);
    set_rows(v, &page);
    pt_set(m, "subject", pt_field(v->rq, "subject"));
    pt_set_flag(
        m, "restricted", strcmp(pt_field(v->rq, "restricted"), "yes") == 0);
    pt_page_end(&pt_tmpl_case_new, &page, v->rq, v->answer, wrong ? 422 : 200);
}

void
pt_web_case_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct registering v = {
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)};

    if (!begin(&v))
        return;
    v.rows[0] = v.rows[1] = 1;
    show(&v, false);
}

/* ---- the case ---- */

static void
fault(struct registering *v, const char *field, const char *name,
    const char *text)
{
    if (v->faults < FAULTS)
        v->fault[v->faults++] = (struct pt_fault){field, name, text};
}

#define FAULT(v, field, text)                                                  \
    fault(v, field, "wrong_" field, pt_text((v)->lang, text))

static void
check_court(struct registering *v)
{
    const char *code = pt_field(v->rq, "court");
    const char *judge = pt_field(v->rq, "judge");
    char *end = NULL;
    bool of_it = false;

    for (size_t i = 0; i < v->courts.count; i++)
        if (strcmp(v->courts.item[i].court.code, code) == 0)
            v->r.court = v->courts.item[i].id;
    if (v->r.court == 0)
        FAULT(v, "court", PT_T("Choose a court from the list"));
    if (judge[0] == '\0')
        return;
    v->r.judge = strtoll(judge, &end, 10);
    for (size_t i = 0; i < v->judges.count; i++)
        of_it = of_it || (v->judges.item[i].account == v->r.judge &&
                             v->judges.item[i].court == v->r.court);
    if (*end != '\0' || !of_it)
        FAULT(v, "judge", PT_T("Choose a judge of the court"));
}

static void
check_kind(struct registering *v)
{
    const char *proceeding = pt_field(v->rq, "proceeding");

    v->r.series = pt_series_find(pt_field(v->rq, "type"));
    if (v->r.series == NULL)
        FAULT(v, "type", PT_T("Choose the type of the case"));
    v->r.proceeding = "";
    for (size_t i = 0; pt_case_proceeding_of(i) != NULL; i++)
        if (strcmp(pt_case_proceeding_of(i), proceeding) == 0)
            v->r.proceeding = pt_case_proceeding_of(i);
    if (strcmp(v->r.proceeding, proceeding) != 0 ||
        (v->r.series != NULL && v->r.series->proceeding &&
            proceeding[0] == '\0'))
        FAULT(v, "proceeding", PT_T("Choose the kind of proceedings"));
    v->r.subject = v->subject;
    if (!pt_line_of(pt_field(v->rq, "subject"), PT_SUBJECT_MAX, v->subject) ||
        !pt_line_says(v->subject))
        FAULT(v, "subject",
            PT_T("Write what the case is about, in at most 200 characters"));
    v->r.restricted = strcmp(pt_field(v->rq, "restricted"), "yes") == 0;
}

/* ---- the parties ---- */

/* The account of a FIN: who has one takes part at once, under their name. */
static enum mh_code
look_up(struct registering *v, struct row *row, struct mh_err *err)
{
    struct pt_register_party *p = &row->party;
    enum pt_found found = PT_ABSENT;
    struct pt_account a = {.id = 0};
    char full[sizeof(p->p.name)];
    size_t n, more;
    enum mh_code code =
        pt_store_account_by_fin(v->app->store, p->ident, err, &a, &found);

    if (code != MH_OK || found == PT_ABSENT || a.pending ||
        a.state != PT_ACCOUNT_ACTIVE)
        return code;
    (void)snprintf(full, sizeof(full), "%s %s", a.surname, a.name); /* fits */
    if (p->p.name[0] != '\0' && !pt_ident_names(full, p->p.name)) {
        row->wrong =
            PT_T("The FIN is that of somebody with another name. Check both.");
        row->about = "ident";
        return MH_OK;
    }
    p->account = a.id;
    if (p->p.name[0] != '\0')
        return MH_OK;
    n = strlen(full);
    more = strlen(a.patronymic);
    memcpy(p->p.name, full, n + 1);
    if (more > 0 && n + 1 + more < sizeof(p->p.name)) {
        p->p.name[n] = ' ';
        memcpy(p->p.name + n + 1, a.patronymic, more + 1);
    }
    return MH_OK;
}

static enum mh_code
check_row(struct registering *v, size_t side, size_t n, struct mh_err *err)
{
    struct row *row = &v->row[side * PT_SIDE_ROWS + n];
    struct pt_register_party *p = &row->party;
    char ident[32], name[32];
    enum mh_code code = MH_OK;
    bool fin = false;

    name_of(ident, side, n, "ident");
    name_of(name, side, n, "name");
    *row = (struct row){.party.p.side = sides[side].side, .about = "name"};
    if (!pt_ident_read(pt_field(v->rq, ident), p->ident, &fin)) {
        row->wrong = PT_T("A FIN is seven capital letters and digits, a VÖEN "
                          "ten digits");
        row->about = "ident";
        return MH_OK;
    }
    if (!pt_line_of(pt_field(v->rq, name), PT_PARTY_NAME, p->p.name)) {
        row->wrong = PT_T("The name is longer than 100 characters, or has "
                          "characters that cannot be read");
        return MH_OK;
    }
    row->empty = p->ident[0] == '\0' && p->p.name[0] == '\0';
    if (fin)
        code = look_up(v, row, err);
    if (code == MH_OK && !row->empty && row->wrong == NULL &&
        !pt_line_says(p->p.name))
        row->wrong = PT_T("Write the name");
    return code;
}

/* Nobody stands in the form twice, on one side or on both. */
static void
check_twice(struct registering *v, size_t at)
{
    struct row *row = &v->row[at];
    const struct pt_register_party *p = &row->party;

    for (size_t i = 0; i < at && row->wrong == NULL && !row->empty; i++) {
        const struct pt_register_party *o = &v->row[i].party;

        if (o->p.side == 0 || v->row[i].empty)
            continue;
        if (p->ident[0] != '\0' && strcmp(p->ident, o->ident) == 0) {
            row->wrong = PT_T("This FIN or VÖEN stands here twice");
            row->about = "ident";
        } else if (p->p.side == o->p.side &&
                   strcmp(p->p.name, o->p.name) == 0) {
            row->wrong = PT_T("This name stands here twice. Add what tells "
                              "the two apart.");
        }
    }
}

/* The rows of both sides; *parties: those that are good, together. */
static enum mh_code
check_parties(struct registering *v, struct mh_err *err,
    struct pt_register_party parties[static ROWS])
{
    enum mh_code code = MH_OK;

    for (size_t s = 0; s < SIDES; s++) {
        size_t filled = 0;
        /* Some special proceedings have an applicant and nobody else. */
        bool none_is_fine = s == 1 && strcmp(v->r.proceeding, "special") == 0;

        for (size_t i = 0; i < v->rows[s] && code == MH_OK; i++) {
            struct row *row = &v->row[s * PT_SIDE_ROWS + i];

            code = check_row(v, s, i, err);
            check_twice(v, s * PT_SIDE_ROWS + i);
            filled += !row->empty;
            if (!row->empty && row->wrong == NULL)
                parties[v->r.parties++] = row->party;
        }
        if (filled == 0 && !none_is_fine && code == MH_OK) {
            struct row *first = &v->row[s * PT_SIDE_ROWS];

            first->wrong = s == 0 ? PT_T("Name at least one claimant")
                                  : PT_T("Name at least one defendant");
            first->about = "name";
        }
    }
    return code;
}

static bool
is_wrong(const struct registering *v)
{
    bool wrong = v->faults > 0;

    for (size_t i = 0; i < ROWS; i++)
        wrong = wrong || v->row[i].wrong != NULL;
    return wrong;
}

/* ---- registering ---- */

static void
say(struct registering *v, const struct pt_register_done *done)
{
    switch (done->what) {
    case PT_REGISTERED:
        v->answer->status = 303;
        pt_answer_header(v->answer, "Location", "/cases/%s", done->id);
        break;
    case PT_REGISTERED_OTHER:
        pt_page_refuse(v->rq, v->answer, 409, PT_T("This form was sent before"),
            PT_T("It said something else then. Open a new form."));
        break;
    case PT_REGISTERED_SERIES:
        pt_page_refuse(v->rq, v->answer, 409,
            PT_T("The court takes no such case"),
            PT_T("The court is closed for new cases, or does not number cases "
                 "of this type. Nothing was registered."));
        break;
    case PT_REGISTERED_NOT:
        pt_page_absent(v->rq, v->answer);
        break;
    }
}

static void
register_it(struct registering *v)
{
    struct pt_register_party *parties =
        mh_arena_array(v->rq->arena, ROWS, sizeof(*parties));
    struct mh_err err = {.msg = ""};
    struct pt_register_done done;
    enum mh_code code = MH_OK;

    check_court(v);
    check_kind(v);
    code = parties == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : check_parties(v, &err, parties);
    if (code == MH_OK && is_wrong(v)) {
        show(v, true);
        return;
    }
    v->r.clerk = v->who.account.id;
    v->r.party = parties;
    v->r.now = pt_time();
    v->r.form = pt_field(v->rq, "form");
    if (code == MH_OK)
        code = pt_fields_digest(v->rq, &err, v->r.digest);
    if (code == MH_OK)
        code = pt_store_case_register(v->app->store, &v->r, &err, &done);
    mh_log("case", "id=%s registered=%s code=%s", v->rq->id,
        code == MH_OK ? done.id : "", mh_code_name(code));
    pt_ledger_wake(v->app->ledger);
    if (code == MH_ELIMIT)
        pt_page_refuse(v->rq, v->answer, 409,
            PT_T("The series of numbers is at its end"),
            PT_T("Nothing was registered. Tell the operator."));
    else if (code != MH_OK)
        pt_answer_error(v->answer, &err);
    else
        say(v, &done);
}

void
pt_web_case_register(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct registering v = {
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)};
    bool more = false;

    if (!pt_form_is_ours(rq, answer) || !begin(&v))
        return;
    for (size_t s = 0; s < SIDES; s++) {
        v.rows[s] = rows_of(rq, s);
        if (strcmp(pt_field(rq, "do"), sides[s].name) == 0) {
            v.rows[s] += v.rows[s] < PT_SIDE_ROWS;
            more = true;
        }
    }
    if (too_many(rq) || !pt_form_id_good(rq))
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
    else if (more)
        show(&v, false);
    else
        register_it(&v);
}
