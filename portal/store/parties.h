/* Names of parties as they are searched for, for the store's own files. */
#ifndef PORTAL_STORE_PARTIES_H
#define PORTAL_STORE_PARTIES_H

#include "portal/store/cases.h"
#include "portal/store/db.h"

/* Makes fold.h's function one of SQL, pt_fold(name): "" for what it refuses. */
enum mh_code pt_fold_offer(struct pt_db *db, struct mh_err *err) MH_MUST_USE;

/* The next word of a search form, which moves on; false: there is none. */
bool pt_word_next(const char **form, char out[static PT_TEXT_MAX + 1]);

/* pt_store_party_put inside the writer's transaction. */
enum mh_code pt_party_write(struct pt_db *db, const char *case_id,
    const struct pt_party *party, struct mh_err *err) MH_MUST_USE;

#endif
