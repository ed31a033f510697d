/*
 * What came after the signatures of a PDF (formats.md 9).
 *
 * Every revision after the first signed one is compared with the revision
 * before it.  Only objects that its sections name are looked at closely, but
 * every reference to them in the whole document must come from a place where
 * a rule expects it: what one path explains as the appearance of a field and
 * another path shows as the content of a page is not explained.  The rules
 * are a white list; what none of them explains is MH_MODS_OTHER.
 *
 * Whether a change is allowed depends on the signature: the certification
 * (DocMDP), the field locks (FieldMDP, /Lock) of this signature and of those
 * before it.  A document without certification is judged as P = 2.
 */
#ifndef SIGNER_VERIFY_PDFCHANGES_H
#define SIGNER_VERIFY_PDFCHANGES_H

#include "base/wire/report.h"
#include "docformat/docformat.h"
#include "signer/verify/out.h"

struct sg_pdf_changes; /* lives in the arena of the file */

/*
 * Compares the revisions after the first one that a usable signature covers.
 * pdf and sigs must outlive the result.  An error has the finding that
 * refuses the file, or is one of ours (memory, MH_F_PDF_LIMIT).
 */
enum mh_code sg_pdf_changes_find(struct df_pdf *pdf,
    const struct df_pdf_sigs *sigs, struct mh_err *err,
    struct sg_pdf_changes **out) MH_MUST_USE;

/*
 * The changes after sig[index], which must be usable, and whether all of them
 * are allowed.  Findings go to out: what is not allowed as an error, what is
 * allowed and worth knowing as a warning or information; `what` names the
 * revision (1 is the oldest), the page, the object, the field.  Breaches of
 * the rules of certification are among them.
 */
struct sg_pdf_verdict {
    enum mh_modifications level; /* the highest of all later revisions */
    bool allowed;
};

struct sg_pdf_verdict sg_pdf_changes_judge(
    const struct sg_pdf_changes *changes, size_t index, struct sg_out *out);

/*
 * Whether file is its first size bytes, a whole PDF by themselves, and behind
 * them nothing but signatures, their pictures, time-stamps and validation data:
 * whoever saw these bytes saw what was signed.  An error is one of ours; what
 * cannot be read is not so.
 */
enum mh_code sg_pdf_only_signed(struct mh_span file, uint64_t size,
    struct mh_arena *arena, struct mh_err *err, bool *out) MH_MUST_USE;

/* What one revision did, for inspection; NONE for one before any signature. */
enum mh_modifications sg_pdf_changes_level(
    const struct sg_pdf_changes *changes, size_t revision);

#endif
