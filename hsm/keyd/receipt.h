/*
 * The receipt for a filing: an ASiC-E container under the court's seal that
 * holds
 *
 *   receipt.json          what was filed, see below
 *   receipt.txt           the same for people
 *   record.json           the record of the audit log, verbatim, no line end
 *   record.tlog-proof     that the record stands in the log (note.h)
 *
 * receipt.json is one line of UTF-8, members in this order:
 *   {"v":1,"type":"mohur-receipt","op":HEX,
 *    "status":"accepted"|"received","obj":TEXT,
 *    "time":"YYYY-MM-DDThh:mm:ssZ","log":ORIGIN,"n":RECORD,
 *    "files":[{"name":TEXT,"size":BYTES,"sha256":HEX},...]}
 *
 * The record is filing.accepted with d.op, d.receipt (SHA-256 of "name LF hex
 * LF" of all files in order, as hex) and d.status: who holds the receipt and
 * the documents can show that neither was altered, without a server.
 */
#ifndef HSM_KEYD_RECEIPT_H
#define HSM_KEYD_RECEIPT_H

#include "base/buf.h"
#include "base/wire/keyd.h"

struct hsm_receipt {
    const struct mh_keyd_receipt *request;
    const char *origin; /* of the log */
    uint64_t n;         /* of the record */
    int64_t time;       /* seconds UTC */
};

/* SHA-256 over names and digests, as in d.receipt. */
enum mh_code hsm_receipt_digest(const struct mh_keyd_receipt *m,
    struct mh_err *err, uint8_t out[static 32]) MH_MUST_USE;
void hsm_receipt_json(const struct hsm_receipt *r, struct mh_buf *out);
void hsm_receipt_text(const struct hsm_receipt *r, struct mh_buf *out);

#endif
