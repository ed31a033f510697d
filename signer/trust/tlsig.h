/*
 * The signature of a trusted list (TS 119 612 5.7.1, annex B), internal to
 * tl.c.
 */
#ifndef SIGNER_TRUST_TLSIG_H
#define SIGNER_TRUST_TLSIG_H

#include "docformat/docformat.h"
#include "signer/trust/cert.h"

/*
 * Whether the list is enveloped-signed as a whole with the key of one of the
 * certificates.  MH_OK only then; MH_EFORMAT or MH_EUNSUP with a finding says
 * what is wrong.
 */
enum mh_code sg_tl_verify(const struct df_xml *xml,
    const struct mh_span *signers, size_t signer_count, struct mh_arena *arena,
    struct mh_err *err) MH_MUST_USE;

#endif
