#include "tests/t.h"

#include "base/sys/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"

static uint8_t bytes[MH_MESSAGE_MAX + 1];
static uint8_t got[MH_MESSAGE_MAX];

static void
test_packet_size(void **state)
{
    static const struct {
        const char *name;
        size_t len;
        bool ok;
    } rows[] = {
        {"one byte", 1, true},
        {"nothing", 0, false},
        {"at the maximum", MH_MESSAGE_MAX, true},
        {"one past it", MH_MESSAGE_MAX + 1, false},
    };
    struct mh_err err;
    int pair[2];

    (void)state;
    memset(bytes, 0x5a, sizeof(bytes));
    assert_int_equal(mh_chan_pair(&err, pair), MH_OK);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        int fds[MH_MESSAGE_FDS_MAX];
        struct mh_packet p = {.buf = got, .fd = fds};
        struct mh_span packet = {bytes, rows[i].len};
        enum mh_code code = mh_chan_send(pair[0], packet, NULL, 0, &err);

        T_CHECK(rows[i].name, code == (rows[i].ok ? MH_OK : MH_ELIMIT));
        if (!rows[i].ok)
            continue;
        T_CHECK(rows[i].name, mh_chan_recv(pair[1], &err, &p) == MH_OK);
        T_CHECK(rows[i].name, mh_span_eq((struct mh_span){got, p.len}, packet));
    }
    mh_close(&pair[0]);
    mh_close(&pair[1]);
}

static size_t
open_descriptors(void)
{
    size_t n = 0;

    for (int fd = 0; fd < 1000; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            n++;
    return n;
}

static void
test_descriptors(void **state)
{
    static const struct {
        const char *name;
        size_t fds;
        bool ok;
    } rows[] = {
        {"none", 0, true},
        {"one", 1, true},
        {"at the maximum", MH_MESSAGE_FDS_MAX, true},
        {"one past it", MH_MESSAGE_FDS_MAX + 1, false},
    };
    int send[MH_MESSAGE_FDS_MAX + 1], pair[2];
    struct mh_err err;

    (void)state;
    assert_int_equal(mh_chan_pair(&err, pair), MH_OK);
    for (size_t i = 0; i < T_COUNT(send); i++)
        send[i] = pair[0];
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        int fds[MH_MESSAGE_FDS_MAX];
        struct mh_packet p = {.buf = got, .fd = fds};
        size_t before = open_descriptors();

        T_CHECK(rows[i].name,
            mh_chan_send(pair[0], MH_SPAN_LIT("x"), send, rows[i].fds, &err) ==
                (rows[i].ok ? MH_OK : MH_ELIMIT));
        if (!rows[i].ok)
            continue;
        T_CHECK(rows[i].name, mh_chan_recv(pair[1], &err, &p) == MH_OK);
        T_CHECK(rows[i].name, p.fds == rows[i].fds);
        for (size_t k = 0; k < p.fds; k++)
            T_CHECK(rows[i].name, fcntl(p.fd[k], F_GETFD) == FD_CLOEXEC);
        mh_packet_close(&p);
        T_CHECK(rows[i].name, p.fds == 0);
        T_CHECK(rows[i].name, open_descriptors() == before);
    }
    mh_close(&pair[0]);
    mh_close(&pair[1]);
}

/* A peer that breaks the rules by hand: longer packet, more descriptors. */
static void
test_hostile_peer(void **state)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(sizeof(int) * (MH_MESSAGE_FDS_MAX + 1))];
    } control;
    struct iovec iov = {bytes, 1};
    struct msghdr msg = {.msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *h;
    int fds[MH_MESSAGE_FDS_MAX], pair[2];
    struct mh_packet p = {.buf = got, .fd = fds};
    struct mh_err err;
    size_t before;

    (void)state;
    assert_int_equal(mh_chan_pair(&err, pair), MH_OK);
    before = open_descriptors();
    assert_int_equal(
        send(pair[0], bytes, sizeof(bytes), 0), (ssize_t)sizeof(bytes));
    assert_int_equal(mh_chan_recv(pair[1], &err, &p), MH_EFORMAT);
    memset(&control, 0, sizeof(control));
    h = &control.align; /* the first one */
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int) * (MH_MESSAGE_FDS_MAX + 1));
    for (size_t i = 0; i <= MH_MESSAGE_FDS_MAX; i++)
        memcpy(CMSG_DATA(h) + i * sizeof(int), &pair[0], sizeof(int));
    assert_int_equal(sendmsg(pair[0], &msg, 0), 1);
    assert_int_equal(mh_chan_recv(pair[1], &err, &p), MH_EFORMAT);
    assert_int_equal(p.fds, 0);
    assert_int_equal(open_descriptors(), before);
    mh_close(&pair[0]);
    assert_int_equal(pair[0], -1);
    assert_int_equal(mh_chan_recv(pair[1], &err, &p), MH_OK);
    assert_int_equal(p.len, 0); /* the peer is gone */
    assert_int_equal(
        mh_chan_send(pair[1], MH_SPAN_LIT("x"), NULL, 0, &err), MH_EIO);
    assert_int_equal(err.sys, EPIPE);
    mh_close(&pair[1]);
}

static void
test_memfd(void **state)
{
    struct mh_err err;
    struct mh_map map;
    int fd = -1;

    (void)state;
    assert_int_equal(mh_memfd_new("test", 10, &err, &fd), MH_OK);
    assert_false(mh_memfd_sealed(fd));
    assert_int_equal(pwrite(fd, "0123456789", 10, 0), 10);
    assert_int_equal(mh_memfd_seal(fd, &err), MH_OK);
    assert_true(mh_memfd_sealed(fd));
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_not_equal(ftruncate(fd, 5), 0);
    assert_int_not_equal(ftruncate(fd, 50), 0);
    assert_int_equal(mh_memfd_seal(fd, &err), MH_EIO); /* it is sealed */
    assert_int_equal(mh_map_fd(fd, 9, &err, &map), MH_EFORMAT);
    assert_int_equal(mh_map_fd(fd, 11, &err, &map), MH_EFORMAT);
    assert_int_equal(mh_map_fd(fd, 10, &err, &map), MH_OK);
    assert_true(mh_span_is(map.bytes, "0123456789"));
    mh_map_fini(&map);
    mh_map_fini(&map);
    mh_close(&fd);
    assert_int_equal(mh_memfd_new("x", UINT64_MAX, &err, &fd), MH_EIO);
    assert_int_equal(mh_memfd_new("empty", 0, &err, &fd), MH_OK);
    assert_int_equal(mh_map_fd(fd, 0, &err, &map), MH_OK);
    assert_int_equal(map.bytes.len, 0);
    mh_close(&fd);
}

/* Only regular files are mapped. */
static void
test_not_a_file(void **state)
{
    struct mh_err err;
    struct mh_map map;
    int pair[2];

    (void)state;
    assert_int_equal(mh_chan_pair(&err, pair), MH_OK);
    assert_int_equal(mh_map_fd(pair[0], 0, &err, &map), MH_EFORMAT);
    assert_false(mh_memfd_sealed(pair[0]));
    mh_close(&pair[0]);
    mh_close(&pair[1]);
    assert_int_equal(mh_map_fd(-1, 0, &err, &map), MH_EIO);
}

/* Pages that were given back are the same when they are looked at again. */
static void
test_release(void **state)
{
    static uint8_t pages[10 * 4096 + 100];
    static const struct {
        size_t at, len;
    } rows[] = {
        {0, sizeof(pages)},
        {0, 1},
        {4096, 8192},
        {5000, 3},
        {5000, 9000},
        {sizeof(pages) - 1, 1},
        {sizeof(pages), 0},
    };
    struct mh_err err;
    struct mh_map map;
    int fd;

    (void)state;
    for (size_t i = 0; i < sizeof(pages); i++)
        pages[i] = (uint8_t)(i * 7 + i / 256);
    assert_int_equal(mh_memfd_new("pages", 0, &err, &fd), MH_OK);
    assert_int_equal(write(fd, pages, sizeof(pages)), sizeof(pages));
    assert_int_equal(mh_map_fd(fd, sizeof(pages), &err, &map), MH_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mh_map_release(map.bytes,
            (struct mh_span){map.bytes.ptr + rows[i].at, rows[i].len});
        assert_memory_equal(map.bytes.ptr, pages, sizeof(pages));
    }
    mh_map_fini(&map);
    mh_close(&fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packet_size),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_hostile_peer),
        cmocka_unit_test(test_memfd),
        cmocka_unit_test(test_not_a_file),
        cmocka_unit_test(test_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
