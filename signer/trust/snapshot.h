/* The layout of a snapshot (base/wire/snapshot.h), and a hash of it, internal
   to store.c and compile.c. */
#ifndef SIGNER_TRUST_SNAPSHOT_H
#define SIGNER_TRUST_SNAPSHOT_H

#include <stdint.h>

#include "base/span.h"
#include "base/wire/snapshot.h"

/* Of a subjectKeyIdentifier; 0 for none. */
uint64_t sg_snap_ski_hash(struct mh_span ski);

#endif
