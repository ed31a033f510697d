/*
 * The parts of a container that are not signatures, written: media types,
 * META-INF/manifest.xml, ASiCManifest, URIs (EN 319 162-1; formats.md 5.3,
 * 5.4).  Everything written here is read by the readers beside it.
 */
#ifndef DOCFORMAT_ASIC_WRITE_H
#define DOCFORMAT_ASIC_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

#define DF_MIME_ASIC_E "application/vnd.etsi.asic-e+zip"
#define DF_MIME_ASIC_S "application/vnd.etsi.asic-s+zip"
#define DF_MIME_CMS    "application/pkcs7-signature"
#define DF_MIME_TST    "application/vnd.etsi.timestamp-token"

struct df_media {
    const char *type; /* static; application/octet-stream where unknown */
    bool packed;      /* compressed already: stored in a container */
};

/* What a file is, by a bounded part of its content, never by its name. */
struct df_media df_media_of(struct mh_span bytes);

/* Text of an element or of an attribute value, as Canonical XML writes it. */
void df_xml_put_text(struct mh_buf *out, struct mh_span utf8);
void df_xml_put_attr(struct mh_buf *out, struct mh_span utf8);

/* Whether it is UTF-8 that XML 1.0 can hold (2.2 Char). */
bool df_xml_text_valid(struct mh_span utf8);

/* The URI of an entry name: percent-encoded UTF-8; '/' and '+' stay. */
void df_uri_put(struct mh_buf *out, struct mh_span name);

struct df_written_file {
    struct mh_span name;   /* of the entry */
    const char *type;      /* media type */
    struct mh_span digest; /* where a manifest states it */
    const char *method;    /* URI of its algorithm */
    bool rootfile;
};

/* OpenDocument 1.2 part 3, 3.2: "/" and every file. */
void df_manifest_put(struct mh_buf *out, const char *root_type,
    const struct df_written_file *file, size_t count);

/* ASiCManifest or ASiCArchiveManifest (EN 319 162-1 A.4). */
void df_asicmanifest_put(struct mh_buf *out, struct mh_span signature,
    const char *signature_type, const struct df_written_file *file,
    size_t count);

#endif
