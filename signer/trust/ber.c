#include "signer/trust/ber.h"

#include "base/limits.h"
#include "docformat/docformat.h"

struct header {
    uint8_t tag;
    bool indefinite;
    size_t header, len;
};

static bool
read_header(struct mh_span in, struct header *h)
{
    size_t n, v = 0;

    if (in.len < 2 || (in.ptr[0] & 0x1f) == 0x1f)
        return false;
    *h = (struct header){.tag = in.ptr[0], .header = 2};
    if (in.ptr[1] < 0x80) {
        h->len = in.ptr[1];
        return h->len <= in.len - 2;
    }
    if (in.ptr[1] == 0x80) {
        h->indefinite = true;
        h->len = in.len - 2; /* at most; its end is found on the way */
        return (h->tag & 0x20) != 0;
    }
    n = in.ptr[1] & 0x7fU;
    if (n > 4 || in.len < 2 + n)
        return false;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | in.ptr[2 + i];
    h->header = 2 + n;
    h->len = v;
    return v <= in.len - 2 - n;
}

static void
put_header(struct mh_buf *out, uint8_t tag, size_t len)
{
    unsigned bytes = 0;

    mh_buf_byte(out, tag);
    if (len < 0x80) {
        mh_buf_byte(out, (uint8_t)len);
        return;
    }
    while (len >> (8 * bytes) != 0)
        bytes++;
    mh_buf_byte(out, (uint8_t)(0x80 | bytes));
    for (; bytes > 0; bytes--)
        mh_buf_byte(out, (uint8_t)(len >> (8 * (bytes - 1))));
}

static enum mh_code rewrite(
    struct mh_span *in, unsigned depth, struct mh_err *err, struct mh_buf *out);

static enum mh_code
bad(struct mh_err *err)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "ber: malformed value");
}

static bool
end_of_contents(struct mh_span s)
{
    return s.len >= 2 && s.ptr[0] == 0 && s.ptr[1] == 0;
}

/* The values inside a constructed one; *body is what was not used. */
static enum mh_code
children(const struct header *h, struct mh_span *body, unsigned depth,
    struct mh_err *err, struct mh_buf *out) /* NOLINT(misc-no-recursion) */
{
    while (body->len > 0 && !(h->indefinite && end_of_contents(*body))) {
        enum mh_code rc = rewrite(body, depth, err, out);

        if (rc != MH_OK)
            return rc;
    }
    if (h->indefinite) {
        if (body->len < 2)
            return bad(err);
        body->ptr += 2;
        body->len -= 2;
    }
    return MH_OK;
}

/* The contents of the primitive parts of a constructed string. */
static enum mh_code
join(struct mh_span parts, uint8_t tag, struct mh_err *err, struct mh_buf *out)
{
    struct df_der d = df_der_from(parts);
    struct mh_buf all;
    struct df_tlv t;
    enum mh_code rc = MH_OK;

    mh_buf_init(&all, parts.len + 1);
    while (df_der_more(&d) && df_der_any(&d, &t))
        if (t.tag == tag)
            mh_buf_span(&all, t.body);
        else
            d.bad = true;
    if (!df_der_done(&d) || !mh_buf_ok(&all)) {
        rc = bad(err);
    } else {
        put_header(out, tag, all.len);
        mh_buf_span(out, mh_buf_get(&all));
    }
    mh_buf_fini(&all);
    return rc;
}

static enum mh_code
rewrite_constructed(const struct header *h, struct mh_span *body,
    unsigned depth, struct mh_err *err, struct mh_buf *out)
{ /* NOLINT(misc-no-recursion) */
    struct mh_buf inner;
    enum mh_code rc;

    mh_buf_init(&inner, out->max);
    rc = children(h, body, depth + 1, err, &inner);
    if (rc == MH_OK && !mh_buf_ok(&inner))
        rc = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "ber: too large");
    if (rc == MH_OK && h->tag == (DF_OCTET_STRING | 0x20)) {
        rc = join(mh_buf_get(&inner), DF_OCTET_STRING, err, out);
    } else if (rc == MH_OK) {
        put_header(out, h->tag, inner.len);
        mh_buf_span(out, mh_buf_get(&inner));
    }
    mh_buf_fini(&inner);
    return rc;
}

/* Takes one value off *in; depth is bounded. */
static enum mh_code
rewrite(struct mh_span *in, unsigned depth, struct mh_err *err,
    struct mh_buf *out) /* NOLINT(misc-no-recursion) */
{
    struct header h;
    struct mh_span body;
    enum mh_code rc;

    if (depth == MH_DER_DEPTH_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "ber: too deep");
    if (!read_header(*in, &h))
        return bad(err);
    body = (struct mh_span){in->ptr + h.header, h.len};
    if ((h.tag & 0x20) == 0) {
        put_header(out, h.tag, h.len);
        mh_buf_span(out, body);
        in->ptr += h.header + h.len;
        in->len -= h.header + h.len;
        return MH_OK;
    }
    rc = rewrite_constructed(&h, &body, depth, err, out);
    if (rc != MH_OK)
        return rc;
    if (h.indefinite) {
        *in = body;
    } else {
        in->ptr += h.header + h.len;
        in->len -= h.header + h.len;
    }
    return MH_OK;
}

enum mh_code
sg_ber_to_der(struct mh_span in, struct mh_err *err, struct mh_buf *out)
{
    enum mh_code rc = rewrite(&in, 0, err, out);

    if (rc != MH_OK)
        return rc;
    if (in.len != 0)
        return bad(err);
    return mh_buf_ok(out)
               ? MH_OK
               : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "ber: too large");
}
