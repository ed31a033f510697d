#include "portal/signing/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "portal/filing/draft.h"
#include "portal/filing/filing.h"
#include "portal/pages/tmpl.h"
#include "portal/signing/making.h"

enum {
    AS_EDOC = 1, /* enum sg_as (signer/sign/sign.h) */
    AS_PDF = 4,
    REPORT_ARENA = 64 << 20, /* bytes of the report of what was signed */
};

struct paper {
    struct pt_app *app;
    struct pt_account account;
    struct pt_draft draft;
    struct pt_making making;
};

static enum mh_code
open_files(struct paper *p, struct mh_err *err, struct pt_judge_file *file,
    size_t *files)
{
    enum mh_code code = MH_OK;

    for (*files = 0; *files < p->draft.files && code == MH_OK;) {
        const struct pt_draft_file *f = &p->draft.file[*files];
        enum pt_found found = PT_ABSENT;

        file[*files].name = f->name;
        code = pt_store_blob_open(p->app->store, f->sha256, err,
            &file[*files].fd, &file[*files].size, &found);
        if (code == MH_OK && found == PT_ABSENT)
            code = mh_fail(
                err, MH_EINTERNAL, MH_NO_OFFSET, "draft: a file is gone");
        if (code == MH_OK)
            ++*files;
    }
    return code;
}

static enum mh_code
prepare(void *ctx, const struct pt_mobile_key *key, struct mh_arena *arena,
    struct mh_err *err, enum mh_digest_alg *alg, struct mh_span *digest)
{
    struct paper *p = ctx;
    struct mh_sign_draft draft = {.alg = MH_SHA256};
    struct pt_judge_file file[PT_DRAFT_FILES];
    size_t files = 0;
    enum mh_code code;

    if (p->account.fin[0] == '\0' || strcmp(key->fin, p->account.fin) != 0)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s",
            PT_T("The certificate behind this telephone is not yours: its FIN "
                 "is another one."));
    code = open_files(p, err, file, &files);
    if (code == MH_OK)
        code = pt_making_prepare(&p->making,
            &(struct pt_making_files){file, files}, key, arena, err, &draft);
    for (size_t i = 0; i < files; i++)
        mh_close(&file[i].fd);
    *alg = draft.alg;
    *digest = draft.digest;
    return code;
}

static enum mh_code
file_it(struct paper *p, const struct mh_outfile *out, struct mh_err *err,
    char result[static 64])
{
    char name[PT_DOC_NAME_MAX + 1], hex[2 * PT_HASH + 1];
    struct pt_filing f = {.filer = &p->account,
        .case_id = p->draft.case_id,
        .form = p->draft.id,
        .kind = p->draft.kind,
        .title = p->draft.title,
        .note = p->draft.note,
        .file = {.name = name, .fd = -1},
        .sha256 = hex};
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    struct pt_filed_as filed = {.doc = {.id = ""}};
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_map map = {0};
    enum mh_code code =
        arena == NULL
            ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
            : mh_outfile_read(out, err, &f.file.fd, &f.file.size);

    if (pt_draft_is_pdf(&p->draft))
        (void)snprintf(name, sizeof(name), "%s", p->draft.file[0].name);
    else
        (void)snprintf(name, sizeof(name), "%.60s.edoc", p->draft.kind);
    if (code == MH_OK)
        code = mh_map_fd(f.file.fd, f.file.size, err, &map);
    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    mh_map_fini(&map);
    if (code == MH_OK) {
        mh_hex_encode((struct mh_span){hash, PT_HASH}, hex);
        code = pt_filing_make(p->app, &f, arena, err, &filed);
    }
    if (code == MH_OK && filed.rule.what == PT_RULED_REFUSE)
        code = mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s", filed.rule.why);
    else if (code == MH_OK)
        (void)snprintf(result, 64, "%s", filed.doc.id);
    mh_close(&f.file.fd);
    mh_arena_free(arena);
    return code;
}

/* Where no authority answers, what was signed is filed without one: a filing
   is lost to no outage. */
static enum mh_code
complete(void *ctx, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, char result[static 64])
{
    struct paper *p = ctx;
    struct mh_outfile out = {.dir = -1, .fd = -1};
    enum mh_flow_fault fault = MH_FLOW_FINE;
    enum mh_code code =
        pt_making_finish(&p->making, value, p->making.level, &fault, err, &out);

    (void)arena;
    if (code != MH_OK && p->making.level != MH_LEVEL_B &&
        fault == MH_FLOW_OUTSIDE) {
        mh_log(
            "paper", "draft=%s level=B why=\"%.100s\"", p->draft.id, err->msg);
        mh_outfile_drop(&out);
        code =
            pt_making_finish(&p->making, value, MH_LEVEL_B, &fault, err, &out);
    }
    if (code == MH_OK)
        code = file_it(p, &out, err, result);
    mh_outfile_drop(&out);
    if (code == MH_OK)
        pt_draft_filed(p->app, &p->draft);
    return code;
}

static void
release(void *ctx)
{
    struct paper *p = ctx;

    mh_outfile_drop(&p->making.prepared);
    free(p);
}

enum pt_mobile_begun
pt_paper_sign(struct pt_app *app, const struct pt_mobile_asked *asked,
    const struct pt_account *account, const struct pt_draft *draft,
    char id[static 27])
{
    struct paper *p = calloc(1, sizeof(*p));
    const struct pt_mobile_work work = {.prepare = prepare,
        .complete = complete,
        .release = release,
        .ctx = p,
        .text = ""};

    if (p == NULL)
        return PT_MOBILE_FULL;
    p->app = app;
    p->account = *account;
    p->draft = *draft;
    p->making = (struct pt_making){.app = app,
        .as = pt_draft_is_pdf(draft) ? AS_PDF : AS_EDOC,
        .level = app->tsa ? MH_LEVEL_LT : MH_LEVEL_B,
        .prepared = {.dir = -1, .fd = -1}};
    return pt_mobile_begin(app, asked, &work, id);
}
