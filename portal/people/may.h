/*
 * Who may do what with a case and its documents (portal.md 6): the one table
 * that every page and call asks.  What somebody is to a case comes from the
 * store; a stranger may nothing, and does not learn that the case exists.
 */
#ifndef PORTAL_PEOPLE_MAY_H
#define PORTAL_PEOPLE_MAY_H

#include <stdbool.h>

enum pt_relation {
    PT_REL_NONE,
    PT_REL_PARTY,          /* claimant, defendant, third person */
    PT_REL_REPRESENTATIVE, /* who may file as well */
    PT_REL_OTHER,          /* witness, expert, interpreter ... */
    PT_REL_JUDGE,          /* of this case */
    PT_REL_COURT_JUDGE,    /* another of the same court: with a reason only */
    PT_REL_REASONED,       /* the same, who gave one (portal/store/look.h) */
    PT_REL_CLERK,          /* of the case's court */
    PT_REL_PRESIDENT,      /* of the case's court */
    PT_REL_AUDITOR,
    PT_REL_APPLICANT, /* of an application that is in no case yet */
    PT_REL_READER,    /* a representative whose mandate is to read alone */
    PT_RELATIONS,
};

enum pt_right {
    PT_MAY_SEE_CASE,
    PT_MAY_SEE_DOCUMENTS, /* which there are, their reports, their digests */
    PT_MAY_READ_DOCUMENT, /* the bytes */
    PT_MAY_FILE,
    PT_MAY_SEE_HEARINGS,
    PT_MAY_SEE_HISTORY,
    PT_MAY_SEE_VIEWS, /* who looked at the case */
    PT_MAY_DECIDE,    /* on documents that wait for the clerk */
    PT_MAY_REGISTER,  /* a case in the court */
    PT_MAY_SCHEDULE,  /* hearings: a new one, move, cancel, it was held */
    PT_MAY_SEE_ACTS,  /* published ones, and the clock of all */
    PT_MAY_DRAFT_ACT, /* and see, change and send what is not published */
    PT_MAY_SIGN_ACT,
    PT_MAY_PUBLISH_ACT,     /* after it is signed */
    PT_MAY_TAKE_ACT_BACK,   /* from signature; discard a draft */
    PT_MAY_SEE_APPLICATION, /* and its files */
    PT_MAY_WRITE_APPLICATION,
    PT_MAY_REVIEW_APPLICATION, /* register, return, reject */
    PT_MAY_COMPLAIN,           /* against published acts of the case */
    PT_MAY_GIVE_CASE,          /* to another judge, with a reason */
    PT_MAY_SEE_ENFORCEMENT,
    PT_MAY_KEEP_ENFORCEMENT, /* a new writ, and its states */
    PT_MAY_SEE_JOINS,  /* who came by themselves, and the codes there are */
    PT_MAY_INVITE,     /* make codes, and undo that somebody came */
    PT_MAY_SEE_LAWYER, /* what the own representatives did */
    PT_MAY_RATE,       /* say how a hearing or an act was */
    PT_MAY_SEE_PAYMENT,
    PT_MAY_PAY,     /* and give up, and ask for a refund */
    PT_MAY_REFUND,  /* decide on one */
    PT_MAY_REDACT,  /* prepare, review, release and withdraw the version of a
                       published act that everybody reads */
    PT_MAY_INQUIRE, /* ask the court about the case */
    PT_MAY_ANSWER,  /* an inquiry */
    PT_RIGHTS,
};

bool pt_may(enum pt_relation relation, enum pt_right right);

/* What a mandate is for (portal.md 4), as bits; numbers are kept.  Every one
   has the first: who files, pays or is told has to read. */
enum pt_scope {
    PT_SCOPE_READ = 1,
    PT_SCOPE_FILE = 2,
    PT_SCOPE_PAY = 4,
    PT_SCOPE_NOTICES = 8, /* is told, and what is read counts as served */
    PT_SCOPES_ALL = 15,
};
/* What somebody with mandates of these bits is to their client's case. */
enum pt_relation pt_relation_of_scopes(unsigned scopes);

#endif
