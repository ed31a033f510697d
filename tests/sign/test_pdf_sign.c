#include "tests/t.h"

#include "signer/sign/family.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/wire/codes.h"
#include "signer/verify/pdfcrypt.h"
#include "tests/docformat/pdfmake.h"

/* A certificate of the test PKI: P-256, no key is needed here. */
static uint8_t cert[8192];
static size_t cert_len;

static int
load(void **state)
{
    FILE *f = fopen(T_SOURCE_DIR "/../fuzz/seeds/cert/citizen", "rb");

    (void)state;
    if (f == NULL)
        return -1;
    cert_len = fread(cert, 1, sizeof(cert), f);
    (void)fclose(f);
    return cert_len > 0 && mh_digest_init(NULL) == MH_OK ? 0 : -1;
}

struct job {
    struct mh_arena *arena;
    struct mh_out out;
    struct mh_err err;
    struct sg_draft draft;
};

static void
begin(struct job *j)
{
    memset(j, 0, sizeof(*j));
    j->arena = mh_arena_new(64 << 20);
    j->out = mh_out_at(memfd_create("out", MFD_CLOEXEC), 0);
    assert_true(j->out.fd >= 0);
}

static void
fini(struct job *j)
{
    (void)close(j->out.fd);
    mh_arena_free(j->arena);
}

static struct sg_sign_spec
simple(void)
{
    return (struct sg_sign_spec){.as = SG_AS_PDF,
        .level = MH_LEVEL_B,
        .scheme = SG_ECDSA,
        .digest = MH_SHA256,
        .certificate = {cert, cert_len},
        .time = 1654000000,
        .role = "",
        .place = "",
        .reason = "",
        .page = 1};
}

static struct mh_span
written(struct job *j)
{
    uint8_t *p = mh_arena_raw(j->arena, (size_t)j->out.at);

    assert_non_null(p);
    assert_int_equal(
        pread(j->out.fd, p, (size_t)j->out.at, 0), (ssize_t)j->out.at);
    return (struct mh_span){p, (size_t)j->out.at};
}

static bool
holds(struct mh_span s, const char *text)
{
    return memmem(s.ptr, s.len, text, strlen(text)) != NULL;
}

static enum mh_code
prepare(struct job *j, const struct sg_sign_spec *spec, struct mh_span bytes)
{
    const struct sg_sign_file file = {.name = "x.pdf", .bytes = bytes};

    return sg_family_pdf.prepare(
        spec, &file, 1, j->arena, &j->out, &j->err, &j->draft);
}

static enum mh_code
finish(struct job *j, const struct sg_sign_extra *extra)
{
    static const uint8_t value[64] = {1, 2, 3};

    return sg_family_pdf.finish(j->draft.state,
        (struct mh_span){value, sizeof(value)}, extra, j->arena, &j->out,
        &j->err);
}

static void
test_dictionary(void **state)
{
    struct sg_sign_spec spec = simple();
    struct mh_span pdf;
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    spec.place = "Bakı (paytaxt)";
    spec.reason = "a (b)";
    begin(&j);
    assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_OK);
    pdf = written(&j);
    assert_memory_equal(pdf.ptr, m.out.ptr, m.out.len);
    assert_true(holds(pdf, "/Type/Sig/Filter/Adobe.PPKLite"
                           "/SubFilter/ETSI.CAdES.detached"));
    assert_true(holds(pdf, "/M(D:20220531122640Z)"));
    assert_true(holds(pdf, "/Reason(a \\(b\\))"));
    assert_true(holds(pdf, "/Location<FEFF0042"));
    assert_true(holds(pdf, "/FT/Sig/T(Signature1)/F 132\n"
                           "/Rect[0.000 0.000 0.000 0.000]/P 3 0 R"));
    assert_true(holds(pdf, "/SigFlags 3"));
    assert_false(holds(pdf, "/Reference"));
    assert_false(holds(pdf, "/Perms"));
    assert_int_equal(j.draft.alg, MH_SHA256);
    fini(&j);
    mh_buf_fini(&m.out);
}

/* The digest is over everything but the gap, and the attributes hold it. */
static void
test_digest(void **state)
{
    struct sg_sign_spec spec = simple();
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_span pdf, after;
    struct mh_buf covered;
    const uint8_t *gap;
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    begin(&j);
    assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_OK);
    pdf = written(&j);
    gap = memmem(pdf.ptr, pdf.len, "/Contents<", 10);
    assert_non_null(gap);
    after.ptr = memchr(gap, '>', pdf.len - (size_t)(gap - pdf.ptr));
    assert_non_null(after.ptr);
    after.ptr++;
    after.len = pdf.len - (size_t)(after.ptr - pdf.ptr);
    mh_buf_init(&covered, 1 << 20);
    mh_buf_add(&covered, pdf.ptr, (size_t)(gap + 9 - pdf.ptr));
    mh_buf_span(&covered, after);
    assert_int_equal(
        mh_digest_once(MH_SHA256, mh_buf_get(&covered), NULL, hash), MH_OK);
    assert_non_null(
        memmem(j.draft.tbs.ptr, j.draft.tbs.len, hash, MH_SHA256_LENGTH));
    assert_int_equal(mh_digest_once(MH_SHA256, j.draft.tbs, NULL, hash), MH_OK);
    assert_memory_equal(hash, j.draft.digest, MH_SHA256_LENGTH);
    mh_buf_fini(&covered);
    fini(&j);
    mh_buf_fini(&m.out);
}

/* A name that no field has, and none above a field. */
static void
test_names(void **state)
{
    static const struct {
        const char *fields, *want;
    } rows[] = {{"<</T(a)/FT/Tx>>", "/T(Signature1)"},
        {"<</T(Signature1)/FT/Tx>>", "/T(Signature2)"},
        {"<</T(Signature1)/FT/Sig>><</T(Signature2)/Kids[<</T(a)/FT/Tx>>]>>",
            "/T(Signature3)"},
        {"<</T<FEFF005300690067006E006100740075007200650031>/FT/Tx>>",
            "/T(Signature2)"}};

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct sg_sign_spec spec = simple();
        char form[200];
        struct job j;
        struct pm m;

        (void)snprintf(
            form, sizeof(form), "/AcroForm<</Fields[%s]>>", rows[i].fields);
        pm_base(&m, form);
        pm_end(&m, "");
        begin(&j);
        assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_OK);
        T_CHECK(rows[i].fields, holds(written(&j), rows[i].want));
        fini(&j);
        mh_buf_fini(&m.out);
    }
}

/* A value fits to the last byte of its room; one byte more is refused. */
static void
test_room(void **state)
{
    static uint8_t token[32 << 10];
    struct sg_sign_spec spec = simple();
    size_t last = 0;
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    begin(&j);
    spec.level = MH_LEVEL_T;
    assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_OK);
    token[0] = 0x04;
    token[1] = 0x82;
    for (size_t n = 16 << 10; n < sizeof(token) - 4; n++) {
        const struct sg_sign_extra extra = {.token = {token, n + 4}};
        enum mh_code code;

        token[2] = (uint8_t)(n >> 8);
        token[3] = (uint8_t)n;
        code = finish(&j, &extra);
        if (code != MH_OK) {
            assert_int_equal(code, MH_ELIMIT);
            break;
        }
        last = n;
    }
    /* The room is what was computed: a token of 16 KiB, and the margin. */
    assert_in_range(last, (16 << 10) + 256, (16 << 10) + 640);
    fini(&j);
    mh_buf_fini(&m.out);
}

static void
test_stamp_input(void **state)
{
    static const uint8_t value[64] = {
        [0] = 0x80, [31] = 1, [62] = 0, [63] = 0x7f};
    struct sg_sign_spec spec = simple();
    struct mh_span der;
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    begin(&j);
    assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_OK);
    assert_int_equal(
        sg_family_pdf.stamp_input(j.draft.state,
            (struct mh_span){value, sizeof(value)}, j.arena, &j.err, &der),
        MH_OK);
    /* SEQUENCE { INTEGER 00 80 …, INTEGER 7f } */
    assert_int_equal(der.len, 2 + 2 + 33 + 3);
    assert_memory_equal(der.ptr, "\x30\x26\x02\x21\x00\x80", 6);
    assert_memory_equal(der.ptr + der.len - 3, "\x02\x01\x7f", 3);
    assert_int_equal(
        sg_family_pdf.stamp_input(j.draft.state, (struct mh_span){value, 63},
            j.arena, &j.err, &der) != MH_OK,
        true);
    fini(&j);
    mh_buf_fini(&m.out);
}

/* Names of any length and number stand in the lock whole. */
static void
test_long_lock(void **state)
{
    static char name[1100];
    const char *fields[MH_PDF_KEYS_MAX + 1];
    struct sg_sign_spec spec = simple();
    struct mh_buf form;
    struct job j;
    struct pm m;

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    for (size_t i = 0; i < T_COUNT(fields); i++)
        fields[i] = i % 2 == 0 ? "a" : name;
    mh_buf_init(&form, 4096);
    mh_buf_str(&form, "[<</T(a)/FT/Tx>><</FT/Tx/T(");
    mh_buf_str(&form, name);
    mh_buf_str(&form, ")>>]");
    mh_buf_byte(&form, 0);
    pm_base(&m, "/AcroForm<</Fields 5 0 R>>");
    pm_obj(&m, 5, (const char *)form.ptr);
    pm_end(&m, "");
    spec.lock = SG_LOCK_INCLUDE;
    spec.field = fields;
    spec.fields = 2;
    begin(&j);
    assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_OK);
    assert_true(holds(written(&j), "n)]/V/1.2>>>>]"));
    assert_true(holds(written(&j), "n)]>>>>"));
    fini(&j);
    begin(&j);
    spec.fields = MH_PDF_KEYS_MAX + 1;
    assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_ELIMIT);
    fini(&j);
    mh_buf_fini(&form);
    mh_buf_fini(&m.out);
}

/* A state that is cut or longer is none. */
static void
test_state(void **state)
{
    struct sg_sign_spec spec = simple();
    struct mh_span der, whole;
    uint8_t longer[16384];
    struct job j;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    pm_end(&m, "");
    begin(&j);
    assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_OK);
    whole = j.draft.state;
    assert_int_equal(whole.ptr[0], SG_FAMILY_PDF);
    assert_true(whole.len < sizeof(longer));
    for (size_t n = 0; n < whole.len; n++)
        assert_int_equal(
            sg_family_pdf.stamp_input((struct mh_span){whole.ptr, n},
                (struct mh_span){longer, 64}, j.arena, &j.err, &der),
            MH_EINTERNAL);
    memcpy(longer, whole.ptr, whole.len);
    longer[whole.len] = 0;
    assert_int_equal(
        sg_family_pdf.stamp_input((struct mh_span){longer, whole.len + 1},
            (struct mh_span){longer, 64}, j.arena, &j.err, &der),
        MH_EINTERNAL);
    fini(&j);
    mh_buf_fini(&m.out);
}

static void
test_choices(void **state)
{
    static char most[MH_REPORT_TEXT_MAX + 2];
    struct mh_span chain[MH_CERTS_MAX];
    struct pm m;

    (void)state;
    memset(most, 'a', sizeof(most) - 1);
    for (size_t i = 0; i < MH_CERTS_MAX; i++)
        chain[i] = (struct mh_span){cert, cert_len};
    pm_base(&m, "");
    pm_end(&m, "");
    for (unsigned row = 0; row < 8; row++) {
        struct sg_sign_spec spec = simple();
        enum mh_code want = MH_OK;
        struct job j;

        spec.chain = chain;
        if (row == 0 || row == 1)
            spec.reason = most + (row == 0 ? 1 : 0);
        if (row == 2 || row == 3)
            spec.chain_count = MH_CERTS_MAX - (row == 2 ? 1 : 0);
        if (row == 4)
            spec.digest = MH_SHA1;
        if (row == 5)
            spec.lock = SG_LOCK_INCLUDE;
        if (row == 6)
            spec.time = INT64_MAX;
        if (row == 7)
            spec.certificate.len--;
        if (row == 1 || row == 3)
            want = MH_ELIMIT;
        if (row >= 4)
            want = MH_EFORMAT;
        begin(&j);
        if (prepare(&j, &spec, mh_buf_get(&m.out)) != want)
            fail_msg("row %u: %s", row, j.err.msg);
        assert_true(want == MH_OK || j.out.at == 0);
        fini(&j);
    }
    mh_buf_fini(&m.out);
}

/* What is encrypted comes back, by every method and of every length. */
static void
test_encrypt(void **state)
{
    static const struct {
        enum sg_pdfcrypt_method method;
        size_t key_len;
    } rows[] = {{SG_PDFCRYPT_NONE, 5}, {SG_PDFCRYPT_RC4, 5},
        {SG_PDFCRYPT_RC4, 16}, {SG_PDFCRYPT_AESV2, 16},
        {SG_PDFCRYPT_AESV3, 32}};
    uint8_t data[64];

    (void)state;
    memset(data, 0x5a, sizeof(data));
    for (size_t i = 0; i < T_COUNT(rows); i++)
        for (size_t len = 0; len <= 33; len++) {
            struct mh_arena *arena = mh_arena_new(1 << 20);
            struct df_pdf_secret s = {
                .data = {data, len}, .num = 70000, .stream = len % 2 == 0};
            struct mh_span a, b, back;
            struct df_pdf_crypto table;
            struct sg_pdfcrypt c;

            sg_pdfcrypt_init(&c, &table);
            c.strings = c.streams = rows[i].method;
            c.key_len = rows[i].key_len;
            memset(c.key, 3, sizeof(c.key));
            assert_int_equal(
                sg_pdfcrypt_encrypt(&c, &s, arena, NULL, &a), MH_OK);
            s.num++;
            assert_int_equal(
                sg_pdfcrypt_encrypt(&c, &s, arena, NULL, &b), MH_OK);
            /* Long enough, the same data of two objects differ. */
            if (rows[i].method != SG_PDFCRYPT_NONE && len >= 16)
                assert_false(mh_span_eq(a, b));
            s.num--;
            s.data = a;
            assert_int_equal(table.decrypt(&c, &s, arena, NULL, &back), MH_OK);
            assert_int_equal(back.len, len);
            assert_memory_equal(back.ptr, data, len);
            mh_arena_free(arena);
        }
}

/* As many signatures as a document may have, one on the other. */
static void
test_many(void **state)
{
    struct sg_sign_spec spec = simple();
    struct mh_span file;
    struct pm m;

    (void)state;
    pm_base(&m, "");
    m.out.max = 16 << 20;
    pm_end(&m, "");
    for (unsigned i = 0; i <= MH_PDF_SIGNATURES_MAX; i++) {
        struct job j;

        begin(&j);
        if (i == MH_PDF_SIGNATURES_MAX) {
            assert_int_equal(prepare(&j, &spec, mh_buf_get(&m.out)), MH_ELIMIT);
            assert_int_equal(j.err.finding, MH_F_PDF_LIMIT);
        } else {
            if (prepare(&j, &spec, mh_buf_get(&m.out)) != MH_OK)
                fail_msg("%u: %s", i, j.err.msg);
            assert_int_equal(finish(&j, NULL), MH_OK);
            file = written(&j);
            mh_buf_clear(&m.out);
            mh_buf_span(&m.out, file);
        }
        fini(&j);
    }
    mh_buf_fini(&m.out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dictionary),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_stamp_input),
        cmocka_unit_test(test_long_lock),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_encrypt),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, load, NULL);
}
