#include "signer/cmd/cmd_trust.h"

#include <getopt.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "base/wire/codes.h"
#include "signer/cmd/trust_files.h"
#include "signer/cmd/trust_load.h"
#include "signer/trust/store.h"

#define ARENA_MAX ((size_t)1 << 30) /* bytes of files and what they become */

int
sg_cmd_trust_error(const char *file, const struct mh_err *err)
{
    const char *code = err->finding != 0
                           ? mh_finding_name((enum mh_finding_code)err->finding)
                           : mh_code_name(err->code);

    (void)fprintf(stderr, "mohur: %s: %s: %s\n", file, code, err->msg);
    return err->code == MH_EINTERNAL ? 70 : 4;
}

int
sg_cmd_trust_usage(const char *what)
{
    (void)fprintf(stderr, "mohur: trust: usage: %s\n", what);
    return 64;
}

enum {
    PATHS_ARG = 1000,
    SIGNERS_ARG = 16
};

struct compile {
    const char *path[PATHS_ARG];
    const char *signer[SIGNERS_ARG];
    struct sg_trust_args args;
    const char *out;
};

static const struct option compile_longs[] = {
    {"out", required_argument, NULL, 'o'},
    {"tl-signer", required_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int
compile_options(struct compile *c, int argc, char **argv)
{
    int opt;

    optind = 0;
    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", compile_longs, NULL)) != -1) {
        switch (opt) {
        case 'o':
            c->out = optarg;
            break;
        case 's':
            if (c->args.signers == SIGNERS_ARG)
                return sg_cmd_trust_usage("too many --tl-signer");
            c->signer[c->args.signers++] = optarg;
            break;
        case 'h':
            (void)puts("usage: mohur trust compile [--tl-signer CERT]... "
                       "--out SNAP PATH...");
            return -1;
        default:
            return sg_cmd_trust_usage("unknown or incomplete option");
        }
    }
    for (; optind < argc && c->args.paths < PATHS_ARG; optind++)
        c->path[c->args.paths++] = argv[optind];
    if (c->out == NULL || c->args.paths == 0 || optind < argc)
        return sg_cmd_trust_usage("compile needs --out SNAP and a PATH");
    c->args.path = c->path;
    c->args.signer = c->signer;
    return 0;
}

/* The worker of the examiner reads what was given; here only bytes arrive. */
static int
compile_run(const struct compile *c, struct mh_arena *arena)
{
    struct mh_examiner *ex = NULL;
    struct mh_err err = {0};
    struct mh_span snapshot = {0};
    const char *bad = NULL;
    enum mh_code rc = mh_examiner_start(NULL, 1, false, &err, &ex);

    if (rc == MH_OK)
        rc = sg_trust_load(ex, &c->args, arena, &err, &bad, &snapshot);
    mh_examiner_free(ex);
    if (rc != MH_OK)
        return sg_cmd_trust_error(bad == NULL ? "trust" : bad, &err);
    if (sg_file_write(c->out, snapshot, &err) != MH_OK)
        return sg_cmd_trust_error(c->out, &err);
    return 0;
}

int
sg_cmd_trust_compile(int argc, char **argv)
{
    struct compile c = {.out = NULL};
    struct mh_arena *arena = mh_arena_new(ARENA_MAX);
    int rc;

    if (arena == NULL)
        return 70;
    rc = compile_options(&c, argc, argv);
    if (rc == 0)
        rc = compile_run(&c, arena);
    mh_arena_free(arena);
    return rc < 0 ? 0 : rc;
}

static void
show_anchor(const struct sg_anchor *a, struct mh_arena *arena)
{
    struct mh_span subject = sg_name_text(&a->cert->subject, arena);
    char hex[2 * MH_SHA256_LENGTH + 1], from[32];

    mh_hex_encode((struct mh_span){a->cert->sha256, MH_SHA256_LENGTH}, hex);
    (void)printf("%s %s%s%s%s%s %.*s\n", hex,
        (a->kinds & SG_KIND_CA) != 0 ? "ca," : "",
        (a->kinds & SG_KIND_OCSP) != 0 ? "ocsp," : "",
        (a->kinds & SG_KIND_TSA) != 0 ? "tsa," : "",
        (a->kinds & SG_KIND_LEAF) != 0 ? "given" : "listed",
        a->qualified ? ",qualified" : "", (int)subject.len,
        (const char *)subject.ptr);
    for (size_t i = 0; i < a->history_count; i++) {
        mh_time_format(a->history[i].from, from);
        (void)printf("  %s %s %.*s\n", from[0] == 0 ? "always" : from,
            a->history[i].granted ? "granted" : "withdrawn", (int)a->list.len,
            (const char *)a->list.ptr);
    }
}

static void
show_notes(const struct sg_trust *t)
{
    struct sg_trust_note note;
    char when[32];

    for (size_t n = 0; sg_trust_note(t, n, INT64_MAX, &note); n++) {
        mh_time_format(note.next_update, when);
        if (note.finding == MH_F_TL_UNVERIFIED)
            (void)printf("list %.*s: signature not checked\n",
                (int)note.list.len, (const char *)note.list.ptr);
        else
            (void)printf("list %.*s: next update %s\n", (int)note.list.len,
                (const char *)note.list.ptr, when);
    }
}

int
sg_cmd_trust_show(int argc, char **argv)
{
    struct mh_arena *arena;
    struct mh_err err = {0};
    struct sg_trust *t = NULL;
    struct mh_span file;
    int rc = 0;

    if (argc != 2 || argv[1][0] == '-')
        return sg_cmd_trust_usage("mohur trust show SNAP");
    arena = mh_arena_new(ARENA_MAX);
    if (arena == NULL)
        return 70;
    if (sg_file_read(argv[1], MH_SNAPSHOT_SIZE_MAX, arena, &err, &file) !=
            MH_OK ||
        sg_trust_open(file, &err, &t) != MH_OK)
        rc = sg_cmd_trust_error(argv[1], &err);
    for (size_t i = 0; rc == 0 && i < sg_trust_count(t); i++) {
        const struct sg_anchor *a = sg_trust_at(t, i);

        if (a == NULL) {
            (void)fprintf(stderr, "mohur: %s: format: damaged\n", argv[1]);
            rc = 4;
        } else {
            show_anchor(a, arena);
        }
    }
    if (rc == 0)
        show_notes(t);
    sg_trust_free(t);
    mh_arena_free(arena);
    return rc;
}

int
sg_cmd_trust(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*fn)(int argc, char **argv);
    } verbs[] = {{"compile", sg_cmd_trust_compile}, {"show", sg_cmd_trust_show},
        {"check", sg_cmd_trust_check}};

    struct mh_err err = {0};

    if (mh_digest_init(&err) != MH_OK)
        return sg_cmd_trust_error("libcrypto", &err);
    for (size_t i = 0; argc >= 2 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].fn(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        (void)puts("mohur trust compile|show|check");
        return 0;
    }
    return sg_cmd_trust_usage("mohur trust compile|show|check");
}
