#include "portal/signing/making.h"

#include <unistd.h>

#include "base/sys/chan.h"
#include "portal/http/clock.h"

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
