#include "signer/cmd/payment.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"

enum {
    BITS_MIN = 2048,
    BITS_MAX = 4096,
};

#define FILE_SCHEME "file:"

/* The whole file; a secret one is for who starts the service alone. */
static struct mh_span
read_pem(
    const char *path, bool secret, struct mh_arena *arena, const char **wrong)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char *text = mh_arena_alloc(arena, MH_PEM_MAX + 1);
    struct stat st;
    ssize_t n = -1;

    *wrong = NULL;
    if (text == NULL || fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        *wrong = "is no file that can be read";
    else if (secret && ((st.st_mode & 077) != 0 || st.st_uid != geteuid()))
        *wrong = "must be a file of who starts the service, mode 0600";
    else
        n = read(fd, text, MH_PEM_MAX + 1);
    mh_close(&fd);
    if (*wrong == NULL && (n <= 0 || n > MH_PEM_MAX))
        *wrong = "is empty or too long";
    if (*wrong == NULL && memchr(text, '\0', (size_t)n) != NULL)
        *wrong = "is no PEM";
    if (*wrong != NULL)
        return (struct mh_span){NULL, 0};
    return (struct mh_span){(const uint8_t *)text, (size_t)n};
}

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

static bool
rsa_good(struct mh_span pem, bool private)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = NULL;
    bool good;

    if (bio != NULL)
        key = private ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL)
                      : PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
    good = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
           EVP_PKEY_get_bits(key) >= BITS_MIN &&
           EVP_PKEY_get_bits(key) <= BITS_MAX;
    EVP_PKEY_free(key);
    (void)BIO_free(bio); /* of memory: it cannot fail */
    return good;
}

/* Elsewhere than on this machine, it is TLS that hides what is paid. */
static bool
url_good(const char *url)
{
    if (strpbrk(url, "?#%@;,'\"[] ") != NULL)
        return false; /* a scheme, a host, a port and a path */
    return strncmp(url, "https://", 8) == 0 ||
           strncmp(url, "http://127.0.0.1:", 17) == 0 ||
           strncmp(url, "http://localhost:", 17) == 0;
}

static bool
terminal_good(const char *s)
{
    size_t n = strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "abcdefghijklmnopqrstuvwxyz");

    return n > 0 && s[n] == '\0';
}

static void
take_keys(cfg_t *m, const char *file, struct mh_arena *arena,
    struct sg_problems *problems, struct mh_payment_settings *out)
{
    const char *key = sg_config_text(m, "key", arena),
               *gateway = sg_config_text(m, "gateway-key", arena), *wrong;
    int line = (int)m->line;

    if (key == NULL || key[0] == '\0' || gateway == NULL ||
        gateway[0] == '\0') {
        sg_problem(problems, file, line, "payment: %s is missing",
            key == NULL || key[0] == '\0' ? "key" : "gateway-key");
        return;
    }
    if (strncmp(key, FILE_SCHEME, sizeof(FILE_SCHEME) - 1) != 0)
        return; /* said already */
    out->key = read_pem(key + sizeof(FILE_SCHEME) - 1, true, arena, &wrong);
    if (wrong == NULL && !rsa_good(out->key, true))
        wrong = "is no RSA key of 2,048 to 4,096 bits in PEM";
    if (wrong != NULL)
        sg_problem(problems, file, line, "payment: key %s", wrong);
    out->gateway_key = read_pem(gateway, false, arena, &wrong);
    if (wrong == NULL && !rsa_good(out->gateway_key, false))
        wrong = "is no public RSA key of 2,048 to 4,096 bits in PEM";
    if (wrong != NULL)
        sg_problem(problems, file, line, "payment: gateway-key %s", wrong);
}

bool
sg_payment_take(cfg_t *cfg, const char *file, struct mh_arena *arena,
    struct sg_problems *problems, struct sg_config *base,
    struct mh_payment_settings *out)
{
    cfg_t *m = cfg_getsec(cfg, "payment");
    const char *pin = sg_config_text(m, "pin", arena),
               *refunds = sg_config_text(m, "refunds", arena);
    int line = (int)m->line;

    *out = (struct mh_payment_settings){sg_config_text(m, "url", arena),
        sg_config_text(m, "terminal", arena),
        sg_config_text(m, "merchant", arena), {NULL, 0}, {NULL, 0},
        MH_REFUNDS_NO};
    if (pin == NULL || refunds == NULL || out->url == NULL ||
        out->terminal == NULL || out->merchant == NULL)
        return false;
    if (out->url[0] == '\0') {
        *out = (struct mh_payment_settings){
            "", "", "", {NULL, 0}, {NULL, 0}, MH_REFUNDS_NO};
        return true;
    }
    if (strcmp(refunds, "amount-first") == 0)
        out->refunds = MH_REFUNDS_AMOUNT_FIRST;
    else if (strcmp(refunds, "order-first") == 0)
        out->refunds = MH_REFUNDS_ORDER_FIRST;
    if (!url_good(out->url))
        sg_problem(problems, file, line,
            "payment: url is not https, nor of the loopback, or has more than "
            "a path");
    if (!terminal_good(out->terminal))
        sg_problem(problems, file, line,
            "payment: terminal is not letters and digits");
    if (out->merchant[0] == '\0')
        sg_problem(problems, file, line, "payment: merchant is missing");
    take_keys(m, file, arena, problems, out);
    if (sg_config_endpoint(base, "payment", out->url, pin, NULL) != MH_OK)
        sg_problem(
            problems, file, line, "endpoint: more than %u", MH_ENDPOINTS_MAX);
    return true;
}
