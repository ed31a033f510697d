/*
 * A client of hsm/hsm.h that lives as long as its input: tests drive it by
 * lines and read one line back for each.
 *
 *     token_client MODULE [again=PIN] [revive=MS] [sign=MS] [login=MS]
 * [open=MS]
 *
 *     new URI            hsm_new
 *     open               hsm_open: token, key and its facts
 *     refresh            hsm_refresh: the same
 *     login PIN [stored] [last] [keep]
 *     pad [keep]
 *     sign pkcs1|pss|ecdsa sha256|sha384|sha512 HEX-DIGEST
 *     selftest
 *     health
 *     certificate        SHA-256, and the number of others
 *     free
 *
 * An answer is "ok ...", or "fail CLASS text".
 */
#include <openssl/evp.h>
#include <stdio.h>

#include "base/text.h"
#include "hsm/hsm.h"

enum {
    LINE = 4096,
    WORDS = 8,
};

static const char *again_pin;
static unsigned agains; /* how often it was asked for */

static bool
again(void *arg, uint8_t *pin, size_t max, size_t *len)
{
    (void)arg;
    agains++;
    *len = strlen(again_pin);
    if (*len > max)
        return false;
    memcpy(pin, again_pin, *len);
    return true;
}

static unsigned
number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

static bool
starts(const char *word, const char *with)
{
    return strncmp(word, with, strlen(with)) == 0;
}

static void
options_of(int argc, char **argv, struct hsm_options *o)
{
    *o = (struct hsm_options){.module = argv[1]};
    for (int i = 2; i < argc; i++) {
        const char *text = strchr(argv[i], '=');

        if (text == NULL)
            exit(64);
        text++;
        if (starts(argv[i], "again=")) {
            again_pin = text;
            o->again = again;
        } else if (starts(argv[i], "program=")) {
            o->program = text;
        } else if (starts(argv[i], "revive=")) {
            o->times.revive = number(text);
        } else if (starts(argv[i], "sign=")) {
            o->times.sign = number(text);
        } else if (starts(argv[i], "login=")) {
            o->times.login = number(text);
        } else if (starts(argv[i], "open=")) {
            o->times.open = number(text);
        } else {
            exit(64);
        }
    }
}

static void
say_facts(const struct hsm_token *t)
{
    const struct hsm_facts *f = hsm_facts(t);
    char id[2 * MH_TOKEN_ID_MAX + 1];

    mh_hex_encode(f->key_id, id);
    (void)printf("ok serial=%s id=%s type=%s bits=%u mechanisms=%x always=%d "
                 "required=%d in=%d pad=%d level=%s min=%u max=%u nr=%d "
                 "auth=%d\n",
        f->serial, id, f->rsa ? "rsa" : "ec", f->bits, f->mechanisms,
        f->always_authenticate, f->login_required, f->logged_in, f->pad,
        hsm_pin_level_name(f->level), f->pin_min, f->pin_max,
        f->non_repudiation, f->authentication);
}

static bool
has(char *const *word, size_t words, const char *what)
{
    for (size_t i = 0; i < words; i++)
        if (strcmp(word[i], what) == 0)
            return true;
    return false;
}

static enum hsm_class
do_login(
    struct hsm_token *t, char *const *word, size_t words, struct mh_err *err)
{
    struct hsm_login login = {.pad = strcmp(word[0], "pad") == 0,
        .stored = has(word, words, "stored"),
        .last_try = has(word, words, "last"),
        .keep = has(word, words, "keep")};

    if (!login.pad && words > 1 && strcmp(word[1], "-") != 0)
        login.pin = mh_span_str(word[1]);
    return hsm_login(t, &login, err);
}

static enum hsm_class
do_sign(struct hsm_token *t, char *const *word, struct mh_err *err)
{
    uint8_t digest[MH_DIGEST_MAX], value[HSM_SIGNATURE_MAX];
    char hex[2 * HSM_SIGNATURE_MAX + 1];
    struct mh_span text = mh_span_str(word[3]);
    struct hsm_request r = {.hash = strcmp(word[2], "sha256") == 0 ? MH_SHA256
                                    : strcmp(word[2], "sha384") == 0
                                        ? MH_SHA384
                                        : MH_SHA512,
        .scheme = strcmp(word[1], "pkcs1") == 0 ? MH_TOKEN_PKCS1
                  : strcmp(word[1], "pss") == 0 ? MH_TOKEN_PSS
                                                : MH_TOKEN_ECDSA,
        .digest = {digest, text.len / 2}};
    enum hsm_class c;
    size_t len;

    if (text.len > 2 * sizeof(digest) || !mh_hex_decode(text, digest))
        exit(64);
    c = hsm_sign(t, &r, err, value, &len);
    if (c == HSM_OK) {
        mh_hex_encode((struct mh_span){value, len}, hex);
        (void)printf("ok %s\n", hex);
    }
    return c;
}

static void
say_health(const struct hsm_token *t)
{
    struct hsm_health h = hsm_health(t);

    (void)printf("ok down=%d faults=%u signatures=%llu worker=%d again=%u\n",
        h.down, h.faults, (unsigned long long)h.signatures, h.worker, agains);
}

static void
say_certificate(const struct hsm_token *t)
{
    char hex[2 * MH_SHA256_LENGTH + 1];
    uint8_t digest[MH_SHA256_LENGTH];

    if (mh_digest_once(MH_SHA256, hsm_certificate(t), NULL, digest) != MH_OK)
        exit(70);
    mh_hex_encode((struct mh_span){digest, sizeof(digest)}, hex);
    (void)printf("ok %s others=%zu\n", hex, hsm_others(t));
}

static size_t
split(char *line, char **word)
{
    size_t n = 0;
    char *save = NULL;

    for (char *w = strtok_r(line, " \n", &save); w != NULL && n < WORDS;
         w = strtok_r(NULL, " \n", &save))
        word[n++] = w;
    return n;
}

/* One line; HSM_OK where it has said so already. */
static enum hsm_class
run(const struct hsm_options *o, struct hsm_token **t, char **word,
    size_t words, struct mh_err *err)
{
    enum hsm_class c = HSM_OK;

    if (strcmp(word[0], "new") == 0 && words == 2) {
        hsm_free(*t);
        c = hsm_new(o, word[1], err, t);
        if (c == HSM_OK)
            (void)puts("ok");
    } else if (*t == NULL) {
        c = HSM_USAGE;
    } else if (strcmp(word[0], "free") == 0) {
        hsm_free(*t);
        *t = NULL;
        (void)puts("ok");
    } else if (strcmp(word[0], "sign") == 0 && words == 4) {
        c = do_sign(*t, word, err);
    } else if (strcmp(word[0], "selftest") == 0) {
        c = hsm_self_test(*t, err);
        if (c == HSM_OK)
            (void)puts("ok");
    } else if (strcmp(word[0], "health") == 0) {
        say_health(*t);
    } else if (strcmp(word[0], "certificate") == 0) {
        say_certificate(*t);
    } else {
        if (strcmp(word[0], "open") == 0)
            c = hsm_open(*t, err);
        else if (strcmp(word[0], "refresh") == 0)
            c = hsm_refresh(*t, err);
        else
            c = do_login(*t, word, words, err);
        if (c == HSM_OK)
            say_facts(*t);
    }
    return c;
}

int
main(int argc, char **argv)
{
    struct hsm_token *t = NULL;
    struct hsm_options o;
    char line[LINE];

    if (argc < 2 || mh_digest_init(NULL) != MH_OK)
        return 64;
    options_of(argc, argv, &o);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        struct mh_err err = {.msg = ""};
        char *word[WORDS];
        size_t words = split(line, word);
        enum hsm_class c;

        if (words == 0)
            continue;
        c = run(&o, &t, word, words, &err);
        if (c != HSM_OK)
            (void)printf("fail %s %s\n", hsm_class_name(c), err.msg);
        (void)fflush(stdout);
    }
    hsm_free(t);
    return 0;
}
