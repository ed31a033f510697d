#include "hsm/audit/verify.h"

#include <fcntl.h>

#include "base/sys/chan.h"
#include "hsm/audit/points.h"
#include "hsm/audit/read.h"
#include "hsm/audit/record.h"
#include "hsm/audit/scan.h"
#include "hsm/audit/tileread.h"

struct prove {
    uint64_t index;
    bool first;                  /* see hsm_audit_input */
    struct hsm_proof_cost *cost; /* NULL: from the records alone */
    struct hsm_range range[HSM_PROOF_MAX];
    struct hsm_tree part[HSM_PROOF_MAX];
    size_t count;
    struct hsm_hash leaf;
    struct mh_buf *record;
};

/* ---- from all records: one pass makes every hash of the proof ---- */

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

/* ---- from the tiles, and the record by its place ---- */

/* MH_EFORMAT: they do not give the root, or are not there. */
static enum mh_code
climb(struct prove *p, int dir, const struct hsm_checkpoint *c,
    struct mh_err *err, struct mh_buf *out)
{
    struct hsm_range range[HSM_PROOF_MAX];
    struct hsm_hash proof[HSM_PROOF_MAX], leaf;
    struct hsm_tile_reader *r = calloc(1, sizeof(*r));
    size_t count = hsm_inclusion_ranges(p->index, c->size, range);
    enum mh_code code = MH_OK;
    struct mh_buf record;

    if (r == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    mh_buf_init(&record, HSM_RECORD_MAX);
    r->dir = dir;
    r->size = c->size;
    for (size_t i = 0; i < count && code == MH_OK; i++)
        code = hsm_tiles_root(r, &range[i], err, &proof[i]);
    if (code == MH_OK)
        code = hsm_record_at(dir, p->index, err, &record, &r->bytes);
    p->cost->bytes = r->bytes;
    if (code == MH_OK) {
        hsm_hash_leaf(mh_buf_get(&record), &leaf);
        if (!hsm_inclusion_verify(
                &leaf, p->index, c->size, proof, count, &c->root))
            code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "log: its tiles do not give the root of its checkpoint");
    }
    if (code == MH_OK) {
        hsm_proof_write(p->index, proof, count, c->note, out);
        if (p->record != NULL)
            mh_buf_span(p->record, mh_buf_get(&record));
    }
    mh_buf_fini(&record);
    free(r);
    return code;
}

static enum mh_code
climb_or_make(struct prove *p, int dir, const struct hsm_checkpoint *c,
    struct mh_err *err, struct mh_buf *out)
{
    struct mh_err why = {.msg = ""};
    enum mh_code code;

    if (p->cost == NULL)
        return make(p, dir, c, err, out);
    code = climb(p, dir, c, &why, out);
    if (code == MH_EFORMAT) {
        p->cost->whole = true;
        return make(p, dir, c, err, out);
    }
    if (code == MH_OK && !mh_buf_ok(out))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "memory");
    if (code != MH_OK && err != NULL)
        *err = why;
    return code;
}

static enum mh_code
prove(int dir, const struct hsm_note_keys *keys, struct prove *p,
    struct mh_err *err, struct mh_buf *out)
{
    struct hsm_checkpoint c = {.size = 0};
    struct mh_buf note;
    enum mh_code code;

    mh_buf_init(&note, HSM_NOTE_MAX);
    code = p->first ? hsm_points_first(dir, p->index, err, &note)
                    : hsm_read_file(dir, "checkpoint", err, &note);
    if (code == MH_OK)
        code = hsm_checkpoint_read(mh_buf_get(&note), err, &c);
    if (code == MH_OK)
        code = hsm_checkpoint_verify(&c, keys, err);
    if (code == MH_OK && p->index >= c.size)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "record %llu: the checkpoint is of size %llu",
            (unsigned long long)p->index, (unsigned long long)c.size);
    if (code == MH_OK)
        code = climb_or_make(p, dir, &c, err, out);
    mh_buf_fini(&note);
    return code;
}

static enum mh_code
prove_in(const struct hsm_audit_input *in, struct prove *p, struct mh_err *err,
    struct mh_buf *proof)
{
    struct hsm_note_keys *own = NULL;
    enum mh_code code = MH_OK;
    int dir = open(in->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    p->first = in->first;
    if (dir < 0)
        code = mh_fail_sys(err, "log");
    if (code == MH_OK && in->keys == NULL)
        code = hsm_points_keys(dir, err, &own);
    if (code == MH_OK)
        code = prove(dir, in->keys != NULL ? in->keys : own, p, err, proof);
    hsm_note_keys_free(own);
    mh_close(&dir);
    return code;
}

enum mh_code
hsm_audit_prove(const struct hsm_audit_input *in, uint64_t index,
    struct mh_err *err, struct mh_buf *proof, struct mh_buf *record)
{
    struct prove *p = calloc(1, sizeof(*p));
    enum mh_code code;

    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    p->index = index;
    p->record = record;
    code = prove_in(in, p, err, proof);
    free(p);
    return code;
}

enum mh_code
hsm_audit_prove_near(const struct hsm_audit_input *in, uint64_t index,
    struct mh_err *err, struct mh_buf *proof, struct mh_buf *record,
    struct hsm_proof_cost *cost)
{
    struct prove *p = calloc(1, sizeof(*p));
    enum mh_code code;

    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    *cost = (struct hsm_proof_cost){0};
    p->index = index;
    p->record = record;
    p->cost = cost;
    code = prove_in(in, p, err, proof);
    free(p);
    return code;
}
