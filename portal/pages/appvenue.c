#include "portal/pages/appvenue.h"

#include <string.h>

#include "portal/filing/venue.h"

/* ---- the courts ---- */

static void
add_court(struct pt_wizard *w, struct pt_map *group,
    const struct pt_court_info *c, const char *chosen)
{
    struct pt_map *o = pt_add(group, "courts");
    bool is = strcmp(c->court.code, chosen) == 0;

    pt_set(o, "code", c->court.code);
    if (c->closed)
        pt_setf(o, "text", "%s – %s", c->court.name,
            pt_text(w->lang, PT_T("takes no new cases")));
    else if (!c->connected)
        pt_setf(o, "text", "%s – %s", c->court.name,
            pt_text(w->lang, PT_T("on paper only")));
    else
        pt_set(o, "text", c->court.name);
    pt_set_flag(o, "chosen", is);
    /* What was chosen before stays what is sent, and is refused by name. */
    pt_set_flag(o, "barred", (c->closed || !c->connected) && !is);
}

/* The courts of a region; region NULL: those of no place. */
static void
add_region(struct pt_wizard *w, struct pt_map *m, const struct pt_venue *v,
    const struct pt_place *region, const char *chosen)
{
    struct pt_map *group = NULL;

    for (size_t i = 0; i < v->courts.count; i++) {
        const struct pt_court_info *c = &v->courts.item[i];
        const struct pt_place *at = pt_place_find(&v->places, c->place);

        if ((at == NULL ? NULL : pt_place_region(at)) != region)
            continue;
        if (group == NULL) {
            group = pt_add(m, "regions");
            pt_set(group, "region",
                region == NULL ? pt_text(w->lang, PT_T("Other courts"))
                               : region->name);
            pt_set_list(group, "courts");
        }
        add_court(w, group, c, chosen);
    }
}

static void
add_papers(struct pt_map *m, const struct pt_venue *v)
{
    for (size_t i = 0; i < v->courts.count; i++) {
        const struct pt_court_info *c = &v->courts.item[i];
        struct pt_map *o;

        if (c->closed || c->connected)
            continue;
        o = pt_add(m, "papers");
        pt_set(o, "paper_court", c->court.name);
        pt_set(o, "paper_address", c->address);
        pt_set(o, "paper_phone", c->phone);
        pt_set(o, "paper_email", c->email);
    }
}

/* ---- the hint ---- */

static enum mh_code
set_hint(struct pt_wizard *w, struct pt_map *m, const struct pt_venue *v,
    struct mh_err *err)
{
    struct pt_venue_hint *hint = mh_arena_alloc(w->arena, sizeof(*hint));

    if (hint == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    pt_venue_look(v, &w->d, hint);
    if (hint->place == NULL)
        return MH_OK;
    if (hint->place->inside == NULL)
        pt_set(m, "venue_place", hint->place->name);
    else
        pt_setf(m, "venue_place", "%s, %s", hint->place->inside->name,
            hint->place->name);
    pt_set(m, "venue_party", hint->party->name);
    for (size_t i = 0; i < hint->courts; i++) {
        struct pt_map *o = pt_add(m, "venue_courts");

        pt_set(o, "venue_court", hint->court[i]->court.name);
        pt_set_flag(o, "venue_paper", !hint->court[i]->connected);
    }
    return MH_OK;
}

enum mh_code
pt_venue_courts(struct pt_wizard *w, struct pt_map *m, const char *chosen,
    struct mh_err *err)
{
    struct pt_venue v;
    enum mh_code code = pt_venue_load(w->app->store, w->arena, err, &v);

    if (code != MH_OK)
        return code;
    for (size_t i = 0; i < v.places.count; i++)
        if (v.places.item[i].inside == NULL)
            add_region(w, m, &v, &v.places.item[i], chosen);
    add_region(w, m, &v, NULL, chosen);
    add_papers(m, &v);
    return set_hint(w, m, &v, err);
}

enum mh_code
pt_venue_hint(struct pt_wizard *w, struct pt_map *m, struct mh_err *err)
{
    struct pt_venue v;
    enum mh_code code = pt_venue_load(w->app->store, w->arena, err, &v);

    return code == MH_OK ? set_hint(w, m, &v, err) : code;
}
