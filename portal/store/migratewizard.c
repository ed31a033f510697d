#include "portal/store/migratewizard.h"

/*
 * pages, pdf_pages: of a PDF; 1 of a JPG; of a container, the files inside; 0:
 * not known. day: what is written on the document, "31.12.2026", or "".
 * court_info.place: where the court is (portal/data/places.h), or "".
 */
const char pt_migration_wizard[] =
    "ALTER TABLE application_file ADD COLUMN pages INTEGER NOT NULL DEFAULT 0"
    " CHECK (pages >= 0);"
    "ALTER TABLE application ADD COLUMN pdf_pages INTEGER NOT NULL DEFAULT 0"
    " CHECK (pdf_pages >= 0);"
    "ALTER TABLE application_file ADD COLUMN day TEXT NOT NULL DEFAULT ''"
    " CHECK (length(day) IN (0, 10));"
    "ALTER TABLE draft_file ADD COLUMN pages INTEGER NOT NULL DEFAULT 0"
    " CHECK (pages >= 0);"
    "ALTER TABLE court_info ADD COLUMN place TEXT NOT NULL DEFAULT ''"
    " CHECK (length(place) <= 32);";
