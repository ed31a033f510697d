/*
 * ASiCManifest and ASiCArchiveManifest (EN 319 162-1 A.4): the list of what a
 * token or a .p7s covers, as data.
 */
#ifndef DOCFORMAT_ASIC_ASICMANIFEST_H
#define DOCFORMAT_ASIC_ASICMANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct df_asicmanifest_ref {
    struct mh_span uri;           /* of a DataObjectReference */
    struct mh_span digest_method; /* algorithm URI */
    struct mh_span digest;        /* decoded DigestValue */
    struct mh_span mime_type;     /* empty where absent */
    bool rootfile;                /* Rootfile="true" */
};

struct df_asicmanifest {
    struct mh_span sig_uri;       /* of the SigReference */
    struct mh_span sig_mime_type; /* empty where absent */
    struct df_asicmanifest_ref *refs;
    size_t count; /* 1 to MH_XML_REFERENCES_MAX */
    bool old_namespace;
};

/*
 * Parses bytes; copies what it keeps into the arena.  Errors are those of
 * df_xml_load, or MH_EFORMAT with signature-file-invalid or base64-invalid.
 */
enum mh_code df_asicmanifest_parse(struct mh_span bytes, struct mh_arena *arena,
    struct mh_err *err, struct df_asicmanifest **out) MH_MUST_USE;

#endif
