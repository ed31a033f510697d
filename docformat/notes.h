/*
 * What a parser noticed on its way: rules that the policy turns into an
 * error, a warning or information.  A rule whose breach makes the input
 * unreadable is no note but an error with a finding (mh_fail_finding).
 */
#ifndef DOCFORMAT_NOTES_H
#define DOCFORMAT_NOTES_H

#include "base/arena.h"
#include "base/wire/codes.h"

enum df_class {
    DF_REFUSE,  /* R: refused under both policies (also returned as error) */
    DF_FAIL,    /* the document fails under both policies, signatures are
                   still reported */
    DF_STRICT,  /* S: refused under strict, a warning under lenient */
    DF_WARNING, /* F: a warning under both */
    DF_INFO,    /* F: information under both */
};

struct df_note {
    struct df_note *next; /* in the order they were found */
    enum mh_finding_code code;
    enum df_class class;
    uint64_t offset;     /* in the file, or MH_NO_OFFSET */
    struct mh_span what; /* a name or value that says which; may be empty;
                            raw bytes of the document: clean before showing */
};

struct df_notes {
    struct mh_arena *arena; /* owns the notes; borrowed */
    struct df_note *first;
    struct df_note *last;
    size_t count; /* at most MH_REPORT_FINDINGS_MAX, later ones are dropped
                     unless they are DF_REFUSE or DF_FAIL */
    bool lost;    /* a note could not be stored: the document is not judged */
};

void df_notes_init(struct df_notes *notes, struct mh_arena *arena);
/* Copies what, as far as a report shows it. */
void df_note_add(struct df_notes *notes, enum mh_finding_code code,
    enum df_class class, uint64_t offset, struct mh_span what);

#endif
