#include "base/peer/online.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"

struct mh_online {
    const struct mh_fetch_setup *setup; /* NULL: the courier is there */
    struct mh_courier *courier;
    _Atomic unsigned holders;
};

struct mh_online *
mh_online_new(const struct mh_fetch_setup *setup)
{
    struct mh_online *o = calloc(1, sizeof(*o));

    if (o != NULL) {
        o->setup = setup;
        o->holders = 1;
    }
    return o;
}

struct mh_online *
mh_online_over(struct mh_courier *courier)
{
    struct mh_online *o = mh_online_new(NULL);

    if (o != NULL)
        o->courier = courier;
    else
        mh_courier_free(courier);
    return o;
}

void
mh_online_free(struct mh_online *online)
{
    if (online == NULL || --online->holders > 0)
        return;
    mh_courier_free(online->courier);
    free(online);
}

enum mh_code
mh_outside_init(struct mh_outside *o, struct mh_err *err)
{
    o->online = NULL;
    return pthread_mutex_init(&o->lock, NULL) == 0
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory");
}

void
mh_outside_fini(struct mh_outside *o)
{
    mh_online_free(o->online);
    (void)pthread_mutex_destroy(&o->lock);
}

void
mh_outside_set(struct mh_outside *o, struct mh_online *online)
{
    struct mh_online *old;

    (void)pthread_mutex_lock(&o->lock); /* a plain mutex cannot fail */
    old = o->online;
    o->online = online;
    (void)pthread_mutex_unlock(&o->lock);
    mh_online_free(old);
}

struct mh_online *
mh_outside_take(struct mh_outside *o)
{
    struct mh_online *online;

    (void)pthread_mutex_lock(&o->lock);
    online = o->online;
    if (online != NULL)
        online->holders++;
    (void)pthread_mutex_unlock(&o->lock);
    return online;
}

enum mh_code
mh_online_courier(
    struct mh_online *online, struct mh_err *err, struct mh_courier **out)
{
    enum mh_code code = MH_OK;

    if (online->courier == NULL && online->setup != NULL)
        code = mh_courier_start(online->setup, err, &online->courier);
    *out = online->courier;
    return code;
}

enum mh_code
mh_fetched_set_init(
    struct mh_fetched_set *f, struct mh_arena *arena, struct mh_err *err)
{
    struct mh_material *m = &f->material;

    *f = (struct mh_fetched_set){.fault = ""};
    m->cert = mh_arena_array(arena, MH_MATERIALS_MAX, sizeof(*m->cert));
    m->ocsp = mh_arena_array(arena, MH_MATERIALS_MAX, sizeof(*m->ocsp));
    m->crl = mh_arena_array(arena, MH_MATERIALS_MAX, sizeof(*m->crl));
    f->tried = mh_arena_array(arena, MH_REPORT_NEEDS_MAX, sizeof(*f->tried));
    if (m->cert == NULL || m->ocsp == NULL || m->crl == NULL ||
        f->tried == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "fetch: no memory");
    return MH_OK;
}

static enum mh_code
key_of(const struct mh_need *need, struct mh_err *err, uint8_t out[32])
{
    struct mh_digest *d = mh_digest_new();
    enum mh_code code =
        d == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "fetch: no memory")
                  : mh_digest_start(d, MH_SHA256, err);

    if (code == MH_OK) {
        mh_digest_update(d, (struct mh_span){(const uint8_t *)need->url,
                                strlen(need->url) + 1});
        mh_digest_update(d, need->request);
        code = mh_digest_finish(d, err, out);
    }
    mh_digest_free(d);
    return code;
}

/* Whether it is new, and then remembered. */
static enum mh_code
first_time(struct mh_fetched_set *f, const struct mh_need *need,
    struct mh_err *err, bool *first)
{
    uint8_t key[32];
    enum mh_code code = key_of(need, err, key);

    *first = false;
    if (code != MH_OK || f->tries == MH_REPORT_NEEDS_MAX)
        return code;
    for (size_t i = 0; i < f->tries; i++)
        if (memcmp(f->tried[i], key, sizeof(key)) == 0)
            return MH_OK;
    memcpy(f->tried[f->tries++], key, sizeof(key));
    *first = true;
    return MH_OK;
}

static bool
keep(struct mh_span *list, size_t *count, struct mh_span value)
{
    if (*count == MH_MATERIALS_MAX || value.len == 0)
        return false;
    list[(*count)++] = value;
    return true;
}

static bool
keep_as(struct mh_material *m, enum mh_need_kind kind, struct mh_span value)
{
    switch (kind) {
    case MH_NEED_OCSP:
        return keep(m->ocsp, &m->ocsps, value);
    case MH_NEED_CRL:
        return keep(m->crl, &m->crls, value);
    case MH_NEED_ISSUER:
        return keep(m->cert, &m->certs, value);
    case MH_NEED_KINDS:
        break;
    }
    return false;
}

static enum mh_code
ask(struct mh_online *online, const struct mh_need *need,
    struct mh_arena *arena, struct mh_err *err, struct mh_fetched_set *f,
    bool *came)
{
    struct mh_fetch fetch = {.kind = need->kind == MH_NEED_OCSP ? MH_FETCH_OCSP
                                     : need->kind == MH_NEED_CRL
                                         ? MH_FETCH_CRL
                                         : MH_FETCH_ISSUER,
        .endpoint = "",
        .url = need->url,
        .proven = need->proven,
        .after = need->after > f->since ? need->after : f->since,
        .body = need->request};
    struct mh_courier *courier;
    struct mh_span bytes = {0};
    enum mh_code code = mh_online_courier(online, err, &courier);

    *came = false;
    if (code == MH_OK)
        code = mh_courier_fetch(courier, &fetch, arena, err, NULL, &bytes);
    if (code == MH_ENOMEM || code == MH_EINTERNAL)
        return code;
    if (code == MH_OK)
        *came = keep_as(&f->material, need->kind, bytes);
    else
        (void)snprintf(f->fault, sizeof(f->fault), "%.60s: %.90s", need->url,
            err->msg); /* cut is fine */
    return MH_OK;
}

enum mh_code
mh_online_fetch(struct mh_online *online, const struct mh_report *report,
    struct mh_arena *arena, struct mh_err *err, struct mh_fetched_set *f,
    bool *more)
{
    enum mh_code code = MH_OK;

    *more = false;
    for (size_t i = 0; i < report->needs && code == MH_OK;) {
        uint32_t lack = report->need[i].lack;
        bool came = false, first;

        for (;
             i < report->needs && report->need[i].lack == lack && code == MH_OK;
             i++) {
            if (came)
                continue; /* the others are alternatives */
            code = first_time(f, &report->need[i], err, &first);
            if (code == MH_OK && first)
                code = ask(online, &report->need[i], arena, err, f, &came);
        }
        *more = *more || came;
    }
    return code;
}

enum mh_code
mh_fetched_set_memfd(
    const struct mh_fetched_set *f, struct mh_err *err, int *fd, uint64_t *size)
{
    struct mh_buf buf;
    enum mh_code code;

    *fd = -1;
    mh_buf_init(&buf, MH_MATERIAL_MAX);
    mh_material_pack(&f->material, &buf);
    *size = buf.len;
    code = mh_buf_ok(&buf) ? mh_memfd_new("material", 0, err, fd)
                           : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                                 "fetch: too much was fetched");
    if (code == MH_OK && pwrite(*fd, buf.ptr, buf.len, 0) != (ssize_t)buf.len)
        code = mh_fail_sys(err, "fetch: memory");
    if (code == MH_OK)
        code = mh_memfd_seal(*fd, err);
    if (code != MH_OK)
        mh_close(fd);
    mh_buf_fini(&buf);
    return code;
}
