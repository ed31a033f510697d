#include "base/report/print.h"

#include <inttypes.h>

#include "base/report/labels.h"
#include "base/report/markup.h"
#include "base/text.h"
#include "base/time.h"

enum {
    NAME_MAX_SHOWN = 4096, /* bytes of a file name */
    WORDS_MAX = 1 << 14    /* bytes of a printed finding */
};

struct page {
    struct mh_buf *out;
    const struct mh_subject *subject;
    const struct mh_report *report;
    enum mh_lang lang;
};

/*
 * Every pair of colours has a contrast of at least 7:1 (WCAG 1.4.6), and no
 * meaning hangs on a colour alone: words and a sign say the same.
 */
static const char style[] =
    "<style>"
    "*{box-sizing:border-box}"
    "body{margin:0;background:#fff;color:#1a1a1a;"
    "font:1rem/1.5 \"Noto Sans\",\"DejaVu Sans\",\"Liberation Sans\",Arial,"
    "sans-serif}"
    "main{max-width:52rem;margin:0 auto;padding:1.5rem}"
    "h1{font-size:1.7rem;line-height:1.25;margin:0 0 .25rem}"
    "h2{font-size:1.25rem;margin:2rem 0 .5rem;padding-bottom:.25rem;"
    "border-bottom:2px solid #444}"
    "h3{font-size:1.05rem;margin:0 0 .5rem}"
    "h1::first-letter,.say::first-letter{text-transform:uppercase}"
    "p{margin:.25rem 0}"
    ".kicker{color:#444;margin-bottom:.75rem}"
    ".verdict,article{border:1px solid #666;border-left-width:.6rem;"
    "border-radius:.25rem;padding:1rem;margin:0 0 1rem}"
    ".passed{background:#eef7ef;border-color:#0b5d1e}"
    ".passed h1,.passed .say{color:#0a4d19}"
    ".failed{background:#fdf0ef;border-color:#8b0000}"
    ".failed h1,.failed .say{color:#7a0000}"
    ".unclear{background:#fff8e1;border-color:#6b4e00}"
    ".unclear h1,.unclear .say{color:#553d00}"
    "article.passed,article.failed,article.unclear{background:#fff}"
    ".say{font-weight:700}"
    "dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;"
    "gap:.2rem 1rem;margin:.5rem 0}"
    "dt{color:#444}dd{margin:0;overflow-wrap:anywhere}"
    "ul{margin:.25rem 0;padding-left:1.2rem}li{margin:.3rem 0}"
    "h4{font-size:1rem;margin:.75rem 0 .25rem}"
    ".error b{color:#7a0000}.warning b{color:#553d00}"
    "small{color:#444;font-size:.875em}"
    ".hash{font-family:\"DejaVu Sans Mono\",\"Liberation Mono\",monospace;"
    "font-size:.85em;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #888;padding:.35rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f0f0f0;white-space:nowrap}"
    "td+td{overflow-wrap:break-word}"
    "@page{margin:18mm}"
    "@media print{main{max-width:none;padding:0}"
    "article,.verdict,tr,li{break-inside:avoid}"
    "h2,h3,h4{break-after:avoid}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}"
    "@media (max-width:34rem){dl{grid-template-columns:1fr}"
    "dd{margin:0 0 .4rem}}"
    "</style>";

static void
put(const struct page *p, const char *markup)
{
    mh_buf_str(p->out, markup);
}

/* Text of a document stands in bdi: its direction ends where it ends. */
static void
foreign(const struct page *p, const char *text)
{
    mh_markup_element(p->out, "bdi", text);
}

static void
label(const struct page *p, enum mh_label l)
{
    mh_markup_text(p->out, mh_label(l, p->lang));
}

static void
term(const struct page *p, enum mh_label l)
{
    put(p, "<dt>");
    label(p, l);
    put(p, "</dt><dd>");
}

static void
row(const struct page *p, enum mh_label l, const char *value)
{
    if (value[0] == '\0')
        return;
    term(p, l);
    foreign(p, value);
    put(p, "</dd>");
}

static void
hash_row(const struct page *p, enum mh_label l, const char *hex)
{
    if (hex[0] == '\0')
        return;
    term(p, l);
    put(p, "<span class=\"hash\">");
    mh_markup_text(p->out, hex);
    put(p, "</span></dd>");
}

static bool
put_time(const struct page *p, int64_t t)
{
    char when[32];

    mh_time_format(t, when);
    if (when[0] == '\0')
        return false;
    /* "2022-06-01T12:00:00Z" is shown as "2022-06-01 12:00:00 UTC". */
    put(p, "<time datetime=\"");
    put(p, when);
    mh_buf_printf(p->out, "\">%.10s %.8s UTC</time>", when, when + 11);
    return true;
}

static void
heading(const struct page *p, int level, enum mh_label l)
{
    mh_buf_printf(p->out, "\n<h%d>", level);
    label(p, l);
    mh_buf_printf(p->out, "</h%d>\n", level);
}

static void
words_of(const struct page *p, const struct mh_finding *f)
{
    mh_markup_text(p->out, mh_finding_text(f->code, p->lang));
    if (f->what[0] != '\0') {
        put(p, ": ");
        foreign(p, f->what);
    }
}

static void
clause_of(const struct page *p, const struct mh_finding *f)
{
    put(p, "<small>");
    label(p, MH_L_CLAUSE);
    put(p, ": ");
    mh_markup_text(p->out, mh_finding_clause(f->code));
    put(p, " · ");
    mh_markup_text(p->out, mh_finding_name(f->code));
    put(p, "</small>");
}

static void
findings(const struct page *p, const struct mh_findings *list)
{
    static const struct {
        enum mh_label label;
        const char *class;
    } of[MH_SEVERITIES] = {
        [MH_ERROR] = {MH_L_ERROR, "error"},
        [MH_WARNING] = {MH_L_WARNING, "warning"},
        [MH_INFO] = {MH_L_INFO, "info"},
    };

    put(p, "<ul>\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct mh_finding *f = &list->item[i];

        mh_buf_printf(p->out, "<li class=\"%s\"><b>", of[f->level].class);
        label(p, of[f->level].label);
        put(p, ":</b> ");
        words_of(p, f);
        put(p, "<br>");
        clause_of(p, f);
        put(p, "</li>\n");
    }
    put(p, "</ul>\n");
}

static const char *
class_of(enum mh_verdict v)
{
    if (v == MH_TOTAL_PASSED)
        return "passed";
    return v == MH_TOTAL_FAILED || v == MH_REFUSED ? "failed" : "unclear";
}

static const char *
sign_of(enum mh_verdict v)
{
    if (v == MH_TOTAL_PASSED)
        return "✓";
    return v == MH_TOTAL_FAILED || v == MH_REFUSED ? "✗" : "?";
}

/* First of all: may this document be relied on, and if not, why not. */
static void
verdict(const struct page *p)
{
    const struct mh_report *r = p->report;

    mh_buf_printf(
        p->out, "<div class=\"verdict %s\">\n<h1>", class_of(r->verdict));
    mh_markup_text(p->out, mh_verdict_words(r->verdict, p->lang));
    mh_buf_printf(p->out, " <span aria-hidden=\"true\">%s</span></h1>\n",
        sign_of(r->verdict));
    put(p, "<p><strong>");
    mh_markup_text(p->out, mh_verdict_name(r->verdict));
    put(p, "</strong></p>\n");
    if (r->reason.code != MH_FINDING_NONE) {
        put(p, "<p><strong>");
        label(p, MH_L_WHY);
        put(p, ":</strong> ");
        words_of(p, &r->reason);
        put(p, "<br>");
        clause_of(p, &r->reason);
        put(p, "</p>\n");
    }
    put(p, "</div>\n");
}

static void
document(const struct page *p)
{
    struct mh_buf name;

    mh_buf_init(&name, 4 * (size_t)NAME_MAX_SHOWN);
    mh_text_clean(mh_span_str(p->subject->file), NAME_MAX_SHOWN, &name);
    mh_buf_byte(&name, 0);
    put(p, "<dl>");
    row(p, MH_L_FILE, mh_buf_ok(&name) ? (const char *)name.ptr : "");
    row(p, MH_L_FORMAT, p->report->profile);
    term(p, MH_L_SIZE);
    mh_buf_printf(p->out, "%" PRIu64 " ", p->subject->size);
    label(p, MH_L_BYTES);
    put(p, "</dd>");
    if (p->subject->sha256[0] != '\0') {
        put(p, "<dt>SHA-256</dt><dd class=\"hash\">");
        mh_markup_text(p->out, p->subject->sha256);
        put(p, "</dd>");
    }
    put(p, "</dl>\n");
    if (!mh_buf_ok(&name))
        p->out->bad = true;
    mh_buf_fini(&name);
}

static bool
is_proven(const struct mh_report_sig *s)
{
    for (size_t i = 0; i < s->stamps; i++)
        if (s->stamp[i].passed && s->stamp[i].kind != MH_STAMP_CONTENT)
            return true;
    return false;
}

static void
times(const struct page *p, const struct mh_report_sig *s)
{
    bool proven = is_proven(s);
    int64_t t = proven ? s->best_signature_time : s->claimed_time;
    char when[32];

    mh_time_format(t, when);
    if (when[0] != '\0') {
        term(p, MH_L_SIGNED_AT);
        (void)put_time(p, t); /* it is a time: looked at just above */
        put(p, " — ");
        label(p, proven ? MH_L_PROVEN : MH_L_CLAIMED_ONLY);
        put(p, "</dd>");
    }
    for (size_t i = 0; i < s->stamps; i++) {
        term(p, MH_L_STAMP);
        mh_markup_text(p->out, mh_stamp_words(s->stamp[i].kind, p->lang));
        put(p, ": ");
        if (put_time(p, s->stamp[i].time) && s->stamp[i].issuer[0] != '\0')
            put(p, ", ");
        foreign(p, s->stamp[i].issuer);
        put(p, " — ");
        label(p, s->stamp[i].passed ? MH_L_AS_PROOF : MH_L_NOT_PROOF);
        put(p, "</dd>");
    }
}

static void
coverage(const struct page *p, const struct mh_report_sig *s)
{
    term(p, MH_L_COVERS);
    if (s->covers_whole_document)
        label(p, MH_L_EVERYTHING);
    else if (s->covers_count == 0)
        label(p, MH_L_NOTHING);
    for (size_t i = 0; i < s->covers_count; i++) {
        put(p, i > 0 ? ", " : s->covers_whole_document ? " — " : "");
        foreign(p, p->report->file[s->covers[i]].name);
    }
    put(p, "</dd>");
}

static enum mh_verdict
verdict_of(const struct mh_report_sig *s)
{
    if (s->indication == MH_IND_PASSED)
        return MH_TOTAL_PASSED;
    return s->indication == MH_IND_INDETERMINATE ? MH_INDETERMINATE
                                                 : MH_TOTAL_FAILED;
}

static void
signature(const struct page *p, const struct mh_report_sig *s)
{
    mh_buf_printf(
        p->out, "\n<article class=\"%s\">\n<h3>", class_of(verdict_of(s)));
    label(p, MH_L_SIGNATURE);
    mh_buf_byte(p->out, ' ');
    mh_markup_text(p->out, s->id);
    if (s->signer_name[0] != '\0') {
        put(p, " — ");
        foreign(p, s->signer_name);
    }
    put(p, "</h3>\n<p class=\"say\">");
    mh_markup_text(p->out, mh_indication_words(s->indication, p->lang));
    mh_buf_printf(p->out,
        " <span aria-hidden=\"true\">%s</span></p>\n<p><small>",
        sign_of(verdict_of(s)));
    mh_markup_text(p->out, mh_indication_name(s->indication));
    mh_buf_byte(p->out, ' ');
    mh_markup_text(p->out, mh_sub_name(s->sub));
    put(p, " · ");
    mh_markup_text(p->out, mh_kind_name(s->kind));
    if (s->counter_signature) {
        put(p, ", ");
        label(p, MH_L_COUNTER);
    }
    put(p, "</small></p>\n<dl>");
    row(p, MH_L_SIGNER, s->signer_name);
    row(p, MH_L_ORGANIZATION, s->signer_organization);
    row(p, MH_L_IDENTITY, s->signer_serial_number);
    row(p, MH_L_FIN, s->signer_fin);
    row(p, MH_L_ISSUER, s->signer_issuer);
    times(p, s);
    row(p, MH_L_ROLE, s->role);
    row(p, MH_L_PLACE, s->place);
    coverage(p, s);
    row(p, MH_L_CHANGED, mh_modifications_words(s->modifications, p->lang));
    row(p, MH_L_LEVEL,
        s->level == MH_LEVEL_NONE ? "" : mh_level_name(s->level));
    row(p, MH_L_ALGORITHM, s->algorithm);
    hash_row(p, MH_L_CERTIFICATE, s->certificate_sha256);
    put(p, "</dl>\n");
    if (s->findings.count > 0) {
        heading(p, 4, MH_L_FINDINGS);
        findings(p, &s->findings);
    }
    put(p, "</article>\n");
}

static void
files(const struct page *p)
{
    static const enum mh_label heads[] = {
        MH_L_NAME, MH_L_MEDIA_TYPE, MH_L_SIZE, MH_L_SIGNED_BY};
    const struct mh_report *r = p->report;

    heading(p, 2, MH_L_DOCUMENTS);
    put(p, "<table><thead><tr>");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        put(p, "<th scope=\"col\">");
        label(p, heads[i]);
        put(p, "</th>");
    }
    put(p, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < r->files; i++) {
        const struct mh_report_file *f = &r->file[i];

        put(p, "<tr><td>");
        foreign(p, f->name);
        put(p, "<br><span class=\"hash\">");
        mh_markup_text(p->out, f->sha256);
        put(p, "</span></td><td>");
        foreign(p, f->media_type);
        mh_buf_printf(p->out, "</td><td>%" PRIu64 " ", f->size);
        label(p, MH_L_BYTES);
        put(p, "</td><td>");
        for (size_t k = 0; k < f->signed_by_count; k++) {
            put(p, k == 0 ? "" : ", ");
            mh_markup_text(p->out, r->sig[f->signed_by[k]].id);
        }
        if (f->signed_by_count == 0) {
            put(p, "<strong>");
            label(p, MH_L_UNSIGNED);
            put(p, "</strong>");
        }
        put(p, "</td></tr>\n");
    }
    put(p, "</tbody></table>\n");
}

static void
judged(const struct page *p)
{
    const struct mh_report *r = p->report;
    char when[32];

    heading(p, 2, MH_L_HOW_JUDGED);
    put(p, "<dl>");
    mh_time_format(r->validation_time, when);
    if (when[0] != '\0') {
        term(p, MH_L_VALIDATED_AT);
        (void)put_time(p, r->validation_time); /* looked at just above */
        put(p, "</dd>");
    }
    row(p, MH_L_POLICY, r->policy);
    hash_row(p, MH_L_POLICY_HASH, r->policy_sha256);
    put(p, "</dl>\n");
}

void
mh_print_html(const struct mh_subject *subject, const struct mh_report *report,
    enum mh_lang lang, struct mh_buf *out)
{
    struct page p = {out, subject, report, lang};

    put(&p, "<!DOCTYPE html>\n<html lang=\"");
    put(&p, mh_lang_code(lang));
    put(&p, "\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" "
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Möhür: ");
    mh_markup_text(out, mh_verdict_words(report->verdict, lang));
    put(&p, "</title>\n");
    put(&p, style);
    put(&p, "\n</head>\n<body>\n<main>\n<p class=\"kicker\">Möhür · ");
    label(&p, MH_L_REPORT);
    put(&p, "</p>\n");
    verdict(&p);
    document(&p);
    heading(&p, 2, MH_L_SIGNATURES);
    if (report->sigs == 0) {
        put(&p, "<p>");
        label(&p, MH_L_NO_SIGNATURES);
        put(&p, "</p>\n");
    }
    for (size_t i = 0; i < report->sigs; i++)
        signature(&p, &report->sig[i]);
    if (report->files > 0)
        files(&p);
    if (report->findings.count > 0) {
        heading(&p, 2, MH_L_ABOUT_DOCUMENT);
        findings(&p, &report->findings);
    }
    judged(&p);
    put(&p, "</main>\n</body>\n</html>\n");
}
