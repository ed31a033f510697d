/*
 * Copies that last: of each accepted document one at level LTA beside the
 * original, and when it is looked at again (portal.md 3.4a).
 *
 * Times are seconds UTC.
 */
#ifndef PORTAL_STORE_PRESERVED_H
#define PORTAL_STORE_PRESERVED_H

#include "portal/store/documents.h"

enum {
    PT_WHY_MAX = 120, /* bytes of a reason */
};

struct pt_preserved {
    char document[27];         /* "": there is none */
    uint8_t original[PT_HASH]; /* of the document as it was filed */
    bool copied;               /* sha256 and made are there */
    uint8_t sha256[PT_HASH];   /* of the copy */
    int64_t made;
    int64_t due; /* when it is looked at again; MH_TIME_NONE: not */
    uint32_t tries;
    char why[PT_WHY_MAX + 1]; /* why there is no copy yet, or "" */
};

/* The one that is due; its tries are counted, and nobody else gets it before
   until. */
enum mh_code pt_store_preserved_due(struct pt_store *store, int64_t now,
    int64_t until, struct mh_err *err, struct pt_preserved *out) MH_MUST_USE;
enum mh_code pt_store_preserved_get(struct pt_store *store,
    const char *document, struct mh_err *err,
    struct pt_preserved *out) MH_MUST_USE;
/* What came of it: all of p but original; staged, where it is not NULL, is the
   copy that p names, and is used up; record, where it is not NULL, is kept with
   it. */
enum mh_code pt_store_preserved_set(struct pt_store *store,
    const struct pt_preserved *p, struct pt_staged *staged,
    const struct pt_record *record, struct mh_err *err) MH_MUST_USE;

/* Inside the writer's transaction: a document was accepted. */
enum mh_code pt_preserved_owe(struct pt_store *store, const char *document,
    int64_t now, struct mh_err *err) MH_MUST_USE;

#endif
