/* How proposals end: a second operator decides, or their time is over
   (proposals.h). */
#include "portal/store/proposals.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "portal/store/changes.h"
#include "portal/store/sent.h"

enum {
    EXPIRED_AT_ONCE = 100,
};

/* A decision on its way, and the proposal as it is before. */
struct deciding {
    const struct pt_deciding *d;
    struct pt_decided_done *out;
    struct pt_proposal p;
    struct mh_buf was, will, now; /* texts with their NUL */
    const char *detail;           /* of a refused transition */
};

static enum mh_code
set_state(struct pt_store *s, const struct pt_deciding *d,
    enum pt_proposal_state state, struct mh_err *err)
{
    struct pt_stmt set = {
        .sql = "UPDATE proposal SET state = ?2, decider = ?3, decided = ?4,"
               " why = ?5 WHERE id = ?1 AND state = 1",
        .arg = {PT_S(d->id), PT_N(state),
            {.none = d->account == 0, .number = d->account}, PT_N(d->now),
            PT_S(d->why)},
        .args = 5};

    return pt_rows_run(s, &set, err);
}

/* ---- time ---- */

/* The first that ran out; p->id "": there is none. */
static enum mh_code
first_over(
    struct pt_db *db, int64_t now, struct mh_err *err, struct pt_proposal *p)
{
    const struct pt_stmt q = {
        .sql = "SELECT id, kind, subject, proposer FROM proposal"
               " WHERE state = 1 AND until <= ?1 ORDER BY until, id LIMIT 1",
        .arg = {PT_N(now)},
        .args = 1};
    struct pt_cursor *stmt = pt_rows_bind(db, &q);
    enum pt_stepped rc;

    *p = (struct pt_proposal){.was = "", .will = ""};
    if (stmt == NULL)
        return pt_db_fail(db, "proposal", err);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, p->id, sizeof(p->id));
        p->kind = (enum pt_proposal_kind)pt_column_int(stmt, 1);
        pt_column_text(stmt, 2, p->subject, sizeof(p->subject));
        p->proposer = pt_column_i64(stmt, 3);
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(db, "proposal", err);
}

enum mh_code
pt_change_expire(struct pt_store *s, int64_t now, struct mh_err *err)
{
    struct pt_proposal p;
    const struct pt_change_note n = {"admin.expired", "ok", 0, p.id, now};
    const struct pt_deciding d = {.id = p.id, .why = "", .now = now};
    char data[PT_CHANGE_DATA];
    enum mh_code code = MH_OK;

    for (int i = 0; i < EXPIRED_AT_ONCE && code == MH_OK; i++) {
        code = first_over(&s->writer, now, err, &p);
        if (code != MH_OK || p.id[0] == '\0')
            break;
        code = set_state(s, &d, PT_PROPOSAL_EXPIRED, err);
        (void)snprintf(data, sizeof(data),
            "kind=%s\nproposer=p:%lld\nsubject=%s\n",
            pt_proposal_kind_name(p.kind), (long long)p.proposer,
            p.subject); /* fits */
        if (code == MH_OK)
            code = pt_change_noted(s, &n, data, err);
    }
    return code;
}

static enum mh_code
expire(struct pt_store *s, void *arg, struct mh_err *err)
{
    return pt_change_expire(s, *(const int64_t *)arg, err);
}

enum mh_code
pt_store_proposal_expire(
    struct pt_store *store, int64_t now, struct mh_err *err)
{
    struct pt_write w = {.run = expire, .arg = &now};

    return pt_write_do(store, &w, err);
}

/* ---- whether it may be ---- */

static enum mh_code
read_proposal(struct pt_db *db, struct deciding *v, struct mh_err *err)
{
    const struct pt_stmt q = {
        .sql = "SELECT id, kind, subject, state, proposer, was, will"
               " FROM proposal WHERE id = ?1",
        .arg = {PT_S(v->d->id)},
        .args = 1};
    struct pt_cursor *stmt = pt_rows_bind(db, &q);
    struct pt_proposal *p = &v->p;
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(db, "proposal", err);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, p->id, sizeof(p->id));
        p->kind = (enum pt_proposal_kind)pt_column_int(stmt, 1);
        pt_column_text(stmt, 2, p->subject, sizeof(p->subject));
        p->state = (enum pt_proposal_state)pt_column_int(stmt, 3);
        p->proposer = pt_column_i64(stmt, 4);
        mh_buf_span(&v->was, pt_column_blob(stmt, 5));
        mh_buf_span(&v->will, pt_column_blob(stmt, 6));
    }
    mh_buf_byte(&v->was, '\0');
    mh_buf_byte(&v->will, '\0');
    pt_reset(stmt);
    if (rc != PT_ROW && rc != PT_DONE)
        return pt_db_fail(db, "proposal", err);
    if (!mh_buf_ok(&v->was) || !mh_buf_ok(&v->will))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    p->was = (const char *)v->was.ptr;
    p->will = (const char *)v->will.ptr;
    return MH_OK;
}

/* Whether the subject still is what it was, and the change keeps the rules. */
static enum mh_code
check_subject(struct pt_store *s, struct deciding *v, struct mh_err *err)
{
    const struct pt_change_kind *k = pt_change_kind_of(v->p.kind);
    struct pt_proposed_done rule = {.rule = NULL};
    const struct pt_change c = {.subject = v->p.subject,
        .was = v->p.was,
        .will = v->p.will,
        .now = v->d->now};
    bool there = false;
    enum mh_code code =
        k == NULL ? mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                        "store: proposal: no such kind")
                  : k->read(&s->writer, v->p.subject, err, &v->now, &there);

    mh_buf_byte(&v->now, '\0');
    if (code == MH_OK && !mh_buf_ok(&v->now))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    if (code != MH_OK)
        return code;
    if (!there || strcmp((const char *)v->now.ptr, v->p.was) != 0) {
        v->out->what = PT_DECIDED_STALE;
        v->detail = "stale";
        return MH_OK;
    }
    code = k->check(s, &c, err, &rule);
    if (code == MH_OK && rule.rule != NULL) {
        v->out->what = PT_DECIDED_RULE;
        v->out->rule = rule.rule;
        v->detail = rule.rule;
    }
    return code;
}

static enum mh_code
check_approval(struct pt_store *s, struct deciding *v, struct mh_err *err)
{
    bool good = false;
    enum mh_code code =
        pt_change_operator(&s->writer, v->p.proposer, err, &good);

    if (code != MH_OK)
        return code;
    if (v->p.proposer == v->d->account) {
        v->out->what = PT_DECIDED_OWN;
        v->detail = "own";
    } else if (pt_change_account(v->p.subject) == v->d->account) {
        v->out->what = PT_DECIDED_SELF;
        v->detail = "self";
    } else if (!good) {
        v->out->what = PT_DECIDED_PROPOSER;
        v->detail = "proposer";
    } else {
        code = check_subject(s, v, err);
    }
    return code;
}

static const char *const states[PT_PROPOSAL_STATES] = {
    "none", "open", "approved", "refused", "expired", "withdrawn", "alone"};

static enum mh_code
check(struct pt_store *s, struct deciding *v, struct mh_err *err)
{
    bool good = false;
    enum mh_code code =
        pt_change_operator(&s->writer, v->d->account, err, &good);

    if (code == MH_OK && !good)
        v->out->what = PT_DECIDED_NOT;
    if (code != MH_OK || !good)
        return code;
    code = pt_change_expire(s, v->d->now, err);
    if (code == MH_OK)
        code = read_proposal(&s->writer, v, err);
    if (code != MH_OK)
        return code;
    if (v->p.id[0] == '\0') {
        v->out->what = PT_DECIDED_ABSENT;
    } else if (v->p.state != PT_PROPOSAL_OPEN) {
        v->out->what = PT_DECIDED_OVER;
        v->detail = states[v->p.state];
    } else if (v->d->approve) {
        code = check_approval(s, v, err);
    }
    return code;
}

/* ---- doing it ---- */

static enum mh_code
do_it(struct pt_store *s, struct deciding *v, struct mh_err *err)
{
    const struct pt_deciding *d = v->d;
    bool own = v->p.proposer == d->account;
    const struct pt_change c = {.subject = v->p.subject,
        .was = v->p.was,
        .will = v->p.will,
        .id = v->p.id,
        .now = d->now};
    const struct pt_change_note n = {d->approve ? "admin.approved"
                                     : own      ? "admin.withdrawn"
                                                : "admin.refused",
        "ok", d->account, v->p.id, d->now};
    char data[PT_CHANGE_DATA];
    enum mh_code code;

    v->out->state = d->approve ? PT_PROPOSAL_APPROVED
                    : own      ? PT_PROPOSAL_WITHDRAWN
                               : PT_PROPOSAL_REFUSED;
    code = set_state(s, d, v->out->state, err);
    if (code == MH_OK && d->approve)
        code = pt_change_kind_of(v->p.kind)->apply(s, &c, err);
    if (code == MH_OK)
        code = pt_change_data(&v->p, err, data);
    return code == MH_OK ? pt_change_noted(s, &n, data, err) : code;
}

/* What was refused, for the log; nothing of a form that is another's. */
static enum mh_code
note_refused(struct pt_store *s, const struct deciding *v, struct mh_err *err)
{
    const struct pt_change_note n = {
        "illegal_transition", "refused", v->d->account, v->p.id, v->d->now};
    char data[PT_CHANGE_DATA];

    if (v->detail == NULL)
        return MH_OK;
    (void)snprintf(data, sizeof(data), "from=%s\nto=%s\nwhy=%s\n",
        states[v->p.state], v->d->approve ? "approved" : "refused",
        v->detail); /* fits */
    return pt_change_noted(s, &n, data, err);
}

static enum mh_code
decide(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct deciding *v = arg;
    const struct pt_deciding *d = v->d;
    const struct pt_sent sent = {d->form, d->account, d->digest, d->now};
    char result[27];
    enum pt_sent_was was;
    enum mh_code code = pt_sent_take(s, &sent, err, &was, result);

    if (code == MH_OK && was == PT_SENT_OTHER)
        v->out->what = PT_DECIDED_OTHER;
    if (code != MH_OK || was != PT_SENT_NEW)
        return code;
    code = check(s, v, err);
    if (code != MH_OK || v->out->what != PT_DECIDED)
        return code == MH_OK ? note_refused(s, v, err) : code;
    code = do_it(s, v, err);
    return code == MH_OK ? pt_sent_keep(s, &sent, v->p.id, err) : code;
}

enum mh_code
pt_store_proposal_decide(struct pt_store *store, const struct pt_deciding *d,
    struct mh_err *err, struct pt_decided_done *out)
{
    struct deciding v = {.d = d, .out = out};
    struct pt_write w = {.run = decide, .arg = &v};
    enum mh_code code;

    *out = (struct pt_decided_done){.what = PT_DECIDED};
    mh_buf_init(&v.was, PT_PROPOSAL_MAX + 1);
    mh_buf_init(&v.will, PT_PROPOSAL_MAX + 1);
    mh_buf_init(&v.now, PT_PROPOSAL_MAX + 1);
    code = pt_write_do(store, &w, err);
    mh_buf_fini(&v.was);
    mh_buf_fini(&v.will);
    mh_buf_fini(&v.now);
    return code;
}
