#include "portal/store/migrateagents.h"

/* application_party.side: of enum pt_case_role, to a defendant's
   representative. */
const char pt_migration_agents[] =
    "ALTER TABLE application_party RENAME TO application_party_before;"
    "CREATE TABLE application_party (id TEXT PRIMARY KEY"
    "  CHECK (length(id) = 26),"
    " application TEXT NOT NULL REFERENCES application ON DELETE CASCADE,"
    " n INTEGER NOT NULL, side INTEGER NOT NULL CHECK (side BETWEEN 1 AND 5),"
    " ident TEXT NOT NULL, name TEXT NOT NULL, birth TEXT NOT NULL,"
    " address TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL,"
    " why TEXT NOT NULL, UNIQUE (application, n)) STRICT;"
    "INSERT INTO application_party SELECT id, application, n, side, ident,"
    " name, birth, address, phone, email, why FROM application_party_before;"
    "DROP TABLE application_party_before;";
