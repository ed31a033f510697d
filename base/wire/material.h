/*
 * Certificates and revocation data from outside a document: what was fetched
 * for it, or is to be put into it.  Every value is one DER structure; nothing
 * of it is believed unchecked.
 */
#ifndef BASE_WIRE_MATERIAL_H
#define BASE_WIRE_MATERIAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define MH_MATERIAL_MAX  (64U << 20) /* bytes of it, packed */
#define MH_MATERIALS_MAX 256U        /* values of one kind */

struct mh_material {
    struct mh_span *cert;
    struct mh_span *ocsp; /* OCSPResponse */
    struct mh_span *crl;
    size_t certs, ocsps, crls;
};

void mh_material_pack(const struct mh_material *m, struct mh_buf *out);
/* The values borrow from in. */
enum mh_code mh_material_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_material *out) MH_MUST_USE;

#endif
