/*
 * The fields of the interactive form at one revision (ISO 32000-2, 12.7.4).
 */
#ifndef DOCFORMAT_PDF_FORM_H
#define DOCFORMAT_PDF_FORM_H

#include "docformat/pdf/pdf.h"

/* A field that has a name of its own, in the order of the form. */
struct df_pdf_field {
    struct mh_span name; /* full name, UTF-8 */
    uint32_t num, gen;   /* its object; 0: direct */
    const struct df_pdf_obj *obj;
    struct mh_span type;            /* /FT, inherited: "Sig", "Tx", … */
    bool has_value;                 /* a /V of its own that is not null */
    bool terminal;                  /* no field stands below it */
    uint32_t value_num, value_gen;  /* object of /V; 0: direct */
    const struct df_pdf_obj *value; /* /V followed; NULL: leads to nothing */
};

struct df_pdf_form {
    struct df_pdf_field *field;
    size_t count;
    uint32_t *read; /* numbers of objects that say what the fields are, sorted:
                       a revision that changes none of them has this form */
    size_t reads;
};

/*
 * budget is the number of fields that may still be visited; it is shared by
 * all revisions of a document (MH_PDF_FIELD_VISITS).
 */
enum mh_code df_pdf_form(struct df_pdf *pdf, size_t rev, size_t *budget,
    struct mh_err *err, struct df_pdf_form *out) MH_MUST_USE;

/* Whether the form reads the object. */
bool df_pdf_form_reads(const struct df_pdf_form *form, uint32_t num);

#endif
