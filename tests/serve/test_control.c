#include "tests/t.h"

#include "base/wire/control.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/wire/settings.h"

static const uint8_t hash[32] = {1, 2, 3};

/* A packet is whole: cut anywhere or longer by one byte it is none. */
#define CHECK_WHOLE(unpack)                                                    \
    do {                                                                       \
        struct mh_span in;                                                     \
                                                                               \
        for (size_t n = 0; n < buf.len; n++) {                                 \
            in = (struct mh_span){buf.ptr, n};                                 \
            assert_int_equal(unpack, MH_EFORMAT);                              \
        }                                                                      \
        mh_buf_byte(&buf, 0);                                                  \
        in = mh_buf_get(&buf);                                                 \
        assert_int_equal(unpack, MH_EFORMAT);                                  \
    } while (0)

static void
test_bare(void **state)
{
    struct mh_buf buf;

    (void)state;
    for (unsigned t = 0; t <= MH_CTL_END; t++) {
        bool bare = t == MH_CTL_STOP || t == MH_CTL_READY;

        mh_buf_init(&buf, MH_MESSAGE_MAX);
        mh_ctl_pack_bare((enum mh_ctl_type)t, &buf);
        assert_int_equal(mh_buf_ok(&buf), bare);
        if (bare) {
            assert_int_equal(mh_ctl_type(mh_buf_get(&buf)), t);
            assert_int_equal(
                mh_ctl_unpack_bare(mh_buf_get(&buf), (enum mh_ctl_type)t, NULL),
                MH_OK);
            CHECK_WHOLE(mh_ctl_unpack_bare(in, (enum mh_ctl_type)t, NULL));
        }
        mh_buf_fini(&buf);
    }
    assert_int_equal(mh_ctl_type((struct mh_span){0}), 0);
    assert_int_equal(mh_ctl_type(MH_SPAN_LIT("\x09")), 0);
}

static void
test_channel(void **state)
{
    static const struct {
        const char *name;
        unsigned peer;
        uint32_t index;
        bool channel, want;
    } rows[] = {
        {"an examiner", MH_PEER_EXAMINER, 0, true, true},
        {"the second examiner", MH_PEER_EXAMINER_PDF, 0, true, true},
        {"the writer", MH_PEER_EXAMINER_SIGN, 0, true, true},
        {"an examiner has no number", MH_PEER_EXAMINER, 1, false, false},
        {"the courier", MH_PEER_COURIER, 0, true, true},
        {"keyd may not be killed", MH_PEER_KEYD, 0, true, false},
        {"nor the portal", MH_PEER_PORTAL, 0, true, false},
        {"the first token", MH_PEER_TOKEN, 0, true, true},
        {"the last token", MH_PEER_TOKEN, MH_KEYS_MAX - 1, true, true},
        {"one past it", MH_PEER_TOKEN, MH_KEYS_MAX, false, false},
        {"a listener", MH_PEER_LISTENER, 0, true, false},
        {"metrics", MH_PEER_METRICS, 0, true, false},
        {"trust", MH_PEER_TRUST, 0, true, false},
        {"nobody", MH_PEERS, 0, false, false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_ctl_channel channel = {rows[i].peer, rows[i].index}, got;
        struct mh_ctl_want want = {rows[i].peer, rows[i].index}, back;
        struct mh_buf buf;

        mh_buf_init(&buf, MH_MESSAGE_MAX);
        mh_ctl_channel_pack(&channel, &buf);
        T_CHECK(rows[i].name, mh_buf_ok(&buf) == rows[i].channel);
        if (rows[i].channel) {
            T_CHECK(rows[i].name,
                mh_ctl_channel_unpack(mh_buf_get(&buf), NULL, &got) == MH_OK);
            T_CHECK(rows[i].name, got.peer == channel.peer);
            T_CHECK(rows[i].name, got.index == channel.index);
            CHECK_WHOLE(mh_ctl_channel_unpack(in, NULL, &got));
        }
        mh_buf_clear(&buf);
        mh_ctl_want_pack(&want, &buf);
        T_CHECK(rows[i].name, mh_buf_ok(&buf) == rows[i].want);
        if (rows[i].want) {
            T_CHECK(rows[i].name,
                mh_ctl_want_unpack(mh_buf_get(&buf), NULL, &back) == MH_OK);
            T_CHECK(rows[i].name, back.peer == want.peer);
            T_CHECK(rows[i].name, back.index == want.index);
            CHECK_WHOLE(mh_ctl_want_unpack(in, NULL, &back));
        }
        mh_buf_fini(&buf);
    }
}

static void
test_tick(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_proc procs[MH_PROCS_MAX + 1];
    struct mh_ctl_tick m = {true, procs, 2}, back;
    struct mh_buf buf;

    (void)state;
    for (size_t i = 0; i < T_COUNT(procs); i++)
        procs[i] = (struct mh_proc){.name = "keyd.token.seal",
            .up = true,
            .pid = 17,
            .restarts = 3,
            .up_s = 60,
            .rss = 1 << 20,
            .fds = 5,
            .last = "signal 9"};
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_ctl_tick_pack(&m, &buf);
    assert_int_equal(
        mh_ctl_tick_unpack(mh_buf_get(&buf), arena, NULL, &back), MH_OK);
    assert_true(back.ready);
    assert_int_equal(back.procs, 2);
    assert_string_equal(back.proc[1].name, "keyd.token.seal");
    assert_string_equal(back.proc[1].last, "signal 9");
    assert_true(back.proc[1].up);
    assert_int_equal(back.proc[1].pid, 17);
    assert_int_equal(back.proc[1].restarts, 3);
    assert_int_equal(back.proc[1].up_s, 60);
    assert_int_equal(back.proc[1].rss, 1 << 20);
    assert_int_equal(back.proc[1].fds, 5);
    CHECK_WHOLE(mh_ctl_tick_unpack(in, arena, NULL, &back));
    mh_buf_clear(&buf);
    m.procs = MH_PROCS_MAX;
    mh_ctl_tick_pack(&m, &buf);
    assert_true(mh_buf_ok(&buf));
    m.procs = MH_PROCS_MAX + 1;
    mh_ctl_tick_pack(&m, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_clear(&buf);
    m.procs = 1;
    procs[0].name = "two words";
    mh_ctl_tick_pack(&m, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

static void
test_health(void **state)
{
    static const struct {
        const char *name;
        const char *counter;
        bool ok;
    } rows[] = {
        {"a word", "requests", true},
        {"digits and lines", "http_2xx", true},
        {"nothing", "", false},
        {"begins with a digit", "2xx", false},
        {"upper case", "Requests", false},
        {"a space", "a b", false},
        {"a line's end", "a\n", false},
        {"64 bytes",
            "a234567890123456789012345678901234567890123456789012345678901234",
            true},
        {"65 bytes",
            "a2345678901234567890123456789012345678901234567890123456789012345",
            false},
    };
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_counter counter[MH_COUNTERS_MAX + 1];
    struct mh_ctl_health m = {false, "no key", counter, 1}, back;
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        counter[0] = (struct mh_counter){rows[i].counter, UINT64_MAX};
        mh_buf_clear(&buf);
        mh_ctl_health_pack(&m, &buf);
        T_CHECK(rows[i].name, mh_buf_ok(&buf) == rows[i].ok);
        if (!rows[i].ok)
            continue;
        T_CHECK(rows[i].name, mh_ctl_health_unpack(mh_buf_get(&buf), arena,
                                  NULL, &back) == MH_OK);
        T_CHECK(rows[i].name, !back.ok && back.counters == 1);
        T_CHECK(rows[i].name, back.counter[0].value == UINT64_MAX);
        assert_string_equal(back.why, "no key");
        assert_string_equal(back.counter[0].name, rows[i].counter);
        CHECK_WHOLE(mh_ctl_health_unpack(in, arena, NULL, &back));
    }
    for (size_t i = 0; i < T_COUNT(counter); i++)
        counter[i] = (struct mh_counter){"a", i};
    for (m.counters = MH_COUNTERS_MAX; m.counters <= MH_COUNTERS_MAX + 1;
         m.counters++) {
        mh_buf_clear(&buf);
        mh_ctl_health_pack(&m, &buf);
        assert_int_equal(mh_buf_ok(&buf), m.counters == MH_COUNTERS_MAX);
    }
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

static void
test_portal_settings(void **state)
{
    const char *host[] = {"court.example", "127.0.0.1"};
    struct mh_client_settings client[] = {
        {"court", {hash, 32}, MH_MAY_VERIFY | MH_MAY_SEAL, 60, 1 << 30}};
    struct mh_endpoint endpoint[] = {{"tsa", "http://tsa.example/", ""}};
    struct mh_portal_settings m = {.state = "/s",
        .store = "postgresql:host=/run/postgresql",
        .origin = "https://court.example",
        .card_origin = "https://card.court.example",
        .host = host,
        .hosts = 2,
        .front = true,
        .landlock = true,
        .upload_max = UINT64_C(4) << 30,
        .keep_days = 30,
        .client = client,
        .clients = 1,
        .anonymous = MH_MAY_VERIFY,
        .anonymous_per_minute = 60,
        .seal_key = "seal",
        .tsa = true,
        .filing_level = 2,
        .mobile = {"https://mid.example", "asan", "u", "n", "t"},
        .fetch = {"", "/ca.pem", true, endpoint, 1}};
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_portal_settings back;
    struct mh_keyd_settings other;
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_portal_settings_pack(&m, false, &buf);
    assert_int_equal(mh_ctl_type(mh_buf_get(&buf)), MH_CTL_SETUP);
    assert_int_equal(
        mh_portal_settings_unpack(mh_buf_get(&buf), false, arena, NULL, &back),
        MH_OK);
    assert_string_equal(back.state, "/s");
    assert_string_equal(back.store, "postgresql:host=/run/postgresql");
    assert_string_equal(back.origin, "https://court.example");
    assert_string_equal(back.card_origin, "https://card.court.example");
    assert_int_equal(back.hosts, 2);
    assert_string_equal(back.host[1], "127.0.0.1");
    assert_true(back.front && back.landlock && !back.strict && back.tsa);
    assert_true(back.upload_max == UINT64_C(4) << 30);
    assert_int_equal(back.keep_days, 30);
    assert_int_equal(back.clients, 1);
    assert_string_equal(back.client[0].name, "court");
    assert_memory_equal(back.client[0].key.ptr, hash, 32);
    assert_int_equal(back.client[0].may, MH_MAY_VERIFY | MH_MAY_SEAL);
    assert_int_equal(back.anonymous, MH_MAY_VERIFY);
    assert_int_equal(back.anonymous_per_minute, 60);
    assert_int_equal(back.filing_level, 2);
    assert_string_equal(back.mobile.text, "t");
    assert_string_equal(back.fetch.endpoint[0].name, "tsa");
    assert_true(back.fetch.public_only);
    /* Not for the other service, and no RELOAD. */
    assert_int_equal(
        mh_portal_settings_unpack(mh_buf_get(&buf), true, arena, NULL, &back),
        MH_EFORMAT);
    assert_int_equal(
        mh_keyd_settings_unpack(mh_buf_get(&buf), false, arena, NULL, &other),
        MH_EFORMAT);
    CHECK_WHOLE(mh_portal_settings_unpack(in, false, arena, NULL, &back));
    mh_buf_clear(&buf);
    client[0].may = MH_MAY_ALL + 1;
    mh_portal_settings_pack(&m, false, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_clear(&buf);
    client[0].may = 0;
    client[0].key.len = 31;
    mh_portal_settings_pack(&m, false, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

static void
test_keyd_settings(void **state)
{
    struct mh_key_settings key[MH_KEYS_MAX + 1];
    struct mh_keyd_settings m = {.state = "/s",
        .origin = "court.example/log",
        .checkpoint_s = 60,
        .queue_max = 1000,
        .key = key,
        .keys = MH_KEYS_MAX,
        .fetch = {"", "", false, NULL, 0}};
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_keyd_settings back;
    struct mh_buf buf;

    (void)state;
    for (size_t i = 0; i < T_COUNT(key); i++)
        key[i] = (struct mh_key_settings){
            "seal", MH_KEY_LOG, "pkcs11:id=%01", "file:/pin", true, 600};
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_keyd_settings_pack(&m, true, &buf);
    assert_int_equal(mh_ctl_type(mh_buf_get(&buf)), MH_CTL_RELOAD);
    assert_int_equal(
        mh_keyd_settings_unpack(mh_buf_get(&buf), true, arena, NULL, &back),
        MH_OK);
    assert_string_equal(back.origin, "court.example/log");
    assert_int_equal(back.keys, MH_KEYS_MAX);
    assert_int_equal(back.checkpoint_s, 60);
    assert_int_equal(back.queue_max, 1000);
    assert_string_equal(back.key[15].uri, "pkcs11:id=%01");
    assert_string_equal(back.key[15].pin_source, "file:/pin");
    assert_int_equal(back.key[15].purpose, MH_KEY_LOG);
    assert_true(back.key[15].pin_each_time);
    assert_int_equal(back.key[15].per_minute, 600);
    CHECK_WHOLE(mh_keyd_settings_unpack(in, true, arena, NULL, &back));
    mh_buf_clear(&buf);
    m.keys++;
    mh_keyd_settings_pack(&m, true, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_clear(&buf);
    m.keys = 1;
    key[0].name = "Seal";
    mh_keyd_settings_pack(&m, true, &buf);
    assert_false(mh_buf_ok(&buf));
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

static void
test_names(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        {"a", true},
        {"keyd.token.seal-2", true},
        {"", false},
        {"-a", false},
        {"a.", false},
        {"A", false},
        {"a b", false},
        {"a\n", false},
        {"a/b", false},
        {"1234567890123456789012345678901234567890123456789012345678901234",
            true},
        {"12345678901234567890123456789012345678901234567890123456789012345",
            false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_CHECK(rows[i].name, mh_name_good(rows[i].name) == rows[i].good);
    for (unsigned p = 0; p < MH_PEERS; p++)
        assert_true(mh_name_good(mh_peer_name((enum mh_peer)p)));
    assert_string_equal(mh_peer_name(MH_PEERS), "?");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_channel),
        cmocka_unit_test(test_tick),
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_portal_settings),
        cmocka_unit_test(test_keyd_settings),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
