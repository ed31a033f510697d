/* Structure without judgement: what mohur inspect prints. */
#ifndef SIGNER_VERIFY_INSPECT_H
#define SIGNER_VERIFY_INSPECT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/*
 * Appends text (clean UTF-8, lines) or one JSON object about the document.
 * A document that is none of ours is told so; it is no failure.
 */
enum mh_code sg_inspect_document(struct mh_span document, bool json,
    struct mh_arena *arena, struct mh_err *err, struct mh_buf *out) MH_MUST_USE;

#endif
