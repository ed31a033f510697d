/*
 * What the URI of a Reference or DataObjectReference means inside a container
 * (RFC 3986; formats.md 5.3).
 */
#ifndef DOCFORMAT_ASIC_URI_H
#define DOCFORMAT_ASIC_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct df_asic;

enum df_uri_kind {
    DF_URI_REFUSED = 0, /* not a plain relative name: reference-uri */
    DF_URI_AMBIGUOUS,   /* raw and decoded form name two entries:
                           name-ambiguous */
    DF_URI_NOT_FOUND,   /* names no file (a directory entry is none) */
    DF_URI_DATA,        /* a file outside META-INF */
    DF_URI_META_INF,    /* a file in META-INF */
    DF_URI_MIMETYPE,
};

struct df_uri_target {
    enum df_uri_kind kind;
    size_t index; /* in zip->entries; DF_NO_ENTRY for the first three */
};

/* Fails only without memory: what the URI means is in *out. */
enum mh_code df_uri_resolve(const struct df_asic *asic, struct mh_span uri,
    struct mh_arena *arena, struct mh_err *err,
    struct df_uri_target *out) MH_MUST_USE;

/*
 * The file name that a URI means, decoded once, without looking it up:
 * false for a refused form.  Borrowed from uri or in the arena.
 */
bool df_uri_decode(
    struct mh_span uri, struct mh_arena *arena, struct mh_span *out);

#endif
