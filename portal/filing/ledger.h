/*
 * The portal's way to the log and the seal (mohur-keyd): records that wait in
 * the store are appended, receipts that are owed are made, and the index of
 * the log follows it.  A thread does all of it, again and again until it is
 * done; nothing is done twice, because keyd knows an operation by its name.
 */
#ifndef PORTAL_FILING_LEDGER_H
#define PORTAL_FILING_LEDGER_H

#include "portal/api/app.h"
#include "portal/store/documents.h"

struct pt_ledger;

/* store and keyd are borrowed; seal_key: the key that seals receipts. */
enum mh_code pt_ledger_start(struct pt_store *store, struct mh_keyd *keyd,
    const char *seal_key, struct mh_err *err,
    struct pt_ledger **out) MH_MUST_USE;
void pt_ledger_stop(struct pt_ledger *l); /* NULL is fine */

/* Something waits. */
void pt_ledger_wake(struct pt_ledger *l); /* NULL is fine */
/* Waits until the receipts of a document are made, at most so long; false: not
   yet. */
bool pt_ledger_wait(
    struct pt_ledger *l, const char *document, unsigned timeout_ms);

#endif
