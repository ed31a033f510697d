/*
 * Messages between portal and keyd, both directions.  What is read packs to
 * the very same bytes; a packet is never read as two kinds; its number is that
 * of its head.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/wire/keyd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct mh_buf again;
static int kinds;

static void
check(struct mh_span in, uint64_t id)
{
    uint64_t head = 0;

    if (!mh_buf_ok(&again) || !mh_span_eq(in, mh_buf_get(&again)) ||
        mh_keyd_type(in) == 0 || !mh_keyd_id(in, &head) || head != id)
        abort();
    mh_buf_clear(&again);
    kinds++;
}

/* One function for each kind: what it reads it writes again. */
#define TRY(name)                                                              \
    static void try_##name(struct mh_span in, struct mh_arena *arena)          \
    {                                                                          \
        struct mh_keyd_##name m;                                               \
                                                                               \
        if (mh_keyd_##name##_unpack(in, arena, NULL, &m) == MH_OK) {           \
            mh_keyd_##name##_pack(&m, &again);                                 \
            check(in, m.id);                                                   \
        }                                                                      \
    }

TRY(append)
TRY(ticket)
TRY(seal)
TRY(sign)
TRY(queue_add)
TRY(queue_list)
TRY(queue_approve)
TRY(queue_refuse)
TRY(receipt)
TRY(proof)
TRY(done)
TRY(failed)
TRY(appended)
TRY(ticketed)
TRY(value)
TRY(queue)
TRY(proved)
TRY(is)
TRY(read)
TRY(check)
TRY(records)
TRY(checked)

static void (*const kind[])(struct mh_span in, struct mh_arena *arena) = {
    try_append, try_ticket, try_seal, try_sign, try_queue_add, try_queue_list,
    try_queue_approve, try_queue_refuse, try_receipt, try_proof, try_done,
    try_failed, try_appended, try_ticketed, try_value, try_queue, try_proved,
    try_is, try_read, try_check, try_records, try_checked};

static void
typed(struct mh_span in)
{
    static const enum mh_keyd_type sealed[] = {
        MH_KEYD_SEALED, MH_KEYD_RECEIPTED};
    static const enum mh_keyd_type number[] = {MH_KEYD_FINE, MH_KEYD_APPROVED};
    struct mh_keyd_sealed s;
    struct mh_keyd_number n;
    uint64_t id;

    for (int i = 0; i < 2; i++) {
        if (mh_keyd_sealed_unpack(in, sealed[i], NULL, &s) == MH_OK) {
            mh_keyd_sealed_pack(sealed[i], &s, &again);
            check(in, s.id);
        }
        if (mh_keyd_number_unpack(in, number[i], NULL, &n) == MH_OK) {
            mh_keyd_number_pack(number[i], &n, &again);
            check(in, n.id);
        }
    }
    if (mh_keyd_status_unpack(in, NULL, &id) == MH_OK) {
        mh_keyd_status_pack(id, &again);
        check(in, id);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(8 << 20);
    struct mh_span in = {data, len};

    if (arena == NULL || len > MH_MESSAGE_MAX) {
        mh_arena_free(arena);
        return 0;
    }
    mh_buf_init(&again, MH_MESSAGE_MAX);
    kinds = 0;
    for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
        kind[i](in, arena);
    typed(in);
    if (kinds > 1)
        abort();
    mh_buf_fini(&again);
    mh_arena_free(arena);
    return 0;
}
