#include "hsm/audit/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "hsm/audit/files.h"
#include "hsm/audit/pairs.h"
#include "hsm/audit/points.h"
#include "hsm/audit/scan.h"
#include "hsm/audit/stamp.h"
#include "hsm/audit/tile.h"

struct audit {
    const struct hsm_audit_input *in;
    int dir;
    struct hsm_points points;
    size_t next; /* the first point whose size was not reached yet */
    struct hsm_tree tree;
    struct hsm_tiles tiles;
    struct hsm_pairs pairs;
    struct hsm_record record;
    int64_t time;
    uint64_t good_to;       /* records below the last point that was met */
    struct hsm_signed last; /* the file signed */
    bool last_found, last_met;
    /* The first stretch that does not give a checkpoint's root. */
    uint64_t bad_from, bad_to;
    /* The first tile that differs: records it may be, and its name. */
    uint64_t tile_from, tile_count;
    char tile[HSM_TILE_NAME];
    /* What stopped the reading of records. */
    uint64_t stop;
    char stop_text[160];
    struct hsm_audit_report *out;
};

static void tell(struct hsm_audit_report *out, uint64_t index, const char *fmt,
    ...) MH_PRINTF(3, 4);

static void
tell(struct hsm_audit_report *out, uint64_t index, const char *fmt, ...)
{
    struct hsm_audit_problem *p;
    va_list ap;

    if (out->problems == HSM_AUDIT_PROBLEMS_MAX)
        return;
    p = &out->problem[out->problems++];
    p->index = index;
    va_start(ap, fmt);
    (void)vsnprintf(p->text, sizeof(p->text), fmt, ap); /* cut at its end */
    va_end(ap);
}

/* ---- tiles ---- */

/* Compares the first count hashes; a tile that is wider is right so far. */
static void
compare_tile(struct audit *a, unsigned level, uint64_t index,
    const struct hsm_hash *hash, unsigned count, unsigned width)
{
    struct hsm_hash there[HSM_TILE_WIDTH];
    struct mh_err err = {.msg = ""};
    bool found = false;
    uint64_t covers = UINT64_C(1) << (8 * level), from;
    unsigned i = 0;
    enum mh_code code = hsm_tile_read(
        a->dir, (struct hsm_tile_id){level, index, width}, &err, there, &found);

    if (!found && code == MH_OK)
        return;
    a->out->tiles++;
    if (code == MH_OK)
        while (i < count && hsm_hash_eq(&there[i], &hash[i]))
            i++;
    if (code == MH_OK && i == count)
        return;
    from = (index * HSM_TILE_WIDTH + i) * covers;
    if (code != MH_OK) /* a file of a wrong length names no record */
        covers *= HSM_TILE_WIDTH;
    /* The first one, and of two that overlap the one that says more. */
    if (a->tile[0] != '\0' && from + covers > a->tile_from &&
        (covers >= a->tile_count || from >= a->tile_from + a->tile_count))
        return;
    a->tile_from = from;
    a->tile_count = covers;
    hsm_tile_name(level, index, width, a->tile);
}

static bool
exists(const struct audit *a, const char *name)
{
    return faccessat(a->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Narrow tiles of before may still be there. */
static enum mh_code
full_tile(void *arg, unsigned level, uint64_t index,
    const struct hsm_hash *hash, unsigned width, struct mh_err *err)
{
    struct audit *a = arg;
    char name[HSM_TILE_NAME];

    (void)err; /* a difference is a finding */
    compare_tile(a, level, index, hash, width, width);
    hsm_tile_name(level, index, 0, name);
    *strrchr(name, '/') = '\0'; /* the folder of the narrow ones */
    if (!exists(a, name))
        return MH_OK;
    for (unsigned w = 1; w < HSM_TILE_WIDTH; w++)
        compare_tile(a, level, index, hash, w, w);
    return MH_OK;
}

/* The tiles that the records end in.  One that is wider than they are has
   seen records that are gone. */
static void
edge_tiles(struct audit *a, bool whole)
{
    char name[HSM_TILE_NAME];

    for (unsigned l = 0; l < HSM_TILE_LEVELS; l++) {
        uint64_t index = a->tiles.edge[l].index;
        unsigned have = a->tiles.edge[l].width;

        for (unsigned w = 1; w <= HSM_TILE_WIDTH; w++) {
            hsm_tile_name(l, index, w, name);
            if (!exists(a, name))
                continue;
            compare_tile(
                a, l, index, a->tiles.edge[l].hash, w < have ? w : have, w);
            if (w > have && whole && l == 0 && a->stop_text[0] == '\0') {
                a->stop = a->tree.size;
                (void)snprintf(a->stop_text, sizeof(a->stop_text),
                    "missing: %.60s knows more records", name); /* fits */
            }
        }
    }
}

/* ---- records ---- */

static void
meet_points(struct audit *a)
{
    struct hsm_hash root;

    while (a->next < a->points.count &&
           a->points.point[a->next].size <= a->tree.size) {
        struct hsm_point *p = &a->points.point[a->next++];

        if (p->size < a->tree.size)
            continue; /* out of order, which was told */
        hsm_tree_root(&a->tree, &root);
        p->met = hsm_hash_eq(&root, &p->root);
        if (!p->good)
            continue;
        if (p->met)
            a->good_to = p->size;
        else if (a->bad_to == 0) {
            a->bad_from = a->good_to;
            a->bad_to = p->size > 0 ? p->size : 1;
        }
    }
}

static void
meet_signed(struct audit *a)
{
    struct hsm_hash root;

    if (!a->last_found || a->tree.size != a->last.size)
        return;
    hsm_tree_root(&a->tree, &root);
    a->last_met = hsm_hash_eq(&root, &a->last.root);
}

static const char *
wrong_number(uint64_t n, uint64_t index)
{
    return n > index ? "missing, or out of order: another stands in its place"
                     : "out of order, or there twice";
}

static enum mh_code
see_record(void *arg, uint64_t index, struct mh_span bytes, struct mh_err *err)
{
    struct audit *a = arg;
    struct hsm_record *r = &a->record;
    struct hsm_hash leaf;
    enum mh_code code = hsm_record_read(bytes, err, r);

    if (code != MH_OK) {
        if (err->code != MH_EINTERNAL)
            err->offset = index;
        return code == MH_ELIMIT ? MH_EFORMAT : code;
    }
    if (r->n != index)
        return mh_fail(err, MH_EFORMAT, index, "%s", wrong_number(r->n, index));
    if (r->time < a->time)
        return mh_fail(err, MH_EFORMAT, index, "t goes back");
    if (hsm_pairs_take(&a->pairs, r, err) != MH_OK)
        return MH_EFORMAT;
    a->time = r->time;
    if (mh_span_is(r->ev, HSM_EV_KEY_USE))
        a->out->key_uses++;
    hsm_hash_leaf(bytes, &leaf);
    hsm_tree_add(&a->tree, &leaf);
    code = hsm_tiles_add(&a->tiles, &leaf, full_tile, a, err);
    if (a->next < a->points.count &&
        a->points.point[a->next].size <= a->tree.size)
        meet_points(a);
    meet_signed(a);
    return code;
}

static enum mh_code
read_records(struct audit *a, struct mh_err *err)
{
    struct mh_err why = {.msg = ""};
    struct hsm_scan_end end;
    uint64_t limit = UINT64_MAX;
    enum mh_code code;

    if (hsm_signed_read(a->dir, &why, &a->last, &a->last_found) != MH_OK) {
        a->last_found = false;
        tell(a->out, HSM_AUDIT_NO_INDEX, "%s", why.msg);
    }
    if (a->in->committed != NULL)
        limit = a->in->committed(a->in->committed_arg);
    meet_points(a); /* those of an empty log */
    meet_signed(a);
    code = hsm_scan(a->dir, limit, see_record, a, &why, &end);
    if (code != MH_OK && code != MH_EFORMAT &&
        !(code == MH_EIO && why.sys == ENOENT)) {
        *err = why;
        return code;
    }
    if (code != MH_OK) {
        a->stop = why.offset;
        (void)snprintf(a->stop_text, sizeof(a->stop_text), "%.150s",
            code == MH_EIO ? "its folder seg is missing" : why.msg); /* fits */
        if (code == MH_EIO)
            a->stop = 0;
    } else if (end.torn > 0) {
        a->stop = end.count;
        (void)snprintf(a->stop_text, sizeof(a->stop_text),
            "not whole: %llu bytes of it are there",
            (unsigned long long)end.torn); /* fits */
    }
    /* A writer's tiles may know records that came since. */
    edge_tiles(a, code == MH_OK && a->in->committed == NULL);
    a->out->records = a->tree.size;
    a->out->open = a->pairs.count;
    return MH_OK;
}

/* ---- judging ---- */

/* What is signed must be there. */
static void
judge_length(struct audit *a)
{
    uint64_t most = 0;

    for (size_t i = a->next; i < a->points.count; i++)
        if (a->points.point[i].good && a->points.point[i].size > most)
            most = a->points.point[i].size;
    if (a->stop_text[0] != '\0' || most <= a->tree.size)
        return;
    a->stop = a->tree.size;
    (void)snprintf(a->stop_text, sizeof(a->stop_text),
        "missing: the log ends before a checkpoint of size %llu",
        (unsigned long long)most); /* fits */
}

/* A tile and the records differ.  Where a checkpoint is met past it the
   records are right and the tile is not. */
static bool
blames_record(const struct audit *a)
{
    return a->tile[0] != '\0' && a->tile_from >= a->good_to;
}

static void
judge_records(struct audit *a)
{
    bool by_tile = blames_record(a);
    bool stopped = a->stop_text[0] != '\0';

    if (by_tile && (!stopped || a->tile_from < a->stop) &&
        (a->bad_to == 0 || a->tile_from < a->bad_to)) {
        if (a->tile_count == 1)
            tell(a->out, a->tile_from, "record %llu: altered: %s differs",
                (unsigned long long)a->tile_from, a->tile);
        else
            tell(a->out, a->tile_from,
                "record %llu: it or one of the %llu after it was altered: %s "
                "differs",
                (unsigned long long)a->tile_from,
                (unsigned long long)(a->tile_count - 1), a->tile);
    } else if (a->bad_to > 0 && a->good_to >= a->bad_to) {
        tell(a->out, HSM_AUDIT_NO_INDEX,
            "checkpoint of size %llu: its root is not that of the records, "
            "and another's is",
            (unsigned long long)a->bad_to);
    } else if (a->bad_to > 0) {
        tell(a->out, a->bad_from,
            "record %llu: altered: it or one of those before %llu, which do "
            "not give the root of the checkpoint",
            (unsigned long long)a->bad_from, (unsigned long long)a->bad_to);
    }
    if (stopped && a->stop != HSM_AUDIT_NO_INDEX)
        tell(a->out, a->stop, "record %llu: %s", (unsigned long long)a->stop,
            a->stop_text);
    else if (stopped)
        tell(a->out, HSM_AUDIT_NO_INDEX, "%s", a->stop_text);
    if (a->tile[0] != '\0' && !by_tile)
        tell(a->out, HSM_AUDIT_NO_INDEX,
            "%s: it differs from the records, which a checkpoint covers",
            a->tile);
}

/* The file that the writer keeps of what it last asked a signature for. */
static void
judge_signed(struct audit *a)
{
    if (!a->last_found)
        return;
    if (a->last.size < a->good_to)
        tell(a->out, HSM_AUDIT_NO_INDEX,
            "signed: older than the last checkpoint");
    else if (a->last.size > a->tree.size && a->stop_text[0] == '\0')
        tell(a->out, a->tree.size,
            "record %llu: missing: the file signed is of size %llu",
            (unsigned long long)a->tree.size, (unsigned long long)a->last.size);
    else if (a->last.size <= a->tree.size && !a->last_met)
        tell(a->out, HSM_AUDIT_NO_INDEX,
            "signed: its root is not that of the records");
}

static void
judge_points(struct audit *a)
{
    if (a->points.why[0] != '\0')
        tell(a->out, HSM_AUDIT_NO_INDEX, "%s", a->points.why);
    if (a->points.count == 0)
        tell(a->out, HSM_AUDIT_NO_INDEX, "checkpoint: there is none");
    a->out->checkpoints = a->points.count;
    a->out->covered = a->good_to;
}

/* ---- timestamps ---- */

static void
judge_stamp(struct audit *a, const char *name)
{
    char path[300], *end = NULL;
    struct mh_err err = {.msg = "timestamp: of no checkpoint"};
    const char *why = NULL;
    unsigned long long size = strtoull(name, &end, 10);
    bool good = false;
    struct mh_buf text;
    struct mh_span token = {0};

    (void)snprintf(path, sizeof(path), "%llu.tsr", size); /* fits */
    if (strcmp(path, name) != 0) {
        tell(a->out, HSM_AUDIT_NO_INDEX, "tst: a file that is no timestamp");
        return;
    }
    if (a->in->committed != NULL && size > a->good_to)
        return; /* of a checkpoint that came since */
    (void)snprintf(path, sizeof(path), "tst/%.64s", name); /* fits */
    mh_buf_init(&text, MH_TST_SIZE_MAX);
    if (hsm_read_file(a->dir, path, &err, &text) == MH_OK)
        for (size_t i = 0; i < a->points.count && !good; i++) {
            const struct hsm_point *p = &a->points.point[i];

            good = p->size == size && hsm_stamp_read(mh_buf_get(&text),
                                          &p->note, &err, &token) == MH_OK;
            if (good && a->in->stamp != NULL &&
                !a->in->stamp(a->in->arg, token, &p->note, &why))
                break;
        }
    mh_buf_fini(&text);
    if (good && why == NULL)
        a->out->stamps++;
    else
        tell(a->out, HSM_AUDIT_NO_INDEX, "%s: %s", path,
            why != NULL ? why : err.msg);
}

static enum mh_code
judge_stamps(struct audit *a, struct mh_err *err)
{
    int fd = openat(a->dir, "tst", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;

    if (d == NULL) {
        enum mh_code code = errno == ENOENT ? MH_OK : mh_fail_sys(err, "tst");

        mh_close(&fd);
        return code;
    }
    while ((e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            judge_stamp(a, e->d_name);
    (void)closedir(d); /* it was only read */
    return MH_OK;
}

static enum mh_code
judge(struct audit *a, const struct hsm_note_keys *keys, struct mh_err *err)
{
    enum mh_code code = hsm_points_read(a->dir, keys, err, &a->points);

    if (code == MH_OK)
        code = read_records(a, err);
    if (code != MH_OK)
        return code;
    judge_length(a);
    judge_records(a);
    judge_points(a);
    judge_signed(a);
    return judge_stamps(a, err);
}

enum mh_code
hsm_audit_verify(const struct hsm_audit_input *in, struct mh_err *err,
    struct hsm_audit_report *out)
{
    struct audit *a = calloc(1, sizeof(*a));
    struct hsm_note_keys *own = NULL;
    enum mh_code code = MH_OK;

    *out = (struct hsm_audit_report){.records = 0};
    if (a == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    a->in = in;
    a->out = out;
    a->dir = open(in->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (a->dir < 0)
        code = mh_fail_sys(err, "log");
    if (code == MH_OK && in->keys == NULL)
        code = hsm_points_keys(a->dir, err, &own);
    if (code == MH_OK)
        code = judge(a, in->keys != NULL ? in->keys : own, err);
    hsm_note_keys_free(own);
    hsm_points_fini(&a->points);
    mh_close(&a->dir);
    free(a);
    return code;
}
