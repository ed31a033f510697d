/*
 * The HTTP server: libmicrohttpd with its pool of threads behind the gate,
 * the routes, the body readers and the deadlines.
 */
#ifndef PORTAL_HTTP_SERVER_H
#define PORTAL_HTTP_SERVER_H

#include "portal/http/request.h"

struct pt_server;

struct pt_server_settings {
    int listen_fd;        /* bound and listening; taken over */
    unsigned threads;     /* of the network */
    unsigned connections; /* at once; more wait in the backlog */
    struct pt_gate_settings gate;
    int64_t header_ms;   /* until the header fields are there */
    int64_t idle_ms;     /* between two requests */
    int64_t grace_ms;    /* for a body or an answer before its rate counts */
    uint64_t rate;       /* lowest bytes a second, body and answer */
    uint64_t upload_max; /* bytes of a multipart body; 0: the route's cap */
    int spool_dir;       /* borrowed */
    struct pt_flight *flight;
    const struct pt_route *route;
    size_t routes;
    void *ctx; /* of the calls below and of the routes' handlers */
    /*
     * Says who asks; false: rq->answer says why not.  Called before the body
     * is read, for every route (an open one may be asked by nobody).
     */
    bool (*authorize)(void *ctx, struct pt_request *rq);
    /* Answers what need not be dispatched; false: it must be.  Or NULL. */
    bool (*at_once)(void *ctx, struct pt_request *rq);
    /*
     * Takes a request that waits or writes to where that is done; afterwards
     * pt_request_done is called once.  False: rq->answer says why not.
     */
    bool (*dispatch)(void *ctx, struct pt_request *rq);
    void (*release)(void *ctx, struct pt_request *rq); /* its end */
};

#define PT_SERVER_SETTINGS_INIT                                                \
    {                                                                          \
        .listen_fd = -1, .threads = 2, .connections = 8192,                    \
        .header_ms = 10000, .idle_ms = 30000, .grace_ms = 10000, .rate = 4096, \
        .spool_dir = -1                                                        \
    }

/* Everything settings points to is borrowed until pt_server_stop. */
enum mh_code pt_server_start(const struct pt_server_settings *settings,
    struct mh_err *err, struct pt_server **out) MH_MUST_USE;
/* No new connections, then waits for requests under way, at most ms. */
void pt_server_stop(struct pt_server *server, int64_t ms);

/* From any thread: rq->answer is there. */
void pt_request_done(struct pt_request *rq);

struct pt_server_counts {
    uint64_t connections, requests, refused, killed, active;
};
void pt_server_count(struct pt_server *server, struct pt_server_counts *out);

#endif
