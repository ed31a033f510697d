/* portal/store/acts: acts that their judge takes back before the signature. */
#include "tests/t.h"

#include <string.h>

#include "tests/portal/acts.h"

static size_t
notices(struct fixture *f, int64_t account, const char *kind)
{
    struct pt_notice_query q = {.account = account, .after = ""};
    struct pt_notices list;
    size_t n = 0;

    assert_int_equal(
        pt_store_notice_list(f->store, &q, f->arena, NULL, &list), MH_OK);
    for (size_t i = 0; i < list.count; i++)
        n += strcmp(list.item[i].kind, kind) == 0;
    return n;
}

/* Back from signature: another version, by its judge, and not where a signature
   was begun; the author is told, the parties are not. */
static void
withdrawn(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_FOR_SIGNATURE, NOW), b;

    assert_int_equal(withdraw(f, &a, f->clerk), PT_ABSENT);
    assert_int_equal(withdraw(f, &a, f->other_judge), PT_ABSENT);
    assert_int_equal(set_op(f, &a, f->judge, op), PT_FOUND);
    assert_int_equal(withdraw(f, &a, f->judge), PT_ABSENT);
    assert_int_equal(set_op(f, &a, f->judge, NULL), PT_FOUND);
    assert_int_equal(notices(f, f->clerk, "act-withdrawn"), 0);
    assert_int_equal(withdraw(f, &a, f->judge), PT_FOUND);
    assert_int_equal(withdraw(f, &a, f->judge), PT_ABSENT);
    assert_int_equal(notices(f, f->clerk, "act-withdrawn"), 1);
    assert_int_equal(notices(f, f->party, "act-withdrawn"), 0);
    assert_int_equal(notices(f, f->judge, "act-withdrawn"), 0);
    b = get(f, a.id);
    assert_int_equal(b.state, PT_ACT_DRAFT);
    assert_int_equal(b.version, a.version + 1);
    /* What was sent before is sent no second time; no signature comes late. */
    assert_int_equal(send(f, &a, NOW), PT_ABSENT);
    assert_int_equal(set_op(f, &a, f->judge, op), PT_ABSENT);
    assert_int_equal(sign(f, &a, f->judge, op, NOW), PT_ABSENT);
    assert_int_equal(send(f, &b, NOW), PT_FOUND);
}

/* Out of all lists, and nothing changes it any more. */
static void
discarded(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_DRAFT, NOW), old = a;
    const struct pt_account judge = {.id = f->judge, .role = PT_ROLE_JUDGE};
    const struct pt_account clerk = {.id = f->clerk, .role = PT_ROLE_CLERK};
    struct pt_stmt row = {.sql = "UPDATE act SET title = 'x' WHERE id = ?1",
        .arg = {PT_S(a.id)},
        .args = 1};
    struct pt_acts list;

    assert_int_equal(discard(f, &a, f->clerk), PT_ABSENT);
    assert_int_equal(discard(f, &a, f->other_judge), PT_ABSENT);
    old.version--;
    assert_int_equal(discard(f, &old, f->judge), PT_ABSENT);
    assert_int_equal(pt_store_act_overdue(f->store, f->president, a.due + 1,
                         f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(discard(f, &a, f->judge), PT_FOUND);
    assert_int_equal(notices(f, f->clerk, "act-discarded"), 1);
    assert_int_equal(notices(f, f->party, "act-discarded"), 0);
    assert_int_equal(get(f, a.id).state, PT_ACT_DISCARDED);
    assert_int_equal(pt_rows_write(f->store, &row, 1, NULL), MH_EFORMAT);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pt_store_act_waiting(f->store, i ? &judge : &clerk,
                             PT_ACT_DRAFT, f->arena, NULL, &list),
            MH_OK);
        assert_int_equal(list.count, 0);
    }
    assert_int_equal(
        pt_store_act_of_case(f->store, f->c.id, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(pt_store_act_overdue(f->store, f->president, a.due + 1,
                         f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 0);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {ROW(withdrawn), ROW(discarded)};

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
