#include "signer/verify/inspect.h"

#include "base/text.h"
#include "base/time.h"
#include "docformat/docformat.h"
#include "signer/trust/cms.h"
#include "signer/trust/ocsp.h"
#include "signer/trust/tst.h"
#include "signer/verify/dsig_alg.h"
#include "signer/verify/inspect_internal.h"
#include "signer/verify/out.h"

enum {
    VALUE_MAX = 4 << 20
}; /* bytes of one encapsulated value */

void
sg_view_put(json_t *o, const char *key, json_t *v)
{
    (void)json_object_set_new(o, key, v); /* a member may be lost, not wrong */
}

void
sg_view_text(json_t *o, const char *key, const char *v)
{
    sg_view_put(o, key, json_string(v));
}

void
sg_view_span(struct sg_view *v, json_t *o, const char *key, struct mh_span s)
{
    sg_view_text(o, key, sg_clean(v->arena, s));
}

void
sg_view_time(json_t *o, const char *key, int64_t t)
{
    char when[32];

    mh_time_format(t, when);
    sg_view_text(o, key, when);
}

void
sg_view_notes(struct sg_view *v, const struct df_notes *notes)
{
    json_t *a = json_array();

    for (const struct df_note *n = notes->first; n != NULL; n = n->next) {
        json_t *o = json_object();

        sg_view_text(o, "code", mh_finding_name(n->code));
        sg_view_span(v, o, "what", n->what);
        (void)json_array_append_new(a, o); /* as put */
    }
    sg_view_put(v->top, "notes", a);
}

void
sg_view_int(json_t *o, const char *key, uint64_t v)
{
    sg_view_put(o, key, json_integer((json_int_t)(v & INT64_MAX)));
}

void
sg_view_error(struct sg_view *v, const struct mh_err *err)
{
    json_t *o = json_object();

    if (err->finding > 0)
        sg_view_text(
            o, "code", mh_finding_name((enum mh_finding_code)err->finding));
    sg_view_text(o, "text", sg_clean_str(v->arena, err->msg));
    sg_view_put(v->top, "error", o);
}

static json_t *
entry_row(struct sg_view *v, const struct df_zip_entry *e)
{
    json_t *o = json_object();

    sg_view_span(v, o, "name", e->name);
    sg_view_put(o, "size", json_integer((json_int_t)(e->usize & INT64_MAX)));
    sg_view_put(
        o, "stored_size", json_integer((json_int_t)(e->data.len & INT64_MAX)));
    sg_view_text(
        o, "method", e->method == DF_ZIP_STORED ? "stored" : "deflated");
    if (e->comment.len > 0)
        sg_view_span(v, o, "comment", e->comment);
    return o;
}

static json_t *
certificate_row(struct sg_view *v, struct mh_span der)
{
    json_t *o = json_object();
    struct sg_cert *c;
    char hex[2 * MH_SHA256_LENGTH + 1];

    if (sg_cert_parse(der, v->arena, NULL, &c) != MH_OK) {
        sg_view_text(o, "subject", "(unreadable)");
        return o;
    }
    mh_hex_encode((struct mh_span){c->sha256, MH_SHA256_LENGTH}, hex);
    sg_view_span(v, o, "subject", sg_name_text(&c->subject, v->arena));
    sg_view_span(v, o, "issuer", sg_name_text(&c->issuer, v->arena));
    sg_view_time(o, "not_before", c->not_before);
    sg_view_time(o, "not_after", c->not_after);
    sg_view_text(o, "sha256", hex);
    return o;
}

static json_t *
stamp_row(struct sg_view *v, struct mh_span der)
{
    json_t *o = json_object();
    struct sg_tst *t;

    if (sg_tst_parse(der, v->arena, NULL, &t) != MH_OK) {
        sg_view_text(o, "time", "(unreadable)");
        return o;
    }
    sg_view_time(o, "time", t->gen_time);
    sg_view_text(o, "digest", mh_digest_name(t->imprint_alg));
    return o;
}

void
sg_view_cms(struct sg_view *v, json_t *o, struct mh_span der)
{
    json_t *certs = json_array();
    struct sg_cms *cms;
    struct sg_tst *t;

    if (sg_tst_parse(der, v->arena, NULL, &t) == MH_OK)
        sg_view_put(o, "timestamp", stamp_row(v, der));
    if (sg_cms_parse(der, true, v->arena, NULL, &cms) != MH_OK) {
        sg_view_text(o, "cms", "(unreadable)");
        json_decref(certs);
        return;
    }
    for (size_t i = 0; i < cms->cert_count; i++)
        (void)json_array_append_new(
            certs, certificate_row(v, cms->certs[i])); /* as put */
    sg_view_put(o, "certificates", certs);
    for (size_t i = 0; i < cms->signer_count; i++)
        sg_view_text(o, "digest", mh_digest_name(cms->signers[i].digest));
}

static json_t *
ocsp_row(struct sg_view *v, struct mh_span der)
{
    json_t *o = json_object();
    struct sg_ocsp *ocsp;

    if (sg_ocsp_parse(der, v->arena, NULL, &ocsp) != MH_OK) {
        sg_view_text(o, "produced_at", "(unreadable)");
        return o;
    }
    sg_view_time(o, "produced_at", ocsp->produced_at);
    sg_view_put(
        o, "answers", json_integer((json_int_t)(ocsp->count & INT32_MAX)));
    return o;
}

/* The decoded text of a node; empty where it is no base64. */
static struct mh_span
value_of(struct sg_view *v, const struct df_node *n)
{
    struct mh_span text;
    uint8_t *p;
    size_t len;

    if (df_node_text(n, v->arena, NULL, &text) != MH_OK || text.len > VALUE_MAX)
        return (struct mh_span){0};
    p = mh_arena_raw(v->arena, mh_base64_max(text.len));
    if (p == NULL || !mh_base64_decode(text, p, &len))
        return (struct mh_span){0};
    return (struct mh_span){p, len};
}

static json_t *
signature_row(struct sg_view *v, const struct df_node *sig, struct mh_span file)
{
    json_t *o = json_object(), *certs = json_array(), *stamps = json_array(),
           *ocsps = json_array(), *refs = json_array();
    size_t crls = 0;

    sg_view_span(v, o, "file", file);
    for (const struct df_node *n = sig; n != NULL; n = df_node_walk(sig, n)) {
        const char *local = df_node_local(n);
        struct mh_span s;

        if (df_node_is(n, DF_NS_DS, "SignatureMethod") &&
            df_node_attr(n, NULL, "Algorithm", &s))
            sg_view_span(v, o, "algorithm", s);
        else if (df_node_is(n, DF_NS_DS, "Reference") &&
                 df_node_attr(n, NULL, "URI", &s))
            (void)json_array_append_new(
                refs, json_string(sg_clean(v->arena, s))); /* as put */
        else if (df_node_is(n, DF_NS_DS, "X509Certificate") ||
                 strcmp(local, "EncapsulatedX509Certificate") == 0)
            (void)json_array_append_new(
                certs, certificate_row(v, value_of(v, n)));
        else if (strcmp(local, "EncapsulatedTimeStamp") == 0)
            (void)json_array_append_new(stamps, stamp_row(v, value_of(v, n)));
        else if (strcmp(local, "EncapsulatedOCSPValue") == 0)
            (void)json_array_append_new(ocsps, ocsp_row(v, value_of(v, n)));
        else if (strcmp(local, "EncapsulatedCRLValue") == 0)
            crls++;
        else if (strcmp(local, "SigningTime") == 0 &&
                 df_node_text(n, v->arena, NULL, &s) == MH_OK)
            sg_view_span(v, o, "signing_time", s);
    }
    sg_view_put(o, "references", refs);
    sg_view_put(o, "certificates", certs);
    sg_view_put(o, "timestamps", stamps);
    sg_view_put(o, "ocsp", ocsps);
    sg_view_put(o, "crls", json_integer((json_int_t)crls));
    return o;
}

static enum mh_code
inspect_zip(struct sg_view *v, struct mh_span document, struct mh_err *err)
{
    json_t *entries = json_array(), *sigs = json_array(),
           *tokens = json_array();
    struct df_notes notes;
    struct df_zip *zip;
    struct df_asic *asic = NULL;
    enum mh_code code;

    df_notes_init(&notes, v->arena);
    code = df_zip_scan(document, v->arena, &notes, err, &zip);
    for (size_t i = 0; code == MH_OK && i < zip->count; i++)
        (void)json_array_append_new(entries, entry_row(v, &zip->entries[i]));
    if (code == MH_OK)
        code = df_asic_open(zip, v->arena, &notes, err, &asic);
    if (code == MH_OK) {
        sg_view_text(v->top, "format", asic->format_name);
        sg_view_text(v->top, "profile", asic->profile_name);
        sg_view_span(v, v->top, "mimetype", asic->mimetype);
        sg_view_span(v, v->top, "manifest_root_type", asic->root_type);
        for (size_t i = 0; i < asic->sigfile_count; i++) {
            const struct df_asic_sigfile *f = &asic->sigfiles[i];
            const struct df_node *n = NULL;

            while (f->xml != NULL && (n = df_asic_signature(f, n)) != NULL)
                (void)json_array_append_new(
                    sigs, signature_row(v, n, f->entry->name)); /* as put */
        }
        for (size_t i = 0; i < asic->token_count; i++)
            if (asic->tokens[i].kind == DF_TOKEN_TST)
                (void)json_array_append_new(
                    tokens, stamp_row(v, asic->tokens[i].bytes)); /* as put */
    }
    sg_view_put(v->top, "entries", entries);
    sg_view_put(v->top, "signatures", sigs);
    sg_view_put(v->top, "tokens", tokens);
    sg_view_notes(v, &notes);
    if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
        sg_view_text(v->top, "refused", sg_clean_str(v->arena, err->msg));
        code = MH_OK;
    }
    df_asic_free(asic);
    return code;
}

static enum mh_code
inspect_xml(struct sg_view *v, struct mh_span document, struct mh_err *err)
{
    json_t *sigs = json_array();
    struct df_xml *xml = NULL;
    enum mh_code code = df_xml_load(document, v->arena, err, &xml);

    if (code == MH_OK)
        for (const struct df_node *n = df_xml_root(xml); n != NULL;
             n = df_node_walk(df_xml_root(xml), n))
            if (df_node_is(n, DF_NS_DS, "Signature"))
                (void)json_array_append_new(
                    sigs, signature_row(v, n, (struct mh_span){0}));
    sg_view_put(v->top, "signatures", sigs);
    if (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT) {
        sg_view_text(v->top, "refused", sg_clean_str(v->arena, err->msg));
        code = MH_OK;
    }
    df_xml_free(xml);
    return code;
}

static void text_value(
    json_t *value, unsigned depth, const char *key, struct mh_buf *out);

static void
indent(unsigned depth, struct mh_buf *out)
{
    for (unsigned i = 0; i < depth; i++)
        mh_buf_str(out, "  ");
}

/* Depth is bounded by what is built above: at most four levels. */
static void
text_object(json_t *o, unsigned depth, struct mh_buf *out)
{
    const char *key;
    json_t *value;

    json_object_foreach(o, key, value) text_value(value, depth, key, out);
}

static void
text_scalar(const json_t *value, struct mh_buf *out)
{
    if (json_is_string(value))
        mh_buf_str(out, json_string_value(value));
    else if (json_is_integer(value))
        mh_buf_printf(out, "%lld", (long long)json_integer_value(value));
}

static void
text_value(json_t *value, unsigned depth, const char *key, struct mh_buf *out)
{
    size_t i;
    json_t *item;

    if (json_is_array(value)) {
        if (json_array_size(value) == 0)
            return;
        indent(depth, out);
        if (!json_is_object(json_array_get(value, 0))) {
            mh_buf_printf(out, "%s:", key);
            json_array_foreach(value, i, item)
            {
                mh_buf_str(out, i == 0 ? " " : ", ");
                text_scalar(item, out);
            }
            mh_buf_byte(out, '\n');
            return;
        }
        mh_buf_printf(out, "%s:\n", key);
        json_array_foreach(value, i, item)
        {
            indent(depth + 1, out);
            mh_buf_printf(out, "- %zu\n", i);
            text_object(item, depth + 2, out);
        }
        return;
    }
    indent(depth, out);
    if (json_is_object(value)) {
        mh_buf_printf(out, "%s:\n", key);
        text_object(value, depth + 1, out);
        return;
    }
    mh_buf_printf(out, "%s: ", key);
    text_scalar(value, out);
    mh_buf_byte(out, '\n');
}

static int
dump(const char *bytes, size_t len, void *ctx)
{
    mh_buf_add(ctx, bytes, len);
    return 0;
}

enum mh_code
sg_inspect_document(struct mh_span document, bool json, struct mh_arena *arena,
    struct mh_err *err, struct mh_buf *out)
{
    struct sg_view v = {.arena = arena, .top = json_object()};
    struct df_detected d = df_detect(document);
    struct mh_err local = {.msg = ""};
    enum mh_code code = MH_OK;

    if (err == NULL)
        err = &local;
    if (v.top == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "inspect: no memory");
    sg_view_text(v.top, "looks_like", d.looks_like);
    sg_view_put(
        v.top, "size", json_integer((json_int_t)(document.len & INT64_MAX)));
    if (d.kind == DF_KIND_ZIP)
        code = inspect_zip(&v, document, err);
    else if (d.kind == DF_KIND_XML)
        code = inspect_xml(&v, document, err);
    else if (d.kind == DF_KIND_PDF)
        code = sg_inspect_pdf(&v, document, err);
    else if (d.kind == DF_KIND_JPEG)
        code = sg_inspect_jpeg(&v, document, err);
    else if (d.kind == DF_KIND_CMS)
        sg_view_cms(&v, v.top, document);
    if (code == MH_OK && json) {
        if (json_dump_callback(v.top, dump, out, JSON_COMPACT) != 0)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "inspect: no memory");
        mh_buf_byte(out, '\n');
    } else if (code == MH_OK) {
        text_object(v.top, 0, out);
    }
    json_decref(v.top);
    return code;
}
