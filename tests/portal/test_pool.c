/* The pool: a client with much to do does not hold up one with little. */
#include "tests/t.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "portal/jobs/pool.h"

enum {
    EACH = 10,
    ALL = 15
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int order[64];
static size_t ran;

/* Waits at the gate, then writes down whose it is. */
static void
note(void *arg)
{
    const int *whose = arg;

    assert_int_equal(pthread_mutex_lock(&gate), 0);
    assert_int_equal(pthread_mutex_unlock(&gate), 0);
    assert_int_equal(pthread_mutex_lock(&lock), 0);
    order[ran++] = *whose;
    assert_int_equal(pthread_mutex_unlock(&lock), 0);
}

static void
fair(void **state)
{
    static int one = 1, two = 2, three = 3;
    struct pt_task task[64];
    struct pt_pool *pool = NULL;
    size_t n = 0;

    (void)state;
    assert_int_equal(pt_pool_new(1, EACH, ALL, NULL, &pool), MH_OK);
    assert_int_equal(pthread_mutex_lock(&gate), 0);
    task[n] = (struct pt_task){.run = note, .arg = &three};
    assert_int_equal(pt_pool_add(pool, 3, &task[n++]), PT_POOLED);
    while (pt_pool_waiting(pool) > 0) /* the worker stands at the gate */
        (void)usleep(1000);
    for (int i = 0; i < EACH; i++) {
        task[n] = (struct pt_task){.run = note, .arg = &one};
        assert_int_equal(pt_pool_add(pool, 1, &task[n++]), PT_POOLED);
    }
    task[n] = (struct pt_task){.run = note, .arg = &one};
    assert_int_equal(pt_pool_add(pool, 1, &task[n]), PT_POOL_CLIENT_FULL);
    for (int i = 0; i < ALL - EACH; i++) {
        task[n] = (struct pt_task){.run = note, .arg = &two};
        assert_int_equal(pt_pool_add(pool, 2, &task[n++]), PT_POOLED);
    }
    task[n] = (struct pt_task){.run = note, .arg = &two};
    assert_int_equal(pt_pool_add(pool, 2, &task[n]), PT_POOL_FULL);
    assert_int_equal(pt_pool_waiting(pool), ALL);
    assert_int_equal(pthread_mutex_unlock(&gate), 0);
    pt_pool_free(pool); /* runs what waits */
    assert_int_equal(ran, 1 + ALL);
    assert_int_equal(order[0], 3);
    for (size_t i = 0; i < 2 * (size_t)(ALL - EACH); i++)
        assert_int_equal(order[1 + i], i % 2 == 0 ? 1 : 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
