/*
 * An application that is signed by mobile ID and submitted: the work of one
 * transaction (mobile.h).
 */
#ifndef PORTAL_SIGNING_APPSIGN_H
#define PORTAL_SIGNING_APPSIGN_H

#include "portal/filing/application.h"
#include "portal/signing/mobile.h"

/*
 * Begins; account and what is signed are copied.  The result of the
 * transaction is the id of the document; where it failed for a reason of ours,
 * its why is the id of a text.
 */
enum pt_mobile_begun pt_application_sign(struct pt_app *app,
    const struct pt_mobile_asked *asked, const struct pt_account *account,
    const struct pt_dossier *d, char id[static 27]);

#endif
