#include "docformat/asic/asicmanifest.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/wire/codes.h"
#include "docformat/xml/xml.h"

static enum mh_code
invalid(struct mh_err *err, const char *what)
{
    return mh_fail_finding(err, MH_EFORMAT, MH_F_SIGNATURE_FILE_INVALID,
        MH_NO_OFFSET, "asic manifest: %s", what);
}

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "asic manifest: no memory");
}

/* An attribute without namespace, copied; empty where absent. */
static enum mh_code
copy_attr(const struct df_node *n, const char *name, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    struct mh_span v;

    *out = (struct mh_span){0};
    if (!df_node_attr(n, NULL, name, &v))
        return MH_OK;
    *out = mh_arena_copy(arena, v);
    return out->ptr == NULL ? no_memory(err) : MH_OK;
}

static enum mh_code
read_digest(const struct df_node *n, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    struct mh_span text;
    uint8_t *p;
    enum mh_code code = df_node_text(n, arena, err, &text);

    if (code != MH_OK)
        return code;
    p = mh_arena_alloc(arena, mh_base64_max(text.len));
    if (p == NULL)
        return no_memory(err);
    out->ptr = p;
    if (!mh_base64_decode(text, p, &out->len) || out->len == 0)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_BASE64_INVALID,
            MH_NO_OFFSET, "asic manifest: digest is not base64");
    return MH_OK;
}

/* The one DigestMethod and the one DigestValue, in this order. */
static enum mh_code
read_ref_digest(const struct df_node *n, struct mh_arena *arena,
    struct mh_err *err, struct df_asicmanifest_ref *ref)
{
    const struct df_node *method = df_node_child(n, DF_NS_DS, "DigestMethod");
    const struct df_node *value = df_node_child(n, DF_NS_DS, "DigestValue");
    enum mh_code code;

    if (method == NULL || value == NULL || df_node_next(method) != value ||
        df_node_count(n, DF_NS_DS, "DigestMethod") != 1 ||
        df_node_count(n, DF_NS_DS, "DigestValue") != 1)
        return invalid(err, "reference without one digest");
    code = copy_attr(method, "Algorithm", arena, err, &ref->digest_method);
    return code != MH_OK ? code : read_digest(value, arena, err, &ref->digest);
}

static enum mh_code
read_ref(const struct df_node *n, struct mh_arena *arena, struct mh_err *err,
    struct df_asicmanifest_ref *ref)
{
    struct mh_span root;
    enum mh_code code = copy_attr(n, "URI", arena, err, &ref->uri);

    if (code == MH_OK)
        code = copy_attr(n, "MimeType", arena, err, &ref->mime_type);
    if (code != MH_OK)
        return code;
    if (ref->uri.len == 0)
        return invalid(err, "reference without a name");
    if (df_node_attr(n, NULL, "Rootfile", &root))
        ref->rootfile = mh_span_is(root, "true") || mh_span_is(root, "1");
    return read_ref_digest(n, arena, err, ref);
}

static enum mh_code
read_refs(const struct df_node *first, const char *ns, struct mh_arena *arena,
    struct mh_err *err, struct df_asicmanifest *m)
{
    const struct df_node *n = first;
    enum mh_code code = MH_OK;
    size_t count = 0;

    while (n != NULL && df_node_is(n, ns, "DataObjectReference")) {
        count++;
        n = df_node_next(n);
    }
    /* Extensions may follow; anything else is not understood. */
    if (n != NULL && (!df_node_is(n, ns, "ASiCManifestExtensions") ||
                         df_node_next(n) != NULL))
        return invalid(err, "unknown element");
    if (count == 0 || count > MH_XML_REFERENCES_MAX)
        return invalid(err, "no reference, or too many");
    m->refs = mh_arena_array(arena, count, sizeof(*m->refs));
    if (m->refs == NULL)
        return no_memory(err);
    for (n = first; code == MH_OK && m->count < count; n = df_node_next(n))
        code = read_ref(n, arena, err, &m->refs[m->count++]);
    return code;
}

static enum mh_code
read_manifest(const struct df_node *root, struct mh_arena *arena,
    struct mh_err *err, struct df_asicmanifest *m)
{
    const char *ns = df_node_ns(root);
    const struct df_node *sig = df_node_first(root);
    enum mh_code code;

    m->old_namespace = strcmp(ns, DF_NS_ASIC_OLD) == 0;
    if ((!m->old_namespace && strcmp(ns, DF_NS_ASIC) != 0) ||
        strcmp(df_node_local(root), "ASiCManifest") != 0)
        return invalid(err, "other root element");
    if (sig == NULL || !df_node_is(sig, ns, "SigReference"))
        return invalid(err, "no SigReference");
    code = copy_attr(sig, "URI", arena, err, &m->sig_uri);
    if (code == MH_OK)
        code = copy_attr(sig, "MimeType", arena, err, &m->sig_mime_type);
    if (code != MH_OK)
        return code;
    if (m->sig_uri.len == 0)
        return invalid(err, "SigReference without a name");
    return read_refs(df_node_next(sig), ns, arena, err, m);
}

enum mh_code
df_asicmanifest_parse(struct mh_span bytes, struct mh_arena *arena,
    struct mh_err *err, struct df_asicmanifest **out)
{
    struct df_asicmanifest *m = mh_arena_alloc(arena, sizeof(*m));
    struct df_xml *xml;
    enum mh_code code;

    *out = NULL;
    if (m == NULL)
        return no_memory(err);
    code = df_xml_load(bytes, arena, err, &xml);
    if (code != MH_OK)
        return code;
    code = read_manifest(df_xml_root(xml), arena, err, m);
    df_xml_free(xml);
    if (code == MH_OK)
        *out = m;
    return code;
}
