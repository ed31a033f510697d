/* Public identifiers: 128 random bits as 26 characters of base32. */
#ifndef PORTAL_HTTP_ID_H
#define PORTAL_HTTP_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Random bytes of the kernel; ends the process where it has none. */
void pt_random(uint8_t *out, size_t len);

void pt_id_new(char out[static 27]);
/* Whether s is spelled as one: 26 characters a-z, 2-7. */
bool pt_id_valid(struct mh_span s);

#endif
