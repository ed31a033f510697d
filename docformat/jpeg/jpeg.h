/*
 * JPEG files (ITU-T T.81 annex B), read segment by segment and judged not at
 * all: no pixel is decoded, no metadata is parsed.  Every byte belongs to a
 * segment, to entropy-coded data or to the tail behind the image.
 */
#ifndef DOCFORMAT_JPEG_JPEG_H
#define DOCFORMAT_JPEG_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "docformat/notes.h"

/* Second bytes of the markers that matter here. */
enum df_jpeg_marker {
    DF_JPEG_SOF0 = 0xc0,
    DF_JPEG_DHT = 0xc4,
    DF_JPEG_RST0 = 0xd0,
    DF_JPEG_SOI = 0xd8,
    DF_JPEG_EOI = 0xd9,
    DF_JPEG_SOS = 0xda,
    DF_JPEG_DQT = 0xdb,
    DF_JPEG_APP0 = 0xe0,
    DF_JPEG_APP11 = 0xeb,
    DF_JPEG_COM = 0xfe,
};

struct df_jpeg_segment {
    uint8_t marker;      /* without the leading ff */
    uint64_t offset;     /* of its ff */
    struct mh_span body; /* behind the length; entropy data not included */
};

/* What stands in APPn segments, by their identifiers alone. */
enum df_jpeg_part { /* bits of df_jpeg.parts */
    DF_JPEG_JFIF = 1 << 0,
    DF_JPEG_EXIF = 1 << 1,
    DF_JPEG_XMP = 1 << 2,
    DF_JPEG_ICC = 1 << 3,
    DF_JPEG_MPF = 1 << 4,   /* multi-picture format: more images in the tail */
    DF_JPEG_JUMBF = 1 << 5, /* APP11 boxes: content credentials and others */
};

struct df_jpeg {
    unsigned width, height; /* pixels; height 0: a DNL segment says it */
    unsigned components;
    bool progressive;
    unsigned parts;                  /* enum df_jpeg_part */
    struct df_jpeg_segment *segment; /* in order, SOI and EOI included */
    size_t segments;                 /* at most MH_JPEG_SEGMENTS_MAX */
    uint64_t end;                    /* offset behind the EOI */
    struct mh_span tail;             /* what follows it */
};

/*
 * Scans a whole file.  A broken structure is MH_EFORMAT with jpeg-invalid,
 * a limit MH_ELIMIT with limit.  Notes: jpeg-trailing (a warning; what the
 * tail looks like), polyglot (DF_STRICT: the start of another kind of file in
 * a comment, an application segment or the tail).
 */
enum mh_code df_jpeg_scan(struct mh_span file, struct mh_arena *arena,
    struct df_notes *notes, struct mh_err *err,
    struct df_jpeg **out) MH_MUST_USE;

#endif
