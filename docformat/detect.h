/*
 * What a file is, by its content alone (formats.md 5.1): never by extension or
 * by what the sender says.
 */
#ifndef DOCFORMAT_DETECT_H
#define DOCFORMAT_DETECT_H

#include "base/span.h"

struct df_zip;

enum df_kind {
    DF_KIND_UNKNOWN, /* see looks_like */
    DF_KIND_EMPTY,   /* no byte */
    DF_KIND_ZIP,     /* begins or ends as an archive: scan it, then open it as
                        ASiC; nothing else may be tried on it */
    DF_KIND_PDF,     /* "%PDF-" within the first 1,024 bytes */
    DF_KIND_JPEG,
    DF_KIND_CMS,     /* ContentInfo with signedData, DER or BER */
    DF_KIND_CMS_PEM, /* the same between PEM lines */
    DF_KIND_XML,     /* root ds:Signature, or XML that holds one */
};

struct df_detected {
    enum df_kind kind;
    const char *looks_like; /* static, English, for people: "DDOC (DigiDoc
                               XML)", "PDF document"; never NULL */
};

/* Reads a bounded part of the file at both ends. */
struct df_detected df_detect(struct mh_span file);

/*
 * The same for the inside of an archive that is no container of ours: "OOXML
 * document", "OpenDocument document", "JAR archive", "zip archive".
 */
const char *df_detect_zip(const struct df_zip *zip);

#endif
