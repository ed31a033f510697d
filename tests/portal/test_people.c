/* portal/people, portal/store/people: passwords, accounts, sessions. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/people/password.h"
#include "portal/store/people.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/test_people.XXXXXX";
enum {
    NOW = 1000000
};

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

static void
test_refused(void **state)
{
    static const struct {
        const char *name, *password, *user, *word;
    } rows[] = {
        {"good", "dəmir at qapıda gözləyir", "aygun", NULL},
        {"twelve", "kq7-zvm2-pa4", "aygun", NULL},
        {"eleven", "kq7-zvm2-pa", "aygun", "fewer than 12"},
        {"twelve in Cyrillic", "лунакаменьше", "aygun", NULL},
        {"not UTF-8", "kq7-zvm2-pa4\xff", "aygun", "cannot be read"},
        {"common", "Password1234!", "aygun", "easy"},
        {"common twice", "qwertyQWERTY", "aygun", "easy"},
        {"one letter", "aaaaaaaaaaaaaaaa", "aygun", "easy"},
        {"in a row", "abcdefghijklmnop", "aygun", "easy"},
        {"digits in a row", "012345678901", "aygun", "easy"},
        {"the user's name", "aygun-AYGUN-1", "aygun", "easy"},
        {"the name in a long one", "aygun kq7-zvm2-pa4 x", "aygun", NULL},
    };
    char longest[PT_PASSWORD_MAX + 2];

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *why = pt_password_refused(rows[i].password, rows[i].user);

        if ((why == NULL) != (rows[i].word == NULL) ||
            (why != NULL && strstr(why, rows[i].word) == NULL))
            fail_msg("%s: %s", rows[i].name, why == NULL ? "taken" : why);
    }
    for (size_t i = 0; i <= PT_PASSWORD_MAX; i++)
        longest[i] = (char)('!' + i * 7 % 90);
    longest[PT_PASSWORD_MAX] = '\0';
    assert_null(pt_password_refused(longest, "x"));
    longest[PT_PASSWORD_MAX] = 'x';
    longest[PT_PASSWORD_MAX + 1] = '\0';
    assert_non_null(pt_password_refused(longest, "x"));
}

static void
test_hash(void **state)
{
    char one[PT_PASSWORD_HASH], two[PT_PASSWORD_HASH];
    char longest[PT_PASSWORD_MAX + 2];

    (void)state;
    assert_int_equal(pt_password_hash("dəmir at", NULL, one), MH_OK);
    assert_int_equal(pt_password_hash("dəmir at", NULL, two), MH_OK);
    assert_string_not_equal(one, two);
    assert_ptr_equal(strstr(one, "$argon2id$v=19$m=19456,t=2,p=1$"), &one[0]);
    assert_true(pt_password_is("dəmir at", one));
    assert_true(pt_password_is("dəmir at", two));
    assert_false(pt_password_is("dəmir a", one));
    assert_false(pt_password_is("", one));
    assert_false(pt_password_is("dəmir at", NULL));
    assert_false(pt_password_is("", NULL));
    assert_false(pt_password_is("x", "$2b$12$not.one"));
    assert_false(pt_password_old(one));
    assert_true(pt_password_old("$argon2id$v=19$m=4096,t=2,p=1$x$y"));
    /* Nothing is cut: the byte past the longest makes it another one. */
    memset(longest, 'a', sizeof(longest));
    longest[PT_PASSWORD_MAX] = '\0';
    assert_int_equal(pt_password_hash(longest, NULL, one), MH_OK);
    assert_true(pt_password_is(longest, one));
    longest[PT_PASSWORD_MAX] = 'a';
    longest[PT_PASSWORD_MAX + 1] = '\0';
    assert_false(pt_password_is(longest, one));
    assert_int_equal(pt_password_hash(longest, NULL, one), MH_ELIMIT);
}

static int64_t
add(const char *name, const char *fin)
{
    struct pt_account a = {.hash = "hash",
        .name = "Aygün",
        .surname = "Məmmədova",
        .role = PT_ROLE_LAWYER,
        .state = PT_ACCOUNT_ACTIVE,
        .created = NOW};
    int64_t id = 0;

    (void)snprintf(a.username, sizeof(a.username), "%s", name);
    (void)snprintf(a.fin, sizeof(a.fin), "%s", fin);
    assert_int_equal(pt_store_account_add(store, &a, NULL, &id), MH_OK);
    assert_true(id > 0);
    return id;
}

static struct pt_account
find(const char *name)
{
    struct pt_account a;
    enum pt_found found;

    assert_int_equal(
        pt_store_account_find(store, name, NULL, &a, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    return a;
}

static void
test_accounts(void **state)
{
    int64_t id = add("aygun", "5ABCDEF");
    struct pt_account a, twin;
    enum pt_found found;
    int64_t other;

    (void)state;
    (void)add("without-fin", "");
    (void)add("without-fin-2", "");
    a = find("aygun");
    assert_int_equal(a.id, id);
    assert_string_equal(a.surname, "Məmmədova");
    assert_string_equal(a.fin, "5ABCDEF");
    assert_int_equal(a.role, PT_ROLE_LAWYER);
    assert_int_equal(a.fails, 0);
    twin = a;
    assert_int_equal(
        pt_store_account_add(store, &twin, NULL, &other), MH_EFORMAT);
    (void)snprintf(twin.username, sizeof(twin.username), "another");
    assert_int_equal(
        pt_store_account_add(store, &twin, NULL, &other), MH_EFORMAT);
    assert_int_equal(
        pt_store_account_find(store, "AYGUN", NULL, &a, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    assert_int_equal(
        pt_store_account_contact(store, id, "a@b.az", "+994501234567", NULL),
        MH_OK);
    a = find("aygun");
    assert_string_equal(a.email, "a@b.az");
    assert_string_equal(a.phone, "+994501234567");
}

/* Two wrong ones are free; then 1, 2, 4 ... seconds, never more than 60. */
static void
test_tries(void **state)
{
    static const int64_t waits[] = {0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60};
    int64_t id = add("tries", "");

    (void)state;
    for (size_t i = 0; i < T_COUNT(waits); i++) {
        struct pt_account a;

        assert_int_equal(
            pt_store_account_tried(store, id, false, NOW, NULL), MH_OK);
        a = find("tries");
        assert_int_equal(a.fails, i + 1);
        assert_int_equal(a.locked_until, waits[i] == 0 ? 0 : NOW + waits[i]);
    }
    assert_int_equal(pt_store_account_tried(store, id, true, NOW, NULL), MH_OK);
    assert_int_equal(find("tries").fails, 0);
    assert_int_equal(find("tries").locked_until, 0);
}

static void
begin(int64_t account, uint8_t mark, int64_t idle, int64_t until)
{
    struct pt_session s = {.account = account,
        .level = 1,
        .created = NOW + mark,
        .idle_seconds = idle,
        .until = until};

    memset(s.token, mark, sizeof(s.token));
    assert_int_equal(pt_store_session_add(store, &s, NULL), MH_OK);
}

static bool
alive(uint8_t mark, int64_t now, const char *name)
{
    uint8_t token[PT_HASH];
    struct pt_who who;

    memset(token, mark, sizeof(token));
    assert_int_equal(
        pt_store_session_use(store, token, now, NULL, &who), MH_OK);
    if (who.found == PT_FOUND) {
        assert_string_equal(who.account.username, name);
        assert_memory_equal(who.session.token, token, PT_HASH);
        assert_int_equal(who.session.level, 1);
    }
    return who.found == PT_FOUND;
}

static void
test_sessions(void **state)
{
    int64_t id = add("sessions", ""), other = add("other", "");
    struct pt_sessions list;
    uint8_t token[PT_HASH];

    (void)state;
    begin(id, 1, 100, NOW + 250);
    /* A minute later it is seen, so that its idle time begins anew; whatever
       happens it ends at 250. */
    assert_true(alive(1, NOW + 100, "sessions"));
    assert_true(alive(1, NOW + 199, "sessions"));
    assert_true(alive(1, NOW + 249, "sessions"));
    assert_false(alive(1, NOW + 250, "sessions"));
    begin(id, 2, 100, NOW + 9999);
    assert_true(alive(2, NOW + 101, "sessions"));
    assert_false(alive(2, NOW + 201, "sessions"));
    begin(id, 3, 9999, NOW + 9999);
    begin(id, 4, 9999, NOW + 9999);
    begin(other, 5, 9999, NOW + 9999);
    assert_int_equal(
        pt_store_session_list(store, id, NOW + 300, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2); /* 1 and 2 have ended */
    assert_int_equal(list.session[0].token[0], 4);
    /* Nobody ends another's. */
    memset(token, 5, sizeof(token));
    assert_int_equal(pt_store_session_end(store, id, token, NULL), MH_OK);
    assert_true(alive(5, NOW + 300, "other"));
    memset(token, 3, sizeof(token));
    assert_int_equal(pt_store_session_end(store, id, token, NULL), MH_OK);
    assert_false(alive(3, NOW + 300, "sessions"));
    begin(id, 6, 9999, NOW + 9999);
    memset(token, 6, sizeof(token));
    assert_int_equal(pt_store_session_end_all(store, id, token, NULL), MH_OK);
    assert_false(alive(4, NOW + 300, "sessions"));
    assert_true(alive(6, NOW + 300, "sessions"));
    assert_int_equal(pt_store_account_password(store, id, "new", NULL), MH_OK);
    assert_string_equal(find("sessions").hash, "new");
    assert_false(alive(6, NOW + 300, "sessions"));
    begin(id, 7, 9999, NOW + 9999);
    assert_int_equal(
        pt_store_account_state(store, id, PT_ACCOUNT_SUSPENDED, NULL), MH_OK);
    assert_int_equal(
        pt_store_account_state(store, id, PT_ACCOUNT_ACTIVE, NULL), MH_OK);
    assert_false(alive(7, NOW + 300, "sessions"));
    assert_true(alive(5, NOW + 300, "other"));
}

static void
test_roles(void **state)
{
    enum pt_role role;

    (void)state;
    for (int i = PT_ROLE_CITIZEN; i < PT_ROLES; i++) {
        assert_true(pt_role_of(pt_role_name((enum pt_role)i), &role));
        assert_int_equal(role, i);
        assert_int_equal(pt_role_official((enum pt_role)i), i >= PT_ROLE_JUDGE);
    }
    assert_false(pt_role_of("", &role));
    assert_false(pt_role_of("root", &role));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_tries),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_roles),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
