/*
 * The store: everything the portal keeps, as calls of the domain.  SQL, files
 * and folders stay behind it, so that another database fits behind the same
 * calls; tests/portal/test_portal_store.c is what any implementation must do.
 *
 * Every call may be made from any thread.  A call that changes something
 * returns when that is durable (SQLite: synchronous=FULL and files flushed),
 * and calls made side by side share the flush.  Times are arguments: seconds
 * UTC.  MH_EIO is the system's word (a full disk); it may be tried again.
 * Nothing is changed by a call that fails.
 */
#ifndef PORTAL_STORE_STORE_H
#define PORTAL_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum {
    PT_NAME_MAX = 64,           /* bytes of a client's name */
    PT_IDEMPOTENCY_MAX = 64,    /* characters of an Idempotency-Key */
    PT_KIND_MAX = 32,           /* of a job's kind */
    PT_JOB_BLOBS_MAX = 64,      /* documents of a job */
    PT_JOB_PAYLOAD_MAX = 65536, /* bytes */
    PT_RESULT_MAX = 32 << 20,   /* bytes of a job's or a request's answer */
    PT_HASH = 32,               /* bytes of SHA-256 */
};

struct pt_store;

/* What became of a call that could have been made in vain. */
enum pt_found {
    PT_FOUND,
    PT_ABSENT,
};

/*
 * Opens "sqlite:DIR", making what is not there: DIR/store.db, DIR/objects,
 * DIR/spool; or "postgresql:DIR?CONNINFO" (pgdb.h), where everything but
 * DIR/spool is in a database that other nodes have open as well, each with a
 * folder of its own.  MH_EFORMAT: a folder that was opened with
 * the other of the two.  Applies migrations; MH_EFORMAT where the store is
 * newer than the program, or a migration is not the one that was applied.
 * Nothing but the store's own folder is touched afterwards.
 */
enum mh_code pt_store_open(const char *where, int64_t now, struct mh_err *err,
    struct pt_store **out) MH_MUST_USE;
/*
 * The same for a folder and the word of the configuration: "sqlite", or
 * "postgresql:" and its CONNINFO.  NULL: as the folder was last opened, which
 * it remembers in DIR/postgresql.
 */
enum mh_code pt_store_open_in(const char *dir, const char *store, int64_t now,
    struct mh_err *err, struct pt_store **out) MH_MUST_USE;
/* Starts its threads, after which calls may be made. */
enum mh_code pt_store_start(
    struct pt_store *store, struct mh_err *err) MH_MUST_USE;
void pt_store_close(struct pt_store *store); /* NULL is fine */
/* Whether it is on PostgreSQL, and so needs its connections. */
bool pt_store_is_remote(const struct pt_store *store);
/*
 * What this thread reads until pt_store_view_end is one state of the store, in
 * one transaction; it writes nothing in between.  Views are not nested.  On
 * PostgreSQL, and where it cannot begin, every statement has its own.
 */
void pt_store_view_begin(struct pt_store *store);
void pt_store_view_end(struct pt_store *store);
/* A descriptor of the spool folder, borrowed. */
int pt_store_spool(const struct pt_store *store);
/* The database's own check of itself; MH_EFORMAT with its first word. */
enum mh_code pt_store_check(
    struct pt_store *store, struct mh_err *err) MH_MUST_USE;
/* Whether it can be written now. */
enum mh_code pt_store_ready(
    struct pt_store *store, int64_t now, struct mh_err *err) MH_MUST_USE;

/*
 * What was under way when the last process ended is nobody's: its leases end,
 * its uploads go, and requests that were not answered may be made again.  For
 * the one process that serves a store, before it serves.
 */
enum mh_code pt_store_recover(
    struct pt_store *store, struct mh_err *err) MH_MUST_USE;

/*
 * Whether what is done by the clock, for all nodes once, is this process's to
 * do: always on SQLite, one node's on PostgreSQL.  From now on what the
 * calling thread writes fails with MH_EIO once another node has the lead; for
 * threads that do nothing else.
 */
bool pt_store_leads(struct pt_store *store);

/* Which node this process is, and so whose its audit log is: a number that
   stays, above 0, on PostgreSQL; 0 on SQLite. */
int64_t pt_store_node(const struct pt_store *store);

/* --- clients of the API --- */

struct pt_client {
    int64_t id; /* from 1; 0 is the client without a key */
    char name[PT_NAME_MAX + 1];
    uint32_t requests_per_minute; /* 0: no limit */
    uint64_t bytes_per_day;       /* 0: no limit */
    uint32_t may;                 /* what it may do; the caller's bits */
    int64_t created;
    bool disabled;
};

/* A key is known by its SHA-256 only.  MH_EFORMAT: the name is taken. */
enum mh_code pt_store_client_add(struct pt_store *store,
    const struct pt_client *client, const uint8_t key_sha256[static PT_HASH],
    struct mh_err *err, int64_t *id) MH_MUST_USE;
/* Only one that is not disabled is found. */
enum mh_code pt_store_client_find(struct pt_store *store,
    const uint8_t key_sha256[static PT_HASH], struct mh_err *err,
    struct pt_client *out, enum pt_found *found) MH_MUST_USE;
enum mh_code pt_store_client_disable(struct pt_store *store, const char *name,
    struct mh_err *err, enum pt_found *found) MH_MUST_USE;
enum mh_code pt_store_client_list(struct pt_store *store,
    struct mh_arena *arena, struct mh_err *err, struct pt_client **out,
    size_t *count) MH_MUST_USE;
/*
 * Makes these the clients there are, by their names: known ones get the key,
 * limits and bits given, new ones are added, all others are disabled.
 */
enum mh_code pt_store_clients_set(struct pt_store *store,
    const struct pt_client *client, const uint8_t (*key_sha256)[PT_HASH],
    size_t count, int64_t now, struct mh_err *err) MH_MUST_USE;
/*
 * Counts a request and its bytes in the client's day; *allowed is false, and
 * nothing is counted, where that would pass limit (0: none).
 */
struct pt_use {
    int64_t client, day;
    uint64_t bytes, limit;
};
enum mh_code pt_store_client_use(struct pt_store *store,
    const struct pt_use *quota, struct mh_err *err, bool *allowed) MH_MUST_USE;

/* --- requests that must not be done twice --- */

struct pt_replay {
    unsigned status; /* HTTP */
    const char *type;
    const char *location; /* "" if there is none */
    struct mh_span body;
};

enum pt_idempotency {
    PT_IDEM_NEW,     /* go on; then pt_store_idem_finish or _drop */
    PT_IDEM_REPLAY,  /* it was answered: *replay */
    PT_IDEM_BUSY,    /* it is being answered */
    PT_IDEM_ANOTHER, /* the key was used for another request */
};

struct pt_idem {
    int64_t client;
    const char *key;
    uint8_t request[PT_HASH]; /* SHA-256 of what is asked */
    int64_t now;
    int64_t stale; /* one that is busy since before that is taken over */
};
enum mh_code pt_store_idem_begin(struct pt_store *store,
    const struct pt_idem *idem, struct mh_arena *arena, struct mh_err *err,
    enum pt_idempotency *what, struct pt_replay *replay) MH_MUST_USE;
enum mh_code pt_store_idem_finish(struct pt_store *store, int64_t client,
    const char *key, const struct pt_replay *replay,
    struct mh_err *err) MH_MUST_USE;
/* It was not answered after all: the key is free again. */
enum mh_code pt_store_idem_drop(struct pt_store *store, int64_t client,
    const char *key, struct mh_err *err) MH_MUST_USE;

/* --- documents, by their SHA-256 --- */

/*
 * Copies size bytes of fd, from its beginning, to the store's disk and
 * flushes them; MH_EFORMAT unless their SHA-256 is the one given.  They are
 * kept only once a call below names them, else until pt_store_recover
 * or pt_store_blob_forget.
 */
struct pt_staged {
    uint8_t sha256[PT_HASH];
    uint64_t size; /* bytes */
    char temp[48]; /* the store's own */
};
enum mh_code pt_store_blob_stage(struct pt_store *store, int fd, uint64_t size,
    const uint8_t sha256[static PT_HASH], struct mh_err *err,
    struct pt_staged *out) MH_MUST_USE;

/* A file to work on, in the spool folder: it never gets a name, and is
   dropped by the caller. */
struct mh_outfile;
enum mh_code pt_store_work_file(const struct pt_store *store,
    struct mh_err *err, struct mh_outfile *out) MH_MUST_USE;
void pt_store_blob_forget(struct pt_store *store, struct pt_staged *staged);
/* A descriptor that can only be read; the caller closes it. */
enum mh_code pt_store_blob_open(struct pt_store *store,
    const uint8_t sha256[static PT_HASH], struct mh_err *err, int *fd,
    uint64_t *size, enum pt_found *found) MH_MUST_USE;
/* Removes what nothing names and came before a time; *removed of them. */
enum mh_code pt_store_blob_collect(struct pt_store *store, int64_t before,
    struct mh_err *err, uint64_t *removed) MH_MUST_USE;

/*
 * Removes files that came before a time and that no row knows, as a fall
 * between a file's name and its row leaves them: in the folder of objects that
 * comes before *folder by its name ("": in the last one), whose name *folder
 * then has, or "" where there was none; so that a sweep of all can be spread,
 * and begins where something may have been left.
 */
enum {
    PT_FOLDER = 16 /* bytes of a name */
};
enum mh_code pt_store_blob_scrub(struct pt_store *store,
    char folder[static PT_FOLDER], int64_t before, struct mh_err *err,
    uint64_t *removed) MH_MUST_USE;

/* --- jobs --- */

enum pt_job_state {
    PT_JOB_QUEUED,
    PT_JOB_LEASED,
    PT_JOB_DONE,
    PT_JOB_FAILED,
    PT_JOB_STATES,
};
const char *pt_job_state_name(enum pt_job_state s);

struct pt_job_blob {
    const char *name; /* as the client called it */
    uint8_t sha256[PT_HASH];
    uint64_t size;
};

struct pt_job {
    char id[27];
    int64_t client;
    char kind[PT_KIND_MAX + 1];
    struct mh_span payload; /* the kind's own */
    enum pt_job_state state;
    int64_t created, run_at, finished; /* MH_TIME_NONE: not yet */
    uint32_t tries;
    uint64_t lease; /* which lease this is: the fence of every later write */
    struct pt_job_blob *blob;
    size_t blobs;
    char type[64];         /* media type of the result, or "" */
    struct mh_span result; /* of one that is done */
    char error[160];       /* of the last try that failed, or "" */
};

/*
 * Adds a job with its documents, which become the store's; the staged ones
 * are used up.  The rows of job that are read: id, client, kind, payload,
 * created, run_at and blob (name; sha256 and size come from staged).
 * MH_EFORMAT: a job of that id is there.
 */
enum mh_code pt_store_job_add(struct pt_store *store, const struct pt_job *job,
    struct pt_staged *staged, struct mh_err *err) MH_MUST_USE;
/* client -1: whoever's.  out->id is "" where there is none. */
enum mh_code pt_store_job_get(struct pt_store *store, const char *id,
    int64_t client, struct mh_arena *arena, struct mh_err *err,
    struct pt_job *out) MH_MUST_USE;
/*
 * The job that is due and has waited longest, leased until a time; one whose
 * lease ran out is due as well.  Its tries are counted here.  out->id is ""
 * where none is due.
 */
enum mh_code pt_store_job_lease(struct pt_store *store, int64_t now,
    int64_t until, struct mh_arena *arena, struct mh_err *err,
    struct pt_job *out) MH_MUST_USE;
struct pt_lease {
    const char *id;
    uint64_t lease; /* of the job as it was leased */
    int64_t now;
};
/* PT_ABSENT: the lease is another's by now, and nothing was written. */
enum mh_code pt_store_job_done(struct pt_store *store,
    const struct pt_lease *lease, const char *type, struct mh_span result,
    struct mh_err *err, enum pt_found *found) MH_MUST_USE;
/* again: when to try again; MH_TIME_NONE: never, it has failed. */
enum mh_code pt_store_job_retry(struct pt_store *store,
    const struct pt_lease *lease, int64_t again, const char *error,
    struct mh_err *err, enum pt_found *found) MH_MUST_USE;
/* Removes what ended before a time, jobs and idempotency keys. */
enum mh_code pt_store_expire(struct pt_store *store, int64_t before,
    struct mh_err *err, uint64_t *removed) MH_MUST_USE;

#endif
