/*
 * Filing receipts: containers that the appliance seals (security.md 10).
 *
 * A container is a receipt if it holds the signed file "receipt.json", a JSON
 * object with
 *   "type"   "mohur-receipt"
 *   "v"      1
 *   "files"  what was received: objects of "name", "size" (bytes) and
 *            "sha256" (hex, lower case)
 * and whatever else it tells.  Beside it may stand "record.json", the record
 * of the audit log verbatim, and "record.tlog-proof", which shows it in the
 * log (c2sp.org/tlog-proof); both or none.
 *
 * Who says so is the signer: a receipt is a court's word only under the court's
 * seal, and any trusted signer can write one.  The proof is held against the
 * checkpoint in it, whose signature is judged where the log's key is given:
 * only that tells whose log it is (mohur verify --log-key).
 *
 * A document that is given beside a container (--data) must be one of its
 * signed files or stand in its receipt: anything else fails, because it is
 * not what was signed or received.
 */
#ifndef SIGNER_VERIFY_RECEIPT_H
#define SIGNER_VERIFY_RECEIPT_H

#include "signer/verify/document.h"
#include "signer/verify/files.h"

/*
 * Adds its findings to those of the document; files have been digested and
 * filled into the report.  MH_ENOMEM and MH_EINTERNAL only.
 */
enum mh_code sg_check_receipt(struct sg_ctx *ctx,
    const struct sg_verify_input *in, struct sg_files *files,
    const struct mh_report *report, struct mh_err *err) MH_MUST_USE;

#endif
