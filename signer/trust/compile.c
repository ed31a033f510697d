/*
 * Compiles trust material into a snapshot; declared in store.h.
 */
#include "signer/trust/name.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/trust/snapshot.h"
#include "signer/trust/store.h"
#include "signer/trust/tl.h"

struct item { /* one anchor to be written */
    const struct sg_cert *cert;
    unsigned kinds;
    bool qualified;
    struct mh_span name;
    uint32_t list;
    const struct sg_service_status *history;
    size_t history_count;
    size_t order; /* keeps equal certificates in the order of the input */
};

struct list {
    struct mh_span label;
    uint32_t flags;
    int64_t next_update;
};

struct builder {
    struct mh_arena *arena;
    struct item *items;
    size_t count, cap;
    struct list *lists;
    size_t list_count, list_cap;
    const struct sg_trust_sources *sources;
};

static const struct sg_service_status always = {
    .from = INT64_MIN, .granted = true};

static enum mh_code
memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: memory");
}

static bool
item_same(const struct item *a, const struct item *b)
{
    if (a->kinds != b->kinds || a->qualified != b->qualified ||
        a->list != b->list || !mh_span_eq(a->name, b->name) ||
        a->history_count != b->history_count || !sg_cert_same(a->cert, b->cert))
        return false;
    for (size_t i = 0; i < a->history_count; i++)
        if (a->history[i].from != b->history[i].from ||
            a->history[i].granted != b->history[i].granted)
            return false;
    return true;
}

static enum mh_code
add_item(struct builder *b, const struct item *item, struct mh_err *err)
{
    if (b->count == b->cap) {
        size_t cap = b->cap == 0 ? 64 : b->cap * 2;
        struct item *p = reallocarray(b->items, cap, sizeof(*p));

        if (p == NULL)
            return memory(err);
        b->items = p;
        b->cap = cap;
    }
    if (b->count == MH_TL_SERVICES_MAX)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "trust: too many services");
    b->items[b->count] = *item;
    b->items[b->count].order = b->count;
    b->count++;
    return MH_OK;
}

static enum mh_code
add_list(struct builder *b, const struct list *list, struct mh_err *err,
    uint32_t *index)
{
    for (size_t i = 0; i < b->list_count; i++)
        if (mh_span_eq(b->lists[i].label, list->label) &&
            b->lists[i].flags == list->flags &&
            b->lists[i].next_update == list->next_update) {
            *index = (uint32_t)i;
            return MH_OK;
        }
    if (b->list_count == b->list_cap) {
        size_t cap = b->list_cap == 0 ? 8 : b->list_cap * 2;
        struct list *p = reallocarray(b->lists, cap, sizeof(*p));

        if (p == NULL)
            return memory(err);
        b->lists = p;
        b->list_cap = cap;
    }
    *index = (uint32_t)b->list_count;
    b->lists[b->list_count++] = *list;
    return MH_OK;
}

static enum mh_code
add_der(struct builder *b, struct mh_span der, struct mh_err *err)
{
    struct item item = {.kinds = SG_KIND_ANY,
        .list = MH_SNAP_NO_LIST,
        .history = &always,
        .history_count = 1};
    struct sg_cert *cert;
    enum mh_code rc = sg_cert_parse(der, b->arena, err, &cert);

    item.cert = cert;
    return rc == MH_OK ? add_item(b, &item, err) : rc;
}

static bool
find(struct mh_span s, size_t from, const char *word, size_t *pos)
{
    const uint8_t *p = memmem(s.ptr + from, s.len - from, word, strlen(word));

    if (p == NULL)
        return false;
    *pos = (size_t)(p - s.ptr);
    return true;
}

/* Every CERTIFICATE block; text around the blocks is ignored (RFC 7468). */
static enum mh_code
add_pem(struct builder *b, struct mh_span pem, struct mh_err *err)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    static const char end[] = "-----END CERTIFICATE-----";
    size_t pos = 0, stop, count = 0;

    while (find(pem, pos, begin, &pos)) {
        struct mh_span body;
        uint8_t *der;
        size_t len;
        enum mh_code rc;

        pos += sizeof(begin) - 1;
        if (!find(pem, pos, end, &stop) ||
            !mh_span_sub(pem, pos, stop - pos, &body))
            return mh_fail(
                err, MH_EFORMAT, MH_NO_OFFSET, "pem: block without end");
        der = mh_arena_alloc(b->arena, mh_base64_max(body.len));
        if (der == NULL)
            return memory(err);
        if (!mh_base64_decode(body, der, &len))
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "pem: bad base64");
        rc = add_der(b, (struct mh_span){der, len}, err);
        if (rc != MH_OK)
            return rc;
        pos = stop;
        count++;
    }
    return count > 0 ? MH_OK
                     : mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                           "trust: neither certificate nor list");
}

static enum mh_code
add_tl(struct builder *b, const struct sg_trust_input *in, struct mh_err *err)
{
    const struct sg_trust_sources *src = b->sources;
    struct list list = {.label = mh_span_str(in->label)};
    struct sg_tl *tl;
    uint32_t index;
    enum mh_code rc;

    if (src->parse_list == NULL)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "trust: a trusted list has no place here");
    rc = src->parse_list(
        in->bytes, src->tl_signers, src->tl_signer_count, b->arena, err, &tl);

    if (rc != MH_OK)
        return rc;
    if (tl->territory.len > 0)
        list.label = tl->territory;
    list.flags = tl->verified ? 0 : MH_SNAP_UNSIGNED;
    list.next_update = tl->next_update;
    rc = add_list(b, &list, err, &index);
    for (size_t i = 0; rc == MH_OK && i < tl->count; i++) {
        const struct sg_tl_service *s = &tl->services[i];
        struct item item = {.kinds = s->kinds,
            .qualified = s->qualified,
            .name = s->name,
            .list = index,
            .history = s->history,
            .history_count = s->history_count};
        struct sg_cert *cert;

        /* A list may carry identities that are no usable certificate; such
           a service cannot vouch for anything. */
        if (sg_cert_parse(s->cert, b->arena, NULL, &cert) != MH_OK)
            continue;
        item.cert = cert;
        rc = add_item(b, &item, err);
    }
    return rc;
}

/* What an opened snapshot holds, copied: it is closed at once. */
static enum mh_code
add_anchor(struct builder *b, const struct sg_anchor *a, uint32_t list,
    struct mh_err *err)
{
    struct item item = {.kinds = a->kinds,
        .qualified = a->qualified,
        .name = mh_arena_copy(b->arena, a->name),
        .list = list,
        .history_count = a->history_count};
    struct sg_service_status *h =
        mh_arena_array(b->arena, a->history_count, sizeof(*h));
    struct sg_cert *cert;
    enum mh_code rc = sg_cert_parse(
        mh_arena_copy(b->arena, a->cert->der), b->arena, err, &cert);

    if (rc != MH_OK)
        return rc;
    if (h == NULL)
        return memory(err);
    memcpy(h, a->history, a->history_count * sizeof(*h));
    item.history = h;
    item.cert = cert;
    return add_item(b, &item, err);
}

/* The list of an anchor among those of the snapshot it came from. */
static enum mh_code
list_of(struct builder *b, const struct sg_trust *t, struct mh_span label,
    struct mh_err *err, uint32_t *index)
{
    struct list list = {
        .label = mh_arena_copy(b->arena, label), .next_update = MH_TIME_NONE};
    struct sg_trust_note note;

    *index = MH_SNAP_NO_LIST;
    if (label.len == 0)
        return MH_OK;
    /* At the end of time every list that states an end has expired. */
    for (size_t n = 0; sg_trust_note(t, n, INT64_MAX, &note); n++) {
        if (!mh_span_eq(note.list, label))
            continue;
        list.next_update = note.next_update;
        if (note.finding == MH_F_TL_UNVERIFIED)
            list.flags |= MH_SNAP_UNSIGNED;
    }
    return add_list(b, &list, err, index);
}

static enum mh_code
add_snapshot(struct builder *b, struct mh_span bytes, struct mh_err *err)
{
    struct sg_trust *t;
    enum mh_code rc = sg_trust_open(bytes, err, &t);

    if (rc != MH_OK)
        return rc;
    for (size_t i = 0; rc == MH_OK && i < sg_trust_count(t); i++) {
        const struct sg_anchor *a = sg_trust_at(t, i);
        uint32_t list;

        if (a == NULL) {
            rc = mh_fail(
                err, MH_EFORMAT, MH_NO_OFFSET, "trust snapshot: damaged");
            break;
        }
        rc = list_of(b, t, a->list, err, &list);
        if (rc == MH_OK)
            rc = add_anchor(b, a, list, err);
    }
    sg_trust_free(t);
    return rc;
}

static bool
looks_like_xml(struct mh_span s)
{
    if (mh_span_starts(s, "\xef\xbb\xbf")) {
        s.ptr += 3;
        s.len -= 3;
    }
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t' ||
                            s.ptr[0] == '\r' || s.ptr[0] == '\n')) {
        s.ptr++;
        s.len--;
    }
    return s.len > 0 && s.ptr[0] == '<';
}

static enum mh_code
add_input(
    struct builder *b, const struct sg_trust_input *in, struct mh_err *err)
{
    struct mh_span s = in->bytes;

    if (sg_trust_is_snapshot(s))
        return add_snapshot(b, s, err);
    if (looks_like_xml(s))
        return add_tl(b, in, err);
    if (s.len > 0 && s.ptr[0] == DF_SEQUENCE)
        return add_der(b, s, err);
    if (s.len == 0)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "trust: empty file");
    return add_pem(b, s, err);
}

static int
by_cert(const void *x, const void *y)
{
    const struct item *a = x, *b = y;
    int c = memcmp(a->cert->sha256, b->cert->sha256, MH_SHA256_LENGTH);

    if (c != 0)
        return c;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void
drop_doubles(struct builder *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count; i++) {
        bool seen = false;

        for (size_t k = n; !seen && k > 0 &&
                           sg_cert_same(b->items[k - 1].cert, b->items[i].cert);
             k--)
            seen = item_same(&b->items[k - 1], &b->items[i]);
        if (!seen)
            b->items[n++] = b->items[i];
    }
    b->count = n;
}

static void
put_u32(struct mh_buf *out, size_t v)
{
    for (unsigned i = 0; i < 4; i++)
        mh_buf_byte(out, (uint8_t)(v >> (8 * i)));
}

static void
put_u64(struct mh_buf *out, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        mh_buf_byte(out, (uint8_t)(v >> (8 * i)));
}

struct key {
    uint64_t hash;
    uint32_t slot;
};

static int
by_hash(const void *x, const void *y)
{
    const struct key *a = x, *b = y;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

struct sections {
    struct mh_buf certs, by_name, by_key, anchors, history, lists, texts, bytes;
    size_t slots, histories;
};

static void
write_anchor(struct sections *s, const struct item *it)
{
    put_u32(&s->anchors, s->slots);
    put_u32(&s->anchors, it->kinds | (it->qualified ? MH_SNAP_QUALIFIED : 0U));
    put_u32(&s->anchors, s->texts.len);
    put_u32(&s->anchors, it->name.len);
    put_u32(&s->anchors, it->list);
    put_u32(&s->anchors, s->histories);
    put_u32(&s->anchors, it->history_count);
    put_u32(&s->anchors, 0);
    mh_buf_span(&s->texts, it->name);
    for (size_t i = 0; i < it->history_count; i++) {
        put_u64(&s->history, (uint64_t)it->history[i].from);
        put_u32(&s->history, it->history[i].granted ? 1 : 0);
        put_u32(&s->history, 0);
        s->histories++;
    }
}

/* Certificates with their anchors, then the indexes over them. */
static bool
write_items(struct sections *s, const struct builder *b)
{
    struct key *names = calloc(b->count + 1, sizeof(*names));
    struct key *keys = calloc(b->count + 1, sizeof(*keys));
    bool ok = names != NULL && keys != NULL;

    for (size_t i = 0; ok && i < b->count;) {
        const struct sg_cert *c = b->items[i].cert;
        size_t first = i;

        names[s->slots] =
            (struct key){sg_name_hash(&c->subject), (uint32_t)s->slots};
        keys[s->slots] =
            (struct key){sg_snap_ski_hash(c->ski), (uint32_t)s->slots};
        for (; i < b->count && sg_cert_same(b->items[i].cert, c); i++)
            write_anchor(s, &b->items[i]);
        mh_buf_add(&s->certs, c->sha256, MH_SHA256_LENGTH);
        put_u32(&s->certs, s->bytes.len);
        put_u32(&s->certs, c->der.len);
        put_u64(&s->certs, names[s->slots].hash);
        put_u64(&s->certs, keys[s->slots].hash);
        put_u32(&s->certs, first);
        put_u32(&s->certs, i - first);
        mh_buf_span(&s->bytes, c->der);
        s->slots++;
    }
    if (ok) {
        qsort(names, s->slots, sizeof(*names), by_hash);
        qsort(keys, s->slots, sizeof(*keys), by_hash);
        for (size_t i = 0; i < s->slots; i++) {
            put_u32(&s->by_name, names[i].slot);
            put_u32(&s->by_key, keys[i].slot);
        }
    }
    free(names);
    free(keys);
    return ok;
}

static enum mh_code
join(struct sections *s, const struct builder *b, struct mh_err *err,
    struct mh_buf *out)
{
    struct mh_buf *parts[] = {&s->certs, &s->by_name, &s->by_key, &s->anchors,
        &s->history, &s->lists, &s->texts};
    struct mh_buf body;
    uint8_t hash[MH_SHA256_LENGTH];
    struct mh_buf head;
    enum mh_code rc;

    mh_buf_init(&head, MH_SNAP_HEAD);
    mh_buf_add(&head, MH_SNAP_MAGIC, 8);
    put_u32(&head, s->slots);
    put_u32(&head, b->count);
    put_u32(&head, s->histories);
    put_u32(&head, b->list_count);
    put_u32(&head, s->texts.len);
    put_u32(&head, s->bytes.len);
    mh_buf_init(&body, MH_SNAPSHOT_SIZE_MAX);
    mh_buf_span(&body, mh_buf_get(&head));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        mh_buf_span(&body, mh_buf_get(parts[i]));
    rc = mh_buf_ok(&head) && mh_buf_ok(&body) && mh_buf_ok(&s->bytes)
             ? mh_digest_once(MH_SHA256, mh_buf_get(&body), err, hash)
             : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "trust: too large");
    if (rc == MH_OK) {
        mh_buf_span(out, mh_buf_get(&head));
        mh_buf_add(out, hash, sizeof(hash));
        mh_buf_add(out, body.ptr + head.len, body.len - head.len);
        mh_buf_span(out, mh_buf_get(&s->bytes));
        if (!mh_buf_ok(out))
            rc = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "trust: too large");
    }
    mh_buf_fini(&head);
    mh_buf_fini(&body);
    return rc;
}

static enum mh_code
write_snapshot(struct builder *b, struct mh_err *err, struct mh_buf *out)
{
    struct sections s = {0};
    struct mh_buf *all[] = {&s.certs, &s.by_name, &s.by_key, &s.anchors,
        &s.history, &s.lists, &s.texts, &s.bytes};
    enum mh_code rc;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        mh_buf_init(all[i], MH_SNAPSHOT_SIZE_MAX);
    if (b->count > 0)
        qsort(b->items, b->count, sizeof(*b->items), by_cert);
    drop_doubles(b);
    for (size_t i = 0; i < b->list_count; i++) {
        put_u32(&s.lists, s.texts.len);
        put_u32(&s.lists, b->lists[i].label.len);
        put_u32(&s.lists, b->lists[i].flags);
        put_u32(&s.lists, 0);
        put_u64(&s.lists, (uint64_t)b->lists[i].next_update);
        mh_buf_span(&s.texts, b->lists[i].label);
    }
    rc = write_items(&s, b) ? join(&s, b, err, out) : memory(err);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        mh_buf_fini(all[i]);
    return rc;
}

enum mh_code
sg_trust_compile(const struct sg_trust_sources *sources, struct mh_err *err,
    struct mh_buf *out)
{
    struct builder b = {.sources = sources};
    struct mh_err inner = {0};
    enum mh_code rc = MH_OK;

    b.arena = mh_arena_new((size_t)8 * MH_SNAPSHOT_SIZE_MAX);
    if (b.arena == NULL)
        return memory(err);
    for (size_t i = 0; rc == MH_OK && i < sources->count; i++) {
        rc = add_input(&b, &sources->inputs[i], &inner);
        if (rc != MH_OK)
            rc = mh_fail_finding(err, rc, inner.finding, inner.offset,
                "%.60s: %.90s", sources->inputs[i].label, inner.msg);
    }
    if (rc == MH_OK)
        rc = write_snapshot(&b, err, out);
    free(b.items);
    free(b.lists);
    mh_arena_free(b.arena);
    return rc;
}
