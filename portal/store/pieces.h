/*
 * Documents in PostgreSQL: bytes in rows of PT_PIECE, so that any node reads
 * what another has taken.  On SQLite they are files (store.h).
 */
#ifndef PORTAL_STORE_PIECES_H
#define PORTAL_STORE_PIECES_H

#include "portal/store/store.h"

enum {
    PT_PIECE = 256 << 10, /* bytes; the last is shorter */
};

/* In the writer's transaction: the bytes of a staged document. */
enum mh_code pt_pieces_keep(struct pt_store *store,
    const struct pt_staged *staged, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_pieces_drop(struct pt_store *store,
    const uint8_t sha256[static PT_HASH], struct mh_err *err) MH_MUST_USE;
/* The bytes in a file without a name, in the node's spool folder; *fd can only
   be read.  MH_EFORMAT: pieces are missing. */
enum mh_code pt_pieces_open(struct pt_store *store,
    const uint8_t sha256[static PT_HASH], uint64_t size, struct mh_err *err,
    int *fd) MH_MUST_USE;

#endif
