/*
 * An index of the audit log for searches (portal.md 4, 8.2).  The log is
 * keyd's and is the truth; this says only where in it something stands, and is
 * made again from the log at will.  Rows come in the order of the log, without
 * gaps: what is not indexed yet is what the log has more.
 *
 * Where several nodes share a store each has a log of its own, and the index
 * has all of them: what a node adds or forgets here is of its own log
 * (pt_store_node, store.h), what is searched is of any.
 */
#ifndef PORTAL_STORE_AUDITLOG_H
#define PORTAL_STORE_AUDITLOG_H

#include "portal/store/cases.h"

enum {
    PT_AUDIT_TEXT = 256,  /* bytes of ev, who, obj, res of a record */
    PT_AUDIT_HASHES = 8,  /* SHA-256 values of a record that are indexed */
    PT_AUDIT_BATCH = 512, /* records that are indexed at once */
    PT_AUDIT_PAGE = 50,   /* records of one page */
    PT_AUDIT_EVENTS = 64, /* kinds of events that are offered */
    PT_AUDIT_LOGS = 32,   /* logs of nodes that are offered */
};

/* What the index knows of a record. */
struct pt_audit_row {
    int64_t node; /* read only: whose log it is in */
    int64_t n;    /* in the log */
    int64_t at;   /* seconds UTC */
    char ev[PT_AUDIT_TEXT + 1], who[PT_AUDIT_TEXT + 1], obj[PT_AUDIT_TEXT + 1],
        res[PT_AUDIT_TEXT + 1];
    uint8_t hash[PT_AUDIT_HASHES][PT_HASH]; /* that it names; for the index */
    size_t hashes;
    /* Where it is put: a case, or what belongs to one, that it names in d; "".
       Where it is read: the case, or "". */
    char case_id[PT_AUDIT_TEXT + 1];
    char number[PT_NUMBER_MAX + 1]; /* read only: the case's */
};

/* The number of the next record that is wanted: as many are indexed of this
   node's log. */
enum mh_code pt_store_audit_next(
    struct pt_store *store, struct mh_err *err, int64_t *next) MH_MUST_USE;
/*
 * Adds rows, the first of which is that number, and finds their cases: by obj,
 * else by case_id, each as "case:ID", "filing:ID", "act:ID", "hearing:ID" or
 * "doc:SHA-256".  MH_EFORMAT: others were added meanwhile, or there is a gap.
 */
enum mh_code pt_store_audit_add(struct pt_store *store,
    const struct pt_audit_row *row, size_t rows,
    struct mh_err *err) MH_MUST_USE;
/* Forgets all of this node's log, to be made again. */
enum mh_code pt_store_audit_forget(
    struct pt_store *store, struct mh_err *err) MH_MUST_USE;

/* Where a record stands in the order of the index: by time, then by log. */
struct pt_audit_place {
    int64_t at, node, n; /* n below 0: nowhere */
};
struct pt_audit_query {
    int64_t from, to;             /* from <= at < to; to 0: no end */
    const char *ev;               /* "": any, as are those below */
    const char *who;              /* "p:12" */
    const char *obj;              /* "filing:..." */
    const char *case_id;          /* of a case */
    const uint8_t *hash;          /* PT_HASH bytes that it names; NULL: any */
    int64_t log;                  /* of this node's log; -1: of any */
    struct pt_audit_place before; /* from there on; nowhere: from the newest */
};
struct pt_audit_page {
    struct pt_audit_row *item; /* in the arena, newest first */
    size_t count;
    bool more;
};
enum mh_code pt_store_audit_search(struct pt_store *store,
    const struct pt_audit_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_audit_page *out) MH_MUST_USE;

/* The nodes whose logs the index has, in order. */
struct pt_audit_logs {
    int64_t node[PT_AUDIT_LOGS];
    size_t count;
    bool more; /* there are others, which are not here */
};
enum mh_code pt_store_audit_logs(struct pt_store *store, struct mh_err *err,
    struct pt_audit_logs *out) MH_MUST_USE;

/* The same of those that have a record of a case, this node's first.
   MH_ELIMIT: there are more. */
enum mh_code pt_store_audit_logs_of(struct pt_store *store, const char *case_id,
    struct mh_err *err, struct pt_audit_logs *out) MH_MUST_USE;

/* The numbers of the records of a case in this node's log, from `from` on, in
   order: at most max.  Those of its documents, hearings and acts are the
   case's. */
struct pt_audit_numbers {
    int64_t *n; /* the caller's; room for max */
    size_t max, count;
};
enum mh_code pt_store_audit_of_case(struct pt_store *store, const char *case_id,
    int64_t from, struct mh_err *err, struct pt_audit_numbers *out) MH_MUST_USE;

/* Kinds of events that there are, in order. */
struct pt_audit_events {
    char ev[PT_AUDIT_EVENTS][PT_KIND_MAX + 1];
    size_t count;
};
enum mh_code pt_store_audit_events(struct pt_store *store, struct mh_err *err,
    struct pt_audit_events *out) MH_MUST_USE;

/* The case of that very number, or "". */
enum mh_code pt_store_case_of_number(struct pt_store *store, const char *number,
    struct mh_err *err, char id[static 27]) MH_MUST_USE;

#endif
