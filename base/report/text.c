#include "base/report/labels.h"

#include <inttypes.h>

#include "base/report/print.h"
#include "base/text.h"
#include "base/time.h"

enum {
    NAME_MAX_SHOWN = 1000
}; /* bytes of a file name */

static void
line(struct mh_buf *out, const char *indent, enum mh_label label,
    enum mh_lang lang, const char *value)
{
    if (value[0] == '\0')
        return;
    mh_buf_str(out, indent);
    mh_buf_str(out, mh_label(label, lang));
    mh_buf_str(out, ": ");
    mh_buf_str(out, value);
    mh_buf_byte(out, '\n');
}

void
mh_print_finding(
    const struct mh_finding *f, enum mh_lang lang, struct mh_buf *out)
{
    mh_buf_str(out, mh_finding_text(f->code, lang));
    if (f->what[0] != '\0') {
        mh_buf_str(out, ": ");
        mh_buf_str(out, f->what);
    }
}

static void
findings(struct mh_buf *out, const char *indent, const struct mh_findings *list,
    enum mh_lang lang)
{
    static const enum mh_label words[MH_SEVERITIES] = {
        [MH_ERROR] = MH_L_ERROR,
        [MH_WARNING] = MH_L_WARNING,
        [MH_INFO] = MH_L_INFO,
    };

    for (size_t i = 0; i < list->count; i++) {
        const struct mh_finding *f = &list->item[i];

        mh_buf_str(out, indent);
        mh_buf_str(out, mh_label(words[f->level], lang));
        mh_buf_str(out, ": ");
        mh_print_finding(f, lang, out);
        mh_buf_str(out, " [");
        mh_buf_str(out, mh_finding_name(f->code));
        mh_buf_str(out, ", ");
        mh_buf_str(out, mh_finding_clause(f->code));
        mh_buf_str(out, "]\n");
    }
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
times(struct mh_buf *out, const struct mh_report_sig *s, enum mh_lang lang)
{
    bool proven = is_proven(s);
    char when[32];

    mh_time_format(proven ? s->best_signature_time : s->claimed_time, when);
    if (when[0] == '\0')
        return;
    mh_buf_str(out, "    ");
    mh_buf_str(out, mh_label(MH_L_SIGNED_AT, lang));
    mh_buf_str(out, ": ");
    mh_buf_str(out, when);
    mh_buf_str(out, " (");
    mh_buf_str(out, mh_label(proven ? MH_L_PROVEN : MH_L_CLAIMED_ONLY, lang));
    mh_buf_str(out, ")\n");
    for (size_t i = 0; i < s->stamps; i++) {
        mh_time_format(s->stamp[i].time, when);
        mh_buf_str(out, "    ");
        mh_buf_str(out, mh_label(MH_L_STAMP, lang));
        mh_buf_str(out, " (");
        mh_buf_str(out, mh_stamp_words(s->stamp[i].kind, lang));
        mh_buf_str(out, "): ");
        mh_buf_str(out, when);
        if (s->stamp[i].issuer[0] != '\0') {
            mh_buf_str(out, ", ");
            mh_buf_str(out, s->stamp[i].issuer);
        }
        mh_buf_str(out, s->stamp[i].passed ? "\n" : " (!)\n");
    }
}

static void
coverage(struct mh_buf *out, const struct mh_report *r,
    const struct mh_report_sig *s, enum mh_lang lang)
{
    mh_buf_str(out, "    ");
    mh_buf_str(out, mh_label(MH_L_COVERS, lang));
    mh_buf_str(out, ": ");
    if (s->covers_whole_document)
        mh_buf_str(out, mh_label(MH_L_EVERYTHING, lang));
    else if (s->covers_count == 0)
        mh_buf_str(out, mh_label(MH_L_NOTHING, lang));
    for (size_t i = 0; i < s->covers_count; i++) {
        mh_buf_str(out, i > 0 ? ", " : s->covers_whole_document ? " — " : "");
        mh_buf_str(out, r->file[s->covers[i]].name);
    }
    mh_buf_byte(out, '\n');
}

static void
signature(struct mh_buf *out, const struct mh_report *r,
    const struct mh_report_sig *s, enum mh_lang lang)
{
    mh_buf_str(out, "\n  ");
    mh_buf_str(out, mh_label(MH_L_SIGNATURE, lang));
    mh_buf_byte(out, ' ');
    mh_buf_str(out, s->id);
    mh_buf_str(out, " (");
    mh_buf_str(out, mh_kind_name(s->kind));
    if (s->counter_signature) {
        mh_buf_str(out, ", ");
        mh_buf_str(out, mh_label(MH_L_COUNTER, lang));
    }
    mh_buf_str(out, "): ");
    mh_buf_str(out, mh_indication_name(s->indication));
    if (s->sub != MH_SUB_NONE) {
        mh_buf_byte(out, ' ');
        mh_buf_str(out, mh_sub_name(s->sub));
    }
    mh_buf_byte(out, '\n');
    line(out, "    ", MH_L_SIGNER, lang, s->signer_name);
    line(out, "    ", MH_L_ORGANIZATION, lang, s->signer_organization);
    line(out, "    ", MH_L_ISSUER, lang, s->signer_issuer);
    times(out, s, lang);
    line(out, "    ", MH_L_ROLE, lang, s->role);
    line(out, "    ", MH_L_PLACE, lang, s->place);
    line(out, "    ", MH_L_LEVEL, lang,
        s->level == MH_LEVEL_NONE ? "" : mh_level_name(s->level));
    line(out, "    ", MH_L_ALGORITHM, lang, s->algorithm);
    coverage(out, r, s, lang);
    line(out, "    ", MH_L_CHANGED, lang,
        mh_modifications_words(s->modifications, lang));
    findings(out, "    ", &s->findings, lang);
}

static void
documents(struct mh_buf *out, const struct mh_report *r, enum mh_lang lang)
{
    if (r->files == 0)
        return;
    mh_buf_str(out, "\n  ");
    mh_buf_str(out, mh_label(MH_L_DOCUMENTS, lang));
    mh_buf_str(out, ":\n");
    for (size_t i = 0; i < r->files; i++) {
        const struct mh_report_file *f = &r->file[i];

        mh_buf_str(out, "    ");
        mh_buf_str(out, f->name);
        mh_buf_printf(out, " (%" PRIu64 " B)", f->size);
        for (size_t k = 0; k < f->signed_by_count; k++) {
            mh_buf_str(out, k == 0 ? " " : ", ");
            mh_buf_str(out, r->sig[f->signed_by[k]].id);
        }
        if (f->signed_by_count == 0) {
            mh_buf_byte(out, ' ');
            mh_buf_str(out, mh_label(MH_L_UNSIGNED, lang));
        }
        mh_buf_byte(out, '\n');
    }
}

void
mh_print_text(const struct mh_subject *subject, const struct mh_report *report,
    enum mh_lang lang, struct mh_buf *out)
{
    char when[32];

    mh_buf_str(out, mh_label(MH_L_FILE, lang));
    mh_buf_str(out, ": ");
    mh_text_clean(mh_span_str(subject->file), NAME_MAX_SHOWN, out);
    mh_buf_str(out, "\n  ");
    mh_buf_str(out, mh_label(MH_L_VERDICT, lang));
    mh_buf_str(out, ": ");
    mh_buf_str(out, mh_verdict_name(report->verdict));
    mh_buf_str(out, " — ");
    mh_buf_str(out, mh_verdict_words(report->verdict, lang));
    mh_buf_byte(out, '\n');
    if (report->reason.code != MH_FINDING_NONE) {
        mh_buf_str(out, "  ");
        mh_buf_str(out, mh_label(MH_L_WHY, lang));
        mh_buf_str(out, ": ");
        mh_print_finding(&report->reason, lang, out);
        mh_buf_byte(out, '\n');
    }
    line(out, "  ", MH_L_FORMAT, lang, report->profile);
    for (size_t i = 0; i < report->sigs; i++)
        signature(out, report, &report->sig[i], lang);
    documents(out, report, lang);
    mh_buf_byte(out, '\n');
    findings(out, "  ", &report->findings, lang);
    mh_time_format(report->validation_time, when);
    line(out, "  ", MH_L_POLICY, lang, report->policy);
    line(out, "  ", MH_L_VALIDATED_AT, lang, when);
    if (subject->sha256[0] != '\0') {
        mh_buf_str(out, "  SHA-256: ");
        mh_buf_str(out, subject->sha256);
        mh_buf_byte(out, '\n');
    }
}
