/*
 * The ten functions of GnuTLS that libqpdf calls for encrypted files (MD5,
 * RC4, SHA-2 and AES in CBC), over libcrypto.
 *
 * The archive of libqpdf wants GnuTLS, of which Debian has no archive that is
 * complete, and whose shared library brings nine others along: half of the
 * time that a verification of a small PDF took.  The signatures are those of
 * its own headers, which the compiler holds these definitions against.
 *
 * What libcrypto cannot do is GNUTLS_E_INTERNAL_ERROR; as libqpdf asks only
 * some of the calls for that, an output is then nothing but zeros, which no
 * check of a key and no comparison with the first reader lets pass.
 */
#ifndef SIGNER_EXAMINER_GNUTLS_H
#define SIGNER_EXAMINER_GNUTLS_H

#include <gnutls/gnutls.h>
/* It stands on the one before. */
#include <gnutls/crypto.h>

#endif
