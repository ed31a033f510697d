/* portal/store/look: why a judge reads another judge's case, and for how long;
   who looked, and why. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/look.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

enum {
    NOW = 1700000000,
};

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/test_look.XXXXXX";
static int64_t court, other_court;
static struct pt_account judge, other, far;
static struct pt_case c;

static void
add_account(struct pt_account *a, const char *name, int64_t of)
{
    *a = (struct pt_account){.role = PT_ROLE_JUDGE, .state = PT_ACCOUNT_ACTIVE};
    (void)snprintf(a->username, sizeof(a->username), "%s", name);
    (void)snprintf(a->name, sizeof(a->name), "Ad");
    (void)snprintf(a->surname, sizeof(a->surname), "Soyad");
    assert_int_equal(pt_store_account_add(store, a, NULL, &a->id), MH_OK);
    assert_int_equal(pt_store_official_put(store, a->id, of, NULL), MH_OK);
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
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "103", "A", NULL, &court), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "104", "B", NULL, &other_court), MH_OK);
    add_account(&judge, "judge", court);
    add_account(&other, "other", court);
    add_account(&far, "far", other_court);
    c = (struct pt_case){.filed = NOW,
        .status = PT_CASE_IN_PROCEEDINGS,
        .number = "2-2(103)-1/2021",
        .type = "2-2"};
    assert_int_equal(
        pt_store_case_add(store, &c, court, judge.id, NULL), MH_OK);
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

static struct pt_look_done
look(const struct pt_account *who, const char *reason, const char *form,
    int64_t now)
{
    const struct pt_look l = {c.number, who->id, reason, form, now};
    struct pt_look_done done;

    assert_int_equal(pt_store_look_add(store, &l, NULL, &done), MH_OK);
    return done;
}

static bool
holds(const struct pt_account *who, int64_t now)
{
    bool out;

    assert_int_equal(
        pt_store_look_holds(store, c.id, who->id, now, NULL, &out), MH_OK);
    return out;
}

static size_t
records(void)
{
    struct pt_records list;

    assert_int_equal(pt_store_record_list(store, arena, NULL, &list), MH_OK);
    return list.count;
}

/* Only a judge of the court needs one, and only who needs one gets it. */
static void
test_who(void **state)
{
    struct pt_look_done done;
    const struct pt_look none = {
        "2-2(103)-2/2021", other.id, "why", "aaaaaaaaaaaaaaaaaaaaaaaaaa", NOW};
    struct pt_case seen = {.relation = PT_REL_NONE};
    enum pt_found found;
    char form[27];

    (void)state;
    pt_id_new(form);
    assert_int_equal(pt_store_look_add(store, &none, NULL, &done), MH_OK);
    assert_int_equal(done.what, PT_LOOK_NONE);
    assert_string_equal(done.id, "");
    done = look(&far, "why", form, NOW);
    assert_int_equal(done.what, PT_LOOK_NONE);
    assert_string_equal(done.id, "");
    done = look(&judge, "why", form, NOW);
    assert_int_equal(done.what, PT_LOOK_OWN);
    assert_string_equal(done.id, c.id);
    assert_int_equal(records(), 0);
    assert_int_equal(
        pt_store_case_get(store, c.id, &other, NULL, &seen, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    assert_int_equal(seen.relation, PT_REL_COURT_JUDGE);
    assert_false(holds(&other, NOW));
}

/* For an hour, and not a second longer; a form once. */
static void
test_hour(void **state)
{
    char form[27];

    (void)state;
    pt_id_new(form);
    assert_int_equal(look(&other, "why", form, NOW).what, PT_LOOK_GIVEN);
    assert_int_equal(records(), 1);
    assert_true(holds(&other, NOW));
    assert_true(holds(&other, NOW + PT_LOOK_SECONDS - 1));
    assert_false(holds(&other, NOW + PT_LOOK_SECONDS));
    assert_false(holds(&far, NOW));
    assert_int_equal(
        look(&other, "again", form, NOW + PT_LOOK_SECONDS).what, PT_LOOK_GIVEN);
    assert_false(holds(&other, NOW + PT_LOOK_SECONDS));
    assert_int_equal(records(), 1);
}

static void
test_length(void **state)
{
    char reason[2 * (PT_LOOK_REASON + 1) + 1] = "";
    struct pt_look l = {c.number, other.id, reason,
        "bbbbbbbbbbbbbbbbbbbbbbbbbb", NOW - PT_LOOK_SECONDS};
    struct pt_look_done done;
    size_t before = records();

    (void)state;
    assert_int_equal(pt_store_look_add(store, &l, NULL, &done), MH_EFORMAT);
    for (int i = 0; i <= PT_LOOK_REASON; i++)
        memcpy(reason + 2 * (size_t)i, "\xc9\x99", 3);
    assert_int_equal(pt_store_look_add(store, &l, NULL, &done), MH_EFORMAT);
    assert_int_equal(records(), before);
    reason[2 * (size_t)PT_LOOK_REASON] = '\0';
    assert_int_equal(pt_store_look_add(store, &l, NULL, &done), MH_OK);
    assert_int_equal(done.what, PT_LOOK_GIVEN);
    assert_int_equal(records(), before + 1);
}

/* Who looked, the newest first. */
static struct pt_events
views(void)
{
    struct pt_events list;

    assert_int_equal(
        pt_store_event_list(store, c.id, true, arena, NULL, &list), MH_OK);
    return list;
}

/* A view has the reason that holds; another one is another view. */
static void
test_views(void **state)
{
    const int64_t at = NOW + 10 * PT_LOOK_SECONDS;
    struct pt_events list;
    char form[27];

    (void)state;
    pt_id_new(form);
    assert_int_equal(look(&other, "first", form, at).what, PT_LOOK_GIVEN);
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            pt_store_case_viewed(store, c.id, other.id, at + i, NULL), MH_OK);
    list = views();
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].data, "first");
    assert_string_equal(list.item[0].actor, "Ad Soyad");
    pt_id_new(form);
    assert_int_equal(look(&other, "second", form, at + 5).what, PT_LOOK_GIVEN);
    assert_int_equal(
        pt_store_case_viewed(store, c.id, other.id, at + 6, NULL), MH_OK);
    list = views();
    assert_int_equal(list.count, 2);
    assert_string_equal(list.item[0].data, "second");
    /* The judge of the case has none. */
    assert_int_equal(
        pt_store_case_viewed(store, c.id, judge.id, at + 7, NULL), MH_OK);
    list = views();
    assert_int_equal(list.count, 3);
    assert_string_equal(list.item[0].data, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who),
        cmocka_unit_test(test_hour),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_views),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
