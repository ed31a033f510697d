/*
 * Starting and watching the programs that stand beside the running one, for a
 * supervisor that outlives them: own user, own limits, no descriptor but what
 * is given, the end seen by a pidfd.
 */
#ifndef BASE_SYS_SUPERVISE_H
#define BASE_SYS_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define MH_SPAWN_ARGS_MAX 40U

struct mh_spawn {
    const char *program;    /* its name; it stands beside this one */
    const char *const *arg; /* behind the name */
    size_t args;            /* below MH_SPAWN_ARGS_MAX */
    const char *const *env; /* NAME=VALUE; besides LC_ALL and LD_BIND_NOW */
    size_t envs;            /* at most 4 */
    int chan;               /* becomes MH_HELPER_FD; borrowed */
    int more;               /* becomes the next one; 0: none; borrowed */
    bool quiet;             /* no standard error either: a vendor's module */
    bool switch_user;       /* this process is root: become uid, gid */
    uid_t uid;
    gid_t gid;
    uint64_t files;  /* descriptors; 0: as this process */
    uint64_t memory; /* bytes of address space; 0: no limit */
};

struct mh_child {
    pid_t pid;
    int pidfd; /* readable when it has ended */
};

/*
 * MH_EIO where it cannot be made.  A program that cannot be executed ends with
 * status 127 and a line on standard error.
 */
enum mh_code mh_spawn(const struct mh_spawn *spawn, struct mh_err *err,
    struct mh_child *out) MH_MUST_USE;

/* Takes the end of a child whose pidfd is readable and closes that; how it
   ended, as "exit 1" or "signal 9", in what. */
void mh_child_take(struct mh_child *child, char what[static 32], bool *clean);
void mh_child_kill(const struct mh_child *child); /* SIGKILL */

/*
 * Locks the supervisor itself down, as far as those it starts can live with
 * it: a filter is inherited.  No new privileges, no dump, capabilities only
 * SETUID, SETGID and KILL (none unless root), and an end to the calls that
 * none of the programs ever makes.
 */
enum mh_code mh_supervisor_confine(struct mh_err *err) MH_MUST_USE;

#endif
