/*
 * The layout of a trust snapshot (store.h), internal to store.c and
 * compile.c.  All numbers little endian, sections in this order without gaps:
 *
 *   header    magic[8] certs anchors history lists texts bytes(u32 each)
 *             sha256[32] of header up to here and of all up to the bytes
 *   certs     sha256[32] off len subject_hash(u64) ski_hash(u64) first count
 *   by name   certs in order of subject_hash (u32 each)
 *   by key    certs in order of ski_hash (u32 each)
 *   anchors   cert flags name_off name_len list history_first count zero
 *   history   from(i64) granted(u32) zero(u32)
 *   lists     label_off label_len flags zero next_update(i64)
 *   texts     UTF-8 without separators
 *   bytes     DER of the certificates
 */
#ifndef SIGNER_TRUST_SNAPSHOT_H
#define SIGNER_TRUST_SNAPSHOT_H

#include <stdint.h>

#include "base/span.h"

#define SG_SNAP_MAGIC     "MHTRUST\1"
#define SG_SNAP_HEAD      64U /* bytes of each ... */
#define SG_SNAP_CERT      64U
#define SG_SNAP_INDEX     4U
#define SG_SNAP_ANCHOR    32U
#define SG_SNAP_HISTORY   16U
#define SG_SNAP_LIST      24U
#define SG_SNAP_QUALIFIED 0x100U /* anchor flags: bits 0-3 are enum sg_kind */
#define SG_SNAP_UNSIGNED  1U     /* list flags: its signature was not checked */
#define SG_SNAP_NO_LIST   0xffffffffU
#define SG_SNAP_COUNT_MAX                                                      \
    (1U << 20) /* records of one kind; sums stay small                         \
                */

/* Of a subjectKeyIdentifier; 0 for none. */
uint64_t sg_snap_ski_hash(struct mh_span ski);

#endif
