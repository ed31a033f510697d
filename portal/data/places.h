/*
 * Places of the country as data (portal/data/places.tsv, which says what its
 * columns are): regions, districts and cities in them, districts of a city;
 * and which of them an address names.
 */
#ifndef PORTAL_DATA_PLACES_H
#define PORTAL_DATA_PLACES_H

#include "portal/data/table.h"

enum {
    PT_PLACES_MAX = 256,
    PT_PLACES_BYTES = 1 << 16, /* of the table */
    PT_PLACE_CODE_MAX = 32,    /* bytes of a code */
    PT_PLACE_DEPTH = 3,        /* region, city, district of it */
    PT_PLACE_NAMES = 4,        /* of one */
};

struct pt_place {
    const char *code, *name;
    const struct pt_place *inside; /* NULL: a region */
    enum pt_rule_certainty certainty;
    const char *source;
    const char *form[PT_PLACE_NAMES]; /* search forms of its names (fold.h) */
    size_t forms;
};

struct pt_places {
    struct pt_place *item; /* in the arena */
    size_t count;
};

/*
 * Reads a table.  MH_EFORMAT names the line and what is wrong with it: a
 * field, a code twice, one that lies in none before it, or too deep, a name
 * that a place beside it has.
 */
enum mh_code pt_places_read(struct mh_span table, struct mh_arena *arena,
    struct mh_err *err, struct pt_places *out) MH_MUST_USE;

/* The table inside the program. */
struct mh_span pt_places_text(void);

/* NULL: there is none. */
const struct pt_place *pt_place_find(
    const struct pt_places *p, const char *code);
/* The region of a place: itself, or that it lies in. */
const struct pt_place *pt_place_region(const struct pt_place *p);
/* Whether one is the other, or lies in it. */
bool pt_place_within(const struct pt_place *p, const struct pt_place *of);

/*
 * The place that an address names, NULL where it names none, or more than one.
 * A name counts where a word says what it is ("Xəzər rayonu", "Bakı ş."), or
 * where it stands between commas by itself, a postal code before it or not:
 * streets have the names of districts.  All that are named must lie in one
 * another; where they do not, those with such a word decide, if they do.
 */
const struct pt_place *pt_place_of(
    const struct pt_places *p, const char *address);

#endif
