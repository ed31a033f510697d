/*
 * Long-term copies: an accepted document is raised to level LTA beside its
 * original, which stays as it was filed.  A copy is judged again and again as
 * of HORIZON ahead; where it would no longer pass, because an authority's
 * certificate or an algorithm's time ends before that, it gets another archive
 * time-stamp (portal.md 3.4a; TS 119 312).
 */
#ifndef PORTAL_FILING_PRESERVE_H
#define PORTAL_FILING_PRESERVE_H

#include "portal/api/app.h"

/* Looks after one copy that is due; false: none was. */
bool pt_preserve_due(struct pt_app *app, int64_t now);

#endif
