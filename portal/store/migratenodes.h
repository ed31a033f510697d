/* The migration of logs of several nodes: whose log a record of the index is
   in, whose a draw is opened in, and whose an auditor's work is about. */
#ifndef PORTAL_STORE_MIGRATENODES_H
#define PORTAL_STORE_MIGRATENODES_H

extern const char pt_migration_nodes[];

#endif
