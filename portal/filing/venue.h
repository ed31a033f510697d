/*
 * Whether a court is where the defendant is (portal.md 3.8, step 1): as a rule
 * a claim is filed at the court of the place where the defendant lives or has
 * its seat (Civil Procedure Code, general territorial jurisdiction; the article
 * was not read).  A hint, never an error: other rules may lead elsewhere.
 */
#ifndef PORTAL_FILING_VENUE_H
#define PORTAL_FILING_VENUE_H

#include "portal/data/places.h"
#include "portal/filing/application.h"
#include "portal/store/courtinfo.h"

struct pt_venue {
    struct pt_places places;
    struct pt_appeals appeals;
    struct pt_court_infos courts;
};

/* All of it, in the arena. */
enum mh_code pt_venue_load(struct pt_store *store, struct mh_arena *arena,
    struct mh_err *err, struct pt_venue *out) MH_MUST_USE;

struct pt_venue_hint {
    const struct pt_place *place; /* of a defendant; NULL: there is no hint */
    const struct pt_application_party *party; /* that defendant */
    /* Courts of first instance of that place, or of what it lies in, that take
       new cases of a type that the chosen court has; maybe none. */
    const struct pt_court_info *court[PT_COURTS_MAX];
    size_t courts;
};

/*
 * No hint: of a complaint; where the court has no place; where no defendant's
 * address names one place, or one of them is at the court, as far as both are
 * known; and where courts of the other place hear other types of cases alone.
 */
void pt_venue_look(const struct pt_venue *v, const struct pt_dossier *d,
    struct pt_venue_hint *out);

#endif
