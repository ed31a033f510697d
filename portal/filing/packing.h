/* A volume of an evidence package while it is filled: files in memory. */
#ifndef PORTAL_FILING_PACKING_H
#define PORTAL_FILING_PACKING_H

#include "base/limits.h"
#include "portal/api/app.h"
#include "portal/store/documents.h"

enum {
    PT_PACK_NAME = 40, /* bytes of a file's name in a volume */
    PT_PACK_ITEMS = MH_PACKAGE_FILES_MAX,
    PT_PACK_HEX = 2 * PT_HASH + 1,
};

/* A document of the case, before it is packed. */
struct pt_pack_doc {
    char id[27];
    unsigned files;            /* that it brings */
    uint64_t bytes;            /* about, of all of them */
    int64_t record;            /* of its filing; -1: none yet */
    char receipt[PT_PACK_HEX]; /* what that record says of it */
    bool recorded;             /* it was read, and does */
};

struct pt_pack_item {
    char name[PT_PACK_NAME];
    const char *what; /* "document", "report", ...: static */
    int fd;           /* a sealed memfd */
    uint64_t size;    /* bytes */
    uint8_t sha256[PT_HASH];
    /* Of a document: */
    char document[27];
    char of[PT_DOC_NAME_MAX + 1], kind[PT_DOC_KIND_MAX + 1];
    int64_t record; /* -1: none */
};

struct pt_pack {
    struct pt_pack_item item[PT_PACK_ITEMS];
    size_t items;
};

void pt_pack_init(struct pt_pack *pack);
void pt_pack_fini(struct pt_pack *pack);

/* A file of these bytes; MH_ELIMIT: the volume is full.  *out, which may be
   NULL, is the item. */
enum mh_code pt_pack_bytes(struct pt_pack *pack, const char *name,
    const char *what, struct mh_span bytes, struct mh_err *err) MH_MUST_USE;

/*
 * What there is of a document: doc->files, bytes, record and receipt.  The
 * number of the volume's documents is in the names of its files.
 */
enum mh_code pt_pack_measure(struct pt_app *app, struct pt_pack_doc *doc,
    struct mh_err *err) MH_MUST_USE;
/* All of it into the volume; number: of the document in the package.
   MH_EFORMAT: its bytes are gone or altered. */
enum mh_code pt_pack_document(struct pt_app *app, struct pt_pack *pack,
    const struct pt_pack_doc *doc, unsigned number,
    struct mh_err *err) MH_MUST_USE;

#endif
