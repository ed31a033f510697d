#include "portal/pages/reportpage.h"

#include <stdio.h>

#include "base/report/labels.h"
#include "base/time.h"

enum {
    BAKU = 4 * 3600,        /* seconds; without summer time since 2016 */
    WORDS_MAX = 1 << 14,    /* bytes of a finding in words */
    FILES_SHOWN_MAX = 1000, /* names under one signature */
};

void
pt_baku_time(int64_t t, char out[static 40])
{
    struct mh_civil c;

    out[0] = '\0';
    if (t != MH_TIME_NONE && t < INT64_MAX - BAKU &&
        mh_time_to_civil(t + BAKU, &c))
        (void)snprintf(out, 40, "%02d.%02d.%04d %02d:%02d:%02d (UTC+4)", c.day,
            c.month, c.year, c.hour, c.min, c.sec); /* always fits */
}

static void
set_time(struct pt_map *m, const char *name, int64_t t)
{
    char text[40];

    pt_baku_time(t, text);
    pt_set(m, name, text);
}

static void
add_finding(struct pt_map *m, const char *list, const struct mh_finding *f,
    enum mh_lang lang)
{
    struct pt_map *item = pt_add(m, list);
    struct mh_buf words;

    mh_buf_init(&words, WORDS_MAX);
    mh_print_finding(f, lang, &words);
    if (mh_buf_ok(&words))
        pt_set_span(item, "text", mh_buf_get(&words));
    mh_buf_fini(&words);
    pt_set(item, "code", mh_finding_name(f->code));
}

static const char *
tone_of(enum mh_verdict v)
{
    switch (v) {
    case MH_TOTAL_PASSED:
        return "good";
    case MH_TOTAL_FAILED:
    case MH_REFUSED:
        return "bad";
    case MH_INDETERMINATE:
    case MH_NO_SIGNATURE:
    case MH_NOT_JUDGED:
    case MH_VERDICTS:
        break;
    }
    return "open";
}

static const char *
colour_of(enum mh_indication i)
{
    return i == MH_IND_PASSED ? "green" : i == MH_IND_FAILED ? "red" : "yellow";
}

static const char *
signer_of(const struct mh_report_sig *s)
{
    return s->signer_name[0] != '\0'           ? s->signer_name
           : s->signer_organization[0] != '\0' ? s->signer_organization
                                               : s->signer_subject;
}

/* As the standards spell it. */
static const char *
kind_of(enum mh_sig_kind kind)
{
    switch (kind) {
    case MH_KIND_XADES:
        return "XAdES";
    case MH_KIND_CADES:
        return "CAdES";
    case MH_KIND_PADES:
        return "PAdES";
    case MH_KIND_DOC_TIMESTAMP:
    case MH_KIND_TST:
        return "RFC 3161";
    case MH_KIND_C2PA:
        return "C2PA";
    case MH_KIND_HOLDER:
    case MH_KINDS:
        break;
    }
    return mh_kind_name(kind);
}

static void
add_signature(struct pt_map *doc, const struct mh_report *r,
    const struct mh_report_sig *s, size_t number, enum mh_lang lang)
{
    struct pt_map *m = pt_add(doc, "signatures");

    pt_set_int(m, "number", (int64_t)number);
    pt_set(m, "signer", signer_of(s));
    pt_set(m, "colour", colour_of(s->indication));
    pt_set(m, "verdict_text", mh_indication_words(s->indication, lang));
    pt_setf(m, "verdict", "%s %s", mh_indication_name(s->indication),
        mh_sub_name(s->sub));
    pt_setf(m, "level", "%s %s", kind_of(s->kind),
        s->level == MH_LEVEL_NONE ? "" : mh_level_name(s->level));
    set_time(m, "time", s->best_signature_time);
    set_time(m, "claimed", s->claimed_time);
    pt_set(m, "issuer", s->signer_issuer);
    pt_set(m, "changes", mh_modifications_words(s->modifications, lang));
    pt_set_list(m, "files"); /* not those of another signature */
    for (size_t i = 0; i < s->covers_count && i < FILES_SHOWN_MAX; i++)
        if (s->covers[i] < r->files)
            pt_set(pt_add(m, "files"), "name", r->file[s->covers[i]].name);
    pt_set_list(m, "findings");
    for (size_t i = 0; i < s->findings.count; i++)
        add_finding(m, "findings", &s->findings.item[i], lang);
}

struct pt_map *
pt_report_page(struct pt_map *m, const struct mh_subject *subject,
    const struct mh_report *report, enum mh_lang lang)
{
    struct pt_map *doc = pt_add(m, "documents");
    const struct pt_val *all = pt_get(m, mh_span_str("documents"));
    int64_t number = 0;
    struct mh_buf words;

    for (const struct pt_map *d = all == NULL ? NULL : all->first; d != NULL;
         d = d->next)
        number++;
    pt_set_int(doc, "number", number);

    pt_set(doc, "name", subject->file);
    pt_setf(doc, "size", "%llu", (unsigned long long)subject->size);
    pt_set(doc, "sha256", subject->sha256);
    pt_set(doc, "format",
        report->profile[0] != '\0' ? report->profile
                                   : mh_format_name(report->format));
    pt_set(doc, "tone", tone_of(report->verdict));
    pt_set(doc, "verdict", mh_verdict_name(report->verdict));
    pt_set(doc, "verdict_text", mh_verdict_words(report->verdict, lang));
    set_time(doc, "checked", report->validation_time);
    mh_buf_init(&words, WORDS_MAX);
    if (report->reason.code != MH_FINDING_NONE) {
        mh_print_finding(&report->reason, lang, &words);
        pt_set(doc, "code", mh_finding_name(report->reason.code));
    } else {
        pt_set(doc, "code", "");
    }
    if (mh_buf_ok(&words))
        pt_set_span(doc, "reason", mh_buf_get(&words));
    mh_buf_fini(&words);
    pt_set_list(doc, "signatures");
    for (size_t i = 0; i < report->sigs; i++)
        add_signature(doc, report, &report->sig[i], i + 1, lang);
    pt_set_list(doc, "notes");
    for (size_t i = 0; i < report->findings.count; i++)
        add_finding(doc, "notes", &report->findings.item[i], lang);
    return doc;
}
