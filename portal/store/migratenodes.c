#include "portal/store/migratenodes.h"

/*
 * node: of pt_store_node (store.h); 0 until PostgreSQL knows better
 * (pgschema.c).  audit_job.log: the node whose log it is about, which alone can
 * do it; NULL: any can.  draw.node: whose log holds the opening, NULL: none
 * does yet; opening: which one it is, from 1; taken: since when.  draw_opening:
 * those that came to nothing.
 */
const char pt_migration_nodes[] =
    "ALTER TABLE audit_index RENAME TO audit_index_before;"
    "ALTER TABLE audit_hash RENAME TO audit_hash_before;"
    "CREATE TABLE audit_index (node INTEGER NOT NULL,"
    " n INTEGER NOT NULL CHECK (n >= 0), at INTEGER NOT NULL,"
    " ev TEXT NOT NULL, who TEXT NOT NULL, obj TEXT NOT NULL,"
    " res TEXT NOT NULL, case_id TEXT, PRIMARY KEY (node, n))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE audit_hash (sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
    " node INTEGER NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (sha256, node, n)) STRICT, WITHOUT ROWID;"
    "INSERT INTO audit_index SELECT 0, n, at, ev, who, obj, res, case_id"
    " FROM audit_index_before;"
    "INSERT INTO audit_hash SELECT sha256, 0, n FROM audit_hash_before;"
    "DROP TABLE audit_index_before; DROP TABLE audit_hash_before;"
    "CREATE INDEX audit_index_at ON audit_index (at, node, n);"
    "CREATE INDEX audit_index_ev ON audit_index (ev, at, node, n);"
    "CREATE INDEX audit_index_who ON audit_index (who, at, node, n);"
    "CREATE INDEX audit_index_obj ON audit_index (obj, at, node, n);"
    "CREATE INDEX audit_index_case ON audit_index (case_id, at, node, n);"
    "ALTER TABLE audit_job ADD COLUMN log INTEGER;"
    "ALTER TABLE draw ADD COLUMN node INTEGER;"
    "ALTER TABLE draw ADD COLUMN opening INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE draw ADD COLUMN taken INTEGER;"
    "UPDATE draw SET node = 0, taken = asked WHERE drawn IS NULL;"
    "CREATE TABLE draw_opening (case_id TEXT NOT NULL REFERENCES court_case,"
    " n INTEGER NOT NULL CHECK (n >= 1), node INTEGER NOT NULL,"
    " taken INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " PRIMARY KEY (case_id, n)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER draw_opening_stays BEFORE UPDATE ON draw_opening"
    " BEGIN SELECT RAISE(ABORT, 'an opening stays'); END;"
    "CREATE TRIGGER draw_opening_is_kept BEFORE DELETE ON draw_opening"
    " BEGIN SELECT RAISE(ABORT, 'an opening stays'); END;";
