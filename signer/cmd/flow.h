/*
 * From documents to a signed file, and from a signed file to a higher level:
 * the steps of base/wire/sign.h in their order, with keys, authorities and
 * responders between them.  No document is parsed here.
 */
#ifndef SIGNER_CMD_FLOW_H
#define SIGNER_CMD_FLOW_H

#include "base/sys/outfile.h"
#include "base/wire/sign.h"
#include "signer/cmd/online.h"
#include "signer/examiner/client.h"

/* The key, wherever it is. */
struct sg_flow_key {
    struct mh_span certificate;
    struct mh_span *chain; /* what is known above it, nearest first */
    size_t chains;
    unsigned scheme; /* enum sg_scheme */
    enum mh_digest_alg digest;
    /*
     * The value over the draft's digest, in the arena: r||s or the RSA value.
     * What went wrong is in err, and the exit code in *exit.
     */
    enum mh_code (*sign)(void *ctx, const struct mh_sign_draft *draft,
        struct mh_arena *arena, struct mh_err *err, int *exit,
        struct mh_span *value);
    void *ctx;
};

struct sg_flow_input {
    const char *name; /* as it shall stand in a container */
    int fd;           /* read only */
    uint64_t size;
};

struct sg_flow {
    struct sg_examiner *ex;
    struct sg_online *online;
    struct mh_policy policy;
    const struct sg_flow_key *key;    /* of sg_flow_sign; else NULL */
    struct mh_arena *arena;           /* of the document under way */
    const struct sg_flow_input *data; /* of a detached signature; or NULL */
    /* Signatures claimed before that time may lack what LT needs: they are
       somebody else's.  0: none may. */
    int64_t since;
    /* Wherever a step failed, for the error line: "time-stamp", "key" ... */
    const char *where;
    int exit; /* of the command, set with every failure */
};

/*
 * Signs inputs with flow->key into out (a container is added to where spec->add
 * says so; it is the only input then), up to spec->level, and judges the
 * result.  spec's certificate, chain, scheme, digest and time are set here.
 */
enum mh_code sg_flow_sign(struct sg_flow *flow, struct mh_sign_spec *spec,
    const struct sg_flow_input *input, size_t inputs, struct mh_err *err,
    struct mh_outfile *out) MH_MUST_USE;

/*
 * Raises document to a level; *changed: out holds the result, otherwise it was
 * there already.
 */
enum mh_code sg_flow_raise(struct sg_flow *flow, enum mh_sig_level level,
    const struct sg_flow_input *document, struct mh_err *err,
    struct mh_outfile *out, bool *changed) MH_MUST_USE;

#endif
