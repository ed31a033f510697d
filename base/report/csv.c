#include "base/report/print.h"

#include <inttypes.h>

#include "base/text.h"
#include "base/time.h"

enum {
    CELL_MAX = 4096
}; /* bytes of one cell */

/* RFC 4180; a cell that a spreadsheet would take for a formula gets a '. */
static void
cell(struct mh_buf *out, const char *text, bool last)
{
    struct mh_buf clean;

    mh_buf_init(&clean, (size_t)2 * CELL_MAX);
    mh_text_clean(mh_span_str(text), CELL_MAX, &clean);
    mh_buf_byte(out, '"');
    if (clean.len > 0 && strchr("=+-@\t", clean.ptr[0]) != NULL)
        mh_buf_byte(out, '\'');
    for (size_t i = 0; i < clean.len; i++) {
        if (clean.ptr[i] == '"')
            mh_buf_byte(out, '"');
        mh_buf_byte(out, clean.ptr[i]);
    }
    mh_buf_str(out, last ? "\"\r\n" : "\",");
    if (!mh_buf_ok(&clean))
        out->bad = true;
    mh_buf_fini(&clean);
}

void
mh_print_csv_header(struct mh_buf *out)
{
    mh_buf_str(out,
        "file,size,sha256,format,verdict,reason,text,signatures,signers,"
        "best_signature_time\r\n");
}

void
mh_print_csv(const struct mh_subject *subject, const struct mh_report *report,
    struct mh_buf *out)
{
    struct mh_buf names, why;
    char number[32], when[32] = "";

    mh_buf_init(&names, CELL_MAX);
    mh_buf_init(&why, CELL_MAX);
    for (size_t i = 0; i < report->sigs && names.len < CELL_MAX / 2; i++) {
        if (i > 0)
            mh_buf_str(&names, "; ");
        mh_buf_str(&names, report->sig[i].signer_name);
    }
    mh_buf_byte(&names, 0);
    if (report->reason.code != MH_FINDING_NONE)
        mh_print_finding(&report->reason, MH_EN, &why);
    mh_buf_byte(&why, 0);
    cell(out, subject->file, false);
    (void)snprintf(number, sizeof(number), "%" PRIu64, subject->size);
    cell(out, number, false);
    cell(out, subject->sha256, false);
    cell(out, mh_format_name(report->format), false);
    cell(out, mh_verdict_name(report->verdict), false);
    cell(out,
        report->reason.code == MH_FINDING_NONE
            ? ""
            : mh_finding_name(report->reason.code),
        false);
    cell(out, mh_buf_ok(&why) ? (const char *)why.ptr : "", false);
    (void)snprintf(number, sizeof(number), "%zu", report->sigs);
    cell(out, number, false);
    cell(out, mh_buf_ok(&names) ? (const char *)names.ptr : "", false);
    if (report->sigs > 0)
        mh_time_format(report->sig[0].best_signature_time, when);
    cell(out, when, true);
    mh_buf_fini(&names);
    mh_buf_fini(&why);
}
