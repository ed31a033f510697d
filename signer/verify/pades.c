#include "signer/verify/pades.h"

#include "base/sys/chan.h"
#include "base/time.h"
#include "signer/policy/algo.h"
#include "signer/trust/oid.h"
#include "signer/verify/assemble.h"

enum {
    CHUNK = 1 << 20 /* bytes of a file that are looked at together */
};

/* The two ranges of one signature, each digest made once. */
struct ranges {
    const struct df_pdf_sig *at;
    struct mh_digest *digest;
    bool made[MH_DIGEST_ALGS];
    uint8_t hash[MH_DIGEST_ALGS][MH_DIGEST_MAX];
};

static enum mh_code
digest_ranges(void *ctx, enum mh_digest_alg alg, struct mh_err *err,
    uint8_t hash[static MH_DIGEST_MAX])
{
    struct ranges *r = ctx;
    enum mh_code code = MH_OK;

    if (!r->made[alg]) {
        code = mh_digest_start(r->digest, alg, err);
        if (code != MH_OK)
            return code;
        mh_digest_update(r->digest, r->at->signed_part[0]);
        mh_digest_update(r->digest, r->at->signed_part[1]);
        code = mh_digest_finish(r->digest, err, r->hash[alg]);
        r->made[alg] = code == MH_OK;
    }
    memcpy(hash, r->hash[alg], MH_DIGEST_MAX);
    return code;
}

static struct ranges
ranges_of(const struct sg_pades *p, const struct df_pdf_sig *s,
    const struct sg_pades_row *row)
{
    struct ranges r = {.at = s, .digest = p->ctx->digest};

    if (row->hashed) {
        r.made[MH_SHA256] = true;
        memcpy(r.hash[MH_SHA256], row->sha256, MH_SHA256_LENGTH);
    }
    return r;
}

/* The next signature by the end of its first range, from done on. */
static size_t
next_gap(const struct sg_pades *p, struct mh_span file, uint64_t done)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < p->sigs->count; i++) {
        const struct df_pdf_sig *s = &p->sigs->sig[i];

        if (s->broken || p->row[i].hashed ||
            s->signed_part[0].ptr != file.ptr || s->signed_part[0].len < done)
            continue;
        if (best == SIZE_MAX ||
            s->signed_part[0].len < p->sigs->sig[best].signed_part[0].len)
            best = i;
    }
    return best;
}

/* Feeds a part of the file and gives its pages back. */
static void
feed(const struct sg_pades *p, struct mh_span file, struct mh_digest *digest,
    struct mh_span part)
{
    while (part.len > 0) {
        struct mh_span some = {part.ptr, part.len < CHUNK ? part.len : CHUNK};

        mh_digest_update(digest, some);
        if (p->ctx->mapped)
            mh_map_release(file, some);
        part.ptr += some.len;
        part.len -= some.len;
    }
}

enum mh_code
sg_pades_hash(struct sg_pades *p, struct mh_span file, struct mh_err *err,
    uint8_t whole[static MH_SHA256_LENGTH])
{
    struct mh_digest *run = p->ctx->digest, *part = mh_digest_new();
    size_t done = 0, i;
    enum mh_code code;

    p->row = mh_arena_array(p->ctx->arena, p->sigs->count, sizeof(*p->row));
    if (p->row == NULL || part == NULL) {
        mh_digest_free(part);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pades: no memory");
    }
    code = mh_digest_start(run, MH_SHA256, err);
    while (code == MH_OK && (i = next_gap(p, file, done)) != SIZE_MAX) {
        const struct df_pdf_sig *s = &p->sigs->sig[i];

        feed(p, file, run,
            (struct mh_span){file.ptr + done, s->signed_part[0].len - done});
        done = s->signed_part[0].len;
        code = mh_digest_fork(run, err, part);
        if (code != MH_OK)
            break;
        feed(p, file, part, s->signed_part[1]);
        code = mh_digest_finish(part, err, p->row[i].sha256);
        p->row[i].hashed = true;
    }
    if (code == MH_OK) {
        feed(p, file, run, (struct mh_span){file.ptr + done, file.len - done});
        code = mh_digest_finish(run, err, whole);
    }
    mh_digest_free(part);
    return code;
}

static void
fail(struct sg_pades_row *row, enum mh_finding_code code, enum mh_sub sub,
    const char *what)
{
    sg_out_add(&row->out, code, MH_ERROR, what);
    if (row->sub == MH_SUB_NONE || sg_indication_of(sub) == MH_IND_FAILED)
        row->sub = sub;
}

/* What the dictionary itself says; false where nothing more can be judged. */
static bool
usable(struct sg_pades *p, const struct df_pdf_sig *s, struct sg_pades_row *row)
{
    const char *name = sg_clean(p->ctx->arena, s->subfilter_name);

    if (s->broken) {
        fail(row, s->defect, MH_FORMAT_FAILURE,
            sg_clean_str(p->ctx->arena, s->defect_text));
        return false;
    }
    switch (s->subfilter) {
    case DF_PDF_SUB_CADES:
    case DF_PDF_SUB_ADBE:
    case DF_PDF_SUB_RFC3161:
        break;
    case DF_PDF_SUB_NONE:
    case DF_PDF_SUB_SHA1:
    case DF_PDF_SUB_X509:
    case DF_PDF_SUB_OTHER:
        /* Known forms of old, and private ones: named, never passed. */
        fail(row, MH_F_PDF_SUBFILTER, MH_SIG_CONSTRAINTS_FAILURE, name);
        return false;
    }
    if (s->timestamp != (s->subfilter == DF_PDF_SUB_RFC3161)) {
        fail(row, MH_F_PDF_SUBFILTER, MH_FORMAT_FAILURE, name);
        return false;
    }
    return true;
}

/* Certificates and revocation values for a document time-stamp. */
static enum mh_code
stamp_evidence(struct sg_pades *p, struct sg_pades_row *row,
    struct sg_evidence *ev, struct mh_err *err)
{
    const struct sg_cms *cms = row->stamp.tst->cms;
    enum mh_code code = sg_evidence_init(p->ctx, &row->out, err, ev);

    if (code == MH_OK)
        code = sg_cms_certs(cms, p->ctx->pool, err);
    for (size_t i = 0; i < cms->crl_count && code == MH_OK; i++)
        code = sg_evidence_add_crl(p->ctx, ev, cms->crls[i], &row->out, err);
    for (size_t i = 0; i < cms->ocsp_count && code == MH_OK; i++)
        code = sg_evidence_add_ocsp(p->ctx, ev, cms->ocsps[i], &row->out, err);
    for (size_t i = 0; i < p->dss->ocsp_count && code == MH_OK; i++)
        code =
            sg_evidence_add_ocsp(p->ctx, ev, p->dss->ocsps[i], &row->out, err);
    for (size_t i = 0; i < p->dss->crl_count && code == MH_OK; i++)
        code = sg_evidence_add_crl(p->ctx, ev, p->dss->crls[i], &row->out, err);
    return code;
}

static enum mh_code
judge_stamp(struct sg_pades *p, const struct df_pdf_sig *s,
    struct sg_pades_row *row, struct mh_err *err)
{
    struct ranges r = ranges_of(p, s, row);
    uint8_t hash[MH_DIGEST_MAX];
    struct sg_evidence evidence;
    enum mh_code code;

    row->stamp = (struct sg_stamp){
        .kind = MH_STAMP_TOKEN, .der = s->contents, .level = MH_ERROR};
    code = sg_stamp_read(p->ctx, &row->out, err, &row->stamp);
    if (code != MH_OK || row->stamp.tst == NULL) {
        row->sub = MH_FORMAT_FAILURE;
        return code;
    }
    code = stamp_evidence(p, row, &evidence, err);
    if (code == MH_OK)
        code = digest_ranges(&r, row->stamp.tst->imprint_alg, err, hash);
    if (code == MH_EUNSUP) {
        fail(row, MH_F_ALGORITHM_UNKNOWN, MH_CRYPTO_CONSTRAINTS_FAILURE, "");
        return MH_OK;
    }
    if (code == MH_OK)
        code = sg_stamp_judge(p->ctx, &row->stamp,
            (struct mh_span){
                hash, mh_digest_length(row->stamp.tst->imprint_alg)},
            &evidence, &row->out, err);
    if (code == MH_OK)
        row->sub = row->stamp.passed ? MH_SUB_NONE : row->stamp.sub;
    row->judged = true;
    return code;
}

/*
 * The document time-stamps whose ranges hold this signature whole.  Over the
 * store as well they are archive time-stamps (5.4.3); where there is no store,
 * because nothing was lacking, so are those over an earlier time-stamp.
 */
static enum mh_code
stamps_over(struct sg_pades *p, const struct df_pdf_sig *s,
    const struct sg_cms_signer *signer, struct mh_err *err,
    struct sg_stamp **out, size_t *count)
{
    bool stamped = sg_cms_attr_count(signer->unsigned_attrs,
                       signer->unsigned_count, SG_OID_AA("\x0e")) > 0;

    *count = 0;
    *out = mh_arena_array(p->ctx->arena, p->sigs->count, sizeof(**out));
    if (*out == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pades: no memory");
    for (size_t i = 0; i < p->sigs->count; i++) {
        const struct df_pdf_sig *t = &p->sigs->sig[i];

        if (!p->row[i].judged || !t->timestamp || t->broken ||
            t->covered <= s->covered)
            continue;
        (*out)[*count] = p->row[i].stamp;
        (*out)[*count].kind = p->dss->since <= t->covered ||
                                      (p->dss->since == SIZE_MAX && stamped)
                                  ? MH_STAMP_ARCHIVE
                                  : MH_STAMP_SIGNATURE;
        stamped = true;
        ++*count;
    }
    return MH_OK;
}

static enum mh_code
judge_signature(struct sg_pades *p, const struct df_pdf_sig *s,
    struct sg_pades_row *row, struct mh_err *err)
{
    struct ranges r = ranges_of(p, s, row);
    const struct sg_content content = {&r, digest_ranges};
    struct sg_cades_in in = {.content = &content,
        .pades = true,
        .cades = s->subfilter == DF_PDF_SUB_CADES,
        .claimed_time = s->has_time ? s->time : MH_TIME_NONE,
        .certs = p->dss->certs,
        .cert_count = p->dss->cert_count,
        .ocsps = p->dss->ocsps,
        .ocsp_count = p->dss->ocsp_count,
        .crls = p->dss->crls,
        .crl_count = p->dss->crl_count};
    struct sg_stamp *stamps = NULL;
    struct sg_cms *cms;
    enum mh_code code =
        sg_cades_parse(p->ctx, s->contents, &row->out, err, &cms);

    if (code == MH_OK && cms == NULL) {
        row->sub = MH_FORMAT_FAILURE;
        return MH_OK;
    }
    if (code != MH_OK)
        return code;
    if (cms->signer_count != 1 || cms->econtent.ptr != NULL) {
        fail(row, MH_F_CMS_INVALID, MH_FORMAT_FAILURE,
            cms->signer_count != 1 ? "not one signer"
                                   : "content inside a detached signature");
        return MH_OK;
    }
    in.cms = cms;
    in.signer = &cms->signers[0];
    code = stamps_over(p, s, in.signer, err, &stamps, &in.stamps);
    if (code != MH_OK)
        return code;
    in.stamp = stamps;
    code = sg_cades_judge(p->ctx, &in, err, &row->sig);
    row->judged = code == MH_OK;
    return code;
}

enum mh_code
sg_pades_judge(struct sg_pades *p, struct mh_err *err)
{
    size_t n = p->sigs->count;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < p->dss->cert_count && code == MH_OK; i++) {
        code = sg_pool_add_der(p->ctx->pool, p->dss->certs[i], err, NULL);
        if (code != MH_ENOMEM && code != MH_EINTERNAL)
            code = MH_OK; /* an unreadable one is named by its signature */
    }
    for (size_t i = 0; i < n; i++)
        sg_out_init(&p->row[i].out, p->ctx->arena);
    for (size_t i = 0; i < n && code == MH_OK; i++)
        if (p->sigs->sig[i].timestamp &&
            usable(p, &p->sigs->sig[i], &p->row[i]))
            code = judge_stamp(p, &p->sigs->sig[i], &p->row[i], err);
    for (size_t i = 0; i < n && code == MH_OK; i++)
        if (!p->sigs->sig[i].timestamp &&
            usable(p, &p->sigs->sig[i], &p->row[i]))
            code = judge_signature(p, &p->sigs->sig[i], &p->row[i], err);
    for (size_t i = 0; i < n && code == MH_OK; i++)
        if (p->row[i].out.lost)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pades: no memory");
    return code;
}

static enum mh_code
fill_stamp(struct sg_pades *p, struct sg_pades_row *row, struct mh_err *err,
    struct mh_report_sig *out)
{
    char algorithm[96];

    sg_fill_empty(out);
    sg_fill_signer(p->ctx, row->stamp.tsa, out);
    if (row->stamp.key != NULL) {
        sg_algo_name(
            &row->stamp.sigalg, row->stamp.key, algorithm, sizeof(algorithm));
        out->algorithm = sg_clean_str(p->ctx->arena, algorithm);
    }
    out->stamp = mh_arena_array(p->ctx->arena, 1, sizeof(*out->stamp));
    if (out->stamp == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    if (row->judged) {
        out->claimed_time = row->stamp.time;
        out->best_signature_time = row->stamp.time;
        out->stamp[out->stamps++] = (struct mh_stamp){MH_STAMP_TOKEN,
            row->stamp.time, row->stamp.issuer, row->stamp.passed};
    }
    return MH_OK;
}

/* Findings of the dictionary stand before those of its signature. */
static void
join(struct sg_pades_row *row)
{
    for (const struct sg_finding_node *n = row->sig.out.first; n != NULL;
         n = n->next)
        sg_out_at(&row->out, n->f.code, n->f.level, n->f.offset, n->f.what);
    row->sig.out.first = row->sig.out.last = NULL;
    if (row->judged &&
        (row->sub == MH_SUB_NONE ||
            sg_indication_of(row->sig.dsig.sub) == MH_IND_FAILED))
        row->sub = row->sig.dsig.sub;
}

enum mh_code
sg_pades_fill(struct sg_pades *p, size_t index, struct mh_err *err,
    struct mh_report_sig *out)
{
    const struct df_pdf_sig *s = &p->sigs->sig[index];
    struct sg_pades_row *row = &p->row[index];
    const char *id = mh_arena_printf(p->ctx->arena, "S%zu", index);
    enum mh_code code = MH_OK;

    if (id == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    if (s->timestamp) {
        code = fill_stamp(p, row, err, out);
    } else if (row->judged) {
        join(row);
        code = sg_fill_sig(p->ctx, &row->sig, id, err, out);
    } else {
        sg_fill_empty(out);
        out->signer_name = sg_clean(p->ctx->arena, s->name);
        out->claimed_time = s->has_time ? s->time : MH_TIME_NONE;
    }
    if (code != MH_OK)
        return code;
    out->id = id;
    out->kind = s->timestamp ? MH_KIND_DOC_TIMESTAMP : MH_KIND_PADES;
    out->sub = row->sub;
    out->indication = sg_indication_of(row->sub);
    out->place = sg_clean(p->ctx->arena, s->location);
    out->findings = sg_out_list(&row->out);
    if (row->out.lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    return MH_OK;
}

bool
sg_pades_intact(const struct sg_pades *p, size_t index)
{
    const struct sg_pades_row *row = &p->row[index];

    if (!row->judged)
        return false;
    if (p->sigs->sig[index].timestamp)
        return row->stamp.covers;
    return sg_indication_of(row->sig.dsig.sub) != MH_IND_FAILED &&
           row->sig.key != NULL && row->sig.dsig.alg.scheme != 0;
}
