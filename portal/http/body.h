/*
 * The body of a request, as its route wants it, in pieces as it arrives.
 */
#ifndef PORTAL_HTTP_BODY_H
#define PORTAL_HTTP_BODY_H

#include "portal/http/request.h"

struct pt_body_reader {
    struct pt_request *rq;
    struct pt_flight *flight;
    int spool_dir; /* borrowed */
    struct pt_multipart multipart;
    bool in_file;
    struct mh_buf value; /* of the field under way */
    uint64_t held;       /* bytes of rq->body counted in flight */
};

/*
 * Looks at the content type and the announced length: MH_EUNSUP where the
 * type is not the route's, MH_ELIMIT past its cap, MH_EFORMAT for a boundary
 * that is none.  pt_body_fini in any case.
 */
enum mh_code pt_body_begin(struct pt_body_reader *b, struct pt_request *rq,
    struct pt_flight *flight, int spool_dir, struct mh_err *err) MH_MUST_USE;
enum mh_code pt_body_push(struct pt_body_reader *b, struct mh_span in,
    struct mh_err *err) MH_MUST_USE;
enum mh_code pt_body_end(
    struct pt_body_reader *b, struct mh_err *err) MH_MUST_USE;
void pt_body_fini(struct pt_body_reader *b); /* with the request's files */

/* "flight: ..." is an overload of the service, not a fault of the request. */
bool pt_body_overload(const struct mh_err *err);

#endif
