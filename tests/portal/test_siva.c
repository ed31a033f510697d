/* A report in the words of SiVa: where it is stricter than the signatures. */
#include "tests/t.h"

#include <jansson.h>
#include <string.h>

#include "base/time.h"
#include "portal/api/siva_report.h"

static uint8_t sha256[32];

static void
passed(struct mh_report_sig *s, enum mh_sig_kind kind)
{
    *s = (struct mh_report_sig){.id = "S0",
        .kind = kind,
        .level = MH_LEVEL_LT,
        .signer_name = "Nümunə",
        .signer_serial_number = "PNOAZ-0000000",
        .signer_fin = "",
        .signer_organization = "",
        .signer_issuer = "",
        .signer_subject = "",
        .certificate_sha256 = "",
        .algorithm = "ECDSA SHA-256 P-256",
        .role = "Vəkil",
        .place = "Bakı",
        .claimed_time = 1780315200,
        .best_signature_time = 1780315260,
        .indication = MH_IND_PASSED,
        .covers_whole_document = true};
}

static json_t *
print(const struct mh_report *r)
{
    const struct pt_siva_subject subject = {"sənəd.edoc", sha256, "POLv4"};
    struct mh_buf out;
    json_t *o, *c;

    mh_buf_init(&out, 1 << 20);
    pt_siva_print(&subject, r, &out);
    assert_true(mh_buf_ok(&out));
    o = json_loadb(
        (const char *)out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    c = json_object_get(
        json_object_get(o, "validationReport"), "validationConclusion");
    assert_non_null(c);
    json_incref(c);
    json_decref(o);
    mh_buf_fini(&out);
    return c;
}

static const char *
text(json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s == NULL ? "" : s;
}

static json_int_t
number(json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static void
plain(void **state)
{
    struct mh_report_sig sig[2];
    struct mh_report r;
    json_t *c, *s;

    (void)state;
    mh_report_init(&r);
    passed(&sig[0], MH_KIND_XADES);
    passed(&sig[1], MH_KIND_TST);
    r.sig = sig;
    r.sigs = 2;
    r.verdict = MH_TOTAL_PASSED;
    r.format = MH_FORMAT_ASIC_S;
    r.validation_time = 1780400000;
    c = print(&r);
    assert_int_equal(number(c, "signaturesCount"), 1);
    assert_int_equal(number(c, "validSignaturesCount"), 1);
    assert_string_equal(text(c, "signatureForm"), "ASiC-S");
    assert_int_equal(json_array_size(json_object_get(c, "timeStampTokens")), 1);
    s = json_array_get(json_object_get(c, "signatures"), 0);
    assert_string_equal(text(s, "indication"), "TOTAL-PASSED");
    assert_string_equal(text(s, "signatureFormat"), "XAdES_BASELINE_LT");
    assert_string_equal(text(s, "signatureMethod"),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256");
    assert_string_equal(text(s, "signatureLevel"), "ADES");
    assert_string_equal(text(s, "claimedSigningTime"), "2026-06-01T12:00:00Z");
    assert_null(json_object_get(s, "errors"));
    json_decref(c);
}

/* What the document did wrong makes no signature of it valid. */
static void
lowered(void **state)
{
    static const struct {
        const char *name;
        enum mh_verdict verdict;
        bool error;
        const char *indication;
    } rows[] = {
        {"failed", MH_TOTAL_FAILED, false, "TOTAL-FAILED"},
        {"refused", MH_REFUSED, false, "TOTAL-FAILED"},
        {"not judged", MH_NOT_JUDGED, false, "TOTAL-FAILED"},
        {"undecided", MH_INDETERMINATE, false, "INDETERMINATE"},
        {"failed, and says why", MH_TOTAL_FAILED, true, "TOTAL-FAILED"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_finding f = {.code = MH_F_NOT_JUDGED,
            .level = MH_ERROR,
            .offset = MH_NO_OFFSET,
            .what = ""};
        struct mh_report_sig sig[2];
        struct mh_report r;
        json_t *c, *s;

        mh_report_init(&r);
        passed(&sig[0], MH_KIND_PADES);
        passed(&sig[1], MH_KIND_PADES);
        if (rows[i].error) /* one failed by itself, the document as well */
            sig[1].indication = MH_IND_FAILED;
        r.sig = sig;
        r.sigs = 2;
        r.verdict = rows[i].verdict;
        r.reason = f;
        r.findings = (struct mh_findings){&f, rows[i].error};
        c = print(&r);
        T_CHECK(rows[i].name, number(c, "signaturesCount") == 2);
        T_CHECK(rows[i].name, number(c, "validSignaturesCount") == 0);
        s = json_array_get(json_object_get(c, "signatures"), 0);
        T_CHECK(rows[i].name,
            strcmp(text(s, "indication"), rows[i].indication) == 0);
        T_CHECK(
            rows[i].name, json_array_size(json_object_get(s, "errors")) > 0);
        json_decref(c);
    }
}

/* One signature that failed leaves the other what it is. */
static void
one_of_two(void **state)
{
    struct mh_report_sig sig[2];
    struct mh_report r;
    json_t *c;

    (void)state;
    mh_report_init(&r);
    passed(&sig[0], MH_KIND_CADES);
    passed(&sig[1], MH_KIND_CADES);
    sig[1].indication = MH_IND_FAILED;
    sig[1].sub = MH_HASH_FAILURE;
    r.sig = sig;
    r.sigs = 2;
    r.verdict = MH_TOTAL_FAILED;
    c = print(&r);
    assert_int_equal(number(c, "signaturesCount"), 2);
    assert_int_equal(number(c, "validSignaturesCount"), 1);
    assert_string_equal(
        text(json_array_get(json_object_get(c, "signatures"), 1),
            "subIndication"),
        "HASH_FAILURE");
    json_decref(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain),
        cmocka_unit_test(lowered),
        cmocka_unit_test(one_of_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
