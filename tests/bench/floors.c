#include "tests/bench/floors.h"

#define ZLIB_CONST
#include <libxml/parser.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <zlib.h>

#include "tests/bench/measure.h"

enum {
    ROOM = 1 << 20,
    SIGNATURES = 3, /* certificate, time-stamp, OCSP response */
};

/* One document; all but the parts and the keys is shared. */
struct floor {
    const struct b_parts *parts;
    EVP_MD *md;
    EVP_MD_CTX *digest;
    z_stream *z;
    uint8_t *room;
    xmlParserCtxtPtr xml;
    struct mh_buf *canonical;
    EVP_PKEY_CTX *verify;
    uint8_t tbs_digest[32];
    EVP_PKEY_CTX *make;
    OSSL_PARAM *all, key[3];
    struct mh_span value; /* SignatureValue as libcrypto takes it */
    uint8_t info_digest[32];
};

static void
hash(struct floor *f, struct mh_span bytes)
{
    uint8_t out[EVP_MAX_MD_SIZE];

    b_need(EVP_DigestInit_ex2(f->digest, f->md, NULL) == 1 &&
               EVP_DigestUpdate(f->digest, bytes.ptr, bytes.len) == 1 &&
               EVP_DigestFinal_ex(f->digest, out, NULL) == 1,
        "digest");
}

static void
run_hash(void *ctx)
{
    struct floor *f = ctx;

    hash(f, f->parts->payload->data);
    hash(f, f->parts->leaf->der);
    hash(f, f->parts->leaf->tbs);
    hash(f, f->parts->ocsp);
    hash(f, f->parts->stamp);
    hash(f, mh_buf_get(f->canonical));
}

static void
run_crc(void *ctx)
{
    const struct b_parts *p = ((struct floor *)ctx)->parts;

    b_need(
        crc32_z(0, p->payload->data.ptr, p->payload->data.len) ==
                p->payload->crc &&
            crc32_z(0, p->sig_bytes.ptr, p->sig_bytes.len) == p->sigfile->crc &&
            crc32_z(0, p->manifest_bytes.ptr, p->manifest_bytes.len) ==
                p->manifest->crc,
        "crc");
}

static void
inflate_one(struct floor *f, const struct df_zip_entry *e)
{
    f->z->next_in = e->data.ptr;
    f->z->avail_in = (uInt)e->data.len;
    f->z->next_out = f->room;
    f->z->avail_out = ROOM;
    b_need(
        inflateReset(f->z) == Z_OK && inflate(f->z, Z_FINISH) == Z_STREAM_END,
        "inflate");
}

static void
run_inflate(void *ctx)
{
    struct floor *f = ctx;

    inflate_one(f, f->parts->sigfile);
    inflate_one(f, f->parts->manifest);
}

static void
parse_one(struct floor *f, struct mh_span bytes)
{
    xmlDocPtr doc = xmlCtxtReadMemory(f->xml, (const char *)bytes.ptr,
        (int)bytes.len, NULL, NULL, XML_PARSE_NONET);

    b_need(doc != NULL, "parse");
    xmlFreeDoc(doc);
}

static void
run_parse(void *ctx)
{
    struct floor *f = ctx;

    parse_one(f, f->parts->sig_bytes);
    parse_one(f, f->parts->manifest_bytes);
}

static void
run_canonical(void *ctx)
{
    struct floor *f = ctx;
    const struct b_parts *p = f->parts;
    struct df_c14n how = {.method = DF_C14N_11};
    struct df_c14n exc = {.method = DF_C14N_EXC};
    struct mh_err err = {.msg = ""};

    mh_buf_clear(f->canonical);
    b_must(
        df_c14n_write(p->xml, p->signed_info, &how, &err, f->canonical), &err);
    b_must(
        df_c14n_write(p->xml, p->properties, &exc, &err, f->canonical), &err);
    b_must(df_c14n_write(p->xml, p->value, &exc, &err, f->canonical), &err);
}

static void
run_verify(void *ctx)
{
    struct floor *f = ctx;
    struct mh_span sig = f->parts->leaf->signature;

    b_need(EVP_PKEY_verify(f->verify, sig.ptr, sig.len, f->tbs_digest,
               sizeof(f->tbs_digest)) == 1,
        "verify");
}

/* A key seen for the first time, and the signature it made. */
static void
run_fresh(void *ctx)
{
    struct floor *f = ctx;
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *verify;

    b_need(EVP_PKEY_fromdata(f->make, &key, EVP_PKEY_PUBLIC_KEY, f->key) == 1,
        "key");
    verify = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    b_need(verify != NULL && EVP_PKEY_verify_init(verify) == 1 &&
               EVP_PKEY_CTX_set_signature_md(verify, f->md) == 1 &&
               EVP_PKEY_verify(verify, f->value.ptr, f->value.len,
                   f->info_digest, sizeof(f->info_digest)) == 1,
        "signature value");
    EVP_PKEY_CTX_free(verify);
    EVP_PKEY_free(key);
}

static EVP_PKEY *
key_of(const struct sg_cert *cert)
{
    const uint8_t *p = cert->spki.ptr;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)cert->spki.len);

    b_need(key != NULL, "key");
    return key;
}

static void
digest(struct mh_span bytes, uint8_t out[32])
{
    size_t len = 32;

    b_need(EVP_Q_digest(
               NULL, "SHA256", NULL, bytes.ptr, bytes.len, out, &len) == 1,
        "digest");
}

/* The few parameters that make a public key. */
static void
pick(struct floor *f, bool rsa)
{
    static const char *const names[2][2] = {
        {OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PKEY_PARAM_PUB_KEY},
        {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E}};

    for (size_t i = 0; i < 2; i++) {
        OSSL_PARAM *p = OSSL_PARAM_locate(f->all, names[rsa][i]);

        b_need(p != NULL, "key parameters");
        f->key[i] = *p;
    }
    f->key[2] = OSSL_PARAM_construct_end();
}

static void
prepare_value(struct floor *f, bool rsa)
{
    const struct b_parts *p = f->parts;
    struct df_c14n how = {.method = DF_C14N_11};
    struct mh_err err = {.msg = ""};
    struct mh_buf info;
    ECDSA_SIG *sig;
    uint8_t *der = NULL;
    int len, half = (int)p->sig_value.len / 2;

    mh_buf_init(&info, ROOM);
    b_must(df_c14n_write(p->xml, p->signed_info, &how, &err, &info), &err);
    digest(mh_buf_get(&info), f->info_digest);
    mh_buf_fini(&info);
    f->value = p->sig_value;
    if (rsa)
        return;
    sig = ECDSA_SIG_new();
    b_need(
        sig != NULL && ECDSA_SIG_set0(sig, BN_bin2bn(f->value.ptr, half, NULL),
                           BN_bin2bn(f->value.ptr + half, half, NULL)) == 1,
        "signature value");
    len = i2d_ECDSA_SIG(sig, &der);
    ECDSA_SIG_free(sig);
    b_need(len > 0, "signature value");
    f->value = (struct mh_span){der, (size_t)len};
}

static void
prepare_keys(struct floor *f)
{
    const struct b_parts *p = f->parts;
    EVP_PKEY *ca = key_of(p->ca), *leaf = key_of(p->leaf);
    bool rsa = EVP_PKEY_is_a(leaf, "RSA");

    f->verify = EVP_PKEY_CTX_new(ca, NULL);
    b_need(f->verify != NULL && EVP_PKEY_verify_init(f->verify) == 1 &&
               EVP_PKEY_CTX_set_signature_md(f->verify, f->md) == 1,
        "verify");
    digest(p->leaf->tbs, f->tbs_digest);
    b_need(EVP_PKEY_todata(leaf, EVP_PKEY_PUBLIC_KEY, &f->all) == 1, "todata");
    pick(f, rsa);
    prepare_value(f, rsa);
    f->make = EVP_PKEY_CTX_new_from_name(NULL, rsa ? "RSA" : "EC", NULL);
    b_need(f->make != NULL && EVP_PKEY_fromdata_init(f->make) == 1, "key");
    EVP_PKEY_free(ca);
    EVP_PKEY_free(leaf);
}

struct turn {
    struct floor *floor;
    size_t count;
    void (*fn)(void *);
};

static void
take_turns(void *ctx)
{
    struct turn *t = ctx;

    for (size_t i = 0; i < t->count; i++)
        t->fn(&t->floor[i]);
}

static double
one(const char *name, void (*fn)(void *), struct turn *t, int times)
{
    double seconds;

    t->fn = fn;
    seconds = b_time(take_turns, t) / (double)t->count * times;
    b_note(name, seconds);
    return seconds;
}

static double
measure(struct turn *t)
{
    double sum = one("floor: canonical forms", run_canonical, t, 1);

    sum += one("floor: SHA-256", run_hash, t, 1);
    sum += one("floor: CRC-32", run_crc, t, 1);
    sum += one("floor: inflate", run_inflate, t, 1);
    sum += one("floor: XML", run_parse, t, 1);
    sum += one(
        "floor: three signatures with known keys", run_verify, t, SIGNATURES);
    sum += one("floor: key of the signer, and its signature", run_fresh, t, 1);
    b_note("sum of the floors", sum);
    return sum;
}

double
b_floors(const struct b_parts *parts, size_t count)
{
    static struct floor f[B_FLOORS_MAX];
    struct turn turn = {.floor = f, .count = count};
    struct mh_buf canonical;
    z_stream z = {0};
    struct floor shared = {.md = EVP_MD_fetch(NULL, "SHA256", NULL),
        .digest = EVP_MD_CTX_new(),
        .room = malloc(ROOM),
        .xml = xmlNewParserCtxt(),
        .z = &z,
        .canonical = &canonical};
    double sum;

    b_need(count <= B_FLOORS_MAX && shared.md != NULL &&
               shared.digest != NULL && shared.room != NULL &&
               shared.xml != NULL && inflateInit2(&z, -MAX_WBITS) == Z_OK,
        "memory");
    mh_buf_init(&canonical, ROOM);
    for (size_t i = 0; i < count; i++) {
        f[i] = shared;
        f[i].parts = &parts[i];
        prepare_keys(&f[i]);
    }
    sum = measure(&turn);
    for (size_t i = 0; i < count; i++) {
        EVP_PKEY_CTX_free(f[i].verify);
        EVP_PKEY_CTX_free(f[i].make);
        OSSL_PARAM_free(f[i].all);
    }
    mh_buf_fini(&canonical);
    (void)inflateEnd(&z); /* nothing was left over */
    xmlFreeParserCtxt(shared.xml);
    free(shared.room);
    EVP_MD_CTX_free(shared.digest);
    EVP_MD_free(shared.md);
    return sum;
}
