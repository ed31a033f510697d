/* portal/store/cases, hearings, events, notifications: who sees what. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/cases.h"
#include "portal/store/events.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/test_cases_store.XXXXXX";
static int64_t court, other_court;
static struct pt_case first, second;

enum {
    NOW = 1700000000
};

/* One account of each kind; the names are those of the roles. */
enum {
    CLAIMANT,
    LAWYER,
    WITNESS,
    STRANGER,
    JUDGE,
    COURT_JUDGE,
    CLERK,
    OTHER_CLERK,
    PRESIDENT,
    AUDITOR,
    OPERATOR,
    LEFT_OUT,
    PEOPLE,
};
static struct pt_account people[PEOPLE];
static const enum pt_role roles[PEOPLE] = {PT_ROLE_CITIZEN, PT_ROLE_LAWYER,
    PT_ROLE_PARTICIPANT, PT_ROLE_LAWYER, PT_ROLE_JUDGE, PT_ROLE_JUDGE,
    PT_ROLE_CLERK, PT_ROLE_CLERK, PT_ROLE_PRESIDENT, PT_ROLE_AUDITOR,
    PT_ROLE_OPERATOR, PT_ROLE_CITIZEN};

static void
add_case(struct pt_case *c, const char *number, int64_t filed, int64_t where)
{
    *c = (struct pt_case){.filed = filed, .status = PT_CASE_IN_PROCEEDINGS};
    (void)snprintf(c->number, sizeof(c->number), "%s", number);
    (void)snprintf(c->type, sizeof(c->type), "2-2");
    assert_int_equal(
        pt_store_case_add(store, c, where, people[JUDGE].id, NULL), MH_OK);
    assert_true(pt_id_valid(mh_span_str(c->id)));
}

static void
add_people(void)
{
    for (int i = 0; i < PEOPLE; i++) {
        struct pt_account *a = &people[i];

        a->role = roles[i];
        a->state = PT_ACCOUNT_ACTIVE;
        (void)snprintf(a->username, sizeof(a->username), "user%d", i);
        (void)snprintf(a->name, sizeof(a->name), "Ad%d", i);
        (void)snprintf(a->surname, sizeof(a->surname), "Soyad");
        assert_int_equal(pt_store_account_add(store, a, NULL, &a->id), MH_OK);
    }
}

static int
set_up(void **state)
{
    char where[256];

    (void)state;
    arena = mh_arena_new(16 << 20);
    assert_non_null(arena);
    assert_non_null(mkdtemp(dir));
    t_where(where, sizeof(where), dir);
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    add_people();
    assert_int_equal(
        pt_store_court_put(store, "113", "Kommersiya", NULL, &court), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "006", "Nəsimi", NULL, &other_court), MH_OK);
    for (int i = COURT_JUDGE; i <= PRESIDENT; i++)
        assert_int_equal(pt_store_official_put(store, people[i].id,
                             i == OTHER_CLERK ? other_court : court, NULL),
            MH_OK);
    add_case(&first, "2-2(113)-1/2021", NOW, court);
    add_case(&second, "2-2(113)-2/2021", NOW + 1, court);
    assert_int_equal(pt_store_participant_put(store, first.id,
                         people[CLAIMANT].id, PT_CASE_CLAIMANT, NULL),
        MH_OK);
    assert_int_equal(pt_store_participant_put(store, first.id,
                         people[LAWYER].id, PT_CASE_CLAIMANTS_LAWYER, NULL),
        MH_OK);
    assert_int_equal(pt_store_participant_put(store, first.id,
                         people[WITNESS].id, PT_CASE_OTHER, NULL),
        MH_OK);
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

static void
test_who_sees(void **state)
{
    static const struct {
        int who;
        bool first, second;
        enum pt_relation relation;
    } rows[] = {
        {CLAIMANT, true, false, PT_REL_PARTY},
        {LAWYER, true, false, PT_REL_REPRESENTATIVE},
        {WITNESS, true, false, PT_REL_OTHER},
        {STRANGER, false, false, PT_REL_NONE},
        {JUDGE, true, true, PT_REL_JUDGE},
        {COURT_JUDGE, false, false, PT_REL_NONE},
        {CLERK, true, true, PT_REL_CLERK},
        {OTHER_CLERK, false, false, PT_REL_NONE},
        {PRESIDENT, true, true, PT_REL_PRESIDENT},
        {AUDITOR, true, true, PT_REL_AUDITOR},
        {OPERATOR, false, false, PT_REL_NONE},
        {LEFT_OUT, false, false, PT_REL_NONE},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct pt_account *a = &people[rows[i].who];
        const struct pt_case_query q = {.number = "", .after = ""};
        struct pt_cases list;
        struct pt_case c;
        enum pt_found found;

        assert_int_equal(
            pt_store_case_get(store, first.id, a, NULL, &c, &found), MH_OK);
        assert_int_equal(found, rows[i].first ? PT_FOUND : PT_ABSENT);
        if (rows[i].first) {
            assert_int_equal(c.relation, rows[i].relation);
            assert_string_equal(c.number, "2-2(113)-1/2021");
        }
        assert_int_equal(
            pt_store_case_get(store, second.id, a, NULL, &c, &found), MH_OK);
        assert_int_equal(found, rows[i].second ? PT_FOUND : PT_ABSENT);
        /* The list shows just what can be opened. */
        assert_int_equal(pt_store_case_list(store, a, &q, NULL, &list), MH_OK);
        assert_int_equal(list.count, rows[i].first + rows[i].second);
        assert_false(list.more);
    }
}

static void
test_absent(void **state)
{
    struct pt_case c;
    enum pt_found found;

    (void)state;
    assert_int_equal(pt_store_case_get(store, "aaaaaaaaaaaaaaaaaaaaaaaaaa",
                         &people[AUDITOR], NULL, &c, &found),
        MH_OK);
    assert_int_equal(found, PT_ABSENT);
}

static void
test_pages(void **state)
{
    struct pt_case_query q = {.number = "8(113)", .after = ""};
    struct pt_case c;
    struct pt_cases list;
    char number[32];

    (void)state;
    for (int i = 0; i < 2 * PT_CASES_PAGE + 1; i++) {
        (void)snprintf(number, sizeof(number), "8(113)-%d/2021", i + 1);
        /* Pairs of the same second: the page's edge may fall between. */
        add_case(&c, number, NOW + 100 + i / 2, court);
        if (i + 1 == PT_CASES_PAGE || i + 1 == PT_CASES_PAGE + 1) {
            assert_int_equal(
                pt_store_case_list(store, &people[CLERK], &q, NULL, &list),
                MH_OK);
            assert_int_equal(list.count, PT_CASES_PAGE);
            assert_int_equal(list.more, i + 1 > PT_CASES_PAGE);
        }
    }
    for (int page = 0, seen = 0; page < 3; page++) {
        assert_int_equal(
            pt_store_case_list(store, &people[CLERK], &q, NULL, &list), MH_OK);
        assert_int_equal(list.count, page < 2 ? PT_CASES_PAGE : 1);
        assert_int_equal(list.more, page < 2);
        for (size_t i = 1; i < list.count; i++)
            assert_true(list.item[i].filed <= list.item[i - 1].filed &&
                        strcmp(list.item[i].id, list.item[i - 1].id) != 0);
        seen += (int)list.count;
        (void)snprintf(
            number, sizeof(number), "%s", list.item[list.count - 1].id);
        q.after = number;
        assert_int_equal(seen,
            page < 2 ? (page + 1) * PT_CASES_PAGE : 2 * PT_CASES_PAGE + 1);
    }
    assert_int_equal(
        pt_store_case_list(store, &people[CLERK], &q, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
}

static void
test_events(void **state)
{
    const struct pt_event_new event = {.case_id = first.id,
        .kind = "act",
        .actor = people[CLERK].id,
        .at = NOW + 5,
        .data = "Qərar"};
    struct pt_event_new own = event;
    struct pt_events list;
    uint32_t unread;

    (void)state;
    assert_int_equal(pt_store_event_add(store, &event, NULL), MH_OK);
    own.actor = people[CLAIMANT].id;
    own.at++;
    assert_int_equal(pt_store_event_add(store, &own, NULL), MH_OK);
    assert_int_equal(
        pt_store_event_list(store, first.id, false, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.item[0].role, PT_ROLE_CITIZEN);
    assert_string_equal(list.item[0].actor, ""); /* no official: no name */
    assert_string_equal(list.item[1].actor, "Ad6 Soyad");
    assert_string_equal(list.item[1].data, "Qərar");
    /* Who did it is not told; strangers and other cases neither. */
    assert_int_equal(
        pt_store_notice_unread(store, people[CLAIMANT].id, NULL, &unread),
        MH_OK);
    assert_int_equal(unread, 1);
    assert_int_equal(
        pt_store_notice_unread(store, people[LAWYER].id, NULL, &unread), MH_OK);
    assert_int_equal(unread, 2);
    assert_int_equal(
        pt_store_notice_unread(store, people[STRANGER].id, NULL, &unread),
        MH_OK);
    assert_int_equal(unread, 0);
    own.case_id = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    assert_int_not_equal(pt_store_event_add(store, &own, NULL), MH_OK);
}

static void
test_views(void **state)
{
    static const struct {
        int who;
        int64_t at;
        size_t views;
    } rows[] = {{LAWYER, NOW, 1}, {LAWYER, NOW + 599, 1}, {CLERK, NOW + 599, 2},
        {LAWYER, NOW + 600, 3}};
    struct pt_events list;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        assert_int_equal(pt_store_case_viewed(store, first.id,
                             people[rows[i].who].id, rows[i].at, NULL),
            MH_OK);
        assert_int_equal(
            pt_store_event_list(store, first.id, true, arena, NULL, &list),
            MH_OK);
        assert_int_equal(list.count, rows[i].views);
    }
    assert_string_equal(list.item[0].kind, "view");
}

static void
test_read(void **state)
{
    const struct pt_notice_query inbox = {people[LAWYER].id, false, ""};
    const struct pt_notice_query archive = {people[LAWYER].id, true, ""};
    struct pt_notices list;
    struct pt_notice n;
    struct pt_read read = {.at = NOW + 50, .level = 3};
    enum pt_found found;
    uint32_t unread;

    (void)state;
    assert_int_equal(
        pt_store_notice_list(store, &inbox, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2);
    assert_true(list.item[0].at > list.item[1].at);
    assert_true(list.item[0].read == MH_TIME_NONE);
    read.id = list.item[0].id;
    /* Another's is not there, and is not read by them. */
    assert_int_equal(pt_store_notice_get(
                         store, read.id, people[CLAIMANT].id, NULL, &n, &found),
        MH_OK);
    assert_int_equal(found, PT_ABSENT);
    read.account = people[CLAIMANT].id;
    assert_int_equal(pt_store_notice_read(store, &read, NULL), MH_OK);
    assert_int_equal(
        pt_store_notice_archive(store, read.id, people[CLAIMANT].id, NULL),
        MH_OK);
    read.account = people[LAWYER].id;
    assert_int_equal(
        pt_store_notice_get(store, read.id, read.account, NULL, &n, &found),
        MH_OK);
    assert_true(n.read == MH_TIME_NONE && !n.archived);
    assert_int_equal(pt_store_notice_read(store, &read, NULL), MH_OK);
    read.at += 100; /* the first time stays */
    assert_int_equal(pt_store_notice_read(store, &read, NULL), MH_OK);
    assert_int_equal(
        pt_store_notice_get(store, read.id, read.account, NULL, &n, &found),
        MH_OK);
    assert_true(n.read == NOW + 50);
    assert_int_equal(
        pt_store_notice_unread(store, read.account, NULL, &unread), MH_OK);
    assert_int_equal(unread, 1);
    assert_int_equal(
        pt_store_notice_archive(store, read.id, read.account, NULL), MH_OK);
    assert_int_equal(
        pt_store_notice_list(store, &archive, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(
        pt_store_notice_list(store, &inbox, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
}

static void
test_notice_pages(void **state)
{
    struct pt_event_new e = {
        .case_id = first.id, .kind = "act", .at = NOW + 1000, .data = ""};
    struct pt_notice_query q = {people[WITNESS].id, false, ""};
    struct pt_notices list;

    (void)state;
    /* Two are there. */
    for (int i = 2; i < PT_NOTICE_PAGE; i++)
        assert_int_equal(pt_store_event_add(store, &e, NULL), MH_OK);
    assert_int_equal(
        pt_store_notice_list(store, &q, arena, NULL, &list), MH_OK);
    assert_true(list.count == PT_NOTICE_PAGE && !list.more);
    assert_int_equal(pt_store_event_add(store, &e, NULL), MH_OK);
    assert_int_equal(
        pt_store_notice_list(store, &q, arena, NULL, &list), MH_OK);
    assert_true(list.count == PT_NOTICE_PAGE && list.more);
    q.after = list.item[PT_NOTICE_PAGE - 1].id;
    assert_int_equal(
        pt_store_notice_list(store, &q, arena, NULL, &list), MH_OK);
    assert_true(list.count == 1 && !list.more);
}

static void
test_calendar(void **state)
{
    const uint8_t one[PT_HASH] = {1}, two[PT_HASH] = {2};
    int64_t id = people[LAWYER].id, whose;
    bool has;

    (void)state;
    assert_int_equal(pt_store_calendar_has(store, id, NULL, &has), MH_OK);
    assert_false(has);
    assert_int_equal(pt_store_calendar_set(store, id, one, NOW, NULL), MH_OK);
    assert_int_equal(pt_store_calendar_find(store, one, NULL, &whose), MH_OK);
    assert_int_equal(whose, id);
    assert_int_equal(pt_store_calendar_set(store, id, two, NOW, NULL), MH_OK);
    assert_int_equal(pt_store_calendar_find(store, one, NULL, &whose), MH_OK);
    assert_int_equal(whose, 0); /* a new one ends the old one */
    assert_int_equal(pt_store_calendar_set(store, id, NULL, NOW, NULL), MH_OK);
    assert_int_equal(pt_store_calendar_find(store, two, NULL, &whose), MH_OK);
    assert_int_equal(whose, 0);
}

static void
test_court(void **state)
{
    int64_t id;

    (void)state;
    assert_int_equal(pt_store_court_find(store, "006", NULL, &id), MH_OK);
    assert_int_equal(id, other_court);
    assert_int_equal(pt_store_court_find(store, "113", NULL, &id), MH_OK);
    assert_int_equal(id, court);
    assert_int_equal(pt_store_court_find(store, "999", NULL, &id), MH_OK);
    assert_int_equal(id, 0);
    assert_int_equal(pt_store_court_find(store, "", NULL, &id), MH_OK);
    assert_int_equal(id, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_sees),
        cmocka_unit_test(test_court),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_notice_pages),
        cmocka_unit_test(test_calendar),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
