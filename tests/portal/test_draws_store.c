/* portal/store/draws: lists, places, who is drawn, leave, another judge. */
#include "tests/portal/applications.h"

#include "portal/data/policy.h"
#include "portal/data/series.h"
#include "portal/store/draws.h"

/* An application of the court becomes a case; its id. */
static void
registered(struct fixture *f, char id[static 27], char case_id[static 27])
{
    struct pt_register_party party[2] = {
        {.p = {.side = PT_CASE_CLAIMANT, .name = "Bir"}},
        {.p = {.side = PT_CASE_DEFENDANT, .name = "İki"}}};
    struct pt_register what = {.court = f->court,
        .series = pt_series_of(0),
        .proceeding = "",
        .subject = "Borc",
        .party = party,
        .parties = 2};
    const struct pt_application_case c = {&what, NULL};
    struct pt_application_by who;
    enum pt_application_done done;
    struct pt_register_done out;

    to_review(f, PT_DOC_DESK, id);
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(
        pt_store_application_register(f->store, &who, &c, NULL, &out, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    memcpy(case_id, out.id, 27);
}

static void
test_place(void **state)
{
    static const char id[] = "abcdefghijklmnopqrstuvwxyz";
    uint8_t root[PT_HASH] = {1};
    size_t place;

    (void)state;
    assert_int_equal(pt_draw_place(root, id, 1, NULL, &place), MH_OK);
    assert_int_equal(place, 0);
    assert_int_equal(pt_draw_place(root, id, 0, NULL, &place), MH_EINTERNAL);
    assert_int_equal(pt_draw_place(root, "x", 2, NULL, &place), MH_EINTERNAL);
    /* Worked out by other means: SHA-256 of the 58 bytes, modulo 7 and 200. */
    assert_int_equal(pt_draw_place(root, id, 7, NULL, &place), MH_OK);
    assert_int_equal(place, 4);
    assert_int_equal(pt_draw_place(root, id, 200, NULL, &place), MH_OK);
    assert_int_equal(place, 42);
}

static void
test_line(void **state)
{
    char name[258];
    int64_t account;

    (void)state;
    assert_true(pt_draw_line("7\tBir\n8\tİki\n", 1, &account, name));
    assert_int_equal(account, 8);
    assert_string_equal(name, "İki");
    assert_false(pt_draw_line("7\tBir\n", 1, &account, name));
    assert_false(pt_draw_line("", 0, &account, name));
    assert_false(pt_draw_line("7 Bir\n", 0, &account, name));
}

/* What the record of an opening is about. */
static const char *
obj_of(const char *application, int opening, char out[static 64])
{
    if (opening == 1)
        (void)snprintf(out, 64, "application:%.26s", application);
    else
        (void)snprintf(out, 64, "draw:%.26s:%d", application, opening);
    return out;
}

/* A record in the index of this node's log, or of one behind it. */
static void
in_log(
    struct fixture *f, int64_t behind, int n, const char *ev, const char *obj)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql),
        "INSERT INTO audit_index VALUES (%lld, %d, 1, '%s', 'p:1', '%s', 'ok',"
        " NULL)",
        (long long)(pt_store_node(f->store) + behind), n, ev, obj);
    t_do(f, sql);
}

/* As before the records are appended. */
static void
take(struct fixture *f)
{
    assert_int_equal(pt_store_draw_take(f->store, INT64_MAX, NOW, NULL), MH_OK);
}

static void
test_draw(void **state)
{
    struct fixture *f = *state;
    int64_t third = t_official(f, "aaa", PT_ROLE_JUDGE, f->court);
    char id[27], case_id[27], name[258], obj[64];
    int64_t account;
    struct pt_draw d;

    registered(f, id, case_id);
    assert_int_equal(
        pt_store_draw_get(f->store, case_id, f->arena, NULL, &d), MH_OK);
    assert_string_equal(d.application, id);
    assert_int_equal(d.count, 2);
    assert_int_equal(d.record, -1);
    assert_int_equal(d.drawn, MH_TIME_NONE);
    assert_true(pt_draw_line(d.judges, 0, &account, name));
    assert_int_equal(account, third);
    assert_true(pt_draw_line(d.judges, 1, &account, name));
    assert_int_equal(account, f->judge);
    /* Before its record is in the log nothing is due. */
    assert_int_equal(pt_store_draw_due(f->store, f->arena, NULL, &d), MH_OK);
    assert_string_equal(d.case_id, "");
    in_log(f, 0, 7, "draw.opened", obj_of(id, 1, obj));
    assert_int_equal(pt_store_draw_due(f->store, f->arena, NULL, &d), MH_OK);
    assert_string_equal(d.case_id, ""); /* nor before it is somebody's */
    take(f);
    assert_int_equal(pt_store_draw_due(f->store, f->arena, NULL, &d), MH_OK);
    assert_string_equal(d.case_id, case_id);
    assert_true(d.node == pt_store_node(f->store) && d.opening == 1);
    assert_int_equal(d.record, 7);
    d.note = "note";
    d.root[0] = 1;
    assert_int_equal(pt_store_draw_done(f->store, &d, NOW + 9, NULL), MH_OK);
    assert_true(d.judge == third || d.judge == f->judge);
    assert_int_equal(t_number(f, "SELECT judge FROM court_case"), d.judge);
    assert_int_equal(t_number(f, "SELECT status FROM court_case"), 2);
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM outbox WHERE ev = 'draw.done'"), 1);
    /* Once more, with another root, changes nothing. */
    account = d.judge;
    for (uint8_t i = 2; i < 9; i++) {
        d.root[0] = i;
        assert_int_equal(
            pt_store_draw_done(f->store, &d, NOW + 10, NULL), MH_OK);
    }
    assert_int_equal(t_number(f, "SELECT judge FROM court_case"), account);
    assert_int_equal(t_number(f, "SELECT drawn FROM draw"), NOW + 9);
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM outbox WHERE ev = 'draw.done'"), 1);
    t_behind_refused(&f->db, "UPDATE draw SET judge = 1");
    t_behind_refused(&f->db, "UPDATE judge_list SET judges = ''");
}

/* Due to this node: that draw, or "". */
static void
is_due(struct fixture *f, const char *case_id, struct pt_draw *d)
{
    assert_int_equal(pt_store_draw_due(f->store, f->arena, NULL, d), MH_OK);
    assert_string_equal(d->case_id, case_id);
}

static bool
reopened(struct fixture *f, int64_t now)
{
    struct mh_err err = {.msg = ""};
    bool some;

    if (pt_store_draw_reopen(f->store, now, &err, &some) != MH_OK)
        fail_msg("%s", err.msg);
    return some;
}

/* The node whose log has the opening is gone. */
static void
test_reopen(void **state)
{
    struct fixture *f = *state;
    struct pt_draw_openings list;
    char id[27], case_id[27], obj[64];
    struct pt_draw d, before;

    registered(f, id, case_id);
    assert_false(reopened(f, NOW + PT_DRAW_WAITS)); /* nobody has it */
    take(f);
    in_log(f, 0, 7, "draw.opened", obj_of(id, 1, obj));
    is_due(f, case_id, &before);
    assert_false(reopened(f, NOW + PT_DRAW_WAITS)); /* it is this node's */
    t_do(f, "UPDATE draw SET node = node + 1");
    before.node++;
    take(f); /* once somebody's it is not taken */
    is_due(f, "", &d);
    assert_false(reopened(f, NOW + PT_DRAW_WAITS - 1));
    if (pt_store_node(f->store) == 0) {
        assert_false(reopened(f, NOW + PT_DRAW_WAITS)); /* no other log */
        return;
    }
    assert_true(reopened(f, NOW + PT_DRAW_WAITS));
    assert_false(reopened(f, NOW + PT_DRAW_WAITS));
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM outbox WHERE ev = 'draw.reopened'"),
        1);
    assert_int_equal(
        pt_store_draw_openings(f->store, case_id, NULL, &list), MH_OK);
    assert_true(list.count == 1 && list.item[0].n == 1 &&
                list.item[0].node == before.node && list.item[0].taken == NOW &&
                list.item[0].ended == NOW + PT_DRAW_WAITS);
    t_behind_refused(&f->db, "UPDATE draw_opening SET node = 1");
    t_behind_refused(&f->db, "DELETE FROM draw_opening");
    /* The first record in this log opens nothing; nor does the other node's
       draw, whose values may be known, count any more. */
    is_due(f, "", &d);
    before.note = "note";
    assert_int_equal(
        pt_store_draw_done(f->store, &before, NOW + 950, NULL), MH_OK);
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM draw WHERE drawn IS NULL"), 1);
    in_log(f, 1, 8, "draw.reopened", obj_of(id, 2, obj));
    is_due(f, "", &d); /* in another log */
    in_log(f, 0, 9, "draw.reopened", obj_of(id, 2, obj));
    in_log(f, 0, 11, "draw.reopened", obj_of(id, 2, obj)); /* written twice */
    is_due(f, case_id, &d);
    assert_true(d.opening == 2 && d.record == 9 && d.count == 1);
    d.note = "note";
    assert_int_equal(pt_store_draw_done(f->store, &d, NOW + 960, NULL), MH_OK);
    assert_int_equal(t_number(f, "SELECT judge FROM court_case"), f->judge);
    assert_int_equal(t_number(f, "SELECT record FROM draw"), 9);
    assert_false(reopened(f, NOW + 2 * PT_DRAW_WAITS));
    /* As many openings as are listed, and one more. */
    for (int i = 2; i <= PT_DRAW_OPENINGS + 1; i++) {
        char sql[120];

        (void)snprintf(sql, sizeof(sql),
            "INSERT INTO draw_opening VALUES ('%s', %d, 5, 1, 2)", case_id, i);
        t_do(f, sql);
        assert_int_equal(
            pt_store_draw_openings(f->store, case_id, NULL, &list), MH_OK);
        assert_true(list.count ==
                    (size_t)(i > PT_DRAW_OPENINGS ? PT_DRAW_OPENINGS : i));
    }
}

static enum pt_found
leave(struct fixture *f, int64_t president, int64_t judge, int64_t begins,
    int64_t ends)
{
    const struct pt_leave l = {
        .court = f->court, .account = judge, .begins = begins, .ends = ends};
    const struct pt_leave_set set = {&l, president, NOW, ends == 0};
    enum pt_found found;

    assert_int_equal(pt_store_leave_set(f->store, &set, NULL, &found), MH_OK);
    return found;
}

static void
test_leave(void **state)
{
    struct fixture *f = *state;
    int64_t day = pt_policy_day(NOW);
    int64_t president = t_official(f, "head", PT_ROLE_PRESIDENT, f->court);
    int64_t elsewhere = t_official(f, "head2", PT_ROLE_PRESIDENT, f->court2);
    struct pt_leaves list;
    char id[27], case_id[27];
    struct pt_draw d;

    assert_int_equal(
        leave(f, elsewhere, f->judge, day, day + 86400), PT_ABSENT);
    assert_int_equal(leave(f, f->clerk, f->judge, day, day + 86400), PT_ABSENT);
    assert_int_equal(
        leave(f, president, f->judge2, day, day + 86400), PT_ABSENT);
    /* Over today, or from tomorrow on: on the list. */
    assert_int_equal(leave(f, president, f->judge, day - 86400, day), PT_FOUND);
    assert_int_equal(
        leave(f, president, f->judge, day + 86400, day + 172800), PT_FOUND);
    registered(f, id, case_id);
    assert_int_equal(
        pt_store_draw_get(f->store, case_id, f->arena, NULL, &d), MH_OK);
    assert_int_equal(d.count, 1);
    assert_int_equal(
        pt_store_leave_list(f->store, president, day, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(leave(f, president, f->judge, day, day + 86400), PT_FOUND);
    registered(f, id, case_id);
    assert_int_equal(
        pt_store_draw_get(f->store, case_id, f->arena, NULL, &d), MH_OK);
    assert_string_equal(d.case_id, ""); /* nobody is left */
    assert_int_equal(leave(f, president, f->judge, day, 0), PT_FOUND);
    assert_int_equal(leave(f, president, f->judge, day, 0), PT_ABSENT);
}

static enum pt_given
give(struct fixture *f, const char *case_id, int64_t president, int64_t judge,
    const char *form)
{
    const struct pt_giving g = {.case_id = case_id,
        .reason = "Etiraz",
        .form = form,
        .judge = judge,
        .president = president,
        .now = NOW};
    enum pt_given given;

    assert_int_equal(pt_store_case_give(f->store, &g, NULL, &given), MH_OK);
    return given;
}

static void
test_give(void **state)
{
    struct fixture *f = *state;
    int64_t president = t_official(f, "head", PT_ROLE_PRESIDENT, f->court);
    int64_t third = t_official(f, "aaa", PT_ROLE_JUDGE, f->court);
    struct pt_given_list list;
    char id[27], case_id[27], form[27], other[27];

    registered(f, id, case_id);
    pt_id_new(form);
    pt_id_new(other);
    assert_int_equal(give(f, case_id, f->clerk, third, form), PT_GIVEN_NOT);
    assert_int_equal(
        give(f, case_id, president, f->judge2, form), PT_GIVEN_NOT);
    assert_int_equal(give(f, "nowhere", president, third, form), PT_GIVEN_NOT);
    assert_int_equal(give(f, case_id, president, third, form), PT_GIVEN);
    assert_int_equal(give(f, case_id, president, third, form), PT_GIVEN);
    assert_int_equal(give(f, case_id, president, third, other), PT_GIVEN_SAME);
    assert_int_equal(give(f, case_id, president, f->judge, other), PT_GIVEN);
    assert_int_equal(t_number(f, "SELECT judge FROM court_case"), f->judge);
    assert_int_equal(t_number(f, "SELECT count(*) FROM judge_change"), 2);
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM outbox WHERE ev = 'judge.changed'"),
        2);
    /* The judge before is told as well. */
    assert_int_equal(t_number(f, "SELECT count(*) FROM notification n JOIN"
                                 " account a ON a.id = n.recipient"
                                 " WHERE a.username = 'aaa'"),
        2);
    assert_int_equal(
        pt_store_given_list(f->store, case_id, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.item[0].reason, "Etiraz");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_line),
        cmocka_unit_test_setup_teardown(test_draw, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reopen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leave, setup, teardown),
        cmocka_unit_test_setup_teardown(test_give, setup, teardown),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
