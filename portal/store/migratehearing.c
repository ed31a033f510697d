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
