/*
 * A writer of audit logs for tests/audit.py, with a log key in a file.
 *
 *   audit_tool create DIR KEY ORIGIN ecdsa|ed25519
 *   audit_tool write DIR KEY ORIGIN COUNT BATCH EVERY TAG
 *       appends COUNT records, commits each BATCH, says "ack SIZE", makes a
 *       checkpoint after each EVERY commits (0: none) and says "cp SIZE"
 *   audit_tool sign KEY ORIGIN SIZE ROOT      a checkpoint of anything
 *   audit_tool near DIR INDEX RECORD
 *       a proof by the tiles, its record to the file RECORD; on standard error
 *       the bytes that were read, and "whole" where the tiles did not do
 */
#include <inttypes.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/time.h>

#include "hsm/audit/log.h"
#include "hsm/audit/verify.h"

struct key {
    EVP_PKEY *pkey;
    struct hsm_note_signer signer;
    struct hsm_note_keys *keys;
    struct mh_buf pub;
};

static enum mh_code
sign(void *arg, struct mh_span text, struct mh_err *err, uint8_t *sig,
    size_t max, size_t *len)
{
    EVP_PKEY *pkey = arg;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok;

    *len = max;
    ok = EVP_DigestSignInit(ctx, NULL,
             EVP_PKEY_is_a(pkey, "EC") == 1 ? EVP_sha256() : NULL, NULL,
             pkey) == 1 &&
         EVP_DigestSign(ctx, sig, len, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok ? MH_OK : mh_fail(err, MH_EIO, MH_NO_OFFSET, "key: no signature");
}

static int64_t
now(void *arg)
{
    struct timeval tv;

    (void)arg;
    (void)gettimeofday(&tv, NULL); /* cannot fail */
    return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

static bool
key_load(
    EVP_PKEY *pkey, const char *origin, struct mh_err *err, struct key *out)
{
    unsigned char *spki = NULL;
    uint8_t raw[32];
    size_t len = sizeof(raw);
    bool ec = EVP_PKEY_is_a(pkey, "EC") == 1;
    enum mh_code code;

    out->pkey = pkey;
    out->signer =
        (struct hsm_note_signer){.name = origin, .sign = sign, .arg = pkey};
    mh_buf_init(&out->pub, HSM_NOTE_MAX);
    if (ec)
        len = (size_t)i2d_PUBKEY(pkey, &spki);
    else if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1)
        return false;
    code = hsm_note_key_line(origin, ec ? HSM_NOTE_ECDSA : HSM_NOTE_ED25519,
        (struct mh_span){ec ? spki : raw, len}, err, out->signer.id, &out->pub);
    OPENSSL_free(spki);
    return code == MH_OK &&
           hsm_note_keys_read(mh_buf_get(&out->pub), err, &out->keys) == MH_OK;
}

static EVP_PKEY *
key_file(const char *path, EVP_PKEY *fresh)
{
    FILE *f = fopen(path, fresh != NULL ? "w" : "r");

    if (f == NULL)
        return NULL;
    if (fresh == NULL)
        fresh = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    else if (PEM_write_PrivateKey(f, fresh, NULL, NULL, 0, NULL, NULL) != 1)
        fresh = NULL;
    (void)fclose(f); /* a key of a test */
    return fresh;
}

static int
fail(const struct mh_err *err)
{
    (void)fprintf(stderr, "%s %" PRIu64 " %s\n", mh_code_name(err->code),
        err->offset, err->msg);
    return 1;
}

static struct mh_span
name(char *buf, size_t max, const char *kind, const char *tag, uint64_t i)
{
    int n = snprintf(buf, max, "%s:%.20s-%" PRIu64, kind, tag, i);

    return (struct mh_span){(const uint8_t *)buf, (size_t)n};
}

/* Every third record is a key.use, and the one after it its key.done. */
static enum mh_code
append(struct hsm_log *log, const char *tag, uint64_t i, struct mh_err *err,
    uint64_t *n)
{
    char who[64], obj[64];
    static uint64_t use;
    struct hsm_record r = {.src = MH_SPAN_LIT("keyd"),
        .who = name(who, sizeof(who), "p", tag, i % 7),
        .obj = name(obj, sizeof(obj), "doc", tag, i),
        .res = MH_SPAN_LIT("ok"),
        .data = {{.key = MH_SPAN_LIT("use"), .kind = HSM_VALUE_INT},
            {.key = MH_SPAN_LIT("who"),
                .kind = HSM_VALUE_STRING,
                .string = MH_SPAN_LIT("a \"b\" \\c \xc9\x99")},
            {.key = MH_SPAN_LIT("x"), .kind = HSM_VALUE_BOOL, .number = 1}},
        .data_count = 3};
    enum mh_code code;

    r.data[0].number = (int64_t)(i % 3 == 1 ? use : i);
    r.ev = i % 3 == 0   ? MH_SPAN_LIT(HSM_EV_KEY_USE)
           : i % 3 == 1 ? MH_SPAN_LIT(HSM_EV_KEY_DONE)
                        : MH_SPAN_LIT(HSM_EV_VERDICT);
    code = hsm_log_append(log, &r, err, n);
    if (i % 3 == 0)
        use = *n;
    return code;
}

static int
write_log(char **argv, struct key *key)
{
    struct hsm_log_options options = {
        .clock = now, .signer = &key->signer, .keys = key->keys};
    uint64_t count = strtoull(argv[3], NULL, 10);
    uint64_t batch = strtoull(argv[4], NULL, 10);
    uint64_t every = strtoull(argv[5], NULL, 10), n = 0;
    struct mh_err err = {.msg = ""};
    struct hsm_log *log;

    if (hsm_log_open(argv[0], &options, &err, &log) != MH_OK)
        return fail(&err);
    (void)printf("open %" PRIu64 "\n", hsm_log_size(log));
    for (uint64_t i = 0; i < count; i++) {
        if (append(log, argv[6], i, &err, &n) != MH_OK)
            return fail(&err);
        if ((i + 1) % batch != 0 && i + 1 != count)
            continue;
        if (hsm_log_commit(log, &err) != MH_OK)
            return fail(&err);
        (void)printf("ack %" PRIu64 "\n", hsm_log_size(log));
        (void)fflush(stdout); /* what was said counts */
        if (every == 0 || (i / batch + 1) % every != 0)
            continue;
        if (hsm_log_checkpoint(log, &err, NULL) != MH_OK)
            return fail(&err);
        (void)printf("cp %" PRIu64 "\n", hsm_log_size(log));
        (void)fflush(stdout); /* the same */
    }
    hsm_log_close(log);
    return 0;
}

static int
sign_any(char **argv, const struct key *key)
{
    struct mh_err err = {.msg = ""};
    struct hsm_hash root;
    struct mh_buf out;
    int rc = 0;

    mh_buf_init(&out, HSM_NOTE_MAX);
    if (!hsm_base64_exact(mh_span_str(argv[3]), root.byte, sizeof(root.byte)) ||
        hsm_checkpoint_write(&key->signer, strtoull(argv[2], NULL, 10), &root,
            &err, &out) != MH_OK ||
        fwrite(out.ptr, 1, out.len, stdout) != out.len)
        rc = fail(&err);
    mh_buf_fini(&out);
    return rc;
}

static bool
put(FILE *f, struct mh_span bytes)
{
    return f != NULL && fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len &&
           fflush(f) == 0;
}

static int
near(char **argv, bool first)
{
    const struct hsm_audit_input in = {.dir = argv[0], .first = first};
    struct hsm_proof_cost cost = {.bytes = 0};
    struct mh_err err = {.msg = ""};
    struct mh_buf proof, record;
    FILE *f = fopen(argv[2], "w");
    int rc = 1;

    mh_buf_init(&proof, HSM_PROOF_TEXT_MAX);
    mh_buf_init(&record, HSM_RECORD_MAX);
    if (hsm_audit_prove_near(&in, strtoull(argv[1], NULL, 10), &err, &proof,
            &record, &cost) != MH_OK)
        (void)fail(&err);
    else if (put(stdout, mh_buf_get(&proof)) && put(f, mh_buf_get(&record)))
        rc = 0;
    (void)fprintf(
        stderr, "%" PRIu64 "%s\n", cost.bytes, cost.whole ? " whole" : "");
    if (f != NULL)
        (void)fclose(f); /* flushed */
    mh_buf_fini(&proof);
    mh_buf_fini(&record);
    return rc;
}

int
main(int argc, char **argv)
{
    bool create = argc == 6 && strcmp(argv[1], "create") == 0;
    bool write = argc == 9 && strcmp(argv[1], "write") == 0;
    struct mh_err err = {.msg = "usage"};
    struct key key = {0};
    EVP_PKEY *pkey = NULL;
    int rc = 1;

    if (argc == 5 && strcmp(argv[1], "near") == 0)
        return near(argv + 2, false);
    if (argc == 5 && strcmp(argv[1], "first") == 0)
        return near(argv + 2, true);
    if (create)
        pkey =
            key_file(argv[3], strcmp(argv[5], "ecdsa") == 0
                                  ? EVP_EC_gen("P-256")
                                  : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
    else if (argc > 3)
        pkey = key_file(argv[write ? 3 : 2], NULL);
    if (pkey == NULL ||
        !key_load(pkey, argv[create || write ? 4 : 3], &err, &key))
        return fail(&err);
    if (create)
        rc = hsm_log_create(argv[2], mh_buf_get(&key.pub), &err) == MH_OK
                 ? 0
                 : fail(&err);
    else if (write)
        rc = write_log(argv + 2, &key);
    else if (argc == 6 && strcmp(argv[1], "sign") == 0)
        rc = sign_any(argv + 2, &key);
    hsm_note_keys_free(key.keys);
    mh_buf_fini(&key.pub);
    EVP_PKEY_free(pkey);
    return rc;
}
