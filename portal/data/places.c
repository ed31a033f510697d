#include "portal/data/places.h"

#include <string.h>

#include "portal/store/fold.h"

enum {
    FIELDS = 7,
    FORM_MAX = 128,     /* bytes of a name, and of its form */
    ADDRESS_MAX = 1024, /* bytes; longer ones name nothing */
    WORDS_MAX = 64,     /* of a part of an address */
    FOUND_MAX = 32,     /* names in an address */
    SAME_MAX = 4,       /* places of one name */
};

/* ---- reading ---- */

static enum mh_code
add_form(const struct pt_table *t, struct pt_place *p, struct mh_span name)
{
    char text[FORM_MAX], form[FORM_MAX];

    if (name.len == 0 || name.len >= sizeof(text))
        return pt_table_wrong(t, "a name");
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    if (!pt_fold(text, form, sizeof(form)) || form[0] == '\0')
        return pt_table_wrong(t, "a name");
    if (p->forms == PT_PLACE_NAMES)
        return pt_table_wrong(t, "too many names");
    p->form[p->forms] = mh_arena_printf(t->arena, "%s", form);
    if (p->form[p->forms++] == NULL)
        return mh_fail(t->err, MH_ENOMEM, MH_NO_OFFSET, "places: no memory");
    return MH_OK;
}

/* Names with ; between. */
static enum mh_code
add_also(const struct pt_table *t, struct pt_place *p, struct mh_span also)
{
    enum mh_code code = MH_OK;

    if (mh_span_is(also, "-"))
        return MH_OK;
    while (code == MH_OK) {
        const uint8_t *end = memchr(also.ptr, ';', also.len);
        struct mh_span name = also;

        if (end != NULL)
            name.len = (size_t)(end - also.ptr);
        code = add_form(t, p, name);
        if (end == NULL)
            break;
        also.ptr = end + 1;
        also.len -= name.len + 1;
    }
    return code;
}

static unsigned
depth_of(const struct pt_place *p)
{
    unsigned n = 0;

    for (; p != NULL; p = p->inside)
        n++;
    return n;
}

/* Whether a place inside the same one has one of its names. */
static bool
taken(const struct pt_places *all, const struct pt_place *p)
{
    for (size_t i = 0; i < all->count; i++)
        for (size_t k = 0; k < p->forms; k++)
            for (size_t n = 0; n < all->item[i].forms; n++)
                if (all->item[i].inside == p->inside &&
                    strcmp(all->item[i].form[n], p->form[k]) == 0)
                    return true;
    return false;
}

static bool
code_good(const char *code)
{
    return strlen(code) <= PT_PLACE_CODE_MAX &&
           strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
               strlen(code);
}

static enum mh_code
row(const struct pt_table *t, struct pt_places *out)
{
    struct pt_place *p = &out->item[out->count];
    const char *inside;
    unsigned certainty;
    enum mh_code code;

    if (t->fields != FIELDS || !mh_span_is(t->field[0], "place"))
        return pt_table_wrong(t, "no row of the table");
    if (!pt_table_text(t, t->field[1], &p->code) || !code_good(p->code) ||
        pt_place_find(out, p->code) != NULL)
        return pt_table_wrong(t, "a code");
    if (!pt_table_text(t, t->field[2], &inside))
        return pt_table_wrong(t, "where it lies");
    p->inside = strcmp(inside, "-") == 0 ? NULL : pt_place_find(out, inside);
    if ((p->inside == NULL && strcmp(inside, "-") != 0) ||
        depth_of(p) > PT_PLACE_DEPTH)
        return pt_table_wrong(t, "where it lies");
    if (!pt_table_text(t, t->field[3], &p->name))
        return pt_table_wrong(t, "a name");
    if (!pt_table_word(pt_certainty_words, t->field[5], &certainty))
        return pt_table_wrong(t, "a certainty");
    p->certainty = (enum pt_rule_certainty)certainty;
    if (!pt_table_text(t, t->field[6], &p->source))
        return pt_table_wrong(t, "a source");
    code = add_form(t, p, t->field[3]);
    if (code == MH_OK)
        code = add_also(t, p, t->field[4]);
    if (code == MH_OK && taken(out, p))
        return pt_table_wrong(t, "a name that is taken");
    out->count += code == MH_OK;
    return code;
}

enum mh_code
pt_places_read(struct mh_span table, struct mh_arena *arena, struct mh_err *err,
    struct pt_places *out)
{
    struct pt_table t = {
        .what = "places", .left = table, .arena = arena, .err = err};
    bool there = true;
    enum mh_code code = MH_OK;

    *out = (struct pt_places){
        .item = mh_arena_array(arena, PT_PLACES_MAX, sizeof(*out->item))};
    if (out->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "places: no memory");
    if (table.len > PT_PLACES_BYTES)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "places: the table is too large");
    while (code == MH_OK) {
        code = pt_table_next(&t, &there);
        if (code != MH_OK || !there)
            break;
        if (out->count == PT_PLACES_MAX)
            return pt_table_wrong(&t, "too many places");
        code = row(&t, out);
    }
    return code;
}

/* ---- asking ---- */

const struct pt_place *
pt_place_find(const struct pt_places *p, const char *code)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->item[i].code, code) == 0)
            return &p->item[i];
    return NULL;
}

const struct pt_place *
pt_place_region(const struct pt_place *p)
{
    while (p->inside != NULL)
        p = p->inside;
    return p;
}

bool
pt_place_within(const struct pt_place *p, const struct pt_place *of)
{
    for (; p != NULL; p = p->inside)
        if (p == of)
            return true;
    return false;
}

/* ---- an address ---- */

/* A name that stands in an address, and the places that have it. */
struct found {
    const struct pt_place *place[SAME_MAX];
    size_t places;
    bool said; /* a word beside it says what it is */
};

struct looking {
    const struct pt_places *places;
    struct found found[FOUND_MAX];
    size_t count;
    bool lost; /* there is more than there is room for */
};

/* The words of a part of an address, in its form. */
struct words {
    const char *word[WORDS_MAX];
    size_t len[WORDS_MAX], count;
};

static bool
split(const char *form, struct words *w)
{
    w->count = 0;
    while (*form != '\0') {
        if (w->count == WORDS_MAX)
            return false;
        w->word[w->count] = form;
        w->len[w->count] = strcspn(form, " ");
        form += w->len[w->count++];
        form += *form == ' ';
    }
    return true;
}

/* How many words of w from at on are a form; 0: it does not stand there. */
static size_t
spans(const struct words *w, size_t at, const char *form)
{
    size_t n = strlen(form), words = 0;
    const char *end;

    if (strncmp(w->word[at], form, n) != 0)
        return 0;
    end = w->word[at] + n;
    while (at + words < w->count && w->word[at + words] < end)
        words++;
    if (words == 0)
        return 0;
    return w->word[at + words - 1] + w->len[at + words - 1] == end ? words : 0;
}

/* "rayonu", "şəhəri" and how they are cut short, in their forms. */
static bool
says_what(const struct words *w, size_t at)
{
    static const char *const kinds[] = {"rayonu", "rayon", "ray", "r", "seheri",
        "seher", "seh", "s", "district", "city"};

    for (size_t i = 0; at < w->count && i < sizeof(kinds) / sizeof(kinds[0]);
         i++)
        if (strlen(kinds[i]) == w->len[at] &&
            strncmp(w->word[at], kinds[i], w->len[at]) == 0)
            return true;
    return false;
}

/* "az1000", "1000", "az": what a postal code is made of. */
static bool
is_postal(const char *word, size_t len)
{
    if (len >= 2 && strncmp(word, "az", 2) == 0) {
        word += 2;
        len -= 2;
    }
    return len <= 4 && strspn(word, "0123456789") >= len;
}

/* Whether nothing but a postal code stands beside words from to until. */
static bool
stands_alone(const struct words *w, size_t from, size_t until)
{
    for (size_t i = 0; i < from; i++)
        if (!is_postal(w->word[i], w->len[i]))
            return false;
    return until == w->count;
}

/* The longest name that begins at a word; its words. */
static size_t
name_at(const struct pt_places *p, const struct words *w, size_t at,
    struct found *out)
{
    size_t longest = 0;

    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->item[i].forms; k++) {
            size_t n = spans(w, at, p->item[i].form[k]);

            if (n > longest) {
                longest = n;
                out->places = 0;
            }
            if (n > 0 && n == longest && out->places < SAME_MAX)
                out->place[out->places++] = &p->item[i];
        }
    return longest;
}

static void
look_in(struct looking *l, const char *form)
{
    struct words w;

    if (!split(form, &w)) {
        l->lost = true;
        return;
    }
    for (size_t i = 0; i < w.count;) {
        struct found f = {.places = 0};
        size_t n = name_at(l->places, &w, i, &f);

        f.said = n > 0 && says_what(&w, i + n);
        if (f.said || (n > 0 && stands_alone(&w, i, i + n))) {
            if (l->count == FOUND_MAX) {
                l->lost = true;
                return;
            }
            l->found[l->count++] = f;
        }
        i += n > 0 ? n : 1;
    }
}

/* Whether all that is named is p, or p lies in it, and one is p. */
static bool
explains(const struct looking *l, const struct pt_place *p, bool said)
{
    bool named = false;

    for (size_t i = 0; i < l->count; i++) {
        const struct found *f = &l->found[i];
        bool good = false;

        if (said && !f->said)
            continue;
        for (size_t k = 0; k < f->places; k++) {
            good = good || pt_place_within(p, f->place[k]);
            named = named || f->place[k] == p;
        }
        if (!good)
            return false;
    }
    return named;
}

/* The one place that explains them; *none: there is not even one. */
static const struct pt_place *
decide(const struct looking *l, bool said, bool *none)
{
    const struct pt_place *only = NULL;

    *none = true;
    for (size_t i = 0; i < l->places->count; i++)
        if (explains(l, &l->places->item[i], said)) {
            if (only != NULL)
                return NULL;
            only = &l->places->item[i];
            *none = false;
        }
    return only;
}

const struct pt_place *
pt_place_of(const struct pt_places *p, const char *address)
{
    struct looking l = {.places = p};
    char part[ADDRESS_MAX], form[ADDRESS_MAX];
    const struct pt_place *place;
    bool none;

    while (*address != '\0' && !l.lost) {
        size_t n = strcspn(address, ",;\r\n");

        if (n >= sizeof(part))
            return NULL;
        memcpy(part, address, n);
        part[n] = '\0';
        if (!pt_fold(part, form, sizeof(form)))
            return NULL;
        look_in(&l, form);
        address += n;
        address += *address != '\0';
    }
    if (l.lost || l.count == 0)
        return NULL;
    place = decide(&l, false, &none);
    return place == NULL && none ? decide(&l, true, &none) : place;
}
