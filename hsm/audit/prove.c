#include "hsm/audit/verify.h"

#include <fcntl.h>

#include "base/sys/chan.h"
#include "hsm/audit/points.h"
#include "hsm/audit/record.h"
#include "hsm/audit/scan.h"

/* One pass over the records makes every hash of the proof. */
struct prove {
    uint64_t index;
    struct hsm_range range[HSM_PROOF_MAX];
    struct hsm_tree part[HSM_PROOF_MAX];
    size_t count;
    struct hsm_hash leaf;
    struct mh_buf *record;
};

static enum mh_code
see_record(void *arg, uint64_t index, struct mh_span bytes, struct mh_err *err)
{
    struct prove *p = arg;
    struct hsm_hash leaf;

    (void)err; /* whether the records are right the root shows */
    hsm_hash_leaf(bytes, &leaf);
    if (index == p->index) {
        p->leaf = leaf;
        if (p->record != NULL)
            mh_buf_span(p->record, bytes);
    }
    for (size_t i = 0; i < p->count; i++)
        if (index >= p->range[i].from && index < p->range[i].to)
            hsm_tree_add(&p->part[i], &leaf);
    return MH_OK;
}

static enum mh_code
make(struct prove *p, int dir, const struct hsm_checkpoint *c,
    struct mh_err *err, struct mh_buf *out)
{
    struct hsm_hash proof[HSM_PROOF_MAX];
    struct hsm_scan_end end;
    enum mh_code code;

    p->count = hsm_inclusion_ranges(p->index, c->size, p->range);
    code = hsm_scan(dir, c->size, see_record, p, err, &end);
    if (code != MH_OK)
        return code;
    if (end.count != c->size)
        return mh_fail(
            err, MH_EFORMAT, end.count, "log: it ends before its checkpoint");
    for (size_t i = 0; i < p->count; i++)
        hsm_tree_root(&p->part[i], &proof[i]);
    if (!hsm_inclusion_verify(
            &p->leaf, p->index, c->size, proof, p->count, &c->root))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "log: its records do not give the root of its checkpoint");
    hsm_proof_write(p->index, proof, p->count, c->note, out);
    return mh_buf_ok(out) ? MH_OK
                          : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "memory");
}

static enum mh_code
prove(int dir, const struct hsm_note_keys *keys, struct prove *p,
    struct mh_err *err, struct mh_buf *out)
{
    struct hsm_checkpoint c = {.size = 0};
    struct mh_buf note;
    enum mh_code code;

    mh_buf_init(&note, HSM_NOTE_MAX);
    code = hsm_read_file(dir, "checkpoint", err, &note);
    if (code == MH_OK)
        code = hsm_checkpoint_read(mh_buf_get(&note), err, &c);
    if (code == MH_OK)
        code = hsm_checkpoint_verify(&c, keys, err);
    if (code == MH_OK && p->index >= c.size)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "record %llu: the checkpoint is of size %llu",
            (unsigned long long)p->index, (unsigned long long)c.size);
    if (code == MH_OK)
        code = make(p, dir, &c, err, out);
    mh_buf_fini(&note);
    return code;
}

enum mh_code
hsm_audit_prove(const struct hsm_audit_input *in, uint64_t index,
    struct mh_err *err, struct mh_buf *proof, struct mh_buf *record)
{
    struct prove *p = calloc(1, sizeof(*p));
    struct hsm_note_keys *own = NULL;
    enum mh_code code = MH_OK;
    int dir;

    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    dir = open(in->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        code = mh_fail_sys(err, "log");
    if (code == MH_OK && in->keys == NULL)
        code = hsm_points_keys(dir, err, &own);
    if (code == MH_OK) {
        p->index = index;
        p->record = record;
        code = prove(dir, in->keys != NULL ? in->keys : own, p, err, proof);
    }
    hsm_note_keys_free(own);
    mh_close(&dir);
    free(p);
    return code;
}
