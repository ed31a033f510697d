#include "portal/store/documents.h"

#include <string.h>

#include "base/time.h"
#include "base/wire/event.h"
#include "portal/store/events.h"
#include "portal/store/preserved.h"
#include "portal/store/rows.h"

static const char *const states[] = {
    "", "received", "desk", "accepted", "returned"};

const char *
pt_doc_state_name(enum pt_doc_state s)
{
    return s > 0 && s < PT_DOC_STATES ? states[s] : "";
}

/* Runs a statement of the writer that was bound; NULL is a failure too. */
static enum mh_code
run(struct pt_store *s, struct pt_cursor *stmt, struct mh_err *err)
{
    return stmt == NULL ? pt_db_fail(&s->writer, "document", err)
                        : pt_db_run(&s->writer, stmt, "document", err);
}

enum mh_code
pt_receipt_put(
    struct pt_store *s, const struct pt_receipt *r, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "INSERT INTO receipt (op, document, status, text, created, next_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    if (stmt != NULL) {
        pt_bind_blob(stmt, 1, (struct mh_span){r->op, MH_OP_ID});
        pt_bind_text(stmt, 2, r->document);
        pt_bind_text(stmt, 3, r->status);
        pt_bind_text(stmt, 4, r->text);
        pt_bind_i64(stmt, 5, r->created);
        pt_bind_i64(stmt, 6, r->next_at);
    }
    return run(s, stmt, err);
}

enum mh_code
pt_record_put(struct pt_store *s, const struct pt_record *r, int64_t now,
    struct mh_err *err)
{
    struct pt_cursor *stmt;

    /* keyd would never take it, nor anything behind it. */
    if (!mh_event_known(r->ev))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "store: a record of no event that there is");
    stmt = pt_db_prepare(&s->writer,
        "INSERT INTO outbox (ev, who, obj, res, data, created)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    if (stmt != NULL) {
        pt_bind_text(stmt, 1, r->ev);
        pt_bind_text(stmt, 2, r->who);
        pt_bind_text(stmt, 3, r->obj);
        pt_bind_text(stmt, 4, r->res);
        pt_bind_text(stmt, 5, r->data);
        pt_bind_i64(stmt, 6, now);
    }
    return run(s, stmt, err);
}

/* What happened to a document, for everybody of its case. */
static enum mh_code
add_event(struct pt_store *s, const struct pt_document *d, const char *kind,
    int64_t actor, struct mh_err *err)
{
    const struct pt_event_new e = {.case_id = d->case_id,
        .kind = kind,
        .actor = actor,
        .at = d->judged,
        .data = d->title[0] == '\0' ? d->name : d->title};

    return pt_event_write(s, &e, err);
}

/* ---- filing ---- */

struct filing {
    const struct pt_document *doc;
    const struct pt_receipt *receipt;
    struct pt_staged *staged;
    struct pt_filed_doc *out;
};

/* Whether this form brought a document already. */
static enum mh_code
look_for_form(struct pt_store *s, struct filing *f, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT id, sha256 FROM document WHERE filer = ?1 AND form = ?2");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "document", err);
    pt_bind_i64(stmt, 1, f->doc->filer);
    pt_bind_text(stmt, 2, f->doc->form);
    rc = pt_step(stmt);
    f->out->what = PT_FILED_NEW;
    if (rc == PT_ROW) {
        pt_column_text(stmt, 0, f->out->id, sizeof(f->out->id));
        f->out->what = mh_span_eq(pt_column_blob(stmt, 1),
                           (struct mh_span){f->doc->sha256, PT_HASH})
                           ? PT_FILED_AGAIN
                           : PT_FILED_OTHER;
    }
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE
               ? MH_OK
               : pt_db_fail(&s->writer, "document", err);
}

static enum mh_code
file(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct filing *f = arg;
    const struct pt_document *d = f->doc;
    enum mh_code code = look_for_form(s, f, err);
    struct pt_cursor *stmt;

    if (code != MH_OK || f->out->what != PT_FILED_NEW)
        return code;
    code = pt_blob_keep(s, f->staged, d->filed, err);
    if (code != MH_OK)
        return code;
    stmt = pt_db_prepare(&s->writer,
        "INSERT INTO document (id, case_id, filer, form, kind, title, name,"
        " note, format, sha256, filed, state, verdict, reason, signer, report,"
        " judged, judge_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
        " ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)");
    if (stmt != NULL) {
        pt_bind_text(stmt, 1, d->id);
        pt_bind_text(stmt, 2, d->case_id);
        pt_bind_i64(stmt, 3, d->filer);
        pt_bind_text(stmt, 4, d->form);
        pt_bind_text(stmt, 5, d->kind);
        pt_bind_text(stmt, 6, d->title);
        pt_bind_text(stmt, 7, d->name);
        pt_bind_text(stmt, 8, d->note);
        pt_bind_i64(stmt, 9, (int64_t)d->format);
        pt_bind_blob(stmt, 10, (struct mh_span){d->sha256, PT_HASH});
        pt_bind_i64(stmt, 11, d->filed);
        pt_bind_i64(stmt, 12, (int64_t)d->state);
        pt_bind_i64(stmt, 13, (int64_t)d->verdict);
        pt_bind_text(stmt, 14, d->reason);
        pt_bind_text(stmt, 15, d->signer);
        pt_bind_blob(stmt, 16, d->report);
        pt_bind_i64(stmt, 17, d->judged);
        pt_bind_time(stmt, 18, d->judge_at);
    }
    code = run(s, stmt, err);
    memcpy(f->out->id, d->id, sizeof(f->out->id));
    if (code == MH_OK)
        code = pt_receipt_put(s, f->receipt, err);
    if (code == MH_OK && d->state == PT_DOC_ACCEPTED)
        code = pt_preserved_owe(s, d->id, d->filed, err);
    return code == MH_OK ? add_event(s, d, "document", d->filer, err) : code;
}

enum mh_code
pt_store_document_file(struct pt_store *store, const struct pt_document *doc,
    const struct pt_receipt *receipt, struct pt_staged *staged,
    struct mh_err *err, struct pt_filed_doc *out)
{
    struct filing f = {
        .doc = doc, .receipt = receipt, .staged = staged, .out = out};
    struct pt_write w = {.run = file, .arg = &f};
    enum mh_code code;

    *out = (struct pt_filed_doc){.what = PT_FILED_NEW};
    code = pt_write_do(store, &w, err);
    pt_store_blob_forget(store, staged); /* where it was not used */
    return code;
}

/* ---- reading ---- */

#define COLUMNS                                                                \
    "document.id, case_id, filer, form, kind, title, document.name, note,"     \
    " format, document.sha256, filed, document.state, verdict, reason,"        \
    " signer, judged, judge_at, tries,"                                        \
    " (SELECT size FROM blob WHERE blob.sha256 = document.sha256),"            \
    " (SELECT account.name || ' ' || surname FROM account"                     \
    "  WHERE account.id = filer)"
#define REPORT ", report"
enum {
    REPORT_AT = 20 /* column */
};

static void
read_document(struct pt_cursor *stmt, struct pt_document *out)
{
    struct mh_span sha256 = pt_column_blob(stmt, 9);

    *out = (struct pt_document){
        .filer = pt_column_i64(stmt, 2),
        .format = (enum mh_format)pt_column_int(stmt, 8),
        .filed = pt_column_i64(stmt, 10),
        .state = (enum pt_doc_state)pt_column_int(stmt, 11),
        .verdict = (enum mh_verdict)pt_column_int(stmt, 12),
        .judged = pt_column_i64(stmt, 15),
        .judge_at = pt_column_time(stmt, 16),
        .tries = (uint32_t)pt_column_i64(stmt, 17),
        .size = (uint64_t)pt_column_i64(stmt, 18),
    };
    pt_column_text(stmt, 0, out->id, sizeof(out->id));
    pt_column_text(stmt, 1, out->case_id, sizeof(out->case_id));
    pt_column_text(stmt, 3, out->form, sizeof(out->form));
    pt_column_text(stmt, 4, out->kind, sizeof(out->kind));
    pt_column_text(stmt, 5, out->title, sizeof(out->title));
    pt_column_text(stmt, 6, out->name, sizeof(out->name));
    pt_column_text(stmt, 7, out->note, sizeof(out->note));
    pt_column_text(stmt, 13, out->reason, sizeof(out->reason));
    pt_column_text(stmt, 14, out->signer, sizeof(out->signer));
    pt_column_text(stmt, 19, out->filer_name, sizeof(out->filer_name));
    if (sha256.len == PT_HASH)
        memcpy(out->sha256, sha256.ptr, PT_HASH);
}

/* The one row of a statement with a report; id "" where there is none. */
static enum mh_code
one_document(struct pt_db *db, struct pt_cursor *stmt, struct mh_arena *arena,
    struct mh_err *err, struct pt_document *out)
{
    enum mh_code code = MH_OK;
    enum pt_stepped rc = pt_step(stmt);

    *out = (struct pt_document){.id = ""};
    if (rc == PT_ROW) {
        read_document(stmt, out);
        out->report = mh_arena_copy(arena, pt_column_blob(stmt, REPORT_AT));
        if (out->report.ptr == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    } else if (rc != PT_DONE) {
        code = pt_db_fail(db, "document", err);
    }
    pt_reset(stmt);
    return code;
}

enum mh_code
pt_store_document_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_document *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(
        db, "SELECT " COLUMNS REPORT " FROM document WHERE id = ?1");
    enum mh_code code;

    if (stmt == NULL) {
        code = pt_db_fail(db, "document", err);
    } else {
        pt_bind_text(stmt, 1, id);
        code = one_document(db, stmt, arena, err, out);
    }
    pt_read_end(store, db);
    return code;
}

enum mh_code
pt_store_document_list(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err, struct pt_documents *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT " COLUMNS " FROM document WHERE case_id = ?1"
                          " ORDER BY filed DESC, id LIMIT ?2");
    enum pt_stepped rc = PT_ERROR;

    *out = (struct pt_documents){.document = mh_arena_array(arena,
                                     PT_DOC_LIST_MAX, sizeof(*out->document))};
    if (stmt != NULL && out->document != NULL) {
        pt_bind_text(stmt, 1, case_id);
        pt_bind_i64(stmt, 2, PT_DOC_LIST_MAX);
        while ((rc = pt_step(stmt)) == PT_ROW)
            read_document(stmt, &out->document[out->count++]);
        pt_reset(stmt);
    }
    pt_read_end(store, db);
    if (out->document == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return rc == PT_DONE ? MH_OK : pt_db_fail(db, "document", err);
}

/* ---- judging again ---- */

struct due {
    int64_t now, until;
    struct mh_arena *arena;
    struct pt_document *doc;
    struct pt_receipt *receipt;
};

static enum mh_code
take_document(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct due *d = arg;
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "UPDATE document SET judge_at = ?2, tries = tries + 1 WHERE id ="
        " (SELECT id FROM document WHERE judge_at <= ?1"
        "  ORDER BY judge_at LIMIT 1)"
        " RETURNING " COLUMNS REPORT);

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "document", err);
    pt_bind_i64(stmt, 1, d->now);
    pt_bind_i64(stmt, 2, d->until);
    return one_document(&s->writer, stmt, d->arena, err, d->doc);
}

enum mh_code
pt_store_document_due(struct pt_store *store, int64_t now, int64_t until,
    struct mh_arena *arena, struct mh_err *err, struct pt_document *out)
{
    struct due d = {.now = now, .until = until, .arena = arena, .doc = out};
    struct pt_write w = {.run = take_document, .arg = &d};

    return pt_write_do(store, &w, err);
}

struct judged {
    const struct pt_document *doc;
    const struct pt_receipt *receipt;
    const struct pt_record *record;
    bool found;
};

static enum mh_code
judged(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct judged *j = arg;
    const struct pt_document *d = j->doc;
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "UPDATE document SET state = ?3, verdict = ?4, reason = ?5,"
        " signer = ?6, report = ?7, judged = ?8, judge_at = ?9, format = ?10"
        " WHERE id = ?1 AND tries = ?2 AND judge_at IS NOT NULL");
    enum mh_code code;

    if (stmt != NULL) {
        pt_bind_text(stmt, 1, d->id);
        pt_bind_i64(stmt, 2, d->tries);
        pt_bind_i64(stmt, 3, (int64_t)d->state);
        pt_bind_i64(stmt, 4, (int64_t)d->verdict);
        pt_bind_text(stmt, 5, d->reason);
        pt_bind_text(stmt, 6, d->signer);
        pt_bind_blob(stmt, 7, d->report);
        pt_bind_i64(stmt, 8, d->judged);
        pt_bind_time(stmt, 9, d->judge_at);
        pt_bind_i64(stmt, 10, (int64_t)d->format);
    }
    code = run(s, stmt, err);
    j->found = code == MH_OK && pt_changes(&s->writer) > 0;
    if (j->found && j->receipt != NULL)
        code = pt_receipt_put(s, j->receipt, err);
    if (code == MH_OK && j->found && j->record != NULL)
        code = pt_record_put(s, j->record, d->judged, err);
    if (code == MH_OK && j->found && d->state == PT_DOC_ACCEPTED)
        code = add_event(s, d, "document-accepted", 0, err);
    if (code == MH_OK && j->found && d->state == PT_DOC_ACCEPTED)
        code = pt_preserved_owe(s, d->id, d->judged, err);
    if (code == MH_OK && j->found && d->state == PT_DOC_RETURNED)
        code = add_event(s, d, "document-returned", 0, err);
    return code;
}

enum mh_code
pt_store_document_judged(struct pt_store *store, const struct pt_document *doc,
    const struct pt_receipt *receipt, const struct pt_record *record,
    struct mh_err *err, enum pt_found *found)
{
    struct judged j = {.doc = doc, .receipt = receipt, .record = record};
    struct pt_write w = {.run = judged, .arg = &j};
    enum mh_code code = pt_write_do(store, &w, err);

    *found = j.found ? PT_FOUND : PT_ABSENT;
    return code;
}

/* ---- records on their way ---- */

struct recording {
    const struct pt_record *record;
    int64_t now;
};

static enum mh_code
add_one(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct recording *r = arg;

    return pt_record_put(s, r->record, r->now, err);
}

enum mh_code
pt_store_record_add(struct pt_store *store, const struct pt_record *record,
    int64_t now, struct mh_err *err)
{
    struct recording r = {record, now};
    struct pt_write w = {.run = add_one, .arg = &r};

    return pt_write_do(store, &w, err);
}

static const char *
text_of(struct pt_cursor *stmt, int at, struct mh_arena *arena)
{
    return mh_arena_str(arena, mh_span_str(pt_column_str(stmt, at)));
}

struct waiting {
    int64_t *oldest, *newest;
};

static bool
take_waiting(void *ctx, struct pt_cursor *stmt)
{
    const struct waiting *w = ctx;

    *w->oldest = pt_column_i64(stmt, 0);
    *w->newest = pt_column_i64(stmt, 1);
    return false;
}

enum mh_code
pt_store_record_waiting(struct pt_store *store, struct mh_err *err,
    int64_t *oldest, int64_t *newest)
{
    const struct pt_stmt s = {.sql = "SELECT coalesce(min(id), 0),"
                                     " coalesce(max(id), 0) FROM outbox"};
    struct waiting w = {oldest, newest};

    return pt_rows_read(store, &s, take_waiting, &w, err);
}

enum mh_code
pt_store_record_list(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_records *out)
{
    struct pt_db *db = pt_read_begin(store);
    struct pt_cursor *stmt = pt_db_prepare(db,
        "SELECT id, ev, who, obj, res, data FROM outbox ORDER BY id LIMIT ?1");
    enum pt_stepped rc = PT_ERROR;
    enum mh_code code = MH_OK;

    *out = (struct pt_records){.count = 0};
    if (stmt != NULL)
        pt_bind_i64(stmt, 1, PT_RECORDS_MAX);
    while (stmt != NULL && code == MH_OK && (rc = pt_step(stmt)) == PT_ROW) {
        struct pt_record *r = &out->record[out->count++];

        *r = (struct pt_record){pt_column_i64(stmt, 0), text_of(stmt, 1, arena),
            text_of(stmt, 2, arena), text_of(stmt, 3, arena),
            text_of(stmt, 4, arena), text_of(stmt, 5, arena)};
        if (r->ev == NULL || r->who == NULL || r->obj == NULL ||
            r->res == NULL || r->data == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    }
    if (code == MH_OK && rc != PT_DONE)
        code = pt_db_fail(db, "record", err);
    if (stmt != NULL)
        pt_reset(stmt);
    pt_read_end(store, db);
    return code;
}

static enum mh_code
drop_records(struct pt_store *s, void *arg, struct mh_err *err)
{
    const int64_t *last = arg;
    struct pt_cursor *stmt =
        pt_db_prepare(&s->writer, "DELETE FROM outbox WHERE id <= ?1");

    if (stmt != NULL)
        pt_bind_i64(stmt, 1, *last);
    return run(s, stmt, err);
}

enum mh_code
pt_store_record_done(struct pt_store *store, int64_t last, struct mh_err *err)
{
    struct pt_write w = {.run = drop_records, .arg = &last};

    return pt_write_do(store, &w, err);
}
