#include "signer/sign/cmsedit.h"

#include "base/limits.h"
#include "signer/sign/cmswrite.h"
#include "signer/trust/oid.h"

enum {
    CMS_MAX = 64 << 20 /* bytes of a SignedData */
};

static enum mh_code
invalid(struct mh_err *err)
{
    return mh_fail_finding(err, MH_EUNSUP, MH_F_CMS_INVALID, MH_NO_OFFSET,
        "cms: not a SignedData in DER");
}

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "cms: no memory");
}

/* The bytes of a buffer in the arena; ends the buffer. */
static enum mh_code
keep(struct mh_buf *buf, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    enum mh_code code = MH_OK;

    if (!mh_buf_ok(buf))
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "cms: the signature is too large");
    if (code == MH_OK) {
        *out = mh_arena_copy(arena, mh_buf_get(buf));
        if (out->ptr == NULL)
            code = no_memory(err);
    }
    mh_buf_fini(buf);
    return code;
}

/* The elements of a set, with room for more. */
static enum mh_code
read_set(struct mh_span body, size_t room, struct mh_arena *arena,
    struct mh_err *err, struct sg_cms_set *out)
{
    struct df_der d = df_der_from(body);
    struct df_tlv t;
    size_t count = 0;

    while (df_der_more(&d) && df_der_any(&d, &t))
        count++;
    if (d.bad)
        return invalid(err);
    out->cap = count + room;
    out->item = mh_arena_array(arena, out->cap + 1, sizeof(*out->item));
    if (out->item == NULL)
        return no_memory(err);
    d = df_der_from(body);
    while (df_der_more(&d) && df_der_any(&d, &t))
        out->item[out->count++] = t.all;
    return MH_OK;
}

enum mh_code
sg_cms_split(struct mh_span der, size_t room, struct mh_arena *arena,
    struct mh_err *err, struct sg_cms_parts *out)
{
    struct df_der all = df_der_from(der), info, tag, d;
    struct mh_span digests, signers, certs = {0}, revocations = {0};
    enum mh_code code;
    bool named, versioned;

    *out = (struct sg_cms_parts){0};
    info = df_der_enter(&all, DF_SEQUENCE);
    named = mh_span_eq(df_der_get(&info, DF_OID), SG_OID_PKCS7("\x02"));
    tag = df_der_enter(&info, DF_CONTEXT_CONS(0));
    d = df_der_enter(&tag, DF_SEQUENCE);
    versioned = df_der_uint(df_der_get(&d, DF_INTEGER), &out->version);
    digests = df_der_get(&d, DF_SET);
    out->content = df_der_get_all(&d, DF_SEQUENCE);
    (void)df_der_opt(&d, DF_CONTEXT_CONS(0), &certs);       /* optional */
    (void)df_der_opt(&d, DF_CONTEXT_CONS(1), &revocations); /* optional */
    signers = df_der_get(&d, DF_SET);
    if (!df_der_done(&d) || !df_der_done(&tag) || !df_der_done(&info) ||
        !df_der_done(&all) || !named || !versioned)
        return invalid(err);
    code = read_set(digests, room, arena, err, &out->digests);
    if (code == MH_OK)
        code = read_set(certs, room, arena, err, &out->certs);
    if (code == MH_OK)
        code = read_set(revocations, room, arena, err, &out->revocations);
    if (code == MH_OK)
        code = read_set(signers, room, arena, err, &out->signers);
    return code;
}

void
sg_cms_set_add(struct sg_cms_set *set, struct mh_span item)
{
    for (size_t i = 0; i < set->count; i++)
        if (mh_span_eq(set->item[i], item))
            return;
    if (set->count < set->cap)
        set->item[set->count++] = item;
}

enum mh_code
sg_cms_add_extra(struct sg_cms_parts *parts, const struct sg_sign_extra *extra,
    struct mh_arena *arena, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < extra->cert_count; i++)
        sg_cms_set_add(&parts->certs, extra->certs[i]);
    for (size_t i = 0; i < extra->crl_count; i++)
        sg_cms_set_add(&parts->revocations, extra->crls[i]);
    for (size_t i = 0; i < extra->ocsp_count && code == MH_OK; i++) {
        struct mh_span item;
        struct mh_buf buf;

        mh_buf_init(&buf, MH_OCSP_SIZE_MAX + MH_MESSAGE_MAX);
        sg_cms_put_ocsp(&buf, extra->ocsps[i]);
        code = keep(&buf, arena, err, &item);
        if (code == MH_OK)
            sg_cms_set_add(&parts->revocations, item);
    }
    return code;
}

static void
put_attribute(struct mh_buf *out, struct mh_span oid, struct mh_span value)
{
    size_t seq = df_der_open(out, DF_SEQUENCE), set;

    df_der_put(out, DF_OID, oid);
    set = df_der_open(out, DF_SET);
    mh_buf_span(out, value);
    df_der_close(out, set);
    df_der_close(out, seq);
}

enum mh_code
sg_cms_add_unsigned(struct mh_span *signer, struct mh_span oid,
    struct mh_span value, struct mh_arena *arena, struct mh_err *err)
{
    struct df_der all = df_der_from(*signer);
    struct df_der d = df_der_enter(&all, DF_SEQUENCE);
    struct mh_span attrs = {0};
    size_t seq, set;
    struct mh_buf buf;

    mh_buf_init(&buf, CMS_MAX);
    seq = df_der_open(&buf, DF_SEQUENCE);
    while (df_der_more(&d) && df_der_peek(&d) != DF_CONTEXT_CONS(1)) {
        struct df_tlv t;

        (void)df_der_any(&d, &t); /* the reader remembers */
        mh_buf_span(&buf, t.all);
    }
    (void)df_der_opt(&d, DF_CONTEXT_CONS(1), &attrs); /* optional */
    if (!df_der_done(&d) || !df_der_done(&all)) {
        mh_buf_fini(&buf);
        return invalid(err);
    }
    set = df_der_open(&buf, DF_CONTEXT_CONS(1));
    mh_buf_span(&buf, attrs);
    put_attribute(&buf, oid, value);
    df_der_close_set(&buf, set);
    df_der_close(&buf, seq);
    return keep(&buf, arena, err, signer);
}

static void
put_set(struct mh_buf *out, unsigned tag, const struct sg_cms_set *set)
{
    size_t open = df_der_open(out, tag);

    for (size_t i = 0; i < set->count; i++)
        mh_buf_span(out, set->item[i]);
    df_der_close_set(out, open);
}

/* RFC 5652 5.1: version 5 as soon as other revocation data occur. */
static uint64_t
version_of(const struct sg_cms_parts *p)
{
    for (size_t i = 0; i < p->revocations.count; i++)
        if (p->revocations.item[i].ptr[0] == DF_CONTEXT_CONS(1))
            return 5;
    return p->version;
}

enum mh_code
sg_cms_join(const struct sg_cms_parts *parts, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    size_t info, tag, data;
    struct mh_buf buf;

    if (parts->certs.count > MH_CERTS_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "cms: too many certificates");
    mh_buf_init(&buf, CMS_MAX);
    info = df_der_open(&buf, DF_SEQUENCE);
    df_der_put(&buf, DF_OID, SG_OID_PKCS7("\x02"));
    tag = df_der_open(&buf, DF_CONTEXT_CONS(0));
    data = df_der_open(&buf, DF_SEQUENCE);
    df_der_put_uint(&buf, version_of(parts));
    put_set(&buf, DF_SET, &parts->digests);
    mh_buf_span(&buf, parts->content);
    if (parts->certs.count > 0)
        put_set(&buf, DF_CONTEXT_CONS(0), &parts->certs);
    if (parts->revocations.count > 0)
        put_set(&buf, DF_CONTEXT_CONS(1), &parts->revocations);
    put_set(&buf, DF_SET, &parts->signers);
    df_der_close(&buf, data);
    df_der_close(&buf, tag);
    df_der_close(&buf, info);
    return keep(&buf, arena, err, out);
}

enum mh_code
sg_cms_merge(struct mh_span before, struct mh_span added,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    struct sg_cms_parts a, b;
    enum mh_code code = sg_cms_split(added, 0, arena, err, &b);
    size_t room =
        b.digests.count + b.certs.count + b.revocations.count + b.signers.count;

    if (code == MH_OK)
        code = sg_cms_split(before, room, arena, err, &a);
    if (code != MH_OK)
        return code;
    if (!mh_span_eq(a.content, b.content))
        return mh_fail_finding(err, MH_EUNSUP, MH_F_CMS_INVALID, MH_NO_OFFSET,
            "cms: the content stands inside the signature");
    for (size_t i = 0; i < b.digests.count; i++)
        sg_cms_set_add(&a.digests, b.digests.item[i]);
    for (size_t i = 0; i < b.certs.count; i++)
        sg_cms_set_add(&a.certs, b.certs.item[i]);
    for (size_t i = 0; i < b.revocations.count; i++)
        sg_cms_set_add(&a.revocations, b.revocations.item[i]);
    for (size_t i = 0; i < b.signers.count; i++)
        sg_cms_set_add(&a.signers, b.signers.item[i]);
    return sg_cms_join(&a, arena, err, out);
}
