#include "portal/signing/making.h"

#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "portal/http/clock.h"
#include "portal/pages/tmpl.h"

enum mh_code
pt_making_prepare(struct pt_making *m, const struct pt_making_files *files,
    const struct pt_mobile_key *key, struct mh_arena *arena, struct mh_err *err,
    struct mh_sign_draft *draft)
{
    struct mh_sign_request request = {.op = MH_SIGN_PREPARE,
        .spec = {.as = m->as,
            .scheme = key->scheme,
            .digest = key->digest,
            .level = m->level,
            .certificate = key->certificate,
            .role = "",
            .place = "",
            .reason = ""}};
    struct pt_sign_step step = {&request, files->file, files->files, -1};
    struct mh_span result = {0};
    enum mh_code code = pt_store_work_file(m->app->store, err, &m->prepared);

    m->begun = pt_time();
    request.time = request.spec.time = m->begun;
    step.out_fd = m->prepared.fd;
    *draft = (struct mh_sign_draft){.alg = MH_SHA256};
    if (code == MH_OK)
        code = pt_judge_sign(m->app->judge, &step, arena, err, &result);
    if (code == MH_OK &&
        mh_sign_draft_unpack(result, arena, err, draft) != MH_OK)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed");
    m->state = draft->state;
    return code;
}

static enum mh_code
copy(const struct mh_outfile *from, struct mh_err *err, struct mh_outfile *to)
{
    struct mh_map map = {0};
    uint64_t size = 0;
    size_t at = 0;
    int fd = -1;
    enum mh_code code = mh_outfile_read(from, err, &fd, &size);

    if (code == MH_OK)
        code = mh_map_fd(fd, size, err, &map);
    while (code == MH_OK && at < map.bytes.len) {
        ssize_t n =
            pwrite(to->fd, map.bytes.ptr + at, map.bytes.len - at, (off_t)at);

        if (n <= 0)
            code = mh_fail_sys(err, "sign: work file");
        else
            at += (size_t)n;
    }
    mh_map_fini(&map);
    mh_close(&fd);
    return code;
}

enum mh_code
pt_making_finish(const struct pt_making *m, struct mh_span value,
    enum mh_sig_level level, enum mh_flow_fault *fault, struct mh_err *err,
    struct mh_outfile *out)
{
    const struct mh_flow_value v = {
        .state = m->state, .value = value, .level = level};
    struct mh_flow flow;
    enum mh_code code = pt_store_work_file(m->app->store, err, out);

    pt_judge_flow(m->app->judge, m->app->set.strict, &flow);
    flow.since = m->begun;
    *fault = MH_FLOW_INTERNAL;
    if (code == MH_OK)
        code = copy(&m->prepared, err, out);
    if (code != MH_OK)
        return code;
    code = mh_flow_finish(&flow, &v, err, out);
    *fault = flow.fault;
    return code;
}

/* ---- files of the store, for a person ---- */

static enum mh_code
open_files(struct pt_making *m, const struct pt_making_of *of,
    struct mh_err *err, struct pt_judge_file *file, size_t *files)
{
    enum mh_code code = MH_OK;

    for (*files = 0; *files < of->files && code == MH_OK;) {
        const struct pt_draft_file *f = &of->file[*files];
        enum pt_found found = PT_ABSENT;

        file[*files].name = f->name;
        code = pt_store_blob_open(m->app->store, f->sha256, err,
            &file[*files].fd, &file[*files].size, &found);
        if (code == MH_OK && found == PT_ABSENT)
            code = mh_fail(
                err, MH_EINTERNAL, MH_NO_OFFSET, "draft: a file is gone");
        if (code == MH_OK)
            ++*files;
    }
    return code;
}

enum mh_code
pt_making_begin(struct pt_making *m, const struct pt_making_of *of,
    const struct pt_mobile_key *key, struct mh_arena *arena, struct mh_err *err,
    struct mh_sign_draft *draft)
{
    struct pt_judge_file *file;
    size_t files = 0;
    enum mh_code code;

    *draft = (struct mh_sign_draft){.alg = MH_SHA256};
    if (of->fin[0] == '\0' || strcmp(key->fin, of->fin) != 0)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s",
            PT_T("The certificate behind this telephone is not yours: its FIN "
                 "is another one."));
    file = mh_arena_array(arena, of->files, sizeof(*file));
    if (file == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    code = open_files(m, of, err, file, &files);
    if (code == MH_OK)
        code = pt_making_prepare(
            m, &(struct pt_making_files){file, files}, key, arena, err, draft);
    for (size_t i = 0; i < files; i++)
        mh_close(&file[i].fd);
    return code;
}

/* The outcome as it is read, and its digest. */
static enum mh_code
read_made(
    const struct mh_outfile *from, struct mh_err *err, struct pt_made *out)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_map map = {0};
    enum mh_code code = mh_outfile_read(from, err, &out->fd, &out->size);

    if (code == MH_OK)
        code = mh_map_fd(out->fd, out->size, err, &map);
    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    mh_map_fini(&map);
    if (code == MH_OK)
        mh_hex_encode((struct mh_span){hash, PT_HASH}, out->sha256);
    else
        mh_close(&out->fd);
    return code;
}

enum mh_code
pt_making_end(const struct pt_making *m, struct mh_span value, const char *id,
    struct mh_err *err, struct pt_made *out)
{
    struct mh_outfile file = {.dir = -1, .fd = -1};
    enum mh_flow_fault fault = MH_FLOW_FINE;
    enum mh_code code =
        pt_making_finish(m, value, m->level, &fault, err, &file);

    *out = (struct pt_made){.fd = -1};
    if (code != MH_OK && m->level != MH_LEVEL_B && fault == MH_FLOW_OUTSIDE) {
        mh_log("paper", "draft=%s level=B why=\"%.100s\"", id, err->msg);
        mh_outfile_drop(&file);
        code = pt_making_finish(m, value, MH_LEVEL_B, &fault, err, &file);
    }
    if (code == MH_OK)
        code = read_made(&file, err, out);
    mh_outfile_drop(&file);
    return code;
}
