/* Whether a timestamp over the log is of a trusted TSA. */
#ifndef SIGNER_CMD_AUDIT_STAMP_H
#define SIGNER_CMD_AUDIT_STAMP_H

#include "hsm/hsm.h"
#include "signer/cmd/trust_files.h"

struct sg_audit_tsa;

/* From the certificates, lists or snapshots given; freed with _free. */
enum mh_code sg_audit_tsa_new(const struct sg_files *files, struct mh_err *err,
    struct sg_audit_tsa **out) MH_MUST_USE;
void sg_audit_tsa_free(struct sg_audit_tsa *tsa);

/* hsm_audit_stamp; arg is the struct sg_audit_tsa. */
bool sg_audit_tsa_judge(void *arg, struct mh_span token,
    const struct hsm_hash *digest, const char **why);

#endif
