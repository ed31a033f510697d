/* portal/store/complaints: service, sides of the parties, the draft, and cases
   that belong together. */
#include "tests/t.h"

#include <string.h>

#include "portal/store/complaints.h"
#include "portal/store/joins.h"
#include "tests/portal/acts.h"

static const uint8_t digest[PT_HASH];

/* A published act of the case whose parties are two and a third. */
static struct pt_act
published(struct fixture *f)
{
    static const struct pt_party parties[] = {{PT_CASE_CLAIMANT, "Bir"},
        {PT_CASE_DEFENDANT, "İki"}, {PT_CASE_THIRD, "Üç"}};

    for (size_t i = 0; i < T_COUNT(parties); i++)
        assert_int_equal(
            pt_store_party_put(f->store, f->c.id, &parties[i], NULL), MH_OK);
    return at_state(f, fresh(), PT_ACT_PUBLISHED, NOW + 100);
}

static void
test_served(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = published(f);
    const struct pt_act_opened first = {a.document, f->party, NOW + 5 * DAY, 1};
    int64_t served;

    assert_int_equal(
        pt_store_complaint_served(f->store, &a, f->party, true, NULL, &served),
        MH_OK);
    assert_int_equal(served, a.published);
    assert_int_equal(
        pt_store_act_opened(f->store, &first, &record, NULL), MH_OK);
    assert_int_equal(
        pt_store_complaint_served(f->store, &a, f->party, true, NULL, &served),
        MH_OK);
    assert_int_equal(served, NOW + 5 * DAY);
    /* Another's reading is nobody else's; nor where reading does not count. */
    assert_int_equal(
        pt_store_complaint_served(f->store, &a, f->clerk, true, NULL, &served),
        MH_OK);
    assert_int_equal(served, a.published);
    assert_int_equal(
        pt_store_complaint_served(f->store, &a, f->party, false, NULL, &served),
        MH_OK);
    assert_int_equal(served, a.published);
}

/* Role of who complains; where Bir, İki and Üç stand then. */
static const struct {
    enum pt_case_role role;
    enum pt_case_role side[3];
} turns[] = {
    {PT_CASE_CLAIMANT, {PT_CASE_CLAIMANT, PT_CASE_DEFENDANT, PT_CASE_THIRD}},
    {PT_CASE_CLAIMANTS_LAWYER,
        {PT_CASE_CLAIMANT, PT_CASE_DEFENDANT, PT_CASE_THIRD}},
    {PT_CASE_DEFENDANT, {PT_CASE_DEFENDANT, PT_CASE_CLAIMANT, PT_CASE_THIRD}},
    {PT_CASE_DEFENDANTS_LAWYER,
        {PT_CASE_DEFENDANT, PT_CASE_CLAIMANT, PT_CASE_THIRD}},
    {PT_CASE_THIRD, {PT_CASE_DEFENDANT, PT_CASE_DEFENDANT, PT_CASE_THIRD}},
};

static void
test_parties(void **state)
{
    static const char *const names[] = {"Bir", "İki", "Üç"};
    struct fixture *f = *state;
    struct pt_account who = {.id = f->party, .fin = "5TST0A1"};
    struct pt_application_parties list;

    (void)published(f);
    for (size_t i = 0; i < T_COUNT(turns); i++) {
        assert_int_equal(pt_store_participant_put(
                             f->store, f->c.id, f->party, turns[i].role, NULL),
            MH_OK);
        assert_int_equal(pt_store_complaint_parties(
                             f->store, f->c.id, &who, f->arena, NULL, &list),
            MH_OK);
        assert_int_equal(list.count, 3);
        for (size_t n = 0; n < 3; n++) {
            assert_string_equal(list.item[n].name, names[n]);
            assert_int_equal(list.item[n].side, turns[i].side[n]);
            assert_string_not_equal(list.item[n].why, "");
        }
    }
}

/* Who joined as a party that the case has no FIN of is that party; who left
   it is not. */
static void
test_joined(void **state)
{
    static const uint8_t hash[PT_HASH] = {1};
    struct fixture *f = *state;
    struct pt_account who;
    enum pt_found found;
    struct pt_application_parties list;
    struct pt_join_parties joined;
    struct pt_join_make make = {.case_id = f->c.id,
        .clerk = f->clerk,
        .side = PT_CASE_DEFENDANT,
        .party = "İki",
        .hash = hash,
        .form = "aaaaaaaaaaaaaaaaaaaaaaaaaa",
        .digest = digest,
        .now = NOW + 200};
    struct pt_join join = {
        .account = &who, .number = f->c.number, .hash = hash, .now = NOW + 300};
    struct pt_join_end end = {.clerk = f->clerk,
        .case_id = f->c.id,
        .reason = "Səhv",
        .now = NOW + 400};
    enum pt_join_made made;
    struct pt_join_done done;

    (void)published(f);
    assert_int_equal(pt_store_account_get(f->store,
                         add_account(f->store, "stranger", PT_ROLE_CITIZEN),
                         NULL, &who, &found),
        MH_OK);
    (void)snprintf(who.fin, sizeof(who.fin), "5TST0A9");
    assert_int_equal(pt_store_join_make(f->store, &make, NULL, &made), MH_OK);
    assert_int_equal(made, PT_JOIN_MADE);
    assert_int_equal(pt_store_join_code(f->store, &join, NULL, &done), MH_OK);
    assert_int_equal(done.what, PT_JOIN_DONE);
    for (int n = 0; n < 2; n++) {
        assert_int_equal(pt_store_complaint_parties(
                             f->store, f->c.id, &who, f->arena, NULL, &list),
            MH_OK);
        assert_string_equal(list.item[0].ident, "");
        assert_string_equal(list.item[1].name, "İki");
        assert_string_equal(list.item[1].ident, n == 0 ? "5TST0A9" : "");
        assert_int_equal(list.item[1].why[0] == '\0', n == 0);
        assert_int_equal(pt_store_join_parties(f->store, f->c.id, NOW + 400,
                             f->arena, NULL, &joined),
            MH_OK);
        end.joined = joined.item[1].joined;
        assert_int_equal(
            pt_store_join_end(f->store, &end, NULL, &found), MH_OK);
    }
}

static enum pt_application_done
begin(struct fixture *f, const struct pt_act *a, const char *form,
    char id[static 27])
{
    struct pt_account who = {.id = f->party};
    struct pt_application_parties parties;
    const struct pt_application_by by = {.id = "",
        .account = f->party,
        .now = NOW + 200,
        .form = form,
        .digest = digest};
    const struct pt_complaint c = {.act = a,
        .court = "104",
        .kind = "appeal",
        .proceeding = "",
        .category = "appeal-whole",
        .title = "Şikayət",
        .served = NOW + 100,
        .deadline = NOW + 30 * DAY,
        .parties = &parties};
    enum pt_application_done done;

    assert_int_equal(pt_store_complaint_parties(
                         f->store, f->c.id, &who, f->arena, NULL, &parties),
        MH_OK);
    assert_int_equal(
        pt_store_complaint_new(f->store, &by, &c, NULL, id, &done), MH_OK);
    return done;
}

static void
test_new(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = published(f);
    struct pt_application_query q = {
        .account = f->party, .complaints = true, .after = ""};
    struct pt_application_parties parties;
    struct pt_application_files files;
    struct pt_application_list list;
    struct pt_application got;
    char id[27], again[27], form[27];

    pt_id_new(form);
    assert_int_equal(begin(f, &a, form, id), PT_APPLICATION_DONE);
    assert_int_equal(begin(f, &a, form, again), PT_APPLICATION_DONE);
    assert_string_equal(id, again);
    assert_int_equal(
        pt_store_application_get(f->store, id, f->arena, NULL, &got), MH_OK);
    assert_string_equal(got.act, a.id);
    assert_string_equal(got.act_title, a.title);
    assert_string_equal(got.act_kind, "judgment");
    assert_string_equal(got.act_number, f->c.number);
    assert_string_equal(got.act_court, "A");
    assert_string_equal(got.act_code, "103");
    assert_string_equal(got.court_code, "104");
    assert_string_equal(got.kind, "appeal");
    assert_string_equal(got.claim, "");
    assert_string_equal(got.late, "");
    assert_int_equal(got.served, NOW + 100);
    assert_int_equal(got.deadline, NOW + 30 * DAY);
    assert_int_equal(
        pt_store_application_parties(f->store, id, f->arena, NULL, &parties),
        MH_OK);
    assert_int_equal(parties.count, 3);
    assert_int_equal(
        pt_store_application_files(f->store, id, f->arena, NULL, &files),
        MH_OK);
    assert_int_equal(files.count, 1);
    assert_string_equal(files.item[0].kind, "act");
    assert_memory_equal(files.item[0].sha256, a.signed_sha256, PT_HASH);
    /* One list has it, the other has not. */
    assert_int_equal(
        pt_store_application_list(f->store, &q, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].against, f->c.number);
    assert_int_equal(list.item[0].deadline, NOW + 30 * DAY);
    q.complaints = false;
    assert_int_equal(
        pt_store_application_list(f->store, &q, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
}

/* As many drafts as there may be of an account. */
static void
test_full(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = published(f);
    char id[27], form[27];

    for (int i = 0; i < PT_APPLICATIONS_EACH; i++) {
        pt_id_new(form);
        assert_int_equal(begin(f, &a, form, id), PT_APPLICATION_DONE);
    }
    pt_id_new(form);
    assert_int_equal(begin(f, &a, form, id), PT_APPLICATION_FULL);
}

static void
test_related(void **state)
{
    struct fixture *f = *state;
    struct pt_related list;

    assert_int_equal(
        pt_store_case_related(f->store, f->c.id, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_served, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parties, setup, teardown),
        cmocka_unit_test_setup_teardown(test_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_related, setup, teardown),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
