/*
 * What a file is, before any signature is looked at; and that no trust means
 * that nothing passes.
 */
#define MH_ALLOW_BANNED
#include "signer/verify/document.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "docformat/pdf/second.h"
#include "signer/trust/key.h"
#include "signer/verify/warm.h"
#include "tests/t.h"

static const struct sg_second_reader qpdf = {
    .warm = df_pdf_second_warm, .read = df_pdf_second};

#define NOW INT64_C(1654084800) /* 2022-06-01T12:00:00Z */

struct judged {
    struct mh_arena *arena;
    struct sg_facts *facts;
    struct mh_policy policy;
    struct mh_report report;
};

static void
judge(const char *row, struct mh_span bytes, struct sg_trust *trust,
    bool strict, struct judged *j)
{
    struct sg_verify_input in = {.document = bytes,
        .policy = &j->policy,
        .time = NOW,
        .trust = trust,
        .second = &qpdf};

    j->arena = mh_arena_new(64U << 20);
    j->facts = sg_facts_new();
    assert_non_null(j->arena);
    assert_non_null(j->facts);
    in.facts = j->facts;
    mh_policy_default(&j->policy, strict);
    T_CHECK(row, sg_verify_document(&in, j->arena, NULL, &j->report) == MH_OK);
}

static void
done(struct judged *j)
{
    sg_facts_free(j->facts);
    mh_arena_free(j->arena);
}

static void
test_kinds(void **state)
{
    static const struct {
        const char *row;
        const char *bytes;
        enum mh_verdict verdict;
        enum mh_finding_code code;
    } rows[] = {
        {"empty", "", MH_REFUSED, MH_F_EMPTY},
        {"text", "hello", MH_REFUSED, MH_F_FORMAT_UNKNOWN},
        {"one blank", " ", MH_REFUSED, MH_F_FORMAT_UNKNOWN},
        {"PDF", "%PDF-1.7\n", MH_REFUSED, MH_F_PDF_STARTXREF},
        {"DDOC",
            "<?xml version=\"1.0\"?>\n<SignedDoc format=\"DIGIDOC"
            "-XML\" version=\"1.3\" xmlns=\"http://www.sk.ee/"
            "DigiDoc/v1.3.0#\"></SignedDoc>",
            MH_REFUSED, MH_F_FORMAT_UNKNOWN},
        {"cut zip", "PK\3\4", MH_REFUSED, MH_F_ZIP_END},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        for (int strict = 0; strict < 2; strict++) {
            struct judged j;

            judge(
                rows[i].row, mh_span_str(rows[i].bytes), NULL, strict != 0, &j);
            T_CHECK(rows[i].row, j.report.verdict == rows[i].verdict);
            if (j.report.reason.code != rows[i].code)
                fail_msg("%s: %s", rows[i].row,
                    mh_finding_name(j.report.reason.code));
            T_CHECK(rows[i].row, j.report.sigs == 0);
            T_CHECK(rows[i].row, j.report.findings.count > 0);
            done(&j);
        }
}

static struct mh_span
read_file(const char *path)
{
    static uint8_t room[1U << 20];
    FILE *f = fopen(path, "rb");
    size_t len;

    assert_non_null(f);
    len = fread(room, 1, sizeof(room), f);
    assert_int_equal(fclose(f), 0);
    return (struct mh_span){room, len};
}

/*
 * Every seed of the document fuzzer: with no trust, and with an empty
 * snapshot's worth of it (a root that issued none of them), nothing passes;
 * with the root of the seeds something does, so that the rest means a thing.
 */
static void
test_trust(void **state)
{
    static const char *const folder = T_SOURCE_DIR "/../fuzz/seeds/xades";
    struct sg_trust_input own = {.label = "own"}, foreign = {.label = "other"};
    struct sg_trust_sources src = {.count = 1};
    struct sg_trust *trust[2];
    struct mh_buf snap[2];
    uint8_t root[4096];
    struct mh_span bytes;
    size_t passed = 0, seen = 0;
    struct dirent *e;
    DIR *dir;

    (void)state;
    bytes = read_file(T_SOURCE_DIR "/../fuzz/root.der");
    assert_true(bytes.len <= sizeof(root));
    memcpy(root, bytes.ptr, bytes.len);
    own.bytes = (struct mh_span){root, bytes.len};
    foreign.bytes = read_file(T_SOURCE_DIR "/trust/data/cert-foreign-root.der");
    for (size_t i = 0; i < 2; i++) {
        mh_buf_init(&snap[i], 1U << 20);
        src.inputs = i == 0 ? &own : &foreign;
        assert_int_equal(sg_trust_compile(&src, NULL, &snap[i]), MH_OK);
        assert_int_equal(
            sg_trust_open(mh_buf_get(&snap[i]), NULL, &trust[i]), MH_OK);
    }
    dir = opendir(folder);
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        char path[1024];
        struct judged j;

        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        bytes = read_file(path);
        seen++;
        judge(e->d_name, bytes, NULL, false, &j);
        T_CHECK(e->d_name, j.report.verdict != MH_TOTAL_PASSED);
        for (size_t i = 0; i < j.report.sigs; i++)
            T_CHECK(e->d_name, j.report.sig[i].indication != MH_IND_PASSED);
        done(&j);
        judge(e->d_name, bytes, trust[1], false, &j);
        T_CHECK(e->d_name, j.report.verdict != MH_TOTAL_PASSED);
        done(&j);
        judge(e->d_name, bytes, trust[0], false, &j);
        passed += j.report.verdict == MH_TOTAL_PASSED;
        done(&j);
    }
    (void)closedir(dir);
    assert_true(seen >= 8);
    assert_true(passed > 0);
    for (size_t i = 0; i < 2; i++) {
        sg_trust_free(trust[i]);
        mh_buf_fini(&snap[i]);
    }
}

static int
setup(void **state)
{
    (void)state;
    return sg_warm(NULL) == MH_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds), cmocka_unit_test(test_trust)};

    return cmocka_run_group_tests(tests, setup, NULL);
}
