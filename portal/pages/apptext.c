#include "portal/pages/apptext.h"

#include <string.h>

#include "base/sys/chan.h"
#include "base/text.h"
#include "pages.h"
#include "portal/pages/appwords.h"
#include "portal/pages/wizard.h"

const char *const pt_web_application_text_files[] = {"body", "claims", NULL};

static void
show(struct pt_wizard *w)
{
    const struct pt_application *a = &w->d.a;
    struct pt_page page;
    struct pt_map *m = &page.root;

    pt_wizard_page(w, &page);
    pt_set(m, "heading", a->title);
    pt_set_lines(m, "body", mh_span_str(a->body));
    pt_set_lines(m, "claims", mh_span_str(a->claims));
    pt_set_flag(
        m, "ask_late", pt_application_late(&w->d) || a->late[0] != '\0');
    pt_set_lines(m, "late", mh_span_str(a->late));
    pt_set_flag(m, "made", a->made);
    pt_wizard_show(w, &page, &pt_tmpl_application_text);
}

void
pt_web_application_text(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_step(&w, 4))
        show(&w);
    pt_wizard_end(&w);
}

/* A text of several lines out of a part, CR LF as LF, in the arena.  NULL:
   memory, the system.  *good: false: no text, or far too long; then it is "".
 */
static const char *
text_of(struct pt_wizard *w, const char *name, size_t chars, bool *good)
{
    const struct pt_file *f = pt_request_file(w->rq, name);
    struct mh_map map = {0};
    char *out;
    size_t n = 0;

    *good = f == NULL || f->spool.size <= 8 * (uint64_t)chars;
    if (f == NULL || f->spool.size == 0 || !*good)
        return "";
    if (mh_map_fd(f->spool.fd, f->spool.size, NULL, &map) != MH_OK)
        return NULL;
    *good = mh_utf8_valid(map.bytes) &&
            memchr(map.bytes.ptr, 0, map.bytes.len) == NULL;
    out = *good ? mh_arena_str(w->arena, map.bytes) : NULL;
    mh_map_fini(&map);
    if (!*good)
        return "";
    for (const char *p = out; p != NULL && *p != '\0'; p++)
        if (!(p[0] == '\r' && p[1] == '\n'))
            out[n++] = *p;
    if (out != NULL)
        out[n] = '\0';
    return out;
}

static bool
take(struct pt_wizard *w, struct pt_application *a)
{
    const char *title = pt_field(w->rq, "title");
    char kept[sizeof(a->title)];
    bool body, claims;

    a->body = text_of(w, "body", PT_APPLICATION_BODY, &body);
    a->claims = text_of(w, "claims", PT_APPLICATION_CLAIMS, &claims);
    if (a->body == NULL || a->claims == NULL) {
        struct mh_err err = {.msg = ""};

        (void)mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
        pt_answer_error(w->answer, &err);
        return false;
    }
    if (!pt_line_of(title, PT_APPLICATION_TITLE, kept))
        pt_wizard_wrong(w, "title", "wrong_title",
            PT_T("The heading is longer than 200 characters, or has characters "
                 "that cannot be read"));
    memcpy(a->title, kept, sizeof(kept));
    if (!pt_line_of(pt_field(w->rq, "late"), PT_APPLICATION_WHY, a->late))
        pt_wizard_wrong(w, "late", "wrong_late",
            PT_T("The reason is longer than 500 characters, or has characters "
                 "that cannot be read"));
    if (!body)
        pt_wizard_wrong(w, "body", "wrong_body",
            PT_T("The text is longer than 200,000 characters"));
    if (!claims)
        pt_wizard_wrong(w, "claims", "wrong_claims",
            PT_T("What you ask for is longer than 20,000 characters"));
    return true;
}

/* All that is wrong with it; lenient: what is not there yet is not. */
static void
check(struct pt_wizard *w, bool lenient)
{
    static const struct {
        const char *field, *name;
    } names[] = {{"title", "wrong_title"}, {"body", "wrong_body"},
        {"claims", "wrong_claims"}, {"late", "wrong_late"}};
    const struct pt_application kept = w->d.a;
    struct pt_application_fault f;

    for (size_t i = 0; i < 4 && !pt_application_step(&w->d, 4, &f); i++) {
        for (size_t n = 0; n < 4; n++)
            if (strcmp(names[n].field, f.field) == 0 &&
                !(lenient && strcmp(f.rule, "missing") == 0))
                pt_wizard_wrong(w, names[n].field, names[n].name,
                    pt_application_fault_text(&f));
        /* And what else there is. */
        if (f.field[0] == 't')
            memcpy(w->d.a.title, "x", 2);
        else if (f.field[0] == 'b')
            w->d.a.body = "x";
        else if (f.field[0] == 'c')
            w->d.a.claims = "x";
        else
            memcpy(w->d.a.late, "x", 2);
    }
    w->d.a = kept;
}

/* Saves it; with the PDF of what is there, where that is asked for. */
static void
save(struct pt_wizard *w)
{
    enum pt_application_done done = PT_APPLICATION_NONE;
    struct pt_rule rule = {PT_RULED_ACCEPT, "", ""};
    struct mh_err err = {.msg = ""};
    struct pt_staged pdf, *made = NULL;
    enum mh_code code = MH_OK;

    if (pt_wizard_do(w, "preview")) {
        code = pt_application_render(w->app, &w->d, &err, &pdf, &rule);
        made = &pdf;
    }
    if (code == MH_OK && rule.what == PT_RULED_REFUSE) {
        pt_wizard_wrong(w, "body", "wrong_body", rule.why);
        show(w);
        return;
    }
    if (code == MH_OK)
        code = pt_store_application_set_text(
            w->app->store, &w->by, &w->d.a, made, &err, &done);
    if (pt_wizard_done(w, code, done, &err, "step-4"))
        pt_wizard_saved(w);
    else if (w->faults > 0)
        show(w);
}

void
pt_web_application_text_set(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_wizard w = PT_WIZARD;

    if (pt_wizard_step(&w, 4) &&
        pt_wizard_by(
            &w, pt_wizard_do(&w, "autosave") ? NULL : "application.changed") &&
        take(&w, &w.d.a)) {
        check(&w, pt_wizard_do(&w, "leave") || pt_wizard_do(&w, "autosave"));
        if (w.faults > 0)
            show(&w);
        else
            save(&w);
    }
    pt_wizard_end(&w);
}
