/* Making the folders and files of an instance, and taking them back. */
#ifndef SIGNER_CMD_INIT_TREE_H
#define SIGNER_CMD_INIT_TREE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct sg_tree {
    const char *dir;
    bool give; /* to uid, gid: we are root */
    uid_t uid;
    gid_t gid;
};

/*
 * dir becomes an empty folder; one that has anything in it is MH_EIO.  *real
 * is its absolute path, in the arena; *made: it was not there.
 */
enum mh_code sg_tree_begin(const char *dir, struct mh_arena *arena,
    struct mh_err *err, const char **real, bool *made) MH_MUST_USE;
enum mh_code sg_tree_folder(const struct sg_tree *tree, const char *name,
    unsigned mode, struct mh_err *err) MH_MUST_USE;
/* A new file, flushed. */
enum mh_code sg_tree_file(const struct sg_tree *tree, const char *name,
    unsigned mode, struct mh_span text, struct mh_err *err) MH_MUST_USE;
/* Removes everything in dir, and dir itself where it was made. */
void sg_tree_undo(const char *dir, bool made);
/* Removes the folder name of dir and everything in it. */
void sg_tree_undo_below(int dir, const char *name);

#endif
