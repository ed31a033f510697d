#include "portal/pages/appsign.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/pages/apppage.h"
#include "portal/pages/appvenue.h"
#include "portal/pages/appwords.h"
#include "portal/pages/asan.h"
#include "portal/pages/papersign.h"
#include "portal/signing/appsign.h"

/* The line that signs it, without the key. */
static void
set_command(struct pt_wizard *w, struct pt_map *m)
{
    struct mh_buf line;

    mh_buf_init(&line, 65536);
    mh_buf_str(&line, "mohur sign --as edoc \"" PT_APPLICATION_PDF "\"");
    for (size_t i = 0; i < w->d.files.count; i++) {
        mh_buf_str(&line, " \"");
        mh_buf_str(&line, w->d.files.item[i].name);
        mh_buf_str(&line, "\"");
    }
    if (mh_buf_ok(&line))
        pt_set_span(m, "command", mh_buf_get(&line));
    mh_buf_fini(&line);
}

/* What has changed below it since: rules of the court, fees. */
static void
check_rules(struct pt_wizard *w)
{
    struct pt_application_fault f;
    unsigned next = pt_application_next(&w->d);

    if (next < PT_APPLICATION_STEPS && !pt_application_step(&w->d, next, &f))
        pt_wizard_wrong(w, "", "wrong_rules", pt_application_fault_text(&f));
}

static void
show(struct pt_wizard *w)
{
    struct pt_page page;
    struct pt_map *m = &page.root;
    struct mh_err err = {.msg = ""};

    check_rules(w);
    pt_wizard_page(w, &page);
    if (pt_venue_hint(w, m, &err) != MH_OK) {
        pt_answer_error(w->answer, &err);
        return;
    }
    pt_set_flag(m, "may_change", true);
    pt_set_flag(m, "mobile", w->app->mobile != NULL);
    pt_set_flag(m, "declared", strcmp(pt_field(w->rq, "declare"), "yes") == 0);
    pt_set(m, "phone", pt_field(w->rq, "phone"));
    pt_set(m, "user_id", pt_field(w->rq, "user_id"));
    set_command(w, m);
    if (pt_application_describe(w, m))
        pt_wizard_show(w, &page, &pt_tmpl_application_check);
}

void
pt_web_application_check(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_step(&w, PT_APPLICATION_STEPS))
        show(&w);
    pt_wizard_end(&w);
}

/* What must hold before anything is signed or sent. */
static bool
ready(struct pt_wizard *w)
{
    check_rules(w);
    if (strcmp(pt_field(w->rq, "declare"), "yes") != 0)
        pt_wizard_wrong(w, "declare", "wrong_declare",
            PT_T("Confirm that what you say is true"));
    /* The page that was looked at is this one. */
    if (w->faults == 0 && pt_version_of(w->rq) != w->d.a.version) {
        w->status = 409;
        pt_wizard_wrong(w, "", "stale",
            PT_T("The application was changed in another window. Look at it "
                 "again before you sign it."));
    }
    if (w->faults > 0)
        show(w);
    return w->faults == 0;
}

void
pt_web_application_asan(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_mobile_begun begun = PT_MOBILE_ADDRESS;
    struct pt_mobile_asked asked = {.lang = w.lang};
    const char *why;
    char phone[24], id[27];

    if (pt_wizard_step(&w, PT_APPLICATION_STEPS) && ready(&w)) {
        if (pt_paper_address(rq, phone, &asked.user)) {
            asked.phone = phone;
            asked.account = w.who.account.id;
            memcpy(asked.owner, w.who.session.token, sizeof(asked.owner));
            begun =
                pt_application_sign(w.app, &asked, &w.who.account, &w.d, id);
        }
        why = pt_paper_begun_text(begun);
        if (why != NULL) {
            pt_wizard_wrong(&w, "phone", "wrong_phone", why);
            show(&w);
        } else {
            answer->status = 303;
            pt_answer_header(
                answer, "Location", "/asan/%s?application=%s", id, w.d.a.id);
        }
    }
    pt_wizard_end(&w);
}

/* ---- what comes back signed ---- */

/* What is wrong with the file, with the rule and what it says. */
static void
refuse(struct pt_wizard *w, const struct pt_submitted *out)
{
    const char *why = pt_text(w->lang, out->rule.why);
    const char *text = mh_arena_printf(w->arena, "%s %s (%s)", why,
        out->finding == MH_FINDING_NONE
            ? ""
            : mh_finding_text(out->finding, w->lang),
        out->rule.code);

    pt_wizard_wrong(w, "file", "wrong_file", text == NULL ? why : text);
}

static void
submit(struct pt_wizard *w, const struct pt_file *file)
{
    const struct pt_submission s = {.filer = &w->who.account,
        .d = &w->d,
        .file = {file->part.filename, file->spool.fd, file->spool.size},
        .sha256 = file->spool.sha256,
        .uploaded = true};
    struct pt_submitted out;
    struct mh_err err = {.msg = ""};

    if (pt_application_submit(w->app, &s, w->arena, &err, &out) != MH_OK) {
        mh_log(
            "application", "id=%s code=%s", w->rq->id, mh_code_name(err.code));
        pt_page_not_stored(w->rq, w->answer, PT_T("It could not be filed now"));
    } else if (out.rule.what == PT_RULED_REFUSE) {
        refuse(w, &out);
        show(w);
    } else if (pt_wizard_done(w, MH_OK, out.done, &err, "submitted")) {
        pt_page_sent(w->app, w->answer, out.document, w->d.a.id);
    }
}

/* The same bytes once more, after they were sent: it is where it is. */
static bool
sent_again(struct pt_wizard *w, const struct pt_file *file)
{
    char hex[2 * PT_HASH + 1];

    mh_hex_encode((struct mh_span){w->d.a.d.sha256, PT_HASH}, hex);
    return w->d.a.state >= PT_APPLICATION_SUBMITTED && file != NULL &&
           strcmp(hex, file->spool.sha256) == 0;
}

void
pt_web_application_signed(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    const struct pt_file *file = pt_request_file(rq, "file");

    w.step = PT_APPLICATION_STEPS;
    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION)) {
        if (sent_again(&w, file)) {
            pt_wizard_go(&w, "");
        } else if (w.d.a.state != PT_APPLICATION_AWAITING_SIGNATURE) {
            pt_wizard_illegal(&w, "submitted");
        } else if (file == NULL || file->spool.size == 0) {
            pt_wizard_wrong(
                &w, "file", "wrong_file", PT_T("Choose a signed document"));
            show(&w);
        } else if (file->part.filename[0] == '\0' ||
                   !mh_text_is_clean(
                       mh_span_str(file->part.filename), PT_DOC_NAME_MAX)) {
            pt_wizard_wrong(&w, "file", "wrong_file",
                PT_T("The name of the file is longer than 200 bytes, or has "
                     "characters that cannot be read"));
            show(&w);
        } else if (ready(&w)) {
            submit(&w, file);
        }
    }
    pt_wizard_end(&w);
}

void
pt_web_application_reopen(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const places[] = {
        "/step/1", "/step/2", "/step/3", "/step/4", "/step/5"};
    struct pt_wizard w = PT_WIZARD;
    const char *step = pt_field(rq, "step");
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) &&
        pt_wizard_by(&w, "application.reopened")) {
        enum mh_code code =
            pt_store_application_reopen(w.app->store, &w.by, &err, &done);

        if (pt_wizard_done(&w, code, done, &err, "draft"))
            pt_wizard_go(&w, step[0] >= '1' && step[0] <= '5' && step[1] == '\0'
                                 ? places[step[0] - '1']
                                 : places[0]);
    }
    pt_wizard_end(&w);
}
