/*
 * What lists say about a certificate (RFC 5280 6.3.3); declared in crl.h.
 */
#include "signer/trust/certext.h"

#include "base/limits.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/trust/crl.h"
#include "signer/trust/name.h"
#include "signer/trust/oid.h"
#include "signer/trust/path.h"

#define ALL_REASONS  0x1feU /* bits 1 to 8 of ReasonFlags */
#define GN_DIRECTORY 0xa4U

/* One distribution point of the certificate. */
struct point {
    struct mh_span name;   /* DistributionPointName choice; empty: none */
    struct mh_span issuer; /* cRLIssuer GeneralNames content; ptr NULL: none */
    unsigned reasons;
    bool implied; /* the one of the issuer itself, RFC 5280 6.3.3 at its end */
};

struct work {
    const struct sg_crl *const *crls;
    size_t count;
    const struct sg_status_input *in;
    struct mh_err *err;
    struct sg_status *out;
    unsigned mask;       /* reasons covered so far */
    const char *problem; /* why a list that fitted was not usable */
};

/* What an entry of a list says. */
struct entry {
    bool found;
    int reason;
    int64_t revoked_at, invalidity;
};

/* Whether GeneralNames hold this directory name. */
static bool
names_hold(
    struct mh_span names, const struct sg_name *name, struct mh_arena *arena)
{
    struct df_der d = df_der_from(names);
    struct df_tlv t;
    struct sg_name n;

    while (df_der_more(&d) && df_der_any(&d, &t))
        if (t.tag == GN_DIRECTORY &&
            sg_name_parse(t.body, arena, NULL, &n) == MH_OK &&
            sg_name_eq(&n, name))
            return true;
    return false;
}

/* Whether two GeneralNames have a name in common. */
static bool
names_meet(struct mh_span a, struct mh_span b, struct mh_arena *arena)
{
    struct df_der d = df_der_from(a);
    struct df_tlv t, u;
    struct sg_name n;

    while (df_der_more(&d) && df_der_any(&d, &t)) {
        struct df_der e = df_der_from(b);

        if (t.tag == GN_DIRECTORY) {
            if (sg_name_parse(t.body, arena, NULL, &n) == MH_OK &&
                names_hold(b, &n, arena))
                return true;
            continue;
        }
        while (df_der_more(&e) && df_der_any(&e, &u))
            if (mh_span_eq(t.all, u.all))
                return true;
    }
    return false;
}

static void
put_header(struct mh_buf *out, unsigned tag, size_t len)
{
    mh_buf_byte(out, (uint8_t)tag);
    if (len >= 0x80) {
        mh_buf_byte(out, 0x82);
        mh_buf_byte(out, (uint8_t)(len >> 8));
    }
    mh_buf_byte(out, (uint8_t)len);
}

/*
 * The GeneralNames of a DistributionPointName: fullName as it stands, or
 * nameRelativeToCRLIssuer appended to the issuer's name.
 */
static bool
full_names(struct mh_span choice, const struct sg_name *issuer,
    struct mh_arena *arena, struct mh_span *out)
{
    struct df_der d = df_der_from(choice), n;
    struct mh_span rdns, whole;
    struct mh_buf name, all;
    struct df_tlv t;

    if (!df_der_any(&d, &t) || !df_der_done(&d))
        return false;
    *out = t.body;
    if (t.tag == DF_CONTEXT_CONS(0))
        return true;
    if (t.tag != DF_CONTEXT_CONS(1) || t.body.len + issuer->raw.len > 0xfff0)
        return false;
    n = df_der_from(issuer->raw);
    rdns = df_der_get(&n, DF_SEQUENCE);
    mh_buf_init(&name, 0x10010);
    mh_buf_init(&all, 0x10020);
    put_header(&name, DF_SEQUENCE,
        rdns.len + t.body.len + (t.body.len < 0x80 ? 2 : 4));
    mh_buf_span(&name, rdns);
    put_header(&name, DF_SET, t.body.len);
    mh_buf_span(&name, t.body);
    put_header(&all, GN_DIRECTORY, name.len);
    mh_buf_span(&all, mh_buf_get(&name));
    whole = mh_buf_ok(&name) && mh_buf_ok(&all)
                ? mh_arena_copy(arena, mh_buf_get(&all))
                : (struct mh_span){0};
    mh_buf_fini(&name);
    mh_buf_fini(&all);
    *out = whole;
    return whole.ptr != NULL;
}

/* 6.3.3 (b) (1): the list comes from whom the point says. */
static bool
issuer_fits(
    const struct work *w, const struct sg_crl *crl, const struct point *p)
{
    if (p->issuer.ptr == NULL)
        return sg_name_eq(&crl->issuer, &w->in->cert->issuer);
    return crl->indirect && names_hold(p->issuer, &crl->issuer, w->in->arena);
}

/* 6.3.3 (b) (2) (i): the names of the list's point and of ours meet. */
static bool
name_fits(const struct work *w, const struct sg_crl *crl, const struct point *p)
{
    struct mh_arena *arena = w->in->arena;
    struct mh_span theirs, ours;

    if (crl->idp_name.len == 0)
        return true;
    if (!full_names(crl->idp_name, &crl->issuer, arena, &theirs))
        return false;
    if (p->implied)
        return names_hold(theirs, &w->in->cert->issuer, arena);
    if (p->name.len == 0)
        return names_meet(theirs, p->issuer, arena);
    return full_names(p->name, &crl->issuer, arena, &ours) &&
           names_meet(theirs, ours, arena);
}

/* 6.3.3 (b): whether the list is in the scope of the point. */
static bool
in_scope(const struct work *w, const struct sg_crl *crl, const struct point *p)
{
    bool ca = w->in->cert->has_bc && w->in->cert->ca;

    return issuer_fits(w, crl, p) && name_fits(w, crl, p) &&
           !(crl->only_user && ca) && !(crl->only_ca && !ca) && !crl->only_attr;
}

static bool
current(struct work *w, const struct sg_crl *crl)
{
    int64_t t = w->in->time;

    if (crl->unknown_critical)
        w->problem = "crl: unknown critical extension";
    else if (crl->number.len == 0)
        w->problem = "crl: no CRL number";
    else if (crl->next_update == MH_TIME_NONE)
        w->problem = "crl: no nextUpdate";
    else if (crl->next_update < crl->this_update)
        w->problem = "crl: nextUpdate lies before thisUpdate";
    else if (t != MH_TIME_NONE && crl->this_update > t)
        w->problem = "crl: from a later time";
    else if (t != MH_TIME_NONE && crl->next_update < t)
        w->problem = "crl: no longer current";
    else
        return true;
    return false;
}

/* The signer's own path, where it is not the certificate's issuer. */
static enum mh_code
has_path(struct work *w, const struct sg_cert *c, const struct sg_crl *crl,
    bool *yes)
{
    struct sg_path_input pi = {.leaf = c,
        .pool = w->in->pool,
        .trust = w->in->trust,
        .facts = w->in->facts,
        .arena = w->in->arena,
        .purpose = SG_FOR_CRL,
        .time = w->in->time == MH_TIME_NONE ? crl->this_update : w->in->time,
        .service_time = MH_TIME_NONE};
    struct sg_path path;
    enum mh_code rc;

    *yes = false;
    if (w->in->trust == NULL)
        return MH_OK;
    rc = sg_path_find(&pi, w->err, &path);
    if (rc == MH_OK && path.code == SG_PATH_OK)
        *yes = w->in->anchor == NULL ||
               sg_cert_same_key(path.anchor->cert, w->in->anchor);
    return rc;
}

/* Whether this certificate signed the list and may. */
static enum mh_code
signed_by(struct work *w, const struct sg_crl *crl, const struct sg_cert *c,
    struct sg_sigalg *alg, bool *yes)
{
    const struct sg_key *key;
    enum sg_verdict sig = SG_SIG_BAD;
    enum mh_code rc;

    *yes = false;
    if (c->has_ku && (c->ku & SG_KU_CRL_SIGN) == 0)
        return MH_OK;
    if (crl->aki_key.len > 0 && c->ski.len > 0 &&
        !mh_span_eq(crl->aki_key, c->ski))
        return MH_OK;
    if (sg_sigalg_parse(&crl->sigalg, false, NULL, alg) != MH_OK)
        return MH_OK;
    rc = sg_facts_key(w->in->facts, c, w->err, &key);
    if (rc == MH_EUNSUP || rc == MH_EFORMAT)
        return MH_OK;
    if (rc == MH_OK)
        rc = sg_verify(key, alg, crl->tbs, crl->signature, w->err, &sig);
    if (rc != MH_OK || sig != SG_SIG_GOOD)
        return rc;
    *yes = true;
    return sg_cert_same_key(c, w->in->issuer) ? MH_OK
                                              : has_path(w, c, crl, yes);
}

/* 6.3.3 (f) and (g); *signer NULL: nobody who may. */
static enum mh_code
find_signer(struct work *w, const struct sg_crl *crl, struct sg_sigalg *alg,
    const struct sg_cert **signer)
{
    const struct sg_anchor *found[16];
    const struct sg_cert *c;
    size_t pos = 0, n = 0;
    enum mh_code rc = MH_OK;
    bool yes = false;

    *signer = NULL;
    if (sg_name_eq(&crl->issuer, &w->in->issuer->subject)) {
        rc = signed_by(w, crl, w->in->issuer, alg, &yes);
        if (yes)
            *signer = w->in->issuer;
    }
    while (rc == MH_OK && *signer == NULL && w->in->pool != NULL &&
           (c = sg_pool_by_subject(w->in->pool, &crl->issuer, &pos)) != NULL) {
        rc = signed_by(w, crl, c, alg, &yes);
        if (yes)
            *signer = c;
    }
    if (w->in->trust != NULL && *signer == NULL)
        n = sg_trust_by_subject(w->in->trust, &crl->issuer, found, 16);
    for (size_t i = 0; rc == MH_OK && *signer == NULL && i < n; i++) {
        rc = signed_by(w, crl, found[i]->cert, alg, &yes);
        if (yes)
            *signer = found[i]->cert;
    }
    return rc;
}

static bool
read_entry_ext(struct mh_span body, struct entry *e, struct mh_span *issuer)
{
    struct df_der all = df_der_from(body);
    struct sg_extension x;

    while (df_der_more(&all)) {
        struct df_der v;
        uint64_t n;
        uint8_t arc;

        if (!sg_extension_read(&all, &x))
            return false;
        arc = x.oid.len == 3 && x.oid.ptr[0] == 0x55 && x.oid.ptr[1] == 0x1d
                  ? x.oid.ptr[2]
                  : 0;
        v = df_der_from(x.value);
        if (arc == 21) {
            if (!df_der_uint(df_der_get(&v, DF_ENUMERATED), &n) || n > 10)
                return false;
            e->reason = (int)n;
        } else if (arc == 24) {
            if (!df_der_gentime(
                    df_der_get(&v, DF_GENERALIZED_TIME), &e->invalidity))
                return false;
        } else if (arc == 29) {
            *issuer = df_der_get(&v, DF_SEQUENCE);
        } else if (arc == 23) {
            (void)df_der_get(&v, DF_OID); /* what to do on hold: not ours */
        } else if (x.critical) {
            return false; /* 5.3: the list must not be used */
        } else {
            continue;
        }
        if (!df_der_done(&v))
            return false;
    }
    return !all.bad;
}

/* The serial numbers met so far; slots are a power of two. */
struct seen {
    struct mh_span *slots;
    size_t mask;
};

#define ENTRY_MIN                                                              \
    20U /* bytes of the shortest entry: 1-byte serial, UTCTime                 \
         */

static bool
seen_init(struct seen *s, size_t bytes)
{
    size_t n = 16;

    while (n < 2 * (bytes / ENTRY_MIN))
        n *= 2;
    *s = (struct seen){.slots = calloc(n, sizeof(*s->slots)), .mask = n - 1};
    return s->slots != NULL;
}

/* False where the serial number has been met. */
static bool
seen_add(struct seen *s, struct mh_span serial)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    size_t at;

    for (size_t i = 0; i < serial.len; i++)
        h = (h ^ serial.ptr[i]) * UINT64_C(0x100000001b3);
    for (at = (size_t)(h ^ h >> 32) & s->mask; s->slots[at].ptr != NULL;
         at = (at + 1) & s->mask)
        if (mh_span_eq(s->slots[at], serial))
            return false;
    s->slots[at] = serial;
    return true;
}

/*
 * Looks for the certificate among the entries of a list, all of which are
 * walked.  False: malformed, with a critical extension we do not know, or
 * with two entries for one certificate (which of them counts is said nowhere;
 * not looked for in lists of several issuers).
 */
static bool
walk_entries(const struct work *w, const struct sg_crl *crl, struct seen *seen,
    struct entry *out)
{
    struct df_der d = df_der_from(crl->revoked);
    bool ours = sg_name_eq(&crl->issuer, &w->in->cert->issuer);

    *out = (struct entry){0};
    while (df_der_more(&d)) {
        struct df_der e = df_der_enter(&d, DF_SEQUENCE);
        struct mh_span serial = df_der_get(&e, DF_INTEGER), ext;
        struct mh_span issuer = {0};
        struct entry now = {.found = true,
            .reason = SG_REASON_NONE,
            .invalidity = MH_TIME_NONE};
        struct df_tlv t;

        if (!df_der_any(&e, &t) || !df_der_time(t.tag, t.body, &now.revoked_at))
            return false;
        if (df_der_opt(&e, DF_SEQUENCE, &ext) &&
            !read_entry_ext(ext, &now, &issuer))
            return false;
        if (!df_der_done(&e) || (issuer.ptr != NULL && !crl->indirect))
            return false;
        /* 5.3.3: an entry without certificateIssuer inherits the last. */
        if (issuer.ptr != NULL)
            ours = names_hold(issuer, &w->in->cert->issuer, w->in->arena);
        if (!crl->indirect && !seen_add(seen, serial))
            return false;
        if (ours && mh_span_eq(serial, w->in->cert->serial))
            *out = now;
    }
    return df_der_done(&d);
}

static enum mh_code
look_up(const struct work *w, const struct sg_crl *crl, struct entry *out,
    bool *sound)
{
    struct seen seen;

    if (!seen_init(&seen, crl->revoked.len))
        return mh_fail(w->err, MH_ENOMEM, MH_NO_OFFSET, "crl: memory");
    *sound = walk_entries(w, crl, &seen, out);
    free(seen.slots);
    return MH_OK;
}

static bool
same_scope(const struct sg_crl *a, const struct sg_crl *b)
{
    return sg_name_eq(&a->issuer, &b->issuer) && mh_span_eq(a->idp, b->idp) &&
           (a->idp.ptr == NULL) == (b->idp.ptr == NULL) &&
           mh_span_eq(a->aki_key, b->aki_key);
}

/* Minimal non-negative integers by value. */
static int
number_cmp(struct mh_span a, struct mh_span b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return mh_span_cmp(a, b);
}

/* 6.3.3 (c): the newest delta for a complete list; *delta NULL: none. */
static enum mh_code
find_delta(struct work *w, const struct sg_crl *crl,
    const struct sg_cert *signer, const struct sg_crl **delta)
{
    enum mh_code rc = MH_OK;

    *delta = NULL;
    for (size_t i = 0; rc == MH_OK && i < w->count; i++) {
        const struct sg_crl *d = w->crls[i];
        const char *problem = w->problem;
        struct sg_sigalg alg;
        bool yes;

        if (d->base.len == 0 || !same_scope(d, crl) || !current(w, d) ||
            number_cmp(crl->number, d->base) < 0 ||
            number_cmp(crl->number, d->number) > 0) {
            w->problem = problem;
            continue;
        }
        if (*delta != NULL && number_cmp(d->number, (*delta)->number) <= 0)
            continue;
        rc = signed_by(w, d, signer, &alg, &yes);
        if (rc == MH_OK && yes)
            *delta = d;
    }
    return rc;
}

static void
note_list(struct work *w, const struct sg_crl *crl,
    const struct sg_cert *signer, const struct sg_sigalg *alg)
{
    struct sg_status *o = w->out;

    /* Of several lists the oldest counts, and whoever is not the issuer. */
    if (o->this_update == MH_TIME_NONE || crl->this_update < o->this_update)
        o->this_update = o->produced_at = crl->this_update;
    if (o->next_update == MH_TIME_NONE || crl->next_update < o->next_update)
        o->next_update = crl->next_update;
    if (o->signer == NULL || o->by_issuer) {
        o->signer = signer;
        o->sigalg = *alg;
        o->by_issuer = sg_cert_same_key(signer, w->in->issuer);
    }
}

/* 6.3.3 (i) to (l). */
static void
apply(struct work *w, const struct entry *e, unsigned reasons)
{
    if (e->found && e->reason != SG_REASON_REMOVE) {
        w->out->kind =
            e->reason == SG_REASON_HOLD ? SG_STATUS_ON_HOLD : SG_STATUS_REVOKED;
        w->out->reason = e->reason;
        w->out->revoked_at = e->revoked_at;
        w->out->invalidity = e->invalidity;
        return;
    }
    w->mask |= reasons;
}

/* One complete list for one point; sets out->kind where it revokes. */
static enum mh_code
use_list(struct work *w, const struct sg_crl *crl, const struct point *p)
{
    unsigned reasons =
        p->reasons & (crl->reasons == 0 ? ALL_REASONS : crl->reasons);
    const struct sg_crl *delta = NULL;
    const struct sg_cert *signer;
    struct sg_sigalg alg;
    struct entry e = {0}, de = {0};
    bool sound = false;
    enum mh_code rc;

    if ((reasons & ~w->mask) == 0 || !in_scope(w, crl, p) || !current(w, crl))
        return MH_OK;
    rc = find_signer(w, crl, &alg, &signer);
    if (rc == MH_OK && signer == NULL)
        w->problem = "crl: not signed by somebody who may";
    if (rc == MH_OK && signer != NULL)
        rc = find_delta(w, crl, signer, &delta);
    if (rc != MH_OK || signer == NULL)
        return rc;
    rc = look_up(w, crl, &e, &sound);
    if (rc == MH_OK && sound && delta != NULL)
        rc = look_up(w, delta, &de, &sound);
    if (rc != MH_OK)
        return rc;
    if (!sound) {
        w->problem = "crl: malformed entry or unknown critical extension";
        return MH_OK;
    }
    note_list(w, crl, signer, &alg);
    if (delta != NULL)
        note_list(w, delta, signer, &alg);
    apply(w, de.found ? &de : &e, reasons);
    return MH_OK;
}

static enum mh_code
use_point(struct work *w, const struct point *p)
{
    enum mh_code rc = MH_OK;

    for (size_t i = 0; rc == MH_OK && i < w->count && w->mask != ALL_REASONS &&
                       w->out->kind == SG_STATUS_NONE;
         i++)
        if (w->crls[i]->base.len == 0)
            rc = use_list(w, w->crls[i], p);
    return rc;
}

/* DistributionPoint, 4.2.1.13. */
static bool
read_point(struct df_der *list, struct point *p)
{
    struct df_der d = df_der_enter(list, DF_SEQUENCE);
    struct mh_span body;
    uint32_t bits;

    *p = (struct point){.reasons = ALL_REASONS};
    (void)df_der_opt(&d, DF_CONTEXT_CONS(0), &p->name); /* optional */
    if (df_der_opt(&d, DF_CONTEXT(1), &body)) {
        if (!df_der_bits(body, &bits))
            return false;
        p->reasons = bits & ALL_REASONS;
    }
    (void)df_der_opt(&d, DF_CONTEXT_CONS(2), &p->issuer); /* optional */
    return df_der_done(&d) && (p->name.len > 0 || p->issuer.len > 0);
}

enum mh_code
sg_crl_check(const struct sg_crl *const *crls, size_t count,
    const struct sg_status_input *in, struct mh_err *err, struct sg_status *out)
{
    struct work w = {
        .crls = crls, .count = count, .in = in, .err = err, .out = out};
    struct df_der d = df_der_from(in->cert->crldp);
    struct point p;
    enum mh_code rc = MH_OK;

    sg_status_init(out);
    while (rc == MH_OK && df_der_more(&d)) {
        if (!read_point(&d, &p)) {
            sg_status_fail(out, MH_F_CRL_INVALID,
                "crl: malformed distribution points of the certificate");
            return MH_OK;
        }
        rc = use_point(&w, &p);
    }
    p = (struct point){.reasons = ALL_REASONS, .implied = true};
    if (rc == MH_OK)
        rc = use_point(&w, &p);
    if (rc != MH_OK || out->kind != SG_STATUS_NONE)
        return rc;
    if (w.mask == ALL_REASONS) {
        out->kind = SG_STATUS_GOOD;
        return MH_OK;
    }
    sg_status_fail(out, MH_F_CRL_INVALID,
        w.problem != NULL ? w.problem
        : w.mask != 0     ? "crl: some reasons are not covered"
                          : "crl: no list for this certificate");
    if (w.problem == NULL && w.mask == 0)
        out->kind = SG_STATUS_OTHER;
    return MH_OK;
}
