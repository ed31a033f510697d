/*
 * Locking down the process that decides whether to sign and writes the audit
 * log (security.md 3, keyd): memory locked, no core dump, no ptrace, no new
 * privileges, files below one folder only, no sockets, no processes.
 */
#ifndef BASE_SYS_KEYBOX_H
#define BASE_SYS_KEYBOX_H

#include <stdbool.h>

#include "base/err.h"

/*
 * state: the only folder whose files may be used.  landlock: without it in the
 * kernel the process does not start; otherwise files are then limited by their
 * owners alone.  Threads are started afterwards.  On failure the process must
 * exit.
 */
enum mh_code mh_keybox_enter(
    const char *state, bool landlock, struct mh_err *err) MH_MUST_USE;

#endif
