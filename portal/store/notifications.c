/* Notifications and what of them was read (portal/store/events.h). */
#include "portal/store/events.h"

#include "portal/store/rows.h"

#define NOTICE                                                                 \
    "SELECT n.id, coalesce(e.case_id, ''), coalesce(c.number, f.number, ''),"  \
    " k.name, e.kind, e.data, n.at, r.at, n.archived,"                         \
    " coalesce(e.application, '')"                                             \
    " FROM notification n JOIN event e ON e.id = n.event"                      \
    " LEFT JOIN court_case c ON c.id = e.case_id"                              \
    " LEFT JOIN application f ON f.id = e.application"                         \
    " JOIN court k ON k.id = coalesce(c.court, f.court)"                       \
    " LEFT JOIN read_receipt r ON r.notification = n.id"

static void
read_notice(struct pt_cursor *stmt, struct pt_notice *n)
{
    *n = (struct pt_notice){.at = pt_column_i64(stmt, 6),
        .read = pt_column_time(stmt, 7),
        .archived = pt_column_int(stmt, 8) != 0};
    pt_column_text(stmt, 0, n->id, sizeof(n->id));
    pt_column_text(stmt, 1, n->case_id, sizeof(n->case_id));
    pt_column_text(stmt, 2, n->number, sizeof(n->number));
    pt_column_text(stmt, 3, n->court, sizeof(n->court));
    pt_column_text(stmt, 4, n->kind, sizeof(n->kind));
    pt_column_text(stmt, 5, n->data, sizeof(n->data));
    pt_column_text(stmt, 9, n->application, sizeof(n->application));
}

static bool
take_notice(void *ctx, struct pt_cursor *stmt)
{
    struct pt_notices *list = ctx;

    if (list->count == PT_NOTICE_PAGE) {
        list->more = true;
        return false;
    }
    read_notice(stmt, &list->item[list->count++]);
    return true;
}

enum mh_code
pt_store_notice_list(struct pt_store *store, const struct pt_notice_query *q,
    struct mh_arena *arena, struct mh_err *err, struct pt_notices *out)
{
    const struct pt_stmt s = {.sql = NOTICE
                              " WHERE n.recipient = ?1 AND n.archived = ?2 AND"
                              " (?3 = '' OR (n.at, n.id) < (SELECT at, id FROM"
                              " notification WHERE id = ?3 AND recipient = ?1))"
                              " ORDER BY n.at DESC, n.id DESC LIMIT ?4",
        .arg = {PT_N(q->account), PT_N(q->archived), PT_S(q->after),
            PT_N(PT_NOTICE_PAGE + 1)},
        .args = 4};

    *out = (struct pt_notices){
        .item = mh_arena_array(arena, PT_NOTICE_PAGE, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take_notice, out, err);
}

static bool
take_number(void *ctx, struct pt_cursor *stmt)
{
    int64_t *out = ctx;

    *out = pt_column_i64(stmt, 0);
    return false;
}

enum mh_code
pt_store_notice_unread(
    struct pt_store *store, int64_t account, struct mh_err *err, uint32_t *out)
{
    /* A header says "99+" at most: more are not counted. */
    const struct pt_stmt s = {
        .sql = "SELECT count(*) FROM (SELECT 1 FROM notification n WHERE"
               " n.recipient = ?1 AND n.archived = 0 AND NOT EXISTS (SELECT 1"
               " FROM read_receipt r WHERE r.notification = n.id) LIMIT 100)"
               " w",
        .arg = {PT_N(account)},
        .args = 1};
    int64_t count = 0;
    enum mh_code code = pt_rows_read(store, &s, take_number, &count, err);

    *out = (uint32_t)count;
    return code;
}

struct one {
    struct pt_notice *out;
    enum pt_found *found;
};

static bool
take_one(void *ctx, struct pt_cursor *stmt)
{
    struct one *one = ctx;

    read_notice(stmt, one->out);
    *one->found = PT_FOUND;
    return false;
}

enum mh_code
pt_store_notice_get(struct pt_store *store, const char *id, int64_t account,
    struct mh_err *err, struct pt_notice *out, enum pt_found *found)
{
    const struct pt_stmt s = {
        .sql = NOTICE " WHERE n.id = ?1 AND n.recipient = ?2",
        .arg = {PT_S(id), PT_N(account)},
        .args = 2};
    struct one one = {out, found};

    *found = PT_ABSENT;
    return pt_rows_read(store, &s, take_one, &one, err);
}

enum mh_code
pt_store_notice_read(
    struct pt_store *store, const struct pt_read *read, struct mh_err *err)
{
    struct pt_stmt s = {.sql = "INSERT INTO read_receipt SELECT n.id, ?2, ?3,"
                               " ?4, ?5 FROM notification n WHERE n.id = ?1"
                               " AND n.recipient = ?2 ON CONFLICT DO NOTHING",
        .arg = {PT_S(read->id), PT_N(read->account), PT_N(read->at),
            PT_N(read->level), PT_B(((struct mh_span){read->sha256, PT_HASH}))},
        .args = 5};

    return pt_rows_write(store, &s, 1, err);
}

enum mh_code
pt_store_notice_archive(
    struct pt_store *store, const char *id, int64_t account, struct mh_err *err)
{
    struct pt_stmt s = {.sql = "UPDATE notification SET archived = 1"
                               " WHERE id = ?1 AND recipient = ?2",
        .arg = {PT_S(id), PT_N(account)},
        .args = 2};

    return pt_rows_write(store, &s, 1, err);
}

/* ---- calendars ---- */

enum mh_code
pt_store_calendar_set(struct pt_store *store, int64_t account,
    const uint8_t *token, int64_t now, struct mh_err *err)
{
    struct pt_stmt s[] = {{.sql = "DELETE FROM calendar WHERE account = ?1",
                              .arg = {PT_N(account)},
                              .args = 1},
        {.sql = "INSERT INTO calendar VALUES (?1, ?2, ?3)",
            .arg = {PT_N(account), PT_B(((struct mh_span){token, PT_HASH})),
                PT_N(now)},
            .args = 3}};

    return pt_rows_write(store, s, token == NULL ? 1 : 2, err);
}

enum mh_code
pt_store_calendar_find(struct pt_store *store,
    const uint8_t token[static PT_HASH], struct mh_err *err, int64_t *account)
{
    const struct pt_stmt s = {
        .sql = "SELECT account FROM calendar WHERE token = ?1",
        .arg = {PT_B(((struct mh_span){token, PT_HASH}))},
        .args = 1};

    *account = 0;
    return pt_rows_read(store, &s, take_number, account, err);
}

enum mh_code
pt_store_calendar_has(
    struct pt_store *store, int64_t account, struct mh_err *err, bool *has)
{
    const struct pt_stmt s = {
        .sql = "SELECT 1 FROM calendar WHERE account = ?1",
        .arg = {PT_N(account)},
        .args = 1};
    int64_t one = 0;
    enum mh_code code = pt_rows_read(store, &s, take_number, &one, err);

    *has = one != 0;
    return code;
}
