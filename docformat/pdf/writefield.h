/*
 * A signature field with its widget in a new revision (ISO 32000-2, 12.7.5.5,
 * 12.5.6.19; formats.md 10), and what may not be signed (10.1).
 */
#ifndef DOCFORMAT_PDF_WRITEFIELD_H
#define DOCFORMAT_PDF_WRITEFIELD_H

#include "docformat/pdf/sigdict.h"
#include "docformat/pdf/write.h"

struct df_pdf_form;

/* A document that gets a signature: opened and looked through. */
struct df_pdf_signing {
    struct df_pdf *pdf;
    struct df_pdf_sigs sigs;
    const struct df_pdf_form *form; /* of the last revision */
};

/*
 * Opens a file that is to be signed, under the strict policy: a note of class
 * refuse, fail or strict refuses it by its code.  stamp: validation data or a
 * document time-stamp are added, no signature: a certification without changes
 * permits that.  Findings: those of df_pdf_open and df_pdf_signatures,
 * pdf-encrypted, pdf-switchable-content (XFA), pdf-certification (P = 1),
 * pdf-hybrid-views, pdf-field-duplicate.
 */
enum mh_code df_pdf_signing_open(struct mh_span file,
    const struct df_pdf_crypto *crypto, bool stamp, struct mh_arena *arena,
    struct mh_err *err, struct df_pdf_signing *out) MH_MUST_USE;

/* Is this the full name of a field, or of one above fields? */
bool df_pdf_has_field(const struct df_pdf_signing *s, const char *name);

/* A page as it is shown. */
struct df_pdf_page {
    uint32_t num, gen; /* its object */
    const struct df_pdf_obj *obj;
    unsigned rotate; /* degrees clockwise: 0, 90, 180, 270 */
    double box[4]; /* what is shown, in user space: left, bottom, right, top */
    double unit;   /* points of one unit of user space */
    double w, h;   /* points, as it is shown */
};

/* number from 1.  MH_EFORMAT with pdf-object: the page tree is malformed;
   without a finding: there is no such page. */
enum mh_code df_pdf_find_page(struct df_pdf *pdf, unsigned number,
    struct mh_err *err, struct df_pdf_page *out) MH_MUST_USE;

/* A rectangle of points as the page is shown (x, y, w, h from its lower left
   corner) as /Rect, and the matrix that turns a form of w by h upright. */
void df_pdf_place(const struct df_pdf_page *page, const double shown[4],
    double rect[4], double matrix[6]);

struct df_pdf_newfield {
    const char *prefix;  /* of its name: "Signature" gives Signature1, … */
    struct mh_span dict; /* text of the signature dictionary; lent */
    uint32_t value;      /* number taken for that dictionary */
    const struct df_pdf_page *page;
    const double *rect;  /* NULL: invisible */
    uint32_t appearance; /* number of the form XObject; 0: none */
    const char *lock;    /* text of /Lock, or NULL */
    bool certify;        /* /Perms /DocMDP names it */
};

/* Adds field, widget, dictionary, and what leads to them. */
enum mh_code df_pdf_add_field(struct df_pdf_write *w,
    const struct df_pdf_signing *s, const struct df_pdf_newfield *field,
    struct mh_err *err) MH_MUST_USE;

#endif
