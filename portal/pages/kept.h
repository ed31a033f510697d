/*
 * Reports of the public page, kept in memory for a little while so that they
 * can be downloaded in every form.  No document is kept, and nothing is on
 * disk.  Calls may be made from any thread.
 */
#ifndef PORTAL_PAGES_KEPT_H
#define PORTAL_PAGES_KEPT_H

#include "base/arena.h"
#include "base/report/print.h"

enum {
    PT_KEPT_MAX = 256,            /* reports; the oldest makes room */
    PT_KEPT_BYTES_MAX = 32 << 20, /* of all of them */
    PT_KEPT_SECONDS = 600,
    PT_KEPT_ID = 27, /* bytes of an id with its NUL */
};

struct pt_kept;

struct pt_kept *pt_kept_new(void); /* NULL without memory */
void pt_kept_free(struct pt_kept *k);

/* now: monotonic milliseconds.  False: it was not kept; id is "" then. */
bool pt_kept_add(struct pt_kept *k, int64_t now,
    const struct mh_subject *subject, const struct mh_report *report,
    char id[static PT_KEPT_ID]);

/* The report of that id, in the arena; false: there is none, or no longer. */
bool pt_kept_get(struct pt_kept *k, int64_t now, const char *id,
    struct mh_arena *arena, struct mh_subject *subject,
    struct mh_report *report);

#endif
