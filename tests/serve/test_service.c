#include "tests/t.h"

#include "base/sys/service.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/wire/settings.h"

/* What the program was called with. */
static struct {
    int setups, reloads, ticks, stops, fd;
    enum mh_peer peer;
    uint32_t index;
    bool refuse;
} seen;

static enum mh_code
on_setup(void *ctx, struct mh_span packet, struct mh_err *err)
{
    (void)ctx;
    assert_int_equal(mh_ctl_type(packet), MH_CTL_SETUP);
    seen.setups++;
    if (seen.refuse)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "no");
    return MH_OK;
}

static enum mh_code
on_reload(void *ctx, struct mh_span packet, struct mh_err *err)
{
    (void)ctx;
    (void)err;
    assert_int_equal(mh_ctl_type(packet), MH_CTL_RELOAD);
    seen.reloads++;
    return MH_OK;
}

static enum mh_code
on_channel(
    void *ctx, enum mh_peer peer, uint32_t index, int fd, struct mh_err *err)
{
    (void)ctx;
    (void)err;
    seen.peer = peer;
    seen.index = index;
    seen.fd = fd;
    return MH_OK;
}

static void
on_tick(void *ctx, const struct mh_ctl_tick *tick, struct mh_ctl_health *health)
{
    static struct mh_counter counters[] = {{"asked", 7}};

    (void)ctx;
    assert_true(tick->ready);
    health->ok = false;
    health->why = "no key";
    health->counter = counters;
    health->counters = 1;
    seen.ticks++;
}

static void
on_stop(void *ctx)
{
    (void)ctx;
    seen.stops++;
}

static const struct mh_service_ops ops = {
    on_setup, on_reload, on_channel, on_tick, on_stop};

struct bed {
    struct mh_service *service;
    int peer;
    uint8_t in[MH_MESSAGE_MAX];
    struct mh_buf buf;
};
static struct bed bed;

static int
begin(void **state)
{
    int pair[2];

    (void)state;
    memset(&seen, 0, sizeof(seen));
    seen.fd = -1;
    mh_buf_init(&bed.buf, MH_MESSAGE_MAX);
    if (mh_chan_pair(NULL, pair) != MH_OK)
        return -1;
    bed.peer = pair[1];
    return mh_service_new(pair[0], &ops, NULL, NULL, &bed.service) == MH_OK
               ? 0
               : -1;
}

static int
end(void **state)
{
    (void)state;
    mh_service_free(bed.service);
    mh_close(&bed.peer);
    mh_buf_fini(&bed.buf);
    return 0;
}

/* Sends what is in bed.buf and lets the service have it. */
static enum mh_code
say(const int *fd, size_t fds)
{
    assert_true(mh_buf_ok(&bed.buf));
    assert_int_equal(
        mh_chan_send(bed.peer, mh_buf_get(&bed.buf), fd, fds, NULL), MH_OK);
    mh_buf_clear(&bed.buf);
    return mh_service_serve(bed.service, NULL);
}

static void
pack_settings(bool again)
{
    struct mh_keyd_settings s = {
        .state = "/s", .origin = "o", .fetch = {"", "", false, NULL, 0}};

    mh_keyd_settings_pack(&s, again, &bed.buf);
}

static void
pack_channel(enum mh_peer peer, uint32_t index)
{
    struct mh_ctl_channel c = {peer, index};

    mh_ctl_channel_pack(&c, &bed.buf);
}

static void
test_in_order(void **state)
{
    struct mh_ctl_tick tick = {true, NULL, 0};
    struct mh_arena *arena = mh_arena_new(1 << 16);
    struct mh_packet packet = {.buf = bed.in};
    int fds[MH_MESSAGE_FDS_MAX], fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct mh_ctl_health health;
    struct mh_ctl_want want;

    (void)state;
    packet.fd = fds;
    assert_false(mh_service_set_up(bed.service));
    pack_settings(false);
    assert_int_equal(say(NULL, 0), MH_OK);
    assert_true(mh_service_set_up(bed.service));
    pack_channel(MH_PEER_TOKEN, 3);
    assert_int_equal(say(&fd, 1), MH_OK);
    assert_int_equal(seen.peer, MH_PEER_TOKEN);
    assert_int_equal(seen.index, 3);
    assert_int_equal(fcntl(seen.fd, F_GETFD), FD_CLOEXEC);
    mh_close(&seen.fd);
    assert_int_equal(mh_service_ready(bed.service, NULL), MH_OK);
    assert_int_equal(mh_chan_recv(bed.peer, NULL, &packet), MH_OK);
    assert_int_equal(mh_ctl_unpack_bare((struct mh_span){bed.in, packet.len},
                         MH_CTL_READY, NULL),
        MH_OK);
    mh_ctl_tick_pack(&tick, &bed.buf);
    assert_int_equal(say(NULL, 0), MH_OK);
    assert_int_equal(mh_chan_recv(bed.peer, NULL, &packet), MH_OK);
    assert_int_equal(mh_ctl_health_unpack((struct mh_span){bed.in, packet.len},
                         arena, NULL, &health),
        MH_OK);
    assert_false(health.ok);
    assert_string_equal(health.why, "no key");
    assert_int_equal(health.counter[0].value, 7);
    assert_int_equal(
        mh_service_want(bed.service, MH_PEER_COURIER, 0, NULL), MH_OK);
    assert_int_equal(mh_chan_recv(bed.peer, NULL, &packet), MH_OK);
    assert_int_equal(
        mh_ctl_want_unpack((struct mh_span){bed.in, packet.len}, NULL, &want),
        MH_OK);
    assert_int_equal(want.peer, MH_PEER_COURIER);
    pack_settings(true);
    assert_int_equal(say(NULL, 0), MH_OK);
    mh_ctl_pack_bare(MH_CTL_STOP, &bed.buf);
    assert_int_equal(say(NULL, 0), MH_OK);
    assert_int_equal(seen.setups, 1);
    assert_int_equal(seen.reloads, 1);
    assert_int_equal(seen.ticks, 1);
    assert_int_equal(seen.stops, 1);
    mh_close(&bed.peer);
    assert_int_equal(mh_service_serve(bed.service, NULL), MH_EIO);
    mh_close(&fd);
    mh_arena_free(arena);
}

static void
test_out_of_order(void **state)
{
    static const struct {
        const char *name;
        enum mh_ctl_type first, then;
        size_t fds;
    } rows[] = {
        {"a channel first", MH_CTL_END, MH_CTL_CHANNEL, 1},
        {"a reload first", MH_CTL_END, MH_CTL_RELOAD, 0},
        {"a stop first", MH_CTL_END, MH_CTL_STOP, 0},
        {"two set-ups", MH_CTL_SETUP, MH_CTL_SETUP, 0},
        {"two stops", MH_CTL_STOP, MH_CTL_STOP, 0},
        {"a channel without a descriptor", MH_CTL_SETUP, MH_CTL_CHANNEL, 0},
        {"a channel with two", MH_CTL_SETUP, MH_CTL_CHANNEL, 2},
        {"a stop with a descriptor", MH_CTL_SETUP, MH_CTL_STOP, 1},
        {"its own word", MH_CTL_SETUP, MH_CTL_READY, 0},
    };

    for (size_t i = 0; i < T_COUNT(rows); i++) {
        enum mh_ctl_type says[] = {MH_CTL_SETUP, rows[i].first, rows[i].then};
        int fd = open("/dev/null", O_RDWR | O_CLOEXEC), two[2] = {fd, fd};
        enum mh_code code = MH_OK;

        assert_int_equal(begin(state), 0);
        for (size_t k = rows[i].first == MH_CTL_STOP ? 0 : 1; k < 3; k++) {
            if (says[k] == MH_CTL_END)
                continue;
            T_CHECK(rows[i].name, code == MH_OK);
            if (says[k] == MH_CTL_SETUP || says[k] == MH_CTL_RELOAD)
                pack_settings(says[k] == MH_CTL_RELOAD);
            else if (says[k] == MH_CTL_CHANNEL)
                pack_channel(MH_PEER_COURIER, 0);
            else
                mh_ctl_pack_bare(says[k], &bed.buf);
            code = say(two, k == 2 ? rows[i].fds : 0);
        }
        T_CHECK(rows[i].name, code == MH_EFORMAT);
        T_CHECK(rows[i].name, seen.fd == -1);
        mh_close(&fd);
        (void)end(state);
    }
}

static void
test_refused_setup(void **state)
{
    (void)state;
    seen.refuse = true;
    pack_settings(false);
    assert_int_equal(say(NULL, 0), MH_ELIMIT);
    assert_false(mh_service_set_up(bed.service));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_in_order, begin, end),
        cmocka_unit_test(test_out_of_order),
        cmocka_unit_test_setup_teardown(test_refused_setup, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
