/* portal/filing/redact: nothing that a case knows is left in what everybody
   reads, in whatever case, with whatever ending. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "portal/filing/redact.h"
#include "portal/store/fold.h"

static struct mh_arena *arena;

static int
set_up(void **state)
{
    (void)state;
    arena = mh_arena_new((size_t)512 << 20);
    assert_non_null(arena);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    mh_arena_free(arena);
    return 0;
}

static struct pt_known people[] = {
    {.role = PT_CASE_CLAIMANT,
        .name = "Məmmədov Əli Vəli oğlu",
        .ident = "5TST0A1",
        .phone = "+994 50 123-45-67",
        .email = "ali.m@mail.az",
        .address = "Bakı şəhəri, Nizami küçəsi 12, mənzil 5"},
    {.role = PT_CASE_DEFENDANT, .name = "Əliyeva Məlik qızı Aydın"},
    {.role = PT_CASE_DEFENDANT,
        .name = "“Sınaq Ticarət” MMC",
        .ident = "1234567891"},
    {.role = PT_CASE_THIRD, .name = "Мамедова Анна"},
    {.role = PT_CASE_CLAIMANTS_LAWYER, .name = "Qocayev Xalıq"},
    /* The first one's account, in another order. */
    {.role = PT_CASE_CLAIMANT, .name = "Əli Məmmədov", .ident = "5TST0A1"},
};

static void
propose(const char *text, struct pt_cuts *cuts)
{
    const struct pt_knowns known = {people, T_COUNT(people)};

    assert_int_equal(pt_redact_propose(&known, text, arena, NULL, cuts), MH_OK);
}

static const char *
apply(const struct pt_cuts *cuts, const char *text)
{
    struct mh_buf out;
    const char *s;

    mh_buf_init(&out, 8 << 20);
    assert_int_equal(pt_redact_apply(cuts, text, arena, NULL, &out), MH_OK);
    s = mh_arena_str(
        arena, (struct mh_span){out.ptr, out.len - 1}); /* without its NUL */
    mh_buf_fini(&out);
    assert_non_null(s);
    return s;
}

/* ---- rows ---- */

static const struct {
    const char *name, *in, *out;
} rows[] = {
    {"as it is", "Məmmədov gəldi", "İddiaçı 1 gəldi"},
    {"its genitive", "Məmmədovun tələbi", "İddiaçı 1-un tələbi"},
    {"its ablative", "Məmmədovdan", "İddiaçı 1-dan"},
    {"a dative", "Məmmədova verilsin", "İddiaçı 1-a verilsin"},
    {"capitals", "MƏMMƏDOVUN", "İddiaçı 1-UN"},
    {"another keyboard", "Memmedovun", "İddiaçı 1-un"},
    {"i and ı", "XALIQA, XALİQ",
        "İddiaçının nümayəndəsi 1-A, "
        "İddiaçının nümayəndəsi 1"},
    {"the whole name", "Məmmədov Əli Vəli oğlunun evi", "İddiaçı 1 evi"},
    {"the other order", "Əli Məmmədovun evi", "İddiaçı 1-un evi"},
    {"an initial before it", "Ə.V.Məmmədovun evi", "İddiaçı 1-un evi"},
    {"an initial behind it", "Məmmədov Ə.V. evi", "İddiaçı 1 evi"},
    {"over the end of a line", "Məm-\nmədovun", "İddiaçı 1-un"},
    {"with a soft hyphen", "Məm\xc2\xadmədovun", "İddiaçı 1-un"},
    {"in parted letters", "M ə m m ə d o v", "İddiaçı 1"},
    {"three letters, with an ending", "Əlinin kitabı, Əlidən",
        "İddiaçı 1-nin kitabı, İddiaçı 1-dən"},
    {"three letters of another word", "əlil, əlifba", "əlil, əlifba"},
    {"a softened k", "Məliyin evi", "Cavabdeh 1-in evi"},
    {"a softened q", "Xalığın", "İddiaçının nümayəndəsi 1-ın"},
    {"a Russian name", "Мамедовой Анне", "Üçüncü şəxs 1-е"},
    {"a FIN", "FİN: 5TST0A1", "FİN: [FİN]"},
    {"a FIN in small letters", "5tst0a1-in", "[FİN]-in"},
    {"a FIN with blanks", "5TST 0A1", "[FİN]"},
    {"a FIN within a word", "FIN5TST0A1", "[FİN]"},
    {"a VÖEN", "VÖEN 1234567891", "VÖEN [VÖEN]"},
    {"a VÖEN in parts", "123 456 7891", "[VÖEN]"},
    {"a telephone", "tel. +994501234567.", "tel. [telefon]."},
    {"a telephone in another form", "(050) 123 45 67", "[telefon]"},
    {"an address of mail", "yaz: Ali.M@MAIL.az", "yaz: [e-poçt]"},
    {"a street", "Nizami küçəsi 12 ünvanı", "[ünvan] ünvanı"},
    {"a body", "“Sınaq Ticarət” MMC-nin", "“Cavabdeh 2” MMC-nin"},
    {"a body without its marks", "SINAQ TİCARƏTİN borcu",
        "Cavabdeh 2-İN borcu"},
    {"a word of a body alone", "sınaq müddəti", "sınaq müddəti"},
    {"another's FIN", "6ABC1D2 sayılı", "[FİN] sayılı"},
    {"another's telephone", "0551112233 nömrəsi", "[telefon] nömrəsi"},
    {"another's mail", "a.b@c.az ünvanı", "[e-poçt] ünvanı"},
    {"an account of a bank", "AZ21NABZ00000000137010001944", "[hesab]"},
    {"numbers of cases and laws", "2-2(103)-660/2021, 1000 manat, 05.12.2026",
        "2-2(103)-660/2021, 1000 manat, 05.12.2026"},
    {"nothing", "", ""},
};

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct pt_cuts cuts;
        const char *got;

        propose(rows[i].in, &cuts);
        got = apply(&cuts, rows[i].in);
        if (strcmp(got, rows[i].out) != 0)
            fail_msg("%s: \"%s\"", rows[i].name, got);
        mh_arena_reset(arena);
    }
}

/* ---- nothing is left ---- */

/* Letters and digits of a text, each in its form. */
static void
squeeze(const char *in, char *out, size_t size)
{
    size_t n = 0;

    assert_true(pt_fold(in, out, size));
    for (const char *p = out; *p != '\0'; p++)
        if (*p != ' ')
            out[n++] = *p;
    out[n] = '\0';
}

static uint32_t seed = 20261127;

static uint32_t
random_below(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

/* A word as somebody may spell it. */
static void
misspell(const char *in, struct mh_buf *out)
{
    struct mh_span s = mh_span_str(in);
    uint32_t way = random_below(5);

    while (s.len > 0) {
        const uint8_t *from = s.ptr;
        uint32_t c;

        assert_true(mh_utf8_next(&s, &c));
        if (way == 1 && c >= 'a' && c <= 'z')
            mh_buf_byte(out, (uint8_t)(c - 'a' + 'A'));
        else if (way == 2 && c >= 'A' && c <= 'Z')
            mh_buf_byte(out, (uint8_t)(c - 'A' + 'a'));
        else if (way == 3 && c == 0x259)
            mh_buf_str(out, "e");
        else
            mh_buf_add(out, from, (size_t)(s.ptr - from));
        if (way == 4 && random_below(4) == 0)
            mh_buf_str(out, "\xc2\xad");
    }
}

static void
test_nothing_left(void **state)
{
    static const char *const words[] = {"Məmmədov", "Əli", "Vəli", "oğlu",
        "Əliyeva", "Məlik", "Aydın", "Sınaq", "Ticarət", "MMC", "Мамедова",
        "Анна", "Qocayev", "Xalıq", "5TST0A1", "1234567891", "+994501234567",
        "050 123 45 67", "ali.m@mail.az", "məhkəmə", "iddia", "qərara", "aldı",
        "Bakı", "2-2(103)-660/2021", "1000", "A.", "Ə."};
    static const char *const tails[] = {
        "", "", "un", "ın", "nın", "a", "dan", "lar", "-in", "е", "ой"};
    static const char *const between[] = {" ", " ", ", ", ".\n", "-", "  "};
    static const char *const never[] = {"memmedov", "eliyeva", "melik", "aydin",
        "qocayev", "xaliq", "5tst0a1", "1234567891", "501234567", "alimmailaz",
        "sinaqticaret", "мамедов"};

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        struct mh_buf text;
        struct pt_cuts cuts;
        struct pt_marks left;
        static char form[1 << 16];
        const char *out;

        mh_buf_init(&text, 1 << 16);
        for (unsigned i = 0; i < 60; i++) {
            misspell(words[random_below(T_COUNT(words))], &text);
            mh_buf_str(&text, tails[random_below(T_COUNT(tails))]);
            mh_buf_str(&text, between[random_below(T_COUNT(between))]);
        }
        mh_buf_byte(&text, '\0');
        assert_true(mh_buf_ok(&text));
        propose((const char *)text.ptr, &cuts);
        out = apply(&cuts, (const char *)text.ptr);
        assert_int_equal(pt_redact_find(&cuts, out, arena, NULL, &left), MH_OK);
        if (left.count != 0)
            fail_msg("left at %zu of: %s", left.item[0].at, out);
        squeeze(out, form, sizeof(form));
        for (size_t i = 0; i < T_COUNT(never); i++)
            if (strstr(form, never[i]) != NULL)
                fail_msg("%s is left of %s in: %s", never[i],
                    (const char *)text.ptr, out);
        mh_buf_fini(&text);
        mh_arena_reset(arena);
    }
}

/* ---- what a clerk decides ---- */

static struct pt_cut *
cut_of(struct pt_cuts *cuts, const char *needle)
{
    size_t i = 0;

    while (i < cuts->count && strcmp(cuts->item[i].needle, needle) != 0)
        i++;
    if (i == cuts->count)
        fail_msg("no cut %s", needle);
    return &cuts->item[i];
}

static void
test_kept(void **state)
{
    static const char text[] = "Aydın məsələdir. Aydın Əliyeva gəldi.";
    struct pt_cuts cuts;

    (void)state;
    propose(text, &cuts);
    assert_string_equal(
        apply(&cuts, text), "Cavabdeh 1 məsələdir. Cavabdeh 1 gəldi.");
    cut_of(&cuts, "Aydın")->kept = true;
    assert_string_equal(
        apply(&cuts, text), "Aydın məsələdir. Cavabdeh 1 gəldi.");
    mh_arena_reset(arena);
}

static void
test_merged(void **state)
{
    static const char text[] = "Aydın, Məmmədov və kənd.";
    struct pt_knowns some = {people, 2};
    struct pt_cuts before, after;
    struct pt_known known[3] = {
        {.role = PT_CASE_CLAIMANT, .name = "Abbasov Anar"}};

    (void)state;
    assert_int_equal(
        pt_redact_propose(&some, text, arena, NULL, &before), MH_OK);
    cut_of(&before, "Aydın")->kept = true;
    (void)snprintf(cut_of(&before, "Məmmədov")->by, 8, "A.");
    before.item[before.count++] =
        (struct pt_cut){.kind = PT_CUT_PHRASE, .needle = "kənd", .by = "yer"};
    /* Somebody comes into the case, before the others. */
    memcpy(&known[1], people, 2 * sizeof(*people));
    some = (struct pt_knowns){known, 3};
    assert_int_equal(
        pt_redact_propose(&some, text, arena, NULL, &after), MH_OK);
    assert_int_equal(pt_redact_merge(&before, NULL, &after), MH_OK);
    assert_string_equal(apply(&after, text), "Aydın, A. və yer.");
    assert_string_equal(apply(&after, "Əli Vəli, Anar"), "A., İddiaçı 1");
    assert_true(cut_of(&after, "5TST0A1")->hard);
    mh_arena_reset(arena);
}

/* What the case knows as a number of somebody is never kept. */
static void
test_hard(void **state)
{
    struct pt_cuts before, after;
    const struct pt_knowns known = {people, 1};

    (void)state;
    propose("5TST0A1", &before);
    cut_of(&before, "5TST0A1")->kept = true;
    assert_int_equal(pt_redact_propose(&known, "", arena, NULL, &after), MH_OK);
    assert_int_equal(pt_redact_merge(&before, NULL, &after), MH_OK);
    assert_string_equal(apply(&after, "5TST0A1"), "[FİN]");
    mh_arena_reset(arena);
}

/* ---- limits ---- */

static void
test_limits(void **state)
{
    struct pt_cut cut = {.kind = PT_CUT_PHRASE, .needle = "söz", .by = "x"};
    const struct pt_cuts one = {&cut, 1};
    struct pt_knowns many = {
        mh_arena_array(arena, PT_CUTS_MAX + 1, sizeof(*many.item)), 0};
    struct pt_marks marks;
    struct pt_cuts cuts;
    struct mh_buf text;

    (void)state;
    mh_buf_init(&text, 1 << 20);
    for (int i = 0; i < PT_MARKS_MAX; i++)
        mh_buf_str(&text, "söz ");
    mh_buf_byte(&text, '\0');
    assert_int_equal(
        pt_redact_find(&one, (const char *)text.ptr, arena, NULL, &marks),
        MH_OK);
    assert_int_equal(marks.count, PT_MARKS_MAX);
    text.len--;
    mh_buf_add(&text, "söz", sizeof("söz"));
    assert_int_equal(
        pt_redact_find(&one, (const char *)text.ptr, arena, NULL, &marks),
        MH_ELIMIT);
    mh_buf_fini(&text);
    assert_non_null(many.item);
    for (int i = 0; i <= PT_CUTS_MAX; i++) {
        many.item[i].role = PT_CASE_CLAIMANT;
        (void)snprintf(many.item[i].ident, 8, "Z%06d", i);
    }
    many.count = PT_CUTS_MAX;
    assert_int_equal(pt_redact_propose(&many, "", arena, NULL, &cuts), MH_OK);
    assert_int_equal(cuts.count, PT_CUTS_MAX);
    many.count++;
    assert_int_equal(
        pt_redact_propose(&many, "", arena, NULL, &cuts), MH_ELIMIT);
    assert_int_equal(
        pt_redact_find(&one, "a\xff", arena, NULL, &marks), MH_EFORMAT);
    assert_true(pt_redact_says("ab"));
    assert_false(pt_redact_says("a"));
    assert_false(pt_redact_says("– !"));
    assert_false(pt_redact_says("ab\xff"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_nothing_left),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_merged),
        cmocka_unit_test(test_hard),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
