/*
 * What is replaced in the text of an act before everybody may read it
 * (portal/store/publications.h).
 *
 * Words are compared in their search form (portal/store/fold.h), so that case,
 * marks and the keyboard do not matter; a word that goes on behind a needle of
 * four letters or more is one of its forms, and behind a shorter one where it
 * goes on with an ending of the language.  The last letter of a needle may have
 * become soft (k to y, q to ğ), a Russian one may have lost its vowel.  A
 * needle of six letters or more is found across signs and ends of lines too.
 *
 * Words of one person that stand side by side, with initials and "oğlu" or
 * "qızı", are one place.  A name that is kept is replaced nevertheless where it
 * stands with another word, or an initial, of the same person.
 */
#ifndef PORTAL_FILING_REDACT_H
#define PORTAL_FILING_REDACT_H

#include "base/buf.h"
#include "portal/store/publications.h"

enum {
    PT_MARKS_MAX = 5000, /* places of one text that are replaced */
};

/* A place: bytes of the text, and what stands there instead. */
struct pt_mark {
    size_t at, len;
    const struct pt_cut *cut;
    struct mh_span ending; /* of the word, in the text: it stays behind "-" */
};
struct pt_marks {
    struct pt_mark *item; /* in the arena, in order, apart from each other */
    size_t count;
};

/* MH_EFORMAT: no UTF-8; MH_ELIMIT: more than PT_MARKS_MAX places. */
enum mh_code pt_redact_find(const struct pt_cuts *cuts, const char *text,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_marks *out) MH_MUST_USE;

/* What a mark puts, appended. */
void pt_redact_put(const struct pt_mark *mark, struct mh_buf *out);

/* The text with everything replaced, appended with its NUL. */
enum mh_code pt_redact_apply(const struct pt_cuts *cuts, const char *text,
    struct mh_arena *arena, struct mh_err *err, struct mh_buf *out) MH_MUST_USE;

/* Whether a needle has a letter or a digit to be looked for by. */
bool pt_redact_says(const char *needle);

/*
 * What is proposed: names, FIN, VÖEN, telephones and addresses that the case
 * knows, and what looks like such a number in the text.  Whoever is one person
 * gets one pseudonym, "İddiaçı 1".
 */
enum mh_code pt_redact_propose(const struct pt_knowns *known, const char *text,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_cuts *out) MH_MUST_USE;

/*
 * Merges what was decided before into a new proposal: what stands instead, what
 * is kept, and what somebody added.  Whoever is new gets a pseudonym that
 * nobody has.  MH_ELIMIT: more than PT_CUTS_MAX.
 */
enum mh_code pt_redact_merge(const struct pt_cuts *before, struct mh_err *err,
    struct pt_cuts *fresh) MH_MUST_USE;

#endif
