/*
 * Versions of published acts for everybody: what was replaced in the text, by
 * whom it was prepared, and who released it (portal.md 2.1, 6).
 *
 *   draft -> review -> released -> withdrawn
 *              `-> draft, with a reason      draft -> dropped
 *
 * Nothing of it is public before it is released, and who released it never
 * worked on it.  An act has one version that is not withdrawn or dropped.  Acts
 * of restricted cases have none.  A released version never changes.
 *
 * Times are seconds UTC.  Every step stores its record in the same
 * transaction; texts are clean UTF-8, the act's with LF between its lines.
 */
#ifndef PORTAL_STORE_PUBLICATIONS_H
#define PORTAL_STORE_PUBLICATIONS_H

#include "portal/store/acts.h"

enum {
    PT_CUTS_MAX = 300,        /* replacements of one version */
    PT_CUT_NEEDLE = 200,      /* characters of what is replaced */
    PT_CUT_BY = 40,           /* characters of what stands there instead */
    PT_VERSION_REASON = 500,  /* characters, of a return or a withdrawal */
    PT_VERSIONS_WAITING = 50, /* of one list */
    PT_PUBLISHED_PAGE = 20,   /* of one page of the public list */
    PT_PUBLISHED_WORDS = 4,   /* that are searched for */
    PT_KNOWN_MAX = 300,       /* people and data that a case knows */
    PT_KNOWN_TEXT = 500,      /* bytes of an address */
};

/* ---- what is replaced ---- */

enum pt_cut_kind {     /* numbers are kept */
    PT_CUT_NAME = 1,   /* a word of a person's name, with its endings */
    PT_CUT_PHRASE = 2, /* words in a row, with the ending of the last */
    PT_CUT_CODE = 3,   /* letters and digits, whatever signs are among them */
    PT_CUT_KINDS,
};

struct pt_cut {
    enum pt_cut_kind kind;
    char needle[4 * PT_CUT_NEEDLE + 1];
    char by[4 * PT_CUT_BY + 1];
    unsigned who; /* those of one person have one number; 0: of nobody */
    bool hard;    /* the case knows it as somebody's: it is never left */
    bool kept;    /* left as it is, where it stands alone */
};
struct pt_cuts {
    struct pt_cut *item; /* in an arena, room for PT_CUTS_MAX */
    size_t count;
};

/* What a case knows of who takes part in it; every text may be "". */
struct pt_known {
    enum pt_case_role role;
    char name[3 * PT_TEXT_MAX + 3]; /* in any order */
    char ident[PT_TEXT_MAX + 1];    /* a FIN or a VÖEN */
    char phone[PT_TEXT_MAX + 1], email[PT_TEXT_MAX + 1];
    char address[PT_KNOWN_TEXT + 1];
};
struct pt_knowns {
    struct pt_known *item; /* in the arena; parties first */
    size_t count;
};
/* MH_ELIMIT: more than PT_KNOWN_MAX, or a longer text: nobody may take a part
   for the whole. */
enum mh_code pt_store_known(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_knowns *out) MH_MUST_USE;

/* ---- versions ---- */

enum pt_version_state { /* numbers are kept */
    PT_VERSION_DRAFT = 1,
    PT_VERSION_REVIEW,
    PT_VERSION_RELEASED,
    PT_VERSION_WITHDRAWN,
    PT_VERSION_DROPPED,
    PT_VERSION_STATES,
};
const char *pt_version_state_name(enum pt_version_state s); /* "review" */

struct pt_version {
    char id[27]; /* "": there is none */
    char act[27];
    enum pt_version_state state;
    int64_t row;               /* a change names the one it was made on */
    int64_t created, released; /* released: MH_TIME_NONE: not yet */
    char reason[4 * PT_VERSION_REASON + 1]; /* of the last return, or end */
    const char *title, *text;       /* what everybody reads; in the arena */
    bool worked;                    /* who asks has worked on it */
    char last[2 * PT_TEXT_MAX + 2]; /* the name of who worked on it last */
};

struct pt_version_by {
    int64_t account, at;
    const char *form; /* each does what it says once */
    const char *act;  /* its id */
};
enum pt_version_done {
    PT_VERSION_DONE,    /* now, or when the form came first */
    PT_VERSION_ILLEGAL, /* its state does not permit it, or it was changed
                           meanwhile; a record says so */
    PT_VERSION_SAME,    /* who releases has worked on it; a record says so */
    PT_VERSION_CLOSED,  /* the case is restricted, or the act is not
                           published */
};

/* What a draft comes to. */
struct pt_version_new {
    const struct pt_cuts *cuts;
    const char *title, *text;
    int64_t row; /* of the draft; of a new one 0 */
};
/* A draft of an act that has no version; or another content of its draft. */
enum mh_code pt_store_version_put(struct pt_store *store,
    const struct pt_version_by *by, const struct pt_version_new *what,
    struct mh_err *err, enum pt_version_done *done) MH_MUST_USE;
/*
 * To another state: REVIEW of a draft of that row; DRAFT back from review, or
 * WITHDRAWN of a released one, with a reason; RELEASED of one in review, by
 * somebody who has not worked on it; DROPPED of a draft.
 */
struct pt_version_step {
    enum pt_version_state to;
    int64_t row;
    const char *reason; /* or "" */
};
enum mh_code pt_store_version_step(struct pt_store *store,
    const struct pt_version_by *by, const struct pt_version_step *asked,
    struct mh_err *err, enum pt_version_done *done) MH_MUST_USE;

/* The one of an act that is not dropped, the last there is; as account sees
   it. */
enum mh_code pt_store_version_of(struct pt_store *store, const char *act,
    int64_t account, struct mh_arena *arena, struct mh_err *err,
    struct pt_version *out) MH_MUST_USE;
enum mh_code pt_store_version_cuts(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_cuts *out) MH_MUST_USE;

/* Acts of an official: a clerk's courts, a judge's cases. */
struct pt_version_row {
    char act[27], number[PT_NUMBER_MAX + 1];
    char title[PT_DOC_TITLE_MAX + 1]; /* of the act */
    char kind[PT_DOC_KIND_MAX + 1];
    enum pt_version_state state; /* 0: there is none */
    int64_t announced;
    bool worked; /* the official has worked on it */
};
struct pt_version_rows {
    struct pt_version_row *item; /* in the arena; the oldest first */
    size_t count;
    bool more;
};
/* Those that are not public yet and can be. */
enum mh_code pt_store_version_waiting(struct pt_store *store,
    const struct pt_account *account, struct mh_arena *arena,
    struct mh_err *err, struct pt_version_rows *out) MH_MUST_USE;

/* ---- for everybody ---- */

struct pt_published {
    char id[27];
    char number[PT_NUMBER_MAX + 1];
    char court[PT_COURT_MAX + 1];
    char kind[PT_DOC_KIND_MAX + 1], type[PT_CASE_CODE_MAX + 1];
    int64_t announced, released;
    const char *title;
    const char *text; /* of one alone */
    bool corrected;   /* a later act corrects it */
};
struct pt_published_list {
    struct pt_published *item; /* in the arena, the last announced first */
    size_t count;
    bool more;
};
struct pt_published_query {
    /* The search form (fold.h) of at most PT_PUBLISHED_WORDS words, each of
       which a word of the text begins with; "": any. */
    const char *words;
    const char *court, *kind; /* codes; "": any */
    int64_t from, to;         /* announced from <= t < to; to 0: no end */
    const char *after;        /* id of the last of the page before, or "" */
};
enum mh_code pt_store_published_list(struct pt_store *store,
    const struct pt_published_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_published_list *out) MH_MUST_USE;
/* One that is released; id "": there is none. */
enum mh_code pt_store_published_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_published *out) MH_MUST_USE;

#endif
