#include "base/peer/examiner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/helper.h"

/* In the order of enum mh_examiner_part. */
static const char *const names[] = {
    "mohur-examiner", "mohur-examiner-pdf", "mohur-examiner-sign"};

enum {
    SNIFF = 1024,  /* bytes that df_detect looks for "%PDF-" in */
    SIDE_MAX = 64, /* workers of one program at once */
};

struct mh_examiner {
    struct mh_helper process[MH_EXAMINER_PARTS];
    bool given;      /* programs are started by somebody else */
    int snapshot_fd; /* for those started later; -1: none */
    char side[8];    /* workers at once, as the programs take it */
    uint64_t next_id;
};

/* What a document may be; whatever may be a PDF needs the second reader. */
static enum mh_examiner_part
sniff(int fd)
{
    uint8_t head[SNIFF + 4];
    ssize_t n = pread(fd, head, sizeof(head), 0);

    if (n >= 4 && memcmp(head, "PK\3\4", 4) == 0)
        return MH_EXAMINER_PLAIN; /* even where a PDF lies first in it */
    return n > 0 && memmem(head, (size_t)n, "%PDF-", 5) != NULL
               ? MH_EXAMINER_PDF
               : MH_EXAMINER_PLAIN;
}

/* The same by its path; what cannot be opened is no PDF. */
static enum mh_examiner_part
sniff_path(const char *path)
{
    enum mh_examiner_part which = MH_EXAMINER_PLAIN;
    int fd = -1;

    if (path != NULL)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0)
        which = sniff(fd);
    mh_close(&fd);
    return which;
}

const char *
mh_examiner_program(enum mh_examiner_part part)
{
    return names[part];
}

static struct mh_examiner *
none_yet(void)
{
    struct mh_examiner *ex = calloc(1, sizeof(*ex));

    for (int i = 0; ex != NULL && i < MH_EXAMINER_PARTS; i++)
        ex->process[i].chan = -1;
    if (ex != NULL)
        ex->snapshot_fd = -1;
    return ex;
}

enum mh_code
mh_examiner_idle(struct mh_err *err, struct mh_examiner **out)
{
    struct mh_examiner *ex = none_yet();

    if (ex == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "examiner: no memory");
    ex->given = true;
    *out = ex;
    return MH_OK;
}

enum mh_code
mh_examiner_start(const char *first, size_t side, bool stays,
    struct mh_err *err, struct mh_examiner **out)
{
    struct mh_examiner *ex = none_yet();
    enum mh_examiner_part which = sniff_path(first);
    enum mh_code code;

    if (ex == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "examiner: no memory");
    (void)snprintf(ex->side, sizeof(ex->side), "%zu%s",
        side > SIDE_MAX ? SIDE_MAX : side, stays ? "+" : ""); /* always fits */
    code = mh_helper_start(names[which], ex->side, err, &ex->process[which]);
    if (code != MH_OK && which != MH_EXAMINER_PLAIN)
        code = mh_helper_start(names[MH_EXAMINER_PLAIN], ex->side, err,
            &ex->process[MH_EXAMINER_PLAIN]); /* the PDF will say so itself */
    if (code == MH_OK)
        *out = ex;
    else
        free(ex);
    return code;
}

void
mh_examiner_free(struct mh_examiner *ex)
{
    if (ex == NULL)
        return;
    for (int i = 0; i < MH_EXAMINER_PARTS; i++)
        if (ex->given)
            mh_close(&ex->process[i].chan);
        else
            mh_helper_end(&ex->process[i]);
    mh_close(&ex->snapshot_fd);
    free(ex);
}

/* A channel that fails is our own trouble, never a fault of the caller's. */
static enum mh_code
give(const struct mh_helper *p, const struct mh_buf *msg, const int *fd,
    size_t fds, struct mh_err *err)
{
    if (mh_chan_send(p->chan, mh_buf_get(msg), fd, fds, err) != MH_OK)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: it is gone");
    return MH_OK;
}

static enum mh_code
set_up(const struct mh_helper *p, int snapshot_fd, struct mh_err *err)
{
    struct mh_buf msg;
    enum mh_code code;

    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_setup_pack(&msg);
    code = give(p, &msg, &snapshot_fd, 1, err);
    mh_buf_fini(&msg);
    return code;
}

enum mh_code
mh_examiner_setup(struct mh_examiner *ex, int snapshot_fd, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    mh_close(&ex->snapshot_fd);
    ex->snapshot_fd = fcntl(snapshot_fd, F_DUPFD_CLOEXEC, 10);
    if (ex->snapshot_fd < 0)
        return mh_fail_sys(err, "examiner: snapshot");
    for (int i = 0; i < MH_EXAMINER_PARTS && code == MH_OK; i++)
        if (ex->process[i].chan >= 0)
            code = set_up(&ex->process[i], snapshot_fd, err);
    return code;
}

enum mh_code
mh_examiner_attach(struct mh_examiner *ex, enum mh_examiner_part part, int chan,
    struct mh_err *err)
{
    mh_close(&ex->process[part].chan);
    ex->process[part].chan = chan;
    return ex->snapshot_fd >= 0
               ? set_up(&ex->process[part], ex->snapshot_fd, err)
               : MH_OK;
}

/* Which program a job is for: trust is compiled by the one that runs. */
static enum mh_examiner_part
program_for(
    const struct mh_examiner *ex, const struct mh_job *job, const int *fd)
{
    if (job->kind == MH_JOB_COMPILE_TRUST)
        return ex->process[MH_EXAMINER_PLAIN].chan < 0 &&
                       ex->process[MH_EXAMINER_PDF].chan >= 0
                   ? MH_EXAMINER_PDF
                   : MH_EXAMINER_PLAIN;
    if (job->kind == MH_JOB_EXTRACT)
        return MH_EXAMINER_PLAIN;
    return job->kind == MH_JOB_SIGN ? MH_EXAMINER_SIGN : sniff(fd[0]);
}

static enum mh_code
process_for(
    struct mh_examiner *ex, enum mh_examiner_part which, struct mh_err *err)
{
    enum mh_code code;

    if (ex->process[which].chan >= 0)
        return MH_OK;
    if (ex->given)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: it is not there yet");
    code = mh_helper_start(names[which], ex->side, err, &ex->process[which]);
    if (code == MH_OK && ex->snapshot_fd >= 0)
        code = set_up(&ex->process[which], ex->snapshot_fd, err);
    return code;
}

static enum mh_code
send_job(const struct mh_helper *p, const struct mh_job *job, const int *fd,
    const int ends[2], struct mh_err *err)
{
    size_t fds = job->inputs + mh_job_writes(job->kind);
    int all[MH_JOB_INPUTS_MAX + 3];
    struct mh_buf msg;
    enum mh_code code;

    all[0] = ends[0]; /* the reply socket */
    all[1] = ends[1]; /* the memfd of a large result */
    memcpy(all + 2, fd, fds * sizeof(*fd));
    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_job_pack(job, &msg);
    if (mh_buf_ok(&msg))
        code = give(p, &msg, all, fds + 2, err);
    else
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "examiner: job too large");
    mh_buf_fini(&msg);
    return code;
}

enum mh_code
mh_examiner_submit(struct mh_examiner *ex, struct mh_job *job, const int *fd,
    struct mh_err *err, struct mh_ticket *out)
{
    int pair[2] = {-1, -1}, output = -1;
    enum mh_examiner_part which;
    enum mh_code code;

    if (job->inputs == 0 || job->inputs > MH_JOB_INPUTS_MAX)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "examiner: too many files");
    job->id = ++ex->next_id;
    which = program_for(ex, job, fd);
    code = process_for(ex, which, err);
    if (code != MH_OK)
        return code;
    code = mh_memfd_new("result",
        job->kind == MH_JOB_COMPILE_TRUST ? MH_SNAPSHOT_SIZE_MAX
                                          : MH_REPORT_SIZE_MAX,
        err, &output);
    if (code == MH_OK)
        code = mh_chan_pair(err, pair);
    if (code == MH_OK)
        code = send_job(
            &ex->process[which], job, fd, (const int[2]){pair[1], output}, err);
    mh_close(&pair[1]);
    if (code != MH_OK) {
        mh_close(&pair[0]);
        mh_close(&output);
        return code;
    }
    *out = (struct mh_ticket){
        .id = job->id, .reply_fd = pair[0], .output_fd = output};
    return MH_OK;
}

void
mh_ticket_drop(struct mh_ticket *ticket)
{
    mh_close(&ticket->reply_fd);
    mh_close(&ticket->output_fd);
}

/* Copies the result before it is looked at: a worker may still write. */
static enum mh_code
take_output(int fd, uint64_t size, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    uint8_t *copy;
    size_t done = 0;

    if (size > MH_SNAPSHOT_SIZE_MAX)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: result too large");
    copy = mh_arena_alloc(arena, (size_t)size);
    if (copy == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "examiner: no memory");
    while (done < size) {
        ssize_t n = pread(fd, copy + done, (size_t)size - done, (off_t)done);

        if (n <= 0)
            return mh_fail(
                err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: result cut");
        done += (size_t)n;
    }
    *out = (struct mh_span){copy, (size_t)size};
    return MH_OK;
}

enum mh_code
mh_examiner_wait(struct mh_ticket *ticket, struct mh_arena *arena,
    struct mh_err *err, struct mh_span *result)
{
    uint8_t *buf = mh_arena_raw(arena, MH_MESSAGE_MAX);
    int fds[MH_MESSAGE_FDS_MAX];
    struct mh_packet packet = {.buf = buf, .fd = fds};
    struct mh_reply reply;
    enum mh_code code = MH_OK;

    if (buf == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "examiner: no memory");
    else if (mh_chan_recv(ticket->reply_fd, err, &packet) != MH_OK ||
             packet.len == 0)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "examiner: the worker died without an answer");
    mh_packet_close(&packet);
    if (code == MH_OK && (mh_reply_unpack((struct mh_span){buf, packet.len},
                              arena, err, &reply) != MH_OK ||
                             reply.id != ticket->id))
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed answer");
    else if (code == MH_OK && reply.code != MH_OK)
        code = mh_fail_finding(err, reply.code, (int)reply.finding,
            MH_NO_OFFSET, "%.150s", reply.message);
    if (code == MH_OK && reply.result.len > 0)
        *result = reply.result; /* in the arena, as the packet is */
    else if (code == MH_OK)
        code = take_output(ticket->output_fd, reply.size, arena, err, result);
    mh_ticket_drop(ticket);
    return code;
}
