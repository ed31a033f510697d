/*
 * Ratios 5 and 6 of limits.md: payloads of any size, stored and deflated.
 *
 *     bench_stream STORED DEFLATED TINY     containers
 *
 * The two threads of a deflated entry share the work; where other work keeps
 * the processors busy, the wall clock says nothing, and the busier thread's
 * processor time is printed beside it.
 */
#define ZLIB_CONST
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/peer/examiner.h"
#include "base/sys/chan.h"
#include "docformat/docformat.h"
#include "signer/trust/key.h"
#include "signer/verify/document.h"
#include "signer/verify/warm.h"
#include "tests/bench/measure.h"

#define WHEN 1654084800 /* 2022-06-01T12:00:00Z */

enum {
    PIECE = 256 << 10, /* bytes hashed or inflated at once for the floors */
    PIECES = 256,
    RUNS = 3,
};

struct floor {
    uint8_t *piece;
    EVP_MD_CTX *ctx;
    const struct df_zip_entry *entry; /* deflated */
    size_t made;                      /* bytes inflated by the last run */
};

static int
open_file(const char *path, uint64_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

    b_need(end > 0, path);
    *size = (uint64_t)end;
    return fd;
}

static void
hash_pieces(void *ctx)
{
    struct floor *f = ctx;
    uint8_t out[EVP_MAX_MD_SIZE];

    b_need(EVP_DigestInit_ex2(f->ctx, EVP_sha256(), NULL) == 1, "digest");
    for (int i = 0; i < PIECES; i++)
        b_need(EVP_DigestUpdate(f->ctx, f->piece, PIECE) == 1, "digest");
    b_need(EVP_DigestFinal_ex(f->ctx, out, NULL) == 1, "digest");
}

static void
inflate_pieces(void *ctx)
{
    struct floor *f = ctx;
    struct mh_span in = f->entry->data;
    z_stream z = {0};

    b_need(inflateInit2(&z, -MAX_WBITS) == Z_OK, "inflate");
    z.next_in = in.ptr;
    z.avail_in = in.len > 1 << 30 ? 1 << 30 : (uInt)in.len;
    f->made = 0;
    for (int i = 0; i < PIECES; i++) {
        int rc;

        z.next_out = f->piece;
        z.avail_out = PIECE;
        rc = inflate(&z, Z_NO_FLUSH);
        f->made += PIECE - z.avail_out;
        if (rc == Z_STREAM_END)
            break;
        b_need(rc == Z_OK, "inflate");
    }
    (void)inflateEnd(&z); /* what is left does not matter */
}

static double
process_time(void)
{
    struct timespec t;

    b_need(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0, "clock");
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct took {
    double wall;   /* seconds */
    double thread; /* processor time of the busier thread */
};

static void
verify(struct mh_span bytes, struct took *out)
{
    struct mh_policy policy;
    struct sg_verify_input in = {.document = bytes,
        .mapped = true,
        .policy = &policy,
        .time = WHEN,
        .facts = sg_facts_new()};
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    double wall = b_wall(), mine = b_cpu(), all = process_time();

    mh_policy_default(&policy, false);
    b_must(sg_verify_document(&in, arena, &err, &report), &err);
    b_need(report.files == 1 && report.file[0].sha256[0] != '\0', "not hashed");
    mine = b_cpu() - mine;
    all = process_time() - all - mine;
    out->wall = b_wall() - wall;
    out->thread = mine > all ? mine : all;
    sg_facts_free(in.facts);
    mh_arena_free(arena);
}

/* The best of a few runs: what else runs can only make it slower. */
static struct took
best(const char *path)
{
    struct took least = {1e9, 1e9};
    struct mh_err err = {.msg = ""};
    struct mh_map map;
    uint64_t size;
    int fd = open_file(path, &size);

    b_must(mh_map_fd(fd, size, &err, &map), &err);
    for (int r = 0; r < RUNS; r++) {
        struct took t;

        verify(map.bytes, &t);
        least.wall = t.wall < least.wall ? t.wall : least.wall;
        least.thread = t.thread < least.thread ? t.thread : least.thread;
    }
    mh_map_fini(&map);
    mh_close(&fd);
    return least;
}

/* Seconds a byte by the clock on the wall, like what is measured. */
static double
floor_byte(void (*fn)(void *), struct floor *f, const size_t *made)
{
    double least = 1e9;

    for (int r = 0; r < RUNS; r++) {
        double t = b_wall();

        fn(f);
        t = b_wall() - t;
        least = t < least ? t : least;
    }
    return least / (double)*made;
}

/* Its payload and, for the deflated one, the floor of inflating. */
static uint64_t
payload(const char *path, struct floor *f, double *inflate_byte)
{
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_err err = {.msg = ""};
    struct df_notes notes;
    struct df_zip *zip;
    struct mh_map map;
    uint64_t size;
    int fd = open_file(path, &size);

    b_must(mh_map_fd(fd, size, &err, &map), &err);
    df_notes_init(&notes, arena);
    b_must(df_zip_scan(map.bytes, arena, &notes, &err, &zip), &err);
    f->entry = &zip->entries[zip->count - 1];
    size = f->entry->usize;
    if (inflate_byte != NULL)
        *inflate_byte = floor_byte(inflate_pieces, f, &f->made);
    mh_map_fini(&map);
    mh_arena_free(arena);
    mh_close(&fd);
    return size;
}

/* KiB of memory of the largest process below this one, for one document. */
static long
examine(const char *path)
{
    struct mh_err err = {.msg = ""};
    struct mh_examiner *ex;
    uint64_t size;
    int fd = open_file(path, &size);
    struct mh_job_input input = {"document", size};
    struct mh_job job = {
        .kind = MH_JOB_VERIFY, .time = WHEN, .input = &input, .inputs = 1};
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_ticket ticket;
    struct mh_span packed;
    struct rusage u;

    mh_policy_default(&job.policy, false);
    b_must(mh_examiner_start(NULL, 1, true, &err, &ex), &err);
    b_must(mh_examiner_submit(ex, &job, &fd, &err, &ticket), &err);
    b_must(mh_examiner_wait(&ticket, arena, &err, &packed), &err);
    (void)usleep(100000); /* the worker ends: it is counted when reaped */
    mh_examiner_free(ex);
    b_need(getrusage(RUSAGE_CHILDREN, &u) == 0, "getrusage");
    mh_arena_free(arena);
    mh_close(&fd);
    return u.ru_maxrss;
}

/* In a process of its own, whose children are only these. */
static long
memory(const char *path)
{
    int pipe_fd[2];
    long kib = 0;
    pid_t pid;

    b_need(pipe(pipe_fd) == 0, "pipe");
    pid = fork();
    b_need(pid >= 0, "fork");
    if (pid == 0) {
        kib = examine(path);
        _exit(write(pipe_fd[1], &kib, sizeof(kib)) == sizeof(kib) ? 0 : 1);
    }
    (void)close(pipe_fd[1]); /* or its end would never be seen */
    b_need(read(pipe_fd[0], &kib, sizeof(kib)) == sizeof(kib), "memory");
    (void)waitpid(pid, NULL, 0); /* ours */
    (void)close(pipe_fd[0]);
    return kib;
}

static void
measure_memory(char **argv)
{
    double idle = (double)memory(argv[3]) / 1024;

    (void)printf("      memory for a small document: %.1f MiB\n", idle);
    b_ratio("6 memory over that, stored payload",
        (double)memory(argv[1]) / 1024 - idle, false, 16, 8, "MiB");
    b_ratio("6 memory over that, deflated payload",
        (double)memory(argv[2]) / 1024 - idle, false, 16, 8, "MiB");
}

static void
share(const char *name, const char *path, uint64_t bytes, double floor,
    double bar, double goal)
{
    struct took t = best(path);

    (void)printf("      %.2f GB/s; share by the busier thread's processor "
                 "time %.2f\n",
        1e-9 * (double)bytes / t.wall, (double)bytes * floor / t.thread);
    b_ratio(name, (double)bytes * floor / t.wall, true, bar, goal, "");
}

static void
measure_speed(char **argv)
{
    struct floor f = {.piece = calloc(1, PIECE), .ctx = EVP_MD_CTX_new()};
    size_t hashed = (size_t)PIECE * PIECES;
    double hash, inflated;
    uint64_t stored, text;

    b_need(f.piece != NULL && f.ctx != NULL, "memory");
    hash = floor_byte(hash_pieces, &f, &hashed);
    stored = payload(argv[1], &f, NULL);
    text = payload(argv[2], &f, &inflated);
    (void)printf("      floors: SHA-256 %.2f, inflate %.2f GB/s\n", 1e-9 / hash,
        1e-9 / inflated);
    share(
        "5 stored payload, share of SHA-256", argv[1], stored, hash, 0.65, 0.8);
    share("5 deflated payload, share of the slower floor", argv[2], text,
        hash > inflated ? hash : inflated, 0.9, 0.95);
    EVP_MD_CTX_free(f.ctx);
    free(f.piece);
}

int
main(int argc, char **argv)
{
    struct mh_err err = {.msg = ""};

    b_need(argc == 4, "usage: bench_stream STORED DEFLATED TINY");
    measure_memory(argv); /* first: a child starts as large as its parent */
    b_must(sg_warm(&err), &err);
    measure_speed(argv);
    return b_failed() > 0 ? 1 : 0;
}
