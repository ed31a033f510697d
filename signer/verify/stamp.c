#include "signer/verify/stamp.h"

#include "base/time.h"
#include "signer/policy/algo.h"
#include "signer/trust/path.h"

enum mh_code
sg_stamp_read(struct sg_ctx *ctx, struct sg_out *out, struct mh_err *err,
    struct sg_stamp *stamp)
{
    enum mh_code code;

    *stamp = (struct sg_stamp){.kind = stamp->kind,
        .der = stamp->der,
        .level = stamp->level,
        .sub = MH_FORMAT_FAILURE,
        .time = MH_TIME_NONE,
        .issuer = ""};
    code = sg_tst_parse(stamp->der, ctx->arena, err, &stamp->tst);
    if (code == MH_ENOMEM || code == MH_EINTERNAL)
        return code;
    if (code != MH_OK) {
        stamp->tst = NULL;
        sg_out_err(out, err, MH_F_TIMESTAMP_INVALID, stamp->level);
        return MH_OK;
    }
    stamp->readable = true;
    stamp->time = stamp->tst->gen_time;
    return MH_OK;
}

static void
reject(struct sg_stamp *stamp, enum mh_sub sub, struct sg_out *out,
    enum mh_finding_code code, const char *what)
{
    stamp->sub = sub;
    sg_out_add(out, code, stamp->level, what);
}

static const char *
authority(struct sg_ctx *ctx, const struct sg_cert *tsa)
{
    const struct sg_attr *a = sg_name_find(&tsa->subject, SG_ATTR_CN);

    return sg_clean(ctx->arena, a != NULL
                                    ? sg_attr_text(a, ctx->arena)
                                    : sg_name_text(&tsa->subject, ctx->arena));
}

/* Algorithms of token and imprint at the token's own time. */
static bool
algorithms_fit(struct sg_ctx *ctx, const struct sg_stamp *s, const char **what)
{
    char name[96];

    if (sg_algo_digest(s->tst->imprint_alg, s->time) >= SG_ALGO_EXPIRED) {
        *what = mh_digest_name(s->tst->imprint_alg);
        return false;
    }
    if (sg_algo_signature(ctx->policy, &s->sigalg, s->key, s->time) <
        SG_ALGO_EXPIRED)
        return true;
    sg_algo_name(&s->sigalg, s->key, name, sizeof(name));
    *what = sg_clean_str(ctx->arena, name);
    return false;
}

/*
 * RFC 3161 clause 4: tokens from before a revocation stay valid only where it
 * gives one of these reasons: unspecified, affiliationChanged, superseded,
 * cessationOfOperation.
 */
static bool
undoes_tokens(int reason)
{
    return reason != 0 && (reason < 3 || reason > 5);
}

/*
 * Revoked authorities: at the time, or later for a reason that undoes it.  The
 * last step: what gets through it has passed.
 */
static enum mh_code
check_revoked(struct sg_ctx *ctx, struct sg_stamp *s,
    const struct sg_path *path, const struct sg_evidence *ev,
    struct sg_out *out, struct mh_err *err)
{
    struct sg_question q = {.cert = s->tsa,
        .issuer = sg_path_issuer(path, 0),
        .anchor = path->anchor == NULL ? NULL : path->anchor->cert,
        .time = s->time,
        .proven = true};
    struct sg_answer a;

    if (ev != NULL && q.issuer != NULL) {
        enum mh_code code = sg_evidence_ask(ctx, ev, &q, out, err, &a);

        if (code != MH_OK)
            return code;
        if (!a.good && !a.later && !a.revoked)
            sg_gather_status(ctx->gather, q.cert, q.issuer, MH_TIME_NONE);
        if (a.revoked || (a.later && undoes_tokens(a.reason))) {
            reject(s, MH_REVOKED_NO_POE, out, MH_F_TIMESTAMP_UNTRUSTED,
                "the authority was revoked");
            return MH_OK;
        }
    }
    s->passed = true;
    s->sub = MH_SUB_NONE;
    return MH_OK;
}

static enum mh_code
judge_path(struct sg_ctx *ctx, struct sg_stamp *s, const struct sg_evidence *ev,
    struct sg_out *out, struct mh_err *err)
{
    struct sg_path_input in = {.leaf = s->tsa,
        .pool = ctx->pool,
        .trust = ctx->trust,
        .facts = ctx->facts,
        .arena = ctx->arena,
        .purpose = SG_FOR_TSA,
        .time = s->time,
        .service_time = MH_TIME_NONE,
        .lenient_form = !ctx->policy->strict};
    struct sg_path path;
    const char *what = "";
    enum mh_code code = sg_path_find(&in, err, &path);

    if (code != MH_OK)
        return code;
    if (path.code == SG_PATH_OK)
        sg_gather_path(ctx->gather, &path);
    else if (path.code == SG_PATH_NO_CHAIN)
        sg_gather_issuer(ctx->gather, &path);
    if (path.code != SG_PATH_OK) {
        reject(s,
            path.code <= SG_PATH_LIMIT           ? MH_NO_CERTIFICATE_CHAIN_FOUND
            : path.code >= SG_PATH_NOT_YET_VALID ? MH_OUT_OF_BOUNDS_NO_POE
                                                 : MH_CHAIN_CONSTRAINTS_FAILURE,
            out, MH_F_TIMESTAMP_UNTRUSTED, path.text);
        return MH_OK;
    }
    if (!algorithms_fit(ctx, s, &what)) {
        sg_out_add(out, MH_F_ALGORITHM_EXPIRED, s->level, what);
        reject(s, MH_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, out,
            MH_F_TIMESTAMP_UNTRUSTED, what);
        return MH_OK;
    }
    return check_revoked(ctx, s, &path, ev, out, err);
}

enum mh_code
sg_stamp_judge(struct sg_ctx *ctx, struct sg_stamp *stamp,
    struct mh_span digest, const struct sg_evidence *evidence,
    struct sg_out *out, struct mh_err *err)
{
    struct sg_tst_result result;
    enum mh_code code;

    if (stamp->tst == NULL)
        return MH_OK;
    code = sg_tst_check(stamp->tst, ctx->pool, ctx->facts, err, &result);
    if (code != MH_OK)
        return code;
    stamp->tsa = result.tsa;
    stamp->sigalg = result.sigalg;
    if (stamp->tsa != NULL)
        stamp->issuer = authority(ctx, stamp->tsa);
    stamp->covers = sg_tst_covers(stamp->tst, digest);
    stamp->sound = result.ok;
    if (!stamp->covers) {
        reject(stamp, MH_HASH_FAILURE, out, MH_F_TIMESTAMP_IMPRINT, "");
        return MH_OK;
    }
    if (!result.ok || stamp->tsa == NULL) {
        reject(stamp,
            result.tsa == NULL ? MH_NO_SIGNING_CERTIFICATE_FOUND
            : result.finding == MH_F_TIMESTAMP_POLICY
                ? MH_CHAIN_CONSTRAINTS_FAILURE
                : MH_SIG_CRYPTO_FAILURE,
            out,
            result.finding == MH_F_TIMESTAMP_POLICY ? MH_F_TIMESTAMP_POLICY
                                                    : MH_F_TIMESTAMP_INVALID,
            sg_clean_str(ctx->arena, result.text));
        return MH_OK;
    }
    if (stamp->time > ctx->now) {
        reject(stamp, MH_SIG_CONSTRAINTS_FAILURE, out, MH_F_TIMESTAMP_ORDER,
            "the time-stamp lies in the future");
        return MH_OK;
    }
    code = sg_facts_key(ctx->facts, stamp->tsa, err, &stamp->key);
    if (code == MH_EUNSUP || code == MH_EFORMAT) {
        reject(stamp, MH_CRYPTO_CONSTRAINTS_FAILURE, out,
            MH_F_TIMESTAMP_INVALID, "key");
        return MH_OK;
    }
    if (code != MH_OK)
        return code;
    return judge_path(ctx, stamp, evidence, out, err);
}
