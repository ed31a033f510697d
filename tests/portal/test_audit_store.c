/* portal/store/auditlog, auditjobs: what any store must do for auditors. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/filing/follow.h"
#include "portal/http/id.h"
#include "portal/store/auditjobs.h"
#include "portal/store/auditlog.h"
#include "tests/folder.h"
#include "tests/portal/behind.h"
#include "tests/portal/where.h"

enum {
    NOW = 1800000000,
};

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/mohur-audit-XXXXXX";
static struct pt_case here;
static struct pt_db db; /* behind the store's back */

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
    t_behind_open(&db, where);
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
    pt_db_close(&db);
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
    struct pt_audit_query q = {.ev = "",
        .who = "",
        .obj = "",
        .case_id = "",
        .log = -1,
        .before = {.n = -1}};
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
    q.before = (struct pt_audit_place){NOW + 1, pt_store_node(store), 1};
    assert_int_equal(found(&q, &more), 1);
    q.before.n = -1;
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

/* ---- logs of several nodes ---- */

/* A record of the case in the log of another node. */
static void
other_row(int64_t node, int n)
{
    char sql[300];

    (void)snprintf(sql, sizeof(sql),
        "INSERT INTO audit_index VALUES (%lld, %d, %d, 'verdict', 'p:9',"
        " 'case:%s', 'ok', '%s')",
        (long long)node, n, NOW + n, here.id, here.id);
    t_behind_do(&db, sql);
}

static void
test_logs(void **state)
{
    const int64_t self = pt_store_node(store), other = self + 1;
    struct pt_audit_query q = {.ev = "",
        .who = "",
        .obj = "",
        .case_id = "",
        .log = -1,
        .before = {.n = -1}};
    struct pt_audit_row row[3];
    struct pt_audit_numbers of = {.n = (int64_t[8]){0}, .max = 8};
    struct pt_audit_logs logs;
    struct pt_audit_page page;
    char obj[48];
    int64_t next;

    (void)state;
    (void)snprintf(obj, sizeof(obj), "case:%s", here.id);
    for (int i = 0; i < 3; i++)
        row[i] = row_of(i, "login", obj);
    assert_int_equal(pt_store_audit_add(store, row, 3, NULL), MH_OK);
    /* The other's have times in between, and the numbers are the same. */
    for (int i = 0; i < 4; i++)
        other_row(other, i);
    assert_int_equal(pt_store_audit_next(store, NULL, &next), MH_OK);
    assert_int_equal(next, 3);
    assert_int_equal(pt_store_audit_logs(store, NULL, &logs), MH_OK);
    assert_true(
        logs.count == 2 && logs.node[0] == self && logs.node[1] == other);
    assert_int_equal(
        pt_store_audit_logs_of(store, here.id, NULL, &logs), MH_OK);
    assert_true(logs.count == 2 && logs.node[0] == self);
    assert_int_equal(
        pt_store_audit_logs_of(store, "nowhere", NULL, &logs), MH_OK);
    assert_int_equal(logs.count, 0);
    /* By time; of the same second the other log stands before this one. */
    assert_int_equal(
        pt_store_audit_search(store, &q, arena, NULL, &page), MH_OK);
    assert_int_equal(page.count, 7);
    assert_true(page.item[0].node == other && page.item[0].n == 3);
    assert_true(page.item[1].node == other && page.item[1].n == 2);
    assert_true(page.item[2].node == self && page.item[2].n == 2);
    q.before = (struct pt_audit_place){NOW + 2, other, 2};
    assert_int_equal(
        pt_store_audit_search(store, &q, arena, NULL, &page), MH_OK);
    assert_true(page.count == 5 && page.item[0].node == self);
    q.before.n = -1;
    q.log = other;
    assert_int_equal(
        pt_store_audit_search(store, &q, arena, NULL, &page), MH_OK);
    assert_int_equal(page.count, 4);
    q.log = other + 1;
    assert_int_equal(
        pt_store_audit_search(store, &q, arena, NULL, &page), MH_OK);
    assert_int_equal(page.count, 0);
    /* A package has those that this node can prove. */
    assert_int_equal(
        pt_store_audit_of_case(store, here.id, 0, NULL, &of), MH_OK);
    assert_int_equal(of.count, 3);
    assert_int_equal(pt_store_audit_forget(store, NULL), MH_OK);
    assert_int_equal(pt_store_audit_logs(store, NULL, &logs), MH_OK);
    assert_true(logs.count == 1 && logs.node[0] == other);
    /* As many as are listed, and one more. */
    for (int i = 1; i < PT_AUDIT_LOGS; i++)
        other_row(other + i, 0);
    assert_int_equal(
        pt_store_audit_logs_of(store, here.id, NULL, &logs), MH_OK);
    assert_true(logs.count == PT_AUDIT_LOGS && !logs.more);
    other_row(other + PT_AUDIT_LOGS, 0);
    assert_int_equal(pt_store_audit_logs(store, NULL, &logs), MH_OK);
    assert_true(logs.count == PT_AUDIT_LOGS && logs.more);
    assert_int_equal(
        pt_store_audit_logs_of(store, here.id, NULL, &logs), MH_ELIMIT);
    t_behind_do(&db, "DELETE FROM audit_index");
}

static void
test_jobs(void **state)
{
    const int64_t self = pt_store_node(store);
    const struct pt_record record = {
        .ev = "audit.begun", .who = "p:1", .obj = "", .res = "ok", .data = ""};
    const struct pt_audit_logs logs = {.node = {self, self + 1}, .count = 2};
    const struct pt_audit_work work = {&record, &logs};
    struct pt_sent sent = {
        .account = 1, .digest = (uint8_t[PT_HASH]){7}, .now = NOW};
    struct pt_audit_job j = {.account = 1, .kind = PT_AUDIT_CHECK};
    struct pt_audit_jobs list;
    enum pt_sent_was was;
    char form[27], first[27];

    (void)state;
    t_behind_do(&db,
        "INSERT INTO account (id, username, hash, surname, name, patronymic,"
        " email, phone, role, state, created) VALUES (1, 'a', 'x', 'A', 'B',"
        " '', '', '', 7, 1, 1)");
    pt_id_new(form);
    sent.form = form;
    j.created = NOW;
    (void)snprintf(j.scope, sizeof(j.scope), "log");
    for (int i = 0; i < 2; i++) { /* sent twice it is the same */
        assert_int_equal(
            pt_store_audit_job_add(store, &j, &sent, &work, NULL, &was), MH_OK);
        if (i == 0)
            memcpy(first, j.id, sizeof(first));
        assert_string_equal(j.id, first);
    }
    assert_int_equal(pt_store_audit_job_list(store, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2); /* one for each log */
    /* Only what is of this node's log is this node's to do. */
    assert_int_equal(
        pt_store_audit_job_due(store, NOW, NOW + 60, NULL, &j), MH_OK);
    assert_string_equal(j.id, first);
    assert_true(j.log == self);
    assert_int_equal(
        pt_store_audit_job_due(store, NOW, NOW + 60, NULL, &j), MH_OK);
    assert_string_equal(j.id, "");
    /* What is of none is anybody's. */
    t_behind_do(&db, "UPDATE audit_job SET log = NULL");
    assert_int_equal(
        pt_store_audit_job_due(store, NOW, NOW + 60, NULL, &j), MH_OK);
    assert_true(j.id[0] != '\0' && j.log == -1);
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
        cmocka_unit_test(test_logs),
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
