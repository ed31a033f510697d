#include "base/wire/codes.h"

#include <string.h>

static const struct {
    const char *name;
    const char *clause;
    const char *text[MH_LANGS];
} table[MH_FINDING_CODES] = {
    [MH_FINDING_NONE] = {"?", "", {"", "", ""}},
#define MH_F(id, name, clause, en, az, ru)                                     \
    [MH_F_##id] = {                                                            \
        (name), (clause), {[MH_AZ] = (az), [MH_EN] = (en), [MH_RU] = (ru)}},
#include "base/wire/codes.def"
#undef MH_F
};

/* A code without a name, a clause or one of its texts does not compile. */
#define MH_F(id, name, clause, en, az, ru)                                     \
    _Static_assert(sizeof(name) > 3 && sizeof(clause) > 3 && sizeof(en) > 3 && \
                       sizeof(az) > 3 && sizeof(ru) > 3,                       \
        "a finding code lacks a text");
#include "base/wire/codes.def"
#undef MH_F

static enum mh_finding_code
known(enum mh_finding_code code)
{
    return code < MH_FINDING_CODES ? code : MH_FINDING_NONE;
}

const char *
mh_finding_name(enum mh_finding_code code)
{
    return table[known(code)].name;
}

const char *
mh_finding_clause(enum mh_finding_code code)
{
    return table[known(code)].clause;
}

const char *
mh_finding_text(enum mh_finding_code code, enum mh_lang lang)
{
    return table[known(code)].text[lang < MH_LANGS ? lang : MH_EN];
}

enum mh_finding_code
mh_finding_of(const char *name)
{
    for (int i = MH_FINDING_NONE + 1; i < MH_FINDING_CODES; i++)
        if (strcmp(mh_finding_name((enum mh_finding_code)i), name) == 0)
            return (enum mh_finding_code)i;
    return MH_FINDING_NONE;
}
