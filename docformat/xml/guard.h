/*
 * The gate before libxml2: one linear pass over the raw bytes that enforces
 * formats.md 6.1.  It knows tags, quoted attributes, comments, CDATA and
 * processing instructions, enough to count; well-formedness beyond that is
 * left to the parser.  Internal to docformat/xml.
 */
#ifndef DOCFORMAT_XML_GUARD_H
#define DOCFORMAT_XML_GUARD_H

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

/*
 * Errors carry xml-encoding, xml-doctype, xml-limit (MH_ELIMIT) or
 * xml-malformed.  elements (may be NULL) is how many there are.
 */
enum mh_code df_xml_guard(
    struct mh_span in, struct mh_err *err, size_t *elements) MH_MUST_USE;

#endif
