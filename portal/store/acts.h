/*
 * Acts of a court (portal.md 4, 5): drafted, sent to the judge, signed and
 * published.  Before it is signed its judge may take it back, and discard the
 * draft.  A published act never changes; its correction is another act
 * that names it.  The clock of an act runs from its announcement; whether it
 * is overdue is computed when it is asked.
 *
 * Times are seconds UTC.  Every step stores its record in the same
 * transaction.
 */
#ifndef PORTAL_STORE_ACTS_H
#define PORTAL_STORE_ACTS_H

#include "portal/store/cases.h"
#include "portal/store/documents.h"

enum {
    PT_ACT_DAYS = 3,        /* from announcement to publication, by default */
    PT_ACT_DAYS_MAX = 60,   /* that a court may have instead */
    PT_ACT_TEXT = 50000,    /* characters of an act */
    PT_ACTS_WAITING = 50,   /* acts of one list, and of one activation */
    PT_ACTS_OF_CASE = 100,  /* shown of one case, the newest */
    PT_ACTS_OVERDUE = 200,  /* listed, the longest overdue */
    PT_ACT_READERS = 50,    /* of one act */
    PT_ACT_YEAR = 31536000, /* seconds that percentiles are over */
    PT_ACTS_COUNTED = 5,    /* fewer acts of a court give no figure */
};

enum pt_act_state { /* numbers are kept */
    PT_ACT_DRAFT = 1,
    PT_ACT_FOR_SIGNATURE,
    PT_ACT_SIGNED,
    PT_ACT_PUBLISHED,
    PT_ACT_DISCARDED, /* as a draft */
    PT_ACT_STATES,
};
const char *pt_act_state_name(enum pt_act_state s); /* "for_signature" */

struct pt_act {
    char id[27]; /* "": there is none */
    char case_id[27];
    int64_t author; /* an account */
    char form[27];  /* that it came by: once for each author */
    char kind[PT_DOC_KIND_MAX + 1];
    char title[PT_DOC_TITLE_MAX + 1];
    const char *text;        /* in the arena; lists have "" */
    uint8_t sha256[PT_HASH]; /* of the PDF that is shown and signed */
    uint64_t size;           /* bytes */
    enum pt_act_state state;
    int64_t version; /* of the draft; a change names the one it was made on */
    char step[27];   /* the form of the last transition */
    int64_t created, announced, due;
    int64_t signed_at, published; /* MH_TIME_NONE: not yet */
    char replaces[27];            /* the act that it corrects, or "" */
    char replaced_by[27];         /* read only: a published correction, or "" */
    int64_t signer;               /* who signed: an account */
    bool has_op;                  /* a signature of op was begun */
    uint8_t op[MH_OP_ID];
    uint8_t signed_sha256[PT_HASH]; /* of the signed PDF */
    enum mh_verdict verdict;        /* of it */
    char signer_name[PT_TEXT_MAX + 1];
    char document[27]; /* of the case, where it is published */
    /* Read only. */
    int64_t judge; /* of the case now; 0: none */
    char number[PT_NUMBER_MAX + 1];
    char judge_name[2 * PT_TEXT_MAX + 2], author_name[2 * PT_TEXT_MAX + 2];
};

/* ---- steps; PT_ABSENT: the act is not in the state that it needs ---- */

/*
 * A new draft; due is set by the policy of its court.  staged, its PDF, is used
 * up.  MH_EFORMAT: what it replaces is no published act of the same case.
 */
struct pt_act_added {
    enum pt_filed what;
    char id[27]; /* of the act that is there now */
};
enum mh_code pt_store_act_add(struct pt_store *store, const struct pt_act *act,
    struct pt_staged *staged, const struct pt_record *record,
    struct mh_err *err, struct pt_act_added *out) MH_MUST_USE;
/* Another kind, title, text, announced and PDF of a draft of act->version. */
enum mh_code pt_store_act_change(struct pt_store *store,
    const struct pt_act *act, struct pt_staged *staged,
    const struct pt_record *record, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

struct pt_act_step {
    const char *id, *form;
    int64_t version; /* of a draft that is sent */
    int64_t account, at;
    int64_t author; /* who is told that it was taken back */
    const struct pt_record *record;
};
/* A draft of that version waits for the judge from now on. */
enum mh_code pt_store_act_send(struct pt_store *store,
    const struct pt_act_step *step, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;
/* It is a draft again, of another version; only where no signature of it was
   begun, and by the judge of its case.  Its author is told. */
enum mh_code pt_store_act_withdraw(struct pt_store *store,
    const struct pt_act_step *step, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;
/* A draft of that version is discarded by the judge of its case: no list has it
   any more.  Its author is told. */
enum mh_code pt_store_act_discard(struct pt_store *store,
    const struct pt_act_step *step, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;
/* The operation that signs it; NULL: none any more.  Only of one that waits
   for step->account, the judge of its case. */
enum mh_code pt_store_act_op(struct pt_store *store,
    const struct pt_act_step *step, const uint8_t *op, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;
/* It is signed by step->account with its op; staged is used up. */
struct pt_act_signature {
    struct pt_staged *staged;
    const uint8_t *op;
    enum mh_verdict verdict;
    const char *signer_name;
    struct mh_span report; /* packed */
};
enum mh_code pt_store_act_signed(struct pt_store *store,
    const struct pt_act_step *step, const struct pt_act_signature *signature,
    struct mh_err *err, enum pt_found *found) MH_MUST_USE;
/* It becomes a document of its case, of receipt->document; everybody of the
   case is told. */
enum mh_code pt_store_act_publish(struct pt_store *store,
    const struct pt_act_step *step, const struct pt_receipt *receipt,
    struct mh_err *err, enum pt_found *found) MH_MUST_USE;

/* ---- reading ---- */

enum mh_code pt_store_act_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err, struct pt_act *out) MH_MUST_USE;
/* The act that a document is, or id "". */
enum mh_code pt_store_act_of_document(struct pt_store *store,
    const char *document, struct mh_arena *arena, struct mh_err *err,
    struct pt_act *out) MH_MUST_USE;
/* The packed report of a signed one. */
enum mh_code pt_store_act_report(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

struct pt_acts {
    struct pt_act *item; /* in the arena */
    size_t count;
    bool more;
};
/* Those in one state of the cases of a judge, or of a clerk's courts; the
   longest announced first. */
enum mh_code pt_store_act_waiting(struct pt_store *store,
    const struct pt_account *account, enum pt_act_state state,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_acts *out) MH_MUST_USE;
/* Of a case, the last announced first. */
enum mh_code pt_store_act_of_case(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_acts *out) MH_MUST_USE;
/* Not published after their time, of the courts that the account is an
   official of. */
enum mh_code pt_store_act_overdue(struct pt_store *store, int64_t account,
    int64_t now, struct mh_arena *arena, struct mh_err *err,
    struct pt_acts *out) MH_MUST_USE;

/* ---- who read it ---- */

struct pt_act_opened {
    const char *document;
    int64_t account, at;
    uint32_t level; /* of the session */
};
/* A participant opened a document; of an act the first time is kept. */
enum mh_code pt_store_act_opened(struct pt_store *store,
    const struct pt_act_opened *opened, const struct pt_record *record,
    struct mh_err *err) MH_MUST_USE;

/* Who takes part in the case of a published act, and when each read it. */
struct pt_act_reader {
    enum pt_case_role role;
    int64_t at; /* MH_TIME_NONE: not yet */
};
struct pt_act_readers {
    struct pt_act_reader item[PT_ACT_READERS];
    size_t count;
};
enum mh_code pt_store_act_readers(struct pt_store *store, const char *id,
    struct mh_err *err, struct pt_act_readers *out) MH_MUST_USE;

/* ---- how long courts take ---- */

struct pt_act_clock {
    char court[PT_COURT_MAX + 1];
    uint32_t acts;       /* published in the time asked for */
    int64_t median, p90; /* seconds from announcement to publication: the
                            nearest rank; 0 below PT_ACTS_COUNTED */
};
struct pt_act_clocks {
    struct pt_act_clock *item; /* in the arena, by the courts' names */
    size_t count;
};
/* Published from < t <= to. */
enum mh_code pt_store_act_clocks(struct pt_store *store, int64_t from,
    int64_t to, struct mh_arena *arena, struct mh_err *err,
    struct pt_act_clocks *out) MH_MUST_USE;

/* ---- policy and keys ---- */

/* Days that a court has from announcement to publication: of acts that are
   drafted from now on.  PT_ABSENT: no court of that code. */
enum mh_code pt_store_court_act_days(struct pt_store *store, const char *code,
    unsigned days, struct mh_err *err, enum pt_found *found) MH_MUST_USE;
/* The name of a judge's key in mohur.conf; "": none any more. */
enum mh_code pt_store_judge_key_set(struct pt_store *store, int64_t account,
    const char *name, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_store_judge_key(struct pt_store *store, int64_t account,
    struct mh_err *err, char name[static 65]) MH_MUST_USE; /* "": none */

#endif
