/* X.509 validation at the best signature time (EN 319 102-1 5.2.6, 5.5). */
#include "signer/verify/judge_internal.h"

#include "base/time.h"
#include "signer/policy/algo.h"
#include "signer/verify/signing_cert.h"

static enum mh_sub
sub_of_path(enum sg_path_code code)
{
    switch (code) {
    case SG_PATH_NO_CHAIN:
    case SG_PATH_SIGNATURE: /* what its issuer did not sign is no chain */
        return MH_NO_CERTIFICATE_CHAIN_FOUND;
    case SG_PATH_SERVICE:
        return MH_NO_CERTIFICATE_CHAIN_FOUND_NO_POE;
    case SG_PATH_LIMIT:
        return MH_CERTIFICATE_CHAIN_GENERAL_FAILURE;
    case SG_PATH_KEY:
        return MH_CRYPTO_CONSTRAINTS_FAILURE;
    case SG_PATH_NOT_YET_VALID:
    case SG_PATH_EXPIRED:
        return MH_OUT_OF_BOUNDS_NO_POE;
    case SG_PATH_CRITICAL:
    case SG_PATH_FORM:
    case SG_PATH_CA:
    case SG_PATH_LENGTH:
    case SG_PATH_NAMES:
    case SG_PATH_POLICY:
    case SG_PATH_OK:
        break;
    }
    return MH_CHAIN_CONSTRAINTS_FAILURE;
}

static enum mh_finding_code
finding_of_path(const struct sg_path *path)
{
    if (path->code == SG_PATH_SIGNATURE)
        return MH_F_CHAIN_NOT_FOUND;
    if (path->finding > MH_FINDING_NONE && path->finding < MH_FINDING_CODES)
        return (enum mh_finding_code)path->finding;
    return MH_F_CHAIN_INVALID;
}

/* Validity of the signer's own certificate at the best signature time. */
static bool
in_bounds(struct sg_sig *sig)
{
    const struct sg_cert *c = sig->cert;
    int64_t after = sg_sig_not_before(sig);

    if (sig->best_time < c->not_before) {
        sg_sig_fail(sig, MH_F_CERTIFICATE_NOT_YET_VALID, MH_NOT_YET_VALID, "");
        return false;
    }
    if (sig->best_time > c->not_after) {
        sg_sig_fail(sig, MH_F_CERTIFICATE_EXPIRED,
            after != MH_TIME_NONE && after > c->not_after
                ? MH_EXPIRED
                : MH_OUT_OF_BOUNDS_NO_POE,
            "");
        return false;
    }
    return true;
}

static void
judge_revoked(struct sg_ctx *ctx, struct sg_sig *sig, bool leaf,
    const struct sg_answer *a)
{
    int64_t after = sg_sig_not_before(sig);
    char when[32];
    enum mh_sub sub = leaf ? MH_REVOKED_NO_POE : MH_REVOKED_CA_NO_POE;

    if (leaf && after != MH_TIME_NONE && after >= a->revoked_at)
        sub = MH_REVOKED;
    mh_time_format(a->revoked_at, when);
    sg_sig_fail(sig,
        a->on_hold ? MH_F_CERTIFICATE_ON_HOLD : MH_F_CERTIFICATE_REVOKED, sub,
        sg_clean_str(ctx->arena, when));
}

static void
judge_missing(struct sg_ctx *ctx, struct sg_sig *sig,
    const struct sg_cert *cert, const struct sg_answer *a)
{
    const char *who =
        sg_clean(ctx->arena, sg_name_text(&cert->subject, ctx->arena));

    if (a->unknown)
        sg_sig_fail(sig, MH_F_CERTIFICATE_STATUS_UNKNOWN, MH_TRY_LATER, who);
    else if (a->before)
        sg_sig_fail(sig, MH_F_REVOCATION_BEFORE_SIGNING, MH_TRY_LATER, who);
    else if (a->stale)
        sg_sig_fail(sig, MH_F_REVOCATION_STALE, MH_TRY_LATER, who);
    else
        sg_sig_fail(sig, MH_F_REVOCATION_MISSING, MH_TRY_LATER, who);
}

/*
 * Whether the issuer of an end certificate says that there is no status to ask
 * for (RFC 9608 2 and 3).  One that contradicts itself, by naming a place to
 * ask, says nothing.
 */
static bool
none_available(const struct sg_cert *cert)
{
    struct mh_span url;

    return cert->no_rev_avail && !cert->ca && cert->crldp.len == 0 &&
           !sg_cert_aia(cert, SG_AIA_OCSP, 0, &url);
}

/* Revocation of chain[n]; the anchor is trusted as it is. */
static enum mh_code
check_revocation(struct sg_ctx *ctx, struct sg_sig *sig,
    const struct sg_path *path, size_t n, struct mh_err *err)
{
    struct sg_question q = {.cert = path->chain[n],
        .issuer = path->chain[n + 1],
        .anchor = path->anchor == NULL ? NULL : path->anchor->cert,
        .time = sig->best_time,
        .proven = sig->proven,
        .ca = n > 0};
    struct sg_answer a;
    enum mh_code code =
        sg_evidence_ask(ctx, &sig->evidence, &q, &sig->out, err, &a);
    char text[32];

    if (code != MH_OK)
        return code;
    if (a.revoked) {
        sig->complete = sig->complete && (a.inside || a.later);
        judge_revoked(ctx, sig, n == 0, &a);
        return MH_OK;
    }
    if (n == 0 && !a.good && !a.later && !a.unknown && !a.before && !a.stale &&
        none_available(path->chain[n])) {
        sg_out_add(&sig->out, MH_F_REVOCATION_NOT_AVAILABLE, MH_INFO, "");
        return MH_OK; /* nothing is lacking: complete stays what it is */
    }
    sig->complete = sig->complete && (a.inside || a.later);
    if ((!a.good && !a.later) || (a.unknown && !a.known)) {
        sg_gather_status(ctx->gather, path->chain[n], path->chain[n + 1],
            sig->proven ? sig->best_time : MH_TIME_NONE);
        judge_missing(ctx, sig, path->chain[n], &a);
        return MH_OK;
    }
    if (a.later) {
        mh_time_format(a.revoked_at, text);
        sg_out_add(&sig->out,
            a.on_hold ? MH_F_CERTIFICATE_ON_HOLD : MH_F_CERTIFICATE_REVOKED,
            MH_WARNING, sg_clean_str(ctx->arena, text));
    }
    if (n == 0 && a.good && sig->proven && !sig->marked &&
        a.issued_at - sig->best_time >
            (int64_t)(ctx->policy->revocation_warning & INT32_MAX))
        sg_out_add(&sig->out, MH_F_REVOCATION_LATE, MH_WARNING, "");
    return MH_OK;
}

/* The weakest algorithm met so far, and what it is called. */
struct weakest {
    enum sg_algo_state state;
    char name[96];
};

static void
weigh(struct weakest *w, enum sg_algo_state state, const char *name)
{
    if (state <= w->state)
        return;
    w->state = state;
    (void)snprintf(w->name, sizeof(w->name), "%s", name); /* cut is fine */
}

/* Certificates below the anchor; a weak one is named by its subject. */
static void
weigh_path(struct sg_ctx *ctx, const struct sg_sig *sig,
    const struct sg_path *path, struct weakest *w)
{
    for (size_t i = 0; i + 1 < path->count; i++) {
        enum sg_algo_state state = SG_ALGO_UNKNOWN;
        const struct sg_key *key;
        struct sg_sigalg alg;
        char name[96] = "certificate";

        if (sg_sigalg_parse(&path->chain[i]->sigalg, false, NULL, &alg) ==
                MH_OK &&
            sg_facts_key(ctx->facts, path->chain[i + 1], NULL, &key) == MH_OK) {
            state = sg_algo_issued(ctx->policy, &alg, key, sig->best_time);
            sg_algo_name(&alg, key, name, sizeof(name));
        }
        weigh(w, state, name);
    }
}

/* Algorithms of signature, references and certificates (5.2.8). */
static void
check_algorithms(
    struct sg_ctx *ctx, struct sg_sig *sig, const struct sg_path *path)
{
    struct weakest w = {.state = SG_ALGO_GOOD};
    const char *what;
    char name[96];

    sg_algo_name(&sig->dsig.alg, sig->key, name, sizeof(name));
    weigh(&w,
        sg_algo_signature(
            ctx->policy, &sig->dsig.alg, sig->key, sig->best_time),
        name);
    for (size_t i = 0; i < sig->dsig.refs; i++)
        weigh(&w, sg_algo_digest(sig->dsig.ref[i].alg, sig->best_time),
            mh_digest_name(sig->dsig.ref[i].alg));
    weigh_path(ctx, sig, path, &w);
    what = sg_clean_str(ctx->arena, w.name);
    if (w.state >= SG_ALGO_EXPIRED)
        sg_sig_fail(sig, MH_F_ALGORITHM_EXPIRED,
            sig->proven ? MH_CRYPTO_CONSTRAINTS_FAILURE
                        : MH_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
            what);
    else if (w.state == SG_ALGO_OLD)
        sg_out_add(&sig->out, MH_F_ALGORITHM_WEAK, MH_WARNING, what);
    else if (sg_algo_signature(ctx->policy, &sig->dsig.alg, sig->key,
                 ctx->now) != SG_ALGO_GOOD)
        sg_out_add(&sig->out, MH_F_ALGORITHM_WEAK, MH_WARNING,
            sg_clean_str(ctx->arena, name));
}

/*
 * The answer that carries a time-mark must itself be a usable one about this
 * certificate: only then is its time a proof.
 */
static enum mh_code
check_mark(struct sg_ctx *ctx, struct sg_sig *sig, const struct sg_path *path,
    struct mh_err *err)
{
    struct sg_status_input in = {.cert = sig->cert,
        .issuer = sg_path_issuer(path, 0),
        .pool = ctx->pool,
        .trust = ctx->trust,
        .anchor = path->anchor == NULL ? NULL : path->anchor->cert,
        .facts = ctx->facts,
        .arena = ctx->arena,
        .time = MH_TIME_NONE};
    struct sg_status st = {.kind = SG_STATUS_NONE};
    enum mh_code code = MH_OK;

    if (!sig->marked)
        return MH_OK;
    if (in.issuer != NULL)
        code = sg_ocsp_check(sig->mark, &in, err, &st);
    if (code == MH_OK && st.kind != SG_STATUS_GOOD &&
        st.kind != SG_STATUS_REVOKED && st.kind != SG_STATUS_ON_HOLD) {
        sig->proven = false;
        sg_sig_fail(sig, MH_F_TIMEMARK_MISMATCH, MH_NO_POE,
            "the answer that carries it cannot be used");
    }
    return code;
}

enum mh_code
sg_sig_trust(struct sg_ctx *ctx, struct sg_sig *sig, struct mh_err *err)
{
    struct sg_path_input in = {.leaf = sig->cert,
        .pool = ctx->pool,
        .trust = ctx->trust,
        .facts = ctx->facts,
        .arena = ctx->arena,
        .purpose = SG_FOR_SIGNER,
        .time = sig->best_time,
        .service_time = MH_TIME_NONE,
        .lenient_form = !ctx->policy->strict};
    struct sg_path path;
    enum mh_code code;
    bool fits;

    (void)in_bounds(sig); /* its finding stands beside what follows */
    code = sg_path_find(&in, err, &path);
    if (code != MH_OK)
        return code;
    if (path.code == SG_PATH_OK)
        sg_gather_path(ctx->gather, &path);
    else if (path.code == SG_PATH_NO_CHAIN)
        sg_gather_issuer(ctx->gather, &path);
    if (path.code != SG_PATH_OK) {
        if (path.at != 0 || path.code < SG_PATH_NOT_YET_VALID)
            sg_sig_fail(sig, finding_of_path(&path), sub_of_path(path.code),
                sg_clean_str(ctx->arena, path.text));
        else if (sig->dsig.sub == MH_SUB_NONE)
            sg_sig_fail(sig, MH_F_CERTIFICATE_EXPIRED, MH_OUT_OF_BOUNDS_NO_POE,
                sg_clean_str(ctx->arena, path.text));
        return MH_OK;
    }
    code = sg_signing_cert_chain(&sig->xades, &path, &sig->out, err, &fits);
    if (!fits && sig->dsig.sub == MH_SUB_NONE)
        sig->dsig.sub = MH_CHAIN_CONSTRAINTS_FAILURE;
    if (code == MH_OK)
        code = check_mark(ctx, sig, &path, err);
    sig->complete = true;
    for (size_t n = 0; n + 1 < path.count && code == MH_OK; n++)
        code = check_revocation(ctx, sig, &path, n, err);
    if (code == MH_OK)
        check_algorithms(ctx, sig, &path);
    return code;
}
