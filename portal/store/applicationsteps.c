/* What the owner of an application changes (portal/store/applications.h). */
#include "portal/store/applicationrows.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/id.h"

#define BIT(state) (1U << (unsigned)PT_APPLICATION_##state)

/* Statements that are the whole change. */
struct rows {
    struct pt_stmt *stmt;
    size_t count;
    bool must; /* the first changes a row, or there is none */
};

static enum mh_code
run_rows(struct pt_store *s, void *ctx, struct mh_err *err,
    enum pt_application_done *done)
{
    struct rows *r = ctx;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < r->count && code == MH_OK; i++) {
        code = pt_rows_run(s, &r->stmt[i], err);
        if (code == MH_OK && r->must && r->stmt[0].changes == 0) {
            *done = PT_APPLICATION_NONE;
            break; /* and nothing else is changed */
        }
    }
    return code;
}

/* ---- beginning ---- */

static enum mh_code
count_drafts(
    struct pt_store *s, struct pt_application_begin *b, struct mh_err *err)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT count(*) FROM application WHERE owner = ?1 AND state < 4");
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "application", err);
    pt_bind_i64(stmt, 1, b->by->account);
    rc = pt_step(stmt);
    if (rc == PT_ROW && pt_column_i64(stmt, 0) >= PT_APPLICATIONS_EACH)
        b->done = PT_APPLICATION_FULL;
    pt_reset(stmt);
    return rc == PT_ROW ? MH_OK : pt_db_fail(&s->writer, "application", err);
}

/* Everything that was said, under the new id; who pays how is said again. */
static enum mh_code
copy_rows(struct pt_store *s, const struct pt_application_begin *b,
    struct mh_err *err)
{
    const struct pt_application_by *by = b->by;
    struct pt_stmt rows[] = {
        {.sql = "INSERT INTO application (id, state, owner, created, changed,"
                " until, court, kind, proceeding, category, claim, price,"
                " urgent, title, body, claims, act, served, deadline, late,"
                " origin) SELECT ?2, 1, owner, ?3, ?3, ?3 + ?4, court, kind,"
                " proceeding, category, claim, price, urgent, title, body,"
                " claims, act, served, deadline, late, id FROM application"
                " WHERE id = ?1",
            .arg = {PT_S(by->id), PT_S(b->id), PT_N(by->now),
                PT_N(PT_APPLICATION_KEEP)},
            .args = 4},
        {.sql = "INSERT INTO application_party SELECT substr(?2, 1, 13) ||"
                " substr(id, 14), ?2, n, side, ident, name, birth, address,"
                " phone, email, why FROM application_party"
                " WHERE application = ?1",
            .arg = {PT_S(by->id), PT_S(b->id)},
            .args = 2},
        {.sql = "INSERT INTO application_file (id, application, n, kind,"
                " title, name, format, sha256, pages, day)"
                " SELECT substr(?2, 1, 13) || substr(id, 14), ?2, n, kind,"
                " title, name, format, sha256, pages, day"
                " FROM application_file WHERE application = ?1",
            .arg = {PT_S(by->id), PT_S(b->id)},
            .args = 2}};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && code == MH_OK; i++)
        code = pt_rows_run(s, &rows[i], err);
    return code;
}

/* Whether a returned one of the account can be corrected, once. */
static enum mh_code
check_copy(
    struct pt_store *s, struct pt_application_begin *b, struct mh_err *err)
{
    const struct pt_application_change c = {
        .by = b->by, .from = BIT(RETURNED), .any = true};
    struct pt_cursor *stmt;
    enum mh_code code = pt_application_look(s, &c, err, &b->done);
    enum pt_stepped rc;

    if (code != MH_OK || b->done != PT_APPLICATION_DONE)
        return code;
    stmt = pt_db_prepare(
        &s->writer, "SELECT id FROM application WHERE origin = ?1");
    if (stmt == NULL)
        return pt_db_fail(&s->writer, "application", err);
    pt_bind_text(stmt, 1, b->by->id);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        b->done = PT_APPLICATION_ILLEGAL;
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE
               ? MH_OK
               : pt_db_fail(&s->writer, "application", err);
}

static enum mh_code
begin(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct pt_application_begin *b = arg;
    const struct pt_application_by *by = b->by;
    const struct pt_sent sent = {by->form, by->account, by->digest, by->now};
    struct pt_stmt add = {
        .sql = "INSERT INTO application (id, state, owner, created, changed,"
               " until) VALUES (?1, 1, ?2, ?3, ?3, ?3 + ?4)",
        .arg = {PT_S(b->id), PT_N(by->account), PT_N(by->now),
            PT_N(PT_APPLICATION_KEEP)},
        .args = 4};
    enum pt_sent_was was;
    enum mh_code code = pt_sent_take(s, &sent, err, &was, b->id);

    b->done = PT_APPLICATION_DONE;
    if (code != MH_OK || was != PT_SENT_NEW) {
        if (was == PT_SENT_OTHER)
            b->done = PT_APPLICATION_OTHER;
        return code;
    }
    code = count_drafts(s, b, err);
    if (code == MH_OK && b->done == PT_APPLICATION_DONE && b->copy)
        code = check_copy(s, b, err);
    if (code != MH_OK || b->done != PT_APPLICATION_DONE)
        return code;
    pt_id_new(b->id);
    code = b->copy           ? copy_rows(s, b, err)
           : b->fill != NULL ? b->fill(s, b->id, b->ctx, by->now, err)
                             : pt_rows_run(s, &add, err);
    if (code == MH_OK && by->record != NULL)
        code = pt_record_put(s, by->record, by->now, err);
    return code == MH_OK ? pt_sent_keep(s, &sent, b->id, err) : code;
}

enum mh_code
pt_application_begin(struct pt_store *store, struct pt_application_begin *b,
    struct mh_err *err, enum pt_application_done *done)
{
    struct pt_write w = {.run = begin, .arg = b};
    enum mh_code code;

    b->id[0] = '\0';
    code = pt_write_do(store, &w, err);
    *done = b->done;
    return code;
}

enum mh_code
pt_store_application_new(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err, char id[static 27],
    enum pt_application_done *done)
{
    struct pt_application_begin b = {.by = by, .id = id};

    return pt_application_begin(store, &b, err, done);
}

enum mh_code
pt_store_application_copy(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err, char id[static 27],
    enum pt_application_done *done)
{
    struct pt_application_begin b = {.by = by, .copy = true, .id = id};

    return pt_application_begin(store, &b, err, done);
}

/* ---- the steps ---- */

#define FORGET                                                                 \
    {                                                                          \
        .sql = "UPDATE application SET pdf = NULL WHERE id = ?1",              \
        .arg = {PT_S(by->id)}, .args = 1                                       \
    }

/* A change of a draft that is nothing but statements. */
static enum mh_code
change_draft(struct pt_store *store, const struct pt_application_by *by,
    struct rows *rows, struct mh_err *err, enum pt_application_done *done)
{
    struct pt_application_change c = {
        .by = by, .from = BIT(DRAFT), .run = run_rows, .ctx = rows};

    return pt_application_write(store, &c, err, done);
}

enum mh_code
pt_store_application_set_court(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application *a,
    struct mh_err *err, enum pt_application_done *done)
{
    struct pt_stmt stmt[] = {
        {.sql = "UPDATE application SET court = ?2, kind = ?3, proceeding = ?4,"
                " category = ?5, claim = ?6, price = ?7, urgent = ?8"
                " WHERE id = ?1",
            .arg = {PT_S(by->id), {.none = a->court == 0, .number = a->court},
                PT_S(a->kind), PT_S(a->proceeding), PT_S(a->category),
                PT_S(a->claim), PT_N(a->price), PT_N(a->urgent)},
            .args = 8},
        FORGET};
    struct rows rows = {stmt, 2, true};

    return change_draft(store, by, &rows, err, done);
}

/* How many rows a statement counts for the application. */
static enum mh_code
count(struct pt_store *s, const char *sql, const char *id, struct mh_err *err,
    int64_t out[static 2])
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer, sql);
    enum pt_stepped rc;

    if (stmt == NULL)
        return pt_db_fail(&s->writer, "application", err);
    pt_bind_text(stmt, 1, id);
    rc = pt_step(stmt);
    if (rc == PT_ROW) {
        out[0] = pt_column_i64(stmt, 0);
        out[1] = pt_column_i64(stmt, 1);
    }
    pt_reset(stmt);
    return rc == PT_ROW ? MH_OK : pt_db_fail(&s->writer, "application", err);
}

struct adding_party {
    const struct pt_application_by *by;
    struct pt_application_party *party;
};

static enum mh_code
add_party(struct pt_store *s, void *ctx, struct mh_err *err,
    enum pt_application_done *done)
{
    const struct adding_party *v = ctx;
    const struct pt_application_by *by = v->by;
    const struct pt_application_party *p = v->party;
    struct pt_stmt stmt[] = {
        {.sql = "INSERT INTO application_party (id, application, n, side,"
                " ident, name, birth, address, phone, email, why) SELECT ?2,"
                " ?1, (SELECT coalesce(max(n), 0) + 1 FROM application_party"
                "  WHERE application = ?1), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10",
            .arg = {PT_S(by->id), PT_S(p->id), PT_N((int64_t)p->side),
                PT_S(p->ident), PT_S(p->name), PT_S(p->birth), PT_S(p->address),
                PT_S(p->phone), PT_S(p->email), PT_S(p->why)},
            .args = 10},
        FORGET};
    struct rows rows = {stmt, 2, true};
    int64_t there[2] = {0, 0};
    enum mh_code code = count(s,
        "SELECT count(*), 0 FROM application_party WHERE application = ?1",
        by->id, err, there);

    if (code == MH_OK && there[0] >= PT_APPLICATION_PARTIES) {
        *done = PT_APPLICATION_FULL;
        return MH_OK;
    }
    return code == MH_OK ? run_rows(s, &rows, err, done) : code;
}

enum mh_code
pt_store_application_add_party(struct pt_store *store,
    const struct pt_application_by *by, struct pt_application_party *party,
    struct mh_err *err, enum pt_application_done *done)
{
    struct adding_party v = {by, party};
    struct pt_application_change c = {
        .by = by, .from = BIT(DRAFT), .run = add_party, .ctx = &v};

    pt_id_new(party->id);
    return pt_application_write(store, &c, err, done);
}

enum mh_code
pt_store_application_drop_party(struct pt_store *store,
    const struct pt_application_by *by, const char *party, struct mh_err *err,
    enum pt_application_done *done)
{
    struct pt_stmt stmt[] = {{.sql = "DELETE FROM application_party"
                                     " WHERE application = ?1 AND id = ?2",
                                 .arg = {PT_S(by->id), PT_S(party)},
                                 .args = 2},
        FORGET};
    struct rows rows = {stmt, 2, true};

    return change_draft(store, by, &rows, err, done);
}

struct adding_files {
    const struct pt_application_by *by;
    const struct pt_application_adding *adding;
};

static enum mh_code
add_files(struct pt_store *s, void *ctx, struct mh_err *err,
    enum pt_application_done *done)
{
    const struct adding_files *v = ctx;
    const struct pt_application_by *by = v->by;
    const struct pt_application_adding *a = v->adding;
    struct pt_stmt forget = FORGET;
    int64_t there[2] = {0, 0};
    enum mh_code code = count(s,
        "SELECT count(*), coalesce(sum(size), 0) FROM application_file f"
        " JOIN blob ON blob.sha256 = f.sha256 WHERE application = ?1",
        by->id, err, there);

    for (size_t i = 0; i < a->files; i++)
        there[1] += (int64_t)a->staged[i].size;
    if (code == MH_OK && (there[0] + (int64_t)a->files > PT_APPLICATION_FILES ||
                             there[1] > PT_APPLICATION_BYTES)) {
        *done = PT_APPLICATION_FULL;
        return MH_OK;
    }
    for (size_t i = 0; i < a->files && code == MH_OK; i++) {
        const struct pt_application_file *f = &a->file[i];
        struct pt_stmt add = {
            .sql = "INSERT INTO application_file (id, application, n, kind,"
                   " title, name, format, sha256, pages, day)"
                   " SELECT ?2, ?1, (SELECT"
                   " coalesce(max(n), 0) + 1 FROM application_file"
                   "  WHERE application = ?1), ?3, ?4, ?5, ?6, ?7, ?8, ?9",
            .arg = {PT_S(by->id), PT_S(f->id), PT_S(f->kind), PT_S(f->title),
                PT_S(f->name), PT_N((int64_t)f->format),
                PT_B(((struct mh_span){a->staged[i].sha256, PT_HASH})),
                PT_N(f->pages), PT_S(f->day)},
            .args = 9};

        code = pt_blob_keep(s, &a->staged[i], by->now, err);
        if (code == MH_OK)
            code = pt_rows_run(s, &add, err);
    }
    return code == MH_OK ? pt_rows_run(s, &forget, err) : code;
}

enum mh_code
pt_store_application_add_files(struct pt_store *store,
    const struct pt_application_by *by,
    const struct pt_application_adding *adding, struct mh_err *err,
    enum pt_application_done *done)
{
    struct adding_files v = {by, adding};
    struct pt_application_change c = {
        .by = by, .from = BIT(DRAFT), .run = add_files, .ctx = &v};
    enum mh_code code;

    for (size_t i = 0; i < adding->files; i++)
        pt_id_new(adding->file[i].id);
    code = pt_application_write(store, &c, err, done);
    for (size_t i = 0; i < adding->files; i++)
        pt_store_blob_forget(store, &adding->staged[i]); /* if not used */
    return code;
}

enum mh_code
pt_store_application_drop_file(struct pt_store *store,
    const struct pt_application_by *by, const char *file, struct mh_err *err,
    enum pt_application_done *done)
{
    struct pt_stmt stmt[] = {{.sql = "DELETE FROM application_file"
                                     " WHERE application = ?1 AND id = ?2",
                                 .arg = {PT_S(by->id), PT_S(file)},
                                 .args = 2},
        FORGET};
    struct rows rows = {stmt, 2, true};

    return change_draft(store, by, &rows, err, done);
}

/* The annex before that of ?2; what settles the fee is none. */
#define ABOVE                                                                  \
    "(SELECT id FROM application_file WHERE application = ?1 AND"              \
    " kind NOT IN ('fee', 'exemption') AND n < (SELECT n FROM"                 \
    "  application_file WHERE application = ?1 AND id = ?2"                    \
    "  AND kind NOT IN ('fee', 'exemption')) ORDER BY n DESC LIMIT 1)"

enum mh_code
pt_store_application_raise_file(struct pt_store *store,
    const struct pt_application_by *by, const char *file, struct mh_err *err,
    enum pt_application_done *done)
{
    /* The two change places by way of numbers that nobody has. */
    struct pt_stmt stmt[] = {
        {.sql = "UPDATE application_file SET n = -n WHERE application = ?1 AND"
                " id IN (?2, " ABOVE ") AND " ABOVE " IS NOT NULL",
            .arg = {PT_S(by->id), PT_S(file)},
            .args = 2},
        {.sql = "UPDATE application_file SET n = n - t.s FROM (SELECT sum(n) s"
                "  FROM application_file WHERE application = ?1 AND n < 0) t"
                " WHERE application = ?1 AND n < 0",
            .arg = {PT_S(by->id)},
            .args = 1},
        FORGET};
    struct rows rows = {stmt, 3, true};

    return change_draft(store, by, &rows, err, done);
}

/* Statements, and a PDF that the application has from then on. */
struct making {
    const struct pt_application_by *by;
    struct rows rows;
    struct pt_staged *pdf;
    uint32_t pages; /* of it */
};

static enum mh_code
make(struct pt_store *s, void *ctx, struct mh_err *err,
    enum pt_application_done *done)
{
    struct making *m = ctx;
    enum mh_code code = MH_OK;

    if (m->pdf != NULL) {
        struct pt_stmt pdf = {
            .sql = "UPDATE application SET pdf = ?2, pdf_pages = ?3"
                   " WHERE id = ?1",
            .arg = {PT_S(m->by->id),
                PT_B(((struct mh_span){m->pdf->sha256, PT_HASH})),
                PT_N(m->pages)},
            .args = 3};

        code = pt_blob_keep(s, m->pdf, m->by->now, err);
        if (code == MH_OK)
            code = pt_rows_run(s, &pdf, err);
    } else {
        const struct pt_application_by *by = m->by;
        struct pt_stmt forget = FORGET;

        code = pt_rows_run(s, &forget, err);
    }
    return code == MH_OK ? run_rows(s, &m->rows, err, done) : code;
}

static enum mh_code
write_pdf(struct pt_store *store, struct making *m, struct mh_err *err,
    enum pt_application_done *done)
{
    struct pt_application_change c = {
        .by = m->by, .from = BIT(DRAFT), .run = make, .ctx = m};
    enum mh_code code = pt_application_write(store, &c, err, done);

    if (m->pdf != NULL)
        pt_store_blob_forget(store, m->pdf); /* where it was not used */
    return code;
}

enum mh_code
pt_store_application_set_text(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application *a,
    struct pt_staged *pdf, struct mh_err *err, enum pt_application_done *done)
{
    struct pt_stmt stmt = {.sql = "UPDATE application SET title = ?2,"
                                  " body = ?3, claims = ?4, late = ?5"
                                  " WHERE id = ?1",
        .arg = {PT_S(by->id), PT_S(a->title), PT_S(a->body), PT_S(a->claims),
            PT_S(a->late)},
        .args = 5};
    struct making m = {by, {&stmt, 1, true}, pdf, a->pdf_pages};

    return write_pdf(store, &m, err, done);
}

enum mh_code
pt_store_application_set_fee(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application *a,
    struct pt_staged *pdf, struct mh_err *err, enum pt_application_done *done)
{
    struct pt_stmt stmt[] = {
        {.sql = "UPDATE application SET fee = ?2, exempt = ?3, fee_why = ?4,"
                " relief = ?5, total = ?6, policy = ?7 WHERE id = ?1 AND"
                /* What is signed as paid is paid. */
                " (?8 = 0 OR ?2 <> 'paid' OR ?6 <= (SELECT"
                "  coalesce(sum(amount), 0) FROM payment"
                "  WHERE application = ?1 AND state = 3))",
            .arg = {PT_S(by->id), PT_S(a->fee), PT_S(a->exempt),
                PT_S(a->fee_why), PT_N(a->relief), PT_N(a->total),
                PT_N(a->policy), PT_N(pdf != NULL)},
            .args = 8},
        /* Settled as it is asked for, so that it is paid, or need not be. */
        {.sql = "UPDATE application SET state = 2 WHERE id = ?1 AND state = 1",
            .arg = {PT_S(by->id)},
            .args = 1},
        {.sql = "UPDATE application SET state = 3 WHERE id = ?1 AND state = 2",
            .arg = {PT_S(by->id)},
            .args = 1}};
    struct making m = {
        by, {stmt, pdf == NULL ? 1 : 3, true}, pdf, a->pdf_pages};

    return write_pdf(store, &m, err, done);
}

/* ---- and the ends of it ---- */

/* One statement, from these states. */
static enum mh_code
turn(struct pt_store *store, const struct pt_application_change *c,
    const char *sql, struct mh_err *err, enum pt_application_done *done)
{
    struct pt_stmt stmt = {.sql = sql, .arg = {PT_S(c->by->id)}, .args = 1};
    struct rows rows = {&stmt, 1, true};
    struct pt_application_change whole = *c;

    whole.run = run_rows;
    whole.ctx = &rows;
    return pt_application_write(store, &whole, err, done);
}

enum mh_code
pt_store_application_reopen(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done)
{
    struct pt_application_change c = {
        .by = by, .from = BIT(AWAITING_SIGNATURE)};

    return turn(store, &c,
        "UPDATE application SET state = 1, pdf = NULL WHERE id = ?1", err,
        done);
}

enum mh_code
pt_store_application_discard(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done)
{
    struct pt_application_change c = {.by = by, .from = BIT(DRAFT)};

    return turn(store, &c, "DELETE FROM application WHERE id = ?1", err, done);
}

enum mh_code
pt_store_application_withdraw(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done)
{
    struct pt_application_change c = {
        .by = by, .from = BIT(SUBMITTED), .kind = "application-withdrawn"};

    return turn(
        store, &c, "UPDATE application SET state = 9 WHERE id = ?1", err, done);
}

/* Put away once: archived is an end as well. */
static enum mh_code
put_away(struct pt_store *s, void *ctx, struct mh_err *err,
    enum pt_application_done *done)
{
    const struct pt_application_by *by = ctx;
    struct pt_stmt stmt = {.sql = "UPDATE application SET archived = 1"
                                  " WHERE id = ?1 AND archived = 0",
        .arg = {PT_S(by->id)},
        .args = 1};
    enum mh_code code = pt_rows_run(s, &stmt, err);

    if (code == MH_OK && stmt.changes == 0)
        *done = PT_APPLICATION_ILLEGAL;
    return code;
}

enum mh_code
pt_store_application_archive(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done)
{
    struct pt_application_by copy = *by;
    struct pt_application_change c = {.by = by,
        .from =
            BIT(RETURNED) | BIT(REGISTERED) | BIT(REJECTED) | BIT(WITHDRAWN),
        .run = put_away,
        .ctx = &copy};

    return pt_application_write(store, &c, err, done);
}
