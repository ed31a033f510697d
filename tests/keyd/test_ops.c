#include "tests/t.h"

#include "hsm/keyd/ops.h"

#include <string.h>

static const uint8_t document[32] = {1}, other[32] = {2}, digest[32] = {3};
static const uint8_t id[MH_OP_ID] = {4}, id2[MH_OP_ID] = {5};

#define ID  ((struct mh_span){id, sizeof(id)})
#define ID2 ((struct mh_span){id2, sizeof(id2)})

static const struct hsm_op_limits limits[] = {
    {.key = "seal", .purpose = MH_KEY_SEAL, .per_minute = 2, .per_day = 3},
    {.key = "judge",
        .purpose = MH_KEY_JUDGE,
        .requester = "p:",
        .queue_max = 1,
        .digests = true},
    {.key = "log", .purpose = MH_KEY_LOG},
};

static struct mh_keyd_bond
seal(void)
{
    return (struct mh_keyd_bond){.requester = "client:a",
        .purpose = MH_KEY_SEAL,
        .key = "seal",
        .document = {document, sizeof(document)}};
}

static struct mh_keyd_bond
judge(void)
{
    return (struct mh_keyd_bond){.requester = "p:1",
        .purpose = MH_KEY_JUDGE,
        .key = "judge",
        .document = {document, sizeof(document)},
        .digest = {digest, sizeof(digest)}};
}

/* Every state and every event: what is not in this list is refused. */
static void
test_every_move(void **state)
{
    static const struct {
        enum hsm_op_state from;
        enum hsm_op_event event;
        enum hsm_op_state to;
    } moves[] = {
        {HSM_OP_NONE, HSM_OP_TICKET, HSM_OP_TICKETED},
        {HSM_OP_TICKETED, HSM_OP_PREPARE, HSM_OP_PREPARED},
        {HSM_OP_TICKETED, HSM_OP_FAIL, HSM_OP_FAILED},
        {HSM_OP_TICKETED, HSM_OP_REFUSE, HSM_OP_REFUSED},
        {HSM_OP_TICKETED, HSM_OP_EXPIRE, HSM_OP_EXPIRED},
        {HSM_OP_PREPARED, HSM_OP_APPROVE, HSM_OP_APPROVED},
        {HSM_OP_PREPARED, HSM_OP_FAIL, HSM_OP_FAILED},
        {HSM_OP_PREPARED, HSM_OP_REFUSE, HSM_OP_REFUSED},
        {HSM_OP_PREPARED, HSM_OP_EXPIRE, HSM_OP_EXPIRED},
        {HSM_OP_APPROVED, HSM_OP_SIGN, HSM_OP_SIGNING},
        {HSM_OP_APPROVED, HSM_OP_FAIL, HSM_OP_FAILED},
        {HSM_OP_APPROVED, HSM_OP_REFUSE, HSM_OP_REFUSED},
        {HSM_OP_APPROVED, HSM_OP_EXPIRE, HSM_OP_EXPIRED},
        {HSM_OP_SIGNING, HSM_OP_DONE, HSM_OP_SIGNED},
        {HSM_OP_SIGNING, HSM_OP_FAIL, HSM_OP_FAILED},
        {HSM_OP_SIGNED, HSM_OP_RELEASE, HSM_OP_RELEASED},
        {HSM_OP_SIGNED, HSM_OP_FAIL, HSM_OP_FAILED},
    };

    (void)state;
    for (unsigned s = 0; s < HSM_OP_STATES + 2; s++)
        for (unsigned e = 0; e < HSM_OP_EVENTS + 2; e++) {
            enum hsm_op_state want = HSM_OP_NONE;

            for (size_t i = 0; i < T_COUNT(moves); i++)
                if (moves[i].from == s && moves[i].event == e)
                    want = moves[i].to;
            T_CHECK(hsm_op_state_name((enum hsm_op_state)s),
                hsm_op_next((enum hsm_op_state)s, (enum hsm_op_event)e) ==
                    want);
        }
    for (unsigned s = 0; s < HSM_OP_STATES; s++)
        assert_int_equal(
            hsm_op_ended((enum hsm_op_state)s), s >= HSM_OP_RELEASED);
}

static void
test_ticket(void **state)
{
    struct hsm_ops *ops = hsm_ops_new(limits, T_COUNT(limits));
    struct mh_keyd_bond b;
    struct hsm_op *op;

    (void)state;
    assert_non_null(ops);
    b = seal();
    b.key = "none";
    assert_int_equal(hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_KEY);
    b.key = "log"; /* for nothing but checkpoints */
    b.purpose = MH_KEY_LOG;
    assert_int_equal(
        hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_PURPOSE);
    b = seal();
    b.purpose = MH_KEY_JUDGE;
    assert_int_equal(
        hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_PURPOSE);
    b = seal();
    b.digest = (struct mh_span){digest, sizeof(digest)};
    assert_int_equal(
        hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_PURPOSE);
    b = judge();
    b.requester = "client:a";
    assert_int_equal(
        hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_REQUESTER);
    b = judge();
    b.document.len = 31;
    assert_int_equal(
        hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_DOCUMENT);
    assert_null(hsm_ops_find(ops, ID));
    b = judge();
    assert_int_equal(hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_NOT);
    assert_ptr_equal(hsm_ops_find(ops, ID), op);
    assert_null(hsm_ops_find(ops, (struct mh_span){id, 15}));
    hsm_ops_free(ops);
}

/* One thing other than agreed: refused, and the ticket is worth nothing. */
static void
test_bond(void **state)
{
    static const struct {
        const char *name;
        enum mh_refusal why;
    } rows[] = {
        {"requester", MH_REFUSED_REQUESTER},
        {"purpose", MH_REFUSED_PURPOSE},
        {"key", MH_REFUSED_KEY},
        {"document", MH_REFUSED_DOCUMENT},
        {"digest", MH_REFUSED_DIGEST},
        {"no digest", MH_REFUSED_DIGEST},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct hsm_ops *ops = hsm_ops_new(limits, T_COUNT(limits));
        struct mh_keyd_bond b = judge(), tried = judge();
        struct hsm_op *op;

        if (i == 0)
            tried.requester = "p:2";
        if (i == 1)
            tried.purpose = MH_KEY_SEAL;
        if (i == 2)
            tried.key = "seal";
        if (i == 3)
            tried.document.ptr = other;
        if (i == 4)
            tried.digest.ptr = other;
        if (i == 5)
            tried.digest.len = 0;
        assert_int_equal(
            hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_NOT);
        T_CHECK(rows[i].name, hsm_ops_use(ops, ID, &tried, HSM_OP_PREPARE, 1,
                                  NULL) == rows[i].why);
        T_CHECK(rows[i].name, op->state == HSM_OP_REFUSED);
        T_CHECK(rows[i].name, hsm_ops_use(ops, ID, &b, HSM_OP_PREPARE, 1,
                                  NULL) == MH_REFUSED_STATE);
        hsm_ops_free(ops);
    }
}

static void
test_time(void **state)
{
    struct hsm_ops *ops = hsm_ops_new(limits, T_COUNT(limits));
    struct mh_keyd_bond b = judge();
    struct hsm_op *op;

    (void)state;
    assert_int_equal(hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_NOT);
    assert_int_equal(
        hsm_ops_use(ops, ID, &b, HSM_OP_PREPARE, 9, NULL), MH_REFUSED_NOT);
    assert_int_equal(
        hsm_ops_use(ops, ID, &b, HSM_OP_PREPARE, 10, NULL), MH_REFUSED_EXPIRED);
    assert_int_equal(op->state, HSM_OP_EXPIRED);
    assert_int_equal(
        hsm_ops_use(ops, ID, &b, HSM_OP_PREPARE, 1, NULL), MH_REFUSED_EXPIRED);
    hsm_ops_expire(ops, 10 + HSM_OP_REMEMBERED - 1, NULL, NULL);
    assert_non_null(hsm_ops_find(ops, ID));
    hsm_ops_expire(ops, 10 + HSM_OP_REMEMBERED, NULL, NULL);
    assert_null(hsm_ops_find(ops, ID));
    assert_int_equal(
        hsm_ops_use(ops, ID, &b, HSM_OP_PREPARE, 1, NULL), MH_REFUSED_UNKNOWN);
    hsm_ops_free(ops);
}

static enum mh_refusal
use_once(struct hsm_ops *ops, int64_t now)
{
    struct mh_keyd_bond b = seal();
    enum mh_refusal why;
    struct hsm_op *op;

    assert_int_equal(hsm_ops_ticket(ops, &b, id, now, 10, &op), MH_REFUSED_NOT);
    assert_int_equal(
        hsm_ops_move(ops, op, HSM_OP_PREPARE, now), MH_REFUSED_NOT);
    assert_int_equal(
        hsm_ops_move(ops, op, HSM_OP_APPROVE, now), MH_REFUSED_NOT);
    why = hsm_ops_move(ops, op, HSM_OP_SIGN, now);
    op->state = HSM_OP_NONE; /* its place is free again */
    return why;
}

static void
test_rates(void **state)
{
    struct hsm_ops *ops = hsm_ops_new(limits, T_COUNT(limits));

    (void)state;
    assert_int_equal(use_once(ops, 1000), MH_REFUSED_NOT);
    assert_int_equal(use_once(ops, 2000), MH_REFUSED_NOT);
    assert_int_equal(use_once(ops, 3000), MH_REFUSED_MINUTE);
    assert_int_equal(use_once(ops, 60999), MH_REFUSED_MINUTE);
    assert_int_equal(use_once(ops, 61000), MH_REFUSED_NOT); /* one is old */
    assert_int_equal(use_once(ops, 200000), MH_REFUSED_DAY);
    assert_int_equal(use_once(ops, 86400999), MH_REFUSED_DAY);
    assert_int_equal(use_once(ops, 86401000), MH_REFUSED_NOT);
    hsm_ops_free(ops);
}

static void
test_queue_limit(void **state)
{
    struct hsm_ops *ops = hsm_ops_new(limits, T_COUNT(limits));
    struct mh_keyd_bond b = judge();
    struct hsm_op *one, *two;

    (void)state;
    assert_int_equal(hsm_ops_ticket(ops, &b, id, 0, 10, &one), MH_REFUSED_NOT);
    assert_int_equal(hsm_ops_ticket(ops, &b, id2, 0, 10, &two), MH_REFUSED_NOT);
    assert_int_equal(hsm_ops_move(ops, one, HSM_OP_PREPARE, 0), MH_REFUSED_NOT);
    assert_int_equal(
        hsm_ops_move(ops, two, HSM_OP_PREPARE, 0), MH_REFUSED_FULL);
    assert_int_equal(two->state, HSM_OP_TICKETED);
    assert_int_equal(hsm_ops_move(ops, one, HSM_OP_APPROVE, 0), MH_REFUSED_NOT);
    assert_int_equal(hsm_ops_move(ops, two, HSM_OP_PREPARE, 0), MH_REFUSED_NOT);
    assert_int_equal(
        hsm_ops_count(ops, "judge", HSM_OP_PREPARED, HSM_OP_APPROVED), 2);
    hsm_ops_free(ops);
}

/* A full table takes the place of what has ended, never of what has not. */
static void
test_full(void **state)
{
    struct hsm_ops *ops = hsm_ops_new(limits, T_COUNT(limits));
    struct mh_keyd_bond b = seal();
    uint8_t name[MH_OP_ID] = {0};
    struct hsm_op *op = NULL, *first = NULL;

    (void)state;
    for (unsigned i = 0; i < HSM_OPS_MAX; i++) {
        name[0] = (uint8_t)i;
        name[1] = (uint8_t)(i >> 8);
        name[2] = 1;
        assert_int_equal(
            hsm_ops_ticket(ops, &b, name, 0, 10, &op), MH_REFUSED_NOT);
        if (i == 7)
            first = op;
    }
    assert_int_equal(hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_FULL);
    assert_int_equal(hsm_ops_move(ops, first, HSM_OP_FAIL, 1), MH_REFUSED_NOT);
    assert_int_equal(hsm_ops_ticket(ops, &b, id, 0, 10, &op), MH_REFUSED_NOT);
    assert_ptr_equal(op, first);
    assert_ptr_equal(hsm_ops_find(ops, ID), first);
    hsm_ops_free(ops);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_move),
        cmocka_unit_test(test_ticket),
        cmocka_unit_test(test_bond),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_queue_limit),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
