/*
 * Containers and CMS files signed; declared in family.h.
 */
#include "signer/sign/family.h"

#include "base/limits.h"
#include "base/time.h"
#include "signer/sign/asicbox.h"
#include "signer/sign/asicdraft.h"
#include "signer/sign/asicextra.h"
#include "signer/sign/asicraise.h"
#include "signer/sign/asicstate.h"
#include "signer/sign/cmsedit.h"
#include "signer/sign/cmswrite.h"

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
}

/* The length a value of the key has, r||s or the modulus. */
static enum mh_code
value_length(const struct sg_sign_spec *spec, const struct sg_cert *cert,
    struct mh_err *err, size_t *len)
{
    struct sg_facts *facts = sg_facts_new();
    const struct sg_key *key = NULL;
    enum mh_code code =
        facts == NULL ? no_memory(err) : sg_facts_key(facts, cert, err, &key);
    bool fits = false;

    if (code == MH_OK && key != NULL) {
        enum sg_key_type type = sg_key_type(key);
        size_t n = (sg_key_bits(key) + 7) / 8;

        fits = (type == SG_KEY_RSA && spec->scheme != SG_ECDSA) ||
               (type == SG_KEY_RSA_PSS && spec->scheme == SG_RSA_PSS) ||
               (type == SG_KEY_EC && spec->scheme == SG_ECDSA);
        *len = spec->scheme == SG_ECDSA ? 2 * n : n;
    }
    sg_facts_free(facts);
    if (code == MH_OK && !fits)
        code = mh_fail_finding(err, MH_EUNSUP, MH_F_ALGORITHM_PARAMETERS,
            MH_NO_OFFSET, "sign: the algorithm does not fit the key");
    return code;
}

static enum mh_code
start(const struct sg_sign_spec *spec, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err, struct sg_asic_draft *d)
{
    struct mh_civil when;
    enum mh_code code;

    *d = (struct sg_asic_draft){.spec = spec, .arena = arena, .out = out};
    if (sg_signature_uri(spec->scheme, spec->digest) == NULL ||
        spec->chain_count > MH_CERTS_MAX || out->at != 0 ||
        !mh_time_to_civil(spec->time, &when))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sign: choices");
    if (!df_xml_text_valid(mh_span_str(spec->role)) ||
        !df_xml_text_valid(mh_span_str(spec->place)))
        return mh_fail_finding(err, MH_EFORMAT, MH_F_ATTRIBUTE_INVALID,
            MH_NO_OFFSET, "sign: role or place is no text");
    code = sg_cert_parse(spec->certificate, arena, err, &d->cert);
    if (code == MH_OK)
        code = value_length(spec, d->cert, err, &d->state.value_len);
    if (code != MH_OK)
        return code;
    d->state.scheme = spec->scheme;
    d->state.digest = spec->digest;
    d->state.time = spec->time;
    d->state.certificate = spec->certificate;
    d->state.chain =
        mh_arena_array(arena, spec->chain_count, sizeof(*d->state.chain));
    if (d->state.chain == NULL)
        return no_memory(err);
    for (size_t i = 0; i < spec->chain_count; i++)
        d->state.chain[i] = spec->chain[i];
    d->state.chain_count = spec->chain_count;
    return MH_OK;
}

/* NOLINTBEGIN(readability-function-size): parameters as sign.h has them */
static enum mh_code
prepare(const struct sg_sign_spec *spec, const struct sg_sign_file *file,
    size_t files, struct mh_arena *arena, struct mh_out *out,
    struct mh_err *err, struct sg_draft *draft)
{
    struct sg_asic_draft d;
    enum mh_code code = start(spec, arena, out, err, &d);

    if (code != MH_OK)
        return code;
    if (spec->as == SG_AS_CMS)
        code = sg_draft_cms(&d, file, files, err);
    else if (spec->add)
        code = sg_draft_add(&d, file, files, err);
    else
        code = sg_draft_new(&d, file, files, err);
    if (code == MH_OK)
        code = sg_asic_state_pack(&d.state, arena, err, &draft->state);
    if (code == MH_OK)
        code = mh_digest_once(spec->digest, d.tbs, err, draft->digest);
    draft->alg = spec->digest;
    draft->tbs = d.tbs;
    return code;
}
/* NOLINTEND(readability-function-size) */

/* The state, and a value of the length it asks for. */
static enum mh_code
read_state(struct mh_span bytes, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, struct sg_asic_state *state)
{
    enum mh_code code = sg_asic_state_read(bytes, arena, err, state);

    if (code == MH_OK && value.len != state->value_len)
        code = mh_fail_finding(err, MH_EFORMAT, MH_F_SIGNATURE_VALUE_FORM,
            MH_NO_OFFSET, "sign: the signature value has a wrong length");
    return code;
}

/* Ends a buffer whose bytes go on living in the arena. */
static enum mh_code
keep(struct mh_buf *buf, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    enum mh_code code = MH_OK;

    if (!mh_buf_ok(buf))
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "sign: the signature is too large");
    if (code == MH_OK) {
        *out = mh_arena_copy(arena, mh_buf_get(buf));
        if (out->ptr == NULL)
            code = no_memory(err);
    }
    mh_buf_fini(buf);
    return code;
}

static enum mh_code
stamp_bytes(const struct sg_asic_state *s, struct mh_span value,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    struct mh_buf buf;
    enum mh_code code = MH_OK;

    mh_buf_init(&buf, MH_CERT_SIZE_MAX);
    if (s->form == SG_FORM_XADES)
        sg_xades_put_value(&buf, s->id, value, true);
    else
        code = sg_value_der(s->scheme, value, err, &buf);
    if (code != MH_OK) {
        mh_buf_fini(&buf);
        return code;
    }
    return keep(&buf, arena, err, out);
}

static enum mh_code
stamp_input(struct mh_span state, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    struct sg_asic_state s;
    enum mh_code code = read_state(state, value, arena, err, &s);

    return code == MH_OK ? stamp_bytes(&s, value, arena, err, out) : code;
}

static enum mh_code
finish_xades(const struct sg_asic_state *s, struct mh_span value,
    const struct sg_sign_extra *extra, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    const struct sg_values_in in = {
        extra, s->chain, s->chain_count, s->certificate};
    struct sg_values values;
    struct mh_buf buf;
    enum mh_code code = sg_values_of(&in, arena, err, &values);

    if (code != MH_OK)
        return code;
    mh_buf_init(&buf, MH_XML_SIZE_MAX);
    mh_buf_span(&buf, s->head);
    sg_xades_put_value(&buf, s->id, value, false);
    mh_buf_span(&buf, s->middle);
    sg_xades_end(&buf, &values, extra->token);
    mh_buf_span(&buf, s->tail);
    return keep(&buf, arena, err, out);
}

static enum mh_code
finish_cades(const struct sg_asic_state *s, struct mh_span value,
    const struct sg_sign_extra *extra, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    const struct sg_cms_spec spec = {.scheme = s->scheme,
        .digest = s->digest,
        .certificate = s->certificate,
        .chain = s->chain,
        .chain_count = s->chain_count,
        .time = s->time,
        .role = "",
        .place = "",
        .mime = ""};
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, MH_META_INF_TOTAL_MAX);
    code = sg_cms_assemble(&spec, s->attributes, value, extra, err, &buf);
    if (code != MH_OK) {
        mh_buf_fini(&buf);
        return code;
    }
    code = keep(&buf, arena, err, out);
    if (code == MH_OK && s->before.len > 0)
        code = sg_cms_merge(s->before, *out, arena, err, out);
    return code;
}

/* The signature as the last entry, directory and end. */
static enum mh_code
write_entry(const struct sg_asic_state *s, struct mh_span signature,
    struct mh_out *out, struct mh_err *err)
{
    const struct df_zip_input in = {.name = s->name, .bytes = signature};
    struct df_zip_writer w;
    enum mh_code code;

    if (signature.len > MH_META_INF_FILE_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_ZIP_LIMIT, MH_NO_OFFSET,
            "sign: the signature file is too large");
    df_zip_writer_init(&w, out, s->time);
    df_zip_writer_resume(&w, s->directory, s->entries);
    code = df_zip_write(&w, &in, err);
    if (code == MH_OK)
        code = df_zip_write_end(&w, s->comment, err);
    df_zip_writer_fini(&w);
    return code;
}

static enum mh_code
finish(struct mh_span state, struct mh_span value,
    const struct sg_sign_extra *extra, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err)
{
    static const struct sg_sign_extra nothing;
    struct mh_span bytes = {0}, signature = {0};
    struct sg_asic_state s;
    enum mh_code code = read_state(state, value, arena, err, &s);

    if (code == MH_OK && out->at != s.at)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "sign: the output stands elsewhere");
    if (extra == NULL)
        extra = &nothing;
    if (code == MH_OK && extra->token.len > 0) {
        code = stamp_bytes(&s, value, arena, err, &bytes);
        if (code == MH_OK)
            code = sg_token_fits(
                extra->token, bytes, (struct mh_span){0}, arena, err);
    }
    if (code == MH_OK)
        code = s.form == SG_FORM_XADES
                   ? finish_xades(&s, value, extra, arena, err, &signature)
                   : finish_cades(&s, value, extra, arena, err, &signature);
    if (code != MH_OK)
        return code;
    return s.archive ? write_entry(&s, signature, out, err)
                     : mh_out_append(out, signature, err);
}

const struct sg_family sg_family_asic = {
    .prepare = prepare,
    .stamp_input = stamp_input,
    .finish = finish,
    .imprints = sg_asic_imprints,
    .apply = sg_asic_apply,
};
