/*
 * Having documents judged: the portal's end of the examiner and the courier.
 * Calls block until the answer is there, and may be made from any thread.
 */
#ifndef PORTAL_JOBS_JUDGE_H
#define PORTAL_JOBS_JUDGE_H

#include "base/peer/flow.h"
#include "base/wire/courier.h"

struct pt_judge;

enum {
    PT_JUDGE_DATA_MAX = 63 /* files that a signature is detached from */
};

enum mh_code pt_judge_new(
    struct mh_err *err, struct pt_judge **out) MH_MUST_USE;
void pt_judge_free(struct pt_judge *j); /* NULL is fine */

/* Channels, each in place of an earlier one; taken over. */
enum mh_code pt_judge_attach(struct pt_judge *j, enum mh_examiner_part part,
    int chan, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_judge_courier(struct pt_judge *j, int chan,
    const struct mh_fetch_setup *setup, struct mh_err *err) MH_MUST_USE;
/* A compiled snapshot of the anchors; borrowed. */
enum mh_code pt_judge_trust(
    struct pt_judge *j, int snapshot_fd, struct mh_err *err) MH_MUST_USE;
/* The snapshot in use, which the caller closes, and since when it is (seconds
   UTC); -1: there is none. */
int pt_judge_snapshot(struct pt_judge *j, int64_t *since);
/* Whether all that judging needs is there. */
bool pt_judge_ready(struct pt_judge *j);

struct pt_judge_file {
    const char *name; /* clean text */
    int fd;           /* read only, or a sealed memfd; borrowed */
    uint64_t size;    /* bytes */
};

struct pt_question {
    struct pt_judge_file document;
    const struct pt_judge_file *data;
    size_t datas;
    struct mh_policy policy;
    int64_t time; /* validation time, seconds UTC */
    bool offline;
    bool holder; /* the document is a certificate whose key was shown to be
                    there: the report says whose it is, and if it may be used */
    unsigned timeout_ms; /* for the worker's word; 0: ten minutes */
};

/*
 * The report, in the arena.  A document that no report came of has one that
 * says NOT-JUDGED, or REFUSED where a limit was the reason.  MH_EINTERNAL and
 * MH_ENOMEM: nobody was there to judge it; later again.
 */
enum mh_code pt_judge_verify(struct pt_judge *j, const struct pt_question *q,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_report *out) MH_MUST_USE;

/* What mohur inspect prints: checked, clean text; the worker's own word where
   it cannot is MH_EFORMAT or MH_ELIMIT. */
enum mh_code pt_judge_inspect(struct pt_judge *j,
    const struct pt_judge_file *document, bool json, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out) MH_MUST_USE;

/*
 * The file of that name in a container, into out_fd, an empty file; *type: what
 * it is by its content, "application/pdf", "image/jpeg" or
 * "application/octet-stream".  MH_EFORMAT, MH_ELIMIT: the worker's own word.
 */
enum mh_code pt_judge_extract(struct pt_judge *j,
    const struct pt_judge_file *container, const char *name, int out_fd,
    struct mh_err *err, const char **type) MH_MUST_USE;

/*
 * One step towards a signed document (base/wire/sign.h): out_fd is read and
 * written.  What the document or the worker's rules forbid is MH_EFORMAT,
 * MH_EUNSUP or MH_ELIMIT.
 */
struct pt_sign_step {
    const struct mh_sign_request *request;
    const struct pt_judge_file *file;
    size_t files;
    int out_fd;
};
enum mh_code pt_judge_sign(struct pt_judge *j, const struct pt_sign_step *step,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

/*
 * One exchange with an endpoint, or an e-mail or SMS (base/wire/courier.h).
 * MH_OK with whatever status the other side said, and the answer's bytes in
 * the arena; MH_EIO: nothing came.
 */
enum mh_code pt_judge_fetch(struct pt_judge *j, struct mh_fetch *fetch,
    struct mh_arena *arena, struct mh_err *err, uint32_t *status,
    struct mh_span *out) MH_MUST_USE;

/*
 * A flow through the judge's examiner and courier, under the policy in force;
 * it may be used as long as the judge is there.
 */
void pt_judge_flow(struct pt_judge *j, bool strict, struct mh_flow *out);

#endif
