/*
 * Judging one signature, XAdES or CMS: the validation processes of EN 319 102-1
 * clause 5, in their order, ending in one indication.
 */
#ifndef SIGNER_VERIFY_JUDGE_H
#define SIGNER_VERIFY_JUDGE_H

#include "signer/trust/cms.h"
#include "signer/verify/refs.h"
#include "signer/verify/stamp.h"

/* One signature from reading to verdict. */
struct sg_sig {
    struct sg_dsig dsig;
    struct sg_xades xades;
    struct sg_out out;
    struct sg_evidence evidence;
    const struct sg_cert *cert; /* NULL: not identified */
    const struct sg_key *key;
    struct sg_stamp *stamp;
    size_t stamps, stamp_cap;
    int64_t best_time;
    bool proven; /* best_time comes from a token or a time-mark */
    bool marked; /* a time-mark holds */
    const struct sg_ocsp *mark; /* the answer that carries it */
    bool complete; /* revocation data for the whole path is inside */
    bool archived; /* a passing archive time-stamp */
    enum mh_sig_level level;
    /* A CMS signature: its parts; else NULL.  What its attributes say stands
       in xades, which holds the same properties by the same names. */
    const struct sg_cms *cms;
    const struct sg_cms_signer *signer;
    bool ess;     /* CMS: the signed certificate reference is there */
    bool matched; /* CMS: the content is what the attributes speak of */
    /* A counter-signature: the value it must sign; else NULL. */
    const struct df_node *countersigned;
};

/* Where a signature stands and what its names mean there. */
struct sg_sig_place {
    const struct df_xml *xml;
    const struct df_node *node; /* the ds:Signature */
    const struct sg_names *names;
    const struct df_node *countersigned; /* as in sg_sig */
};

/*
 * Everything that needs no file content: structure, properties, bindings.
 * The digests it needs are asked for in files.
 */
enum mh_code sg_sig_prepare(struct sg_ctx *ctx,
    const struct sg_sig_place *place, struct sg_files *files,
    struct mh_err *err, struct sg_sig *sig) MH_MUST_USE;

/*
 * Prepares the counter-signatures among the unsigned properties of parent
 * (EN 319 132-1 5.2.7) behind sig[*count]; those inside them are not followed.
 */
enum mh_code sg_sig_counters(struct sg_ctx *ctx, const struct sg_sig *parent,
    struct sg_files *files, struct mh_err *err, struct sg_sig *sig,
    size_t *count) MH_MUST_USE;

/* How many ds:Signature elements, nested ones included, a file has. */
size_t sg_sig_count(const struct df_xml *xml);

/* The rest, once the files are digested; sig->dsig.sub is then the answer. */
enum mh_code sg_sig_judge(struct sg_ctx *ctx, struct sg_sig *sig,
    struct sg_files *files, struct mh_err *err) MH_MUST_USE;

/* A signature that covers only a part of its document cannot pass. */
void sg_sig_partial(struct sg_sig *sig);

/* The indication a sub-indication belongs to (EN 319 102-1 table 5 and 6). */
enum mh_indication sg_indication_of(enum mh_sub sub);

#endif
