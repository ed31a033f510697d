/* New proposals, and what one operator does at once (proposals.h). */
#include "portal/store/proposals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/changes.h"
#include "portal/store/sent.h"

struct adding {
    const struct pt_proposing *p;
    struct pt_proposed_done *out;
    struct mh_buf was;
};

static enum mh_code
find_open(struct pt_store *s, struct adding *a, struct mh_err *err)
{
    const struct pt_stmt q = {
        .sql = "SELECT id FROM proposal WHERE subject = ?1 AND state = 1",
        .arg = {PT_S(a->p->subject)},
        .args = 1};
    struct mh_buf id;
    bool there;
    enum mh_code code;

    mh_buf_init(&id, sizeof(a->out->id) - 1);
    code = pt_change_text_of(&s->writer, &q, err, &id, &there);
    if (code == MH_OK && there) {
        memcpy(a->out->id, id.ptr, id.len);
        a->out->id[id.len] = '\0';
        a->out->what = PT_PROPOSED_OPEN;
    }
    mh_buf_fini(&id);
    return code;
}

static enum mh_code
insert(struct pt_store *s, const struct pt_proposal *p, struct mh_err *err)
{
    bool alone = p->state == PT_PROPOSAL_ALONE;
    struct pt_stmt add = {
        .sql = "INSERT INTO proposal (id, kind, subject, was, will, reason,"
               " state, proposer, created, until, decided)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        .arg = {PT_S(p->id), PT_N(p->kind), PT_S(p->subject), PT_S(p->was),
            PT_S(p->will), PT_S(p->reason), PT_N(p->state), PT_N(p->proposer),
            PT_N(p->created), PT_N(p->until),
            {.none = !alone, .number = p->created}},
        .args = 11};

    return pt_rows_run(s, &add, err);
}

static void
fill(struct pt_proposal *p, const struct adding *a,
    enum pt_proposal_state state, const char *will)
{
    *p = (struct pt_proposal){.kind = a->p->kind,
        .was = (const char *)a->was.ptr,
        .will = will,
        .state = state,
        .proposer = a->p->account,
        .created = a->p->now,
        .until = a->p->now + PT_PROPOSAL_SECONDS};
    pt_id_new(p->id);
    (void)snprintf(p->subject, sizeof(p->subject), "%s", a->p->subject);
    (void)snprintf(p->reason, sizeof(p->reason), "%s", a->p->reason);
    memcpy(a->out->id, p->id, sizeof(p->id));
}

/* The proposal and its record; earlier ones that ran out end before. */
static enum mh_code
write_new(struct pt_store *s, struct adding *a, struct mh_err *err)
{
    char data[PT_CHANGE_DATA];
    struct pt_proposal p;
    struct pt_change_note n = {
        "admin.proposed", "ok", a->p->account, p.id, a->p->now};
    enum mh_code code;

    fill(&p, a, PT_PROPOSAL_OPEN, a->p->will);
    code = insert(s, &p, err);
    if (code == MH_OK)
        code = pt_change_data(&p, err, data);
    return code == MH_OK ? pt_change_noted(s, &n, data, err) : code;
}

/* What the subject is now, with a NUL, in a->was. */
static enum mh_code
read_now(struct pt_store *s, struct adding *a, struct mh_err *err)
{
    const struct pt_change_kind *k = pt_change_kind_of(a->p->kind);
    bool there = false;
    enum mh_code code =
        k->read(&s->writer, a->p->subject, err, &a->was, &there);

    mh_buf_byte(&a->was, '\0');
    if (code == MH_OK && !mh_buf_ok(&a->was))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    if (code == MH_OK && !there)
        a->out->what = PT_PROPOSED_ABSENT;
    return code;
}

static enum mh_code
check_new(struct pt_store *s, struct adding *a, struct mh_err *err)
{
    const struct pt_proposing *p = a->p;
    struct pt_change c = {
        .subject = p->subject, .will = p->will, .now = p->now};
    bool good = false;
    enum mh_code code = pt_change_operator(&s->writer, p->account, err, &good);

    if (code == MH_OK && !good)
        a->out->what = PT_PROPOSED_NOT;
    if (code == MH_OK && good)
        code = pt_change_expire(s, p->now, err);
    if (code == MH_OK && a->out->what == PT_PROPOSED)
        code = read_now(s, a, err);
    if (code == MH_OK && a->out->what == PT_PROPOSED)
        code = find_open(s, a, err);
    if (code != MH_OK || a->out->what != PT_PROPOSED)
        return code;
    c.was = (const char *)a->was.ptr;
    if (strcmp(c.was, c.will) == 0) {
        a->out->what = PT_PROPOSED_SAME;
        return MH_OK;
    }
    code = pt_change_kind_of(p->kind)->check(s, &c, err, a->out);
    if (code == MH_OK && a->out->rule != NULL)
        a->out->what = PT_PROPOSED_RULE;
    return code;
}

/* Around what a form does: once, whatever is sent again. */
static enum mh_code
once(struct pt_store *s, struct adding *a, struct mh_err *err,
    enum mh_code (*check)(
        struct pt_store *s, struct adding *a, struct mh_err *err),
    enum mh_code (*act)(
        struct pt_store *s, struct adding *a, struct mh_err *err))
{
    const struct pt_proposing *p = a->p;
    const struct pt_sent sent = {p->form, p->account, p->digest, p->now};
    enum pt_sent_was was;
    enum mh_code code = pt_sent_take(s, &sent, err, &was, a->out->id);

    if (code == MH_OK && was == PT_SENT_OTHER)
        a->out->what = PT_PROPOSED_OTHER;
    if (code != MH_OK || was != PT_SENT_NEW)
        return code;
    code = check(s, a, err);
    if (code != MH_OK || a->out->what != PT_PROPOSED)
        return code;
    code = act(s, a, err);
    return code == MH_OK ? pt_sent_keep(s, &sent, a->out->id, err) : code;
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    return once(s, arg, err, check_new, write_new);
}

static enum mh_code
run_adding(struct pt_store *store, const struct pt_proposing *p,
    enum mh_code (*run)(struct pt_store *s, void *arg, struct mh_err *err),
    struct mh_err *err, struct pt_proposed_done *out)
{
    struct adding a = {.p = p, .out = out};
    struct pt_write w = {.run = run, .arg = &a};
    enum mh_code code;

    *out = (struct pt_proposed_done){.what = PT_PROPOSED};
    if (pt_change_kind_of(p->kind) == NULL ||
        strlen(p->subject) > PT_PROPOSAL_SUBJECT)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "store: proposal: no such kind");
    mh_buf_init(&a.was, PT_PROPOSAL_MAX + 1);
    code = pt_write_do(store, &w, err);
    mh_buf_fini(&a.was);
    return code;
}

enum mh_code
pt_store_proposal_add(struct pt_store *store, const struct pt_proposing *p,
    struct mh_err *err, struct pt_proposed_done *out)
{
    if (strlen(p->will) > PT_PROPOSAL_MAX)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "store: proposal: too long");
    return run_adding(store, p, add, err, out);
}

/* ---- locking at once ---- */

static enum mh_code
check_lock(struct pt_store *s, struct adding *a, struct mh_err *err)
{
    char value[32];
    bool good = false;
    enum mh_code code =
        pt_change_operator(&s->writer, a->p->account, err, &good);

    if (code == MH_OK && !good)
        a->out->what = PT_PROPOSED_NOT;
    if (code == MH_OK && good)
        code = read_now(s, a, err);
    if (code != MH_OK || a->out->what != PT_PROPOSED)
        return code;
    if (pt_change_value(
            (const char *)a->was.ptr, "state", value, sizeof(value)) &&
        strcmp(value, "active") != 0)
        a->out->rule = "not-active";
    if (pt_change_value(
            (const char *)a->was.ptr, "role", value, sizeof(value)) &&
        strcmp(value, pt_role_name(PT_ROLE_OPERATOR)) == 0)
        a->out->rule = "operator";
    if (a->out->rule != NULL)
        a->out->what = PT_PROPOSED_RULE;
    return MH_OK;
}

static enum mh_code
write_lock(struct pt_store *s, struct adding *a, struct mh_err *err)
{
    static const char active[] = "state=active\n", locked[] = "suspended\n";
    char *will, *at;
    char data[PT_CHANGE_DATA];
    struct pt_proposal p;
    struct pt_change c = {.subject = a->p->subject, .now = a->p->now};
    struct pt_change_note n = {
        "admin.locked", "ok", a->p->account, p.id, a->p->now};
    size_t len = a->was.len - 1; /* without its NUL */
    enum mh_code code;

    will = malloc(len + sizeof(locked));
    if (will == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    memcpy(will, a->was.ptr, len + 1);
    at = strstr(will, active); /* it is there: check_lock saw it */
    if (at != NULL) {
        const char *rest =
            (const char *)a->was.ptr + (at - will) + strlen(active);
        size_t kept = strlen(rest) + 1;

        at += strlen("state=");
        memcpy(at, locked, strlen(locked));
        memcpy(at + strlen(locked), rest, kept);
    }
    fill(&p, a, PT_PROPOSAL_ALONE, will);
    c.was = p.was;
    c.will = will;
    c.id = p.id;
    code = insert(s, &p, err);
    if (code == MH_OK)
        code = pt_change_person.apply(s, &c, err);
    if (code == MH_OK)
        code = pt_change_data(&p, err, data);
    if (code == MH_OK)
        code = pt_change_noted(s, &n, data, err);
    free(will);
    return code;
}

static enum mh_code
lock(struct pt_store *s, void *arg, struct mh_err *err)
{
    return once(s, arg, err, check_lock, write_lock);
}

enum mh_code
pt_store_account_lock(struct pt_store *store, const struct pt_proposing *p,
    struct mh_err *err, struct pt_proposed_done *out)
{
    if (p->kind != PT_PROPOSE_PERSON)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "store: lock: no person");
    return run_adding(store, p, lock, err, out);
}
