/*
 * Locking down the one process that speaks to the outside (security.md 3,
 * courier): no new privileges, files readable in a few places only and none
 * writable, no program started, sockets of the internet only.
 */
#ifndef BASE_SYS_NETBOX_H
#define BASE_SYS_NETBOX_H

#include "base/err.h"

/*
 * ca_file: one more file that may be read; NULL or "": none.  What resolves
 * names is loaded first.  On failure the process must exit.
 */
enum mh_code mh_netbox_enter(
    const char *ca_file, struct mh_err *err) MH_MUST_USE;

#endif
