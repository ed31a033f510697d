/*
 * What happened in cases, what people are told of it, and when they read it
 * (portal.md 3.4, 3.5).  Times are seconds UTC.
 */
#ifndef PORTAL_STORE_EVENTS_H
#define PORTAL_STORE_EVENTS_H

#include "portal/store/people.h"

enum {
    PT_EVENTS_SHOWN = 200, /* of one case, the newest */
    PT_NOTICE_PAGE = 25,   /* notifications of one page */
};

/* Kinds: "registered", "assigned", "hearing", "document", "act", "view",
   "case-registered", those of hearings (schedule.h) and of applications
   (applications.h). */
struct pt_event_new {
    const char *case_id, *kind;
    int64_t actor; /* an account; 0: the service itself */
    int64_t at;
    const char *data; /* clean text of at most PT_TEXT_MAX bytes, or "" */
    bool judge;       /* the case's judge is told as well */
    int64_t only;     /* an account that is told alone; 0: all of the case */
    bool clerks;      /* the clerks of the case's court are told as well */
    int64_t also;     /* and an account that takes no part; 0: nobody */
    /* In place of case_id, which is NULL then: of an application that is in no
       case yet; its owner is told. */
    const char *application;
};
/* Adds it, and one notification of it for each active participant but the
   actor; a representative by a power of attorney is told where it says so
   (mandates.h). */
enum mh_code pt_store_event_add(struct pt_store *store,
    const struct pt_event_new *event, struct mh_err *err) MH_MUST_USE;
/* Somebody looked at a case: an event without notifications, once in ten
   minutes of one account and one reason (look.h), which is its data. */
enum mh_code pt_store_case_viewed(struct pt_store *store, const char *case_id,
    int64_t account, int64_t now, struct mh_err *err) MH_MUST_USE;

struct pt_event {
    char kind[PT_KIND_MAX + 1];
    int64_t at;
    int role;                        /* enum pt_role of who acted; 0: nobody */
    char actor[2 * PT_TEXT_MAX + 2]; /* the name of an official, else "" */
    char data[2 * PT_TEXT_MAX + 1];
};
struct pt_events {
    struct pt_event *item; /* in the arena, newest first */
    size_t count;
};
/* views: who looked, else everything but that. */
enum mh_code pt_store_event_list(struct pt_store *store, const char *case_id,
    bool views, struct mh_arena *arena, struct mh_err *err,
    struct pt_events *out) MH_MUST_USE;

struct pt_notice {
    char id[27], case_id[27]; /* case_id "": it is of an application */
    char application[27];     /* or "" */
    char number[48], court[PT_TEXT_MAX + 1];
    char kind[PT_KIND_MAX + 1], data[PT_TEXT_MAX + 1];
    int64_t at, read; /* read: MH_TIME_NONE: not yet */
    bool archived;
};
struct pt_notices {
    struct pt_notice *item; /* in the arena, newest first */
    size_t count;
    bool more;
};
struct pt_notice_query {
    int64_t account;
    bool archived;     /* those that were put away, else the others */
    const char *after; /* id of the last one of the page before, or "" */
};
enum mh_code pt_store_notice_list(struct pt_store *store,
    const struct pt_notice_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_notices *out) MH_MUST_USE;
/* Neither read nor archived. */
enum mh_code pt_store_notice_unread(struct pt_store *store, int64_t account,
    struct mh_err *err, uint32_t *out) MH_MUST_USE;
/* One of the account's own, as it is before it is read. */
enum mh_code pt_store_notice_get(struct pt_store *store, const char *id,
    int64_t account, struct mh_err *err, struct pt_notice *out,
    enum pt_found *found) MH_MUST_USE;
/*
 * The account's own is read: a receipt with the time, how the reader signed in
 * and the SHA-256 of what was shown.  The first one stays; others change
 * nothing, nor does one for another's.
 */
struct pt_read {
    const char *id;
    int64_t account, at;
    uint32_t level;
    uint8_t sha256[PT_HASH];
};
enum mh_code pt_store_notice_read(struct pt_store *store,
    const struct pt_read *read, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_store_notice_archive(struct pt_store *store, const char *id,
    int64_t account, struct mh_err *err) MH_MUST_USE;

/* A calendar's secret, known by its SHA-256 only; NULL: there is none now. */
enum mh_code pt_store_calendar_set(struct pt_store *store, int64_t account,
    const uint8_t *token, int64_t now, struct mh_err *err) MH_MUST_USE;
/* Whose it is; 0: nobody's. */
enum mh_code pt_store_calendar_find(struct pt_store *store,
    const uint8_t token[static PT_HASH], struct mh_err *err,
    int64_t *account) MH_MUST_USE;
/* Whether the account has one. */
enum mh_code pt_store_calendar_has(struct pt_store *store, int64_t account,
    struct mh_err *err, bool *has) MH_MUST_USE;

#endif
