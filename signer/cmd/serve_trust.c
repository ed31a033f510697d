#include "signer/cmd/serve_trust.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/supervise.h"
#include "signer/cmd/trust_load.h"

enum {
    ARENA = 256 << 20, /* bytes: the files' names and the snapshot */
    FILES = 1024,      /* descriptors of the examiner */
};

static enum mh_code
to_memfd(struct mh_span snapshot, struct mh_err *err, int *fd)
{
    enum mh_code code = mh_memfd_new("trust", snapshot.len, err, fd);
    size_t at = 0;

    while (code == MH_OK && at < snapshot.len) {
        ssize_t n =
            pwrite(*fd, snapshot.ptr + at, snapshot.len - at, (off_t)at);

        if (n <= 0)
            code = mh_fail_sys(err, "trust: memfd");
        else
            at += (size_t)n;
    }
    if (code == MH_OK)
        code = mh_memfd_seal(*fd, err);
    if (code != MH_OK)
        mh_close(fd);
    return code;
}

/* An examiner of its own, ended when its channel is closed. */
static enum mh_code
start(const struct sg_serve_config *config, struct mh_examiner *ex,
    struct mh_err *err, struct mh_child *child)
{
    const char *arg[] = {"1"};
    struct mh_spawn spawn = {.program = "mohur-examiner",
        .arg = arg,
        .args = 1,
        .switch_user = config->switch_user,
        .uid = config->user[SG_ROLE_EXAMINER].uid,
        .gid = config->user[SG_ROLE_EXAMINER].gid,
        .files = FILES};
    int pair[2];
    enum mh_code code = mh_chan_pair(err, pair);

    if (code != MH_OK)
        return code;
    spawn.chan = pair[1];
    code = mh_spawn(&spawn, err, child);
    mh_close(&pair[1]);
    if (code == MH_OK)
        code = mh_examiner_attach(ex, MH_EXAMINER_PLAIN, pair[0], err);
    else
        mh_close(&pair[0]);
    return code;
}

enum mh_code
sg_serve_trust(const struct sg_serve_config *config, struct mh_err *err,
    const char **bad, int *fd)
{
    struct sg_trust_args args = {
        .path = config->base.trust, .paths = config->base.trusts};
    struct mh_child child = {-1, -1};
    struct mh_examiner *ex = NULL;
    struct mh_span snapshot = {0};
    struct mh_arena *arena;
    enum mh_code code;
    char how[32];
    bool clean;

    *fd = -1;
    *bad = NULL;
    if (args.paths == 0)
        return MH_OK;
    arena = mh_arena_new(ARENA);
    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: no memory");
    code = mh_examiner_idle(err, &ex);
    if (code == MH_OK)
        code = start(config, ex, err, &child);
    if (code == MH_OK)
        code = sg_trust_load(ex, &args, arena, err, bad, &snapshot);
    if (code == MH_OK)
        code = to_memfd(snapshot, err, fd);
    mh_examiner_free(ex);
    if (child.pid > 0) {
        mh_child_kill(&child); /* its work is done */
        mh_child_take(&child, how, &clean);
    }
    mh_arena_free(arena);
    return code;
}
