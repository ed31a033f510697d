/*
 * Bounds-checked reader with a sticky failure flag: read any number of
 * fields, then ask once whether all of them were there.
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct mh_rd {
    struct mh_span in;
    size_t pos; /* bytes consumed */
    bool bad;   /* a read went past the end */
};

struct mh_rd mh_rd_from(struct mh_span in);

/* Each returns 0, or an empty span, once the reader is bad. */
uint8_t mh_rd_u8(struct mh_rd *rd);
uint16_t mh_rd_u16le(struct mh_rd *rd);
uint32_t mh_rd_u32le(struct mh_rd *rd);
uint64_t mh_rd_u64le(struct mh_rd *rd);
uint16_t mh_rd_u16be(struct mh_rd *rd);
uint32_t mh_rd_u32be(struct mh_rd *rd);
struct mh_span mh_rd_bytes(struct mh_rd *rd, size_t len);

size_t mh_rd_left(const struct mh_rd *rd); /* bytes not yet read; 0 once bad */
bool mh_rd_done(const struct mh_rd *rd);   /* good, and nothing is left */

#endif
