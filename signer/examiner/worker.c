#include "signer/examiner/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/heap.h"
#include "base/sys/sandbox.h"
#include "signer/trust/key.h"
#include "signer/trust/pem.h"
#include "signer/trust/tl.h"
#include "signer/verify/document.h"
#include "signer/verify/extract.h"
#include "signer/verify/inspect.h"

enum {
    THREAD_BYTES = 8 << 20,    /* of input from which a thread may be started */
    WRITTEN_MORE = 128 << 20,  /* bytes besides the inputs */
    SMALL_DOCUMENT = 64 << 10, /* bytes of heap that one takes */
};

/* A job inside its own process. */
struct work {
    const struct mh_job *job;
    int reply_fd;
    int output_fd;     /* the caller's memfd, for a large result */
    struct mh_buf out; /* the result */
    struct mh_map input[MH_JOB_INPUTS_MAX];
    struct mh_arena *arena;
    struct sg_trust *trust;
    struct sg_facts *facts;
    const struct sg_extras *extras;
    int file_fd;       /* that the job writes; -1: none */
    uint64_t file_max; /* bytes it may get */
};

/* A signed document is what there is, the inputs, and a little more. */
static enum mh_code
measure(struct work *w, uint64_t bytes, struct mh_err *err)
{
    off_t size = lseek(w->file_fd, 0, SEEK_END);

    if (size < 0)
        return mh_fail_sys(err, "worker: file");
    w->file_max = WRITTEN_MORE + (uint64_t)size + bytes + bytes / 64;
    return MH_OK;
}

static enum mh_code
map_all(
    struct work *w, struct mh_packet *p, uint64_t *bytes, struct mh_err *err)
{
    mh_buf_init(&w->out, w->job->kind == MH_JOB_COMPILE_TRUST
                             ? MH_SNAPSHOT_SIZE_MAX
                             : MH_REPORT_SIZE_MAX);
    w->output_fd = p->fd[1];
    w->file_fd = mh_job_writes(w->job->kind) ? p->fd[w->job->inputs + 2] : -1;
    *bytes = 0;
    for (size_t i = 0; i < w->job->inputs; i++) {
        enum mh_code code =
            mh_map_fd(p->fd[i + 2], w->job->input[i].size, err, &w->input[i]);

        if (code != MH_OK)
            return code;
        *bytes += w->job->input[i].size;
    }
    mh_heap_take(SMALL_DOCUMENT);
    w->arena = mh_arena_new(MH_DOC_ARENA_MAX);
    if (w->arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "worker: no memory");
    return w->file_fd < 0 ? MH_OK : measure(w, *bytes, err);
}

static enum mh_code
lock_down(const struct work *w, uint64_t bytes, struct mh_err *err)
{
    bool thread = bytes >= THREAD_BYTES;
    enum mh_code code = mh_sandbox_limits(bytes, thread, w->file_max, err);

    if (code == MH_OK)
        code = mh_sandbox_enter(
            thread ? MH_PROFILE_WORKER_THREAD : MH_PROFILE_WORKER, err);
    return code;
}

/* The result: a small one goes with the reply, any other into the memfd. */
static enum mh_code
put(struct work *w, struct mh_err *err, struct mh_reply *reply)
{
    struct mh_span bytes = mh_buf_get(&w->out);
    void *out;

    if (!mh_buf_ok(&w->out))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "result: too large");
    reply->size = bytes.len;
    if (bytes.len <= MH_REPLY_RESULT_MAX) {
        reply->result = bytes;
        return MH_OK;
    }
    out = mmap(
        NULL, bytes.len, PROT_READ | PROT_WRITE, MAP_SHARED, w->output_fd, 0);
    if (out == MAP_FAILED)
        return mh_fail_sys(err, "worker: output");
    memcpy(out, bytes.ptr, bytes.len);
    return MH_OK;
}

/* What the caller wants besides the report, and gives besides the document. */
static enum mh_code
take_options(struct work *w, struct sg_verify_input *in,
    struct mh_material *material, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    in->needs = (w->job->option & MH_VERIFY_NEEDS) != 0;
    in->chains = (w->job->option & MH_VERIFY_CHAINS) != 0;
    in->holder = (w->job->option & MH_VERIFY_HOLDER) != 0;
    in->pages = (w->job->option & MH_VERIFY_PAGES) != 0;
    if ((w->job->option & MH_VERIFY_MATERIAL) != 0) {
        if (in->data_count == 0)
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "job: no material");
        in->material = material;
        code = mh_material_unpack(
            in->data[--in->data_count].bytes, w->arena, err, material);
    }
    if (code == MH_OK && (w->job->option & MH_VERIFY_LOG_KEY) != 0) {
        if (in->data_count == 0)
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "job: no log key");
        in->log_key = in->data[--in->data_count].bytes;
    }
    return code;
}

static enum mh_code
do_verify(
    struct work *w, const struct sg_verify_input *given, struct mh_err *err)
{
    struct sg_verify_input in = *given;
    struct mh_material material = {0};
    struct mh_report report;
    enum mh_code code = take_options(w, &in, &material, err);

    if (code == MH_OK)
        code = sg_verify_document(&in, w->arena, err, &report);
    if (code == MH_OK)
        mh_report_pack(&report, &w->out);
    return code;
}

static enum mh_code
do_document(struct work *w, struct mh_err *err)
{
    struct sg_named data[MH_JOB_INPUTS_MAX] = {{0}};
    struct sg_verify_input in = {.document = w->input[0].bytes,
        .mapped = true,
        .data = data,
        .data_count = w->job->inputs - 1,
        .policy = &w->job->policy,
        .time = w->job->time,
        .trust = w->trust,
        .facts = w->facts,
        .second = w->extras->second};

    for (size_t i = 1; i < w->job->inputs; i++)
        data[i - 1] =
            (struct sg_named){w->job->input[i].name, w->input[i].bytes};
    return w->job->kind == MH_JOB_INSPECT
               ? sg_inspect_document(
                     in.document, w->job->option == 1, w->arena, err, &w->out)
               : do_verify(w, &in, err);
}

static enum mh_code
do_compile(struct work *w, struct mh_err *err)
{
    struct sg_trust_input input[MH_JOB_INPUTS_MAX];
    struct mh_span signer[MH_JOB_INPUTS_MAX];
    struct sg_trust_sources s = {
        .inputs = input, .tl_signers = signer, .parse_list = sg_tl_parse};

    if (w->job->option >= w->job->inputs)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "trust: no input");
    for (size_t i = 0; i < w->job->inputs; i++)
        if (i < w->job->inputs - w->job->option) {
            input[s.count++] = (struct sg_trust_input){
                w->job->input[i].name, w->input[i].bytes};
        } else {
            bool bad = false;

            if (!sg_pem_der(w->input[i].bytes, "CERTIFICATE", 0, w->arena,
                    &signer[s.tl_signer_count++], &bad) ||
                bad)
                return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                    "%.80s: no certificate", w->job->input[i].name);
        }
    return sg_trust_compile(&s, err, &w->out);
}

static enum mh_code
do_sign(struct work *w, struct mh_err *err)
{
    struct sg_sign_work work = {.job = w->job,
        .input = w->input,
        .out_fd = w->file_fd,
        .arena = w->arena,
        .facts = w->facts};

    if (w->extras->sign == NULL)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "job: not here");
    return w->extras->sign(&work, err, &w->out);
}

static enum mh_code
do_extract(struct work *w, struct mh_err *err)
{
    struct mh_out out = mh_out_at(w->file_fd, 0);
    const struct sg_entry wanted = {
        w->input[0].bytes, mh_span_str(w->job->input[0].name), w->file_max};
    const char *type;
    enum mh_code code = sg_extract_entry(&wanted, w->arena, err, &out, &type);

    if (code == MH_OK)
        mh_buf_str(&w->out, type);
    return code;
}

static enum mh_code
do_job(struct work *w, struct mh_err *err)
{
    switch (w->job->kind) {
    case MH_JOB_VERIFY:
    case MH_JOB_INSPECT:
        return do_document(w, err);
    case MH_JOB_COMPILE_TRUST:
        return do_compile(w, err);
    case MH_JOB_SIGN:
        return do_sign(w, err);
    case MH_JOB_EXTRACT:
        return do_extract(w, err);
    case MH_JOB_KINDS:
        break;
    }
    return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "job: unknown kind");
}

static void
answer(struct work *w, const struct mh_reply *reply)
{
    struct mh_buf msg;

    mh_buf_init(&msg, MH_MESSAGE_MAX);
    mh_reply_pack(reply, &msg);
    if (mh_buf_ok(&msg) &&
        mh_chan_send(w->reply_fd, mh_buf_get(&msg), NULL, 0, NULL) != MH_OK)
        _exit(71); /* nobody is waiting any more */
    mh_buf_fini(&msg);
}

_Noreturn void
sg_worker_run(const struct mh_job *job, struct mh_packet *packet,
    struct sg_trust *trust, struct sg_facts *facts,
    const struct sg_extras *extras)
{
    static struct work w;
    struct mh_err err = {.msg = ""};
    struct mh_reply reply = {.id = job->id, .message = ""};
    uint64_t bytes = 0;

    w.job = job;
    w.reply_fd = packet->fd[0];
    w.trust = trust;
    w.facts = facts;
    w.extras = extras;
    reply.code = map_all(&w, packet, &bytes, &err);
    if (reply.code == MH_OK && lock_down(&w, bytes, &err) != MH_OK) {
        (void)fprintf(stderr, "examiner: %s\n", err.msg); /* last words */
        _exit(70); /* never touch input outside the sandbox */
    }
    if (reply.code == MH_OK)
        reply.code = do_job(&w, &err);
    if (reply.code == MH_OK)
        reply.code = put(&w, &err, &reply);
    if (reply.code != MH_OK) {
        reply.message = err.msg;
        reply.finding = err.finding > 0 ? (uint32_t)err.finding : 0;
        reply.result = (struct mh_span){0};
    }
    answer(&w, &reply);
    _exit(0);
}
