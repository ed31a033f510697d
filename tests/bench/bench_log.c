/*
 * A log of a million records, judged by what `mohur audit verify` calls, by
 * records a second; and against its floor, the hash of each record and of each
 * node of the tree over bytes that are in memory already.
 *
 *     bench_log FOLDER [RECORDS]
 *
 * The log is written with the log's own writer, a third of it key uses, with a
 * checkpoint each 10,000 records.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "hsm/audit/log.h"
#include "hsm/audit/scan.h"
#include "hsm/audit/verify.h"
#include "tests/bench/measure.h"

#define ORIGIN "bench.example/log"

enum {
    RECORDS = 1000000,
    BATCH = 1000,         /* records a commit */
    CHECKPOINT = 10,      /* commits a checkpoint */
    SEGMENTS = 64,        /* of the log, at most */
    ROUNDS = 5,           /* the median of */
    THOUSANDS_MIN = 200,  /* records a second, thousands: a release */
    THOUSANDS_GOAL = 400, /* the same: better */
};

/* ---- writing ---- */

static enum mh_code
sign(void *arg, struct mh_span text, struct mh_err *err, uint8_t *sig,
    size_t max, size_t *len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok =
        ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, arg) == 1;

    *len = max;
    ok = ok && EVP_DigestSign(ctx, sig, len, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok ? MH_OK : mh_fail(err, MH_EIO, MH_NO_OFFSET, "key: no signature");
}

/* A millisecond a record. */
static int64_t
clock_us(void *arg)
{
    int64_t *now = arg;

    *now += 1000;
    return *now;
}

static struct mh_span
name(char *buf, size_t max, const char *kind, uint64_t n)
{
    int len = snprintf(buf, max, "%s:%026llu", kind, (unsigned long long)n);

    return (struct mh_span){(const uint8_t *)buf, (size_t)len};
}

/* A key.use, its key.done, and a filing, in turn. */
static void
append(struct hsm_log *log, uint64_t i)
{
    static uint64_t use;
    char who[64], obj[64];
    struct mh_err err = {.msg = ""};
    struct hsm_record r = {.src = MH_SPAN_LIT("keyd"),
        .who = name(who, sizeof(who), "p", i % 1009),
        .obj = name(obj, sizeof(obj), "doc", i),
        .res = MH_SPAN_LIT("ok")};
    uint64_t n;

    if (i % 3 == 0)
        r.ev = MH_SPAN_LIT(HSM_EV_KEY_USE);
    else if (i % 3 == 1) {
        r.ev = MH_SPAN_LIT(HSM_EV_KEY_DONE);
        r.data[0] = (struct hsm_value){.key = MH_SPAN_LIT("use"),
            .kind = HSM_VALUE_INT,
            .number = (int64_t)use};
        r.data_count = 1;
    } else
        r.ev = MH_SPAN_LIT(HSM_EV_FILING);
    b_must(hsm_log_append(log, &r, &err, &n), &err);
    if (i % 3 == 0)
        use = n;
}

static void
write_log(const char *dir, uint64_t records)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    int64_t now = INT64_C(1790000000000000);
    struct hsm_note_signer signer = {.name = ORIGIN, .sign = sign, .arg = pkey};
    struct hsm_log_options options = {
        .clock = clock_us, .arg = &now, .signer = &signer};
    struct mh_err err = {.msg = ""};
    struct hsm_note_keys *keys;
    struct hsm_log *log;
    struct mh_buf pub;
    uint8_t raw[32];
    size_t len = sizeof(raw);

    b_need(pkey != NULL && EVP_PKEY_get_raw_public_key(pkey, raw, &len) == 1,
        "key");
    mh_buf_init(&pub, HSM_NOTE_MAX);
    b_must(hsm_note_key_line(ORIGIN, HSM_NOTE_ED25519,
               (struct mh_span){raw, len}, &err, signer.id, &pub),
        &err);
    b_must(hsm_note_keys_read(mh_buf_get(&pub), &err, &keys), &err);
    options.keys = keys;
    b_must(hsm_log_create(dir, mh_buf_get(&pub), &err), &err);
    b_must(hsm_log_open(dir, &options, &err, &log), &err);
    for (uint64_t i = 0; i < records; i++) {
        append(log, i);
        if ((i + 1) % BATCH == 0)
            b_must(hsm_log_commit(log, &err), &err);
        if ((i + 1) % ((uint64_t)BATCH * CHECKPOINT) == 0)
            b_must(hsm_log_checkpoint(log, &err, NULL), &err);
    }
    b_must(hsm_log_checkpoint(log, &err, NULL), &err);
    hsm_log_close(log);
    hsm_note_keys_free(keys);
    mh_buf_fini(&pub);
    EVP_PKEY_free(pkey);
}

/* ---- the floor ---- */

/* Mapped until the end of the program. */
static struct mh_span segment[SEGMENTS];
static size_t segments;

static void
map_segments(const char *dir, uint64_t records)
{
    for (uint64_t first = 0; first < records; first += HSM_SEGMENT_RECORDS) {
        char path[4096], file[HSM_SEGMENT_NAME];
        struct stat st;
        uint8_t *p;
        int fd;

        hsm_segment_name(first, file);
        (void)snprintf(path, sizeof(path), "%s/%s", dir, file);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        b_need(fd >= 0 && fstat(fd, &st) == 0 && segments < SEGMENTS, path);
        p = mmap(NULL, (size_t)st.st_size, PROT_READ,
            MAP_PRIVATE | MAP_POPULATE, fd, 0);
        b_need(p != MAP_FAILED, path);
        mh_close(&fd);
        segment[segments++] = (struct mh_span){p, (size_t)st.st_size};
    }
}

static size_t
log_bytes(void)
{
    size_t sum = 0;

    for (size_t i = 0; i < segments; i++)
        sum += segment[i].len;
    return sum;
}

static double
floor_bytes(void)
{
    double from = b_cpu();
    struct hsm_hash out;

    for (size_t i = 0; i < segments; i++)
        hsm_hash_bytes(segment[i], &out);
    return b_cpu() - from;
}

/* A leaf of each record, and the nodes above them. */
static double
floor_tree(uint64_t records)
{
    double from = b_cpu();
    struct hsm_tree tree = {.size = 0};

    for (size_t i = 0; i < segments; i++)
        for (size_t at = 0; at + 2 < segment[i].len;) {
            const uint8_t *p = segment[i].ptr + at;
            size_t len = (size_t)p[0] << 8 | p[1];
            struct hsm_hash leaf;

            hsm_hash_leaf((struct mh_span){p + 2, len}, &leaf);
            hsm_tree_add(&tree, &leaf);
            at += 2 + len;
        }
    b_need(tree.size == records, "the records of the log");
    return b_cpu() - from;
}

/* ---- the product ---- */

static double
verify(const char *dir, uint64_t records, double *wall)
{
    static struct hsm_audit_report report;
    struct hsm_audit_input in = {.dir = dir};
    struct mh_err err = {.msg = ""};
    double from = b_cpu();

    *wall = b_wall();
    b_must(hsm_audit_verify(&in, &err, &report), &err);
    *wall = b_wall() - *wall;
    b_need(report.problems == 0 && report.records == records &&
               report.covered == records,
        report.problems > 0 ? report.problem[0].text : "not all is covered");
    return b_cpu() - from;
}

static void
compare(const char *dir, uint64_t records)
{
    double bytes[ROUNDS], tree[ROUNDS], whole[ROUNDS], wall[ROUNDS];
    double n = (double)records, floor, took;

    for (size_t i = 0; i < ROUNDS; i++) {
        bytes[i] = floor_bytes();
        tree[i] = floor_tree(records);
        whole[i] = verify(dir, records, &wall[i]);
    }
    floor = b_median(tree, ROUNDS);
    took = b_median(whole, ROUNDS);
    (void)printf("      %llu records, %.1f MB, %.0f bytes each\n",
        (unsigned long long)records, (double)log_bytes() / 1e6,
        (double)log_bytes() / n);
    b_note("a record: SHA-256 of its bytes in one stream",
        b_median(bytes, ROUNDS) / n);
    b_note("floor: a record's leaf, and the nodes", floor / n);
    b_note("verified, by the processor", took / n);
    b_note("verified, by the clock", b_median(wall, ROUNDS) / n);
    (void)printf(
        "      %-52s %10.2f x\n", "log verified, over the floor", took / floor);
    b_ratio("log verified, thousands of records a second", n / took / 1000,
        true, THOUSANDS_MIN, THOUSANDS_GOAL, "k");
}

int
main(int argc, char **argv)
{
    uint64_t records = RECORDS;

    b_need(argc == 2 || argc == 3, "usage: bench_log FOLDER [RECORDS]");
    if (argc == 3)
        records = strtoull(argv[2], NULL, 10);
    b_need(records > 0 && records <= (uint64_t)SEGMENTS * HSM_SEGMENT_RECORDS,
        "RECORDS: a number up to 4194304");
    write_log(argv[1], records);
    map_segments(argv[1], records);
    compare(argv[1], records);
    return b_failed() > 0 ? 1 : 0;
}
