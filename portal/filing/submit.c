#include "portal/filing/submit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "portal/filing/draft.h"
#include "portal/filing/filing.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"

void
pt_application_record(struct pt_application_record *out, const char *ev,
    int64_t account, const char *id)
{
    (void)snprintf(out->who, sizeof(out->who), "p:%lld", (long long)account);
    (void)snprintf(out->obj, sizeof(out->obj), "application:%.26s", id);
    out->data[0] = '\0';
    out->r = (struct pt_record){.ev = ev,
        .who = out->who,
        .obj = out->obj,
        .res = "ok",
        .data = out->data};
}

enum mh_code
pt_application_illegal(struct pt_app *app, int64_t account,
    const struct pt_application *a, const char *to, struct mh_err *err)
{
    struct pt_application_record r;
    enum mh_code code;

    pt_application_record(&r, "illegal_transition", account, a->id);
    r.r.res = "refused";
    (void)snprintf(r.data, sizeof(r.data), "from=%s\nto=%.32s\n",
        pt_application_state_name(a->state), to);
    code = pt_store_record_add(app->store, &r.r, pt_time(), err);
    pt_ledger_wake(app->ledger);
    return code;
}

/* ---- its PDF ---- */

static enum mh_code
text_file(const struct pt_dossier *d, struct mh_err *err, int *fd, uint64_t *n)
{
    struct mh_span text;
    struct mh_buf out;
    size_t at = 0;
    enum mh_code code = mh_memfd_new("application", 0, err, fd);

    mh_buf_init(&out, PT_APPLICATION_TEXT);
    if (code == MH_OK)
        pt_application_text(d, &out);
    if (code == MH_OK && !mh_buf_ok(&out))
        code =
            mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "application: text too long");
    text = mh_buf_get(&out);
    while (code == MH_OK && at < text.len) {
        ssize_t done = write(*fd, text.ptr + at, text.len - at);

        if (done <= 0)
            code = mh_fail_sys(err, "application: text");
        else
            at += (size_t)done;
    }
    *n = text.len;
    mh_buf_fini(&out);
    return code;
}

enum mh_code
pt_application_render(struct pt_app *app, struct pt_dossier *d,
    struct mh_err *err, struct pt_staged *pdf, struct pt_rule *rule)
{
    struct pt_draft_writing from = {
        .text = {.name = "text", .fd = -1}, .title = d->a.title, .lang = MH_AZ};
    struct pt_draft_file made = {.name = PT_APPLICATION_PDF};
    enum mh_code code = text_file(d, err, &from.text.fd, &from.text.size);

    *rule = (struct pt_rule){PT_RULED_ACCEPT, "", ""};
    if (code == MH_OK)
        code = pt_draft_write(app, &from, err, &made, pdf, rule);
    d->a.pdf_pages = made.pages;
    mh_close(&from.text.fd);
    return code;
}

/* ---- submitting ---- */

/* Whether it is just what was shown. */
static enum mh_code
compare(struct pt_app *app, const struct pt_submission *s, struct mh_err *err,
    struct pt_submitted *out)
{
    const struct pt_draft_file *file;
    const char *why = NULL;
    size_t files;
    enum mh_code code = pt_application_payload(s->d, err, &file, &files);

    if (code == MH_OK)
        code =
            pt_draft_compare_container(app, file, files, &s->file, err, &why);
    if (code == MH_OK && why != NULL)
        out->rule =
            (struct pt_rule){PT_RULED_REFUSE, why, "filing-not-the-same"};
    return code;
}

static enum mh_code
refused(struct pt_app *app, const struct pt_submission *s,
    const struct pt_rule *rule, struct mh_err *err)
{
    struct pt_application_record r;

    pt_application_record(&r, "application.refused", s->filer->id, s->d->a.id);
    r.r.res = "refused";
    (void)snprintf(r.data, sizeof(r.data), "doc=%.64s\nrule=%.64s\n", s->sha256,
        rule->code);
    return pt_store_record_add(app->store, &r.r, pt_time(), err);
}

static enum mh_code
store(struct pt_app *app, const struct pt_submission *s, struct pt_document *d,
    const struct pt_filing_judged *judged, struct mh_err *err,
    struct pt_submitted *out)
{
    struct pt_application_record r;
    struct pt_staged staged;
    struct pt_receipt receipt;
    const struct pt_application_by by = {.id = s->d->a.id,
        .account = s->filer->id,
        .version = s->d->a.version,
        .now = d->filed,
        .record = &r.r};
    const struct pt_application_signed with = {d, &receipt, &staged};
    enum mh_code code = pt_store_blob_stage(
        app->store, s->file.fd, s->file.size, d->sha256, err, &staged);

    if (code != MH_OK)
        return code;
    pt_application_record(
        &r, "application.submitted", s->filer->id, s->d->a.id);
    (void)snprintf(r.data, sizeof(r.data), "doc=%.64s\nstate=%s\nverdict=%s\n",
        s->sha256, pt_doc_state_name(d->state), mh_verdict_name(d->verdict));
    pt_filing_owe(&receipt, d, judged->words, d->filed);
    code = pt_store_application_submit(app->store, &by, &with, err, &out->done);
    if (code == MH_OK && out->done == PT_APPLICATION_DONE)
        memcpy(out->document, d->id, sizeof(out->document));
    return code;
}

enum mh_code
pt_application_submit(struct pt_app *app, const struct pt_submission *s,
    struct mh_arena *arena, struct mh_err *err, struct pt_submitted *out)
{
    /* When it came, whatever the judgement takes. */
    struct pt_document d = {.filer = s->filer->id, .filed = pt_time()};
    const struct pt_filing f = {.filer = s->filer,
        .case_id = "",
        .form = "",
        .kind = "application",
        .title = s->d->a.title,
        .note = "",
        .file = s->file,
        .sha256 = s->sha256};
    struct pt_filing_judged *judged = mh_arena_alloc(arena, sizeof(*judged));
    enum mh_code code = MH_OK;

    *out = (struct pt_submitted){
        {PT_RULED_ACCEPT, "", ""}, MH_FINDING_NONE, PT_APPLICATION_NONE, ""};
    if (judged == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (s->uploaded)
        code = compare(app, s, err, out);
    if (code == MH_OK && out->rule.what != PT_RULED_REFUSE) {
        code = pt_filing_judge(app, &f, arena, err, &d, judged);
        out->rule = judged->rule;
        if (code == MH_OK && out->rule.what == PT_RULED_REFUSE)
            out->finding = mh_finding_of(out->rule.code);
    }
    if (code == MH_OK)
        code = out->rule.what == PT_RULED_REFUSE
                   ? refused(app, s, &out->rule, err)
                   : store(app, s, &d, judged, err, out);
    mh_log("application", "id=%s rule=%d done=%d code=%s", s->d->a.id,
        (int)out->rule.what, (int)out->done, mh_code_name(code));
    pt_ledger_wake(app->ledger);
    return code;
}

/* ---- at the court ---- */

static enum mh_code
owner_of(struct pt_app *app, const struct pt_application *a, struct mh_err *err,
    struct pt_account *out)
{
    enum pt_found found = PT_ABSENT;
    enum mh_code code =
        pt_store_account_get(app->store, a->owner, err, out, &found);

    return code == MH_OK && found == PT_ABSENT
               ? mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                     "application: its owner is gone")
               : code;
}

enum mh_code
pt_application_judge(struct pt_app *app, const struct pt_application *a,
    struct mh_arena *arena, struct mh_err *err)
{
    char hex[2 * PT_HASH + 1];
    struct pt_account owner;
    struct pt_filing f = {.filer = &owner,
        .case_id = "",
        .form = "",
        .kind = "application",
        .title = a->title,
        .note = "",
        .file = {a->d.name, -1, 0},
        .sha256 = hex};
    struct pt_filing_judged *judged = mh_arena_alloc(arena, sizeof(*judged));
    struct pt_application_record r;
    struct pt_document d = a->d;
    enum pt_found found = PT_ABSENT;
    enum mh_code code = owner_of(app, a, err, &owner);

    if (judged == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    mh_hex_encode((struct mh_span){a->d.sha256, PT_HASH}, hex);
    if (code == MH_OK)
        code = pt_store_blob_open(
            app->store, a->d.sha256, err, &f.file.fd, &f.file.size, &found);
    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "application: its file is gone");
    if (code == MH_OK)
        code = pt_filing_judge(app, &f, arena, err, &d, judged);
    mh_close(&f.file.fd);
    /* Nobody could say: it waits as it did. */
    if (code != MH_OK || d.state == PT_DOC_RECEIVED)
        return code;
    pt_application_record(&r, "verdict", a->owner, a->id);
    (void)snprintf(r.data, sizeof(r.data), "rule=%.64s\nstate=%s\nverdict=%s\n",
        judged->rule.code, pt_doc_state_name(d.state),
        mh_verdict_name(d.verdict));
    code = pt_store_application_judged(app->store, a->id, &d, &r.r, err);
    pt_ledger_wake(app->ledger);
    return code;
}

enum mh_code
pt_application_owe(struct pt_app *app, const struct pt_application *a,
    struct mh_arena *arena, struct mh_err *err, struct pt_receipt *out)
{
    char hex[2 * PT_HASH + 1], line[PT_FILING_WORDS + 1];
    const struct mh_subject subject = {a->d.name, a->d.size, hex};
    struct pt_document d = a->d;
    struct mh_report report;
    struct pt_account owner;
    const char *text = NULL;
    enum mh_code code = owner_of(app, a, err, &owner);

    mh_hex_encode((struct mh_span){a->d.sha256, PT_HASH}, hex);
    if (code == MH_OK)
        code = mh_report_unpack(a->d.report, arena, err, &report);
    if (code == MH_OK)
        code = pt_filing_words(&subject, &report, owner.fin, err, line);
    if (code == MH_OK) {
        text = mh_arena_printf(
            arena, "registered as a case; %.*s", PT_FILING_WORDS - 40, line);
        if (text == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    }
    if (code != MH_OK)
        return code;
    d.state = PT_DOC_ACCEPTED;
    pt_filing_owe(out, &d, text, pt_time());
    return MH_OK;
}
