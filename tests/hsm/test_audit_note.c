#include "tests/t.h"

#include "hsm/audit/note.h"

#include <string.h>

/* The example of c2sp.org/signed-note: a note, not a checkpoint. */
static const char example[] =
    "Ognuno sta solo sul cuor della terra\n"
    "trafitto da un raggio di sole:\n\n\xc3\xa8 subito sera.\n\n"
    "\xe2\x80\x94 quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj9"
    "9ihAQwaqP3ZekRwNtIc=\n";

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define SIG                                                                    \
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9" \
    "nTo+zyWE+xeMcTOAYQ8="
#define DASH "\xe2\x80\x94 "
#define TEXT "example.com/log\n7\n" ROOT "\n"

static const struct {
    const char *name;
    const char *text;
    bool good;
} rows[] = {
    {"one signature", TEXT "\n" DASH "a " SIG "\n", true},
    {"two signatures", TEXT "\n" DASH "a " SIG "\n" DASH "b " SIG "\n", true},
    {"not a checkpoint", example, false},
    {"no signature", TEXT "\n", false},
    {"no empty line", TEXT DASH "a " SIG "\n", false},
    {"no line feed at the end", TEXT "\n" DASH "a " SIG, false},
    {"extension line", TEXT "x\n\n" DASH "a " SIG "\n", false},
    {"bytes after it", TEXT "\n" DASH "a " SIG "\n\n", false},
    {"hyphen", TEXT "\n- a " SIG "\n", false},
    {"en dash", TEXT "\n\xe2\x80\x93 a " SIG "\n", false},
    {"no name", TEXT "\n" DASH " " SIG "\n", false},
    {"plus in the name", TEXT "\n" DASH "a+b " SIG "\n", false},
    {"no-break space in the name", TEXT "\n" DASH "a\xc2\xa0 " SIG "\n", false},
    {"two spaces", TEXT "\n" DASH "a  " SIG "\n", false},
    {"space at the end", TEXT "\n" DASH "a " SIG " \n", false},
    {"not base64", TEXT "\n" DASH "a ****\n", false},
    {"an id and nothing", TEXT "\n" DASH "a AAAAAA==\n", false},
    {"no padding", TEXT "\n" DASH "a AAAAAAA\n", false},
    {"leading zero", "a\n07\n" ROOT "\n\n" DASH "a " SIG "\n", false},
    {"minus", "a\n-7\n" ROOT "\n\n" DASH "a " SIG "\n", false},
    {"no size", "a\n\n" ROOT "\n\n" DASH "a " SIG "\n", false},
    {"size 0", "a\n0\n" ROOT "\n\n" DASH "a " SIG "\n", true},
    {"largest size", "a\n9223372036854775807\n" ROOT "\n\n" DASH "a " SIG "\n",
        true},
    {"past it", "a\n9223372036854775808\n" ROOT "\n\n" DASH "a " SIG "\n",
        false},
    {"no origin", "\n7\n" ROOT "\n\n" DASH "a " SIG "\n", false},
    {"control in the origin", "a\x01\n7\n" ROOT "\n\n" DASH "a " SIG "\n",
        false},
    {"short root", "a\n7\nAAAA\n\n" DASH "a " SIG "\n", false},
    {"carriage return", "a\r\n7\n" ROOT "\n\n" DASH "a " SIG "\n", false},
    {"empty", "", false},
};

static void
test_note_rows(void **state)
{
    static struct hsm_checkpoint c;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct mh_err err = {.msg = ""};

        T_CHECK(rows[i].name, (hsm_checkpoint_read(mh_span_str(rows[i].text),
                                   &err, &c) == MH_OK) == rows[i].good);
        T_CHECK(rows[i].name, rows[i].good || err.msg[0] != '\0');
    }
}

/* Every beginning of two notes end to end is cut; nothing else is. */
static void
test_note_cut(void **state)
{
    static const char note[] = TEXT "\n" DASH "a " SIG "\n" DASH "b " SIG "\n"
                                    "\n";
    static struct hsm_checkpoint c;
    struct mh_span rest;

    (void)state;
    for (size_t n = 1; n <= sizeof(note) - 1; n++) {
        enum mh_code code;

        rest = (struct mh_span){(const uint8_t *)note, n};
        code = hsm_checkpoint_next(&rest, NULL, &c);
        assert_int_equal(code, n == sizeof(note) - 1 ? MH_OK : MH_EIO);
        assert_true(rest.len == (code == MH_OK ? 0 : n));
    }
    for (size_t i = 0; i < T_COUNT(rows); i++)
        if (strstr(rows[i].name, "space") != NULL) {
            rest = mh_span_str(rows[i].text);
            T_CHECK(rows[i].name,
                hsm_checkpoint_next(&rest, NULL, &c) == MH_EFORMAT);
        }
}

static void
test_note_signature_limit(void **state)
{
    static struct hsm_checkpoint c;
    struct mh_buf text;

    (void)state;
    for (unsigned n = 1; n <= HSM_NOTE_SIGNATURES + 1; n++) {
        mh_buf_init(&text, HSM_NOTE_MAX);
        mh_buf_str(&text, TEXT "\n");
        for (unsigned i = 0; i < n; i++)
            mh_buf_str(&text, DASH "a " SIG "\n");
        assert_true((hsm_checkpoint_read(mh_buf_get(&text), NULL, &c) ==
                        MH_OK) == (n <= HSM_NOTE_SIGNATURES));
        mh_buf_fini(&text);
    }
}

static void
test_note_proof_limit(void **state)
{
    static struct hsm_proof p;
    struct mh_buf text;

    (void)state;
    for (unsigned n = HSM_PROOF_MAX; n <= HSM_PROOF_MAX + 1; n++) {
        mh_buf_init(&text, HSM_PROOF_TEXT_MAX);
        mh_buf_str(&text, "c2sp.org/tlog-proof@v1\nindex 0\n");
        for (unsigned i = 0; i < n; i++)
            mh_buf_str(&text, ROOT "\n");
        mh_buf_str(&text, "\n" TEXT "\n" DASH "a " SIG "\n");
        assert_int_equal(hsm_proof_read(mh_buf_get(&text), NULL, &p),
            n <= HSM_PROOF_MAX ? MH_OK : MH_ELIMIT);
        mh_buf_fini(&text);
    }
}

/* The key of the Go checksum database, published with its clients. */
#define GOSUM                                                                  \
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

static void
test_note_keys(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        bool good;
    } keys[] = {
        {"of another implementation", GOSUM "\n", true},
        {"without a line feed", GOSUM, true},
        {"two", GOSUM "\n" GOSUM "\n", true},
        {"an empty line", GOSUM "\n\n", false},
        {"empty", "", false},
        {"another id",
            "sum.golang.org+033de0af+"
            "Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            false},
        {"another name",
            "sum.golang.com+033de0ae+"
            "Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            false},
        {"unknown type",
            "sum.golang.org+033de0ae+"
            "As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            false},
        {"no name", "+033de0ae+Ac4zctda0e5eza", false},
        {"no id", "sum.golang.org", false},
        {"PEM of nothing", "-----BEGIN PUBLIC KEY-----\n", false},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(keys); i++) {
        struct hsm_note_keys *k = NULL;

        T_CHECK(keys[i].name, (hsm_note_keys_read(mh_span_str(keys[i].text),
                                   NULL, &k) == MH_OK) == keys[i].good);
        hsm_note_keys_free(k);
    }
}

/* Verifies nothing but says so: the key is of another log. */
static void
test_note_unknown_key(void **state)
{
    struct hsm_note_keys *k = NULL;
    static struct hsm_checkpoint c;
    struct mh_err err = {.msg = ""};

    (void)state;
    assert_int_equal(hsm_note_keys_read(mh_span_str(GOSUM), NULL, &k), MH_OK);
    assert_int_equal(
        hsm_checkpoint_read(mh_span_str(rows[0].text), NULL, &c), MH_OK);
    assert_int_equal(hsm_checkpoint_verify(&c, k, &err), MH_EFORMAT);
    assert_non_null(strstr(err.msg, "not signed"));
    hsm_note_keys_free(k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_note_rows),
        cmocka_unit_test(test_note_cut),
        cmocka_unit_test(test_note_signature_limit),
        cmocka_unit_test(test_note_proof_limit),
        cmocka_unit_test(test_note_keys),
        cmocka_unit_test(test_note_unknown_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
