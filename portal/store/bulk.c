#include "portal/store/bulk.h"

#include "portal/store/hearingrow.h"
#include "portal/store/parties.h"
#include "portal/store/rows.h"

/* Pages of the indexes that grow in many places at once are kept. */
static const char cache[] = "PRAGMA cache_size=-131072";

static enum mh_code
put_people(
    struct pt_store *store, const struct pt_bulk_case *b, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < b->people && code == MH_OK; i++) {
        struct pt_stmt s = {.sql = "INSERT INTO participant"
                                   " (case_id, account, role, filed)"
                                   " VALUES (?1, ?2, ?3, ?4)",
            .arg = {PT_S(b->c.id), PT_N(b->person[i].account),
                PT_N((int64_t)b->person[i].role), PT_N(b->c.filed)},
            .args = 4};

        code = pt_rows_run(store, &s, err);
    }
    for (size_t i = 0; i < b->parties && code == MH_OK; i++)
        code = pt_party_write(&store->writer, b->c.id, &b->party[i], err);
    for (size_t i = 0; i < b->hearings && code == MH_OK; i++) {
        const struct pt_hearing *h = &b->hearing[i];
        struct pt_stmt s = {
            .sql = "INSERT INTO hearing (id, case_id, starts, ends, hall, kind,"
                   " state, uid, " PT_HEARING_CASE ") VALUES (?1, ?2, ?3, ?4,"
                   " ?5, ?6, ?7, ?1, " PT_HEARING_CASE_OF_2 ")",
            .arg = {PT_S(h->id), PT_S(b->c.id), PT_N(h->starts), PT_N(h->ends),
                PT_S(h->hall), PT_S(h->kind), PT_S(h->state)},
            .args = 7};

        code = pt_rows_run(store, &s, err);
    }
    return code;
}

static enum mh_code
put_event(struct pt_store *store, const struct pt_bulk_case *b, size_t n,
    struct mh_err *err)
{
    struct pt_stmt event = {
        .sql = "INSERT INTO event (id, case_id, kind, at, data)"
               " VALUES (?1, ?2, ?3, ?4, '')",
        .arg = {PT_S(b->event[n].id), PT_S(b->c.id), PT_S(b->event[n].kind),
            PT_N(b->event[n].at)},
        .args = 4};
    enum mh_code code = pt_rows_run(store, &event, err);

    for (size_t i = 0; i < b->people && code == MH_OK; i++) {
        struct pt_stmt s = {
            .sql = "INSERT INTO notification (id, event, recipient, at,"
                   " archived) VALUES (?1, ?2, ?3, ?4, ?5)",
            .arg = {PT_S(b->event[n].notice[i]), PT_S(b->event[n].id),
                PT_N(b->person[i].account), PT_N(b->event[n].at),
                PT_N(b->event[n].old)},
            .args = 5};

        code = pt_rows_run(store, &s, err);
    }
    return code;
}

static enum mh_code
put_case(
    struct pt_store *store, const struct pt_bulk_case *b, struct mh_err *err)
{
    struct pt_stmt s = {.sql = "INSERT INTO court_case (id, number, court,"
                               " filed, type, proceeding, judge, status)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        .arg = {PT_S(b->c.id), PT_S(b->c.number), PT_N(b->court),
            PT_N(b->c.filed), PT_S(b->c.type), PT_S(b->c.proceeding),
            {.none = b->judge == 0, .number = b->judge},
            PT_N((int64_t)b->c.status)},
        .args = 8};
    enum mh_code code = pt_rows_run(store, &s, err);

    if (code == MH_OK)
        code = put_people(store, b, err);
    for (size_t i = 0; i < b->events && code == MH_OK; i++)
        code = put_event(store, b, i, err);
    return code;
}

struct bulk {
    const struct pt_bulk_case *cases;
    struct pt_account *accounts;
    size_t count;
};

static enum mh_code
run_cases(struct pt_store *store, void *arg, struct mh_err *err)
{
    const struct bulk *b = arg;
    enum mh_code code = store->conninfo != NULL
                            ? MH_OK /* the server has its own */
                            : pt_db_exec(&store->writer, cache, err);

    for (size_t i = 0; i < b->count && code == MH_OK; i++)
        code = put_case(store, &b->cases[i], err);
    return code;
}

enum mh_code
pt_store_bulk_cases(struct pt_store *store, const struct pt_bulk_case *list,
    size_t count, struct mh_err *err)
{
    struct bulk b = {.cases = list, .count = count};
    struct pt_write w = {.run = run_cases, .arg = &b, .alone = true};

    return pt_write_do(store, &w, err);
}

static enum mh_code
run_accounts(struct pt_store *store, void *arg, struct mh_err *err)
{
    const struct bulk *b = arg;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < b->count && code == MH_OK; i++) {
        struct pt_account *a = &b->accounts[i];
        struct pt_stmt s = {.sql = "INSERT INTO account (username, hash,"
                                   " surname, name, patronymic, email, phone,"
                                   " role, state, created) VALUES (?1, '',"
                                   " ?2, ?3, ?4, '', '', ?5, ?6, ?7)"
                                   " RETURNING id",
            .arg = {PT_S(a->username), PT_S(a->surname), PT_S(a->name),
                PT_S(a->patronymic), PT_N((int64_t)a->role),
                PT_N((int64_t)a->state), PT_N(a->created)},
            .args = 7};

        code = pt_rows_run(store, &s, err);
        a->id = store->writer.returned;
    }
    return code;
}

enum mh_code
pt_store_bulk_accounts(struct pt_store *store, struct pt_account *list,
    size_t count, struct mh_err *err)
{
    struct bulk b = {.accounts = list, .count = count};
    struct pt_write w = {.run = run_accounts, .arg = &b, .alone = true};

    return pt_write_do(store, &w, err);
}
