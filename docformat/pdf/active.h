/*
 * What a document can do or show besides its pages, as of one revision: active
 * content, parts that can be switched on, references to the outside, and
 * objects that nothing leads to and that a later revision could bring up
 * (formats.md 9, shadow attacks).
 *
 * These are facts without a judgement, for `mohur inspect` and for warnings.
 * Every object of the revision is read: the cost grows with their number.
 */
#ifndef DOCFORMAT_PDF_ACTIVE_H
#define DOCFORMAT_PDF_ACTIVE_H

#include "docformat/pdf/pdf.h"

enum df_pdf_activity {
    DF_PDF_JAVASCRIPT,     /* a script, 12.6.4.17 */
    DF_PDF_OPEN_ACTION,    /* the catalog's /OpenAction that is an action */
    DF_PDF_EVENT_ACTIONS,  /* /AA, actions on events, 12.6.3 */
    DF_PDF_LAUNCH,         /* starts a program or opens a file */
    DF_PDF_LINK,           /* a web address, 12.6.4.8 */
    DF_PDF_OTHER_DOCUMENT, /* goes to another file, 12.6.4.3 */
    DF_PDF_SENDS_FORM,     /* submits or imports form data, 12.7.6 */
    DF_PDF_MEDIA,          /* sound, film, 3D, 13 */
    DF_PDF_ATTACHMENT,     /* an embedded file, 7.11.4 */
    DF_PDF_LAYERS,         /* optional content, 8.11 */
    DF_PDF_XFA,            /* a second form in XML, 12.7.8 */
    DF_PDF_OUTSIDE,        /* page content that stands in another file */
    DF_PDF_UNUSED_CATALOG, /* nothing leads to it: a catalog */
    DF_PDF_UNUSED_PAGE,    /* likewise: a page or page tree */
    DF_PDF_UNUSED_FONT,    /* likewise: a font */
    DF_PDF_UNUSED_CONTENT, /* likewise: a form or image */
    DF_PDF_ACTIVITIES,
};

struct df_pdf_active {
    enum df_pdf_activity what;
    uint32_t num;    /* the object that has it */
    uint64_t offset; /* of that object, or of the object stream it is in */
};

struct df_pdf_actives {
    struct df_pdf_active *item; /* in the order in which they were met: along
                                   the references from the catalog, then what
                                   nothing leads to */
    size_t count;               /* at most MH_PDF_ACTIVE_MAX */
    size_t total[DF_PDF_ACTIVITIES]; /* of each kind, those left out too */
    size_t unread;                   /* objects that could not be read */
};

/* A stable name such as "javascript", for reports. */
const char *df_pdf_activity_name(enum df_pdf_activity what);

/*
 * An object that cannot be read is counted in unread and is no error, but
 * for memory and limits.
 */
enum mh_code df_pdf_active(struct df_pdf *pdf, size_t rev, struct mh_err *err,
    struct df_pdf_actives *out) MH_MUST_USE;

#endif
