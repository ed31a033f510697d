/*
 * Checkpoints, proofs and keys of a log.  The first byte says which.  What is
 * accepted lies inside the input and, where we write it, is written alike; no
 * input is signed by the key of the seeds but the seeds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/audit/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
inside(struct mh_span all, struct mh_span part)
{
    if (part.len > 0 &&
        (part.ptr < all.ptr || part.ptr + part.len > all.ptr + all.len))
        abort();
}

static void
check(struct mh_span all, const struct hsm_checkpoint *c)
{
    inside(all, c->note);
    inside(all, c->text);
    inside(all, c->origin);
    if (c->sigs == 0 || c->sigs > HSM_NOTE_SIGNATURES ||
        c->size > HSM_TREE_SIZE_MAX || c->text.ptr[c->text.len - 1] != '\n')
        abort();
    for (size_t i = 0; i < c->sigs; i++)
        inside(all, c->sig[i].base64);
}

static void
proof(struct mh_span in)
{
    static struct hsm_proof p;
    struct mh_buf out;

    if (hsm_proof_read(in, NULL, &p) != MH_OK)
        return;
    check(in, &p.checkpoint);
    if (p.count > HSM_PROOF_MAX)
        abort();
    (void)hsm_proof_covers(&p, in); /* ends */
    if (p.extra.len > 0)
        return;
    mh_buf_init(&out, HSM_PROOF_TEXT_MAX);
    hsm_proof_write(p.index, p.hash, p.count, p.checkpoint.note, &out);
    if (!mh_span_eq(mh_buf_get(&out), in))
        abort();
    mh_buf_fini(&out);
}

static void
notes(struct mh_span in)
{
    static struct hsm_checkpoint c;
    struct mh_span rest = in;

    if (hsm_checkpoint_read(in, NULL, &c) == MH_OK) {
        check(in, &c);
        if (!mh_span_eq(c.note, in))
            abort();
    }
    while (rest.len > 0 && hsm_checkpoint_next(&rest, NULL, &c) == MH_OK)
        check(in, &c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hsm_note_keys *keys = NULL;
    struct mh_span in;

    if (len == 0)
        return 0;
    in = (struct mh_span){data + 1, len - 1};
    if (data[0] == 'p') {
        proof(in);
    } else if (data[0] == 'k') {
        if (hsm_note_keys_read(in, NULL, &keys) == MH_OK)
            hsm_note_keys_free(keys);
        else if (keys != NULL)
            abort();
    } else {
        notes(in);
    }
    return 0;
}
