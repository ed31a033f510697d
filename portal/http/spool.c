#include "portal/http/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"

enum {
    COPY = 256 << 10 /* bytes copied at once */
};

enum mh_code
pt_flight_take(
    _Atomic uint64_t *used, uint64_t cap, uint64_t bytes, struct mh_err *err)
{
    uint64_t now = atomic_load(used);

    do {
        if (bytes > cap || now > cap - bytes)
            return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                "flight: too much is under way at once");
    } while (!atomic_compare_exchange_weak(used, &now, now + bytes));
    return MH_OK;
}

void
pt_flight_give(_Atomic uint64_t *used, uint64_t bytes)
{
    atomic_fetch_sub(used, bytes);
}

enum mh_code
pt_spool_begin(
    struct pt_spool *s, struct pt_flight *flight, int dir, struct mh_err *err)
{
    *s = (struct pt_spool){
        .flight = flight, .dir = dir, .fd = -1, .read_fd = -1};
    s->digest = mh_digest_new();
    if (s->digest == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "spool: no memory");
    if (mh_digest_start(s->digest, MH_SHA256, err) != MH_OK)
        return MH_EINTERNAL;
    return mh_memfd_new("upload", 0, err, &s->fd);
}

static enum mh_code
write_all(int fd, struct mh_span bytes, struct mh_err *err)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);

        if (n <= 0)
            return mh_fail_sys(err, "spool: write");
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return MH_OK;
}

/* A file without a name: *w for writing, *r for reading only. */
static enum mh_code
nameless(int dir, struct mh_err *err, int *w, int *r)
{
    static _Atomic uint64_t next;
    char name[48];
    enum mh_code code = MH_OK;

    (void)snprintf(name, sizeof(name), "up-%ld-%llu", (long)getpid(),
        (unsigned long long)atomic_fetch_add(&next, 1)); /* always fits */
    *w = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*w < 0)
        return mh_fail_sys(err, "spool: file");
    *r = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*r < 0)
        code = mh_fail_sys(err, "spool: file");
    if (unlinkat(dir, name, 0) != 0 && code == MH_OK)
        code = mh_fail_sys(err, "spool: file");
    if (code != MH_OK) {
        mh_close(w);
        mh_close(r);
    }
    return code;
}

/* From memory to the disk. */
static enum mh_code
move_out(struct pt_spool *s, struct mh_err *err)
{
    struct mh_map map;
    enum mh_code code = mh_map_fd(s->fd, s->size, err, &map);
    int w = -1;

    if (code != MH_OK)
        return code;
    code = nameless(s->dir, err, &w, &s->read_fd);
    if (code == MH_OK)
        code =
            pt_flight_take(&s->flight->disk, s->flight->disk_cap, s->size, err);
    if (code == MH_OK) {
        pt_flight_give(&s->flight->memory, s->held);
        s->held = s->size;
        s->file = true;
        mh_close(&s->fd);
        s->fd = w;
        code = write_all(s->fd, map.bytes, err);
    } else {
        mh_close(&w);
    }
    mh_map_fini(&map);
    return code;
}

enum mh_code
pt_spool_write(struct pt_spool *s, struct mh_span bytes, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    if (!s->file && s->size + bytes.len > PT_SPOOL_MEMORY)
        code = move_out(s, err);
    if (code == MH_OK)
        code = s->file ? pt_flight_take(&s->flight->disk, s->flight->disk_cap,
                             bytes.len, err)
                       : pt_flight_take(&s->flight->memory,
                             s->flight->memory_cap, bytes.len, err);
    if (code != MH_OK)
        return code;
    s->held += bytes.len;
    mh_digest_update(s->digest, bytes);
    code = write_all(s->fd, bytes, err);
    s->size += bytes.len;
    return code;
}

enum mh_code
pt_spool_end(struct pt_spool *s, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = mh_digest_finish(s->digest, err, hash);

    if (code != MH_OK)
        return code;
    mh_hex_encode((struct mh_span){hash, MH_SHA256_LENGTH}, s->sha256);
    if (!s->file)
        return mh_memfd_seal(s->fd, err);
    mh_close(&s->fd);
    s->fd = s->read_fd;
    s->read_fd = -1;
    return MH_OK;
}

void
pt_spool_fini(struct pt_spool *s)
{
    if (s->flight != NULL && s->held > 0)
        pt_flight_give(
            s->file ? &s->flight->disk : &s->flight->memory, s->held);
    mh_close(&s->fd);
    mh_close(&s->read_fd);
    mh_digest_free(s->digest);
    *s = (struct pt_spool){.fd = -1, .read_fd = -1};
}
