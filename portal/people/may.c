#include "portal/people/may.h"

#include <stdint.h>

#define BIT(right) (UINT64_C(1) << (right))

#define CASE              BIT(PT_MAY_SEE_CASE)
#define PAPERS            BIT(PT_MAY_SEE_DOCUMENTS)
#define READ              BIT(PT_MAY_READ_DOCUMENT)
#define FILING            BIT(PT_MAY_FILE)
#define HEARINGS          BIT(PT_MAY_SEE_HEARINGS)
#define HISTORY           BIT(PT_MAY_SEE_HISTORY)
#define VIEWS             BIT(PT_MAY_SEE_VIEWS)
#define DECIDE            BIT(PT_MAY_DECIDE)
#define REGISTER          BIT(PT_MAY_REGISTER)
#define SCHEDULE          BIT(PT_MAY_SCHEDULE)
#define ACTS              BIT(PT_MAY_SEE_ACTS)
#define DRAFT_ACT         BIT(PT_MAY_DRAFT_ACT)
#define SIGN_ACT          BIT(PT_MAY_SIGN_ACT)
#define PUBLISH_ACT       BIT(PT_MAY_PUBLISH_ACT)
#define TAKE_BACK         BIT(PT_MAY_TAKE_ACT_BACK)
#define SEE_APPLICATION   BIT(PT_MAY_SEE_APPLICATION)
#define WRITE_APPLICATION BIT(PT_MAY_WRITE_APPLICATION)
#define REVIEW            BIT(PT_MAY_REVIEW_APPLICATION)
#define COMPLAIN          BIT(PT_MAY_COMPLAIN)
#define GIVE_CASE         BIT(PT_MAY_GIVE_CASE)
#define WRITS             BIT(PT_MAY_SEE_ENFORCEMENT)
#define KEEP_WRITS        BIT(PT_MAY_KEEP_ENFORCEMENT)
#define JOINS             BIT(PT_MAY_SEE_JOINS)
#define INVITE            BIT(PT_MAY_INVITE)
#define LAWYER            BIT(PT_MAY_SEE_LAWYER)
#define RATE              BIT(PT_MAY_RATE)
#define SEE_PAYMENT       BIT(PT_MAY_SEE_PAYMENT)
#define PAY               BIT(PT_MAY_PAY)
#define REFUND            BIT(PT_MAY_REFUND)
#define REDACT            BIT(PT_MAY_REDACT)
#define INQUIRE           BIT(PT_MAY_INQUIRE)
#define ANSWER            BIT(PT_MAY_ANSWER)

static const uint64_t rights[PT_RELATIONS] = {
    [PT_REL_NONE] = 0,
    [PT_REL_PARTY] = CASE | PAPERS | READ | FILING | HEARINGS | HISTORY |
                     VIEWS | ACTS | COMPLAIN | WRITS | LAWYER | RATE | INQUIRE,
    [PT_REL_REPRESENTATIVE] = CASE | PAPERS | READ | FILING | HEARINGS |
                              HISTORY | VIEWS | ACTS | COMPLAIN | WRITS | RATE |
                              INQUIRE,
    [PT_REL_READER] =
        CASE | PAPERS | READ | HEARINGS | HISTORY | VIEWS | ACTS | WRITS | RATE,
    /* Documents only if addressed. */
    [PT_REL_OTHER] = CASE | HEARINGS | RATE,
    [PT_REL_JUDGE] = CASE | PAPERS | READ | HEARINGS | HISTORY | SCHEDULE |
                     ACTS | DRAFT_ACT | SIGN_ACT | PUBLISH_ACT | TAKE_BACK |
                     WRITS | JOINS | REDACT,
    [PT_REL_COURT_JUDGE] = 0, /* before a reason is given */
    [PT_REL_REASONED] = CASE,
    [PT_REL_CLERK] = CASE | PAPERS | READ | HEARINGS | HISTORY | DECIDE |
                     REGISTER | SCHEDULE | ACTS | DRAFT_ACT | PUBLISH_ACT |
                     SEE_APPLICATION | REVIEW | WRITS | KEEP_WRITS | JOINS |
                     INVITE | SEE_PAYMENT | REFUND | REDACT | ANSWER,
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
