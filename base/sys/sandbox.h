/*
 * Locking a process down (security.md 3): limits, no new privileges, Landlock,
 * seccomp.  Every function that fails leaves a process that must exit.
 *
 * The tables of allowed calls stand in sandbox.c with a reason beside each.
 * Anything else ends the process (SECCOMP_RET_KILL_PROCESS), but opening files
 * and making sockets, threads or processes, which are refused with an error
 * so that libraries degrade and the self-check can look.
 */
#ifndef BASE_SYS_SANDBOX_H
#define BASE_SYS_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum mh_profile {
    MH_PROFILE_ZYGOTE,        /* receives jobs, forks workers */
    MH_PROFILE_WORKER,        /* one document: reads, maps, answers */
    MH_PROFILE_WORKER_THREAD, /* the same, and may start a thread */
    MH_PROFILES,
};

/* Whether this build has a sandbox: false under a sanitizer only. */
bool mh_sandbox_built(void);

/*
 * Translates the profiles while files may still be opened; once per process,
 * before any mh_sandbox_enter.
 */
enum mh_code mh_sandbox_prepare(struct mh_err *err) MH_MUST_USE;

/* Closes every descriptor above the first keep ones. */
enum mh_code mh_sandbox_close_from(int keep, struct mh_err *err) MH_MUST_USE;

/* No core dumps, no ptrace by others, no new privileges, no files at all by
 * Landlock where the kernel has it. */
enum mh_code mh_sandbox_confine(struct mh_err *err) MH_MUST_USE;

/*
 * Worker limits: address space, CPU seconds, no file written past max_written
 * bytes, no process (unless threads), no core.
 */
enum mh_code mh_sandbox_limits(uint64_t input_bytes, bool threads,
    uint64_t max_written, struct mh_err *err) MH_MUST_USE;

/* Applies the profile, then checks that an open and a socket are refused. */
enum mh_code mh_sandbox_enter(
    enum mh_profile profile, struct mh_err *err) MH_MUST_USE;

/*
 * The same for a service: a long-lived program that keeps a folder of its own
 * and starts threads after this.  No core dumps, no ptrace by others, no new
 * privileges; by Landlock no files but those below dir; by seccomp the calls
 * of its profile.  A kernel without Landlock is MH_EUNSUP where landlock is
 * true.  Afterwards an open outside of dir and a socket that the profile does
 * without are tried, and must be refused.
 */
enum mh_service_profile {
    MH_PROFILE_PORTAL, /* HTTP on a given listener, a store, channels */
    /* The same with the store in a server of this machine: connections by
       unix sockets, and none of any other kind. */
    MH_PROFILE_PORTAL_NODE,
    MH_SERVICE_PROFILES,
};
enum mh_code mh_sandbox_service(enum mh_service_profile profile,
    const char *dir, bool landlock, struct mh_err *err) MH_MUST_USE;

#endif
