/* portal/store/front: hearings of a day and judges, for everybody. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/store/front.h"
#include "tests/folder.h"
#include "tests/portal/behind.h"

#define DAY INT64_C(86400) /* seconds */
#define NOW INT64_C(1800000000)

static struct pt_store *store;
static char where[256];
static struct mh_arena *arena;
static char dir[] = "/tmp/test_front.XXXXXX";
static struct pt_case here, elsewhere;
static int64_t baku, ganja;

static void
add_official(const char *surname, enum pt_role role,
    enum pt_account_state state, int64_t court)
{
    struct pt_account a = {.role = role, .state = state};

    (void)snprintf(a.username, sizeof(a.username), "%s", surname);
    (void)snprintf(a.name, sizeof(a.name), "Ad");
    (void)snprintf(a.surname, sizeof(a.surname), "%s", surname);
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    assert_int_equal(pt_store_official_put(store, a.id, court, NULL), MH_OK);
}

static void
add_case(struct pt_case *c, const char *number, int64_t court)
{
    *c = (struct pt_case){
        .filed = NOW, .status = PT_CASE_IN_PROCEEDINGS, .type = "2-2"};
    (void)snprintf(c->number, sizeof(c->number), "%s", number);
    assert_int_equal(pt_store_case_add(store, c, court, 0, NULL), MH_OK);
}

static void
add_hearing(const struct pt_case *c, int64_t starts, const char *state)
{
    struct pt_hearing h = {.starts = starts, .hall = "3", .kind = "trial"};

    (void)snprintf(h.case_id, sizeof(h.case_id), "%s", c->id);
    (void)snprintf(h.state, sizeof(h.state), "%s", state);
    assert_int_equal(pt_store_hearing_put(store, &h, NULL), MH_OK);
}

static int
set_up(void **state)
{
    (void)state;
    arena = mh_arena_new(256 << 20);
    assert_non_null(arena);
    assert_non_null(mkdtemp(dir));
    t_where(where, sizeof(where), dir);
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "103", "Bakı", NULL, &baku), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "112", "Gəncə", NULL, &ganja), MH_OK);
    add_case(&here, "2-2(103)-1/2027", baku);
    add_case(&elsewhere, "2-2(112)-1/2027", ganja);
    add_official("zeynalov", PT_ROLE_JUDGE, PT_ACCOUNT_ACTIVE, baku);
    add_official("abbasov", PT_ROLE_JUDGE, PT_ACCOUNT_ACTIVE, baku);
    add_official("katib", PT_ROLE_CLERK, PT_ACCOUNT_ACTIVE, baku);
    add_official("gone", PT_ROLE_JUDGE, PT_ACCOUNT_SUSPENDED, baku);
    add_official("other", PT_ROLE_JUDGE, PT_ACCOUNT_ACTIVE, ganja);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    pt_store_close(store);
    mh_arena_free(arena);
    return t_remove_all(dir);
}

static struct pt_front
front(int64_t court, int64_t from)
{
    struct pt_front f;

    assert_int_equal(
        pt_store_front_day(store, court, from, arena, NULL, &f), MH_OK);
    return f;
}

static void
test_day(void **state)
{
    struct pt_front f;

    (void)state;
    add_hearing(&here, NOW - 1, "held"); /* the day before */
    add_hearing(&here, NOW + DAY - 1, "scheduled");
    add_hearing(&here, NOW, "cancelled");
    add_hearing(&here, NOW + DAY, "scheduled"); /* the day after */
    add_hearing(&elsewhere, NOW + 5, "scheduled");
    f = front(baku, NOW);
    assert_int_equal(f.hearings, 2);
    assert_false(f.more);
    assert_true(f.hearing[0].starts == NOW);
    assert_string_equal(f.hearing[0].state, "cancelled");
    assert_string_equal(f.hearing[0].number, "2-2(103)-1/2027");
    assert_string_equal(f.hearing[0].hall, "3");
    assert_string_equal(f.hearing[0].kind, "trial");
    assert_true(f.hearing[0].ends == NOW + (int64_t)PT_MINUTES * 60);
    assert_true(f.hearing[1].starts == NOW + DAY - 1);
    assert_int_equal(front(ganja, NOW).hearings, 1);
    assert_int_equal(front(999, NOW).hearings, 0);
}

/* Not even that a restricted case has one; and by the number it has now. */
static void
test_restricted(void **state)
{
    const int64_t from = NOW + 20 * DAY;
    struct pt_db *db = calloc(1, sizeof(*db));

    (void)state;
    add_hearing(&here, from, "scheduled");
    assert_int_equal(front(baku, from).hearings, 1);
    assert_non_null(db);
    t_behind_open(db, where);
    t_behind_do(db, "UPDATE court_case SET restricted = 1");
    assert_int_equal(front(baku, from).hearings, 0);
    t_behind_do(db, "UPDATE court_case SET restricted = 0");
    assert_int_equal(front(baku, from).hearings, 1);
    t_behind_do(db, "UPDATE court_case SET number = '2-2(103)-9/2027'"
                    " WHERE number = '2-2(103)-1/2027'");
    assert_string_equal(front(baku, from).hearing[0].number, "2-2(103)-9/2027");
    t_behind_do(db, "UPDATE court_case SET number = '2-2(103)-1/2027'"
                    " WHERE number = '2-2(103)-9/2027'");
    pt_db_close(db);
    free(db);
}

/* At the same time, by their numbers. */
static void
test_order(void **state)
{
    const int64_t from = NOW + 70 * DAY;
    struct pt_case later;
    struct pt_front f;

    (void)state;
    add_case(&later, "2-2(103)-2/2027", baku);
    add_hearing(&later, from, "scheduled");
    add_hearing(&here, from, "scheduled");
    f = front(baku, from);
    assert_int_equal(f.hearings, 2);
    assert_string_equal(f.hearing[0].number, "2-2(103)-1/2027");
    assert_string_equal(f.hearing[1].number, "2-2(103)-2/2027");
}

/* As a node of the version before writes it. */
static void
test_older(void **state)
{
    const int64_t from = NOW + 60 * DAY;
    struct pt_db *db = calloc(1, sizeof(*db));
    char sql[512];

    (void)state;
    assert_non_null(db);
    assert_true(
        snprintf(sql, sizeof(sql),
            "INSERT INTO hearing (id, case_id, starts, ends, hall, kind, state,"
            " uid, court) VALUES ('abcdefghijklmnopqrstuvwxyz', '%s', %lld,"
            " %lld, '3', 'trial', 'scheduled', 'u', %lld)",
            here.id, (long long)from, (long long)from + 3600,
            (long long)baku) < (int)sizeof(sql));
    t_behind_open(db, where);
    t_behind_do(db, sql);
    pt_db_close(db);
    free(db);
    assert_int_equal(front(baku, from).hearings, 1);
    assert_string_equal(front(baku, from).hearing[0].number, "2-2(103)-1/2027");
}

static void
test_judges(void **state)
{
    struct pt_front f = front(baku, NOW);

    (void)state;
    assert_int_equal(f.judges, 2);
    assert_string_equal(f.judge[0].name, "abbasov Ad");
    assert_string_equal(f.judge[1].name, "zeynalov Ad");
    assert_int_equal(front(ganja, NOW).judges, 1);
    assert_int_equal(front(999, NOW).judges, 0);
}

static void
test_limit(void **state)
{
    const int64_t from = NOW + 10 * DAY;

    (void)state;
    for (int i = 0; i < PT_FRONT_HEARINGS; i++)
        add_hearing(&here, from + i, "scheduled");
    assert_int_equal(front(baku, from).hearings, PT_FRONT_HEARINGS);
    assert_false(front(baku, from).more);
    add_hearing(&here, from + PT_FRONT_HEARINGS, "scheduled");
    assert_int_equal(front(baku, from).hearings, PT_FRONT_HEARINGS);
    assert_true(front(baku, from).more);
}

static void
test_judges_limit(void **state)
{
    char name[16];
    int64_t absheron;

    (void)state;
    assert_int_equal(
        pt_store_court_put(store, "500", "Abşeron", NULL, &absheron), MH_OK);
    for (int i = 0; i <= PT_FRONT_JUDGES; i++) {
        size_t count = front(absheron, NOW).judges;

        assert_int_equal(count, i);
        (void)snprintf(name, sizeof(name), "j%03d", i);
        add_official(name, PT_ROLE_JUDGE, PT_ACCOUNT_ACTIVE, absheron);
    }
    assert_int_equal(front(absheron, NOW).judges, PT_FRONT_JUDGES);
}

/* What is written while a page is made is on the next one. */
static void
test_view(void **state)
{
    const int64_t from = NOW + 40 * DAY;
    struct pt_db *db = calloc(1, sizeof(*db));

    (void)state;
    assert_non_null(db);
    add_hearing(&here, from, "scheduled");
    t_behind_open(db, where);
    pt_store_view_begin(store);
    assert_int_equal(front(baku, from).hearings, 1);
    t_behind_do(db, "UPDATE court_case SET restricted = 1");
    /* On PostgreSQL every statement sees what there is. */
    assert_int_equal(
        front(baku, from).hearings, pt_store_is_remote(store) ? 0 : 1);
    pt_store_view_end(store);
    assert_int_equal(front(baku, from).hearings, 0);
    t_behind_do(db, "UPDATE court_case SET restricted = 0");
    pt_db_close(db);
    free(db);
    /* An end without a beginning ends nothing. */
    pt_store_view_end(store);
    assert_int_equal(front(baku, from).hearings, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_day),
        cmocka_unit_test(test_restricted),
        cmocka_unit_test(test_older),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_judges),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_judges_limit),
        cmocka_unit_test(test_view),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
