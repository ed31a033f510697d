#include "signer/sign/xadesraise.h"

#include "base/limits.h"
#include "signer/policy/algo.h"
#include "signer/sign/asicextra.h"
#include "signer/sign/xadessplice.h"
#include "signer/verify/refs.h"
#include "signer/verify/xades.h"

/* One signature, read as strictly as for its verification. */
struct one {
    struct sg_out out;
    struct sg_dsig dsig;
    struct sg_xades xades;
    const struct df_asic_sigfile *file;
    bool declare; /* the prefixes ds and xades are not known to mean those */
};

struct raising {
    const struct sg_box *box;
    struct sg_ctx ctx;
    struct mh_policy policy;
    struct sg_files files;
    struct one *sig;
    size_t sigs;
};

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "raise: no memory");
}

static enum mh_code
make_files(struct raising *r, struct mh_err *err)
{
    struct df_zip *zip = r->box->zip;

    r->files.zip = zip;
    r->files.file =
        mh_arena_array(r->box->arena, zip->count, sizeof(*r->files.file));
    if (r->files.file == NULL)
        return no_memory(err);
    for (size_t i = 0; i < zip->count; i++)
        if (!zip->entries[i].is_directory)
            r->files.file[r->files.count++] = (struct sg_file){.name = "",
                .raw_name = zip->entries[i].name,
                .entry = &zip->entries[i],
                .size = zip->entries[i].usize};
    return MH_OK;
}

/* What forbids to raise a signature that breaks a rule. */
static enum mh_code
refuse(const struct one *s, size_t number, struct mh_err *err)
{
    const struct mh_finding *why = sg_out_first(&s->out, MH_ERROR);

    return mh_fail_finding(err, MH_EFORMAT,
        why == NULL ? MH_F_SIG_STRUCTURE : (int)why->code, MH_NO_OFFSET,
        "raise: signature %zu breaks a rule (%s)", number,
        mh_finding_name(why == NULL ? MH_F_SIG_STRUCTURE : why->code));
}

/* Signatures that name their elements as we do need no declarations. */
static enum mh_code
look_at_prefixes(struct one *s, struct mh_err *err)
{
    struct mh_span sig = {0}, qualifying = {0};
    enum mh_code code = sg_splice_name(s->file->xml, s->dsig.node, err, &sig);

    if (code == MH_OK)
        code =
            sg_splice_name(s->file->xml, s->xades.qualifying, err, &qualifying);
    s->declare = !mh_span_is(sig, "ds:Signature") ||
                 !mh_span_is(qualifying, "xades:QualifyingProperties");
    return code;
}

static enum mh_code
read_one(struct raising *r, const struct df_asic_sigfile *file,
    const struct df_node *node, struct mh_err *err)
{
    const struct sg_names names = {.asic = r->box->asic};
    struct one *s = &r->sig[r->sigs];
    enum mh_code code;

    s->file = file;
    sg_out_init(&s->out, r->box->arena);
    code = sg_dsig_read(&r->ctx, file->xml, node, &s->out, err, &s->dsig);
    if (code == MH_OK && s->dsig.sub == MH_SUB_NONE)
        code = sg_xades_read(&r->ctx, &s->dsig, true, &s->out, err, &s->xades);
    if (code == MH_OK && s->dsig.sub == MH_SUB_NONE)
        code = sg_refs_bind(&r->ctx, &s->dsig, &names, &r->files, &s->out, err);
    if (code == MH_OK && s->dsig.sub != MH_SUB_NONE)
        code = refuse(s, r->sigs, err);
    if (code == MH_OK && strcmp(s->xades.ns, DF_NS_XADES) != 0)
        code = mh_fail_finding(err, MH_EUNSUP, MH_F_FORMAT_UNSUPPORTED,
            MH_NO_OFFSET, "raise: XAdES before 1.3.2 is never written");
    if (code == MH_OK)
        code = look_at_prefixes(s, err);
    r->sigs++;
    return code;
}

static enum mh_code
read_all(struct raising *r, struct mh_err *err)
{
    const struct df_asic *asic = r->box->asic;
    enum mh_code code = make_files(r, err);
    size_t n = 0;

    for (size_t i = 0; i < asic->sigfile_count; i++)
        n += asic->sigfiles[i].signatures;
    if (n > MH_REPORT_SIGS_MAX)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_LIMIT, MH_NO_OFFSET,
            "raise: too many signatures");
    r->sig = mh_arena_array(r->box->arena, n, sizeof(*r->sig));
    if (r->sig == NULL)
        return no_memory(err);
    for (size_t i = 0; i < asic->sigfile_count && code == MH_OK; i++)
        for (const struct df_node *at =
                 df_asic_signature(&asic->sigfiles[i], NULL);
             at != NULL && code == MH_OK && r->sigs < n;
             at = df_asic_signature(&asic->sigfiles[i], at))
            code = read_one(r, &asic->sigfiles[i], at, err);
    return code;
}

static void
close_all(struct raising *r)
{
    mh_digest_free(r->ctx.digest);
    sg_facts_free(r->ctx.facts);
}

static enum mh_code
open_all(struct raising *r, const struct sg_box *box, struct mh_err *err)
{
    *r = (struct raising){.box = box};
    mh_policy_default(&r->policy, true);
    r->ctx = (struct sg_ctx){.arena = box->arena,
        .policy = &r->policy,
        .facts = sg_facts_new(),
        .pool = sg_pool_new(box->arena),
        .digest = mh_digest_new()};
    sg_out_init(&r->ctx.out, box->arena);
    if (r->ctx.facts == NULL || r->ctx.pool == NULL || r->ctx.digest == NULL)
        return no_memory(err);
    return read_all(r, err);
}

static size_t
count_props(const struct one *s, enum sg_property kind)
{
    size_t n = 0;

    for (size_t i = 0; i < s->xades.props; i++)
        n += s->xades.prop[i].kind == kind;
    return n;
}

/* An archive time-stamp covers what stands before it: it must be the last. */
static bool
lacks(const struct one *s, enum sg_raise step)
{
    const struct sg_xades *x = &s->xades;

    switch (step) {
    case SG_RAISE_T:
        return count_props(s, SG_PROP_SIGNATURE_STAMP) == 0 &&
               !mh_span_is(x->policy_id, SG_OID_TIMEMARK);
    case SG_RAISE_LT:
        return count_props(s, SG_PROP_REVOCATION) == 0;
    case SG_RAISE_LTA:
        return x->props == 0 ||
               x->prop[x->props - 1].kind != SG_PROP_ARCHIVE_STAMP;
    case SG_RAISE_RENEW:
        return count_props(s, SG_PROP_ARCHIVE_STAMP) > 0;
    case SG_RAISES:
        break;
    }
    return false;
}

/* The canonical form that time-stamps written here are over. */
static enum mh_code
feed_node(struct raising *r, const struct one *s, const struct df_node *node,
    struct mh_err *err)
{
    const struct df_c14n how = {.method = SG_STAMP_C14N};
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, 2 * (size_t)MH_XML_SIZE_MAX);
    code = df_c14n_write(s->dsig.xml, node, &how, err, &buf);
    if (code == MH_OK)
        mh_digest_update(r->ctx.digest, mh_buf_get(&buf));
    mh_buf_fini(&buf);
    return code;
}

static enum mh_code
feed_reference(struct raising *r, const struct one *s, const struct sg_ref *ref,
    struct mh_err *err)
{
    struct mh_buf buf;
    enum mh_code code;

    if (ref->kind == SG_REF_FILE)
        return sg_file_feed(
            &r->files, &r->files.file[ref->file], r->ctx.digest, err);
    mh_buf_init(&buf, 2 * (size_t)MH_XML_SIZE_MAX);
    code = sg_ref_octets(&r->ctx, &s->dsig, ref, err, &buf);
    if (code == MH_OK)
        mh_digest_update(r->ctx.digest, mh_buf_get(&buf));
    mh_buf_fini(&buf);
    return code;
}

/* An Object that some reference covers already. */
static bool
is_referenced(const struct sg_dsig *d, const struct df_node *object)
{
    for (size_t i = 0; i < d->refs; i++)
        if (d->ref[i].target == object)
            return true;
    return false;
}

/* EN 319 132-1 5.5.2.2: in this order. */
static enum mh_code
feed_archive(struct raising *r, const struct one *s, struct mh_err *err)
{
    const struct sg_dsig *d = &s->dsig;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < d->refs && code == MH_OK; i++)
        if (!d->ref[i].inner)
            code = feed_reference(r, s, &d->ref[i], err);
    if (code == MH_OK)
        code = feed_node(r, s, d->signed_info, err);
    if (code == MH_OK)
        code = feed_node(r, s, d->value_node, err);
    if (code == MH_OK && d->key_info != NULL)
        code = feed_node(r, s, d->key_info, err);
    for (size_t i = 0; i < s->xades.props && code == MH_OK; i++)
        code = feed_node(r, s, s->xades.prop[i].node, err);
    for (const struct df_node *o = df_node_child(d->node, DF_NS_DS, "Object");
         o != NULL && code == MH_OK; o = df_node_sibling(o, DF_NS_DS, "Object"))
        if (o != s->xades.object && !is_referenced(d, o))
            code = feed_node(r, s, o, err);
    return code;
}

static enum mh_code
digest_one(struct raising *r, const struct one *s, struct sg_raise_state *st,
    struct mh_err *err)
{
    enum mh_code code = mh_digest_start(r->ctx.digest, st->alg, err);

    if (code == MH_OK)
        code = st->step == SG_RAISE_T ? feed_node(r, s, s->dsig.value_node, err)
                                      : feed_archive(r, s, err);
    return code == MH_OK ? mh_digest_finish(r->ctx.digest, err, st->digest)
                         : code;
}

static enum mh_code
list_imprints(struct raising *r, struct sg_raise_state *st, struct mh_err *err,
    struct sg_imprint *imprint, size_t *count)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < r->sigs && code == MH_OK; i++) {
        struct sg_imprint *im = &imprint[*count];

        if (!lacks(&r->sig[i], st->step))
            continue;
        im->sig = i;
        st->sig = i;
        if (st->step != SG_RAISE_LT) {
            code = digest_one(r, &r->sig[i], st, err);
            if (code == MH_OK)
                code = sg_raise_state_pack(st, r->box->arena, err, &im->state);
            memcpy(im->digest, st->digest, sizeof(im->digest));
        }
        ++*count;
    }
    return code;
}

enum mh_code
sg_xades_imprints(const struct sg_box *box, const struct sg_raise_state *state,
    struct mh_err *err, struct sg_imprint **imprint, size_t *count)
{
    struct sg_raise_state st = *state;
    struct raising r;
    enum mh_code code = open_all(&r, box, err);

    *count = 0;
    if (code == MH_OK) {
        *imprint = mh_arena_array(box->arena, r.sigs, sizeof(**imprint));
        code = *imprint == NULL ? no_memory(err)
                                : list_imprints(&r, &st, err, *imprint, count);
    }
    close_all(&r);
    return code;
}

/* Certificates, OCSP answers and CRLs, after what is there already. */
static void
put_data(struct mh_buf *out, const struct one *s, const struct sg_values *v)
{
    bool declare = s->declare;

    struct sg_values certs = *v, revocation = *v;

    if (count_props(s, SG_PROP_REVOCATION) > 0) {
        sg_xades_put_stamp_data(out, v, declare);
        return;
    }
    revocation.cert_count = 0;
    certs.ocsp_count = certs.crl_count = 0;
    if (count_props(s, SG_PROP_CERTIFICATES) > 0) {
        sg_xades_put_values(out, &revocation, declare);
        sg_xades_put_stamp_data(out, &certs, declare);
        return;
    }
    sg_xades_put_values(out, v, declare);
}

/* What an item adds, as text. */
static enum mh_code
item_text(struct raising *r, const struct one *s,
    const struct sg_raise_state *state, const struct sg_raise_item *item,
    struct mh_err *err, struct mh_buf *out)
{
    enum sg_raise step = state->step;
    struct mh_span own = {0};
    struct sg_values values = {0};
    struct sg_raise_state st;
    enum mh_code code = MH_OK;

    if (step != SG_RAISE_LT)
        code = sg_raise_item_read(
            item, step, state->document, r->box->arena, err, &st);
    if (s->dsig.certs > 0)
        own = s->dsig.cert[0]->der;
    if (code == MH_OK)
        code = sg_values_of(
            &(struct sg_values_in){.extra = &item->extra, .own = own},
            r->box->arena, err, &values);
    if (code == MH_OK && step >= SG_RAISE_LTA &&
        values.cert_count + values.ocsp_count + values.crl_count > 0)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "raise: validation data come before an archive time-stamp");
    if (code != MH_OK)
        return code;
    if (step >= SG_RAISE_LTA) {
        sg_xades_put_archive_stamp(out, item->extra.token, s->declare);
        return MH_OK;
    }
    if (step == SG_RAISE_T)
        sg_xades_put_stamp(out, item->extra.token, s->declare);
    put_data(out, s, &values);
    return MH_OK;
}

/* Where the text goes, with the elements around it that are missing. */
static enum mh_code
place_text(struct raising *r, const struct one *s, const struct mh_buf *text,
    struct mh_err *err, struct sg_splice *out)
{
    static const char open[] = "<xades:UnsignedSignatureProperties>";
    static const char close[] = "</xades:UnsignedSignatureProperties>"
                                "</xades:UnsignedProperties>";
    const struct df_node *in = s->xades.unsigned_properties;
    struct mh_span bytes;
    struct mh_buf all;

    mh_buf_init(&all, MH_XML_SIZE_MAX);
    if (in == NULL)
        mh_buf_printf(&all, "<xades:UnsignedProperties%s>%s",
            s->declare ? " xmlns:xades=\"" DF_NS_XADES "\"" : "", open);
    mh_buf_span(&all, mh_buf_get(text));
    if (in == NULL)
        mh_buf_str(&all, close);
    bytes = mh_buf_ok(&all) && mh_buf_ok(text)
                ? mh_arena_copy(r->box->arena, mh_buf_get(&all))
                : (struct mh_span){0};
    mh_buf_fini(&all);
    if (bytes.ptr == NULL)
        return mh_fail_finding(err, MH_ELIMIT, MH_F_XML_LIMIT, MH_NO_OFFSET,
            "raise: the signature is too large");
    if (in == NULL && df_node_child(s->xades.qualifying, DF_NS_XADES,
                          "UnsignedProperties") != NULL)
        return mh_fail_finding(err, MH_EUNSUP, MH_F_FORMAT_UNSUPPORTED,
            MH_NO_OFFSET, "raise: unsigned properties of data objects only");
    return sg_splice_append(s->dsig.xml, in == NULL ? s->xades.qualifying : in,
        bytes, r->box->arena, err, out);
}

static enum mh_code
change_file(struct raising *r, const struct df_asic_sigfile *file,
    const struct sg_raise_batch *b, struct mh_err *err,
    struct sg_box_change *change, bool *changed)
{
    struct sg_splice *splice =
        mh_arena_array(r->box->arena, b->items, sizeof(*splice));
    struct df_xml *xml = NULL;
    enum mh_code code = splice == NULL ? no_memory(err) : MH_OK;
    size_t n = 0;

    for (size_t i = 0; i < b->items && code == MH_OK; i++) {
        const struct one *s = &r->sig[b->item[i].sig];
        struct mh_buf text;

        if (s->file != file)
            continue;
        mh_buf_init(&text, MH_XML_SIZE_MAX);
        code = item_text(r, s, b->state, &b->item[i], err, &text);
        if (code == MH_OK && text.len > 0)
            code = place_text(r, s, &text, err, &splice[n++]);
        mh_buf_fini(&text);
    }
    *changed = n > 0;
    if (code != MH_OK || n == 0)
        return code;
    change->entry = file->entry;
    code = sg_splice_apply(
        file->bytes, splice, n, r->box->arena, err, &change->bytes);
    if (code == MH_OK) /* what is written must be readable */
        code = df_xml_load(change->bytes, r->box->arena, err, &xml);
    df_xml_free(xml);
    return code;
}

/* Every item is of some signature, each signature has one at most. */
static enum mh_code
check_items(
    const struct raising *r, const struct sg_raise_batch *b, struct mh_err *err)
{
    for (size_t i = 0; i < b->items; i++) {
        bool twice = false;

        for (size_t k = 0; k < i; k++)
            twice = twice || b->item[k].sig == b->item[i].sig;
        if (twice || b->item[i].sig >= r->sigs)
            return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "raise: signature");
    }
    return MH_OK;
}

enum mh_code
sg_xades_changes(const struct sg_box *box, const struct sg_raise_batch *batch,
    struct mh_err *err, struct sg_box_change **change, size_t *count)
{
    size_t n = box->asic->sigfile_count;
    struct raising r;
    enum mh_code code = open_all(&r, box, err);

    *count = 0;
    *change = mh_arena_array(box->arena, n, sizeof(**change));
    if (code == MH_OK && *change == NULL)
        code = no_memory(err);
    if (code == MH_OK)
        code = check_items(&r, batch, err);
    for (size_t i = 0; i < n && code == MH_OK; i++) {
        bool changed = false;

        code = change_file(&r, &box->asic->sigfiles[i], batch, err,
            &(*change)[*count], &changed);
        *count += changed;
    }
    close_all(&r);
    return code;
}
