#include "portal/store/desk.h"

#include <string.h>

#include "portal/store/events.h"
#include "portal/store/preserved.h"
#include "portal/store/rows.h"

struct deciding {
    const struct pt_decision *decision;
    const struct pt_receipt *receipt;
    const struct pt_record *record;
    enum pt_found found;
};

/* What everybody of the case is told. */
static enum mh_code
tell(struct pt_store *s, const struct pt_decision *d, struct mh_err *err)
{
    const struct pt_event_new e = {
        .kind = d->accepted ? "document-accepted" : "document-returned",
        .actor = d->account,
        .at = d->at};

    return pt_event_tell(s,
        "SELECT case_id, CASE title WHEN '' THEN name ELSE title END"
        " FROM document WHERE id = ?1",
        d->document, &e, err);
}

static enum mh_code
decide(struct pt_store *s, void *arg, struct mh_err *err)
{
    struct deciding *v = arg;
    const struct pt_decision *d = v->decision;
    struct pt_stmt change = {
        .sql = "UPDATE document SET state = ?2 WHERE id = ?1 AND state = ?3",
        .arg = {PT_S(d->document),
            PT_N(d->accepted ? PT_DOC_ACCEPTED : PT_DOC_RETURNED),
            PT_N(PT_DOC_DESK)},
        .args = 3};
    struct pt_stmt keep = {
        .sql = "INSERT INTO decision (document, account, accepted, reason, at)"
               " VALUES (?1, ?2, ?3, ?4, ?5)",
        .arg = {PT_S(d->document), PT_N(d->account), PT_N(d->accepted),
            PT_S(d->reason), PT_N(d->at)},
        .args = 5};
    enum mh_code code = pt_rows_run(s, &change, err);

    v->found = change.changes == 1 ? PT_FOUND : PT_ABSENT;
    if (code != MH_OK || v->found == PT_ABSENT)
        return code;
    code = pt_rows_run(s, &keep, err);
    if (code == MH_OK && v->receipt != NULL)
        code = pt_receipt_put(s, v->receipt, err);
    if (code == MH_OK)
        code = pt_record_put(s, v->record, d->at, err);
    if (code == MH_OK && d->accepted)
        code = pt_preserved_owe(s, d->document, d->at, err);
    return code == MH_OK ? tell(s, d, err) : code;
}

enum mh_code
pt_store_desk_decide(struct pt_store *store, const struct pt_decision *decision,
    const struct pt_receipt *receipt, const struct pt_record *record,
    struct mh_err *err, enum pt_found *found)
{
    struct deciding v = {decision, receipt, record, PT_ABSENT};
    struct pt_write w = {.run = decide, .arg = &v};
    enum mh_code code = pt_write_do(store, &w, err);

    *found = v.found;
    return code;
}

static bool
decision_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_decision *d = ctx;

    pt_column_text(stmt, 0, d->document, sizeof(d->document));
    d->account = pt_column_i64(stmt, 1);
    d->accepted = pt_column_int(stmt, 2) != 0;
    pt_column_text(stmt, 3, d->reason, sizeof(d->reason));
    d->at = pt_column_i64(stmt, 4);
    pt_column_text(stmt, 5, d->by, sizeof(d->by));
    return false;
}

enum mh_code
pt_store_decision_get(struct pt_store *store, const char *document,
    struct mh_err *err, struct pt_decision *out)
{
    const struct pt_stmt stmt = {
        .sql =
            "SELECT document, account, accepted, reason, at,"
            " (SELECT name || ' ' || surname FROM account"
            "  WHERE account.id = account) FROM decision WHERE document = ?1",
        .arg = {PT_S(document)},
        .args = 1};

    *out = (struct pt_decision){.document = ""};
    return pt_rows_read(store, &stmt, decision_row, out, err);
}

static bool
desk_row(void *ctx, struct pt_cursor *stmt)
{
    struct pt_desk *desk = ctx;
    struct pt_desk_item *item;

    if (desk->count == PT_DESK_MAX) {
        desk->more = true;
        return false;
    }
    item = &desk->item[desk->count++];
    *item = (struct pt_desk_item){.filed = pt_column_i64(stmt, 6)};
    pt_column_text(stmt, 0, item->document, sizeof(item->document));
    pt_column_text(stmt, 1, item->number, sizeof(item->number));
    pt_column_text(stmt, 2, item->kind, sizeof(item->kind));
    pt_column_text(stmt, 3, item->title, sizeof(item->title));
    pt_column_text(stmt, 4, item->filer, sizeof(item->filer));
    pt_column_text(stmt, 5, item->reason, sizeof(item->reason));
    return true;
}

enum mh_code
pt_store_desk_list(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err, struct pt_desk *out)
{
    const struct pt_stmt stmt = {
        .sql = "SELECT d.id, c.number, d.kind,"
               " CASE d.title WHEN '' THEN d.name ELSE d.title END,"
               " (SELECT name || ' ' || surname FROM account a"
               "  WHERE a.id = d.filer), d.reason, d.filed"
               " FROM document d JOIN court_case c ON c.id = d.case_id"
               " WHERE d.state = 2 AND c.court IN"
               "  (SELECT court FROM official WHERE account = ?1)"
               " ORDER BY d.filed, d.id LIMIT ?2",
        .arg = {PT_N(account), PT_N(PT_DESK_MAX + 1)},
        .args = 2};

    *out = (struct pt_desk){
        .item = mh_arena_array(arena, PT_DESK_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &stmt, desk_row, out, err);
}
