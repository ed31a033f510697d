/*
 * mohur-portal under a supervisor: settings and channels come over its
 * channel, and it serves, says how it is, takes new keys, and stops.
 */
#include "tests/t.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/helper.h"
#include "base/wire/control.h"
#include "base/wire/settings.h"

struct fixture {
    char dir[64];
    struct mh_helper portal, plain, pdf;
    int listener;
    uint16_t port;
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_client_settings client;
    struct mh_arena *arena;
};

static const char *hosts[] = {"localhost"};

static struct mh_portal_settings
settings(struct fixture *f)
{
    return (struct mh_portal_settings){.state = f->dir,
        .origin = "https://localhost",
        .host = hosts,
        .hosts = 1,
        .landlock = true,
        .threads = 2,
        .connections = 64,
        .workers = 2,
        .upload_max = 1 << 20,
        .flight_max = 64 << 20,
        .keep_days = 1,
        .client = &f->client,
        .clients = 1,
        .seal_key = "",
        .mobile = {"", "", "", "", ""},
        .fetch = {.proxy = "", .ca_file = ""}};
}

static void
send_settings(struct fixture *f, bool again)
{
    struct mh_portal_settings s = settings(f);
    struct mh_buf buf;

    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_portal_settings_pack(&s, again, &buf);
    assert_true(mh_buf_ok(&buf));
    assert_int_equal(
        mh_chan_send(f->portal.chan, mh_buf_get(&buf), NULL, 0, NULL), MH_OK);
    mh_buf_fini(&buf);
}

static void
send_channel(struct fixture *f, enum mh_peer peer, int fd)
{
    const struct mh_ctl_channel m = {.peer = peer};
    struct mh_buf buf;

    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_ctl_channel_pack(&m, &buf);
    assert_int_equal(
        mh_chan_send(f->portal.chan, mh_buf_get(&buf), &fd, 1, NULL), MH_OK);
    mh_buf_fini(&buf);
}

/* The next message of the portal's, in the fixture's arena. */
static struct mh_span
receive(struct fixture *f)
{
    struct pollfd p = {.fd = f->portal.chan, .events = POLLIN};
    uint8_t *buf = mh_arena_alloc(f->arena, MH_MESSAGE_MAX);
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = buf, .fd = fds};

    assert_non_null(buf);
    assert_int_equal(poll(&p, 1, 10000), 1);
    assert_int_equal(mh_chan_recv(f->portal.chan, NULL, &packet), MH_OK);
    assert_int_equal(packet.fds, 0);
    return (struct mh_span){buf, packet.len};
}

/* A listening socket of the loopback. */
static void
listen_on(struct fixture *f)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(a);

    f->listener =
        socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(f->listener >= 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(f->listener, 16), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&a, &len), 0);
    f->port = ntohs(a.sin_port);
}

/* The status of the answer to a GET with that key; 0: none came. */
static int
ask(const struct fixture *f, const char *path, const char *key)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
        .sin_port = htons(f->port),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char text[512];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0, n;

    assert_true(fd >= 0);
    n = snprintf(text, sizeof(text),
        "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "%s%s%s\r\n",
        path, key == NULL ? "" : "Authorization: Bearer ",
        key == NULL ? "" : key, key == NULL ? "" : "\r\n");
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
        send(fd, text, (size_t)n, MSG_NOSIGNAL) == n) {
        ssize_t got = recv(fd, text, sizeof(text) - 1, 0);

        text[got < 0 ? 0 : got] = '\0';
        if (sscanf(text, "HTTP/1.1 %d", &status) != 1)
            status = 0;
    }
    mh_close(&fd);
    return status;
}

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->portal.chan = f->plain.chan = f->pdf.chan = f->listener = -1;
    f->arena = mh_arena_new(8 << 20);
    assert_non_null(f->arena);
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/mohur-serve-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(
        mh_digest_once(MH_SHA256, MH_SPAN_LIT("first"), NULL, f->hash), MH_OK);
    f->client = (struct mh_client_settings){
        .name = "bar", .key = {f->hash, MH_SHA256_LENGTH}, .may = MH_MAY_ALL};
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;
    mh_helper_end(&f->portal);
    mh_helper_end(&f->plain);
    mh_helper_end(&f->pdf);
    mh_close(&f->listener);
    if (fork() == 0) {
        (void)execl("/bin/rm", "rm", "-rf", f->dir, (char *)NULL);
        _exit(1);
    }
    (void)wait(NULL);
    mh_arena_free(f->arena);
    free(f);
    return 0;
}

/* Starts it with everything it needs and waits until it is ready. */
static void
start(struct fixture *f)
{
    int trust = -1;

    assert_int_equal(
        mh_helper_start("mohur-portal", NULL, NULL, &f->portal), MH_OK);
    assert_int_equal(
        mh_helper_start("mohur-examiner", "2", NULL, &f->plain), MH_OK);
    assert_int_equal(
        mh_helper_start("mohur-examiner-pdf", "2", NULL, &f->pdf), MH_OK);
    listen_on(f);
    assert_int_equal(mh_memfd_new("trust", 0, NULL, &trust), MH_OK);
    assert_int_equal(mh_memfd_seal(trust, NULL), MH_OK);
    send_settings(f, false);
    send_channel(f, MH_PEER_LISTENER, f->listener);
    send_channel(f, MH_PEER_EXAMINER, f->plain.chan);
    send_channel(f, MH_PEER_EXAMINER_PDF, f->pdf.chan);
    send_channel(f, MH_PEER_TRUST, trust);
    mh_close(&trust);
    assert_int_equal(mh_ctl_unpack_bare(receive(f), MH_CTL_READY, NULL), MH_OK);
}

static void
life(void **state)
{
    struct fixture *f = *state;
    const struct mh_ctl_tick tick = {.ready = true};
    struct mh_ctl_health health;
    struct mh_buf buf;
    int status;

    start(f);
    assert_int_equal(ask(f, "/api/v1/health/live", NULL), 200);
    assert_int_equal(ask(f, "/api/v1/jobs/x", NULL), 401);
    assert_int_equal(ask(f, "/api/v1/jobs/x", "first"), 404);
    assert_int_equal(ask(f, "/api/v1/jobs/x", "second"), 401);

    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_ctl_tick_pack(&tick, &buf);
    assert_int_equal(
        mh_chan_send(f->portal.chan, mh_buf_get(&buf), NULL, 0, NULL), MH_OK);
    assert_int_equal(
        mh_ctl_health_unpack(receive(f), f->arena, NULL, &health), MH_OK);
    assert_true(health.ok);
    assert_string_equal(health.counter[0].name, "http_requests");
    assert_int_equal(health.counter[0].value, 4);

    /* Another key for the same client: the old one ends at once. */
    assert_int_equal(
        mh_digest_once(MH_SHA256, MH_SPAN_LIT("second"), NULL, f->hash), MH_OK);
    send_settings(f, true);
    mh_buf_clear(&buf);
    mh_ctl_tick_pack(&tick, &buf); /* answered behind the settings */
    assert_int_equal(
        mh_chan_send(f->portal.chan, mh_buf_get(&buf), NULL, 0, NULL), MH_OK);
    assert_true(receive(f).len > 0);
    assert_int_equal(ask(f, "/api/v1/jobs/x", "first"), 401);
    assert_int_equal(ask(f, "/api/v1/jobs/x", "second"), 404);

    mh_buf_clear(&buf);
    mh_ctl_pack_bare(MH_CTL_STOP, &buf);
    assert_int_equal(
        mh_chan_send(f->portal.chan, mh_buf_get(&buf), NULL, 0, NULL), MH_OK);
    mh_buf_fini(&buf);
    assert_int_equal(waitpid(f->portal.pid, &status, 0), f->portal.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    mh_close(&f->portal.chan);
    f->portal.pid = 0;
}

/* Without its supervisor it ends; so does it on a message that is none. */
static void
ends(void **state)
{
    struct fixture *f = *state;
    int status;

    start(f);
    assert_int_equal(
        mh_chan_send(f->portal.chan, MH_SPAN_LIT("\x7f"), NULL, 0, NULL),
        MH_OK);
    assert_int_equal(waitpid(f->portal.pid, &status, 0), f->portal.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 70);
    mh_close(&f->portal.chan);
    f->portal.pid = 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(life, setup, teardown),
        cmocka_unit_test_setup_teardown(ends, setup, teardown),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
