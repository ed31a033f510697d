/* From judged signatures and files to the report and its verdict. */
#ifndef SIGNER_VERIFY_ASSEMBLE_H
#define SIGNER_VERIFY_ASSEMBLE_H

#include "signer/verify/judge.h"

/* Signer, times, indication and findings of one signature: kind XAdES or CAdES.
 */
enum mh_code sg_fill_sig(struct sg_ctx *ctx, struct sg_sig *sig, const char *id,
    struct mh_err *err, struct mh_report_sig *out) MH_MUST_USE;

/* The FIN in a serialNumber of a subject of AZ: seven letters and digits, alone
   or behind "PNOAZ-" or "FIN" (domain.md 1.7, EN 319 412-1 5.1.3); or "". */
const char *sg_fin_of(const char *serial);

/* The signer's part of a report row, from a certificate (NULL: unknown). */
void sg_fill_signer(
    struct sg_ctx *ctx, const struct sg_cert *cert, struct mh_report_sig *out);

/* An empty row: every string "", every time none. */
void sg_fill_empty(struct mh_report_sig *out);

/*
 * The files table and who covers what; a data file that no signature covers
 * is an error of the document, one that some do not cover a warning.
 * covered[s * files->count + f] says whether signature s covers file f.
 */
enum mh_code sg_fill_files(struct sg_ctx *ctx, const struct sg_files *files,
    const bool *covered, struct mh_report *report,
    struct mh_err *err) MH_MUST_USE;

/*
 * Notes of the parsers become findings of the document under the policy;
 * a refusing one sets ctx->refused.
 */
void sg_take_notes(struct sg_ctx *ctx, const struct df_notes *notes);

/* The document's verdict and reason: worst of signatures and structure. */
enum mh_code sg_conclude(struct sg_ctx *ctx, struct mh_report *report,
    bool no_better_than_indeterminate, struct mh_err *err) MH_MUST_USE;

/* A verdict without signatures: REFUSED or NO-SIGNATURE with its finding. */
void sg_refuse(struct sg_ctx *ctx, struct mh_report *report,
    const struct mh_err *why, enum mh_finding_code fallback);

#endif
