/*
 * Inquiries to a court about a case, and its sealed answers
 * (portal/store/inquiries.h): asked by a party or who represents one, answered
 * by a clerk.
 */
#ifndef PORTAL_PAGES_INQUIRIES_H
#define PORTAL_PAGES_INQUIRIES_H

#include "portal/http/request.h"

void pt_web_inquiries(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_inquiry_new(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_inquiry_ask(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_inquiry(void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_inquiry_do(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);
void pt_web_inquiry_answer(
    void *ctx, struct pt_request *rq, struct pt_answer *answer);

#endif
