/* base/peer/courier, base/peer/online: many threads ask one courier. */
#include "tests/t.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/peer/online.h"
#include "base/sys/chan.h"

enum {
    ASKERS = (int)MH_FETCHES_MAX + 8,
    QUIET_MS = 100, /* in which nothing more is asked */
};

/* A courier that the test plays: it gathers what is asked. */
struct played {
    int chan;
    struct mh_courier *courier;
    uint64_t id[ASKERS];
    char url[ASKERS][32];
    size_t asked;
};

static const struct mh_fetch_setup nowhere = {.proxy = "", .ca_file = ""};

static void
begin(struct played *p)
{
    uint8_t buf[MH_MESSAGE_MAX];
    int pair[2], fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = buf, .fd = fds};

    assert_int_equal(mh_chan_pair(NULL, pair), MH_OK);
    p->chan = pair[0];
    p->asked = 0;
    assert_int_equal(
        mh_courier_over(pair[1], &nowhere, NULL, &p->courier), MH_OK);
    assert_int_equal(mh_chan_recv(p->chan, NULL, &packet), MH_OK);
    assert_true(packet.len > 0); /* the set-up */
}

/* Takes what is asked until there are so many, or nothing more comes. */
static void
gather(struct played *p, size_t many)
{
    static uint8_t buf[MH_MESSAGE_MAX];
    struct mh_arena *arena = mh_arena_new(1 << 20);

    assert_non_null(arena);
    while (p->asked < many) {
        struct pollfd ready = {.fd = p->chan, .events = POLLIN};
        int fds[MH_MESSAGE_FDS_MAX];
        struct mh_packet packet = {.buf = buf, .fd = fds};
        struct mh_fetch f;

        if (poll(&ready, 1, QUIET_MS) == 0 && p->asked >= MH_FETCHES_MAX)
            break;
        assert_int_equal(mh_chan_recv(p->chan, NULL, &packet), MH_OK);
        assert_int_equal(
            mh_fetch_unpack((struct mh_span){buf, packet.len}, arena, NULL, &f),
            MH_OK);
        p->id[p->asked] = f.id;
        (void)snprintf(p->url[p->asked++], sizeof(p->url[0]), "%.31s", f.url);
    }
    mh_arena_free(arena);
}

/* Answers with the address that was asked for. */
static void
answer(const struct played *p, size_t i)
{
    size_t len = strlen(p->url[i]);
    struct mh_fetched f = {.id = p->id[i],
        .code = MH_OK,
        .message = "",
        .status = 200,
        .size = len};
    struct mh_buf msg;
    int fd = -1;

    assert_int_equal(mh_memfd_new("answer", 0, NULL, &fd), MH_OK);
    assert_int_equal(pwrite(fd, p->url[i], len, 0), (ssize_t)len);
    assert_int_equal(mh_memfd_seal(fd, NULL), MH_OK);
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_fetched_pack(&f, &msg);
    assert_int_equal(
        mh_chan_send(p->chan, mh_buf_get(&msg), &fd, 1, NULL), MH_OK);
    mh_buf_fini(&msg);
    mh_close(&fd);
}

struct asker {
    pthread_t thread;
    struct mh_courier *courier;
    char url[32], got[32];
    enum mh_code code;
    _Atomic bool done;
};

static void *
ask(void *arg)
{
    struct asker *a = arg;
    struct mh_fetch f = {.kind = MH_FETCH_CRL, .endpoint = "", .url = a->url};
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_err err = {.msg = ""};
    struct mh_span out = {0};

    a->code = arena == NULL
                  ? MH_ENOMEM
                  : mh_courier_fetch(a->courier, &f, arena, &err, NULL, &out);
    if (a->code == MH_OK && out.len < sizeof(a->got))
        memcpy(a->got, out.ptr, out.len);
    mh_arena_free(arena);
    a->done = true;
    return NULL;
}

static void
start(const struct played *p, struct asker *a, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        a[i] = (struct asker){.courier = p->courier};
        (void)snprintf(a[i].url, sizeof(a[i].url), "http://a/%zu", i);
        assert_int_equal(pthread_create(&a[i].thread, NULL, ask, &a[i]), 0);
    }
}

static void
join(struct asker *a, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_join(a[i].thread, NULL), 0);
}

/* Each gets its own answer, whatever their order is. */
static void
test_out_of_order(void **state)
{
    enum {
        COUNT = 8
    };
    struct asker a[COUNT];
    struct played p;

    (void)state;
    begin(&p);
    start(&p, a, COUNT);
    gather(&p, COUNT);
    for (size_t i = COUNT; i-- > 0;)
        answer(&p, i);
    join(a, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        T_CHECK(a[i].url, a[i].code == MH_OK);
        assert_string_equal(a[i].got, a[i].url);
    }
    mh_courier_free(p.courier);
    mh_close(&p.chan);
}

/* Whoever is answered goes on while another one still waits, be it the one
   that reads for all. */
static void
test_slow_one(void **state)
{
    enum {
        COUNT = 4
    };
    struct asker a[COUNT];
    struct played p;

    (void)state;
    begin(&p);
    start(&p, a, 1);
    gather(&p, 1);
    start(&p, a + 1, COUNT - 1);
    gather(&p, COUNT);
    for (size_t i = 1; i < COUNT; i++)
        answer(&p, i);
    join(a + 1, COUNT - 1);
    assert_false(a[0].done);
    answer(&p, 0);
    join(a, 1);
    for (size_t i = 0; i < COUNT; i++)
        T_CHECK(a[i].url, a[i].code == MH_OK);
    assert_string_equal(a[0].got, a[0].url);
    mh_courier_free(p.courier);
    mh_close(&p.chan);
}

/* No more than MH_FETCHES_MAX are under way; the others come after. */
static void
test_many(void **state)
{
    static struct asker a[ASKERS];
    struct played p;
    size_t answered = 0;

    (void)state;
    begin(&p);
    start(&p, a, ASKERS);
    gather(&p, ASKERS);
    assert_int_equal(p.asked, MH_FETCHES_MAX);
    for (; answered < ASKERS - MH_FETCHES_MAX; answered++)
        answer(&p, answered);
    gather(&p, ASKERS);
    assert_int_equal(p.asked, ASKERS);
    for (; answered < ASKERS; answered++)
        answer(&p, answered);
    join(a, ASKERS);
    for (size_t i = 0; i < ASKERS; i++) {
        T_CHECK(a[i].url, a[i].code == MH_OK);
        T_CHECK(a[i].url, strcmp(a[i].got, a[i].url) == 0);
    }
    mh_courier_free(p.courier);
    mh_close(&p.chan);
}

/* A courier that ends, or answers what nobody asked, is gone for all who
   wait and for all who come later. */
static void
lost(bool lies)
{
    enum {
        COUNT = 3
    };
    struct asker a[COUNT + 1];
    struct played p;

    begin(&p);
    start(&p, a, COUNT);
    gather(&p, COUNT);
    answer(&p, 0);
    if (lies) {
        p.id[1] = 4711;
        answer(&p, 1);
    } else {
        mh_close(&p.chan);
    }
    join(a, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        T_CHECK(a[i].url,
            a[i].code ==
                (strcmp(a[i].url, p.url[0]) == 0 ? MH_OK : MH_EINTERNAL));
    start(&p, a + COUNT, 1);
    join(a + COUNT, 1);
    assert_int_equal(a[COUNT].code, MH_EINTERNAL);
    mh_courier_free(p.courier);
    mh_close(&p.chan);
}

static void
test_gone(void **state)
{
    (void)state;
    lost(false);
}

static void
test_liar(void **state)
{
    (void)state;
    lost(true);
}

static bool
open_still(int fd)
{
    struct pollfd p = {.fd = fd};

    return poll(&p, 1, 0) == 0; /* else it is said that the other end is gone */
}

/* One that is used is there until it is given back. */
static void
test_outside(void **state)
{
    struct mh_outside o;
    struct mh_online *first, *second;
    struct played p, q;

    (void)state;
    begin(&p);
    begin(&q);
    assert_int_equal(mh_outside_init(&o, NULL), MH_OK);
    assert_null(mh_outside_take(&o));
    mh_outside_set(&o, mh_online_over(p.courier));
    first = mh_outside_take(&o);
    assert_non_null(first);
    mh_outside_set(&o, mh_online_over(q.courier));
    second = mh_outside_take(&o);
    assert_ptr_not_equal(first, second);
    assert_true(open_still(p.chan));
    mh_online_free(first);
    assert_false(open_still(p.chan));
    mh_outside_fini(&o);
    assert_true(open_still(q.chan));
    mh_online_free(second);
    assert_false(open_still(q.chan));
    mh_close(&p.chan);
    mh_close(&q.chan);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out_of_order),
        cmocka_unit_test(test_slow_one),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_liar),
        cmocka_unit_test(test_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
