/*
 * Which documents go into which volume of an evidence package, and how large a
 * case may be for one.
 */
#ifndef PORTAL_FILING_PACKPLAN_H
#define PORTAL_FILING_PACKPLAN_H

#include "portal/filing/packing.h"
#include "portal/store/auditjobs.h"

enum {
    PT_PACK_DOCUMENTS = 10000, /* of a package */
    PT_PACK_RECORDS = 40000,   /* of a case: 40 files of the first volume */
    PT_PACK_BYTES = 256 << 20, /* of a volume's documents; a larger document
                                  has a volume of its own */
};

struct pt_pack_volume {
    size_t from, to; /* documents: from <= i < to */
};

struct pt_pack_plan {
    struct pt_pack_volume volume[PT_AUDIT_VOLUMES];
    size_t volumes; /* at least one */
};

/* MH_ELIMIT: more documents, or more records, than a package takes. */
enum mh_code pt_pack_fits(
    size_t docs, size_t records, struct mh_err *err) MH_MUST_USE;

/*
 * Plans docs in their order; the first volume holds the records as well.
 * MH_ELIMIT: more than PT_AUDIT_VOLUMES volumes.
 */
enum mh_code pt_pack_volumes(const struct pt_pack_doc *doc, size_t docs,
    size_t records, struct mh_err *err, struct pt_pack_plan *out) MH_MUST_USE;

#endif
