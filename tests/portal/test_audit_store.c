/* portal/store/auditlog, auditjobs: what any store must do for auditors. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/filing/follow.h"
#include "portal/store/auditjobs.h"
#include "portal/store/auditlog.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

enum {
    NOW = 1800000000,
};

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/mohur-audit-XXXXXX";
static struct pt_case here;

static int
set_up(void **state)
{
    char where[256];
    int64_t court;

    (void)state;
    arena = mh_arena_new(64 << 20);
    assert_non_null(arena);
    assert_non_null(mkdtemp(dir));
    t_where(where, sizeof(where), dir);
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "103", "Bakı", NULL, &court), MH_OK);
    here = (struct pt_case){
        .filed = NOW, .status = PT_CASE_IN_PROCEEDINGS, .type = "2-2"};
    (void)snprintf(here.number, sizeof(here.number), "2-2(103)-1/2027");
    assert_int_equal(pt_store_case_add(store, &here, court, 0, NULL), MH_OK);
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

static struct pt_audit_row
row_of(int64_t n, const char *ev, const char *obj)
{
    struct pt_audit_row r = {.n = n, .at = NOW + n};

    (void)snprintf(r.ev, sizeof(r.ev), "%s", ev);
    (void)snprintf(r.who, sizeof(r.who), "p:%d", (int)(n % 2));
    (void)snprintf(r.obj, sizeof(r.obj), "%s", obj);
    memset(r.hash[0], (int)(n % 3), PT_HASH);
    r.hashes = 1;
    return r;
}

static size_t
found(const struct pt_audit_query *q, bool *more)
{
    struct pt_audit_page page;

    assert_int_equal(
        pt_store_audit_search(store, q, arena, NULL, &page), MH_OK);
    for (size_t i = 1; i < page.count; i++)
        assert_true(page.item[i].n < page.item[i - 1].n);
    *more = page.more;
    return page.count;
}

static void
test_index(void **state)
{
    struct pt_audit_query q = {
        .ev = "", .who = "", .obj = "", .case_id = "", .before = -1};
    struct pt_audit_row row[PT_AUDIT_PAGE + 1];
    struct pt_audit_events events;
    uint8_t hash[PT_HASH];
    char obj[48];
    int64_t next = -1;
    bool more;

    (void)state;
    (void)snprintf(obj, sizeof(obj), "case:%s", here.id);
    for (int i = 0; i <= PT_AUDIT_PAGE; i++)
        row[i] = row_of(i, i == 7 ? "key.use" : "login", i == 9 ? obj : "");
    assert_int_equal(
        pt_store_audit_add(store, row, PT_AUDIT_PAGE, NULL), MH_OK);
    assert_int_equal(found(&q, &more), PT_AUDIT_PAGE); /* at the limit */
    assert_false(more);
    /* Twice, and with a gap. */
    assert_int_equal(pt_store_audit_add(store, row, 1, NULL), MH_EFORMAT);
    row[PT_AUDIT_PAGE].n++;
    assert_int_equal(
        pt_store_audit_add(store, &row[PT_AUDIT_PAGE], 1, NULL), MH_EFORMAT);
    row[PT_AUDIT_PAGE].n--;
    assert_int_equal(
        pt_store_audit_add(store, &row[PT_AUDIT_PAGE], 1, NULL), MH_OK);
    assert_int_equal(found(&q, &more), PT_AUDIT_PAGE);
    assert_true(more); /* one past it */
    q.before = 1;
    assert_int_equal(found(&q, &more), 1);
    q.before = -1;
    q.ev = "key.use";
    assert_int_equal(found(&q, &more), 1);
    q.ev = "";
    q.case_id = here.id;
    assert_int_equal(found(&q, &more), 1);
    q.who = "p:0"; /* the ninth is of the other */
    assert_int_equal(found(&q, &more), 0);
    q.case_id = "";
    assert_int_equal(found(&q, &more), 26);
    q.who = "";
    q.obj = obj;
    assert_int_equal(found(&q, &more), 1);
    q.obj = "";
    memset(hash, 2, sizeof(hash));
    q.hash = hash;
    assert_int_equal(found(&q, &more), 17);
    q.from = NOW + 10;
    q.to = NOW + 13;
    assert_int_equal(found(&q, &more), 1);
    q.hash = NULL;
    assert_int_equal(found(&q, &more), 3);
    assert_int_equal(pt_store_audit_events(store, NULL, &events), MH_OK);
    assert_int_equal(events.count, 2);
    assert_string_equal(events.ev[0], "key.use");
    assert_int_equal(pt_store_audit_forget(store, NULL), MH_OK);
    assert_int_equal(pt_store_audit_next(store, NULL, &next), MH_OK);
    assert_true(next == 0);
}

static void
test_rows(void **state)
{
    static const struct {
        const char *record;
        bool good;
    } rows[] = {
        {"{\"v\":1,\"n\":4,\"t\":\"2027-01-15T08:00:00.000001Z\",\"src\":\"k\","
         "\"ev\":\"login\",\"who\":\"p:1\",\"obj\":\"\",\"res\":\"ok\","
         "\"d\":{\"case\":\"x\"}}",
            true},
        {"{\"n\":4,\"t\":\"x\",\"d\":{}}", false},
        {"{\"n\":\"4\",\"t\":\"2027-01-15T08:00:00Z\",\"d\":{}}", false},
        {"{\"n\":4,\"t\":\"2027-01-15T08:00:00Z\"}", false},
        {"[]", false},
        {"", false},
    };
    struct pt_audit_row r;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(rows[i].record, (pt_follow_row(mh_span_str(rows[i].record),
                                     NULL, &r) == MH_OK) == rows[i].good);
    assert_int_equal(
        pt_follow_row(mh_span_str(rows[0].record), NULL, &r), MH_OK);
    assert_true(r.n == 4 && r.at == NOW);
    assert_string_equal(r.case_id, "case:x");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
