/*
 * Printing a report.  Nothing here decides anything: what is printed stands
 * in struct mh_report.
 */
#ifndef BASE_REPORT_PRINT_H
#define BASE_REPORT_PRINT_H

#include "base/buf.h"
#include "base/wire/report.h"

/* The document as its caller knows it. */
struct mh_subject {
    const char *file;   /* as given; made clean here */
    uint64_t size;      /* bytes */
    const char *sha256; /* hex, made by the caller itself; "" if unread */
};

/*
 * For people: verdict, who, when, what is covered, why not.
 * Like every printer without a result of its own it leaves the buffer bad
 * where memory or the buffer's maximum did not suffice.
 */
void mh_print_text(const struct mh_subject *subject,
    const struct mh_report *report, enum mh_lang lang, struct mh_buf *out);

/* One JSON object and a newline (cli.md). */
enum mh_code mh_print_json(const struct mh_subject *subject,
    const struct mh_report *report, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

/*
 * TS 119 102-2 v1.4.1 XML, a report of every signature; of a document without
 * one, its verdict and findings.  The document's own errors stand in the
 * report of each signature and lower its main indication: where the document
 * failed, no part of this says total-passed.
 */
void mh_print_etsi(const struct mh_subject *subject,
    const struct mh_report *report, struct mh_buf *out);

/*
 * One page for people, to read and to print: without script, without anything
 * from elsewhere, the verdict first.
 */
void mh_print_html(const struct mh_subject *subject,
    const struct mh_report *report, enum mh_lang lang, struct mh_buf *out);

/* The CSV row of a folder run, and its header line. */
void mh_print_csv_header(struct mh_buf *out);
void mh_print_csv(const struct mh_subject *subject,
    const struct mh_report *report, struct mh_buf *out);

/* A finding in words: the table's text and which one. */
void mh_print_finding(
    const struct mh_finding *f, enum mh_lang lang, struct mh_buf *out);

#endif
