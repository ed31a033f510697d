#include "portal/pages/web.h"

#include <string.h>

#include "base/sys/log.h"
#include "pages.h"
#include "portal/api/app.h"
#include "portal/assets/assets.h"
#include "portal/http/clock.h"
#include "portal/pages/kept.h"
#include "portal/pages/layout.h"
#include "portal/pages/reportfile.h"
#include "portal/pages/reportpage.h"

enum {
    JUDGE_ARENA = 64 << 20, /* bytes of one report */
    MEGABYTE = 1 << 20,
};

const char *const pt_web_asset_query[] = {"v", NULL};
const char *const pt_web_report_query[] = {"form", NULL};

/* Sends a reader on, after a form (RFC 9110 15.4.4). */
static void
send_to(struct pt_answer *answer, const char *path)
{
    answer->status = 303;
    pt_answer_header(answer, "Location", "%s", path);
}

void
pt_web_home(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    (void)ctx;
    (void)rq;
    send_to(answer, "/verify");
}

void
pt_web_asset(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    const char *version = pt_query(rq, "v");

    (void)ctx;
    for (size_t i = 0; i < pt_assets_len; i++)
        if (strcmp(pt_assets[i].name, rq->param) == 0) {
            answer->type = pt_assets[i].type;
            pt_answer_header(answer, "Cache-Control", "%s",
                version != NULL && strcmp(version, pt_assets_version) == 0
                    ? "public, max-age=31536000, immutable"
                    : "public, max-age=300");
            mh_buf_span(&answer->body, pt_assets[i].bytes);
            return;
        }
    pt_answer_problem(answer, 404, "not-found", "there is no such file");
}

/* Only a path of our own, without anything that a browser could misread. */
static const char *
safe_path(const char *path)
{
    if (path == NULL || path[0] != '/' || strlen(path) > 200)
        return "/";
    for (const char *c = path + 1; *c != '\0'; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
                *c == '-' || (*c == '/' && c[-1] != '/')))
            return "/";
    return path[1] == '/' ? "/" : path;
}

void
pt_web_lang(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    const char *lang = pt_form_get(&rq->form, "lang");

    (void)ctx;
    if (!pt_form_is_ours(rq, answer))
        return;
    if (lang != NULL && (strcmp(lang, "az") == 0 || strcmp(lang, "en") == 0 ||
                            strcmp(lang, "ru") == 0))
        pt_answer_header(answer, "Set-Cookie",
            "lang=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", lang);
    send_to(answer, safe_path(pt_form_get(&rq->form, "back")));
}

static void
show_form(struct pt_request *rq, struct pt_answer *answer, const char *wrong)
{
    struct pt_page page;
    enum mh_lang lang = pt_lang_of(rq);

    pt_page_begin(&page, rq, answer, PT_T("Check a signed document"));
    pt_set_int(&page.root, "limit", PT_UPLOAD_MAX / MEGABYTE);
    if (wrong != NULL) {
        pt_set(&page.root, "file_error", pt_text(lang, wrong));
        pt_page_error(&page, "file", pt_text(lang, wrong));
    }
    pt_page_end(&pt_tmpl_verify, &page, rq, answer, wrong == NULL ? 200 : 422);
}

void
pt_web_form(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    (void)ctx;
    show_form(rq, answer, NULL);
}

/* A browser sends one part without a name and bytes where nothing was chosen.
 */
static bool
is_chosen(const struct pt_file *f, const char *name)
{
    return strcmp(f->part.name, name) == 0 &&
           (f->part.filename[0] != '\0' || f->spool.size > 0);
}

struct check {
    struct pt_app *app;
    struct pt_judge_file data[PT_JUDGE_DATA_MAX];
    size_t datas;
    enum mh_lang lang;
};

/* Judges one document and adds it to the page. */
static enum mh_code
check_one(struct check *c, const struct pt_file *f, struct pt_page *page)
{
    struct pt_question q = {
        .document = {f->part.filename, f->spool.fd, f->spool.size},
        .data = c->data,
        .datas = c->datas,
        .time = pt_time()};
    const struct mh_subject subject = {
        f->part.filename, f->spool.size, f->spool.sha256};
    struct mh_arena *arena = mh_arena_new(JUDGE_ARENA);
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    char id[PT_KEPT_ID];
    enum mh_code code = arena == NULL ? MH_ENOMEM : MH_OK;

    mh_policy_default(&q.policy, c->app->set.strict);
    if (code == MH_OK)
        code = pt_judge_verify(c->app->judge, &q, arena, &err, &report);
    if (code == MH_OK) {
        struct pt_map *m =
            pt_report_page(&page->root, &subject, &report, c->lang);

        if (pt_kept_add(c->app->kept, pt_now_ms(), &subject, &report, id))
            pt_set(m, "id", id);
    } else {
        mh_log("judge", "code=%s", mh_code_name(code));
    }
    mh_arena_free(arena);
    return code;
}

/* What is wrong with so many files of each kind; NULL: nothing. */
static const char *
wrong_choice(size_t documents, size_t datas)
{
    if (documents == 0)
        return PT_T("Choose a document to check");
    if (documents > PT_WEB_FILES_MAX)
        return PT_T("Choose fewer documents at a time");
    if (documents > 1 && datas > 0)
        return PT_T("Choose one signature at a time with what it signs");
    return NULL;
}

void
pt_web_verify(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct check c = {.app = ctx, .lang = pt_lang_of(rq)};
    struct pt_page page;
    const char *wrong;
    size_t documents = 0;

    if (!pt_form_is_ours(rq, answer))
        return;
    for (size_t i = 0; i < rq->files; i++) {
        const struct pt_file *f = &rq->file[i];

        documents += is_chosen(f, "file");
        if (is_chosen(f, "data") && c.datas < PT_JUDGE_DATA_MAX)
            c.data[c.datas++] = (struct pt_judge_file){
                f->part.filename, f->spool.fd, f->spool.size};
    }
    wrong = wrong_choice(documents, c.datas);
    if (wrong != NULL) {
        show_form(rq, answer, wrong);
        return;
    }
    pt_page_begin(&page, rq, answer, PT_T("Result of the check"));
    for (size_t i = 0; i < rq->files; i++)
        if (is_chosen(&rq->file[i], "file") &&
            check_one(&c, &rq->file[i], &page) != MH_OK) {
            pt_answer_header(answer, "Retry-After", "5");
            pt_page_refuse(rq, answer, 503, PT_T("It could not be checked now"),
                PT_T("This is our fault, not the document's. Try again in a "
                     "minute."));
            return;
        }
    pt_page_end(&pt_tmpl_report, &page, rq, answer, 200);
}

void
pt_web_report(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    const char *form = pt_query(rq, "form");
    struct mh_arena *arena = mh_arena_new(JUDGE_ARENA);
    struct mh_subject subject;
    struct mh_report report;

    if (arena != NULL && pt_report_form_good(form) &&
        pt_kept_get(
            app->kept, pt_now_ms(), rq->param, arena, &subject, &report))
        pt_report_file(app, rq, form, &subject, &report, answer);
    else
        pt_page_refuse(rq, answer, 404, PT_T("This report is no longer here"),
            PT_T("Reports can be downloaded for ten minutes. Check the "
                 "document again."));
    mh_arena_free(arena);
}
