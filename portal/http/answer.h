/*
 * Answers: a status, a body with its media type, and header fields.  Errors
 * are problem details (RFC 9457) that name the rule and the request.
 */
#ifndef PORTAL_HTTP_ANSWER_H
#define PORTAL_HTTP_ANSWER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    PT_ANSWER_HEADERS_MAX = 12,
    PT_ANSWER_VALUE_MAX = 1024, /* bytes of a header value */
    PT_ANSWER_MAX = 64 << 20,   /* bytes of a body */
};

#define PT_JSON    "application/json"
#define PT_PROBLEM "application/problem+json"

struct pt_answer {
    unsigned status;  /* HTTP */
    const char *type; /* media type; a literal */
    struct mh_buf body;
    int fd;        /* a file in place of the body; -1: none; owned */
    uint64_t size; /* bytes of it */
    struct {
        const char *name; /* a literal */
        char value[PT_ANSWER_VALUE_MAX];
    } header[PT_ANSWER_HEADERS_MAX];
    size_t headers;
    /* The Content-Security-Policy in place of the strictest one; "" : that. */
    char csp[PT_ANSWER_VALUE_MAX];
};

void pt_answer_init(struct pt_answer *a); /* 200, JSON, nothing in it */
void pt_answer_fini(struct pt_answer *a);

/* value may hold no control characters; one that does is left out. */
void pt_answer_header(struct pt_answer *a, const char *name, const char *fmt,
    ...) MH_PRINTF(3, 4);

/* A file is the body: size bytes of fd, which is taken over.  type: a literal.
 */
void pt_answer_file(
    struct pt_answer *a, const char *type, int fd, uint64_t size);

/*
 * Makes it a problem: slug is a stable kebab-case name, detail one line for
 * people.  What was in it before is dropped, headers are kept.
 */
void pt_answer_problem(
    struct pt_answer *a, unsigned status, const char *slug, const char *detail);

/* The same, for what an error came to: MH_ELIMIT 413, MH_EFORMAT 400,
   MH_EUNSUP 415, MH_EIO 503 and everything else 500. */
void pt_answer_error(struct pt_answer *a, const struct mh_err *err);

/* 429 or 503: come again in so many seconds. */
void pt_answer_later(struct pt_answer *a, unsigned status, unsigned seconds,
    const char *slug, const char *detail);

const char *pt_status_text(unsigned status);

#endif
