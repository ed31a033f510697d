#include "portal/store/acts.h"

#include <string.h>

#include "base/time.h"
#include "portal/store/events.h"
#include "portal/store/preserved.h"
#include "portal/store/rows.h"

const char *
pt_act_state_name(enum pt_act_state s)
{
    static const char *const names[] = {
        "", "draft", "for_signature", "signed", "published", "discarded"};

    return s > 0 && s < PT_ACT_STATES ? names[s] : "";
}

struct stepping {
    const struct pt_act *act;
    const struct pt_act_step *step;
    const struct pt_act_signature *signature;
    const struct pt_record *record;
    const struct pt_receipt *receipt;
    struct pt_staged *staged;
    struct pt_act_added *added;
    enum pt_found found;
};

/* Runs it, and its record where it changed the act. */
static enum mh_code
step(struct pt_store *s, struct stepping *v, struct pt_stmt *change, int64_t at,
    struct mh_err *err)
{
    enum mh_code code = pt_rows_run(s, change, err);

    v->found = code == MH_OK && change->changes == 1 ? PT_FOUND : PT_ABSENT;
    if (v->found == PT_FOUND && v->record != NULL)
        code = pt_record_put(s, v->record, at, err);
    return code;
}

static enum mh_code
run(struct pt_store *store, struct stepping *v,
    enum mh_code (*of)(struct pt_store *, void *, struct mh_err *),
    struct mh_err *err, enum pt_found *found)
{
    struct pt_write w = {.run = of, .arg = v};
    enum mh_code code = pt_write_do(store, &w, err);

    if (v->staged != NULL)
        pt_store_blob_forget(store, v->staged); /* where it was not used */
    if (found != NULL)
        *found = v->found;
    return code;
}

/* ---- drafts ---- */

/* Whether the author's form brought an act already. */
static enum mh_code
look_for_form(struct pt_store *s, struct stepping *v, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(
        &s->writer, "SELECT id FROM act WHERE author = ?1 AND form = ?2");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "act", err);
    pt_bind_i64(stmt, 1, v->act->author);
    pt_bind_text(stmt, 2, v->act->form);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, v->added->id, sizeof(v->added->id));
        v->added->what = PT_FILED_AGAIN;
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE ? MH_OK
                                         : pt_db_fail(&s->writer, "act", err);
}

static enum mh_code
add(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    const struct pt_act *a = v->act;
    struct pt_stmt row = {
        .sql = "INSERT INTO act (id, case_id, author, form, kind, title, text,"
               " sha256, state, created, announced, due, replaces)"
               " SELECT ?1, c.id, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10, ?10 +"
               " 86400 * coalesce((SELECT act_days FROM court_policy p"
               "  WHERE p.court = c.court), ?11), ?12 FROM court_case c"
               " WHERE c.id = ?2 AND (?12 IS NULL OR EXISTS (SELECT 1 FROM act"
               "  WHERE act.id = ?12 AND act.case_id = ?2 AND act.state = 4))",
        .arg = {PT_S(a->id), PT_S(a->case_id), PT_N(a->author), PT_S(a->form),
            PT_S(a->kind), PT_S(a->title), PT_S(a->text),
            PT_B(((struct mh_span){a->sha256, PT_HASH})), PT_N(a->created),
            PT_N(a->announced), PT_N(PT_ACT_DAYS),
            {.text = a->replaces[0] == '\0' ? NULL : a->replaces,
                .none = a->replaces[0] == '\0'}},
        .args = 12};
    enum mh_code code = look_for_form(s, v, err);

    if (code != MH_OK || v->added->what == PT_FILED_AGAIN)
        return code;
    code = pt_blob_keep(s, v->staged, a->created, err);
    if (code == MH_OK)
        code = step(s, v, &row, a->created, err);
    if (code == MH_OK && v->found == PT_ABSENT)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "act: no such case, or what it replaces is not published");
    memcpy(v->added->id, a->id, sizeof(v->added->id));
    return code;
}

enum mh_code
pt_store_act_add(struct pt_store *store, const struct pt_act *act,
    struct pt_staged *staged, const struct pt_record *record,
    struct mh_err *err, struct pt_act_added *out)
{
    struct stepping v = {
        .act = act, .staged = staged, .record = record, .added = out};

    *out = (struct pt_act_added){.what = PT_FILED_NEW};
    return run(store, &v, add, err, NULL);
}

static enum mh_code
change(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    const struct pt_act *a = v->act;
    /* The days of the court stay those of the day it was drafted on. */
    struct pt_stmt row = {.sql = "UPDATE act SET kind = ?3, title = ?4,"
                                 " text = ?5, sha256 = ?6,"
                                 " due = due + ?7 - announced,"
                                 " announced = ?7, version = version + 1"
                                 " WHERE id = ?1 AND version = ?2"
                                 " AND state = 1 AND discarded IS NULL",
        .arg = {PT_S(a->id), PT_N(a->version), PT_S(a->kind), PT_S(a->title),
            PT_S(a->text), PT_B(((struct mh_span){a->sha256, PT_HASH})),
            PT_N(a->announced)},
        .args = 7};
    enum mh_code code = pt_blob_keep(s, v->staged, a->created, err);

    return code == MH_OK ? step(s, v, &row, a->created, err) : code;
}

enum mh_code
pt_store_act_change(struct pt_store *store, const struct pt_act *act,
    struct pt_staged *staged, const struct pt_record *record,
    struct mh_err *err, enum pt_found *found)
{
    struct stepping v = {.act = act, .staged = staged, .record = record};

    return run(store, &v, change, err, found);
}

static enum mh_code
send(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    struct pt_stmt row = {.sql = "UPDATE act SET state = 2, step = ?3"
                                 " WHERE id = ?1 AND version = ?2"
                                 " AND state = 1 AND discarded IS NULL",
        .arg = {PT_S(v->step->id), PT_N(v->step->version), PT_S(v->step->form)},
        .args = 3};

    return step(s, v, &row, v->step->at, err);
}

enum mh_code
pt_store_act_send(struct pt_store *store, const struct pt_act_step *step_,
    struct mh_err *err, enum pt_found *found)
{
    struct stepping v = {.step = step_, .record = step_->record};

    return run(store, &v, send, err, found);
}

/* ---- signing ---- */

/* Of the judge of its case, whoever that is now. */
#define OF_JUDGE                                                               \
    " AND (SELECT judge FROM court_case WHERE court_case.id = act.case_id)"

enum mh_code
pt_store_act_op(struct pt_store *store, const struct pt_act_step *step_,
    const uint8_t *op, struct mh_err *err, enum pt_found *found)
{
    struct pt_stmt row = {.sql = "UPDATE act SET op = ?3 WHERE id = ?1"
                                 " AND state = 2" OF_JUDGE " = ?2",
        .arg = {PT_S(step_->id), PT_N(step_->account), {.none = true}},
        .args = 3};
    enum mh_code code;

    if (op != NULL)
        row.arg[2] = (struct pt_arg)PT_B(((struct mh_span){op, MH_OP_ID}));
    code = pt_rows_write(store, &row, 1, err);
    *found = code == MH_OK && row.changes == 1 ? PT_FOUND : PT_ABSENT;
    return code;
}

static enum mh_code
sign(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    const struct pt_act_signature *g = v->signature;
    struct pt_stmt row = {
        .sql = "UPDATE act SET state = 3, step = ?2, signer = ?3, signed = ?4,"
               " signed_sha256 = ?5, verdict = ?6, signer_name = ?7,"
               " report = ?8 WHERE id = ?1 AND state = 2 AND op = ?9" OF_JUDGE
               " = ?3",
        .arg = {PT_S(v->step->id), PT_S(v->step->form), PT_N(v->step->account),
            PT_N(v->step->at),
            PT_B(((struct mh_span){g->staged->sha256, PT_HASH})),
            PT_N((int64_t)g->verdict), PT_S(g->signer_name), PT_B(g->report),
            PT_B(((struct mh_span){g->op, MH_OP_ID}))},
        .args = 9};
    enum mh_code code = pt_blob_keep(s, g->staged, v->step->at, err);

    return code == MH_OK ? step(s, v, &row, v->step->at, err) : code;
}

enum mh_code
pt_store_act_signed(struct pt_store *store, const struct pt_act_step *step_,
    const struct pt_act_signature *signature, struct mh_err *err,
    enum pt_found *found)
{
    struct stepping v = {.step = step_,
        .signature = signature,
        .record = step_->record,
        .staged = signature->staged};

    return run(store, &v, sign, err, found);
}

/* ---- taking it back ---- */

/* The step of a judge, told to the author where that is somebody else. */
static enum mh_code
undo(struct pt_store *s, struct stepping *v, struct pt_stmt *row,
    const char *kind, struct mh_err *err)
{
    const struct pt_act_step *p = v->step;
    struct pt_event_new e = {
        .kind = kind, .actor = p->account, .at = p->at, .only = p->author};
    enum mh_code code = step(s, v, row, p->at, err);

    /* Before an act is published its case knows no title of it. */
    return code == MH_OK && v->found == PT_FOUND
               ? pt_event_tell(s, "SELECT case_id, '' FROM act WHERE id = ?1",
                     p->id, &e, err)
               : code;
}

static enum mh_code
withdraw(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    const struct pt_act_step *p = v->step;
    /* Another version: a page from before sends it not once more. */
    struct pt_stmt row = {
        .sql = "UPDATE act SET state = 1, step = ?2, version = version + 1"
               " WHERE id = ?1 AND state = 2 AND op IS NULL" OF_JUDGE " = ?3",
        .arg = {PT_S(p->id), PT_S(p->form), PT_N(p->account)},
        .args = 3};

    return undo(s, v, &row, "act-withdrawn", err);
}

enum mh_code
pt_store_act_withdraw(struct pt_store *store, const struct pt_act_step *step_,
    struct mh_err *err, enum pt_found *found)
{
    struct stepping v = {.step = step_, .record = step_->record};

    return run(store, &v, withdraw, err, found);
}

static enum mh_code
discard(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    const struct pt_act_step *p = v->step;
    struct pt_stmt row = {
        .sql = "UPDATE act SET discarded = ?4, step = ?2"
               " WHERE id = ?1 AND state = 1 AND discarded IS NULL"
               " AND version = ?5" OF_JUDGE " = ?3",
        .arg = {PT_S(p->id), PT_S(p->form), PT_N(p->account), PT_N(p->at),
            PT_N(p->version)},
        .args = 5};

    return undo(s, v, &row, "act-discarded", err);
}

enum mh_code
pt_store_act_discard(struct pt_store *store, const struct pt_act_step *step_,
    struct mh_err *err, enum pt_found *found)
{
    struct stepping v = {.step = step_, .record = step_->record};

    return run(store, &v, discard, err, found);
}

/* ---- publishing ---- */

/* What everybody of the case is told; the act is published by now. */
static enum mh_code
tell(struct pt_store *s, const struct pt_act_step *p, struct mh_err *err)
{
    const struct pt_event_new e = {
        .kind = "act-published", .actor = p->account, .at = p->at};

    return pt_event_tell(
        s, "SELECT case_id, title FROM act WHERE id = ?1", p->id, &e, err);
}

static enum mh_code
publish(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct stepping *v = arg;
    const struct pt_act_step *p = v->step;
    const char *document = v->receipt->document;
    /* The document's form is the act: an act is one document. */
    struct pt_stmt add_document = {
        .sql =
            "INSERT INTO document (id, case_id, filer, form, kind, title,"
            " name, note, format, sha256, filed, state, verdict, reason,"
            " signer, report, judged, judge_at)"
            " SELECT ?2, case_id, signer, id, kind, title, kind || '.pdf', '',"
            " ?4, signed_sha256, ?3, 3, verdict, '', signer_name, report,"
            " signed, NULL FROM act WHERE id = ?1 AND state = 3",
        .arg = {PT_S(p->id), PT_S(document), PT_N(p->at), PT_N(MH_FORMAT_PDF)},
        .args = 4};
    struct pt_stmt row = {.sql = "UPDATE act SET state = 4, step = ?4,"
                                 " published = ?3, document = ?2"
                                 " WHERE id = ?1 AND state = 3",
        .arg = {PT_S(p->id), PT_S(document), PT_N(p->at), PT_S(p->form)},
        .args = 4};
    enum mh_code code = pt_rows_run(s, &add_document, err);

    v->found = PT_ABSENT;
    if (code != MH_OK || add_document.changes != 1)
        return code;
    code = step(s, v, &row, p->at, err);
    if (code == MH_OK)
        code = pt_receipt_put(s, v->receipt, err);
    if (code == MH_OK)
        code = pt_preserved_owe(s, document, p->at, err);
    return code == MH_OK ? tell(s, p, err) : code;
}

enum mh_code
pt_store_act_publish(struct pt_store *store, const struct pt_act_step *step_,
    const struct pt_receipt *receipt, struct mh_err *err, enum pt_found *found)
{
    struct stepping v = {
        .step = step_, .record = step_->record, .receipt = receipt};

    return run(store, &v, publish, err, found);
}

/* ---- who read it ---- */

struct opening {
    const struct pt_act_opened *opened;
    const struct pt_record *record;
};

static enum mh_code
open_it(struct pt_store *s, void *arg, struct mh_err *err)
{
    const struct opening *v = arg;
    const struct pt_act_opened *o = v->opened;
    struct pt_stmt row = {
        .sql = "INSERT INTO act_read (act, account, at, level)"
               " SELECT id, ?2, ?3, ?4 FROM act WHERE document = ?1"
               " ON CONFLICT DO NOTHING",
        .arg = {PT_S(o->document), PT_N(o->account), PT_N(o->at),
            PT_N(o->level)},
        .args = 4};
    enum mh_code code = pt_rows_run(s, &row, err);

    return code == MH_OK ? pt_record_put(s, v->record, o->at, err) : code;
}

enum mh_code
pt_store_act_opened(struct pt_store *store, const struct pt_act_opened *opened,
    const struct pt_record *record, struct mh_err *err)
{
    struct opening v = {opened, record};
    struct pt_write w = {.run = open_it, .arg = &v};

    return pt_write_do(store, &w, err);
}

/* ---- policy and keys ---- */

enum mh_code
pt_store_court_act_days(struct pt_store *store, const char *code, unsigned days,
    struct mh_err *err, enum pt_found *found)
{
    struct pt_stmt row = {
        .sql = "INSERT INTO court_policy (court, act_days)"
               " SELECT id, ?2 FROM court WHERE code = ?1"
               " ON CONFLICT (court) DO UPDATE SET act_days = ?2",
        .arg = {PT_S(code), PT_N(days)},
        .args = 2};
    enum mh_code result = pt_rows_write(store, &row, 1, err);

    *found = result == MH_OK && row.changes == 1 ? PT_FOUND : PT_ABSENT;
    return result;
}

enum mh_code
pt_store_judge_key_set(struct pt_store *store, int64_t account,
    const char *name, struct mh_err *err)
{
    struct pt_stmt row[2] = {{.sql = "DELETE FROM judge_key WHERE account = ?1",
                                 .arg = {PT_N(account)},
                                 .args = 1},
        {.sql = "INSERT INTO judge_key (account, name) VALUES (?1, ?2)",
            .arg = {PT_N(account), PT_S(name)},
            .args = 2}};

    return pt_rows_write(store, row, name[0] == '\0' ? 1 : 2, err);
}
