#include "signer/trust/ocsp.h"

#include "base/limits.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/trust/certext.h"
#include "signer/trust/name.h"
#include "signer/trust/oid.h"

#define SINGLES_MAX 1000U /* answers of one response; usual is one */
#define SKEW        300   /* seconds that a responder's clocks may differ */

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail_finding(
        err, MH_EFORMAT, MH_F_OCSP_INVALID, MH_NO_OFFSET, "ocsp: %s", what);
}

static enum mh_code
memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "ocsp: memory");
}

static bool
read_time(struct df_der *d, int64_t *out)
{
    return df_der_gentime(df_der_get(d, DF_GENERALIZED_TIME), out);
}

/* The BasicOCSPResponse inside an OCSPResponse, or the input itself. */
static enum mh_code
find_basic(struct mh_span der, struct mh_err *err, struct mh_span *basic)
{
    struct df_der all = df_der_from(der);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE), in;
    struct mh_span status, bytes, oid;
    uint64_t n;

    if (!df_der_done(&all))
        return bad(err, "not one DER value");
    if (df_der_peek(&d) != DF_ENUMERATED) {
        *basic = der;
        return MH_OK;
    }
    status = df_der_get(&d, DF_ENUMERATED);
    if (!df_der_uint(status, &n))
        return bad(err, "malformed status");
    if (n != 0)
        return bad(err, "response status is not successful");
    in = df_der_enter(&d, DF_CONTEXT_CONS(0));
    bytes = df_der_get(&in, DF_SEQUENCE);
    if (!df_der_done(&in) || !df_der_done(&d))
        return bad(err, "malformed response");
    in = df_der_from(bytes);
    oid = df_der_get(&in, DF_OID);
    *basic = df_der_get(&in, DF_OCTET_STRING);
    if (!df_der_done(&in))
        return bad(err, "malformed response bytes");
    if (!mh_span_eq(oid, SG_OID_OCSP_BASIC))
        return mh_fail_finding(err, MH_EUNSUP, MH_F_OCSP_INVALID, MH_NO_OFFSET,
            "ocsp: unknown kind of response");
    return MH_OK;
}

static bool
read_cert_id(struct df_der *d, struct sg_ocsp_single *s)
{
    struct df_der id = df_der_enter(d, DF_SEQUENCE);
    struct sg_algid alg;

    if (!sg_algid_read(&id, &alg))
        return false;
    s->hash_alg = sg_digest_from_algid(&alg);
    s->name_hash = df_der_get(&id, DF_OCTET_STRING);
    s->key_hash = df_der_get(&id, DF_OCTET_STRING);
    s->serial = df_der_get(&id, DF_INTEGER);
    return df_der_done(&id) && df_der_integer_valid(s->serial);
}

static bool
read_revoked(struct mh_span body, struct sg_ocsp_single *s)
{
    struct df_der d = df_der_from(body);
    uint64_t reason;

    s->kind = SG_STATUS_REVOKED;
    if (!read_time(&d, &s->revoked_at))
        return false;
    if (df_der_more(&d)) {
        struct df_der r = df_der_enter(&d, DF_CONTEXT_CONS(0));

        if (!df_der_uint(df_der_get(&r, DF_ENUMERATED), &reason) ||
            !df_der_done(&r) || reason > 10)
            return false;
        s->reason = (int)reason;
        if (s->reason == SG_REASON_HOLD)
            s->kind = SG_STATUS_ON_HOLD;
    }
    return df_der_done(&d);
}

static bool
read_status(struct df_der *d, struct sg_ocsp_single *s)
{
    struct df_tlv t;

    if (!df_der_any(d, &t))
        return false;
    switch (t.tag) {
    case DF_CONTEXT(0):
        s->kind = SG_STATUS_GOOD;
        return t.body.len == 0;
    case DF_CONTEXT_CONS(1):
        return read_revoked(t.body, s);
    case DF_CONTEXT(2):
        s->kind = SG_STATUS_UNKNOWN;
        return t.body.len == 0;
    default:
        return false;
    }
}

static bool
read_single_ext(struct mh_span body, struct sg_ocsp_single *s)
{
    struct df_der all = df_der_from(body);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct sg_extension e;

    while (df_der_more(&d)) {
        if (!sg_extension_read(&d, &e))
            return false;
        if (mh_span_eq(e.oid, SG_OID_OCSP_CUTOFF)) {
            struct df_der v = df_der_from(e.value);

            if (!read_time(&v, &s->archive_cutoff) || !df_der_done(&v))
                return false;
        } else if (e.critical) {
            s->unknown_critical = true;
        }
    }
    return df_der_done(&d) && df_der_done(&all);
}

static bool
read_single(struct df_der *list, struct sg_ocsp_single *s)
{
    struct df_der d = df_der_enter(list, DF_SEQUENCE);
    struct mh_span ext;

    *s = (struct sg_ocsp_single){.revoked_at = MH_TIME_NONE,
        .next_update = MH_TIME_NONE,
        .archive_cutoff = MH_TIME_NONE,
        .reason = SG_REASON_NONE};
    if (!read_cert_id(&d, s) || !read_status(&d, s) ||
        !read_time(&d, &s->this_update))
        return false;
    if (df_der_peek(&d) == DF_CONTEXT_CONS(0)) {
        struct df_der n = df_der_enter(&d, DF_CONTEXT_CONS(0));

        if (!read_time(&n, &s->next_update) || !df_der_done(&n))
            return false;
    }
    if (df_der_opt(&d, DF_CONTEXT_CONS(1), &ext) && !read_single_ext(ext, s))
        return false;
    return df_der_done(&d);
}

static bool
read_extensions(struct mh_span body, struct sg_ocsp *o)
{
    struct df_der all = df_der_from(body);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct sg_extension e;
    unsigned nonces = 0;

    while (df_der_more(&d)) {
        if (!sg_extension_read(&d, &e))
            return false;
        if (mh_span_eq(e.oid, SG_OID_OCSP_NONCE)) {
            o->nonce = e.value;
            nonces++;
        } else if (e.critical && !mh_span_eq(e.oid, SG_OID_OCSP_EXTENDED)) {
            o->unknown_critical = true;
        }
    }
    return df_der_done(&d) && df_der_done(&all) && nonces <= 1;
}

static bool
read_responder(struct df_der *d, struct mh_arena *arena, struct sg_ocsp *o)
{
    struct mh_span body;
    struct df_der in;

    if (df_der_opt(d, DF_CONTEXT_CONS(1), &body))
        return sg_name_parse(body, arena, NULL, &o->by_name) == MH_OK;
    in = df_der_enter(d, DF_CONTEXT_CONS(2));
    o->by_key = df_der_get(&in, DF_OCTET_STRING);
    return df_der_done(&in) && o->by_key.len == 20;
}

static size_t
count_values(struct mh_span body)
{
    struct df_der d = df_der_from(body);
    struct df_tlv t;
    size_t n = 0;

    while (df_der_more(&d) && df_der_any(&d, &t))
        n++;
    return n;
}

static enum mh_code
read_singles(struct mh_span body, struct mh_arena *arena, struct mh_err *err,
    struct sg_ocsp *o)
{
    struct df_der d = df_der_from(body);
    size_t n = count_values(body);

    if (n == 0 || n > SINGLES_MAX)
        return bad(err, "no answers, or too many");
    o->singles = mh_arena_array(arena, n, sizeof(*o->singles));
    if (o->singles == NULL)
        return memory(err);
    while (df_der_more(&d))
        if (o->count == n || !read_single(&d, &o->singles[o->count++]))
            return bad(err, "malformed answer");
    return df_der_done(&d) ? MH_OK : bad(err, "malformed answers");
}

static enum mh_code
read_data(struct sg_ocsp *o, struct mh_arena *arena, struct mh_err *err)
{
    struct df_der d = df_der_from(o->tbs);
    struct mh_span body, list;
    uint64_t version;
    enum mh_code rc;

    d = df_der_enter(&d, DF_SEQUENCE);
    if (df_der_peek(&d) == DF_CONTEXT_CONS(0)) {
        struct df_der v = df_der_enter(&d, DF_CONTEXT_CONS(0));

        if (!df_der_uint(df_der_get(&v, DF_INTEGER), &version) ||
            version != 0 || !df_der_done(&v))
            return bad(err, "unknown version");
    }
    if (!read_responder(&d, arena, o))
        return bad(err, "malformed responder");
    if (!read_time(&d, &o->produced_at))
        return bad(err, "malformed time of production");
    list = df_der_get(&d, DF_SEQUENCE);
    if (d.bad)
        return bad(err, "malformed answers");
    rc = read_singles(list, arena, err, o);
    if (rc != MH_OK)
        return rc;
    if (df_der_opt(&d, DF_CONTEXT_CONS(1), &body) && !read_extensions(body, o))
        return bad(err, "malformed extensions");
    return df_der_done(&d) ? MH_OK : bad(err, "malformed response data");
}

static enum mh_code
read_certs(struct mh_span body, struct mh_arena *arena, struct mh_err *err,
    struct sg_ocsp *o)
{
    struct df_der all = df_der_from(body);
    struct mh_span list = df_der_get(&all, DF_SEQUENCE);
    struct df_der d = df_der_from(list);
    size_t n = count_values(list);

    if (!df_der_done(&all) || n > MH_CERTS_MAX)
        return bad(err, "malformed certificates");
    o->certs = mh_arena_array(arena, n, sizeof(*o->certs));
    if (o->certs == NULL)
        return memory(err);
    while (df_der_more(&d) && o->cert_count < n)
        o->certs[o->cert_count++] = df_der_get_all(&d, DF_SEQUENCE);
    return df_der_done(&d) ? MH_OK : bad(err, "malformed certificates");
}

enum mh_code
sg_ocsp_parse(struct mh_span der, struct mh_arena *arena, struct mh_err *err,
    struct sg_ocsp **out)
{
    struct sg_ocsp *o;
    struct df_der all, d;
    struct mh_span certs;
    enum mh_code rc;

    if (der.len > MH_OCSP_SIZE_MAX)
        return mh_fail_finding(
            err, MH_ELIMIT, MH_F_OCSP_INVALID, MH_NO_OFFSET, "ocsp: too large");
    o = mh_arena_alloc(arena, sizeof(*o));
    if (o == NULL)
        return memory(err);
    o->der = der;
    rc = find_basic(der, err, &o->basic);
    if (rc != MH_OK)
        return rc;
    all = df_der_from(o->basic);
    d = df_der_enter(&all, DF_SEQUENCE);
    o->tbs = df_der_get_all(&d, DF_SEQUENCE);
    if (!df_der_done(&all) || !sg_algid_read(&d, &o->sigalg) ||
        !df_der_bit_bytes(df_der_get(&d, DF_BIT_STRING), &o->signature))
        return bad(err, "malformed basic response");
    if (df_der_opt(&d, DF_CONTEXT_CONS(0), &certs)) {
        rc = read_certs(certs, arena, err, o);
        if (rc != MH_OK)
            return rc;
    }
    if (!df_der_done(&d))
        return bad(err, "malformed basic response");
    rc = read_data(o, arena, err);
    if (rc == MH_OK)
        *out = o;
    return rc;
}

enum mh_code
sg_ocsp_certs(
    const struct sg_ocsp *ocsp, struct sg_pool *pool, struct mh_err *err)
{
    for (size_t i = 0; i < ocsp->cert_count; i++) {
        enum mh_code rc = sg_pool_add_der(pool, ocsp->certs[i], err, NULL);

        /* A malformed certificate helps nobody and harms nobody. */
        if (rc != MH_OK && rc != MH_EFORMAT && rc != MH_EUNSUP)
            return rc;
    }
    return MH_OK;
}

/* RFC 6960 4.1.1: whether the answer is about this certificate. */
static bool
is_about(const struct sg_ocsp_single *s, const struct sg_status_input *in)
{
    uint8_t hash[MH_DIGEST_MAX];
    size_t len = mh_digest_length(s->hash_alg);

    if (s->hash_alg == MH_DIGEST_NONE || s->name_hash.len != len ||
        s->key_hash.len != len || !mh_span_eq(s->serial, in->cert->serial))
        return false;
    if (mh_digest_once(s->hash_alg, in->cert->issuer.raw, NULL, hash) !=
            MH_OK ||
        memcmp(hash, s->name_hash.ptr, len) != 0)
        return false;
    return mh_digest_once(s->hash_alg, in->issuer->key_bits, NULL, hash) ==
               MH_OK &&
           memcmp(hash, s->key_hash.ptr, len) == 0;
}

static const struct sg_ocsp_single *
find_single(const struct sg_ocsp *o, const struct sg_status_input *in)
{
    const struct sg_ocsp_single *best = NULL;

    for (size_t i = 0; i < o->count; i++) {
        const struct sg_ocsp_single *s = &o->singles[i];

        if (is_about(s, in) &&
            (best == NULL || s->this_update > best->this_update ||
                (s->this_update == best->this_update &&
                    s->kind != SG_STATUS_GOOD)))
            best = s;
    }
    return best;
}

/* Whether a certificate is the one the response names as its signer. */
static bool
is_named(const struct sg_ocsp *o, const struct sg_cert *c)
{
    uint8_t hash[20];

    if (o->by_key.len == 0)
        return sg_name_eq(&o->by_name, &c->subject);
    return mh_digest_once(MH_SHA1, c->key_bits, NULL, hash) == MH_OK &&
           memcmp(hash, o->by_key.ptr, sizeof(hash)) == 0;
}

struct attempt {
    const struct sg_ocsp *ocsp;
    const struct sg_status_input *in;
    struct mh_err *err;
    struct sg_status *out;
    struct sg_sigalg alg;
    bool named;    /* somebody fitted the name */
    bool mismatch; /* somebody authorised did not sign it */
};

static bool
valid_then(const struct sg_cert *c, int64_t t)
{
    return c->not_before <= t && t <= c->not_after;
}

/* RFC 6960 4.2.2.2: who may sign; sets how in the status. */
static enum mh_code
authorised(struct attempt *a, const struct sg_cert *c, bool *yes)
{
    const struct sg_cert *issuer = a->in->issuer;
    int64_t t = a->ocsp->produced_at;
    enum sg_verdict sig = SG_SIG_BAD;
    enum mh_code rc;

    a->out->by_issuer = sg_cert_same_key(c, issuer);
    a->out->delegated = a->out->nocheck = a->out->listed = false;
    *yes = a->out->by_issuer;
    if (*yes || !valid_then(c, t) || c->unknown_critical ||
        (c->has_ku &&
            (c->ku & (SG_KU_DIGITAL_SIGNATURE | SG_KU_NON_REPUDIATION)) == 0))
        return MH_OK;
    if ((c->eku & SG_EKU_OCSP_SIGNING) != 0 &&
        sg_name_eq(&c->issuer, &issuer->subject)) {
        rc = sg_facts_signed_by(a->in->facts, c, issuer, a->err, &sig);
        if (rc != MH_OK)
            return rc;
        if (sig == SG_SIG_GOOD) {
            a->out->delegated = *yes = true;
            a->out->nocheck = c->ocsp_nocheck;
            return MH_OK;
        }
    }
    if (a->in->trust == NULL)
        return MH_OK;
    /* Named in a list as such, or given directly and made for it. */
    if (sg_trust_granted(a->in->trust, c, SG_KIND_OCSP, t) &&
        ((c->eku & SG_EKU_OCSP_SIGNING) != 0 ||
            !sg_trust_granted(a->in->trust, c, SG_KIND_LEAF, t)))
        a->out->listed = *yes = true;
    return MH_OK;
}

/* Sets out->signer if this candidate signed the response and may. */
static enum mh_code
attempt(struct attempt *a, const struct sg_cert *c)
{
    const struct sg_key *key;
    enum sg_verdict sig = SG_SIG_BAD;
    enum mh_code rc;
    bool yes;

    if (a->out->signer != NULL || !is_named(a->ocsp, c))
        return MH_OK;
    a->named = true;
    rc = authorised(a, c, &yes);
    if (rc != MH_OK || !yes)
        return rc;
    rc = sg_facts_key(a->in->facts, c, a->err, &key);
    if (rc == MH_EUNSUP || rc == MH_EFORMAT)
        return MH_OK; /* nothing can be verified with it */
    if (rc == MH_OK)
        rc = sg_verify(
            key, &a->alg, a->ocsp->tbs, a->ocsp->signature, a->err, &sig);
    if (rc != MH_OK)
        return rc;
    if (sig == SG_SIG_GOOD) {
        a->out->signer = c;
        a->out->sigalg = a->alg;
    } else {
        a->mismatch = true;
    }
    return MH_OK;
}

static enum mh_code
try_pool(struct attempt *a, struct sg_pool *pool)
{
    enum mh_code rc = sg_ocsp_certs(a->ocsp, pool, a->err);

    for (size_t i = 0; rc == MH_OK && i < sg_pool_count(pool); i++)
        rc = attempt(a, sg_pool_at(pool, i));
    return rc;
}

static enum mh_code
try_trust(struct attempt *a)
{
    const struct sg_anchor *found[16];
    size_t n;
    enum mh_code rc = MH_OK;

    if (a->in->trust == NULL)
        return MH_OK;
    n = a->ocsp->by_key.len == 0
            ? sg_trust_by_subject(a->in->trust, &a->ocsp->by_name, found, 16)
            : sg_trust_by_ski(a->in->trust, a->ocsp->by_key, found, 16);
    for (size_t i = 0; rc == MH_OK && i < n; i++)
        rc = attempt(a, found[i]->cert);
    return rc;
}

static enum mh_code
find_signer(struct attempt *a)
{
    struct sg_pool *pool = a->in->pool;
    enum mh_code rc = attempt(a, a->in->issuer);

    if (pool == NULL)
        pool = sg_pool_new(a->in->arena);
    if (pool == NULL)
        return memory(a->err);
    if (rc == MH_OK && a->out->signer == NULL)
        rc = try_pool(a, pool);
    if (rc == MH_OK && a->out->signer == NULL)
        rc = try_trust(a);
    return rc;
}

/* Times of the answer against each other, and against the time asked for. */
static const char *
time_problem(
    const struct sg_ocsp *o, const struct sg_ocsp_single *s, int64_t time)
{
    if (s->next_update != MH_TIME_NONE && s->next_update < s->this_update)
        return "ocsp: nextUpdate lies before thisUpdate";
    if (s->this_update > o->produced_at &&
        s->this_update - o->produced_at > SKEW)
        return "ocsp: produced before its own thisUpdate";
    if (time == MH_TIME_NONE)
        return NULL;
    if (s->this_update > time)
        return "ocsp: from a later time";
    if (s->next_update != MH_TIME_NONE && s->next_update < time)
        return "ocsp: no longer current";
    return NULL;
}

static void
take(const struct sg_ocsp *o, const struct sg_ocsp_single *s,
    struct sg_status *out)
{
    out->kind = s->kind;
    out->revoked_at = s->revoked_at;
    out->reason = s->reason;
    out->this_update = s->this_update;
    out->next_update = s->next_update;
    out->produced_at = o->produced_at;
    out->archive_cutoff = s->archive_cutoff;
    out->nonce = o->nonce;
    if (s->kind == SG_STATUS_UNKNOWN)
        out->finding = MH_F_CERTIFICATE_STATUS_UNKNOWN;
}

enum mh_code
sg_ocsp_check(const struct sg_ocsp *ocsp, const struct sg_status_input *in,
    struct mh_err *err, struct sg_status *out)
{
    const struct sg_ocsp_single *s;
    struct attempt a = {.ocsp = ocsp, .in = in, .err = err, .out = out};
    const char *problem;
    enum mh_code rc;

    sg_status_init(out);
    s = find_single(ocsp, in);
    if (s == NULL) {
        sg_status_fail(
            out, MH_F_OCSP_INVALID, "ocsp: no answer about this certificate");
        out->kind = SG_STATUS_OTHER;
        return MH_OK;
    }
    take(ocsp, s, out);
    problem = time_problem(ocsp, s, in->time);
    if (ocsp->unknown_critical || s->unknown_critical)
        problem = "ocsp: unknown critical extension";
    if (sg_sigalg_parse(&ocsp->sigalg, false, NULL, &a.alg) != MH_OK)
        problem = "ocsp: signature algorithm refused";
    if (problem != NULL) {
        sg_status_fail(out, MH_F_OCSP_INVALID, problem);
        return MH_OK;
    }
    rc = find_signer(&a);
    if (rc != MH_OK)
        return rc;
    if (out->signer == NULL && a.mismatch)
        sg_status_fail(out, MH_F_OCSP_INVALID, "ocsp: signature is wrong");
    else if (out->signer == NULL)
        sg_status_fail(out, MH_F_OCSP_RESPONDER,
            a.named ? "ocsp: responder is not authorised"
                    : "ocsp: responder's certificate not found");
    return MH_OK;
}
