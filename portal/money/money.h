/* Amounts of money: whole qəpik (a hundredth of a manat), never a float. */
#ifndef PORTAL_MONEY_MONEY_H
#define PORTAL_MONEY_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/wire/codes.h"

#define PT_MONEY_MAX INT64_C(100000000000000) /* qəpik: 10^12 manat */

enum {
    PT_MONEY_TEXT = 40 /* bytes of a written amount with its NUL */
};

/*
 * What a person writes: digits, in groups by spaces or not, and at most two
 * behind a comma or a point.  1.000 could be read in two ways and is neither.
 * False: it is no amount from 0 to PT_MONEY_MAX.
 */
bool pt_money_parse(const char *text, int64_t *qepik);

/* As the reader's language writes it: 1 423,58, in English 1,423.58. */
void pt_money_write(
    int64_t qepik, enum mh_lang lang, char out[static PT_MONEY_TEXT]);

/*
 * The same of billionths of a qəpik, with as many digits behind the point as
 * there are, but two at least.  0 to 10^18.
 */
void pt_money_write_exact(
    int64_t nano, enum mh_lang lang, char out[static PT_MONEY_TEXT]);

#endif
