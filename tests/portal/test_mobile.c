/* The engine of mobile ID: who may begin, who may look, what is always let go;
   its courier is a channel whose other end says nothing. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wire/sign.h"
#include "portal/signing/statement.h"

static struct pt_app app;
static int released;
static const uint8_t owner[PT_HASH] = {1}, other[PT_HASH] = {2};

static const struct mh_mobile_settings settings = {
    "http://127.0.0.1:1/", "asan", "u", "n", "t"};

static enum mh_code
prepare(void *ctx, const struct pt_mobile_key *key, struct mh_arena *arena,
    struct mh_err *err, enum mh_digest_alg *alg, struct mh_span *digest)
{
    (void)ctx, (void)key, (void)arena, (void)alg, (void)digest;
    return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "it came so far");
}

static enum mh_code
complete(void *ctx, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, char result[static 64])
{
    (void)ctx, (void)value, (void)arena, (void)result;
    return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "it came so far");
}

static void
let_go(void *ctx)
{
    int *count = ctx;

    __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
}

static enum pt_mobile_begun
begin(const char *phone, const char *user, char id[static 27])
{
    struct pt_mobile_asked asked = {.phone = phone, .user = user};
    struct pt_mobile_work work = {prepare, complete, let_go, &released, ""};

    memcpy(asked.owner, owner, PT_HASH);
    return pt_mobile_begin(&app, &asked, &work, id);
}

static int
let_go_so_far(void)
{
    return __atomic_load_n(&released, __ATOMIC_SEQ_CST);
}

static struct pt_mobile_status
ended(const char *id)
{
    struct pt_mobile_status s = {.stage = PT_MOBILE_BEGUN};

    for (int i = 0; i < 2000; i++) {
        assert_int_equal(pt_mobile_look(&app, id, owner, &s), PT_FOUND);
        if (s.stage == PT_MOBILE_FAILED)
            break;
        (void)usleep(1000);
    }
    return s;
}

static void
test_none(void **state)
{
    struct mh_mobile_settings set = {"", "asan", "", "", ""};
    struct pt_mobile_status s;
    char id[27] = "";

    (void)state;
    released = 0;
    assert_int_equal(pt_mobile_start(&app, &set, NULL), MH_OK);
    assert_null(app.mobile);
    assert_int_equal(begin("+994501234567", "123456", id), PT_MOBILE_NONE);
    assert_int_equal(let_go_so_far(), 1);
    assert_int_equal(pt_mobile_look(&app, "a", owner, &s), PT_ABSENT);
    set = settings;
    set.profile = "other";
    assert_int_equal(pt_mobile_start(&app, &set, NULL), MH_EFORMAT);
    assert_null(app.mobile);
    pt_mobile_stop(&app);
}

/* Without a courier each one ends at once. */
static void
test_rules(void **state)
{
    static const char *const bad[][2] = {{"+994501234567", ""},
        {"+994501234567", "12345x"}, {"994501234567", "123456"},
        {"+99450123456789012", "123456"}, {"", "123456"},
        {"+994501234567/1", "123456"}, {"+994501234567", "123/4567"}};
    struct pt_mobile_status s;
    char id[27] = "";

    (void)state;
    released = 0;
    assert_int_equal(pt_mobile_start(&app, &settings, NULL), MH_OK);
    for (size_t i = 0; i < T_COUNT(bad); i++)
        T_CHECK(
            bad[i][0], begin(bad[i][0], bad[i][1], id) == PT_MOBILE_ADDRESS);
    assert_int_equal(let_go_so_far(), (int)T_COUNT(bad));
    for (int i = 0; i < PT_MOBILE_HOURLY; i++) {
        assert_int_equal(begin("+994501234567", "123456", id), PT_MOBILE_OK);
        s = ended(id);
        assert_int_equal(s.stage, PT_MOBILE_FAILED);
        assert_int_equal(s.outcome, MH_REMOTE_UNAVAILABLE);
        assert_string_equal(s.code, "");
        assert_int_equal(pt_mobile_look(&app, id, other, &s), PT_ABSENT);
        assert_int_equal(pt_mobile_take(&app, id, other, &s), PT_ABSENT);
        assert_int_equal(pt_mobile_take(&app, id, owner, &s), PT_FOUND);
        assert_int_equal(pt_mobile_look(&app, id, owner, &s), PT_FOUND);
    }
    assert_int_equal(begin("+994501234567", "123456", id), PT_MOBILE_OFTEN);
    assert_int_equal(begin("+994501234568", "123456", id), PT_MOBILE_OK);
    (void)ended(id);
    pt_mobile_stop(&app);
    assert_null(app.mobile);
    assert_int_equal(let_go_so_far(), (int)T_COUNT(bad) + PT_MOBILE_HOURLY + 2);
}

/* A courier that is silent, until it is gone. */
static void
test_many(void **state)
{
    static const struct mh_fetch_setup nowhere = {.proxy = "", .ca_file = ""};
    char id[PT_MOBILE_MAX][27], more[27], phone[24];
    struct pt_mobile_status s;
    int chan[2];

    (void)state;
    released = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, chan), 0);
    assert_int_equal(
        pt_judge_courier(app.judge, chan[0], &nowhere, NULL), MH_OK);
    assert_int_equal(pt_mobile_start(&app, &settings, NULL), MH_OK);
    for (int i = 0; i < PT_MOBILE_MAX; i++) {
        (void)snprintf(phone, sizeof(phone), "+9945012345%02d", i);
        assert_int_equal(begin(phone, "123456", id[i]), PT_MOBILE_OK);
        if (i == 0)
            assert_int_equal(begin(phone, "123456", more), PT_MOBILE_BUSY);
    }
    assert_int_equal(begin("+994501234599", "123456", more), PT_MOBILE_FULL);
    assert_int_equal(pt_mobile_look(&app, id[0], owner, &s), PT_FOUND);
    assert_int_equal(s.stage, PT_MOBILE_BEGUN);
    assert_int_equal(let_go_so_far(), 2);
    (void)close(chan[1]);
    for (int i = 0; i < PT_MOBILE_MAX; i++) {
        s = ended(id[i]);
        assert_int_equal(s.stage, PT_MOBILE_FAILED);
        assert_int_equal(s.outcome, MH_REMOTE_UNAVAILABLE);
    }
    pt_mobile_stop(&app);
    assert_int_equal(let_go_so_far(), PT_MOBILE_MAX + 2);
}

static void
test_results(void **state)
{
    static const struct {
        const char *result, *back;
        int64_t account;
    } rows[] = {{"ok:17", "", 17}, {"ok:17 abc", "abc", 17}, {"unknown", "", 0},
        {"closed", "", 0}, {"doubt", "", 0}, {"", "", 0}};

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *back = NULL;

        T_CHECK(rows[i].result,
            pt_statement_account(rows[i].result, &back) == rows[i].account);
        assert_string_equal(back, rows[i].back);
    }
}

/* What a worker reads in a certificate, on its way. */
static void
test_key_message(void **state)
{
    struct mh_sign_key key = {3, MH_SHA384, "A B", "PNOAZ-5TST0A1", "5TST0A1"};
    struct mh_sign_key back;
    struct mh_arena *arena = mh_arena_new(1 << 16);
    struct mh_span in;
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, 1 << 12);
    mh_sign_key_pack(&key, &buf);
    in = mh_buf_get(&buf);
    assert_int_equal(mh_sign_key_unpack(in, arena, NULL, &back), MH_OK);
    assert_int_equal(back.scheme, 3);
    assert_int_equal(back.digest, MH_SHA384);
    assert_string_equal(back.name, "A B");
    assert_string_equal(back.serial, "PNOAZ-5TST0A1");
    assert_string_equal(back.fin, "5TST0A1");
    for (size_t n = 0; n < in.len; n++)
        assert_int_equal(
            mh_sign_key_unpack((struct mh_span){in.ptr, n}, arena, NULL, &back),
            MH_EFORMAT);
    mh_buf_byte(&buf, 0);
    assert_int_equal(
        mh_sign_key_unpack(mh_buf_get(&buf), arena, NULL, &back), MH_EFORMAT);
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

static int
set_up(void **state)
{
    struct mh_err err = {.msg = ""};

    (void)state;
    return pt_judge_new(&err, &app.judge) != MH_OK;
}

static int
tear_down(void **state)
{
    (void)state;
    pt_judge_free(app.judge);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_key_message),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
