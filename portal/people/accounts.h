/*
 * mohur-portal account add --state DIR --user NAME --role ROLE
 *   [--surname S] [--name N] [--patronymic P] [--fin FIN]
 *
 * Makes an account; its password is the first line of standard input.  For
 * the operator, while the service runs or not.
 *
 * mohur-portal account confirm --state DIR --user NAME
 *
 * An account that waits is proven: a clerk has seen the identity card.
 */
#ifndef PORTAL_PEOPLE_ACCOUNTS_H
#define PORTAL_PEOPLE_ACCOUNTS_H

#include <stdbool.h>

/* Exit codes: 0, 64 for a request that cannot be, 70. */
int pt_account_main(int argc, char **argv);

/* Seven capital letters and digits; 1 to 64 of a-z 0-9 . _ -; and a telephone
   number of any country as +994501234567. */
bool pt_fin_good(const char *s);
bool pt_username_good(const char *s);
bool pt_phone_good(const char *s);

#endif
