/*
 * The judge of a registered application is drawn: SHA-256 of the root of the
 * next checkpoint of the audit log and the application's id, as a whole number
 * with the first byte the highest, modulo the number of judges of a list that
 * was in the log before that checkpoint.  Whoever has the values computes the
 * same.
 *
 * A list is the active judges of a court who are not on leave that day, a line
 * each: number of the account, tab, surname and name; by surname, name and
 * number.  It never changes; its digest is SHA-256 of these bytes.
 *
 * Where several nodes share a store the draw belongs to one log: that of the
 * node that is about to write the record, set before it does.  That node alone
 * draws.  Where it has not done so after PT_DRAW_WAITS, the node that leads by
 * then opens the draw again in its own log, with the same list, a record of its
 * own and the opening before kept for everybody to see: no result that somebody
 * may have known is passed over in silence.
 *
 * Times are seconds UTC; days are midnights UTC of days in Baku.
 */
#ifndef PORTAL_STORE_DRAWS_H
#define PORTAL_STORE_DRAWS_H

#include "portal/store/applications.h"
#include "portal/store/cases.h"

enum {
    PT_DRAW_LIST_MAX = 1 << 17, /* bytes of a list */
    PT_DRAW_NOTE_MAX = 4096,    /* bytes of a checkpoint */
    PT_DRAW_WAITS = 900,        /* seconds for the log that an opening is in */
    PT_DRAW_OPENINGS = 20,      /* that are listed */
    PT_LEAVES_MAX = 200,        /* that are listed at once */
    PT_LEAVE_DAYS = 366,        /* of one leave, at most */
    PT_GIVE_WHY = 500,          /* characters of the reason for another judge */
};

/* Which line of a list, from 0, of so many (at least 1). */
enum mh_code pt_draw_place(const uint8_t root[static PT_HASH],
    const char *application, size_t judges, struct mh_err *err,
    size_t *out) MH_MUST_USE;

struct pt_draw {
    char case_id[27]; /* "": there is none */
    char application[27];
    const char *judges; /* the list, in the arena */
    uint8_t sha256[PT_HASH];
    size_t count; /* lines of the list */
    int64_t published, asked;
    int64_t node;     /* whose log it is opened in; -1: none yet, or unknown */
    int64_t opening;  /* which one this is, from 1 */
    int64_t record;   /* of the log, that names the list; -1: not there yet */
    int64_t drawn;    /* MH_TIME_NONE: not yet */
    const char *note; /* the checkpoint, or "" */
    uint8_t root[PT_HASH];
    size_t place;
    int64_t judge;
};

/* Inside the writer's transaction: the judge of a new case of by->id is to be
   drawn.  A court without judges has no draw. */
enum mh_code pt_draw_open(struct pt_store *s,
    const struct pt_application_by *by, const char *case_id,
    struct mh_err *err) MH_MUST_USE;

enum mh_code pt_store_draw_get(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_draw *out) MH_MUST_USE;
/* Draws whose record is among those on their way up to `last`
   (pt_store_record_list) and that no log has yet: they are this node's from now
   on. */
enum mh_code pt_store_draw_take(struct pt_store *store, int64_t last,
    int64_t now, struct mh_err *err) MH_MUST_USE;
/* For the node that leads: one that another node's log has had for
   PT_DRAW_WAITS is opened again; *some: there was one. */
enum mh_code pt_store_draw_reopen(struct pt_store *store, int64_t now,
    struct mh_err *err, bool *some) MH_MUST_USE;

/* An opening that came to nothing. */
struct pt_draw_opening {
    int64_t n, node;
    int64_t taken, ended;
};
struct pt_draw_openings {
    struct pt_draw_opening item[PT_DRAW_OPENINGS];
    size_t count;
};
enum mh_code pt_store_draw_openings(struct pt_store *store, const char *case_id,
    struct mh_err *err, struct pt_draw_openings *out) MH_MUST_USE;

/* One that is open in this node's log and whose record is in the index of it;
   case_id "": there is none. */
enum mh_code pt_store_draw_due(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_draw *out) MH_MUST_USE;
/* Of d, with record, note and root given: place, judge and drawn are set, the
   case is the judge's, unless it was given to one meanwhile, and everybody of
   the case is told.  Once more is no error, and changes nothing; no more does
   an opening that has ended. */
enum mh_code pt_store_draw_done(struct pt_store *store, struct pt_draw *d,
    int64_t now, struct mh_err *err) MH_MUST_USE;
/* Line n of a list: name is of PT_TEXT_MAX bytes each; false: there is none. */
bool pt_draw_line(
    const char *judges, size_t n, int64_t *account, char name[static 258]);

/* ---- leave ---- */

struct pt_leave {
    int64_t court, account;
    int64_t begins, ends; /* ends: the first day after it */
    char name[2 * PT_TEXT_MAX + 2];
};
struct pt_leaves {
    struct pt_leave item[PT_LEAVES_MAX];
    size_t count;
};
/* Of the courts of an official, that are not over on a day. */
enum mh_code pt_store_leave_list(struct pt_store *store, int64_t official,
    int64_t day, struct mh_err *err, struct pt_leaves *out) MH_MUST_USE;
/* By a president of the court; PT_ABSENT: the judge is none of it, or it is
   not the president's.  drop: one that there is goes. */
struct pt_leave_set {
    const struct pt_leave *leave;
    int64_t president, now;
    bool drop;
};
enum mh_code pt_store_leave_set(struct pt_store *store,
    const struct pt_leave_set *set, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;

/* ---- another judge ---- */

struct pt_giving {
    const char *case_id, *reason, *form;
    int64_t judge, president, now;
};
enum pt_given {
    PT_GIVEN,      /* now, or when the form came first */
    PT_GIVEN_SAME, /* it is that judge's already */
    PT_GIVEN_NOT,  /* no judge of the court, or no president of it */
};
/* The case is the other judge's from then on; everybody of the case is told,
   both judges as well. */
enum mh_code pt_store_case_give(struct pt_store *store,
    const struct pt_giving *giving, struct mh_err *err,
    enum pt_given *out) MH_MUST_USE;

/* Judges that the case was given to by a president, the last first. */
struct pt_given_to {
    int64_t at;
    char was[2 * PT_TEXT_MAX + 2], will[2 * PT_TEXT_MAX + 2];
    char by[2 * PT_TEXT_MAX + 2], reason[4 * PT_GIVE_WHY + 1];
};
struct pt_given_list {
    struct pt_given_to *item; /* in the arena */
    size_t count;
};
enum mh_code pt_store_given_list(struct pt_store *store, const char *case_id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_given_list *out) MH_MUST_USE;

#endif
