#include "tests/bench/baseline.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "tests/bench/measure.h"

#define WHEN 1654084800 /* 2022-06-01T12:00:00Z */

enum {
    VALUE_MAX = 16384, /* bytes of one base64 value, decoded */
};

struct b_baseline {
    char folder[512];
    char kind[16];
    X509_STORE *store;
};

/* What one run holds. */
struct flow {
    struct b_baseline *b;
    zip_t *zip;
    xmlDocPtr doc;
    xmlNodePtr root;
    STACK_OF(X509) * certs;
    X509 *leaf;
};

struct b_baseline *
b_baseline_new(const char *folder, const char *kind)
{
    struct b_baseline *b = calloc(1, sizeof(*b));
    X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();
    char name[64];
    struct mh_span der;
    const uint8_t *p;
    X509 *root;

    b_need(b != NULL && param != NULL, "memory");
    (void)snprintf(b->folder, sizeof(b->folder), "%s", folder);
    (void)snprintf(b->kind, sizeof(b->kind), "%s", kind);
    (void)snprintf(name, sizeof(name), "%s/root.der", kind);
    der = b_file(folder, name);
    p = der.ptr;
    root = d2i_X509(NULL, &p, (long)der.len);
    b->store = X509_STORE_new();
    X509_VERIFY_PARAM_set_time(param, WHEN);
    b_need(root != NULL && b->store != NULL &&
               X509_STORE_add_cert(b->store, root) == 1 &&
               X509_STORE_set1_param(b->store, param) == 1,
        "store");
    X509_free(root);
    X509_VERIFY_PARAM_free(param);
    return b;
}

void
b_baseline_free(struct b_baseline *b)
{
    X509_STORE_free(b->store);
    free(b);
}

static xmlNodePtr
find(xmlNodePtr top, const char *local)
{
    for (xmlNodePtr n = top; n != NULL;) {
        if (n->type == XML_ELEMENT_NODE &&
            strcmp((const char *)n->name, local) == 0)
            return n;
        if (n->children != NULL && n->type == XML_ELEMENT_NODE) {
            n = n->children;
            continue;
        }
        while (n != top && n->next == NULL)
            n = n->parent;
        n = n == top ? NULL : n->next;
    }
    b_need(false, local);
    return NULL;
}

static uint8_t *
read_entry(struct flow *f, const char *name, size_t *len)
{
    zip_stat_t st;
    zip_file_t *file;
    uint8_t *out;

    b_need(zip_stat(f->zip, name, 0, &st) == 0, name);
    out = malloc(st.size);
    file = zip_fopen(f->zip, name, 0);
    b_need(out != NULL && file != NULL &&
               zip_fread(file, out, st.size) == (zip_int64_t)st.size,
        name);
    (void)zip_fclose(file); /* all was read */
    *len = st.size;
    return out;
}

static size_t
decode(xmlNodePtr node, uint8_t *out)
{
    const xmlNode *child = node->children;
    const char *text = child == NULL ? "" : (const char *)child->content;
    EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
    int a = 0, b = 0;

    b_need(strlen(text) / 4 * 3 + 3 < VALUE_MAX, "value too long");
    EVP_DecodeInit(ctx);
    b_need(EVP_DecodeUpdate(
               ctx, out, &a, (const uint8_t *)text, (int)strlen(text)) >= 0 &&
               EVP_DecodeFinal(ctx, out + a, &b) == 1,
        "base64");
    EVP_ENCODE_CTX_free(ctx);
    return (size_t)a + (size_t)b;
}

static int
visible(void *top, xmlNodePtr node, xmlNodePtr parent)
{
    xmlNodePtr n = node->type == XML_NAMESPACE_DECL ? parent : node;

    while (n != NULL && n != top)
        n = n->parent;
    return n != NULL;
}

static xmlOutputBufferPtr
canonical(struct flow *f, xmlNodePtr top, int mode)
{
    xmlOutputBufferPtr out = xmlAllocOutputBuffer(NULL);

    b_need(out != NULL &&
               xmlC14NExecute(f->doc, visible, top, mode, NULL, 0, out) >= 0,
        "c14n");
    return out;
}

static void
compare_digest(const void *bytes, size_t len, xmlNodePtr reference)
{
    uint8_t made[EVP_MAX_MD_SIZE], said[VALUE_MAX];
    unsigned n = 0;
    size_t m = decode(find(reference, "DigestValue"), said);

    b_need(EVP_Digest(bytes, len, made, &n, EVP_sha256(), NULL) == 1 &&
               m == n && memcmp(made, said, n) == 0,
        "digest differs");
}

static void
check_reference(struct flow *f, xmlNodePtr reference)
{
    xmlChar *uri = xmlGetProp(reference, (const xmlChar *)"URI");
    size_t len;

    b_need(uri != NULL, "URI");
    if (uri[0] == '#') {
        xmlOutputBufferPtr out =
            canonical(f, find(f->root, "SignedProperties"), 1);

        compare_digest(xmlOutputBufferGetContent(out),
            xmlOutputBufferGetSize(out), reference);
        (void)xmlOutputBufferClose(out); /* memory only */
    } else {
        uint8_t *bytes = read_entry(f, (const char *)uri, &len);

        compare_digest(bytes, len, reference);
        free(bytes);
    }
    xmlFree(uri);
}

static X509 *
read_cert(xmlNodePtr node)
{
    uint8_t der[VALUE_MAX];
    const uint8_t *p = der;
    X509 *cert = d2i_X509(NULL, &p, (long)decode(node, der));

    b_need(cert != NULL, "certificate");
    return cert;
}

static void
check_chain(struct flow *f)
{
    xmlNodePtr values = find(f->root, "CertificateValues");
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    f->certs = sk_X509_new_null();
    for (xmlNodePtr n = values->children; n != NULL; n = n->next)
        if (n->type == XML_ELEMENT_NODE)
            sk_X509_push(f->certs, read_cert(n));
    f->leaf = read_cert(find(f->root, "X509Certificate"));
    b_need(ctx != NULL &&
               X509_STORE_CTX_init(ctx, f->b->store, f->leaf, f->certs) == 1 &&
               X509_verify_cert(ctx) == 1,
        "chain");
    X509_STORE_CTX_free(ctx);
}

/* r||s as XML has it to what libcrypto takes. */
static size_t
to_der(uint8_t *sig, size_t len)
{
    ECDSA_SIG *s = ECDSA_SIG_new();
    uint8_t *p = sig;
    int n;

    b_need(s != NULL && ECDSA_SIG_set0(s, BN_bin2bn(sig, (int)len / 2, NULL),
                            BN_bin2bn(sig + len / 2, (int)len / 2, NULL)) == 1,
        "ecdsa");
    n = i2d_ECDSA_SIG(s, &p);
    ECDSA_SIG_free(s);
    return (size_t)n;
}

static void
check_value(struct flow *f)
{
    xmlOutputBufferPtr out = canonical(f, find(f->root, "SignedInfo"), 2);
    EVP_PKEY *key = X509_get0_pubkey(f->leaf);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t sig[VALUE_MAX];
    size_t len = decode(find(f->root, "SignatureValue"), sig);

    if (EVP_PKEY_is_a(key, "EC"))
        len = to_der(sig, len);
    b_need(ctx != NULL &&
               EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
               EVP_DigestVerify(ctx, sig, len, xmlOutputBufferGetContent(out),
                   xmlOutputBufferGetSize(out)) == 1,
        "signature value");
    EVP_MD_CTX_free(ctx);
    (void)xmlOutputBufferClose(out); /* memory only */
}

static void
check_stamp(struct flow *f)
{
    xmlOutputBufferPtr out = canonical(f, find(f->root, "SignatureValue"), 1);
    uint8_t der[VALUE_MAX];
    const uint8_t *p = der;
    size_t len = decode(find(f->root, "EncapsulatedTimeStamp"), der);
    PKCS7 *token = d2i_PKCS7(NULL, &p, (long)len);
    TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();

    b_need(token != NULL && ctx != NULL && X509_STORE_up_ref(f->b->store) == 1,
        "time-stamp");
    (void)TS_VERIFY_CTX_set_store(ctx, f->b->store);
    (void)TS_VERIFY_CTX_set_flags(
        ctx, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_DATA);
    (void)TS_VERIFY_CTX_set_data(
        ctx, BIO_new_mem_buf(xmlOutputBufferGetContent(out),
                 (int)xmlOutputBufferGetSize(out)));
    (void)TS_VERIFY_CTX_set_certs(ctx, X509_chain_up_ref(f->certs));
    b_need(TS_RESP_verify_token(ctx, token) == 1, "time-stamp");
    TS_VERIFY_CTX_free(ctx);
    PKCS7_free(token);
    (void)xmlOutputBufferClose(out); /* memory only */
}

static void
check_ocsp(struct flow *f)
{
    uint8_t der[VALUE_MAX];
    const uint8_t *p = der;
    size_t len = decode(find(f->root, "EncapsulatedOCSPValue"), der);
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)len);
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);

    b_need(basic != NULL &&
               OCSP_basic_verify(basic, f->certs, f->b->store, 0) == 1,
        "OCSP response");
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
}

void
b_baseline_run(struct b_baseline *b, int n)
{
    struct flow f = {.b = b};
    char path[640];
    uint8_t *xml;
    size_t len;
    int zip_error = 0;

    (void)snprintf(
        path, sizeof(path), "%s/%s/%02d.edoc", b->folder, b->kind, n);
    f.zip = zip_open(path, ZIP_RDONLY, &zip_error);
    b_need(f.zip != NULL, path);
    xml = read_entry(&f, "META-INF/edoc-signatures-S1.xml", &len);
    f.doc =
        xmlReadMemory((const char *)xml, (int)len, NULL, NULL, XML_PARSE_NONET);
    b_need(f.doc != NULL, "parse");
    f.root = xmlDocGetRootElement(f.doc);
    for (xmlNodePtr r = find(f.root, "SignedInfo")->children; r != NULL;
         r = r->next)
        if (r->type == XML_ELEMENT_NODE &&
            strcmp((const char *)r->name, "Reference") == 0)
            check_reference(&f, r);
    check_chain(&f);
    check_value(&f);
    check_stamp(&f);
    check_ocsp(&f);
    sk_X509_pop_free(f.certs, X509_free);
    X509_free(f.leaf);
    xmlFreeDoc(f.doc);
    free(xml);
    zip_discard(f.zip);
}
