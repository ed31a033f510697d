/* The operator's pages of people (admin.h). */
#include "portal/pages/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/reportpage.h"
#include "portal/store/cases.h"
#include "portal/store/persons.h"

enum {
    DIGITS_MAX = 15, /* of an account's number */
    WILL = 8192,     /* bytes of what a person will be */
    CODES = 4096,    /* bytes of a field with codes of courts */
};

const char *const pt_web_people_query[] = {"name", "role", "after", NULL};

static const char *
asked(const struct pt_request *rq, const char *name)
{
    const char *value = pt_query(rq, name);

    return value == NULL ? "" : value;
}

/* A number without sign and leading zeros; 0: it is none. */
static int64_t
number(const char *s)
{
    size_t n = strspn(s, "0123456789");

    return n > 0 && n <= DIGITS_MAX && s[n] == '\0' && s[0] != '0'
               ? strtoll(s, NULL, 10)
               : 0;
}

static const char *
state_text(enum pt_account_state state)
{
    switch (state) {
    case PT_ACCOUNT_ACTIVE:
        return PT_T("Active");
    case PT_ACCOUNT_SUSPENDED:
        return PT_T("Locked");
    case PT_ACCOUNT_CLOSED:
    case PT_ACCOUNT_STATES:
        break;
    }
    return PT_T("Closed for good");
}

static const char *const state_codes[PT_ACCOUNT_STATES] = {
    "", "active", "suspended", "closed"};
static const char *const state_colours[PT_ACCOUNT_STATES] = {
    "grey", "green", "red", "grey"};

static void
set_person(struct pt_map *m, const struct pt_person *p, enum mh_lang lang)
{
    char when[40];

    pt_set_int(m, "person", p->id);
    pt_set(m, "username", p->username);
    pt_set(m, "person_name", p->name);
    pt_set(m, "fin", p->fin);
    pt_set(m, "role_text", pt_text(lang, pt_person_text(p->role)));
    pt_set(m, "state_text", pt_text(lang, state_text(p->state)));
    pt_set(m, "state_colour",
        p->state < PT_ACCOUNT_STATES ? state_colours[p->state] : "grey");
    pt_set_flag(m, "pending", p->pending);
    pt_baku_time(p->created, when);
    pt_set(m, "created", when);
    if (p->seen != MH_TIME_NONE) {
        pt_baku_time(p->seen, when);
        pt_set(m, "seen", when);
    }
}

static void
set_roles(struct pt_map *m, enum pt_role chosen, enum mh_lang lang)
{
    for (int i = PT_ROLE_CITIZEN; i < PT_ROLES; i++) {
        struct pt_map *o = pt_add(m, "roles");

        pt_set(o, "code", pt_role_name((enum pt_role)i));
        pt_set(o, "text", pt_text(lang, pt_person_text((enum pt_role)i)));
        pt_set_flag(o, "chosen", i == (int)chosen);
    }
}

/* ---- the list ---- */

static void
show_list(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who)
{
    char name[PT_TEXT_MAX + 1] = "";
    const struct pt_search_key key = {
        asked(rq, "name"), who->account.id, pt_time()};
    struct pt_person_query q = {
        .text = name, .after = number(asked(rq, "after"))};
    enum mh_lang lang = pt_lang_of(rq);
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct pt_persons list;
    struct pt_page page;
    enum mh_code code = MH_OK;

    if (asked(rq, "role")[0] != '\0' && !pt_role_of(asked(rq, "role"), &q.role))
        q.role = PT_ROLES; /* nobody's */
    if (key.id[0] != '\0')
        code = pt_store_search_get(app->store, &key, &err, name, &found);
    if (code == MH_OK)
        code = pt_store_person_list(app->store, &q, rq->arena, &err, &list);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_admin_begin(&page, rq, answer, PT_T("People"), who, "at_people");
    pt_set_flag(&page.root, "wide", true);
    pt_set(&page.root, "name", name);
    pt_set(&page.root, "role", asked(rq, "role"));
    if (found == PT_FOUND)
        pt_set(&page.root, "search", key.id);
    set_roles(&page.root, q.role, lang);
    for (size_t i = 0; i < list.count; i++)
        set_person(pt_add(&page.root, "people"), &list.item[i], lang);
    if (list.more)
        pt_set_int(&page.root, "next", list.item[list.count - 1].id);
    pt_page_end(&pt_tmpl_admin_people, &page, rq, answer, 200);
}

void
pt_web_people(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_operator(ctx, rq, answer, &who) &&
        pt_admin_looked(ctx, answer, &who, "people"))
        show_list(ctx, rq, answer, &who);
}

/* What is searched for stands in no address. */
void
pt_web_people_find(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    char text[4 * PT_USERNAME_MAX + 1], id[27] = "";
    enum pt_role role;
    const char *code_of = pt_field(rq, "role");
    struct mh_err err = {.msg = ""};
    struct pt_who who;

    if (!pt_form_is_ours(rq, answer) || !pt_operator(app, rq, answer, &who))
        return;
    if (!pt_role_of(code_of, &role))
        code_of = "";
    if (!pt_line_of(pt_field(rq, "text"), PT_USERNAME_MAX, text) ||
        strlen(text) > PT_TEXT_MAX) {
        pt_page_refuse(rq, answer, 422, PT_T("The search cannot be read"),
            PT_T("Write a user name, a FIN or the beginning of a name, in at "
                 "most 64 characters."));
        return;
    }
    if (text[0] != '\0' && pt_store_search_put(app->store, who.account.id, text,
                               pt_time(), &err, id) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    answer->status = 303;
    pt_answer_header(
        answer, "Location", "/admin/people?name=%s&role=%s", id, code_of);
}

/* ---- one ---- */

/* Somebody, and the change that is asked for. */
struct asking {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct pt_who who;
    struct pt_person p;
    char subject[32];
    const char *was;
    const char *field, *wrong;
};

static bool
find(struct asking *a)
{
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    int64_t id = number(a->rq->param);
    enum mh_code code = MH_OK;

    if (id != 0)
        code = pt_store_person_get(a->app->store, id, &err, &a->p, &found);
    (void)snprintf(
        a->subject, sizeof(a->subject), "p:%lld", (long long)id); /* fits */
    if (code == MH_OK && found == PT_FOUND)
        code = pt_store_proposal_now(a->app->store, PT_PROPOSE_PERSON,
            a->subject, a->rq->arena, &err, &a->was);
    if (code != MH_OK) {
        pt_answer_error(a->answer, &err);
        return false;
    }
    if (found == PT_FOUND && a->was != NULL)
        return true;
    pt_page_absent(a->rq, a->answer);
    return false;
}

/* What the form has, else what is. */
static void
set_values(const struct asking *a, struct pt_map *m)
{
    bool sent = a->rq->gate.method == PT_POST && a->wrong != NULL &&
                pt_field(a->rq, "role")[0] != '\0';
    enum mh_lang lang = pt_lang_of(a->rq);
    enum pt_role role = a->p.role;
    enum pt_account_state state = a->p.state;
    char value[WILL];

    if (sent && !pt_role_of(pt_field(a->rq, "role"), &role))
        role = a->p.role;
    set_roles(m, role, lang);
    for (int i = PT_ACCOUNT_ACTIVE; i < PT_ACCOUNT_STATES; i++)
        if (sent && strcmp(state_codes[i], pt_field(a->rq, "state")) == 0)
            state = (enum pt_account_state)i;
    for (int i = PT_ACCOUNT_ACTIVE; i < PT_ACCOUNT_STATES; i++) {
        struct pt_map *o = pt_add(m, "states");

        pt_set(o, "code", state_codes[i]);
        pt_set(o, "text", pt_text(lang, state_text((enum pt_account_state)i)));
        pt_set_flag(o, "chosen", i == (int)state);
    }
    if (!pt_change_value(a->was, "courts", value, sizeof(value)))
        value[0] = '\0';
    pt_set(m, "courts", sent ? pt_field(a->rq, "courts") : value);
    pt_set(m, "courts_now", value);
    if (!pt_change_value(a->was, "key", value, sizeof(value)))
        value[0] = '\0';
    pt_set(m, "key", sent ? pt_field(a->rq, "key") : value);
    pt_set(m, "key_now", value);
    if (a->wrong != NULL)
        pt_set_lines(m, "reason", mh_span_str(pt_field(a->rq, "reason")));
}

static enum mh_code
set_around(const struct asking *a, struct pt_map *m, struct mh_err *err)
{
    const struct pt_proposal_query q = {
        .open = true, .subject = a->subject, .now = pt_time()};
    struct pt_proposals open;
    struct pt_courts courts;
    enum mh_code code =
        pt_store_proposal_list(a->app->store, &q, a->rq->arena, err, &open);

    if (code == MH_OK && open.count > 0)
        pt_set(m, "open_proposal", open.item[0].id);
    if (code == MH_OK)
        code = pt_store_court_list(a->app->store, a->rq->arena, err, &courts);
    for (size_t i = 0; code == MH_OK && i < courts.count; i++) {
        struct pt_map *o = pt_add(m, "all_courts");

        pt_set(o, "code", courts.item[i].code);
        pt_set(o, "text", courts.item[i].name);
    }
    return code;
}

static void
show(struct asking *a)
{
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_admin_begin(
        &page, a->rq, a->answer, PT_T("Account"), &a->who, "at_people");
    set_person(m, &a->p, pt_lang_of(a->rq));
    set_values(a, m);
    if (set_around(a, m, &err) != MH_OK) {
        pt_answer_error(a->answer, &err);
        return;
    }
    pt_set_flag(m, "may_change", a->p.state != PT_ACCOUNT_CLOSED);
    pt_set_flag(m, "may_lock",
        a->p.state == PT_ACCOUNT_ACTIVE && a->p.role != PT_ROLE_OPERATOR);
    if (a->wrong != NULL) {
        pt_set_flag(m, "wrong_reason", strcmp(a->field, "reason") == 0);
        pt_set_flag(m, "wrong_role", strcmp(a->field, "role") == 0);
        pt_set(m, "wrong", a->wrong);
        pt_page_error(&page, a->field, a->wrong);
    }
    pt_page_end(&pt_tmpl_admin_person, &page, a->rq, a->answer,
        a->wrong == NULL ? 200 : 422);
}

void
pt_web_person(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (pt_operator(ctx, rq, answer, &a.who) && find(&a) &&
        pt_admin_looked(ctx, answer, &a.who, a.subject))
        show(&a);
}

static int
by_code(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Codes with commas or blanks between, as the store has them: sorted; false:
   there are too many, or they are too long. */
static bool
put_courts(struct asking *a, struct mh_buf *out)
{
    static const char between[] = ", \t\r\n;";
    const char *code[PT_COURTS_MAX];
    char *text =
        mh_arena_str(a->rq->arena, mh_span_str(pt_field(a->rq, "courts")));
    size_t count = 0;

    if (text == NULL || strlen(text) > CODES)
        return false;
    for (text += strspn(text, between); *text != '\0';
         text += strspn(text, between)) {
        size_t n = strcspn(text, between);

        if (count == PT_COURTS_MAX || n > PT_COURT_CODE_MAX)
            return false;
        code[count++] = text;
        text += n;
        if (*text != '\0')
            *text++ = '\0';
    }
    qsort(code, count, sizeof(code[0]), by_code);
    for (size_t i = 0; i < count; i++)
        mh_buf_printf(out, "%s%s", i == 0 ? "" : ",", code[i]);
    return true;
}

static void
propose(struct asking *a, bool lock)
{
    struct pt_admin_sent s = {.app = a->app,
        .rq = a->rq,
        .answer = a->answer,
        .who = &a->who,
        .kind = PT_PROPOSE_PERSON,
        .subject = a->subject,
        .lock = lock,
        .field = "role",
        .will = ""};
    struct mh_buf will;
    bool good = true;

    mh_buf_init(&will, WILL);
    if (!lock) {
        mh_buf_printf(&will,
            "role=%.32s\nstate=%.32s\ncourts=", pt_field(a->rq, "role"),
            pt_field(a->rq, "state"));
        good = put_courts(a, &will);
        mh_buf_printf(&will, "\nkey=%.65s\n", pt_field(a->rq, "key"));
        mh_buf_byte(&will, '\0');
        good = good && mh_buf_ok(&will);
        s.will = (const char *)will.ptr;
    }
    if (!good) {
        a->field = "role";
        a->wrong = pt_text(pt_lang_of(a->rq), pt_admin_rule_text("court"));
        show(a);
    } else if (!pt_admin_propose(&s) && s.wrong != NULL) {
        a->field = s.field;
        a->wrong = s.wrong;
        show(a);
    }
    mh_buf_fini(&will);
}

void
pt_web_person_propose(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (pt_operator_sends(ctx, rq, answer, &a.who) && find(&a))
        propose(&a, false);
}

void
pt_web_person_lock(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct asking a = {.app = ctx, .rq = rq, .answer = answer};

    if (pt_operator_sends(ctx, rq, answer, &a.who) && find(&a))
        propose(&a, true);
}
