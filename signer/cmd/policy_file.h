/* A policy of one's own: --policy FILE. */
#ifndef SIGNER_CMD_POLICY_FILE_H
#define SIGNER_CMD_POLICY_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/wire/job.h"

/*
 * Reads a file of "key = value" lines:
 *   mode = strict | lenient        what it starts from (lenient)
 *   accept-eddsa = true | false    EdDSA, which TS 119 312 does not name
 *   revocation-warning = SECONDS   OCSP later than this is a warning
 *   revocation-span = SECONDS      freshness without a time-stamp; 0: as issued
 * An unknown key or value is MH_EFORMAT.
 */
enum mh_code sg_policy_file(const char *path, struct mh_arena *arena,
    struct mh_err *err, struct mh_policy *out) MH_MUST_USE;

#endif
