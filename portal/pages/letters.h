/*
 * Letters to courts (portal/store/courtletters.h): anybody writes one, whoever
 * has no cabinet proves the address of the answer first; a clerk answers.
 */
#ifndef PORTAL_PAGES_LETTERS_H
#define PORTAL_PAGES_LETTERS_H

#include "portal/http/request.h"

extern const char *const pt_web_letter_query[]; /* NULL-ended */

void pt_web_letters(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_letter_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_letter_write(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_letter_confirm_form(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_letter_confirm(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_court_letter(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_court_letter_do(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
