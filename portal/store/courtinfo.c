#include "portal/store/courtinfo.h"

#include <string.h>

#include "portal/store/acts.h"
#include "portal/store/rows.h"

#define INFO                                                                   \
    "SELECT k.code, k.name, coalesce(i.connected, 1), coalesce(i.closed, 0),"  \
    " coalesce(i.types, ''), coalesce(i.address, ''), coalesce(i.phone, ''),"  \
    " coalesce(i.email, ''), coalesce(p.act_days, ?2),"                        \
    " CASE WHEN ?3 = 1 THEN (SELECT count(*) FROM official o JOIN account a"   \
    "  ON a.id = o.account WHERE o.court = k.id AND a.state = 1) ELSE 0 END,"  \
    " coalesce(i.place, ''), k.id"                                             \
    " FROM court k LEFT JOIN court_info i ON i.court = k.id"                   \
    " LEFT JOIN court_policy p ON p.court = k.id"

static bool
take(void *ctx, struct pt_cursor *stmt)
{
    struct pt_court_infos *list = ctx;
    struct pt_court_info *c = &list->item[list->count++];

    *c = (struct pt_court_info){.id = pt_column_i64(stmt, 11),
        .connected = pt_column_int(stmt, 2) != 0,
        .closed = pt_column_int(stmt, 3) != 0,
        .act_days = (uint32_t)pt_column_i64(stmt, 8),
        .officials = (uint32_t)pt_column_i64(stmt, 9)};
    pt_column_text(stmt, 0, c->court.code, sizeof(c->court.code));
    pt_column_text(stmt, 1, c->court.name, sizeof(c->court.name));
    pt_column_text(stmt, 4, c->types, sizeof(c->types));
    pt_column_text(stmt, 5, c->address, sizeof(c->address));
    pt_column_text(stmt, 6, c->phone, sizeof(c->phone));
    pt_column_text(stmt, 7, c->email, sizeof(c->email));
    pt_column_text(stmt, 10, c->place, sizeof(c->place));
    return list->count < PT_COURTS_MAX;
}

enum mh_code
pt_store_court_infos(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_court_infos *out)
{
    const struct pt_stmt s = {.sql = INFO " WHERE ?1 = '' ORDER BY k.code",
        .arg = {PT_S(""), PT_N(PT_ACT_DAYS), PT_N(1)},
        .args = 3};

    *out = (struct pt_court_infos){
        .item = mh_arena_array(arena, PT_COURTS_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    return pt_rows_read(store, &s, take, out, err);
}

enum mh_code
pt_store_court_info(struct pt_store *store, const char *code,
    struct mh_err *err, struct pt_court_info *out, enum pt_found *found)
{
    struct pt_court_infos one = {.item = out};
    const struct pt_stmt s = {.sql = INFO " WHERE k.code = ?1",
        .arg = {PT_S(code), PT_N(PT_ACT_DAYS), PT_N(0)},
        .args = 3};
    enum mh_code rc = pt_rows_read(store, &s, take, &one, err);

    *found = one.count == 1 ? PT_FOUND : PT_ABSENT;
    return rc;
}

enum mh_code
pt_store_court_place(struct pt_store *store, int64_t court, const char *place,
    struct mh_err *err)
{
    struct pt_stmt s = {
        .sql = "INSERT INTO court_info (court, connected, closed, types,"
               " address, phone, email, place)"
               " VALUES (?1, 1, 0, '', '', '', '', ?2)"
               " ON CONFLICT (court) DO UPDATE SET place = ?2",
        .arg = {PT_N(court), PT_S(place)},
        .args = 2};

    return pt_rows_write(store, &s, 1, err);
}

bool
pt_court_code_good(const char *code)
{
    size_t n = strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return n > 0 && n <= PT_COURT_CODE_MAX && code[n] == '\0';
}
