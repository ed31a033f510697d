#include "base/wire/snapshot.h"

#include <string.h>

#include "base/rd.h"
#include "base/time.h"

struct heads {
    uint32_t certs, anchors, history, lists, texts, bytes;
    struct mh_span text; /* the section */
};

static enum mh_code
wrong(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "trust snapshot: %s", what);
}

static enum mh_code
read_head(struct mh_span snap, struct mh_err *err, struct heads *h)
{
    struct mh_rd rd = mh_rd_from(snap);
    uint64_t head;

    if (snap.len < MH_SNAP_HEAD || memcmp(snap.ptr, MH_SNAP_MAGIC, 8) != 0)
        return wrong(err, "not one of this version");
    (void)mh_rd_bytes(&rd, 8); /* the magic */
    h->certs = mh_rd_u32le(&rd);
    h->anchors = mh_rd_u32le(&rd);
    h->history = mh_rd_u32le(&rd);
    h->lists = mh_rd_u32le(&rd);
    h->texts = mh_rd_u32le(&rd);
    h->bytes = mh_rd_u32le(&rd);
    if (h->certs > MH_SNAP_COUNT_MAX || h->anchors > MH_SNAP_COUNT_MAX ||
        h->history > MH_SNAP_COUNT_MAX || h->lists > MH_SNAP_COUNT_MAX)
        return wrong(err, "too many records");
    head = MH_SNAP_HEAD +
           (uint64_t)h->certs * (MH_SNAP_CERT + 2 * MH_SNAP_INDEX) +
           (uint64_t)h->anchors * MH_SNAP_ANCHOR +
           (uint64_t)h->history * MH_SNAP_HISTORY +
           (uint64_t)h->lists * MH_SNAP_LIST;
    return head + h->texts + h->bytes == snap.len &&
                   mh_span_sub(snap, (size_t)head, h->texts, &h->text)
               ? MH_OK
               : wrong(err, "length does not fit its records");
}

/* Whether the last entry of a history is one of a service in force. */
static bool
granted(struct mh_span history, uint32_t first, uint32_t count)
{
    struct mh_span one;
    struct mh_rd rd;

    if (count == 0 ||
        !mh_span_sub(history, ((size_t)first + count - 1) * MH_SNAP_HISTORY,
            MH_SNAP_HISTORY, &one))
        return false;
    rd = mh_rd_from(one);
    (void)mh_rd_u64le(&rd); /* since when */
    return mh_rd_u32le(&rd) != 0;
}

static bool
read_lists(struct mh_span part, const struct heads *h, struct mh_snap_view *out)
{
    struct mh_rd rd = mh_rd_from(part);

    for (out->lists = 0; out->lists < h->lists; out->lists++) {
        struct mh_snap_list *l = &out->list[out->lists];
        uint32_t off = mh_rd_u32le(&rd), len = mh_rd_u32le(&rd);
        uint64_t next;

        l->checked = (mh_rd_u32le(&rd) & MH_SNAP_UNSIGNED) == 0;
        (void)mh_rd_u32le(&rd); /* zero */
        next = mh_rd_u64le(&rd);
        memcpy(&l->next_update, &next, sizeof(next));
        if (rd.bad || !mh_span_sub(h->text, off, len, &l->label))
            return false;
    }
    return true;
}

/* certs: their section; lists are read already. */
static bool
read_anchors(struct mh_span certs, struct mh_span part, struct mh_span history,
    const struct heads *h, struct mh_snap_view *out)
{
    struct mh_rd rd = mh_rd_from(part);

    for (out->anchors = 0; out->anchors < h->anchors; out->anchors++) {
        struct mh_snap_anchor *a = &out->anchor[out->anchors];
        uint32_t cert = mh_rd_u32le(&rd), off, len, list, first, count;

        a->flags = mh_rd_u32le(&rd);
        off = mh_rd_u32le(&rd);
        len = mh_rd_u32le(&rd);
        list = mh_rd_u32le(&rd);
        first = mh_rd_u32le(&rd);
        count = mh_rd_u32le(&rd);
        (void)mh_rd_u32le(&rd); /* zero */
        if (rd.bad || !mh_span_sub(h->text, off, len, &a->name) ||
            !mh_span_sub(certs, (size_t)cert * MH_SNAP_CERT, 32, &a->sha256))
            return false;
        if (list != MH_SNAP_NO_LIST && list >= out->lists)
            return false;
        a->list = list == MH_SNAP_NO_LIST ? (struct mh_span){0}
                                          : out->list[list].label;
        a->granted = granted(history, first, count);
    }
    return true;
}

enum mh_code
mh_snap_read(struct mh_span snapshot, struct mh_arena *arena,
    struct mh_err *err, struct mh_snap_view *out)
{
    struct heads h = {0};
    struct mh_span certs, anchors, history, lists;
    size_t at = MH_SNAP_HEAD;
    enum mh_code code = read_head(snapshot, err, &h);

    *out = (struct mh_snap_view){.certs = h.certs};
    if (code != MH_OK)
        return code;
    /* The whole length was compared: these are inside. */
    (void)mh_span_sub(snapshot, at, (size_t)h.certs * MH_SNAP_CERT, &certs);
    at += (size_t)h.certs * (MH_SNAP_CERT + 2 * MH_SNAP_INDEX);
    (void)mh_span_sub(
        snapshot, at, (size_t)h.anchors * MH_SNAP_ANCHOR, &anchors);
    at += (size_t)h.anchors * MH_SNAP_ANCHOR;
    (void)mh_span_sub(
        snapshot, at, (size_t)h.history * MH_SNAP_HISTORY, &history);
    at += (size_t)h.history * MH_SNAP_HISTORY;
    (void)mh_span_sub(snapshot, at, (size_t)h.lists * MH_SNAP_LIST, &lists);
    out->anchor =
        mh_arena_array(arena, (size_t)h.anchors + 1, sizeof(*out->anchor));
    out->list = mh_arena_array(arena, (size_t)h.lists + 1, sizeof(*out->list));
    if (out->anchor == NULL || out->list == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: no memory");
    return read_lists(lists, &h, out) &&
                   read_anchors(certs, anchors, history, &h, out)
               ? MH_OK
               : wrong(err, "record out of bounds");
}
