/* The one writer of the audit log (hsm/keyd/writer.h), asked by many threads.
 */
#include "tests/t.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/digest/digest.h"
#include "hsm/keyd/writer.h"
#include "tests/folder.h"

enum {
    THREADS = 8,
    EACH = 100,
    RECORDS = THREADS * EACH * 3
};

static char dir[64];
static struct hsm_writer *writer;
static _Atomic uint64_t seen[RECORDS];
static _Atomic size_t told;

static int64_t
clock_us(void *arg)
{
    (void)arg;
    return (int64_t)time(NULL) * 1000000;
}

static const struct hsm_writer_options options = {
    .dir = dir, .log = {.clock = clock_us}};

static struct hsm_record record; /* never changed once it is set */

static int
setup(void **state)
{
    (void)state;
    record = (struct hsm_record){.src = MH_SPAN_LIT("keyd"),
        .ev = MH_SPAN_LIT(HSM_EV_FILING),
        .who = MH_SPAN_LIT("p:1"),
        .obj = MH_SPAN_LIT("doc:1"),
        .res = MH_SPAN_LIT("ok")};
    (void)snprintf(dir, sizeof(dir), "/tmp/mohur-writer-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(hsm_log_create(dir, (struct mh_span){0}, NULL), MH_OK);
    assert_int_equal(hsm_writer_new(&options, NULL, &writer), MH_OK);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    hsm_writer_free(writer);
    assert_int_equal(t_remove_all(dir), 0);
    return 0;
}

static void
see(const struct hsm_writer_job *job)
{
    assert_int_equal(job->code, MH_OK);
    for (uint64_t n = job->n; n <= job->last; n++) {
        assert_in_range(n, 0, RECORDS - 1);
        assert_int_equal(atomic_fetch_add(&seen[n], 1), 0);
    }
}

static void
on_done(struct hsm_writer_job *job)
{
    see(job);
    told++;
}

/* Waits for two of three records, and is told of the third. */
static void *
ask(void *arg)
{
    struct hsm_writer_job *later = arg;

    for (size_t i = 0; i < EACH; i++) {
        const struct hsm_record two[2] = {record, record};
        struct hsm_writer_job job = {.record = two, .records = 2};

        later[i] = (struct hsm_writer_job){
            .record = &record, .records = 1, .done = on_done};
        hsm_writer_submit(writer, &later[i]);
        if (hsm_writer_run(writer, &job, NULL) == MH_OK)
            see(&job);
    }
    return NULL;
}

static void
every_record_once(void **state)
{
    static struct hsm_writer_job later[THREADS][EACH];
    struct hsm_log *log = NULL;
    pthread_t thread[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, ask, later[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    hsm_writer_free(writer); /* which writes what is still asked for */
    writer = NULL;
    assert_int_equal(told, THREADS * EACH);
    for (size_t i = 0; i < RECORDS; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(hsm_log_open(dir, &options.log, NULL, &log), MH_OK);
    assert_int_equal(hsm_log_size(log), RECORDS);
    hsm_log_close(log);
}

/* A record that breaks a rule fails alone, whoever writes it. */
static void
bad_ones(void **state)
{
    const struct hsm_record bad[2] = {record, {.src = MH_SPAN_LIT("?")}};
    struct hsm_writer_job good = {.record = &record, .records = 1};
    struct hsm_writer_job job = {.record = bad, .records = 2};
    struct hsm_writer_job none = {.records = 0};
    struct mh_err err = {.msg = ""};

    (void)state;
    assert_int_equal(hsm_writer_run(writer, &job, &err), MH_EFORMAT);
    assert_string_not_equal(err.msg, "");
    assert_int_equal(hsm_writer_run(writer, &none, NULL), MH_OK);
    assert_int_equal(hsm_writer_run(writer, &good, NULL), MH_OK);
    assert_int_equal(good.n, 0); /* the first of the bad ones is not there */
    assert_true(hsm_writer_state(writer).ok);
    assert_int_equal(hsm_writer_state(writer).size, 1);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {ROW(every_record_once), ROW(bad_ones)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
