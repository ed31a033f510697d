/*
 * What the archive of libxml2 wants of ICU.  Signature files are UTF-8
 * (formats.md 5), which libxml2 reads by itself; the converters of ICU and
 * their 31 MB of tables would be mapped into every worker for nothing, and
 * are code that a document could reach.  So there is no converter: opening
 * one fails as it does for an unknown encoding, and the rest is never called.
 */
#ifndef SIGNER_EXAMINER_ICU_H
#define SIGNER_EXAMINER_ICU_H

#include <unicode/ucnv.h>

#endif
