/*
 * Starting the programs that stand beside the running one, each with a
 * channel to it (architecture.md).
 */
#ifndef BASE_SYS_HELPER_H
#define BASE_SYS_HELPER_H

#include <sys/types.h>

#include "base/err.h"

#define MH_HELPER_FD 3 /* where a helper finds its channel */

struct mh_helper {
    int chan; /* -1: not running */
    pid_t pid;
};

/*
 * Executes name with at most one argument (NULL: none), an environment of its
 * own, /dev/null for input and output, and the channel.  MH_EIO when it cannot
 * be started.
 */
enum mh_code mh_helper_start(const char *name, const char *arg,
    struct mh_err *err, struct mh_helper *out) MH_MUST_USE;

/* Closes the channel, which ends the program, and waits for that. */
void mh_helper_end(struct mh_helper *helper);

#endif
