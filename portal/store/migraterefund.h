/* The migration of refunds by the gateway, and of receipts that are checked. */
#ifndef PORTAL_STORE_MIGRATEREFUND_H
#define PORTAL_STORE_MIGRATEREFUND_H

extern const char pt_migration_refunds[];

#endif
