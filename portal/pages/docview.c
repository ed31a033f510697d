#include "portal/pages/docview.h"

#include <stdio.h>

#include "base/text.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/store/acts.h"
#include "portal/store/warrants.h"

enum {
    SIGNED = 3, /* the level of a session that a signature began */
};

bool
pt_bytes_open(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_case *c)
{
    if (!c->restricted || who->session.level >= SIGNED)
        return true;
    pt_page_refuse(rq, answer, 403, PT_T("The case is restricted"),
        PT_T("Its documents open only for who has signed in with a signature. "
             "Sign in with Asan İmza and open the document again."));
    return false;
}

/* Whether an auditor gave a basis for this document; else the form for it. */
static bool
under_warrant(
    struct pt_app *app, struct pt_answer *answer, const struct pt_docview *v)
{
    struct mh_err err = {.msg = ""};
    bool holds = false;

    if (pt_store_warrant_holds(app->store, v->d.id, v->who.account.id,
            pt_time(), &err, &holds) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (!holds) {
        answer->status = 303;
        pt_answer_header(
            answer, "Location", "/audit/documents/%s/warrant", v->d.id);
    }
    return holds;
}

bool
pt_docview_find(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_docview *v)
{
    struct mh_err err = {.msg = ""};
    struct pt_asked asked;
    enum mh_code code;

    v->arena = NULL;
    v->shown = rq->gate.method == PT_GET;
    if (!pt_who_must(app, rq, answer, &v->who))
        return false;
    v->arena = mh_arena_new(PT_DOCVIEW_ARENA);
    code = v->arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
               : pt_store_document_get(
                     app->store, rq->param, v->arena, &err, &v->d);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (v->d.id[0] == '\0') {
        pt_page_absent(rq, answer);
        return false;
    }
    mh_hex_encode((struct mh_span){v->d.sha256, PT_HASH}, v->hex);
    v->subject = (struct mh_subject){v->d.name, v->d.size, v->hex};
    asked = (struct pt_asked){&v->who.account, v->d.case_id, v->right};
    if (v->right == PT_MAY_READ_DOCUMENT &&
        v->who.account.role == PT_ROLE_AUDITOR) {
        if (!under_warrant(app, answer, v))
            return false;
        asked.right = PT_MAY_SEE_DOCUMENTS;
    }
    return pt_case_of(app, rq, answer, &asked, &v->c) &&
           (v->right != PT_MAY_READ_DOCUMENT ||
               pt_bytes_open(rq, answer, &v->who, &v->c));
}

bool
pt_docview_opened(struct pt_app *app, struct pt_answer *answer,
    const struct pt_docview *v, const char *what)
{
    char who[32], obj[48], data[64];
    const struct pt_record r = {.ev = "document.opened",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};
    const struct pt_act_opened opened = {
        v->d.id, v->who.account.id, pt_time(), v->who.session.level};
    /* Of an act, the first time of each party counts. */
    bool addressed = v->shown && (v->c.scopes & PT_SCOPE_NOTICES) != 0 &&
                     (v->c.relation == PT_REL_PARTY ||
                         v->c.relation == PT_REL_REPRESENTATIVE ||
                         v->c.relation == PT_REL_READER);
    struct mh_err err = {.msg = ""};

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)v->who.account.id);
    (void)snprintf(obj, sizeof(obj), "filing:%s", v->d.id);
    (void)snprintf(
        data, sizeof(data), "level=%u\npart=%s\n", v->who.session.level, what);
    if ((addressed ? pt_store_act_opened(app->store, &opened, &r, &err)
                   : pt_store_record_add(app->store, &r, opened.at, &err)) !=
        MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    pt_ledger_wake(app->ledger);
    return true;
}

void
pt_pages_set(struct pt_map *m, enum mh_format format, uint32_t pages)
{
    if (pages == 0)
        pt_set_flag(m, "uncounted", true);
    else if (format == MH_FORMAT_PDF || format == MH_FORMAT_JPEG)
        pt_set_int(m, "pages", pages);
    else
        pt_set_int(m, "inside", pages);
}

void
pt_docview_give(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const uint8_t sha256[static PT_HASH],
    const char *name)
{
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;
    uint64_t size = 0;
    int fd = -1;

    if (pt_store_blob_open(app->store, sha256, &err, &fd, &size, &found) !=
        MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT) {
        pt_page_absent(rq, answer);
    } else {
        pt_answer_file(answer, "application/octet-stream", fd, size);
        pt_answer_attachment(answer, name);
    }
}
