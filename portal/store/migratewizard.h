/* The migration of what the steps of an application say of files and courts. */
#ifndef PORTAL_STORE_MIGRATEWIZARD_H
#define PORTAL_STORE_MIGRATEWIZARD_H

extern const char pt_migration_wizard[];

#endif
