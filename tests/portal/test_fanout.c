/* One event that concerns ten thousand people: each is told once, in each way
   they asked for, within ten seconds. */
#include "tests/t.h"

#include <time.h>

#include "portal/store/bulk.h"
#include "portal/store/events.h"
#include "tests/portal/applications.h"

enum {
    PEOPLE = 10000,
    SECONDS = 10,
};

static double
seconds(void)
{
    struct timespec t;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Accounts with an address that is proven, half with a telephone as well, all
   of them in the case. */
static void
make_people(struct fixture *f)
{
    struct pt_account *list = calloc(PEOPLE, sizeof(*list));

    assert_non_null(list);
    for (size_t i = 0; i < PEOPLE; i++) {
        struct pt_account *a = &list[i];

        a->role = PT_ROLE_CITIZEN;
        a->state = PT_ACCOUNT_ACTIVE;
        a->created = NOW;
        (void)snprintf(a->username, sizeof(a->username), "many%zu", i);
        (void)snprintf(a->surname, sizeof(a->surname), "Şahid");
        (void)snprintf(a->name, sizeof(a->name), "Ədil");
    }
    assert_int_equal(
        pt_store_bulk_accounts(f->store, list, PEOPLE, NULL), MH_OK);
    free(list);
    t_do(f, "UPDATE account SET email = username || '@example.az',"
            " email_proven = 1, notify_email = 1 WHERE username LIKE 'many%'");
    t_do(f, "UPDATE account SET phone = '+994501234567', notify_sms = 1"
            " WHERE username LIKE 'many%' AND id % 2 = 0");
    t_do(f, "INSERT INTO court_case (id, number, court, filed, type,"
            " proceeding, status) SELECT 'abcdefghijklmnopqrstuvwxyz',"
            " '2-2(113)-1/2026', min(id), 1, '2-2', 'claim', 3 FROM court");
    t_do(f, "INSERT INTO participant (case_id, account, role, filed)"
            " SELECT 'abcdefghijklmnopqrstuvwxyz', id, 3, 1 FROM account"
            " WHERE username LIKE 'many%'");
}

static void
test_all_are_told(void **state)
{
    struct fixture *f = *state;
    const struct pt_event_new event = {.case_id = "abcdefghijklmnopqrstuvwxyz",
        .kind = "status",
        .actor = f->clerk,
        .at = NOW,
        .data = "4"};
    double began;

    make_people(f);
    began = seconds();
    assert_int_equal(pt_store_event_add(f->store, &event, NULL), MH_OK);
    began = seconds() - began;
    print_message("%d people: %.2f s\n", PEOPLE, began);
    assert_true(began <= SECONDS);
    assert_int_equal(t_number(f, "SELECT count(*) FROM notification"), PEOPLE);
    assert_int_equal(
        t_number(f, "SELECT count(DISTINCT recipient) FROM notification"),
        PEOPLE);
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM delivery WHERE channel = 1"), PEOPLE);
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM delivery WHERE channel = 2"),
        PEOPLE / 2);
    assert_int_equal(
        t_number(f, "SELECT count(DISTINCT account) FROM delivery"), PEOPLE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_are_told, setup, teardown),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
