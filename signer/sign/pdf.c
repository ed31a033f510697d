#include "signer/sign/pdf_internal.h"

#include "base/limits.h"

void
sg_pdf_keys_init(struct sg_pdf_keys *keys)
{
    sg_pdfcrypt_init(&keys->crypt, &keys->crypto);
    keys->cipher = (struct df_pdf_cipher){&keys->crypt, sg_pdfcrypt_encrypt};
}

/* The SignedData that a state describes. */
static struct sg_cms_spec
cms_spec(const struct sg_pdf_state *s)
{
    return (struct sg_cms_spec){.scheme = s->scheme,
        .digest = s->alg,
        .certificate = s->certificate,
        .chain = s->chain,
        .chain_count = s->chain_count,
        .time = MH_TIME_NONE,
        .role = s->role,
        .place = "",
        .mime = ""};
}

/* EN 319 122-1 5.3: over the octets of SignerInfo.signature. */
static enum mh_code
stamp_input(struct mh_span state, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    struct sg_pdf_state s;
    struct mh_buf buf;
    enum mh_code code = sg_pdf_state_unpack(state, false, arena, err, &s);

    if (code != MH_OK)
        return code;
    mh_buf_init(&buf, MH_CERT_SIZE_MAX);
    code = sg_value_der(s.scheme, value, err, &buf);
    if (code == MH_OK && mh_buf_ok(&buf))
        *out = mh_arena_copy(arena, mh_buf_get(&buf));
    if (code == MH_OK && (!mh_buf_ok(&buf) || out->ptr == NULL))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    mh_buf_fini(&buf);
    return code;
}

static enum mh_code
finish(struct mh_span state, struct mh_span value,
    const struct sg_sign_extra *extra, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err)
{
    struct sg_sign_extra token = {0};
    struct sg_pdf_state s;
    struct sg_cms_spec spec;
    struct mh_buf cms;
    enum mh_code code = sg_pdf_state_unpack(state, false, arena, err, &s);

    if (code != MH_OK)
        return code;
    if (extra != NULL)
        token.token = extra->token;
    spec = cms_spec(&s);
    mh_buf_init(&cms, MH_PDF_CONTENTS_MAX);
    code = sg_cms_assemble(&spec, s.attributes, value, &token, err, &cms);
    if (code == MH_OK && !mh_buf_ok(&cms))
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "sign: value too large");
    if (code == MH_OK)
        code = sg_pdf_fill(&s, mh_buf_get(&cms), out, err);
    mh_buf_fini(&cms);
    return code;
}

const struct sg_family sg_family_pdf = {.prepare = sg_pdf_prepare,
    .stamp_input = stamp_input,
    .finish = finish,
    .imprints = sg_pdf_imprints,
    .apply = sg_pdf_apply};
