#include "portal/signing/appsign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys/chan.h"
#include "portal/filing/submit.h"
#include "portal/http/clock.h"
#include "portal/pages/tmpl.h"
#include "portal/signing/making.h"

enum {
    AS_EDOC = 1,       /* enum sg_as (signer/sign/sign.h) */
    ARENA = 128 << 20, /* bytes of the application and of its report */
};

struct work {
    struct pt_app *app;
    struct pt_account account;
    char id[27];
    int64_t version; /* that is signed, and no other */
    struct pt_draft_file *file;
    size_t files;
    struct pt_making making;
};

static enum mh_code
prepare(void *ctx, const struct pt_mobile_key *key, struct mh_arena *arena,
    struct mh_err *err, enum mh_digest_alg *alg, struct mh_span *digest)
{
    struct work *w = ctx;
    const struct pt_making_of of = {w->file, w->files, w->account.fin};
    struct mh_sign_draft draft;
    enum mh_code code =
        pt_making_begin(&w->making, &of, key, arena, err, &draft);

    *alg = draft.alg;
    *digest = draft.digest;
    return code;
}

static enum mh_code
submit(struct work *w, const struct pt_made *made, struct mh_arena *arena,
    struct mh_err *err, char result[static 64])
{
    struct pt_dossier d;
    const struct pt_submission s = {.filer = &w->account,
        .d = &d,
        .file = {"application.edoc", made->fd, made->size},
        .sha256 = made->sha256};
    struct pt_submitted out;
    enum mh_code code =
        pt_dossier_load(w->app->store, w->id, pt_time(), arena, err, &d);

    if (code != MH_OK)
        return code;
    if (d.a.id[0] == '\0' || d.a.version != w->version)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s",
            PT_T("The application was changed or sent meanwhile. Nothing was "
                 "sent with this signature."));
    code = pt_application_submit(w->app, &s, arena, err, &out);
    if (code == MH_OK && out.rule.what == PT_RULED_REFUSE)
        code = mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s", out.rule.why);
    else if (code == MH_OK && out.done != PT_APPLICATION_DONE)
        code = mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s",
            PT_T("The application was changed or sent meanwhile. Nothing was "
                 "sent with this signature."));
    else if (code == MH_OK)
        (void)snprintf(result, 64, "%s", out.document);
    return code;
}

static enum mh_code
complete(void *ctx, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, char result[static 64])
{
    struct work *w = ctx;
    struct mh_arena *own = mh_arena_new(ARENA);
    struct pt_made made;
    enum mh_code code = pt_making_end(&w->making, value, w->id, err, &made);

    (void)arena;
    if (code == MH_OK && own == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (code == MH_OK)
        code = submit(w, &made, own, err, result);
    mh_close(&made.fd);
    mh_arena_free(own);
    return code;
}

static void
release(void *ctx)
{
    struct work *w = ctx;

    mh_outfile_drop(&w->making.prepared);
    free(w->file);
    free(w);
}

enum pt_mobile_begun
pt_application_sign(struct pt_app *app, const struct pt_mobile_asked *asked,
    const struct pt_account *account, const struct pt_dossier *d,
    char id[static 27])
{
    struct work *w = calloc(1, sizeof(*w));
    const struct pt_mobile_work work = {.prepare = prepare,
        .complete = complete,
        .release = release,
        .ctx = w,
        .text = ""};
    const struct pt_draft_file *file = NULL;
    struct mh_err err = {.msg = ""};

    if (w == NULL)
        return PT_MOBILE_FULL;
    if (pt_application_payload(d, &err, &file, &w->files) != MH_OK ||
        (w->file = calloc(w->files, sizeof(*w->file))) == NULL) {
        free(w);
        return PT_MOBILE_FULL;
    }
    memcpy(w->file, file, w->files * sizeof(*w->file));
    w->app = app;
    w->account = *account;
    memcpy(w->id, d->a.id, sizeof(w->id));
    w->version = d->a.version;
    w->making = (struct pt_making){.app = app,
        .as = AS_EDOC,
        .level = app->tsa ? MH_LEVEL_LT : MH_LEVEL_B,
        .prepared = {.dir = -1, .fd = -1}};
    return pt_mobile_begin(app, asked, &work, id);
}
