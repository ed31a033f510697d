#include "tests/t.h"

#include "base/wire/report.h"

#include <string.h>

#include "base/limits.h"
#include "base/wire/codec.h"

enum {
    BUDGET = 64 << 20
}; /* bytes of an arena here */

/* A report with something in every field; the arrays are static. */
static struct mh_report
sample(void)
{
    static struct mh_finding about[] = {
        {MH_F_ZIP_COMMENT, MH_WARNING, 17, "şərh"},
    };
    static struct mh_finding of_sig[] = {
        {MH_F_TIMESTAMP_MISSING, MH_INFO, MH_NO_OFFSET, ""},
    };
    static uint32_t zero[] = {0};
    static struct mh_stamp stamp[] = {
        {MH_STAMP_SIGNATURE, 1780315200, "Sınaq TSA", true},
    };
    static struct mh_report_sig sig[] = {{.id = "S0",
        .kind = MH_KIND_XADES,
        .level = MH_LEVEL_LT,
        .signer_name = "Nümunə Nümunəyev",
        .signer_serial_number = "PNOAZ-0000000",
        .signer_fin = "0000000",
        .signer_organization = "",
        .signer_issuer = "Sınaq CA",
        .signer_subject = "CN=Nümunə",
        .certificate_sha256 = "00",
        .algorithm = "ECDSA SHA-256 P-256",
        .role = "Vəkil",
        .place = "Bakı",
        .claimed_time = 1780228800,
        .best_signature_time = 1780228800,
        .indication = MH_IND_PASSED,
        .covers = zero,
        .covers_count = 1,
        .covers_whole_document = true,
        .stamp = stamp,
        .stamps = 1,
        .findings = {of_sig, 1}}};
    static struct mh_report_file file[] = {
        {"iddia.txt", 42, "00", "text/plain", zero, 1},
    };
    struct mh_report r;

    mh_report_init(&r);
    r.format = MH_FORMAT_ASIC_E;
    r.profile = "ASiC-E";
    r.verdict = MH_TOTAL_PASSED;
    r.validation_time = 1780315200;
    r.policy = "lenient";
    r.policy_sha256 = "00";
    r.findings = (struct mh_findings){about, 1};
    r.sig = sig;
    r.sigs = 1;
    r.file = file;
    r.files = 1;
    sig[0].indication = MH_IND_PASSED;
    sig[0].sub = MH_SUB_NONE;
    return r;
}

/* Unpacks; where that succeeds, packing again must give the same bytes. */
static enum mh_code
reread(struct mh_span in, struct mh_report *out)
{
    struct mh_arena *arena = mh_arena_new(BUDGET);
    struct mh_report r;
    struct mh_err err;
    enum mh_code code = mh_report_unpack(in, arena, &err, &r);

    if (code == MH_OK) {
        struct mh_buf again;

        mh_buf_init(&again, MH_REPORT_SIZE_MAX);
        mh_report_pack(&r, &again);
        assert_true(mh_buf_ok(&again));
        assert_true(mh_span_eq(in, mh_buf_get(&again)));
        mh_buf_fini(&again);
    }
    if (out != NULL)
        *out = r;
    mh_arena_free(arena);
    return code;
}

static void
test_round_trip(void **state)
{
    struct mh_report r = sample(), back;
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, MH_REPORT_SIZE_MAX);
    mh_report_pack(&r, &buf);
    assert_int_equal(reread(mh_buf_get(&buf), &back), MH_OK);
    assert_int_equal(back.verdict, MH_TOTAL_PASSED);
    assert_int_equal(back.validation_time, r.validation_time);
    assert_int_equal(back.sigs, 1);
    assert_int_equal(back.files, 1);
    mh_buf_fini(&buf);
}

/* Pages stand in a second version, of a PDF or one image, within a limit. */
static void
test_pages(void **state)
{
    static const struct {
        const char *name;
        enum mh_format format;
        uint32_t pages;
        enum mh_code code;
    } rows[] = {
        {"not counted", MH_FORMAT_PDF, 0, MH_OK},
        {"one", MH_FORMAT_PDF, 1, MH_OK},
        {"as many as there may be", MH_FORMAT_PDF, MH_PDF_PAGES_MAX, MH_OK},
        {"one more", MH_FORMAT_PDF, MH_PDF_PAGES_MAX + 1, MH_EFORMAT},
        {"an image", MH_FORMAT_JPEG, 1, MH_OK},
        {"an image of two", MH_FORMAT_JPEG, 2, MH_EFORMAT},
        {"a container", MH_FORMAT_ASIC_E, 1, MH_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mh_report r = sample(), back;
        struct mh_buf buf;
        enum mh_code code = MH_EFORMAT;

        r.format = rows[i].format;
        r.pages = rows[i].pages;
        mh_buf_init(&buf, MH_REPORT_SIZE_MAX);
        mh_report_pack(&r, &buf);
        if (mh_buf_ok(&buf))
            code = reread(mh_buf_get(&buf), &back);
        T_CHECK(rows[i].name, code == rows[i].code);
        T_CHECK(rows[i].name, code != MH_OK || back.pages == rows[i].pages);
        mh_buf_fini(&buf);
    }
}

/* Every beginning is refused, and so is a byte more. */
static void
test_cut_and_extended(void **state)
{
    struct mh_report r = sample();
    struct mh_buf buf;

    (void)state;
    mh_buf_init(&buf, MH_REPORT_SIZE_MAX);
    mh_report_pack(&r, &buf);
    for (size_t n = 0; n < buf.len; n++)
        assert_int_equal(
            reread((struct mh_span){buf.ptr, n}, NULL), MH_EFORMAT);
    mh_buf_byte(&buf, 0);
    assert_int_equal(reread(mh_buf_get(&buf), NULL), MH_EFORMAT);
    mh_buf_fini(&buf);
}

/* Hostile bytes: each place takes each of these values. */
static void
test_hostile_bytes(void **state)
{
    static const uint8_t values[] = {0, 1, 2, 9, 0x1f, 0x7f, 0x80, 0xfe, 0xff};
    struct mh_report r = sample();
    struct mh_buf buf;
    size_t refused = 0;

    (void)state;
    mh_buf_init(&buf, MH_REPORT_SIZE_MAX);
    mh_report_pack(&r, &buf);
    for (size_t i = 0; i < buf.len; i++)
        for (size_t v = 0; v < T_COUNT(values); v++) {
            uint8_t was = buf.ptr[i];

            buf.ptr[i] = values[v];
            if (reread(mh_buf_get(&buf), NULL) != MH_OK)
                refused++;
            buf.ptr[i] = was;
        }
    assert_true(refused > buf.len);
    assert_int_equal(reread(mh_buf_get(&buf), NULL), MH_OK);
    mh_buf_fini(&buf);
}

/* A verdict better than the signatures say is a lie. */
static void
test_verdict_agrees(void **state)
{
    static const struct {
        const char *name;
        enum mh_verdict verdict;
        enum mh_indication indication;
        enum mh_sub sub;
        enum mh_finding_code reason;
        bool sig;
        bool ok;
    } rows[] = {
        {"passed", MH_TOTAL_PASSED, MH_IND_PASSED, MH_SUB_NONE, MH_FINDING_NONE,
            true, true},
        {"passed without a signature", MH_TOTAL_PASSED, MH_IND_PASSED,
            MH_SUB_NONE, MH_FINDING_NONE, false, false},
        {"passed with a reason", MH_TOTAL_PASSED, MH_IND_PASSED, MH_SUB_NONE,
            MH_F_EMPTY, true, false},
        {"passed over a failed one", MH_TOTAL_PASSED, MH_IND_FAILED,
            MH_HASH_FAILURE, MH_FINDING_NONE, true, false},
        {"passed over an open one", MH_TOTAL_PASSED, MH_IND_INDETERMINATE,
            MH_NO_POE, MH_FINDING_NONE, true, false},
        {"passed with a sub-indication", MH_TOTAL_PASSED, MH_IND_PASSED,
            MH_NO_POE, MH_FINDING_NONE, true, false},
        {"failed without one", MH_TOTAL_FAILED, MH_IND_FAILED, MH_SUB_NONE,
            MH_F_DIGEST_MISMATCH, true, false},
        {"failed", MH_TOTAL_FAILED, MH_IND_FAILED, MH_HASH_FAILURE,
            MH_F_DIGEST_MISMATCH, true, true},
        {"failed without a reason", MH_TOTAL_FAILED, MH_IND_FAILED,
            MH_HASH_FAILURE, MH_FINDING_NONE, true, false},
        {"open over a failed one", MH_INDETERMINATE, MH_IND_FAILED,
            MH_HASH_FAILURE, MH_F_DIGEST_MISMATCH, true, false},
        {"no signature over an open one", MH_NO_SIGNATURE, MH_IND_INDETERMINATE,
            MH_NO_POE, MH_F_NO_SIGNATURE, true, false},
        {"worse than the signatures", MH_REFUSED, MH_IND_PASSED, MH_SUB_NONE,
            MH_F_ZIP_END, true, true},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_report r = sample();
        struct mh_buf buf;

        r.verdict = rows[i].verdict;
        r.reason.code = rows[i].reason;
        r.sig[0].indication = rows[i].indication;
        r.sig[0].sub = rows[i].sub;
        if (!rows[i].sig) {
            r.sigs = 0;
            r.files = 0;
        }
        mh_buf_init(&buf, MH_REPORT_SIZE_MAX);
        mh_report_pack(&r, &buf);
        T_CHECK(rows[i].name,
            (reread(mh_buf_get(&buf), NULL) == MH_OK) == rows[i].ok);
        mh_buf_fini(&buf);
    }
}

static void
test_text(void **state)
{
    static char text[MH_REPORT_TEXT_MAX + 2];
    static const struct {
        const char *name, *text;
        bool ok;
    } rows[] = {
        {"plain", "Ərizə", true},
        {"line break", "a\nb", false},
        {"right to left", "a\xe2\x80\xae", false},
        {"not UTF-8", "\xff", false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_report r = sample();
        struct mh_buf buf;

        r.profile = rows[i].text;
        mh_buf_init(&buf, MH_REPORT_SIZE_MAX);
        mh_report_pack(&r, &buf);
        T_CHECK(rows[i].name,
            (reread(mh_buf_get(&buf), NULL) == MH_OK) == rows[i].ok);
        mh_buf_fini(&buf);
    }
    memset(text, 'a', MH_REPORT_TEXT_MAX);
    for (int past = 0; past < 2; past++) {
        struct mh_report r = sample();
        struct mh_buf buf;

        r.profile = text;
        mh_buf_init(&buf, MH_REPORT_SIZE_MAX);
        mh_report_pack(&r, &buf);
        assert_int_equal(mh_buf_ok(&buf), past == 0);
        assert_int_equal(
            reread((struct mh_span){buf.ptr, buf.len}, NULL) == MH_OK,
            past == 0);
        mh_buf_fini(&buf);
        text[MH_REPORT_TEXT_MAX] = 'a';
    }
}

/* Counts at the limit and one past it, both when packing and unpacking. */
static void
test_counts(void **state)
{
    static struct mh_finding many[MH_REPORT_FINDINGS_MAX + 101];
    static struct mh_report_file files[MH_REPORT_FILES_MAX + 1];
    static struct mh_report_sig sigs[MH_REPORT_SIGS_MAX + 1];
    static const struct {
        const char *name;
        size_t findings, files, sigs;
        bool ok;
    } rows[] = {
        {"findings", MH_REPORT_FINDINGS_MAX + 100, 0, 1, true},
        {"findings past", MH_REPORT_FINDINGS_MAX + 101, 0, 1, false},
        {"files", 0, MH_REPORT_FILES_MAX, 1, true},
        {"files past", 0, MH_REPORT_FILES_MAX + 1, 1, false},
        {"signatures", 0, 0, MH_REPORT_SIGS_MAX, true},
        {"signatures past", 0, 0, MH_REPORT_SIGS_MAX + 1, false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(many); i++)
        many[i] = (struct mh_finding){MH_F_EMPTY, MH_INFO, 0, ""};
    for (size_t i = 0; i < T_COUNT(files); i++)
        files[i] = (struct mh_report_file){"", 0, "", "", NULL, 0};
    for (size_t i = 0; i < T_COUNT(sigs); i++) {
        sigs[i] = sample().sig[0];
        sigs[i].covers_count = 0;
    }
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_report r = sample();
        struct mh_buf buf;

        r.findings = (struct mh_findings){many, rows[i].findings};
        r.file = files;
        r.files = rows[i].files;
        r.sig = sigs;
        r.sigs = rows[i].sigs;
        mh_buf_init(&buf, MH_REPORT_SIZE_MAX);
        mh_report_pack(&r, &buf);
        T_CHECK(rows[i].name, mh_buf_ok(&buf) == rows[i].ok);
        T_CHECK(rows[i].name, (reread((struct mh_span){buf.ptr, buf.len},
                                   NULL) == MH_OK) == rows[i].ok);
        mh_buf_fini(&buf);
    }
}

static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(mh_verdict_name(MH_TOTAL_PASSED), "TOTAL-PASSED");
    assert_string_equal(mh_verdict_name(MH_NOT_JUDGED), "NOT-JUDGED");
    assert_string_equal(mh_verdict_name(MH_VERDICTS), "?");
    assert_string_equal(
        mh_indication_name(MH_IND_INDETERMINATE), "INDETERMINATE");
    assert_string_equal(mh_sub_name(MH_SUB_NONE), "");
    assert_string_equal(mh_sub_name(MH_TRY_LATER), "TRY_LATER");
    assert_string_equal(
        mh_sub_name(MH_SIGNED_DATA_NOT_FOUND), "SIGNED_DATA_NOT_FOUND");
    assert_string_equal(mh_severity_name(MH_WARNING), "warning");
    assert_string_equal(mh_format_name(MH_FORMAT_BDOC_1), "bdoc-1");
    assert_string_equal(mh_kind_name(MH_KIND_TST), "tst");
    assert_string_equal(mh_level_name(MH_LEVEL_LTA), "LTA");
    assert_string_equal(mh_modifications_name(MH_MODS_OTHER), "other");
    assert_string_equal(mh_stamp_name(MH_STAMP_MARK), "time-mark");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_cut_and_extended),
        cmocka_unit_test(test_hostile_bytes),
        cmocka_unit_test(test_verdict_agrees),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
