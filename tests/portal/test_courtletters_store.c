/* portal/store/courtletters: letters to courts, step by step. */
#include "tests/t.h"

#include <string.h>

#include "portal/store/courtletters.h"
#include "tests/portal/acts.h"

static enum pt_letter_done
write_letter(struct fixture *f, int64_t account, const char *email,
    const char *form, int64_t at, char id[static 27])
{
    struct pt_court_letter l = {.account = account,
        .court_code = "103",
        .lang = "az",
        .name = "Ad",
        .subject = "Sual",
        .text = "Mətn",
        .created = at};
    enum pt_letter_done done;
    char fresh[27];

    (void)snprintf(l.email, sizeof(l.email), "%s", email);
    pt_id_new(fresh);
    assert_int_equal(pt_store_court_letter_add(f->store, &l,
                         form == NULL ? fresh : form, NULL, &done),
        MH_OK);
    memcpy(id, l.id, 27);
    return done;
}

static struct pt_court_letter
letter(struct fixture *f, const char *id, int64_t account, enum pt_role role)
{
    const struct pt_account who = {.id = account, .role = role};
    struct pt_court_letter l;

    assert_int_equal(
        pt_store_court_letter_get(f->store, id, &who, f->arena, NULL, &l),
        MH_OK);
    return l;
}

static enum pt_letter_done
go(struct fixture *f, const char *id, enum pt_letter_state to,
    const struct pt_delivery *d)
{
    const struct pt_letter_step s = {id, f->clerk, NOW + 5, to, "Cavab", d};
    enum pt_letter_done done;

    assert_int_equal(
        pt_store_court_letter_step(f->store, &s, NULL, &done), MH_OK);
    return done;
}

/* ---- */

static void
proven(void **state)
{
    struct fixture *f = *state;
    enum pt_letter_done done;
    char id[27];

    assert_int_equal(
        write_letter(f, 0, "a@b.az", NULL, NOW, id), PT_LETTER_DONE);
    assert_string_equal(letter(f, id, f->clerk, PT_ROLE_CLERK).id, "");
    assert_int_equal(go(f, id, PT_LETTER_ANSWERED, NULL), PT_LETTER_ILLEGAL);
    for (int i = 0; i < 2; i++) { /* a second time changes nothing */
        assert_int_equal(
            pt_store_court_letter_prove(f->store, id, NOW + 1 + i, NULL, &done),
            MH_OK);
        assert_int_equal(done, PT_LETTER_DONE);
        assert_int_equal(
            letter(f, id, f->clerk, PT_ROLE_CLERK).received, NOW + 1);
    }
    assert_int_equal(pt_store_court_letter_prove(f->store,
                         "aaaaaaaaaaaaaaaaaaaaaaaaaa", NOW, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_LETTER_ABSENT);
}

static void
readers(void **state)
{
    struct fixture *f = *state;
    const struct pt_account party = {.id = f->party, .role = PT_ROLE_CITIZEN};
    const struct pt_account clerk = {.id = f->clerk, .role = PT_ROLE_CLERK};
    const struct pt_account other = {
        .id = f->witness, .role = PT_ROLE_PARTICIPANT};
    struct pt_court_letters list;
    char id[27];

    assert_int_equal(
        write_letter(f, f->party, "", NULL, NOW, id), PT_LETTER_DONE);
    assert_string_equal(letter(f, id, f->party, PT_ROLE_CITIZEN).text, "Mətn");
    assert_string_equal(letter(f, id, f->clerk, PT_ROLE_CLERK).id, id);
    assert_string_equal(letter(f, id, f->president, PT_ROLE_PRESIDENT).id, "");
    assert_string_equal(letter(f, id, f->judge, PT_ROLE_JUDGE).id, "");
    assert_string_equal(letter(f, id, f->witness, PT_ROLE_CLERK).id, "");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pt_store_court_letter_list(f->store,
                             i == 0   ? &party
                             : i == 1 ? &clerk
                                      : &other,
                             f->arena, NULL, &list),
            MH_OK);
        assert_int_equal(list.count, i < 2);
    }
}

/* From each state to each; only what is said goes, the rest is a record. */
static void
cells(void **state)
{
    struct fixture *f = *state;
    struct pt_stmt sent = {.sql = "DELETE FROM outbox"};
    static const char may[] = "1101"; /* answer, close; of received, answered */

    for (int from = 0; from < 3; from++)
        for (int to = 0; to < 2; to++) {
            bool good = from < 2 && may[from == 0 ? to : 2 + to] == '1';
            char id[27];

            assert_int_equal(
                write_letter(f, f->party, "", NULL, NOW, id), PT_LETTER_DONE);
            if (from > 0)
                assert_int_equal(
                    go(f, id, PT_LETTER_ANSWERED, NULL), PT_LETTER_DONE);
            if (from > 1)
                assert_int_equal(
                    go(f, id, PT_LETTER_CLOSED, NULL), PT_LETTER_DONE);
            assert_int_equal(pt_rows_write(f->store, &sent, 1, NULL), MH_OK);
            assert_int_equal(
                go(f, id, to == 0 ? PT_LETTER_ANSWERED : PT_LETTER_CLOSED,
                    NULL),
                good ? PT_LETTER_DONE : PT_LETTER_ILLEGAL);
            assert_int_equal(records(f), 1);
        }
}

/* The answer's message stands in the outbox of the same step. */
static void
told(void **state)
{
    struct fixture *f = *state;
    struct pt_delivery d = {.address = "a@b.az",
        .channel = PT_CHANNEL_MAIL,
        .kind = "letter-answer",
        .lang = "az",
        .args = "Sual\nCavab",
        .created = NOW};
    struct pt_delivery_counts counts;
    char id[27];

    assert_int_equal(
        write_letter(f, f->party, "", NULL, NOW, id), PT_LETTER_DONE);
    assert_int_equal(go(f, id, PT_LETTER_ANSWERED, &d), PT_LETTER_DONE);
    assert_int_equal(go(f, id, PT_LETTER_ANSWERED, &d), PT_LETTER_ILLEGAL);
    assert_int_equal(pt_store_delivery_count(f->store, NULL, &counts), MH_OK);
    assert_int_equal(counts.queued, 1);
    assert_string_equal(
        letter(f, id, f->party, PT_ROLE_CITIZEN).answer, "Cavab");
}

static void
limits(void **state)
{
    struct fixture *f = *state;
    char id[27], first[27];
    static const char form[] = "abcdefghijklmnopqrstuvwxyz";

    assert_int_equal(
        write_letter(f, f->party, "", form, NOW, first), PT_LETTER_DONE);
    for (int i = 1; i < PT_LETTERS_DAY; i++)
        assert_int_equal(
            write_letter(f, f->party, "", NULL, NOW, id), PT_LETTER_DONE);
    assert_int_equal(
        write_letter(f, f->party, "", NULL, NOW + 1, id), PT_LETTER_MANY);
    assert_int_equal(
        write_letter(f, f->party, "", form, NOW + 1, id), PT_LETTER_DONE);
    assert_string_equal(id, first); /* the form came before */
    assert_int_equal(
        write_letter(f, f->party, "", NULL, NOW + DAY, id), PT_LETTER_DONE);
    for (int i = 0; i < PT_LETTERS_OPEN; i++)
        assert_int_equal(
            write_letter(f, 0, "a@b.az", NULL, NOW, id), PT_LETTER_DONE);
    assert_int_equal(
        write_letter(f, 0, "A@B.az", NULL, NOW, id), PT_LETTER_MANY);
    /* What nobody proved goes after a day. */
    assert_int_equal(
        write_letter(f, 0, "a@b.az", NULL, NOW + PT_LETTER_PROOF, id),
        PT_LETTER_MANY);
    assert_int_equal(
        write_letter(f, 0, "a@b.az", NULL, NOW + PT_LETTER_PROOF + 1, id),
        PT_LETTER_DONE);
}

static void
no_court(void **state)
{
    struct fixture *f = *state;
    struct pt_court_letter l = {.account = f->party,
        .court_code = "999",
        .lang = "az",
        .text = "x",
        .created = NOW};
    enum pt_letter_done done;

    assert_int_equal(pt_store_court_letter_add(f->store, &l,
                         "abcdefghijklmnopqrstuvwxyz", NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_LETTER_ABSENT);
    assert_int_equal(records(f), 0);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {ROW(proven), ROW(readers), ROW(cells),
        ROW(told), ROW(limits), ROW(no_court)};

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
