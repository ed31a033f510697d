/* portal/store/applications: from the signature to a case, once and whole. */
#include "tests/portal/applications.h"

#include <dirent.h>
#include <pthread.h>

#include "portal/store/events.h"

enum {
    THREADS = 50,
};

static int64_t
records(struct fixture *f)
{
    return t_number(f, "SELECT count(*) FROM outbox");
}

static int64_t
notices(struct fixture *f, const char *kind)
{
    struct pt_notices list;
    const struct pt_notice_query q = {.account = f->owner, .after = ""};
    int64_t n = 0;

    assert_int_equal(
        pt_store_notice_list(f->store, &q, f->arena, NULL, &list), MH_OK);
    for (size_t i = 0; i < list.count; i++)
        n += strcmp(list.item[i].kind, kind) == 0;
    return n;
}

static size_t
receipts(struct fixture *f, const char *document)
{
    struct pt_receipts list;

    assert_int_equal(
        pt_store_receipt_list(f->store, document, f->arena, NULL, &list),
        MH_OK);
    return list.count;
}

static size_t
spooled(struct fixture *f)
{
    char path[128];
    struct dirent *e;
    size_t n = 0;
    DIR *d;

    (void)snprintf(path, sizeof(path), "%s/spool", f->dir);
    d = opendir(path);
    assert_non_null(d);
    while ((e = readdir(d)) != NULL)
        n += e->d_name[0] != '.';
    assert_int_equal(closedir(d), 0);
    return n;
}

static bool
there(struct fixture *f, const uint8_t sha256[static PT_HASH])
{
    enum pt_found found;
    uint64_t size;
    int fd = -1;

    assert_int_equal(
        pt_store_blob_open(f->store, sha256, NULL, &fd, &size, &found), MH_OK);
    if (found == PT_FOUND)
        assert_int_equal(close(fd), 0);
    return found == PT_FOUND;
}

/* ---- submitting ---- */

static void
test_submit(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application a, of;
    struct bring b;
    char id[27];

    prepare(f, id);
    who = by(f, id, PREPARED - 1);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_STALE);
    who = by_of(f, f->other, id, PREPARED);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_NONE);
    assert_int_equal(records(f), 0);
    who = by(f, id, PREPARED);
    bring_of(f, "signed", &b);
    assert_int_equal(submit_at(f, &who, &b), PT_APPLICATION_DONE);
    a = get(f, id);
    assert_int_equal(a.state, PT_APPLICATION_SUBMITTED);
    assert_int_equal(a.version, PREPARED + 1);
    assert_string_equal(a.number, "E-2023-000001");
    assert_int_equal(a.submitted, NOW);
    assert_string_equal(a.d.id, b.d.id);
    assert_string_equal(a.d.name, "a.edoc");
    assert_string_equal(a.d.signer, "Ad Soyad");
    assert_int_equal(a.d.state, PT_DOC_ACCEPTED);
    assert_int_equal(a.d.verdict, MH_TOTAL_PASSED);
    assert_memory_equal(a.d.sha256, b.d.sha256, PT_HASH);
    assert_int_equal(a.d.size, 6);
    assert_int_equal(a.d.report.len, 6);
    assert_true(there(f, a.d.sha256));
    assert_int_equal(
        pt_store_application_of(f->store, b.d.id, f->arena, NULL, &of), MH_OK);
    assert_string_equal(of.id, id);
    assert_int_equal(receipts(f, b.d.id), 1);
    assert_int_equal(records(f), 1);
    assert_int_equal(notices(f, "application-submitted"), 1);
    /* The same bytes once more, as after an answer that was lost. */
    who = by(f, id, PREPARED);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_DONE);
    who = by(f, id, PREPARED);
    assert_int_equal(submit(f, &who, "others"), PT_APPLICATION_ILLEGAL);
    who = by_of(f, f->other, id, PREPARED);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_NONE);
    assert_int_equal(get(f, id).version, PREPARED + 1);
    assert_int_equal(t_number(f, "SELECT count(*) FROM receipt"), 1);
    assert_int_equal(records(f), 1);
    assert_int_equal(notices(f, "application-submitted"), 1);
    assert_int_equal(spooled(f), 0);
}

/* A receipt that cannot be written: nothing is, and no number is used. */
static void
test_submit_whole(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    enum pt_application_done done;
    struct bring first, b;
    char id[27], next[27];

    prepare(f, id);
    prepare(f, next);
    who = by(f, id, PREPARED);
    bring_of(f, "first", &first);
    assert_int_equal(submit_at(f, &who, &first), PT_APPLICATION_DONE);
    bring_of(f, "next", &b);
    memcpy(b.receipt.op, first.receipt.op, MH_OP_ID);
    who = by(f, next, PREPARED);
    who.record = &b.record;
    assert_int_not_equal(
        pt_store_application_submit(f->store, &who,
            &(struct pt_application_signed){&b.d, &b.receipt, &b.staged}, NULL,
            &done),
        MH_OK);
    assert_int_equal(get(f, next).state, PT_APPLICATION_AWAITING_SIGNATURE);
    assert_int_equal(get(f, next).version, PREPARED);
    assert_int_equal(records(f), 1);
    assert_int_equal(t_number(f, "SELECT count(*) FROM receipt"), 1);
    assert_false(there(f, b.d.sha256));
    assert_int_equal(spooled(f), 0);
    who = by(f, next, PREPARED);
    assert_int_equal(submit(f, &who, "next"), PT_APPLICATION_DONE);
    assert_string_equal(get(f, next).number, "E-2023-000002");
}

static void
test_numbers(void **state)
{
    struct fixture *f = *state;
    const struct mh_civil eve = {2026, 12, 31, 19, 59, 59}; /* 23:59 in Baku */
    struct pt_application_by who;
    enum pt_application_done done;
    int64_t at;
    struct bring b;
    char id[27];

    assert_true(mh_time_from_civil(&eve, &at));
    for (int i = 0; i < 2; i++) {
        prepare(f, id);
        who = by(f, id, PREPARED);
        who.now = at + i;
        assert_int_equal(submit(f, &who, id), PT_APPLICATION_DONE);
        assert_string_equal(
            get(f, id).number, i == 0 ? "E-2026-000001" : "E-2027-000001");
    }
    t_do(f, "UPDATE application_counter SET next = 999999 WHERE year = 2026");
    prepare(f, id);
    who = by(f, id, PREPARED);
    who.now = at;
    assert_int_equal(submit(f, &who, id), PT_APPLICATION_DONE);
    assert_string_equal(get(f, id).number, "E-2026-999999");
    prepare(f, id);
    who = by(f, id, PREPARED);
    who.now = at;
    bring_of(f, "past", &b);
    assert_int_equal(
        pt_store_application_submit(f->store, &who,
            &(struct pt_application_signed){&b.d, &b.receipt, &b.staged}, NULL,
            &done),
        MH_ELIMIT);
    assert_int_equal(get(f, id).state, PT_APPLICATION_AWAITING_SIGNATURE);
    assert_string_equal(get(f, id).number, "");
}

/* ---- side by side ---- */

struct runner {
    pthread_t thread;
    struct pt_store *store;
    pthread_barrier_t *start;
    struct pt_application_by by;
    struct bring b;
    enum mh_code code;
    enum pt_application_done done;
};

static void *
run(void *arg)
{
    struct runner *r = arg;
    const struct pt_application_signed with = {
        &r->b.d, &r->b.receipt, &r->b.staged};

    (void)pthread_barrier_wait(r->start); /* one of them gets another word */
    r->by.record = &r->b.record;
    r->code =
        pt_store_application_submit(r->store, &r->by, &with, NULL, &r->done);
    return NULL;
}

/* How many of THREADS submissions at once are DONE; the others are ILLEGAL. */
static size_t
at_once(struct fixture *f, const char *id, bool same)
{
    struct runner *r = calloc(THREADS, sizeof(*r));
    pthread_barrier_t start;
    size_t n = 0;

    assert_non_null(r);
    assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++) {
        char bytes[32];

        r[i].store = f->store;
        r[i].start = &start;
        r[i].by = by(f, id, PREPARED);
        (void)snprintf(bytes, sizeof(bytes), "%s %zu", id, same ? 0 : i);
        bring_of(f, bytes, &r[i].b);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&r[i].thread, NULL, run, &r[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(r[i].thread, NULL), 0);
        assert_int_equal(r[i].code, MH_OK);
        n += r[i].done == PT_APPLICATION_DONE;
        if (r[i].done != PT_APPLICATION_DONE)
            assert_int_equal(r[i].done, PT_APPLICATION_ILLEGAL);
        else if (!same)
            assert_string_equal(get(f, id).d.id, r[i].b.d.id);
    }
    assert_int_equal(pthread_barrier_destroy(&start), 0);
    free(r);
    return n;
}

static void
test_parallel(void **state)
{
    struct fixture *f = *state;
    uint64_t removed;
    char id[27], same[27];

    prepare(f, id);
    prepare(f, same);
    assert_int_equal(at_once(f, id, false), 1);
    assert_int_equal(at_once(f, same, true), THREADS);
    assert_int_equal(t_number(f, "SELECT count(*) FROM receipt"), 2);
    assert_int_equal(records(f), 2);
    assert_int_equal(notices(f, "application-submitted"), 2);
    assert_int_equal(
        t_number(f, "SELECT next FROM application_counter WHERE year = 2023"),
        3);
    assert_int_equal(get(f, id).version, PREPARED + 1);
    assert_int_equal(get(f, same).version, PREPARED + 1);
    assert_int_equal(spooled(f), 0);
    assert_int_equal(
        pt_store_blob_collect(f->store, NOW + 1, NULL, &removed), MH_OK);
    assert_int_equal(removed, 0); /* what was refused left no row */
    assert_true(there(f, get(f, id).d.sha256));
    assert_true(there(f, get(f, same).d.sha256));
}

/* ---- review, and back ---- */

static void
test_review(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application_list desk;
    enum pt_application_done done;
    bool is;
    char id[27];

    prepare(f, id);
    who = by_of(f, f->clerk, id, PREPARED);
    assert_int_equal(
        pt_store_application_review(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_NONE); /* the court sees no draft */
    who = by(f, id, PREPARED);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_DONE);
    assert_int_equal(
        pt_store_application_desk(f->store, f->clerk, f->arena, NULL, &desk),
        MH_OK);
    assert_int_equal(desk.count, 1);
    assert_string_equal(desk.item[0].id, id);
    assert_string_equal(desk.item[0].owner, "owner Soyad");
    assert_int_equal(
        pt_store_application_desk(f->store, f->clerk2, f->arena, NULL, &desk),
        MH_OK);
    assert_int_equal(desk.count, 0);
    {
        const struct pt_application a = get(f, id);
        const int64_t none[] = {f->owner, f->other, f->clerk2, f->judge};

        assert_int_equal(
            pt_store_application_official(f->store, &a, f->clerk, NULL, &is),
            MH_OK);
        assert_true(is);
        assert_int_equal(
            pt_store_application_official(f->store, &a, f->clerk2, NULL, &is),
            MH_OK);
        assert_false(is);
        for (size_t i = 0; i < T_COUNT(none); i++) {
            who = by_of(f, none[i], id, PREPARED + 1);
            assert_int_equal(
                pt_store_application_review(f->store, &who, NULL, &done),
                MH_OK);
            assert_int_equal(done, PT_APPLICATION_NONE);
        }
    }
    who = by_of(f, f->clerk, id, PREPARED);
    assert_int_equal(
        pt_store_application_review(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_STALE);
    who = by_of(f, f->clerk, id, PREPARED + 1);
    assert_int_equal(
        pt_store_application_review(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_int_equal(get(f, id).state, PT_APPLICATION_IN_REVIEW);
    assert_string_equal(get(f, id).reviewer, "clerk Soyad");
    assert_int_equal(get(f, id).decided, MH_TIME_NONE);
    assert_int_equal(notices(f, "application-review"), 1);
    who = by(f, id, REVIEWED);
    assert_int_equal(
        pt_store_application_withdraw(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_ILLEGAL);
}

static void
test_decide(void **state)
{
    static const struct {
        enum pt_application_state to;
        const char *kind;
    } rows[] = {{PT_APPLICATION_RETURNED, "application-returned"},
        {PT_APPLICATION_REJECTED, "application-rejected"}};
    const struct pt_record record = {.ev = "application.decided",
        .who = "p:5",
        .obj = "application:1",
        .res = "ok",
        .data = ""};
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application a;
    char id[27];

    for (size_t i = 0; i < T_COUNT(rows); i++) {
        int64_t before;

        to_review(f, PT_DOC_DESK, id);
        before = records(f);
        who = by_of(f, f->clerk2, id, REVIEWED);
        assert_int_equal(decide(f, &who, rows[i].to), PT_APPLICATION_NONE);
        who = by_of(f, f->clerk, id, REVIEWED);
        assert_int_equal(
            decide(f, &who, PT_APPLICATION_WITHDRAWN), PT_APPLICATION_ILLEGAL);
        assert_int_equal(
            decide(f, &who, PT_APPLICATION_REGISTERED), PT_APPLICATION_ILLEGAL);
        who.record = &record;
        assert_int_equal(decide(f, &who, rows[i].to), PT_APPLICATION_DONE);
        assert_int_equal(decide(f, &who, rows[i].to), PT_APPLICATION_DONE);
        a = get(f, id);
        assert_int_equal(a.state, rows[i].to);
        assert_int_equal(a.version, REVIEWED + 1);
        assert_string_equal(a.why, "Möhür yoxdur");
        assert_string_equal(a.reviewer, "clerk Soyad");
        assert_int_equal(a.decided, NOW);
        assert_int_equal(notices(f, rows[i].kind), 1);
        assert_int_equal(records(f), before + 1);
        who = by_of(f, f->clerk, id, REVIEWED + 1);
        assert_int_equal(decide(f, &who, rows[i].to), PT_APPLICATION_ILLEGAL);
    }
}

static enum pt_application_done
copy(struct fixture *f, int64_t account, const char *id, char out[static 27])
{
    struct pt_application_by who = by_of(f, account, id, 0);
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_copy(f->store, &who, NULL, out, &done), MH_OK);
    return done;
}

static void
test_copy(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application a, old;
    struct pt_application_parties parties;
    struct pt_application_files files;
    enum pt_application_done done;
    uint64_t removed;
    char id[27], next[27], none[27];

    to_review(f, PT_DOC_DESK, id);
    assert_int_equal(copy(f, f->owner, id, none), PT_APPLICATION_ILLEGAL);
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(
        decide(f, &who, PT_APPLICATION_RETURNED), PT_APPLICATION_DONE);
    assert_int_equal(copy(f, f->other, id, none), PT_APPLICATION_NONE);
    assert_int_equal(copy(f, f->clerk, id, none), PT_APPLICATION_NONE);
    assert_int_equal(copy(f, f->owner, id, next), PT_APPLICATION_DONE);
    assert_int_equal(copy(f, f->owner, id, none), PT_APPLICATION_ILLEGAL);
    a = get(f, next);
    old = get(f, id);
    assert_string_equal(a.origin, id);
    assert_string_equal(old.next, next);
    assert_int_equal(old.state, PT_APPLICATION_RETURNED);
    assert_int_equal(old.version, REVIEWED + 1);
    assert_int_equal(a.state, PT_APPLICATION_DRAFT);
    assert_int_equal(a.version, 1);
    assert_string_equal(a.number, "");
    assert_string_equal(a.d.id, "");
    assert_string_equal(a.fee, "");
    assert_string_equal(a.why, "");
    assert_false(a.made);
    assert_string_equal(a.title, old.title);
    assert_string_equal(a.body, old.body);
    assert_string_equal(a.claims, old.claims);
    assert_int_equal(a.court, old.court);
    assert_int_equal(a.price, old.price);
    assert_int_equal(
        pt_store_application_parties(f->store, next, f->arena, NULL, &parties),
        MH_OK);
    assert_int_equal(parties.count, 2);
    assert_string_equal(parties.item[1].name, "İki");
    assert_int_equal(
        pt_store_application_files(f->store, next, f->arena, NULL, &files),
        MH_OK);
    assert_int_equal(files.count, 1);
    assert_string_equal(files.item[0].name, "a.pdf");
    /* A file of the copy is its own; the bytes are those of both. */
    who = by(f, next, 1);
    assert_int_equal(pt_store_application_drop_file(
                         f->store, &who, files.item[0].id, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_int_equal(
        pt_store_blob_collect(f->store, NOW + 1, NULL, &removed), MH_OK);
    assert_int_equal(removed, 0);
    assert_true(there(f, files.item[0].sha256));
    assert_int_equal(
        pt_store_application_files(f->store, id, f->arena, NULL, &files),
        MH_OK);
    assert_int_equal(files.count, 1);
    /* Thrown away, it may be begun again. */
    who = by(f, next, 2);
    assert_int_equal(
        pt_store_application_discard(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_string_equal(get(f, id).next, "");
    assert_int_equal(copy(f, f->owner, id, next), PT_APPLICATION_DONE);
    assert_int_equal(
        pt_store_application_files(f->store, next, f->arena, NULL, &files),
        MH_OK);
    assert_int_equal(files.count, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_submit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_submit_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parallel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_review, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decide, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copy, setup, teardown),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
