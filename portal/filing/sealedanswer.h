/*
 * An answer of a court as a document that proves itself: its text becomes a
 * PDF, and the appliance's seal is put on it (PAdES; level LT where there is a
 * time-stamping authority).
 */
#ifndef PORTAL_FILING_SEALEDANSWER_H
#define PORTAL_FILING_SEALEDANSWER_H

#include "portal/api/app.h"
#include "portal/filing/rule.h"

struct pt_sealed_answer {
    int64_t account; /* who answers */
    const char *title, *text;
    enum mh_lang lang;
};
/*
 * Staged for the store.  rule->what PT_RULED_REFUSE: why the text makes no PDF,
 * and nothing is staged.  MH_EINTERNAL: there is no seal, or keyd does not
 * answer; it may be tried again.
 */
enum mh_code pt_sealed_answer_make(struct pt_app *app,
    const struct pt_sealed_answer *answer, struct mh_err *err,
    struct pt_staged *staged, struct pt_rule *rule) MH_MUST_USE;

#endif
