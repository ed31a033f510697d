/* The migration of the court of a hearing. */
#ifndef PORTAL_STORE_MIGRATEHEARING_H
#define PORTAL_STORE_MIGRATEHEARING_H

extern const char pt_migration_hearings[];

#endif
