/*
 * Trusted lists (ETSI TS 119 612, versions 5 and 6): the services that matter
 * to signatures, with the history of their status.
 */
#ifndef SIGNER_TRUST_TL_H
#define SIGNER_TRUST_TL_H

#include "signer/trust/store.h"

struct sg_tl_service {
    struct mh_span cert; /* DER */
    unsigned kinds;      /* enum sg_kind, never SG_KIND_LEAF */
    bool qualified;
    struct mh_span name;               /* UTF-8 */
    struct sg_service_status *history; /* oldest first */
    size_t history_count;
};

struct sg_tl {
    struct mh_span territory;
    int64_t issued;
    int64_t next_update; /* MH_TIME_NONE: the list is closed */
    bool verified;       /* signed by one of the given certificates */
    struct sg_tl_service *services;
    size_t count;
};

/*
 * Parses a list; everything lives in the arena.  With signers, the enveloped
 * signature must verify with one of them (any other outcome is MH_EFORMAT
 * with a finding); without, it is not looked at.
 */
enum mh_code sg_tl_parse(struct mh_span xml, const struct mh_span *signers,
    size_t signer_count, struct mh_arena *arena, struct mh_err *err,
    struct sg_tl **out) MH_MUST_USE;

#endif
