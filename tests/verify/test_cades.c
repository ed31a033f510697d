/*
 * CMS signatures from bytes to verdict: the samples and attacks that the
 * fuzzer starts from, with their own root, and the limits of the walk.
 */
#define MH_ALLOW_BANNED
#include "signer/verify/cades.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "signer/verify/document.h"
#include "signer/verify/warm.h"
#include "tests/t.h"

#define NOW   INT64_C(1654084800) /* 2022-06-01T12:00:00Z */
#define SEEDS T_SOURCE_DIR "/../fuzz/seeds/cms/"
#define DATA  T_SOURCE_DIR "/verify/data/cms-"

enum {
    ROOM = 1 << 20,
    ALG_LEN = 13 /* the AlgorithmIdentifier of SHA-256, without parameters */
};

static uint8_t document[ROOM], content[ROOM];
static struct mh_span signed_file;
static struct mh_buf snapshot;
static struct sg_trust *trust;

struct judged {
    struct mh_arena *arena;
    struct sg_facts *facts;
    struct mh_policy policy;
    struct mh_report report;
};

static struct mh_span
read_into(uint8_t *room, const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t len;

    if (f == NULL)
        fail_msg("%s is not there", path);
    len = fread(room, 1, ROOM, f);
    assert_int_equal(fclose(f), 0);
    assert_true(len < ROOM);
    return (struct mh_span){room, len};
}

static struct mh_span
read_row(const char *name)
{
    char path[1024];

    if (strncmp(name, "limit-", 6) == 0 || strncmp(name, "past-", 5) == 0)
        (void)snprintf(path, sizeof(path), DATA "%s", name);
    else
        (void)snprintf(path, sizeof(path), SEEDS "%s", name);
    return read_into(document, path);
}

static void
judge(const char *row, struct mh_span bytes, struct mh_span data,
    struct sg_trust *with, bool strict, struct judged *j)
{
    struct sg_named named = {"content.txt", data};
    struct sg_verify_input in = {.document = bytes,
        .data = &named,
        .data_count = data.ptr == NULL ? 0 : 1,
        .policy = &j->policy,
        .time = NOW,
        .trust = with};

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

static bool
has_code(const struct mh_report *r, enum mh_finding_code code)
{
    for (size_t i = 0; i < r->findings.count; i++)
        if (r->findings.item[i].code == code)
            return true;
    for (size_t s = 0; s < r->sigs; s++)
        for (size_t i = 0; i < r->sig[s].findings.count; i++)
            if (r->sig[s].findings.item[i].code == code)
                return true;
    return r->reason.code == code;
}

struct row {
    const char *name;
    enum mh_verdict verdict;
    enum mh_sub sub;
    enum mh_sig_level level;
    enum mh_finding_code code; /* NONE: nothing is asked for */
    size_t sigs;
};

static void
check_first(const struct row *r, const struct mh_report_sig *sig)
{
    T_CHECK(r->name, sig->kind == MH_KIND_CADES);
    T_CHECK(r->name, sig->sub == r->sub);
    T_CHECK(r->name, sig->level == r->level);
}

static void
check(const struct row *r)
{
    struct judged j;

    judge(r->name, read_row(r->name), signed_file, trust, false, &j);
    if (j.report.verdict != r->verdict)
        fail_msg("%s: verdict %d, %s", r->name, (int)j.report.verdict,
            mh_finding_name(j.report.reason.code));
    T_CHECK(r->name, j.report.format == MH_FORMAT_CMS);
    T_CHECK(r->name, j.report.sigs == r->sigs);
    if (r->sigs > 0)
        check_first(r, &j.report.sig[0]);
    if (r->code != MH_FINDING_NONE)
        T_CHECK(r->name, has_code(&j.report, r->code));
    done(&j);
}

static void
test_sound(void **state)
{
    static const struct row rows[] = {
        {"b.p7s", MH_INDETERMINATE, MH_NO_CERTIFICATE_CHAIN_FOUND, MH_LEVEL_B,
            MH_F_TIMESTAMP_MISSING, 1},
        {"t.p7s", MH_INDETERMINATE, MH_NO_CERTIFICATE_CHAIN_FOUND, MH_LEVEL_T,
            MH_F_CHAIN_NOT_FOUND, 1},
        {"lt.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"lta.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LTA, MH_FINDING_NONE, 1},
        {"values.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"values-lta.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LTA, MH_FINDING_NONE,
            1},
        {"index-v1.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LTA, MH_FINDING_NONE, 1},
        {"pss.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"p521.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"by-key.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"ess-v1.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"ess-512.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"counter.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_F_PROPERTY_UNKNOWN,
            1},
        {"policy.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_F_SIGNATURE_POLICY,
            1},
        {"no-time.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_F_ATTRIBUTE_INVALID,
            1},
        {"two.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 2},
        {"attached.p7m", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"pem.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_FINDING_NONE, 1},
        {"ber-parts.p7m", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_F_CMS_INVALID, 1},
        {"ber.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT, MH_F_CMS_INVALID, 1},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        check(&rows[i]);
}

static void
test_wrong(void **state)
{
    static const struct row rows[] = {
        {"attack-content-flipped.p7m", MH_TOTAL_FAILED, MH_HASH_FAILURE,
            MH_LEVEL_NONE, MH_F_DIGEST_MISMATCH, 1},
        {"attack-digest-none.p7m", MH_TOTAL_FAILED, MH_FORMAT_FAILURE,
            MH_LEVEL_NONE, MH_F_ATTRIBUTE_INVALID, 1},
        {"attack-twice-ess.p7m", MH_TOTAL_FAILED, MH_FORMAT_FAILURE,
            MH_LEVEL_NONE, MH_F_ATTRIBUTE_INVALID, 1},
        {"attack-bare.p7m", MH_INDETERMINATE, MH_SIG_CONSTRAINTS_FAILURE,
            MH_LEVEL_NONE, MH_F_SIGNING_CERTIFICATE_MISSING, 1},
        {"attack-ess.p7m", MH_INDETERMINATE, MH_NO_SIGNING_CERTIFICATE_FOUND,
            MH_LEVEL_NONE, MH_F_SIGNING_CERTIFICATE_MISMATCH, 1},
        {"attack-key-other.p7m", MH_TOTAL_FAILED, MH_SIG_CRYPTO_FAILURE,
            MH_LEVEL_NONE, MH_F_SIGNATURE_MISMATCH, 1},
        {"attack-value-raw.p7m", MH_TOTAL_FAILED, MH_SIG_CRYPTO_FAILURE,
            MH_LEVEL_NONE, MH_F_SIGNATURE_VALUE_FORM, 1},
        {"attack-archive-doubled.p7m", MH_TOTAL_PASSED, 0, MH_LEVEL_LT,
            MH_F_TIMESTAMP_INVALID, 1},
        {"attack-archive-data.p7m", MH_TOTAL_PASSED, 0, MH_LEVEL_LT,
            MH_F_TIMESTAMP_IMPRINT, 1},
        {"attack-der-trailing.p7m", MH_REFUSED, 0, MH_LEVEL_NONE,
            MH_F_CMS_INVALID, 0},
        {"attack-der-pem-two.p7m", MH_REFUSED, 0, MH_LEVEL_NONE,
            MH_F_CMS_INVALID, 0},
        {"attack-no-signers.p7m", MH_NO_SIGNATURE, 0, MH_LEVEL_NONE,
            MH_F_NO_SIGNATURE, 0},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        check(&rows[i]);
}

/* Each limit holds, and one more does not. */
static void
test_limits(void **state)
{
    static const struct row rows[] = {
        {"limit-index.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LTA, MH_FINDING_NONE,
            1},
        {"past-index.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LT,
            MH_F_TIMESTAMP_INVALID, 1},
        {"limit-certs.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LTA, MH_FINDING_NONE,
            1},
        {"past-certs.p7s", MH_REFUSED, 0, MH_LEVEL_NONE, MH_F_CMS_INVALID, 0},
        {"limit-attrs.p7s", MH_TOTAL_PASSED, 0, MH_LEVEL_LTA, MH_FINDING_NONE,
            1},
        {"past-attrs.p7s", MH_REFUSED, 0, MH_LEVEL_NONE, MH_F_CMS_INVALID, 0},
        {"limit-signers.p7s", MH_INDETERMINATE, MH_NO_CERTIFICATE_CHAIN_FOUND,
            MH_LEVEL_B, MH_FINDING_NONE, 64},
        {"past-signers.p7s", MH_REFUSED, 0, MH_LEVEL_NONE, MH_F_CMS_INVALID, 0},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        check(&rows[i]);
}

/* The file beside it decides; strict takes no BER. */
static void
test_data(void **state)
{
    struct mh_span none = {0}, other = MH_SPAN_LIT("something else\n");
    struct judged j;

    (void)state;
    judge("no data", read_row("lt.p7s"), none, trust, false, &j);
    assert_int_equal(j.report.verdict, MH_REFUSED);
    assert_int_equal(j.report.reason.code, MH_F_DETACHED_DATA_MISSING);
    done(&j);
    judge("other data", read_row("lt.p7s"), other, trust, false, &j);
    assert_int_equal(j.report.verdict, MH_TOTAL_FAILED);
    assert_int_equal(j.report.sig[0].sub, MH_HASH_FAILURE);
    assert_false(j.report.sig[0].covers_whole_document);
    assert_int_equal(j.report.file[0].signed_by_count, 0);
    done(&j);
    judge("its data", read_row("lt.p7s"), signed_file, trust, true, &j);
    assert_int_equal(j.report.verdict, MH_TOTAL_PASSED);
    assert_true(j.report.sig[0].covers_whole_document);
    assert_int_equal(j.report.file[0].size, signed_file.len);
    done(&j);
    judge("content inside, no data", read_row("attached.p7m"), none, trust,
        true, &j);
    assert_int_equal(j.report.verdict, MH_TOTAL_PASSED);
    done(&j);
    judge("content inside, other data", read_row("attached.p7m"), other, trust,
        false, &j);
    assert_int_equal(j.report.verdict, MH_TOTAL_FAILED);
    assert_int_equal(j.report.reason.code, MH_F_DETACHED_DATA_UNUSED);
    done(&j);
    judge("strict", read_row("ber.p7s"), signed_file, trust, true, &j);
    assert_true(j.report.verdict >= MH_TOTAL_FAILED);
    assert_true(has_code(&j.report, MH_F_CMS_INVALID));
    done(&j);
}

/* Without trust nothing passes, whatever the rest. */
static void
test_no_trust(void **state)
{
    DIR *dir = opendir(SEEDS);
    size_t seen = 0;
    struct dirent *e;

    (void)state;
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        struct judged j;

        if (e->d_name[0] == '.')
            continue;
        judge(e->d_name, read_row(e->d_name), signed_file, NULL, false, &j);
        T_CHECK(e->d_name, j.report.verdict != MH_TOTAL_PASSED);
        for (size_t i = 0; i < j.report.sigs; i++)
            T_CHECK(e->d_name, j.report.sig[i].indication != MH_IND_PASSED);
        done(&j);
        seen++;
    }
    (void)closedir(dir); /* opened for reading */
    assert_true(seen > 100);
}

/* One bit of what is signed, anywhere: never TOTAL-PASSED. */
static void
test_bits(void **state)
{
    struct mh_span bytes = read_row("lt.p7s");
    struct mh_span file = signed_file;

    (void)state;
    for (size_t at = 0; at < file.len; at += 7) {
        struct judged j;

        content[at] ^= 1;
        judge("bit", bytes, file, trust, false, &j);
        content[at] ^= 1;
        if (j.report.verdict == MH_TOTAL_PASSED)
            fail_msg("bit at %zu", at);
        done(&j);
    }
}

/*
 * One bit of the SignerInfo, from the digest algorithm to the value: never
 * TOTAL-PASSED.  Version and name of the signer stand before it, unsigned: the
 * certificate reference decides who signed, and names have several spellings.
 */
static void
test_core_bits(void **state)
{
    struct mh_span bytes = read_row("lt.p7s");
    struct mh_arena *arena = mh_arena_new(8U << 20);
    struct sg_cms *cms;
    size_t from, to;

    (void)state;
    assert_non_null(arena);
    assert_int_equal(sg_cms_parse(bytes, false, arena, NULL, &cms), MH_OK);
    from = (size_t)(cms->signers[0].signed_raw.ptr - bytes.ptr) - ALG_LEN;
    to = (size_t)(cms->signers[0].core.ptr - bytes.ptr) +
         cms->signers[0].core.len;
    mh_arena_free(arena);
    for (size_t at = from; at < to; at++) {
        struct judged j;

        document[at] ^= 1;
        judge("core", bytes, signed_file, trust, false, &j);
        document[at] ^= 1;
        if (j.report.verdict == MH_TOTAL_PASSED)
            fail_msg("bit at %zu of %zu", at - from, to - from);
        done(&j);
    }
}

static int
setup(void **state)
{
    static uint8_t root[ROOM];
    struct sg_trust_input in = {.label = "root"};
    struct sg_trust_sources src = {.inputs = &in, .count = 1};

    (void)state;
    if (sg_warm(NULL) != MH_OK)
        return -1;
    signed_file = read_into(content, DATA "content.txt");
    in.bytes = read_into(root, DATA "root.der");
    mh_buf_init(&snapshot, MH_SNAPSHOT_SIZE_MAX);
    if (sg_trust_compile(&src, NULL, &snapshot) != MH_OK)
        return -1;
    return sg_trust_open(mh_buf_get(&snapshot), NULL, &trust) == MH_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    sg_trust_free(trust);
    mh_buf_fini(&snapshot);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_no_trust),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_core_bits),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
