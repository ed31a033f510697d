#include "hsm/audit/tileread.h"

enum {
    BITS = 8, /* HSM_TILE_WIDTH is 2^BITS */
};

/* The hashes of tile `index` of a level, as many as the tree has; a tile that
   has grown since its checkpoint has them too. */
static enum mh_code
load(struct hsm_tile_reader *r, unsigned level, uint64_t index,
    struct mh_err *err)
{
    uint64_t there = (r->size >> (BITS * level)) - index * HSM_TILE_WIDTH;
    struct hsm_tile_id id = {level, index,
        there < HSM_TILE_WIDTH ? (unsigned)there : HSM_TILE_WIDTH};
    bool found = false;
    enum mh_code code;

    if (r->last.width > 0 && r->last.level == level && r->last.index == index)
        return MH_OK;
    r->last.width = 0;
    code = hsm_tile_read(r->dir, id, err, r->hash, &found);
    if (code == MH_OK && !found && id.width < HSM_TILE_WIDTH) {
        id.width = HSM_TILE_WIDTH;
        code = hsm_tile_read(r->dir, id, err, r->hash, &found);
    }
    if (code == MH_OK && !found)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "log: a tile is missing");
    if (code != MH_OK)
        return code;
    r->bytes += id.width * sizeof(*r->hash);
    r->last = id;
    return MH_OK;
}

/* The root of the perfect subtree of 2^height leaves that begins at from. */
static enum mh_code
perfect(struct hsm_tile_reader *r, uint64_t from, unsigned height,
    struct mh_err *err, struct hsm_hash *out)
{
    unsigned level = height / BITS;
    size_t n = (size_t)1 << height % BITS;
    uint64_t first = from >> (BITS * level);
    struct hsm_hash row[HSM_TILE_WIDTH];
    enum mh_code code;

    if (level >= HSM_TILE_LEVELS)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "log: past its tiles");
    code = load(r, level, first / HSM_TILE_WIDTH, err);
    if (code != MH_OK)
        return code;
    for (size_t i = 0; i < n; i++)
        row[i] = r->hash[first % HSM_TILE_WIDTH + i];
    for (; n > 1; n /= 2)
        for (size_t i = 0; i < n / 2; i++)
            hsm_hash_node(&row[2 * i], &row[2 * i + 1], &row[i]);
    *out = row[0];
    return MH_OK;
}

enum mh_code
hsm_tiles_root(struct hsm_tile_reader *r, const struct hsm_range *range,
    struct mh_err *err, struct hsm_hash *out)
{
    struct hsm_hash part[64];
    unsigned parts = 0;
    uint64_t at = range->from;

    if (at >= range->to || range->to > r->size)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "log: no such range");
    while (at < range->to) {
        unsigned height = 63U - (unsigned)__builtin_clzll(range->to - at);
        enum mh_code code = perfect(r, at, height, err, &part[parts]);

        if (code != MH_OK)
            return code;
        parts++;
        at += UINT64_C(1) << height;
    }
    *out = part[--parts];
    while (parts > 0)
        hsm_hash_node(&part[--parts], out, out);
    return MH_OK;
}
