/*
 * Documents of a case that wait for their filer's signature (portal.md 3.4):
 * what was uploaded or written, byte for byte, until it is signed and filed,
 * thrown away, or too old.  One draft becomes one signed document.
 */
#ifndef PORTAL_STORE_DRAFTS_H
#define PORTAL_STORE_DRAFTS_H

#include "portal/store/documents.h"

enum {
    PT_DRAFT_FILES = 10,       /* of one */
    PT_DRAFTS_EACH = 20,       /* of an account, at once */
    PT_DRAFT_KEEP = 86400,     /* seconds */
    PT_DRAFT_TEXT = 50000,     /* characters of a text */
    PT_DRAFT_FILE = 100 << 20, /* bytes of a file */
};

struct pt_draft_file {
    char name[PT_DOC_NAME_MAX + 1];
    enum mh_format format; /* PDF or JPEG */
    uint8_t sha256[PT_HASH];
    uint64_t size;  /* bytes */
    uint32_t pages; /* 0: they were not counted */
};

struct pt_draft {
    char id[27]; /* "": there is none; also the form of the filing */
    char case_id[27];
    int64_t account;
    char kind[PT_DOC_KIND_MAX + 1];
    char title[PT_DOC_TITLE_MAX + 1];
    char note[4 * PT_DOC_NOTE_MAX + 1];
    int64_t created, until; /* seconds UTC */
    struct pt_draft_file file[PT_DRAFT_FILES];
    size_t files;
};

/*
 * Adds it; staged, one a file, are used up.  sha256 and size of a file come
 * from staged.  MH_ELIMIT: the account has PT_DRAFTS_EACH.
 */
enum mh_code pt_store_draft_add(struct pt_store *store,
    const struct pt_draft *draft, struct pt_staged *staged,
    struct mh_err *err) MH_MUST_USE;
/* The account's own that is not too old; id "" where there is none. */
enum mh_code pt_store_draft_get(struct pt_store *store, const char *id,
    int64_t account, int64_t now, struct mh_err *err,
    struct pt_draft *out) MH_MUST_USE;
enum mh_code pt_store_draft_drop(struct pt_store *store, const char *id,
    int64_t account, struct mh_err *err) MH_MUST_USE;
/* Those that are too old. */
enum mh_code pt_store_draft_expire(
    struct pt_store *store, int64_t now, struct mh_err *err) MH_MUST_USE;

/* The account's in a case, newest first; without their files. */
struct pt_drafts {
    struct pt_draft *item; /* in the arena */
    size_t count;
};
enum mh_code pt_store_draft_list(struct pt_store *store,
    const struct pt_draft *of, int64_t now, struct mh_arena *arena,
    struct mh_err *err, struct pt_drafts *out) MH_MUST_USE;

#endif
