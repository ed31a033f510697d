#include "signer/examiner/signjob.h"

#include <unistd.h>

#include "base/wire/sign.h"
#include "docformat/docformat.h"
#include "signer/remote/person.h"
#include "signer/sign/sign.h"
#include "signer/trust/tsa.h"
#include "signer/verify/pdfchanges.h"

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

static enum mh_code
do_key(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    struct mh_sign_key key = {.name = ""};
    enum mh_code code =
        sg_remote_person(s->r.spec.certificate, s->work->arena, err, &key);

    if (code == MH_OK)
        mh_sign_key_pack(&key, out);
    return code;
}

static enum mh_code
do_check(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    bool good = false;
    enum mh_code code = sg_remote_check(
        s->r.spec.certificate, s->r.alg, s->r.imprint, s->r.value, err, &good);

    if (code == MH_OK)
        mh_buf_byte(out, good ? 1 : 0);
    return code;
}

/* What was made is read as any other file. */
static enum mh_code
count_pages(
    struct step *s, struct mh_span pdf, struct mh_err *err, struct mh_buf *out)
{
    struct df_notes notes;
    struct df_pdf *made;
    uint32_t pages = 0;
    enum mh_code code;

    df_notes_init(&notes, s->work->arena);
    code = df_pdf_open(pdf, NULL, s->work->arena, &notes, err, &made);
    if (code == MH_OK)
        code = df_pdf_count_pages(made, err, &pages);
    if (code == MH_OK)
        mh_sign_pages_pack(pages, out);
    return code;
}

/* The same text, title and time give the same bytes. */
static enum mh_code
do_text(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct df_textpdf doc = {.title = mh_span_str(s->r.spec.reason),
        .lang = s->r.spec.lang == MH_EN   ? "en"
                : s->r.spec.lang == MH_RU ? "ru"
                                          : "az",
        .time = s->r.spec.time,
        .id = hash};
    struct df_text_block *block = NULL;
    struct mh_buf pdf;
    enum mh_code code = mh_digest_once(MH_SHA256, s->file[0].bytes, err, hash);

    if (code == MH_OK)
        code = df_textpdf_plain(
            s->file[0].bytes, s->work->arena, err, &block, &doc.blocks);
    if (code != MH_OK)
        return code;
    doc.block = block;
    mh_buf_init(&pdf, MH_TEXT_PDF_MAX);
    code = df_textpdf_write(&doc, s->work->arena, err, &pdf);
    if (code == MH_OK && !mh_buf_ok(&pdf))
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "text: too long");
    if (code == MH_OK)
        code = mh_out_append(&s->out, mh_buf_get(&pdf), err);
    if (code == MH_OK)
        code = count_pages(s, mh_buf_get(&pdf), err, out);
    mh_buf_fini(&pdf);
    return code;
}

static enum mh_code
do_added(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    bool good = false;
    enum mh_code code = sg_pdf_only_signed(
        s->file[0].bytes, s->r.room, s->work->arena, err, &good);

    if (code == MH_OK)
        mh_buf_byte(out, good ? 1 : 0);
    return code;
}

static enum mh_code
dispatch(struct step *s, struct mh_err *err, struct mh_buf *out)
{
    bool document = s->r.op == MH_SIGN_IMPRINTS || s->r.op == MH_SIGN_APPLY;

    if ((document && (s->files != 1 || s->r.step >= SG_RAISES)) ||
        ((s->r.op == MH_SIGN_TEXT || s->r.op == MH_SIGN_ADDED) &&
            s->files != 1) ||
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
        return do_check(s, err, out);
    case MH_SIGN_TEXT:
        return do_text(s, err, out);
    case MH_SIGN_ADDED:
        return do_added(s, err, out);
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
