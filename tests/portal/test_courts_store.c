/* portal/store/courtinfo and changecourt: what two operators say of a court,
   and what comes of it. */
#include "tests/portal/proposals.h"

#include "portal/store/acts.h"
#include "portal/store/courtinfo.h"
#include "portal/store/register.h"

#define COURT                                                                  \
    "name=B\nconnected=no\nclosed=yes\ntypes=2,2-1\nplace=masalli\n"           \
    "address=C\nphone=\nemail=a@b\ndays=60\n"

static void
test_court(void **state)
{
    struct pt_proposed_done p =
        propose(op[0], PT_PROPOSE_COURT, "court:105", COURT, NOW);
    struct pt_court_info c;
    enum pt_found found;

    (void)state;
    assert_int_equal(p.what, PT_PROPOSED);
    assert_int_equal(
        pt_store_court_info(store, "105", NULL, &c, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    assert_int_equal(
        pt_store_court_info(store, "105", NULL, &c, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_string_equal(c.court.name, "B");
    assert_false(c.connected);
    assert_true(c.closed);
    assert_string_equal(c.types, "2,2-1");
    assert_string_equal(c.place, "masalli");
    assert_int_equal(c.act_days, 60);
    assert_int_equal(
        pt_store_court_info(store, "103", NULL, &c, &found), MH_OK);
    assert_true(c.connected);
    assert_false(c.closed);
    assert_int_equal(c.act_days, PT_ACT_DAYS);
    assert_int_equal(
        propose(op[0], PT_PROPOSE_COURT, "court:../x", COURT, NOW).what,
        PT_PROPOSED_ABSENT);
    p = propose(op[0], PT_PROPOSE_COURT, "court:106", COURT, NOW);
    assert_string_equal(p.rule, "court-name-taken");
    p = propose(op[0], PT_PROPOSE_COURT, "court:106",
        "name=D\nconnected=yes\nclosed=no\ntypes=\nplace=atlantis\naddress=\n"
        "phone=\nemail=\ndays=3\n",
        NOW);
    assert_int_equal(p.what, PT_PROPOSED_RULE);
    assert_string_equal(p.rule, "court-place");
}

/* Where a court is said to be; what else is known of it stays. */
static void
test_place(void **state)
{
    struct pt_court_info c;
    enum pt_found found;
    int64_t id = 0;

    (void)state;
    assert_int_equal(pt_store_court_put(store, "107", "G", NULL, &id), MH_OK);
    assert_int_equal(pt_store_court_place(store, id, "seki", NULL), MH_OK);
    assert_int_equal(
        pt_store_court_info(store, "107", NULL, &c, &found), MH_OK);
    assert_string_equal(c.place, "seki");
    assert_true(c.connected);
    assert_false(c.closed);
    assert_int_equal(pt_store_court_find(store, "105", NULL, &id), MH_OK);
    assert_int_equal(pt_store_court_place(store, id, "", NULL), MH_OK);
    assert_int_equal(
        pt_store_court_info(store, "105", NULL, &c, &found), MH_OK);
    assert_string_equal(c.place, "");
    assert_false(c.connected);
    assert_string_equal(c.types, "2,2-1");
}

static enum mh_code
with_it(struct pt_store *s, void *ctx, const char *case_id, struct mh_err *err,
    bool *good)
{
    (void)s;
    (void)ctx;
    (void)case_id;
    (void)err;
    *good = true;
    return MH_OK;
}

static enum pt_registered
registered(int64_t clerk, const char *type, bool filed)
{
    struct pt_register_party party = {.p = {.side = PT_CASE_CLAIMANT}};
    char form[27];
    struct pt_register r = {.clerk = clerk,
        .court = court,
        .series = pt_series_find(type),
        .proceeding = "claim",
        .subject = "x",
        .party = &party,
        .parties = 1,
        .now = NOW,
        .form = form,
        .with = filed ? with_it : NULL};
    struct pt_register_done done;

    (void)snprintf(party.p.name, sizeof(party.p.name), "Ad");
    pt_id_new(form);
    assert_int_equal(pt_store_case_register(store, &r, NULL, &done), MH_OK);
    return done.what;
}

/* A court that is closed, or numbers other cases, registers none of a clerk's;
   what was filed with it is registered all the same. */
static void
test_series(void **state)
{
    int64_t clerk = add_account("clerk", PT_ROLE_CLERK);
    struct pt_proposed_done p;

    (void)state;
    assert_int_equal(pt_store_official_put(store, clerk, court, NULL), MH_OK);
    assert_int_equal(registered(clerk, "2", false), PT_REGISTERED);
    p = propose(op[0], PT_PROPOSE_COURT, "court:103",
        "name=A\nconnected=yes\nclosed=no\ntypes=2-2\nplace=\naddress=\nphone="
        "\n"
        "email=\ndays=3\n",
        NOW);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    assert_int_equal(registered(clerk, "2", false), PT_REGISTERED_SERIES);
    assert_int_equal(registered(clerk, "2-2", false), PT_REGISTERED);
    assert_int_equal(registered(clerk, "2", true), PT_REGISTERED);
    p = propose(op[0], PT_PROPOSE_COURT, "court:103",
        "name=A\nconnected=yes\nclosed=yes\ntypes=\nplace=\naddress=\nphone=\n"
        "email=\ndays=3\n",
        NOW);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    assert_int_equal(registered(clerk, "2-2", false), PT_REGISTERED_SERIES);
    assert_int_equal(registered(clerk, "2-2", true), PT_REGISTERED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_court),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_series),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
