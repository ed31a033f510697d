/* Places of the country, and which of them an address names. */
#include "tests/t.h"

#include "portal/data/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA = 1 << 20,
};

static struct mh_arena *arena;
static struct pt_places places;

static int
setup(void **state)
{
    struct mh_err err = {.msg = ""};

    (void)state;
    arena = mh_arena_new(ARENA);
    assert_non_null(arena);
    assert_int_equal(
        pt_places_read(pt_places_text(), arena, &err, &places), MH_OK);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    mh_arena_free(arena);
    return 0;
}

static void
test_table(void **state)
{
    const struct pt_place *xezer = pt_place_find(&places, "baki-xezer"),
                          *kepez = pt_place_find(&places, "gence-kepez");

    (void)state;
    assert_true(places.count > 80);
    assert_non_null(xezer);
    assert_string_equal(xezer->name, "Xəzər");
    assert_string_equal(pt_place_region(xezer)->code, "baki");
    assert_true(pt_place_within(xezer, pt_place_find(&places, "baki")));
    assert_false(pt_place_within(pt_place_find(&places, "baki"), xezer));
    assert_non_null(kepez);
    assert_string_equal(pt_place_region(kepez)->code, "gence-daskesen");
    assert_true(pt_place_within(kepez, kepez->inside));
    assert_null(pt_place_find(&places, "atlantis"));
    for (size_t i = 0; i < places.count; i++) {
        assert_int_equal(places.item[i].certainty, PT_CERTAIN_UNVERIFIED);
        assert_true(places.item[i].forms > 0);
    }
}

static const struct {
    const char *address, *code; /* "": none */
} rows[] = {
    {"Bakı", "baki"},
    {"AZ1000, Bakı", "baki"},
    {"AZ 1000 Bakı şəhəri", "baki"},
    {"Bakı şəhəri, Xəzər rayonu, Mərdəkan qəsəbəsi", "baki-xezer"},
    {"BAKI ŞƏHƏRİ XƏZƏR RAYONU", "baki-xezer"},
    {"Baki seheri, Xezer r.", "baki-xezer"},
    {"Bakı ş., Nəsimi r-nu, Nizami küçəsi 5", "baki-nesimi"},
    {"Xəzər rayonu", "baki-xezer"},
    {"Bakı, Yasamal, Şərifzadə 7", "baki-yasamal"},
    {"Баку, ул. Низами 5", "baki"},
    {"Bakı şəhəri, Nizami rayonu, Qara Qarayev 12", "baki-nizami"},
    {"Gəncə şəhəri, Nizami rayonu", "gence-nizami"},
    {"Gəncə şəhəri, Kəpəz rayonu, 5", "gence-kepez"},
    {"Gəncə şəhəri, Nizami küçəsi 5", "gence"},
    {"Masallı rayonu, Boradigah", "masalli"},
    {"Masallı", "masalli"},
    {"Naxçıvan MR, Naxçıvan şəhəri", "naxcivan"},
    {"Naxçıvan Muxtar Respublikası, Culfa rayonu", "culfa"},
    {"Şirvan şəhəri", "sirvan"},
    {"Dağlıq Şirvan, Şamaxı rayonu", "samaxi"},
    {"Şəki şəhəri, Xətai", "seki"},
    /* No guess. */
    {"", ""},
    {"Nizami küçəsi 5", ""},
    {"Nizami rayonu", ""},
    {"Nizami 5", ""},
    {"Bakı şəhəri, Nizami Gəncəvi küçəsi 5", "baki"},
    {"Bakı şəhəri, Gəncə prospekti 5", "baki"},
    {"Bakı, Gəncə", ""},
    {"Bakı şəhəri, Gəncə şəhəri", ""},
    {"Xəzər rayonu, Yasamal rayonu", ""},
    {"London", ""},
    {"Bakıxanov küçəsi", ""},
    {"Xəzərli rayonu", ""},
    {"\xff", ""},
};

static void
test_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct pt_place *p = pt_place_of(&places, rows[i].address);

        T_CHECK(rows[i].address,
            strcmp(p == NULL ? "" : p->code, rows[i].code) == 0);
    }
}

/* Names, words and bytes at their limits, and one past them. */
static void
test_limits(void **state)
{
    char text[2048] = "";
    size_t n = 0;

    (void)state;
    for (unsigned i = 0; i < 32; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "Masallı,");
    assert_non_null(pt_place_of(&places, text));
    (void)snprintf(text + n, sizeof(text) - n, "Masallı,"); /* fits */
    assert_null(pt_place_of(&places, text));
    n = (size_t)snprintf(text, sizeof(text), "Masallı rayonu");
    for (unsigned i = 0; i < 62; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, " x");
    assert_non_null(pt_place_of(&places, text));
    (void)snprintf(text + n, sizeof(text) - n, " x"); /* fits */
    assert_null(pt_place_of(&places, text));
    memset(text, 'x', 1023);
    text[1023] = '\0';
    memcpy(text, "Bakı seheri ", 13);
    assert_non_null(pt_place_of(&places, text));
    text[1023] = 'x';
    text[1024] = '\0';
    assert_null(pt_place_of(&places, text));
}

static void
test_wrong_tables(void **state)
{
    static const struct {
        const char *name, *table;
    } wrong[] = {
        {"a field less", "place\ta\t-\tA\t-\tunverified\n"},
        {"another row", "town\ta\t-\tA\t-\tunverified\tx\n"},
        {"no code", "place\tA\t-\tA\t-\tunverified\tx\n"},
        {"a code twice", "place\ta\t-\tA\t-\tunverified\tx\n"
                         "place\ta\t-\tB\t-\tunverified\tx\n"},
        {"inside none", "place\ta\tb\tA\t-\tunverified\tx\n"},
        {"a name twice", "place\ta\t-\tA\t-\tunverified\tx\n"
                         "place\tb\t-\tB\tA\tunverified\tx\n"},
        {"no name", "place\ta\t-\t--\t-\tunverified\tx\n"},
        {"an empty other name", "place\ta\t-\tA\tB;\tunverified\tx\n"},
        {"too many names", "place\ta\t-\tA\tB;C;D;E\tunverified\tx\n"},
        {"no certainty", "place\ta\t-\tA\t-\tsure\tx\n"},
        {"too deep", "place\ta\t-\tA\t-\tunverified\tx\n"
                     "place\tb\ta\tB\t-\tunverified\tx\n"
                     "place\tc\tb\tC\t-\tunverified\tx\n"
                     "place\td\tc\tD\t-\tunverified\tx\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct mh_err err = {.msg = ""};
        struct pt_places p;

        T_CHECK(wrong[i].name, pt_places_read(mh_span_str(wrong[i].table),
                                   arena, &err, &p) == MH_EFORMAT);
        T_CHECK(wrong[i].name, strncmp(err.msg, "places, line ", 13) == 0);
    }
}

/* A code and names at their limits, and one past them (four names and one more
   stand in test_wrong_tables). */
static void
test_lengths(void **state)
{
    char text[256];

    (void)state;
    for (int past = 0; past < 2; past++) {
        struct mh_err err = {.msg = ""};
        struct pt_places p;

        (void)snprintf(text, sizeof(text),
            "place\t%0*d\t-\tA\tB;C;D\tunverified\tx\n",
            PT_PLACE_CODE_MAX + past, 1);
        assert_int_equal(pt_places_read(mh_span_str(text), arena, &err, &p),
            past != 0 ? MH_EFORMAT : MH_OK);
        if (past == 0)
            assert_int_equal(p.item[0].forms, PT_PLACE_NAMES);
    }
}

/* So many places, each a region. */
static void
test_many(void **state)
{
    static char text[PT_PLACES_BYTES];

    (void)state;
    for (unsigned past = 0; past < 2; past++) {
        struct mh_err err = {.msg = ""};
        struct pt_places p;
        size_t n = 0;

        for (unsigned i = 0; i < PT_PLACES_MAX + past; i++)
            n += (size_t)snprintf(text + n, sizeof(text) - n,
                "place\tp%u\t-\tP%u\t-\tunverified\tx\n", i, i);
        assert_int_equal(pt_places_read(mh_span_str(text), arena, &err, &p),
            past != 0 ? MH_EFORMAT : MH_OK);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_wrong_tables),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
