/*
 * multipart/form-data (RFC 7578, RFC 2046 5.1), pushed in as it arrives:
 * bounded memory whatever comes, bytes of parts handed on at once.
 *
 * Strict: the body begins with the first delimiter (a CRLF before it is
 * allowed), every part has a Content-Disposition of form-data with a name,
 * header lines end with CRLF and are not folded, and nothing but CRLF may
 * follow the closing delimiter.  A name may stand more than once: whether it
 * may is the route's to say.
 */
#ifndef PORTAL_HTTP_MULTIPART_H
#define PORTAL_HTTP_MULTIPART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum {
    PT_BOUNDARY_MAX = 70,       /* RFC 2046 5.1.1 */
    PT_PARTS_MAX = 64,          /* of one body */
    PT_PART_HEADERS_MAX = 4096, /* bytes of the header lines of a part */
    PT_PART_NAME_MAX = 64,      /* bytes of a field's name */
    PT_PART_FILENAME_MAX = 255, /* bytes of a file's label, UTF-8 */
    PT_PART_TYPE_MAX = 127,     /* bytes of a media type */
};

struct pt_part {
    char name[PT_PART_NAME_MAX + 1];
    /* A label only, clean text, never a path; filename* (RFC 5987) is
       preferred.  has_filename: the part is a file. */
    char filename[PT_PART_FILENAME_MAX + 1];
    char type[PT_PART_TYPE_MAX + 1]; /* as stated; "" if not */
    bool has_filename;
};

/* Where parts go.  A code other than MH_OK ends the parsing with it. */
struct pt_part_sink {
    enum mh_code (*begin)(
        void *ctx, const struct pt_part *part, struct mh_err *err);
    enum mh_code (*bytes)(void *ctx, struct mh_span bytes, struct mh_err *err);
    enum mh_code (*end)(void *ctx, struct mh_err *err);
    void *ctx;
};

struct pt_multipart {
    struct pt_part_sink sink;
    char delimiter[4 + PT_BOUNDARY_MAX + 1]; /* CRLF "--" boundary */
    size_t delimiter_len;
    size_t matched; /* bytes of the delimiter seen, or of what follows it */
    unsigned state;
    size_t parts;
    uint8_t line[PT_PART_HEADERS_MAX]; /* the header line under way */
    size_t line_len;
    size_t headers; /* bytes of the part's header lines so far */
    struct pt_part part;
    bool disposed; /* Content-Disposition was there */
    bool typed;
    enum mh_code code; /* what ended it */
};

/*
 * The boundary out of a Content-Type value; MH_EUNSUP where that is not
 * multipart/form-data, MH_EFORMAT where the boundary is missing, twice,
 * not of 1 to 70 of its characters, or ends with a space.
 */
enum mh_code pt_multipart_boundary(struct mh_span type, struct mh_err *err,
    char out[static PT_BOUNDARY_MAX + 1]) MH_MUST_USE;

void pt_multipart_init(struct pt_multipart *m, const char *boundary,
    const struct pt_part_sink *sink);

/* In pieces of any size; after a failure it fails again. */
enum mh_code pt_multipart_push(
    struct pt_multipart *m, struct mh_span in, struct mh_err *err) MH_MUST_USE;
/* The body is at its end: MH_EFORMAT unless the closing delimiter was seen. */
enum mh_code pt_multipart_end(
    struct pt_multipart *m, struct mh_err *err) MH_MUST_USE;

#endif
