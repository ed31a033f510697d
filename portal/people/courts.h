/*
 * mohur-portal court --state DIR --court CODE --act-days N: how many days that
 * court has from the announcement of an act to its publication.
 */
#ifndef PORTAL_PEOPLE_COURTS_H
#define PORTAL_PEOPLE_COURTS_H

/* argv[0] is "court"; the exit status. */
int pt_court_main(int argc, char **argv);

#endif
