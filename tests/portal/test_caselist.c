/* portal/store/caselist: names, filters, orders and pages of cases. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/http/id.h"
#include "portal/store/bulk.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

enum {
    NOW = 1700000000,
    CASES = 77, /* no page size divides it */
    COURTS = 3,
};

static struct pt_store *store;
static char dir[] = "/tmp/test_caselist.XXXXXX";
static int64_t court[COURTS];
static char id[CASES][27];

/* Each of these sees all of the cases. */
static const enum pt_role roles[] = {
    PT_ROLE_LAWYER, PT_ROLE_JUDGE, PT_ROLE_CLERK, PT_ROLE_AUDITOR};
static struct pt_account people[T_COUNT(roles)];
enum {
    LAWYER,
    JUDGE,
    CLERK,
    AUDITOR,
};

/* Two courts have one name; many cases one day, one status. */
static void
add_case(unsigned n)
{
    struct pt_bulk_case b = {
        .c = {.filed = NOW + n % 5, .status = 1 + n % 4},
        .court = court[n % COURTS],
        .judge = people[JUDGE].id,
        .parties = 1,
        .people = 1,
    };

    pt_id_new(b.c.id);
    memcpy(id[n], b.c.id, sizeof(id[n]));
    (void)snprintf(b.c.number, sizeof(b.c.number), "2(%u)-%u/2021", n % 7, n);
    (void)snprintf(b.c.type, sizeof(b.c.type), n % 2 == 0 ? "2" : "8");
    b.person[0].account = people[LAWYER].id;
    b.person[0].role = PT_CASE_CLAIMANTS_LAWYER;
    b.party[0].side = PT_CASE_CLAIMANT;
    (void)snprintf(b.party[0].name, sizeof(b.party[0].name), "%s %s oğlu",
        n % 3 == 0 ? "Şəkinskaya" : "Hüseynov", n % 2 == 0 ? "İradə" : "Ülvi");
    assert_int_equal(pt_store_bulk_cases(store, &b, 1, NULL), MH_OK);
}

static int
set_up(void **state)
{
    static const char *const names[COURTS] = {"Quba", "Ağdam", "Quba"};
    char where[256];

    (void)state;
    assert_non_null(mkdtemp(dir));
    t_where(where, sizeof(where), dir);
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    for (size_t i = 0; i < T_COUNT(roles); i++) {
        people[i].role = roles[i];
        people[i].state = PT_ACCOUNT_ACTIVE;
        (void)snprintf(people[i].username, 8, "user%zu", i);
    }
    assert_int_equal(
        pt_store_bulk_accounts(store, people, T_COUNT(roles), NULL), MH_OK);
    for (int i = 0; i < COURTS; i++) {
        char code[8];

        (void)snprintf(code, sizeof(code), "%d", 100 + i);
        assert_int_equal(
            pt_store_court_put(store, code, names[i], NULL, &court[i]), MH_OK);
        assert_int_equal(
            pt_store_official_put(store, people[CLERK].id, court[i], NULL),
            MH_OK);
    }
    for (unsigned i = 0; i < CASES; i++)
        add_case(i);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    pt_store_close(store);
    return t_remove_all(dir);
}

static struct pt_case_query
any(void)
{
    return (struct pt_case_query){.number = "", .after = ""};
}

static int
compare(const struct pt_case *a, const struct pt_case *b, enum pt_case_sort by)
{
    switch (by) {
    case PT_SORT_NUMBER:
        return strcmp(a->number, b->number);
    case PT_SORT_COURT:
        return strcmp(a->court, b->court);
    case PT_SORT_STATUS:
        return (int)a->status - (int)b->status;
    case PT_SORT_FILED:
    case PT_SORTS:
        break;
    }
    return (a->filed > b->filed) - (a->filed < b->filed);
}

static size_t
place(const char *key)
{
    size_t n = 0;

    while (n < CASES && strcmp(id[n], key) != 0)
        n++;
    assert_true(n < CASES);
    return n;
}

/* All pages: every case that fits once, in order. */
static size_t
walk(const struct pt_account *who, struct pt_case_query q)
{
    static struct pt_cases list;
    static struct pt_case last;
    bool seen[CASES] = {false};
    char after[27];
    size_t count = 0;

    do {
        assert_int_equal(
            pt_store_case_list(store, who, &q, NULL, &list), MH_OK);
        assert_true(list.count <= (q.size == 0 ? PT_CASES_PAGE : q.size));
        assert_true(!list.more || list.count > 0);
        for (size_t i = 0; i < list.count; i++) {
            const struct pt_case *c = &list.item[i];
            int way = count == 0 ? 0 : compare(&last, c, q.sort);

            assert_false(seen[place(c->id)]);
            seen[place(c->id)] = true;
            assert_true(q.up ? way <= 0 : way >= 0);
            last = *c;
            count++;
        }
        memcpy(after, last.id, sizeof(after));
        q.after = after;
    } while (list.more);
    return count;
}

static void
test_orders(void **state)
{
    static const unsigned sizes[] = {0, 1, 25, 50, PT_CASES_PAGE_MAX};

    (void)state;
    for (size_t who = 0; who < T_COUNT(roles); who++)
        for (int sort = 0; sort < 2 * PT_SORTS; sort++)
            for (size_t i = 0; i < T_COUNT(sizes); i++) {
                struct pt_case_query q = any();

                q.sort = (enum pt_case_sort)(sort / 2);
                q.up = sort % 2 == 1;
                q.size = sizes[i];
                assert_int_equal(walk(&people[who], q), CASES);
                q.number = "2(3)"; /* few of them, which are picked first */
                assert_int_equal(walk(&people[who], q), 11);
                q.number = "";
                q.words = "sekin";
                assert_int_equal(walk(&people[who], q), 26);
                q.status = PT_CASE_ASSIGNED;
                q.court = "101";
                assert_int_equal(walk(&people[who], q), 0);
                q.court = "100";
                assert_int_equal(walk(&people[who], q), 6);
            }
}

static void
test_filters(void **state)
{
    static const struct {
        const char *name;
        struct pt_case_query q;
        size_t count;
    } rows[] = {
        {"a number", {.number = "2(3)-3/"}, 1},
        {"no such number", {.number = "8("}, 0},
        {"a number's letters are no pattern", {.number = "2(%"}, 0},
        {"a type", {.number = "", .type = "8"}, 38},
        {"a court", {.number = "", .court = "101"}, 26},
        {"a court of the same name", {.number = "", .court = "102"}, 25},
        {"no such court", {.number = "", .court = "9"}, 0},
        {"from a day", {.number = "", .from = NOW + 4}, 15},
        {"to a day", {.number = "", .to = NOW + 1}, 16},
        {"between", {.number = "", .from = NOW + 1, .to = NOW + 2}, 16},
        {"turned", {.number = "", .from = NOW + 2, .to = NOW + 1}, 0},
        {"a word", {.number = "", .words = "huseynov"}, 51},
        {"its beginning", {.number = "", .words = "hus"}, 51},
        {"not its middle", {.number = "", .words = "seyn"}, 0},
        {"more than it", {.number = "", .words = "huseynova"}, 0},
        {"another word", {.number = "", .words = "irade"}, 39},
        {"two of one name", {.number = "", .words = "irade sekin"}, 13},
        {"three", {.number = "", .words = "oglu ulvi huseyn"}, 25},
        {"two that are not", {.number = "", .words = "irade ulvi"}, 0},
        {"a pattern's signs", {.number = "", .words = "%%%"}, 0},
        {"everything",
            {.number = "2(",
                .words = "irade",
                .type = "2",
                .court = "100",
                .status = 1,
                .from = NOW,
                .to = NOW + 5},
            7},
    };

    (void)state;
    for (size_t who = 0; who < T_COUNT(roles); who++)
        for (size_t i = 0; i < T_COUNT(rows); i++) {
            struct pt_case_query q = rows[i].q;
            size_t count;

            q.after = "";
            count = walk(&people[who], q);
            if (count != rows[i].count)
                fail_msg("%s: %zu", rows[i].name, count);
        }
}

static void
test_bounds(void **state)
{
    static struct pt_cases list;
    struct pt_case_query q = any();

    (void)state;
    q.size = PT_CASES_PAGE_MAX + 1;
    assert_int_equal(
        pt_store_case_list(store, &people[AUDITOR], &q, NULL, &list),
        MH_EINTERNAL);
    q = any();
    q.sort = PT_SORTS;
    assert_int_equal(
        pt_store_case_list(store, &people[AUDITOR], &q, NULL, &list),
        MH_EINTERNAL);
    q = any();
    q.after = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    assert_int_equal(
        pt_store_case_list(store, &people[AUDITOR], &q, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
    assert_false(list.more);
}

/* A name that is searched for is its account's, and for a day. */
static void
test_searches(void **state)
{
    int64_t whose = people[LAWYER].id;
    struct pt_search_key key = {.account = whose, .now = NOW};
    char one[27], other[27], name[PT_TEXT_MAX + 1];
    enum pt_found found;

    (void)state;
    assert_int_equal(
        pt_store_search_put(store, whose, "Əli", NOW, NULL, one), MH_OK);
    key.id = one;
    assert_int_equal(
        pt_store_search_get(store, &key, NULL, name, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_string_equal(name, "Əli");
    key.account = people[CLERK].id;
    assert_int_equal(
        pt_store_search_get(store, &key, NULL, name, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    key.account = whose;
    key.now = NOW + PT_SEARCH_KEEP;
    assert_int_equal(
        pt_store_search_get(store, &key, NULL, name, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    /* The next one takes away what is over. */
    assert_int_equal(pt_store_search_put(store, whose, "Veli",
                         NOW + PT_SEARCH_KEEP, NULL, other),
        MH_OK);
    key.now = NOW;
    assert_int_equal(
        pt_store_search_get(store, &key, NULL, name, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
}

/* ---- by judge and by role; after these there are more cases ---- */

enum {
    OTHERS = 3, /* cases of another judge */
};

static struct pt_account other;

static void
add_others(void)
{
    other = (struct pt_account){.username = "other",
        .role = PT_ROLE_JUDGE,
        .state = PT_ACCOUNT_ACTIVE,
        .surname = "Adil",
        .name = "Hakim"};
    assert_int_equal(pt_store_bulk_accounts(store, &other, 1, NULL), MH_OK);
    assert_int_equal(
        pt_store_official_put(store, other.id, court[0], NULL), MH_OK);
    for (unsigned n = 0; n < OTHERS; n++) {
        struct pt_bulk_case b = {
            .c = {.filed = NOW + n, .status = 1, .type = "2"},
            .court = court[n],
            .judge = other.id,
            .people = 1,
        };

        pt_id_new(b.c.id);
        (void)snprintf(b.c.number, sizeof(b.c.number), "4(1)-%u/2022", n);
        b.person[0].account = people[LAWYER].id;
        b.person[0].role = PT_CASE_THIRD;
        assert_int_equal(pt_store_bulk_cases(store, &b, 1, NULL), MH_OK);
    }
}

/* All pages of one case: how many there are. */
static size_t
count(const struct pt_account *who, struct pt_case_query q)
{
    static struct pt_cases list;
    char after[27];
    size_t n = 0;

    q.size = 1;
    do {
        assert_int_equal(
            pt_store_case_list(store, who, &q, NULL, &list), MH_OK);
        n += list.count;
        if (list.count > 0)
            memcpy(after, list.item[0].id, sizeof(after));
        q.after = after;
    } while (list.more);
    return n;
}

static void
test_judges(void **state)
{
    static const int who[] = {LAWYER, CLERK, AUDITOR};

    (void)state;
    add_others();
    for (size_t i = 0; i < T_COUNT(who); i++)
        for (int sort = 0; sort < 2 * PT_SORTS; sort++) {
            struct pt_case_query q = any();

            q.sort = (enum pt_case_sort)(sort / 2);
            q.up = sort % 2 == 1;
            q.judge = people[JUDGE].id;
            assert_int_equal(count(&people[who[i]], q), CASES);
            q.judge = people[LAWYER].id;
            assert_int_equal(count(&people[who[i]], q), 0);
            q.judge = other.id;
            assert_int_equal(count(&people[who[i]], q), OTHERS);
            q.court = "101";
            assert_int_equal(count(&people[who[i]], q), 1);
            q.court = "";
            q.number = "4(1)-2";
            assert_int_equal(count(&people[who[i]], q), 1);
        }
}

static void
test_roles(void **state)
{
    (void)state;
    for (int sort = 0; sort < 2 * PT_SORTS; sort++) {
        struct pt_case_query q = any();

        q.sort = (enum pt_case_sort)(sort / 2);
        q.up = sort % 2 == 1;
        q.role = PT_CASE_THIRD;
        assert_int_equal(count(&people[LAWYER], q), OTHERS);
        q.role = PT_CASE_CLAIMANTS_LAWYER;
        assert_int_equal(count(&people[LAWYER], q), CASES);
        q.judge = other.id;
        assert_int_equal(count(&people[LAWYER], q), 0);
        q.judge = 0;
        q.role = PT_CASE_OTHER;
        assert_int_equal(count(&people[LAWYER], q), 0);
    }
}

/* Of another judge's court a clerk of none gets nobody. */
static void
test_judge_choices(void **state)
{
    static const struct {
        int who;
        size_t count;
    } rows[] = {{LAWYER, 2}, {CLERK, 1}, {AUDITOR, 1}, {JUDGE, 0}};
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct pt_case_judges list;
    struct pt_account nobody = {.id = -1, .role = PT_ROLE_CLERK};

    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        assert_int_equal(pt_store_case_judges(
                             store, &people[rows[i].who], arena, NULL, &list),
            MH_OK);
        assert_int_equal(list.count, rows[i].count);
        for (size_t j = 0; j < list.count; j++)
            assert_true(pt_id_valid(mh_span_str(list.item[j].id)));
    }
    assert_int_equal(
        pt_store_case_judges(store, &people[LAWYER], arena, NULL, &list),
        MH_OK);
    assert_string_not_equal(list.item[0].id, list.item[1].id);
    assert_int_equal(
        pt_store_case_judges(store, &nobody, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
    mh_arena_free(arena);
}

/* As many as can be chosen, and one more: the last one is left out. */
static void
test_judges_limit(void **state)
{
    static struct pt_account many[PT_CASE_JUDGES_MAX];
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct pt_case_judges list;

    (void)state;
    assert_non_null(arena);
    for (int i = 0; i < PT_CASE_JUDGES_MAX; i++) {
        many[i].role = PT_ROLE_JUDGE;
        many[i].state = PT_ACCOUNT_ACTIVE;
        (void)snprintf(many[i].username, 16, "judge%d", i);
        (void)snprintf(many[i].surname, 16, "B%04d", i);
    }
    assert_int_equal(
        pt_store_bulk_accounts(store, many, PT_CASE_JUDGES_MAX, NULL), MH_OK);
    for (int i = 0; i < PT_CASE_JUDGES_MAX; i++) {
        if (i == PT_CASE_JUDGES_MAX - 1) {
            assert_int_equal(
                pt_store_case_judges(store, &people[CLERK], arena, NULL, &list),
                MH_OK);
            assert_int_equal(list.count, PT_CASE_JUDGES_MAX);
            assert_true(list.item[list.count - 1].account == many[i - 1].id);
        }
        assert_int_equal(
            pt_store_official_put(store, many[i].id, court[0], NULL), MH_OK);
    }
    assert_int_equal(
        pt_store_case_judges(store, &people[CLERK], arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, PT_CASE_JUDGES_MAX);
    assert_true(
        list.item[list.count - 1].account == many[PT_CASE_JUDGES_MAX - 2].id);
    mh_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_searches),
        cmocka_unit_test(test_judges),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_judge_choices),
        cmocka_unit_test(test_judges_limit),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
