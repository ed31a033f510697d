/* portal/filing/application: the text of what is signed. */
#include "tests/portal/dossiers.h"

#include <stdlib.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "docformat/text/textpdf.h"

static const char *
text_of(struct whole *w)
{
    struct mh_buf out;
    const char *text;

    mh_buf_init(&out, PT_APPLICATION_TEXT);
    pt_application_text(&w->d, &out);
    assert_true(mh_buf_ok(&out));
    text = mh_arena_str(w->d.arena, mh_buf_get(&out));
    assert_non_null(text);
    mh_buf_fini(&out);
    return text;
}

/* A PDF of it; its bytes, by what makes them for the portal. */
static enum mh_code
pdf_of(struct whole *w, size_t *size)
{
    static const uint8_t id[DF_PDF_ID];
    struct df_textpdf doc = {.title = mh_span_str(w->d.a.title),
        .lang = "az",
        .time = DAY,
        .id = id};
    struct df_text_block *block = NULL;
    struct mh_buf out;
    enum mh_code code = df_textpdf_plain(
        mh_span_str(text_of(w)), w->d.arena, NULL, &block, &doc.blocks);

    mh_buf_init(&out, MH_TEXT_PDF_MAX);
    doc.block = block;
    if (code == MH_OK)
        code = df_textpdf_write(&doc, w->d.arena, NULL, &out);
    *size = mh_buf_get(&out).len;
    mh_buf_fini(&out);
    return code;
}

static void
test_text(void **state)
{
    static const char want[] =
        "Bakı Kommersiya Məhkəməsi\n\n"
        "İddiaçı: Aygün Məmmədova, FİN 5TST0A1, Bakı, Nizami 1\n"
        "Cavabdeh: \"Tikinti\" MMC, VÖEN 1234567891\n\n"
        "İddianın qiyməti: 1\xc2\xa0"
        "000,00 AZN\n"
        "Dövlət rüsumu: 30,00 AZN (qəbz əlavə olunur)\n"
        "\nBorcun qaytarılması\n\n"
        "Mətn.\nİkinci sətir.\n\n"
        "Tələblər:\nBorc qaytarılsın.\n"
        "\nQoşulan sənədlər:\n"
        "1. a.pdf (a.pdf)\nSHA-256 01000000000000000000000000000000"
        "00000000000000000000000000000000\n"
        "2. Qəbz (b.pdf)\nSHA-256 02000000000000000000000000000000"
        "00000000000000000000000000000000\n";
    struct whole w;
    size_t size;

    whole_of(*state, &w);
    SET(w.file[1].title, "Qəbz");
    assert_string_equal(text_of(&w), want);
    assert_int_equal(pdf_of(&w, &size), MH_OK);
    assert_true(size > 1000);
    /* What is not said is not there; what was not known is. */
    SET(w.party[1].ident, "");
    SET(w.party[1].why, "Ünvanı ilə məlumdur");
    SET(w.d.a.fee, "deferral_requested");
    SET(w.d.a.fee_why, "Gəlirim yoxdur");
    SET(w.d.a.claim, "unvalued");
    w.d.files.count = 0;
    assert_null(strstr(text_of(&w), "İddianın qiyməti"));
    assert_null(strstr(text_of(&w), "Qoşulan"));
    assert_non_null(strstr(text_of(&w),
        "Cavabdeh: \"Tikinti\" MMC (FİN məlum deyil: Ünvanı ilə məlumdur)\n"));
    assert_non_null(
        strstr(text_of(&w), "(möhlət xahiş olunur)\nGəlirim yoxdur\n"));
    SET(w.d.a.kind, "order");
    assert_non_null(strstr(text_of(&w), "Ərizəçi: Aygün"));
    assert_non_null(strstr(text_of(&w), "Borclu: \"Tikinti\""));
}

/* Characters from the beginning to what stands after the parties. */
static size_t
head_of(const char *text)
{
    const char *end = strstr(text, "\nİddianın qiyməti");
    struct mh_span left;
    uint32_t cp;
    size_t n = 0;

    assert_non_null(end);
    left = (struct mh_span){(const uint8_t *)text, (size_t)(end - text)};
    while (mh_utf8_next(&left, &cp))
        n++;
    assert_int_equal(left.len, 0);
    return n;
}

/* Claimants of that many, each of a name of 100 characters and some more. */
static struct pt_application_party *
many_of(struct whole *w, size_t count, size_t more)
{
    struct pt_application_party *p = calloc(count + 1, sizeof(*p));

    assert_non_null(p);
    for (size_t i = 0; i < count; i++) {
        p[i] = w->party[0];
        SET(p[i].ident, "5TST0A1");
        memset(p[i].address, 0, sizeof(p[i].address));
        for (size_t k = 0; k < 100; k++)
            memcpy(p[i].name + 2 * k, "ə", 3);
    }
    memset(p[0].address, 'A', more);
    p[count] = w->party[1];
    w->d.parties.item = p;
    w->d.parties.count = count + 1;
    return p;
}

/* A head of 2,000 characters has all; of one more, the first of each side and
   how many more, and all are at the end. */
static void
test_head(void **state)
{
    struct whole w;
    struct pt_application_party *p;
    static const char rest[] = "Cavabdeh: \"Tikinti\" MMC\n"
                               "Tərəflərin siyahısı ərizənin sonundadır.\n\n";
    char line[600];
    const char *text, *list;
    size_t more;

    whole_of(*state, &w);
    p = many_of(&w, 15, 1);
    more = PT_APPLICATION_HEAD - head_of(text_of(&w)) + 1;
    assert_in_range(more, 2, sizeof(p->address) - 1);
    memset(p[0].address, 'A', more);
    text = text_of(&w);
    assert_int_equal(head_of(text), PT_APPLICATION_HEAD);
    assert_null(strstr(text, "siyahı"));

    p[0].address[more] = 'A';
    text = text_of(&w);
    (void)snprintf(line, sizeof(line),
        "Bakı Kommersiya Məhkəməsi\n\nİddiaçı: %s və başqaları (cəmi 15)\n",
        p[0].name);
    assert_memory_equal(text, line, strlen(line));
    text += strlen(line);
    assert_memory_equal(text, rest, strlen(rest));
    list = strstr(text, "\nTərəflərin siyahısı:\n");
    assert_non_null(list);
    assert_true(list > strstr(text, "Qoşulan sənədlər"));
    (void)snprintf(line, sizeof(line), "İddiaçı: %s, FİN ", p[0].name);
    for (size_t i = 0; i < 15; i++) {
        list = strstr(list + 1, line);
        assert_non_null(list);
    }
    assert_non_null(
        strstr(list, "\nCavabdeh: \"Tikinti\" MMC, VÖEN 1234567891\n"));
    free(p);
}

/* As many as there may be, on every side, with the longest names that a row
   holds: the head says how many. */
static void
test_head_counts(void **state)
{
    struct whole w;
    struct pt_application_party *p;
    const char *text;

    whole_of(*state, &w);
    p = many_of(&w, PT_APPLICATION_PARTIES - 1, 0);
    p[PT_APPLICATION_PARTIES - 1] = p[0];
    for (size_t i = 0; i < PT_APPLICATION_PARTIES; i++) {
        p[i].side = (enum pt_case_role)(PT_CASE_CLAIMANT + i % 5);
        memset(p[i].name, 'N', sizeof(p[i].name) - 1);
    }
    text = text_of(&w);
    assert_true(head_of(text) < 300);
    assert_non_null(strstr(text, "\n\nİddiaçı: cəmi 40\nCavabdeh: cəmi 40\n"
                                 "Üçüncü şəxs: cəmi 40\n"));
    assert_non_null(strstr(text, "\nTərəflərin siyahısı:\nİddiaçı: NNN"));
    free(p);
}

/* The largest that the steps let through has room in its text and its PDF. */
static void
test_text_largest(void **state)
{
    struct whole w;
    struct pt_application_party *p = calloc(PT_APPLICATION_PARTIES, sizeof(*p));
    struct pt_application_file *f = calloc(PT_APPLICATION_FILES, sizeof(*f));
    char *body = malloc(2 * PT_APPLICATION_BODY + 1);
    char *claims = malloc(2 * PT_APPLICATION_CLAIMS + 1);
    size_t size;

    assert_true(p != NULL && f != NULL && body != NULL && claims != NULL);
    whole_of(*state, &w);
    for (size_t i = 0; i < PT_APPLICATION_BODY; i++)
        memcpy(body + 2 * i, i % 10 == 9 ? "\xc2\xa0" : "ə", 3);
    for (size_t i = 0; i < PT_APPLICATION_CLAIMS; i++)
        memcpy(claims + 2 * i, "ş", 3);
    for (size_t i = 0; i < PT_APPLICATION_PARTIES; i++) {
        p[i] = w.party[0];
        memset(p[i].name, 'N', sizeof(p[i].name) - 1);
        memset(p[i].address, 'A', sizeof(p[i].address) - 1);
        memset(p[i].email, 'e', sizeof(p[i].email) - 1);
    }
    for (size_t i = 0; i < PT_APPLICATION_FILES; i++) {
        f[i] = w.file[0];
        memset(f[i].title, 't', sizeof(f[i].title) - 1);
        memset(f[i].name, 'n', sizeof(f[i].name) - 1);
    }
    w.d.a.body = body;
    w.d.a.claims = claims;
    w.d.parties.item = p;
    w.d.parties.count = PT_APPLICATION_PARTIES;
    w.d.files.item = f;
    w.d.files.count = PT_APPLICATION_FILES;
    assert_int_equal(pdf_of(&w, &size), MH_OK);
    free(p);
    free(f);
    free(body);
    free(claims);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_head, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(
            test_head_counts, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(
            test_text_largest, open_arena, close_arena),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
