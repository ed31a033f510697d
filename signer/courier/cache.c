#include "signer/courier/cache.h"

#include <stdlib.h>

enum {
    ENTRIES = 512,
    BYTES = 64 << 20,
    SECOND = 1000, /* ms */
    MINUTE = 60 * SECOND,
    KEEP_OCSP = MINUTE, /* a fresh answer must show a revocation soon */
    KEEP_LIST = 10 * MINUTE,
    KEEP_ISSUER = 24 * 60 * MINUTE,
};

struct entry {
    struct sg_cache_key key;
    int64_t until;  /* monotonic ms */
    int64_t wall;   /* seconds UTC, when it came */
    uint64_t age;   /* order of putting */
    uint8_t *bytes; /* NULL: free */
    size_t len;
};

struct sg_cache {
    struct entry entry[ENTRIES];
    size_t bytes;
    uint64_t puts;
};

static int64_t
keep_of(enum mh_fetch_kind kind)
{
    switch (kind) {
    case MH_FETCH_OCSP:
        return KEEP_OCSP;
    case MH_FETCH_CRL:
    case MH_FETCH_LIST:
        return KEEP_LIST;
    case MH_FETCH_ISSUER:
        return KEEP_ISSUER;
    case MH_FETCH_TSA:
    case MH_FETCH_JSON_GET:
    case MH_FETCH_JSON_POST:
    case MH_FETCH_MAIL:
    case MH_FETCH_SMS:
    case MH_FETCH_FORM_POST:
    case MH_FETCH_KINDS:
        break;
    }
    return 0;
}

struct sg_cache *
sg_cache_new(void)
{
    return calloc(1, sizeof(struct sg_cache));
}

static void
drop(struct sg_cache *cache, struct entry *e)
{
    cache->bytes -= e->len;
    free(e->bytes);
    *e = (struct entry){0};
}

void
sg_cache_free(struct sg_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < ENTRIES; i++)
        drop(cache, &cache->entry[i]);
    free(cache);
}

/* With its NUL, so that the border to what follows is certain. */
static void
add_text(struct mh_digest *d, const char *text)
{
    mh_digest_update(
        d, (struct mh_span){(const uint8_t *)text, strlen(text) + 1});
}

bool
sg_cache_key_of(
    const struct sg_cache_question *question, struct sg_cache_key *out)
{
    struct mh_digest *d;
    uint8_t how[2] = {(uint8_t)question->kind, question->anywhere ? 1 : 0};
    bool ok;

    if (keep_of(question->kind) == 0)
        return false;
    d = mh_digest_new();
    ok = d != NULL && mh_digest_start(d, MH_SHA256, NULL) == MH_OK;
    if (ok) {
        mh_digest_update(d, (struct mh_span){how, sizeof(how)});
        add_text(d, question->pin);
        add_text(d, question->url);
        mh_digest_update(d, question->body);
        ok = mh_digest_finish(d, NULL, out->hash) == MH_OK;
    }
    mh_digest_free(d);
    return ok;
}

/* Its place, or ENTRIES. */
static size_t
find(const struct sg_cache *cache, const struct sg_cache_key *key)
{
    size_t i = 0;

    while (i < ENTRIES &&
           (cache->entry[i].bytes == NULL ||
               memcmp(&cache->entry[i].key, key, sizeof(*key)) != 0))
        i++;
    return i;
}

bool
sg_cache_get(const struct sg_cache *cache, const struct sg_cache_key *key,
    const struct sg_cache_now *now, int64_t after, struct mh_span *out)
{
    size_t i = find(cache, key);

    if (i == ENTRIES || cache->entry[i].until <= now->ms ||
        cache->entry[i].wall < after)
        return false;
    *out = (struct mh_span){cache->entry[i].bytes, cache->entry[i].len};
    return true;
}

static struct entry *
oldest(struct sg_cache *cache)
{
    struct entry *e = NULL;

    for (size_t i = 0; i < ENTRIES; i++)
        if (cache->entry[i].bytes != NULL &&
            (e == NULL || cache->entry[i].age < e->age))
            e = &cache->entry[i];
    return e;
}

static struct entry *
place(struct sg_cache *cache)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (cache->entry[i].bytes == NULL)
            return &cache->entry[i];
    return NULL;
}

void
sg_cache_put(struct sg_cache *cache, const struct sg_cache_key *key,
    enum mh_fetch_kind kind, const struct sg_cache_now *now,
    struct mh_span bytes)
{
    size_t i = find(cache, key);
    uint8_t *copy;

    if (i < ENTRIES)
        drop(cache, &cache->entry[i]);
    if (bytes.len == 0 || bytes.len > BYTES / 2)
        return;
    while (cache->bytes > BYTES - bytes.len || place(cache) == NULL) {
        struct entry *old = oldest(cache);

        if (old == NULL)
            return; /* cannot be: something takes the room */
        drop(cache, old);
    }
    copy = malloc(bytes.len);
    if (copy == NULL)
        return;
    memcpy(copy, bytes.ptr, bytes.len);
    *place(cache) = (struct entry){.key = *key,
        .until = now->ms + keep_of(kind),
        .wall = now->wall,
        .age = cache->puts++,
        .bytes = copy,
        .len = bytes.len};
    cache->bytes += bytes.len;
}
