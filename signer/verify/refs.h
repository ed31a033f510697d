/*
 * The references of a signature: bound to files and nodes, then digested.
 * What is reported as signed is exactly what was reached here.
 */
#ifndef SIGNER_VERIFY_REFS_H
#define SIGNER_VERIFY_REFS_H

#include "signer/verify/files.h"
#include "signer/verify/xades.h"

/* How names in references are looked up. */
struct sg_names {
    const struct df_asic *asic; /* NULL: plain files by name */
    bool whole_allowed; /* the signature stands in the document itself */
};

/*
 * Binds every reference to what it names and asks for the digests needed.
 * Breaches are findings and dsig->sub.
 */
enum mh_code sg_refs_bind(struct sg_ctx *ctx, struct sg_dsig *dsig,
    const struct sg_names *names, struct sg_files *files, struct sg_out *out,
    struct mh_err *err) MH_MUST_USE;

/*
 * Compares every digest, Manifests included (sg_files_digest ran before).
 * A mismatch is digest-mismatch and HASH_FAILURE; a named file that is not
 * there SIGNED_DATA_NOT_FOUND.
 */
enum mh_code sg_refs_check(struct sg_ctx *ctx, struct sg_dsig *dsig,
    struct sg_files *files, struct sg_out *out, struct mh_err *err) MH_MUST_USE;

/* The octets of a reference other than a file's, appended (archive stamps). */
enum mh_code sg_ref_octets(struct sg_ctx *ctx, const struct sg_dsig *dsig,
    const struct sg_ref *ref, struct mh_err *err,
    struct mh_buf *buf) MH_MUST_USE;

#endif
