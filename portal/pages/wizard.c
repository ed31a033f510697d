#include "portal/pages/wizard.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/sys/log.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/pages/appwords.h"

void
pt_wizard_to(struct pt_answer *answer, const char *path)
{
    answer->status = 303;
    pt_answer_header(answer, "Location", "%s", path);
}

void
pt_wizard_go(struct pt_wizard *w, const char *where)
{
    w->answer->status = 303;
    pt_answer_header(
        w->answer, "Location", "/applications/%s%s", w->d.a.id, where);
}

/* ---- who may ---- */

bool
pt_wizard_may(const struct pt_account *account)
{
    return account->role == PT_ROLE_CITIZEN || account->role == PT_ROLE_LAWYER;
}

static bool
arena_of(struct pt_wizard *w)
{
    struct mh_err err = {.msg = ""};

    w->arena = mh_arena_new(PT_WIZARD_ARENA);
    if (w->arena != NULL)
        return true;
    (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    pt_answer_error(w->answer, &err);
    return false;
}

/* A form is one of ours. */
static bool
signed_in(struct pt_wizard *w)
{
    return (w->rq->gate.method != PT_POST ||
               pt_form_is_ours(w->rq, w->answer)) &&
           pt_who_must(w->app, w->rq, w->answer, &w->who);
}

bool
pt_wizard_begin(struct pt_wizard *w)
{
    if (!signed_in(w))
        return false;
    if (!pt_wizard_may(&w->who.account)) {
        pt_page_absent(w->rq, w->answer);
        return false;
    }
    return arena_of(w);
}

void
pt_wizard_end(struct pt_wizard *w)
{
    mh_arena_free(w->arena);
}

/* What who asks is to the application. */
static enum mh_code
relate(struct pt_wizard *w, struct mh_err *err)
{
    const struct pt_application *a = &w->d.a;
    const struct pt_account *who = &w->who.account;
    bool official = false;
    enum mh_code code = MH_OK;

    w->relation = PT_REL_NONE;
    if (a->id[0] == '\0')
        return MH_OK;
    if (a->owner == who->id) {
        w->relation = PT_REL_APPLICANT;
    } else if (a->state >= PT_APPLICATION_SUBMITTED &&
               (who->role == PT_ROLE_CLERK || who->role == PT_ROLE_PRESIDENT)) {
        code = pt_store_application_official(
            w->app->store, a, who->id, err, &official);
        if (official)
            w->relation =
                who->role == PT_ROLE_CLERK ? PT_REL_CLERK : PT_REL_PRESIDENT;
    }
    return code;
}

bool
pt_wizard_open(struct pt_wizard *w, enum pt_right right)
{
    struct mh_err err = {.msg = ""};

    if (!signed_in(w) || !arena_of(w))
        return false;
    if (pt_dossier_load(w->app->store, w->rq->param, pt_time(), w->arena, &err,
            &w->d) != MH_OK ||
        relate(w, &err) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return false;
    }
    if (pt_may(w->relation, right))
        return true;
    pt_page_absent(w->rq, w->answer);
    return false;
}

/* ---- steps ---- */

/* The record of it, and a page that says why. */
static void
refuse(struct pt_wizard *w, const char *to, const char *title, const char *text)
{
    struct mh_err err = {.msg = ""};

    if (pt_application_illegal(w->app, w->who.account.id, &w->d.a, to, &err) !=
        MH_OK)
        pt_answer_error(w->answer, &err);
    else
        pt_page_refuse(w->rq, w->answer, 409, title, text);
}

void
pt_wizard_illegal(struct pt_wizard *w, const char *to)
{
    refuse(w, to, PT_T("This step is not possible with this application"),
        PT_T("It was taken already, or the application is at another one. "
             "Nothing was changed. Open the application to see where it "
             "stands."));
}

bool
pt_wizard_step(struct pt_wizard *w, unsigned step)
{
    const struct pt_application *a = &w->d.a;
    char where[32] = "";
    unsigned next;
    bool good;

    w->step = step;
    if (!pt_wizard_open(w, PT_MAY_WRITE_APPLICATION))
        return false;
    next = pt_application_next(&w->d);
    if (step == PT_APPLICATION_STEPS)
        good = a->state == PT_APPLICATION_AWAITING_SIGNATURE;
    else
        good = a->state == PT_APPLICATION_DRAFT && step <= next;
    if (good)
        return true;
    if (w->rq->gate.method == PT_POST) {
        char to[16];

        (void)snprintf(to, sizeof(to), "step-%u", step);
        pt_wizard_illegal(w, to);
        return false;
    }
    if (a->state == PT_APPLICATION_AWAITING_SIGNATURE)
        (void)snprintf(where, sizeof(where), "/step/%d", PT_APPLICATION_STEPS);
    else if (a->state < PT_APPLICATION_SUBMITTED)
        (void)snprintf(where, sizeof(where), "/step/%u",
            next < PT_APPLICATION_STEPS ? next : PT_APPLICATION_STEPS - 1);
    pt_wizard_go(w, where);
    return false;
}

/* ---- its page ---- */

void
pt_wizard_wrong(
    struct pt_wizard *w, const char *field, const char *name, const char *text)
{
    for (size_t i = 0; i < w->faults; i++)
        if (strcmp(w->fault[i].field, field) == 0)
            return;
    if (w->faults == PT_WIZARD_FAULTS)
        return;
    w->fault[w->faults++] =
        (struct pt_fault){field, name, pt_text(w->lang, text)};
    if (w->status == 0)
        w->status = 422;
}

void
pt_wizard_page(struct pt_wizard *w, struct pt_page *page)
{
    struct pt_map *m = &page->root;
    char id[27];

    pt_page_of(
        page, w->rq, w->answer, pt_application_step_text(w->step), &w->who);
    page->arena = w->arena; /* texts are longer than a request's own */
    pt_set_flag(
        m, w->d.a.act[0] == '\0' ? "in_applications" : "in_complaints", true);
    pt_set(m, "id", w->d.a.id);
    pt_set_int(m, "step", w->step);
    pt_set_int(m, "before", (int64_t)w->step - 1);
    pt_set_flag(m, "first_step", w->step == 1);
    pt_set_int(m, "version", w->d.a.version);
    /* What was refused may be sent again as the same form, but not what
       another window made another form of. */
    if (w->status == 409) {
        pt_id_new(id);
        pt_set(m, "form", id);
    } else {
        pt_form_id_set(m, w->rq);
    }
    for (size_t i = 0; i < w->faults; i++)
        pt_fault_set(page, &w->fault[i]);
}

void
pt_wizard_show(
    struct pt_wizard *w, struct pt_page *page, const struct pt_tmpl *tmpl)
{
    pt_page_end(tmpl, page, w->rq, w->answer, w->faults == 0 ? 200 : w->status);
}

/* ---- saving ---- */

/* What the form says, its files included. */
static enum mh_code
digest_of(const struct pt_request *rq, struct mh_err *err,
    uint8_t out[static PT_HASH])
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf all;
    enum mh_code code = pt_fields_digest(rq, err, out);

    if (code != MH_OK || rq->files == 0)
        return code;
    mh_buf_init(&all, 65536);
    mh_buf_add(&all, out, PT_HASH);
    for (size_t i = 0; i < rq->files; i++) {
        mh_buf_str(&all, rq->file[i].part.name);
        mh_buf_byte(&all, 0);
        mh_buf_str(&all, rq->file[i].part.filename);
        mh_buf_byte(&all, 0);
        mh_buf_str(&all, rq->file[i].spool.sha256);
    }
    code = mh_buf_ok(&all)
               ? mh_digest_once(MH_SHA256, mh_buf_get(&all), err, hash)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (code == MH_OK)
        memcpy(out, hash, PT_HASH);
    mh_buf_fini(&all);
    return code;
}

bool
pt_wizard_by(struct pt_wizard *w, const char *ev)
{
    struct mh_err err = {.msg = ""};
    int64_t version = pt_version_of(w->rq);

    if (!pt_form_id_good(w->rq)) {
        pt_page_refuse(w->rq, w->answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return false;
    }
    if (digest_of(w->rq, &err, w->digest) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return false;
    }
    pt_application_record(
        &w->record, ev == NULL ? "" : ev, w->who.account.id, w->d.a.id);
    if (w->step > 0)
        (void)snprintf(
            w->record.data, sizeof(w->record.data), "step=%u\n", w->step);
    w->by = (struct pt_application_by){.id = w->d.a.id,
        .account = w->who.account.id,
        .version = version,
        .now = pt_time(),
        .form = pt_field(w->rq, "form"),
        .digest = w->digest,
        .record = ev == NULL ? NULL : &w->record.r};
    return true;
}

/* Of a page that saves by itself. */
static void
tell(struct pt_answer *answer, unsigned status, int64_t version)
{
    char id[27];

    pt_id_new(id);
    mh_buf_clear(&answer->body);
    mh_buf_printf(&answer->body, "{\"version\":%lld,\"form\":\"%s\"}\n",
        (long long)version, id);
    answer->status = status;
    answer->type = PT_JSON;
}

static void
stale(struct pt_wizard *w)
{
    if (pt_wizard_do(w, "autosave")) {
        tell(w->answer, 409, w->d.a.version);
        return;
    }
    if (w->step == 0 || w->step == PT_APPLICATION_STEPS) {
        pt_page_refuse(w->rq, w->answer, 409,
            PT_T("It was changed in another window"),
            PT_T("Nothing was done. Open the application again to see it as "
                 "it is now."));
        return;
    }
    w->status = 409;
    pt_wizard_wrong(w, "", "stale",
        PT_T("The draft was changed in another window. What you wrote is "
             "below and is not saved: save it again if it is to stay."));
}

bool
pt_wizard_done(struct pt_wizard *w, enum mh_code code,
    enum pt_application_done done, const struct mh_err *err, const char *to)
{
    mh_log("application", "id=%s to=%s done=%d code=%s", w->d.a.id, to,
        (int)done, mh_code_name(code));
    pt_ledger_wake(w->app->ledger);
    if (code != MH_OK) {
        pt_answer_error(w->answer, err);
        return false;
    }
    switch (done) {
    case PT_APPLICATION_DONE:
        return true;
    case PT_APPLICATION_OTHER:
        pt_page_refuse(w->rq, w->answer, 409, PT_T("This form was sent before"),
            PT_T("It said something else then. Open a new form."));
        break;
    case PT_APPLICATION_STALE:
        stale(w);
        break;
    case PT_APPLICATION_ILLEGAL:
        pt_wizard_illegal(w, to);
        break;
    case PT_APPLICATION_NONE:
        pt_page_absent(w->rq, w->answer);
        break;
    case PT_APPLICATION_UNPAID:
        refuse(w, to, PT_T("The receipt of the fee was not found good"),
            PT_T("No case can come of the application before that. Nothing "
                 "was changed. Open the application, and check the receipt."));
        break;
    case PT_APPLICATION_TAKEN:
        pt_page_refuse(w->rq, w->answer, 409,
            PT_T("This receipt was used before"),
            PT_T("Another application has a receipt of that number. Nothing "
                 "was changed."));
        break;
    case PT_APPLICATION_FULL:
        pt_page_refuse(w->rq, w->answer, 409,
            PT_T("There are as many as there may be"),
            PT_T("Nothing was added. Remove some of what is there first."));
        break;
    }
    return false;
}

bool
pt_wizard_do(const struct pt_wizard *w, const char *what)
{
    return strcmp(pt_field(w->rq, "do"), what) == 0;
}

void
pt_wizard_saved(struct pt_wizard *w)
{
    char where[32];

    if (pt_wizard_do(w, "autosave")) {
        tell(w->answer, 200, w->by.version + 1);
    } else if (pt_wizard_do(w, "leave")) {
        pt_wizard_to(w->answer, "/applications");
    } else {
        (void)snprintf(where, sizeof(where), "/step/%u",
            pt_wizard_do(w, "next") ? w->step + 1 : w->step);
        pt_wizard_go(w, where);
    }
}
