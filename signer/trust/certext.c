#include "signer/trust/certext.h"

#include "base/limits.h"
#include "base/wire/codes.h"
#include "signer/trust/name.h"
#include "signer/trust/oid.h"

bool
sg_extension_read(struct df_der *d, struct sg_extension *out)
{
    struct df_der e = df_der_enter(d, DF_SEQUENCE);
    struct mh_span body;

    *out = (struct sg_extension){.oid = df_der_get(&e, DF_OID)};
    if (df_der_opt(&e, DF_BOOLEAN, &body)) {
        if (!df_der_bool(body, &out->critical))
            e.bad = true;
        out->wrote_default = !out->critical;
    }
    out->value = df_der_get(&e, DF_OCTET_STRING);
    if (!df_der_done(&e) || !df_der_oid_valid(out->oid))
        d->bad = true;
    return !d->bad;
}

/* The content of the one SEQUENCE that an extension consists of. */
static bool
sequence(struct mh_span value, bool may_be_empty, struct mh_span *body)
{
    struct df_der d = df_der_from(value);

    *body = df_der_get(&d, DF_SEQUENCE);
    return df_der_done(&d) && (may_be_empty || body->len > 0);
}

static bool
ext_ski(struct sg_cert *c, const struct sg_extension *e)
{
    struct df_der d = df_der_from(e->value);

    c->ski = df_der_get(&d, DF_OCTET_STRING);
    if (e->critical)
        c->lint |= SG_LINT_AKI_CRITICAL;
    return df_der_done(&d);
}

static bool
ext_aki(struct sg_cert *c, const struct sg_extension *e)
{
    struct mh_span body;
    struct df_der d;
    bool issuer, serial;

    if (!sequence(e->value, true, &body))
        return false;
    d = df_der_from(body);
    (void)df_der_opt(&d, DF_CONTEXT(0), &c->aki_key); /* may be absent */
    issuer = df_der_opt(&d, DF_CONTEXT_CONS(1), &c->aki_issuer);
    serial = df_der_opt(&d, DF_CONTEXT(2), &c->aki_serial);
    if (e->critical)
        c->lint |= SG_LINT_AKI_CRITICAL;
    return df_der_done(&d) && issuer == serial;
}

static bool
ext_ku(struct sg_cert *c, const struct sg_extension *e)
{
    struct df_der d = df_der_from(e->value);
    uint32_t bits = 0;
    struct mh_span body = df_der_get(&d, DF_BIT_STRING);

    if (!df_der_done(&d))
        return false;
    if (!df_der_bits(body, &bits)) {
        /* Zero bits at the end occur in old certificates; their meaning is
           plain all the same. */
        if (body.len < 2 || body.len > 3 || body.ptr[0] > 7)
            return false;
        for (unsigned b = 0; b < 8; b++)
            if ((body.ptr[1] >> (7 - b) & 1) != 0)
                bits |= UINT32_C(1) << b;
        c->lint |= SG_LINT_DEFAULT;
    }
    c->has_ku = true;
    c->ku = bits & 0x7f;
    if (bits == 0)
        c->lint |= SG_LINT_KU_EMPTY;
    return true;
}

static bool
ext_bc(struct sg_cert *c, const struct sg_extension *e)
{
    struct mh_span body, v;
    struct df_der d;
    uint64_t n;

    if (!sequence(e->value, true, &body))
        return false;
    d = df_der_from(body);
    c->has_bc = true;
    if (df_der_opt(&d, DF_BOOLEAN, &v)) {
        if (!df_der_bool(v, &c->ca))
            return false;
        if (!c->ca)
            c->lint |= SG_LINT_DEFAULT;
    }
    if (df_der_opt(&d, DF_INTEGER, &v)) {
        if (!df_der_uint(v, &n))
            return false;
        c->path_len = n > 1000 ? 1000 : (int)n;
    }
    if (c->ca && !e->critical)
        c->lint |= SG_LINT_BC_NOT_CRITICAL;
    return df_der_done(&d);
}

static bool
ext_eku(struct sg_cert *c, const struct sg_extension *e)
{
    struct mh_span body;
    struct df_der d;

    if (!sequence(e->value, false, &body))
        return false;
    d = df_der_from(body);
    while (df_der_more(&d)) {
        struct mh_span oid = df_der_get(&d, DF_OID);

        if (!df_der_oid_valid(oid))
            return false;
        if (mh_span_eq(oid, SG_OID_EKU_TIME_STAMPING))
            c->eku |= SG_EKU_TIME_STAMPING;
        else if (mh_span_eq(oid, SG_OID_EKU_OCSP))
            c->eku |= SG_EKU_OCSP_SIGNING;
        else if (mh_span_eq(oid, SG_OID_EKU_ANY))
            c->eku |= SG_EKU_ANY;
        else if (mh_span_eq(oid, SG_OID_EKU_CLIENT_AUTH))
            c->eku |= SG_EKU_OTHER | SG_EKU_CLIENT_AUTH;
        else
            c->eku |= SG_EKU_OTHER;
    }
    c->has_eku = true;
    c->eku_critical = e->critical;
    return df_der_done(&d);
}

static bool
ext_policies(struct sg_cert *c, const struct sg_extension *e)
{
    struct df_der d;
    size_t n = 0;

    if (!sequence(e->value, false, &c->policies))
        return false;
    d = df_der_from(c->policies);
    while (df_der_more(&d)) {
        struct df_der p = df_der_enter(&d, DF_SEQUENCE);
        struct df_der old = df_der_from(c->policies);
        struct mh_span oid = df_der_get(&p, DF_OID), quals;

        (void)df_der_opt(&p, DF_SEQUENCE, &quals); /* not processed */
        if (!df_der_done(&p) || !df_der_oid_valid(oid) || ++n > MH_POLICIES_MAX)
            return false;
        /* 4.2.1.4: an OID must not appear more than once. */
        for (size_t i = 1; i < n; i++) {
            struct df_der q = df_der_enter(&old, DF_SEQUENCE);

            if (mh_span_eq(df_der_get(&q, DF_OID), oid))
                return false;
        }
    }
    return df_der_done(&d);
}

static bool
ext_mappings(struct sg_cert *c, const struct sg_extension *e)
{
    struct df_der d;
    size_t n = 0;

    if (!sequence(e->value, false, &c->mappings))
        return false;
    d = df_der_from(c->mappings);
    while (df_der_more(&d)) {
        struct df_der m = df_der_enter(&d, DF_SEQUENCE);
        struct mh_span from = df_der_get(&m, DF_OID);
        struct mh_span to = df_der_get(&m, DF_OID);

        if (!df_der_done(&m) || !df_der_oid_valid(from) ||
            !df_der_oid_valid(to) || ++n > MH_POLICIES_MAX)
            return false;
    }
    return df_der_done(&d);
}

static bool
ext_constraints(struct sg_cert *c, const struct sg_extension *e)
{
    struct mh_span body, v;
    struct df_der d;

    if (!sequence(e->value, false, &body))
        return false;
    d = df_der_from(body);
    if (df_der_opt(&d, DF_CONTEXT(0), &v)) {
        c->has_require_explicit = true;
        if (!df_der_uint(v, &c->require_explicit))
            return false;
    }
    if (df_der_opt(&d, DF_CONTEXT(1), &v)) {
        c->has_inhibit_mapping = true;
        if (!df_der_uint(v, &c->inhibit_mapping))
            return false;
    }
    if (!e->critical)
        c->lint |= SG_LINT_PC_NOT_CRITICAL;
    return df_der_done(&d);
}

static bool
ext_inhibit_any(struct sg_cert *c, const struct sg_extension *e)
{
    struct df_der d = df_der_from(e->value);

    c->has_inhibit_any = true;
    if (!e->critical)
        c->lint |= SG_LINT_IAP_NOT_CRITICAL;
    return df_der_uint(df_der_get(&d, DF_INTEGER), &c->inhibit_any) &&
           df_der_done(&d);
}

static bool
ext_names(struct sg_cert *c, const struct sg_extension *e)
{
    if (!sequence(e->value, true, &c->name_constraints))
        return false;
    if (!e->critical)
        c->lint |= SG_LINT_NC_NOT_CRITICAL;
    if (!sg_constraints_syntax(c->name_constraints))
        c->lint |= SG_LINT_NC_SYNTAX;
    return true;
}

static bool
ext_san(struct sg_cert *c, const struct sg_extension *e)
{
    if (!sequence(e->value, true, &c->san))
        return false;
    c->san_critical = e->critical;
    if (!sg_san_syntax(c->san))
        c->lint |= SG_LINT_SAN_SYNTAX;
    return true;
}

static bool
ext_crldp(struct sg_cert *c, const struct sg_extension *e)
{
    return sequence(e->value, false, &c->crldp);
}

static bool
ext_aia(struct sg_cert *c, const struct sg_extension *e)
{
    if (e->critical)
        c->lint |= SG_LINT_AKI_CRITICAL;
    return sequence(e->value, false, &c->aia);
}

static bool
ext_nocheck(struct sg_cert *c, const struct sg_extension *e)
{
    (void)e;
    c->ocsp_nocheck = true;
    return true;
}

/* RFC 9608 2: a NULL. */
static bool
ext_no_rev_avail(struct sg_cert *c, const struct sg_extension *e)
{
    struct df_der d = df_der_from(e->value);
    struct mh_span null = df_der_get(&d, DF_NULL);

    c->no_rev_avail = true;
    return df_der_done(&d) && null.len == 0;
}

static bool
qc_type(struct df_der *s, struct sg_cert *c)
{
    struct df_der d = df_der_enter(s, DF_SEQUENCE);

    while (df_der_more(&d)) {
        struct mh_span oid = df_der_get(&d, DF_OID);

        if (mh_span_eq(oid, SG_OID_QCT_ESIGN))
            c->qc |= SG_QC_ESIGN;
        else if (mh_span_eq(oid, SG_OID_QCT_ESEAL))
            c->qc |= SG_QC_ESEAL;
        else if (mh_span_eq(oid, SG_OID_QCT_WEB))
            c->qc |= SG_QC_WEB;
    }
    return df_der_done(&d);
}

static bool
ext_qc(struct sg_cert *c, const struct sg_extension *e)
{
    struct mh_span body;
    struct df_der d;

    if (!sequence(e->value, true, &body))
        return false;
    d = df_der_from(body);
    while (df_der_more(&d)) {
        struct df_der s = df_der_enter(&d, DF_SEQUENCE);
        struct mh_span oid = df_der_get(&s, DF_OID);

        if (s.bad)
            return false;
        if (mh_span_eq(oid, SG_OID_QC_COMPLIANCE))
            c->qc |= SG_QC_COMPLIANCE;
        else if (mh_span_eq(oid, SG_OID_QC_SSCD))
            c->qc |= SG_QC_SSCD;
        else if (mh_span_eq(oid, SG_OID_QC_TYPE) && !qc_type(&s, c))
            return false;
    }
    return df_der_done(&d);
}

static bool
ext_ignored(struct sg_cert *c, const struct sg_extension *e)
{
    (void)c;
    return e->value.len > 0;
}

static bool
ext_unknown(struct sg_cert *c, const struct sg_extension *e)
{
    if (e->critical)
        c->unknown_critical = true;
    return true;
}

typedef bool (*handler)(struct sg_cert *c, const struct sg_extension *e);

static handler
find_handler(struct mh_span oid)
{
    static const struct {
        uint8_t arc;
        handler fn;
    } ce[] = {{14, ext_ski}, {15, ext_ku}, {17, ext_san}, {18, ext_ignored},
        {19, ext_bc}, {30, ext_names}, {31, ext_crldp}, {32, ext_policies},
        {33, ext_mappings}, {35, ext_aki}, {36, ext_constraints}, {37, ext_eku},
        {54, ext_inhibit_any}, {56, ext_no_rev_avail}};

    if (oid.len == 3 && oid.ptr[0] == 0x55 && oid.ptr[1] == 0x1d) {
        for (size_t i = 0; i < sizeof(ce) / sizeof(ce[0]); i++)
            if (ce[i].arc == oid.ptr[2])
                return ce[i].fn;
        return ext_unknown;
    }
    if (mh_span_eq(oid, SG_OID_AIA))
        return ext_aia;
    if (mh_span_eq(oid, SG_OID_QC))
        return ext_qc;
    if (mh_span_eq(oid, SG_OID_OCSP_NOCHECK))
        return ext_nocheck;
    return ext_unknown;
}

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_CERTIFICATE_INVALID,
        MH_NO_OFFSET, "certificate: %s", what);
}

enum mh_code
sg_cert_extensions(struct sg_cert *c, struct mh_span exts, struct mh_err *err)
{
    struct df_der all = df_der_from(exts);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct mh_span seen[MH_EXTENSIONS_MAX];
    size_t n = 0;

    if (!df_der_done(&all) || !df_der_more(&d))
        return bad(err, "malformed extensions");
    while (df_der_more(&d)) {
        struct sg_extension e;

        if (!sg_extension_read(&d, &e))
            return bad(err, "malformed extension");
        if (n == MH_EXTENSIONS_MAX)
            return mh_fail_finding(err, MH_ELIMIT, MH_F_CERTIFICATE_INVALID,
                MH_NO_OFFSET, "certificate: too many extensions");
        for (size_t i = 0; i < n; i++)
            if (mh_span_eq(seen[i], e.oid))
                return bad(err, "extension twice");
        seen[n++] = e.oid;
        if (e.wrote_default)
            c->lint |= SG_LINT_DEFAULT;
        if (!find_handler(e.oid)(c, &e))
            return bad(err, "malformed value of an extension");
    }
    if (!df_der_done(&d))
        return bad(err, "malformed extensions");
    return MH_OK;
}
