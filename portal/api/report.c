#include "portal/api/report.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/text.h"

/* The bytes between the first <style> and its end; all of it is ours: what
   came from a document stands behind the head, and is escaped. */
static bool
style_of(struct mh_span page, struct mh_span *out)
{
    static const char begin[] = "<style>", end[] = "</style>";
    const uint8_t *from = memmem(page.ptr, page.len, begin, sizeof(begin) - 1);
    const uint8_t *to;

    if (from == NULL)
        return false;
    from += sizeof(begin) - 1;
    to = memmem(
        from, page.len - (size_t)(from - page.ptr), end, sizeof(end) - 1);
    if (to == NULL)
        return false;
    *out = (struct mh_span){from, (size_t)(to - from)};
    return true;
}

static void
allow_style(struct pt_answer *answer)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_span style;
    struct mh_buf b64;

    if (!mh_buf_ok(&answer->body) ||
        !style_of(mh_buf_get(&answer->body), &style) ||
        mh_digest_once(MH_SHA256, style, NULL, hash) != MH_OK)
        return; /* then it is shown without */
    mh_buf_init(&b64, 64);
    mh_base64_encode((struct mh_span){hash, MH_SHA256_LENGTH}, &b64);
    if (mh_buf_ok(&b64))
        (void)snprintf(answer->csp, sizeof(answer->csp),
            "default-src 'none'; style-src 'sha256-%.*s'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'; sandbox",
            (int)b64.len, (const char *)b64.ptr); /* always fits */
    mh_buf_fini(&b64);
}

void
pt_report_answer(const struct pt_options *options,
    const struct mh_subject *subject, const struct mh_report *report,
    struct pt_answer *answer)
{
    struct mh_err err = {.msg = ""};

    answer->type = pt_report_type(options->report);
    switch (options->report) {
    case PT_REPORT_TEXT:
        mh_print_text(subject, report, options->lang, &answer->body);
        break;
    case PT_REPORT_ETSI:
        mh_print_etsi(subject, report, &answer->body);
        break;
    case PT_REPORT_HTML:
        mh_print_html(subject, report, options->lang, &answer->body);
        allow_style(answer);
        break;
    case PT_REPORT_JSON:
    case PT_REPORTS:
    default:
        if (mh_print_json(subject, report, &err, &answer->body) != MH_OK)
            answer->body.bad = true;
        break;
    }
    pt_answer_header(answer, "Vary", "Accept");
}
