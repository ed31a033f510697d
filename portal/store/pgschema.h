/* What PostgreSQL is given before the first migration, so that the store's
   statements find there what SQLite has by itself. */
#ifndef PORTAL_STORE_PGSCHEMA_H
#define PORTAL_STORE_PGSCHEMA_H

#include "portal/store/pgdb.h"

/*
 * Inside a transaction; may be done again.  Functions (dialect.h); pt_fold,
 * made from the table of fold.h; the tables of documents' bytes and of nodes.
 */
enum mh_code pt_pgschema_begin(
    struct pt_pg *pg, struct mh_err *err) MH_MUST_USE;
/* After the last migration: who of the nodes is at a job or a request. */
enum mh_code pt_pgschema_end(struct pt_pg *pg, struct mh_err *err) MH_MUST_USE;

#endif
