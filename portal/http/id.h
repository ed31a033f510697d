/* Public identifiers: 128 bits as 26 characters of base32. */
#ifndef PORTAL_HTTP_ID_H
#define PORTAL_HTTP_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Random bytes of the kernel, of which a thread keeps some; ends the process
   where it has none.  Not for both sides of a fork. */
void pt_random(uint8_t *out, size_t len);

/* All bits random: good for a secret as well. */
void pt_id_new(char out[static 27]);
/*
 * Of a row: 32 bits of the clock's seconds, then 96 random ones.  Rows of one
 * time lie side by side in an index, so that a commit writes few of its pages.
 */
void pt_row_id_raw(uint8_t out[static 16]);
void pt_row_id_new(char out[static 27]);
/* The same out of 16 given bytes. */
void pt_id_of(const uint8_t raw[static 16], char out[static 27]);
/* Whether s is spelled as one: 26 characters a-z, 2-7. */
bool pt_id_valid(struct mh_span s);

#endif
