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
    SEE_APPLICATION = BIT(PT_MAY_SEE_APPLICATION),
    WRITE_APPLICATION = BIT(PT_MAY_WRITE_APPLICATION),
    REVIEW = BIT(PT_MAY_REVIEW_APPLICATION),
    COMPLAIN = BIT(PT_MAY_COMPLAIN),
    GIVE_CASE = BIT(PT_MAY_GIVE_CASE),
    WRITS = BIT(PT_MAY_SEE_ENFORCEMENT),
    KEEP_WRITS = BIT(PT_MAY_KEEP_ENFORCEMENT),
    JOINS = BIT(PT_MAY_SEE_JOINS),
    INVITE = BIT(PT_MAY_INVITE),
    LAWYER = BIT(PT_MAY_SEE_LAWYER),
    RATE = BIT(PT_MAY_RATE),
    SEE_PAYMENT = BIT(PT_MAY_SEE_PAYMENT),
    PAY = BIT(PT_MAY_PAY),
    REFUND = BIT(PT_MAY_REFUND),
};

static const unsigned rights[PT_RELATIONS] = {
    [PT_REL_NONE] = 0,
    [PT_REL_PARTY] = CASE | PAPERS | READ | FILING | HEARINGS | HISTORY |
                     VIEWS | ACTS | COMPLAIN | WRITS | LAWYER | RATE,
    [PT_REL_REPRESENTATIVE] = CASE | PAPERS | READ | FILING | HEARINGS |
                              HISTORY | VIEWS | ACTS | COMPLAIN | WRITS | RATE,
    [PT_REL_READER] =
        CASE | PAPERS | READ | HEARINGS | HISTORY | VIEWS | ACTS | WRITS | RATE,
    /* Documents only if addressed. */
    [PT_REL_OTHER] = CASE | HEARINGS | RATE,
    [PT_REL_JUDGE] = CASE | PAPERS | READ | HEARINGS | HISTORY | SCHEDULE |
                     ACTS | DRAFT_ACT | SIGN_ACT | PUBLISH_ACT | TAKE_BACK |
                     WRITS | JOINS,
    [PT_REL_COURT_JUDGE] = 0, /* before a reason is given */
    [PT_REL_REASONED] = CASE,
    [PT_REL_CLERK] = CASE | PAPERS | READ | HEARINGS | HISTORY | DECIDE |
                     REGISTER | SCHEDULE | ACTS | DRAFT_ACT | PUBLISH_ACT |
                     SEE_APPLICATION | REVIEW | WRITS | KEEP_WRITS | JOINS |
                     INVITE | SEE_PAYMENT | REFUND,
    [PT_REL_PRESIDENT] = CASE | PAPERS | READ | HEARINGS | HISTORY | VIEWS |
                         ACTS | SEE_APPLICATION | GIVE_CASE | WRITS | JOINS |
                         SEE_PAYMENT,
    [PT_REL_AUDITOR] = CASE | PAPERS | HEARINGS | HISTORY | VIEWS | ACTS |
                       WRITS | JOINS | SEE_PAYMENT,
    [PT_REL_APPLICANT] =
        SEE_APPLICATION | WRITE_APPLICATION | SEE_PAYMENT | PAY,
};

bool
pt_may(enum pt_relation relation, enum pt_right right)
{
    return relation < PT_RELATIONS && right < PT_RIGHTS &&
           (rights[relation] & BIT(right)) != 0;
}

enum pt_relation
pt_relation_of_scopes(unsigned scopes)
{
    if ((scopes & PT_SCOPE_READ) == 0)
        return PT_REL_NONE;
    return (scopes & PT_SCOPE_FILE) != 0 ? PT_REL_REPRESENTATIVE
                                         : PT_REL_READER;
}
