/*
 * The layout of a trust snapshot (signer/trust/store.h, which opens and judges
 * with it), and what a service that judges nothing may show of it.  All
 * numbers little endian, sections in this order without gaps:
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
#ifndef BASE_WIRE_SNAPSHOT_H
#define BASE_WIRE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#define MH_SNAP_MAGIC     "MHTRUST\1"
#define MH_SNAP_HEAD      64U /* bytes of each ... */
#define MH_SNAP_CERT      64U
#define MH_SNAP_INDEX     4U
#define MH_SNAP_ANCHOR    32U
#define MH_SNAP_HISTORY   16U
#define MH_SNAP_LIST      24U
#define MH_SNAP_QUALIFIED 0x100U /* anchor flags: bits 0-3 are enum sg_kind */
#define MH_SNAP_UNSIGNED  1U     /* list flags: its signature was not checked */
#define MH_SNAP_NO_LIST   0xffffffffU
#define MH_SNAP_COUNT_MAX                                                      \
    (1U << 20) /* records of one kind; sums stay small                         \
                */

/* Bits 0-3 of an anchor's flags: what it may vouch for. */
#define MH_SNAP_CA   0x1U
#define MH_SNAP_OCSP 0x2U
#define MH_SNAP_TSA  0x4U
#define MH_SNAP_LEAF 0x8U

struct mh_snap_anchor {
    uint32_t flags;            /* MH_SNAP_* */
    struct mh_span name, list; /* of the service, of its list; may be empty */
    struct mh_span sha256;     /* of its certificate */
    bool granted;              /* by the last entry of its history */
};
struct mh_snap_list {
    struct mh_span label;
    bool checked;        /* its signature was */
    int64_t next_update; /* seconds UTC; MH_TIME_NONE: closed, or none */
};
struct mh_snap_view {
    struct mh_snap_anchor *anchor; /* in the arena; spans borrow */
    size_t anchors, certs;
    struct mh_snap_list *list;
    size_t lists;
};
/* MH_EFORMAT: it is none of this version, or its records do not fit. */
enum mh_code mh_snap_read(struct mh_span snapshot, struct mh_arena *arena,
    struct mh_err *err, struct mh_snap_view *out) MH_MUST_USE;

#endif
