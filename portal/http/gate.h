/*
 * The request gate (security.md 6): what a request must look like before
 * anything else looks at it.  A pure function over what the HTTP library
 * understood; what that library cannot show (obs-fold, bare LF, a raw NUL) is
 * the front's to refuse.
 *
 * A refusal is answered with Connection: close, before any body is read, so
 * that nothing after it on the connection is ever taken for a request.
 */
#ifndef PORTAL_HTTP_GATE_H
#define PORTAL_HTTP_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
    PT_TARGET_MAX = 1024,       /* bytes of path and query */
    PT_FIELDS_MAX = 64,         /* header fields */
    PT_FIELD_BYTES_MAX = 16384, /* names and values of all of them */
    PT_QUERY_FIELDS_MAX = 32,   /* fields of a query */
};

enum pt_method {
    PT_GET,
    PT_HEAD,
    PT_POST,
    PT_METHODS,
};
const char *pt_method_name(enum pt_method m);

struct pt_field {
    struct mh_span name, value;
};

/* What the operator set; borrowed. */
struct pt_gate_settings {
    const char *const *host; /* allowed names, without a port, lower case */
    size_t hosts;
    bool front; /* requests come from our own front's socket */
    /* The one of them where the front asks for a client's certificate, as
       "https://name:port"; "" or NULL: there is none. */
    const char *card;
};

/* A request as it was understood; everything is borrowed. */
struct pt_gate_input {
    struct mh_span method, version; /* "GET", "HTTP/1.1" */
    struct mh_span target;          /* raw, as it was sent */
    const struct pt_field *field;
    size_t fields;
};

/* What was let through; spans borrow from the input. */
struct pt_gate {
    unsigned status;  /* 0: let through; else 400, 403, 414 or 431 */
    const char *rule; /* the rule that was broken, for a log and an answer */
    enum pt_method method;
    struct mh_span path, query; /* query without its '?'; empty: none */
    bool has_length, chunked;
    uint64_t length; /* bytes of the body, if has_length */
    /* Empty where the field is absent. */
    struct mh_span host, type, accept, authorization, idempotency, prefer;
    struct mh_span cookie, client; /* client: the address the front saw */
    bool card; /* it is for the host of client certificates */
    /* The certificate that the front saw in the handshake, PEM with percent
       escapes; only there, and only from the front. */
    struct mh_span certificate;
};

/* Never fails: a request is let through or refused with a rule. */
void pt_gate_judge(const struct pt_gate_settings *settings,
    const struct pt_gate_input *in, struct pt_gate *out);

/* ASCII without regard to case. */
bool pt_span_is_nocase(struct mh_span s, const char *str);

#endif
