/* Folders that a test makes for itself. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <ftw.h>
#include <stdio.h>

static inline int
t_remove_one(
    const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

/* All of it, links not followed; 0, or it could not all be removed. */
static inline int
t_remove_all(const char *path)
{
    return nftw(path, t_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
