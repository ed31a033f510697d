/*
 * A draft that is signed by mobile ID and filed: the work of one transaction
 * (mobile.h).  What is signed is the draft's files as they are stored; what
 * comes of it is filed as if it had been uploaded.
 */
#ifndef PORTAL_SIGNING_PAPER_H
#define PORTAL_SIGNING_PAPER_H

#include "portal/signing/mobile.h"
#include "portal/store/drafts.h"

/*
 * Begins; account and draft are copied.  The result of the transaction is the
 * id of the document; where it failed for a reason of ours, its why is the id
 * of a text.
 */
enum pt_mobile_begun pt_paper_sign(struct pt_app *app,
    const struct pt_mobile_asked *asked, const struct pt_account *account,
    const struct pt_draft *draft, char id[static 27]);

#endif
