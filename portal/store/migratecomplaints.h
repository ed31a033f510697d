/*
 * The migration (portal/store/migrate.c) of complaints against acts
 * (complaints.h): what an application is against, from when until when there is
 * time, and the case before; of the draw of judges (draws.h); and of
 * enforcement (enforcement.h).
 */
#ifndef PORTAL_STORE_MIGRATECOMPLAINTS_H
#define PORTAL_STORE_MIGRATECOMPLAINTS_H

extern const char pt_migration_complaints[];

#endif
