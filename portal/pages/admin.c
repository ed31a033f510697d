/* What the operator's pages share. */
#include "portal/pages/admin.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "portal/filing/auditwork.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/asan.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"

enum {
    VALUE = 4096, /* bytes of one value */
};

bool
pt_operator(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *who)
{
    if (!pt_who_must(app, rq, answer, who))
        return false;
    if (who->account.role == PT_ROLE_OPERATOR)
        return true;
    pt_page_absent(rq, answer);
    return false;
}

bool
pt_operator_sends(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_who *who)
{
    if (!pt_form_is_ours(rq, answer) || !pt_operator(app, rq, answer, who) ||
        !pt_step_enough(app, who, "", answer))
        return false;
    if (pt_form_id_good(rq))
        return true;
    pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
        PT_T("Open the page again and fill in a new one."));
    return false;
}

void
pt_admin_begin(struct pt_page *page, struct pt_request *rq,
    struct pt_answer *answer, const char *title, const struct pt_who *who,
    const char *at)
{
    pt_page_of(page, rq, answer, title, who);
    pt_set_flag(&page->root, "in_admin", true);
    pt_form_id_set(&page->root, rq);
    pt_set_flag(&page->root, at, true);
}

bool
pt_admin_looked(struct pt_app *app, struct pt_answer *answer,
    const struct pt_who *who, const char *obj)
{
    const struct pt_audit_look look = {
        who->account.id, "admin.opened", obj, ""};
    struct mh_err err = {.msg = ""};

    if (pt_audit_looked(app, &look, &err) == MH_OK)
        return true;
    pt_answer_error(answer, &err);
    return false;
}

/* ---- what changes ---- */

static const struct {
    enum pt_proposal_kind kind;
    const char *key, *text;
} keys[] = {
    {PT_PROPOSE_PERSON, "role", PT_T("Role")},
    {PT_PROPOSE_PERSON, "state", PT_T("Account")},
    {PT_PROPOSE_PERSON, "courts", PT_T("Courts, by their codes")},
    {PT_PROPOSE_PERSON, "key", PT_T("Name of the judge's key")},
    {PT_PROPOSE_COURT, "name", PT_T("Name")},
    {PT_PROPOSE_COURT, "connected", PT_T("Connected")},
    {PT_PROPOSE_COURT, "closed", PT_T("Closed: takes no new cases")},
    {PT_PROPOSE_COURT, "types", PT_T("Types of cases")},
    {PT_PROPOSE_COURT, "place", PT_T("Place")},
    {PT_PROPOSE_COURT, "address", PT_T("Address")},
    {PT_PROPOSE_COURT, "phone", PT_T("Telephone")},
    {PT_PROPOSE_COURT, "email", PT_T("E-mail")},
    {PT_PROPOSE_COURT, "days",
        PT_T("Days from the announcement of an act to its publication")},
};

/* A value for readers. */
static const char *
say(const char *key, const char *value, enum mh_lang lang)
{
    static const struct {
        const char *key, *value, *text;
    } words[] = {
        {"state", "active", PT_T("Active")},
        {"state", "suspended", PT_T("Locked")},
        {"state", "closed", PT_T("Closed for good")},
        {"connected", "yes", PT_T("Yes")},
        {"connected", "no", PT_T("No")},
        {"closed", "yes", PT_T("Yes")},
        {"closed", "no", PT_T("No")},
        {"types", "", PT_T("All")},
    };
    enum pt_role role;

    if (strcmp(key, "role") == 0 && pt_role_of(value, &role))
        return pt_text(lang, pt_person_text(role));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].key, key) == 0 &&
            strcmp(words[i].value, value) == 0)
            return pt_text(lang, words[i].text);
    return value[0] == '\0' ? "–" : value;
}

/* Whether a text has a line. */
static bool
has_line(const char *text, const char *line, size_t len)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");

        if (n == len && strncmp(text, line, len) == 0)
            return true;
        text += n + (text[n] != '\0');
    }
    return false;
}

/* Lines of one text that another has not; what is said to people is left. */
static void
set_lines(struct pt_map *m, const char *text, const char *other, bool added,
    enum mh_lang lang)
{
    static const char unverified[] = "\tunverified\t";

    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        struct mh_span line = {(const uint8_t *)text, n};

        if (n > 0 && text[0] != '#' && !has_line(other, text, n)) {
            const char *at = strstr(text, unverified);
            bool bad = added && at != NULL && at < text + n;
            struct pt_map *row = pt_add(m, "changes");

            pt_set(row, "what",
                pt_text(lang, bad     ? PT_T("New, not verified")
                              : added ? PT_T("New")
                                      : PT_T("Left out")));
            pt_set_lines(row, added ? "after" : "before", line);
            pt_set(row, added ? "before" : "after", "–");
        }
        text += n + (text[n] != '\0');
    }
}

void
pt_admin_changes(struct pt_map *m, const char *was, const char *will,
    enum pt_proposal_kind kind, enum mh_lang lang)
{
    char before[VALUE], after[VALUE];

    if (kind == PT_PROPOSE_RULES || kind == PT_PROPOSE_TEXT) {
        set_lines(m, was, will, false, lang);
        set_lines(m, will, was, true, lang);
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct pt_map *row;

        if (keys[i].kind != kind ||
            !pt_change_value(was, keys[i].key, before, sizeof(before)) ||
            !pt_change_value(will, keys[i].key, after, sizeof(after)) ||
            strcmp(before, after) == 0)
            continue;
        row = pt_add(m, "changes");
        pt_set(row, "what", pt_text(lang, keys[i].text));
        pt_set(row, "before", say(keys[i].key, before, lang));
        pt_set(row, "after", say(keys[i].key, after, lang));
    }
}

/* ---- proposing ---- */

const char *
pt_admin_rule_text(const char *rule)
{
    static const struct {
        const char *rule, *text;
    } rules[] = {
        {"operators", PT_T("At least two operators have to be left who can "
                           "work: nobody could approve anything otherwise.")},
        {"operator", PT_T("An operator is locked by two: propose it.")},
        {"not-active", PT_T("The account is not active.")},
        {"closed", PT_T("The account is closed for good.")},
        {"pending", PT_T("Nobody has proven yet whose account it is: it "
                         "cannot become an official's.")},
        {"court", PT_T("A court of the list is closed, is not there, or is "
                       "named twice.")},
        {"courts-role",
            PT_T("Only judges, clerks and presidents belong to courts.")},
        {"key-role", PT_T("Only a judge has a key.")},
        {"key", PT_T("The name of a key has small letters, digits and "
                     "-_. inside, at most 64.")},
        {"key-taken", PT_T("The key is another judge's.")},
        {"court-name", PT_T("Write the name of the court.")},
        {"court-name-taken", PT_T("Another court has this name.")},
        {"court-types", PT_T("A type of cases is none that is numbered, or "
                             "they are not in the order of the list.")},
        {"court-reach", PT_T("The address, the telephone or the e-mail "
                             "cannot be read.")},
        {"court-place", PT_T("Choose a place from the list.")},
        {"court-days", PT_T("The days are 1 to 60.")},
        {"day", PT_T("The first day has to be after today and after the "
                     "latest version, within two years.")},
        {"table", PT_T("The table is wrong:")},
        {"table-long", PT_T("The table is longer than 32 KiB.")},
        {"version", PT_T("The number of the version has to grow.")},
        {"text-long", PT_T("The text is longer than 20,000 bytes.")},
        {"text", PT_T("The text has characters that cannot be read.")},
        {"courts-max", PT_T("There are 200 courts: no more fit.")},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (strcmp(rules[i].rule, rule) == 0)
            return rules[i].text;
    return PT_T("The change cannot be read.");
}

static bool
refuse(struct pt_admin_sent *s, unsigned status, const char *title,
    const char *text)
{
    pt_page_refuse(s->rq, s->answer, status, title, text);
    return false;
}

static bool
wrong(struct pt_admin_sent *s, const char *field, const char *text)
{
    s->field = field;
    s->wrong = pt_text(pt_lang_of(s->rq), text);
    return false;
}

static bool
tell(struct pt_admin_sent *s, const struct pt_proposed_done *done)
{
    switch (done->what) {
    case PT_PROPOSED:
        s->answer->status = 303;
        pt_answer_header(
            s->answer, "Location", "/admin/proposals/%s", done->id);
        return true;
    case PT_PROPOSED_OTHER:
        return refuse(s, 409, PT_T("This form was sent before"),
            PT_T("It said something else then. Open a new form."));
    case PT_PROPOSED_OPEN:
        return refuse(s, 409, PT_T("A change is proposed already"),
            PT_T("One change at a time: see what is proposed, and have it "
                 "approved, refused or withdrawn first."));
    case PT_PROPOSED_SAME:
        return wrong(s, s->field, PT_T("Nothing would change."));
    case PT_PROPOSED_RULE:
        if (done->detail[0] == '\0')
            return wrong(s, s->field, pt_admin_rule_text(done->rule));
        (void)snprintf(s->said, sizeof(s->said), "%s %s",
            pt_text(pt_lang_of(s->rq), pt_admin_rule_text(done->rule)),
            done->detail); /* cut is fine */
        s->wrong = s->said;
        return false;
    case PT_PROPOSED_NOT:
    case PT_PROPOSED_ABSENT:
        break;
    }
    pt_page_absent(s->rq, s->answer);
    return false;
}

bool
pt_admin_propose(struct pt_admin_sent *s)
{
    char reason[4 * PT_PROPOSAL_REASON + 1];
    struct pt_proposing p = {.kind = s->kind,
        .subject = s->subject,
        .will = s->will,
        .reason = reason,
        .account = s->who->account.id,
        .now = pt_time(),
        .form = pt_field(s->rq, "form")};
    struct pt_proposed_done done;
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    if (!pt_line_of(pt_field(s->rq, "reason"), PT_PROPOSAL_REASON, reason))
        return wrong(s, "reason",
            PT_T("The reason is longer than 500 characters, or has "
                 "characters that cannot be read"));
    if (!pt_line_says(reason))
        return wrong(s, "reason", PT_T("Give a reason"));
    code = pt_fields_digest(s->rq, &err, p.digest);
    if (code == MH_OK)
        code = s->lock ? pt_store_account_lock(s->app->store, &p, &err, &done)
                       : pt_store_proposal_add(s->app->store, &p, &err, &done);
    if (code != MH_OK) {
        pt_answer_error(s->answer, &err);
        return false;
    }
    mh_log("admin.propose", "kind=%s what=%d lock=%d",
        pt_proposal_kind_name(s->kind), (int)done.what, s->lock);
    pt_ledger_wake(s->app->ledger);
    return tell(s, &done);
}
