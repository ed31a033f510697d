#include "hsm/audit/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "hsm/audit/files.h"
#include "hsm/audit/pairs.h"
#include "hsm/audit/scan.h"

enum {
    BATCH_MAX = 16 << 20, /* bytes appended before a commit */
};

/* What a failed commit goes back to. */
struct state {
    struct hsm_tree tree;
    struct hsm_pairs pairs;
    int64_t time;  /* of the last record */
    int64_t clock; /* what the clock said last */
};

struct hsm_log {
    struct hsm_log_options options;
    int dir;
    int segment; /* -1: not open */
    uint64_t segment_first;
    uint64_t segment_bytes; /* committed */
    struct state now, committed;
    struct mh_buf batch;  /* framed records */
    struct mh_buf leaves; /* their hashes */
    bool dead;            /* a flush failed: what is on the disk is unknown */
    struct hsm_tiles tiles;
    bool tiles_behind; /* one could not be written; made at the next open */
    struct hsm_signed last;
    struct hsm_tree signed_tree; /* at last.size, grown by each commit */
    bool signed_seen;            /* while opening: its root was met */
};

enum mh_code
hsm_log_create(const char *dir, struct mh_span pub, struct mh_err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum mh_code code = MH_OK;

    if (fd < 0)
        return mh_fail_sys(err, "log");
    /* seg comes last: without it there is no log. */
    if (faccessat(fd, "seg", F_OK, 0) == 0 ||
        faccessat(fd, "signed", F_OK, 0) == 0 ||
        faccessat(fd, "checkpoints.log", F_OK, 0) == 0)
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "log: there is one already");
    if (code == MH_OK)
        code = hsm_replace_file(fd, "log.pub", pub, err);
    if (code == MH_OK &&
        ((mkdirat(fd, "tile", 0700) != 0 && errno != EEXIST) ||
            (mkdirat(fd, "tst", 0700) != 0 && errno != EEXIST) ||
            mkdirat(fd, "seg", 0700) != 0 || fsync(fd) != 0))
        code = mh_fail_sys(err, "log");
    mh_close(&fd);
    return code;
}

/* ---- opening ---- */

/* Keeps a tile that is right, replaces any other. */
static enum mh_code
keep_tile(void *arg, unsigned level, uint64_t index,
    const struct hsm_hash *hash, unsigned width, struct mh_err *err)
{
    struct hsm_log *log = arg;
    struct hsm_hash there[HSM_TILE_WIDTH];
    bool found = false;
    enum mh_code code;

    if (hsm_tile_read(log->dir, (struct hsm_tile_id){level, index, width}, NULL,
            there, &found) == MH_OK &&
        found && memcmp(there, hash, width * sizeof(*hash)) == 0)
        return MH_OK;
    code = hsm_tile_write(log->dir, level, index, hash, width, err);
    if (code == MH_OK && width == HSM_TILE_WIDTH)
        hsm_tile_forget(log->dir, level, index);
    return code;
}

static void
see_signed(struct hsm_log *log)
{
    struct hsm_hash root;

    if (log->now.tree.size != log->last.size)
        return;
    hsm_tree_root(&log->now.tree, &root);
    log->signed_seen = hsm_hash_eq(&root, &log->last.root);
    log->signed_tree = log->now.tree;
}

static enum mh_code
see_record(void *arg, uint64_t index, struct mh_span record, struct mh_err *err)
{
    struct hsm_log *log = arg;
    struct hsm_record r;
    struct hsm_hash leaf;
    enum mh_code code = hsm_record_read(record, err, &r);

    if (code == MH_OK && (r.n != index || r.time < log->now.time))
        code = mh_fail(err, MH_EFORMAT, index, "record: n or t is wrong");
    if (code == MH_OK)
        code = hsm_pairs_take(&log->now.pairs, &r, err);
    if (code == MH_OK && log->options.seen != NULL)
        log->options.seen(log->options.seen_arg, &r);
    if (code != MH_OK) {
        if (err != NULL)
            err->offset = index;
        return code;
    }
    log->now.time = r.time;
    hsm_hash_leaf(record, &leaf);
    hsm_tree_add(&log->now.tree, &leaf);
    if (log->signed_tree.size >= log->last.size && log->signed_seen)
        hsm_tree_add(&log->signed_tree, &leaf);
    see_signed(log);
    if (hsm_tiles_add(&log->tiles, &leaf, keep_tile, log, NULL) != MH_OK)
        log->tiles_behind = true;
    return MH_OK;
}

/* Cuts a checkpoint that was not written to its end; the last whole one is
   put into its place. */
static enum mh_code
open_checkpoints(struct hsm_log *log, struct mh_err *err)
{
    struct mh_err why = {.msg = ""};
    struct hsm_checkpoint c, last = {.note = {0}};
    struct mh_buf text;
    struct mh_span rest;
    enum mh_code code;

    mh_buf_init(&text, HSM_SMALL_FILE_MAX);
    code = hsm_read_file(log->dir, "checkpoints.log", &why, &text);
    rest = mh_buf_get(&text);
    while (code == MH_OK && rest.len > 0) {
        code = hsm_checkpoint_next(&rest, &why, &c);
        if (code == MH_OK)
            last = c;
    }
    if (code == MH_EIO && (why.sys == 0 || why.sys == ENOENT))
        code = MH_OK; /* cut, or none yet */
    else if (code != MH_OK && err != NULL)
        *err = why;
    if (code == MH_OK && last.note.len > 0 && last.size > log->last.size)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "signed: older than the last checkpoint");
    if (code == MH_OK && rest.len > 0 && why.sys == 0)
        code = hsm_replace_file(log->dir, "checkpoints.log",
            (struct mh_span){text.ptr, text.len - rest.len}, err);
    if (code == MH_OK && last.note.len > 0)
        code = hsm_replace_file(log->dir, "checkpoint", last.note, err);
    mh_buf_fini(&text);
    return code;
}

static enum mh_code
open_segment(struct hsm_log *log, uint64_t first, struct mh_err *err)
{
    char name[HSM_SEGMENT_NAME];
    int fd;

    mh_close(&log->segment);
    hsm_segment_name(first, name);
    log->segment =
        openat(log->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    fd = openat(log->dir, "seg", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (log->segment < 0 || fd < 0 || fsync(fd) != 0) {
        enum mh_code code = mh_fail_sys(err, "log: segment");

        mh_close(&fd);
        mh_close(&log->segment);
        return code;
    }
    mh_close(&fd);
    log->segment_first = first;
    log->segment_bytes = 0;
    return MH_OK;
}

static enum mh_code
append_int(struct hsm_log *log, const char *ev, const char *key, int64_t value,
    struct mh_err *err)
{
    struct hsm_record r = {.src = MH_SPAN_LIT("log"),
        .ev = mh_span_str(ev),
        .res = MH_SPAN_LIT("ok"),
        .data = {{.key = mh_span_str(key),
            .kind = HSM_VALUE_INT,
            .number = value}},
        .data_count = 1};
    uint64_t n;

    return hsm_log_append(log, &r, err, &n);
}

/* What an end by force has left: half a record, and uses under way. */
static enum mh_code
repair(struct hsm_log *log, const struct hsm_scan_end *end, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    if (end->torn > 0) {
        if (ftruncate(log->segment, (off_t)end->good) != 0)
            return mh_fail_sys(err, "log: cut");
        code = append_int(log, HSM_EV_REPAIR, "bytes", (int64_t)end->torn, err);
    }
    while (code == MH_OK && log->now.pairs.count > 0)
        code = append_int(
            log, HSM_EV_KEY_ORPHAN, "use", (int64_t)log->now.pairs.use[0], err);
    return code == MH_OK ? hsm_log_commit(log, err) : code;
}

static enum mh_code
read_all(struct hsm_log *log, struct mh_err *err)
{
    struct hsm_scan_end end;
    bool found = false;
    enum mh_code code = hsm_signed_read(log->dir, err, &log->last, &found);

    if (code != MH_OK)
        return code;
    see_signed(log);
    code = hsm_scan(log->dir, UINT64_MAX, see_record, log, err, &end);
    if (code != MH_OK)
        return code;
    if (end.count < log->last.size)
        return mh_fail(
            err, MH_EFORMAT, end.count, "log: shorter than what was signed");
    if (!log->signed_seen)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "log: contradicts what was signed");
    code = open_checkpoints(log, err);
    if (code != MH_OK)
        return code;
    log->committed = log->now;
    if (end.count > 0 || end.torn > 0) {
        code = open_segment(log, end.segment, err);
        log->segment_bytes = end.good;
    }
    return code == MH_OK ? repair(log, &end, err) : code;
}

enum mh_code
hsm_log_open(const char *dir, const struct hsm_log_options *options,
    struct mh_err *err, struct hsm_log **out)
{
    struct hsm_log *log = calloc(1, sizeof(*log));
    enum mh_code code = MH_OK;

    if (log == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    log->options = *options;
    log->segment = -1;
    mh_buf_init(&log->batch, BATCH_MAX);
    mh_buf_init(&log->leaves, BATCH_MAX);
    log->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (log->dir < 0)
        code = mh_fail_sys(err, "log");
    else if (flock(log->dir, LOCK_EX | LOCK_NB) != 0)
        code = mh_fail_sys(err, "log: another writer");
    if (code == MH_OK)
        code = read_all(log, err);
    if (code != MH_OK) {
        hsm_log_close(log);
        return code;
    }
    *out = log;
    return MH_OK;
}

void
hsm_log_close(struct hsm_log *log)
{
    if (log == NULL)
        return;
    mh_close(&log->segment);
    mh_close(&log->dir);
    mh_buf_fini(&log->batch);
    mh_buf_fini(&log->leaves);
    free(log);
}

uint64_t
hsm_log_size(const struct hsm_log *log)
{
    return log->committed.tree.size;
}

/* ---- appending ---- */

static enum mh_code
add_line(struct hsm_log *log, struct hsm_record *r, struct mh_err *err)
{
    uint8_t line[HSM_RECORD_MAX];
    struct hsm_hash leaf;
    size_t len = 0;
    enum mh_code code;

    r->n = log->now.tree.size;
    r->time = log->now.time;
    code = hsm_record_write(r, err, line, &len);
    if (code == MH_OK)
        code = hsm_pairs_take(&log->now.pairs, r, err);
    if (code != MH_OK)
        return code;
    hsm_hash_leaf((struct mh_span){line, len}, &leaf);
    mh_buf_byte(&log->batch, (uint8_t)(len >> 8));
    mh_buf_byte(&log->batch, (uint8_t)len);
    mh_buf_add(&log->batch, line, len);
    mh_buf_add(&log->leaves, &leaf, sizeof(leaf));
    if (!mh_buf_ok(&log->batch) || !mh_buf_ok(&log->leaves)) {
        log->dead = true; /* half a batch in memory: only a new start helps */
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "log: memory");
    }
    hsm_tree_add(&log->now.tree, &leaf);
    return MH_OK;
}

/* t never goes back; where the clock does, a record says what it showed. */
static enum mh_code
step_time(struct hsm_log *log, struct mh_err *err)
{
    int64_t clock = log->options.clock(log->options.arg);
    int64_t seen = log->now.clock > 0 ? log->now.clock : log->now.time;
    struct hsm_record r = {.src = MH_SPAN_LIT("log"),
        .ev = MH_SPAN_LIT(HSM_EV_CLOCK_STEP),
        .res = MH_SPAN_LIT("ok"),
        .data = {{.key = MH_SPAN_LIT("clock"),
            .kind = HSM_VALUE_INT,
            .number = clock}},
        .data_count = 1};

    log->now.clock = clock;
    if (clock > log->now.time)
        log->now.time = clock;
    return clock < seen ? add_line(log, &r, err) : MH_OK;
}

enum mh_code
hsm_log_append(struct hsm_log *log, const struct hsm_record *r,
    struct mh_err *err, uint64_t *n)
{
    struct hsm_record copy = *r;
    uint64_t size = log->now.tree.size;
    enum mh_code code = MH_OK;

    if (log->dead)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "log: stopped by an error");
    /* A batch lies in one segment: two records at most are added here. */
    if (size % HSM_SEGMENT_RECORDS >= HSM_SEGMENT_RECORDS - 1 ||
        (size % HSM_SEGMENT_RECORDS == 0 && log->batch.len > 0) ||
        log->batch.len > BATCH_MAX - 4 * HSM_RECORD_MAX)
        code = hsm_log_commit(log, err);
    if (code == MH_OK)
        code = step_time(log, err);
    if (code == MH_OK && log->now.tree.size % HSM_SEGMENT_RECORDS == 0 &&
        log->batch.len > 0)
        code = hsm_log_commit(log, err);
    if (code == MH_OK)
        code = add_line(log, &copy, err);
    if (code == MH_OK)
        *n = copy.n;
    return code;
}

static void
roll_back(struct hsm_log *log)
{
    log->now = log->committed;
    mh_buf_clear(&log->batch);
    mh_buf_clear(&log->leaves);
}

/* After the flush: trees and tiles that follow what is on the disk. */
static void
follow(struct hsm_log *log)
{
    struct hsm_hash leaf;

    for (size_t at = 0; at < log->leaves.len; at += sizeof(leaf)) {
        memcpy(&leaf, log->leaves.ptr + at, sizeof(leaf));
        hsm_tree_add(&log->signed_tree, &leaf);
        if (hsm_tiles_add(&log->tiles, &leaf, keep_tile, log, NULL) != MH_OK)
            log->tiles_behind = true;
    }
    log->committed = log->now;
    mh_buf_clear(&log->batch);
    mh_buf_clear(&log->leaves);
}

enum mh_code
hsm_log_commit(struct hsm_log *log, struct mh_err *err)
{
    uint64_t size = log->committed.tree.size;
    uint64_t first = size - size % HSM_SEGMENT_RECORDS;
    enum mh_code code = MH_OK;

    if (log->dead)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "log: stopped by an error");
    if (log->batch.len == 0)
        return MH_OK;
    if (log->segment < 0 || log->segment_first != first)
        code = open_segment(log, first, err);
    if (code == MH_OK)
        code = hsm_write_at(
            log->segment, mh_buf_get(&log->batch), log->segment_bytes, err);
    if (code != MH_OK) {
        /* A full disk: take back what was written of it. */
        if (log->segment >= 0 &&
            ftruncate(log->segment, (off_t)log->segment_bytes) != 0)
            log->dead = true;
        roll_back(log);
        return code;
    }
    if (fdatasync(log->segment) != 0) {
        log->dead = true;
        roll_back(log);
        return mh_fail_sys(err, "log: flush");
    }
    log->segment_bytes += log->batch.len;
    follow(log);
    return MH_OK;
}

/* ---- checkpoints ---- */

static void
publish_tiles(struct hsm_log *log)
{
    for (unsigned l = 0; l < HSM_TILE_LEVELS; l++)
        if (log->tiles.edge[l].width > 0 &&
            keep_tile(log, l, log->tiles.edge[l].index, log->tiles.edge[l].hash,
                log->tiles.edge[l].width, NULL) != MH_OK)
            log->tiles_behind = true;
}

static enum mh_code
publish(struct hsm_log *log, struct mh_span note, struct mh_err *err)
{
    int fd = openat(log->dir, "checkpoints.log",
        O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;
    enum mh_code code;

    if (fd < 0 || fstat(fd, &st) != 0) {
        code = mh_fail_sys(err, "checkpoints.log");
        mh_close(&fd);
        return code;
    }
    code = hsm_write_at(fd, note, (uint64_t)st.st_size, err);
    if (code == MH_OK)
        code = hsm_write_at(
            fd, MH_SPAN_LIT("\n"), (uint64_t)st.st_size + note.len, err);
    if (code != MH_OK && ftruncate(fd, st.st_size) != 0)
        log->dead = true;
    if (code == MH_OK && fdatasync(fd) != 0) {
        log->dead = true;
        code = mh_fail_sys(err, "log: flush");
    }
    mh_close(&fd);
    return code == MH_OK ? hsm_replace_file(log->dir, "checkpoint", note, err)
                         : code;
}

static enum mh_code
sign(struct hsm_log *log, const struct hsm_signed *s, struct mh_buf *text,
    struct mh_err *err)
{
    struct hsm_checkpoint c;
    enum mh_code code =
        hsm_checkpoint_write(log->options.signer, s->size, &s->root, err, text);

    if (code == MH_OK)
        code = hsm_checkpoint_read(mh_buf_get(text), err, &c);
    if (code == MH_OK)
        code = hsm_checkpoint_verify(&c, log->options.keys, err);
    return code;
}

enum mh_code
hsm_log_checkpoint(struct hsm_log *log, struct mh_err *err, struct mh_buf *note)
{
    struct hsm_signed s;
    struct hsm_hash again;
    struct mh_buf text;
    enum mh_code code = hsm_log_commit(log, err);

    if (code != MH_OK)
        return code;
    if (log->options.signer == NULL || log->options.keys == NULL)
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "log: no key to sign with");
    s.size = log->committed.tree.size;
    hsm_tree_root(&log->committed.tree, &s.root);
    hsm_tree_root(&log->signed_tree, &again);
    if (log->signed_tree.size != s.size || s.size < log->last.size ||
        !hsm_hash_eq(&again, &s.root)) {
        log->dead = true;
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "log: its tree contradicts what was signed");
    }
    publish_tiles(log);
    code = hsm_signed_write(log->dir, &s, err);
    if (code != MH_OK)
        return code;
    log->last = s;
    mh_buf_init(&text, HSM_NOTE_MAX);
    code = sign(log, &s, &text, err);
    if (code == MH_OK)
        code = publish(log, mh_buf_get(&text), err);
    if (code == MH_OK && note != NULL)
        mh_buf_span(note, mh_buf_get(&text));
    mh_buf_fini(&text);
    return code;
}
