/*
 * The steps of signing containers and CMS files, one a call, for the
 * end-to-end tests: keys, tokens and validation data come from there.
 *
 *     sign_tool prepare|stamp|finish|imprints|apply KEY=VALUE...
 *
 * Values of cert, chain, token, ocsp, crl, state, value, tbs, digest, out and
 * file are paths; a file may be NAME:PATH.  One line says what went wrong:
 * "error CODE FINDING MESSAGE".
 */
#define MH_ALLOW_BANNED
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wire/codes.h"
#include "signer/sign/family.h"

enum {
    MANY = 1100, /* arguments of one kind */
    ARENA = 192 << 20
};

struct args {
    int argc;
    char **argv;
};

static struct mh_arena *arena;

static const char *
get(const struct args *a, const char *key, int n)
{
    size_t len = strlen(key);

    for (int i = 2; i < a->argc; i++)
        if (strncmp(a->argv[i], key, len) == 0 && a->argv[i][len] == '=' &&
            n-- == 0)
            return a->argv[i] + len + 1;
    return NULL;
}

static const char *
text(const struct args *a, const char *key)
{
    const char *v = get(a, key, 0);

    return v == NULL ? "" : v;
}

static void
die(const char *what, const char *path)
{
    (void)fprintf(stderr, "sign_tool: %s: %s\n", what, path);
    exit(2);
}

/* The whole file, mapped read-only. */
static struct mh_span
map(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *p;

    if (fd < 0 || fstat(fd, &st) != 0)
        die("cannot open", path);
    if (st.st_size == 0) {
        (void)close(fd);
        return (struct mh_span){(const uint8_t *)"", 0};
    }
    p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (p == MAP_FAILED)
        die("cannot map", path);
    return (struct mh_span){p, (size_t)st.st_size};
}

static struct mh_span
get_file(const struct args *a, const char *key)
{
    const char *path = get(a, key, 0);

    return path == NULL ? (struct mh_span){0} : map(path);
}

static size_t
get_files(const struct args *a, const char *key, struct mh_span *out)
{
    size_t n = 0;

    for (const char *p = get(a, key, 0); p != NULL && n < MANY;
         p = get(a, key, (int)n))
        out[n++] = map(p);
    return n;
}

static void
put_file(const char *path, struct mh_span bytes)
{
    FILE *f;

    if (path == NULL)
        return;
    f = fopen(path, "wb");
    if (f == NULL || fwrite(bytes.ptr, 1, bytes.len, f) != bytes.len ||
        fclose(f) != 0)
        die("cannot write", path);
}

static int
failed(enum mh_code code, const struct mh_err *err)
{
    (void)printf("error %s %s %s\n", mh_code_name(code),
        err->finding == 0 ? "-"
                          : mh_finding_name((enum mh_finding_code)err->finding),
        err->msg);
    return 1;
}

static unsigned
one_of(const char *name, const char *const *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (names[i] != NULL && strcmp(name, names[i]) == 0)
            return i;
    die("unknown name", name);
    return 0;
}

static enum mh_digest_alg
digest_of(const struct args *a)
{
    static const char *const names[] = {"sha256", "sha384", "sha512", "sha1"};
    static const enum mh_digest_alg algs[] = {
        MH_SHA256, MH_SHA384, MH_SHA512, MH_SHA1};

    return algs[one_of(text(a, "digest-name"), names, 4)];
}

static struct mh_span chain[MANY], certs[MANY], ocsps[MANY], crls[MANY];
static struct sg_sign_file files[MANY];

static struct sg_sign_spec
spec_of(const struct args *a)
{
    static const char *const as[] = {
        "adoc", "edoc", "asice", "asics", "pdf", "cms"};
    static const char *const schemes[] = {NULL, "pkcs1", "pss", "ecdsa"};
    static const char *const levels[] = {
        [MH_LEVEL_B] = "B",
        [MH_LEVEL_T] = "T",
        [MH_LEVEL_LT] = "LT",
        [MH_LEVEL_LTA] = "LTA",
    };

    return (struct sg_sign_spec){.as = (enum sg_as)one_of(text(a, "as"), as, 6),
        .cades = get(a, "cades", 0) != NULL,
        .add = get(a, "add", 0) != NULL,
        .level = (enum mh_sig_level)one_of(
            text(a, "level"), levels, sizeof(levels) / sizeof(levels[0])),
        .scheme = (enum sg_scheme)one_of(text(a, "scheme"), schemes, 4),
        .digest = digest_of(a),
        .certificate = get_file(a, "cert"),
        .chain = chain,
        .chain_count = get_files(a, "chain", chain),
        .time = strtoll(text(a, "time"), NULL, 10),
        .role = text(a, "role"),
        .place = text(a, "place"),
        .reason = ""};
}

static size_t
files_of(const struct args *a)
{
    size_t n = 0;

    for (const char *v = get(a, "file", 0); v != NULL && n < MANY;
         v = get(a, "file", (int)n)) {
        const char *path = strchr(v, ':');
        struct mh_span name = {(const uint8_t *)v, 0};

        if (path == NULL)
            die("no name", v);
        name.len = (size_t)(path - v);
        files[n] = (struct sg_sign_file){
            mh_arena_str(arena, name), map(path + 1), true};
        n++;
    }
    return n;
}

static struct sg_sign_extra
extra_of(const struct args *a)
{
    return (struct sg_sign_extra){.token = get_file(a, "token"),
        .certs = certs,
        .ocsps = ocsps,
        .crls = crls,
        .cert_count = get_files(a, "extra-cert", certs),
        .ocsp_count = get_files(a, "ocsp", ocsps),
        .crl_count = get_files(a, "crl", crls)};
}

/* The output file, at its end. */
static struct mh_out
out_of(const struct args *a, bool fresh)
{
    const char *path = text(a, "out");
    int fd =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | (fresh ? O_TRUNC : 0), 0644);
    off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

    if (end < 0)
        die("cannot write", path);
    return mh_out_at(fd, (uint64_t)end);
}

static int
run_prepare(const struct args *a)
{
    struct sg_sign_spec spec = spec_of(a);
    size_t n = files_of(a);
    struct mh_out out = out_of(a, true);
    struct sg_draft draft = {.alg = MH_DIGEST_NONE};
    struct mh_err err = {.msg = ""};
    enum mh_code code =
        sg_family_asic.prepare(&spec, files, n, arena, &out, &err, &draft);

    if (code != MH_OK)
        return failed(code, &err);
    put_file(get(a, "state", 0), draft.state);
    put_file(get(a, "tbs", 0), draft.tbs);
    put_file(get(a, "digest", 0),
        (struct mh_span){draft.digest, mh_digest_length(draft.alg)});
    return 0;
}

static int
run_stamp(const struct args *a)
{
    struct mh_err err = {.msg = ""};
    struct mh_span bytes = {0};
    enum mh_code code = sg_family_asic.stamp_input(
        get_file(a, "state"), get_file(a, "value"), arena, &err, &bytes);

    if (code != MH_OK)
        return failed(code, &err);
    put_file(get(a, "out", 0), bytes);
    return 0;
}

static int
run_finish(const struct args *a)
{
    struct sg_sign_extra extra = extra_of(a);
    struct mh_out out = out_of(a, false);
    struct mh_err err = {.msg = ""};
    enum mh_code code = sg_family_asic.finish(
        get_file(a, "state"), get_file(a, "value"), &extra, arena, &out, &err);

    return code == MH_OK ? 0 : failed(code, &err);
}

static enum sg_raise
step_of(const struct args *a)
{
    static const char *const names[] = {"T", "LT", "LTA", "RENEW"};

    return (enum sg_raise)one_of(text(a, "step"), names, 4);
}

/* One line an imprint: number, digest; its state in STATE.number. */
static int
run_imprints(const struct args *a)
{
    struct sg_sign_file doc = {"document", get_file(a, "file"), true};
    struct sg_imprint *im = NULL;
    struct mh_err err = {.msg = ""};
    enum mh_digest_alg alg = digest_of(a);
    struct mh_out out = mh_out_at(-1, 0);
    size_t count = 0;
    enum mh_code code = sg_family_asic.imprints(
        step_of(a), alg, &doc, 0, 0, arena, &out, &err, &im, &count);

    if (code != MH_OK)
        return failed(code, &err);
    for (size_t i = 0; i < count; i++) {
        char path[4096], hex[2 * MH_DIGEST_MAX + 1];

        mh_hex_encode(
            (struct mh_span){im[i].digest, mh_digest_length(alg)}, hex);
        (void)snprintf(
            path, sizeof(path), "%s.%zu", text(a, "state"), im[i].sig);
        put_file(path, im[i].state);
        (void)printf("%zu %s\n", im[i].sig, hex);
    }
    return 0;
}

/* sig=N state=PATH token=PATH, once or several times; the rest is shared. */
static int
run_apply(const struct args *a)
{
    static struct sg_raise_item item[MANY];
    struct sg_sign_file doc = {"document", get_file(a, "file"), true};
    struct sg_sign_extra extra = extra_of(a);
    struct mh_out out = out_of(a, true);
    struct mh_err err = {.msg = ""};
    size_t n = 0;
    enum mh_code code;

    for (const char *s = get(a, "sig", 0); s != NULL && n < MANY;
         s = get(a, "sig", (int)n)) {
        const char *state = get(a, "state", (int)n);
        const char *token = get(a, "token", (int)n);

        item[n].sig = strtoul(s, NULL, 10);
        item[n].extra = extra;
        item[n].extra.token = token == NULL ? (struct mh_span){0} : map(token);
        item[n].state = state == NULL ? (struct mh_span){0} : map(state);
        n++;
    }
    code = sg_family_asic.apply(step_of(a), &doc, item, n,
        strtoll(text(a, "time"), NULL, 10), arena, &out, &err);
    return code == MH_OK ? 0 : failed(code, &err);
}

/* The most memory that this program had at once, in KiB. */
static void
put_peak(const char *path)
{
    FILE *in = fopen("/proc/self/status", "r");
    char line[256] = "", number[32] = "";

    while (in != NULL && fgets(line, sizeof(line), in) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            (void)snprintf(
                number, sizeof(number), "%lu", strtoul(line + 6, NULL, 10));
    if (in == NULL || fclose(in) != 0)
        die("cannot read", "/proc/self/status");
    put_file(path, mh_span_str(number));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct args *a);
    } commands[] = {
        {"prepare", run_prepare},
        {"stamp", run_stamp},
        {"finish", run_finish},
        {"imprints", run_imprints},
        {"apply", run_apply},
    };
    const struct args a = {argc, argv};
    int status = 2;

    if (argc < 2 || mh_digest_init(NULL) != MH_OK)
        die("usage", "sign_tool COMMAND KEY=VALUE...");
    arena = mh_arena_new(ARENA);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            status = commands[i].run(&a);
    if (status == 1 && get(&a, "out", 0) != NULL)
        (void)unlink(get(&a, "out", 0)); /* what failed counts for nothing */
    put_peak(get(&a, "peak", 0));
    mh_arena_free(arena);
    return status;
}
