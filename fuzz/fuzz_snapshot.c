/*
 * A snapshot with its digest made right opens or is refused; whatever opens
 * can be walked, and every anchor has a certificate and a history.  What is
 * shown of it (base/wire/snapshot.h) has as many anchors.
 */
#include <stdint.h>
#include <stdlib.h>

#include "signer/trust/snapshot.h"
#include "signer/trust/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint64_t
le32(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
           (uint64_t)p[3] << 24;
}

/* The digest over what the header claims, where that is inside the input. */
static void
repair(uint8_t *p, size_t len)
{
    uint64_t bytes = le32(p + 28);
    uint8_t *copy;

    if (bytes > len - MH_SNAP_HEAD)
        return;
    copy = malloc(len);
    if (copy == NULL)
        abort();
    memcpy(copy, p, 32);
    memcpy(copy + 32, p + MH_SNAP_HEAD, len - MH_SNAP_HEAD - (size_t)bytes);
    if (mh_digest_once(MH_SHA256,
            (struct mh_span){copy, len - 32 - (size_t)bytes}, NULL,
            p + 32) != MH_OK)
        abort();
    free(copy);
}

static void
walk(struct sg_trust *t)
{
    const struct sg_anchor *found[4];
    struct sg_trust_note note;

    for (size_t i = 0; i < sg_trust_count(t); i++) {
        const struct sg_anchor *a = sg_trust_at(t, i);

        if (a == NULL)
            continue;
        if (a->cert == NULL || a->history_count == 0)
            abort();
        if (sg_trust_by_subject(t, &a->cert->subject, found, 4) > 4 ||
            sg_trust_by_ski(t, a->cert->ski, found, 4) > 4 ||
            sg_trust_by_sha256(t, a->cert->sha256, found, 4) > 4)
            abort();
        (void)sg_anchor_granted(a, 0); /* must only not crash */
    }
    for (size_t n = 0; sg_trust_note(t, n, INT64_MAX, &note); n++)
        if (note.finding == 0)
            abort();
}

/* Anchors of what is shown; -1: it cannot be read. */
static long
shown(struct mh_span snapshot)
{
    struct mh_arena *arena = mh_arena_new(256 << 20);
    struct mh_snap_view view;
    long n = -1;

    if (arena == NULL)
        abort();
    if (mh_snap_read(snapshot, arena, NULL, &view) == MH_OK)
        n = (long)view.anchors;
    mh_arena_free(arena);
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct sg_trust *t;
    uint8_t *copy;
    long anchors;

    if (len < MH_SNAP_HEAD || mh_digest_init(NULL) != MH_OK)
        return 0;
    copy = malloc(len);
    if (copy == NULL)
        abort();
    memcpy(copy, data, len);
    repair(copy, len);
    anchors = shown((struct mh_span){copy, len});
    if (sg_trust_open((struct mh_span){copy, len}, NULL, &t) == MH_OK) {
        if (anchors != (long)sg_trust_count(t))
            abort();
        walk(t);
        sg_trust_free(t);
    }
    free(copy);
    return 0;
}
