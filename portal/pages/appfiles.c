#include "portal/pages/appfiles.h"

#include <string.h>

#include "base/text.h"
#include "pages.h"
#include "portal/http/clock.h"
#include "portal/pages/appattach.h"
#include "portal/pages/appwords.h"
#include "portal/pages/casewords.h"

enum {
    MEGABYTE = 1 << 20,
};

const char *const pt_web_application_files_files[] = {"files", NULL};

static const char *const kinds[] = {"evidence", "mandate", "other", "act"};

/* The last one is of complaints alone. */
static size_t
kinds_of(const struct pt_wizard *w)
{
    return sizeof(kinds) / sizeof(kinds[0]) - (w->d.a.act[0] == '\0');
}

static bool
kind_good(const struct pt_wizard *w, const char *code)
{
    bool good = false;

    for (size_t i = 0; i < kinds_of(w); i++)
        good = good || strcmp(kinds[i], code) == 0;
    return good;
}

static void
show(struct pt_wizard *w)
{
    const char *chosen = pt_field(w->rq, "kind");
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_wizard_page(w, &page);
    for (size_t i = 0; i < kinds_of(w); i++) {
        struct pt_map *o = pt_add(m, "kinds");

        pt_set(o, "code", kinds[i]);
        pt_set(o, "text", pt_text(w->lang, pt_application_file_text(kinds[i])));
        pt_set_flag(o, "chosen", strcmp(chosen, kinds[i]) == 0);
    }
    pt_set(m, "document_title", pt_field(w->rq, "title"));
    pt_set(m, "document_day", pt_field(w->rq, "day"));
    pt_set_int(m, "limit", PT_DRAFT_FILE / MEGABYTE);
    pt_attach_list(w, m, false);
    pt_wizard_show(w, &page, &pt_tmpl_application_files);
}

void
pt_web_application_files(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_step(&w, 3))
        show(&w);
    pt_wizard_end(&w);
}

/* What is still wrong with the step. */
static void
check(struct pt_wizard *w)
{
    struct pt_application_fault f;

    if (!pt_application_step(&w->d, 3, &f))
        pt_wizard_wrong(
            w, "files", "wrong_files", pt_application_fault_text(&f));
}

/* Whether the form brings files. */
static bool
brings(const struct pt_request *rq)
{
    for (size_t i = 0; i < rq->files; i++)
        if (rq->file[i].spool.size > 0)
            return true;
    return false;
}

/* A day that was, as it is written in a list, or nothing. */
static bool
day_good(const char *text)
{
    int64_t day;

    return text[0] == '\0' ||
           (strlen(text) == 10 && pt_baku_day_parse(text, &day) &&
               day <= pt_time());
}

/* The form's files; false: a fault, or answer, says. */
static bool
attach(struct pt_wizard *w)
{
    const struct pt_attaching from = {"files", pt_field(w->rq, "kind"),
        pt_field(w->rq, "title"), pt_field(w->rq, "day"), "files",
        "wrong_files"};
    struct pt_attached *files = mh_arena_alloc(w->arena, sizeof(*files));
    struct mh_err err = {.msg = ""};

    if (files == NULL) {
        (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
        pt_answer_error(w->answer, &err);
        return false;
    }
    if (!kind_good(w, from.kind))
        pt_wizard_wrong(w, "kind", "wrong_kind",
            PT_T("Choose what kind of document it is"));
    if (!mh_text_is_clean(mh_span_str(from.title), PT_DOC_TITLE_MAX))
        pt_wizard_wrong(w, "title", "wrong_title",
            PT_T("The title is longer than 200 bytes, or has characters that "
                 "cannot be read"));
    if (!day_good(from.day))
        pt_wizard_wrong(w, "day", "wrong_day",
            PT_T("Write the date as 31.12.2026, or leave it empty; it is not "
                 "after today"));
    if (w->faults > 0 || !pt_attach_take(w, &from, files))
        return false;
    if (pt_wizard_do(w, "next"))
        check(w);
    if (w->faults > 0) {
        pt_attach_forget(w, files);
        return false;
    }
    return pt_attach_keep(w, files, "files", "wrong_files");
}

void
pt_web_application_files_add(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    bool good = true;

    if (pt_wizard_step(&w, 3) && pt_wizard_by(&w, "application.changed")) {
        if (brings(rq))
            good = attach(&w);
        else if (pt_wizard_do(&w, "add"))
            pt_wizard_wrong(&w, "files", "wrong_files", PT_T("Choose files"));
        else if (pt_wizard_do(&w, "next"))
            check(&w);
        if (good && w.faults == 0)
            pt_wizard_saved(&w);
        else if (w.faults > 0)
            show(&w);
    }
    pt_wizard_end(&w);
}

void
pt_web_application_raise(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct mh_err err = {.msg = ""};

    if (pt_wizard_open(&w, PT_MAY_WRITE_APPLICATION) &&
        pt_wizard_by(&w, "application.changed")) {
        enum mh_code code = pt_store_application_raise_file(
            w.app->store, &w.by, pt_field(rq, "file"), &err, &done);

        if (pt_wizard_done(&w, code, done, &err, "raise"))
            pt_wizard_go(&w, "/step/3");
    }
    pt_wizard_end(&w);
}
