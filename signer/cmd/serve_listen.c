#include "signer/cmd/serve_listen.h"

#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "signer/cmd/config_table.h"

enum {
    BACKLOG = 4096, /* the kernel's own limit (somaxconn) */
    TRIES = 50,     /* for an address in use, 100 ms each */
};

static enum mh_code
unix_address(const char *path, struct mh_err *err, struct sockaddr_un *out)
{
    size_t len = strlen(path);

    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (len == 0 || len >= sizeof(out->sun_path))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "listen: path too long");
    memcpy(out->sun_path, path, len + 1);
    return MH_OK;
}

/* Removes the socket of a service that is no more. */
static enum mh_code
remove_stale(const struct sockaddr_un *addr, struct mh_err *err)
{
    struct stat st;
    int fd, rc;

    if (lstat(addr->sun_path, &st) != 0)
        return errno == ENOENT ? MH_OK : mh_fail_sys(err, "listen");
    if (!S_ISSOCK(st.st_mode))
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "listen: something else stands at the path");
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return mh_fail_sys(err, "listen: socket");
    rc = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
    mh_close(&fd);
    if (rc == 0)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "listen: another service answers at the path");
    return unlink(addr->sun_path) == 0 ? MH_OK : mh_fail_sys(err, "listen");
}

static enum mh_code
give_to(const char *path, const char *group, struct mh_err *err)
{
    const struct group *gr;

    if (group[0] == '\0')
        return chmod(path, 0666) == 0 ? MH_OK
                                      : mh_fail_sys(err, "listen: mode");
    gr = getgrnam(group);
    if (gr == NULL)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "listen-group: no group of this machine");
    if (chown(path, (uid_t)-1, gr->gr_gid) != 0 || chmod(path, 0660) != 0)
        return mh_fail_sys(err, "listen-group");
    return MH_OK;
}

/*
 * A service that was killed may still be on its way out, and its parts hold
 * the address for a moment: a start right after it waits for that.
 */
static enum mh_code
bound(int fd, const struct sockaddr *addr, socklen_t len, struct mh_err *err)
{
    static const struct timespec pause = {.tv_nsec = 100000000};
    int rc = bind(fd, addr, len);

    for (int i = 0; i < TRIES && rc != 0 && errno == EADDRINUSE; i++) {
        (void)nanosleep(&pause, NULL); /* sooner is fine */
        rc = bind(fd, addr, len);
    }
    if (rc != 0 || listen(fd, BACKLOG) != 0)
        return mh_fail_sys(err, "listen");
    return MH_OK;
}

static enum mh_code
open_local(const char *path, const char *group, struct mh_err *err, int fd)
{
    struct sockaddr_un addr;
    enum mh_code code = unix_address(path, err, &addr);
    mode_t before = umask(0177);

    if (code == MH_OK)
        code = remove_stale(&addr, err);
    if (code == MH_OK)
        code = bound(fd, (const struct sockaddr *)&addr, sizeof(addr), err);
    (void)umask(before); /* cannot fail */
    if (code == MH_OK)
        code = give_to(path, group, err);
    return code;
}

static enum mh_code
open_loopback(const struct sg_listen *l, struct mh_err *err, int fd)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
        .sin6_port = htons(l->port),
        .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(l->port)};
    uint32_t host = UINT32_C(127) << 24 | (uint32_t)l->last[0] << 16 |
                    (uint32_t)l->last[1] << 8 | l->last[2];
    int yes = 1;

    four.sin_addr.s_addr = htonl(host);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
        return mh_fail_sys(err, "listen");
    return l->six
               ? bound(fd, (const struct sockaddr *)&six, sizeof(six), err)
               : bound(fd, (const struct sockaddr *)&four, sizeof(four), err);
}

enum mh_code
sg_listen_open(
    const char *listen, const char *group, struct mh_err *err, int *out)
{
    struct sg_listen l;
    enum mh_code code;
    int fd;

    *out = -1;
    if (!sg_config_listen(listen, &l))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "listen: only unix:PATH or the loopback");
    if (l.off)
        return MH_OK;
    fd = socket(l.local ? AF_UNIX
                : l.six ? AF_INET6
                        : AF_INET,
        SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return mh_fail_sys(err, "listen: socket");
    code = l.local ? open_local(l.path, group, err, fd)
                   : open_loopback(&l, err, fd);
    if (code != MH_OK)
        mh_close(&fd);
    *out = fd;
    return code;
}

void
sg_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    size_t len = path == NULL ? 0 : strlen(path);
    int fd;

    if (len < 2 || len >= sizeof(addr.sun_path) ||
        (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(addr.sun_path, path, len);
    if (path[0] == '@')
        addr.sun_path[0] = '\0'; /* the abstract namespace, unix(7) */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
        (const struct sockaddr *)&addr,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    mh_close(&fd);
}
