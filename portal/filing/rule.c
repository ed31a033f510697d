#include "portal/filing/rule.h"

#include <string.h>
#include <strings.h>

#include "portal/pages/tmpl.h"

static bool
ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);

    return n > m && strcasecmp(name + n - m, end) == 0;
}

/* Whether the name says what the bytes are (portal.md 8.1, 32). */
bool
pt_filing_name_fits(enum mh_format format, const char *name)
{
    switch (format) {
    case MH_FORMAT_PDF:
        return ends_with(name, ".pdf");
    case MH_FORMAT_ASIC_E:
    case MH_FORMAT_ADOC_2008:
    case MH_FORMAT_BDOC_1:
        return ends_with(name, ".adoc") || ends_with(name, ".edoc") ||
               ends_with(name, ".asice") || ends_with(name, ".bdoc");
    case MH_FORMAT_JPEG:
        return ends_with(name, ".jpg") || ends_with(name, ".jpeg");
    case MH_FORMAT_UNKNOWN:
    case MH_FORMAT_ASIC_S:
    case MH_FORMAT_CMS:
    case MH_FORMAT_XML:
    case MH_FORMATS:
    default:
        return false;
    }
}

static bool
format_taken(enum mh_format format)
{
    return format == MH_FORMAT_PDF || format == MH_FORMAT_ASIC_E ||
           format == MH_FORMAT_ADOC_2008 || format == MH_FORMAT_BDOC_1;
}

static bool
is_person(const struct mh_report_sig *s)
{
    return !s->counter_signature && s->kind != MH_KIND_DOC_TIMESTAMP &&
           s->kind != MH_KIND_TST && s->kind != MH_KIND_C2PA &&
           s->kind != MH_KIND_HOLDER;
}

/* A PDF may have what was added for its signatures behind this one. */
static bool
covers_all(const struct mh_report_sig *s)
{
    return s->covers_whole_document ||
           (s->kind == MH_KIND_PADES &&
               (s->modifications == MH_MODS_NONE ||
                   s->modifications == MH_MODS_LTA_UPDATE ||
                   s->modifications == MH_MODS_FORM_FILLING));
}

const struct mh_report_sig *
pt_filing_own(const struct mh_report *report, const char *fin)
{
    const struct mh_report_sig *own = NULL;

    /* One that passed before one that did not; the last over others. */
    for (size_t i = 0; i < report->sigs && fin[0] != '\0'; i++) {
        const struct mh_report_sig *s = &report->sig[i];

        if (is_person(s) && covers_all(s) && strcmp(s->signer_fin, fin) == 0 &&
            (own == NULL || s->indication == MH_IND_PASSED ||
                own->indication != MH_IND_PASSED))
            own = s;
    }
    return own;
}

/* Whether all that is missing is what somebody could not be asked for now. */
static bool
only_later(const struct mh_report *report)
{
    bool later = false;

    for (size_t i = 0; i < report->sigs; i++) {
        const struct mh_report_sig *s = &report->sig[i];

        if (s->indication == MH_IND_PASSED)
            continue;
        if (s->sub != MH_TRY_LATER)
            return false;
        later = true;
    }
    return later;
}

static struct pt_rule
refuse(const char *why, const char *code)
{
    return (struct pt_rule){PT_RULED_REFUSE, why, code};
}

/* What every filing must be, whatever its signatures are worth. */
static struct pt_rule
shape(const struct mh_report *report, const char *name, const char *fin)
{
    if (report->verdict == MH_NO_SIGNATURE)
        return report->format == MH_FORMAT_JPEG
                   ? refuse(PT_T("A picture cannot carry a signature. Sign it "
                                 "inside an EDOC or ADOC container."),
                         "no-signature")
                   : refuse(PT_T("The document is not signed. Sign it and file "
                                 "it again."),
                         "no-signature");
    if (!format_taken(report->format))
        return refuse(PT_T("Documents of this kind are not taken: file a "
                           "signed PDF, ADOC or EDOC."),
            "filing-format");
    if (!pt_filing_name_fits(report->format, name))
        return refuse(PT_T("The ending of the file's name is not that of its "
                           "kind. Give the file its right name."),
            "filing-name");
    if (fin[0] == '\0')
        return refuse(PT_T("Your account has no FIN, so no signature can be "
                           "known as yours. Write to the operator."),
            "filing-fin");
    if (pt_filing_own(report, fin) == NULL)
        return refuse(PT_T("None of the signatures over the whole document is "
                           "yours: its certificate must bear your FIN."),
            "filing-signer");
    return (struct pt_rule){PT_RULED_ACCEPT, "", ""};
}

uint32_t
pt_filing_pages(const struct mh_report *report)
{
    switch (report->format) {
    case MH_FORMAT_PDF:
    case MH_FORMAT_JPEG:
        return report->pages;
    case MH_FORMAT_ASIC_E:
    case MH_FORMAT_ASIC_S:
    case MH_FORMAT_ADOC_2008:
    case MH_FORMAT_BDOC_1:
        return (uint32_t)report->files;
    case MH_FORMAT_UNKNOWN:
    case MH_FORMAT_CMS:
    case MH_FORMAT_XML:
    case MH_FORMATS:
        break;
    }
    return 0;
}

const char *
pt_filing_why(const struct mh_report *report)
{
    if (report->verdict == MH_NOT_JUDGED)
        return PT_T("It could not be judged yet. It will be judged by itself; "
                    "the time of receipt counts.");
    if (only_later(report))
        return PT_T("Whether the certificate was revoked could not be asked "
                    "yet. It will be judged by itself; the time of receipt "
                    "counts.");
    return PT_T("The signature could not be fully confirmed. The court's clerk "
                "decides; the time of receipt counts.");
}

struct pt_rule
pt_filing_rule(
    const struct mh_report *report, const char *name, const char *fin)
{
    const char *code = mh_finding_name(report->reason.code);
    struct pt_rule rule;

    switch (report->verdict) {
    case MH_NOT_JUDGED:
        return (struct pt_rule){
            PT_RULED_WAIT, pt_filing_why(report), "not-judged"};
    case MH_TOTAL_FAILED:
        return refuse(PT_T("A signature is not valid, or the document was "
                           "altered after signing."),
            code);
    case MH_REFUSED:
        return refuse(PT_T("The document breaks a rule of its format, so "
                           "nobody can rely on it."),
            code);
    case MH_TOTAL_PASSED:
    case MH_NO_SIGNATURE:
    case MH_INDETERMINATE:
        break;
    case MH_VERDICTS:
    default:
        return refuse(PT_T("The document breaks a rule of its format, so "
                           "nobody can rely on it."),
            "?");
    }
    rule = shape(report, name, fin);
    if (rule.what == PT_RULED_REFUSE || report->verdict == MH_TOTAL_PASSED)
        return rule;
    return (struct pt_rule){only_later(report) ? PT_RULED_WAIT : PT_RULED_DESK,
        pt_filing_why(report), code};
}
