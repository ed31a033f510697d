#define OPENSSL_SUPPRESS_DEPRECATED /* RC4 is what old files are locked by */
#include "signer/examiner/gnutls.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rc4.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 16,   /* bytes of AES */
    KEY_MAX = 32, /* bytes of a key of AES */
    UNTURNED = -1,
};

/* A digest under way; GnuTLS leaves the type open. */
struct hash_hd_st {
    EVP_MD_CTX *ctx;
    size_t len; /* bytes of the digest */
    bool bad;   /* a call has failed: there is no digest */
};

struct api_cipher_hd_st {
    const EVP_CIPHER *aes; /* NULL: it is RC4 */
    RC4_KEY rc4;
    EVP_CIPHER_CTX *ctx;
    uint8_t key[KEY_MAX], iv[BLOCK];
    int way; /* 1 encrypts, 0 decrypts; the first call says which */
};

static const EVP_MD *
digest_of(gnutls_digest_algorithm_t algorithm)
{
    static const struct {
        gnutls_digest_algorithm_t algorithm;
        const EVP_MD *(*md)(void);
    } known[] = {{GNUTLS_DIG_MD5, EVP_md5}, {GNUTLS_DIG_SHA256, EVP_sha256},
        {GNUTLS_DIG_SHA384, EVP_sha384}, {GNUTLS_DIG_SHA512, EVP_sha512}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].algorithm == algorithm)
            return known[i].md();
    return NULL;
}

static const EVP_CIPHER *
cipher_of(gnutls_cipher_algorithm_t algorithm)
{
    static const struct {
        gnutls_cipher_algorithm_t algorithm;
        const EVP_CIPHER *(*cipher)(void);
    } known[] = {{GNUTLS_CIPHER_AES_128_CBC, EVP_aes_128_cbc},
        {GNUTLS_CIPHER_AES_192_CBC, EVP_aes_192_cbc},
        {GNUTLS_CIPHER_AES_256_CBC, EVP_aes_256_cbc}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].algorithm == algorithm)
            return known[i].cipher();
    return NULL;
}

int
gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t len)
{
    (void)level; /* libcrypto knows one */
    return len <= INT_MAX && RAND_bytes(data, (int)len) == 1
               ? 0
               : GNUTLS_E_RANDOM_FAILED;
}

const char *
gnutls_strerror(int error)
{
    return error == GNUTLS_E_MEMORY_ERROR ? "std::bad_alloc"
                                          : "libcrypto failed";
}

int
gnutls_hash_init(gnutls_hash_hd_t *dig, gnutls_digest_algorithm_t algorithm)
{
    const EVP_MD *md = digest_of(algorithm);
    struct hash_hd_st *h;

    *dig = NULL;
    if (md == NULL)
        return GNUTLS_E_UNKNOWN_HASH_ALGORITHM;
    h = calloc(1, sizeof(*h));
    if (h == NULL)
        return GNUTLS_E_MEMORY_ERROR;
    h->ctx = EVP_MD_CTX_new();
    h->len = (size_t)EVP_MD_get_size(md);
    if (h->ctx == NULL || EVP_DigestInit_ex(h->ctx, md, NULL) != 1) {
        EVP_MD_CTX_free(h->ctx);
        free(h);
        return GNUTLS_E_INTERNAL_ERROR;
    }
    *dig = h;
    return 0;
}

int
gnutls_hash(gnutls_hash_hd_t handle, const void *text, size_t textlen)
{
    if (EVP_DigestUpdate(handle->ctx, text, textlen) == 1)
        return 0;
    handle->bad = true;
    return GNUTLS_E_INTERNAL_ERROR;
}

void
gnutls_hash_deinit(gnutls_hash_hd_t handle, void *digest)
{
    uint8_t out[EVP_MAX_MD_SIZE];

    if (EVP_DigestFinal_ex(handle->ctx, out, NULL) != 1 || handle->bad)
        memset(out, 0, sizeof(out));
    if (digest != NULL)
        memcpy(digest, out, handle->len);
    EVP_MD_CTX_free(handle->ctx);
    free(handle);
}

size_t
gnutls_cipher_get_key_size(gnutls_cipher_algorithm_t algorithm)
{
    const EVP_CIPHER *aes = cipher_of(algorithm);

    return aes == NULL ? 0 : (size_t)EVP_CIPHER_get_key_length(aes);
}

/* Whether the handle got its key; the stream cipher takes any length. */
static bool
take_key(struct api_cipher_hd_st *h, const gnutls_datum_t *key,
    const gnutls_datum_t *iv)
{
    if (h->aes == NULL) {
        if (key->size == 0 || key->size > INT_MAX)
            return false;
        RC4_set_key(&h->rc4, (int)key->size, key->data);
        return true;
    }
    h->ctx = EVP_CIPHER_CTX_new();
    if (h->ctx == NULL || iv == NULL || iv->size != sizeof(h->iv) ||
        key->size != (unsigned)EVP_CIPHER_get_key_length(h->aes))
        return false;
    memcpy(h->key, key->data, key->size);
    memcpy(h->iv, iv->data, sizeof(h->iv));
    return true;
}

int
gnutls_cipher_init(gnutls_cipher_hd_t *handle, gnutls_cipher_algorithm_t cipher,
    const gnutls_datum_t *key, const gnutls_datum_t *iv)
{
    const EVP_CIPHER *aes = cipher_of(cipher);
    struct api_cipher_hd_st *h;

    *handle = NULL;
    if (aes == NULL && cipher != GNUTLS_CIPHER_ARCFOUR_128)
        return GNUTLS_E_UNKNOWN_CIPHER_TYPE;
    h = calloc(1, sizeof(*h));
    if (h == NULL)
        return GNUTLS_E_MEMORY_ERROR;
    h->aes = aes;
    h->way = UNTURNED;
    if (!take_key(h, key, iv)) {
        gnutls_cipher_deinit(h);
        return GNUTLS_E_INVALID_REQUEST;
    }
    *handle = h;
    return 0;
}

/* Sets up the way of the first call; it stays. */
static bool
turn(struct api_cipher_hd_st *h, int way)
{
    if (h->way == UNTURNED &&
        EVP_CipherInit_ex(h->ctx, h->aes, NULL, h->key, h->iv, way) == 1 &&
        EVP_CIPHER_CTX_set_padding(h->ctx, 0) == 1)
        h->way = way;
    return h->way == way;
}

static int
process(struct api_cipher_hd_st *h, int way, const void *in, size_t len,
    void *out, size_t room)
{
    int done = 0;

    if (len > room || len > INT_MAX)
        return GNUTLS_E_SHORT_MEMORY_BUFFER;
    if (h->aes == NULL) {
        RC4(&h->rc4, len, in, out);
        return 0;
    }
    if (len % BLOCK == 0 && turn(h, way) &&
        EVP_CipherUpdate(h->ctx, out, &done, in, (int)len) == 1 &&
        done == (int)len)
        return 0;
    memset(out, 0, len);
    return GNUTLS_E_INTERNAL_ERROR;
}

int
gnutls_cipher_encrypt2(gnutls_cipher_hd_t handle, const void *text,
    size_t textlen, void *ciphertext, size_t ciphertextlen)
{
    return process(handle, 1, text, textlen, ciphertext, ciphertextlen);
}

int
gnutls_cipher_decrypt2(gnutls_cipher_hd_t handle, const void *ciphertext,
    size_t ciphertextlen, void *text, size_t textlen)
{
    return process(handle, 0, ciphertext, ciphertextlen, text, textlen);
}

void
gnutls_cipher_deinit(gnutls_cipher_hd_t handle)
{
    EVP_CIPHER_CTX_free(handle->ctx);
    explicit_bzero(handle, sizeof(*handle));
    free(handle);
}
