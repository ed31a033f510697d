/*
 * Documents of cases as they were filed, the receipts for them, and records
 * on their way to the audit log (portal.md 3.4a, security.md 8).  A filing is
 * stored with the receipt that it is owed in one transaction: whatever stops
 * after that, the receipt follows.
 *
 * Times are seconds UTC.  Texts are clean UTF-8 within the limits below.
 */
#ifndef PORTAL_STORE_DOCUMENTS_H
#define PORTAL_STORE_DOCUMENTS_H

#include "base/wire/keyd.h"
#include "base/wire/report.h"
#include "portal/store/people.h"

enum {
    PT_DOC_NAME_MAX = 200,    /* bytes of a file's name */
    PT_DOC_TITLE_MAX = 200,   /* bytes */
    PT_DOC_NOTE_MAX = 500,    /* characters; four bytes each at most */
    PT_DOC_KIND_MAX = 32,     /* bytes: "objection" */
    PT_DOC_LIST_MAX = 500,    /* documents of a case that are listed */
    PT_REASON_MAX = 64,       /* bytes: the code of a finding, or "" */
    PT_RECEIPT_MAX = 8 << 20, /* bytes of a receipt */
    PT_RECORDS_MAX = 16,      /* of the outbox, taken at once */
};

enum pt_doc_state {
    PT_DOC_RECEIVED = 1, /* stored; nobody could judge it yet */
    PT_DOC_DESK,         /* received; the clerk decides */
    PT_DOC_ACCEPTED,
    PT_DOC_RETURNED, /* received, and found bad when it was judged */
    PT_DOC_STATES,
};
const char *pt_doc_state_name(enum pt_doc_state s); /* "accepted" */

struct pt_document {
    char id[27]; /* "": there is none */
    char case_id[27];
    int64_t filer; /* an account */
    char form[27]; /* of the form that it came by: once for each filer */
    char kind[PT_DOC_KIND_MAX + 1];
    char title[PT_DOC_TITLE_MAX + 1], name[PT_DOC_NAME_MAX + 1];
    char note[4 * PT_DOC_NOTE_MAX + 1];
    enum mh_format format;
    uint8_t sha256[PT_HASH];
    uint64_t size; /* bytes */
    int64_t filed;
    enum pt_doc_state state;
    enum mh_verdict verdict; /* of judged */
    char reason[PT_REASON_MAX + 1];
    char signer[PT_TEXT_MAX + 1];
    struct mh_span report; /* packed (base/wire/report.h) */
    int64_t judged;
    int64_t judge_at; /* when to judge it again; MH_TIME_NONE: not */
    uint32_t tries;
    char filer_name[2 * PT_TEXT_MAX + 2]; /* read only */
};

struct pt_receipt {
    uint8_t op[MH_OP_ID];
    char document[27];
    char status[16]; /* "received", "accepted" */
    const char *text;
    int64_t created;
    int64_t next_at; /* MH_TIME_NONE: it is made and keyd knows */
    uint32_t tries;
    bool made;
    int64_t record; /* of the log; where it is made */
    uint8_t sha256[PT_HASH];
};

/* A record of the audit log without what the log adds. */
struct pt_record {
    int64_t id;
    const char *ev, *who, *obj, *res;
    const char *data; /* "key=value" in lines, sorted by key */
};

enum pt_filed {
    PT_FILED_NEW,
    PT_FILED_AGAIN, /* the same form with the same document: id is the first */
    PT_FILED_OTHER, /* the form was used for another one; nothing is stored */
};

struct pt_filed_doc {
    enum pt_filed what;
    char id[27]; /* of the document that is there now */
};

/* Stores doc and the receipt it is owed; staged is used up. */
enum mh_code pt_store_document_file(struct pt_store *store,
    const struct pt_document *doc, const struct pt_receipt *receipt,
    struct pt_staged *staged, struct mh_err *err,
    struct pt_filed_doc *out) MH_MUST_USE;
enum mh_code pt_store_document_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_document *out) MH_MUST_USE;

/* Those of a case, newest first, without their reports. */
struct pt_documents {
    struct pt_document *document;
    size_t count;
};
enum mh_code pt_store_document_list(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_documents *out) MH_MUST_USE;

/* The one that is due to be judged again; its tries are counted, and nobody
   else gets it before until.  out->id "": none is. */
enum mh_code pt_store_document_due(struct pt_store *store, int64_t now,
    int64_t until, struct mh_arena *arena, struct mh_err *err,
    struct pt_document *out) MH_MUST_USE;
/*
 * What became of it: state, verdict, reason, signer, report, judged and
 * judge_at of doc, with a receipt it is owed now, and a record; either may be
 * NULL.  Nothing where doc->tries is no longer the document's.
 */
enum mh_code pt_store_document_judged(struct pt_store *store,
    const struct pt_document *doc, const struct pt_receipt *receipt,
    const struct pt_record *record, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

/* ---- receipts ---- */

/* One that is owed, inside the writer's transaction. */
enum mh_code pt_receipt_put(struct pt_store *store,
    const struct pt_receipt *receipt, struct mh_err *err) MH_MUST_USE;

enum mh_code pt_store_receipt_due(struct pt_store *store, int64_t now,
    int64_t until, struct mh_arena *arena, struct mh_err *err,
    struct pt_receipt *out) MH_MUST_USE; /* tries 0: none is due */
/* It is made: its bytes, staged, and its record.  Once more is no error. */
enum mh_code pt_store_receipt_made(struct pt_store *store,
    const uint8_t op[static MH_OP_ID], int64_t record, int64_t now,
    struct pt_staged *staged, struct mh_err *err) MH_MUST_USE;
/* keyd forgets it: nothing is left to be done. */
enum mh_code pt_store_receipt_told(struct pt_store *store,
    const uint8_t op[static MH_OP_ID], struct mh_err *err) MH_MUST_USE;
/* Of a document, oldest first. */
struct pt_receipts {
    struct pt_receipt receipt[4];
    size_t count;
};
enum mh_code pt_store_receipt_list(struct pt_store *store, const char *document,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_receipts *out) MH_MUST_USE;

/* ---- records on their way ---- */

enum mh_code pt_store_record_add(struct pt_store *store,
    const struct pt_record *record, int64_t now,
    struct mh_err *err) MH_MUST_USE;
/* The same inside the writer's transaction. */
enum mh_code pt_record_put(struct pt_store *store,
    const struct pt_record *record, int64_t now,
    struct mh_err *err) MH_MUST_USE;
/* The oldest, at most PT_RECORDS_MAX. */
struct pt_records {
    struct pt_record record[PT_RECORDS_MAX];
    size_t count;
};
enum mh_code pt_store_record_list(struct pt_store *store,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_records *out) MH_MUST_USE;
/* Which wait now: the oldest and the newest; 0: none does. */
enum mh_code pt_store_record_waiting(struct pt_store *store, struct mh_err *err,
    int64_t *oldest, int64_t *newest) MH_MUST_USE;
/* All up to this one are in the log. */
enum mh_code pt_store_record_done(
    struct pt_store *store, int64_t last, struct mh_err *err) MH_MUST_USE;

#endif
