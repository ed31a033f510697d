/*
 * Changes that take two people (portal.md 6): an operator proposes one, a
 * second operator approves or refuses it within PT_PROPOSAL_SECONDS.  What is
 * approved takes effect in the same write as its record in the log.
 *
 * A subject has one open proposal at most.  What it is and what it will be are
 * texts of lines "key=value" (of tables: the table); approval is refused where
 * the subject is no longer what it was when the change was proposed.
 *
 * Times are seconds UTC.
 */
#ifndef PORTAL_STORE_PROPOSALS_H
#define PORTAL_STORE_PROPOSALS_H

#include "portal/store/people.h"

enum {
    PT_PROPOSAL_SECONDS = 72 * 3600, /* that one may be decided on */
    PT_PROPOSAL_REASON = 500,        /* characters; four bytes at most */
    PT_PROPOSAL_MAX = 1 << 16,       /* bytes of what it will be */
    PT_PROPOSAL_SUBJECT = 64,        /* bytes */
    PT_PROPOSALS_SHOWN = 50,         /* open ones; and as many that ended */
    PT_OPERATORS_MIN = 2,            /* active ones that there have to be */
};

enum pt_proposal_kind {    /* numbers are kept */
    PT_PROPOSE_PERSON = 1, /* subject "p:12": role, state, courts, key */
    PT_PROPOSE_COURT,      /* "court:103": name, how it is reached, closed */
    PT_PROPOSE_RULES,      /* "rules:fees": a table from a day on (rules.h) */
    PT_PROPOSE_TEXT,       /* "text:useful.az": of the front pages */
    PT_PROPOSAL_KINDS,
};
const char *pt_proposal_kind_name(enum pt_proposal_kind kind); /* "person" */

enum pt_proposal_state { /* numbers are kept */
    PT_PROPOSAL_OPEN = 1,
    PT_PROPOSAL_APPROVED,
    PT_PROPOSAL_REFUSED,
    PT_PROPOSAL_EXPIRED,
    PT_PROPOSAL_WITHDRAWN, /* by who proposed it */
    PT_PROPOSAL_ALONE,     /* done at once by one: an account was locked */
    PT_PROPOSAL_STATES,
};

struct pt_proposal {
    char id[27]; /* "": there is none */
    enum pt_proposal_kind kind;
    char subject[PT_PROPOSAL_SUBJECT + 1];
    const char *was, *will; /* in the arena; of a list NULL */
    char reason[4 * PT_PROPOSAL_REASON + 1], why[4 * PT_PROPOSAL_REASON + 1];
    enum pt_proposal_state state;
    int64_t proposer, decider; /* accounts; decider 0: nobody */
    char proposer_name[PT_USERNAME_MAX + 1], decider_name[PT_USERNAME_MAX + 1];
    char person[PT_USERNAME_MAX + 1]; /* PERSON: the user name, else "" */
    int64_t created, until, decided;  /* decided: MH_TIME_NONE: not yet */
};

/* ---- proposing ---- */

struct pt_proposing {
    enum pt_proposal_kind kind;
    const char *subject;
    const char *will;
    const char *reason; /* clean text, not empty */
    int64_t account;    /* who proposes */
    int64_t now;
    const char *form; /* one proposal for each of an account (sent.h) */
    uint8_t digest[PT_HASH];
};

enum pt_proposed {
    PT_PROPOSED,        /* now, or when the form came first */
    PT_PROPOSED_OTHER,  /* the form was used for something else */
    PT_PROPOSED_NOT,    /* the account is no active operator's */
    PT_PROPOSED_ABSENT, /* there is no such subject */
    PT_PROPOSED_OPEN,   /* the subject has an open one: id */
    PT_PROPOSED_SAME,   /* nothing would change */
    PT_PROPOSED_RULE,   /* rule says which it breaks */
};
struct pt_proposed_done {
    enum pt_proposed what;
    char id[27];
    const char *rule; /* RULE: kebab-case, of static storage */
    char detail[256]; /* RULE: of a table, the line and what is wrong; "" */
};
/* Keeps it with its record admin.proposed. */
enum mh_code pt_store_proposal_add(struct pt_store *store,
    const struct pt_proposing *p, struct mh_err *err,
    struct pt_proposed_done *out) MH_MUST_USE;

/* ---- deciding ---- */

struct pt_deciding {
    const char *id;
    bool approve;    /* else refuse; by who proposed it: withdraw */
    const char *why; /* clean text; of an approval it may be "" */
    int64_t account;
    int64_t now;
    const char *form;
    uint8_t digest[PT_HASH];
};

enum pt_decided {
    PT_DECIDED,          /* now, or when the form came first */
    PT_DECIDED_OTHER,    /* the form was used for something else */
    PT_DECIDED_NOT,      /* the account is no active operator's */
    PT_DECIDED_ABSENT,   /* there is no such proposal */
    PT_DECIDED_OVER,     /* it was decided on, withdrawn, or has expired */
    PT_DECIDED_OWN,      /* nobody approves what they proposed */
    PT_DECIDED_SELF,     /* nor what is about themselves */
    PT_DECIDED_PROPOSER, /* who proposed it is no active operator any more */
    PT_DECIDED_STALE,    /* the subject has changed since */
    PT_DECIDED_RULE,     /* a rule forbids it now: rule */
};
struct pt_decided_done {
    enum pt_decided what;
    enum pt_proposal_state state; /* DECIDED: what it came to */
    const char *rule;
};
/*
 * The decision, what it changes and its record (admin.approved, admin.refused,
 * admin.withdrawn), all or nothing.  OVER, OWN, SELF, PROPOSER, STALE and RULE
 * leave the record illegal_transition, and everything else as it is.
 */
enum mh_code pt_store_proposal_decide(struct pt_store *store,
    const struct pt_deciding *d, struct mh_err *err,
    struct pt_decided_done *out) MH_MUST_USE;

/* Those whose time is over end, each with its record admin.expired. */
enum mh_code pt_store_proposal_expire(
    struct pt_store *store, int64_t now, struct mh_err *err) MH_MUST_USE;

/*
 * An account is locked at once by one operator: its sessions end, and its
 * record is admin.locked.  An operator's account takes two (RULE, "operator"),
 * as does unlocking; one that is not active is RULE "not-active".  p->will is
 * not read.
 */
enum mh_code pt_store_account_lock(struct pt_store *store,
    const struct pt_proposing *p, struct mh_err *err,
    struct pt_proposed_done *out) MH_MUST_USE;

/* ---- reading ---- */

enum mh_code pt_store_proposal_get(struct pt_store *store, const char *id,
    struct mh_arena *arena, struct mh_err *err,
    struct pt_proposal *out) MH_MUST_USE;
/* Open ones that have not expired, the oldest first; or those that ended, the
   newest first; at most PT_PROPOSALS_SHOWN. */
struct pt_proposals {
    struct pt_proposal *item; /* in the arena */
    size_t count;
    bool more;
};
struct pt_proposal_query {
    bool open;
    const char *subject; /* "": any */
    int64_t now;
};
enum mh_code pt_store_proposal_list(struct pt_store *store,
    const struct pt_proposal_query *query, struct mh_arena *arena,
    struct mh_err *err, struct pt_proposals *out) MH_MUST_USE;
/* What a subject is now, as text in the arena; NULL: there is none such. */
enum mh_code pt_store_proposal_now(struct pt_store *store,
    enum pt_proposal_kind kind, const char *subject, struct mh_arena *arena,
    struct mh_err *err, const char **out) MH_MUST_USE;

/* The value of a key of such a text; out is "" where it has none.  false: it
   does not fit. */
bool pt_change_value(const char *text, const char *key, char *out, size_t size);

#endif
