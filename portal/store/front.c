#include "portal/store/front.h"

#include "portal/store/rows.h"

enum {
    DAY = 86400, /* seconds */
};

static bool
take_hearing(void *ctx, struct pt_cursor *stmt)
{
    struct pt_front *out = ctx;
    struct pt_front_hearing *h;

    if (out->hearings == PT_FRONT_HEARINGS) {
        out->more = true;
        return false;
    }
    h = &out->hearing[out->hearings++];
    *h = (struct pt_front_hearing){
        .starts = pt_column_i64(stmt, 1), .ends = pt_column_i64(stmt, 2)};
    pt_column_text(stmt, 0, h->number, sizeof(h->number));
    pt_column_text(stmt, 3, h->hall, sizeof(h->hall));
    pt_column_text(stmt, 4, h->kind, sizeof(h->kind));
    pt_column_text(stmt, 5, h->state, sizeof(h->state));
    return true;
}

static bool
take_judge(void *ctx, struct pt_cursor *stmt)
{
    struct pt_front *out = ctx;
    struct pt_front_judge *j = &out->judge[out->judges++];

    pt_column_text(stmt, 0, j->name, sizeof(j->name));
    return out->judges < PT_FRONT_JUDGES;
}

enum mh_code
pt_store_front_day(struct pt_store *store, int64_t court, int64_t from,
    struct mh_arena *arena, struct mh_err *err, struct pt_front *out)
{
    const struct pt_stmt hearings = {
        .sql = "SELECT number, starts, ends, hall, kind, state FROM hearing"
               " WHERE court = ?3 AND starts >= ?1 AND starts < ?2"
               " AND restricted = 0 ORDER BY starts, number LIMIT ?4",
        .arg = {PT_N(from), PT_N(from + DAY), PT_N(court),
            PT_N(PT_FRONT_HEARINGS + 1)},
        .args = 4};
    const struct pt_stmt judges = {
        .sql = "SELECT a.surname || ' ' || a.name FROM official o"
               " JOIN account a ON a.id = o.account"
               " WHERE o.court = ?1 AND a.role = ?2 AND a.state = ?3"
               " ORDER BY a.surname, a.name, a.id",
        .arg = {PT_N(court), PT_N(PT_ROLE_JUDGE), PT_N(PT_ACCOUNT_ACTIVE)},
        .args = 3};
    enum mh_code code;

    *out = (struct pt_front){.hearing = mh_arena_raw(arena,
                                 PT_FRONT_HEARINGS * sizeof(*out->hearing)),
        .judge = mh_arena_raw(arena, PT_FRONT_JUDGES * sizeof(*out->judge))};
    if (out->hearing == NULL || out->judge == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory");
    code = pt_rows_read(store, &hearings, take_hearing, out, err);
    return code == MH_OK ? pt_rows_read(store, &judges, take_judge, out, err)
                         : code;
}
