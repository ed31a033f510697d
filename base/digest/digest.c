#include "base/digest/digest.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include <openssl/evp.h>

static const struct {
    const char *name;  /* for people */
    const char *fetch; /* libcrypto's */
    size_t length;     /* bytes */
} algs[MH_DIGEST_ALGS] = {
    [MH_MD5] = {"MD5", "MD5", 16},
    [MH_SHA1] = {"SHA-1", "SHA1", 20},
    [MH_SHA224] = {"SHA-224", "SHA224", 28},
    [MH_SHA256] = {"SHA-256", "SHA256", 32},
    [MH_SHA384] = {"SHA-384", "SHA384", 48},
    [MH_SHA512] = {"SHA-512", "SHA512", 64},
    [MH_SHA3_256] = {"SHA3-256", "SHA3-256", 32},
    [MH_SHA3_384] = {"SHA3-384", "SHA3-384", 48},
    [MH_SHA3_512] = {"SHA3-512", "SHA3-512", 64},
    [MH_RIPEMD160] = {"RIPEMD-160", "RIPEMD160", 20},
    [MH_WHIRLPOOL] = {"Whirlpool", "WHIRLPOOL", 64},
};

/* Fetched once, read only afterwards; processes here have one thread then. */
static EVP_MD *fetched[MH_DIGEST_ALGS];

/* Of mh_digest_once: each thread's own, freed where the thread ends. */
static _Thread_local struct mh_digest *scratch;
static pthread_key_t ending;

struct mh_digest {
    EVP_MD_CTX *ctx;
    enum mh_digest_alg alg;
    bool bad;
};

struct mh_digest *
mh_digest_new(void)
{
    struct mh_digest *d = calloc(1, sizeof(*d));

    if (d == NULL)
        return NULL;
    d->ctx = EVP_MD_CTX_new();
    if (d->ctx == NULL) {
        free(d);
        return NULL;
    }
    return d;
}

void
mh_digest_free(struct mh_digest *d)
{
    if (d == NULL)
        return;
    EVP_MD_CTX_free(d->ctx);
    free(d);
}

static void
free_scratch(void *d)
{
    mh_digest_free(d);
}

/* The thread's own; NULL without memory. */
static struct mh_digest *
own_scratch(void)
{
    if (scratch == NULL) {
        scratch = mh_digest_new();
        if (scratch != NULL && pthread_setspecific(ending, scratch) != 0) {
            mh_digest_free(scratch);
            scratch = NULL;
        }
    }
    return scratch;
}

enum mh_code
mh_digest_init(struct mh_err *err)
{
    if (fetched[MH_SHA256] != NULL)
        return MH_OK;
    /* No configuration file, which could load code; no clearing up at exit. */
    if (OPENSSL_init_crypto(
            OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "digest: libcrypto");
    for (int i = 1; i < MH_DIGEST_ALGS; i++)
        fetched[i] = EVP_MD_fetch(NULL, algs[i].fetch, NULL);
    if (pthread_key_create(&ending, free_scratch) != 0 ||
        own_scratch() == NULL || fetched[MH_SHA256] == NULL)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "digest: no SHA-256");
    return MH_OK;
}

size_t
mh_digest_length(enum mh_digest_alg alg)
{
    return alg < MH_DIGEST_ALGS ? algs[alg].length : 0;
}

const char *
mh_digest_name(enum mh_digest_alg alg)
{
    return alg > MH_DIGEST_NONE && alg < MH_DIGEST_ALGS ? algs[alg].name : "?";
}

enum mh_code
mh_digest_start(struct mh_digest *d, enum mh_digest_alg alg, struct mh_err *err)
{
    if (alg >= MH_DIGEST_ALGS || fetched[alg] == NULL)
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "digest: algorithm not available");
    d->alg = alg;
    d->bad = EVP_DigestInit_ex2(d->ctx, fetched[alg], NULL) != 1;
    return d->bad ? mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "digest: init")
                  : MH_OK;
}

enum mh_code
mh_digest_fork(
    const struct mh_digest *from, struct mh_err *err, struct mh_digest *to)
{
    to->alg = from->alg;
    to->bad = EVP_MD_CTX_copy_ex(to->ctx, from->ctx) != 1;
    return to->bad ? mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "digest: fork")
                   : MH_OK;
}

void
mh_digest_update(struct mh_digest *d, struct mh_span data)
{
    if (data.len != 0 && EVP_DigestUpdate(d->ctx, data.ptr, data.len) != 1)
        d->bad = true;
}

enum mh_code
mh_digest_finish(struct mh_digest *d, struct mh_err *err, uint8_t *out)
{
    unsigned len = 0;

    if (EVP_DigestFinal_ex(d->ctx, out, &len) != 1 || d->bad ||
        len != algs[d->alg].length)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "digest: failed");
    return MH_OK;
}

enum mh_code
mh_digest_once(enum mh_digest_alg alg, struct mh_span data, struct mh_err *err,
    uint8_t *out)
{
    struct mh_digest *d;
    enum mh_code code;

    if (fetched[MH_SHA256] == NULL)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "digest: no init");
    d = own_scratch();
    if (d == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "digest: no memory");
    code = mh_digest_start(d, alg, err);
    if (code != MH_OK)
        return code;
    mh_digest_update(d, data);
    return mh_digest_finish(d, err, out);
}
