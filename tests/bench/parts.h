/*
 * The pieces of one signed container that the floors and the library flow
 * need, taken out once and outside of any timing.
 */
#ifndef TESTS_BENCH_PARTS_H
#define TESTS_BENCH_PARTS_H

#include "docformat/docformat.h"
#include "signer/trust/cert.h"

struct b_parts {
    struct mh_arena *arena;
    struct df_zip *zip;
    struct df_asic *asic;
    const struct df_zip_entry *payload;
    const struct df_zip_entry *sigfile;
    const struct df_zip_entry *manifest;
    struct mh_span sig_bytes, manifest_bytes; /* inflated */
    const struct df_xml *xml;
    const struct df_node *signed_info, *properties, *value;
    struct mh_span sig_value; /* decoded */
    struct mh_span stamp;     /* the time-stamp token, DER */
    struct mh_span ocsp;      /* the OCSP response, DER */
    struct sg_cert *leaf, *ca;
};

/* The sets that make_input.py writes. */
struct b_set {
    const char *kind; /* the name of its folder */
    const char *text; /* its keys */
};

enum {
    B_SETS = 3
};

extern const struct b_set b_sets[B_SETS];

/* kind: folder of the set below folder; n: which document. */
void b_parts_open(
    const char *folder, const char *kind, int n, struct b_parts *p);
void b_parts_close(struct b_parts *parts);

#endif
