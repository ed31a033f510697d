/*
 * People, their accounts and sessions (portal.md 4), in the store.  Times are
 * seconds UTC.  Texts are UTF-8 within the limits below.
 */
#ifndef PORTAL_STORE_PEOPLE_H
#define PORTAL_STORE_PEOPLE_H

#include "portal/store/store.h"

enum {
    PT_USERNAME_MAX = 64, /* bytes */
    PT_TEXT_MAX = 200,    /* bytes of a name, an address */
    PT_FIN = 7,           /* characters */
};

/* Who somebody is to the courts (portal.md 6); numbers are kept. */
enum pt_role {
    PT_ROLE_CITIZEN = 1,
    PT_ROLE_LAWYER,
    PT_ROLE_PARTICIPANT, /* witness, expert, interpreter ... */
    PT_ROLE_JUDGE,
    PT_ROLE_CLERK,
    PT_ROLE_PRESIDENT,
    PT_ROLE_AUDITOR,
    PT_ROLE_OPERATOR,
    PT_ROLES,
};
const char *pt_role_name(enum pt_role role); /* "lawyer" */
bool pt_role_of(const char *name, enum pt_role *out);
bool pt_role_official(enum pt_role role); /* of a court or of the service */

enum pt_account_state {
    PT_ACCOUNT_ACTIVE = 1,
    PT_ACCOUNT_SUSPENDED,
    PT_ACCOUNT_CLOSED,
    PT_ACCOUNT_STATES,
};

struct pt_account {
    int64_t id;
    char username[PT_USERNAME_MAX + 1];
    char hash[128]; /* password.h; "": no password */
    char fin[PT_FIN + 1];
    char surname[PT_TEXT_MAX + 1], name[PT_TEXT_MAX + 1],
        patronymic[PT_TEXT_MAX + 1];
    char email[PT_TEXT_MAX + 1], phone[PT_TEXT_MAX + 1];
    enum pt_role role;
    enum pt_account_state state;
    int64_t created;
    /* Wrong passwords in a row, and until when none is looked at. */
    uint32_t fails;
    int64_t locked_until;
    /* Registered, and not yet proven to be who it says: no cases. */
    bool pending;
    bool email_proven;             /* a code came back from the address */
    bool notify_email, notify_sms; /* wanted; e-mail only once it is proven */
    char lang[3];     /* of what is sent: az, en, ru; "" when added: az */
    char consent[17]; /* version of the text that was agreed to, or "" */
};

/* MH_EFORMAT: the user name, or the FIN, is somebody's already. */
enum mh_code pt_store_account_add(struct pt_store *store,
    const struct pt_account *account, struct mh_err *err,
    int64_t *id) MH_MUST_USE;
enum mh_code pt_store_account_find(struct pt_store *store, const char *username,
    struct mh_err *err, struct pt_account *out,
    enum pt_found *found) MH_MUST_USE;
enum mh_code pt_store_account_get(struct pt_store *store, int64_t id,
    struct mh_err *err, struct pt_account *out,
    enum pt_found *found) MH_MUST_USE;
/* Whose FIN it is. */
enum mh_code pt_store_account_by_fin(struct pt_store *store, const char *fin,
    struct mh_err *err, struct pt_account *out,
    enum pt_found *found) MH_MUST_USE;

/* A new password; "" : none.  All sessions of the account end. */
enum mh_code pt_store_account_password(struct pt_store *store, int64_t account,
    const char *hash, struct mh_err *err) MH_MUST_USE;
/* Address and telephone. */
enum mh_code pt_store_account_contact(struct pt_store *store, int64_t account,
    const char *email, const char *phone, struct mh_err *err) MH_MUST_USE;
/* The address, which is proven. */
enum mh_code pt_store_account_email(struct pt_store *store, int64_t account,
    const char *email, struct mh_err *err) MH_MUST_USE;
/* What is wanted of notifications, and in which language. */
enum mh_code pt_store_account_notify(struct pt_store *store,
    const struct pt_account *account, struct mh_err *err) MH_MUST_USE;
/* An account that waits is proven: by a signature with its FIN, or by a clerk.
   One that does not wait stays as it is. */
enum mh_code pt_store_account_confirm(
    struct pt_store *store, int64_t account, struct mh_err *err) MH_MUST_USE;

/* Suspended and closed accounts have no sessions. */
enum mh_code pt_store_account_state(struct pt_store *store, int64_t account,
    enum pt_account_state state, struct mh_err *err) MH_MUST_USE;

/*
 * One more wrong password: none is looked at for 1, 2, 4 ... 60 seconds after
 * the third.  good: forgets them.
 */
enum mh_code pt_store_account_tried(struct pt_store *store, int64_t account,
    bool good, int64_t now, struct mh_err *err) MH_MUST_USE;

/* ---- sessions ---- */

struct pt_session {
    uint8_t token[PT_HASH]; /* SHA-256 of the cookie's value */
    int64_t account;
    uint32_t level; /* 1 password, 2 and a second factor, 3 a signature */
    int64_t created, seen;
    int64_t idle_seconds;   /* without a request */
    int64_t until;          /* whatever happens */
    uint8_t agent[PT_HASH]; /* SHA-256 of the browser's name */
};

enum mh_code pt_store_session_add(struct pt_store *store,
    const struct pt_session *session, struct mh_err *err) MH_MUST_USE;
/*
 * One that has not ended, with its account; seen becomes now (at most once in
 * a minute, so that reading does not write).
 */
struct pt_who {
    enum pt_found found;
    struct pt_session session;
    struct pt_account account;
    uint32_t unread; /* notifications; the pages ask for it */
};
enum mh_code pt_store_session_use(struct pt_store *store,
    const uint8_t token[static PT_HASH], int64_t now, struct mh_err *err,
    struct pt_who *out) MH_MUST_USE;
/* In the arena, newest first; only those that have not ended. */
struct pt_sessions {
    struct pt_session *session;
    size_t count;
};
enum mh_code pt_store_session_list(struct pt_store *store, int64_t account,
    int64_t now, struct mh_arena *arena, struct mh_err *err,
    struct pt_sessions *out) MH_MUST_USE;
/* One of the account's. */
enum mh_code pt_store_session_end(struct pt_store *store, int64_t account,
    const uint8_t token[static PT_HASH], struct mh_err *err) MH_MUST_USE;
/* All of the account's but one (NULL: all). */
enum mh_code pt_store_session_end_all(struct pt_store *store, int64_t account,
    const uint8_t *but, struct mh_err *err) MH_MUST_USE;

#endif
