#include "signer/verify/tokens.h"

#include "base/limits.h"
#include "base/time.h"
#include "signer/policy/algo.h"
#include "signer/verify/assemble.h"
#include "signer/verify/content.h"
#include "signer/verify/dsig_alg.h"
#include "signer/verify/stamp.h"

/* One token, or one signer of a CMS signature, on its way. */
struct token {
    struct sg_ctx *ctx;
    const struct df_asic *asic;
    struct sg_files *files;
    const struct df_asic_token *at;
    struct sg_stamp stamp; /* of a token */
    struct sg_cms *cms;    /* of a signature; NULL: unreadable */
    size_t signer;         /* which one of cms->signers */
    struct sg_sig sig;     /* of a signature */
    struct sg_out out;
    enum mh_sub sub; /* what its manifest and its files say */
    int64_t time;    /* from which its algorithms are looked at */
    bool *covers;    /* one flag a file */
};

static void
fail(struct token *t, enum mh_finding_code code, enum mh_sub sub,
    const char *what)
{
    sg_out_add(&t->out, code, MH_ERROR, what);
    if (t->sub == MH_SUB_NONE || (sg_indication_of(t->sub) != MH_IND_FAILED &&
                                     sg_indication_of(sub) == MH_IND_FAILED))
        t->sub = sub;
    t->stamp.passed = false;
}

static bool
is_signature(const struct token *t)
{
    return t->at->kind == DF_TOKEN_P7S;
}

/* The digest that the content needs to have; NONE where nobody says. */
static enum mh_digest_alg
content_digest(const struct token *t)
{
    if (!is_signature(t))
        return t->stamp.tst == NULL ? MH_DIGEST_NONE
                                    : t->stamp.tst->imprint_alg;
    return t->cms == NULL ? MH_DIGEST_NONE : t->cms->signers[t->signer].digest;
}

static const struct df_asic_token *
manifest_of(const struct df_asic *asic, const struct df_asic_token *t)
{
    return t->by == DF_NO_ENTRY || t->by >= asic->token_count
               ? NULL
               : &asic->tokens[t->by];
}

static size_t
file_at(const struct token *t, size_t entry)
{
    for (size_t i = 0; i < t->files->count; i++)
        if (t->files->file[i].entry == &t->asic->zip->entries[entry])
            return i;
    return SIZE_MAX;
}

/*
 * A name with a '%' that was not encoded is no URI.  Where it is, byte for
 * byte, the name of one file it can mean nothing else: lenient takes it.
 */
static void
take_raw_name(struct token *t, const struct df_asicmanifest_ref *r,
    struct df_uri_target *target)
{
    const struct df_zip_entry *e;

    if (target->kind != DF_URI_REFUSED || r->uri.len == 0 ||
        memchr(r->uri.ptr, '%', r->uri.len) == NULL ||
        mh_span_starts(r->uri, "META-INF/") || t->ctx->policy->strict)
        return;
    e = df_zip_find(t->asic->zip, r->uri);
    if (e == NULL || e->is_directory)
        return;
    *target = (struct df_uri_target){
        DF_URI_DATA, (size_t)(e - t->asic->zip->entries)};
    sg_out_add(&t->out, MH_F_ZIP_NAME_ENCODING, MH_WARNING,
        sg_clean(t->ctx->arena, r->uri));
}

/* Asks for the digests that a token, or its manifest, needs. */
static enum mh_code
want(struct token *t, struct mh_err *err)
{
    const struct df_asic_token *m = manifest_of(t->asic, t->at);
    enum mh_code code = MH_OK;

    if (m == NULL) {
        for (size_t i = 0;
             i < t->files->count && content_digest(t) != MH_DIGEST_NONE; i++)
            if (t->files->file[i].data)
                sg_file_want(&t->files->file[i], content_digest(t));
        return MH_OK;
    }
    if (m->manifest == NULL)
        return MH_OK;
    for (size_t i = 0; i < m->manifest->count && code == MH_OK; i++) {
        const struct df_asicmanifest_ref *r = &m->manifest->refs[i];
        struct df_uri_target target;
        size_t f;

        code = df_uri_resolve(t->asic, r->uri, t->ctx->arena, err, &target);
        if (code == MH_OK)
            take_raw_name(t, r, &target);
        if (code != MH_OK || target.index == DF_NO_ENTRY)
            continue;
        f = file_at(t, target.index);
        if (f != SIZE_MAX)
            sg_file_want(&t->files->file[f], sg_xml_digest(r->digest_method));
    }
    return code;
}

static enum mh_code
check_manifest_ref(
    struct token *t, const struct df_asicmanifest_ref *r, struct mh_err *err)
{
    const char *what = sg_clean(t->ctx->arena, r->uri);
    enum mh_digest_alg alg = sg_xml_digest(r->digest_method);
    struct df_uri_target target;
    size_t f;
    enum mh_code code =
        df_uri_resolve(t->asic, r->uri, t->ctx->arena, err, &target);

    if (code != MH_OK)
        return code;
    take_raw_name(t, r, &target);
    if (target.kind == DF_URI_REFUSED || target.kind == DF_URI_AMBIGUOUS) {
        fail(t,
            target.kind == DF_URI_REFUSED ? MH_F_REFERENCE_URI
                                          : MH_F_NAME_AMBIGUOUS,
            MH_FORMAT_FAILURE, what);
        return MH_OK;
    }
    f = target.index == DF_NO_ENTRY ? SIZE_MAX : file_at(t, target.index);
    if (f == SIZE_MAX) {
        fail(t, MH_F_REFERENCE_FILE_MISSING, MH_SIGNED_DATA_NOT_FOUND, what);
        sg_out_add(&t->ctx->out, MH_F_REFERENCE_FILE_MISSING, MH_ERROR, what);
        return MH_OK;
    }
    if (alg == MH_DIGEST_NONE) {
        fail(t, MH_F_ALGORITHM_UNKNOWN, MH_CRYPTO_CONSTRAINTS_FAILURE, what);
        return MH_OK;
    }
    if (sg_algo_digest(alg, t->time) >= SG_ALGO_EXPIRED)
        fail(t, MH_F_ALGORITHM_EXPIRED, MH_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
            mh_digest_name(alg));
    if (r->digest.len != mh_digest_length(alg) ||
        t->files->file[f].failed != MH_OK || !t->files->file[f].done ||
        memcmp(t->files->file[f].digest[alg], r->digest.ptr, r->digest.len) !=
            0) {
        fail(t, MH_F_DIGEST_MISMATCH, MH_HASH_FAILURE, what);
        return MH_OK;
    }
    t->covers[f] = true;
    return MH_OK;
}

/* What the imprint must be; covers[] of what is reached. */
static enum mh_code
imprint(struct token *t, struct mh_err *err, uint8_t hash[static MH_DIGEST_MAX],
    bool *known)
{
    const struct df_asic_token *m = manifest_of(t->asic, t->at);
    enum mh_digest_alg alg = t->stamp.tst->imprint_alg;

    *known = false;
    if (m != NULL) {
        *known = true;
        return mh_digest_once(alg, m->bytes, err, hash);
    }
    for (size_t i = 0; i < t->files->count; i++) {
        const struct sg_file *f = &t->files->file[i];

        if (!f->data || f->failed != MH_OK || !f->done)
            continue;
        memcpy(hash, f->digest[alg], MH_DIGEST_MAX);
        t->covers[i] = true;
        *known = true;
        return MH_OK; /* ASiC-S holds one data file */
    }
    return MH_OK;
}

/* Revocation data that the token itself carries about its authority. */
static enum mh_code
collect(struct token *t, struct mh_err *err, struct sg_evidence *ev)
{
    const struct sg_cms *cms = t->stamp.tst->cms;
    enum mh_code code = sg_evidence_init(t->ctx, &t->out, err, ev);

    if (code == MH_OK)
        code = sg_cms_certs(cms, t->ctx->pool, err);
    for (size_t i = 0; i < cms->crl_count && code == MH_OK; i++)
        code = sg_evidence_add_crl(t->ctx, ev, cms->crls[i], &t->out, err);
    for (size_t i = 0; i < cms->ocsp_count && code == MH_OK; i++)
        code = sg_evidence_add_ocsp(t->ctx, ev, cms->ocsps[i], &t->out, err);
    return code;
}

/* Everything that the manifest of a token or signature names. */
static enum mh_code
check_manifest(struct token *t, struct mh_err *err)
{
    const struct df_asic_token *m = manifest_of(t->asic, t->at);
    enum mh_code code = MH_OK;

    if (m == NULL)
        return MH_OK;
    if (m->manifest == NULL)
        fail(t, MH_F_SIGNATURE_FILE_INVALID, MH_FORMAT_FAILURE, "manifest");
    for (size_t i = 0;
         m->manifest != NULL && i < m->manifest->count && code == MH_OK; i++)
        code = check_manifest_ref(t, &m->manifest->refs[i], err);
    return code;
}

static enum mh_code
judge_token(struct token *t, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX] = {0};
    enum mh_code code = MH_OK;
    struct sg_evidence evidence;
    bool known = false;

    t->time = t->stamp.time;
    if (t->stamp.tst == NULL)
        return MH_OK;
    code = imprint(t, err, hash, &known);
    if (code == MH_OK)
        code = collect(t, err, &evidence);
    if (code != MH_OK)
        return code;
    if (!known) {
        fail(t, MH_F_NO_DATA_FILE, MH_SIGNED_DATA_NOT_FOUND, "");
        return MH_OK;
    }
    code = sg_stamp_judge(t->ctx, &t->stamp,
        (struct mh_span){hash, mh_digest_length(t->stamp.tst->imprint_alg)},
        &evidence, &t->out, err);
    return code == MH_OK ? check_manifest(t, err) : code;
}

/* The data file of an ASiC-S; NULL where it has none that can be read. */
static const struct sg_file *
data_file(const struct token *t, size_t *index)
{
    for (*index = 0; *index < t->files->count; ++*index)
        if (t->files->file[*index].data)
            return &t->files->file[*index];
    return NULL;
}

/* A signature over a manifest that names no document signs none. */
static void
check_covers(struct token *t)
{
    for (size_t i = 0; i < t->files->count; i++)
        if (t->covers[i] && t->files->file[i].data)
            return;
    if (t->sub == MH_SUB_NONE &&
        sg_indication_of(t->sig.dsig.sub) != MH_IND_FAILED)
        fail(t, MH_F_SIGNATURE_PARTIAL, MH_FORMAT_FAILURE, "");
}

/* A signature signs its manifest or, in ASiC-S, the data file itself. */
static enum mh_code
judge_signature(struct token *t, struct mh_err *err)
{
    const struct df_asic_token *m = manifest_of(t->asic, t->at);
    struct mh_span manifest = {0};
    struct sg_file_content of = {.ctx = t->ctx, .files = t->files};
    struct sg_content content = sg_content_span(&manifest);
    struct sg_cades_in in = {.cms = t->cms,
        .content = &content,
        .cades = true,
        .claimed_time = MH_TIME_NONE};
    size_t index = 0;
    enum mh_code code;

    if (t->cms == NULL)
        return MH_OK;
    if (m != NULL) {
        manifest = m->bytes;
    } else {
        of.file = data_file(t, &index);
        content = sg_content_file(&of);
    }
    if (t->asic->format == DF_ASIC_E && m == NULL) {
        fail(t, MH_F_SIGNATURE_FILE_INVALID, MH_FORMAT_FAILURE,
            "no manifest names it");
        return MH_OK;
    }
    if (m == NULL && of.file == NULL) {
        fail(t, MH_F_NO_DATA_FILE, MH_FORMAT_FAILURE, "");
        return MH_OK;
    }
    /* The same bytes once more inside change nothing; others would. */
    if (t->cms->econtent.ptr != NULL &&
        (m == NULL || !mh_span_eq(t->cms->econtent, m->bytes))) {
        fail(t, MH_F_CMS_INVALID, MH_FORMAT_FAILURE,
            "content inside a detached signature");
        return MH_OK;
    }
    if (t->cms->econtent.ptr != NULL)
        sg_strict_rule(t->ctx, &t->out, MH_F_CMS_INVALID,
            "content inside a detached signature");
    in.signer = &t->cms->signers[t->signer];
    code = sg_cades_judge(t->ctx, &in, err, &t->sig);
    if (code != MH_OK)
        return code;
    t->time = t->sig.best_time;
    if (m == NULL)
        t->covers[index] = t->sig.matched &&
                           sg_indication_of(t->sig.dsig.sub) != MH_IND_FAILED;
    code = check_manifest(t, err);
    if (code == MH_OK && m != NULL)
        check_covers(t);
    return code;
}

/* What the manifest says counts beside what the signature says. */
static enum mh_code
fill_signature(struct token *t, const char *id, struct mh_err *err,
    struct mh_report_sig *row)
{
    enum mh_code code = MH_OK;

    sg_fill_empty(row);
    for (const struct sg_finding_node *n = t->sig.out.first; n != NULL;
         n = n->next)
        sg_out_at(&t->out, n->f.code, n->f.level, n->f.offset, n->f.what);
    if (t->sig.cms != NULL)
        code = sg_fill_sig(t->ctx, &t->sig, id, err, row);
    row->id = id;
    row->kind = MH_KIND_CADES;
    if (t->cms == NULL)
        t->sub = MH_FORMAT_FAILURE;
    if (t->sub == MH_SUB_NONE ||
        sg_indication_of(t->sig.dsig.sub) == MH_IND_FAILED)
        t->sub = t->sig.dsig.sub;
    row->sub = t->sub;
    row->indication = sg_indication_of(row->sub);
    row->findings = sg_out_list(&t->out);
    if (code == MH_OK && t->out.lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    return code;
}

static enum mh_code
fill(struct token *t, size_t n, struct mh_err *err, struct mh_report_sig *row)
{
    const char *id = mh_arena_printf(t->ctx->arena, "S%zu", n);
    char algorithm[96];

    if (id == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    if (is_signature(t))
        return fill_signature(t, id, err, row);
    sg_fill_empty(row);
    row->id = id;
    row->kind = MH_KIND_TST;
    sg_fill_signer(t->ctx, t->stamp.tsa, row);
    if (t->stamp.key != NULL) {
        sg_algo_name(
            &t->stamp.sigalg, t->stamp.key, algorithm, sizeof(algorithm));
        row->algorithm = sg_clean_str(t->ctx->arena, algorithm);
    }
    row->claimed_time = t->stamp.time;
    row->best_signature_time = t->stamp.time;
    if (sg_indication_of(t->stamp.sub) == MH_IND_FAILED ||
        t->sub == MH_SUB_NONE)
        t->sub = t->stamp.sub;
    row->sub = t->stamp.passed ? MH_SUB_NONE : t->sub;
    row->indication = sg_indication_of(row->sub);
    row->stamp = mh_arena_array(t->ctx->arena, 1, sizeof(*row->stamp));
    row->findings = sg_out_list(&t->out);
    if (row->stamp == NULL || t->out.lost)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "report: no memory");
    row->stamp[row->stamps++] = (struct mh_stamp){
        MH_STAMP_TOKEN, t->stamp.time, t->stamp.issuer, t->stamp.passed};
    return MH_OK;
}

/* An expired authority's token needs a newer token that passed. */
static void
note_old(struct token *t, size_t n)
{
    bool fresh = false;

    for (size_t i = 0; i < n; i++)
        fresh = fresh || (t[i].stamp.passed &&
                             t[i].stamp.tsa->not_after >= t[i].ctx->now);
    for (size_t i = 0; i < n && !fresh; i++)
        if (t[i].stamp.passed)
            sg_out_add(&t[i].out, MH_F_TIMESTAMP_OLD, MH_WARNING, "");
}

/* Tokens, and the signers of readable CMS files; an unreadable one is one. */
static enum mh_code
open_all(struct sg_ctx *ctx, const struct df_asic *asic, struct token *t,
    struct mh_err *err, size_t *count)
{
    enum mh_code code = MH_OK;

    *count = 0;
    for (size_t i = 0; i < asic->token_count && code == MH_OK; i++) {
        const struct df_asic_token *at = &asic->tokens[i];
        struct token *first = &t[*count];
        size_t rows = 1;

        if (at->kind != DF_TOKEN_TST && at->kind != DF_TOKEN_P7S)
            continue;
        *first = (struct token){.ctx = ctx, .asic = asic, .at = at};
        sg_out_init(&first->out, ctx->arena);
        if (at->kind == DF_TOKEN_P7S) {
            code =
                sg_cades_parse(ctx, at->bytes, &first->out, err, &first->cms);
            if (code == MH_OK && first->cms != NULL)
                rows = first->cms->signer_count;
        } else {
            first->stamp = (struct sg_stamp){
                .kind = MH_STAMP_TOKEN, .der = at->bytes, .level = MH_ERROR};
            code = sg_stamp_read(ctx, &first->out, err, &first->stamp);
        }
        if (rows == 0) {
            fail(first, MH_F_CMS_INVALID, MH_FORMAT_FAILURE, "no signer");
            first->cms = NULL;
            rows = 1;
        }
        if (code == MH_OK && *count + rows > MH_REPORT_SIGS_MAX)
            return mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
                "container: too many signatures");
        for (size_t k = 1; k < rows; k++) {
            first[k] = *first;
            first[k].signer = k;
            sg_out_init(&first[k].out, ctx->arena);
        }
        *count += rows;
    }
    return code;
}

enum mh_code
sg_verify_tokens(struct sg_ctx *ctx, const struct df_asic *asic,
    struct sg_files *files, struct mh_report *report, struct mh_err *err,
    bool **covered)
{
    struct token *t =
        mh_arena_array(ctx->arena, MH_REPORT_SIGS_MAX, sizeof(*t));
    enum mh_code code;
    size_t n = 0;

    if (t == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "tokens: no memory");
    code = open_all(ctx, asic, t, err, &n);
    if (code != MH_OK)
        return code;
    *covered = mh_arena_array(ctx->arena, n * files->count + 1, sizeof(bool));
    report->sig = mh_arena_array(ctx->arena, n, sizeof(*report->sig));
    if (*covered == NULL || report->sig == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "tokens: no memory");
    for (size_t i = 0; i < n && code == MH_OK; i++) {
        t[i].files = files;
        t[i].covers = *covered + i * files->count;
        code = want(&t[i], err);
    }
    if (code == MH_OK)
        code = sg_files_digest(ctx, files, err);
    for (size_t i = 0; i < n && code == MH_OK; i++)
        code = is_signature(&t[i]) ? judge_signature(&t[i], err)
                                   : judge_token(&t[i], err);
    if (code == MH_OK)
        note_old(t, n);
    for (size_t i = 0; i < n && code == MH_OK; i++)
        code = fill(&t[i], i, err, &report->sig[i]);
    report->sigs = n;
    return code;
}
