#include "portal/pages/draftpage.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/draft.h"
#include "portal/filing/filing.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/http/id.h"
#include "portal/pages/fields.h"
#include "portal/pages/inner.h"
#include "portal/pages/reportpage.h"

enum {
    DRAFT_ARENA = 64 << 20, /* bytes of a filing's report */
    MEGABYTE = 1 << 20,
};

const char *const pt_web_draft_files[] = {"files", "text", NULL};
const char *const pt_web_draft_file_query[] = {"n", "view", NULL};

static void
set_wrong(
    struct pt_page *page, const struct pt_draft_wrong *wrong, enum mh_lang lang)
{
    pt_set(&page->root, "wrong", pt_text(lang, wrong->wrong));
    pt_set_flag(&page->root, "wrong_files", strcmp(wrong->field, "files") == 0);
    pt_set_flag(&page->root, "wrong_file", strcmp(wrong->field, "file") == 0);
    pt_set_flag(&page->root, "wrong_phone", strcmp(wrong->field, "phone") == 0);
    if (wrong->rule != NULL)
        pt_set(&page->root, "rule", wrong->rule);
    if (wrong->finding != MH_FINDING_NONE)
        pt_set(&page->root, "finding", mh_finding_text(wrong->finding, lang));
    pt_page_error(page, wrong->field, pt_text(lang, wrong->wrong));
}

/* ---- the form ---- */

void
pt_draft_keep_text(struct pt_request *rq, struct pt_map *m)
{
    struct pt_file *text = pt_request_file(rq, "text");
    struct mh_map map = {0};

    if (text == NULL || text->spool.size == 0 ||
        text->spool.size > 4 * (uint64_t)PT_DRAFT_TEXT ||
        mh_map_fd(text->spool.fd, text->spool.size, NULL, &map) != MH_OK)
        return;
    if (mh_utf8_valid(map.bytes))
        pt_set_lines(m, "text", map.bytes);
    mh_map_fini(&map);
}

static void
show_form(struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_case *c,
    const struct pt_draft_wrong *wrong)
{
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_page page;

    pt_page_of(&page, rq, answer, PT_T("Prepare and sign a document"), who);
    pt_case_set(&page.root, c);
    pt_set_flag(&page.root, "in_cases", true);
    pt_set_int(&page.root, "limit", PT_DRAFT_FILE / MEGABYTE);
    pt_set(&page.root, "document_title", pt_field(rq, "title"));
    pt_set_lines(&page.root, "note", mh_span_str(pt_field(rq, "note")));
    pt_draft_keep_text(rq, &page.root);
    pt_doc_kinds_set(&page.root, pt_field(rq, "kind"), lang);
    if (wrong != NULL)
        set_wrong(&page, wrong, lang);
    pt_page_end(
        &pt_tmpl_draft_new, &page, rq, answer, wrong == NULL ? 200 : 422);
}

void
pt_web_draft_new(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;
    struct pt_case c;
    const struct pt_asked asked = {&who.account, rq->param, PT_MAY_FILE};

    if (pt_who_must(ctx, rq, answer, &who) &&
        pt_case_of(ctx, rq, answer, &asked, &c))
        show_form(rq, answer, &who, &c, NULL);
}

/* The form's files, without the empty part of a field that was left alone.
   false: there are too many. */
static bool
gather(struct pt_request *rq, struct pt_draft_sources *out)
{
    *out = (struct pt_draft_sources){.lang = pt_lang_of(rq)};
    for (size_t i = 0; i < rq->files; i++) {
        const struct pt_file *f = &rq->file[i];
        struct pt_judge_file file = {
            f->part.filename, f->spool.fd, f->spool.size};

        if (strcmp(f->part.name, "text") == 0) {
            file.name = "text";
            out->text = file;
        } else if (f->spool.size > 0) {
            if (out->files == PT_DRAFT_FILES)
                return false;
            out->file[out->files++] =
                (struct pt_draft_source){file, f->spool.sha256};
        }
    }
    return true;
}

/* The draft's own words; what is wrong with them, or NULL. */
static const char *
take_words(struct pt_request *rq, struct pt_draft *d, const char **about)
{
    const char *title = pt_field(rq, "title"), *note = pt_one_line(rq, "note");

    *about = "kind";
    if (pt_doc_kind_text(pt_field(rq, "kind")) == NULL)
        return PT_T("Choose what kind of document it is");
    *about = "title";
    if (!mh_text_is_clean(mh_span_str(title), PT_DOC_TITLE_MAX))
        return PT_T("The title is longer than 200 bytes, or has characters "
                    "that cannot be read");
    *about = "note";
    if (!mh_text_is_clean(mh_span_str(note), PT_DOC_NOTE_MAX))
        return PT_T("The note is longer than 500 bytes, or has characters that "
                    "cannot be read");
    (void)snprintf(d->kind, sizeof(d->kind), "%s", pt_field(rq, "kind"));
    (void)snprintf(d->title, sizeof(d->title), "%s", title);
    (void)snprintf(d->note, sizeof(d->note), "%s", note);
    return NULL;
}

static void
make(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const struct pt_case *c)
{
    struct pt_draft_wrong wrong = {.field = "files"};
    struct pt_draft_sources from;
    struct pt_draft d = {.account = who->account.id};
    struct pt_rule rule = {PT_RULED_ACCEPT, "", ""};
    struct mh_err err = {.msg = ""};
    bool few = gather(rq, &from);
    enum mh_code code = MH_OK;

    memcpy(d.case_id, c->id, sizeof(d.case_id));
    wrong.wrong = take_words(rq, &d, &wrong.field);
    if (wrong.wrong == NULL) {
        wrong.field = "files";
        if (!few)
            wrong.wrong = PT_T("More than ten files.");
        else if (from.files == 0 && from.text.size == 0)
            wrong.wrong = PT_T("Choose files, or write a text");
        else
            code = pt_draft_make(app, &from, &err, &d, &rule);
    }
    if (rule.what == PT_RULED_REFUSE) {
        wrong.wrong = rule.why;
        wrong.rule = rule.code;
        wrong.finding = mh_finding_of(rule.code);
    }
    if (code == MH_ELIMIT) {
        pt_page_refuse(rq, answer, 409, PT_T("Too many documents wait"),
            PT_T("Sign or remove those that you have prepared; they go by "
                 "themselves after a day."));
    } else if (code != MH_OK) {
        mh_log("draft", "id=%s code=%s", rq->id, mh_code_name(code));
        pt_page_not_stored(rq, answer, PT_T("It could not be prepared now"));
    } else if (wrong.wrong != NULL) {
        show_form(rq, answer, who, c, &wrong);
    } else {
        answer->status = 303;
        pt_answer_header(answer, "Location", "/drafts/%s", d.id);
    }
}

void
pt_web_draft_make(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;
    struct pt_case c;
    const struct pt_asked asked = {&who.account, rq->param, PT_MAY_FILE};

    if (pt_form_is_ours(rq, answer) && pt_who_must(ctx, rq, answer, &who) &&
        pt_case_of(ctx, rq, answer, &asked, &c))
        make(ctx, rq, answer, &who, &c);
}

/* ---- a draft ---- */

bool
pt_draft_find(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_draftview *v)
{
    struct mh_err err = {.msg = ""};
    struct pt_asked asked;

    if (!pt_who_must(app, rq, answer, &v->who))
        return false;
    if (pt_store_draft_get(app->store, rq->param, v->who.account.id, pt_time(),
            &err, &v->d) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (v->d.id[0] == '\0') {
        pt_page_refuse(rq, answer, 404, PT_T("This document is not there"),
            PT_T("It was signed and filed, removed, or is older than a day. "
                 "You find what was filed among the documents of the case."));
        return false;
    }
    asked = (struct pt_asked){&v->who.account, v->d.case_id, PT_MAY_FILE};
    return pt_case_of(app, rq, answer, &asked, &v->c);
}

/* The line that signs it, without the key. */
static void
set_command(struct pt_map *m, const struct pt_draft *d)
{
    struct mh_buf line;

    mh_buf_init(&line, 8192);
    mh_buf_str(&line,
        pt_draft_is_pdf(d) ? "mohur sign --as pdf" : "mohur sign --as edoc");
    for (size_t i = 0; i < d->files; i++)
        mh_buf_printf(&line, " \"%s\"", d->file[i].name);
    if (mh_buf_ok(&line))
        pt_set_span(m, "command", mh_buf_get(&line));
    mh_buf_fini(&line);
}

void
pt_draft_show(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, const struct pt_draftview *v,
    const struct pt_draft_wrong *wrong)
{
    enum mh_lang lang = pt_lang_of(rq);
    const char *kind = pt_doc_kind_text(v->d.kind);
    struct pt_page page;
    char when[40];

    pt_page_of(&page, rq, answer, PT_T("Sign and file"), &v->who);
    pt_case_set(&page.root, &v->c);
    pt_set_flag(&page.root, "in_cases", true);
    pt_set(&page.root, "id", v->d.id);
    pt_set(&page.root, "kind", kind == NULL ? v->d.kind : pt_text(lang, kind));
    pt_set(&page.root, "document_title", v->d.title);
    pt_set(&page.root, "note", v->d.note);
    pt_baku_time(v->d.until, when);
    pt_set(&page.root, "until", when);
    pt_set_flag(&page.root, "as_pdf", pt_draft_is_pdf(&v->d));
    pt_set_flag(&page.root, "mobile", app->mobile != NULL);
    pt_set(&page.root, "phone", pt_field(rq, "phone"));
    pt_set(&page.root, "user_id", pt_field(rq, "user_id"));
    set_command(&page.root, &v->d);
    pt_set_list(&page.root, "files");
    for (size_t i = 0; i < v->d.files; i++) {
        struct pt_map *m = pt_add(&page.root, "files");
        char hex[2 * PT_HASH + 1];

        mh_hex_encode((struct mh_span){v->d.file[i].sha256, PT_HASH}, hex);
        pt_set_int(m, "n", (int64_t)i);
        pt_set(m, "name", v->d.file[i].name);
        pt_set_int(m, "size", (int64_t)v->d.file[i].size);
        pt_pages_set(m, v->d.file[i].format, v->d.file[i].pages);
        pt_set(m, "digest", hex);
    }
    if (wrong != NULL)
        set_wrong(&page, wrong, lang);
    pt_page_end(&pt_tmpl_draft, &page, rq, answer, wrong == NULL ? 200 : 422);
}

void
pt_web_draft(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_draftview v;

    if (pt_draft_find(ctx, rq, answer, &v))
        pt_draft_show(ctx, rq, answer, &v, NULL);
}

void
pt_web_draft_file(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    enum pt_found found = PT_ABSENT;
    const struct pt_draft_file *f;
    struct pt_draftview v;
    uint64_t size = 0;
    size_t n = 0;
    int fd = -1;

    if (!pt_draft_find(app, rq, answer, &v))
        return;
    if (!pt_inner_number(pt_query(rq, "n"), v.d.files, &n)) {
        pt_page_absent(rq, answer);
        return;
    }
    f = &v.d.file[n];
    if (pt_store_blob_open(app->store, f->sha256, &err, &fd, &size, &found) !=
        MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT) {
        pt_page_absent(rq, answer);
    } else {
        pt_answer_file(answer, "application/octet-stream", fd, size);
        if (pt_query(rq, "view") != NULL)
            pt_inner_show(answer, f->format, f->name);
        else
            pt_answer_attachment(answer, f->name);
    }
}

void
pt_web_draft_drop(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_draftview v;

    if (!pt_form_is_ours(rq, answer) || !pt_draft_find(app, rq, answer, &v))
        return;
    if (pt_store_draft_drop(app->store, v.d.id, v.d.account, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    answer->status = 303;
    pt_answer_header(answer, "Location", "/cases/%s/documents", v.d.case_id);
}

/* ---- what comes back signed ---- */

static void
file_it(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_draftview *v, const struct pt_file *file)
{
    struct mh_arena *arena = mh_arena_new(DRAFT_ARENA);
    struct mh_err err = {.msg = ""};
    struct pt_filed_as filed = {.doc = {.what = PT_FILED_NEW}};
    const struct pt_filing f = {.filer = &v->who.account,
        .case_id = v->d.case_id,
        .form = v->d.id,
        .kind = v->d.kind,
        .title = v->d.title,
        .note = v->d.note,
        .file = {file->part.filename, file->spool.fd, file->spool.size},
        .sha256 = file->spool.sha256};
    struct pt_draft_wrong wrong = {.field = "file"};
    enum mh_code code =
        arena == NULL
            ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
            : pt_draft_compare(app, &v->d, &f.file, &err, &wrong.wrong);

    if (code == MH_OK && wrong.wrong == NULL)
        code = pt_filing_make(app, &f, arena, &err, &filed);
    if (code == MH_OK && wrong.wrong == NULL &&
        filed.rule.what == PT_RULED_REFUSE) {
        wrong.wrong = filed.rule.why;
        wrong.rule = filed.rule.code;
        wrong.finding = mh_finding_of(filed.rule.code);
    }
    if (code != MH_OK) {
        mh_log("draft", "id=%s code=%s", rq->id, mh_code_name(code));
        pt_page_not_stored(rq, answer, PT_T("It could not be filed now"));
    } else if (wrong.wrong != NULL) {
        pt_draft_show(app, rq, answer, v, &wrong);
    } else { /* one document for a draft, whichever signature came first */
        pt_draft_filed(app, &v->d);
        pt_page_filed(app, answer, filed.doc.id);
    }
    mh_arena_free(arena);
}

void
pt_web_draft_signed(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    const struct pt_file *file = pt_request_file(rq, "file");
    struct pt_draft_wrong wrong = {.field = "file"};
    struct pt_draftview v;

    if (!pt_form_is_ours(rq, answer) || !pt_draft_find(ctx, rq, answer, &v))
        return;
    if (file == NULL || file->spool.size == 0)
        wrong.wrong = PT_T("Choose a signed document");
    else if (file->part.filename[0] == '\0' ||
             !mh_text_is_clean(
                 mh_span_str(file->part.filename), PT_DOC_NAME_MAX))
        wrong.wrong =
            PT_T("The name of the file is longer than 200 bytes, or has "
                 "characters that cannot be read");
    if (wrong.wrong != NULL)
        pt_draft_show(ctx, rq, answer, &v, &wrong);
    else
        file_it(ctx, rq, answer, &v, file);
}
