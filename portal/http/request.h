/*
 * A request as a route's handler sees it: through the gate, authorised, its
 * body read, parsed as the route wants it, and within the route's limits.
 */
#ifndef PORTAL_HTTP_REQUEST_H
#define PORTAL_HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "portal/http/answer.h"
#include "portal/http/form.h"
#include "portal/http/gate.h"
#include "portal/http/multipart.h"
#include "portal/http/spool.h"

enum {
    PT_VALUE_MAX = 4096,        /* bytes of a field of a multipart form */
    PT_REQUEST_ARENA = 1 << 20, /* bytes of names, values, query */
    PT_ID_LENGTH = 26,          /* characters of a public identifier */
};

enum pt_body {
    PT_BODY_NONE,
    PT_BODY_JSON,      /* application/json, whole in request->body */
    PT_BODY_MULTIPART, /* files and fields */
    PT_BODY_FORM,      /* application/x-www-form-urlencoded */
};

struct pt_request;

struct pt_route {
    const char *path;      /* "{id}" stands for one segment, once at most */
    enum pt_method method; /* PT_GET answers HEAD as well */
    enum pt_body body;
    uint64_t cap;             /* bytes of the body */
    const char *const *files; /* names of parts that are files; NULL-ended */
    const char *const *query; /* names of query fields; NULL-ended, or NULL */
    uint32_t may;             /* what its key must be allowed; 0: to verify */
    bool open;                /* without a key */
    bool page;  /* of the public pages: nobody is known, and nobody asked */
    bool quick; /* answered at once: it neither waits nor writes */
    bool reads; /* for a visitor it reads a few rows, and writes none */
    bool card;  /* of the host of client certificates, which has no other */
    void (*handle)(void *ctx, struct pt_request *rq, struct pt_answer *answer);
};

struct pt_file {
    struct pt_part part;
    struct pt_spool spool;
};

struct pt_request {
    char id[PT_ID_LENGTH + 1];
    const struct pt_route *route;
    struct pt_gate gate; /* its spans live as long as the request */
    char target[PT_TARGET_MAX + 2];
    char param[PT_ID_LENGTH * 2]; /* of the path, or "" */
    struct mh_arena *arena;
    struct pt_form query;
    struct pt_form form;  /* fields of a form or of a multipart form */
    struct mh_buf body;   /* JSON, or a form */
    struct pt_file *file; /* PT_PARTS_MAX of them; files are used */
    size_t files;
    uint64_t received;  /* bytes of the body */
    int64_t client;     /* who asks, as the store knows it; 0: nobody known */
    void *principal;    /* what authorize left, freed by the server's release */
    int64_t started_ms; /* monotonic */
    struct pt_answer answer;
    struct pt_server *server;
    void *private; /* the server's own */
};

/* The value of a field of the query, or NULL. */
const char *pt_query(const struct pt_request *rq, const char *name);
/* The first file of that name, or NULL. */
struct pt_file *pt_request_file(struct pt_request *rq, const char *name);

#endif
