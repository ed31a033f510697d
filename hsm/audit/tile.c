#include "hsm/audit/tile.h"

#include <stdio.h>

void
hsm_tile_name(unsigned level, uint64_t index, unsigned width,
    char out[static HSM_TILE_NAME])
{
    unsigned part[7];
    unsigned parts = 0;
    int at = snprintf(out, HSM_TILE_NAME, "tile/%u/", level);

    do {
        part[parts++] = (unsigned)(index % 1000);
        index /= 1000;
    } while (index > 0 && parts < 7);
    while (parts-- > 0)
        at += snprintf(out + at, HSM_TILE_NAME - (size_t)at,
            parts > 0 ? "x%03u/" : "%03u", part[parts]);
    if (width < HSM_TILE_WIDTH)
        (void)snprintf(
            out + at, HSM_TILE_NAME - (size_t)at, ".p/%u", width); /* fits */
}

void
hsm_tile_root(
    const struct hsm_hash hash[static HSM_TILE_WIDTH], struct hsm_hash *out)
{
    struct hsm_hash row[HSM_TILE_WIDTH / 2];

    for (size_t i = 0; i < HSM_TILE_WIDTH / 2; i++)
        hsm_hash_node(&hash[2 * i], &hash[2 * i + 1], &row[i]);
    for (size_t n = HSM_TILE_WIDTH / 4; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++)
            hsm_hash_node(&row[2 * i], &row[2 * i + 1], &row[i]);
    *out = row[0];
}

enum mh_code
hsm_tiles_add(struct hsm_tiles *tiles, const struct hsm_hash *leaf,
    hsm_tile_fn *fn, void *arg, struct mh_err *err)
{
    struct hsm_hash h = *leaf;

    for (unsigned level = 0; level < HSM_TILE_LEVELS; level++) {
        enum mh_code code;

        tiles->edge[level].hash[tiles->edge[level].width++] = h;
        if (tiles->edge[level].width < HSM_TILE_WIDTH)
            break;
        hsm_tile_root(tiles->edge[level].hash, &h);
        code = fn(arg, level, tiles->edge[level].index, tiles->edge[level].hash,
            HSM_TILE_WIDTH, err);
        tiles->edge[level].width = 0;
        tiles->edge[level].index++;
        if (code != MH_OK)
            return code;
    }
    return MH_OK;
}
