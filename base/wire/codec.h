/*
 * One description of a layout that both packs and unpacks it: a function
 * names every field once, and the codec's direction says what happens.
 * Integers are little-endian; a string is a u32 length and its bytes.
 */
#ifndef BASE_WIRE_CODEC_H
#define BASE_WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rd.h"

struct mh_codec {
    struct mh_buf *out;     /* packing: where to; NULL when unpacking */
    struct mh_rd rd;        /* unpacking: where from */
    struct mh_arena *arena; /* unpacking: who owns strings and arrays */
    bool bad;               /* a field was out of its range, or missing */
};

struct mh_codec mh_codec_pack(struct mh_buf *out);
struct mh_codec mh_codec_unpack(struct mh_span in, struct mh_arena *arena);
bool mh_codec_done(const struct mh_codec *c); /* good, nothing left over */

/* The byte that a packet begins with; another one than type is bad. */
void mh_codec_type(struct mh_codec *c, unsigned type);
/* That of a packet, below end; 0 if there is none. */
uint8_t mh_packet_type(struct mh_span packet, unsigned end);

void mh_codec_u8(struct mh_codec *c, uint8_t *v);
void mh_codec_u32(struct mh_codec *c, uint32_t *v);
void mh_codec_u64(struct mh_codec *c, uint64_t *v);
void mh_codec_i64(struct mh_codec *c, int64_t *v);
void mh_codec_bool(struct mh_codec *c, bool *v);
/* An enum value below end, as one u32. */
void mh_codec_enum(struct mh_codec *c, unsigned *v, unsigned end);
/* Clean text of at most MH_REPORT_TEXT_MAX bytes; never NULL afterwards. */
void mh_codec_text(struct mh_codec *c, const char **v);
/* At most max bytes of any kind; unpacked, they borrow from the packet. */
void mh_codec_bytes(struct mh_codec *c, struct mh_span *v, size_t max);
/* All that is left, any bytes; unpacked, they borrow from the packet. */
void mh_codec_rest(struct mh_codec *c, struct mh_span *v);
/* A count of at most max; unpacking checks that so many can be left. */
void mh_codec_count(struct mh_codec *c, size_t *v, size_t max);
/* Memory for count elements when unpacking; what was given when packing. */
void *mh_codec_array(
    struct mh_codec *c, void *given, size_t count, size_t size);

#endif
