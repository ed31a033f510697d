/*
 * The migrations of the store, oldest first; number n is at n - 1.  Each is
 * one text of SQLite's SQL, which PostgreSQL gets translated (dialect.h).
 */
#ifndef PORTAL_STORE_MIGRATE_H
#define PORTAL_STORE_MIGRATE_H

#include <stddef.h>

extern const char *const pt_migrations[];
extern const size_t pt_migration_count;

#endif
