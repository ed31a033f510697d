/* Touching every library once, while files may still be opened. */
#ifndef SIGNER_VERIFY_WARM_H
#define SIGNER_VERIFY_WARM_H

#include "base/err.h"

/*
 * Starts libcrypto without its configuration file, fetches digests and
 * signature algorithms, parses and canonicalizes a few bytes of XML.  A
 * process locks itself down only after it.
 */
enum mh_code sg_warm(struct mh_err *err) MH_MUST_USE;

#endif
