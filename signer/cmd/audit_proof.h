/* Raw RFC 9162 proofs in JSON (cli.md). */
#ifndef SIGNER_CMD_AUDIT_PROOF_H
#define SIGNER_CMD_AUDIT_PROOF_H

#include "base/err.h"
#include "base/span.h"

#define SG_PROOF_JSON_MAX (1U << 20) /* bytes */

/*
 * {"leafHash","leafIdx","treeSize","root","proof"} or
 * {"size1","size2","root1","root2","proof"}: exactly these members, hashes in
 * base64, sizes below 2^63; an empty proof may be null.  MH_OK only if the
 * proof is right; MH_EFORMAT says why it is not.
 */
enum mh_code sg_audit_proof_json(
    struct mh_span json, struct mh_err *err) MH_MUST_USE;

#endif
