#include "portal/pages/filepage.h"

#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"
#include "pages.h"
#include "portal/filing/filing.h"
#include "portal/http/id.h"
#include "portal/pages/asan.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"

enum {
    DOCUMENT_ARENA = 64 << 20, /* bytes of a document's report */
    MEGABYTE = 1 << 20,
};

struct form {
    const char *wrong_field, *wrong; /* an id of a text; NULL: nothing is */
    const char *rule;                /* of a refusal; NULL: none */
    enum mh_finding_code finding;    /* what it is, where it is one */
};

static void
show_form(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_case *c, const struct form *form)
{
    enum mh_lang lang = pt_lang_of(rq);
    const char *given = pt_field(rq, "form");
    struct pt_page page;
    char id[27];

    pt_page_of(&page, rq, answer, PT_T("File a document"), who);
    pt_case_set(&page.root, c);
    /* A form that was refused may be sent again as the same one. */
    if (pt_id_valid(mh_span_str(given)))
        pt_set(&page.root, "form", given);
    else {
        pt_row_id_new(id);
        pt_set(&page.root, "form", id);
    }
    pt_set_int(&page.root, "limit", PT_UPLOAD_MAX / MEGABYTE);
    pt_set(&page.root, "document_title", pt_field(rq, "title"));
    pt_set_lines(&page.root, "note", mh_span_str(pt_field(rq, "note")));
    pt_doc_kinds_set(&page.root, pt_field(rq, "kind"), lang);
    if (form->wrong != NULL) {
        pt_setf(&page.root, "wrong_field", "%s", form->wrong_field);
        pt_set_flag(
            &page.root, "wrong_file", strcmp(form->wrong_field, "file") == 0);
        pt_set(&page.root, "wrong", pt_text(lang, form->wrong));
        if (form->rule != NULL)
            pt_set(&page.root, "rule", form->rule);
        if (form->finding != MH_FINDING_NONE)
            pt_set(&page.root, "finding", mh_finding_text(form->finding, lang));
        pt_page_error(&page, form->wrong_field, pt_text(lang, form->wrong));
    }
    pt_page_end(&pt_tmpl_document_new, &page, rq, answer,
        form->wrong == NULL ? 200 : 422);
}

void
pt_web_document_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct form form = {.wrong = NULL};
    struct pt_who who;
    struct pt_case c;
    const struct pt_asked asked = {&who.account, rq->param, PT_MAY_FILE};

    if (!pt_who_must(app, rq, answer, &who) ||
        !pt_case_of(app, rq, answer, &asked, &c) ||
        !pt_step_enough(app, &who, c.id, answer))
        return;
    show_form(rq, answer, &who, &c, &form);
}

/* A text of the form within its limit and without controls. */
static bool
text_fits(const char *s, size_t max)
{
    return mh_text_is_clean(mh_span_str(s), max);
}

static void
check_form(struct pt_request *rq, const struct pt_file *file, struct form *form)
{
    if (pt_doc_kind_text(pt_field(rq, "kind")) == NULL)
        *form = (struct form){"kind",
            PT_T("Choose what kind of document it "
                 "is"),
            NULL, MH_FINDING_NONE};
    else if (!text_fits(pt_field(rq, "title"), PT_DOC_TITLE_MAX))
        *form = (struct form){"title",
            PT_T("The title is longer than 200 bytes, or has characters that "
                 "cannot be read"),
            NULL, MH_FINDING_NONE};
    else if (!text_fits(pt_one_line(rq, "note"), PT_DOC_NOTE_MAX))
        *form = (struct form){"note",
            PT_T("The note is longer than 500 bytes, or has characters that "
                 "cannot be read"),
            NULL, MH_FINDING_NONE};
    else if (file == NULL || file->spool.size == 0)
        *form = (struct form){
            "file", PT_T("Choose a signed document"), NULL, MH_FINDING_NONE};
    else if (strlen(file->part.filename) == 0 ||
             !text_fits(file->part.filename, PT_DOC_NAME_MAX))
        *form = (struct form){"file",
            PT_T("The name of the file is longer than 200 bytes, or has "
                 "characters that cannot be read"),
            NULL, MH_FINDING_NONE};
}

/* Files it, and waits a little for the receipt. */
static void
file_it(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_case *c)
{
    struct pt_file *file = pt_request_file(rq, "file");
    struct mh_arena *arena = mh_arena_new(DOCUMENT_ARENA);
    struct form form = {.wrong = NULL};
    struct mh_err err = {.msg = ""};
    struct pt_filed_as filed = {.doc = {.what = PT_FILED_NEW}};
    const struct pt_filing f = {.filer = &who->account,
        .case_id = c->id,
        .form = pt_field(rq, "form"),
        .kind = pt_field(rq, "kind"),
        .title = pt_field(rq, "title"),
        .note = pt_one_line(rq, "note"),
        .file = {file->part.filename, file->spool.fd, file->spool.size},
        .sha256 = file->spool.sha256};
    enum mh_code code =
        arena == NULL
            ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
            : pt_filing_make(app, &f, arena, &err, &filed);

    if (code != MH_OK) {
        mh_log("filing", "id=%s code=%s", rq->id, mh_code_name(code));
        pt_page_not_stored(rq, answer, PT_T("It could not be filed now"));
    } else if (filed.rule.what == PT_RULED_REFUSE) {
        form = (struct form){"file", filed.rule.why, filed.rule.code,
            strcmp(
                filed.rule.code, mh_finding_name(filed.report.reason.code)) == 0
                ? filed.report.reason.code
                : MH_FINDING_NONE};
        show_form(rq, answer, who, c, &form);
    } else if (filed.doc.what == PT_FILED_OTHER) {
        pt_page_refuse(rq, answer, 409, PT_T("This form was sent before"),
            PT_T("It brought another document. Open a new form for this "
                 "one."));
    } else {
        pt_page_filed(app, answer, filed.doc.id);
    }
    mh_arena_free(arena);
}

void
pt_web_document_file(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct form form = {.wrong = NULL};
    struct pt_who who;
    struct pt_case c;
    const struct pt_asked asked = {&who.account, rq->param, PT_MAY_FILE};

    if (!pt_form_is_ours(rq, answer) || !pt_who_must(app, rq, answer, &who) ||
        !pt_case_of(app, rq, answer, &asked, &c) ||
        !pt_step_enough(app, &who, c.id, answer))
        return;
    check_form(rq, pt_request_file(rq, "file"), &form);
    if (form.wrong != NULL)
        show_form(rq, answer, &who, &c, &form);
    else if (!pt_id_valid(mh_span_str(pt_field(rq, "form"))))
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
    else
        file_it(app, rq, answer, &who, &c);
}
