/*
 * Filings that stand in the log, by the operation that asked for their
 * receipt: the newest HSM_FILED_MAX.  An operation that is asked again after
 * keyd fell between the record and the receipt finds its record here, so that
 * a filing is in the log once.  Calls may be made from any thread.
 */
#ifndef HSM_KEYD_FILED_H
#define HSM_KEYD_FILED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wire/keyd.h"
#include "hsm/audit/record.h"

enum {
    HSM_FILED_MAX = 8192,  /* an older one is recorded anew */
    HSM_FILED_STATUS = 16, /* bytes of a status with its NUL */
};

struct hsm_filing {
    uint8_t op[MH_OP_ID];
    uint64_t n;   /* of its record */
    int64_t time; /* seconds UTC */
    uint8_t digest[32];
    char status[HSM_FILED_STATUS];
};

struct hsm_filed;

enum mh_code hsm_filed_new(
    struct mh_err *err, struct hsm_filed **out) MH_MUST_USE;
void hsm_filed_free(struct hsm_filed *f); /* NULL is fine */

/* A status longer than there is room for is cut, and equals no other. */
void hsm_filed_status(struct hsm_filing *filing, struct mh_span status);
/* One that is there already stays as it is. */
void hsm_filed_add(struct hsm_filed *f, const struct hsm_filing *filing);
bool hsm_filed_find(struct hsm_filed *f, const uint8_t op[static MH_OP_ID],
    struct hsm_filing *out);

/* Takes a record of the log (hsm_log_options.seen); arg: the table. */
void hsm_filed_seen(void *arg, const struct hsm_record *record);

#endif
