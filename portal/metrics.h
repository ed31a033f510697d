/*
 * Metrics for Prometheus (text format 0.0.4) on a listener of their own:
 * GET /metrics, nothing else, to nobody but the loopback (mohur.conf,
 * metrics-listen).  What is read is the state of the last TICK, at most
 * MH_TICK_MS old.  Calls may be made from any thread.
 */
#ifndef PORTAL_METRICS_H
#define PORTAL_METRICS_H

#include "base/buf.h"
#include "base/wire/control.h"

struct pt_metrics;

enum mh_code pt_metrics_new(
    struct mh_err *err, struct pt_metrics **out) MH_MUST_USE;
/* Ends the listener; NULL is fine. */
void pt_metrics_free(struct pt_metrics *m);

/* Serves on fd, bound and listening, which is taken over; a second one is
   closed: the first is served still. */
enum mh_code pt_metrics_listen(
    struct pt_metrics *m, int fd, struct mh_err *err) MH_MUST_USE;

/* The state from now on. */
void pt_metrics_set(struct pt_metrics *m, const struct mh_ctl_tick *tick,
    const struct mh_counter *counter, size_t counters);

/* The processes of the last state, for the operator's page. */
struct pt_process {
    char name[65], last[65];
    bool up;
    uint32_t restarts;
    uint64_t up_s, rss; /* seconds, bytes */
};
/* How many were copied; 0: there is no state yet. */
size_t pt_metrics_parts(
    struct pt_metrics *m, struct pt_process out[static MH_PROCS_MAX]);

/* It as text. */
void pt_metrics_text(const struct mh_ctl_tick *tick,
    const struct mh_counter *counter, size_t counters, struct mh_buf *out);

#endif
