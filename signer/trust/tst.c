#include "signer/trust/tst.h"

#include "base/limits.h"
#include "base/wire/codes.h"
#include "signer/trust/certext.h"
#include "signer/trust/oid.h"

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_TIMESTAMP_INVALID,
        MH_NO_OFFSET, "time-stamp: %s", what);
}

static bool
small_uint(struct df_der *d, unsigned tag, uint64_t max, uint64_t *out)
{
    struct mh_span body;

    *out = 0;
    return !df_der_opt(d, tag, &body) ||
           (df_der_uint(body, out) && *out <= max);
}

/* Accuracy, RFC 3161 2.4.2; a year at most, so that nothing overflows. */
static bool
read_accuracy(struct df_der *d, struct sg_tst *t)
{
    struct df_der a;
    uint64_t s, ms, us;

    if (df_der_peek(d) != DF_SEQUENCE)
        return true;
    a = df_der_enter(d, DF_SEQUENCE);
    if (!small_uint(&a, DF_INTEGER, 31622400, &s) ||
        !small_uint(&a, DF_CONTEXT(0), 999, &ms) ||
        !small_uint(&a, DF_CONTEXT(1), 999, &us))
        return false;
    t->accuracy_us = s * 1000000 + ms * 1000 + us;
    return df_der_done(&a);
}

static bool
read_imprint(struct df_der *d, struct sg_tst *t)
{
    struct df_der m = df_der_enter(d, DF_SEQUENCE);
    struct sg_algid alg;

    if (!sg_algid_read(&m, &alg))
        return false;
    t->imprint_alg = sg_digest_from_algid(&alg);
    t->imprint = df_der_get(&m, DF_OCTET_STRING);
    return df_der_done(&m) && t->imprint_alg != MH_DIGEST_NONE &&
           t->imprint.len == mh_digest_length(t->imprint_alg);
}

/* tsa and extensions; nothing in them is used, a critical one is refused. */
static bool
read_tail(struct df_der *d)
{
    struct mh_span body;
    struct sg_extension e;
    struct df_der x;

    (void)df_der_opt(d, DF_CONTEXT_CONS(0), &body); /* a name, a hint only */
    if (!df_der_opt(d, DF_CONTEXT_CONS(1), &body))
        return df_der_done(d);
    x = df_der_from(body);
    while (df_der_more(&x))
        if (!sg_extension_read(&x, &e) || e.critical)
            return false;
    return df_der_done(&x) && df_der_done(d);
}

static enum mh_code
read_info(struct sg_tst *t, struct mh_err *err)
{
    struct df_der all = df_der_from(t->cms->econtent);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct mh_span body;
    uint64_t version;

    if (!df_der_done(&all) ||
        !df_der_uint(df_der_get(&d, DF_INTEGER), &version) || version != 1)
        return bad(err, "unknown version");
    t->policy = df_der_get(&d, DF_OID);
    if (!df_der_oid_valid(t->policy))
        return bad(err, "malformed policy");
    if (!read_imprint(&d, t))
        return bad(err, "imprint malformed or of an unknown digest");
    t->serial = df_der_get(&d, DF_INTEGER);
    if (!df_der_integer_valid(t->serial))
        return bad(err, "malformed serial number");
    if (!df_der_gentime(df_der_get(&d, DF_GENERALIZED_TIME), &t->gen_time))
        return bad(err, "malformed time");
    if (!read_accuracy(&d, t))
        return bad(err, "malformed accuracy");
    if (df_der_opt(&d, DF_BOOLEAN, &body) && !df_der_bool(body, &t->ordering))
        return bad(err, "malformed ordering");
    if (df_der_opt(&d, DF_INTEGER, &t->nonce) &&
        !df_der_integer_valid(t->nonce))
        return bad(err, "malformed nonce");
    return read_tail(&d) ? MH_OK : bad(err, "malformed content");
}

enum mh_code
sg_tst_parse(struct mh_span der, struct mh_arena *arena, struct mh_err *err,
    struct sg_tst **out)
{
    struct sg_tst *t;
    struct mh_err inner = {0};
    enum mh_code rc;

    if (der.len > MH_TST_SIZE_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_TIMESTAMP_INVALID,
            MH_NO_OFFSET, "time-stamp: too large");
    t = mh_arena_alloc(arena, sizeof(*t));
    if (t == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "time-stamp: memory");
    rc = sg_cms_parse(der, true, arena, &inner, &t->cms);
    if (rc != MH_OK)
        return mh_fail_finding(err, rc,
            rc == MH_EFORMAT ? MH_F_TIMESTAMP_INVALID : inner.finding,
            inner.offset, "%s", inner.msg);
    if (!mh_span_eq(t->cms->econtent_type, SG_OID_TST_INFO) ||
        t->cms->econtent.ptr == NULL)
        return bad(err, "not a time-stamp token");
    if (t->cms->signer_count != 1)
        return bad(err, "must have one signer");
    rc = read_info(t, err);
    if (rc == MH_OK)
        *out = t;
    return rc;
}

static void
no(struct sg_tst_result *out, int finding, const char *text)
{
    out->ok = false;
    out->finding = finding;
    out->text = text;
}

/* RFC 3161 2.3. */
static bool
meant_for_it(const struct sg_cert *c)
{
    return c->has_eku && c->eku_critical && c->eku == SG_EKU_TIME_STAMPING &&
           (!c->has_ku || (c->ku & (SG_KU_DIGITAL_SIGNATURE |
                                       SG_KU_NON_REPUDIATION)) != 0);
}

static enum mh_code
check_value(const struct sg_tst *tst, struct sg_facts *facts,
    struct mh_err *err, struct sg_tst_result *out)
{
    struct sg_cms_result r;
    const struct sg_key *key;
    enum mh_code rc = sg_facts_key(facts, out->tsa, err, &key);

    if (rc == MH_EUNSUP || rc == MH_EFORMAT) {
        no(out, MH_F_ALGORITHM_UNKNOWN, "time-stamp: key refused");
        return MH_OK;
    }
    if (rc == MH_OK)
        rc = sg_cms_verify(
            tst->cms, &tst->cms->signers[0], tst->cms->econtent, key, err, &r);
    if (rc != MH_OK)
        return rc;
    out->sigalg = r.sigalg;
    if (!r.ok)
        no(out, r.finding, r.text);
    return MH_OK;
}

enum mh_code
sg_tst_check(const struct sg_tst *tst, struct sg_pool *pool,
    struct sg_facts *facts, struct mh_err *err, struct sg_tst_result *out)
{
    const struct sg_cms_signer *s = &tst->cms->signers[0];
    bool ess = false;
    enum mh_code rc;

    *out = (struct sg_tst_result){.ok = true};
    rc = sg_cms_certs(tst->cms, pool, err);
    if (rc == MH_OK)
        rc = sg_cms_signer_cert(s, pool, err, &out->tsa, &ess);
    if (rc != MH_OK)
        return rc;
    if (s->signed_count == 0 || !ess) {
        no(out, MH_F_TIMESTAMP_INVALID,
            "time-stamp: signing certificate is not named");
        return MH_OK;
    }
    if (out->tsa == NULL) {
        no(out, MH_F_TIMESTAMP_INVALID,
            "time-stamp: signing certificate not found");
        return MH_OK;
    }
    rc = check_value(tst, facts, err, out);
    if (rc == MH_OK && out->ok && !meant_for_it(out->tsa))
        no(out, MH_F_TIMESTAMP_POLICY,
            "time-stamp: certificate is not for time-stamping alone");
    return rc;
}

bool
sg_tst_covers(const struct sg_tst *tst, struct mh_span digest)
{
    return mh_span_eq(tst->imprint, digest);
}
