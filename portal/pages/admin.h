/*
 * The operator's pages (portal.md 6, 8.1): the state of the service, people,
 * courts, rules, anchors, endpoints; and changes that take two operators.
 * Nobody else learns that there are such pages.
 */
#ifndef PORTAL_PAGES_ADMIN_H
#define PORTAL_PAGES_ADMIN_H

#include "portal/pages/session.h"
#include "portal/store/proposals.h"

/* An operator; else answer says. */
bool pt_operator(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_who *who);
/* The same for a form that changes something: it is one of ours, has its
   number, and the session is as strong as filing needs. */
bool pt_operator_sends(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_who *who);
/* Begins such a page; at: a literal, its place among them ("at_people"). */
void pt_admin_begin(struct pt_page *page, struct pt_request *rq,
    struct pt_answer *answer, const char *title, const struct pt_who *who,
    const char *at);
/* That an operator looked at somebody or something goes to the log first;
   false: it could not, and answer says so. */
bool pt_admin_looked(struct pt_app *app, struct pt_answer *answer,
    const struct pt_who *who, const char *obj);

/* What is not as it was: key, before and after, for readers; as the list
   "changes" of m. */
void pt_admin_changes(struct pt_map *m, const char *was, const char *will,
    enum pt_proposal_kind kind, enum mh_lang lang);
/* The text of a rule that a change breaks. */
const char *pt_admin_rule_text(const char *rule);
/* The form of a proposal was sent: reason, digest and the rest are filled in
   from it, and it is proposed.  False: answer says all, or *wrong is what the
   form has to say (in the reader's language; field: what it is about). */
struct pt_admin_sent {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    const struct pt_who *who;
    enum pt_proposal_kind kind;
    const char *subject, *will;
    bool lock; /* an account at once, in place of proposing */
    const char *field, *wrong;
    char said[400]; /* room for wrong */
};
bool pt_admin_propose(struct pt_admin_sent *s);

void pt_web_admin(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* People (adminpeople.c). */
extern const char *const pt_web_people_query[];
void pt_web_people(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_people_find(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_person(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_person_propose(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_person_lock(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Courts (admincourts.c). */
void pt_web_admin_courts(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_admin_court(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_admin_court_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_admin_court_add(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_admin_court_propose(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Services outside (adminproviders.c). */
void pt_web_providers(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_provider_test(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Tables of rules, texts of the front pages (adminrules.c). */
void pt_web_rules(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_rules_table(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_rules_propose(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_texts(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_text(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_text_propose(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
/* What everybody reads of them: GET /info/useful. */
void pt_web_info(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Anchors (admintrust.c). */
void pt_web_trust(void *ctx, struct pt_request *rq, struct pt_answer *answer);

/* Proposals (adminproposal.c). */
void pt_web_proposals(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_proposal(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_proposal_decide(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
