/* portal/store/acts: steps of acts, their clock, and who read them. */
#include "tests/t.h"

#include <string.h>

#include "portal/store/preserved.h"
#include "tests/portal/acts.h"

/* ---- what is kept ---- */

static void
kept(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = fresh(), back;
    struct pt_act_added again;

    assert_int_equal(add(f, &a, NULL), MH_OK);
    assert_int_equal(records(f), 1);
    pt_store_close(f->store);
    assert_int_equal(pt_store_open(f->where, NOW, NULL, &f->store), MH_OK);
    assert_int_equal(pt_store_start(f->store, NULL), MH_OK);
    back = get(f, a.id);
    assert_string_equal(back.id, a.id);
    assert_string_equal(back.case_id, f->c.id);
    assert_string_equal(back.kind, "judgment");
    assert_string_equal(back.title, a.title);
    assert_string_equal(back.text, a.text);
    assert_string_equal(back.number, f->c.number);
    assert_string_equal(back.judge_name, "Ad Soyad");
    assert_memory_equal(back.sha256, a.sha256, PT_HASH);
    assert_int_equal(back.size, 5);
    assert_int_equal(back.author, f->clerk);
    assert_int_equal(back.judge, f->judge);
    assert_int_equal(back.state, PT_ACT_DRAFT);
    assert_int_equal(back.announced, NOW);
    assert_int_equal(back.due, NOW + PT_ACT_DAYS * DAY);
    assert_true(back.signed_at == MH_TIME_NONE);
    assert_true(back.published == MH_TIME_NONE);
    assert_string_equal(get(f, f->c.id).id, "");
    /* The same form is the same act. */
    back = a;
    assert_int_equal(add(f, &back, &again), MH_OK);
    assert_int_equal(again.what, PT_FILED_AGAIN);
    assert_string_equal(again.id, a.id);
    assert_int_equal(records(f), 1);
}

/* A court's own days count for what is drafted from then on. */
static void
policy(void **state)
{
    struct fixture *f = *state;
    struct pt_act before = fresh(), after = fresh();
    enum pt_found found;

    assert_int_equal(add(f, &before, NULL), MH_OK);
    assert_int_equal(
        pt_store_court_act_days(f->store, "103", 1, NULL, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(
        pt_store_court_act_days(f->store, "103", PT_ACT_DAYS_MAX, NULL, &found),
        MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(add(f, &after, NULL), MH_OK);
    assert_int_equal(
        get(f, after.id).due, NOW + (int64_t)PT_ACT_DAYS_MAX * DAY);
    assert_int_equal(get(f, before.id).due, NOW + PT_ACT_DAYS * DAY);
    assert_int_equal(
        pt_store_court_act_days(f->store, "999", 5, NULL, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    assert_int_equal(
        pt_store_court_act_days(f->store, "103", 0, NULL, &found), MH_EFORMAT);
    assert_int_equal(pt_store_court_act_days(
                         f->store, "103", PT_ACT_DAYS_MAX + 1, NULL, &found),
        MH_EFORMAT);
}

static void
changed(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_DRAFT, NOW), b;
    size_t before = records(f);

    assert_int_equal(change(f, &a, a.version + 1), PT_ABSENT);
    assert_int_equal(records(f), before);
    assert_int_equal(change(f, &a, a.version), PT_FOUND);
    assert_int_equal(records(f), before + 1);
    b = get(f, a.id);
    assert_string_equal(b.title, "other");
    assert_string_equal(b.text, "other");
    assert_memory_not_equal(b.sha256, a.sha256, PT_HASH);
    assert_int_equal(b.announced, a.announced + DAY);
    assert_int_equal(b.due, a.due + DAY);
    assert_int_equal(b.version, a.version + 1);
    /* What was looked at before is not what would be sent. */
    assert_int_equal(send(f, &a, NOW), PT_ABSENT);
    assert_int_equal(send(f, &b, NOW), PT_FOUND);
}

/* From every state every step: the next one, and nothing else. */
static void
steps(void **state)
{
    struct fixture *f = *state;

    for (int from = PT_ACT_DRAFT; from < PT_ACT_STATES; from++)
        for (int to = 0; to < 6; to++) {
            struct pt_act a =
                at_state(f, fresh(), (enum pt_act_state)from, NOW + 10);
            size_t before;
            enum pt_found found, want;

            assert_int_equal(
                pt_store_record_done(f->store, INT64_MAX, NULL), MH_OK);
            before = records(f);
            if (from == PT_ACT_FOR_SIGNATURE && to == 2)
                assert_int_equal(set_op(f, &a, f->judge, op), PT_FOUND);
            found = to == 0   ? change(f, &a, a.version)
                    : to == 1 ? send(f, &a, NOW + 20)
                    : to == 2 ? sign(f, &a, f->judge, op, NOW + 20)
                    : to == 4 ? withdraw(f, &a, f->judge)
                    : to == 5 ? discard(f, &a, f->judge)
                              : publish(f, &a, NOW + 20);
            want = (from == PT_ACT_DRAFT && (to < 2 || to == 5)) ||
                           (from == PT_ACT_FOR_SIGNATURE &&
                               (to == 2 || to == 4)) ||
                           (from == PT_ACT_SIGNED && to == 3)
                       ? PT_FOUND
                       : PT_ABSENT;
            if (found != want)
                fail_msg("from %d step %d: %d", from, to, (int)found);
            assert_int_equal(records(f), before + (want == PT_FOUND));
            assert_int_equal(get(f, a.id).state, want != PT_FOUND || to == 0
                                                     ? from
                                                 : to == 4 ? PT_ACT_DRAFT
                                                 : to == 5 ? PT_ACT_DISCARDED
                                                           : from + 1);
        }
}

/* Only the judge of the case, and only with the operation that was begun. */
static void
judges(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_FOR_SIGNATURE, NOW);

    assert_int_equal(set_op(f, &a, f->other_judge, op), PT_ABSENT);
    assert_int_equal(set_op(f, &a, f->clerk, op), PT_ABSENT);
    assert_false(get(f, a.id).has_op);
    assert_int_equal(sign(f, &a, f->judge, op, NOW), PT_ABSENT);
    assert_int_equal(set_op(f, &a, f->judge, op), PT_FOUND);
    assert_true(get(f, a.id).has_op);
    assert_memory_equal(get(f, a.id).op, op, MH_OP_ID);
    assert_int_equal(sign(f, &a, f->judge, other_op, NOW), PT_ABSENT);
    assert_int_equal(sign(f, &a, f->other_judge, op, NOW), PT_ABSENT);
    assert_int_equal(set_op(f, &a, f->judge, NULL), PT_FOUND);
    assert_false(get(f, a.id).has_op);
    assert_int_equal(set_op(f, &a, f->judge, other_op), PT_FOUND);
    assert_int_equal(sign(f, &a, f->judge, other_op, NOW + 7), PT_FOUND);
    a = get(f, a.id);
    assert_int_equal(a.signed_at, NOW + 7);
    assert_int_equal(a.signer, f->judge);
    assert_string_equal(a.signer_name, "HAKIM");
    /* A second signature is none. */
    assert_int_equal(set_op(f, &a, f->judge, op), PT_ABSENT);
    assert_int_equal(sign(f, &a, f->judge, other_op, NOW), PT_ABSENT);
}

/* ---- publication ---- */

static void
published(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW + 3), b;
    struct pt_document d;
    struct pt_receipts receipts;
    struct pt_preserved p;
    struct pt_notice_query q = {.account = f->party, .after = ""};
    struct pt_notices notices;
    struct pt_stmt row = {.sql = "UPDATE act SET title = 'x' WHERE id = ?1",
        .arg = {PT_S(a.id)},
        .args = 1};
    struct pt_stmt gone = {
        .sql = "DELETE FROM act WHERE id = ?1", .arg = {PT_S(a.id)}, .args = 1};

    assert_int_equal(a.published, NOW + 3);
    assert_int_equal(
        pt_store_document_get(f->store, a.document, f->arena, NULL, &d), MH_OK);
    assert_string_equal(d.case_id, f->c.id);
    assert_string_equal(d.kind, "judgment");
    assert_string_equal(d.title, a.title);
    assert_int_equal(d.filer, f->judge);
    assert_int_equal(d.state, PT_DOC_ACCEPTED);
    assert_int_equal(d.verdict, MH_TOTAL_PASSED);
    assert_int_equal(d.format, MH_FORMAT_PDF);
    assert_memory_equal(d.sha256, a.signed_sha256, PT_HASH);
    assert_int_equal(d.report.len, 6);
    assert_int_equal(
        pt_store_receipt_list(f->store, a.document, f->arena, NULL, &receipts),
        MH_OK);
    assert_int_equal(receipts.count, 1);
    assert_int_equal(
        pt_store_preserved_get(f->store, a.document, NULL, &p), MH_OK);
    assert_string_equal(p.document, a.document);
    assert_int_equal(
        pt_store_notice_list(f->store, &q, f->arena, NULL, &notices), MH_OK);
    assert_int_equal(notices.count, 1);
    assert_string_equal(notices.item[0].kind, "act-published");
    assert_int_equal(
        pt_store_act_of_document(f->store, a.document, f->arena, NULL, &b),
        MH_OK);
    assert_string_equal(b.id, a.id);
    /* Nothing changes it any more. */
    assert_int_equal(pt_rows_write(f->store, &row, 1, NULL), MH_EFORMAT);
    assert_int_equal(pt_rows_write(f->store, &gone, 1, NULL), MH_EFORMAT);
    assert_string_equal(get(f, a.id).title, a.title);
}

static void
corrected(void **state)
{
    struct fixture *f = *state;
    struct pt_act old = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
    struct pt_act open = at_state(f, fresh(), PT_ACT_SIGNED, NOW);
    struct pt_act a = fresh();

    memcpy(a.replaces, open.id, sizeof(a.replaces));
    assert_int_equal(add(f, &a, NULL), MH_EFORMAT);
    a = fresh();
    memcpy(a.replaces, old.id, sizeof(a.replaces));
    memcpy(a.case_id, f->other_case.id, sizeof(a.case_id));
    assert_int_equal(add(f, &a, NULL), MH_EFORMAT);
    assert_string_equal(get(f, a.id).id, "");
    a = fresh();
    memcpy(a.replaces, old.id, sizeof(a.replaces));
    a = at_state(f, a, PT_ACT_SIGNED, NOW + 5);
    assert_string_equal(a.replaces, old.id);
    assert_string_equal(get(f, old.id).replaced_by, "");
    assert_int_equal(publish(f, &a, NOW + 6), PT_FOUND);
    assert_string_equal(get(f, old.id).replaced_by, a.id);
    assert_int_equal(get(f, old.id).state, PT_ACT_PUBLISHED);
}

/* ---- reading ---- */

static void
opened(struct fixture *f, const char *document, int64_t account, int64_t at)
{
    const struct pt_act_opened o = {document, account, at, 1};

    assert_int_equal(pt_store_act_opened(f->store, &o, &record, NULL), MH_OK);
}

static void
read_once(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_PUBLISHED, NOW);
    struct pt_act_readers r;
    size_t before;

    assert_int_equal(pt_store_act_readers(f->store, a.id, NULL, &r), MH_OK);
    assert_int_equal(r.count, 1); /* a witness is not addressed */
    assert_int_equal(r.item[0].role, PT_CASE_CLAIMANT);
    assert_true(r.item[0].at == MH_TIME_NONE);
    assert_int_equal(pt_store_record_done(f->store, INT64_MAX, NULL), MH_OK);
    before = records(f);
    opened(f, a.document, f->party, NOW + 50);
    opened(f, a.document, f->party, NOW + 90);
    assert_int_equal(records(f), before + 2); /* each is in the log */
    assert_int_equal(pt_store_act_readers(f->store, a.id, NULL, &r), MH_OK);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.item[0].at, NOW + 50);
    /* Any other document is opened as well. */
    opened(f, f->c.id, f->party, NOW);
}

/* ---- lists ---- */

static size_t
waiting(struct fixture *f, int64_t account, enum pt_role role,
    enum pt_act_state s, bool *more)
{
    const struct pt_account who = {.id = account, .role = role};
    struct pt_acts list;

    assert_int_equal(
        pt_store_act_waiting(f->store, &who, s, f->arena, NULL, &list), MH_OK);
    for (size_t i = 1; i < list.count; i++)
        assert_true(list.item[i - 1].announced <= list.item[i].announced);
    *more = list.more;
    return list.count;
}

static void
listed(void **state)
{
    struct fixture *f = *state;
    struct pt_act other = fresh();
    struct pt_acts list;
    bool more;

    memcpy(other.case_id, f->other_case.id, sizeof(other.case_id));
    (void)at_state(f, other, PT_ACT_FOR_SIGNATURE, NOW);
    for (int i = 0; i < PT_ACTS_WAITING; i++) {
        struct pt_act a = fresh();

        a.announced = NOW - i;
        (void)at_state(f, a, PT_ACT_FOR_SIGNATURE, NOW);
    }
    assert_int_equal(
        waiting(f, f->judge, PT_ROLE_JUDGE, PT_ACT_FOR_SIGNATURE, &more),
        PT_ACTS_WAITING);
    assert_false(more);
    (void)at_state(f, fresh(), PT_ACT_FOR_SIGNATURE, NOW);
    assert_int_equal(
        waiting(f, f->judge, PT_ROLE_JUDGE, PT_ACT_FOR_SIGNATURE, &more),
        PT_ACTS_WAITING);
    assert_true(more);
    assert_int_equal(
        waiting(f, f->judge, PT_ROLE_JUDGE, PT_ACT_DRAFT, &more), 0);
    assert_int_equal(
        waiting(f, f->other_judge, PT_ROLE_JUDGE, PT_ACT_FOR_SIGNATURE, &more),
        1);
    assert_int_equal(
        waiting(f, f->clerk, PT_ROLE_CLERK, PT_ACT_FOR_SIGNATURE, &more),
        PT_ACTS_WAITING);
    assert_int_equal(
        waiting(f, f->clerk, PT_ROLE_CLERK, PT_ACT_PUBLISHED, &more), 0);
    assert_int_equal(
        pt_store_act_of_case(f->store, f->other_case.id, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].text, "");
}

static size_t
overdue(struct fixture *f, int64_t account, int64_t now)
{
    struct pt_acts list;

    assert_int_equal(
        pt_store_act_overdue(f->store, account, now, f->arena, NULL, &list),
        MH_OK);
    return list.count;
}

/* At its last second an act is in time; of the own court only. */
static void
late(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_SIGNED, NOW);
    struct pt_act other = fresh();

    memcpy(other.case_id, f->other_case.id, sizeof(other.case_id));
    (void)at_state(f, other, PT_ACT_DRAFT, NOW);
    assert_int_equal(overdue(f, f->president, a.due), 0);
    assert_int_equal(overdue(f, f->president, a.due + 1), 1);
    assert_int_equal(overdue(f, f->party, a.due + 1), 0);
    assert_int_equal(publish(f, &a, a.due + 2), PT_FOUND);
    assert_int_equal(overdue(f, f->president, a.due + 3), 0);
}

static struct pt_act_clock
clock_of(struct fixture *f, int64_t from, int64_t to)
{
    struct pt_act_clocks list;

    assert_int_equal(
        pt_store_act_clocks(f->store, from, to, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.item[1].court, "B");
    assert_int_equal(list.item[1].acts, 0);
    assert_string_equal(list.item[0].court, "A");
    return list.item[0];
}

static void
clocks(void **state)
{
    static const int64_t took[] = {50, 10, 40, 20, 30, 60, 70, 90, 80, 1000};
    struct fixture *f = *state;
    struct pt_act_clock c;

    for (size_t i = 0; i < T_COUNT(took); i++) {
        (void)at_state(f, fresh(), PT_ACT_PUBLISHED, NOW + took[i]);
        c = clock_of(f, NOW, NOW + 2000);
        assert_int_equal(c.acts, i + 1);
        if (i + 1 < PT_ACTS_COUNTED) {
            assert_int_equal(c.median, 0);
            assert_int_equal(c.p90, 0);
        }
        if (i + 1 == PT_ACTS_COUNTED) { /* 10 20 30 40 50 */
            assert_int_equal(c.median, 30);
            assert_int_equal(c.p90, 50);
        }
    }
    assert_int_equal(c.median, 50); /* the fifth of ten */
    assert_int_equal(c.p90, 90);    /* the ninth */
    /* From a time on, without it; to a time, with it. */
    assert_int_equal(clock_of(f, NOW + 10, NOW + 1000).acts, 9);
    assert_int_equal(clock_of(f, NOW + 9, NOW + 999).acts, 9);
}

static void
keys(void **state)
{
    struct fixture *f = *state;
    char name[65];

    assert_int_equal(pt_store_judge_key(f->store, f->judge, NULL, name), MH_OK);
    assert_string_equal(name, "");
    assert_int_equal(
        pt_store_judge_key_set(f->store, f->judge, "k1", NULL), MH_OK);
    assert_int_equal(
        pt_store_judge_key_set(f->store, f->judge, "k2", NULL), MH_OK);
    assert_int_equal(pt_store_judge_key(f->store, f->judge, NULL, name), MH_OK);
    assert_string_equal(name, "k2");
    /* A key is one person's. */
    assert_int_equal(
        pt_store_judge_key_set(f->store, f->other_judge, "k2", NULL),
        MH_EFORMAT);
    assert_int_equal(
        pt_store_judge_key_set(f->store, f->judge, "", NULL), MH_OK);
    assert_int_equal(
        pt_store_judge_key_set(f->store, f->other_judge, "k2", NULL), MH_OK);
}

/* The bytes of an act stay, those of an earlier draft go. */
static void
collected(void **state)
{
    struct fixture *f = *state;
    struct pt_act a = at_state(f, fresh(), PT_ACT_DRAFT, NOW);
    uint64_t removed = 0;

    (void)at_state(f, fresh(), PT_ACT_SIGNED, NOW);
    assert_int_equal(
        pt_store_blob_collect(f->store, NOW + DAY, NULL, &removed), MH_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(change(f, &a, a.version), PT_FOUND);
    assert_int_equal(
        pt_store_blob_collect(f->store, NOW + DAY, NULL, &removed), MH_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(get(f, a.id).size, strlen("changed 2"));
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {ROW(kept), ROW(policy), ROW(changed),
        ROW(steps), ROW(judges), ROW(published), ROW(corrected), ROW(read_once),
        ROW(listed), ROW(late), ROW(clocks), ROW(keys), ROW(collected)};

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
