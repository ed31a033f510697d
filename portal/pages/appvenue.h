/* Courts of step 1 by the regions that they are in, and the hint where another
   court is that of the defendant's place (portal/filing/venue.h). */
#ifndef PORTAL_PAGES_APPVENUE_H
#define PORTAL_PAGES_APPVENUE_H

#include "portal/pages/wizard.h"

/* "regions" with their courts, of which one is chosen; those that take no
   electronic applications can be read, not chosen, and stand in "papers" with
   where they are; and the hint, as below.  chosen: its code, or "". */
enum mh_code pt_venue_courts(struct pt_wizard *w, struct pt_map *m,
    const char *chosen, struct mh_err *err) MH_MUST_USE;

/* The hint for part_venue.html, where there is one. */
enum mh_code pt_venue_hint(
    struct pt_wizard *w, struct pt_map *m, struct mh_err *err) MH_MUST_USE;

#endif
