/*
 * The steps of PDF signatures one by one, for tests/sign_pdf.py:
 *
 *   sign_pdf_tool prepare IN OUT DIR KEY.pem CERT.der [OPTION]...
 *   sign_pdf_tool finish OUT DIR [TOKEN]
 *   sign_pdf_tool imprints T|LT|LTA IN OUT DIR [OPTION]...
 *   sign_pdf_tool apply T|LT|LTA IN OUT DIR [OPTION]...
 *   sign_pdf_tool text TITLE LANG SECONDS IN.txt OUT     "# " begins a heading
 *
 * prepare leaves DIR/state, DIR/tbs, DIR/value (signed with the key) and
 * DIR/stamp (what a time-stamp is over); imprints DIR/state and DIR/imprint,
 * and prints their count.  Options: --chain F, --scheme pkcs1|pss|ecdsa,
 * --digest 256|384|512, --level B|T|LT|LTA, --time SECONDS, --role, --place,
 * --reason, --visible PAGE,X,Y,W,H, --lang az|en|ru, --certify 1..3,
 * --lock all|include:F,..|exclude:F,.., --room BYTES, --token F, --cert F,
 * --ocsp F, --crl F.
 *
 * A refusal prints "error code=NAME finding=NAME: text" and exits with 1.
 */
#define MH_ALLOW_BANNED /* it reads numbers and runs as a test only */
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "signer/sign/family.h"

enum {
    LISTED = 64,
    ARENA = MH_DOC_ARENA_MAX,
};

struct options {
    struct sg_sign_spec spec;
    struct sg_sign_extra extra;
    struct mh_span chain[LISTED], certs[LISTED], ocsps[LISTED], crls[LISTED];
    const char *field[LISTED];
    size_t room;
};

static void
die(const char *what)
{
    (void)fprintf(stderr, "sign_pdf_tool: %s\n", what);
    exit(2);
}

static struct mh_span
map_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *p;

    if (fd < 0 || fstat(fd, &st) != 0)
        die(path);
    if (st.st_size == 0) {
        (void)close(fd);
        return (struct mh_span){(const uint8_t *)"", 0};
    }
    p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        die(path);
    (void)close(fd);
    return (struct mh_span){p, (size_t)st.st_size};
}

static void
save(const char *dir, const char *name, struct mh_span bytes)
{
    char path[4096];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "wb");
    if (f == NULL || fwrite(bytes.ptr, 1, bytes.len, f) != bytes.len ||
        fclose(f) != 0)
        die(path);
}

static struct mh_span
saved(const char *dir, const char *name)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return map_file(path);
}

/* The most memory so far, pages of mapped files included: DIR/peak, in KB. */
static void
save_peak(const char *dir)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];

    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            save(dir, "peak", mh_span_str(line + 6));
    if (f != NULL)
        (void)fclose(f);
}

static struct mh_out
output(const char *path, bool fresh)
{
    int fd = open(path, fresh ? O_RDWR | O_CREAT | O_TRUNC : O_RDWR, 0600);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        die(path);
    return mh_out_at(fd, (uint64_t)st.st_size);
}

static int
refused(const struct mh_err *err, enum mh_code code)
{
    printf("error code=%s finding=%s: %s\n", mh_code_name(code),
        err->finding == 0 ? "-"
                          : mh_finding_name((enum mh_finding_code)err->finding),
        err->msg);
    return 1;
}

static void
read_lock(struct options *o, char *text)
{
    char *list = strchr(text, ':');

    o->spec.field = o->field;
    if (strcmp(text, "all") == 0)
        o->spec.lock = SG_LOCK_ALL;
    else
        o->spec.lock = text[0] == 'i' ? SG_LOCK_INCLUDE : SG_LOCK_EXCLUDE;
    for (char *f = list == NULL ? NULL : strtok(list + 1, ","); f != NULL;
         f = strtok(NULL, ","))
        o->field[o->spec.fields++] = f;
}

static void
read_visible(struct sg_sign_spec *s, char *text)
{
    double *const to[] = {&s->x, &s->y, &s->w, &s->h};
    char *p = text;

    s->visible = true;
    s->page = (unsigned)strtoul(p, &p, 10);
    for (size_t i = 0; i < 4; i++) {
        if (*p != ',')
            die("--visible");
        *to[i] = strtod(p + 1, &p);
    }
}

static enum mh_sig_level
read_level(const char *text)
{
    for (int i = 0; i < MH_LEVELS; i++)
        if (strcmp(text, mh_level_name((enum mh_sig_level)i)) == 0)
            return (enum mh_sig_level)i;
    die("--level");
    return MH_LEVEL_NONE;
}

static enum sg_scheme
read_scheme(const char *text)
{
    if (strcmp(text, "ecdsa") == 0)
        return SG_ECDSA;
    return strcmp(text, "pss") == 0 ? SG_RSA_PSS : SG_RSA_PKCS1;
}

static enum mh_digest_alg
read_digest(const char *text)
{
    if (strcmp(text, "256") == 0)
        return MH_SHA256;
    return strcmp(text, "384") == 0 ? MH_SHA384 : MH_SHA512;
}

static enum mh_lang
read_lang(const char *text)
{
    if (strcmp(text, "az") == 0)
        return MH_AZ;
    return strcmp(text, "ru") == 0 ? MH_RU : MH_EN;
}

static bool
read_text(struct sg_sign_spec *s, const char *name, const char *value)
{
    if (strcmp(name, "--role") == 0)
        s->role = value;
    else if (strcmp(name, "--place") == 0)
        s->place = value;
    else if (strcmp(name, "--reason") == 0)
        s->reason = value;
    else
        return false;
    return true;
}

static bool
read_spec(struct options *o, const char *name, char *value)
{
    struct sg_sign_spec *s = &o->spec;

    if (read_text(s, name, value))
        return true;
    if (strcmp(name, "--scheme") == 0)
        s->scheme = read_scheme(value);
    else if (strcmp(name, "--digest") == 0)
        s->digest = read_digest(value);
    else if (strcmp(name, "--level") == 0)
        s->level = read_level(value);
    else if (strcmp(name, "--time") == 0)
        s->time = strtoll(value, NULL, 10);
    else if (strcmp(name, "--visible") == 0)
        read_visible(s, value);
    else if (strcmp(name, "--lang") == 0)
        s->lang = read_lang(value);
    else if (strcmp(name, "--certify") == 0)
        s->certify = (enum sg_certify)strtol(value, NULL, 10);
    else if (strcmp(name, "--lock") == 0)
        read_lock(o, value);
    else
        return false;
    return true;
}

static void
read_options(struct options *o, char **argv, int argc)
{
    *o = (struct options){.spec = {.as = SG_AS_PDF,
                              .digest = MH_SHA256,
                              .level = MH_LEVEL_B,
                              .role = "",
                              .place = "",
                              .reason = "",
                              .chain = o->chain},
        .extra = {.certs = o->certs, .ocsps = o->ocsps, .crls = o->crls}};
    for (int i = 0; i + 1 < argc; i += 2) {
        const char *name = argv[i];

        if (read_spec(o, name, argv[i + 1]))
            continue;
        if (strcmp(name, "--chain") == 0)
            o->chain[o->spec.chain_count++] = map_file(argv[i + 1]);
        else if (strcmp(name, "--cert") == 0)
            o->certs[o->extra.cert_count++] = map_file(argv[i + 1]);
        else if (strcmp(name, "--ocsp") == 0)
            o->ocsps[o->extra.ocsp_count++] = map_file(argv[i + 1]);
        else if (strcmp(name, "--crl") == 0)
            o->crls[o->extra.crl_count++] = map_file(argv[i + 1]);
        else if (strcmp(name, "--token") == 0)
            o->extra.token = map_file(argv[i + 1]);
        else if (strcmp(name, "--room") == 0)
            o->room = strtoul(argv[i + 1], NULL, 10);
        else
            die(name);
    }
}

/* ECDSA of OpenSSL is DER; here values are r||s. */
static size_t
plain_value(EVP_PKEY *key, uint8_t *value, size_t len)
{
    const uint8_t *p = value;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
    int side = (EVP_PKEY_get_bits(key) + 7) / 8;

    if (sig == NULL ||
        BN_bn2binpad(ECDSA_SIG_get0_r(sig), value, side) != side ||
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), value + side, side) != side)
        die("ECDSA value");
    ECDSA_SIG_free(sig);
    return 2 * (size_t)side;
}

static struct mh_span
sign(const char *path, const struct sg_sign_spec *spec, struct mh_span tbs)
{
    static uint8_t value[2048];
    const EVP_MD *md = spec->digest == MH_SHA256   ? EVP_sha256()
                       : spec->digest == MH_SHA384 ? EVP_sha384()
                                                   : EVP_sha512();
    FILE *f = fopen(path, "r");
    EVP_PKEY *key = f == NULL ? NULL : PEM_read_PrivateKey(f, NULL, NULL, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    size_t len = sizeof(value);

    if (key == NULL || EVP_DigestSignInit(ctx, &pctx, md, NULL, key) != 1)
        die("key");
    (void)fclose(f);
    if (spec->scheme == SG_RSA_PSS &&
        (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
            EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) !=
                1))
        die("PSS");
    if (EVP_DigestSign(ctx, value, &len, tbs.ptr, tbs.len) != 1)
        die("sign");
    if (spec->scheme == SG_ECDSA)
        len = plain_value(key, value, len);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return (struct mh_span){value, len};
}

static int
prepare(char **argv, struct options *o, struct mh_arena *arena)
{
    struct sg_sign_file file = {
        .name = "in.pdf", .bytes = map_file(argv[2]), .mapped = true};
    struct mh_out out = output(argv[3], true);
    struct mh_span value, stamp;
    struct sg_draft draft = {0};
    struct mh_err err = {0};
    enum mh_code code;

    o->spec.certificate = map_file(argv[6]);
    code = sg_family_pdf.prepare(&o->spec, &file, 1, arena, &out, &err, &draft);
    if (code != MH_OK)
        return refused(&err, code);
    save_peak(argv[4]);
    save(argv[4], "state", draft.state);
    save(argv[4], "tbs", draft.tbs);
    value = sign(argv[5], &o->spec, draft.tbs);
    save(argv[4], "value", value);
    code = sg_family_pdf.stamp_input(draft.state, value, arena, &err, &stamp);
    if (code != MH_OK)
        return refused(&err, code);
    save(argv[4], "stamp", stamp);
    return 0;
}

static int
finish(char **argv, int argc, struct mh_arena *arena)
{
    struct sg_sign_extra extra = {0};
    struct mh_out out = output(argv[2], false);
    struct mh_err err = {0};
    enum mh_code code;

    if (argc > 4)
        extra.token = map_file(argv[4]);
    code = sg_family_pdf.finish(saved(argv[3], "state"),
        saved(argv[3], "value"), &extra, arena, &out, &err);
    save_peak(argv[3]);
    return code == MH_OK ? 0 : refused(&err, code);
}

static enum sg_raise
step_of(const char *text)
{
    return strcmp(text, "T") == 0    ? SG_RAISE_T
           : strcmp(text, "LT") == 0 ? SG_RAISE_LT
                                     : SG_RAISE_LTA;
}

static int
imprints(char **argv, const struct options *o, struct mh_arena *arena)
{
    struct sg_sign_file file = {
        .name = "in.pdf", .bytes = map_file(argv[3]), .mapped = true};
    struct mh_out out = output(argv[4], true);
    struct sg_imprint *imprint = NULL;
    struct mh_err err = {0};
    size_t count = 0;
    enum mh_code code = sg_family_pdf.imprints(step_of(argv[2]), o->spec.digest,
        &file, o->spec.time, o->room, arena, &out, &err, &imprint, &count);

    if (code != MH_OK)
        return refused(&err, code);
    printf("%zu\n", count);
    save_peak(argv[5]);
    if (count == 0)
        return 0;
    save(argv[5], "state", imprint->state);
    save(argv[5], "imprint",
        (struct mh_span){imprint->digest, mh_digest_length(o->spec.digest)});
    return 0;
}

static int
apply(char **argv, const struct options *o, struct mh_arena *arena)
{
    enum sg_raise step = step_of(argv[2]);
    struct sg_sign_file file = {
        .name = "in.pdf", .bytes = map_file(argv[3]), .mapped = true};
    struct mh_out out = output(argv[4], step == SG_RAISE_LT);
    struct sg_raise_item item = {.extra = o->extra};
    struct mh_err err = {0};
    enum mh_code code;

    if (step != SG_RAISE_LT)
        item.state = saved(argv[5], "state");
    code = sg_family_pdf.apply(
        step, &file, &item, 1, o->spec.time, arena, &out, &err);
    return code == MH_OK ? 0 : refused(&err, code);
}

static int
text(char **argv, struct mh_arena *arena)
{
    struct mh_span in = map_file(argv[5]);
    uint8_t id[MH_DIGEST_MAX];
    struct df_textpdf doc = {.title = mh_span_str(argv[2]),
        .lang = argv[3],
        .time = strtoll(argv[4], NULL, 10),
        .id = id};
    struct df_text_block *block = NULL;
    struct mh_out out = output(argv[6], true);
    struct mh_err err = {0};
    struct mh_buf pdf;
    enum mh_code code = mh_digest_once(MH_SHA256, in, &err, id);

    mh_buf_init(&pdf, 64 << 20);
    if (code == MH_OK)
        code = df_textpdf_plain(in, arena, &err, &block, &doc.blocks);
    for (size_t i = 0; code == MH_OK && i < doc.blocks; i++)
        if (mh_span_starts(block[i].text, "# ")) {
            block[i].kind = DF_TEXT_HEADING;
            block[i].text.ptr += 2;
            block[i].text.len -= 2;
        }
    doc.block = block;
    if (code == MH_OK)
        code = df_textpdf_write(&doc, arena, &err, &pdf);
    if (code == MH_OK)
        code = mh_out_append(&out, mh_buf_get(&pdf), &err);
    mh_buf_fini(&pdf);
    return code == MH_OK ? 0 : refused(&err, code);
}

int
main(int argc, char **argv)
{
    static struct options o;
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_err err;
    int status = 2;

    if (arena == NULL || mh_digest_init(&err) != MH_OK || argc < 4)
        die("usage");
    if (strcmp(argv[1], "prepare") == 0 && argc >= 7) {
        read_options(&o, argv + 7, argc - 7);
        status = prepare(argv, &o, arena);
    } else if (strcmp(argv[1], "finish") == 0) {
        status = finish(argv, argc, arena);
    } else if (argc >= 6 && strcmp(argv[1], "imprints") == 0) {
        read_options(&o, argv + 6, argc - 6);
        status = imprints(argv, &o, arena);
    } else if (argc >= 6 && strcmp(argv[1], "apply") == 0) {
        read_options(&o, argv + 6, argc - 6);
        status = apply(argv, &o, arena);
    } else if (argc == 7 && strcmp(argv[1], "text") == 0) {
        status = text(argv, arena);
    } else {
        die("usage");
    }
    mh_arena_free(arena);
    return status;
}
