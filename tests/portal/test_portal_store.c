/* What any implementation of the store must do (where.h says which). */
#include "tests/t.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/store/store.h"
#include "tests/portal/storebed.h"

static void
clients(void **state)
{
    struct fixture *f = *state;
    struct pt_client c = {.name = "bar",
                         .requests_per_minute = 60,
                         .bytes_per_day = 1000,
                         .created = 5,
                         .may = 3},
                     got, *list;
    uint8_t key[PT_HASH], other[PT_HASH], zero[PT_HASH] = {0};
    enum pt_found found;
    size_t count;
    int64_t id = 0, second = 0;

    t_hash("key", key);
    t_hash("other", other);
    assert_int_equal(pt_store_client_add(f->store, &c, key, NULL, &id), MH_OK);
    assert_true(id > 0);
    /* Neither a name nor a key stands twice. */
    assert_int_equal(
        pt_store_client_add(f->store, &c, other, NULL, &second), MH_EFORMAT);
    (void)snprintf(c.name, sizeof(c.name), "aba");
    assert_int_equal(
        pt_store_client_add(f->store, &c, key, NULL, &second), MH_EFORMAT);
    assert_int_equal(
        pt_store_client_add(f->store, &c, other, NULL, &second), MH_OK);
    c.name[0] = '\0';
    assert_int_equal(
        pt_store_client_add(f->store, &c, zero, NULL, &id), MH_EFORMAT);

    reopen(f);
    assert_int_equal(
        pt_store_client_find(f->store, key, NULL, &got, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_string_equal(got.name, "bar");
    assert_int_equal(got.requests_per_minute, 60);
    assert_int_equal(got.bytes_per_day, 1000);
    assert_int_equal(got.created, 5);
    assert_int_equal(got.may, 3);
    /* The client without a key is nobody's to find. */
    assert_int_equal(
        pt_store_client_find(f->store, zero, NULL, &got, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    assert_int_equal(
        pt_store_client_list(f->store, f->arena, NULL, &list, &count), MH_OK);
    assert_int_equal(count, 2);
    assert_string_equal(list[0].name, "aba");

    assert_int_equal(
        pt_store_client_disable(f->store, "bar", NULL, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(
        pt_store_client_disable(f->store, "bar", NULL, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    assert_int_equal(
        pt_store_client_find(f->store, key, NULL, &got, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
}

/* The clients of a list, keys changing hands. */
static void
listed_clients(void **state)
{
    struct fixture *f = *state;
    struct pt_client c[3] = {{.name = "a", .may = 1},
        {.name = "b", .bytes_per_day = 5}, {.name = "c"}},
                     got;
    uint8_t key[3][PT_HASH], swapped[2][PT_HASH];
    enum pt_found found;
    int64_t a_id;

    t_hash("one", key[0]);
    t_hash("two", key[1]);
    t_hash("three", key[2]);
#define SET(clients, keys, n)                                                  \
    assert_int_equal(                                                          \
        pt_store_clients_set(f->store, clients, keys, n, 9, NULL), MH_OK)
#define FIND(key)                                                              \
    assert_int_equal(                                                          \
        pt_store_client_find(f->store, key, NULL, &got, &found), MH_OK)
    SET(c, (const uint8_t(*)[PT_HASH])key, 3);
    FIND(key[0]);
    assert_int_equal(found, PT_FOUND);
    assert_string_equal(got.name, "a");
    assert_int_equal(got.may, 1);
    a_id = got.id;
    memcpy(swapped[0], key[1], PT_HASH);
    memcpy(swapped[1], key[0], PT_HASH);
    c[0].may = 3;
    SET(c, (const uint8_t(*)[PT_HASH])swapped, 2);
    reopen(f);
    FIND(key[1]);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(got.id, a_id); /* the same client, with another key */
    assert_int_equal(got.may, 3);
    FIND(key[0]);
    assert_string_equal(got.name, "b");
    FIND(key[2]);
    assert_int_equal(found, PT_ABSENT); /* no longer listed */
    c[1].name[0] = '\0';
    assert_int_equal(pt_store_clients_set(f->store, c,
                         (const uint8_t(*)[PT_HASH])key, 2, 9, NULL),
        MH_EFORMAT);
    FIND(key[1]);
    assert_int_equal(found, PT_FOUND); /* nothing by halves */
}

static void
quotas(void **state)
{
    struct fixture *f = *state;
    struct pt_client c = {.name = "a"};
    uint8_t key[PT_HASH];
    int64_t id;
    bool allowed;

    t_hash("key", key);
    assert_int_equal(pt_store_client_add(f->store, &c, key, NULL, &id), MH_OK);
    assert_int_equal(pt_store_client_use(f->store,
                         &(struct pt_use){id, 7, 60, 100}, NULL, &allowed),
        MH_OK);
    assert_true(allowed);
    assert_int_equal(pt_store_client_use(f->store,
                         &(struct pt_use){id, 7, 41, 100}, NULL, &allowed),
        MH_OK);
    assert_false(allowed);
    /* What was refused was not counted: exactly the rest still goes. */
    assert_int_equal(pt_store_client_use(f->store,
                         &(struct pt_use){id, 7, 40, 100}, NULL, &allowed),
        MH_OK);
    assert_true(allowed);
    assert_int_equal(pt_store_client_use(f->store,
                         &(struct pt_use){id, 7, 1, 100}, NULL, &allowed),
        MH_OK);
    assert_false(allowed);
    assert_int_equal(pt_store_client_use(f->store,
                         &(struct pt_use){id, 8, 100, 100}, NULL, &allowed),
        MH_OK);
    assert_true(allowed);
    assert_int_equal(pt_store_client_use(f->store,
                         &(struct pt_use){id, 8, 1 << 30, 0}, NULL, &allowed),
        MH_OK);
    assert_true(allowed);
}

static enum mh_code
begin(struct fixture *f, const char *key, const uint8_t *request, int64_t now,
    enum pt_idempotency *what, struct pt_replay *got)
{
    struct pt_idem idem = {.key = key, .now = now, .stale = now - 50};

    memcpy(idem.request, request, PT_HASH);
    return pt_store_idem_begin(f->store, &idem, f->arena, NULL, what, got);
}

static void
idempotency(void **state)
{
    struct fixture *f = *state;
    uint8_t one[PT_HASH], two[PT_HASH];
    struct pt_replay replay = {201, "application/json", "/x",
                         MH_SPAN_LIT("{\"a\":\0 1}")},
                     got = {0};
    enum pt_idempotency what;

    t_hash("one", one);
    t_hash("two", two);
#define BEGIN(key, request, now)                                               \
    assert_int_equal(begin(f, key, request, now, &what, &got), MH_OK)
    BEGIN("k", one, 100);
    assert_int_equal(what, PT_IDEM_NEW);
    BEGIN("k", one, 110);
    assert_int_equal(what, PT_IDEM_BUSY);
    BEGIN("k", two, 110);
    assert_int_equal(what, PT_IDEM_ANOTHER);
    BEGIN("k", one, 200); /* its first taker is dead */
    assert_int_equal(what, PT_IDEM_NEW);
    BEGIN("other", two, 200);
    assert_int_equal(what, PT_IDEM_NEW);
    assert_int_equal(
        pt_store_idem_finish(f->store, 0, "k", &replay, NULL), MH_OK);
    reopen(f);
    BEGIN("k", one, 300);
    assert_int_equal(what, PT_IDEM_REPLAY);
    assert_int_equal(got.status, 201);
    assert_string_equal(got.type, "application/json");
    assert_string_equal(got.location, "/x");
    assert_true(mh_span_eq(got.body, replay.body));
    BEGIN("k", two, 300);
    assert_int_equal(what, PT_IDEM_ANOTHER);
    /* An answer that was given is not taken back. */
    assert_int_equal(pt_store_idem_drop(f->store, 0, "k", NULL), MH_OK);
    BEGIN("k", one, 300);
    assert_int_equal(what, PT_IDEM_REPLAY);
    assert_int_equal(pt_store_idem_drop(f->store, 0, "other", NULL), MH_OK);
    BEGIN("other", one, 300);
    assert_int_equal(what, PT_IDEM_NEW);
}

static void
blobs(void **state)
{
    struct fixture *f = *state;
    struct pt_staged s;
    uint8_t sha[PT_HASH], text[16];
    enum pt_found found;
    uint64_t size, removed;
    int fd = t_memfd("abc");

    t_hash("abd", sha);
    /* Bytes that are not what was announced are refused, and nothing stays. */
    assert_int_equal(
        pt_store_blob_stage(f->store, fd, 3, sha, NULL, &s), MH_EFORMAT);
    t_hash("abc", sha);
    assert_int_equal(
        pt_store_blob_stage(f->store, fd, 4, sha, NULL, &s), MH_EIO);
    mh_close(&fd);
    s = t_stage(f->store, "abc");
    pt_store_blob_forget(f->store, &s);
    s = t_stage(f->store, "abc"); /* staged, and named by nobody */
    assert_int_equal(
        pt_store_blob_open(f->store, sha, NULL, &fd, &size, &found), MH_OK);
    assert_int_equal(found, PT_ABSENT);
    reopen(f);
    assert_int_equal(objects(f), 0);

    add_job(f, "a", 2000, "abc");
    add_job(f, "b", 2000, "abc"); /* the same bytes once more */
    reopen(f);
    assert_int_equal(objects(f), 1);
    assert_int_equal(
        pt_store_blob_open(f->store, sha, NULL, &fd, &size, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(size, 3);
    assert_int_equal(pread(fd, text, sizeof(text), 0), 3);
    assert_memory_equal(text, "abc", 3);
    assert_int_equal(write(fd, "x", 1), -1); /* it can only be read */
    mh_close(&fd);

    assert_int_equal(
        pt_store_blob_collect(f->store, 5000, NULL, &removed), MH_OK);
    assert_int_equal(removed, 0); /* jobs name it */
    assert_int_equal(objects(f), 1);
}

static struct pt_job
lease(struct fixture *f, int64_t now, int64_t until)
{
    struct pt_job job = {.id = "?"};

    assert_int_equal(
        pt_store_job_lease(f->store, now, until, f->arena, NULL, &job), MH_OK);
    return job;
}

static struct pt_job
get(struct fixture *f, const char *id, int64_t client)
{
    struct pt_job job = {.id = "?"};

    assert_int_equal(
        pt_store_job_get(f->store, id, client, f->arena, NULL, &job), MH_OK);
    return job;
}

static enum pt_found
done(struct fixture *f, const char *id, uint64_t which, int64_t now)
{
    const struct pt_lease l = {id, which, now};
    enum pt_found found = PT_ABSENT;

    assert_int_equal(pt_store_job_done(f->store, &l, "application/json",
                         MH_SPAN_LIT("{\"v\":1}"), NULL, &found),
        MH_OK);
    return found;
}

static enum pt_found
retry(struct fixture *f, const struct pt_job *job, int64_t now, int64_t again)
{
    const struct pt_lease l = {job->id, job->lease, now};
    enum pt_found found = PT_ABSENT;

    assert_int_equal(
        pt_store_job_retry(f->store, &l, again, "why", NULL, &found), MH_OK);
    return found;
}

static void
leases(void **state)
{
    struct fixture *f = *state;
    struct pt_job job, dead;

    assert_string_equal(lease(f, 9999, 10000).id, "");
    add_job(f, "late", 3000, "late");
    add_job(f, "first", 2000, "doc");
    assert_string_equal(lease(f, 1999, 2100).id, "");
    dead = lease(f, 2500, 2600);
    assert_string_equal(dead.id, "first");
    assert_string_equal(dead.kind, "verify");
    assert_true(mh_span_is(dead.payload, "{}"));
    assert_int_equal(dead.tries, 1);
    assert_int_equal(dead.blobs, 1);
    assert_string_equal(dead.blob[0].name, "s\xc9\x99n\xc9\x99"
                                           "d.pdf");
    assert_int_equal(dead.blob[0].size, 3);
    assert_string_equal(lease(f, 2500, 2600).id, ""); /* leased: not due */
    reopen(f);
    job = lease(f, 2600, 2700); /* its holder is dead */
    assert_string_equal(job.id, "first");
    assert_int_equal(job.tries, 2);
    /* The dead one's word no longer counts. */
    assert_int_equal(done(f, "first", dead.lease, 2650), PT_ABSENT);
    assert_int_equal(get(f, "first", 0).state, PT_JOB_LEASED);
    assert_int_equal(retry(f, &job, 2650, 2800), PT_FOUND);
    assert_int_equal(get(f, "first", 0).state, PT_JOB_QUEUED);
    assert_string_equal(get(f, "first", 0).error, "why");
    assert_string_equal(lease(f, 2799, 2900).id, "");
    job = lease(f, 2800, 2900);
    assert_int_equal(done(f, "first", job.lease, 2850), PT_FOUND);
    assert_int_equal(done(f, "first", job.lease, 2850), PT_ABSENT);
    assert_int_equal(retry(f, &job, 2850, 9000), PT_ABSENT);
}

/* After a start nothing is under way any more. */
static void
recovery(void **state)
{
    struct fixture *f = *state;
    struct pt_job before, after;
    struct pt_replay got = {0};
    enum pt_idempotency what;
    uint8_t one[PT_HASH];

    assert_int_equal(pt_store_recover(f->store, NULL), MH_OK); /* it serves */
    t_hash("one", one);
    add_job(f, "a", 2000, "doc");
    before = lease(f, 2500, 9000);
    assert_string_equal(before.id, "a");
    assert_int_equal(begin(f, "k", one, 2500, &what, &got), MH_OK);
    assert_int_equal(what, PT_IDEM_NEW);
    reopen(f);
    assert_string_equal(lease(f, 2501, 9000).id, "");
    assert_int_equal(begin(f, "k", one, 2501, &what, &got), MH_OK);
    assert_int_equal(what, PT_IDEM_BUSY);
    assert_int_equal(pt_store_recover(f->store, NULL), MH_OK);
    assert_int_equal(done(f, "a", before.lease, 2502), PT_ABSENT);
    after = lease(f, 2502, 9000);
    assert_string_equal(after.id, "a");
    assert_int_equal(done(f, "a", after.lease, 2503), PT_FOUND);
    assert_int_equal(begin(f, "k", one, 2502, &what, &got), MH_OK);
    assert_int_equal(what, PT_IDEM_NEW);
    /* A job is there once, whatever state it is in. */
    assert_int_equal(
        pt_store_job_add(f->store,
            &(struct pt_job){
                .id = "a", .kind = "verify", .created = 1, .run_at = 1},
            NULL, NULL),
        MH_EFORMAT);
    assert_int_equal(get(f, "a", 0).state, PT_JOB_DONE);
}

static void
ends(void **state)
{
    struct fixture *f = *state;
    uint64_t removed;
    struct pt_job job;

    add_job(f, "late", 3000, "late");
    add_job(f, "first", 2000, "doc");
    job = lease(f, 2800, 2900);
    assert_int_equal(done(f, "first", job.lease, 2850), PT_FOUND);
    reopen(f);
    job = get(f, "first", 0);
    assert_int_equal(job.state, PT_JOB_DONE);
    assert_int_equal(job.finished, 2850);
    assert_string_equal(job.type, "application/json");
    assert_true(mh_span_is(job.result, "{\"v\":1}"));
    assert_string_equal(get(f, "first", 5).id, ""); /* somebody else's */
    assert_string_equal(get(f, "first", -1).id, "first");
    assert_string_equal(get(f, "none", 0).id, "");
    job = lease(f, 4000, 4100);
    assert_string_equal(job.id, "late");
    assert_int_equal(retry(f, &job, 4050, MH_TIME_NONE), PT_FOUND);
    job = get(f, "late", 0);
    assert_int_equal(job.state, PT_JOB_FAILED);
    assert_string_equal(job.error, "why");
    assert_string_equal(lease(f, 9999, 10000).id, "");

    /* What has ended goes, and its documents with it. */
    assert_int_equal(pt_store_expire(f->store, 3000, NULL, &removed), MH_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(objects(f), 2);
    assert_int_equal(
        pt_store_blob_collect(f->store, 1000, NULL, &removed), MH_OK);
    assert_int_equal(removed, 0); /* too young */
    assert_int_equal(
        pt_store_blob_collect(f->store, 1001, NULL, &removed), MH_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(objects(f), 1);
    assert_int_equal(pt_store_check(f->store, NULL), MH_OK);
}

/* A job whose second document cannot be kept leaves nothing. */
static void
nothing_by_halves(void **state)
{
    struct fixture *f = *state;
    struct pt_job_blob blob[2] = {{.name = "a"}, {.name = "b"}};
    struct pt_job job = {.id = "x",
        .kind = "verify",
        .created = 1,
        .run_at = 1,
        .blob = blob,
        .blobs = 2};
    struct pt_staged staged[2] = {
        t_stage(f->store, "one"), t_stage(f->store, "two")};

    pt_store_blob_forget(f->store, &staged[1]);
    (void)snprintf(staged[1].temp, sizeof(staged[1].temp), "gone");
    assert_int_equal(pt_store_job_add(f->store, &job, staged, NULL), MH_EIO);
    assert_string_equal(get(f, "x", -1).id, "");
    job.blobs = PT_JOB_BLOBS_MAX + 1;
    assert_int_equal(pt_store_job_add(f->store, &job, staged, NULL), MH_ELIMIT);
}

struct racer {
    struct fixture *f;
    size_t n, leased;
};

enum {
    RACERS = 8,
    RACE_JOBS = 40
};

static void *
race(void *ctx)
{
    struct racer *r = ctx;
    struct mh_arena *arena = mh_arena_new(16 << 20);

    for (size_t i = 0; i < RACE_JOBS && arena != NULL; i++) {
        struct pt_job job = {.kind = "verify", .created = 1, .run_at = 1};
        struct pt_lease l = {job.id, 0, 11};
        enum pt_found found = PT_ABSENT;

        (void)snprintf(job.id, sizeof(job.id), "%zu-%zu", r->n, i);
        if (pt_store_job_add(r->f->store, &job, NULL, NULL) != MH_OK ||
            pt_store_job_lease(r->f->store, 10, 1000, arena, NULL, &job) !=
                MH_OK)
            break;
        l.lease = job.lease;
        if (job.id[0] != '\0' &&
            pt_store_job_done(r->f->store, &l, "t", MH_SPAN_LIT("x"), NULL,
                &found) == MH_OK &&
            found == PT_FOUND)
            r->leased++;
    }
    mh_arena_free(arena);
    return NULL;
}

/* Side by side every job is done exactly once. */
static void
racing(void **state)
{
    struct fixture *f = *state;
    struct racer racer[RACERS];
    pthread_t thread[RACERS];
    size_t sum = 0;

    for (size_t i = 0; i < RACERS; i++) {
        racer[i] = (struct racer){f, i, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, race, &racer[i]), 0);
    }
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        sum += racer[i].leased;
    }
    assert_int_equal(sum, RACERS * RACE_JOBS);
}

/* A store of a newer program, or one whose migrations are others. */
static void
strangers(void **state)
{
    struct fixture *f = *state;
    struct pt_store *other = NULL;
    struct mh_err err = {.msg = ""};
    char path[128];
    int fd;

    assert_int_equal(pt_store_open("nosuch:x", 1, &err, &other), MH_EUNSUP);
    assert_int_equal(
        pt_store_open("sqlite:/nonexistent", 1, &err, &other), MH_EIO);
    if (t_on_postgresql())
        return;
    pt_store_close(f->store);
    f->store = NULL;
    (void)snprintf(path, sizeof(path), "%s/store.db", f->dir);
    fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    for (int i = 0; i < 64; i++)
        assert_int_equal(pwrite(fd, "garbage garbage ", 16, (off_t)i * 16), 16);
    (void)close(fd);
    assert_int_equal(pt_store_open(f->where, 1, &err, &other), MH_EFORMAT);
    assert_null(other);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {ROW(clients), ROW(listed_clients),
        ROW(quotas), ROW(idempotency), ROW(blobs), ROW(leases), ROW(recovery),
        ROW(ends), ROW(nothing_by_halves), ROW(racing), ROW(strangers)};

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
