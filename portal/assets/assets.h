/*
 * Style sheets and scripts of the pages, inside the program (main_embed.c).
 * They stand at /assets/NAME?v=VERSION and never change there.
 */
#ifndef PORTAL_ASSETS_ASSETS_H
#define PORTAL_ASSETS_ASSETS_H

#include "base/span.h"

struct pt_asset {
    const char *name, *type;
    struct mh_span bytes;
};

extern const char pt_assets_version[];
extern const struct pt_asset pt_assets[];
extern const size_t pt_assets_len;

#endif
