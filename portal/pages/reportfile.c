#include "portal/pages/reportfile.h"

#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/wire/sign.h"
#include "portal/api/report.h"
#include "portal/pages/layout.h"

enum {
    WORKER_ARENA = 1 << 20, /* bytes of a worker's answer */
};

static const struct {
    const char *form, *end;
    enum pt_form_of_report report; /* PT_REPORTS: a PDF of the text */
} forms[] = {
    {"json", "json", PT_REPORT_JSON},
    {"text", "txt", PT_REPORT_TEXT},
    {"etsi", "xml", PT_REPORT_ETSI},
    {"html", "html", PT_REPORT_HTML},
    {"pdf", "pdf", PT_REPORTS},
};
enum {
    FORMS = sizeof(forms) / sizeof(forms[0])
};

static size_t
find(const char *form)
{
    size_t i = 0;

    while (i < FORMS && (form == NULL || strcmp(forms[i].form, form) != 0))
        i++;
    return i;
}

bool
pt_report_form_good(const char *form)
{
    return find(form) < FORMS;
}

/* A memfd with these bytes, sealed. */
static enum mh_code
memory(struct mh_span bytes, struct mh_err *err, int *fd)
{
    enum mh_code code = mh_memfd_new("text", 0, err, fd);

    if (code == MH_OK &&
        pwrite(*fd, bytes.ptr, bytes.len, 0) != (ssize_t)bytes.len)
        code = mh_fail_sys(err, "report: memory");
    return code == MH_OK ? mh_memfd_seal(*fd, err) : code;
}

static enum mh_code
make_pdf(struct pt_app *app, struct mh_span text, int64_t time,
    enum mh_lang lang, struct mh_err *err, int *fd)
{
    struct mh_sign_request request = {.op = MH_SIGN_TEXT,
        .spec = {.role = "",
            .place = "",
            .reason = pt_text(lang, PT_T("Result of the check")),
            .lang = lang,
            .time = time},
        .time = time};
    struct pt_judge_file file = {"text", -1, text.len};
    struct pt_sign_step step = {&request, &file, 1, -1};
    struct mh_arena *arena = mh_arena_new(WORKER_ARENA);
    struct mh_span pages; /* nobody asks */
    enum mh_code code = arena == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET,
                                            "report: no memory")
                                      : memory(text, err, &file.fd);

    if (code == MH_OK)
        code = mh_memfd_new("pdf", 0, err, fd);
    step.out_fd = *fd;
    if (code == MH_OK)
        code = pt_judge_sign(app->judge, &step, arena, err, &pages);
    mh_close(&file.fd);
    mh_arena_free(arena);
    return code;
}

static void
answer_pdf(struct pt_app *app, struct pt_request *rq,
    const struct mh_subject *subject, const struct mh_report *report,
    struct pt_answer *answer)
{
    enum mh_lang lang = pt_lang_of(rq);
    struct mh_err err = {.msg = ""};
    struct mh_buf text;
    int fd = -1;
    off_t size = -1;
    enum mh_code code;

    mh_buf_init(&text, MH_TEXT_SIZE_MAX);
    mh_print_text(subject, report, lang, &text);
    code = mh_buf_ok(&text)
               ? make_pdf(app, mh_buf_get(&text), report->validation_time, lang,
                     &err, &fd)
               : mh_fail(&err, MH_ELIMIT, MH_NO_OFFSET, "report: too long");
    mh_buf_fini(&text);
    if (code == MH_OK)
        size = lseek(fd, 0, SEEK_END);
    if (code == MH_OK && size >= 0) {
        pt_answer_file(answer, "application/pdf", fd, (uint64_t)size);
        return;
    }
    mh_close(&fd);
    /* A name in letters that the font lacks: the other forms have it. */
    if (code == MH_EUNSUP || code == MH_ELIMIT)
        pt_page_refuse(rq, answer, 422,
            PT_T("This report cannot be made a PDF"),
            PT_T("It is too long, or has letters that cannot be written "
                 "there. Take it as a page to print."));
    else
        pt_answer_error(answer, &err);
}

void
pt_report_file(struct pt_app *app, struct pt_request *rq, const char *form,
    const struct mh_subject *subject, const struct mh_report *report,
    struct pt_answer *answer)
{
    struct pt_options options = {.lang = pt_lang_of(rq), .lang_given = true};
    size_t i = find(form);

    if (i == FORMS)
        return;
    options.report = forms[i].report;
    if (options.report == PT_REPORTS)
        answer_pdf(app, rq, subject, report, answer);
    else
        pt_report_answer(&options, subject, report, answer);
    if (answer->status == 200)
        pt_answer_header(answer, "Content-Disposition",
            "attachment; filename=\"report.%s\"", forms[i].end);
}
