/* The migration of refunds by the gateway, of receipts that are checked, and of
   drafts that end soon. */
#ifndef PORTAL_STORE_MIGRATEREFUND_H
#define PORTAL_STORE_MIGRATEREFUND_H

extern const char pt_migration_refunds[];

#endif
