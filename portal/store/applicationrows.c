#include "portal/store/applicationrows.h"

#include "portal/store/events.h"

/* Its row as the writer sees it: who may change it, and what it is. */
struct row {
    bool there;
    int64_t version;
    unsigned state;
};

static enum mh_code
read_row(struct pt_store *s, const struct pt_application_change *c,
    struct mh_err *err, struct row *out)
{
    struct pt_cursor *stmt = pt_db_prepare(&s->writer,
        "SELECT a.version, a.state FROM application a WHERE a.id = ?1 AND"
        " CASE ?3 WHEN 0 THEN a.owner = ?2 ELSE a.state >= 4 AND EXISTS"
        " (SELECT 1 FROM official o JOIN account p ON p.id = o.account"
        "  WHERE o.account = ?2 AND o.court = a.court AND p.role = 5"
        "  AND p.state = 1) END");
    enum pt_stepped rc;

    *out = (struct row){.there = false};
    if (stmt == NULL)
        return pt_db_fail(&s->writer, "application", err);
    pt_bind_text(stmt, 1, c->by->id);
    pt_bind_i64(stmt, 2, c->by->account);
    pt_bind_i64(stmt, 3, c->clerk);
    rc = pt_step(stmt);
    if (rc == PT_ROW)
        *out = (struct row){
            true, pt_column_i64(stmt, 0), (unsigned)pt_column_int(stmt, 1)};
    pt_reset(stmt);
    return rc == PT_ROW || rc == PT_DONE
               ? MH_OK
               : pt_db_fail(&s->writer, "application", err);
}

enum mh_code
pt_application_look(struct pt_store *s, const struct pt_application_change *c,
    struct mh_err *err, enum pt_application_done *done)
{
    struct row row;
    enum mh_code code = read_row(s, c, err, &row);

    *done = !row.there                                 ? PT_APPLICATION_NONE
            : (c->from & (1U << row.state)) == 0       ? PT_APPLICATION_ILLEGAL
            : !c->any && row.version != c->by->version ? PT_APPLICATION_STALE
                                                       : PT_APPLICATION_DONE;
    return code;
}

enum mh_code
pt_application_note(struct pt_store *s, const struct pt_application_change *c,
    struct mh_err *err)
{
    const struct pt_application_by *by = c->by;
    struct pt_stmt more = {
        .sql = "UPDATE application SET version = version + 1, changed = ?2,"
               " until = ?2 + ?3, warned = 0 WHERE id = ?1",
        .arg = {PT_S(by->id), PT_N(by->now), PT_N(PT_APPLICATION_KEEP)},
        .args = 3};
    const struct pt_event_new e = {.kind = c->kind,
        .actor = c->clerk ? by->account : 0, /* the owner is told as well */
        .at = by->now,
        .data = c->data == NULL ? "" : c->data,
        .application = by->id};
    enum mh_code code = pt_rows_run(s, &more, err);

    if (code == MH_OK && by->record != NULL)
        code = pt_record_put(s, by->record, by->now, err);
    return code == MH_OK && c->kind != NULL ? pt_event_write(s, &e, err) : code;
}

enum mh_code
pt_application_change(struct pt_store *s, void *change, struct mh_err *err)
{
    struct pt_application_change *c = change;
    const struct pt_application_by *by = c->by;
    const struct pt_sent sent = {by->form, by->account, by->digest, by->now};
    enum pt_sent_was was;
    char result[27];
    enum mh_code code = pt_sent_take(s, &sent, err, &was, result);

    if (code != MH_OK || was != PT_SENT_NEW) {
        c->done =
            was == PT_SENT_OTHER ? PT_APPLICATION_OTHER : PT_APPLICATION_DONE;
        return code;
    }
    code = pt_application_look(s, c, err, &c->done);
    if (code == MH_OK && c->done == PT_APPLICATION_DONE)
        code = c->run(s, c->ctx, err, &c->done);
    if (code != MH_OK || c->done != PT_APPLICATION_DONE)
        return code;
    code = pt_application_note(s, c, err);
    return code == MH_OK ? pt_sent_keep(s, &sent, by->id, err) : code;
}

enum mh_code
pt_application_write(struct pt_store *s, struct pt_application_change *c,
    struct mh_err *err, enum pt_application_done *done)
{
    struct pt_write w = {.run = pt_application_change, .arg = c};
    enum mh_code code;

    c->done = PT_APPLICATION_NONE;
    code = pt_write_do(s, &w, err);
    *done = c->done;
    return code;
}
