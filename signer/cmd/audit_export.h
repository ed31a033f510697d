/* The evidence package of a log: a tar archive. */
#ifndef SIGNER_CMD_AUDIT_EXPORT_H
#define SIGNER_CMD_AUDIT_EXPORT_H

#include "base/err.h"
#include "base/span.h"

/*
 * Writes a POSIX ustar archive to path, whole or not at all: README, report.txt
 * and, in log/, the files of the log that `mohur audit verify` reads.  MH_EIO
 * also while a writer has the log open.
 */
enum mh_code sg_audit_export(const char *dir, const char *path,
    struct mh_span report, struct mh_err *err) MH_MUST_USE;

#endif
