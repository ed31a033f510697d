/*
 * Locking down a process that runs somebody else's module (keys.md 3.2,
 * security.md 3).  What such a module calls is not known beforehand, so this
 * is a list of what is denied, where the sandbox of our own code
 * (base/sys/sandbox.h) is a list of what is allowed: no new program, no other
 * process, no socket outside its profile, no file written outside its
 * folders, no memory made executable, none of the calls that open up a
 * kernel.  Every function that fails leaves a process that must exit.
 */
#ifndef BASE_SYS_MODULE_H
#define BASE_SYS_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mh_module_may {
    bool local; /* sockets of the machine (pcscd) */
    bool net;   /* sockets of the network, and their resolver */
    /* Folders below which it may write; those that do not exist are left
       out. */
    const char *const *writable;
    size_t writables;
};

/*
 * Before the module is loaded: descriptors from keep on are closed; no core
 * dump, no ptrace by others, no new privileges, limits; the end of the parent
 * is the end of this process.
 */
enum mh_code mh_module_start(int keep, struct mh_err *err) MH_MUST_USE;

/*
 * After the module is loaded and initialized; then tries an exec, and a
 * socket where none is allowed.  Without Landlock in the kernel writing is
 * not limited.
 */
enum mh_code mh_module_confine(
    const struct mh_module_may *may, struct mh_err *err) MH_MUST_USE;

/* Locked memory that is in no dump and no child, of at least len bytes; it is
   never given back.  NULL: none. */
void *mh_locked_memory(size_t len) MH_MUST_USE;

#endif
