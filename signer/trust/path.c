#include "signer/trust/path.h"

#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/trust/name.h"
#include "signer/trust/policy.h"

#define ANCHORS_MAX 32U /* anchors of one name; lists repeat a CA's name */

/* Breaks of RFC 5280 in form that a strict path does not tolerate. */
#define LINT_STRICT                                                            \
    (SG_LINT_NC_NOT_CRITICAL | SG_LINT_PC_NOT_CRITICAL |                       \
        SG_LINT_IAP_NOT_CRITICAL | SG_LINT_NC_SYNTAX | SG_LINT_SAN_SYNTAX |    \
        SG_LINT_AKI_CRITICAL | SG_LINT_EXT_VERSION | SG_LINT_PATHLEN |         \
        SG_LINT_EMPTY_NAME | SG_LINT_KU_EMPTY | SG_LINT_NO_SUBJECT |           \
        SG_LINT_KU_CERT_SIGN | SG_LINT_NO_SKI)

struct search {
    const struct sg_path_input *in;
    struct mh_err *err;
    enum mh_code rc; /* not MH_OK: the search is over */
    unsigned tries;
    size_t depth; /* index of the last certificate of the chain */
    const struct sg_cert *chain[MH_PATH_DEPTH_MAX + 2];
    struct sg_path best;
    bool have; /* best holds something */
};

struct verdict {
    enum sg_path_code code;
    const char *text;
    size_t at;
};

static int
finding_of(enum sg_path_code code)
{
    switch (code) {
    case SG_PATH_NO_CHAIN:
    case SG_PATH_LIMIT:
    case SG_PATH_SIGNATURE: /* another of that name is no issuer */
        return MH_F_CHAIN_NOT_FOUND;
    case SG_PATH_KEY:
        return MH_F_ALGORITHM_UNKNOWN;
    case SG_PATH_SERVICE:
        return MH_F_SERVICE_STATUS;
    case SG_PATH_NOT_YET_VALID:
        return MH_F_CERTIFICATE_NOT_YET_VALID;
    case SG_PATH_EXPIRED:
        return MH_F_CERTIFICATE_EXPIRED;
    case SG_PATH_OK:
        return MH_FINDING_NONE;
    case SG_PATH_CRITICAL:
    case SG_PATH_FORM:
    case SG_PATH_CA:
    case SG_PATH_LENGTH:
    case SG_PATH_NAMES:
    case SG_PATH_POLICY:
        break;
    }
    return MH_F_CHAIN_INVALID;
}

const char *
sg_path_code_name(enum sg_path_code code)
{
    static const char *const names[] = {[SG_PATH_NO_CHAIN] = "chain-not-found",
        [SG_PATH_LIMIT] = "path-limit",
        [SG_PATH_SIGNATURE] = "path-signature",
        [SG_PATH_KEY] = "path-algorithm",
        [SG_PATH_CRITICAL] = "path-critical-extension",
        [SG_PATH_FORM] = "path-form",
        [SG_PATH_CA] = "path-not-a-ca",
        [SG_PATH_LENGTH] = "path-length",
        [SG_PATH_NAMES] = "path-name-constraints",
        [SG_PATH_POLICY] = "path-policy",
        [SG_PATH_SERVICE] = "service-status",
        [SG_PATH_NOT_YET_VALID] = "certificate-not-yet-valid",
        [SG_PATH_EXPIRED] = "certificate-expired",
        [SG_PATH_OK] = "ok"};

    return names[code];
}

const struct sg_cert *
sg_path_issuer(const struct sg_path *path, size_t n)
{
    return n + 1 < path->count ? path->chain[n + 1] : NULL;
}

/* Keeps a result if it is better than what was found before. */
static void
offer(struct search *s, const struct verdict *v, const struct sg_anchor *anchor)
{
    struct sg_path *b = &s->best;

    if (s->have &&
        (b->code > v->code ||
            (b->code == v->code && (b->anchor != NULL || anchor == NULL))))
        return;
    s->have = true;
    *b = (struct sg_path){.code = v->code,
        .finding = finding_of(v->code),
        .text = v->text,
        .at = v->at,
        .anchor = anchor,
        .count = s->depth + 1};
    for (size_t i = 0; i < b->count; i++)
        b->chain[i] = s->chain[i];
    if (anchor != NULL && !sg_cert_same(b->chain[s->depth], anchor->cert))
        b->chain[b->count++] = anchor->cert;
}

static void
fail(struct verdict *v, enum sg_path_code code, const char *text, size_t at)
{
    if (v->code == SG_PATH_OK)
        *v = (struct verdict){code, text, at};
}

/* Which anchors may stand above a certificate, or be it. */
static unsigned
issuer_kinds(enum sg_purpose purpose)
{
    switch (purpose) {
    case SG_FOR_TSA:
        return SG_KIND_CA | SG_KIND_TSA;
    case SG_FOR_OCSP:
        return SG_KIND_CA | SG_KIND_OCSP;
    case SG_FOR_SIGNER:
    case SG_FOR_CRL:
        break;
    }
    return SG_KIND_CA;
}

static unsigned
own_kinds(enum sg_purpose purpose)
{
    switch (purpose) {
    case SG_FOR_TSA:
        return SG_KIND_LEAF | SG_KIND_TSA;
    case SG_FOR_OCSP:
        return SG_KIND_LEAF | SG_KIND_OCSP;
    case SG_FOR_SIGNER:
    case SG_FOR_CRL:
        break;
    }
    return SG_KIND_LEAF;
}

static void
check_form(
    struct search *s, const struct sg_cert *c, struct verdict *v, size_t at)
{
    if (c->unknown_critical)
        fail(
            v, SG_PATH_CRITICAL, "certificate: unknown critical extension", at);
    if (!s->in->lenient_form && (c->lint & LINT_STRICT) != 0)
        fail(v, SG_PATH_FORM, "certificate: breaks a rule of RFC 5280 4", at);
}

/* A certificate given directly answers for its own extensions (RFC 5937). */
static bool
is_direct(const struct sg_anchor *a)
{
    return (a->kinds & SG_KIND_LEAF) != 0;
}

struct state {
    struct sg_constraints nc;
    struct sg_policy policy;
    uint64_t max_length;
};

static void
begin(struct search *s, const struct sg_anchor *a, struct state *st,
    struct verdict *v)
{
    const struct sg_cert *c = a->cert;
    size_t at = s->depth + 1;

    st->nc.count = 0;
    st->max_length = MH_PATH_DEPTH_MAX;
    sg_policy_init(&st->policy, s->in, s->depth + 1);
    if ((c->has_bc && !c->ca) ||
        (c->version == 3 && !c->has_bc && !c->self_issued) ||
        (c->has_ku && (c->ku & SG_KU_CERT_SIGN) == 0))
        fail(v, SG_PATH_CA, "anchor: may not sign certificates", at);
    if (!is_direct(a))
        return;
    check_form(s, c, v, at);
    if (!s->in->lenient_form && (c->lint & SG_LINT_BC_NOT_CRITICAL) != 0)
        fail(v, SG_PATH_FORM, "anchor: basicConstraints not critical", at);
    /* 4.2.1.1: only a self-signed one may do without. */
    if (!s->in->lenient_form && (c->lint & SG_LINT_NO_AKI) != 0 &&
        !c->self_issued)
        fail(v, SG_PATH_FORM, "anchor: no authority key identifier", at);
    if (c->path_len >= 0)
        st->max_length = (uint64_t)c->path_len;
    if (!sg_constraints_add(&st->nc, c))
        fail(v, SG_PATH_NAMES, "anchor: malformed name constraints", at);
}

/* RFC 5280 6.1.4: a CA below the anchor. */
static void
prepare_next(
    const struct sg_cert *c, struct state *st, struct verdict *v, size_t at)
{
    if (!sg_policy_next(&st->policy, c))
        fail(v, SG_PATH_POLICY, "policies: mapping not allowed", at);
    if (!sg_constraints_add(&st->nc, c))
        fail(v, SG_PATH_NAMES, "issuer: malformed name constraints", at);
    if (c->version != 3 || !c->has_bc || !c->ca)
        fail(v, SG_PATH_CA, "issuer: not a CA", at);
    if (c->has_ku && (c->ku & SG_KU_CERT_SIGN) == 0)
        fail(v, SG_PATH_CA, "issuer: may not sign certificates", at);
    if (!c->self_issued) {
        if (st->max_length == 0)
            fail(v, SG_PATH_LENGTH, "path: longer than a CA allows", at);
        else
            st->max_length--;
    }
    if (c->path_len >= 0 && (uint64_t)c->path_len < st->max_length)
        st->max_length = (uint64_t)c->path_len;
}

/* RFC 5280 6.1.3 (b) to (f) and what follows, for the certificate at. */
static void
step(struct search *s, struct state *st, struct verdict *v, size_t at)
{
    const struct sg_cert *c = s->chain[at];

    check_form(s, c, v, at);
    if (!s->in->lenient_form && (c->lint & SG_LINT_NO_AKI) != 0)
        fail(v, SG_PATH_FORM, "certificate: no authority key identifier", at);
    if (at == 0 || !c->self_issued) {
        enum sg_nc_result r = sg_constraints_check(&st->nc, c, s->in->arena);

        if (r != SG_NC_OK)
            fail(v, SG_PATH_NAMES,
                r == SG_NC_VIOLATED ? "name: outside the name constraints"
                                    : "name: cannot be compared",
                at);
    }
    if (!sg_policy_step(&st->policy, c, at == 0))
        fail(v, SG_PATH_POLICY, "policies: none is valid", at);
    if (at > 0)
        prepare_next(c, st, v, at);
    else if (!sg_policy_end(&st->policy, c))
        fail(v, SG_PATH_POLICY, "policies: none of those asked for", at);
}

static void
check_time(const struct sg_cert *c, int64_t time, struct verdict *v, size_t at)
{
    if (time < c->not_before)
        fail(v, SG_PATH_NOT_YET_VALID, "certificate: not yet valid", at);
    if (time > c->not_after)
        fail(v, SG_PATH_EXPIRED, "certificate: expired", at);
}

static int64_t
service_time(const struct sg_path_input *in)
{
    return in->service_time == MH_TIME_NONE ? in->time : in->service_time;
}

/* The status of the anchor, then the times: leaf first. */
static void
check_when(struct search *s, const struct sg_anchor *a, size_t count,
    struct verdict *v)
{
    if (!sg_anchor_granted(a, service_time(s->in)))
        fail(v, SG_PATH_SERVICE, "anchor: service not granted at that time",
            s->depth + 1);
    for (size_t i = 0; i < count; i++)
        check_time(s->chain[i], s->in->time, v, i);
    if (is_direct(a))
        check_time(a->cert, s->in->time, v, s->depth + 1);
}

/* chain[0..depth] hangs below the anchor; returns whether it is valid. */
static bool
validate(struct search *s, const struct sg_anchor *a)
{
    struct verdict v = {SG_PATH_OK, "path: valid", 0};
    struct state st;

    begin(s, a, &st, &v);
    for (size_t i = s->depth + 1; i > 0; i--)
        step(s, &st, &v, i - 1);
    check_when(s, a, s->depth + 1, &v);
    offer(s, &v, a);
    return v.code == SG_PATH_OK;
}

/* Whether the last certificate is signed by this one; counts the try. */
static bool
links(struct search *s, const struct sg_cert *issuer)
{
    struct verdict v = {
        SG_PATH_SIGNATURE, "certificate: not signed by its issuer", s->depth};
    enum sg_verdict sig;

    if (s->tries == MH_PATH_TRIES_MAX) {
        v = (struct verdict){SG_PATH_LIMIT, "path: search given up", s->depth};
        offer(s, &v, NULL);
        return false;
    }
    s->tries++;
    s->rc = sg_facts_signed_by(
        s->in->facts, s->chain[s->depth], issuer, s->err, &sig);
    if (s->rc != MH_OK)
        return false;
    if (sig == SG_SIG_GOOD)
        return true;
    if (sig == SG_SIG_KEY)
        v = (struct verdict){
            SG_PATH_KEY, "certificate: algorithm or key refused", s->depth};
    offer(s, &v, NULL);
    return false;
}

/* True: a valid path was found, or the search must end. */
static bool
try_anchors(struct search *s)
{
    const struct sg_anchor *found[ANCHORS_MAX];
    const struct sg_cert *last = s->chain[s->depth];
    size_t n =
        sg_trust_by_subject(s->in->trust, &last->issuer, found, ANCHORS_MAX);

    for (size_t i = 0; i < n; i++) {
        if ((found[i]->kinds & issuer_kinds(s->in->purpose)) == 0 ||
            sg_cert_same(found[i]->cert, last))
            continue;
        if (links(s, found[i]->cert) && validate(s, found[i]))
            return true;
        if (s->rc != MH_OK)
            return true;
    }
    return false;
}

static bool
in_chain(const struct search *s, const struct sg_cert *c)
{
    for (size_t i = 0; i <= s->depth; i++)
        if (sg_cert_same(s->chain[i], c))
            return true;
    return false;
}

/* Key identifiers are a hint: those that agree are tried first. */
static bool
ids_agree(const struct sg_cert *c, const struct sg_cert *issuer)
{
    return c->aki_key.len == 0 || issuer->ski.len == 0 ||
           mh_span_eq(c->aki_key, issuer->ski);
}

/* Bounded by MH_PATH_DEPTH_MAX and, in all, by MH_PATH_TRIES_MAX. */
static bool
extend(struct search *s) /* NOLINT(misc-no-recursion) */
{
    const struct sg_cert *last = s->chain[s->depth];

    if (try_anchors(s))
        return true;
    if (s->depth + 1 == MH_PATH_DEPTH_MAX || s->in->pool == NULL)
        return false;
    for (int pass = 0; pass < 2; pass++) {
        const struct sg_cert *c;
        size_t pos = 0;

        while ((c = sg_pool_by_subject(s->in->pool, &last->issuer, &pos)) !=
               NULL) {
            if (in_chain(s, c) || ids_agree(last, c) != (pass == 0))
                continue;
            if (links(s, c)) {
                s->chain[++s->depth] = c;
                if (extend(s))
                    return true;
                s->depth--;
            }
            if (s->rc != MH_OK || s->tries == MH_PATH_TRIES_MAX)
                return s->rc != MH_OK;
        }
    }
    return false;
}

/* The leaf is itself what the operator or a list trusts. */
static bool
try_leaf(struct search *s)
{
    const struct sg_anchor *found[ANCHORS_MAX];
    size_t n = sg_trust_by_sha256(
        s->in->trust, s->in->leaf->sha256, found, ANCHORS_MAX);

    for (size_t i = 0; i < n; i++) {
        struct verdict v = {SG_PATH_OK, "path: valid", 0};

        if ((found[i]->kinds & own_kinds(s->in->purpose)) == 0)
            continue;
        check_form(s, s->in->leaf, &v, 0);
        if (!sg_anchor_granted(found[i], service_time(s->in)))
            fail(&v, SG_PATH_SERVICE,
                "anchor: service not granted at that time", 0);
        check_time(s->in->leaf, s->in->time, &v, 0);
        offer(s, &v, found[i]);
        if (v.code == SG_PATH_OK)
            return true;
    }
    return false;
}

enum mh_code
sg_path_find(
    const struct sg_path_input *in, struct mh_err *err, struct sg_path *out)
{
    struct search s = {.in = in, .err = err};
    struct verdict none = {
        SG_PATH_NO_CHAIN, "path: no trusted authority was reached", 0};

    s.chain[0] = in->leaf;
    offer(&s, &none, NULL);
    if (!try_leaf(&s))
        (void)extend(&s); /* the outcome is in s */
    if (s.rc != MH_OK)
        return s.rc;
    *out = s.best;
    return MH_OK;
}
