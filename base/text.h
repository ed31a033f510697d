/*
 * Text: UTF-8 checks, hexadecimal and strict base64 (RFC 4648).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* Valid UTF-8: no overlong form, surrogate, or point above U+10FFFF. */
bool mh_utf8_valid(struct mh_span s);

/*
 * Takes one code point from *s and advances it.  Returns false, leaving *s
 * alone, at the end or on bytes that are not UTF-8.
 */
bool mh_utf8_next(struct mh_span *s, uint32_t *cp);

/* C0, DEL, C1 controls, line and paragraph separators. */
bool mh_text_is_control(uint32_t cp);
/* Marks that reorder text on screen (UAX 9): LRM to RLO, isolates, ALM. */
bool mh_text_is_bidi(uint32_t cp);

/*
 * Appends s made fit for people and logs: valid UTF-8, controls and bidi marks
 * replaced by U+FFFD, cut after max bytes of input with "…".
 */
void mh_text_clean(struct mh_span s, size_t max, struct mh_buf *out);

/* Lower-case digits without separators; out holds 2 * s.len + 1 bytes. */
void mh_hex_encode(struct mh_span s, char *out);
bool mh_hex_decode(struct mh_span s, uint8_t *out); /* s.len / 2 bytes */

/*
 * Decodes base64 with its padding.  White space (space, tab, CR, LF) may stand
 * anywhere; any other byte, missing padding, bytes after it or non-zero spare
 * bits are refused.  *len is at most s.len / 4 * 3 + 3; out may not overlap s.
 */
bool mh_base64_decode(struct mh_span s, uint8_t *out, size_t *len);
/* The most mh_base64_decode can write for an input of len bytes. */
size_t mh_base64_max(size_t len);
void mh_base64_encode(struct mh_span s, struct mh_buf *out); /* no breaks */

/* Whether s is already what mh_text_clean makes of it, within max bytes. */
bool mh_text_is_clean(struct mh_span s, size_t max);

#endif
