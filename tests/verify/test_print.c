/* Printed reports: text, JSON and CSV of one made-up report. */
#define MH_ALLOW_BANNED
#include "base/report/print.h"

#include <stdio.h>
#include <string.h>

#include "base/report/labels.h"
#include "base/time.h"
#include "tests/t.h"

static struct mh_finding weak = {MH_F_ALGORITHM_WEAK, MH_WARNING,
    UINT64_MAX /* none */, "RSA SHA-1 RSA-1024"};
static struct mh_finding broken = {MH_F_REVOCATION_MISSING, MH_ERROR, 17, ""};

static struct mh_report_sig sig = {.id = "S0",
    .kind = MH_KIND_XADES,
    .level = MH_LEVEL_T,
    .signer_name = "=Əli \"Test\"",
    .signer_serial_number = "PNOAZ-1AB2C3D",
    .signer_fin = "1AB2C3D",
    .signer_organization = "",
    .signer_issuer = "Test CA",
    .signer_subject = "CN=x",
    .certificate_sha256 = "00",
    .algorithm = "ECDSA SHA-256 P-256",
    .role = "",
    .place = "",
    .claimed_time = 1654084800,
    .best_signature_time = 1654084860,
    .indication = MH_IND_INDETERMINATE,
    .sub = MH_TRY_LATER,
    .covers_whole_document = true};
static uint32_t zero[1] = {0};
static struct mh_stamp stamp = {MH_STAMP_SIGNATURE, 1654084860, "TSA", true};
static struct mh_report_file file = {
    .name = "a.txt", .size = 5, .sha256 = "11", .media_type = "text/plain"};

static struct mh_report
sample(void)
{
    struct mh_report r;

    mh_report_init(&r);
    sig.covers = zero;
    sig.covers_count = 1;
    sig.stamp = &stamp;
    sig.stamps = 1;
    sig.findings = (struct mh_findings){&broken, 1};
    file.signed_by = zero;
    file.signed_by_count = 1;
    r.format = MH_FORMAT_ASIC_E;
    r.profile = "ASiC-E with XAdES";
    r.verdict = MH_INDETERMINATE;
    r.reason = broken;
    r.validation_time = 1654088400;
    r.policy = "lenient";
    r.policy_sha256 = "22";
    r.findings = (struct mh_findings){&weak, 1};
    r.sig = &sig;
    r.sigs = 1;
    r.file = &file;
    r.files = 1;
    weak.offset = MH_NO_OFFSET;
    return r;
}

static const struct mh_subject subject = {"-evil\".adoc", 123, "33"};

static void
test_csv(void **state)
{
    static const struct {
        const char *file, *begins;
    } rows[] = {
        {"plain.adoc", "\"plain.adoc\","},
        {"=1+1", "\"'=1+1\","},
        {"+1", "\"'+1\","},
        {"-1", "\"'-1\","},
        {"@x", "\"'@x\","},
        {"a,b", "\"a,b\","},
        {"a\"b", "\"a\"\"b\","},
        {"\"=1", "\"\"\"=1\","},
    };
    struct mh_report r = sample();
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, 1U << 16);
    mh_print_csv_header(&out);
    mh_print_csv(&subject, &r, &out);
    mh_buf_byte(&out, 0);
    assert_true(mh_buf_ok(&out));
    assert_non_null(strstr((const char *)out.ptr,
        "\r\n\"'-evil\"\".adoc\",\"123\",\"33\",\"asic-e\",\"INDETERMINATE\","
        "\"revocation-missing\","));
    assert_non_null(strstr((const char *)out.ptr,
        "\"1\",\"'=Əli \"\"Test\"\"\",\"2022-06-01T12:01:00Z\"\r\n"));
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_subject s = {rows[i].file, 1, ""};

        mh_buf_clear(&out);
        mh_print_csv(&s, &r, &out);
        mh_buf_byte(&out, 0);
        T_CHECK(rows[i].file, strncmp((const char *)out.ptr, rows[i].begins,
                                  strlen(rows[i].begins)) == 0);
    }
    mh_buf_fini(&out);
}

static void
test_text(void **state)
{
    struct mh_report r = sample();
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, 1U << 16);
    for (int lang = 0; lang < MH_LANGS; lang++)
        for (int v = 0; v < MH_VERDICTS; v++) {
            const char *words =
                mh_verdict_words((enum mh_verdict)v, (enum mh_lang)lang);
            const char *name = mh_verdict_name((enum mh_verdict)v);

            r.verdict = (enum mh_verdict)v;
            mh_buf_clear(&out);
            mh_print_text(&subject, &r, (enum mh_lang)lang, &out);
            mh_buf_byte(&out, 0);
            assert_true(mh_buf_ok(&out));
            T_CHECK(name, words[0] != '\0');
            T_CHECK(name, strstr((const char *)out.ptr, words) != NULL);
            T_CHECK(name, strstr((const char *)out.ptr, name) != NULL);
            T_CHECK(name, strstr((const char *)out.ptr,
                              mh_finding_text(MH_F_REVOCATION_MISSING,
                                  (enum mh_lang)lang)) != NULL);
            T_CHECK(name, strstr((const char *)out.ptr, "=Əli") != NULL);
            T_CHECK(
                name, strstr((const char *)out.ptr,
                          mh_label(MH_L_PROVEN, (enum mh_lang)lang)) != NULL);
        }
    stamp.passed = false; /* no proof: only what the signer claims */
    mh_buf_clear(&out);
    mh_print_text(&subject, &r, MH_EN, &out);
    mh_buf_byte(&out, 0);
    assert_non_null(strstr((const char *)out.ptr, "2022-06-01T12:00:00Z (only "
                                                  "claimed by the signer)"));
    stamp.passed = true;
    mh_buf_fini(&out);
}

static void
test_json(void **state)
{
    struct mh_report r = sample();
    struct mh_buf out;
    char expected[8192];
    FILE *f = fopen(T_SOURCE_DIR "/verify/report.json", "rb");
    size_t len;

    (void)state;
    mh_buf_init(&out, 1U << 16);
    assert_int_equal(mh_print_json(&subject, &r, NULL, &out), MH_OK);
    assert_true(mh_buf_ok(&out));
    assert_non_null(f);
    len = fread(expected, 1, sizeof(expected), f);
    assert_int_equal(fclose(f), 0);
    if (out.len != len || memcmp(out.ptr, expected, len) != 0)
        fail_msg("report.json and: %.*s", (int)out.len, (const char *)out.ptr);
    mh_buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_csv),
        cmocka_unit_test(test_text), cmocka_unit_test(test_json)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
