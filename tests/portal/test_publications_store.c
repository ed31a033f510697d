/* portal/store/publications: versions of acts for everybody, step by step. */
#include "tests/t.h"

#include <string.h>

#include "portal/store/publications.h"
#include "tests/portal/acts.h"

static struct pt_cut cuts[] = {
    {PT_CUT_NAME, "Soyad", "A.", 1, false, false},
    {PT_CUT_CODE, "5TST0A1", "[FİN]", 0, true, false},
    {PT_CUT_PHRASE, "Ad", "B.", 0, false, true},
};
static const struct pt_cuts three = {cuts, T_COUNT(cuts)};

static struct pt_version_by
by(const struct pt_act *a, int64_t account, const char *form)
{
    static char made[8][27];
    static unsigned next;
    char *fresh = made[next++ % T_COUNT(made)];

    pt_id_new(fresh);
    return (struct pt_version_by){
        account, NOW + 100, form == NULL ? fresh : form, a->id};
}

static enum pt_version_done
put(struct fixture *f, const struct pt_act *a, int64_t account, int64_t row)
{
    const struct pt_version_by who = by(a, account, NULL);
    const struct pt_version_new what = {
        &three, "Qətnamə", "A. gəldi. Tələbi təmin edilsin.", row};
    enum pt_version_done done;

    assert_int_equal(
        pt_store_version_put(f->store, &who, &what, NULL, &done), MH_OK);
    return done;
}

static enum pt_version_done
go(struct fixture *f, const struct pt_act *a, int64_t account,
    enum pt_version_state to, int64_t row)
{
    const struct pt_version_by who = by(a, account, NULL);
    const struct pt_version_step step = {to, row, "Səbəb"};
    enum pt_version_done done;

    assert_int_equal(
        pt_store_version_step(f->store, &who, &step, NULL, &done), MH_OK);
    return done;
}

static struct pt_version
version(struct fixture *f, const struct pt_act *a, int64_t account)
{
    struct pt_version v;

    assert_int_equal(
        pt_store_version_of(f->store, a->id, account, f->arena, NULL, &v),
        MH_OK);
    return v;
}

static struct pt_published_list
listed(struct fixture *f, const struct pt_published_query *asked)
{
    struct pt_published_query q = *asked;
    struct pt_published_list list;

    q.words = q.words == NULL ? "" : q.words;
    q.court = q.court == NULL ? "" : q.court;
    q.kind = q.kind == NULL ? "" : q.kind;
    q.after = q.after == NULL ? "" : q.after;
    assert_int_equal(
        pt_store_published_list(f->store, &q, f->arena, NULL, &list), MH_OK);
    return list;
}

/* ---- */

static void
stored(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
    struct pt_version v = version(f, &a, f->clerk);
    struct pt_cuts got;

    assert_string_equal(v.id, "");
    assert_int_equal(put(f, &a, f->clerk, 1), PT_VERSION_ILLEGAL);
    assert_int_equal(put(f, &a, f->clerk, 0), PT_VERSION_DONE);
    assert_int_equal(put(f, &a, f->clerk, 0), PT_VERSION_ILLEGAL);
    assert_int_equal(put(f, &a, f->judge, 1), PT_VERSION_DONE);
    v = version(f, &a, f->clerk);
    assert_int_equal(v.state, PT_VERSION_DRAFT);
    assert_int_equal(v.row, 2);
    assert_true(v.worked);
    assert_true(version(f, &a, f->judge).worked);
    assert_false(version(f, &a, f->president).worked);
    assert_string_equal(v.title, "Qətnamə");
    assert_int_equal(
        pt_store_version_cuts(f->store, v.id, f->arena, NULL, &got), MH_OK);
    assert_int_equal(got.count, T_COUNT(cuts));
    for (size_t i = 0; i < got.count; i++) {
        assert_int_equal(got.item[i].kind, cuts[i].kind);
        assert_string_equal(got.item[i].needle, cuts[i].needle);
        assert_string_equal(got.item[i].by, cuts[i].by);
        assert_int_equal(got.item[i].who, cuts[i].who);
        assert_int_equal(got.item[i].hard, cuts[i].hard);
        assert_int_equal(got.item[i].kept, cuts[i].kept);
    }
}

/* A form does what it says once. */
static void
once(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
    const struct pt_version_by who =
        by(&a, f->clerk, "abcdefghijklmnopqrstuvwxyz");
    const struct pt_version_new what = {&three, "t", "x", 0};
    size_t before = records(f);

    for (int i = 0; i < 3; i++) {
        enum pt_version_done done = PT_VERSION_ILLEGAL;

        assert_int_equal(
            pt_store_version_put(f->store, &who, &what, NULL, &done), MH_OK);
        assert_int_equal(done, PT_VERSION_DONE);
    }
    assert_int_equal(version(f, &a, f->clerk).row, 1);
    assert_int_equal(records(f), before + 1);
}

/* From each state to each: what is not said is refused, with a record. */
static void
cells(void **state)
{
    static const struct {
        enum pt_version_state from;
        const char *to; /* '1': it may; of 1 draft ... 5 dropped */
    } rows[] = {
        {PT_VERSION_DRAFT, "01001"},
        {PT_VERSION_REVIEW, "10100"},
        {PT_VERSION_RELEASED, "00010"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < T_COUNT(rows); i++)
        for (unsigned to = 1; to < PT_VERSION_STATES; to++) {
            struct pt_act a = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
            bool may = rows[i].to[to - 1] == '1';
            struct pt_stmt sent = {.sql = "DELETE FROM outbox"};

            assert_int_equal(put(f, &a, f->clerk, 0), PT_VERSION_DONE);
            if (rows[i].from >= PT_VERSION_REVIEW)
                assert_int_equal(
                    go(f, &a, f->clerk, PT_VERSION_REVIEW, 1), PT_VERSION_DONE);
            if (rows[i].from >= PT_VERSION_RELEASED)
                assert_int_equal(go(f, &a, f->judge, PT_VERSION_RELEASED, 2),
                    PT_VERSION_DONE);
            assert_int_equal(pt_rows_write(f->store, &sent, 1, NULL), MH_OK);
            assert_int_equal(go(f, &a, f->judge, (enum pt_version_state)to,
                                 (int64_t)rows[i].from),
                may ? PT_VERSION_DONE : PT_VERSION_ILLEGAL);
            assert_int_equal(records(f), 1);
            if (!may)
                assert_int_equal(version(f, &a, 0).state, rows[i].from);
        }
}

/* Whoever worked on it releases it never, not even past the store's calls. */
static void
second(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
    struct pt_version v;
    struct pt_stmt row = {
        .sql = "UPDATE publication SET state = 3, released = 1, releaser = ?2"
               " WHERE id = ?1",
        .args = 2};

    assert_int_equal(put(f, &a, f->clerk, 0), PT_VERSION_DONE);
    assert_int_equal(put(f, &a, f->judge, 1), PT_VERSION_DONE);
    assert_int_equal(
        go(f, &a, f->judge, PT_VERSION_REVIEW, 2), PT_VERSION_DONE);
    assert_int_equal(
        go(f, &a, f->clerk, PT_VERSION_RELEASED, 3), PT_VERSION_SAME);
    assert_int_equal(
        go(f, &a, f->judge, PT_VERSION_RELEASED, 3), PT_VERSION_SAME);
    v = version(f, &a, f->clerk);
    assert_int_equal(v.state, PT_VERSION_REVIEW);
    row.arg[0] = (struct pt_arg)PT_S(v.id);
    row.arg[1] = (struct pt_arg)PT_N(f->clerk);
    assert_int_equal(pt_rows_write(f->store, &row, 1, NULL), MH_EFORMAT);
    /* Who returned it has not worked on it. */
    assert_int_equal(
        go(f, &a, f->president, PT_VERSION_DRAFT, 3), PT_VERSION_DONE);
    assert_int_equal(
        go(f, &a, f->clerk, PT_VERSION_REVIEW, 4), PT_VERSION_DONE);
    assert_int_equal(
        go(f, &a, f->president, PT_VERSION_RELEASED, 5), PT_VERSION_DONE);
}

/* Nothing is public before the release, or after the withdrawal. */
static void
shown(void **state)
{
    struct fixture *f = *state;
    const struct pt_published_query all = {.words = ""};
    struct pt_act a = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
    struct pt_published one;
    struct pt_stmt row = {
        .sql = "UPDATE publication SET text = 'x' WHERE state = 3"};
    char id[27];

    assert_int_equal(listed(f, &all).count, 0);
    assert_int_equal(put(f, &a, f->clerk, 0), PT_VERSION_DONE);
    memcpy(id, version(f, &a, 0).id, sizeof(id));
    assert_int_equal(
        go(f, &a, f->clerk, PT_VERSION_REVIEW, 1), PT_VERSION_DONE);
    assert_int_equal(
        pt_store_published_get(f->store, id, f->arena, NULL, &one), MH_OK);
    assert_string_equal(one.id, "");
    assert_int_equal(listed(f, &all).count, 0);
    assert_int_equal(
        go(f, &a, f->judge, PT_VERSION_RELEASED, 2), PT_VERSION_DONE);
    assert_int_equal(
        pt_store_published_get(f->store, id, f->arena, NULL, &one), MH_OK);
    assert_string_equal(one.text, "A. gəldi. Tələbi təmin edilsin.");
    assert_string_equal(one.number, f->c.number);
    assert_int_equal(pt_rows_write(f->store, &row, 1, NULL), MH_EFORMAT);
    assert_int_equal(listed(f, &all).count, 1);
    assert_int_equal(
        go(f, &a, f->clerk, PT_VERSION_WITHDRAWN, 3), PT_VERSION_DONE);
    assert_int_equal(listed(f, &all).count, 0);
    assert_int_equal(
        pt_store_published_get(f->store, id, f->arena, NULL, &one), MH_OK);
    assert_string_equal(one.id, "");
    assert_int_equal(version(f, &a, 0).state, PT_VERSION_WITHDRAWN);
    assert_string_equal(version(f, &a, 0).reason, "Səbəb");
    /* And another one can follow. */
    assert_int_equal(put(f, &a, f->clerk, 0), PT_VERSION_DONE);
    assert_int_equal(version(f, &a, 0).state, PT_VERSION_DRAFT);
}

static void
closed(void **state)
{
    struct fixture *f = *state;
    struct pt_act draft = at_state(f, fresh(), PT_ACT_SIGNED, NOW);
    struct pt_act a = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
    struct pt_act later = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
    struct pt_stmt row = {.sql = "UPDATE court_case SET restricted = 1"};

    assert_int_equal(put(f, &draft, f->clerk, 0), PT_VERSION_CLOSED);
    assert_int_equal(put(f, &later, f->clerk, 0), PT_VERSION_DONE);
    assert_int_equal(
        go(f, &later, f->clerk, PT_VERSION_REVIEW, 1), PT_VERSION_DONE);
    assert_int_equal(pt_rows_write(f->store, &row, 1, NULL), MH_OK);
    assert_int_equal(put(f, &a, f->clerk, 0), PT_VERSION_CLOSED);
    assert_string_equal(version(f, &a, 0).id, "");
    assert_int_equal(
        go(f, &later, f->judge, PT_VERSION_RELEASED, 2), PT_VERSION_CLOSED);
    assert_int_equal(version(f, &later, 0).state, PT_VERSION_REVIEW);
}

/* A page has so many, and the next one goes on. */
static void
paged(void **state)
{
    struct fixture *f = *state;
    struct pt_published_query q = {.words = ""};
    struct pt_published_list list;
    char last[27];

    for (int i = 0; i <= PT_PUBLISHED_PAGE; i++) {
        struct pt_act a = fresh();

        a.announced = NOW - i * DAY;
        a = at_state(f, a, PT_ACT_PUBLISHED, NOW);
        assert_int_equal(put(f, &a, f->clerk, 0), PT_VERSION_DONE);
        assert_int_equal(
            go(f, &a, f->clerk, PT_VERSION_REVIEW, 1), PT_VERSION_DONE);
        assert_int_equal(
            go(f, &a, f->judge, PT_VERSION_RELEASED, 2), PT_VERSION_DONE);
        if (i + 1 == PT_PUBLISHED_PAGE)
            assert_false(listed(f, &q).more);
    }
    list = listed(f, &q);
    assert_int_equal(list.count, PT_PUBLISHED_PAGE);
    assert_true(list.more);
    assert_int_equal(list.item[0].announced, NOW);
    memcpy(last, list.item[list.count - 1].id, sizeof(last));
    q.after = last;
    list = listed(f, &q);
    assert_int_equal(list.count, 1);
    assert_false(list.more);
    assert_int_equal(
        list.item[0].announced, NOW - (int64_t)PT_PUBLISHED_PAGE * DAY);
    q = (struct pt_published_query){.words = "tel temin", .court = "103"};
    assert_int_equal(listed(f, &q).count, PT_PUBLISHED_PAGE);
    q.words = "tel yox";
    assert_int_equal(listed(f, &q).count, 0);
    q = (struct pt_published_query){.from = NOW - DAY, .to = NOW};
    assert_int_equal(listed(f, &q).count, 1);
    q = (struct pt_published_query){.court = "104"};
    assert_int_equal(listed(f, &q).count, 0);
}

/* What the case knows, up to its limit and past it. */
static void
known(void **state)
{
    struct fixture *f = *state;
    struct pt_knowns list;
    struct pt_stmt row = {
        .sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
               " WHERE i < ?2) INSERT INTO party (case_id, side, name, fold,"
               " ident) SELECT ?1, 2, 'Şəxs ' || i, '', '' FROM n",
        .arg = {PT_S(f->c.id), PT_N(PT_KNOWN_MAX - 2)},
        .args = 2};
    struct pt_stmt one = {
        .sql = "INSERT INTO party (case_id, side, name, fold, ident)"
               " VALUES (?1, 1, 'Birinci', '', '5TST0A1')",
        .arg = {PT_S(f->c.id)},
        .args = 1};

    assert_int_equal(
        pt_store_known(f->store, f->c.id, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2); /* who takes part */
    assert_int_equal(pt_rows_write(f->store, &row, 1, NULL), MH_OK);
    assert_int_equal(
        pt_store_known(f->store, f->c.id, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, PT_KNOWN_MAX);
    assert_int_equal(pt_rows_write(f->store, &one, 1, NULL), MH_OK);
    assert_int_equal(
        pt_store_known(f->store, f->c.id, f->arena, NULL, &list), MH_ELIMIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stored),
        TEST(once),
        TEST(cells),
        TEST(second),
        TEST(shown),
        TEST(closed),
        TEST(paged),
        TEST(known),
    };

    return mh_digest_init(NULL) == MH_OK
               ? cmocka_run_group_tests(tests, NULL, NULL)
               : 1;
}
