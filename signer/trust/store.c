#include "signer/trust/store.h"

#include "base/limits.h"
#include "base/rd.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/trust/name.h"
#include "signer/trust/snapshot.h"

struct slot { /* one certificate */
    const uint8_t *sha256;
    struct mh_span der;
    uint64_t subject_hash, ski_hash;
    uint32_t first, count; /* anchors */
    struct sg_cert *cert;  /* NULL until looked up */
    bool damaged;
};

struct list {
    struct mh_span label;
    uint32_t flags;
    int64_t next_update;
};

struct sg_trust {
    struct mh_arena *arena;
    struct slot *slots;
    uint32_t *by_name, *by_key;
    struct sg_anchor *anchors;
    uint32_t *anchor_slot;
    struct sg_service_status *history;
    struct list *lists;
    uint32_t slot_count, anchor_count, history_count, list_count;
    struct mh_span texts, bytes;
};

bool
sg_trust_is_snapshot(struct mh_span bytes)
{
    return bytes.len >= MH_SNAP_HEAD &&
           memcmp(bytes.ptr, MH_SNAP_MAGIC, 8) == 0;
}

static enum mh_code
corrupt(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "trust snapshot: %s", what);
}

static int64_t
rd_i64(struct mh_rd *rd)
{
    uint64_t v = mh_rd_u64le(rd);
    int64_t out;

    memcpy(&out, &v, sizeof(out));
    return out;
}

static enum mh_code
check_header(struct mh_span snap, struct mh_err *err, struct sg_trust *t)
{
    struct mh_rd rd = mh_rd_from(snap);
    uint32_t texts, bytes;
    uint64_t head, want;
    uint8_t hash[MH_SHA256_LENGTH];
    struct mh_digest *d;
    enum mh_code rc;

    if (!sg_trust_is_snapshot(snap) || snap.len > MH_SNAPSHOT_SIZE_MAX)
        return corrupt(err, "not a snapshot of this version");
    (void)mh_rd_bytes(&rd, 8); /* magic, just compared */
    t->slot_count = mh_rd_u32le(&rd);
    t->anchor_count = mh_rd_u32le(&rd);
    t->history_count = mh_rd_u32le(&rd);
    t->list_count = mh_rd_u32le(&rd);
    texts = mh_rd_u32le(&rd);
    bytes = mh_rd_u32le(&rd);
    if (t->slot_count > MH_SNAP_COUNT_MAX ||
        t->anchor_count > MH_SNAP_COUNT_MAX ||
        t->history_count > MH_SNAP_COUNT_MAX ||
        t->list_count > MH_SNAP_COUNT_MAX)
        return corrupt(err, "too many records");
    head = MH_SNAP_HEAD +
           (uint64_t)t->slot_count * (MH_SNAP_CERT + 2 * MH_SNAP_INDEX) +
           (uint64_t)t->anchor_count * MH_SNAP_ANCHOR +
           (uint64_t)t->history_count * MH_SNAP_HISTORY +
           (uint64_t)t->list_count * MH_SNAP_LIST;
    want = head + texts + bytes;
    if (want != snap.len ||
        !mh_span_sub(snap, (size_t)head, texts, &t->texts) ||
        !mh_span_sub(snap, (size_t)(head + texts), bytes, &t->bytes))
        return corrupt(err, "length does not fit its records");
    d = mh_digest_new();
    if (d == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: memory");
    rc = mh_digest_start(d, MH_SHA256, err);
    if (rc == MH_OK) {
        mh_digest_update(d, (struct mh_span){snap.ptr, 32});
        mh_digest_update(d, (struct mh_span){snap.ptr + MH_SNAP_HEAD,
                                (size_t)(head + texts) - MH_SNAP_HEAD});
        rc = mh_digest_finish(d, err, hash);
    }
    mh_digest_free(d);
    if (rc == MH_OK && memcmp(hash, snap.ptr + 32, sizeof(hash)) != 0)
        return corrupt(err, "damaged");
    return rc;
}

static bool
allocate(struct sg_trust *t)
{
    t->slots = mh_arena_array(t->arena, t->slot_count, sizeof(*t->slots));
    t->by_name = mh_arena_array(t->arena, t->slot_count, sizeof(uint32_t));
    t->by_key = mh_arena_array(t->arena, t->slot_count, sizeof(uint32_t));
    t->anchors = mh_arena_array(t->arena, t->anchor_count, sizeof(*t->anchors));
    t->anchor_slot =
        mh_arena_array(t->arena, t->anchor_count, sizeof(uint32_t));
    t->history =
        mh_arena_array(t->arena, t->history_count, sizeof(*t->history));
    t->lists = mh_arena_array(t->arena, t->list_count, sizeof(*t->lists));
    return t->slots != NULL && t->by_name != NULL && t->by_key != NULL &&
           t->anchors != NULL && t->anchor_slot != NULL && t->history != NULL &&
           t->lists != NULL;
}

static bool
read_slots(struct mh_rd *rd, struct sg_trust *t)
{
    const uint8_t *before = NULL;

    for (uint32_t i = 0; i < t->slot_count; i++) {
        struct slot *s = &t->slots[i];
        uint32_t off, len;

        s->sha256 = mh_rd_bytes(rd, MH_SHA256_LENGTH).ptr;
        off = mh_rd_u32le(rd);
        len = mh_rd_u32le(rd);
        s->subject_hash = mh_rd_u64le(rd);
        s->ski_hash = mh_rd_u64le(rd);
        s->first = mh_rd_u32le(rd);
        s->count = mh_rd_u32le(rd);
        if (rd->bad || !mh_span_sub(t->bytes, off, len, &s->der) ||
            s->first > t->anchor_count || s->count > t->anchor_count - s->first)
            return false;
        if (before != NULL && memcmp(before, s->sha256, MH_SHA256_LENGTH) >= 0)
            return false;
        before = s->sha256;
    }
    return true;
}

static bool
read_index(struct mh_rd *rd, const struct sg_trust *t, uint32_t *index)
{
    for (uint32_t i = 0; i < t->slot_count; i++) {
        index[i] = mh_rd_u32le(rd);
        if (rd->bad || index[i] >= t->slot_count)
            return false;
    }
    return true;
}

static bool
read_anchors(struct mh_rd *rd, struct sg_trust *t, uint32_t *list_of)
{
    for (uint32_t i = 0; i < t->anchor_count; i++) {
        struct sg_anchor *a = &t->anchors[i];
        uint32_t flags, off, len, first, count;

        t->anchor_slot[i] = mh_rd_u32le(rd);
        flags = mh_rd_u32le(rd);
        off = mh_rd_u32le(rd);
        len = mh_rd_u32le(rd);
        list_of[i] = mh_rd_u32le(rd);
        first = mh_rd_u32le(rd);
        count = mh_rd_u32le(rd);
        (void)mh_rd_u32le(rd); /* room for later */
        a->kinds = flags & SG_KIND_ANY;
        a->qualified = (flags & MH_SNAP_QUALIFIED) != 0;
        if (rd->bad || t->anchor_slot[i] >= t->slot_count ||
            !mh_span_sub(t->texts, off, len, &a->name) || count == 0 ||
            first > t->history_count || count > t->history_count - first ||
            (list_of[i] != MH_SNAP_NO_LIST && list_of[i] >= t->list_count))
            return false;
        a->history = t->history + first;
        a->history_count = count;
    }
    return true;
}

static bool
read_rest(struct mh_rd *rd, struct sg_trust *t)
{
    for (uint32_t i = 0; i < t->history_count; i++) {
        t->history[i].from = rd_i64(rd);
        t->history[i].granted = mh_rd_u32le(rd) != 0;
        (void)mh_rd_u32le(rd); /* padding */
    }
    for (uint32_t i = 0; i < t->list_count; i++) {
        uint32_t off = mh_rd_u32le(rd), len = mh_rd_u32le(rd);

        t->lists[i].flags = mh_rd_u32le(rd);
        (void)mh_rd_u32le(rd); /* padding */
        t->lists[i].next_update = rd_i64(rd);
        if (rd->bad || !mh_span_sub(t->texts, off, len, &t->lists[i].label))
            return false;
    }
    return !rd->bad;
}

static enum mh_code
read_all(struct mh_span snap, struct mh_err *err, struct sg_trust *t)
{
    struct mh_rd rd = mh_rd_from(snap);
    uint32_t *list_of =
        mh_arena_array(t->arena, t->anchor_count, sizeof(uint32_t));

    if (list_of == NULL || !allocate(t))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: memory");
    (void)mh_rd_bytes(&rd, MH_SNAP_HEAD); /* read before */
    if (!read_slots(&rd, t) || !read_index(&rd, t, t->by_name) ||
        !read_index(&rd, t, t->by_key) || !read_anchors(&rd, t, list_of) ||
        !read_rest(&rd, t))
        return corrupt(err, "record out of bounds");
    for (uint32_t i = 0; i < t->anchor_count; i++)
        if (list_of[i] != MH_SNAP_NO_LIST)
            t->anchors[i].list = t->lists[list_of[i]].label;
    return MH_OK;
}

enum mh_code
sg_trust_open(
    struct mh_span snapshot, struct mh_err *err, struct sg_trust **out)
{
    struct sg_trust *t = calloc(1, sizeof(*t));
    enum mh_code rc;

    if (t == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: memory");
    t->arena = mh_arena_new((size_t)4 * MH_SNAPSHOT_SIZE_MAX);
    if (t->arena == NULL) {
        free(t);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: memory");
    }
    rc = check_header(snapshot, err, t);
    if (rc == MH_OK)
        rc = read_all(snapshot, err, t);
    if (rc != MH_OK) {
        sg_trust_free(t);
        return rc;
    }
    *out = t;
    return MH_OK;
}

void
sg_trust_free(struct sg_trust *trust)
{
    if (trust == NULL)
        return;
    mh_arena_free(trust->arena);
    free(trust);
}

/* Parses the certificate of a slot once; false if it is not what it was. */
static bool
load(struct sg_trust *t, struct slot *s)
{
    if (s->cert != NULL || s->damaged)
        return s->cert != NULL;
    s->damaged = true;
    if (sg_cert_parse(s->der, t->arena, NULL, &s->cert) != MH_OK ||
        memcmp(s->cert->sha256, s->sha256, MH_SHA256_LENGTH) != 0)
        s->cert = NULL;
    if (s->cert == NULL)
        return false;
    s->damaged = false;
    for (uint32_t i = s->first; i < s->first + s->count; i++)
        if (&t->slots[t->anchor_slot[i]] == s)
            t->anchors[i].cert = s->cert;
    return true;
}

size_t
sg_trust_count(const struct sg_trust *trust)
{
    return trust->anchor_count;
}

const struct sg_anchor *
sg_trust_at(struct sg_trust *trust, size_t n)
{
    if (n >= trust->anchor_count ||
        !load(trust, &trust->slots[trust->anchor_slot[n]]))
        return NULL;
    return trust->anchors[n].cert == NULL ? NULL : &trust->anchors[n];
}

static size_t
take(struct sg_trust *t, struct slot *s, const struct sg_anchor **out,
    size_t have, size_t max)
{
    for (uint32_t i = s->first; i < s->first + s->count && have < max; i++)
        if (t->anchors[i].cert == s->cert)
            out[have++] = &t->anchors[i];
    return have;
}

/* The first place of an index whose hash is not below the one sought. */
static uint32_t
lower_bound(const struct sg_trust *t, const uint32_t *index, uint64_t hash)
{
    uint32_t lo = 0, hi = t->slot_count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const struct slot *s = &t->slots[index[mid]];
        uint64_t h = index == t->by_name ? s->subject_hash : s->ski_hash;

        if (h < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t
sg_trust_by_subject(struct sg_trust *trust, const struct sg_name *name,
    const struct sg_anchor **out, size_t max)
{
    uint64_t hash = sg_name_hash(name);
    size_t n = 0;

    if (trust == NULL)
        return 0; /* nothing is trusted */
    for (uint32_t i = lower_bound(trust, trust->by_name, hash);
         i < trust->slot_count; i++) {
        struct slot *s = &trust->slots[trust->by_name[i]];

        if (s->subject_hash != hash)
            break;
        if (load(trust, s) && sg_name_eq(&s->cert->subject, name))
            n = take(trust, s, out, n, max);
    }
    return n;
}

uint64_t
sg_snap_ski_hash(struct mh_span ski)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < ski.len; i++)
        h = (h ^ ski.ptr[i]) * UINT64_C(0x100000001b3);
    return ski.len == 0 ? 0 : h;
}

size_t
sg_trust_by_ski(struct sg_trust *trust, struct mh_span ski,
    const struct sg_anchor **out, size_t max)
{
    uint64_t hash = sg_snap_ski_hash(ski);
    size_t n = 0;

    if (trust == NULL)
        return 0; /* nothing is trusted */
    if (ski.len == 0)
        return 0;
    for (uint32_t i = lower_bound(trust, trust->by_key, hash);
         i < trust->slot_count; i++) {
        struct slot *s = &trust->slots[trust->by_key[i]];

        if (s->ski_hash != hash)
            break;
        if (load(trust, s) && mh_span_eq(s->cert->ski, ski))
            n = take(trust, s, out, n, max);
    }
    return n;
}

size_t
sg_trust_by_sha256(struct sg_trust *trust, const uint8_t hash[MH_SHA256_LENGTH],
    const struct sg_anchor **out, size_t max)
{
    uint32_t lo = 0, hi = trust == NULL ? 0 : trust->slot_count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        struct slot *s = &trust->slots[mid];
        int c = memcmp(s->sha256, hash, MH_SHA256_LENGTH);

        if (c == 0)
            return load(trust, s) ? take(trust, s, out, 0, max) : 0;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return 0;
}

bool
sg_anchor_granted(const struct sg_anchor *anchor, int64_t time)
{
    bool granted = false;

    for (size_t i = 0; i < anchor->history_count; i++)
        if (anchor->history[i].from <= time)
            granted = anchor->history[i].granted;
    return granted;
}

bool
sg_trust_granted(struct sg_trust *trust, const struct sg_cert *cert,
    unsigned kinds, int64_t time)
{
    const struct sg_anchor *found[64];
    size_t n = sg_trust_by_sha256(trust, cert->sha256, found, 64);

    for (size_t i = 0; i < n; i++)
        if ((found[i]->kinds & kinds) != 0 && sg_anchor_granted(found[i], time))
            return true;
    return false;
}

bool
sg_trust_note(const struct sg_trust *trust, size_t n, int64_t time,
    struct sg_trust_note *out)
{
    if (trust == NULL)
        return false; /* nothing is trusted */
    for (uint32_t i = 0; i < trust->list_count; i++) {
        const struct list *l = &trust->lists[i];

        *out = (struct sg_trust_note){
            .list = l->label, .next_update = l->next_update};
        if ((l->flags & MH_SNAP_UNSIGNED) != 0 && n-- == 0) {
            out->finding = MH_F_TL_UNVERIFIED;
            return true;
        }
        if (l->next_update != MH_TIME_NONE && l->next_update < time &&
            n-- == 0) {
            out->finding = MH_F_TL_EXPIRED;
            return true;
        }
    }
    return false;
}
