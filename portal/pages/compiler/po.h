/* Catalogues: the .po files of gettext, as much of them as is used here. */
#ifndef PORTAL_PAGES_COMPILER_PO_H
#define PORTAL_PAGES_COMPILER_PO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum {
    PT_MESSAGES_MAX = 4096,
};

struct pt_po_entry {
    const char *id, *text;
    bool used;
};

struct pt_po {
    struct pt_po_entry entry[PT_MESSAGES_MAX];
    size_t entries;
    char error[256];
};

/*
 * msgid and msgstr with their continued lines, comments.  False, with the
 * rule in error: anything else, an entry twice, empty, or fuzzy.
 */
bool pt_po_read(struct pt_po *po, const char *path, struct mh_arena *arena);
/* NULL: there is none. */
struct pt_po_entry *pt_po_find(struct pt_po *po, const char *id);

#endif
