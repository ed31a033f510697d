#include "tests/t.h"

#include "base/peer/keyd.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"

/* A caller in a thread of its own. */
struct caller {
    struct mh_keyd *k;
    uint64_t n; /* of PROOF; the answer is for the same number */
    unsigned timeout_ms;
    pthread_t thread;
    enum mh_code code;
    struct mh_err err;
    enum mh_refusal refusal;
    uint32_t number;
    bool file;
};

static void *
ask(void *arg)
{
    struct caller *c = arg;
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_keyd_proof m = {.id = mh_keyd_next(c->k), .n = c->n};
    struct mh_keyd_number fine = {0};
    struct mh_keyd_answer a;
    struct mh_buf out;

    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_keyd_proof_pack(&m, &out);
    c->code = mh_keyd_ask(c->k,
        &(struct mh_keyd_question){.id = m.id,
            .message = &out,
            .want = MH_KEYD_APPROVED,
            .timeout_ms = c->timeout_ms},
        arena, &c->err, &a);
    c->refusal = a.refusal;
    if (c->code == MH_OK)
        c->code =
            mh_keyd_number_unpack(a.packet, MH_KEYD_APPROVED, &c->err, &fine);
    c->number = fine.number;
    c->file = a.fd >= 0;
    mh_close(&a.fd);
    mh_buf_fini(&out);
    mh_arena_free(arena);
    return NULL;
}

static void
start(struct caller *c, struct mh_keyd *k, uint64_t n, unsigned timeout_ms)
{
    *c = (struct caller){.k = k, .n = n, .timeout_ms = timeout_ms};
    assert_int_equal(pthread_create(&c->thread, NULL, ask, c), 0);
}

static void
end(struct caller *c)
{
    assert_int_equal(pthread_join(c->thread, NULL), 0);
}

/* The peer's side: one question. */
static struct mh_keyd_proof
take(int chan)
{
    static uint8_t buf[MH_MESSAGE_MAX];
    int fd[MH_MESSAGE_FDS_MAX];
    struct mh_packet p = {.buf = buf, .fd = fd};
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_keyd_proof m;

    assert_int_equal(mh_chan_recv(chan, NULL, &p), MH_OK);
    assert_int_equal(
        mh_keyd_proof_unpack((struct mh_span){p.buf, p.len}, arena, NULL, &m),
        MH_OK);
    mh_arena_free(arena);
    return m;
}

static void
give(int chan, uint64_t id, uint32_t number, int fd)
{
    struct mh_keyd_number m = {id, number};
    struct mh_buf out;

    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_keyd_number_pack(MH_KEYD_APPROVED, &m, &out);
    assert_int_equal(
        mh_chan_send(chan, mh_buf_get(&out), &fd, fd >= 0, NULL), MH_OK);
    mh_buf_fini(&out);
}

static void
refuse(int chan, uint64_t id)
{
    struct mh_keyd_failed m = {
        id, MH_EUNSUP, MH_REFUSED_KEY, "ticket", "no such key"};
    struct mh_buf out;

    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_keyd_failed_pack(&m, &out);
    assert_int_equal(
        mh_chan_send(chan, mh_buf_get(&out), NULL, 0, NULL), MH_OK);
    mh_buf_fini(&out);
}

static struct mh_keyd *
fresh(int *peer)
{
    struct mh_keyd *k = NULL;
    int pair[2];

    assert_int_equal(mh_keyd_new(NULL, &k), MH_OK);
    assert_int_equal(mh_chan_pair(NULL, pair), MH_OK);
    assert_int_equal(mh_keyd_attach(k, pair[0], NULL), MH_OK);
    *peer = pair[1];
    return k;
}

/* Answers that come in the other order reach those who asked. */
static void
test_order(void **state)
{
    struct mh_keyd_proof m[8];
    struct caller c[8];
    struct mh_keyd *k;
    int peer, file;

    (void)state;
    k = fresh(&peer);
    assert_int_equal(mh_memfd_new("x", 1, NULL, &file), MH_OK);
    for (size_t i = 0; i < T_COUNT(c); i++)
        start(&c[i], k, i + 10, 20000);
    for (size_t i = 0; i < T_COUNT(c); i++)
        m[i] = take(peer);
    for (size_t i = T_COUNT(c); i-- > 0;)
        give(peer, m[i].id, (uint32_t)m[i].n, m[i].n == 13 ? file : -1);
    for (size_t i = 0; i < T_COUNT(c); i++) {
        end(&c[i]);
        assert_int_equal(c[i].code, MH_OK);
        assert_int_equal(c[i].number, i + 10);
        assert_int_equal(c[i].file, i == 3);
    }
    mh_close(&file);
    mh_close(&peer);
    mh_keyd_free(k);
}

/* A refusal is its own code; an answer too late is nobody's. */
static void
test_refused_and_late(void **state)
{
    struct mh_keyd_proof m, late;
    struct mh_keyd *k;
    struct caller c;
    int peer;

    (void)state;
    k = fresh(&peer);
    start(&c, k, 1, 20000);
    m = take(peer);
    refuse(peer, m.id);
    end(&c);
    assert_int_equal(c.code, MH_EUNSUP);
    assert_int_equal(c.refusal, MH_REFUSED_KEY);
    assert_string_equal(c.err.msg, "no such key");

    start(&c, k, 2, 50);
    late = take(peer);
    end(&c);
    assert_int_equal(c.code, MH_EINTERNAL);
    assert_string_equal(c.err.msg, "keyd: no answer in time");

    start(&c, k, 3, 20000);
    m = take(peer);
    give(peer, late.id, 2, -1);
    give(peer, m.id, 3, -1);
    end(&c);
    assert_int_equal(c.code, MH_OK);
    assert_int_equal(c.number, 3);
    mh_close(&peer);
    mh_keyd_free(k);
}

/* A peer that goes, or breaks the protocol, fails all; a new one is used. */
static void
test_gone(void **state)
{
    static const uint8_t nonsense[] = {0xff, 1, 2};
    struct mh_keyd_proof m;
    struct caller c[3];
    struct mh_keyd *k;
    int peer, pair[2];

    (void)state;
    k = fresh(&peer);
    for (int way = 0; way < 3; way++) {
        for (size_t i = 0; i < T_COUNT(c); i++)
            start(&c[i], k, i, 20000);
        for (size_t i = 0; i < T_COUNT(c); i++)
            (void)take(peer);
        if (way == 1)
            assert_int_equal(
                mh_chan_send(peer, (struct mh_span){nonsense, sizeof(nonsense)},
                    NULL, 0, NULL),
                MH_OK);
        if (way == 0)
            mh_close(&peer);
        assert_int_equal(mh_chan_pair(NULL, pair), MH_OK);
        if (way == 2) /* a new channel while the old one still stands */
            assert_int_equal(mh_keyd_attach(k, pair[0], NULL), MH_OK);
        for (size_t i = 0; i < T_COUNT(c); i++) {
            end(&c[i]);
            assert_int_equal(c[i].code, MH_EINTERNAL);
            assert_string_equal(c[i].err.msg, "keyd: it is gone");
        }
        if (way != 2) {
            start(&c[0], k, 9, 20000);
            end(&c[0]);
            assert_int_equal(c[0].code, MH_EINTERNAL); /* none to ask */
            assert_int_equal(mh_keyd_attach(k, pair[0], NULL), MH_OK);
        }
        mh_close(&peer);
        peer = pair[1];
        start(&c[0], k, 7, 20000);
        m = take(peer);
        give(peer, m.id, 7, -1);
        end(&c[0]);
        assert_int_equal(c[0].code, MH_OK);
    }
    mh_close(&peer);
    mh_keyd_free(k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_refused_and_late),
        cmocka_unit_test(test_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
