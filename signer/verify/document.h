/*
 * The truth about one document: detection, structure, signatures, verdict.
 */
#ifndef SIGNER_VERIFY_DOCUMENT_H
#define SIGNER_VERIFY_DOCUMENT_H

#include "base/wire/job.h"
#include "base/wire/material.h"
#include "base/wire/report.h"
#include "signer/trust/store.h"
#include "signer/verify/second.h"

struct sg_named {
    const char *name; /* a path; references match its last segments */
    struct mh_span bytes;
};

struct sg_verify_input {
    struct mh_span document; /* borrowed until the report is no longer used */
    bool mapped; /* document is a read-only mapping of a whole file */
    const struct sg_named *data; /* of a detached signature */
    size_t data_count;
    struct mh_span log_key; /* public key of the log that receipts and packages
                               are of (hsm/audit/note.h); empty: not known */
    const struct mh_policy *policy;
    int64_t time;           /* validation time */
    struct sg_trust *trust; /* NULL: nothing is trusted */
    struct sg_facts *facts; /* keys and checked links; may outlive the call */
    /* NULL: a PDF cannot be judged here (MH_EINTERNAL). */
    const struct sg_second_reader *second;
    /* What was fetched for it; NULL: nothing. */
    const struct mh_material *material;
    bool holder; /* the document is a certificate (signer/verify/holder.h) */
    bool needs;  /* say in the report what is lacking */
    bool chains; /* and give the certificates of the paths */
    bool pages;  /* count the pages of a PDF */
};

/*
 * MH_OK with a report whatever it says; any other code means that the
 * document could not be judged.  The report lives in the arena.  The same
 * input gives the same report.
 */
enum mh_code sg_verify_document(const struct sg_verify_input *in,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_report *report) MH_MUST_USE;

#endif
