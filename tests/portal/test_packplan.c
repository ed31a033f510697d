/* portal/filing/packplan: volumes of an evidence package, and its limits. */
#include "tests/t.h"

#include <stdlib.h>

#include "portal/filing/packplan.h"

enum {
    MIB = 1 << 20,
    LATER = PT_PACK_ITEMS - 2, /* files of documents in a later volume */
};

/* count documents alike. */
static struct pt_pack_doc *
alike(size_t count, unsigned files, uint64_t bytes)
{
    struct pt_pack_doc *doc = calloc(count, sizeof(*doc));

    assert_non_null(doc);
    for (size_t i = 0; i < count; i++) {
        doc[i].files = files;
        doc[i].bytes = bytes;
    }
    return doc;
}

/* Every document is in exactly one volume, in their order. */
static size_t
plan(const struct pt_pack_doc *doc, size_t docs, size_t records)
{
    static struct pt_pack_plan p;
    size_t at = 0;

    assert_int_equal(pt_pack_volumes(doc, docs, records, NULL, &p), MH_OK);
    for (size_t v = 0; v < p.volumes; v++) {
        size_t files = 0;
        uint64_t bytes = 0;

        assert_int_equal(p.volume[v].from, at);
        for (; at < p.volume[v].to; at++) {
            files += doc[at].files;
            bytes += doc[at].bytes;
        }
        assert_true(files <= PT_PACK_ITEMS - 2);
        assert_true(
            bytes <= PT_PACK_BYTES || p.volume[v].to - p.volume[v].from == 1);
    }
    assert_int_equal(at, docs);
    return p.volumes;
}

static void
test_empty(void **state)
{
    (void)state;
    assert_int_equal(plan(NULL, 0, 0), 1);
}

static void
test_bytes(void **state)
{
    struct pt_pack_doc *doc = alike(3, 2, UINT64_C(128) * MIB);

    (void)state;
    assert_int_equal(plan(doc, 2, 1), 1); /* 256 MiB together */
    doc[1].bytes++;
    assert_int_equal(plan(doc, 2, 1), 2);
    doc[1].bytes = (uint64_t)PT_PACK_BYTES + 1; /* has its own */
    assert_int_equal(plan(doc, 3, 1), 3);
    assert_int_equal(plan(doc + 1, 1, 1), 1);
    free(doc);
}

static void
test_files(void **state)
{
    struct pt_pack_doc *doc = alike(2 * LATER + 1, 1, 1);

    (void)state;
    /* A checkpoint, a file of records, and documents fill the first. */
    assert_int_equal(plan(doc, LATER, MH_PACKAGE_RECORDS_MAX), 1);
    assert_int_equal(plan(doc, LATER, MH_PACKAGE_RECORDS_MAX + 1), 2);
    assert_int_equal(plan(doc, LATER + 1, MH_PACKAGE_RECORDS_MAX), 2);
    assert_int_equal(plan(doc, (size_t)2 * LATER, 1), 2);
    assert_int_equal(plan(doc, 2 * LATER + 1, 1), 3);
    free(doc);
}

/* The most records there may be leave room for documents. */
static void
test_records(void **state)
{
    size_t logs = PT_PACK_RECORDS / MH_PACKAGE_RECORDS_MAX;
    struct pt_pack_doc *doc = alike(PT_PACK_ITEMS, 1, 1);

    (void)state;
    assert_int_equal(plan(doc, PT_PACK_ITEMS - 1 - logs, PT_PACK_RECORDS), 1);
    assert_int_equal(plan(doc, PT_PACK_ITEMS - logs, PT_PACK_RECORDS), 2);
    free(doc);
}

static void
test_volumes(void **state)
{
    static struct pt_pack_plan p;
    struct pt_pack_doc *doc = alike(PT_AUDIT_VOLUMES + 1, 1, PT_PACK_BYTES);
    struct mh_err err;

    (void)state;
    assert_int_equal(plan(doc, PT_AUDIT_VOLUMES, 1), PT_AUDIT_VOLUMES);
    assert_int_equal(
        pt_pack_volumes(doc, PT_AUDIT_VOLUMES + 1, 1, &err, &p), MH_ELIMIT);
    assert_string_equal(err.msg, "package: more than 200 volumes");
    free(doc);
}

static void
test_fits(void **state)
{
    struct mh_err err;

    (void)state;
    assert_int_equal(
        pt_pack_fits(PT_PACK_DOCUMENTS, PT_PACK_RECORDS, NULL), MH_OK);
    assert_int_equal(pt_pack_fits(PT_PACK_DOCUMENTS + 1, 0, &err), MH_ELIMIT);
    assert_string_equal(
        err.msg, "package: a case of more than 10000 documents");
    assert_int_equal(pt_pack_fits(0, PT_PACK_RECORDS + 1, &err), MH_ELIMIT);
    assert_string_equal(
        err.msg, "package: a case of more than 40000 records of the log");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
