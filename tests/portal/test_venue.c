/* portal/filing/venue: a hint where another court is the defendant's. */
#include "tests/t.h"

#include "portal/filing/venue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY = 1798675200, /* 2026-12-31 00:00 UTC */
    COURTS = 9,
    ROOM = 8 << 20, /* bytes */
};

struct court {
    const char *code, *place, *types;
    bool connected, closed;
};
static const struct court courts[COURTS] = {
    {"003", "baki-xezer", "2", true, false},
    {"006", "baki-nesimi", "2", true, false},
    {"050", "masalli", "2", true, false},
    {"056", "sabirabad", "", false, false},
    {"103", "baki", "2", true, false}, /* of appeal */
    {"113", "baki", "2-2", true, false},
    {"200", "", "2", true, false},
    {"201", "lenkeran", "2-2", true, false},
    {"202", "astara", "2", true, true},
};

static struct pt_venue venue;
static struct mh_arena *room;

static int
begin(void **state)
{
    struct mh_err err = {.msg = ""};

    (void)state;
    room = mh_arena_new(ROOM);
    assert_non_null(room);
    assert_int_equal(
        pt_places_read(pt_places_text(), room, &err, &venue.places), MH_OK);
    assert_int_equal(
        pt_appeals_read(pt_appeals_text(), room, &err, &venue.appeals), MH_OK);
    venue.courts.item =
        mh_arena_array(room, COURTS, sizeof(*venue.courts.item));
    assert_non_null(venue.courts.item);
    venue.courts.count = COURTS;
    for (size_t i = 0; i < COURTS; i++) {
        struct pt_court_info *c = &venue.courts.item[i];

        c->connected = courts[i].connected;
        c->closed = courts[i].closed;
        (void)snprintf(
            c->court.code, sizeof(c->court.code), "%s", courts[i].code);
        (void)snprintf(c->place, sizeof(c->place), "%s", courts[i].place);
        (void)snprintf(c->types, sizeof(c->types), "%s", courts[i].types);
    }
    return 0;
}

static int
end(void **state)
{
    (void)state;
    mh_arena_free(room);
    return 0;
}

/* The codes of a hint, with blanks between; "" and *place NULL: none. */
static void
look(const char *court, const char *const address[2], bool complaint,
    const char **place, char out[static 64])
{
    static struct pt_venue_hint hint;
    struct pt_application_party party[3] = {
        {.side = PT_CASE_CLAIMANT, .address = "Quba rayonu"},
        {.side = PT_CASE_DEFENDANT}, {.side = PT_CASE_DEFENDANT}};
    struct pt_dossier d = {.day = DAY, .parties = {party, 3}};

    for (size_t i = 0; i < 2; i++)
        (void)snprintf(party[i + 1].address, sizeof(party[i + 1].address), "%s",
            address[i] == NULL ? "" : address[i]);
    (void)snprintf(d.a.court_code, sizeof(d.a.court_code), "%s", court);
    if (complaint)
        memcpy(d.a.act, "x", 2);
    pt_venue_look(&venue, &d, &hint);
    *place = hint.place == NULL ? NULL : hint.place->code;
    out[0] = '\0';
    for (size_t i = 0; i < hint.courts && hint.place != NULL; i++)
        (void)snprintf(out + strlen(out), 64 - strlen(out), "%s%s",
            i > 0 ? " " : "", hint.court[i]->court.code);
    assert_true(hint.place == NULL || hint.party == &party[1] ||
                hint.party == &party[2]);
}

static const struct {
    const char *name, *court, *address[2];
    bool complaint;
    const char *place, *codes; /* place NULL: no hint */
} rows[] = {
    {"elsewhere", "006", {"Masallı rayonu"}, false, "masalli", "050"},
    {"another district of the city", "006", {"Bakı ş., Xəzər rayonu"}, false,
        "baki-xezer", "003"},
    {"on paper only", "006", {"Sabirabad rayonu"}, false, "sabirabad", "056"},
    {"no court there", "006", {"Quba rayonu"}, false, "quba", ""},
    {"a closed one is none", "006", {"Astara"}, false, "astara", ""},
    {"a region", "050", {"Bakı şəhəri"}, false, "baki", "003 006"},
    {"the second of two", "006", {"Nizami küçəsi 5", "Masallı"}, false,
        "masalli", "050"},
    {"the court's own district", "006", {"Bakı, Nəsimi rayonu"}, false, NULL,
        ""},
    {"of its city", "006", {"Bakı"}, false, NULL, ""},
    {"a court of the whole city", "113", {"Bakı, Xəzər rayonu"}, false, NULL,
        ""},
    {"one of two is there", "006", {"Masallı", "Bakı, Nəsimi"}, false, NULL,
        ""},
    {"no address", "006", {NULL}, false, NULL, ""},
    {"two places", "006", {"Masallı, Quba"}, false, NULL, ""},
    {"only other types there", "006", {"Lənkəran"}, false, NULL, ""},
    {"of those types", "113", {"Lənkəran"}, false, "lenkeran", "201"},
    {"a court of no place", "200", {"Masallı"}, false, NULL, ""},
    {"no court yet", "", {"Masallı"}, false, NULL, ""},
    {"a complaint", "006", {"Masallı"}, true, NULL, ""},
};

static void
test_hints(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *place;
        char codes[64];

        look(rows[i].court, rows[i].address, rows[i].complaint, &place, codes);
        T_CHECK(rows[i].name, (place == NULL) == (rows[i].place == NULL));
        T_CHECK(
            rows[i].name, place == NULL || strcmp(place, rows[i].place) == 0);
        T_CHECK(rows[i].name, strcmp(codes, rows[i].codes) == 0);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hints),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
