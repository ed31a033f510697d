/* portal/store/applications: steps, versions, states and their ends. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest/digest.h"
#include "portal/http/id.h"
#include "portal/store/applications.h"
#include "tests/folder.h"

enum {
    NOW = 1700000000,
};

struct fixture {
    char dir[64], where[96], form[27];
    struct pt_store *store;
    struct mh_arena *arena;
    int64_t owner, other, court;
    uint8_t digest[PT_HASH];
};

static int64_t
add_account(struct pt_store *store, const char *name)
{
    struct pt_account a = {.role = PT_ROLE_CITIZEN, .state = PT_ACCOUNT_ACTIVE};

    (void)snprintf(a.username, sizeof(a.username), "%s", name);
    (void)snprintf(a.name, sizeof(a.name), "Ad");
    (void)snprintf(a.surname, sizeof(a.surname), "Soyad");
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    return a.id;
}

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/mohur-apps-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->where, sizeof(f->where), "sqlite:%s", f->dir);
    f->arena = mh_arena_new(64 << 20);
    assert_non_null(f->arena);
    assert_int_equal(pt_store_open(f->where, NOW, NULL, &f->store), MH_OK);
    assert_int_equal(pt_store_start(f->store, NULL), MH_OK);
    f->owner = add_account(f->store, "owner");
    f->other = add_account(f->store, "other");
    assert_int_equal(
        pt_store_court_put(f->store, "113", "Kommersiya", NULL, &f->court),
        MH_OK);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    pt_store_close(f->store);
    assert_int_equal(t_remove_all(f->dir), 0);
    mh_arena_free(f->arena);
    free(f);
    return 0;
}

/* A change by the owner with a form of its own. */
static struct pt_application_by
by(struct fixture *f, const char *id, int64_t version)
{
    pt_id_new(f->form);
    return (struct pt_application_by){.id = id,
        .account = f->owner,
        .version = version,
        .now = NOW,
        .form = f->form,
        .digest = f->digest};
}

static void
begin(struct fixture *f, char id[static 27])
{
    struct pt_application_by who = by(f, "", 0);
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_new(f->store, &who, NULL, id, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
}

static struct pt_application
get(struct fixture *f, const char *id)
{
    struct pt_application a;

    assert_int_equal(
        pt_store_application_get(f->store, id, f->arena, NULL, &a), MH_OK);
    return a;
}

static enum pt_application_done
set_court(struct fixture *f, const struct pt_application_by *who)
{
    struct pt_application a = {.court = f->court,
        .kind = "claim",
        .claim = "valued",
        .price = 12345,
        .body = "",
        .claims = ""};
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_set_court(f->store, who, &a, NULL, &done), MH_OK);
    return done;
}

static void
test_versions(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application a;
    char id[27];

    begin(f, id);
    who = by(f, id, 1);
    assert_int_equal(set_court(f, &who), PT_APPLICATION_DONE);
    assert_int_equal(set_court(f, &who), PT_APPLICATION_DONE); /* once */
    a = get(f, id);
    assert_int_equal(a.version, 2);
    assert_int_equal(a.price, 12345);
    assert_string_equal(a.court_code, "113");
    who = by(f, id, 1);
    assert_int_equal(set_court(f, &who), PT_APPLICATION_STALE);
    who = by(f, id, 2);
    who.account = f->other;
    assert_int_equal(set_court(f, &who), PT_APPLICATION_NONE);
    assert_int_equal(get(f, id).version, 2);
}

static void
test_parties(void **state)
{
    struct fixture *f = *state;
    struct pt_application_parties list;
    struct pt_application_party p = {.side = PT_CASE_CLAIMANT};
    enum pt_application_done done;
    char id[27];

    begin(f, id);
    for (int64_t i = 0; i <= PT_APPLICATION_PARTIES; i++) {
        struct pt_application_by who = by(f, id, i + 1);

        (void)snprintf(p.name, sizeof(p.name), "%lld", (long long)i);
        assert_int_equal(
            pt_store_application_add_party(f->store, &who, &p, NULL, &done),
            MH_OK);
        assert_int_equal(done, i < PT_APPLICATION_PARTIES
                                   ? PT_APPLICATION_DONE
                                   : PT_APPLICATION_FULL);
    }
    assert_int_equal(
        pt_store_application_parties(f->store, id, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, PT_APPLICATION_PARTIES);
}

static void
test_ends(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    enum pt_application_done done;
    char id[27], old[27];

    begin(f, id);
    who = by(f, id, 1);
    assert_int_equal(
        pt_store_application_withdraw(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_ILLEGAL);
    who = by(f, id, 1);
    assert_int_equal(
        pt_store_application_reopen(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_ILLEGAL);
    who = by(f, id, 1);
    assert_int_equal(
        pt_store_application_discard(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_string_equal(get(f, id).id, "");
    begin(f, old);
    assert_int_equal(pt_store_application_expire(
                         f->store, NOW + PT_APPLICATION_KEEP - 1, NULL),
        MH_OK);
    assert_string_equal(get(f, old).id, old);
    assert_int_equal(
        pt_store_application_expire(f->store, NOW + PT_APPLICATION_KEEP, NULL),
        MH_OK);
    assert_string_equal(get(f, old).id, "");
}

static void
test_transitions(void **state)
{
    static const char *const legal[] = {"1>2", "1>10", "2>3", "3>4", "3>1",
        "4>5", "4>9", "5>6", "5>7", "5>8", "6>11", "7>11", "8>11", "9>11"};
    size_t found = 0;

    (void)state;
    for (unsigned from = 0; from <= PT_APPLICATION_ARCHIVED; from++)
        for (unsigned to = 0; to <= PT_APPLICATION_ARCHIVED; to++) {
            bool want = false;
            char name[16];

            (void)snprintf(name, sizeof(name), "%u>%u", from, to);
            for (size_t i = 0; i < T_COUNT(legal); i++)
                want = want || strcmp(legal[i], name) == 0;
            found += want;
            if (pt_application_may_follow((enum pt_application_state)from,
                    (enum pt_application_state)to) != want)
                fail_msg("%s", name);
        }
    assert_int_equal(found, T_COUNT(legal));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parties, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
        cmocka_unit_test(test_transitions),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
