/*
 * mohur-portal account add --state DIR --user NAME --role ROLE
 *   [--surname S] [--name N] [--patronymic P] [--fin FIN]
 *
 * Makes an account; its password is the first line of standard input.  For
 * the operator, while the service runs or not.
 */
#ifndef PORTAL_PEOPLE_ACCOUNTS_H
#define PORTAL_PEOPLE_ACCOUNTS_H

/* Exit codes: 0, 64 for a request that cannot be, 70. */
int pt_account_main(int argc, char **argv);

#endif
