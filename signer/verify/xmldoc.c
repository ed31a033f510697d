#include "signer/verify/xmldoc.h"

#include "base/limits.h"
#include "signer/verify/assemble.h"

struct doc {
    struct sg_ctx *ctx;
    struct df_xml *xml;
    bool apparatus;        /* the root is nothing but signatures */
    struct sg_files files; /* file[0]: the document itself, unless apparatus */
    struct sg_sig *sig;
    size_t sigs;
    bool *covered;
};

static bool
is_signature(const struct df_node *n)
{
    return df_node_is(n, DF_NS_DS, "Signature");
}

/* Signatures that do not stand inside another one. */
static bool
is_outer(const struct df_xml *xml, const struct df_node *n)
{
    if (!is_signature(n))
        return false;
    for (const struct df_node *p = df_node_parent(n);
         p != NULL && n != df_xml_root(xml); p = df_node_parent(p))
        if (is_signature(p))
            return false;
    return true;
}

static enum mh_code
make_files(struct doc *d, const struct sg_verify_input *in, struct mh_err *err)
{
    struct mh_arena *arena = d->ctx->arena;
    const char *root = df_node_local(df_xml_root(d->xml));

    d->apparatus = is_signature(df_xml_root(d->xml)) ||
                   strcmp(root, "XAdESSignatures") == 0 ||
                   strcmp(root, "document-signatures") == 0;
    d->files.file =
        mh_arena_array(arena, in->data_count + 1, sizeof(*d->files.file));
    if (d->files.file == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "document: no memory");
    for (size_t i = 0; i < in->data_count; i++)
        d->files.file[d->files.count++] =
            (struct sg_file){.name = sg_clean_str(arena, in->data[i].name),
                .raw_name = mh_span_str(in->data[i].name),
                .bytes = in->data[i].bytes,
                .size = in->data[i].bytes.len,
                .data = true};
    if (!d->apparatus)
        d->files.file[d->files.count++] = (struct sg_file){
            .name = root == NULL ? "" : sg_clean_str(arena, root),
            .bytes = in->document,
            .size = in->document.len,
            .data = true};
    return MH_OK;
}

/* The reference covers the whole document around its signature. */
static bool
is_whole(const struct doc *d, const struct sg_ref *ref)
{
    return ref->kind == SG_REF_WHOLE ||
           (ref->kind == SG_REF_LOCAL && ref->target == df_xml_root(d->xml));
}

/* An Object that nothing signs could be exchanged. */
static void
check_objects(struct doc *d, struct sg_sig *sig)
{
    for (const struct df_node *o =
             df_node_child(sig->dsig.node, DF_NS_DS, "Object");
         o != NULL; o = df_node_sibling(o, DF_NS_DS, "Object")) {
        bool found = o == sig->xades.object;

        for (size_t k = 0; k < sig->dsig.refs && !found; k++)
            found = sig->dsig.ref[k].matched &&
                    sig->dsig.ref[k].target != NULL &&
                    df_node_within(o, sig->dsig.ref[k].target);
        if (!found)
            sg_out_add(
                &d->ctx->out, MH_F_SIGNATURE_PARTIAL, MH_WARNING, "Object");
    }
}

/* What this signature covers; a part of a document is never the document. */
static void
cover(struct doc *d, size_t s)
{
    struct sg_sig *sig = &d->sig[s];
    bool *row = d->covered + s * d->files.count, any = false;

    for (size_t k = 0; k < sig->dsig.refs; k++) {
        const struct sg_ref *r = &sig->dsig.ref[k];

        if (!r->matched || r->kind == SG_REF_PROPERTIES)
            continue;
        if (r->kind == SG_REF_FILE && r->file != SIZE_MAX)
            row[r->file] = any = true;
        else if (!d->apparatus && is_whole(d, r))
            row[d->files.count - 1] = any = true;
        else if (d->apparatus && r->kind == SG_REF_LOCAL &&
                 df_node_within(r->target, sig->dsig.node))
            any = true;
    }
    if (sig->countersigned != NULL)
        return;
    check_objects(d, sig);
    if (!any && sg_indication_of(sig->dsig.sub) != MH_IND_FAILED)
        sg_sig_partial(sig);
}

static enum mh_code
judge_all(struct doc *d, struct mh_report *report, struct mh_err *err)
{
    const struct sg_names names = {.whole_allowed = true};
    struct sg_sig_place place = {.xml = d->xml, .names = &names};
    const struct df_node *root = df_xml_root(d->xml);
    const struct sg_sig *parent;
    enum mh_code code = MH_OK;

    for (const struct df_node *n = root; n != NULL && code == MH_OK;
         n = df_node_walk(root, n)) {
        if (!is_outer(d->xml, n))
            continue;
        parent = &d->sig[d->sigs];
        place.node = n;
        code =
            sg_sig_prepare(d->ctx, &place, &d->files, err, &d->sig[d->sigs++]);
        if (code == MH_OK)
            code = sg_sig_counters(
                d->ctx, parent, &d->files, err, d->sig, &d->sigs);
    }
    if (code == MH_OK)
        code = sg_files_digest(d->ctx, &d->files, err);
    for (size_t s = 0; s < d->sigs && code == MH_OK; s++) {
        char id[24];

        code = sg_sig_judge(d->ctx, &d->sig[s], &d->files, err);
        if (code != MH_OK)
            break;
        cover(d, s);
        (void)snprintf(id, sizeof(id), "S%zu", s); /* always fits */
        code = sg_fill_sig(d->ctx, &d->sig[s], sg_clean_str(d->ctx->arena, id),
            err, &report->sig[s]);
        report->sigs = s + 1;
    }
    return code;
}

static bool
is_named(const struct doc *d, size_t file)
{
    for (size_t s = 0; s < d->sigs; s++)
        for (size_t k = 0; k < d->sig[s].dsig.refs; k++)
            if (d->sig[s].dsig.ref[k].file == file)
                return true;
    return false;
}

/*
 * Data that no signature names is a mistake of the caller: not "unsigned".
 * Where none of it is named, the answer would be about something else than
 * what was asked.
 */
static void
drop_unused_data(struct doc *d)
{
    size_t own = d->apparatus ? SIZE_MAX : d->files.count - 1;
    bool any = false;

    for (size_t f = 0; f < d->files.count && !any; f++)
        any = f != own && is_named(d, f);
    for (size_t f = 0; f < d->files.count; f++) {
        if (f == own || is_named(d, f))
            continue;
        d->files.file[f].data = false;
        sg_out_add(&d->ctx->out, MH_F_DETACHED_DATA_UNUSED,
            any ? MH_WARNING : MH_ERROR, d->files.file[f].name);
    }
}

enum mh_code
sg_verify_xml(struct sg_ctx *ctx, const struct sg_verify_input *in,
    struct mh_report *report, struct mh_err *err)
{
    struct doc d = {.ctx = ctx};
    enum mh_code code = df_xml_load(in->document, ctx->arena, err, &d.xml);
    size_t n;

    report->format = MH_FORMAT_XML;
    report->profile = "XML signature";
    if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
        sg_refuse(ctx, report, err, MH_F_XML_MALFORMED);
        return MH_OK;
    }
    if (code != MH_OK)
        return code;
    n = sg_sig_count(d.xml);
    code = n > MH_XML_SIGNATURES_MAX
               ? mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
                     "xml: signatures")
               : make_files(&d, in, err);
    if (code == MH_OK) {
        d.sig = mh_arena_array(ctx->arena, n, sizeof(*d.sig));
        report->sig = mh_arena_array(ctx->arena, n, sizeof(*report->sig));
        d.covered = mh_arena_array(
            ctx->arena, n * d.files.count + 1, sizeof(*d.covered));
        if (d.sig == NULL || report->sig == NULL || d.covered == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "xml: no memory");
    }
    if (code == MH_OK)
        code = judge_all(&d, report, err);
    if (code == MH_OK) {
        drop_unused_data(&d);
        code = sg_fill_files(ctx, &d.files, d.covered, report, err);
    }
    if (code == MH_OK)
        code = sg_conclude(ctx, report, false, err);
    if (code == MH_ELIMIT) {
        sg_refuse(ctx, report, err, MH_F_LIMIT);
        code = MH_OK;
    }
    df_xml_free(d.xml);
    return code;
}
