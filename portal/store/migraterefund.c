#include "portal/store/migraterefund.h"

/*
 * payment.refund: TRTYPE of the request to give the money back that was sent
 * last; refund_open: its answer is not known.  What is said of a receipt: its
 * number, which is good for one application, or why it is not good.
 * application.warned: how often its owner was told that the draft ends soon.
 */
const char pt_migration_refunds[] =
    "ALTER TABLE payment ADD COLUMN refund INTEGER NOT NULL DEFAULT 0"
    " CHECK (refund IN (0, 22, 24));"
    "ALTER TABLE payment ADD COLUMN refund_open INTEGER NOT NULL DEFAULT 0"
    " CHECK (refund_open IN (0, 1));"
    "ALTER TABLE fee_receipt ADD COLUMN number TEXT NOT NULL DEFAULT ''"
    " CHECK (length(number) <= 40);"
    "ALTER TABLE fee_receipt ADD COLUMN why TEXT NOT NULL DEFAULT ''"
    " CHECK (length(why) <= 500);"
    "CREATE UNIQUE INDEX fee_receipt_number ON fee_receipt (number)"
    " WHERE good = 1 AND number <> '';"
    "ALTER TABLE application ADD COLUMN warned INTEGER NOT NULL DEFAULT 0"
    " CHECK (warned BETWEEN 0 AND 2);"
    "CREATE INDEX application_draft ON application (until) WHERE state < 4;";
