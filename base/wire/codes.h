/*
 * Finding codes: stable names, the clause they serve and their text in the
 * three languages.  The one table is base/wire/codes.def; a missing text does
 * not compile.  Documented in mohur-report(5), which is made from the table.
 */
#ifndef BASE_WIRE_CODES_H
#define BASE_WIRE_CODES_H

enum mh_lang {
    MH_AZ,
    MH_EN,
    MH_RU,
    MH_LANGS
};

enum mh_finding_code {
    MH_FINDING_NONE = 0,
#define MH_F(id, name, clause, en, az, ru) MH_F_##id,
#include "base/wire/codes.def"
#undef MH_F
    MH_FINDING_CODES, /* one past the last */
};

/* kebab-case, "?" for a number that is no code. */
const char *mh_finding_name(enum mh_finding_code code);
/* The code of that name; MH_FINDING_NONE: there is none. */
enum mh_finding_code mh_finding_of(const char *name);
const char *mh_finding_clause(enum mh_finding_code code);
const char *mh_finding_text(enum mh_finding_code code, enum mh_lang lang);

#endif
