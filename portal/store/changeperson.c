/*
 * Changes of an account that two operators agree on: its role, whether it may
 * sign in, the courts of an official, the key of a judge.  As text:
 *
 *   role=judge
 *   state=active
 *   courts=103,104     codes, in their order
 *   key=judge-1
 */
#include "portal/store/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/wire/settings.h"
#include "portal/store/acts.h"

enum {
    COURTS_TEXT = PT_COURTS_MAX * (PT_COURT_CODE_MAX + 1) + 1, /* bytes */
    WORD_MAX = 16,
    KEY_MAX = 65,
};

static const char *const state_names[PT_ACCOUNT_STATES] = {
    "", "active", "suspended", "closed"};

struct person {
    int64_t account;
    char role[WORD_MAX], state[WORD_MAX], key[KEY_MAX];
    char courts[COURTS_TEXT];
};

static enum mh_code
read_person(struct pt_db *db, const char *subject, struct mh_err *err,
    struct mh_buf *out, bool *there)
{
    const struct pt_stmt q = {
        .sql = "SELECT 'role=' || CASE role WHEN 1 THEN 'citizen'"
               "  WHEN 2 THEN 'lawyer' WHEN 3 THEN 'participant'"
               "  WHEN 4 THEN 'judge' WHEN 5 THEN 'clerk'"
               "  WHEN 6 THEN 'president' WHEN 7 THEN 'auditor'"
               "  ELSE 'operator' END || char(10) || 'state=' ||"
               " CASE state WHEN 1 THEN 'active' WHEN 2 THEN 'suspended'"
               "  ELSE 'closed' END || char(10) || 'courts=' || coalesce("
               "  (SELECT group_concat(code, ',') FROM (SELECT k.code"
               "   FROM official o JOIN court k ON k.id = o.court"
               "   WHERE o.account = a.id ORDER BY k.code) w), '')"
               " || char(10) || 'key=' || coalesce((SELECT name"
               "  FROM judge_key j WHERE j.account = a.id), '') || char(10)"
               " FROM account a WHERE id = ?1",
        .arg = {PT_N(pt_change_account(subject))},
        .args = 1};

    return pt_change_text_of(db, &q, err, out, there);
}

static bool
parse(const struct pt_change *c, const char *text, struct person *p)
{
    *p = (struct person){.account = pt_change_account(c->subject)};
    return pt_change_value(text, "role", p->role, sizeof(p->role)) &&
           pt_change_value(text, "state", p->state, sizeof(p->state)) &&
           pt_change_value(text, "courts", p->courts, sizeof(p->courts)) &&
           pt_change_value(text, "key", p->key, sizeof(p->key));
}

static enum pt_account_state
state_of(const char *name)
{
    for (int i = PT_ACCOUNT_ACTIVE; i < PT_ACCOUNT_STATES; i++)
        if (strcmp(state_names[i], name) == 0)
            return (enum pt_account_state)i;
    return PT_ACCOUNT_STATES;
}

/* ---- rules ---- */

/* The next code of a list; false: no more.  One that is too long is "". */
static bool
next_code(const char **left, char out[static PT_COURT_CODE_MAX + 1])
{
    size_t n = strcspn(*left, ",");

    if (**left == '\0')
        return false;
    out[0] = '\0';
    if (n <= PT_COURT_CODE_MAX) {
        memcpy(out, *left, n);
        out[n] = '\0';
    }
    *left += n + ((*left)[n] != '\0');
    return true;
}

/* Codes of courts that there are and that are not closed, each once and in
   order; those the person has already stay good. */
static enum mh_code
check_courts(struct pt_store *s, const struct person *will, struct mh_err *err,
    const char **rule)
{
    char code_of[PT_COURT_CODE_MAX + 1], last[PT_COURT_CODE_MAX + 1] = "";
    const char *left = will->courts;
    enum mh_code code = MH_OK;

    while (code == MH_OK && *rule == NULL && next_code(&left, code_of)) {
        const struct pt_stmt q = {
            .sql = "SELECT coalesce(i.closed, 0) FROM court k"
                   " LEFT JOIN court_info i ON i.court = k.id"
                   " WHERE k.code = ?1 AND (coalesce(i.closed, 0) = 0"
                   "  OR EXISTS (SELECT 1 FROM official o"
                   "   WHERE o.court = k.id AND o.account = ?2))",
            .arg = {PT_S(code_of), PT_N(will->account)},
            .args = 2};
        int64_t closed;
        bool there;

        code = pt_change_number(&s->writer, &q, err, &closed, &there);
        if (code == MH_OK && (!there || strcmp(last, code_of) >= 0))
            *rule = "court";
        memcpy(last, code_of, sizeof(last));
    }
    return code;
}

static enum mh_code
check_key(struct pt_store *s, const struct person *will, struct mh_err *err,
    const char **rule)
{
    const struct pt_stmt q = {
        .sql = "SELECT account FROM judge_key WHERE name = ?1"
               " AND account <> ?2",
        .arg = {PT_S(will->key), PT_N(will->account)},
        .args = 2};
    int64_t other;
    bool there = false;
    enum mh_code code = pt_change_number(&s->writer, &q, err, &other, &there);

    if (code == MH_OK && there)
        *rule = "key-taken";
    return code;
}

/* Whether enough operators are left without this one. */
static enum mh_code
check_operators(struct pt_store *s, const struct person *was,
    const struct person *will, struct mh_err *err, const char **rule)
{
    const struct pt_stmt q = {
        .sql = "SELECT count(*) FROM account WHERE role = ?1 AND state = ?2"
               " AND id <> ?3",
        .arg = {PT_N(PT_ROLE_OPERATOR), PT_N(PT_ACCOUNT_ACTIVE),
            PT_N(will->account)},
        .args = 3};
    const char *operator= pt_role_name(PT_ROLE_OPERATOR);
    bool works =
        strcmp(was->role, operator) == 0 && strcmp(was->state, "active") == 0;
    bool stays =
        strcmp(will->role, operator) == 0 && strcmp(will->state, "active") == 0;
    int64_t others = 0;
    bool there;
    enum mh_code code;

    if (!works || stays)
        return MH_OK;
    code = pt_change_number(&s->writer, &q, err, &others, &there);
    if (code == MH_OK && others < PT_OPERATORS_MIN)
        *rule = "operators";
    return code;
}

static bool
of_a_court(enum pt_role role)
{
    return role == PT_ROLE_JUDGE || role == PT_ROLE_CLERK ||
           role == PT_ROLE_PRESIDENT;
}

static enum mh_code
check_pending(struct pt_store *s, const struct person *will, struct mh_err *err,
    const char **rule)
{
    const struct pt_stmt q = {
        .sql = "SELECT pending FROM account WHERE id = ?1",
        .arg = {PT_N(will->account)},
        .args = 1};
    int64_t pending = 0;
    bool there;
    enum mh_code code = pt_change_number(&s->writer, &q, err, &pending, &there);

    if (code == MH_OK && pending != 0)
        *rule = "pending";
    return code;
}

static enum mh_code
check_person(struct pt_store *s, const struct pt_change *c, struct mh_err *err,
    struct pt_proposed_done *out)
{
    struct person was, will;
    enum pt_role role = PT_ROLE_CITIZEN;
    enum mh_code code = MH_OK;

    if (!parse(c, c->was, &was) || !parse(c, c->will, &will) ||
        !pt_role_of(will.role, &role) ||
        state_of(will.state) == PT_ACCOUNT_STATES)
        out->rule = "form";
    else if (strcmp(was.state, "closed") == 0)
        out->rule = "closed";
    else if (!of_a_court(role) && will.courts[0] != '\0')
        out->rule = "courts-role";
    else if (role != PT_ROLE_JUDGE && will.key[0] != '\0')
        out->rule = "key-role";
    else if (will.key[0] != '\0' && !mh_name_good(will.key))
        out->rule = "key";
    if (out->rule == NULL && pt_role_official(role))
        code = check_pending(s, &will, err, &out->rule);
    if (code == MH_OK && out->rule == NULL)
        code = check_courts(s, &will, err, &out->rule);
    if (code == MH_OK && out->rule == NULL)
        code = check_key(s, &will, err, &out->rule);
    if (code == MH_OK && out->rule == NULL)
        code = check_operators(s, &was, &will, err, &out->rule);
    return code;
}

/* ---- doing it ---- */

static enum mh_code
put_courts(struct pt_store *s, const struct person *will, struct mh_err *err)
{
    char code_of[PT_COURT_CODE_MAX + 1];
    const char *left = will->courts;
    struct pt_stmt none = {.sql = "DELETE FROM official WHERE account = ?1",
        .arg = {PT_N(will->account)},
        .args = 1};
    enum mh_code code = pt_rows_run(s, &none, err);

    while (code == MH_OK && next_code(&left, code_of)) {
        struct pt_stmt one = {.sql =
                                  "INSERT INTO official (account, court)"
                                  " SELECT ?1, id FROM court WHERE code = ?2",
            .arg = {PT_N(will->account), PT_S(code_of)},
            .args = 2};

        code = pt_rows_run(s, &one, err);
    }
    return code;
}

static enum mh_code
put_key(struct pt_store *s, const struct person *will, struct mh_err *err)
{
    struct pt_stmt none = {.sql = "DELETE FROM judge_key WHERE account = ?1",
        .arg = {PT_N(will->account)},
        .args = 1};
    struct pt_stmt one = {
        .sql = "INSERT INTO judge_key (account, name) VALUES (?1, ?2)",
        .arg = {PT_N(will->account), PT_S(will->key)},
        .args = 2};
    enum mh_code code = pt_rows_run(s, &none, err);

    return code == MH_OK && will->key[0] != '\0' ? pt_rows_run(s, &one, err)
                                                 : code;
}

/* Who is somebody else to the courts, or may not sign in, has no session. */
static enum mh_code
apply_person(struct pt_store *s, const struct pt_change *c, struct mh_err *err)
{
    struct person was, will;
    enum pt_role role = PT_ROLE_CITIZEN;
    struct pt_stmt set = {
        .sql = "UPDATE account SET role = ?2, state = ?3 WHERE id = ?1",
        .args = 3};
    struct pt_stmt end = {
        .sql = "DELETE FROM session WHERE account = ?1", .args = 1};
    enum mh_code code;

    if (!parse(c, c->was, &was) || !parse(c, c->will, &will) ||
        !pt_role_of(will.role, &role))
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "store: person: cannot be read");
    set.arg[0] = end.arg[0] = (struct pt_arg)PT_N(will.account);
    set.arg[1] = (struct pt_arg)PT_N(role);
    set.arg[2] = (struct pt_arg)PT_N(state_of(will.state));
    code = pt_rows_run(s, &set, err);
    if (code == MH_OK && strcmp(was.courts, will.courts) != 0)
        code = put_courts(s, &will, err);
    if (code == MH_OK && strcmp(was.key, will.key) != 0)
        code = put_key(s, &will, err);
    if (code == MH_OK &&
        (strcmp(was.role, will.role) != 0 || strcmp(will.state, "active") != 0))
        code = pt_rows_run(s, &end, err);
    return code;
}

const struct pt_change_kind pt_change_person = {
    read_person, check_person, apply_person};
