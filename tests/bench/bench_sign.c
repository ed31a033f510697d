/*
 * Ratio 10 of limits.md: signing above the key's time and the hash of the
 * payload.
 *
 *     bench_sign FOLDER [MODULE KEY-URI PIN]     as make_sign.py writes it
 *
 * The steps of signer/sign in this process, in processor time; then the same
 * with the judgement of the result as mohur sign has them done, each by a
 * worker of the warm examiner, in elapsed time: three forks and sandboxes.
 * With a PKCS#11 module, a batch of ADOCs is signed after one login.
 */
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/peer/examiner.h"
#include "base/sys/chan.h"
#include "base/wire/sign.h"
#include "hsm/hsm.h"
#include "signer/sign/sign.h"
#include "signer/verify/warm.h"
#include "tests/bench/measure.h"

enum {
    COORDINATE = 32, /* bytes; P-256 */
    JOBS = 200,      /* documents through the examiner */
    BATCH = 1000,    /* documents with one login */
};

struct bench {
    EVP_PKEY *key;
    struct hsm_token *token; /* used instead of key; NULL: none */
    struct mh_span cert, ca;
    enum sg_as as;
    const char *name;
    struct mh_span file;
    int fd; /* the file */
    struct mh_digest *digest;
    uint8_t value[2 * COORDINATE];
    uint8_t hash[MH_SHA256_LENGTH]; /* what the key is asked for */
    struct mh_examiner *ex;
    struct mh_policy policy;
    double key_time; /* seconds of the rounds so far */
};

static struct mh_arena *
arena(void)
{
    struct mh_arena *a = mh_arena_new(MH_DOC_ARENA_MAX);

    b_need(a != NULL, "memory");
    return a;
}

static void
use_token(struct bench *b)
{
    struct hsm_request request = {.scheme = MH_TOKEN_ECDSA,
        .hash = MH_SHA256,
        .digest = {b->hash, sizeof(b->hash)}};
    struct mh_err err = {.msg = ""};
    uint8_t value[HSM_SIGNATURE_MAX];
    size_t len;

    b_need(hsm_sign(b->token, &request, &err, value, &len) == HSM_OK &&
               len == sizeof(b->value),
        err.msg);
    memcpy(b->value, value, len);
}

/* r||s over the digest, as a token would give it. */
static void
use_key(void *ctx)
{
    struct bench *b = ctx;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(b->key, NULL);
    uint8_t der[128];
    const uint8_t *p = der;
    size_t len = sizeof(der);
    ECDSA_SIG *sig;

    b_need(c != NULL && EVP_PKEY_sign_init(c) == 1 &&
               EVP_PKEY_sign(c, der, &len, b->hash, sizeof(b->hash)) == 1,
        "sign");
    sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
    b_need(sig != NULL, "signature");
    b_need(BN_bn2binpad(ECDSA_SIG_get0_r(sig), b->value, COORDINATE) ==
                   COORDINATE &&
               BN_bn2binpad(ECDSA_SIG_get0_s(sig), b->value + COORDINATE,
                   COORDINATE) == COORDINATE,
        "signature");
    ECDSA_SIG_free(sig);
    EVP_PKEY_CTX_free(c);
}

static void
hash_file(void *ctx)
{
    struct bench *b = ctx;
    uint8_t hash[MH_DIGEST_MAX];

    b_must(mh_digest_start(b->digest, MH_SHA256, NULL), NULL);
    mh_digest_update(b->digest, b->file);
    b_must(mh_digest_finish(b->digest, NULL, hash), NULL);
}

static int
new_file(void)
{
    struct mh_err err = {.msg = ""};
    int fd;

    b_must(mh_memfd_new("out", 0, &err, &fd), &err);
    return fd;
}

/* Prepare, key, finish in this process. */
static void
sign_here(void *ctx)
{
    struct bench *b = ctx;
    struct mh_arena *a = arena();
    struct mh_err err = {.msg = ""};
    struct sg_sign_spec spec = {.as = b->as,
        .level = MH_LEVEL_B,
        .scheme = SG_ECDSA,
        .digest = MH_SHA256,
        .certificate = b->cert,
        .chain = &b->ca,
        .chain_count = 1,
        .time = time(NULL),
        .role = "",
        .place = "",
        .reason = "",
        .lang = MH_AZ};
    struct sg_sign_file file = {b->name, b->file, false};
    struct sg_sign_extra extra = {0};
    int fd = new_file();
    struct mh_out out = mh_out_at(fd, 0);
    struct sg_draft draft;

    b_must(sg_sign_prepare(&spec, &file, 1, a, &out, &err, &draft), &err);
    memcpy(b->hash, draft.digest, sizeof(b->hash));
    use_key(b);
    b_must(sg_sign_finish(draft.state,
               (struct mh_span){b->value, sizeof(b->value)}, &extra, a, &out,
               &err),
        &err);
    b_need(out.at > b->file.len / 4, "output");
    mh_close(&fd);
    mh_arena_free(a);
}

/* A sealed memfd of bytes. */
static int
memfd_of(struct mh_span bytes)
{
    int fd = new_file();

    b_need(write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len, "memfd");
    b_must(mh_memfd_seal(fd, NULL), NULL);
    return fd;
}

static struct mh_span
job(struct bench *b, struct mh_job *j, const int *fd, struct mh_arena *a)
{
    struct mh_err err = {.msg = ""};
    struct mh_ticket ticket;
    struct mh_span result;

    j->policy = b->policy;
    j->time = time(NULL);
    b_must(mh_examiner_submit(b->ex, j, fd, &err, &ticket), &err);
    b_must(mh_examiner_wait(&ticket, a, &err, &result), &err);
    return result;
}

static struct mh_span
step(struct bench *b, const struct mh_sign_request *request, bool with_file,
    int out, struct mh_arena *a)
{
    struct mh_job_input input[2] = {{"request", 0}, {b->name, b->file.len}};
    struct mh_job j = {.kind = MH_JOB_SIGN,
        .option = request->op,
        .input = input,
        .inputs = with_file ? 2 : 1};
    struct mh_span result;
    struct mh_buf buf;
    int fd[3];

    mh_buf_init(&buf, MH_SIGN_MAX);
    mh_sign_request_pack(request, &buf);
    b_need(mh_buf_ok(&buf), "request");
    input[0].size = buf.len;
    fd[0] = memfd_of(mh_buf_get(&buf));
    fd[1] = with_file ? b->fd : out;
    fd[2] = out;
    result = job(b, &j, fd, a);
    mh_buf_fini(&buf);
    mh_close(&fd[0]);
    return result;
}

static void
judge(struct bench *b, int out, struct mh_arena *a)
{
    struct mh_err err = {.msg = ""};
    off_t size = lseek(out, 0, SEEK_END);
    struct mh_job_input input = {"document", (uint64_t)size};
    struct mh_job j = {.kind = MH_JOB_VERIFY, .input = &input, .inputs = 1};
    struct mh_report report;
    char path[40];
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", out);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    b_need(fd >= 0 && size > 0, "output");
    b_must(mh_report_unpack(job(b, &j, &fd, a), a, &err, &report), &err);
    b_need(
        report.sigs == 1 && report.sig[0].sub == MH_NO_CERTIFICATE_CHAIN_FOUND,
        "intact and not trusted");
    mh_close(&fd);
}

/* The same by workers, as mohur sign has it done. */
static void
sign_there(struct bench *b)
{
    struct mh_arena *a = arena();
    struct mh_err err = {.msg = ""};
    struct mh_sign_request request = {.op = MH_SIGN_PREPARE,
        .time = time(NULL),
        .spec = {.as = b->as,
            .level = MH_LEVEL_B,
            .scheme = SG_ECDSA,
            .digest = MH_SHA256,
            .certificate = b->cert,
            .chain = &b->ca,
            .chains = 1,
            .time = time(NULL),
            .role = "",
            .place = "",
            .reason = "",
            .lang = MH_AZ}};
    struct mh_sign_draft draft;
    int out = new_file();
    double from;

    b_must(
        mh_sign_draft_unpack(step(b, &request, true, out, a), a, &err, &draft),
        &err);
    b_need(draft.digest.len == sizeof(b->hash), "digest");
    memcpy(b->hash, draft.digest.ptr, sizeof(b->hash));
    from = b_wall();
    if (b->token != NULL)
        use_token(b);
    else
        use_key(b);
    b->key_time += b_wall() - from;
    request = (struct mh_sign_request){.op = MH_SIGN_FINISH,
        .time = time(NULL),
        .spec = {.role = "", .place = "", .reason = ""},
        .state = draft.state,
        .value = {b->value, sizeof(b->value)}};
    (void)step(b, &request, false, out, a); /* it has no result */
    judge(b, out, a);
    mh_close(&out);
    mh_arena_free(a);
}

static void
load(struct bench *b, const char *folder)
{
    char path[4096];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/key.pem", folder);
    f = fopen(path, "re");
    b_need(f != NULL, path);
    b->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f); /* opened for reading */
    b->digest = mh_digest_new();
    b_need(b->key != NULL && b->digest != NULL, "key");
    b->cert = b_file(folder, "cert.der");
    b->ca = b_file(folder, "ca.der");
    mh_policy_default(&b->policy, false);
}

static void
run(struct bench *b, const char *folder, const char *what)
{
    double here, key, hash, wall[JOBS];
    char line[80];

    b->file = b_file(folder, b->name);
    b->fd = memfd_of(b->file);
    here = b_time(sign_here, b);
    key = b_time(use_key, b);
    hash = b_time(hash_file, b);
    (void)snprintf(line, sizeof(line), "%s: signed in one process", what);
    b_note(line, here);
    b_note("of which the key", key);
    b_note("and the hash of the payload", hash);
    (void)snprintf(line, sizeof(line), "10 %s above key and hash", what);
    b_ratio(line, (here - key - hash) * 1e3, false, 0.5, 0.3, "ms");
    sign_there(b);
    for (int i = 0; i < JOBS; i++) {
        double from = b_wall();

        b->key_time = 0;
        sign_there(b);
        wall[i] = b_wall() - from - b->key_time;
    }
    (void)snprintf(
        line, sizeof(line), "%s: by three workers, without the key", what);
    b_note(line, b_median(wall, JOBS));
    mh_close(&b->fd);
}

/* ADOCs after one login: what a document takes, and what of it the token. */
static void
batch(struct bench *b, char **argv)
{
    struct hsm_options options = {.module = argv[2]};
    struct hsm_login login = {.pin = mh_span_str(argv[4]), .stored = true};
    struct mh_err err = {.msg = ""};
    double from, whole, key;

    b->as = SG_AS_ADOC;
    b->name = "text.txt";
    b->file = b_file(argv[1], b->name);
    b->fd = memfd_of(b->file);
    b_need(hsm_new(&options, argv[3], &err, &b->token) == HSM_OK &&
               hsm_open(b->token, &err) == HSM_OK &&
               hsm_login(b->token, &login, &err) == HSM_OK,
        err.msg);
    b->key_time = 0;
    from = b_wall();
    for (int i = 0; i < BATCH; i++)
        sign_there(b);
    whole = (b_wall() - from) / BATCH;
    key = b->key_time / BATCH;
    b_need(hsm_health(b->token).signatures == BATCH, "signatures");
    b_note("batch of 1,000 ADOCs, one login: a document", whole);
    b_note("of which the token", key);
    b_note("and the rest: three workers and the file", whole - key);
    hsm_free(b->token);
    b->token = NULL;
    mh_close(&b->fd);
}

int
main(int argc, char **argv)
{
    static struct bench b;
    struct mh_err err = {.msg = ""};

    b_need(argc == 2 || argc == 5,
        "usage: bench_sign FOLDER [MODULE KEY-URI PIN]");
    b_must(sg_warm(&err), &err);
    load(&b, argv[1]);
    b_must(mh_examiner_start(NULL, 2, true, &err, &b.ex), &err);
    b.as = SG_AS_EDOC;
    b.name = "text.txt";
    run(&b, argv[1], "EDOC of 20 KB");
    b.as = SG_AS_PDF;
    b.name = "page.pdf";
    run(&b, argv[1], "PDF of 300 KB");
    if (argc == 5)
        batch(&b, argv);
    mh_examiner_free(b.ex);
    EVP_PKEY_free(b.key);
    return b_failed() == 0 ? 0 : 1;
}
