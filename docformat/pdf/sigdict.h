/*
 * The signature dictionaries of a PDF, bound to raw bytes (formats.md 8.2;
 * ISO 32000-2, 12.7.5.5 and 12.8).
 *
 * They are found through the interactive form of every revision, never by
 * searching for text.  A dictionary that cannot be used is in the list with
 * its defect: a document with one is never a document without signatures.
 */
#ifndef DOCFORMAT_PDF_SIGDICT_H
#define DOCFORMAT_PDF_SIGDICT_H

#include "base/wire/codes.h"
#include "docformat/pdf/pdf.h"

enum df_pdf_subfilter {
    DF_PDF_SUB_NONE,    /* no /SubFilter */
    DF_PDF_SUB_CADES,   /* ETSI.CAdES.detached */
    DF_PDF_SUB_ADBE,    /* adbe.pkcs7.detached */
    DF_PDF_SUB_RFC3161, /* ETSI.RFC3161, a document time-stamp */
    DF_PDF_SUB_SHA1,    /* adbe.pkcs7.sha1 */
    DF_PDF_SUB_X509,    /* adbe.x509.rsa_sha1 */
    DF_PDF_SUB_OTHER,
};

enum df_pdf_action {
    DF_PDF_ACT_NONE,
    DF_PDF_ACT_ALL,
    DF_PDF_ACT_INCLUDE, /* the fields named */
    DF_PDF_ACT_EXCLUDE, /* all but the fields named */
};

/* A set of fields: of /FieldMDP (12.8.2.4) or /Lock (12.7.5.5). */
struct df_pdf_fields {
    enum df_pdf_action action; /* NONE: there is no such set */
    struct mh_span *field;     /* full names, UTF-8 */
    size_t count;
    unsigned p; /* /Lock /P: 1 to 3; 0: absent */
};

struct df_pdf_sig {
    struct mh_span field;               /* full name, UTF-8 */
    const struct df_pdf_obj *dict;      /* as it was when added */
    const struct df_pdf_obj *field_obj; /* likewise */
    uint32_t field_num;                 /* object of the field; 0: direct */
    uint32_t num, gen; /* object of the dictionary; 0: direct in field */
    /* The first rule that it breaks, if broken: pdf-signature-empty,
       pdf-byte-range, pdf-contents, pdf-signature-replaced,
       pdf-signature-removed, pdf-field-duplicate, pdf-signature-place,
       pdf-form.  An unknown /SubFilter is no defect: look at subfilter. */
    enum mh_finding_code defect;
    uint64_t defect_offset;  /* or MH_NO_OFFSET */
    const char *defect_text; /* static, English */

    size_t added;      /* oldest revision whose form has it */
    size_t covered;    /* revision whose end c + d is; only if it is usable */
    uint64_t range[4]; /* /ByteRange a b c d */
    struct mh_span signed_part[2]; /* the bytes to be digested, in order */
    struct mh_span contents;       /* the DER value; padding is gone */
    struct mh_span subfilter_name;
    struct mh_span filter; /* /Filter */

    /* Claims, UTF-8, empty where absent: untrusted text. */
    struct mh_span name, reason, location, contact;
    struct mh_span m; /* /M as written */
    int64_t time;     /* /M, seconds UTC; without a zone it is taken as UTC */

    struct df_pdf_fields fieldmdp;
    struct df_pdf_fields lock;
    unsigned docmdp; /* /Reference DocMDP /P 1 to 3, 2 if P is absent;
                        0: no certification */
    enum df_pdf_subfilter subfilter;

    bool broken;       /* a defect was found; defect says which */
    bool timestamp;    /* /Type /DocTimeStamp or ETSI.RFC3161 */
    bool whole_file;   /* c + d is the end of the file */
    bool has_time;     /* /M is a date */
    bool in_perms;     /* the catalog's /Perms /DocMDP names it */
    bool usage_rights; /* a UR or UR3 reference: information */
};

struct df_pdf_sigs {
    struct df_pdf_sig *sig; /* by revision, then in the order of the form */
    size_t count;
    size_t empty_fields;  /* signature fields of the last revision without /V */
    bool has_covered;     /* some usable one exists */
    size_t first_covered; /* the oldest covered revision of usable ones */
};

/*
 * Finds and binds them all, and has every byte after the first usable one's
 * revision explained (df_pdf_account).  Notes of class DF_FAIL are the same as
 * the defects.  An error means that the file is refused (finding), that memory
 * ran out, or that a limit was met.
 */
enum mh_code df_pdf_signatures(struct df_pdf *pdf, struct df_notes *notes,
    struct mh_err *err, struct df_pdf_sigs *out) MH_MUST_USE;

/* A date (7.9.4) in seconds UTC; false where it is not one. */
bool df_pdf_date(struct mh_span date, int64_t *out);

#endif
