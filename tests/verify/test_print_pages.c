/* Printed pages: escaping, the page for people, the report of TS 119 102-2. */
#define MH_ALLOW_BANNED
#include "base/report/markup.h"

#include <string.h>

#include "base/report/labels.h"
#include "base/report/print.h"
#include "tests/t.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char *
text_of(struct mh_buf *out)
{
    mh_buf_byte(out, 0);
    assert_true(mh_buf_ok(out));
    return (const char *)out->ptr;
}

static void
test_text(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"Əli 7", "Əli 7"},
        {"<&>\"'", "&lt;&amp;&gt;&quot;&#39;"},
        {"]]>", "]]&gt;"},
        {"a\xe2\x80\xaeg", "a[U+202E]g"},
        {"a\xe2\x81\xa6g", "a[U+2066]g"},
        {"\xd8\x9c", "[U+061C]"},
        {"\xe2\x80\x8b\xc2\xad\xef\xbb\xbf", "[U+200B][U+00AD][U+FEFF]"},
        {"\x01\x1b", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf0\x9f\xbf\xbe", "\xef\xbf\xbd"}, /* U+1FFFE */
        {"\xff<", "\xef\xbf\xbd&lt;"},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_buf out;

        mh_buf_init(&out, 1000);
        mh_markup_text(&out, rows[i].in);
        T_CHECK(rows[i].in, strcmp(text_of(&out), rows[i].out) == 0);
        mh_buf_fini(&out);
    }
}

static void
test_uri(void **state)
{
    struct mh_buf out;

    (void)state;
    mh_buf_init(&out, 1000);
    mh_markup_uri(&out, mh_span_str("a-Z_9.~/?#:%\" \xc9\x99"));
    assert_string_equal(text_of(&out), "a-Z_9.~%2F%3F%23%3A%25%22%20%C9%99");
    mh_buf_fini(&out);
    mh_buf_init(&out, 1000);
    mh_markup_optional(&out, "a", "");
    mh_markup_optional(&out, "b", "<");
    assert_string_equal(text_of(&out), "<b>&lt;</b>");
    mh_buf_fini(&out);
}

static struct mh_finding error = {MH_F_FILE_UNSIGNED, MH_ERROR, 7, "<x>"};
static struct mh_finding info = {MH_F_PROFILE, MH_INFO, UINT64_MAX, "e"};
static uint32_t zero[1] = {0};
static struct mh_stamp stamps[] = {
    {MH_STAMP_SIGNATURE, 1654084860, "TSA <1>", true},
    {MH_STAMP_MARK, 1654084861, "OCSP", false},
};

static struct mh_report_sig
signature(enum mh_indication indication, enum mh_sub sub)
{
    return (struct mh_report_sig){.id = "S0",
        .kind = MH_KIND_XADES,
        .level = MH_LEVEL_T,
        .signer_name = "Əli <b>",
        .signer_serial_number = "1",
        .signer_fin = "2",
        .signer_organization = "O & O",
        .signer_issuer = "CA",
        .signer_subject = "CN=x",
        .certificate_sha256 = HASH,
        .algorithm = "ECDSA",
        .role = "judge",
        .place = "Bakı",
        .claimed_time = 1654084800,
        .best_signature_time = 1654084860,
        .indication = indication,
        .sub = sub,
        .covers = zero,
        .covers_count = 1,
        .modifications = MH_MODS_OTHER,
        .stamp = stamps,
        .stamps = T_COUNT(stamps),
        .findings = {&info, 1}};
}

static struct mh_report
report(struct mh_report_sig *sig, size_t sigs, enum mh_verdict verdict)
{
    static struct mh_report_file file = {.name = "a\">.txt",
        .size = 5,
        .sha256 = HASH,
        .media_type = "text/plain",
        .signed_by = zero,
        .signed_by_count = 1};
    struct mh_report r;

    mh_report_init(&r);
    r.format = MH_FORMAT_ASIC_E;
    r.verdict = verdict;
    r.validation_time = 1654088400;
    r.policy = "odd name";
    r.policy_sha256 = HASH;
    r.sig = sig;
    r.sigs = sigs;
    r.file = &file;
    r.files = 1;
    info.offset = MH_NO_OFFSET;
    return r;
}

static const struct mh_subject subject = {"<&>.asice", 9, HASH};

static size_t
count(const char *text, const char *word)
{
    size_t n = 0;

    while ((text = strstr(text, word)) != NULL) {
        n++;
        text += strlen(word);
    }
    return n;
}

#define STATUS "<SignatureValidationStatus><MainIndication>"
#define MAIN   STATUS "urn:etsi:019102:mainindication:"
#define SUB    "</MainIndication><SubIndication>urn:etsi:019102:subindication:"

/* An error of the document leaves no signature total-passed. */
static void
test_etsi_status(void **state)
{
    static const struct {
        const char *name;
        enum mh_verdict verdict;
        bool finding; /* of the document, an error */
        size_t sigs;
        enum mh_indication own[2];
        const char *expected[2];
    } rows[] = {
        {"passed", MH_TOTAL_PASSED, false, 2, {MH_IND_PASSED, MH_IND_PASSED},
            {MAIN "total-passed", MAIN "total-passed"}},
        {"one failed", MH_TOTAL_FAILED, false, 2,
            {MH_IND_PASSED, MH_IND_FAILED},
            {MAIN "total-passed", MAIN "total-failed" SUB "HASH_FAILURE"}},
        {"structure", MH_TOTAL_FAILED, true, 2, {MH_IND_PASSED, MH_IND_PASSED},
            {MAIN "total-failed" SUB "FORMAT_FAILURE",
                MAIN "total-failed" SUB "FORMAT_FAILURE"}},
        {"structure and one failed", MH_TOTAL_FAILED, true, 2,
            {MH_IND_PASSED, MH_IND_FAILED},
            {MAIN "total-failed" SUB "FORMAT_FAILURE",
                MAIN "total-failed" SUB "HASH_FAILURE"}},
        {"refused without a listed error", MH_REFUSED, false, 1,
            {MH_IND_PASSED, MH_IND_PASSED},
            {MAIN "total-failed" SUB "FORMAT_FAILURE", NULL}},
        {"undecided container", MH_INDETERMINATE, false, 1,
            {MH_IND_PASSED, MH_IND_PASSED},
            {MAIN "indeterminate" SUB "SIG_CONSTRAINTS_FAILURE", NULL}},
        {"no signature", MH_NO_SIGNATURE, false, 0,
            {MH_IND_PASSED, MH_IND_PASSED},
            {STATUS "urn:x-mohur:mainindication:no-signature", NULL}},
        {"refused", MH_REFUSED, true, 0, {MH_IND_PASSED, MH_IND_PASSED},
            {MAIN "total-failed" SUB "FORMAT_FAILURE", NULL}},
        {"not judged", MH_NOT_JUDGED, false, 0, {MH_IND_PASSED, MH_IND_PASSED},
            {STATUS "urn:x-mohur:mainindication:not-judged", NULL}},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_report_sig sig[2];
        struct mh_report r = report(sig, rows[i].sigs, rows[i].verdict);
        struct mh_buf out;
        const char *text;

        for (size_t k = 0; k < 2; k++)
            sig[k] = signature(rows[i].own[k], rows[i].own[k] == MH_IND_FAILED
                                                   ? MH_HASH_FAILURE
                                                   : MH_SUB_NONE);
        if (rows[i].finding)
            r.findings = (struct mh_findings){&error, 1};
        mh_buf_init(&out, 1U << 20);
        mh_print_etsi(&subject, &r, &out);
        text = text_of(&out);
        T_CHECK(rows[i].name,
            count(text, STATUS) == (rows[i].sigs == 0 ? 1 : rows[i].sigs));
        for (size_t k = 0; k < 2 && rows[i].expected[k] != NULL; k++) {
            text = strstr(text, STATUS);
            T_CHECK(rows[i].name, text != NULL);
            if (text == NULL)
                break;
            T_CHECK(rows[i].name, strncmp(text, rows[i].expected[k],
                                      strlen(rows[i].expected[k])) == 0);
            text += strlen(STATUS);
        }
        mh_buf_fini(&out);
    }
}

static void
test_etsi_content(void **state)
{
    static const char *const words[] = {
        "<SignatureIdentifier id=\"S0\">",
        "<ds:DigestValue>ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=</",
        "<xades:Identifier>urn:x-mohur:policy:odd%20name</xades:Identifier>",
        "<ValidationTime>2022-06-01T13:00:00Z</ValidationTime>",
        "<POETime>2022-06-01T12:01:00Z</POETime>",
        "<SignersDocumentRepresentation VOReference=\"F0\"/>",
        "<Signer>Əli &lt;b&gt;</Signer>",
        "<m:Organization>O &amp; O</m:Organization>",
        "<m:Modifications>other</m:Modifications>",
        "<m:Issuer>TSA &lt;1&gt;</m:Issuer>",
        "<m:File>a&quot;&gt;.txt</m:File>",
        "<m:File>&lt;&amp;&gt;.asice</m:File>",
        "urn:x-mohur:finding:file-unsigned</",
        "<m:Offset>7</m:Offset>",
        "<AddressString>Bakı</AddressString>",
    };
    struct mh_report_sig sig[2] = {
        signature(MH_IND_PASSED, MH_SUB_NONE),
        signature(MH_IND_PASSED, MH_SUB_NONE),
    };
    struct mh_report r = report(sig, 2, MH_TOTAL_FAILED);
    struct mh_buf out, small;
    const char *text;

    (void)state;
    r.findings = (struct mh_findings){&error, 1};
    mh_buf_init(&out, 1U << 20);
    mh_print_etsi(&subject, &r, &out);
    text = text_of(&out);
    for (size_t i = 0; i < T_COUNT(words); i++)
        T_CHECK(words[i], strstr(text, words[i]) != NULL);
    /* One certificate of two signatures is one object. */
    assert_int_equal(count(text, "<ValidationObject id=\"C"), 1);
    assert_int_equal(count(text, "VOReference=\"C0\""), 2);
    mh_buf_init(&small, out.len - 2); /* one byte too few, less the NUL */
    mh_print_etsi(&subject, &r, &small);
    assert_false(mh_buf_ok(&small));
    mh_buf_fini(&small);
    mh_buf_fini(&out);
}

static void
test_html(void **state)
{
    static const char *const codes[MH_LANGS] = {"az", "en", "ru"};
    struct mh_report_sig sig[1] = {signature(MH_IND_PASSED, MH_SUB_NONE)};
    struct mh_report r = report(sig, 1, MH_TOTAL_FAILED);

    (void)state;
    r.findings = (struct mh_findings){&error, 1};
    r.reason = error;
    for (int l = 0; l < MH_LANGS; l++) {
        enum mh_lang lang = (enum mh_lang)l;
        char head[64];
        struct mh_buf out;
        const char *text, *verdict;

        mh_buf_init(&out, 1U << 20);
        mh_print_html(&subject, &r, lang, &out);
        text = text_of(&out);
        (void)snprintf(head, sizeof(head), "<html lang=\"%s\">", codes[l]);
        T_CHECK(codes[l], strstr(text, head) != NULL);
        T_CHECK(codes[l], strcmp(mh_lang_code(lang), codes[l]) == 0);
        verdict = strstr(text, "<h1>");
        T_CHECK(codes[l], verdict != NULL);
        if (verdict == NULL)
            break;
        T_CHECK(codes[l],
            strncmp(verdict + 4, mh_verdict_words(MH_TOTAL_FAILED, lang),
                strlen(mh_verdict_words(MH_TOTAL_FAILED, lang))) == 0);
        T_CHECK(codes[l],
            count(text, mh_finding_text(MH_F_FILE_UNSIGNED, lang)) == 2);
        T_CHECK(codes[l],
            strstr(text, mh_modifications_words(MH_MODS_OTHER, lang)) != NULL);
        T_CHECK(codes[l],
            strstr(text, mh_indication_words(MH_IND_PASSED, lang)) != NULL);
        T_CHECK(codes[l], strstr(text, "Əli &lt;b&gt;") != NULL);
        T_CHECK(codes[l], strstr(text, "<b>\"") == NULL);
        T_CHECK(codes[l], strstr(text, "<x>") == NULL);
        T_CHECK(codes[l], count(text, HASH) == 4); /* and the policy's */
        T_CHECK(codes[l], count(text, mh_label(MH_L_AS_PROOF, lang)) == 1);
        mh_buf_fini(&out);
    }
}

/* Every label and sentence is there in every language. */
static void
test_labels(void **state)
{
    (void)state;
    for (int l = 0; l < MH_LANGS; l++) {
        enum mh_lang lang = (enum mh_lang)l;

        for (int i = 0; i < MH_LABELS; i++)
            assert_true(mh_label((enum mh_label)i, lang)[0] != '\0');
        for (int i = MH_MODS_NONE; i < MH_MODS; i++)
            assert_true(mh_modifications_words(
                            (enum mh_modifications)i, lang)[0] != '\0');
        for (int i = 0; i < MH_INDICATIONS; i++)
            assert_true(
                mh_indication_words((enum mh_indication)i, lang)[0] != '\0');
    }
    assert_string_equal(mh_modifications_words(MH_MODS, MH_AZ), "");
    assert_string_equal(mh_indication_words(MH_INDICATIONS, MH_AZ), "");
    assert_string_equal(mh_lang_code(MH_LANGS), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text),
        cmocka_unit_test(test_uri), cmocka_unit_test(test_etsi_status),
        cmocka_unit_test(test_etsi_content), cmocka_unit_test(test_html),
        cmocka_unit_test(test_labels)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
