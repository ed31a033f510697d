/*
 * What apply needs of an imprint, as bytes (struct sg_imprint).  Internal to
 * signer/sign.
 */
#ifndef SIGNER_SIGN_RAISESTATE_H
#define SIGNER_SIGN_RAISESTATE_H

#include "signer/sign/sign.h"

struct sg_raise_state {
    enum sg_raise step;
    enum mh_digest_alg alg;
    size_t sig;
    uint8_t digest[MH_DIGEST_MAX];      /* what the token must be over */
    uint8_t document[MH_SHA256_LENGTH]; /* of the document or its directory */
    struct mh_span more; /* index of hashes, or archive manifest */
};

/* Items that are applied together. */
struct sg_raise_batch {
    const struct sg_raise_state *state; /* step and document */
    const struct sg_raise_item *item;
    size_t items;
};

enum mh_code sg_raise_state_pack(const struct sg_raise_state *state,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;
/* MH_EINTERNAL for anything pack would not write. */
enum mh_code sg_raise_state_read(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct sg_raise_state *out) MH_MUST_USE;

/*
 * The state of an item for this step and document, its token over what it
 * says.  MH_EINTERNAL for another document or step.
 */
enum mh_code sg_raise_item_read(const struct sg_raise_item *item,
    enum sg_raise step, const uint8_t document[static MH_SHA256_LENGTH],
    struct mh_arena *arena, struct mh_err *err,
    struct sg_raise_state *out) MH_MUST_USE;

#endif
