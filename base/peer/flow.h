/*
 * From documents to a signed file, and from a signed file to a higher level:
 * the steps of base/wire/sign.h in their order, with keys, authorities and
 * responders between them.  No document is parsed here.
 */
#ifndef BASE_PEER_FLOW_H
#define BASE_PEER_FLOW_H

#include <pthread.h>

#include "base/peer/examiner.h"
#include "base/peer/online.h"
#include "base/sys/outfile.h"
#include "base/wire/sign.h"

/* Whose trouble a failure is. */
enum mh_flow_fault {
    MH_FLOW_FINE,
    MH_FLOW_DOCUMENT, /* it may not be signed or raised */
    MH_FLOW_OUTSIDE,  /* an authority, a responder, a file; later again */
    MH_FLOW_KEY,      /* the key's; its own word is in why */
    MH_FLOW_INTERNAL,
};

/* The key, wherever it is. */
struct mh_flow_key {
    struct mh_span certificate;
    struct mh_span *chain; /* what is known above it, nearest first */
    size_t chains;
    unsigned scheme; /* enum sg_scheme */
    enum mh_digest_alg digest;
    /*
     * The value over the draft's digest, in the arena: r||s or the RSA value.
     * What went wrong is in err, and a number of its own in *why.
     */
    enum mh_code (*sign)(void *ctx, const struct mh_sign_draft *draft,
        struct mh_arena *arena, struct mh_err *err, int *why,
        struct mh_span *value);
    void *ctx;
};

struct mh_flow_input {
    const char *name; /* as it shall stand in a container */
    int fd;           /* read only */
    uint64_t size;
};

/* Peers that other threads use as well. */
struct mh_flow_share {
    pthread_mutex_t *examiner; /* held while something is sent to it */
    struct mh_outside *outside;
};

struct mh_flow {
    struct mh_examiner *ex;
    struct mh_online *online;
    const struct mh_flow_share *share; /* NULL: both are the caller's alone;
                                          else online is not looked at */
    struct mh_policy policy;
    const struct mh_flow_key *key; /* of mh_flow_sign; else NULL */
    struct mh_arena *arena;        /* of the document under way */
    /* mh_flow_sign: what is written is detached from its first input.
       mh_flow_raise: what the signature is detached from is data, or NULL. */
    bool detached;
    const struct mh_flow_input *data;
    const struct mh_span *chain; /* the flow's own: certificates in hand */
    size_t chains;
    /* Signatures claimed before that time may lack what LT needs: they are
       somebody else's.  0: none may. */
    int64_t since;
    /* mh_flow_raise to LTA: one more archive time-stamp over those there are.
     */
    bool renew;
    /* Wherever a step failed, for the error line: "time-stamp", "key" ... */
    const char *where;
    enum mh_flow_fault fault; /* set with every failure */
    int why;                  /* of MH_FLOW_KEY: what the key said */
};

/*
 * Signs inputs with flow->key into out (a container is added to where spec->add
 * says so; it is the only input then), up to spec->level, and judges the
 * result.  spec's certificate, chain, scheme, digest and time are set here.
 */
enum mh_code mh_flow_sign(struct mh_flow *flow, struct mh_sign_spec *spec,
    const struct mh_flow_input *input, size_t inputs, struct mh_err *err,
    struct mh_outfile *out) MH_MUST_USE;

/*
 * The second half of it, for a key that is somebody else's: out holds what a
 * worker prepared, and has the value put in, what level asks for added, and
 * the result judged.  flow->since: when the signature was begun.
 */
struct mh_flow_value {
    struct mh_span state; /* of the draft */
    struct mh_span value; /* r||s or the RSA value */
    enum mh_sig_level level;
    const struct mh_span *chain; /* what is known above the certificate */
    size_t chains;
};
enum mh_code mh_flow_finish(struct mh_flow *flow,
    const struct mh_flow_value *value, struct mh_err *err,
    struct mh_outfile *out) MH_MUST_USE;

/*
 * Raises document to a level; *changed: out holds the result, otherwise it was
 * there already.  flow->since: 0, or when the one signature was made that
 * must reach it.
 */
enum mh_code mh_flow_raise(struct mh_flow *flow, enum mh_sig_level level,
    const struct mh_flow_input *document, struct mh_err *err,
    struct mh_outfile *out, bool *changed) MH_MUST_USE;

/* What a step is asked (base/wire/sign.h), as a sealed memfd. */
enum mh_code mh_flow_request(const struct mh_sign_request *request,
    struct mh_err *err, int *fd, uint64_t *size) MH_MUST_USE;

/*
 * Whether what was signed may be given out: MH_EUNSUP says why not.  Signatures
 * claimed at or after since must pass, or lack trust or revocation data only;
 * no other may fail.
 */
enum mh_code mh_flow_accept(
    const struct mh_report *r, int64_t since, struct mh_err *err) MH_MUST_USE;

#endif
