/*
 * What signing (sign.h), sealing (seal.h) and raising (extend.h) share:
 * formats, levels, rows of the store as a client sees them, and what a step
 * came to.
 */
#ifndef PORTAL_API_SIGNJOB_H
#define PORTAL_API_SIGNJOB_H

#include "portal/api/app.h"
#include "portal/store/signing.h"

struct pt_sign_format {
    const char *name;
    unsigned as; /* enum sg_as (signer/sign/sign.h) */
    const char *type;
};
struct pt_sign_algorithm {
    const char *name; /* as in RFC 7518 3.1 */
    unsigned scheme;  /* enum sg_scheme (signer/trust/key.h) */
    enum mh_digest_alg digest;
    size_t length; /* bytes of a value; 0: as long as the modulus */
};

/* NULL: there is none of that name; NULL is no name. */
const struct pt_sign_format *pt_sign_format_of(const char *name);
const struct pt_sign_algorithm *pt_sign_algorithm_of(const char *name);
/* The name of what a key of that scheme makes over such a digest, or NULL. */
const char *pt_sign_algorithm_name(unsigned scheme, enum mh_digest_alg digest);
/* B, T, LT, LTA; MH_LEVEL_NONE for anything else; instead for NULL. */
enum mh_sig_level pt_sign_level_of(const char *name, enum mh_sig_level instead);

/* A part "file" among files that shall be signed; total counts bytes. */
enum mh_code pt_sign_take_file(struct pt_file *f, struct mh_err *err,
    struct pt_judge_file *file, size_t *files, uint64_t *total) MH_MUST_USE;

/* The answer's arena; NULL: it was answered that only a key may. */
struct mh_arena *pt_sign_begin(
    const struct pt_request *rq, struct pt_answer *answer);
/* The client's own row; false: it was answered. */
bool pt_sign_find(struct pt_app *app, struct pt_request *rq,
    struct mh_arena *arena, struct pt_answer *answer, struct pt_signing *s);

/* The row, as JSON. */
void pt_sign_state(const struct pt_signing *s, struct mh_arena *arena,
    struct pt_answer *answer);

/* What a step, or a flow that failed, came to: 422 where the document is the
   reason, otherwise later again.  flow: NULL of a step. */
void pt_sign_refuse(struct pt_answer *answer, const struct mh_flow *flow,
    const struct mh_err *err);

/* GET /api/v1/sign/{id} and GET /api/v1/sign/{id}/document */
void pt_sign_show(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_sign_document(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
