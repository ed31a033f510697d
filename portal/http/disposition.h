/*
 * Values of header fields with parameters: Content-Disposition of a part
 * (RFC 7578 4.2, RFC 6266 4) and the like.
 */
#ifndef PORTAL_HTTP_DISPOSITION_H
#define PORTAL_HTTP_DISPOSITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "portal/http/answer.h"

enum {
    PT_PARAM_MAX = 1024 /* bytes of one parameter's value, unquoted */
};

/* One parameter: the name as written, the value without its quotes. */
struct pt_param {
    struct mh_span name;
    char value[PT_PARAM_MAX + 1];
    size_t len; /* bytes of value */
};

/*
 * Takes "; name=token" or "; name=\"quoted\"" from *s.  In a quoted value \"
 * and \\ stand for the quote and the backslash, and any other backslash for
 * itself, as browsers write file names.  1: one was taken; 0: *s is at its
 * end; -1: malformed.
 */
int pt_param_next(struct mh_span *s, struct pt_param *out);

/*
 * The value of an extended parameter (RFC 5987 3.2.1) as UTF-8:
 * UTF-8'lang'percent-encoded.  False if it is anything else.
 */
bool pt_param_extended(
    const struct pt_param *p, char *out, size_t max, size_t *len);

/* The answer is to be saved under this name (RFC 6266 4.3, RFC 8187). */
void pt_answer_attachment(struct pt_answer *a, const char *name);
/* It is to be shown, and saved under this name. */
void pt_answer_inline(struct pt_answer *a, const char *name);

#endif
