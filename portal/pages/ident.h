/* Who a form means: a FIN or VÖEN as people write it, and whether a name is
   that of somebody who is known. */
#ifndef PORTAL_PAGES_IDENT_H
#define PORTAL_PAGES_IDENT_H

#include "portal/store/register.h"

enum {
    PT_PARTY_NAME = 100, /* characters of a party's name */
};

/* A FIN in capital letters (*fin), a VÖEN, or nothing; false: none of them. */
bool pt_ident_read(const char *in, char out[static PT_VOEN + 1], bool *fin);

/* Whether each word of a known name stands in what was written. */
bool pt_ident_names(const char *known, const char *written);

#endif
