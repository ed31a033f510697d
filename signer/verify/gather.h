/*
 * What judging a document met and what it lacked: the certificates of its
 * valid paths, and where missing revocation data and issuers may be had.  The
 * caller may fetch them and have the document judged again.
 */
#ifndef SIGNER_VERIFY_GATHER_H
#define SIGNER_VERIFY_GATHER_H

#include "base/wire/report.h"
#include "signer/trust/path.h"

struct sg_gather;

/* NULL without memory; lives in the arena. */
struct sg_gather *sg_gather_new(struct mh_arena *arena);

/* Every function below does nothing where g is NULL. */
void sg_gather_path(struct sg_gather *g, const struct sg_path *path);
/*
 * No usable answer about cert, which stands in a valid path; after: the proven
 * time that one must be made after, or MH_TIME_NONE.
 */
void sg_gather_status(struct sg_gather *g, const struct sg_cert *cert,
    const struct sg_cert *issuer, int64_t after);
/* No issuer of the last certificate of a path is known. */
void sg_gather_issuer(struct sg_gather *g, const struct sg_path *path);

/* Puts them into the report. */
enum mh_code sg_gather_report(const struct sg_gather *g, bool needs,
    bool chains, struct mh_err *err, struct mh_report *report) MH_MUST_USE;

#endif
