#include "signer/examiner/signjob.h"

#include <string.h>
#include <unistd.h>

#include "base/wire/sign.h"
#include "signer/remote/remote.h"
#include "signer/sign/sign.h"
#include "signer/trust/tsa.h"
#include "signer/verify/assemble.h"
#include "signer/verify/out.h"

/* A step with what it works on. */
struct step {
    const struct sg_sign_work *work;
    struct mh_sign_request r;
    struct sg_sign_file file[MH_JOB_INPUTS_MAX];
    size_t files;
    struct mh_out out;
};

/* What was given for all items, as signer/sign takes it. */
static struct sg_sign_extra
extra_of(const struct mh_material *m, struct mh_span token)
{
    return (struct sg_sign_extra){.token = token,
        .certs = m->cert,
        .ocsps = m->ocsp,
        .crls = m->crl,
        .cert_count = m->certs,
        .ocsp_count = m->ocsps,
        .crl_count = m->crls};
}

static double
points(int64_t thousandths)
{
    return (double)thousandths / 1000.0;
}

static enum mh_code
take_spec(
    const struct mh_sign_spec *s, struct mh_err *err, struct sg_sign_spec *out)
{
    if (s->as >= SG_AS_END || s->scheme >= SG_SIGN_SCHEMES ||
        s->certify >= SG_CERTIFY_END || s->lock >= SG_LOCK_END)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "sign: unknown choice");
    *out = (struct sg_sign_spec){.as = (enum sg_as)s->as,
        .cades = s->cades,
        .add = s->add,
        .level = s->level,
        .scheme = (enum sg_scheme)s->scheme,
        .digest = s->digest,
        .certificate = s->certificate,
        .chain = s->chain,
        .chain_count = s->chains,
        .time = s->time,
        .role = s->role,
        .place = s->place,
        .reason = s->reason,
        .visible = s->visible,
        .page = s->page,
        .x = points(s->x),
        .y = points(s->y),
        .w = points(s->w),
        .h = points(s->h),
        .lang = s->lang,
        .certify = (enum sg_certify)s->certify,
        .lock = (enum sg_lock)s->lock,
        .field = s->field,
        .fields = s->fields};
    return MH_OK;
}

static enum mh_code
do_prepare(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    struct sg_sign_spec spec;
    struct sg_draft d;
    struct mh_sign_draft packed;
    enum mh_code code = take_spec(&s->r.spec, err, &spec);

    if (code == MH_OK)
        code = sg_sign_prepare(
            &spec, s->file, s->files, s->work->arena, &s->out, err, &d);
    if (code != MH_OK)
        return code;
    packed = (struct mh_sign_draft){.alg = d.alg,
        .digest = {d.digest, mh_digest_length(d.alg)},
        .tbs = d.tbs,
        .state = d.state};
    mh_sign_draft_pack(&packed, out);
    return MH_OK;
}

static enum mh_code
do_stamp(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    struct mh_span bytes;
    enum mh_code code = sg_sign_stamp_input(
        s->r.state, s->r.value, s->work->arena, err, &bytes);

    if (code == MH_OK)
        mh_buf_span(out, bytes);
    return code;
}

static enum mh_code
do_finish(struct step *s, struct mh_err *err)
{
    struct sg_sign_extra extra = extra_of(&s->r.material, s->r.token);

    return sg_sign_finish(
        s->r.state, s->r.value, &extra, s->work->arena, &s->out, err);
}

static enum mh_code
do_imprints(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    struct mh_sign_imprints packed = {0};
    struct sg_imprint *imprint;
    size_t count;
    enum mh_code code = sg_raise_imprints((enum sg_raise)s->r.step, s->r.alg,
        &s->file[0], s->r.time, (size_t)s->r.room, s->work->arena, &s->out, err,
        &imprint, &count);

    if (code != MH_OK)
        return code;
    packed.imprint =
        mh_arena_array(s->work->arena, count, sizeof(*packed.imprint));
    if (packed.imprint == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    for (; packed.count < count; packed.count++)
        packed.imprint[packed.count] =
            (struct mh_sign_imprint){.sig = imprint[packed.count].sig,
                .digest = {imprint[packed.count].digest,
                    mh_digest_length(s->r.alg)},
                .state = imprint[packed.count].state};
    mh_sign_imprints_pack(&packed, out);
    return MH_OK;
}

static enum mh_code
do_apply(struct step *s, struct mh_err *err)
{
    struct sg_raise_item *item =
        mh_arena_array(s->work->arena, s->r.items, sizeof(*item));

    if (item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    for (size_t i = 0; i < s->r.items; i++)
        item[i] = (struct sg_raise_item){.sig = (size_t)s->r.item[i].sig,
            .state = s->r.item[i].state,
            .extra = extra_of(&s->r.material, s->r.item[i].token)};
    return sg_raise_apply((enum sg_raise)s->r.step, &s->file[0], item,
        s->r.items, s->r.time, s->work->arena, &s->out, err);
}

/* The token of a reply, whose own signature holds. */
static enum mh_code
do_token(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    struct mh_tsq query = {
        .alg = s->r.alg, .digest = s->r.imprint, .nonce = s->r.nonce};
    struct sg_pool *pool = sg_pool_new(s->work->arena);
    struct sg_tst_result result;
    struct sg_tst *tst = NULL;
    struct mh_span token;
    enum mh_code code = sg_tsa_reply(
        s->r.token, &query, s->r.time, s->work->arena, err, &token);

    if (pool == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    if (code == MH_OK)
        code = sg_tst_parse(token, s->work->arena, err, &tst);
    if (code == MH_OK)
        code = sg_tst_check(tst, pool, s->work->facts, err, &result);
    if (code == MH_OK && !result.ok)
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "time-stamp: %.100s", result.text);
    if (code == MH_OK)
        mh_buf_span(out, token);
    return code;
}

static const char *
attribute(struct step *s, const struct sg_name *name, enum sg_attr_type type)
{
    struct mh_arena *arena = s->work->arena;

    return sg_clean(arena, sg_attr_text(sg_name_find(name, type), arena));
}

/* Whose certificate it is, and what its key signs with. */
static enum mh_code
do_key(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    struct mh_span der = s->r.spec.certificate;
    struct mh_sign_key key = {.fin = ""};
    struct sg_cert *cert = NULL;
    bool rsa = false;
    enum mh_code code = sg_remote_key(der, err, &rsa, &key.digest);

    if (code == MH_OK)
        code = sg_cert_parse(der, s->work->arena, err, &cert);
    if (code != MH_OK || cert == NULL)
        return code;
    key.scheme = rsa ? SG_RSA_PKCS1 : SG_ECDSA;
    key.name = attribute(s, &cert->subject, SG_ATTR_CN);
    key.serial = attribute(s, &cert->subject, SG_ATTR_SERIAL_NUMBER);
    if (strcmp(attribute(s, &cert->subject, SG_ATTR_C), "AZ") == 0)
        key.fin = sg_fin_of(key.serial);
    mh_sign_key_pack(&key, out);
    return MH_OK;
}

/* Whether a value from outside is the key's, before it goes anywhere. */
static enum mh_code
do_check(struct step *s, struct mh_err *err)
{
    bool good = false;
    enum mh_code code = sg_remote_check(
        s->r.spec.certificate, s->r.alg, s->r.imprint, s->r.value, err, &good);

    return code == MH_OK && !good ? mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                                        "value: not one of this key")
                                  : code;
}

static enum mh_code
dispatch(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    bool document = s->r.op == MH_SIGN_IMPRINTS || s->r.op == MH_SIGN_APPLY;

    if ((document && (s->files != 1 || s->r.step >= SG_RAISES)) ||
        ((s->r.op == MH_SIGN_TOKEN || s->r.op == MH_SIGN_CHECK) &&
            mh_digest_length(s->r.alg) != s->r.imprint.len))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "sign: malformed");
    switch (s->r.op) {
    case MH_SIGN_PREPARE:
        return do_prepare(s, err, out);
    case MH_SIGN_STAMP:
        return do_stamp(s, err, out);
    case MH_SIGN_FINISH:
        return do_finish(s, err);
    case MH_SIGN_IMPRINTS:
        return do_imprints(s, err, out);
    case MH_SIGN_APPLY:
        return do_apply(s, err);
    case MH_SIGN_TOKEN:
        return do_token(s, err, out);
    case MH_SIGN_KEY:
        return do_key(s, err, out);
    case MH_SIGN_CHECK:
        return do_check(s, err);
    case MH_SIGN_OPS:
        break;
    }
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "sign: unknown step");
}

enum mh_code
sg_sign_job(
    const struct sg_sign_work *work, struct mh_err *err, struct mh_buf *out)
{
    static struct step s;
    off_t end = lseek(work->out_fd, 0, SEEK_END);
    enum mh_code code;

    if (end < 0)
        return mh_fail_sys(err, "sign: output");
    s = (struct step){.work = work,
        .files = work->job->inputs - 1,
        .out = mh_out_at(work->out_fd, (uint64_t)end)};
    for (size_t i = 0; i < s.files; i++)
        s.file[i] = (struct sg_sign_file){.name = work->job->input[i + 1].name,
            .bytes = work->input[i + 1].bytes,
            .mapped = true};
    code = mh_sign_request_unpack(work->input[0].bytes, work->arena, err, &s.r);
    return code == MH_OK ? dispatch(&s, err, out) : code;
}
