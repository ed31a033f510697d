/*
 * Files that hold DER or PEM (RFC 7468): certificates, lists.
 */
#ifndef SIGNER_TRUST_PEM_H
#define SIGNER_TRUST_PEM_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/*
 * The n-th DER object of a file: every PEM block with that label, or the
 * file itself.  False past the last; *bad where a block is no base64.
 */
bool sg_pem_der(struct mh_span file, const char *label, size_t n,
    struct mh_arena *arena, struct mh_span *der, bool *bad);

#endif
