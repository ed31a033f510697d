/*
 * Results that the caller has not acknowledged, in STATE/ops: HEX.doc is what
 * was made, HEX.mark says that it is whole and what it was made for.  A result
 * without its mark was never handed out and is removed at a start.
 */
#ifndef HSM_KEYD_KEEP_H
#define HSM_KEYD_KEEP_H

#include "base/digest/digest.h"
#include "base/wire/keyd.h"

#define HSM_KEEP_PATH 4096U /* bytes of a path */

/* The path of HEX.doc. */
enum mh_code hsm_keep_path(const char *dir, struct mh_span op,
    struct mh_err *err, char out[static HSM_KEEP_PATH]) MH_MUST_USE;

struct hsm_kept {
    uint8_t made_for[32]; /* SHA-256 of the request: what it was asked for */
    uint64_t n;           /* of its record */
    int fd;        /* hsm_keep_get: a sealed memfd, the caller's; else unused */
    uint64_t size; /* its bytes */
};

/* Writes the mark, flushed: from here on the result is this operation's. */
enum mh_code hsm_keep_mark(const char *dir, struct mh_span op,
    const struct hsm_kept *kept, struct mh_err *err) MH_MUST_USE;

/* *found: there is a whole result, and it is in kept. */
enum mh_code hsm_keep_get(const char *dir, struct mh_span op,
    struct mh_err *err, bool *found, struct hsm_kept *kept) MH_MUST_USE;

/* It was acknowledged.  Harmless where there is none. */
void hsm_keep_forget(const char *dir, struct mh_span op);
/* At a start: removes what has no mark; makes the folder. */
enum mh_code hsm_keep_clean(const char *dir, struct mh_err *err) MH_MUST_USE;

/* A copy of a file as a sealed memfd. */
enum mh_code hsm_keep_memfd(
    int file, uint64_t size, struct mh_err *err, int *out) MH_MUST_USE;
/* Bytes as a sealed memfd. */
enum mh_code hsm_keep_bytes(
    struct mh_span bytes, struct mh_err *err, int *out) MH_MUST_USE;

#endif
