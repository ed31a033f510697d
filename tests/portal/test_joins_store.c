/* portal/store/joins, mandates, feedback: who comes into a case and who leaves
   it, and that nobody keeps a part that nothing gives. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/http/id.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/feedback.h"
#include "portal/store/joins.h"
#include "portal/store/mandates.h"
#include "portal/store/register.h"
#include "portal/store/rows.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

/* 2100: mandates end by the clock of the machine. */
#define FAR INT64_C(4102444800)
#define NOW (FAR - (int64_t)100 * 86400)

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/test_joins.XXXXXX";
static int64_t court;
static struct pt_account clerk, client, other, lawyer, guest;
static struct pt_case c, d;

static void
add_account(
    struct pt_account *a, const char *name, const char *fin, enum pt_role role)
{
    *a = (struct pt_account){.role = role, .state = PT_ACCOUNT_ACTIVE};
    (void)snprintf(a->username, sizeof(a->username), "%s", name);
    (void)snprintf(a->fin, sizeof(a->fin), "%s", fin);
    (void)snprintf(a->name, sizeof(a->name), "Ad");
    (void)snprintf(a->surname, sizeof(a->surname), "Soyad");
    assert_int_equal(pt_store_account_add(store, a, NULL, &a->id), MH_OK);
}

static void
add_party(const struct pt_case *of, int side, const char *name, const char *fin)
{
    struct pt_party p = {.side = (enum pt_case_role)side};
    struct pt_stmt ident = {
        .sql = "UPDATE party SET ident = ?3 WHERE case_id = ?1 AND name = ?2",
        .arg = {PT_S(of->id), PT_S(name), PT_S(fin)},
        .args = 3};

    (void)snprintf(p.name, sizeof(p.name), "%s", name);
    assert_int_equal(pt_store_party_put(store, of->id, &p, NULL), MH_OK);
    assert_int_equal(pt_rows_write(store, &ident, 1, NULL), MH_OK);
}

static void
add_case(struct pt_case *out, const char *number)
{
    *out = (struct pt_case){
        .filed = NOW, .status = PT_CASE_IN_PROCEEDINGS, .type = "2-2"};
    (void)snprintf(out->number, sizeof(out->number), "%s", number);
    assert_int_equal(pt_store_case_add(store, out, court, 0, NULL), MH_OK);
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
    add_account(&clerk, "clerk", "", PT_ROLE_CLERK);
    add_account(&client, "client", "5AAAAA1", PT_ROLE_CITIZEN);
    add_account(&other, "other", "5AAAAA2", PT_ROLE_CITIZEN);
    add_account(&lawyer, "lawyer", "5AAAAA3", PT_ROLE_LAWYER);
    add_account(&guest, "guest", "5AAAAA4", PT_ROLE_CITIZEN);
    assert_int_equal(
        pt_store_official_put(store, clerk.id, court, NULL), MH_OK);
    add_case(&c, "2-2(103)-1/2026");
    add_case(&d, "2-2(103)-2/2026");
    add_party(&c, PT_CASE_CLAIMANT, "Birinci", "5AAAAA1");
    add_party(&c, PT_CASE_DEFENDANT, "Kod", "");
    add_party(&d, PT_CASE_THIRD, "Birinci", "5AAAAA1");
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

static enum pt_relation
relation(const struct pt_account *a, const struct pt_case *of)
{
    struct pt_case out = {.relation = PT_REL_NONE};
    enum pt_found found;

    assert_int_equal(
        pt_store_case_get(store, of->id, a, NULL, &out, &found), MH_OK);
    return found == PT_FOUND ? out.relation : PT_REL_NONE;
}

static enum pt_join_what
match(const struct pt_account *a, const struct pt_case *of, int side)
{
    const struct pt_join j = {.account = a,
        .case_id = of->id,
        .side = (enum pt_case_role)side,
        .now = NOW};
    struct pt_join_done done;

    assert_int_equal(pt_store_join_match(store, &j, NULL, &done), MH_OK);
    return done.what;
}

static struct pt_join_done
code(const struct pt_account *a, uint8_t letter, int64_t now)
{
    uint8_t hash[PT_HASH];
    const struct pt_join j = {
        .account = a, .number = c.number, .hash = hash, .now = now};
    struct pt_join_done done;

    memset(hash, letter, sizeof(hash));
    assert_int_equal(pt_store_join_code(store, &j, NULL, &done), MH_OK);
    return done;
}

static enum pt_join_made
make(uint8_t letter, const char *party, int64_t now)
{
    uint8_t hash[PT_HASH], digest[PT_HASH] = {1};
    char form[27];
    const struct pt_join_make m = {.clerk = clerk.id,
        .case_id = c.id,
        .party = party,
        .side = PT_CASE_DEFENDANT,
        .hash = hash,
        .form = form,
        .digest = digest,
        .now = now};
    enum pt_join_made made;

    pt_id_new(form);
    memset(hash, letter, sizeof(hash));
    assert_int_equal(pt_store_join_make(store, &m, NULL, &made), MH_OK);
    return made;
}

/* ---- by the FIN ---- */

static void
test_match(void **state)
{
    struct pt_join_pendings list;

    (void)state;
    assert_int_equal(
        pt_store_join_pending(store, &client, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.item[0].number, c.number);
    assert_int_equal(list.item[1].side, PT_CASE_THIRD);
    assert_int_equal(
        pt_store_join_pending(store, &clerk, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(match(&client, &c, PT_CASE_DEFENDANT), PT_JOIN_NOT);
    assert_int_equal(match(&other, &c, PT_CASE_CLAIMANT), PT_JOIN_NOT);
    assert_int_equal(relation(&client, &c), PT_REL_NONE);
    assert_int_equal(match(&client, &c, PT_CASE_CLAIMANT), PT_JOIN_DONE);
    assert_int_equal(match(&client, &c, PT_CASE_CLAIMANT), PT_JOIN_AGAIN);
    assert_int_equal(relation(&client, &c), PT_REL_PARTY);
    assert_int_equal(
        pt_store_join_pending(store, &client, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
}

/* ---- by a code ---- */

static void
test_code(void **state)
{
    (void)state;
    assert_int_equal(make('a', "Heç", NOW), PT_JOIN_NO_PARTY);
    assert_int_equal(make('a', "Kod", NOW), PT_JOIN_MADE);
    assert_int_equal(make('b', "Kod", NOW), PT_JOIN_MADE);
    assert_int_equal(code(&other, 'a', NOW).what, PT_JOIN_WRONG);
    assert_int_equal(code(&other, 'b', NOW + PT_JOIN_KEEP).what, PT_JOIN_WRONG);
    assert_int_equal(code(&clerk, 'b', NOW).what, PT_JOIN_WRONG);
    assert_int_equal(
        code(&other, 'b', NOW + PT_JOIN_KEEP - 1).what, PT_JOIN_DONE);
    assert_int_equal(relation(&other, &c), PT_REL_PARTY);
    assert_int_equal(code(&other, 'x', NOW).what, PT_JOIN_AGAIN);
    assert_int_equal(
        code(&guest, 'b', NOW + PT_JOIN_KEEP - 1).what, PT_JOIN_WRONG);
    assert_int_equal(make('d', "Kod", NOW), PT_JOIN_HAS_JOINED);
}

/* The fifth wrong one locks for a day; what is locked is not looked at. */
static void
test_lock(void **state)
{
    const int64_t at = NOW + PT_JOIN_KEEP + (int64_t)2 * PT_JOIN_LOCK;
    struct pt_join_done done;

    (void)state;
    for (int i = 1; i < PT_JOIN_TRIES; i++) {
        done = code(&guest, 'x', at);
        assert_int_equal(done.what, PT_JOIN_WRONG);
        assert_false(done.locks);
    }
    done = code(&guest, 'x', at);
    assert_int_equal(done.what, PT_JOIN_WRONG);
    assert_true(done.locks);
    assert_int_equal(done.until, at + PT_JOIN_LOCK);
    done = code(&guest, 'b', at + PT_JOIN_LOCK - 1);
    assert_int_equal(done.what, PT_JOIN_LOCKED);
    assert_int_equal(done.until, at + PT_JOIN_LOCK);
    /* The case is locked as well, for who never tried. */
    assert_int_equal(
        code(&lawyer, 'x', at + PT_JOIN_LOCK - 1).what, PT_JOIN_LOCKED);
    assert_int_equal(code(&guest, 'x', at + PT_JOIN_LOCK).what, PT_JOIN_WRONG);
}

static void
test_end(void **state)
{
    struct pt_join_parties list;
    struct pt_join_end e = {
        .clerk = clerk.id, .case_id = c.id, .reason = "Səhv", .now = NOW};
    enum pt_found found;

    (void)state;
    assert_int_equal(
        pt_store_join_parties(store, c.id, NOW, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.item[0].via, "match");
    assert_string_equal(list.item[1].via, "code");
    e.joined = list.item[1].joined;
    e.case_id = d.id;
    assert_int_equal(pt_store_join_end(store, &e, NULL, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    e.case_id = c.id;
    assert_int_equal(pt_store_join_end(store, &e, NULL, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(relation(&other, &c), PT_REL_NONE);
    assert_int_equal(pt_store_join_end(store, &e, NULL, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
}

/* ---- mandates ---- */

static enum pt_mandate_what
give(const struct pt_account *from, const char *number, unsigned scopes,
    int64_t until)
{
    uint8_t digest[PT_HASH] = {1};
    char form[27];
    const struct pt_mandate_give g = {.grantor = from,
        .fin = lawyer.fin,
        .number = number,
        .scopes = scopes,
        .until = until,
        .now = NOW,
        .form = form,
        .digest = digest};
    struct pt_mandate_done done;

    pt_id_new(form);
    assert_int_equal(pt_store_mandate_give(store, &g, NULL, &done), MH_OK);
    return done.what;
}

static const char *
newest(const struct pt_account *of)
{
    static struct pt_mandates list;

    assert_int_equal(
        pt_store_mandate_list(store, of, NOW, arena, NULL, &list), MH_OK);
    for (size_t i = 0; i < list.count; i++)
        if (list.item[i].state < PT_MANDATE_EXPIRED)
            return list.item[i].id;
    return "";
}

static enum pt_mandate_what
step(const struct pt_account *a, const char *id, bool accept)
{
    const struct pt_mandate_step s = {a, id, NOW};
    struct pt_mandate_done done;

    assert_int_equal((accept ? pt_store_mandate_accept : pt_store_mandate_end)(
                         store, &s, NULL, &done),
        MH_OK);
    return done.what;
}

static void
test_mandate(void **state)
{
    const char *id;

    (void)state;
    assert_int_equal(give(&other, c.number, 15, FAR), PT_MANDATE_NOT);
    assert_int_equal(give(&clerk, "", 15, FAR), PT_MANDATE_NOT);
    assert_int_equal(give(&lawyer, "", 15, FAR), PT_MANDATE_SELF);
    assert_int_equal(
        give(&client, c.number, PT_SCOPE_READ, FAR), PT_MANDATE_DONE);
    assert_int_equal(give(&client, c.number, 15, FAR), PT_MANDATE_TWICE);
    id = newest(&client);
    assert_int_equal(relation(&lawyer, &c), PT_REL_NONE);
    assert_int_equal(step(&client, id, true), PT_MANDATE_NOT);
    assert_int_equal(step(&guest, id, true), PT_MANDATE_NOT);
    assert_int_equal(step(&guest, id, false), PT_MANDATE_NOT);
    assert_int_equal(step(&lawyer, id, true), PT_MANDATE_DONE);
    assert_int_equal(step(&lawyer, id, true), PT_MANDATE_STATE);
    assert_int_equal(relation(&lawyer, &c), PT_REL_READER);
    assert_int_equal(relation(&lawyer, &d), PT_REL_NONE);
    assert_int_equal(step(&client, id, false), PT_MANDATE_DONE);
    assert_int_equal(step(&client, id, false), PT_MANDATE_STATE);
    assert_int_equal(relation(&lawyer, &c), PT_REL_NONE);
}

/* Of all cases: one that the client comes into later as well; two mandates add
   up, and the end of one leaves the other. */
static void
test_mandate_all(void **state)
{
    char all[27], one[27];

    (void)state;
    assert_int_equal(give(&client, "", PT_SCOPE_READ, FAR), PT_MANDATE_DONE);
    (void)snprintf(all, sizeof(all), "%s", newest(&client));
    assert_int_equal(step(&lawyer, all, true), PT_MANDATE_DONE);
    assert_int_equal(relation(&lawyer, &c), PT_REL_READER);
    assert_int_equal(match(&client, &d, PT_CASE_THIRD), PT_JOIN_DONE);
    assert_int_equal(relation(&lawyer, &d), PT_REL_READER);
    assert_int_equal(give(&client, c.number, 3, FAR), PT_MANDATE_DONE);
    (void)snprintf(one, sizeof(one), "%s", newest(&client));
    if (strcmp(one, all) == 0) { /* both of one second: the other of them */
        struct pt_mandates list;

        assert_int_equal(
            pt_store_mandate_list(store, &client, NOW, arena, NULL, &list),
            MH_OK);
        for (size_t i = 0; i < list.count; i++)
            if (list.item[i].state == PT_MANDATE_PENDING)
                (void)snprintf(one, sizeof(one), "%s", list.item[i].id);
    }
    assert_int_equal(step(&lawyer, one, true), PT_MANDATE_DONE);
    assert_int_equal(relation(&lawyer, &c), PT_REL_REPRESENTATIVE);
    assert_int_equal(step(&lawyer, all, false), PT_MANDATE_DONE);
    assert_int_equal(relation(&lawyer, &c), PT_REL_REPRESENTATIVE);
    assert_int_equal(relation(&lawyer, &d), PT_REL_NONE);
    assert_int_equal(pt_store_mandate_expire(store, FAR - 1, NULL), MH_OK);
    assert_int_equal(relation(&lawyer, &c), PT_REL_REPRESENTATIVE);
    assert_int_equal(pt_store_mandate_expire(store, FAR, NULL), MH_OK);
    assert_int_equal(relation(&lawyer, &c), PT_REL_NONE);
}

/* ---- feedback ---- */

static enum pt_feedback_what
rate(const struct pt_account *a, const char *event, unsigned score)
{
    const struct pt_feedback f = {a->id, c.id, event, score, "", NOW};
    enum pt_feedback_what what;

    assert_int_equal(pt_store_feedback_add(store, &f, NULL, &what), MH_OK);
    return what;
}

static void
test_feedback(void **state)
{
    const struct pt_account *const all[] = {
        &client, &other, &lawyer, &guest, &clerk};
    const struct pt_event_new e = {
        .case_id = c.id, .kind = "hearing-held", .at = NOW, .data = ""};
    struct pt_feedback_events list;
    struct pt_feedback_court figures;

    (void)state;
    assert_int_equal(pt_store_event_add(store, &e, NULL), MH_OK);
    assert_int_equal(
        pt_store_feedback_events(store, c.id, client.id, arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 1);
    for (unsigned i = 0; i < T_COUNT(all); i++) {
        assert_int_equal(
            pt_store_feedback_court(store, court, arena, NULL, &figures),
            MH_OK);
        assert_int_equal(figures.answers, 0);
        assert_int_equal(
            rate(all[i], list.item[0].id, i + 1), PT_FEEDBACK_DONE);
        assert_int_equal(rate(all[i], list.item[0].id, 1), PT_FEEDBACK_TWICE);
    }
    assert_int_equal(
        pt_store_feedback_court(store, court, arena, NULL, &figures), MH_OK);
    assert_int_equal(figures.answers, PT_FEEDBACK_COUNTED);
    assert_int_equal(figures.tenths, 30);
    assert_int_equal(rate(&client, d.id, 1), PT_FEEDBACK_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_code),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_mandate),
        cmocka_unit_test(test_mandate_all),
        cmocka_unit_test(test_feedback),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
