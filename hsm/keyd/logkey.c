#include "hsm/keyd/logkey.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"

enum {
    PEM_MAX = 8192, /* bytes of the file */
};

struct hsm_logkey {
    EVP_PKEY *pkey; /* of the file; NULL: a token's */
    struct hsm_keys *keys;
    size_t index;
    struct hsm_note_signer signer;
    struct hsm_note_keys *known;
    struct mh_buf line;
};

static enum mh_code
sign_file(void *arg, struct mh_span text, struct mh_err *err, uint8_t *sig,
    size_t max, size_t *len)
{
    struct hsm_logkey *k = arg;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok;

    *len = max;
    ok = ctx != NULL &&
         EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, k->pkey) == 1 &&
         EVP_DigestSign(ctx, sig, len, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok ? MH_OK
              : mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "log key: signature");
}

static enum mh_code
sign_token(void *arg, struct mh_span text, struct mh_err *err, uint8_t *sig,
    size_t max, size_t *len)
{
    struct hsm_logkey *k = arg;
    uint8_t raw[HSM_SIGNATURE_MAX], hash[MH_DIGEST_MAX];
    struct hsm_request request = {.scheme = MH_TOKEN_ECDSA,
        .hash = MH_SHA256,
        .digest = {hash, MH_SHA256_LENGTH},
        .message = text};
    struct mh_buf der;
    size_t n = 0;
    enum mh_code code = mh_digest_once(MH_SHA256, text, err, hash);

    if (code == MH_OK &&
        hsm_keys_sign(k->keys, k->index, &request, err, raw, &n) != HSM_OK)
        code = MH_EIO;
    if (code != MH_OK)
        return code;
    mh_buf_init(&der, max);
    if (!hsm_ecdsa_to_der((struct mh_span){raw, n}, &der) || !mh_buf_ok(&der))
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "log key: not a P-256 signature");
    else
        memcpy(sig, der.ptr, der.len);
    *len = der.len;
    mh_buf_fini(&der);
    return code;
}

/* A fresh key, on the disk before it is used. */
static enum mh_code
make(const char *path, struct mh_err *err, EVP_PKEY **out)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    BIO *bio = BIO_new(BIO_s_mem());
    enum mh_code code = MH_OK;
    char *pem = NULL;
    long n = 0;

    *out = EVP_EC_gen("P-256");
    if (*out != NULL && bio != NULL &&
        PEM_write_bio_PrivateKey(bio, *out, NULL, NULL, 0, NULL, NULL) == 1)
        n = BIO_get_mem_data(bio, &pem);
    if (fd < 0 || n <= 0 || write(fd, pem, (size_t)n) != n || fsync(fd) != 0)
        code = mh_fail_sys(err, "log.key");
    if (pem != NULL)
        explicit_bzero(pem, (size_t)n);
    BIO_free(bio);
    mh_close(&fd);
    return code;
}

static enum mh_code
load(const char *path, struct mh_err *err, EVP_PKEY **out)
{
    char pem[PEM_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    BIO *bio;
    ssize_t n;

    if (fd < 0)
        return mh_fail_sys(err, "log.key");
    n = read(fd, pem, sizeof(pem));
    if (fstat(fd, &st) != 0 || (st.st_mode & 077) != 0)
        n = -1; /* others could have read it */
    mh_close(&fd);
    bio = n > 0 ? BIO_new_mem_buf(pem, (int)n) : NULL;
    if (bio != NULL)
        *out = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    explicit_bzero(pem, sizeof(pem));
    if (*out == NULL || EVP_PKEY_is_a(*out, "EC") != 1 ||
        EVP_PKEY_get_bits(*out) != 256)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "log.key: not a P-256 key of mode 0400");
    return MH_OK;
}

static enum mh_code
from_file(const char *dir, struct mh_err *err, struct hsm_logkey *k)
{
    char path[4096], log[4096];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/log.key", dir);
    int m = snprintf(log, sizeof(log), "%s/log/log.pub", dir);

    if (n < 0 || (size_t)n >= sizeof(path) || m < 0 || (size_t)m >= sizeof(log))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "log.key: long path");
    k->signer.sign = sign_file;
    if (stat(path, &st) == 0)
        return load(path, err, &k->pkey);
    /* A log has one key: another one would make it another log. */
    if (stat(log, &st) == 0)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "log.key: it is gone, and the log is there");
    return make(path, err, &k->pkey);
}

static enum mh_code
from_token(struct mh_err *err, struct hsm_logkey *k)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct hsm_key_facts facts;
    enum mh_code code = MH_EIO;
    const uint8_t *p;
    X509 *x = NULL;

    k->signer.sign = sign_token;
    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log key: no memory");
    if (hsm_keys_facts(k->keys, k->index, arena, err, &facts) == HSM_OK) {
        p = facts.certificate.ptr;
        x = d2i_X509(NULL, &p, (long)facts.certificate.len);
        k->pkey = x == NULL ? NULL : X509_get_pubkey(x);
        code = k->pkey != NULL && facts.scheme == MH_TOKEN_ECDSA &&
                       EVP_PKEY_get_bits(k->pkey) == 256
                   ? MH_OK
                   : mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                         "log key: the token's is not a P-256 key");
        X509_free(x);
    }
    mh_arena_free(arena);
    return code;
}

enum mh_code
hsm_logkey_open(const char *dir, const char *origin, struct hsm_keys *keys,
    struct mh_err *err, struct hsm_logkey **out)
{
    struct hsm_logkey *k = calloc(1, sizeof(*k));
    unsigned char *spki = NULL;
    enum mh_code code;
    int len = 0;

    if (k == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log key: no memory");
    mh_buf_init(&k->line, HSM_NOTE_MAX);
    k->keys = keys;
    k->index = hsm_keys_of(keys, MH_KEY_LOG);
    k->signer.name = origin;
    k->signer.arg = k;
    code = hsm_keys_has(keys, k->index) ? from_token(err, k)
                                        : from_file(dir, err, k);
    if (code == MH_OK)
        len = i2d_PUBKEY(k->pkey, &spki);
    if (code == MH_OK && len <= 0)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log key: no memory");
    if (code == MH_OK)
        code = hsm_note_key_line(origin, HSM_NOTE_ECDSA,
            (struct mh_span){spki, (size_t)len}, err, k->signer.id, &k->line);
    OPENSSL_free(spki);
    if (code == MH_OK)
        code = hsm_note_keys_read(mh_buf_get(&k->line), err, &k->known);
    if (code != MH_OK) {
        hsm_logkey_free(k);
        return code;
    }
    *out = k;
    return MH_OK;
}

void
hsm_logkey_free(struct hsm_logkey *k)
{
    if (k == NULL)
        return;
    EVP_PKEY_free(k->pkey);
    hsm_note_keys_free(k->known);
    mh_buf_fini(&k->line);
    free(k);
}

const struct hsm_note_signer *
hsm_logkey_signer(const struct hsm_logkey *k)
{
    return &k->signer;
}

const struct hsm_note_keys *
hsm_logkey_keys(const struct hsm_logkey *k)
{
    return k->known;
}

struct mh_span
hsm_logkey_line(const struct hsm_logkey *k)
{
    return mh_buf_get(&k->line);
}
