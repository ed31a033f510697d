#include "tests/t.h"

#include "base/wire/job.h"

#include "base/limits.h"

static void
fill(struct mh_job *job, struct mh_job_input *input, size_t inputs)
{
    for (size_t i = 0; i < inputs; i++)
        input[i] = (struct mh_job_input){"ərizə.edoc", 1000 + i};
    *job = (struct mh_job){.id = UINT64_MAX,
        .kind = MH_JOB_VERIFY,
        .time = 1780315200,
        .option = 3,
        .input = input,
        .inputs = inputs};
    mh_policy_default(&job->policy, true);
}

static void
test_job_round_trip(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_job_input input[2];
    struct mh_job job, back;
    struct mh_buf buf;
    struct mh_err err;

    (void)state;
    fill(&job, input, 2);
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_job_pack(&job, &buf);
    assert_true(mh_buf_ok(&buf));
    assert_int_equal(mh_message_type(mh_buf_get(&buf)), MH_MSG_JOB);
    assert_int_equal(
        mh_job_unpack(mh_buf_get(&buf), arena, &err, &back), MH_OK);
    assert_true(back.id == job.id);
    assert_int_equal(back.time, job.time);
    assert_int_equal(back.option, 3);
    assert_string_equal(back.policy.name, "strict");
    assert_true(back.policy.strict);
    assert_int_equal(back.policy.revocation_warning, 900);
    assert_int_equal(back.inputs, 2);
    assert_string_equal(back.input[1].name, "ərizə.edoc");
    assert_int_equal(back.input[1].size, 1001);
    for (size_t n = 0; n < buf.len; n++)
        assert_int_equal(
            mh_job_unpack((struct mh_span){buf.ptr, n}, arena, &err, &back),
            MH_EFORMAT);
    mh_buf_byte(&buf, 0);
    assert_int_equal(
        mh_job_unpack(mh_buf_get(&buf), arena, &err, &back), MH_EFORMAT);
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

/* Inputs and sizes at the limit and one past it. */
static void
test_job_limits(void **state)
{
    static const struct {
        const char *name;
        size_t inputs;
        uint64_t size;
        bool ok;
    } rows[] = {
        {"one", 1, 0, true},
        {"none", 0, 0, false},
        {"most inputs", MH_JOB_INPUTS_MAX, 1, true},
        {"one too many", MH_JOB_INPUTS_MAX + 1, 1, false},
        {"largest", 1, MH_DOC_SIZE_MAX, true},
        {"too large", 1, MH_DOC_SIZE_MAX + 1, false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct mh_job_input input[MH_JOB_INPUTS_MAX + 1];
        struct mh_job job, back;
        struct mh_buf buf;
        struct mh_err err;

        fill(&job, input, rows[i].inputs);
        input[0].size = rows[i].size;
        mh_buf_init(&buf, MH_MESSAGE_MAX);
        mh_job_pack(&job, &buf);
        /* What the packer itself refused must not be readable either. */
        T_CHECK(rows[i].name, (mh_job_unpack((struct mh_span){buf.ptr, buf.len},
                                   arena, &err, &back) == MH_OK) == rows[i].ok);
        mh_buf_fini(&buf);
        mh_arena_free(arena);
    }
}

static void
test_job_hostile(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_job_input input[1];
    struct mh_job job, back;
    struct mh_buf buf;

    (void)state;
    fill(&job, input, 1);
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_job_pack(&job, &buf);
    for (size_t i = 0; i < buf.len; i++)
        for (int v = 0; v < 256; v++) {
            uint8_t was = buf.ptr[i];

            buf.ptr[i] = (uint8_t)v;
            if (mh_job_unpack(mh_buf_get(&buf), arena, NULL, &back) == MH_OK) {
                struct mh_buf again;

                assert_true(back.kind < MH_JOB_KINDS);
                mh_buf_init(&again, MH_MESSAGE_MAX);
                mh_job_pack(&back, &again);
                assert_true(mh_span_eq(mh_buf_get(&buf), mh_buf_get(&again)));
                mh_buf_fini(&again);
            }
            buf.ptr[i] = was;
            mh_arena_reset(arena);
        }
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

static void
test_reply(void **state)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_reply reply = {.id = 7,
        .code = MH_ELIMIT,
        .message = "zip: too many entries",
        .size = 99};
    struct mh_reply back;
    struct mh_buf buf;
    struct mh_err err;

    (void)state;
    mh_buf_init(&buf, MH_MESSAGE_MAX);
    mh_reply_pack(&reply, &buf);
    assert_int_equal(mh_message_type(mh_buf_get(&buf)), MH_MSG_REPLY);
    assert_int_equal(
        mh_reply_unpack(mh_buf_get(&buf), arena, &err, &back), MH_OK);
    assert_int_equal(back.id, 7);
    assert_int_equal(back.code, MH_ELIMIT);
    assert_string_equal(back.message, "zip: too many entries");
    assert_int_equal(back.size, 99);
    buf.ptr[9] = MH_EINTERNAL + 1; /* no such code */
    assert_int_equal(
        mh_reply_unpack(mh_buf_get(&buf), arena, &err, &back), MH_EFORMAT);
    buf.ptr[9] = MH_OK;
    buf.ptr[0] = MH_MSG_JOB;
    assert_int_equal(
        mh_reply_unpack(mh_buf_get(&buf), arena, &err, &back), MH_EFORMAT);
    mh_buf_fini(&buf);
    mh_arena_free(arena);
}

/* A result inside a reply: at the limit, past it, and of another size. */
static void
test_reply_result(void **state)
{
    static uint8_t bytes[MH_REPLY_RESULT_MAX + 1];
    static const struct {
        const char *name;
        size_t len;
        uint64_t size;
        enum mh_code want;
    } rows[] = {
        {"none", 0, 99, MH_OK},
        {"one byte", 1, 1, MH_OK},
        {"at the limit", MH_REPLY_RESULT_MAX, MH_REPLY_RESULT_MAX, MH_OK},
        {"past it", MH_REPLY_RESULT_MAX + 1, MH_REPLY_RESULT_MAX + 1,
            MH_EFORMAT},
        {"shorter than announced", 5, 6, MH_EFORMAT},
        {"longer than announced", 5, 4, MH_EFORMAT},
    };

    (void)state;
    memset(bytes, 'r', sizeof(bytes));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 20);
        struct mh_reply reply = {.message = "",
            .size = rows[i].size,
            .result = {bytes, rows[i].len}};
        struct mh_reply back;
        struct mh_buf buf;
        struct mh_err err;

        mh_buf_init(&buf, MH_MESSAGE_MAX);
        mh_reply_pack(&reply, &buf);
        print_message("%s\n", rows[i].name);
        assert_true(mh_buf_ok(&buf));
        assert_int_equal(mh_reply_unpack(mh_buf_get(&buf), arena, &err, &back),
            rows[i].want);
        if (rows[i].want == MH_OK)
            assert_true(mh_span_eq(back.result, reply.result));
        mh_buf_fini(&buf);
        mh_arena_free(arena);
    }
}

static void
test_type(void **state)
{
    struct mh_buf buf;
    uint8_t end = MH_MSG_END;

    (void)state;
    mh_buf_init(&buf, 16);
    mh_setup_pack(&buf);
    assert_int_equal(mh_message_type(mh_buf_get(&buf)), MH_MSG_SETUP);
    assert_int_equal(mh_message_type((struct mh_span){0}), 0);
    assert_int_equal(mh_message_type((struct mh_span){&end, 1}), 0);
    mh_buf_fini(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_job_round_trip),
        cmocka_unit_test(test_job_limits),
        cmocka_unit_test(test_job_hostile),
        cmocka_unit_test(test_reply),
        cmocka_unit_test(test_reply_result),
        cmocka_unit_test(test_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
