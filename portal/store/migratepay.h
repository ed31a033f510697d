/* The migration of payments (portal/store/payments.h), a text of its own;
   it stays what it was. */
#ifndef PORTAL_STORE_MIGRATEPAY_H
#define PORTAL_STORE_MIGRATEPAY_H

extern const char pt_migration_payments[];

#endif
