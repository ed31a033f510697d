#include "signer/examiner/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/heap.h"
#include "base/sys/image.h"
#include "base/sys/sandbox.h"
#include "base/wire/job.h"
#include "signer/examiner/worker.h"
#include "signer/verify/warm.h"

enum {
    CHANNEL_FD = 3,       /* where mohur puts the channel */
    CHILDREN_MAX = 256,   /* workers at once; callers ask for far fewer */
    WALL_SECONDS = 30,    /* for a small document */
    WALL_BYTES = 4 << 20, /* bytes of input that give one second more */
    POLL_MS = 1000,
    JOB_ARENA = 1 << 20, /* bytes of one unpacked job */
    WARM_JOBS = 2,       /* from this job on keys are made in spare time */
    WARM_KEYS = 16,      /* keys made before looking for a message again */
    WARM_MAX = 2000,     /* keys made in all; the rest each worker makes */
    ISSUERS_MAX = 2,     /* tried for one of them; facts: 4096 (key.c) */
};

struct child {
    pid_t pid;
    int fd;           /* a pidfd: readable when it has ended; -1: none */
    int64_t deadline; /* monotonic seconds */
};

struct zygote {
    int chan;
    size_t side; /* workers at once; the channel keeps further jobs */
    struct mh_map snapshot;
    struct sg_trust *trust;
    struct sg_facts *facts; /* about the trust material alone */
    size_t jobs;            /* forked since the trust material came */
    size_t warmed;          /* anchors whose keys are made */
    struct child child[CHILDREN_MAX];
    size_t children;
    const struct sg_extras *extras;
};

static int64_t
now(void)
{
    struct timespec t;

    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? t.tv_sec : 0;
}

/* Collects the dead and kills whoever is late. */
static void
reap(struct zygote *z)
{
    int status;
    pid_t pid;

    while (z->children > 0 && (pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < z->children; i++)
            if (z->child[i].pid == pid) {
                mh_close(&z->child[i].fd);
                z->child[i] = z->child[--z->children];
                break;
            }
    for (size_t i = 0; i < z->children; i++)
        if (z->child[i].deadline < now())
            (void)kill(z->child[i].pid, SIGKILL); /* reaped next time */
}

/* Whether keys of the trust material are still to be made for later jobs. */
static bool
is_cold(const struct zygote *z)
{
    return z->jobs >= WARM_JOBS && z->warmed < WARM_MAX && z->trust != NULL &&
           z->warmed < sg_trust_count(z->trust);
}

/* Who answers about certificates or gives time-stamps, and is listed beside
   its issuer: no document changes whether that one signed it. */
static void
check_links(struct zygote *z, const struct sg_anchor *a)
{
    const struct sg_anchor *issuer[ISSUERS_MAX];
    enum sg_verdict sig;
    size_t n;

    if ((a->kinds & (SG_KIND_OCSP | SG_KIND_TSA)) == 0)
        return;
    n = sg_trust_by_subject(z->trust, &a->cert->issuer, issuer, ISSUERS_MAX);
    for (size_t i = 0; i < n; i++)
        if (!sg_cert_same(issuer[i]->cert, a->cert) &&
            sg_facts_signed_by(
                z->facts, a->cert, issuer[i]->cert, NULL, &sig) != MH_OK)
            return; /* a worker sees for itself */
}

/* A few of them: a message never waits long. */
static void
warm_some(struct zygote *z)
{
    for (int i = 0; i < WARM_KEYS && is_cold(z); i++) {
        const struct sg_anchor *a = sg_trust_at(z->trust, z->warmed++);

        if (a == NULL)
            continue;
        sg_facts_prime(z->facts, a->cert);
        check_links(z, a);
    }
    if (!is_cold(z))
        mh_heap_settle();
}

static enum mh_code
do_setup(struct zygote *z, struct mh_packet *p, struct mh_err *err)
{
    off_t size;
    enum mh_code code;

    if (p->fds != 1)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "setup: one file wanted");
    size = lseek(p->fd[0], 0, SEEK_END);
    if (size < 0)
        return mh_fail_sys(err, "setup: snapshot");
    sg_trust_free(z->trust);
    z->trust = NULL;
    z->jobs = z->warmed = 0;
    mh_map_fini(&z->snapshot);
    code = mh_map_fd(p->fd[0], (uint64_t)size, err, &z->snapshot);
    if (code == MH_OK)
        code = sg_trust_open(z->snapshot.bytes, err, &z->trust);
    mh_packet_close(p);
    return code;
}

static int64_t
deadline_of(const struct mh_job *job)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < job->inputs; i++)
        bytes += job->input[i].size; /* each at most MH_DOC_SIZE_MAX */
    return now() + WALL_SECONDS + (int64_t)(bytes / WALL_BYTES);
}

/* Forks the worker; the zygote keeps nothing of the job. */
static enum mh_code
do_job(struct zygote *z, struct mh_span bytes, struct mh_packet *p,
    struct mh_err *err)
{
    struct mh_arena *arena = mh_arena_new(JOB_ARENA);
    struct mh_job job;
    enum mh_code code;
    pid_t pid;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "job: no memory");
    code = mh_job_unpack(bytes, arena, err, &job);
    if (code == MH_OK && p->fds != job.inputs + 2 + mh_job_writes(job.kind))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "job: wrong files");
    if (code == MH_OK) {
        pid = fork();
        if (pid == 0) {
            (void)close(z->chan); /* z stays on a page that is shared */
            sg_worker_run(&job, p, z->trust, z->facts, z->extras);
        }
        z->jobs++;
        if (pid > 0)
            z->child[z->children++] = (struct child){
                pid, (int)syscall(SYS_pidfd_open, pid, 0), deadline_of(&job)};
        /* Without a child the caller sees the end of its reply socket. */
    }
    mh_packet_close(p);
    mh_arena_free(arena);
    return code;
}

/* One message; false when the peer is gone or must not be believed. */
static bool
serve(struct zygote *z)
{
    static uint8_t buf[MH_MESSAGE_MAX];
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet p = {.buf = buf, .fd = fds};
    struct mh_span bytes;
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    if (mh_chan_recv(z->chan, &err, &p) != MH_OK || p.len == 0)
        return false;
    bytes = (struct mh_span){buf, p.len};
    switch (mh_message_type(bytes)) {
    case MH_MSG_SETUP:
        code = do_setup(z, &p, &err);
        break;
    case MH_MSG_JOB:
        code = do_job(z, bytes, &p, &err);
        break;
    default:
        code = mh_fail(&err, MH_EFORMAT, MH_NO_OFFSET, "message: unknown");
        break;
    }
    mh_packet_close(&p);
    if (code != MH_OK)
        (void)fprintf(stderr, "examiner: %s\n", err.msg); /* last words */
    return code == MH_OK;
}

static enum mh_code
lock_down(const struct sg_extras *extras, bool stays, struct mh_err *err)
{
    enum mh_code code = mh_sandbox_close_from(4, err);

    if (stays)
        (void)mh_image_own(); /* without it forks are slower */
    if (code == MH_OK)
        code = sg_warm(err);
    if (code == MH_OK && extras->second != NULL)
        code = extras->second->warm(err);
    if (code == MH_OK)
        code = mh_sandbox_prepare(err);
    if (stays)
        mh_heap_settle();
    if (code == MH_OK)
        code = mh_sandbox_confine(err);
    if (code == MH_OK)
        code = mh_sandbox_enter(MH_PROFILE_ZYGOTE, err);
    return code;
}

/*
 * Waits for a message, where another worker may start, and for the end of a
 * worker; true where there is a message.
 */
static bool
wait_some(struct zygote *z, int timeout, bool *idle)
{
    struct pollfd pfd[CHILDREN_MAX + 1];
    nfds_t n = 0;
    bool room = z->children < z->side;

    if (room)
        pfd[n++] = (struct pollfd){.fd = z->chan, .events = POLLIN};
    for (size_t i = 0; !room && i < z->children; i++)
        pfd[n++] = (struct pollfd){.fd = z->child[i].fd, .events = POLLIN};
    *idle = poll(pfd, n, timeout) == 0;
    return room && !*idle && pfd[0].revents != 0;
}

/* The number of workers at once, 1 for anything that is none. */
static size_t
side_of(const char *arg, bool *stays)
{
    size_t n = 0;

    for (; *arg >= '0' && *arg <= '9' && n < CHILDREN_MAX; arg++)
        n = 10 * n + (size_t)(*arg - '0');
    *stays = strcmp(arg, "+") == 0;
    if (*stays)
        arg++;
    return n < 1 || *arg != '\0' ? 1 : n > CHILDREN_MAX ? CHILDREN_MAX : n;
}

int
sg_zygote_main(int argc, char **argv, const struct sg_extras *extras)
{
    static struct zygote z;
    struct mh_err err = {.msg = ""};
    bool stays = false;

    if (argc != 2 || fcntl(CHANNEL_FD, F_GETFD) < 0) {
        (void)fputs("mohur-examiner: started by mohur only\n", stderr);
        return 64;
    }
    z.chan = CHANNEL_FD;
    z.side = side_of(argv[1], &stays);
    if (stays)
        mh_heap_prepare();
    z.extras = extras;
    z.facts = sg_facts_new();
    if (z.facts == NULL || lock_down(extras, stays, &err) != MH_OK) {
        (void)fprintf(stderr, "examiner: %s\n", err.msg); /* last words */
        return 70;
    }
    for (;;) {
        bool cold = is_cold(&z), idle;
        bool message = wait_some(&z,
            cold             ? 0
            : z.children > 0 ? POLL_MS
                             : -1,
            &idle);

        reap(&z);
        if (message && !serve(&z))
            break;
        if (idle && cold)
            warm_some(&z);
    }
    return 0;
}
