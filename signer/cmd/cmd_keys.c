/* mohur keys: tokens and keys, and whether one of them signs (cli.md). */
#include "signer/cmd/cmd.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/digest/digest.h"
#include "base/text.h"
#include "signer/cmd/pin.h"

enum {
    ARENA = 4 << 20,      /* bytes: a list of tokens */
    OUT_MAX = 4 << 20,    /* bytes printed */
    PEM_LINE = 64,        /* characters (RFC 7468) */
    NAME_MAX_BYTES = 256, /* bytes of a name that are shown */
};

static const struct option long_options[] = {
    {"module", required_argument, NULL, 'm'},
    {"key", required_argument, NULL, 'k'},
    {"pin-source", required_argument, NULL, 'p'},
    {"chain", no_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: mohur keys list [--module PATH]\n"
    "       mohur keys test --key URI [--module PATH] [--pin-source SRC]\n"
    "       mohur keys certificate --key URI [--module PATH] [--chain]\n"
    "list shows tokens and the keys that are seen without a PIN; test makes\n"
    "and checks one signature; certificate prints the key's certificate, and\n"
    "with --chain the others of the token, in PEM.\n"
    "SRC is prompt, file:PATH (mode 0600) or fd:N.\n";

static const struct {
    uint32_t bit;
    const char *name;
} mechanisms[] = {
    {MH_TOKEN_HAS_RSA_PKCS, "RSA-PKCS"},
    {MH_TOKEN_HAS_RSA_PSS, "RSA-PSS"},
    {MH_TOKEN_HAS_ECDSA, "ECDSA"},
    {MH_TOKEN_HAS_SHA256_RSA, "SHA256-RSA-PKCS"},
    {MH_TOKEN_HAS_SHA384_RSA, "SHA384-RSA-PKCS"},
    {MH_TOKEN_HAS_SHA512_RSA, "SHA512-RSA-PKCS"},
};

/* Bytes as a value of a URI attribute: all but letters and digits escaped. */
static void
put_escaped(struct mh_span s, bool all, struct mh_buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';

        if (plain && !all)
            mh_buf_byte(out, c);
        else
            mh_buf_printf(out, "%%%02X", c);
    }
}

static void
put_field(struct mh_buf *out, const char *name, const char *value)
{
    mh_buf_printf(out, "  %-13s", name);
    mh_text_clean(mh_span_str(value), NAME_MAX_BYTES, out);
    mh_buf_byte(out, '\n');
}

static void
put_mechanisms(struct mh_buf *out, uint32_t bits)
{
    const char *between = "";

    mh_buf_printf(out, "  %-13s", "mechanisms");
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
        if ((bits & mechanisms[i].bit) != 0) {
            mh_buf_printf(out, "%s%s", between, mechanisms[i].name);
            between = ", ";
        }
    mh_buf_str(out, *between == '\0' ? "none\n" : "\n");
}

static void
put_key(struct mh_buf *out, const struct mh_token_entry *t,
    const struct mh_token_key *k)
{
    mh_buf_printf(out, "  %-13spkcs11:token=", "key");
    put_escaped(mh_span_str(t->label), false, out);
    if (t->serial[0] != '\0') {
        mh_buf_str(out, ";serial=");
        put_escaped(mh_span_str(t->serial), false, out);
    }
    mh_buf_str(out, ";id=");
    put_escaped(k->id, true, out);
    mh_buf_str(out, ";type=private");
    if (!k->certificate)
        mh_buf_str(out, " (no certificate)");
    if (k->label[0] != '\0') {
        mh_buf_str(out, " \"");
        mh_text_clean(mh_span_str(k->label), NAME_MAX_BYTES, out);
        mh_buf_byte(out, '"');
    }
    mh_buf_byte(out, '\n');
}

static void
put_token(struct mh_buf *out, const struct mh_token_entry *t)
{
    mh_buf_str(out, "token ");
    mh_text_clean(mh_span_str(t->label), NAME_MAX_BYTES, out);
    mh_buf_byte(out, '\n');
    put_field(out, "serial", t->serial);
    put_field(out, "model", t->model);
    put_field(out, "manufacturer", t->manufacturer);
    put_field(out, "PIN",
        t->login_required ? hsm_pin_level_name(t->level) : "not needed");
    put_field(out, "PIN pad", t->pad ? "yes" : "no");
    put_mechanisms(out, t->mechanisms);
    for (size_t i = 0; i < t->keys; i++)
        put_key(out, t, &t->key[i]);
}

static int
flush_out(const struct mh_buf *out)
{
    struct mh_span s = mh_buf_get(out);

    if (!mh_buf_ok(out) || fwrite(s.ptr, 1, s.len, stdout) != s.len ||
        fflush(stdout) != 0)
        return SG_EXIT_INTERNAL;
    return SG_EXIT_OK;
}

static int
list(const struct sg_key_options *o)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct hsm_options options = {0};
    struct mh_err err = {.msg = ""};
    struct mh_token_list found = {0};
    struct mh_buf out;
    enum hsm_class c;
    int rc;

    if (arena == NULL)
        return SG_EXIT_INTERNAL;
    c = sg_key_modules(o->module, arena, &err, &options);
    if (c == HSM_OK)
        c = hsm_list(&options, arena, &err, &found);
    if (c == HSM_OK && found.tokens == 0) {
        (void)mh_fail(
            &err, MH_EIO, MH_NO_OFFSET, "no token is inserted"); /* line */
        c = HSM_GONE;
    }
    mh_buf_init(&out, OUT_MAX);
    for (size_t i = 0; i < found.tokens; i++)
        put_token(&out, &found.token[i]);
    rc = c == HSM_OK ? flush_out(&out) : sg_key_complain("keys list", c, &err);
    mh_buf_fini(&out);
    mh_arena_free(arena);
    return rc;
}

static void put_step(struct mh_buf *out, const char *name, const char *fmt, ...)
    MH_PRINTF(3, 4);

static void
put_step(struct mh_buf *out, const char *name, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap); /* cut at its end */
    va_end(ap);
    mh_buf_printf(out, "%-12s", name);
    mh_text_clean(mh_span_str(text), sizeof(text), out);
    mh_buf_byte(out, '\n');
}

/* Step by step, so that the one that fails is named. */
static int
run_test(struct sg_key *key, struct mh_buf *out)
{
    char hex[2 * MH_SHA256_LENGTH + 1];
    uint8_t digest[MH_SHA256_LENGTH];
    struct mh_err err = {.msg = ""};
    const struct hsm_facts *f = hsm_facts(key->token);
    enum hsm_class c;

    put_step(
        out, "token", "ok: %.64s, serial number %.32s", f->label, f->serial);
    if (mh_digest_once(MH_SHA256, hsm_certificate(key->token), &err, digest) !=
        MH_OK)
        return SG_EXIT_INTERNAL;
    mh_hex_encode((struct mh_span){digest, sizeof(digest)}, hex);
    put_step(out, "certificate", "ok: %s, %s %u%s", hex, f->rsa ? "RSA" : "EC",
        f->bits,
        f->non_repudiation  ? ", for signatures"
        : f->authentication ? ", for signing in"
                            : "");
    c = sg_pin_login(&key->pin, key->token, &err);
    if (c != HSM_OK)
        return sg_key_complain("keys test: login", c, &err);
    put_step(out, "login", "%s",
        hsm_facts(key->token)->logged_in ? "ok" : "not needed");
    c = hsm_self_test(key->token, &err);
    if (c != HSM_OK)
        return sg_key_complain("keys test: signature", c, &err);
    put_step(out, "signature", "ok: made and checked");
    return SG_EXIT_OK;
}

static int
test(const struct sg_key_options *o)
{
    struct mh_err err = {.msg = ""};
    struct sg_key key;
    struct mh_buf out;
    enum hsm_class c = sg_key_open(o, &err, &key);
    int rc, printed;

    mh_buf_init(&out, OUT_MAX);
    rc = c == HSM_OK
             ? run_test(&key, &out)
             : sg_key_complain(
                   c == HSM_USAGE ? "keys test" : "keys test: token", c, &err);
    printed = flush_out(&out);
    mh_buf_fini(&out);
    sg_key_close(&key);
    return rc != SG_EXIT_OK ? rc : printed;
}

static void
put_pem(struct mh_span der, struct mh_buf *out)
{
    struct mh_buf text;
    struct mh_span left;

    mh_buf_init(&text, OUT_MAX);
    mh_base64_encode(der, &text);
    if (!mh_buf_ok(&text))
        out->bad = true;
    left = mh_buf_get(&text);
    mh_buf_str(out, "-----BEGIN CERTIFICATE-----\n");
    while (left.len > 0) {
        size_t n = left.len < PEM_LINE ? left.len : PEM_LINE;

        mh_buf_add(out, left.ptr, n);
        mh_buf_byte(out, '\n');
        left.ptr += n;
        left.len -= n;
    }
    mh_buf_str(out, "-----END CERTIFICATE-----\n");
    mh_buf_fini(&text);
}

static int
certificate(const struct sg_key_options *o, bool chain)
{
    struct mh_err err = {.msg = ""};
    struct sg_key key;
    struct mh_buf out;
    enum hsm_class c = sg_key_open(o, &err, &key);
    int rc;

    mh_buf_init(&out, OUT_MAX);
    if (c == HSM_OK)
        put_pem(hsm_certificate(key.token), &out);
    for (size_t i = 0; c == HSM_OK && chain && i < hsm_others(key.token); i++)
        put_pem(hsm_other(key.token, i), &out);
    rc = c == HSM_OK ? flush_out(&out)
                     : sg_key_complain("keys certificate", c, &err);
    mh_buf_fini(&out);
    sg_key_close(&key);
    return rc;
}

int
sg_cmd_keys(int argc, char **argv)
{
    struct sg_key_options o = {0};
    const char *what;
    bool chain = false;
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (c) {
        case 'm':
            o.module = optarg;
            break;
        case 'k':
            o.key = optarg;
            break;
        case 'p':
            o.pin_source = optarg;
            break;
        case 'c':
            chain = true;
            break;
        case 'h':
            (void)fputs(help, stdout); /* nothing to do about it */
            return SG_EXIT_OK;
        default:
            return sg_usage("keys", "unknown or incomplete option; see --help");
        }
    }
    if (optind + 1 != argc)
        return sg_usage("keys", "list, test or certificate; see --help");
    if (mh_digest_init(NULL) != MH_OK)
        return SG_EXIT_INTERNAL;
    what = argv[optind];
    if (strcmp(what, "list") == 0 && o.key == NULL && o.pin_source == NULL &&
        !chain)
        return list(&o);
    if (strcmp(what, "list") == 0)
        return sg_usage("keys list", "takes only --module");
    if (strcmp(what, "test") != 0 && strcmp(what, "certificate") != 0)
        return sg_usage("keys", "list, test or certificate; see --help");
    if (o.key == NULL)
        return sg_usage("--key", "which key? mohur keys list shows them");
    if (strcmp(what, "test") == 0)
        return chain ? sg_usage("--chain", "is for certificate") : test(&o);
    return certificate(&o, chain);
}
