#include "portal/filing/venue.h"

#include <string.h>

enum mh_code
pt_venue_load(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_venue *out)
{
    enum mh_code code =
        pt_places_read(pt_places_text(), arena, err, &out->places);

    if (code == MH_OK)
        code = pt_appeals_read(pt_appeals_text(), arena, err, &out->appeals);
    return code == MH_OK ? pt_store_court_infos(store, arena, err, &out->courts)
                         : code;
}

static const struct pt_court_info *
court_of(const struct pt_venue *v, const char *code)
{
    for (size_t i = 0; i < v->courts.count; i++)
        if (strcmp(v->courts.item[i].court.code, code) == 0)
            return &v->courts.item[i];
    return NULL;
}

/* Whether a type of cases stands in both lists, or one of them is of all. */
static bool
share_type(const char *a, const char *b)
{
    if (a[0] == '\0' || b[0] == '\0')
        return true;
    while (*a != '\0') {
        size_t n = strcspn(a, ",");

        for (const char *p = b; *p != '\0';) {
            size_t k = strcspn(p, ",");

            if (k == n && strncmp(a, p, n) == 0)
                return true;
            p += k + (p[k] == ',');
        }
        a += n + (a[n] == ',');
    }
    return false;
}

static bool
touch(const struct pt_place *a, const struct pt_place *b)
{
    return pt_place_within(a, b) || pt_place_within(b, a);
}

/* The first defendant who is elsewhere; NULL where one may be at place. */
static const struct pt_application_party *
elsewhere(const struct pt_venue *v, const struct pt_dossier *d,
    const struct pt_place *place, const struct pt_place **where)
{
    const struct pt_application_party *first = NULL;

    for (size_t i = 0; i < d->parties.count; i++) {
        const struct pt_application_party *p = &d->parties.item[i];
        const struct pt_place *at = p->side == PT_CASE_DEFENDANT
                                        ? pt_place_of(&v->places, p->address)
                                        : NULL;

        if (at == NULL)
            continue;
        if (touch(at, place))
            return NULL;
        if (first == NULL) {
            first = p;
            *where = at;
        }
    }
    return first;
}

void
pt_venue_look(const struct pt_venue *v, const struct pt_dossier *d,
    struct pt_venue_hint *out)
{
    const struct pt_court_info *chosen = court_of(v, d->a.court_code);
    const struct pt_place *place =
        chosen == NULL ? NULL : pt_place_find(&v->places, chosen->place);
    const struct pt_place *where = NULL;
    bool others = false;

    *out = (struct pt_venue_hint){.place = NULL};
    if (d->a.act[0] != '\0' || place == NULL)
        return;
    out->party = elsewhere(v, d, place, &where);
    if (out->party == NULL)
        return;
    for (size_t i = 0; i < v->courts.count; i++) {
        const struct pt_court_info *c = &v->courts.item[i];
        const struct pt_place *at = pt_place_find(&v->places, c->place);

        if (at == NULL || !touch(at, where) || c->closed ||
            pt_appeals_level(&v->appeals, c->court.code, d->day) !=
                PT_LEVEL_FIRST)
            continue;
        if (share_type(c->types, chosen->types))
            out->court[out->courts++] = c;
        else
            others = true;
    }
    if (out->courts > 0 || !others)
        out->place = where;
}
