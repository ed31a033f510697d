#include "signer/verify/pdfcrypt.h"

#include <openssl/evp.h>
#include <string.h>

enum {
    PASSWORD = 32, /* bytes of a padded password, of /O and /U up to R4 */
    MD5 = 16,
    AES = 16,      /* bytes of a block */
    MODERN_U = 48, /* /U of R5 and R6: hash, validation salt, key salt */
    HASH = 32,
    SALT = 8,
    ROUNDS_MIN = 64,
    ROUNDS_MAX = 400, /* the last byte of a round is at most 255 */
    REPEATS = 64,     /* of the round's input */
    KEY_MAX = 32,
};

/* 7.6.4.3.2: what fills up a password; here it is all of it. */
static const uint8_t padding[PASSWORD] = {0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75,
    0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08, 0x2e, 0x2e,
    0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53,
    0x69, 0x7a};

/* What /Encrypt says. */
struct words {
    int64_t v, r;
    uint32_t p;
    struct mh_span o, u, ue, perms, id;
    bool metadata;
};

static enum mh_code
refused(struct mh_err *err, const char *what)
{
    return mh_fail_finding(
        err, MH_EUNSUP, MH_F_PDF_ENCRYPTED, MH_NO_OFFSET, "pdf: %s", what);
}

static enum mh_code
failed(struct mh_err *err)
{
    return mh_fail(
        err, MH_EINTERNAL, MH_NO_OFFSET, "pdf: cipher failed in libcrypto");
}

static bool
digest(const EVP_MD *md, struct mh_span in, uint8_t *out, unsigned *len)
{
    return EVP_Digest(in.ptr, in.len, out, len, md, NULL) == 1;
}

static void
rc4(const uint8_t *key, size_t key_len, struct mh_span in, uint8_t *out)
{
    uint8_t s[256], a = 0, b = 0;

    for (unsigned i = 0; i < 256; i++)
        s[i] = (uint8_t)i;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t t = s[i];

        b = (uint8_t)(b + t + key[i % key_len]);
        s[i] = s[b];
        s[b] = t;
    }
    b = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t t = s[++a];

        b = (uint8_t)(b + t);
        s[a] = s[b];
        s[b] = t;
        out[i] = (uint8_t)(in.ptr[i] ^ s[(uint8_t)(s[a] + s[b])]);
    }
}

/* One pass of AES without padding; out holds in.len bytes. */
static bool
aes(const EVP_CIPHER *cipher, int encrypt, const uint8_t *key,
    const uint8_t *iv, struct mh_span in, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;
    bool good = ctx != NULL && in.len <= INT32_MAX &&
                EVP_CipherInit_ex(ctx, cipher, NULL, key, iv, encrypt) == 1 &&
                EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
                EVP_CipherUpdate(ctx, out, &n, in.ptr, (int)in.len) == 1 &&
                EVP_CipherFinal_ex(ctx, out + n, &last) == 1 &&
                (size_t)n + (size_t)last == in.len;

    EVP_CIPHER_CTX_free(ctx);
    return good;
}

/* Algorithm 2: the key of the file up to R4. */
static bool
old_key(struct sg_pdfcrypt *c, const struct words *w)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t p[4], sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool good;

    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(w->p >> (8 * i));
    good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1 &&
           EVP_DigestUpdate(ctx, padding, PASSWORD) == 1 &&
           EVP_DigestUpdate(ctx, w->o.ptr, PASSWORD) == 1 &&
           EVP_DigestUpdate(ctx, p, sizeof(p)) == 1 &&
           EVP_DigestUpdate(ctx, w->id.ptr, w->id.len) == 1 &&
           (w->r < 4 || w->metadata ||
               EVP_DigestUpdate(ctx, "\xff\xff\xff\xff", 4) == 1) &&
           EVP_DigestFinal_ex(ctx, sum, &len) == 1;
    for (unsigned i = 0; good && w->r >= 3 && i < 50; i++)
        good = digest(EVP_md5(), (struct mh_span){sum, c->key_len}, sum, &len);
    EVP_MD_CTX_free(ctx);
    if (good)
        memcpy(c->key, sum, c->key_len);
    return good;
}

/* Algorithms 4 and 5: whether /U comes from this key. */
static bool
old_key_fits(const struct sg_pdfcrypt *c, const struct words *w)
{
    struct mh_span pad = {padding, PASSWORD};
    uint8_t out[PASSWORD], sum[EVP_MAX_MD_SIZE], text[PASSWORD + 256];
    uint8_t key[KEY_MAX];
    unsigned len = 0;

    if (w->r == 2) {
        rc4(c->key, c->key_len, pad, out);
        return memcmp(out, w->u.ptr, PASSWORD) == 0;
    }
    if (w->id.len > 256)
        return false;
    memcpy(text, padding, PASSWORD);
    if (w->id.len > 0)
        memcpy(text + PASSWORD, w->id.ptr, w->id.len);
    if (!digest(
            EVP_md5(), (struct mh_span){text, PASSWORD + w->id.len}, sum, &len))
        return false;
    for (unsigned i = 0; i < 20; i++) {
        for (size_t k = 0; k < c->key_len; k++)
            key[k] = (uint8_t)(c->key[k] ^ i);
        rc4(key, c->key_len, (struct mh_span){sum, MD5}, out);
        memcpy(sum, out, MD5);
    }
    return memcmp(sum, w->u.ptr, MD5) == 0;
}

/* Algorithm 2.B for the empty password: hash of a salt; R5: plain SHA-256. */
static bool
modern_hash(int64_t r, const uint8_t *salt, uint8_t out[HASH])
{
    uint8_t k[EVP_MAX_MD_SIZE], in[REPEATS * EVP_MAX_MD_SIZE];
    uint8_t e[REPEATS * EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool good = digest(EVP_sha256(), (struct mh_span){salt, SALT}, k, &len);

    for (unsigned i = 1; good && r == 6 && i <= ROUNDS_MAX; i++) {
        const EVP_MD *md[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
        struct mh_span round = {in, (size_t)REPEATS * len};
        unsigned sum = 0;

        for (unsigned n = 0; n < REPEATS; n++)
            memcpy(in + (size_t)n * len, k, len);
        good = aes(EVP_aes_128_cbc(), 1, k, k + AES, round, e);
        for (unsigned n = 0; n < AES; n++)
            sum += e[n];
        good = good &&
               digest(md[sum % 3], (struct mh_span){e, round.len}, k, &len);
        if (i >= ROUNDS_MIN && e[round.len - 1] <= i - 32)
            break;
    }
    if (good)
        memcpy(out, k, HASH);
    return good;
}

/* Algorithms 2.A, 11 and 13: key and permissions of R5 and R6. */
static enum mh_code
modern_key(struct sg_pdfcrypt *c, const struct words *w, struct mh_err *err)
{
    static const uint8_t zero[AES];
    uint8_t hash[HASH], perms[AES];
    uint32_t p = 0;

    if (w->u.len < MODERN_U || w->ue.len != HASH || w->perms.len != AES)
        return refused(err, "encryption dictionary malformed");
    if (!modern_hash(w->r, w->u.ptr + HASH, hash))
        return failed(err);
    if (memcmp(hash, w->u.ptr, HASH) != 0)
        return refused(err, "encrypted with a password");
    if (!modern_hash(w->r, w->u.ptr + HASH + SALT, hash) ||
        !aes(EVP_aes_256_cbc(), 0, hash, zero, w->ue, c->key) ||
        !aes(EVP_aes_256_ecb(), 0, c->key, NULL, w->perms, perms))
        return failed(err);
    for (unsigned i = 0; i < 4; i++)
        p |= (uint32_t)perms[i] << (8 * i);
    if (memcmp(perms + 9, "adb", 3) != 0 || p != w->p ||
        perms[8] != (w->metadata ? 'T' : 'F'))
        return refused(err, "permissions were tampered with");
    return MH_OK;
}

/* /StmF and /StrF through /CF, 7.6.6. */
static bool
read_method(const struct df_pdf_obj *dict, const char *key,
    enum sg_pdfcrypt_method *out)
{
    static const struct {
        const char *name;
        enum sg_pdfcrypt_method method;
    } methods[] = {{"None", SG_PDFCRYPT_NONE}, {"V2", SG_PDFCRYPT_RC4},
        {"AESV2", SG_PDFCRYPT_AESV2}, {"AESV3", SG_PDFCRYPT_AESV3}};
    const struct df_pdf_obj *name = df_pdf_key(dict, key);
    const struct df_pdf_obj *cfm;

    *out = SG_PDFCRYPT_NONE;
    if (name == NULL || df_pdf_is_name(name, "Identity"))
        return true;
    if (name->type != DF_PDF_NAME)
        return false;
    cfm =
        df_pdf_key(df_pdf_key_span(df_pdf_key(dict, "CF"), name->bytes), "CFM");
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (df_pdf_is_name(cfm, methods[i].name)) {
            *out = methods[i].method;
            return true;
        }
    return false;
}

static bool
read_methods(
    struct sg_pdfcrypt *c, const struct df_pdf_obj *dict, const struct words *w)
{
    const struct df_pdf_obj *length = df_pdf_key(dict, "Length");
    int64_t bits = 40;

    if (length != NULL)
        bits = length->type == DF_PDF_INT ? length->integer : -1;
    c->strings = c->streams = SG_PDFCRYPT_RC4;
    if (w->v >= 4 && (!read_method(dict, "StmF", &c->streams) ||
                         !read_method(dict, "StrF", &c->strings)))
        return false;
    if (w->v == 1)
        bits = 40;
    if (w->v == 4)
        bits = 128;
    if (w->v == 5)
        bits = 256;
    c->key_len = (size_t)bits / 8;
    /* One version never uses another one's methods. */
    for (unsigned i = 0; i < 2; i++) {
        enum sg_pdfcrypt_method m = i == 0 ? c->strings : c->streams;

        if (m != SG_PDFCRYPT_NONE && (m == SG_PDFCRYPT_AESV3) != (w->v == 5))
            return false;
    }
    return bits % 8 == 0 && bits >= 40 && bits <= (w->v == 5 ? 256 : 128);
}

static struct mh_span
string_of(const struct df_pdf_obj *dict, const char *key)
{
    const struct df_pdf_obj *o = df_pdf_key(dict, key);

    return o != NULL && o->type == DF_PDF_STRING
               ? o->bytes
               : (struct mh_span){(const uint8_t *)"", 0};
}

static int64_t
number_of(const struct df_pdf_obj *dict, const char *key)
{
    const struct df_pdf_obj *o = df_pdf_key(dict, key);

    return o != NULL && o->type == DF_PDF_INT ? o->integer : 0;
}

static enum mh_code
begin(void *ctx, const struct df_pdf *pdf, const struct df_pdf_obj *encrypt,
    struct mh_span id, struct mh_err *err)
{
    const struct df_pdf_obj *metadata = df_pdf_key(encrypt, "EncryptMetadata");
    struct sg_pdfcrypt *c = ctx;
    struct words w = {.v = number_of(encrypt, "V"),
        .r = number_of(encrypt, "R"),
        .p = (uint32_t)number_of(encrypt, "P"),
        .o = string_of(encrypt, "O"),
        .u = string_of(encrypt, "U"),
        .ue = string_of(encrypt, "UE"),
        .perms = string_of(encrypt, "Perms"),
        .id = id};

    (void)pdf;
    w.metadata =
        metadata == NULL || metadata->type != DF_PDF_BOOL || metadata->truth;
    c->metadata_plain = !w.metadata;
    if (!df_pdf_is_name(df_pdf_key(encrypt, "Filter"), "Standard"))
        return refused(err, "encrypted by another handler");
    if (w.v < 1 || w.v > 5 || w.v == 3 || w.r < 2 || w.r > 6 ||
        (w.r >= 5) != (w.v == 5) || !read_methods(c, encrypt, &w))
        return refused(err, "encrypted by an unknown method");
    if (w.v == 5)
        return modern_key(c, &w, err);
    if (w.o.len != PASSWORD || w.u.len != PASSWORD)
        return refused(err, "encryption dictionary malformed");
    if (!old_key(c, &w))
        return failed(err);
    return old_key_fits(c, &w) ? MH_OK
                               : refused(err, "encrypted with a password");
}

/* Algorithm 1: the key of an object. */
static bool
object_key(const struct sg_pdfcrypt *c, const struct df_pdf_secret *s,
    bool salted, uint8_t out[KEY_MAX], size_t *out_len)
{
    uint8_t text[KEY_MAX + 9], sum[EVP_MAX_MD_SIZE];
    size_t n = c->key_len;
    unsigned len = 0;

    memcpy(text, c->key, n);
    for (unsigned i = 0; i < 3; i++)
        text[n++] = (uint8_t)(s->num >> (8 * i));
    for (unsigned i = 0; i < 2; i++)
        text[n++] = (uint8_t)(s->gen >> (8 * i));
    for (unsigned i = 0; salted && i < 4; i++)
        text[n++] = (uint8_t) "sAlT"[i];
    if (!digest(EVP_md5(), (struct mh_span){text, n}, sum, &len))
        return false;
    *out_len = c->key_len + 5 < MD5 ? c->key_len + 5 : MD5;
    memcpy(out, sum, *out_len);
    return true;
}

/* Algorithm 1 with AES, and 1.A: a vector, whole blocks, padding. */
static enum mh_code
decrypt_aes(const EVP_CIPHER *cipher, const uint8_t *key, struct mh_span in,
    uint8_t *p, struct mh_err *err, struct mh_span *out)
{
    struct mh_span body;
    uint8_t fill;

    *out = (struct mh_span){p, 0};
    if (in.len == 0)
        return MH_OK; /* some writers leave the empty string as it is */
    if (in.len % AES != 0 || in.len < (size_t)2 * AES)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_STREAM, MH_NO_OFFSET,
            "pdf: encrypted data cut short");
    body = (struct mh_span){in.ptr + AES, in.len - AES};
    if (!aes(cipher, 0, key, in.ptr, body, p))
        return failed(err);
    fill = p[body.len - 1];
    if (fill == 0 || fill > AES)
        return mh_fail_finding(err, MH_EFORMAT, MH_F_PDF_STREAM, MH_NO_OFFSET,
            "pdf: encrypted data with wrong padding");
    out->len = body.len - fill;
    return MH_OK;
}

static enum mh_code
decrypt(void *ctx, const struct df_pdf_secret *s, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *out)
{
    const struct sg_pdfcrypt *c = ctx;
    enum sg_pdfcrypt_method method = s->stream ? c->streams : c->strings;
    uint8_t key[KEY_MAX], *p;
    size_t key_len = 0;

    *out = s->data;
    if (s->stream && c->metadata_plain &&
        df_pdf_is_name(df_pdf_key(s->dict, "Type"), "Metadata"))
        method = SG_PDFCRYPT_NONE;
    if (method == SG_PDFCRYPT_NONE)
        return MH_OK;
    p = mh_arena_raw(arena, s->data.len + AES);
    if (p == NULL)
        return mh_fail(err, mh_arena_full(arena) ? MH_ELIMIT : MH_ENOMEM,
            MH_NO_OFFSET, "pdf: no memory to decrypt");
    if (method == SG_PDFCRYPT_AESV3)
        return decrypt_aes(EVP_aes_256_cbc(), c->key, s->data, p, err, out);
    if (!object_key(c, s, method == SG_PDFCRYPT_AESV2, key, &key_len))
        return failed(err);
    if (method == SG_PDFCRYPT_AESV2)
        return decrypt_aes(EVP_aes_128_cbc(), key, s->data, p, err, out);
    rc4(key, key_len, s->data, p);
    *out = (struct mh_span){p, s->data.len};
    return MH_OK;
}

/* The first block: a digest of the key, the object and the data. */
static bool
make_vector(const struct sg_pdfcrypt *c, const struct df_pdf_secret *s,
    uint8_t out[AES])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint32_t place[3] = {s->num, s->gen, s->stream ? 1 : 0};
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool good = ctx != NULL &&
                EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(ctx, c->key, c->key_len) == 1 &&
                EVP_DigestUpdate(ctx, place, sizeof(place)) == 1 &&
                EVP_DigestUpdate(ctx, s->data.ptr, s->data.len) == 1 &&
                EVP_DigestFinal_ex(ctx, sum, &len) == 1;

    EVP_MD_CTX_free(ctx);
    if (good)
        memcpy(out, sum, AES);
    return good;
}

/* Algorithm 1 with AES, and 1.A; p has room for two blocks more. */
static enum mh_code
encrypt_aes(const EVP_CIPHER *cipher, const uint8_t *key, struct mh_span in,
    uint8_t *p, struct mh_err *err, struct mh_span *out)
{
    uint8_t fill = (uint8_t)(AES - in.len % AES);
    struct mh_span padded = {p + AES, in.len + fill};

    if (in.len > 0)
        memcpy(p + AES, in.ptr, in.len);
    memset(p + AES + in.len, fill, fill);
    if (!aes(cipher, 1, key, p, padded, p + AES))
        return failed(err);
    *out = (struct mh_span){p, AES + padded.len};
    return MH_OK;
}

enum mh_code
sg_pdfcrypt_encrypt(void *ctx, const struct df_pdf_secret *s,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    const struct sg_pdfcrypt *c = ctx;
    enum sg_pdfcrypt_method method = s->stream ? c->streams : c->strings;
    uint8_t key[KEY_MAX], *p;
    size_t key_len = 0;

    *out = s->data;
    if (method == SG_PDFCRYPT_NONE)
        return MH_OK;
    p = mh_arena_raw(arena, s->data.len + (size_t)2 * AES);
    if (p == NULL)
        return mh_fail(err, mh_arena_full(arena) ? MH_ELIMIT : MH_ENOMEM,
            MH_NO_OFFSET, "pdf: no memory to encrypt");
    if (!make_vector(c, s, p) ||
        (method != SG_PDFCRYPT_AESV3 &&
            !object_key(c, s, method == SG_PDFCRYPT_AESV2, key, &key_len)))
        return failed(err);
    if (method == SG_PDFCRYPT_AESV3)
        return encrypt_aes(EVP_aes_256_cbc(), c->key, s->data, p, err, out);
    if (method == SG_PDFCRYPT_AESV2)
        return encrypt_aes(EVP_aes_128_cbc(), key, s->data, p, err, out);
    rc4(key, key_len, s->data, p);
    *out = (struct mh_span){p, s->data.len};
    return MH_OK;
}

void
sg_pdfcrypt_init(struct sg_pdfcrypt *c, struct df_pdf_crypto *table)
{
    memset(c, 0, sizeof(*c));
    *table = (struct df_pdf_crypto){c, begin, decrypt};
}
