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

/* Events that keyd makes itself, and those of the portal (base/wire/events.def)
   that it looks at. */
#define HSM_EV_START      "start"
#define HSM_EV_STOP       "stop"
#define HSM_EV_TICKET     "ticket"
#define HSM_EV_KEY_USE    "key.use"
#define HSM_EV_KEY_DONE   "key.done"   /* d.use: the n of the key.use */
#define HSM_EV_KEY_ORPHAN "key.orphan" /* d.use: the same */
#define HSM_EV_REPAIR     "log.repair" /* d.bytes: what was cut */
#define HSM_EV_CLOCK_STEP "clock.step" /* d.clock: what the clock says */
#define HSM_EV_FILING     "filing.accepted"
#define HSM_EV_VERDICT    "verdict"

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
