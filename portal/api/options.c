#include "portal/api/options.h"

#include <string.h>

#include "base/time.h"
#include "base/wire/codec.h"
#include "base/wire/report.h"

const char *const pt_options_names[] = {
    "lang", "policy", "time", "offline", "report", NULL};

static const char *const types[] = {PT_JSON, "text/plain; charset=utf-8",
    "application/xml", "text/html; charset=utf-8"};
static const char *const bare[] = {
    "application/json", "text/plain", "application/xml", "text/html"};
static const char *const reports[] = {"json", "text", "etsi", "html"};
static const char *const langs[] = {"az", "en", "ru"};

const char *
pt_report_type(enum pt_form_of_report form)
{
    return types[form < PT_REPORTS ? form : PT_REPORT_JSON];
}

static struct mh_span
trim(struct mh_span s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

static struct mh_span
cut(struct mh_span *s, char end)
{
    const uint8_t *p = s->len == 0 ? NULL : memchr(s->ptr, end, s->len);
    size_t n = p == NULL ? s->len : (size_t)(p - s->ptr);
    struct mh_span out = {s->ptr, n};

    if (s->len > 0)
        s->ptr += n + (p != NULL);
    s->len -= n + (p != NULL);
    return trim(out);
}

/* A quality in thousandths; 1000 where there is none. */
static int
quality(struct mh_span params)
{
    while (params.len > 0) {
        struct mh_span p = cut(&params, ';');
        int q = 0, unit = 1000;

        if (p.len < 3 || (p.ptr[0] | 0x20) != 'q' || p.ptr[1] != '=')
            continue;
        for (size_t i = 2; i < p.len && unit > 0; i++) {
            if (p.ptr[i] == '.')
                continue;
            if (p.ptr[i] < '0' || p.ptr[i] > '9')
                return 0;
            q += (p.ptr[i] - '0') * unit;
            unit /= 10;
        }
        return q > 1000 ? 1000 : q;
    }
    return 1000;
}

/* 3: the type itself, 2: its kind, 1: anything, 0: not it. */
static int
fits(struct mh_span range, const char *type)
{
    const char *slash = strchr(type, '/');

    if (pt_span_is_nocase(range, type))
        return 3;
    if (range.len == (size_t)(slash - type) + 2 &&
        memcmp(range.ptr, type, (size_t)(slash - type) + 1) == 0 &&
        range.ptr[range.len - 1] == '*')
        return 2;
    return mh_span_is(range, "*/*") ? 1 : 0;
}

int
pt_accept(struct mh_span accept, const char *const *type, size_t count)
{
    int best = -1, best_quality = 0;

    if (accept.len == 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        struct mh_span rest = accept;
        int closest = 0, q = 0;

        while (rest.len > 0) {
            struct mh_span item = cut(&rest, ','), range = cut(&item, ';');
            int fit = fits(range, type[i]);

            if (fit > closest) {
                closest = fit;
                q = quality(item);
            }
        }
        if (q > best_quality) {
            best = (int)i;
            best_quality = q;
        }
    }
    return best;
}

/* The value of an option; NULL if it is not given. */
static enum mh_code
take(const struct pt_request *rq, const char *name, struct mh_err *err,
    const char **value)
{
    const char *form = pt_form_get(&rq->form, name);

    *value = pt_query(rq, name);
    if (form != NULL && *value != NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "%s: in the form and query", name);
    if (form != NULL)
        *value = form;
    return MH_OK;
}

/* The place of a word in a list; -1 where it is in none. */
static int
word(const char *value, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(value, list[i]) == 0)
            return (int)i;
    return -1;
}

static enum mh_code
one_of(const struct pt_request *rq, const char *name, const char *const *list,
    size_t count, struct mh_err *err, int *out)
{
    const char *value = NULL;
    enum mh_code code = take(rq, name, err, &value);
    int at = value == NULL ? -1 : word(value, list, count);

    if (code != MH_OK)
        return code;
    if (value != NULL && at < 0)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "%s: not one of its values", name);
    *out = value == NULL ? *out : at;
    return MH_OK;
}

static enum mh_code
known(const struct pt_request *rq, struct mh_err *err)
{
    const char *unknown;
    size_t n = 0;

    while (pt_options_names[n] != NULL)
        n++;
    if (!pt_form_knows(&rq->form, pt_options_names, n, &unknown))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: an unknown field");
    return MH_OK;
}

enum mh_code
pt_options_read(const struct pt_request *rq, bool strict, struct mh_err *err,
    struct pt_options *out)
{
    static const char *const policies[] = {"lenient", "strict"};
    static const char *const bools[] = {"false", "true"};
    int report = -1, lang = -1, policy = strict, offline = 0;
    const char *when = NULL;
    enum mh_code code = known(rq, err);

    *out = (struct pt_options){.time = MH_TIME_NONE};
    if (code == MH_OK)
        code = one_of(rq, "report", reports, PT_REPORTS, err, &report);
    if (code == MH_OK)
        code = one_of(rq, "lang", langs, MH_LANGS, err, &lang);
    if (code == MH_OK)
        code = one_of(rq, "policy", policies, 2, err, &policy);
    if (code == MH_OK)
        code = one_of(rq, "offline", bools, 2, err, &offline);
    if (code == MH_OK)
        code = take(rq, "time", err, &when);
    if (code == MH_OK && when != NULL &&
        !mh_time_parse(mh_span_str(when), false, &out->time))
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "time: not a time of RFC 3339");
    if (code != MH_OK)
        return code;
    if (report < 0)
        report = pt_accept(rq->gate.accept, bare, PT_REPORTS);
    if (report < 0)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "accept: none of the forms of a report");
    out->report = (enum pt_form_of_report)report;
    out->lang_given = lang >= 0;
    out->lang = lang >= 0 ? (enum mh_lang)lang
                          : (report == PT_REPORT_HTML ? MH_AZ : MH_EN);
    out->strict = policy == 1;
    out->offline = offline == 1;
    return MH_OK;
}

static void
fields(struct mh_codec *c, struct pt_options *o)
{
    unsigned report = o->report, lang = o->lang;

    mh_codec_enum(c, &report, PT_REPORTS);
    mh_codec_enum(c, &lang, MH_LANGS);
    mh_codec_bool(c, &o->strict);
    mh_codec_bool(c, &o->offline);
    mh_codec_i64(c, &o->time);
    o->report = (enum pt_form_of_report)report;
    o->lang = (enum mh_lang)lang;
}

void
pt_options_pack(const struct pt_options *o, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct pt_options copy = *o;

    fields(&c, &copy);
}

enum mh_code
pt_options_unpack(struct mh_span in, struct mh_err *err, struct pt_options *out)
{
    struct mh_codec c = mh_codec_unpack(in, NULL);

    *out = (struct pt_options){.time = MH_TIME_NONE};
    fields(&c, out);
    return mh_codec_done(&c)
               ? MH_OK
               : mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "options: malformed");
}
