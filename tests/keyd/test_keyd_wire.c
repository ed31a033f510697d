#include "tests/t.h"

#include "base/wire/keyd.h"

#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"

/* The seeds of fuzz/keyd_seeds.py: one row each, with what must come of it. */
static const struct {
    const char *seed;
    bool good;
} rows[] = {
    {"append", true},
    {"append-16", true},
    {"append-17", false},
    {"append-none", false},
    {"append-24", true},
    {"append-25", false},
    {"ticket", true},
    {"ticket-purpose", false},
    {"ticket-document", false},
    {"ticket-lies", false},
    {"seal", true},
    {"seal-100", true},
    {"seal-101", false},
    {"seal-none", false},
    {"seal-big", false},
    {"seal-digest", false},
    {"sign", true},
    {"sign-length", false},
    {"queue-add", true},
    {"queue-list", true},
    {"queue-list-name", false},
    {"approve", true},
    {"approve-64", true},
    {"approve-65", false},
    {"approve-pin", false},
    {"refuse", true},
    {"receipt", true},
    {"proof", true},
    {"status", true},
    {"status-more", false},
    {"done", true},
    {"done-short", false},
    {"unknown", false},
    {"none", false},
    {"failed", true},
    {"failed-ok", false},
    {"appended", true},
    {"appended-back", false},
    {"ticketed", true},
    {"sealed", true},
    {"value", true},
    {"fine", true},
    {"fine-1", false},
    {"approved", true},
    {"approved-65", false},
    {"queue", true},
    {"receipted", true},
    {"proved", true},
    {"is", true},
    {"read", true},
    {"read-short", false},
    {"check", true},
    {"check-2", false},
    {"records", true},
    {"records-none", true},
    {"records-long", false},
    {"checked", true},
    {"checked-16", true},
    {"checked-17", false},
};

static struct mh_arena *arena;

#define READ(type, name)                                                       \
    case type: {                                                               \
        struct mh_keyd_##name m;                                               \
                                                                               \
        return mh_keyd_##name##_unpack(in, arena, NULL, &m) == MH_OK;          \
    }

/* Whether it is a whole message of the type it says. */
static bool
read_packet(struct mh_span in)
{
    uint8_t type = mh_keyd_type(in);
    struct mh_keyd_number number;
    struct mh_keyd_sealed sealed;
    uint64_t id;

    switch (type) {
        READ(MH_KEYD_APPEND, append)
        READ(MH_KEYD_TICKET, ticket)
        READ(MH_KEYD_SEAL, seal)
        READ(MH_KEYD_SIGN, sign)
        READ(MH_KEYD_QUEUE_ADD, queue_add)
        READ(MH_KEYD_QUEUE_LIST, queue_list)
        READ(MH_KEYD_QUEUE_APPROVE, queue_approve)
        READ(MH_KEYD_QUEUE_REFUSE, queue_refuse)
        READ(MH_KEYD_RECEIPT, receipt)
        READ(MH_KEYD_PROOF, proof)
        READ(MH_KEYD_DONE, done)
        READ(MH_KEYD_FAILED, failed)
        READ(MH_KEYD_APPENDED, appended)
        READ(MH_KEYD_TICKETED, ticketed)
        READ(MH_KEYD_VALUE, value)
        READ(MH_KEYD_QUEUE, queue)
        READ(MH_KEYD_PROVED, proved)
        READ(MH_KEYD_IS, is)
        READ(MH_KEYD_READ, read)
        READ(MH_KEYD_CHECK, check)
        READ(MH_KEYD_RECORDS, records)
        READ(MH_KEYD_CHECKED, checked)
    case MH_KEYD_STATUS:
        return mh_keyd_status_unpack(in, NULL, &id) == MH_OK;
    case MH_KEYD_SEALED:
    case MH_KEYD_RECEIPTED:
        return mh_keyd_sealed_unpack(
                   in, (enum mh_keyd_type)type, NULL, &sealed) == MH_OK;
    case MH_KEYD_FINE:
    case MH_KEYD_APPROVED:
        return mh_keyd_number_unpack(
                   in, (enum mh_keyd_type)type, NULL, &number) == MH_OK;
    default:
        return false;
    }
}

static size_t
load(const char *seed, uint8_t *buf)
{
    char path[4096];
    FILE *f;
    size_t n;

    (void)snprintf(path, sizeof(path), "%s/../fuzz/seeds/keyd_wire/%s",
        T_SOURCE_DIR, seed);
    f = fopen(path, "rb");
    if (f == NULL)
        return 0;
    n = fread(buf, 1, MH_MESSAGE_MAX, f);
    (void)fclose(f); /* it was only read */
    return n;
}

/* A good one is whole: cut anywhere or longer by one byte it is none. */
static void
test_messages(void **state)
{
    static uint8_t buf[MH_MESSAGE_MAX + 1];
    size_t good = 0;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        size_t len = load(rows[i].seed, buf);

        mh_arena_reset(arena);
        T_CHECK(rows[i].seed,
            read_packet((struct mh_span){buf, len}) == rows[i].good);
        if (!rows[i].good)
            continue;
        good++;
        for (size_t n = 0; n < len; n++) {
            mh_arena_reset(arena);
            T_CHECK(rows[i].seed, !read_packet((struct mh_span){buf, n}));
        }
        buf[len] = 0;
        mh_arena_reset(arena);
        T_CHECK(rows[i].seed, !read_packet((struct mh_span){buf, len + 1}));
    }
    assert_int_equal(good, 33);
}

static int
document(bool sealed)
{
    int fd = -1;

    assert_int_equal(mh_memfd_new("t", 5, NULL, &fd), MH_OK);
    if (sealed)
        assert_int_equal(mh_memfd_seal(fd, NULL), MH_OK);
    return fd;
}

static void
test_memfd(void **state)
{
    int fd = document(true), open_fd = document(false), pair[2];

    (void)state;
    assert_int_equal(mh_keyd_memfd_check(fd, 5, 5, NULL), MH_OK);
    assert_int_equal(mh_keyd_memfd_check(fd, 4, 5, NULL), MH_EFORMAT);
    assert_int_equal(mh_keyd_memfd_check(fd, 6, 9, NULL), MH_EFORMAT);
    assert_int_equal(mh_keyd_memfd_check(fd, 5, 4, NULL), MH_ELIMIT);
    assert_int_equal(mh_keyd_memfd_check(open_fd, 5, 5, NULL), MH_EFORMAT);
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(mh_keyd_memfd_check(pair[0], 0, 5, NULL), MH_EFORMAT);
    mh_close(&fd);
    mh_close(&open_fd);
    mh_close(&pair[0]);
    mh_close(&pair[1]);
}

static void
test_names(void **state)
{
    (void)state;
    for (unsigned r = 0; r < MH_REFUSALS; r++)
        for (unsigned q = 0; q < r; q++)
            assert_string_not_equal(mh_refusal_name((enum mh_refusal)r),
                mh_refusal_name((enum mh_refusal)q));
    assert_string_equal(mh_refusal_name(MH_REFUSALS), "?");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_memfd),
        cmocka_unit_test(test_names),
    };
    int rc;

    arena = mh_arena_new(8 << 20);
    if (arena == NULL)
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    mh_arena_free(arena);
    return rc;
}
