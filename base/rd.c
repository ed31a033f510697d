#include "base/rd.h"

struct mh_rd
mh_rd_from(struct mh_span in)
{
    return (struct mh_rd){.in = in};
}

struct mh_span
mh_rd_bytes(struct mh_rd *rd, size_t len)
{
    struct mh_span out = {0};

    if (rd->bad || !mh_span_sub(rd->in, rd->pos, len, &out)) {
        rd->bad = true;
        return (struct mh_span){0};
    }
    rd->pos += len;
    return out;
}

uint8_t
mh_rd_u8(struct mh_rd *rd)
{
    struct mh_span b = mh_rd_bytes(rd, 1);

    return b.ptr == NULL ? 0 : b.ptr[0];
}

uint16_t
mh_rd_u16le(struct mh_rd *rd)
{
    struct mh_span b = mh_rd_bytes(rd, 2);

    if (b.ptr == NULL)
        return 0;
    return (uint16_t)(b.ptr[0] | b.ptr[1] << 8);
}

uint32_t
mh_rd_u32le(struct mh_rd *rd)
{
    uint32_t lo = mh_rd_u16le(rd);
    uint32_t hi = mh_rd_u16le(rd);

    return rd->bad ? 0 : lo | hi << 16;
}

uint64_t
mh_rd_u64le(struct mh_rd *rd)
{
    uint64_t lo = mh_rd_u32le(rd);
    uint64_t hi = mh_rd_u32le(rd);

    return rd->bad ? 0 : lo | hi << 32;
}

uint16_t
mh_rd_u16be(struct mh_rd *rd)
{
    struct mh_span b = mh_rd_bytes(rd, 2);

    if (b.ptr == NULL)
        return 0;
    return (uint16_t)(b.ptr[0] << 8 | b.ptr[1]);
}

uint32_t
mh_rd_u32be(struct mh_rd *rd)
{
    uint32_t hi = mh_rd_u16be(rd);
    uint32_t lo = mh_rd_u16be(rd);

    return rd->bad ? 0 : hi << 16 | lo;
}

size_t
mh_rd_left(const struct mh_rd *rd)
{
    return rd->bad ? 0 : rd->in.len - rd->pos;
}

bool
mh_rd_done(const struct mh_rd *rd)
{
    return !rd->bad && rd->pos == rd->in.len;
}
