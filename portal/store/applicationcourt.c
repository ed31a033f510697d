/* An application from its signature to a case (portal/store/applications.h).
 */
#include "portal/store/applicationrows.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/complaints.h"
#include "portal/store/draws.h"
#include "portal/store/preserved.h"

#define BIT(state) (1U << (unsigned)PT_APPLICATION_##state)

enum {
    NUMBER_MAX = 999999, /* of a year */
};

/* ---- submitting ---- */

/* The next number of the year. */
static enum mh_code
next_number(struct pt_store *s, int64_t now, struct mh_err *err,
    char out[static PT_APPLICATION_NUMBER + 1])
{
    int year = pt_series_year(now);
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "INSERT INTO application_counter (year, next) VALUES (?1, 2)"
        " ON CONFLICT (year) DO UPDATE SET next = next + 1 RETURNING next - 1");
    int64_t n = 0;
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "application", err);
    pt_bind_i64(stmt, 1, year);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        n = pt_column_i64(stmt, 0);
    pt_reset(stmt);
    if (rc != PT_ROW)
        return pt_db_fail(&s->writer, "application", err);
    if (n > NUMBER_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "store: applications: the series is at its end");
    (void)snprintf(out, PT_APPLICATION_NUMBER + 1, "E-%04u-%06u",
        (unsigned)year % 10000U, (unsigned)(n % (NUMBER_MAX + 1))); /* fits */
    return MH_OK;
}

struct submitting {
    struct pt_application_change change; /* first: it is its own context */
    const struct pt_application_signed *with;
};

static enum mh_code
submit_rows(struct pt_store *s, const struct pt_application_by *by,
    const struct pt_document *d, struct mh_err *err)
{
    char number[PT_APPLICATION_NUMBER + 1] = "";
    struct pt_stmt stmt[] = {
        {.sql = "UPDATE application SET state = 4, number = ?2, submitted = ?3,"
                " document = ?4, name = ?5, format = ?6, sha256 = ?7"
                " WHERE id = ?1 AND state = 3",
            .arg = {PT_S(by->id), PT_S(number), PT_N(d->filed), PT_S(d->id),
                PT_S(d->name), PT_N((int64_t)d->format),
                PT_B(((struct mh_span){d->sha256, PT_HASH}))},
            .args = 7},
        {.sql = "UPDATE application SET ruled = ?2, verdict = ?3, reason = ?4,"
                " signer = ?5, report = ?6, judged = ?7 WHERE id = ?1",
            .arg = {PT_S(by->id), PT_N((int64_t)d->state),
                PT_N((int64_t)d->verdict), PT_S(d->reason), PT_S(d->signer),
                PT_B(d->report), PT_N(d->judged)},
            .args = 7}};
    enum mh_code code = next_number(s, by->now, err, number);

    if (code == MH_OK)
        code = pt_rows_run(s, &stmt[0], err);
    return code == MH_OK ? pt_rows_run(s, &stmt[1], err) : code;
}

/* Whether just these bytes were submitted before. */
static enum mh_code
same_bytes(struct pt_store *s, const struct submitting *v, struct mh_err *err,
    bool *same)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT 1 FROM application WHERE id = ?1 AND owner = ?2"
        " AND sha256 = ?3");
    enum pt_stepped rc;

    *same = false;
    if (stmt == NULL)
        return pt_db_fail(&s->writer, "application", err);
    pt_bind_text(stmt, 1, v->change.by->id);
    pt_bind_i64(stmt, 2, v->change.by->account);
    pt_bind_blob(stmt, 3, (struct mh_span){v->with->d->sha256, PT_HASH});
    rc = pt_step(stmt);
    *same = rc == PT_ROW;
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE
               ? MH_OK
               : pt_db_fail(&s->writer, "application", err);
}

static enum mh_code
submit(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct submitting *v = arg;
    struct pt_application_change *c = &v->change;
    struct pt_document *d = v->with->d;
    bool same = false;
    enum mh_code code = pt_application_look(s, c, err, &c->done);

    if (code == MH_OK && c->done == PT_APPLICATION_ILLEGAL) {
        code = same_bytes(s, v, err, &same);
        if (same)
            c->done = PT_APPLICATION_DONE;
    }
    if (code != MH_OK || c->done != PT_APPLICATION_DONE || same)
        return code;
    pt_row_id_new(d->id);
    memcpy(v->with->receipt->document, d->id, sizeof(d->id));
    code = pt_blob_keep(s, v->with->staged, c->by->now, err);
    if (code == MH_OK)
        code = submit_rows(s, c->by, d, err);
    if (code == MH_OK)
        code = pt_receipt_put(s, v->with->receipt, err);
    return code == MH_OK ? pt_application_note(s, c, err) : code;
}

enum mh_code
pt_store_application_submit(struct pt_store *store,
    const struct pt_application_by *by,
    const struct pt_application_signed *with, struct mh_err *err,
    enum pt_application_done *done)
{
    struct submitting v = {.change = {.by = by,
                               .from = BIT(AWAITING_SIGNATURE),
                               .kind = "application-submitted",
                               .done = PT_APPLICATION_NONE},
        .with = with};
    struct pt_write w = {.run = submit, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    pt_store_blob_forget(store, with->staged); /* where it was not used */
    *done = v.change.done;
    return code;
}

/* ---- at the court ---- */

struct turning {
    const struct pt_application_by *by;
    enum pt_application_state to;
    const char *why;
};

static enum mh_code
turn(struct pt_store *s, void *ctx, struct mh_err *err,
    enum pt_application_done *done)
{
    const struct turning *t = ctx;
    struct pt_stmt stmt = {
        .sql = "UPDATE application SET state = ?2, reviewer = ?3, why = ?4,"
               " decided = ?5 WHERE id = ?1",
        .arg = {PT_S(t->by->id), PT_N((int64_t)t->to), PT_N(t->by->account),
            PT_S(t->why),
            {.none = t->to == PT_APPLICATION_IN_REVIEW, .number = t->by->now}},
        .args = 5};

    (void)done;
    return pt_rows_run(s, &stmt, err);
}

enum mh_code
pt_store_application_review(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done)
{
    struct turning t = {by, PT_APPLICATION_IN_REVIEW, ""};
    struct pt_application_change c = {.by = by,
        .from = BIT(SUBMITTED),
        .clerk = true,
        .kind = "application-review",
        .run = turn,
        .ctx = &t};

    return pt_application_write(store, &c, err, done);
}

enum mh_code
pt_store_application_decide(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application_word *word,
    struct mh_err *err, enum pt_application_done *done)
{
    struct turning t = {by, word->to, word->why};
    struct pt_application_change c = {.by = by,
        .from = BIT(IN_REVIEW),
        .clerk = true,
        .kind = word->to == PT_APPLICATION_RETURNED ? "application-returned"
                                                    : "application-rejected",
        .run = turn,
        .ctx = &t};

    if (word->to != PT_APPLICATION_RETURNED &&
        word->to != PT_APPLICATION_REJECTED) {
        *done = PT_APPLICATION_ILLEGAL;
        return MH_OK;
    }
    return pt_application_write(store, &c, err, done);
}

struct judging {
    const char *id;
    const struct pt_document *d;
    const struct pt_record *record;
};

/* The record only where something was judged: another may have been first. */
static enum mh_code
judge(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct judging *j = arg;
    const struct pt_document *d = j->d;
    struct pt_stmt stmt = {
        .sql = "UPDATE application SET ruled = ?2, verdict = ?3, reason = ?4,"
               " signer = ?5, report = ?6, judged = ?7, format = ?8"
               " WHERE id = ?1 AND state = 5 AND ruled = 1",
        .arg = {PT_S(j->id), PT_N((int64_t)d->state), PT_N((int64_t)d->verdict),
            PT_S(d->reason), PT_S(d->signer), PT_B(d->report), PT_N(d->judged),
            PT_N((int64_t)d->format)},
        .args = 8};
    enum mh_code code = pt_rows_run(s, &stmt, err);

    return code == MH_OK && stmt.changes > 0
               ? pt_record_put(s, j->record, d->judged, err)
               : code;
}

enum mh_code
pt_store_application_judged(struct pt_store *store, const char *id,
    const struct pt_document *d, const struct pt_record *record,
    struct mh_err *err)
{
    struct judging j = {id, d, record};
    struct pt_write w = {.run = judge, .arg = &j};

    return pt_write_do(store, &w, err);
}

/* ---- a case of it ---- */

struct registering {
    struct pt_application_change change;
    const struct pt_application_case *with;
};

/* The document that it was, in the case. */
static enum mh_code
bring(struct pt_store *s, const struct registering *v, const char *case_id,
    struct mh_err *err)
{
    const struct pt_application_by *by = v->change.by;
    struct pt_stmt stmt[] = {
        {.sql = "INSERT INTO document (id, case_id, filer, form, kind, title,"
                " name, note, format, sha256, filed, state, verdict, reason,"
                " signer, report, judged) SELECT document, ?2, owner, id,"
                " 'application', title, name, '', format, sha256, submitted, 3,"
                " verdict, reason, signer, report, judged FROM application"
                " WHERE id = ?1",
            .arg = {PT_S(by->id), PT_S(case_id)},
            .args = 2},
        {.sql = "UPDATE application SET state = 7, case_id = ?2, reviewer = ?3,"
                " decided = ?4 WHERE id = ?1",
            .arg = {PT_S(by->id), PT_S(case_id), PT_N(by->account),
                PT_N(by->now)},
            .args = 4},
        /* A complaint: the case before, which is complained of from now on. */
        {.sql = "UPDATE court_case SET prev_case_id = (SELECT t.case_id FROM"
                " application a JOIN act t ON t.id = a.act WHERE a.id = ?1)"
                " WHERE id = ?2",
            .arg = {PT_S(by->id), PT_S(case_id)},
            .args = 2},
        {.sql = "UPDATE court_case SET status = 7 WHERE status = 5 AND id ="
                " (SELECT prev_case_id FROM court_case WHERE id = ?1)",
            .arg = {PT_S(case_id)},
            .args = 1},
        {.sql = "INSERT INTO preserved (document, due) SELECT document, ?2"
                " FROM application WHERE id = ?1",
            .arg = {PT_S(by->id), PT_N(by->now)},
            .args = 2},
        /* Who filed it for a claimant, and is none of the parties. */
        {.sql = "INSERT INTO participant (case_id, account, role, filed)"
                " SELECT ?2, owner, 4, ?3 FROM application WHERE id = ?1"
                " ON CONFLICT DO NOTHING",
            .arg = {PT_S(by->id), PT_S(case_id), PT_N(by->now)},
            .args = 3}};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < sizeof(stmt) / sizeof(stmt[0]) && code == MH_OK; i++)
        code = pt_rows_run(s, &stmt[i], err);
    if (code == MH_OK && v->with->receipt != NULL)
        code = pt_receipt_put(s, v->with->receipt, err);
    if (code == MH_OK && v->with->what->judge == 0)
        code = pt_draw_open(s, by, case_id, err);
    if (code == MH_OK)
        code = pt_complaint_told(s, case_id, by->account, by->now, err);
    return code == MH_OK ? pt_application_note(s, &v->change, err) : code;
}

/*
 * Whether a case of the court may come of it: it is that court's, its
 * signature was judged and not found bad, and the receipt of its fee, where it
 * has one, was found good.
 */
static enum mh_code
check_case(struct pt_store *s, struct registering *v, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT court, ruled, fee <> 'receipt_submitted' OR"
        " EXISTS (SELECT 1 FROM fee_receipt f WHERE f.application = a.id"
        "  AND f.good = 1) FROM application a WHERE id = ?1");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "application", err);
    pt_bind_text(stmt, 1, v->change.by->id);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        int ruled = pt_column_int(stmt, 1);

        if (pt_column_i64(stmt, 0) != v->with->what->court)
            v->change.done = PT_APPLICATION_NONE;
        else if (ruled != PT_DOC_DESK && ruled != PT_DOC_ACCEPTED)
            v->change.done = PT_APPLICATION_ILLEGAL;
        else if (pt_column_int(stmt, 2) == 0)
            v->change.done = PT_APPLICATION_UNPAID;
    }
    pt_reset(stmt);
    return rc == PT_ROW ? MH_OK : pt_db_fail(&s->writer, "application", err);
}

/* Before the case is made, and when it is there (register.h). */
static enum mh_code
with_case(struct pt_store *s, void *ctx, const char *case_id,
    struct mh_err *err, bool *good)
{
    struct registering *v = ctx;
    enum mh_code code;

    if (case_id != NULL)
        return bring(s, v, case_id, err);
    code = pt_application_look(s, &v->change, err, &v->change.done);
    if (code == MH_OK && v->change.done == PT_APPLICATION_DONE)
        code = check_case(s, v, err);
    *good = v->change.done == PT_APPLICATION_DONE;
    return code;
}

enum mh_code
pt_store_application_register(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application_case *c,
    struct mh_err *err, struct pt_register_done *out,
    enum pt_application_done *done)
{
    struct registering v = {.change = {.by = by,
                                .from = BIT(IN_REVIEW),
                                .clerk = true,
                                .done = PT_APPLICATION_NONE},
        .with = c};
    enum mh_code code;

    c->what->clerk = by->account;
    c->what->now = by->now;
    c->what->form = by->form;
    memcpy(c->what->digest, by->digest, PT_HASH);
    c->what->with = with_case;
    c->what->ctx = &v;
    c->what->electronic = true;
    code = pt_store_case_register(store, c->what, err, out);
    *done = code != MH_OK                      ? PT_APPLICATION_NONE
            : out->what == PT_REGISTERED       ? PT_APPLICATION_DONE
            : out->what == PT_REGISTERED_OTHER ? PT_APPLICATION_OTHER
                                               : v.change.done;
    return code;
}
