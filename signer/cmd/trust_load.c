#include "signer/cmd/trust_load.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/text.h"
#include "signer/trust/store.h"

/* Files given to one compilation: room is left for signers and the last
 * snapshot. */
enum {
    BATCH = MH_JOB_INPUTS_MAX / 2
};

struct loader {
    struct mh_examiner *ex;
    const struct sg_trust_args *args;
    struct mh_arena *arena;
    struct sg_opened file[MH_JOB_INPUTS_MAX];
    struct mh_job_input input[MH_JOB_INPUTS_MAX];
    size_t count;
    const char *bad;
};

/* The last segment of a path, fit to be shown. */
static const char *
label_of(const char *path, struct mh_arena *arena)
{
    const char *slash = strrchr(path, '/'), *label = NULL;
    struct mh_buf buf;

    mh_buf_init(&buf, MH_REPORT_TEXT_MAX);
    mh_text_clean(mh_span_str(slash == NULL ? path : slash + 1), 200, &buf);
    if (mh_buf_ok(&buf))
        label = mh_arena_str(arena, mh_buf_get(&buf));
    mh_buf_fini(&buf);
    return label == NULL ? "trust" : label;
}

static enum mh_code
add(struct loader *l, const char *path, struct mh_err *err)
{
    struct sg_opened *f = &l->file[l->count];
    enum mh_code code;

    if (l->count == MH_JOB_INPUTS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "trust: too many files");
    code = sg_open(path, err, f);
    if (code != MH_OK) {
        l->bad = path;
        return code;
    }
    l->input[l->count] =
        (struct mh_job_input){label_of(path, l->arena), f->size};
    l->count++;
    if (f->size > MH_SNAPSHOT_SIZE_MAX) {
        l->bad = path;
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "trust: file too large");
    }
    return MH_OK;
}

static void
drop_all(struct loader *l)
{
    for (size_t i = 0; i < l->count; i++)
        sg_opened_fini(&l->file[i]);
    l->count = 0;
}

/* A sealed memfd with these bytes becomes the first input. */
static enum mh_code
put_memfd(struct mh_span bytes, struct mh_err *err, int *out)
{
    enum mh_code code = mh_memfd_new("snapshot", 0, err, out);

    if (code == MH_OK && bytes.len > 0 &&
        write(*out, bytes.ptr, bytes.len) != (ssize_t)bytes.len)
        code = mh_fail_sys(err, "trust: snapshot");
    if (code == MH_OK)
        code = mh_memfd_seal(*out, err);
    return code;
}

static enum mh_code
compile(struct loader *l, struct mh_err *err, struct mh_span *out)
{
    struct mh_job job = {.kind = MH_JOB_COMPILE_TRUST,
        .input = l->input,
        .option = (uint32_t)l->args->signers};
    int fd[MH_JOB_INPUTS_MAX];
    struct mh_ticket ticket;
    enum mh_code code = MH_OK;

    mh_policy_default(&job.policy, false);
    for (size_t i = 0; i < l->args->signers && code == MH_OK; i++)
        code = add(l, l->args->signer[i], err);
    for (size_t i = 0; i < l->count; i++)
        fd[i] = l->file[i].fd;
    job.inputs = l->count;
    if (code == MH_OK)
        code = mh_examiner_submit(l->ex, &job, fd, err, &ticket);
    if (code == MH_OK)
        code = mh_examiner_wait(&ticket, l->arena, err, out);
    drop_all(l);
    return code;
}

static enum mh_code
compile_all(struct loader *l, const struct sg_paths *paths, struct mh_err *err,
    struct mh_span *out)
{
    enum mh_code code = MH_OK;

    *out = (struct mh_span){0};
    for (size_t i = 0; i < paths->count && code == MH_OK;) {
        if (out->len > 0) {
            l->file[0] = (struct sg_opened){.fd = -1, .size = out->len};
            code = put_memfd(*out, err, &l->file[0].fd);
            l->input[0] = (struct mh_job_input){"trust", out->len};
            l->count = 1;
        }
        for (size_t k = 0; k < BATCH && i < paths->count && code == MH_OK;
             k++, i++) {
            code = add(l, paths->path[i], err);
            if (paths->count == 1)
                l->bad = paths->path[i];
        }
        if (code == MH_OK)
            code = compile(l, err, out);
    }
    drop_all(l);
    return code;
}

/* One file that is a snapshot already. */
static enum mh_code
hand_over(struct loader *l, const char *path, struct mh_err *err, bool *done)
{
    struct mh_map map;
    enum mh_code code = add(l, path, err);

    *done = false;
    l->bad = path; /* whatever is wrong from here is wrong with it */
    if (code != MH_OK)
        return code;
    code = mh_map_fd(l->file[0].fd, l->file[0].size, err, &map);
    if (code == MH_OK && sg_trust_is_snapshot(map.bytes)) {
        struct sg_trust *trust;

        code = sg_trust_open(map.bytes, err, &trust);
        if (code == MH_OK) {
            sg_trust_free(trust);
            code = mh_examiner_setup(l->ex, l->file[0].fd, err);
        }
        *done = true;
    }
    mh_map_fini(&map);
    drop_all(l);
    return code;
}

enum mh_code
sg_trust_load(struct mh_examiner *ex, const struct sg_trust_args *args,
    struct mh_arena *arena, struct mh_err *err, const char **bad_path,
    struct mh_span *snapshot)
{
    static struct loader l;
    struct sg_paths paths = {0};
    struct mh_span bytes;
    enum mh_code code;
    bool done = false;
    int fd = -1;

    l = (struct loader){.ex = ex, .args = args, .arena = arena};
    *bad_path = NULL;
    if (args->paths == 0)
        return MH_OK;
    code = sg_paths_expand(args->path, args->paths, arena, err, &paths);
    if (code == MH_OK && paths.count == 0)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "trust: empty folder");
    if (code == MH_OK && args->signers > BATCH - 2)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "trust: too many signers");
    if (code == MH_OK && paths.count == 1 && snapshot == NULL)
        code = hand_over(&l, paths.path[0], err, &done);
    if (code == MH_OK && !done) {
        code = compile_all(&l, &paths, err, &bytes);
        if (code == MH_OK)
            code = put_memfd(bytes, err, &fd);
        if (code == MH_OK)
            code = mh_examiner_setup(ex, fd, err);
        if (code == MH_OK && snapshot != NULL)
            *snapshot = bytes;
    }
    mh_close(&fd);
    *bad_path = l.bad;
    return code;
}
