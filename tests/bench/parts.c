#include "tests/bench/parts.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"
#include "tests/bench/measure.h"

const struct b_set b_sets[B_SETS] = {{"rsa", "RSA-2048 throughout"},
    {"ec", "P-256 throughout"}, {"p384", "P-384 throughout"}};

static const struct df_node *
below(const struct df_node *top, const char *local)
{
    for (const struct df_node *n = top; n != NULL; n = df_node_walk(top, n))
        if (strcmp(df_node_local(n), local) == 0)
            return n;
    b_need(false, local);
    return NULL;
}

static struct mh_span
decode(struct b_parts *p, const struct df_node *node)
{
    struct mh_err err = {.msg = ""};
    struct mh_span text;
    uint8_t *out;
    size_t len = 0;

    b_must(df_node_text(node, p->arena, &err, &text), &err);
    out = mh_arena_alloc(p->arena, mh_base64_max(text.len));
    b_need(out != NULL && mh_base64_decode(text, out, &len), "base64");
    return (struct mh_span){out, len};
}

static void
open_xml(struct b_parts *p)
{
    const struct df_node *root;
    struct mh_err err = {.msg = ""};

    p->sigfile = p->asic->sigfiles[0].entry;
    p->sig_bytes = p->asic->sigfiles[0].bytes;
    p->xml = p->asic->sigfiles[0].xml;
    root = df_xml_root(p->xml);
    p->signed_info = below(root, "SignedInfo");
    p->properties = below(root, "SignedProperties");
    p->value = below(root, "SignatureValue");
    p->sig_value = decode(p, p->value);
    p->stamp = decode(p, below(root, "EncapsulatedTimeStamp"));
    p->ocsp = decode(p, below(root, "EncapsulatedOCSPValue"));
    b_must(sg_cert_parse(decode(p, below(root, "X509Certificate")), p->arena,
               &err, &p->leaf),
        &err);
}

void
b_parts_open(const char *folder, const char *kind, int n, struct b_parts *p)
{
    struct mh_err err = {.msg = ""};
    struct df_notes notes;
    char name[64];

    *p = (struct b_parts){.arena = mh_arena_new(MH_DOC_ARENA_MAX)};
    b_need(p->arena != NULL, "memory");
    df_notes_init(&notes, p->arena);
    (void)snprintf(name, sizeof(name), "%s/%02d.edoc", kind, n);
    b_must(df_zip_scan(b_file(folder, name), p->arena, &notes, &err, &p->zip),
        &err);
    b_must(df_asic_open(p->zip, p->arena, &notes, &err, &p->asic), &err);
    b_need(p->asic->file_count == 1 && p->asic->sigfile_count == 1, name);
    p->payload = p->asic->files[0].entry;
    p->manifest = df_zip_find(p->zip, mh_span_str("META-INF/manifest.xml"));
    b_need(p->manifest != NULL, name);
    b_must(df_zip_read(p->zip, p->manifest, p->arena, MH_META_INF_FILE_MAX,
               &err, &p->manifest_bytes),
        &err);
    open_xml(p);
    (void)snprintf(name, sizeof(name), "%s/ca.der", kind);
    b_must(sg_cert_parse(b_file(folder, name), p->arena, &err, &p->ca), &err);
}

void
b_parts_close(struct b_parts *parts)
{
    df_asic_free(parts->asic);
    mh_arena_free(parts->arena);
}
