#include "portal/signing/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys/chan.h"
#include "portal/filing/draft.h"
#include "portal/filing/filing.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/tmpl.h"
#include "portal/signing/making.h"
#include "portal/store/cases.h"

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
prepare(void *ctx, const struct pt_mobile_key *key, struct mh_arena *arena,
    struct mh_err *err, enum mh_digest_alg *alg, struct mh_span *digest)
{
    struct paper *p = ctx;
    const struct pt_making_of of = {
        p->draft.file, p->draft.files, p->account.fin};
    struct mh_sign_draft draft;
    enum mh_code code =
        pt_making_begin(&p->making, &of, key, arena, err, &draft);

    *alg = draft.alg;
    *digest = draft.digest;
    return code;
}

/* Whether the filer may file still: a signature waits for minutes, and a
   mandate may have ended. */
static enum mh_code
may_file(struct paper *p, const struct pt_made *made, struct mh_err *err)
{
    struct pt_case c = {.relation = PT_REL_NONE};
    char who[32], obj[80];
    const struct pt_record r = {.ev = "filing.refused",
        .who = who,
        .obj = obj,
        .res = "refused",
        .data = "rule=filing-part\n"};
    enum pt_found found = PT_ABSENT;
    enum mh_code code = pt_store_case_get(
        p->app->store, p->draft.case_id, &p->account, err, &c, &found);

    if (code != MH_OK || (found == PT_FOUND && pt_may(c.relation, PT_MAY_FILE)))
        return code;
    (void)snprintf(
        who, sizeof(who), "p:%lld", (long long)p->account.id);   /* fits */
    (void)snprintf(obj, sizeof(obj), "doc:%.64s", made->sha256); /* too */
    code = pt_store_record_add(p->app->store, &r, pt_time(), err);
    pt_ledger_wake(p->app->ledger);
    return code == MH_OK ? mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s",
                               PT_T("You may no longer file in this case"))
                         : code;
}

static enum mh_code
file_it(struct paper *p, const struct pt_made *made, struct mh_err *err,
    char result[static 64])
{
    char name[PT_DOC_NAME_MAX + 1];
    const struct pt_filing f = {.filer = &p->account,
        .case_id = p->draft.case_id,
        .form = p->draft.id,
        .kind = p->draft.kind,
        .title = p->draft.title,
        .note = p->draft.note,
        .file = {name, made->fd, made->size},
        .sha256 = made->sha256};
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    struct pt_filed_as filed = {.doc = {.id = ""}};
    enum mh_code code;

    if (pt_draft_is_pdf(&p->draft))
        (void)snprintf(name, sizeof(name), "%s", p->draft.file[0].name);
    else
        (void)snprintf(name, sizeof(name), "%.60s.edoc", p->draft.kind);
    code = may_file(p, made, err);
    if (code == MH_OK)
        code = arena == NULL
                   ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
                   : pt_filing_make(p->app, &f, arena, err, &filed);
    if (code == MH_OK && filed.rule.what == PT_RULED_REFUSE)
        code = mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s", filed.rule.why);
    else if (code == MH_OK)
        (void)snprintf(result, 64, "%s", filed.doc.id);
    mh_arena_free(arena);
    return code;
}

static enum mh_code
complete(void *ctx, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, char result[static 64])
{
    struct paper *p = ctx;
    struct pt_made made;
    enum mh_code code =
        pt_making_end(&p->making, value, p->draft.id, err, &made);

    (void)arena;
    if (code == MH_OK)
        code = file_it(p, &made, err, result);
    mh_close(&made.fd);
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
