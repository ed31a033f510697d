/*
 * One record of the audit log: a line of JSON in its one canonical form
 * (security.md 10).
 *
 *   {"v":1,"n":41,"t":"2026-11-22T10:15:30.123456Z","src":"keyd",
 *    "ev":"key.use","who":"p:...","obj":"doc:...","res":"ok","d":{...}}
 *
 * on one line, without spaces or a line feed at its end.  Records carry ids
 * and digests, never names, texts or secrets.  Strings are UTF-8 in NFC: only
 * Latin and Cyrillic letters and punctuation that NFC leaves as they are, so
 * that no table of Unicode is needed to know.
 */
#ifndef HSM_AUDIT_RECORD_H
#define HSM_AUDIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define HSM_RECORD_MAX        4096U /* bytes of a record */
#define HSM_RECORD_STRING_MAX 256U  /* bytes of a string, unescaped */
#define HSM_RECORD_NAME_MAX   64U   /* bytes of src, ev and of a key of d */
#define HSM_RECORD_DATA_MAX   64U   /* members of d */
#define HSM_RECORD_INT_MAX    ((INT64_C(1) << 53) - 1)

/* The events of the log. */
#define HSM_EV_START        "start"
#define HSM_EV_STOP         "stop"
#define HSM_EV_CONFIG       "config"
#define HSM_EV_LOGIN        "login"
#define HSM_EV_FILING       "filing.accepted"
#define HSM_EV_REFUSED      "filing.refused"  /* doc:SHA-256, d.rule */
#define HSM_EV_DECIDED      "filing.decided"  /* filing:ID, d.state */
#define HSM_EV_CASE         "case.registered" /* case:ID */
#define HSM_EV_REASON       "case.reason" /* case:ID; d.seconds: it may be read */
#define HSM_EV_HEARING      "hearing.changed"    /* hearing:ID, d.state */
#define HSM_EV_ILLEGAL      "illegal_transition" /* its object, d.from, d.to */
#define HSM_EV_OPENED       "document.opened"
#define HSM_EV_LASTING      "document.lasting" /* doc:SHA-256 of the copy */
#define HSM_EV_VERDICT      "verdict"
#define HSM_EV_ACT_DRAFTED  "act.drafted" /* act:ID; of all act.*: d.state */
#define HSM_EV_ACT_CHANGED  "act.changed"
#define HSM_EV_ACT_SENT     "act.sent"      /* to the judge */
#define HSM_EV_ACT_BACK     "act.withdrawn" /* by the judge, unsigned */
#define HSM_EV_ACT_DISCARD  "act.discarded" /* a draft, by the judge */
#define HSM_EV_ACT_SIGNED   "act.signed" /* d.doc: SHA-256 of the signed one */
#define HSM_EV_ACT_PUBLISH  "act.published"    /* d.filing: as a document */
#define HSM_EV_AUDIT_SEARCH "audit.searched"   /* log, documents; d.query */
#define HSM_EV_AUDIT_RECORD "audit.opened"     /* record:N, log */
#define HSM_EV_AUDIT_JOB    "audit.begun"      /* its scope; d.job, d.kind */
#define HSM_EV_AUDIT_END    "audit.ended"      /* the same */
#define HSM_EV_AUDIT_EXPORT "audit.export"     /* case:ID; d.package: SHA-256 */
#define HSM_EV_WARRANT      "document.warrant" /* filing:ID; d.seconds */
/* Of operators, two by two: proposal:ID; d.kind, d.subject. */
#define HSM_EV_ADMIN_PROPOSED  "admin.proposed"
#define HSM_EV_ADMIN_APPROVED  "admin.approved" /* and it took effect */
#define HSM_EV_ADMIN_REFUSED   "admin.refused"
#define HSM_EV_ADMIN_WITHDRAWN "admin.withdrawn"
#define HSM_EV_ADMIN_EXPIRED   "admin.expired"
#define HSM_EV_ADMIN_LOCKED    "admin.locked" /* an account, at once */
#define HSM_EV_ADMIN_OPENED    "admin.opened" /* people, p:N */
#define HSM_EV_ADMIN_TESTED    "admin.tested" /* provider:NAME; res */
/* Of who joins a case (case:ID), of mandates, of what is said of courts. */
#define HSM_EV_JOINED      "case.joined"        /* d.side, d.via */
#define HSM_EV_LEFT        "case.left"          /* d.account; by a clerk */
#define HSM_EV_JOIN_CODE   "join.code"          /* made for a party */
#define HSM_EV_JOIN_NOT    "join.refused"       /* or join; d.via, d.why */
#define HSM_EV_MANDATE     "mandate.changed"    /* mandate:ID; d.state */
#define HSM_EV_RATED       "feedback.given"     /* feedback:ID */
#define HSM_EV_MODERATED   "feedback.moderated" /* the same; d.state */
#define HSM_EV_TICKET      "ticket"
#define HSM_EV_KEY_USE     "key.use"
#define HSM_EV_KEY_DONE    "key.done"   /* d.use: the n of the key.use */
#define HSM_EV_KEY_ORPHAN  "key.orphan" /* d.use: the same */
#define HSM_EV_REMOTE_SIGN "remote.sign"
#define HSM_EV_PAYMENT     "payment"
#define HSM_EV_ROLE        "role.change"
#define HSM_EV_REPAIR      "log.repair" /* d.bytes: what was cut */
#define HSM_EV_CLOCK_STEP  "clock.step" /* d.clock: what the clock says */

/* Those of application:ID. */
#define HSM_EV_APP_BEGUN     "application.begun"
#define HSM_EV_APP_CHANGED   "application.changed"   /* d.step */
#define HSM_EV_APP_PREPARED  "application.prepared"  /* for its signature */
#define HSM_EV_APP_REOPENED  "application.reopened"  /* a draft again */
#define HSM_EV_APP_DISCARDED "application.discarded" /* with its files */
#define HSM_EV_APP_EXPIRED   "application.expired"   /* too old; d.owner */
#define HSM_EV_APP_CORRECTED                                                   \
    "application.corrected" /* a returned one, in a new draft */
#define HSM_EV_APP_SUBMITTED                                                   \
    "application.submitted" /* d.doc, d.state, d.verdict */
#define HSM_EV_APP_REFUSED    "application.refused"   /* d.doc, d.rule */
#define HSM_EV_APP_WITHDRAWN  "application.withdrawn" /* by its owner */
#define HSM_EV_APP_ARCHIVED   "application.archived"
#define HSM_EV_APP_REVIEW     "application.review"  /* a clerk has it */
#define HSM_EV_APP_DECIDED    "application.decided" /* returned or rejected */
#define HSM_EV_APP_REGISTERED "application.registered" /* as a case */

enum hsm_value_kind {
    HSM_VALUE_STRING,
    HSM_VALUE_INT,
    HSM_VALUE_BOOL,
};

struct hsm_value {
    struct mh_span key; /* a-z, 0-9, '_', '.', '-' */
    enum hsm_value_kind kind;
    struct mh_span string;
    int64_t number; /* within HSM_RECORD_INT_MAX; a truth value: 0 or 1 */
};

/* Spans borrow from the line that was read, or from scratch. */
struct hsm_record {
    uint64_t n;         /* its index in the log */
    int64_t time;       /* microseconds since 1970, UTC */
    struct mh_span src; /* a-z, 0-9, '_', '.', '-': the channel it came by */
    struct mh_span ev;
    struct mh_span who, obj, res;               /* may be empty */
    struct hsm_value data[HSM_RECORD_DATA_MAX]; /* in order of their keys */
    size_t data_count;
    uint8_t scratch[HSM_RECORD_MAX]; /* strings that had escapes */
    size_t scratch_used;
};

/*
 * Writes the canonical line.  MH_EFORMAT names the member that breaks a rule;
 * MH_ELIMIT: it would be longer than HSM_RECORD_MAX.
 */
enum mh_code hsm_record_write(const struct hsm_record *record,
    struct mh_err *err, uint8_t out[static HSM_RECORD_MAX],
    size_t *len) MH_MUST_USE;

/*
 * Reads a line and refuses every other spelling of the same record: what was
 * read is written again and compared.  err->offset: where it went wrong.
 */
enum mh_code hsm_record_read(struct mh_span line, struct mh_err *err,
    struct hsm_record *out) MH_MUST_USE;

/* The value of d of this name; NULL: none. */
const struct hsm_value *hsm_record_get(
    const struct hsm_record *record, const char *key);

#endif
