#include "portal/people/may.h"

#define BIT(right) (1U << (right))

enum {
    CASE = BIT(PT_MAY_SEE_CASE),
    PAPERS = BIT(PT_MAY_SEE_DOCUMENTS),
    READ = BIT(PT_MAY_READ_DOCUMENT),
    FILING = BIT(PT_MAY_FILE),
    HEARINGS = BIT(PT_MAY_SEE_HEARINGS),
    HISTORY = BIT(PT_MAY_SEE_HISTORY),
    VIEWS = BIT(PT_MAY_SEE_VIEWS),
    DECIDE = BIT(PT_MAY_DECIDE),
    REGISTER = BIT(PT_MAY_REGISTER),
    SCHEDULE = BIT(PT_MAY_SCHEDULE),
    ACTS = BIT(PT_MAY_SEE_ACTS),
    DRAFT_ACT = BIT(PT_MAY_DRAFT_ACT),
    SIGN_ACT = BIT(PT_MAY_SIGN_ACT),
    PUBLISH_ACT = BIT(PT_MAY_PUBLISH_ACT),
    TAKE_BACK = BIT(PT_MAY_TAKE_ACT_BACK),
};

static const unsigned rights[PT_RELATIONS] = {
    [PT_REL_NONE] = 0,
    [PT_REL_PARTY] =
        CASE | PAPERS | READ | FILING | HEARINGS | HISTORY | VIEWS | ACTS,
    [PT_REL_REPRESENTATIVE] =
        CASE | PAPERS | READ | FILING | HEARINGS | HISTORY | VIEWS | ACTS,
    [PT_REL_OTHER] = CASE | HEARINGS, /* documents only if addressed */
    [PT_REL_JUDGE] = CASE | PAPERS | READ | HEARINGS | HISTORY | SCHEDULE |
                     ACTS | DRAFT_ACT | SIGN_ACT | PUBLISH_ACT | TAKE_BACK,
    [PT_REL_COURT_JUDGE] = 0, /* before a reason is given */
    [PT_REL_REASONED] = CASE,
    [PT_REL_CLERK] = CASE | PAPERS | READ | HEARINGS | HISTORY | DECIDE |
                     REGISTER | SCHEDULE | ACTS | DRAFT_ACT | PUBLISH_ACT,
    [PT_REL_PRESIDENT] =
        CASE | PAPERS | READ | HEARINGS | HISTORY | VIEWS | ACTS,
    [PT_REL_AUDITOR] = CASE | PAPERS | HEARINGS | HISTORY | VIEWS | ACTS,
};

bool
pt_may(enum pt_relation relation, enum pt_right right)
{
    return relation < PT_RELATIONS && right < PT_RIGHTS &&
           (rights[relation] & BIT(right)) != 0;
}
