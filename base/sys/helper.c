#include "base/sys/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/chan.h"

enum {
    NAME_MAX_BYTES = 32, /* the longest program name, its NUL included */
    ARG_MAX_BYTES = 64,
    HIGH_FD = 10, /* out of the way of a helper's own descriptors */
};

/* The program beside the running one. */
static enum mh_code
beside_self(const char *name, struct mh_err *err, char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - NAME_MAX_BYTES);
    size_t len = strlen(name);
    char *slash;

    if (n <= 0)
        return mh_fail_sys(err, "helper: own path");
    out[n] = '\0';
    slash = strrchr(out, '/');
    if (slash == NULL || len >= NAME_MAX_BYTES)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "helper: own path");
    memcpy(slash + 1, name, len + 1);
    return MH_OK;
}

static enum mh_code
spawn(const char *path, const char *name, const char *arg, int chan,
    struct mh_err *err, pid_t *out)
{
    char name_copy[NAME_MAX_BYTES] = "", arg_copy[ARG_MAX_BYTES] = "";
    char *const argv[] = {name_copy, arg == NULL ? NULL : arg_copy, NULL};
    char locale[] = "LC_ALL=C.UTF-8";
    /* What is bound before a fork is bound once, not in every worker. */
    char bind_now[] = "LD_BIND_NOW=1";
    char *const envp[] = {locale, bind_now, NULL};
    posix_spawn_file_actions_t actions;
    int rc;

    (void)snprintf(name_copy, sizeof(name_copy), "%s", name); /* fits */
    if (arg != NULL)
        (void)snprintf(arg_copy, sizeof(arg_copy), "%s", arg); /* fits */
    if (posix_spawn_file_actions_init(&actions) != 0)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "helper: spawn");
    rc = posix_spawn_file_actions_addopen(
        &actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(
            &actions, STDIN_FILENO, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, chan, MH_HELPER_FD);
    if (rc == 0)
        rc = posix_spawn(out, path, &actions, NULL, argv, envp);
    (void)posix_spawn_file_actions_destroy(&actions); /* only frees */
    if (rc != 0) {
        errno = rc;
        return mh_fail_sys(err, name);
    }
    return MH_OK;
}

enum mh_code
mh_helper_start(const char *name, const char *arg, struct mh_err *err,
    struct mh_helper *out)
{
    int pair[2] = {-1, -1}, high;
    char path[4096];
    enum mh_code code = beside_self(name, err, path, sizeof(path));

    *out = (struct mh_helper){.chan = -1};
    if (code == MH_OK)
        code = mh_chan_pair(err, pair);
    if (code != MH_OK)
        return code;
    /* The peer's end must not sit at 3 itself, or dup2 keeps close-on-exec. */
    high = fcntl(pair[1], F_DUPFD_CLOEXEC, HIGH_FD);
    mh_close(&pair[1]);
    code = high < 0 ? mh_fail_sys(err, "helper: channel")
                    : spawn(path, name, arg, high, err, &out->pid);
    mh_close(&high);
    if (code == MH_OK)
        out->chan = pair[0];
    else
        mh_close(&pair[0]);
    return code;
}

void
mh_helper_end(struct mh_helper *helper)
{
    int status;

    if (helper->chan < 0)
        return;
    mh_close(&helper->chan);
    while (waitpid(helper->pid, &status, 0) < 0 && errno == EINTR)
        ;
}
