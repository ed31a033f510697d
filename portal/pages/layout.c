#include "portal/pages/layout.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/assets/assets.h"
#include "portal/http/id.h"

/*
 * Everything from here, nothing inline; files are chosen and sent to here
 * alone.
 */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'";

static const char token_cookie[] = "__Host-form";

bool
pt_cookie(const struct pt_request *rq, const char *name, char *out, size_t size)
{
    struct mh_span s = rq->gate.cookie;
    size_t n = strlen(name);

    while (s.len > 0) {
        const uint8_t *end = memchr(s.ptr, ';', s.len);
        size_t len = end == NULL ? s.len : (size_t)(end - s.ptr);

        if (len > n && len - n - 1 < size && memcmp(s.ptr, name, n) == 0 &&
            s.ptr[n] == '=') {
            memcpy(out, s.ptr + n + 1, len - n - 1);
            out[len - n - 1] = '\0';
            return true;
        }
        len += end != NULL;
        s.ptr += len;
        s.len -= len;
        while (s.len > 0 && s.ptr[0] == ' ') {
            s.ptr++;
            s.len--;
        }
    }
    return false;
}

enum mh_lang
pt_lang_of(const struct pt_request *rq)
{
    char lang[4];

    if (!pt_cookie(rq, "lang", lang, sizeof(lang)))
        return MH_AZ;
    return strcmp(lang, "en") == 0   ? MH_EN
           : strcmp(lang, "ru") == 0 ? MH_RU
                                     : MH_AZ;
}

/* The reader's token, or a new one that goes out with the answer. */
static void
set_token(struct pt_page *page, struct pt_request *rq, struct pt_answer *answer)
{
    char token[PT_TOKEN];

    if (!pt_cookie(rq, token_cookie, token, sizeof(token)) ||
        !pt_id_valid(mh_span_str(token))) {
        pt_id_new(token);
        pt_answer_header(answer, "Set-Cookie",
            "%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict", token_cookie,
            token);
    }
    pt_set(&page->root, "csrf", token);
}

bool
pt_form_is_ours(struct pt_request *rq, struct pt_answer *answer)
{
    const char *given = pt_form_get(&rq->form, "csrf");
    char token[PT_TOKEN];

    if (given != NULL && pt_cookie(rq, token_cookie, token, sizeof(token)) &&
        pt_id_valid(mh_span_str(token)) && strcmp(given, token) == 0)
        return true;
    pt_page_refuse(rq, answer, 403, PT_T("This form has expired"),
        PT_T("Go back, load the page again, and send the form once more."));
    return false;
}

void
pt_page_begin(struct pt_page *page, struct pt_request *rq,
    struct pt_answer *answer, const char *title)
{
    static const char *const codes[] = {"az", "en", "ru"};
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_map *m = &page->root;
    struct mh_span path = rq->gate.path;

    pt_page_init(page, rq->arena);
    pt_set(m, "lang", codes[lang]);
    pt_set_flag(m, "is_az", lang == MH_AZ);
    pt_set_flag(m, "is_en", lang == MH_EN);
    pt_set_flag(m, "is_ru", lang == MH_RU);
    pt_set(m, "title", pt_text(lang, title));
    pt_set(m, "assets", pt_assets_version);
    /* What was posted to cannot be got. */
    if (rq->gate.method == PT_POST)
        path = mh_span_str("/verify");
    pt_set_span(m, "path", path);
    set_token(page, rq, answer);
}

void
pt_page_error(struct pt_page *page, const char *field, const char *message)
{
    struct pt_map *item;

    pt_set_flag(&page->root, "error", true);
    item = pt_add(&page->root, "errors");
    pt_set(item, "field", field);
    pt_set(item, "message", message);
}

void
pt_page_end(const struct pt_tmpl *tmpl, const struct pt_page *page,
    const struct pt_request *rq, struct pt_answer *answer, unsigned status)
{
    struct mh_err err = {.msg = ""};

    mh_buf_clear(&answer->body);
    answer->status = status;
    answer->type = "text/html; charset=utf-8";
    memcpy(answer->csp, policy, sizeof(policy));
    if (pt_tmpl_render(tmpl, page, pt_lang_of(rq), &err, &answer->body) !=
        MH_OK)
        pt_answer_error(answer, &err);
}

void
pt_page_form_action(struct pt_answer *answer, const char *origin)
{
    static const char where[] = "form-action 'self'";
    const char *at = strstr(policy, where);
    size_t n = (size_t)(at - policy) + sizeof(where) - 1;

    (void)snprintf(answer->csp, sizeof(answer->csp), "%.*s %s%s", (int)n,
        policy, origin, policy + n); /* it fits: an origin has 255 bytes */
}

void
pt_page_refuse(struct pt_request *rq, struct pt_answer *answer, unsigned status,
    const char *title, const char *text)
{
    struct pt_page page;

    pt_page_begin(&page, rq, answer, title);
    pt_set_flag(&page.root, "error", true);
    pt_set(&page.root, "text", pt_text(pt_lang_of(rq), text));
    pt_set(&page.root, "request", rq->id);
    pt_page_end(&pt_tmpl_error, &page, rq, answer, status);
}
