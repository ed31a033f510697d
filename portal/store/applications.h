/*
 * Applications to a court (portal.md 3.7, 3.8, 5): what their owner says and
 * attaches in steps, until it is signed and submitted; what the court does
 * with them then, until they are a case or go back.
 *
 * Every change names the version it was made from and the form it came by: a
 * form that is sent twice is done once, and whoever changes an older version
 * is told.  A change of what will be signed forgets the PDF that was made.
 *
 * Times are seconds UTC, amounts whole qəpik.  Texts are clean UTF-8 within
 * the limits below.
 */
#ifndef PORTAL_STORE_APPLICATIONS_H
#define PORTAL_STORE_APPLICATIONS_H

#include "portal/store/desk.h"
#include "portal/store/register.h"

enum {
    PT_APPLICATION_KEEP = 180 * 86400, /* seconds that a draft is kept */
    PT_APPLICATIONS_EACH = 50,         /* drafts of an account, at once */
    PT_APPLICATION_PARTIES = 200,      /* of one */
    PT_APPLICATION_FILES = 100,        /* of one, beside its text */
    PT_APPLICATION_BYTES = 200 << 20,  /* of all files of one */
    PT_APPLICATION_TITLE = 200,        /* characters */
    PT_APPLICATION_BODY = 200000,      /* characters */
    PT_APPLICATION_CLAIMS = 20000,     /* characters */
    PT_APPLICATION_WHY = 500,          /* characters of a reason */
    PT_APPLICATION_ADDRESS = 200,      /* characters */
    PT_APPLICATION_CODE = 32,          /* bytes of a code of the policy */
    PT_APPLICATION_NUMBER = 24, /* bytes of its number: "E-2026-000123" */
    PT_APPLICATIONS_PAGE = 25,  /* of one page of a list */
};

enum pt_application_state { /* portal.md 5; numbers are kept */
    PT_APPLICATION_DRAFT = 1,
    PT_APPLICATION_AWAITING_PAYMENT,
    PT_APPLICATION_AWAITING_SIGNATURE,
    PT_APPLICATION_SUBMITTED,
    PT_APPLICATION_IN_REVIEW,
    PT_APPLICATION_RETURNED,
    PT_APPLICATION_REGISTERED,
    PT_APPLICATION_REJECTED,
    PT_APPLICATION_WITHDRAWN,
    PT_APPLICATION_STATES,
    /* Of no row: what is thrown away is gone, but for its record. */
    PT_APPLICATION_DISCARDED = PT_APPLICATION_STATES,
    PT_APPLICATION_ARCHIVED,
};
const char *pt_application_state_name(enum pt_application_state s);
/* Whether the one may follow the other; else 409 and a record. */
bool pt_application_may_follow(
    enum pt_application_state from, enum pt_application_state to);

struct pt_application {
    char id[27];                            /* "": there is none */
    char number[PT_APPLICATION_NUMBER + 1]; /* "" before it is submitted */
    enum pt_application_state state;
    bool archived;
    bool urgent;        /* step 1 */
    bool relief;        /* step 5: that of the first electronic claim */
    bool made;          /* its PDF is there */
    uint32_t pdf_pages; /* of that; 0: they were not counted */
    int64_t owner;
    int64_t version;
    int64_t created, changed, until;
    /* Step 1. */
    int64_t court; /* its number in the store; 0: none yet */
    char court_code[PT_COURT_CODE_MAX + 1], court_name[PT_COURT_MAX + 1];
    char kind[PT_APPLICATION_CODE + 1], proceeding[PT_APPLICATION_CODE + 1],
        category[PT_APPLICATION_CODE + 1];
    char claim[PT_APPLICATION_CODE + 1]; /* of the fees: "valued" */
    int64_t price;                       /* of a valued one, else 0 */
    /* Step 4. */
    char title[4 * PT_APPLICATION_TITLE + 1];
    const char *body, *claims; /* in the arena */
    /* Step 5. */
    char fee[PT_APPLICATION_CODE + 1]; /* "exempt_claimed", "" */
    char exempt[PT_APPLICATION_CODE + 1];
    char fee_why[4 * PT_APPLICATION_WHY + 1];
    int64_t total;  /* qəpik, as it was worked out; where fee is not "" */
    int64_t policy; /* version of the policy that it was checked by */
    /* What will be signed. */
    uint8_t pdf[PT_HASH];
    uint64_t pdf_size; /* bytes */
    /* What was submitted. */
    int64_t submitted;                    /* MH_TIME_NONE: not yet */
    struct pt_document d;                 /* id "" before; case_id "" always */
    char why[4 * PT_APPLICATION_WHY + 1]; /* it went back, or was rejected */
    char reviewer[2 * PT_TEXT_MAX + 2];
    int64_t decided; /* MH_TIME_NONE: not yet */
    char case_id[27], case_number[PT_NUMBER_MAX + 1]; /* or "" */
    char origin[27]; /* the one that it corrects, or "" */
    char next[27];   /* the one that corrects it, or "" */
    /* Of a complaint (complaints.h). */
    char act[27];             /* the act that it is against; "": it is none */
    int64_t served, deadline; /* the first second after it; or MH_TIME_NONE */
    char late[4 * PT_APPLICATION_WHY + 1]; /* why it is late, or "" */
    char act_kind[PT_DOC_KIND_MAX + 1], act_title[PT_DOC_TITLE_MAX + 1];
    char act_number[PT_NUMBER_MAX + 1], act_court[PT_COURT_MAX + 1];
    char act_code[PT_COURT_CODE_MAX + 1]; /* of the case of the act */
};

struct pt_application_party {
    char id[27];
    enum pt_case_role side;  /* no OTHER */
    char ident[PT_VOEN + 1]; /* FIN or VÖEN; "": why it is not known */
    char name[2 * PT_TEXT_MAX + 2];
    char birth[11]; /* "31.12.1980", or "" */
    char address[4 * PT_APPLICATION_ADDRESS + 1];
    char phone[24], email[PT_TEXT_MAX + 1];
    char why[4 * PT_APPLICATION_WHY + 1];
};
struct pt_application_parties {
    struct pt_application_party *item; /* in the arena, by side */
    size_t count;
};

struct pt_application_file {
    char id[27];
    char kind[PT_DOC_KIND_MAX + 1], title[PT_DOC_TITLE_MAX + 1];
    char name[PT_DOC_NAME_MAX + 1];
    enum mh_format format;
    uint8_t sha256[PT_HASH];
    uint64_t size;  /* bytes */
    uint32_t pages; /* of a PDF; 1 of a JPG; of a container, the files inside;
                       0: they were not counted */
    char day[11];   /* that it is of: "31.12.2026", or "" */
};
struct pt_application_files {
    struct pt_application_file *item; /* in the arena, in their order */
    size_t count;
    uint64_t size; /* of all */
};

/* ---- reading ---- */

/* Whoever asks; the caller knows who may see it. */
enum mh_code pt_store_application_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_application *out) MH_MUST_USE;
/* That whose document it will be; id "" where there is none. */
enum mh_code pt_store_application_of(struct pt_store *store,
    const char *document, struct mh_arena *arena, struct mh_err *err,
    struct pt_application *out) MH_MUST_USE;
enum mh_code pt_store_application_parties(struct pt_store *store,
    const char *id, struct mh_arena *arena, struct mh_err *err,
    struct pt_application_parties *out) MH_MUST_USE;
enum mh_code pt_store_application_files(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_application_files *out) MH_MUST_USE;

struct pt_application_query {
    int64_t account;                 /* the owner's, or the clerk's desk */
    enum pt_application_state state; /* 0: all */
    bool archived;
    bool complaints;   /* those alone, else all the others */
    const char *after; /* id of the last one of the page before, or "" */
};
struct pt_application_item {
    char id[27], number[PT_APPLICATION_NUMBER + 1];
    enum pt_application_state state;
    char kind[PT_APPLICATION_CODE + 1], title[4 * PT_APPLICATION_TITLE + 1];
    char court[PT_COURT_MAX + 1];
    char owner[2 * PT_TEXT_MAX + 2];
    int64_t changed, submitted; /* MH_TIME_NONE: not yet */
    enum pt_doc_state ruled;
    int64_t deadline;                /* of a complaint; MH_TIME_NONE: none */
    char against[PT_NUMBER_MAX + 1]; /* the case of its act, or "" */
};
struct pt_application_list {
    struct pt_application_item *item; /* in the arena, last changed first */
    size_t count;
    bool more;
};
enum mh_code pt_store_application_list(struct pt_store *store,
    const struct pt_application_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_application_list *out) MH_MUST_USE;
/* Submitted ones of the courts of an official, the oldest first. */
enum mh_code pt_store_application_desk(struct pt_store *store, int64_t account,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_application_list *out) MH_MUST_USE;
/* Whether somebody is an official of its court. */
enum mh_code pt_store_application_official(struct pt_store *store,
    const struct pt_application *a, int64_t account, struct mh_err *err,
    bool *is) MH_MUST_USE;

/* ---- changing ---- */

struct pt_application_by {
    const char *id;
    int64_t account; /* who: the owner, or a clerk of its court */
    int64_t version; /* that was seen */
    int64_t now;
    const char *form;               /* its identifier (sent.h) */
    const uint8_t *digest;          /* PT_HASH bytes */
    const struct pt_record *record; /* kept with the change */
};

enum pt_application_done {
    PT_APPLICATION_DONE,    /* now, or when the form came first */
    PT_APPLICATION_OTHER,   /* the form was used for something else */
    PT_APPLICATION_STALE,   /* it has another version by now */
    PT_APPLICATION_ILLEGAL, /* not in the state it is in */
    PT_APPLICATION_NONE,    /* there is none, or not for that account */
    PT_APPLICATION_UNPAID,  /* its receipt of the fee is not found good */
    PT_APPLICATION_TAKEN,   /* the receipt is that of another application */
    PT_APPLICATION_FULL,    /* as many as there may be are there */
};

/* A new draft of by->account; by->id is not looked at.  id: of the draft. */
enum mh_code pt_store_application_new(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err, char id[static 27],
    enum pt_application_done *done) MH_MUST_USE;
/* The same with what a returned one of by->account, by->id, had. */
enum mh_code pt_store_application_copy(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err, char id[static 27],
    enum pt_application_done *done) MH_MUST_USE;

/* Step 1: court to urgent of a. */
enum mh_code pt_store_application_set_court(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application *a,
    struct mh_err *err, enum pt_application_done *done) MH_MUST_USE;
/* Step 2; party->id is made. */
enum mh_code pt_store_application_add_party(struct pt_store *store,
    const struct pt_application_by *by, struct pt_application_party *party,
    struct mh_err *err, enum pt_application_done *done) MH_MUST_USE;
enum mh_code pt_store_application_drop_party(struct pt_store *store,
    const struct pt_application_by *by, const char *party, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* Step 3 (and the proofs of step 5): ids are made, hash and size are those of
   staged, which are used up.  FULL: too many, or too large together; nothing
   was added. */
struct pt_application_adding {
    struct pt_application_file *file;
    struct pt_staged *staged; /* one a file */
    size_t files;
};
enum mh_code pt_store_application_add_files(struct pt_store *store,
    const struct pt_application_by *by,
    const struct pt_application_adding *adding, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
enum mh_code pt_store_application_drop_file(struct pt_store *store,
    const struct pt_application_by *by, const char *file, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* It and the annex before it change places.  NONE: it has none before it. */
enum mh_code pt_store_application_raise_file(struct pt_store *store,
    const struct pt_application_by *by, const char *file, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* Step 4: title, body, claims, late; the PDF of what is there so far, or NULL.
 */
enum mh_code pt_store_application_set_text(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application *a,
    struct pt_staged *pdf, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* Step 5: fee to policy of a.  With a PDF, which is what will be signed, it
   goes through awaiting_payment to awaiting_signature; without (NULL), it
   stays a draft. */
enum mh_code pt_store_application_set_fee(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application *a,
    struct pt_staged *pdf, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;

/* awaiting_signature: a draft again. */
enum mh_code pt_store_application_reopen(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* A draft: it goes, and its files. */
enum mh_code pt_store_application_discard(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* Before the court looks at it. */
enum mh_code pt_store_application_withdraw(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* What has come to an end leaves the list. */
enum mh_code pt_store_application_archive(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* Drafts that are too old go, with a record of each; owners of those that have
   30 days left, and 7, are told by e-mail, once each. */
enum mh_code pt_store_application_expire(
    struct pt_store *store, int64_t now, struct mh_err *err) MH_MUST_USE;

/*
 * awaiting_signature of by->version becomes submitted: d is the signed
 * document with its judgement (id, case_id "" and form are not looked at; id
 * is made), staged its bytes.  Number, receipt (whose document is set here),
 * record and notice in one write.  Whoever submits the same bytes again gets
 * DONE.
 */
struct pt_application_signed {
    struct pt_document *d;
    struct pt_receipt *receipt;
    struct pt_staged *staged;
};
enum mh_code pt_store_application_submit(struct pt_store *store,
    const struct pt_application_by *by,
    const struct pt_application_signed *with, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;

/* ---- the court's side; by->account is a clerk of its court ---- */

/* submitted: in_review. */
enum mh_code pt_store_application_review(struct pt_store *store,
    const struct pt_application_by *by, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* Judged again while it is in_review: state, verdict, reason, signer, report,
   judged and format of d.  Its version stays.  Nothing, nor a record, where it
   waits for no judgement any more. */
enum mh_code pt_store_application_judged(struct pt_store *store, const char *id,
    const struct pt_document *d, const struct pt_record *record,
    struct mh_err *err) MH_MUST_USE;
/* in_review: to RETURNED or REJECTED, and why. */
struct pt_application_word {
    enum pt_application_state to;
    const char *why;
};
enum mh_code pt_store_application_decide(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application_word *word,
    struct mh_err *err, enum pt_application_done *done) MH_MUST_USE;
/*
 * in_review: a case of what (register.h), which gets form, digest, clerk and
 * now of by, with the document under its id; receipt: that it is owed now, or
 * NULL.  ILLEGAL as well where its signature is not judged yet, or was found
 * bad; NONE where what->court is not its court, or the judge none of it.
 * out->what is REGISTERED only where *done is DONE.  Where no judge is named,
 * one is drawn (draws.h); a complaint is told to those of the case before
 * (complaints.h).
 */
struct pt_application_case {
    struct pt_register *what;
    const struct pt_receipt *receipt;
};
enum mh_code pt_store_application_register(struct pt_store *store,
    const struct pt_application_by *by, const struct pt_application_case *c,
    struct mh_err *err, struct pt_register_done *out,
    enum pt_application_done *done) MH_MUST_USE;

#endif
