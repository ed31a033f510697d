/* The migration of representatives who are named in an application. */
#ifndef PORTAL_STORE_MIGRATEAGENTS_H
#define PORTAL_STORE_MIGRATEAGENTS_H

extern const char pt_migration_agents[];

#endif
