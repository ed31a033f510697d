/*
 * Messages between the supervisor and its services, both directions, and the
 * settings.  What is read packs to the very same bytes; a packet is never read
 * as two kinds.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/wire/control.h"
#include "base/wire/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct mh_buf again;
static int kinds;

static void
check(struct mh_span in, enum mh_ctl_type type)
{
    if (!mh_buf_ok(&again) || !mh_span_eq(in, mh_buf_get(&again)) ||
        mh_ctl_type(in) != (uint8_t)type)
        abort();
    mh_buf_clear(&again);
    kinds++;
}

static void
settings(struct mh_span in, struct mh_arena *arena)
{
    struct mh_portal_settings portal;
    struct mh_keyd_settings keyd;

    for (int re = 0; re < 2; re++) {
        enum mh_ctl_type type = re ? MH_CTL_RELOAD : MH_CTL_SETUP;

        if (mh_portal_settings_unpack(in, re, arena, NULL, &portal) == MH_OK) {
            mh_portal_settings_pack(&portal, re, &again);
            check(in, type);
            for (size_t i = 0; i < portal.clients; i++)
                if (portal.client[i].key.len != 32)
                    abort();
        }
        if (mh_keyd_settings_unpack(in, re, arena, NULL, &keyd) == MH_OK) {
            mh_keyd_settings_pack(&keyd, re, &again);
            check(in, type);
            if (keyd.keys > MH_KEYS_MAX)
                abort();
        }
    }
}

static void
messages(struct mh_span in, struct mh_arena *arena)
{
    struct mh_ctl_channel channel;
    struct mh_ctl_health health;
    struct mh_ctl_tick tick;
    struct mh_ctl_want want;

    if (mh_ctl_channel_unpack(in, NULL, &channel) == MH_OK) {
        mh_ctl_channel_pack(&channel, &again);
        check(in, MH_CTL_CHANNEL);
    }
    if (mh_ctl_want_unpack(in, NULL, &want) == MH_OK) {
        mh_ctl_want_pack(&want, &again);
        check(in, MH_CTL_WANT);
        if (want.peer > MH_PEER_COURIER && want.peer != MH_PEER_TOKEN)
            abort();
    }
    if (mh_ctl_tick_unpack(in, arena, NULL, &tick) == MH_OK) {
        mh_ctl_tick_pack(&tick, &again);
        check(in, MH_CTL_TICK);
    }
    if (mh_ctl_health_unpack(in, arena, NULL, &health) == MH_OK) {
        mh_ctl_health_pack(&health, &again);
        check(in, MH_CTL_HEALTH);
    }
    for (unsigned t = MH_CTL_SETUP; t < MH_CTL_END; t++)
        if (mh_ctl_unpack_bare(in, (enum mh_ctl_type)t, NULL) == MH_OK) {
            mh_ctl_pack_bare((enum mh_ctl_type)t, &again);
            check(in, (enum mh_ctl_type)t);
        }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_span in = {data, len};

    if (arena == NULL || len > MH_MESSAGE_MAX) {
        mh_arena_free(arena);
        return 0;
    }
    mh_buf_init(&again, MH_MESSAGE_MAX);
    kinds = 0;
    settings(in, arena);
    messages(in, arena);
    if (kinds > 1)
        abort();
    mh_buf_fini(&again);
    mh_arena_free(arena);
    return 0;
}
