#include "signer/trust/pool.h"

#include "base/limits.h"
#include "signer/trust/name.h"

struct entry {
    const struct sg_cert *cert;
    uint64_t subject; /* sg_name_hash */
    bool has_key_sha1;
    uint8_t key_sha1[20];
};

struct sg_pool {
    struct mh_arena *arena;
    struct entry *entries; /* cap of them, grown by doubling */
    size_t count, cap;
};

struct sg_pool *
sg_pool_new(struct mh_arena *arena)
{
    struct sg_pool *p = mh_arena_alloc(arena, sizeof(*p));

    if (p != NULL)
        p->arena = arena;
    return p;
}

static bool
make_room(struct sg_pool *p)
{
    size_t cap = p->cap == 0 ? 16 : p->cap * 2;
    struct entry *e;

    if (p->count < p->cap)
        return true;
    e = mh_arena_array(p->arena, cap, sizeof(*e));
    if (e == NULL)
        return false;
    if (p->count > 0)
        memcpy(e, p->entries, p->count * sizeof(*e));
    p->entries = e;
    p->cap = cap;
    return true;
}

enum mh_code
sg_pool_add(struct sg_pool *pool, const struct sg_cert *cert,
    struct mh_err *err, const struct sg_cert **out)
{
    const struct sg_cert *old = sg_pool_by_sha256(pool, cert->sha256);

    if (old == NULL) {
        if (pool->count == MH_POOL_CERTS_MAX)
            return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                "certificates: too many in one document");
        if (!make_room(pool))
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pool: memory");
        pool->entries[pool->count++] = (struct entry){
            .cert = cert, .subject = sg_name_hash(&cert->subject)};
        old = cert;
    }
    if (out != NULL)
        *out = old;
    return MH_OK;
}

enum mh_code
sg_pool_add_der(struct sg_pool *pool, struct mh_span der, struct mh_err *err,
    const struct sg_cert **out)
{
    uint8_t hash[MH_SHA256_LENGTH];
    const struct sg_cert *old;
    struct sg_cert *cert;
    enum mh_code rc = mh_digest_once(MH_SHA256, der, err, hash);

    if (rc != MH_OK)
        return rc;
    old = sg_pool_by_sha256(pool, hash);
    if (old != NULL) {
        if (out != NULL)
            *out = old;
        return MH_OK;
    }
    rc = sg_cert_parse(der, pool->arena, err, &cert);
    return rc == MH_OK ? sg_pool_add(pool, cert, err, out) : rc;
}

size_t
sg_pool_count(const struct sg_pool *pool)
{
    return pool->count;
}

const struct sg_cert *
sg_pool_at(const struct sg_pool *pool, size_t n)
{
    return n < pool->count ? pool->entries[n].cert : NULL;
}

const struct sg_cert *
sg_pool_by_subject(
    const struct sg_pool *pool, const struct sg_name *name, size_t *pos)
{
    uint64_t hash = sg_name_hash(name);

    while (*pos < pool->count) {
        const struct entry *e = &pool->entries[(*pos)++];

        if (e->subject == hash && sg_name_eq(&e->cert->subject, name))
            return e->cert;
    }
    return NULL;
}

const struct sg_cert *
sg_pool_by_ski(const struct sg_pool *pool, struct mh_span ski, size_t *pos)
{
    while (*pos < pool->count) {
        const struct sg_cert *c = pool->entries[(*pos)++].cert;

        if (c->ski.len > 0 && mh_span_eq(c->ski, ski))
            return c;
    }
    return NULL;
}

const struct sg_cert *
sg_pool_by_issuer_serial(const struct sg_pool *pool,
    const struct sg_name *issuer, struct mh_span serial, size_t *pos)
{
    while (*pos < pool->count) {
        const struct sg_cert *c = pool->entries[(*pos)++].cert;

        if (mh_span_eq(c->serial, serial) && sg_name_eq(&c->issuer, issuer))
            return c;
    }
    return NULL;
}

const struct sg_cert *
sg_pool_by_sha256(
    const struct sg_pool *pool, const uint8_t hash[MH_SHA256_LENGTH])
{
    for (size_t i = 0; i < pool->count; i++)
        if (memcmp(pool->entries[i].cert->sha256, hash, MH_SHA256_LENGTH) == 0)
            return pool->entries[i].cert;
    return NULL;
}

const struct sg_cert *
sg_pool_by_key_sha1(
    const struct sg_pool *pool, const uint8_t hash[20], size_t *pos)
{
    while (*pos < pool->count) {
        struct entry *e = &pool->entries[(*pos)++];

        if (!e->has_key_sha1) {
            if (mh_digest_once(MH_SHA1, e->cert->key_bits, NULL, e->key_sha1) !=
                MH_OK)
                continue;
            e->has_key_sha1 = true;
        }
        if (memcmp(e->key_sha1, hash, 20) == 0)
            return e->cert;
    }
    return NULL;
}
