/*
 * mohur-portal sweep --state DIR
 *
 * Removes what nothing names any more, at once: what the service does by
 * itself within a day.  For the operator, while the service runs or not: it
 * touches nothing younger than PT_SWEEP_GRACE.
 */
#ifndef PORTAL_JOBS_SWEEP_H
#define PORTAL_JOBS_SWEEP_H

enum {
    PT_SWEEP_GRACE = 3600 /* seconds */
};

/* Exit codes: 0, 64 for a request that cannot be, 70. */
int pt_sweep_main(int argc, char **argv);

#endif
