/*
 * Fetching what a judgement lacked (MH_VERIFY_NEEDS): answers of responders,
 * lists and issuers, through the courier.  What comes back is not looked at
 * here: it goes into the next judgement.
 */
#ifndef SIGNER_CMD_ONLINE_H
#define SIGNER_CMD_ONLINE_H

#include "base/wire/material.h"
#include "base/wire/report.h"
#include "signer/cmd/config.h"
#include "signer/courier/client.h"

enum {
    SG_ROUNDS_MAX = 4 /* judgements of one document, each with more in hand */
};

struct sg_online; /* the courier, started when it is first needed */

/* config is borrowed; NULL without memory. */
struct sg_online *sg_online_new(const struct sg_config *config);
void sg_online_free(struct sg_online *online); /* NULL is fine */

/* The courier itself; MH_EIO if it cannot be started. */
enum mh_code sg_online_courier(struct sg_online *online, struct mh_err *err,
    struct sg_courier **out) MH_MUST_USE;

/* What came for one document; its values live in the arena. */
struct sg_fetched {
    struct mh_material material;
    uint8_t (*tried)[32]; /* SHA-256 of what was asked; none is asked twice */
    size_t tries;
    int64_t since;   /* seconds UTC: nothing kept from before is taken */
    char fault[160]; /* the last reason why something did not come, or "" */
};

enum mh_code sg_fetched_init(struct sg_fetched *f, struct mh_arena *arena,
    struct mh_err *err) MH_MUST_USE;

/*
 * Asks for each lack of the report, alternative after alternative; *more says
 * whether anything new came.  That something could not be had is no error.
 */
enum mh_code sg_online_fetch(struct sg_online *online,
    const struct mh_report *report, struct mh_arena *arena, struct mh_err *err,
    struct sg_fetched *f, bool *more) MH_MUST_USE;

/* The material as an input of the next job: a sealed memfd. */
enum mh_code sg_fetched_memfd(const struct sg_fetched *f, struct mh_err *err,
    int *fd, uint64_t *size) MH_MUST_USE;

#endif
