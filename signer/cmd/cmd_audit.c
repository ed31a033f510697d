/* mohur audit: the audit log without the server (cli.md, security.md 10). */
#include "signer/cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "hsm/hsm.h"
#include "signer/cmd/audit_export.h"
#include "signer/cmd/audit_proof.h"
#include "signer/cmd/audit_stamp.h"
#include "signer/cmd/trust_files.h"

#define ARENA      ((size_t)256 << 20) /* bytes: files given */
#define OUT_MAX    (1U << 20)          /* bytes: a report or proof */
#define TRUSTS_MAX 256U                /* --tsa-trust of one call */

struct options {
    const char *key, *index, *out, *record, *proof_json;
    const char *trust[TRUSTS_MAX];
    size_t trusts;
    const char *path; /* DIR or PROOF; NULL: none */
};

static const struct option long_options[] = {
    {"key", required_argument, NULL, 'k'},
    {"tsa-trust", required_argument, NULL, 't'},
    {"index", required_argument, NULL, 'i'},
    {"out", required_argument, NULL, 'o'},
    {"record", required_argument, NULL, 'r'},
    {"proof-json", required_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: mohur audit verify [--key LOG.PUB] [--tsa-trust PATH]... DIR\n"
    "       mohur audit verify --proof-json FILE\n"
    "       mohur audit prove --index N [--out FILE] DIR\n"
    "       mohur audit check --key LOG.PUB --record FILE PROOF\n"
    "       mohur audit export --out FILE DIR\n"
    "verify checks a log, or a copy of one, and names the first record that "
    "is\n"
    "not as it was; prove writes a proof that a record is in the log, check\n"
    "checks one; export makes an evidence package.\n"
    "Exit code 0, or 1 where something is wrong.\n";

/* One error line; what is wrong with a log and what keeps from reading it
   are both 1 (cli.md). */
static int
refuse(const char *what, const struct mh_err *err)
{
    sg_complain(what, mh_code_name(err->code), err->msg);
    return err->code == MH_EINTERNAL ? SG_EXIT_INTERNAL : SG_EXIT_FAILED;
}

static enum mh_code
load_key(const struct options *o, struct mh_arena *arena, struct mh_err *err,
    struct hsm_note_keys **out)
{
    struct mh_span text;
    enum mh_code code = sg_file_read(o->key, HSM_NOTE_MAX, arena, err, &text);

    return code == MH_OK ? hsm_note_keys_read(text, err, out) : code;
}

/* ---- verify ---- */

static void
put_report(const struct options *o, const struct hsm_audit_report *r,
    struct mh_buf *out)
{
    mh_buf_printf(out, "%s\n", r->problems == 0 ? "ok" : "NOT OK");
    mh_buf_printf(out, "records       %llu, of which checkpoints cover %llu\n",
        (unsigned long long)r->records, (unsigned long long)r->covered);
    mh_buf_printf(out, "checkpoints   %llu, key %s\n",
        (unsigned long long)r->checkpoints,
        o->key != NULL ? "given" : "of the log itself: compare it");
    mh_buf_printf(out, "key uses      %llu, under way %llu\n",
        (unsigned long long)r->key_uses, (unsigned long long)r->open);
    mh_buf_printf(out, "tiles         %llu\n", (unsigned long long)r->tiles);
    mh_buf_printf(out, "timestamps    %llu, TSA %s\n",
        (unsigned long long)r->stamps,
        o->trusts > 0 ? "trusted" : "not judged: no --tsa-trust");
    for (size_t i = 0; i < r->problems; i++)
        mh_buf_printf(out, "%s\n", r->problem[i].text);
}

static enum mh_code
judge(const struct options *o, struct mh_arena *arena, const char **what,
    struct mh_err *err, struct hsm_audit_report *out)
{
    struct hsm_audit_input in = {.dir = o->path};
    struct hsm_note_keys *keys = NULL;
    struct sg_audit_tsa *tsa = NULL;
    struct sg_files files = {0};
    enum mh_code code = MH_OK;

    if (o->key != NULL) {
        *what = o->key;
        code = load_key(o, arena, err, &keys);
        in.keys = keys;
    }
    for (size_t i = 0; code == MH_OK && i < o->trusts; i++) {
        *what = o->trust[i];
        code = sg_files_add(&files, o->trust[i], arena, err);
    }
    if (code == MH_OK && o->trusts > 0) {
        code = sg_audit_tsa_new(&files, err, &tsa);
        in.stamp = sg_audit_tsa_judge;
        in.arg = tsa;
    }
    if (code == MH_OK) {
        *what = o->path;
        code = hsm_audit_verify(&in, err, out);
    }
    sg_audit_tsa_free(tsa);
    hsm_note_keys_free(keys);
    return code;
}

static int
print(const struct mh_buf *out)
{
    struct mh_span s = mh_buf_get(out);

    return mh_buf_ok(out) && fwrite(s.ptr, 1, s.len, stdout) == s.len &&
                   fflush(stdout) == 0
               ? SG_EXIT_OK
               : SG_EXIT_INTERNAL;
}

static int
verify(const struct options *o, struct mh_arena *arena)
{
    struct hsm_audit_report report;
    struct mh_err err = {.msg = ""};
    const char *what = o->path;
    struct mh_buf out;
    int rc;

    if (judge(o, arena, &what, &err, &report) != MH_OK)
        return refuse(what, &err);
    mh_buf_init(&out, OUT_MAX);
    put_report(o, &report, &out);
    rc = print(&out);
    mh_buf_fini(&out);
    if (rc == SG_EXIT_OK && report.problems > 0) {
        sg_complain(o->path, "audit", report.problem[0].text);
        rc = SG_EXIT_FAILED;
    }
    return rc;
}

static int
verify_json(const struct options *o, struct mh_arena *arena)
{
    struct mh_err err = {.msg = ""};
    struct mh_span json = {0};

    if (sg_file_read(o->proof_json, SG_PROOF_JSON_MAX, arena, &err, &json) !=
            MH_OK ||
        sg_audit_proof_json(json, &err) != MH_OK)
        return refuse(o->proof_json, &err);
    return puts("ok") < 0 ? SG_EXIT_INTERNAL : SG_EXIT_OK;
}

/* ---- prove, check, export ---- */

static int
prove(const struct options *o, uint64_t index)
{
    struct hsm_audit_input in = {.dir = o->path};
    struct mh_err err = {.msg = ""};
    struct mh_buf proof;
    int rc = SG_EXIT_OK;

    mh_buf_init(&proof, OUT_MAX);
    if (hsm_audit_prove(&in, index, &err, &proof, NULL) != MH_OK)
        rc = refuse(o->path, &err);
    else if (o->out == NULL)
        rc = print(&proof);
    else if (sg_file_write(o->out, mh_buf_get(&proof), &err) != MH_OK)
        rc = refuse(o->out, &err);
    mh_buf_fini(&proof);
    return rc;
}

static int
check(const struct options *o, struct mh_arena *arena)
{
    struct hsm_note_keys *keys = NULL;
    struct hsm_proof *proof = mh_arena_alloc(arena, sizeof(*proof));
    struct mh_err err = {.msg = ""};
    struct mh_span record = {0}, text = {0};
    const char *what = o->key;
    enum mh_code code;

    if (proof == NULL)
        return SG_EXIT_INTERNAL;
    code = load_key(o, arena, &err, &keys);
    if (code == MH_OK) {
        what = o->record;
        code = sg_file_read(o->record, HSM_NOTE_MAX, arena, &err, &record);
    }
    if (code == MH_OK) {
        what = o->path;
        code = sg_file_read(o->path, HSM_PROOF_TEXT_MAX, arena, &err, &text);
    }
    if (code == MH_OK)
        code = hsm_proof_read(text, &err, proof);
    if (code == MH_OK)
        code = hsm_checkpoint_verify(&proof->checkpoint, keys, &err);
    hsm_note_keys_free(keys);
    /* No record ends with a line feed; an editor's is passed over. */
    if (code == MH_OK && !hsm_proof_covers(proof, record) &&
        (record.len == 0 || record.ptr[record.len - 1] != '\n' ||
            !hsm_proof_covers(
                proof, (struct mh_span){record.ptr, record.len - 1})))
        code = mh_fail(&err, MH_EFORMAT, MH_NO_OFFSET,
            "proof: it does not lead from the record to the checkpoint");
    if (code != MH_OK)
        return refuse(what, &err);
    (void)printf("ok: record %llu of a log of %llu, %.*s\n",
        (unsigned long long)proof->index,
        (unsigned long long)proof->checkpoint.size,
        (int)proof->checkpoint.origin.len,
        (const char *)proof->checkpoint.origin.ptr);
    return fflush(stdout) == 0 ? SG_EXIT_OK : SG_EXIT_INTERNAL;
}

static int export(const struct options *o, struct mh_arena *arena)
{
    struct hsm_audit_report report;
    struct mh_err err = {.msg = ""};
    const char *what = o->path;
    struct mh_buf out;
    int rc = SG_EXIT_OK;

    if (judge(o, arena, &what, &err, &report) != MH_OK)
        return refuse(what, &err);
    if (report.problems > 0) {
        sg_complain(o->path, "audit", report.problem[0].text);
        return SG_EXIT_FAILED;
    }
    mh_buf_init(&out, OUT_MAX);
    put_report(o, &report, &out);
    if (sg_audit_export(o->path, o->out, mh_buf_get(&out), &err) != MH_OK)
        rc = refuse(o->out, &err);
    mh_buf_fini(&out);
    return rc;
}

/* ---- the command line ---- */

/* Where the value of an option goes; NULL: it is none that is given once. */
static const char **
place_of(struct options *o, int c)
{
    switch (c) {
    case 'k':
        return &o->key;
    case 'i':
        return &o->index;
    case 'o':
        return &o->out;
    case 'r':
        return &o->record;
    case 'j':
        return &o->proof_json;
    default:
        return NULL;
    }
}

/* 0: go on; else an exit code, or -1 for help. */
static int
read_options(int argc, char **argv, struct options *o)
{
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        const char **one = place_of(o, c);

        if (c == 'h')
            return -1;
        if (c == 't' && o->trusts < TRUSTS_MAX) {
            o->trust[o->trusts++] = optarg;
            continue;
        }
        if (c == 't')
            return sg_usage("--tsa-trust", "given too often");
        if (one == NULL)
            return sg_usage(
                "audit", "unknown or incomplete option; see --help");
        if (*one != NULL)
            return sg_usage("audit", "an option is given twice");
        *one = optarg;
    }
    return 0;
}

/* Which of the options are given, as letters in this order. */
static bool
only(const struct options *o, const char *may, const char *must)
{
    const struct {
        char letter;
        bool given;
    } all[] = {{'k', o->key != NULL}, {'t', o->trusts > 0},
        {'i', o->index != NULL}, {'o', o->out != NULL},
        {'r', o->record != NULL}, {'j', o->proof_json != NULL},
        {'p', o->path != NULL}};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].given ? strchr(may, all[i].letter) == NULL
                         : strchr(must, all[i].letter) != NULL)
            return false;
    return true;
}

static int
run(const char *verb, const struct options *o, struct mh_arena *arena)
{
    uint64_t index;

    if (strcmp(verb, "verify") == 0) {
        if (only(o, "ktp", "p"))
            return verify(o, arena);
        return only(o, "j", "j")
                   ? verify_json(o, arena)
                   : sg_usage("audit verify", "one DIR, or --proof-json FILE");
    }
    if (strcmp(verb, "prove") == 0) {
        if (!only(o, "iop", "ip"))
            return sg_usage("audit prove", "--index N [--out FILE] DIR");
        return hsm_decimal(mh_span_str(o->index), &index)
                   ? prove(o, index)
                   : sg_usage("--index", "not a number");
    }
    if (strcmp(verb, "check") == 0)
        return only(o, "krp", "krp") ? check(o, arena)
                                     : sg_usage("audit check",
                                           "--key LOG.PUB --record FILE PROOF");
    if (strcmp(verb, "export") == 0)
        return only(o, "op", "op") ? export(o, arena)
                                   : sg_usage("audit export", "--out FILE DIR");
    return sg_usage("audit", "verify, prove, check or export; see --help");
}

int
sg_cmd_audit(int argc, char **argv)
{
    struct options o = {.key = NULL};
    struct mh_arena *arena;
    int rc = read_options(argc, argv, &o);

    if (rc < 0)
        return fputs(help, stdout) < 0 ? SG_EXIT_INTERNAL : SG_EXIT_OK;
    if (rc != 0)
        return rc;
    if (optind >= argc || argc - optind > 2)
        return sg_usage("audit", "verify, prove, check or export; see --help");
    o.path = optind + 1 < argc ? argv[optind + 1] : NULL;
    arena = mh_arena_new(ARENA);
    if (arena == NULL || mh_digest_init(NULL) != MH_OK)
        return SG_EXIT_INTERNAL;
    rc = run(argv[optind], &o, arena);
    mh_arena_free(arena);
    return rc;
}
