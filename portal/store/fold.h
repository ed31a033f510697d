/*
 * The search form of a name: two names that a reader takes for one have one
 * form, whoever typed them on whatever keyboard (portal.md 3).
 */
#ifndef PORTAL_STORE_FOLD_H
#define PORTAL_STORE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes the form of in, with its NUL; it is never longer than in.
 *
 *   letters        lower case; İ I ı i are one, and so are ə e, ö o, ü u,
 *                  ğ g, ş s, ç c and every Latin letter of U+00C0 to U+017F
 *                  and the one it is made from; Cyrillic in lower case, ё is
 *                  е and й is и; letters of other scripts as they are
 *   marks          combining marks and what has no width: dropped
 *   apostrophes    dropped
 *   other signs    a space
 *   spaces         runs are one space, none at either end
 *
 * false, and out is "": in is not UTF-8, or size is too small.
 */
bool pt_fold(const char *in, char *out, size_t size);

/* The form of one character: itself in lower case and without marks, ' ' for a
   sign or a blank, 0 for what is dropped. */
uint32_t pt_fold_one(uint32_t c);

#endif
