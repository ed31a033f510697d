/*
 * PDFs that grow revision by revision, for tests and the fuzz target of the
 * judge of changes.  Objects are numbered below PR_OBJECTS; sections are
 * tables.
 */
#ifndef TESTS_VERIFY_PDFREVISE_H
#define TESTS_VERIFY_PDFREVISE_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    PR_FILE_MAX = 1 << 16,
    PR_OBJECTS = 60
};

/* A file that grows by revisions. */
struct pr_writer {
    char text[PR_FILE_MAX];
    size_t len;
    bool full;   /* the file did not fit: nothing in it is of use */
    size_t xref; /* of the last revision, 0 before the first */
    size_t at[PR_OBJECTS];
    unsigned gen[PR_OBJECTS];
    bool freed[PR_OBJECTS], touched[PR_OBJECTS];
    char trailer[200]; /* beside the keys of the section */
};

static inline void
pr_put(struct pr_writer *w, const char *text)
{
    size_t n = strlen(text);

    if (w->full || w->len + n >= PR_FILE_MAX) {
        w->full = true;
        return;
    }
    memcpy(w->text + w->len, text, n + 1);
    w->len += n;
}

static inline void
pr_object(struct pr_writer *w, unsigned num, const char *body)
{
    char head[32];

    (void)snprintf(head, sizeof(head), "%u %u obj\n", num, w->gen[num]);
    w->at[num] = w->len;
    w->touched[num] = true;
    w->freed[num] = false;
    pr_put(w, head);
    pr_put(w, body);
    pr_put(w, "\nendobj\n");
}

/* A form XObject or another stream with this data. */
static inline void
pr_stream(struct pr_writer *w, unsigned num, const char *keys, const char *data)
{
    char body[4096];

    (void)snprintf(body, sizeof(body),
        "<< %s /Length %zu >>\nstream\n%s\nendstream", keys, strlen(data),
        data);
    pr_object(w, num, body);
}

static inline void
pr_free(struct pr_writer *w, unsigned num)
{
    w->touched[num] = true;
    w->freed[num] = true;
}

static inline void
pr_end(struct pr_writer *w)
{
    size_t here = w->len;
    char line[300];

    pr_put(w, "xref\n");
    if (w->xref != 0)
        pr_put(w, "0 0\n"); /* a table has one run at least */
    if (w->xref == 0)
        pr_put(w, "0 1\n0000000000 65535 f \n");
    for (unsigned i = 1; i < PR_OBJECTS; i++) {
        if (!w->touched[i])
            continue;
        (void)snprintf(line, sizeof(line), "%u 1\n%010zu %05u %c \n", i,
            w->freed[i] ? 0 : w->at[i], w->gen[i] + (w->freed[i] ? 1 : 0),
            w->freed[i] ? 'f' : 'n');
        pr_put(w, line);
        w->touched[i] = false;
    }
    (void)snprintf(
        line, sizeof(line), "trailer\n<< /Size %d %s", PR_OBJECTS, w->trailer);
    pr_put(w, line);
    if (w->xref != 0) {
        (void)snprintf(line, sizeof(line), " /Prev %zu", w->xref);
        pr_put(w, line);
    }
    (void)snprintf(line, sizeof(line), " >>\nstartxref\n%zu\n%%%%EOF\n", here);
    pr_put(w, line);
    w->xref = here;
}

/* A signature dictionary; its range is filled in by end_signed. */
static inline void
pr_signature(struct pr_writer *w, unsigned num, const char *keys)
{
    char body[4096];

    (void)snprintf(body, sizeof(body),
        "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter "
        "/ETSI.CAdES.detached %s /ByteRange [0 RRRRRRRR SSSSSSSS TTTTTTTT] "
        "/Contents <%s%032d> >>",
        keys, "30020500", 0);
    pr_object(w, num, body);
}

static inline void
pr_number(char *where, size_t value)
{
    char digits[16];

    (void)snprintf(digits, sizeof(digits), "%08zu", value);
    memcpy(where, digits, 8);
}

static inline void
pr_end_signed(struct pr_writer *w)
{
    char *gap, *close, *p;
    size_t begin, after;

    pr_end(w);
    p = strstr(w->text, "RRRRRRRR");
    if (p == NULL)
        return;
    gap = strstr(p, "/Contents <");
    if (gap == NULL)
        return;
    gap += strlen("/Contents ");
    close = strchr(gap, '>');
    if (close == NULL)
        return;
    begin = (size_t)(gap - w->text);
    after = (size_t)(close + 1 - w->text);
    pr_number(p, begin);
    pr_number(p + 9, after);
    pr_number(p + 18, w->len - after);
}

#define PAGE                                                                   \
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R "    \
    "/Resources << /XObject << /X 9 0 R >> >> "
#define CATALOG "<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R "
#define FORM    "<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R] >>"
#define TEXT                                                                   \
    "<< /Type /Annot /Subtype /Widget /FT /Tx /T (sum) /P 3 0 R "              \
    "/Rect [10 10 90 30] /DA (/Helv 12 Tf) "
#define EMPTY                                                                  \
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (second) /P 3 0 R /F 132 "
#define BOX "/Type /XObject /Subtype /Form /BBox [0 0 80 20]"
#define LOCKED                                                                 \
    "/Reference [<< /Type /SigRef /TransformMethod /FieldMDP "                 \
    "/TransformParams << /Type /TransformParams /V /1.2 "
#define CERTIFY(p)                                                             \
    "/Reference [<< /Type /SigRef /TransformMethod /DocMDP "                   \
    "/TransformParams << /Type /TransformParams /V /1.2 /P " p " >> >>]"

/*
 * One page with a text field (7, appearance 8), a signed field (6), an empty
 * signature field (20), a picture of the page (9), an object that nothing
 * refers to (30), a note (12) and information (13).
 */
static inline void
pr_base(struct pr_writer *w, const char *sig_keys, const char *field_keys)
{
    char field[400];

    memset(w, 0, sizeof(*w));
    (void)snprintf(w->trailer, sizeof(w->trailer), "/Root 1 0 R /Info 13 0 R");
    pr_put(w, "%PDF-1.7\n");
    pr_object(w, 1,
        strstr(sig_keys, "DocMDP") != NULL ? CATALOG
            "/Perms << /DocMDP 10 0 R >> >>"
                                           : CATALOG ">>");
    pr_object(w, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pr_object(w, 3, PAGE "/Annots [6 0 R 7 0 R 12 0 R 20 0 R] >>");
    pr_stream(w, 4, "", "q /X Do Q");
    pr_object(w, 5, FORM);
    (void)snprintf(field, sizeof(field),
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (first) /P 3 0 R /F 132 "
        "/Rect [0 0 0 0] /V 10 0 R %s >>",
        field_keys);
    pr_object(w, 6, field);
    pr_object(w, 7, TEXT "/V (1) /AP << /N 8 0 R >> >>");
    pr_stream(w, 8, BOX, "BT (1) Tj ET");
    pr_stream(w, 9, BOX, "0 0 80 20 re f");
    pr_signature(w, 10, sig_keys);
    pr_object(w, 12,
        "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (note) >>");
    pr_object(w, 13, "<< /Producer (x) /Title (y) >>");
    pr_object(w, 20, EMPTY "/Rect [0 0 0 0] >>");
    pr_object(w, 30, "<< /Nothing true >>");
    pr_end_signed(w);
}

#endif
