/*
 * Calls that end the process that makes them, where everything else may be
 * needed: what loads a vendor's module, and the supervisor.  A profile that
 * lists what is allowed (sandbox.h) needs none of this.
 */
#ifndef BASE_SYS_DENY_H
#define BASE_SYS_DENY_H

#include <seccomp.h>

/* Adds them to a filter; 0, or the error of libseccomp. */
int mh_deny_add(scmp_filter_ctx ctx);

#endif
