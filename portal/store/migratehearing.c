#include "portal/store/migratehearing.h"

/*
 * hearing.court: its case's, which never changes; with it the day of one court
 * is found without the hearings of all others; and the officials of one court.
 */
const char pt_migration_hearings[] =
    "ALTER TABLE hearing ADD COLUMN court INTEGER REFERENCES court;"
    "UPDATE hearing SET court ="
    " (SELECT court FROM court_case WHERE id = hearing.case_id);"
    "CREATE INDEX hearing_court ON hearing (court, starts);"
    "CREATE INDEX official_court ON official (court);";

/*
 * hearing.number and .restricted: its case's (what is not known is not shown);
 * the index has all that a court's day shows.
 */
const char pt_migration_days[] =
    "ALTER TABLE hearing ADD COLUMN number TEXT;"
    "ALTER TABLE hearing ADD COLUMN restricted INTEGER"
    " CHECK (restricted IN (0, 1));"
    "UPDATE hearing SET"
    " number = (SELECT number FROM court_case WHERE id = hearing.case_id),"
    " restricted ="
    "  (SELECT restricted FROM court_case WHERE id = hearing.case_id);"
    "DROP INDEX hearing_court;"
    "CREATE INDEX hearing_court ON hearing (court, starts, number, restricted,"
    " ends, hall, kind, state);"
    "CREATE TRIGGER case_of_hearing AFTER UPDATE OF number, restricted"
    " ON court_case BEGIN"
    " UPDATE hearing SET number = new.number, restricted = new.restricted"
    "  WHERE case_id = new.id; END;"
    /* Of a node that has not been changed for this program yet. */
    "CREATE TRIGGER hearing_of_case AFTER INSERT ON hearing"
    " WHEN new.restricted IS NULL BEGIN"
    " UPDATE hearing SET number ="
    "  (SELECT number FROM court_case WHERE id = new.case_id), restricted ="
    "  (SELECT restricted FROM court_case WHERE id = new.case_id)"
    "  WHERE id = new.id; END;";
