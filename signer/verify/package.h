/*
 * Evidence packages of a case: containers that the appliance seals for somebody
 * outside (portal/filing/package.h makes them).
 *
 * A container is a volume of a package if it holds the signed file
 * "package.json", a JSON object with
 *   "type"     "mohur-package"
 *   "v"        1
 *   "id", "case", "made", "made_by"   texts
 *   "log"      the origin of the audit log that its records are of
 *   "volume", "volumes"   this one, from 1, of how many
 *   "files"    every other file of the volume: objects of "name", "size"
 *              (bytes), "sha256" (hex, lower case) and "what", a text
 *   "others"   in volume 1 only, and only where there are others: objects of
 *              "volume", "size" and "sha256" of the containers 2, 3, ...
 * and whatever else it tells: "node" and "nodes", numbers, where the service
 * has several nodes with a log each: whose log this one is of, and whose logs
 * have records of the case, each with a package of its own.  A file is, by its
 * "what": "records"     {"v":1,"records":[{"record":R,"proof":P},...]}: records
 * of the log verbatim, in their order, and what shows each of them in the log
 * (c2sp.org/tlog-proof) "checkpoint"  a checkpoint of the log at least as new
 * as any of the proofs; every volume has one "document"    as it was filed.
 * "of" is the name that it had; "record" the number of the record of its
 * filing, which then is in the volume and names the digest of "OF\nSHA256\n"
 * and anything else is only there.
 *
 * A package of several volumes passes as a whole or not at all: volume 1 with
 * all the others beside it (--data), each the one that it names.  Without all
 * of them a volume is at most INDETERMINATE.
 */
#ifndef SIGNER_VERIFY_PACKAGE_H
#define SIGNER_VERIFY_PACKAGE_H

#include "signer/verify/document.h"
#include "signer/verify/files.h"

/*
 * Adds its findings to those of the document; files have been digested and
 * filled into the report.  *is: it is a package, and what was given beside it
 * has been judged.  MH_ENOMEM, MH_EINTERNAL, and MH_EFORMAT where the key of
 * the log is none.
 */
enum mh_code sg_check_package(struct sg_ctx *ctx,
    const struct sg_verify_input *in, struct sg_files *files,
    const struct mh_report *report, struct mh_err *err, bool *is) MH_MUST_USE;

#endif
