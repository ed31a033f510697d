#include "portal/api/extend.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys/chan.h"
#include "base/sys/outfile.h"
#include "portal/api/signjob.h"

const char *const pt_extend_files[] = {"file", "data", NULL};

struct raising {
    struct pt_file *document, *data; /* data: what it is detached from */
    enum mh_sig_level level;
};

static enum mh_code
read_request(struct pt_request *rq, struct mh_err *err, struct raising *r)
{
    static const char *const names[] = {"level"};
    const char *unknown;

    if (!pt_form_knows(&rq->form, names, 1, &unknown))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: an unknown field");
    for (size_t i = 0; i < rq->files; i++) {
        struct pt_file *f = &rq->file[i];
        struct pt_file **at =
            strcmp(f->part.name, "data") == 0 ? &r->data : &r->document;

        if (*at != NULL)
            return mh_fail(
                err, MH_EFORMAT, MH_NO_OFFSET, "%s: twice", f->part.name);
        *at = f;
    }
    if (r->document == NULL)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: file");
    r->level = pt_sign_level_of(pt_form_get(&rq->form, "level"), MH_LEVEL_LTA);
    if (r->level < MH_LEVEL_T)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "level: T, LT or LTA");
    return MH_OK;
}

static enum mh_code
raise_it(struct mh_flow *flow, const struct raising *r, struct mh_err *err,
    struct mh_outfile *out, bool *changed)
{
    const struct mh_flow_input input = {
        "document", r->document->spool.fd, r->document->spool.size};

    return mh_flow_raise(flow, r->level, &input, err, out, changed);
}

static void
give(const struct raising *r, const struct mh_outfile *out, bool changed,
    struct pt_answer *answer)
{
    struct mh_err err = {.msg = ""};
    uint64_t size = r->document->spool.size;
    int fd = -1;
    enum mh_code code =
        changed ? mh_outfile_read(out, &err, &fd, &size) : MH_OK;

    if (!changed)
        fd = fcntl(r->document->spool.fd, F_DUPFD_CLOEXEC, 3);
    if (code == MH_OK && fd < 0)
        code = mh_fail_sys(&err, "extend: document");
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_answer_header(answer, "Mohur-Changed", changed ? "true" : "false");
    pt_answer_file(answer, "application/octet-stream", fd, size);
}

void
pt_extend(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_outfile out = {.dir = -1, .fd = -1};
    struct raising r = {.level = MH_LEVEL_NONE};
    struct mh_err err = {.msg = ""};
    struct mh_flow_input data;
    struct mh_flow flow;
    bool changed = false;

    pt_judge_flow(app->judge, app->set.strict, &flow);
    if (read_request(rq, &err, &r) != MH_OK || r.document == NULL) {
        pt_answer_error(answer, &err);
        return;
    }
    if (r.data != NULL) {
        data = (struct mh_flow_input){
            r.data->part.filename, r.data->spool.fd, r.data->spool.size};
        flow.data = &data;
    }
    if (pt_store_work_file(app->store, &err, &out) != MH_OK)
        pt_answer_error(answer, &err);
    else if (raise_it(&flow, &r, &err, &out, &changed) != MH_OK)
        pt_sign_refuse(answer, &flow, &err);
    else
        give(&r, &out, changed, answer);
    mh_outfile_drop(&out);
}
