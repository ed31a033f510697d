#include "base/sys/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

enum {
    PAGE = 4096,       /* bytes; giving back fewer pages does no harm */
    AT_ONCE = 1 << 18, /* bytes of a file that is mapped with all its pages */
    ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
};

union control {
    struct cmsghdr align;
    uint8_t bytes[CMSG_SPACE(sizeof(int) * MH_MESSAGE_FDS_MAX)];
};

enum mh_code
mh_chan_pair(struct mh_err *err, int out[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out) != 0)
        return mh_fail_sys(err, "channel");
    return MH_OK;
}

enum mh_code
mh_chan_send(int chan, struct mh_span packet, const int *fd, size_t fds,
    struct mh_err *err)
{
    union control control = {0};
    union {
        const uint8_t *given;
        void *wanted; /* sendmsg only reads it, iovec does not say so */
    } body = {packet.ptr};
    struct iovec iov = {body.wanted, packet.len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n;

    if (packet.len == 0 || packet.len > MH_MESSAGE_MAX ||
        fds > MH_MESSAGE_FDS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "channel: too much");
    if (fds > 0) {
        struct cmsghdr *h;

        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * fds);
        h = &control.align; /* the first and only one */
        h->cmsg_level = SOL_SOCKET;
        h->cmsg_type = SCM_RIGHTS;
        h->cmsg_len = CMSG_LEN(sizeof(int) * fds);
        memcpy(CMSG_DATA(h), fd, sizeof(int) * fds);
    }
    do
        n = sendmsg(chan, &msg, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0 || (size_t)n != packet.len)
        return mh_fail_sys(err, "channel: send");
    return MH_OK;
}

/* Takes the descriptors out of the control data; false if there are others. */
static bool
take_fds(struct msghdr *msg, struct mh_packet *out)
{
    bool ok = (msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;

    for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h != NULL;
         h = CMSG_NXTHDR(msg, h)) {
        size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
            if (out->fds < MH_MESSAGE_FDS_MAX) {
                out->fd[out->fds++] = fd;
            } else {
                (void)close(fd); /* nobody wants it */
                ok = false;
            }
        }
    }
    return ok;
}

enum mh_code
mh_chan_recv(int chan, struct mh_err *err, struct mh_packet *out)
{
    union control control = {0};
    struct iovec iov = {out->buf, MH_MESSAGE_MAX};
    struct msghdr msg = {.msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control)};
    ssize_t n;

    out->fds = 0;
    out->len = 0;
    do
        n = recvmsg(chan, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return mh_fail_sys(err, "channel: receive");
    if (!take_fds(&msg, out)) {
        mh_packet_close(out);
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "channel: packet cut");
    }
    out->len = (size_t)n;
    return MH_OK;
}

void
mh_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing was buffered */
    *fd = -1;
}

void
mh_packet_close(struct mh_packet *p)
{
    for (size_t i = 0; i < p->fds; i++)
        mh_close(&p->fd[i]);
    p->fds = 0;
}

enum mh_code
mh_memfd_new(const char *name, uint64_t size, struct mh_err *err, int *out)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return mh_fail_sys(err, "memfd");
    if (size > INT64_MAX || ftruncate(fd, (off_t)size) != 0) {
        enum mh_code code = mh_fail_sys(err, "memfd: size");

        mh_close(&fd);
        return code;
    }
    *out = fd;
    return MH_OK;
}

enum mh_code
mh_memfd_seal(int fd, struct mh_err *err)
{
    if (fcntl(fd, F_ADD_SEALS, ALL_SEALS) != 0)
        return mh_fail_sys(err, "memfd: seal");
    return MH_OK;
}

bool
mh_memfd_sealed(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

enum mh_code
mh_map_fd(int fd, uint64_t want, struct mh_err *err, struct mh_map *out)
{
    struct stat st;
    void *p;

    *out = (struct mh_map){0};
    if (fstat(fd, &st) != 0)
        return mh_fail_sys(err, "input");
    if (!S_ISREG(st.st_mode) || st.st_size < 0 || (uint64_t)st.st_size != want)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "input: not as announced");
    if (want == 0)
        return MH_OK;
    p = mmap(NULL, (size_t)want, PROT_READ,
        MAP_PRIVATE | (want <= AT_ONCE ? MAP_POPULATE : 0), fd, 0);
    if (p == MAP_FAILED)
        return mh_fail_sys(err, "input: map");
    out->base = p;
    out->len = (size_t)want;
    out->bytes = (struct mh_span){p, (size_t)want};
    return MH_OK;
}

void
mh_map_fini(struct mh_map *map)
{
    if (map->base != NULL)
        (void)munmap(map->base, map->len); /* a mapping of ours */
    *map = (struct mh_map){0};
}

void
mh_map_release(struct mh_span file, struct mh_span part)
{
    size_t from = (size_t)(part.ptr - file.ptr);
    size_t to = from + part.len;
    union {
        const uint8_t *seen;
        void *given; /* madvise reads nothing and writes nothing */
    } page;

    /* The page it begins in holds the end of what was consumed before. */
    from &= ~(size_t)(PAGE - 1);
    to &= ~(size_t)(PAGE - 1);
    if (to <= from)
        return;
    page.seen = file.ptr + from;
    (void)madvise(page.given, to - from, MADV_DONTNEED); /* only advice */
}
