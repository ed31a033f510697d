/*
 * Writing markup, for XML and HTML alike.  Whatever came from a document
 * goes through mh_markup_text or mh_markup_uri; only words of the program
 * itself are appended as they are.
 *
 * Nothing here fails by itself: the buffer goes bad, and the printer looks at
 * it once, at the end.
 */
#ifndef BASE_REPORT_MARKUP_H
#define BASE_REPORT_MARKUP_H

#include "base/buf.h"
#include "base/span.h"

/*
 * Appends text fit for element content and for attribute values in double
 * quotes: & < > " ' become references, and what could fool a reader becomes
 * visible: a bidi control (UAX 9), a soft hyphen, a zero-width space or
 * joiner of words and a byte order mark appear as [U+202E].  Controls, bytes
 * that are not UTF-8 and points that XML 1.0 (2.2) does not allow appear as
 * U+FFFD.
 */
void mh_markup_text(struct mh_buf *out, const char *text);
void mh_markup_span(struct mh_buf *out, struct mh_span text);
/* The same, but ends of lines and tabs stay. */
void mh_markup_lines(struct mh_buf *out, struct mh_span text);

/*
 * Appends text as one segment of a URI (RFC 3986 2.1): every byte but the
 * unreserved ones is percent-encoded, so that no text ends the segment.
 */
void mh_markup_uri(struct mh_buf *out, struct mh_span text);

/* <name>text</name>, the text escaped; name is a word of the program. */
void mh_markup_element(struct mh_buf *out, const char *name, const char *text);

/* The same, but nothing at all where text is "". */
void mh_markup_optional(struct mh_buf *out, const char *name, const char *text);

#endif
