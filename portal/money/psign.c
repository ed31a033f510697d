#include "portal/money/psign.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
    BITS_MIN = 2048,
    BITS_MAX = 4096,
};

struct pt_psign {
    EVP_PKEY *key, *gateway;
};

/* A key that needs a password is none. */
static int
no_password(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)ctx;
    return 0;
}

static EVP_PKEY *
read_key(struct mh_span pem, bool private)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = NULL;

    if (bio != NULL)
        key = private ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL)
                      : PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
    (void)BIO_free(bio); /* of memory: it cannot fail */
    if (key != NULL && (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
                           EVP_PKEY_get_bits(key) < BITS_MIN ||
                           EVP_PKEY_get_bits(key) > BITS_MAX)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

enum mh_code
pt_psign_new(struct mh_span key, struct mh_span gateway, struct mh_err *err,
    struct pt_psign **out)
{
    struct pt_psign *p = calloc(1, sizeof(*p));

    *out = NULL;
    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "payment: no memory");
    p->key = read_key(key, true);
    p->gateway = read_key(gateway, false);
    if (p->key != NULL && p->gateway != NULL) {
        *out = p;
        return MH_OK;
    }
    (void)mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
        "payment: the %s is no RSA key of 2,048 to 4,096 bits in PEM",
        p->key == NULL ? "key" : "gateway-key");
    pt_psign_free(p);
    return MH_EFORMAT;
}

void
pt_psign_free(struct pt_psign *p)
{
    if (p == NULL)
        return;
    EVP_PKEY_free(p->key);
    EVP_PKEY_free(p->gateway);
    free(p);
}

void
pt_psign_add(struct mh_buf *mac, const char *value)
{
    if (value == NULL || value[0] == '\0') {
        mh_buf_str(mac, "-");
        return;
    }
    mh_buf_printf(mac, "%zu", strlen(value));
    mh_buf_str(mac, value);
}

enum mh_code
pt_psign_make(const struct pt_psign *p, struct mh_span mac, struct mh_err *err,
    char out[static PT_PSIGN_HEX])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t sign[BITS_MAX / 8];
    size_t len = sizeof(sign);
    bool ok = ctx != NULL &&
              EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, p->key) == 1 &&
              EVP_DigestSign(ctx, sign, &len, mac.ptr, mac.len) == 1;

    EVP_MD_CTX_free(ctx);
    if (!ok)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "payment: cannot be signed");
    mh_hex_encode((struct mh_span){sign, len}, out);
    return MH_OK;
}

static int
digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool
pt_psign_good(const struct pt_psign *p, struct mh_span mac, const char *sign)
{
    EVP_MD_CTX *ctx;
    uint8_t bytes[BITS_MAX / 8];
    size_t len = sign == NULL ? 0 : strlen(sign);
    bool good;

    if (len == 0 || len % 2 != 0 || len / 2 > sizeof(bytes))
        return false;
    for (size_t i = 0; i < len / 2; i++) {
        int high = digit(sign[2 * i]), low = digit(sign[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    ctx = EVP_MD_CTX_new();
    good =
        ctx != NULL &&
        EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, p->gateway) == 1 &&
        EVP_DigestVerify(ctx, bytes, len / 2, mac.ptr, mac.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}
