/*
 * What an auditor has done (portal.md 6): checks of the log, documents that are
 * verified again, cases that leave as evidence packages.  Work that takes its
 * time is a row that is leased step by step, so that it goes on after a fall
 * where it was.  What is about the log of one node that node alone is leased,
 * because no other can read it.  Times are seconds UTC.
 */
#ifndef PORTAL_STORE_AUDITJOBS_H
#define PORTAL_STORE_AUDITJOBS_H

#include "portal/store/auditlog.h"
#include "portal/store/cases.h"
#include "portal/store/documents.h"
#include "portal/store/sent.h"

enum {
    PT_AUDIT_SCOPE = 40,  /* bytes: "log", "all", "case:ID", "filing:ID" */
    PT_AUDIT_SAID = 4000, /* bytes of what a job says at its end */
    PT_AUDIT_JOBS = 50,   /* that are listed, the newest */
    PT_AUDIT_STEP = 16,   /* verdicts that are kept at once */
    PT_AUDIT_VERDICTS = 100000, /* of one table */
    PT_AUDIT_VOLUMES = 200,     /* of one package */
};

enum pt_audit_kind {    /* numbers are kept */
    PT_AUDIT_CHECK = 1, /* of the log */
    PT_AUDIT_VERIFY,    /* documents, again */
    PT_AUDIT_PACKAGE,   /* a case, as an evidence package */
    PT_AUDIT_KINDS,
};
enum pt_audit_state {   /* numbers are kept */
    PT_AUDIT_WAITS = 1, /* or is under way */
    PT_AUDIT_ENDED,
    PT_AUDIT_FAILED,
    PT_AUDIT_STATES,
};

struct pt_audit_job {
    char id[27]; /* "": there is none */
    int64_t log; /* the node whose log it is about; -1: any node does it */
    int64_t account;
    enum pt_audit_kind kind;
    char scope[PT_AUDIT_SCOPE + 1];
    enum pt_audit_state state;
    int64_t created, finished; /* MH_TIME_NONE: not yet */
    uint32_t tries;            /* of this step */
    char at[27];               /* the last document that is done, or "" */
    int64_t done, total;       /* documents */
    char said[PT_AUDIT_SAID + 1];
    char number[PT_NUMBER_MAX + 1]; /* read only: of the case, or "" */
};

/* What a new one is of, and what the log gets about it. */
struct pt_audit_work {
    const struct pt_record *record;
    const struct pt_audit_logs *logs;
};

/*
 * A new one of account, kind, scope and created, with its record; total is
 * counted here.  logs, which may be NULL, has the nodes whose logs it is about:
 * there is one for each, and job is the first of them.  Sent twice it is the
 * same: id is that of the job there is. *was PT_SENT_OTHER: the form was used
 * for something else, and nothing is done.
 */
enum mh_code pt_store_audit_job_add(struct pt_store *store,
    struct pt_audit_job *job, const struct pt_sent *sent,
    const struct pt_audit_work *work, struct mh_err *err,
    enum pt_sent_was *was) MH_MUST_USE;
enum mh_code pt_store_audit_job_get(struct pt_store *store, const char *id,
    struct mh_err *err, struct pt_audit_job *out) MH_MUST_USE;
struct pt_audit_jobs {
    struct pt_audit_job *item; /* in the arena, newest first */
    size_t count;
};
enum mh_code pt_store_audit_job_list(struct pt_store *store,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_audit_jobs *out) MH_MUST_USE;

/* One that waits for this node, or for any; nobody else gets it before until,
   and its tries are counted. out->id "": none does. */
enum mh_code pt_store_audit_job_due(struct pt_store *store, int64_t now,
    int64_t until, struct mh_err *err, struct pt_audit_job *out) MH_MUST_USE;

/* What became of one document. */
struct pt_audit_verdict {
    int64_t at;
    struct mh_span report; /* packed (base/wire/report.h), of a job that is of
                              one document; else empty */
    enum mh_verdict was, is;
    char document[27];
    bool intact;                    /* its bytes are those that were filed */
    char reason[PT_REASON_MAX + 1]; /* the code of a finding, or "" */
    /* Read only. */
    char number[PT_NUMBER_MAX + 1], kind[PT_DOC_KIND_MAX + 1];
    uint8_t sha256[PT_HASH];
};
/* A step is done: at, done and tries of job, and these verdicts; it waits again
   from next on.  Nothing where job->at is no longer `from`. */
struct pt_audit_step {
    const char *from;
    const struct pt_audit_verdict *verdict;
    size_t verdicts;
    int64_t next;
};
enum mh_code pt_store_audit_job_step(struct pt_store *store,
    const struct pt_audit_job *job, const struct pt_audit_step *step,
    struct mh_err *err) MH_MUST_USE;
/* How much of it is done, as it goes on: job->done. */
enum mh_code pt_store_audit_job_done(struct pt_store *store,
    const struct pt_audit_job *job, struct mh_err *err) MH_MUST_USE;
/* The report that a job of one document has come to, in the arena; empty:
   there is none. */
enum mh_code pt_store_audit_report(struct pt_store *store, const char *job,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;
/* It has ended: state, finished and said of job, with its record. */
enum mh_code pt_store_audit_job_end(struct pt_store *store,
    const struct pt_audit_job *job, const struct pt_record *record,
    struct mh_err *err) MH_MUST_USE;
/* The volumes of a package, sealed and staged, the first one first. */
struct pt_audit_volumes {
    struct pt_staged *staged;
    size_t count;
};
/* The same of a package: nothing of it can be had before, and all of it
   after.  The second record tells of what left; what was
   staged is used up. */
enum mh_code pt_store_audit_package_end(struct pt_store *store,
    const struct pt_audit_job *job, const struct pt_audit_volumes *volumes,
    const struct pt_record record[static 2], struct mh_err *err) MH_MUST_USE;
struct pt_audit_volume {
    uint8_t sha256[PT_HASH];
    uint64_t size; /* bytes */
};
/* Those of a job that has ended, in their order; out has room for
   PT_AUDIT_VOLUMES. */
enum mh_code pt_store_audit_package(struct pt_store *store, const char *job,
    struct mh_err *err, struct pt_audit_volume *out, size_t *count) MH_MUST_USE;
/* It is tried again from next on. */
enum mh_code pt_store_audit_job_again(struct pt_store *store,
    const struct pt_audit_job *job, int64_t next,
    struct mh_err *err) MH_MUST_USE;

/* The documents of a scope behind `at`, by their ids: at most PT_AUDIT_STEP. */
struct pt_audit_due {
    char id[PT_AUDIT_STEP][27];
    size_t count;
};
enum mh_code pt_store_audit_due(struct pt_store *store,
    const struct pt_audit_job *job, struct mh_err *err,
    struct pt_audit_due *out) MH_MUST_USE;

/* How many documents came to each verdict, and how many were altered or came
   to another one than before. */
struct pt_audit_totals {
    int64_t verdict[MH_VERDICTS];
    int64_t altered, changed;
};
enum mh_code pt_store_audit_totals(struct pt_store *store, const char *job,
    struct mh_err *err, struct pt_audit_totals *out) MH_MUST_USE;
/* Calls row for each verdict of a job in the order they were made; it ends with
   false. */
typedef bool pt_audit_verdict_row(
    void *ctx, const struct pt_audit_verdict *verdict);
enum mh_code pt_store_audit_verdicts(struct pt_store *store, const char *job,
    pt_audit_verdict_row *row, void *ctx, struct mh_err *err) MH_MUST_USE;

#endif
