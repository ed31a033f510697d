/* Migrations of what a hearing has of its case. */
#ifndef PORTAL_STORE_MIGRATEHEARING_H
#define PORTAL_STORE_MIGRATEHEARING_H

extern const char pt_migration_hearings[];
extern const char pt_migration_days[];

#endif
