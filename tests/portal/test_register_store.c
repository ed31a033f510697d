/* portal/data/series, portal/store/counter, register, sent: numbers of cases
   and the cases that get them. */
#include "tests/t.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/register.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/test_register.XXXXXX";
static int64_t court, other_court;
static int64_t clerk, other_clerk, judge, other_judge, party, waiting, left;

enum {
    THREADS = 8,
    CASES = 25, /* of each thread */
    ALL = THREADS * CASES,
    NOON = 12 * 3600, /* seconds */
};

/* Noon of that day in Baku. */
static int64_t
noon(int year, int month, int day)
{
    const struct mh_civil c = {year, month, day, 8, 0, 0};
    int64_t t;

    assert_true(mh_time_from_civil(&c, &t));
    return t;
}

static int64_t
add_account(const char *name, enum pt_role role, const char *fin, bool pending)
{
    struct pt_account a = {
        .role = role, .state = PT_ACCOUNT_ACTIVE, .pending = pending};

    (void)snprintf(a.username, sizeof(a.username), "%s", name);
    (void)snprintf(a.fin, sizeof(a.fin), "%s", fin);
    (void)snprintf(a.name, sizeof(a.name), "Ad");
    (void)snprintf(a.surname, sizeof(a.surname), "Soyad");
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    return a.id;
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
    assert_int_equal(
        pt_store_open(where, noon(2026, 1, 1), NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "113", "Kommersiya", NULL, &court), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "006", "Nəsimi", NULL, &other_court), MH_OK);
    clerk = add_account("clerk", PT_ROLE_CLERK, "", false);
    other_clerk = add_account("clerk2", PT_ROLE_CLERK, "", false);
    judge = add_account("judge", PT_ROLE_JUDGE, "", false);
    other_judge = add_account("judge2", PT_ROLE_JUDGE, "", false);
    party = add_account("party", PT_ROLE_CITIZEN, "5TST0A1", false);
    waiting = add_account("waiting", PT_ROLE_CITIZEN, "5TST0A2", true);
    left = add_account("left", PT_ROLE_CITIZEN, "5TST0A3", false);
    assert_int_equal(
        pt_store_account_state(store, left, PT_ACCOUNT_SUSPENDED, NULL), MH_OK);
    assert_int_equal(pt_store_official_put(store, clerk, court, NULL), MH_OK);
    assert_int_equal(pt_store_official_put(store, judge, court, NULL), MH_OK);
    assert_int_equal(
        pt_store_official_put(store, other_clerk, other_court, NULL), MH_OK);
    assert_int_equal(
        pt_store_official_put(store, other_judge, other_court, NULL), MH_OK);
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

/* ---- numbers ---- */

static void
test_numbers(void **state)
{
    static const struct {
        const char *number;
        bool good;
        const char *type, *court;
        uint32_t serial;
        int year;
    } rows[] = {
        {"e-2-1(112)-6882/2021", true, "2-1", "112", 6882, 2021},
        {"2-2(103)-660/2021", true, "2-2", "103", 660, 2021},
        {"8(003)-82/2021", true, "8", "003", 82, 2021},
        {"MXMT(102)-26/2021", true, "MXMT", "102", 26, 2021},
        {"2(106)1680/2016", true, "2", "106", 1680, 2016},
        {"2-1inz(103)-1519/13", true, "2-1inz", "103", 1519, 2013},
        {"2(103)-1/99", true, "2", "103", 1, 1999},
        {"2(103)-999999/2026", true, "2", "103", 999999, 2026},
        {"2(103)-1000000/2026", false, "", "", 0, 0},
        {"2(103)-0/2026", false, "", "", 0, 0},
        {"2(103)-5/026", false, "", "", 0, 0},
        {"2(103)-5/20266", false, "", "", 0, 0},
        {"2(103)-5/", false, "", "", 0, 0},
        {"2(103)-/2026", false, "", "", 0, 0},
        {"2(103)-5x/2026", false, "", "", 0, 0},
        {"2(103-5/2026", false, "", "", 0, 0},
        {"(103)-5/2026", false, "", "", 0, 0},
        {"2()-5/2026", false, "", "", 0, 0},
        {"1234567890123456(103)-5/2026", false, "", "", 0, 0},
        {"", false, "", "", 0, 0},
    };
    struct pt_case_number n;
    char out[PT_NUMBER_MAX + 1];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        if (pt_number_read(rows[i].number, &n) != rows[i].good)
            fail_msg("%s", rows[i].number);
        if (!rows[i].good)
            continue;
        assert_string_equal(n.type, rows[i].type);
        assert_string_equal(n.court, rows[i].court);
        assert_int_equal(n.serial, rows[i].serial);
        assert_int_equal(n.year, rows[i].year);
    }
    n = (struct pt_case_number){"2-2", "113", 1, 2026};
    assert_true(pt_number_write(&n, out));
    assert_string_equal(out, "2-2(113)-1/2026");
    n.serial = PT_SERIAL_MAX;
    assert_true(pt_number_write(&n, out));
    assert_string_equal(out, "2-2(113)-999999/2026");
    n.serial++;
    assert_false(pt_number_write(&n, out));
    n.serial = 0;
    assert_false(pt_number_write(&n, out));
}

static void
test_table(void **state)
{
    (void)state;
    for (size_t i = 0; pt_series_of(i) != NULL; i++) {
        const struct pt_series *s = pt_series_of(i);

        assert_ptr_equal(pt_series_find(s->type), s);
        assert_true(strlen(s->source) > 10);
    }
    assert_null(pt_series_find("9"));
    /* The year is Baku's: four hours before UTC has it. */
    assert_int_equal(pt_series_year(noon(2027, 1, 1) - NOON), 2027);
    assert_int_equal(pt_series_year(noon(2027, 1, 1) - NOON - 1), 2026);
}

/* ---- cases ---- */

static struct pt_register_party
named(enum pt_case_role side, const char *name, const char *ident, int64_t who)
{
    struct pt_register_party p = {.p.side = side, .account = who};

    (void)snprintf(p.p.name, sizeof(p.p.name), "%s", name);
    (void)snprintf(p.ident, sizeof(p.ident), "%s", ident);
    return p;
}

/* A case of the type at a time, of a new form; its number. */
static enum mh_code
make(const char *type, int64_t now, char number[static PT_NUMBER_MAX + 1])
{
    const struct pt_register_party parties[] = {
        named(PT_CASE_CLAIMANT, "Bir", "", 0),
        named(PT_CASE_DEFENDANT, "İki", "", 0)};
    struct pt_account who = {.id = clerk, .role = PT_ROLE_CLERK};
    struct pt_register_done done;
    enum pt_found found;
    struct pt_case c;
    char form[27];
    const struct pt_register r = {.clerk = clerk,
        .court = court,
        .series = pt_series_find(type),
        .proceeding = "claim",
        .subject = "Borc",
        .party = parties,
        .parties = T_COUNT(parties),
        .now = now,
        .form = form};
    enum mh_code code;

    pt_id_new(form);
    code = pt_store_case_register(store, &r, NULL, &done);
    if (code != MH_OK)
        return code;
    assert_int_equal(done.what, PT_REGISTERED);
    assert_int_equal(
        pt_store_case_get(store, done.id, &who, NULL, &c, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    memcpy(number, c.number, sizeof(c.number));
    return MH_OK;
}

static void
gets(const char *type, int64_t now, const char *want)
{
    char number[PT_NUMBER_MAX + 1];

    assert_int_equal(make(type, now, number), MH_OK);
    assert_string_equal(number, want);
}

/* One that another program brought. */
static void
bring(const char *number, const char *type, int64_t where)
{
    struct pt_case c = {
        .filed = noon(2020, 1, 1), .status = PT_CASE_IN_PROCEEDINGS};

    (void)snprintf(c.number, sizeof(c.number), "%s", number);
    (void)snprintf(c.type, sizeof(c.type), "%s", type);
    assert_int_equal(pt_store_case_add(store, &c, where, 0, NULL), MH_OK);
}

static void
test_series(void **state)
{
    int64_t t = noon(2026, 5, 5);

    (void)state;
    /* Each type, court and year has its own, from 1. */
    gets("2", t, "2(113)-1/2026");
    gets("2", t, "2(113)-2/2026");
    gets("2-2", t, "2-2(113)-1/2026");
    gets("2", noon(2027, 1, 1) - NOON - 1, "2(113)-3/2026");
    gets("2", noon(2027, 1, 1) - NOON, "2(113)-1/2027");
    gets("2", t, "2(113)-4/2026");
    /* It begins behind what is there, however that is spelled; other courts,
       years and types are not counted. */
    bring("e-8(113)-41/2026", "8", court);
    bring("8(113)7/26", "8", court);
    bring("8(006)-900/2026", "8", other_court);
    bring("8(113)-800/2025", "8", court);
    bring("2-1(113)-700/2026", "2-1", court);
    gets("8", t, "8(113)-42/2026");
    /* What comes later is passed over, opened electronically or on paper. */
    bring("8(113)-43/2026", "8", court);
    bring("e-8(113)-44/2026", "8", court);
    bring("8(113)-46/2026", "8", court);
    gets("8", t, "8(113)-45/2026");
    gets("8", t, "8(113)-47/2026");
}

static void
test_end_of_series(void **state)
{
    char number[PT_NUMBER_MAX + 1];
    int64_t t = noon(2024, 5, 5);

    (void)state;
    bring("MXMT(113)-999998/2024", "MXMT", court);
    gets("MXMT", t, "MXMT(113)-999999/2024");
    assert_int_equal(make("MXMT", t, number), MH_ELIMIT);
    assert_int_equal(make("MXMT", t, number), MH_ELIMIT);
    gets("MXMT", noon(2025, 5, 5), "MXMT(113)-1/2025");
}

struct worker {
    pthread_t thread;
    char number[CASES][PT_NUMBER_MAX + 1];
};

static void *
work(void *arg)
{
    struct worker *w = arg;

    for (size_t i = 0; i < CASES; i++)
        assert_int_equal(make("2-1", noon(2023, 3, 3), w->number[i]), MH_OK);
    return NULL;
}

static void
test_parallel(void **state)
{
    static struct worker workers[THREADS];
    bool seen[ALL + 1] = {false};

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    for (size_t i = 0; i < ALL; i++) {
        struct pt_case_number n;

        assert_true(pt_number_read(workers[i / CASES].number[i % CASES], &n));
        assert_true(n.serial <= ALL && !seen[n.serial]);
        seen[n.serial] = true;
    }
    /* As many as there are numbers, none twice: none is left out. */
}

/* ---- what comes with a case ---- */

static bool
told(int64_t account, const char *case_id)
{
    const struct pt_notice_query q = {account, false, ""};
    struct pt_notices list;

    assert_int_equal(
        pt_store_notice_list(store, &q, arena, NULL, &list), MH_OK);
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.item[i].case_id, case_id) == 0 &&
            strcmp(list.item[i].kind, "case-registered") == 0)
            return true;
    return false;
}

static bool
sees(int64_t account, enum pt_role role, const char *id, struct pt_case *c)
{
    const struct pt_account who = {.id = account, .role = role};
    enum pt_found found;

    assert_int_equal(
        pt_store_case_get(store, id, &who, NULL, c, &found), MH_OK);
    return found == PT_FOUND;
}

static void
test_parties(void **state)
{
    const struct pt_register_party parties[] = {
        named(PT_CASE_CLAIMANT, "Soyad Ad", "5TST0A1", party),
        named(PT_CASE_CLAIMANT, "Gözləyən", "5TST0A2", waiting),
        named(PT_CASE_DEFENDANT, "Dayandırılmış", "5TST0A3", left),
        named(PT_CASE_DEFENDANT, "“Sınaq” MMC", "1234567891", 0)};
    struct pt_register_done done, again;
    char form[27];
    struct pt_register r = {.clerk = clerk,
        .court = court,
        .judge = judge,
        .series = pt_series_find("2-2"),
        .proceeding = "claim",
        .subject = "Borcun ödənilməsi",
        .restricted = true,
        .party = parties,
        .parties = T_COUNT(parties),
        .now = noon(2022, 2, 2),
        .form = form,
        .digest = {1}};
    struct pt_parties list;
    struct pt_records records;
    struct pt_case c;

    (void)state;
    pt_id_new(form);
    assert_int_equal(pt_store_case_register(store, &r, NULL, &done), MH_OK);
    assert_int_equal(done.what, PT_REGISTERED);
    assert_true(sees(clerk, PT_ROLE_CLERK, done.id, &c));
    assert_string_equal(c.number, "2-2(113)-1/2022");
    assert_string_equal(c.subject, "Borcun ödənilməsi");
    assert_string_equal(c.judge, "Soyad Ad");
    assert_true(c.restricted && c.status == PT_CASE_ASSIGNED);
    assert_true(c.filed == r.now);
    assert_int_equal(
        pt_store_party_list(store, done.id, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 4);
    /* Who has an active account takes part and is told; the judge is told;
       who waits to be proven, or is suspended, does not learn of it. */
    assert_true(sees(party, PT_ROLE_CITIZEN, done.id, &c));
    assert_int_equal(c.relation, PT_REL_PARTY);
    assert_true(told(party, done.id) && told(judge, done.id));
    assert_false(sees(waiting, PT_ROLE_CITIZEN, done.id, &c));
    assert_false(sees(left, PT_ROLE_CITIZEN, done.id, &c));
    assert_false(
        told(waiting, done.id) || told(left, done.id) || told(clerk, done.id));
    /* The same form is the same case, another one with it is refused. */
    r.now++;
    assert_int_equal(pt_store_case_register(store, &r, NULL, &again), MH_OK);
    assert_int_equal(again.what, PT_REGISTERED);
    assert_string_equal(again.id, done.id);
    r.digest[0] = 2;
    assert_int_equal(pt_store_case_register(store, &r, NULL, &again), MH_OK);
    assert_int_equal(again.what, PT_REGISTERED_OTHER);
    /* A day later it is a new one. */
    r.now = noon(2022, 2, 2) + PT_SENT_KEEP;
    assert_int_equal(pt_store_case_register(store, &r, NULL, &again), MH_OK);
    assert_int_equal(again.what, PT_REGISTERED);
    assert_string_not_equal(again.id, done.id);
    /* Its record, with nothing of a person. */
    assert_int_equal(pt_store_record_list(store, arena, NULL, &records), MH_OK);
    assert_true(records.count > 0);
    for (size_t i = 0; i < records.count; i++) {
        assert_string_equal(records.record[i].ev, "case.registered");
        assert_null(strstr(records.record[i].data, "5TST"));
        assert_null(strstr(records.record[i].data, "Soyad"));
    }
}

static void
test_not_of_it(void **state)
{
    const struct pt_register_party one = named(PT_CASE_CLAIMANT, "Bir", "", 0);
    struct pt_register r = {.series = pt_series_find("2"),
        .proceeding = "special",
        .subject = "x",
        .party = &one,
        .parties = 1,
        .now = noon(2021, 2, 2)};
    const struct {
        const char *name;
        int64_t clerk, court, judge;
        enum pt_registered what;
    } rows[] = {
        {"a clerk of another court", other_clerk, court, 0, PT_REGISTERED_NOT},
        {"another court", clerk, other_court, 0, PT_REGISTERED_NOT},
        {"no court", clerk, 99, 0, PT_REGISTERED_NOT},
        {"a judge of another court", clerk, court, other_judge,
            PT_REGISTERED_NOT},
        {"a judge who is none", clerk, court, clerk, PT_REGISTERED_NOT},
        {"nobody as judge", clerk, court, 12345, PT_REGISTERED_NOT},
        {"all of it", clerk, court, judge, PT_REGISTERED},
    };
    char form[27];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct pt_register_done done;

        pt_id_new(form);
        r.form = form;
        r.clerk = rows[i].clerk;
        r.court = rows[i].court;
        r.judge = rows[i].judge;
        assert_int_equal(pt_store_case_register(store, &r, NULL, &done), MH_OK);
        if (done.what != rows[i].what)
            fail_msg("%s", rows[i].name);
    }
    /* What was refused took no number. */
    gets("2", noon(2021, 2, 2), "2(113)-2/2021");
}

static void
test_officials(void **state)
{
    struct pt_own_courts courts;
    struct pt_judges judges;

    (void)state;
    assert_int_equal(
        pt_store_official_courts(store, clerk, arena, NULL, &courts), MH_OK);
    assert_int_equal(courts.count, 1);
    assert_string_equal(courts.item[0].court.code, "113");
    assert_int_equal(
        pt_store_official_judges(store, clerk, arena, NULL, &judges), MH_OK);
    assert_int_equal(judges.count, 1);
    assert_true(
        judges.item[0].account == judge && judges.item[0].court == court);
    assert_int_equal(
        pt_store_official_courts(store, party, arena, NULL, &courts), MH_OK);
    assert_int_equal(courts.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_parties),
        cmocka_unit_test(test_series),
        cmocka_unit_test(test_end_of_series),
        cmocka_unit_test(test_not_of_it),
        cmocka_unit_test(test_officials),
        cmocka_unit_test(test_parallel),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
