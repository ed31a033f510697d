/*
 * Ratios 1, 2 and 3 of limits.md: one small container of level LT, judged in
 * this process, through the examiner, and by the obvious library flow.
 *
 *     bench_verify FOLDER BENCH_ISOLATION
 *
 * FOLDER is as make_input.py writes it.  The floors of ratio 2 are those of
 * ratio 1 and the floor of isolation itself, which limits.md 1 lists too:
 * what bench_isolation, the same steps without a document, takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/peer/examiner.h"
#include "base/sys/chan.h"
#include "signer/trust/key.h"
#include "signer/verify/document.h"
#include "signer/verify/warm.h"
#include "tests/bench/baseline.h"
#include "tests/bench/floors.h"
#include "tests/bench/measure.h"

#define WHEN 1654084800 /* 2022-06-01T12:00:00Z */

enum {
    DOCUMENTS = 32, /* with a signing certificate each */
    ROUNDS = 15,    /* through all of them */
    JOBS = 200,     /* through the examiner */
};

struct set {
    const char *folder;
    const char *kind;
    const char *isolation; /* the program bench_isolation */
    struct mh_span doc[DOCUMENTS];
    int fd[DOCUMENTS]; /* the same in sealed memfds */
    struct mh_span snapshot;
    struct mh_policy policy;
};

static void
load(struct set *s, const char *folder, const char *kind)
{
    struct mh_err err = {.msg = ""};

    *s = (struct set){.folder = folder, .kind = kind};
    mh_policy_default(&s->policy, false);
    s->snapshot = b_file(folder, "trust.snap");
    for (int i = 0; i < DOCUMENTS; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "%s/%02d.edoc", kind, i);
        s->doc[i] = b_file(folder, name);
        b_must(mh_memfd_new("document", 0, &err, &s->fd[i]), &err);
        b_need(write(s->fd[i], s->doc[i].ptr, s->doc[i].len) ==
                   (ssize_t)s->doc[i].len,
            "memfd");
        b_must(mh_memfd_seal(s->fd[i], &err), &err);
    }
}

static void
check(const struct mh_report *r)
{
    b_need(r->verdict == MH_TOTAL_PASSED && r->sigs == 1, "not passed");
}

/* The keys of the services are known, those of signers are not. */
static struct sg_facts *
warm_facts(struct sg_trust *trust)
{
    struct sg_facts *facts = sg_facts_new();
    const struct sg_key *key;
    struct mh_err err = {.msg = ""};

    b_need(facts != NULL, "memory");
    for (size_t i = 0; i < sg_trust_count(trust); i++)
        b_must(
            sg_facts_key(facts, sg_trust_at(trust, i)->cert, &err, &key), &err);
    return facts;
}

static void
verify_one(
    const struct set *s, int i, struct sg_trust *trust, struct sg_facts *facts)
{
    struct sg_verify_input in = {.document = s->doc[i],
        .policy = &s->policy,
        .time = WHEN,
        .trust = trust,
        .facts = facts};
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_err err = {.msg = ""};
    struct mh_report report;

    b_need(arena != NULL, "memory");
    b_must(sg_verify_document(&in, arena, &err, &report), &err);
    check(&report);
    mh_arena_free(arena);
}

static double
in_process(const struct set *s)
{
    double value[ROUNDS];
    struct mh_err err = {.msg = ""};
    struct sg_trust *trust;

    b_must(sg_trust_open(s->snapshot, &err, &trust), &err);
    for (int r = 0; r < ROUNDS; r++) {
        struct sg_facts *facts = warm_facts(trust);
        double from = b_cpu();

        for (int i = 0; i < DOCUMENTS; i++)
            verify_one(s, i, trust, facts);
        value[r] = (b_cpu() - from) / DOCUMENTS;
        sg_facts_free(facts);
    }
    sg_trust_free(trust);
    return b_median(value, ROUNDS);
}

static void
examine_one(struct mh_examiner *ex, const struct set *s, int i)
{
    struct mh_job_input input = {"document", s->doc[i].len};
    struct mh_job job = {.kind = MH_JOB_VERIFY,
        .policy = s->policy,
        .time = WHEN,
        .input = &input,
        .inputs = 1};
    struct mh_arena *arena = mh_arena_new(MH_DOC_ARENA_MAX);
    struct mh_err err = {.msg = ""};
    struct mh_ticket ticket;
    struct mh_span packed;
    struct mh_report report;

    b_must(mh_examiner_submit(ex, &job, &s->fd[i], &err, &ticket), &err);
    b_must(mh_examiner_wait(&ticket, arena, &err, &packed), &err);
    b_must(mh_report_unpack(packed, arena, &err, &report), &err);
    check(&report);
    mh_arena_free(arena);
}

/* Processor time of everybody for that many jobs, start and end included. */
static double
examine(const struct set *s, int jobs, double *wall)
{
    double from = b_cpu() + b_children(), *each;
    struct mh_err err = {.msg = ""};
    struct mh_examiner *ex;
    int fd;

    each = calloc((size_t)jobs + 1, sizeof(*each));
    b_need(each != NULL, "memory");
    b_must(mh_memfd_new("snapshot", 0, &err, &fd), &err);
    b_need(
        write(fd, s->snapshot.ptr, s->snapshot.len) == (ssize_t)s->snapshot.len,
        "memfd");
    b_must(mh_memfd_seal(fd, &err), &err);
    b_must(mh_examiner_start(NULL, 1, true, &err, &ex), &err);
    b_must(mh_examiner_setup(ex, fd, &err), &err);
    for (int i = 0; i < jobs; i++) {
        double t = b_wall();

        examine_one(ex, s, i % DOCUMENTS);
        each[i] = b_wall() - t;
    }
    mh_examiner_free(ex);
    mh_close(&fd);
    if (wall != NULL)
        *wall = b_median(each, (size_t)jobs);
    free(each);
    return b_cpu() + b_children() - from;
}

static double
isolated(const struct set *s)
{
    double value[5], wall[5];

    for (int r = 0; r < 5; r++) {
        double few = examine(s, DOCUMENTS, NULL);

        value[r] = (examine(s, DOCUMENTS + JOBS, &wall[r]) - few) / JOBS;
    }
    b_note("through the examiner, wall", b_median(wall, 5));
    return b_median(value, 5);
}

static pid_t
start_isolation(const char *program, int *chan)
{
    int pair[2];
    struct mh_err err = {.msg = ""};
    pid_t pid;

    b_must(mh_chan_pair(&err, pair), &err);
    pid = fork();
    if (pid == 0) {
        (void)dup2(pair[1], 3); /* a failure ends the program below */
        (void)execl(program, program, (char *)NULL);
        _exit(127);
    }
    mh_close(&pair[1]);
    *chan = pair[0];
    return pid;
}

/* As many jobs without a document's work in them. */
static double
isolate(const struct set *s, int jobs)
{
    static uint8_t buf[MH_MESSAGE_MAX];
    int fds[MH_MESSAGE_FDS_MAX], chan, status = 1;
    struct mh_packet p = {.buf = buf, .fd = fds};
    double from = b_cpu() + b_children();
    struct mh_err err = {.msg = ""};
    pid_t pid = start_isolation(s->isolation, &chan);

    for (int i = 0; i < jobs; i++) {
        int pair[2], give[2] = {-1, s->fd[i % DOCUMENTS]};

        b_must(mh_chan_pair(&err, pair), &err);
        give[0] = pair[1];
        b_must(mh_chan_send(chan, mh_span_str("job"), give, 2, &err), &err);
        mh_close(&pair[1]);
        b_must(mh_chan_recv(pair[0], &err, &p), &err);
        b_need(p.len > 0, "isolation floor: no answer");
        mh_close(&pair[0]);
    }
    mh_close(&chan);
    b_need(waitpid(pid, &status, 0) == pid && status == 0, "isolation floor");
    return b_cpu() + b_children() - from;
}

static double
isolation_floor(const struct set *s)
{
    double value[5];

    for (int r = 0; r < 5; r++) {
        double few = isolate(s, DOCUMENTS);

        value[r] = (isolate(s, DOCUMENTS + JOBS) - few) / JOBS;
    }
    return b_median(value, 5);
}

static double
library_flow(const struct set *s)
{
    struct b_baseline *b = b_baseline_new(s->folder, s->kind);
    double value[ROUNDS];

    b_baseline_run(b, 0);
    for (int r = 0; r < ROUNDS; r++) {
        double from = b_cpu();

        for (int i = 0; i < DOCUMENTS; i++)
            b_baseline_run(b, i);
        value[r] = (b_cpu() - from) / DOCUMENTS;
    }
    b_baseline_free(b);
    return b_median(value, ROUNDS);
}

static void
measure(const char *folder, const struct b_set *of, const char *isolation)
{
    const char *kind = of->kind;
    static struct set s;
    static struct b_parts parts[DOCUMENTS];
    double floors, plain, sandbox, library, fence;

    (void)printf("%s\n", of->text);
    load(&s, folder, kind);
    s.isolation = isolation;
    for (int i = 0; i < DOCUMENTS; i++)
        b_parts_open(folder, kind, i, &parts[i]);
    floors = b_floors(parts, DOCUMENTS);
    for (int i = 0; i < DOCUMENTS; i++)
        b_parts_close(&parts[i]);
    plain = in_process(&s);
    b_note("in this process", plain);
    fence = isolation_floor(&s);
    b_note("floor: fork, lock-down and end of a worker", fence);
    sandbox = isolated(&s);
    b_note("through the examiner, processor time of all", sandbox);
    library = library_flow(&s);
    b_note("obvious library flow", library);
    b_ratio("1 warm, over the floors", plain / floors, false, 1.5, 1.25, "x");
    b_ratio("2 in the sandbox, over all floors", sandbox / (floors + fence),
        false, 2.0, 1.6, "x");
    /* Where the floors are most of the flow, nobody is that much faster. */
    if (library / floors >= 3)
        b_ratio(
            "3 faster than the library flow", library / plain, true, 3, 4, "x");
    else
        (void)printf("      %-52s %10.2f x\n", "library flow, over the floors",
            library / floors);
    for (int i = 0; i < DOCUMENTS; i++)
        mh_close(&s.fd[i]);
}

int
main(int argc, char **argv)
{
    struct mh_err err = {.msg = ""};

    b_need(argc == 3, "usage: bench_verify FOLDER BENCH_ISOLATION");
    b_must(sg_warm(&err), &err);
    for (size_t i = 0; i < B_SETS; i++)
        measure(argv[1], &b_sets[i], argv[2]);
    return b_failed() > 0 ? 1 : 0;
}
