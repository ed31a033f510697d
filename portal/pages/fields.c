#include "portal/pages/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/text.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/store/fold.h"

enum {
    DAY_MINUTES = 24 * 60,
    VERSION_DIGITS = 15,
    SAID_MAX = 2 * PT_FORM_MAX, /* bytes of what a form says */
};

const char *
pt_field(const struct pt_request *rq, const char *name)
{
    const char *value = pt_form_get(&rq->form, name);

    return value == NULL ? "" : value;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
pt_line_of(const char *text, size_t chars, char *out)
{
    struct mh_span left;
    size_t n = 0, count = 0;
    uint32_t cp;

    while (is_blank(*text))
        text++;
    for (; *text != '\0' && n < 4 * chars; text++)
        if (*text != '\r') /* a browser ends lines with CR LF */
            out[n++] = (char)(*text == '\n' || *text == '\t' ? ' ' : *text);
    while (is_blank(*text))
        text++;
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    left = mh_span_str(out);
    for (; left.len > 0 && mh_utf8_next(&left, &cp); count++)
        continue;
    if (*text == '\0' && left.len == 0 && count <= chars &&
        mh_text_is_clean(mh_span_str(out), 4 * chars))
        return true;
    out[0] = '\0';
    return false;
}

bool
pt_lines_of(const char *text, size_t chars, char *out, size_t size)
{
    size_t n = 0, count = 0;

    for (; *text != '\0' && n + 1 < size; text++) {
        count += ((uint8_t)*text & 0xc0) != 0x80 && *text != '\r';
        if ((uint8_t)*text >= ' ' || *text == '\n')
            out[n++] = *text;
        else if (*text != '\r' && *text != '\t')
            return false;
    }
    out[n] = '\0';
    return *text == '\0' && n > 0 && count <= chars;
}

bool
pt_line_says(const char *text)
{
    struct mh_span left = mh_span_str(text);
    bool says = false;
    uint32_t cp;

    while (mh_utf8_next(&left, &cp)) {
        cp = pt_fold_one(cp);
        says = says || (cp != ' ' && cp != 0);
    }
    return says && left.len == 0;
}

enum mh_code
pt_fields_digest(const struct pt_request *rq, struct mh_err *err,
    uint8_t out[static PT_HASH])
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf all;
    enum mh_code code;

    mh_buf_init(&all, SAID_MAX);
    for (size_t i = 0; i < rq->form.fields; i++) {
        const struct pt_form_field *f = &rq->form.field[i];

        if (strcmp(f->name, "csrf") == 0)
            continue;
        mh_buf_str(&all, f->name);
        mh_buf_byte(&all, '\0');
        mh_buf_str(&all, f->value);
        mh_buf_byte(&all, '\0');
    }
    code = mh_buf_ok(&all)
               ? mh_digest_once(MH_SHA256, mh_buf_get(&all), err, hash)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (code == MH_OK)
        memcpy(out, hash, PT_HASH);
    mh_buf_fini(&all);
    return code;
}

bool
pt_form_id_good(const struct pt_request *rq)
{
    return pt_id_valid(mh_span_str(pt_field(rq, "form")));
}

void
pt_form_id_set(struct pt_map *m, const struct pt_request *rq)
{
    char id[27];

    /* A form that was refused may be sent again as the same one. */
    if (pt_form_id_good(rq)) {
        pt_set(m, "form", pt_field(rq, "form"));
        return;
    }
    pt_id_new(id);
    pt_set(m, "form", id);
}

int64_t
pt_version_of(const struct pt_request *rq)
{
    const char *s = pt_field(rq, "version");
    size_t n = strspn(s, "0123456789");

    return n == 0 || n > VERSION_DIGITS || s[n] != '\0' ? -1
                                                        : strtoll(s, NULL, 10);
}

void
pt_fault_set(struct pt_page *page, const struct pt_fault *fault)
{
    pt_set(&page->root, fault->name, fault->text);
    pt_page_error(page, fault->field, fault->text);
}

/* One to max digits; false: something else. */
static bool
number(const char *text, size_t len, size_t max, uint32_t *out)
{
    *out = 0;
    if (len < 1 || len > max)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = 10 * *out + (uint32_t)(text[i] - '0');
    }
    return true;
}

bool
pt_minutes_read(const char *text, uint32_t *out)
{
    return number(text, strlen(text), 3, out) && *out >= PT_MINUTES_MIN &&
           *out <= PT_MINUTES_MAX;
}

bool
pt_baku_time_read(const char *day, const char *time, int64_t *out)
{
    const char *colon = strchr(time, ':');
    uint32_t hour, minute;

    if (colon == NULL || strlen(colon + 1) != 2 ||
        !number(time, (size_t)(colon - time), 2, &hour) ||
        !number(colon + 1, 2, 2, &minute) || minute > 59 ||
        hour * 60 + minute >= DAY_MINUTES || !pt_baku_day_parse(day, out))
        return false;
    *out += (int64_t)(hour * 60 + minute) * 60;
    return true;
}
