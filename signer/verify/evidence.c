#include "signer/verify/evidence.h"

#include "base/limits.h"
#include "base/num.h"
#include "base/time.h"
#include "signer/policy/algo.h"
#include "signer/trust/name.h"

enum {
    CRLS_MAX = MH_CERTS_MAX,
    OCSPS_MAX = 256,
    /* Seconds that a responder's clock may be ahead: what was fetched a moment
       ago is not from the future. */
    AHEAD_MAX = 300,
};

/* MH_ENOMEM stops the work; any other failure only loses this value. */
static enum mh_code
lost_value(struct sg_out *out, enum mh_code code, const struct mh_err *err,
    enum mh_finding_code fallback)
{
    if (code == MH_ENOMEM || code == MH_EINTERNAL)
        return code;
    sg_out_err(out, err, fallback, MH_WARNING);
    return MH_OK;
}

enum mh_code
sg_evidence_add_ocsp(struct sg_ctx *ctx, struct sg_evidence *ev,
    struct mh_span der, struct sg_out *out, struct mh_err *err)
{
    struct sg_evidence_ocsp *n;
    struct sg_ocsp *ocsp;
    enum mh_code code = sg_ocsp_parse(der, ctx->arena, err, &ocsp);

    if (code != MH_OK)
        return lost_value(out, code, err, MH_F_OCSP_INVALID);
    if (ev->ocsp_count == OCSPS_MAX) {
        sg_out_add(out, MH_F_LIMIT, MH_WARNING, "OCSP");
        return MH_OK;
    }
    n = mh_arena_alloc(ctx->arena, sizeof(*n));
    if (n == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "evidence: no memory");
    *n = (struct sg_evidence_ocsp){ev->ocsps, ocsp};
    ev->ocsps = n;
    ev->ocsp_count++;
    return sg_ocsp_certs(ocsp, ctx->pool, err);
}

enum mh_code
sg_evidence_add_crl(struct sg_ctx *ctx, struct sg_evidence *ev,
    struct mh_span der, struct sg_out *out, struct mh_err *err)
{
    struct sg_crl *crl;
    size_t at;
    enum mh_code code = sg_crl_parse(der, ctx->arena, err, &crl);

    if (code != MH_OK)
        return lost_value(out, code, err, MH_F_CRL_INVALID);
    if (ev->crls == ev->crl_cap) {
        sg_out_add(out, MH_F_LIMIT, MH_WARNING, "CRL");
        return MH_OK;
    }
    /* Newest first among its own kind. */
    at = ev->crls++;
    for (; at > ev->outside_crls &&
           ev->crl[at - 1]->this_update < crl->this_update;
         at--)
        ev->crl[at] = ev->crl[at - 1];
    ev->crl[at] = crl;
    return MH_OK;
}

enum mh_code
sg_evidence_init(struct sg_ctx *ctx, struct sg_out *out, struct mh_err *err,
    struct sg_evidence *ev)
{
    const struct mh_material *m = ctx->material;
    enum mh_code code = MH_OK;

    *ev = (struct sg_evidence){.crl_cap = CRLS_MAX};
    ev->crl = mh_arena_array(ctx->arena, ev->crl_cap, sizeof(struct sg_crl *));
    if (ev->crl == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "evidence: no memory");
    for (size_t i = 0; m != NULL && i < m->ocsps && code == MH_OK; i++)
        code = sg_evidence_add_ocsp(ctx, ev, m->ocsp[i], out, err);
    for (size_t i = 0; m != NULL && i < m->crls && code == MH_OK; i++)
        code = sg_evidence_add_crl(ctx, ev, m->crl[i], out, err);
    ev->outside_ocsps = ev->ocsp_count;
    ev->outside_crls = ev->crls;
    return code;
}

/* Whether the one who signed the answer may be believed on its algorithm. */
static bool
algorithm_fits(
    struct sg_ctx *ctx, const struct sg_status *st, struct sg_out *out)
{
    enum sg_algo_state state;
    const struct sg_key *key;
    char name[96];

    if (st->signer == NULL ||
        sg_facts_key(ctx->facts, st->signer, NULL, &key) != MH_OK)
        return false;
    state = sg_algo_issued(ctx->policy, &st->sigalg, key, st->produced_at);
    if (state == SG_ALGO_GOOD)
        return true;
    sg_algo_name(&st->sigalg, key, name, sizeof(name));
    sg_out_add(out,
        state == SG_ALGO_OLD ? MH_F_ALGORITHM_WEAK : MH_F_ALGORITHM_EXPIRED,
        MH_WARNING, sg_clean_str(ctx->arena, name));
    return state == SG_ALGO_OLD;
}

/* How long after its issue an answer speaks for a time without proof. */
static bool
is_fresh(const struct sg_ctx *ctx, const struct sg_status *st, int64_t time)
{
    int64_t limit;

    if (st->produced_at >= time)
        return true;
    if (ctx->policy->revocation_span > 0 &&
        ctx->policy->revocation_span <= INT32_MAX)
        return mh_add_i64(st->produced_at,
                   (int64_t)ctx->policy->revocation_span, &limit) &&
               time <= limit;
    if (st->next_update == MH_TIME_NONE || st->next_update < st->this_update)
        return false;
    return mh_add_i64(
               st->produced_at, st->next_update - st->this_update, &limit) &&
           time <= limit;
}

/* How an answer is to be taken. */
struct manner {
    bool list;    /* a CRL, else a responder's answer */
    bool outside; /* it was fetched just now */
};

static bool
is_future(const struct sg_ctx *ctx, const struct sg_status *st,
    const struct manner *how)
{
    int64_t ahead = how->outside ? AHEAD_MAX : 0;

    return st->produced_at - ahead > ctx->now ||
           st->this_update - ahead > ctx->now;
}

static void
take_good(const struct sg_ctx *ctx, const struct sg_question *q,
    const struct sg_status *st, const struct manner *how, struct sg_answer *a)
{
    bool early = q->proven && st->produced_at < q->time;

    /* Nothing that happened after "now" can be known now; and after a
       certificate's end its issuer may have forgotten it (RFC 6960 4.4.4). */
    if (is_future(ctx, st, how) ||
        (st->this_update > q->cert->not_after &&
            (st->archive_cutoff == MH_TIME_NONE ||
                st->archive_cutoff > q->cert->not_after))) {
        a->stale = true;
        return;
    }
    if (early && !(how->list && q->ca && is_fresh(ctx, st, q->time))) {
        a->before = true;
        return;
    }
    if (!q->proven && !is_fresh(ctx, st, q->time)) {
        a->stale = true;
        return;
    }
    if (!a->good || st->produced_at < a->issued_at)
        a->issued_at = st->produced_at;
    a->good = true;
    a->known = a->known || !how->list;
}

/*
 * A revocation at or before the time counts whenever it was said.  That one
 * came later shows the certificate was good at the time only where whoever
 * said so could know: not before that time, and not after "now".
 */
static void
take_revoked(const struct sg_ctx *ctx, const struct sg_question *q,
    const struct sg_status *st, const struct manner *how, struct sg_answer *a)
{
    if (a->revoked_at == MH_TIME_NONE || st->revoked_at < a->revoked_at) {
        a->revoked_at = st->revoked_at;
        a->on_hold = st->kind == SG_STATUS_ON_HOLD;
        a->reason = st->reason;
    }
    if (st->revoked_at <= q->time)
        a->revoked = true;
    else if (is_future(ctx, st, how))
        a->stale = true;
    else if (st->produced_at < q->time)
        *(q->proven ? &a->before : &a->stale) = true;
    else
        a->later = true;
}

/* A question on its way through the answers. */
struct asking {
    struct sg_ctx *ctx;
    const struct sg_evidence *ev;
    const struct sg_question *q;
    struct sg_out *out;
    struct sg_answer *answer;
    bool outside; /* what is asked now was fetched */
};

static void
take_status(const struct asking *k, const struct sg_status *st, bool list)
{
    struct manner how = {list, k->outside};

    switch (st->kind) {
    case SG_STATUS_GOOD:
        take_good(k->ctx, k->q, st, &how, k->answer);
        break;
    case SG_STATUS_REVOKED:
    case SG_STATUS_ON_HOLD:
        take_revoked(k->ctx, k->q, st, &how, k->answer);
        break;
    case SG_STATUS_UNKNOWN:
        k->answer->unknown = true;
        break;
    case SG_STATUS_NONE:
        sg_out_add(k->out,
            st->finding > 0 && st->finding < MH_FINDING_CODES
                ? (enum mh_finding_code)st->finding
                : MH_F_OCSP_INVALID,
            MH_WARNING, sg_clean_str(k->ctx->arena, st->text));
        break;
    case SG_STATUS_OTHER:
        break;
    }
}

/* What a check of the status of cert needs, as the question has it. */
static struct sg_status_input
input_of(const struct asking *k, const struct sg_cert *cert)
{
    return (struct sg_status_input){.cert = cert,
        .issuer = k->q->issuer,
        .pool = k->ctx->pool,
        .trust = k->ctx->trust,
        .anchor = k->q->anchor,
        .facts = k->ctx->facts,
        .arena = k->ctx->arena,
        .time = MH_TIME_NONE};
}

/*
 * A delegated responder that does not carry ocsp-nocheck must itself be
 * shown not revoked, by a list of its issuer (RFC 6960 4.2.2.2.1).
 */
static enum mh_code
check_responder(const struct asking *k, const struct sg_status *st,
    struct mh_err *err, bool *usable)
{
    struct sg_status_input in = input_of(k, st->signer);
    struct sg_status own;
    enum mh_code code;

    *usable = true;
    if (!st->delegated || st->nocheck || st->listed || st->by_issuer)
        return MH_OK;
    code = sg_crl_check(k->ev->crl, k->ev->crls, &in, err, &own);
    if (code != MH_OK)
        return code;
    if (own.kind == SG_STATUS_REVOKED || own.kind == SG_STATUS_ON_HOLD) {
        *usable = false;
        sg_out_add(k->out, MH_F_OCSP_RESPONDER, MH_WARNING,
            "the responder is revoked");
    } else if (own.kind != SG_STATUS_GOOD) {
        sg_strict_rule(k->ctx, k->out, MH_F_OCSP_RESPONDER,
            "the responder's own status is not shown");
    }
    return MH_OK;
}

static enum mh_code
ask_ocsp(const struct asking *k, const struct sg_ocsp *ocsp, struct mh_err *err)
{
    struct sg_status_input in = input_of(k, k->q->cert);
    struct sg_status st;
    enum mh_code code = sg_ocsp_check(ocsp, &in, err, &st);
    bool usable = true;

    if (code != MH_OK || st.kind == SG_STATUS_OTHER)
        return code;
    if (st.kind != SG_STATUS_NONE) {
        if (!algorithm_fits(k->ctx, &st, k->out))
            return MH_OK;
        code = check_responder(k, &st, err, &usable);
    }
    if (code == MH_OK && usable)
        take_status(k, &st, false);
    return code;
}

static enum mh_code
ask_lists(const struct asking *k, size_t from, bool again, struct mh_err *err)
{
    struct sg_status_input in = input_of(k, k->q->cert);
    struct sg_status st;
    enum mh_code code =
        sg_crl_check(k->ev->crl + from, k->ev->crls - from, &in, err, &st);

    if (code != MH_OK || (again && st.kind == SG_STATUS_NONE))
        return code; /* what is wrong has been said */
    if (st.kind != SG_STATUS_NONE && st.kind != SG_STATUS_OTHER) {
        if (!algorithm_fits(k->ctx, &st, k->out))
            return MH_OK;
        if (!st.by_issuer)
            sg_strict_rule(k->ctx, k->out, MH_F_CRL_INVALID,
                "the status of the list's own signer is not shown");
    }
    take_status(k, &st, true);
    return MH_OK;
}

/*
 * What a check finds first is enough for it; so each list that may speak of
 * the certificate is once the first: a revocation in any of them counts.
 */
static enum mh_code
ask_crls(const struct asking *k, size_t from, struct mh_err *err)
{
    const struct sg_name *issuer = &k->q->cert->issuer;
    enum mh_code code = ask_lists(k, from, false, err);
    bool first = true;

    for (size_t i = from; i < k->ev->crls && code == MH_OK; i++) {
        const struct sg_crl *crl = k->ev->crl[i];

        if (!crl->indirect && !sg_name_eq(&crl->issuer, issuer))
            continue;
        if (!first) /* the first of them has spoken already */
            code = ask_lists(k, i, true, err);
        first = false;
    }
    return code;
}

enum mh_code
sg_evidence_ask(struct sg_ctx *ctx, const struct sg_evidence *ev,
    const struct sg_question *q, struct sg_out *out, struct mh_err *err,
    struct sg_answer *answer)
{
    struct asking k = {ctx, ev, q, out, answer, false};
    const struct sg_evidence_ocsp *o = ev->ocsps;
    enum mh_code code = MH_OK;

    *answer = (struct sg_answer){.revoked_at = MH_TIME_NONE,
        .reason = SG_REASON_NONE,
        .issued_at = MH_TIME_NONE};
    /* The document's own first: newest first, those from outside are last. */
    for (size_t n = ev->outside_ocsps; n < ev->ocsp_count && code == MH_OK;
         n++, o = o->next)
        code = ask_ocsp(&k, o->ocsp, err);
    if (code == MH_OK && ev->crls > ev->outside_crls)
        code = ask_crls(&k, ev->outside_crls, err);
    answer->inside = answer->good;
    k.outside = true;
    for (; o != NULL && code == MH_OK; o = o->next)
        code = ask_ocsp(&k, o->ocsp, err);
    /* Lists may complete each other, so all of them are asked together. */
    return code == MH_OK && ev->outside_crls > 0 ? ask_crls(&k, 0, err) : code;
}
