#include "signer/trust/cert.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/trust/certext.h"
#include "signer/trust/name.h"
#include "signer/trust/oid.h"

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_CERTIFICATE_INVALID,
        MH_NO_OFFSET, "certificate: %s", what);
}

static enum sg_attr_type
attr_type(struct mh_span oid)
{
    if (oid.len == 3 && oid.ptr[0] == 0x55 && oid.ptr[1] == 0x04) {
        switch (oid.ptr[2]) {
        case 3:
            return SG_ATTR_CN;
        case 4:
            return SG_ATTR_SURNAME;
        case 5:
            return SG_ATTR_SERIAL_NUMBER;
        case 6:
            return SG_ATTR_C;
        case 7:
            return SG_ATTR_L;
        case 8:
            return SG_ATTR_ST;
        case 10:
            return SG_ATTR_O;
        case 11:
            return SG_ATTR_OU;
        case 42:
            return SG_ATTR_GIVEN_NAME;
        case 97:
            return SG_ATTR_ORG_ID;
        default:
            return SG_ATTR_OTHER;
        }
    }
    if (mh_span_eq(oid, SG_OID_EMAIL))
        return SG_ATTR_EMAIL;
    if (mh_span_eq(oid, SG_OID_DC))
        return SG_ATTR_DC;
    return SG_ATTR_OTHER;
}

/* Counts the attributes of a Name; false where it is malformed. */
static bool
count_attrs(struct df_der d, size_t *count)
{
    *count = 0;
    while (df_der_more(&d)) {
        struct df_der rdn = df_der_enter(&d, DF_SET);

        if (!df_der_more(&rdn))
            return false; /* RelativeDistinguishedName is SIZE (1..MAX) */
        while (df_der_more(&rdn)) {
            (void)df_der_get(&rdn, DF_SEQUENCE); /* the reader remembers */
            ++*count;
        }
        if (rdn.bad || *count > MH_NAME_PARTS_MAX)
            return false;
    }
    return df_der_done(&d);
}

/*
 * X.520: the attributes that we know are character strings; of others there
 * are bit strings (x500UniqueIdentifier) and sequences (postalAddress).
 */
static bool
value_allowed(const struct sg_attr *a)
{
    switch (a->tag) {
    case DF_UTF8_STRING:
        return mh_utf8_valid(a->value);
    case DF_BMP_STRING:
        return a->value.len % 2 == 0;
    case DF_UNIVERSAL_STRING:
        return a->value.len % 4 == 0;
    case DF_PRINTABLE_STRING:
    case DF_IA5_STRING:
    case DF_NUMERIC_STRING:
    case DF_VISIBLE_STRING:
    case DF_T61_STRING:
        return true;
    case DF_BIT_STRING:
    case DF_SEQUENCE:
        return a->type == SG_ATTR_OTHER;
    default:
        return false;
    }
}

enum mh_code
sg_name_parse(struct mh_span raw, struct mh_arena *arena, struct mh_err *err,
    struct sg_name *out)
{
    struct df_der all = df_der_from(raw);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    unsigned rdn = 0;
    size_t n = 0;

    *out = (struct sg_name){.raw = raw};
    if (!df_der_done(&all) || !count_attrs(d, &out->count))
        return bad(err, "malformed name");
    if (out->count == 0)
        return MH_OK;
    out->attrs = mh_arena_array(arena, out->count, sizeof(*out->attrs));
    if (out->attrs == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "certificate: memory");
    for (; df_der_more(&d); rdn++) {
        struct df_der set = df_der_enter(&d, DF_SET);

        while (df_der_more(&set)) {
            struct df_der av = df_der_enter(&set, DF_SEQUENCE);
            struct sg_attr *a = &out->attrs[n++];
            struct df_tlv value;

            a->oid = df_der_get(&av, DF_OID);
            if (!df_der_any(&av, &value) || !df_der_done(&av) ||
                !df_der_oid_valid(a->oid))
                return bad(err, "malformed name");
            a->type = attr_type(a->oid);
            a->tag = value.tag;
            a->value = value.body;
            a->rdn = rdn;
            if (!value_allowed(a))
                return bad(err, "malformed name");
        }
    }
    return MH_OK;
}

bool
sg_algid_read(struct df_der *d, struct sg_algid *out)
{
    struct df_der in;
    struct df_tlv p;

    *out = (struct sg_algid){.raw = df_der_get_all(d, DF_SEQUENCE)};
    in = df_der_from(out->raw);
    in = df_der_enter(&in, DF_SEQUENCE);
    out->oid = df_der_get(&in, DF_OID);
    if (df_der_more(&in) && df_der_any(&in, &p))
        out->params = p.all;
    if (!df_der_done(&in) || !df_der_oid_valid(out->oid))
        d->bad = true;
    return !d->bad;
}

/* RFC 5280 4.1.2.2: positive, at most 20 octets. */
static bool
serial_valid(struct mh_span s)
{
    return df_der_integer_valid(s) && (s.ptr[0] & 0x80) == 0 && s.len <= 20 &&
           !(s.len == 1 && s.ptr[0] == 0);
}

static bool
read_time(struct df_der *d, struct sg_cert *c, int64_t *out)
{
    struct df_tlv t;
    struct mh_civil civil;

    if (!df_der_any(d, &t) || !df_der_time(t.tag, t.body, out))
        return false;
    if (t.tag == DF_GENERALIZED_TIME && mh_time_to_civil(*out, &civil) &&
        civil.year < 2050)
        c->lint |= SG_LINT_TIME_FORM;
    return true;
}

static bool
read_validity(struct df_der *d, struct sg_cert *c)
{
    struct df_der v = df_der_enter(d, DF_SEQUENCE);

    return read_time(&v, c, &c->not_before) &&
           read_time(&v, c, &c->not_after) && df_der_done(&v);
}

static bool
read_spki(struct df_der *d, struct sg_cert *c)
{
    struct df_der in;

    c->spki = df_der_get_all(d, DF_SEQUENCE);
    in = df_der_from(c->spki);
    in = df_der_enter(&in, DF_SEQUENCE);
    return sg_algid_read(&in, &c->key_alg) &&
           df_der_bit_bytes(df_der_get(&in, DF_BIT_STRING), &c->key_bits) &&
           df_der_done(&in);
}

static bool
read_version(struct df_der *d, struct sg_cert *c)
{
    struct mh_span body;
    struct df_der v;
    uint64_t n = 0;

    c->version = 1;
    if (!df_der_opt(d, DF_CONTEXT_CONS(0), &body))
        return !d->bad;
    v = df_der_from(body);
    if (!df_der_uint(df_der_get(&v, DF_INTEGER), &n) || !df_der_done(&v) ||
        n > 2)
        return false;
    if (n == 0)
        c->lint |= SG_LINT_DEFAULT;
    c->version = (unsigned)n + 1;
    return true;
}

/* From the two names on: validity stands between them. */
static enum mh_code
read_middle(struct df_der *d, struct mh_arena *arena, struct mh_err *err,
    struct sg_cert *c)
{
    enum mh_code rc;

    rc = sg_name_parse(df_der_get_all(d, DF_SEQUENCE), arena, err, &c->issuer);
    if (rc != MH_OK)
        return rc;
    if (!read_validity(d, c))
        return bad(err, "malformed validity");
    rc = sg_name_parse(df_der_get_all(d, DF_SEQUENCE), arena, err, &c->subject);
    if (rc != MH_OK)
        return rc;
    if (!read_spki(d, c))
        return bad(err, "malformed public key");
    return MH_OK;
}

static bool
read_unique_id(struct df_der *d, struct sg_cert *c, unsigned tag)
{
    struct mh_span body;

    if (df_der_opt(d, tag, &body) && c->version == 1)
        c->lint |= SG_LINT_EXT_VERSION;
    return !d->bad;
}

static enum mh_code
read_tbs(struct sg_cert *c, struct mh_arena *arena, struct mh_err *err)
{
    struct df_der d = df_der_from(c->tbs);
    struct sg_algid inner;
    struct mh_span exts;
    enum mh_code rc;

    d = df_der_enter(&d, DF_SEQUENCE);
    if (!read_version(&d, c))
        return bad(err, "malformed version");
    c->serial = df_der_get(&d, DF_INTEGER);
    if (!serial_valid(c->serial))
        return bad(err, "serial number not allowed");
    if (!sg_algid_read(&d, &inner) || !mh_span_eq(inner.raw, c->sigalg.raw))
        return bad(err, "two signature algorithms");
    rc = read_middle(&d, arena, err, c);
    if (rc != MH_OK)
        return rc;
    if (!read_unique_id(&d, c, DF_CONTEXT(1)) ||
        !read_unique_id(&d, c, DF_CONTEXT(2)))
        return bad(err, "malformed unique identifier");
    if (df_der_opt(&d, DF_CONTEXT_CONS(3), &exts)) {
        if (c->version != 3)
            c->lint |= SG_LINT_EXT_VERSION;
        rc = sg_cert_extensions(c, exts, err);
        if (rc != MH_OK)
            return rc;
    }
    if (!df_der_done(&d))
        return bad(err, "malformed content");
    return MH_OK;
}

static void
whole_lints(struct sg_cert *c)
{
    bool may_sign = c->has_ku && (c->ku & SG_KU_CERT_SIGN) != 0;

    c->self_issued = sg_name_eq(&c->issuer, &c->subject);
    if (c->issuer.count == 0 || (c->ca && c->subject.count == 0))
        c->lint |= SG_LINT_EMPTY_NAME;
    if (c->path_len >= 0 && (!c->ca || (c->has_ku && !may_sign)))
        c->lint |= SG_LINT_PATHLEN;
    if (c->name_constraints.ptr != NULL && !c->ca)
        c->lint |= SG_LINT_NC_SYNTAX; /* 4.2.1.10: only in a CA certificate */
    if (c->subject.count == 0 && !c->san_critical)
        c->lint |= SG_LINT_NO_SUBJECT;
    if (may_sign && !c->ca)
        c->lint |= SG_LINT_KU_CERT_SIGN;
    if (c->ca && (c->ski.len == 0 || !c->has_ku))
        c->lint |= SG_LINT_NO_SKI;
    if (c->aki_key.len == 0)
        c->lint |= SG_LINT_NO_AKI;
    /* RFC 3280 let policyConstraints be non-critical.  Of such certificates
       only those cannot be misread that want policies from here on, and
       state some themselves. */
    if (c->has_require_explicit && c->require_explicit == 0 &&
        c->policies.ptr != NULL)
        c->lint &= ~(unsigned)SG_LINT_PC_NOT_CRITICAL;
}

enum mh_code
sg_cert_parse(struct mh_span der, struct mh_arena *arena, struct mh_err *err,
    struct sg_cert **out)
{
    struct df_der all = df_der_from(der), d;
    struct sg_cert *c;
    enum mh_code rc;

    if (der.len > MH_CERT_SIZE_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_CERTIFICATE_INVALID,
            MH_NO_OFFSET, "certificate: too large");
    d = df_der_enter(&all, DF_SEQUENCE);
    if (!df_der_done(&all))
        return bad(err, "not one DER value");
    c = mh_arena_alloc(arena, sizeof(*c));
    if (c == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "certificate: memory");
    c->der = der;
    c->path_len = -1;
    c->tbs = df_der_get_all(&d, DF_SEQUENCE);
    if (!sg_algid_read(&d, &c->sigalg) ||
        !df_der_bit_bytes(df_der_get(&d, DF_BIT_STRING), &c->signature) ||
        !df_der_done(&d))
        return bad(err, "malformed outer structure");
    rc = read_tbs(c, arena, err);
    if (rc != MH_OK)
        return rc;
    rc = mh_digest_once(MH_SHA256, der, err, c->sha256);
    if (rc != MH_OK)
        return rc;
    whole_lints(c);
    *out = c;
    return MH_OK;
}

const struct sg_attr *
sg_name_find(const struct sg_name *name, enum sg_attr_type type)
{
    for (size_t i = name->count; i > 0; i--)
        if (name->attrs[i - 1].type == type)
            return &name->attrs[i - 1];
    return NULL;
}

static struct mh_span
keep(struct mh_buf *buf, struct mh_arena *arena)
{
    struct mh_span s = {0};

    if (mh_buf_ok(buf))
        s = mh_arena_copy(arena, mh_buf_get(buf));
    mh_buf_fini(buf);
    return s.ptr == NULL ? (struct mh_span){0} : s;
}

struct mh_span
sg_attr_text(const struct sg_attr *attr, struct mh_arena *arena)
{
    struct mh_buf raw, clean;

    if (attr == NULL)
        return (struct mh_span){0};
    mh_buf_init(&raw, MH_CERT_SIZE_MAX);
    mh_buf_init(&clean, (size_t)4 * MH_REPORT_TEXT_MAX);
    if (sg_attr_utf8(attr->tag, attr->value, &raw))
        mh_text_clean(mh_buf_get(&raw), MH_REPORT_TEXT_MAX, &clean);
    mh_buf_fini(&raw);
    return keep(&clean, arena);
}

static const char *
attr_label(enum sg_attr_type type)
{
    static const char *const labels[] = {[SG_ATTR_CN] = "CN",
        [SG_ATTR_SURNAME] = "SN",
        [SG_ATTR_GIVEN_NAME] = "GN",
        [SG_ATTR_SERIAL_NUMBER] = "serialNumber",
        [SG_ATTR_C] = "C",
        [SG_ATTR_L] = "L",
        [SG_ATTR_ST] = "ST",
        [SG_ATTR_O] = "O",
        [SG_ATTR_OU] = "OU",
        [SG_ATTR_ORG_ID] = "organizationIdentifier",
        [SG_ATTR_EMAIL] = "emailAddress",
        [SG_ATTR_DC] = "DC"};

    return labels[type];
}

struct mh_span
sg_name_text(const struct sg_name *name, struct mh_arena *arena)
{
    struct mh_buf raw, clean;

    mh_buf_init(&raw, MH_CERT_SIZE_MAX);
    mh_buf_init(&clean, (size_t)4 * MH_REPORT_TEXT_MAX);
    for (size_t i = name->count; i > 0; i--) {
        const struct sg_attr *a = &name->attrs[i - 1];
        char oid[128];

        if (raw.len > 0)
            mh_buf_str(&raw, ", ");
        if (a->type != SG_ATTR_OTHER)
            mh_buf_str(&raw, attr_label(a->type));
        else if (df_der_oid_text(a->oid, oid, sizeof(oid)))
            mh_buf_str(&raw, oid);
        mh_buf_byte(&raw, '=');
        if (!sg_attr_utf8(a->tag, a->value, &raw))
            mh_buf_byte(&raw, '?');
    }
    if (mh_buf_ok(&raw))
        mh_text_clean(mh_buf_get(&raw), MH_REPORT_TEXT_MAX, &clean);
    mh_buf_fini(&raw);
    return keep(&clean, arena);
}

bool
sg_cert_aia(const struct sg_cert *cert, enum sg_aia method, size_t n,
    struct mh_span *uri)
{
    struct df_der d = df_der_from(cert->aia);
    struct mh_span want =
        method == SG_AIA_OCSP ? SG_OID_AD_OCSP : SG_OID_AD_CA_ISSUERS;

    while (df_der_more(&d)) {
        struct df_der ad = df_der_enter(&d, DF_SEQUENCE);
        struct mh_span oid = df_der_get(&ad, DF_OID), s;

        if (!mh_span_eq(oid, want) || !df_der_opt(&ad, DF_CONTEXT(6), &s))
            continue;
        if (!mh_span_starts(s, "http://") && !mh_span_starts(s, "https://"))
            continue;
        if (n-- == 0) {
            *uri = s;
            return true;
        }
    }
    return false;
}

bool
sg_cert_same(const struct sg_cert *a, const struct sg_cert *b)
{
    return a == b || memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}
