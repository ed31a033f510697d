/*
 * Ratio 14 (limits.md 3): a durable filing, which is the document's file, its
 * rows and the record of the log, against what a disk needs for the same: one
 * at a time, and sixteen at once whose flushes can be shared.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/time.h"
#include "hsm/keyd/writer.h"
#include "portal/http/id.h"
#include "portal/store/cases.h"
#include "portal/store/documents.h"
#include "tests/bench/measure.h"

enum {
    BYTES = 20000, /* of a document */
    RECORD = 300,  /* bytes, typical */
    ONE = 200,     /* filings one at a time */
    THREADS = 16,
    EACH = 50, /* filings of a thread */
    ALL = THREADS * EACH,
    ROUNDS = 9, /* the median of */
    NOW = 1000000,
};

static const char *root; /* the folder for everything */

/* ---- the floor: the system's calls and nothing else ---- */

static int floor_dir, floor_log;
static sqlite3 *floor_db;

static void
sql(const char *text)
{
    b_need(sqlite3_exec(floor_db, text, NULL, NULL, NULL) == SQLITE_OK, text);
}

static void
floor_open(void)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/floor", root);
    b_need(mkdir(path, 0700) == 0, path);
    floor_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(path, sizeof(path), "%s/floor.log", root);
    floor_log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)snprintf(path, sizeof(path), "%s/floor.db", root);
    b_need(floor_dir >= 0 && floor_log >= 0 &&
               sqlite3_open(path, &floor_db) == SQLITE_OK,
        "floor");
    sql("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB)");
}

static void
floor_file(unsigned n)
{
    uint8_t bytes[BYTES];
    char from[32], to[32];
    int fd;

    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, &n, sizeof(n));
    (void)snprintf(from, sizeof(from), "t%u", n);
    (void)snprintf(to, sizeof(to), "f%u", n);
    fd = openat(floor_dir, from, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    b_need(fd >= 0 && write(fd, bytes, sizeof(bytes)) == sizeof(bytes) &&
               fdatasync(fd) == 0,
        "floor: file");
    mh_close(&fd);
    b_need(renameat(floor_dir, from, floor_dir, to) == 0, "floor: name");
}

static void
floor_rows(size_t count)
{
    sql("BEGIN IMMEDIATE");
    for (size_t i = 0; i < count; i++)
        sql("INSERT INTO t (a, b) VALUES ('document', zeroblob(600))");
    sql("COMMIT");
}

static void
floor_record(size_t count)
{
    static const uint8_t record[RECORD * THREADS];
    size_t size = RECORD * count;

    b_need(write(floor_log, record, size) == (ssize_t)size &&
               fdatasync(floor_log) == 0,
        "floor: record");
}

static double
floor_one(void)
{
    static unsigned n;
    double since = b_wall();

    for (int i = 0; i < ONE; i++) {
        floor_file(n++);
        b_need(fsync(floor_dir) == 0, "floor: folder");
        floor_rows(1);
        floor_record(1);
    }
    return (b_wall() - since) / ONE;
}

static _Atomic unsigned floor_number = 1U << 20;

static void *
floor_files(void *arg)
{
    (void)arg;
    floor_file(floor_number++);
    return NULL;
}

static void
all(void *(*fn)(void *))
{
    pthread_t t[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        b_need(pthread_create(&t[i], NULL, fn, NULL) == 0, "thread");
    for (size_t i = 0; i < THREADS; i++)
        b_need(pthread_join(t[i], NULL) == 0, "thread");
}

/* Sixteen files side by side, then one flush of each other kind for all. */
static double
floor_group(void)
{
    double since = b_wall();

    for (int i = 0; i < EACH; i++) {
        all(floor_files);
        b_need(fsync(floor_dir) == 0, "floor: folder");
        floor_rows(THREADS);
        floor_record(THREADS);
    }
    return (b_wall() - since) / ALL;
}

/* ---- the product ---- */

static struct pt_store *store;
static struct hsm_writer *writer;
static struct pt_case matter = {.number = "2(103)-1/2026",
    .type = "2",
    .proceeding = "claim",
    .status = PT_CASE_REGISTERED};
static int64_t filer;

static int64_t
clock_us(void *arg)
{
    struct timeval tv;

    (void)arg;
    (void)gettimeofday(&tv, NULL); /* cannot fail */
    return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

static void
open_all(void)
{
    static char path[512];
    static struct hsm_writer_options options = {
        .dir = path, .log = {.clock = clock_us}};
    struct pt_account a = {.username = "filer",
        .role = PT_ROLE_LAWYER,
        .state = PT_ACCOUNT_ACTIVE};
    struct mh_err err = {.msg = ""};
    char where[512];
    int64_t court;

    (void)snprintf(where, sizeof(where), "sqlite:%s/state", root);
    b_need(mkdir(where + 7, 0700) == 0, where);
    b_must(pt_store_open(where, NOW, &err, &store), &err);
    b_must(pt_store_start(store, &err), &err);
    b_must(pt_store_account_add(store, &a, &err, &filer), &err);
    b_must(pt_store_court_put(store, "103", "Bakı", &err, &court), &err);
    b_must(pt_store_case_add(store, &matter, court, 0, &err), &err);
    (void)snprintf(path, sizeof(path), "%s/log", root);
    b_need(mkdir(path, 0700) == 0, path);
    b_must(hsm_log_create(path, (struct mh_span){0}, &err), &err);
    b_must(hsm_writer_new(&options, &err, &writer), &err);
}

static void
record(const struct pt_document *d)
{
    struct mh_err err = {.msg = ""};
    const struct hsm_record r = {.src = MH_SPAN_LIT("keyd"),
        .ev = MH_SPAN_LIT(HSM_EV_FILING),
        .who = MH_SPAN_LIT("p:1"),
        .obj = mh_span_str(d->id),
        .res = MH_SPAN_LIT("ok")};
    struct hsm_writer_job job = {.record = &r, .records = 1};

    b_must(hsm_writer_run(writer, &job, &err), &err);
}

/* A document that was uploaded: its bytes, and what they hash to. */
struct upload {
    int fd;
    uint8_t sha256[PT_HASH];
};

static void
upload(struct upload *u)
{
    static unsigned next;
    struct mh_err err = {.msg = ""};
    uint8_t bytes[BYTES], hash[MH_DIGEST_MAX];
    unsigned n = next++;

    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, &n, sizeof(n));
    b_must(mh_digest_once(
               MH_SHA256, (struct mh_span){bytes, sizeof(bytes)}, &err, hash),
        &err);
    memcpy(u->sha256, hash, PT_HASH);
    b_must(mh_memfd_new("document", 0, &err, &u->fd), &err);
    b_need(write(u->fd, bytes, sizeof(bytes)) == sizeof(bytes), "memfd");
}

static void
file_one(struct upload *u)
{
    struct mh_err err = {.msg = ""};
    struct pt_receipt receipt = {.status = "accepted", .text = ""};
    struct pt_document d = {.filer = filer,
        .kind = "motion",
        .name = "a.edoc",
        .state = PT_DOC_ACCEPTED,
        .filed = NOW,
        .judge_at = MH_TIME_NONE};
    uint8_t report[600] = {0};
    struct pt_filed_doc filed;
    struct pt_staged staged;

    memcpy(d.sha256, u->sha256, PT_HASH);
    memcpy(d.case_id, matter.id, sizeof(d.case_id));
    d.report = (struct mh_span){report, sizeof(report)};
    pt_row_id_new(d.id);
    pt_row_id_new(d.form);
    pt_row_id_raw(receipt.op);
    memcpy(receipt.document, d.id, sizeof(receipt.document));
    b_must(pt_store_blob_stage(store, u->fd, BYTES, d.sha256, &err, &staged),
        &err);
    mh_close(&u->fd);
    b_must(pt_store_document_file(store, &d, &receipt, &staged, &err, &filed),
        &err);
    b_need(filed.what == PT_FILED_NEW, "filed");
    record(&d);
}

static double
product_one(void)
{
    struct upload u[ONE];
    double since;

    for (size_t i = 0; i < ONE; i++)
        upload(&u[i]);
    since = b_wall();
    for (size_t i = 0; i < ONE; i++)
        file_one(&u[i]);
    return (b_wall() - since) / ONE;
}

static struct upload uploads[ALL];

static void *
file_many(void *arg)
{
    static _Atomic size_t next;

    (void)arg;
    for (size_t i = 0; i < EACH; i++)
        file_one(&uploads[next++ % ALL]);
    return NULL;
}

static double
product_group(void)
{
    double since;

    for (size_t i = 0; i < ALL; i++)
        upload(&uploads[i]);
    since = b_wall();
    all(file_many);
    return (b_wall() - since) / ALL;
}

/* Floor and product in turn, so that both have the disk of the same seconds;
   the share is the median of theirs. */
static void
compare(const char *name, double (*floor)(void), double (*product)(void),
    const double bar[static 2])
{
    double a[ROUNDS], b[ROUNDS], share[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        a[i] = floor();
        b[i] = product();
        share[i] = a[i] / b[i];
    }
    b_note("floor: file, rows, record", b_median(a, ROUNDS));
    b_note("a filing", b_median(b, ROUNDS));
    b_ratio(name, b_median(share, ROUNDS), true, bar[0], bar[1], "");
}

int
main(int argc, char **argv)
{
    static const double one[2] = {0.8, 0.9}, group[2] = {0.6, 0.8};
    struct mh_err err = {.msg = ""};

    b_need(argc == 2, "usage: bench_filing FOLDER");
    root = argv[1];
    b_must(mh_digest_init(&err), &err);
    floor_open();
    open_all();
    compare(
        "14 one at a time, share of the floor", floor_one, product_one, one);
    compare("14 sixteen at once, share of the grouped floor", floor_group,
        product_group, group);
    hsm_writer_free(writer);
    pt_store_close(store);
    (void)sqlite3_close(floor_db); /* it was only measured */
    return b_failed() > 0 ? 1 : 0;
}
