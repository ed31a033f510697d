/*
 * The processes of the appliance: two services, portal and keyd, each with
 * helpers of its own, how they are started, what they are told, how they end
 * and come again.  The loop over them is serve.c.
 */
#ifndef SIGNER_CMD_SERVE_PROC_H
#define SIGNER_CMD_SERVE_PROC_H

#include "base/sys/supervise.h"
#include "base/wire/control.h"
#include "signer/cmd/serve_config.h"

enum {
    SG_PORTAL = 0, /* places of the services */
    SG_KEYD = 1,
    SG_FIRST_HELPER = 2,
};

struct sg_proc {
    char name[80];     /* "keyd.token.seal" */
    int owner;         /* place of the service it helps; -1: a service */
    enum mh_peer peer; /* what it is to its owner */
    uint32_t index;    /* of the key */
    struct mh_child child;
    int chan;    /* of a service: its control channel; else -1 */
    bool ready;  /* a service: it said so */
    bool wanted; /* it shall run */
    bool done;   /* its end is no fault: stopped, or its owner ended */
    bool killed; /* by us */
    int64_t started, start_at; /* ms; start_at: not before */
    int64_t wait;              /* ms: the last back-off */
    int64_t deadline;          /* ms; SIGKILL then; 0: none */
    unsigned ticks;            /* unanswered */
    uint32_t restarts;
    char last[64]; /* how it ended the last time */
    bool ok;       /* a service's own word (HEALTH) */
    char why[160];
};

struct sg_serve {
    struct sg_serve_config config;
    struct mh_arena *arena; /* of config */
    struct sg_proc proc[MH_PROCS_MAX];
    size_t procs;
    int listener, metrics, trust; /* handed over; -1: none */
    bool ready, stopping;
    uint8_t *in; /* MH_MESSAGE_MAX bytes */
};

int64_t sg_serve_now(void); /* monotonic ms */

/* The table of processes for the config. */
void sg_serve_layout(struct sg_serve *s);
/* Token workers anew, by the keys of the config; the old ones end with keyd.
   False: too many are still ending. */
bool sg_serve_keys(struct sg_serve *s);
/* A descriptor for a service, from a change of config on. */
void sg_serve_give(
    struct sg_serve *s, int service, enum mh_peer peer, uint32_t index, int fd);

/* Starts what is due; ms until the next thing is due, -1: nothing is. */
int64_t sg_serve_run(struct sg_serve *s);
/* A child ended (its pidfd is readable). */
void sg_serve_ended(struct sg_serve *s, size_t i);
/* A service's channel is readable. */
void sg_serve_heard(struct sg_serve *s, size_t i);
/* Tells every service how everybody is. */
void sg_serve_tick(struct sg_serve *s);
/* STOP to a service; false: it does not run. */
bool sg_serve_stop(struct sg_serve *s, int service);
/* RELOAD with the settings of s->config. */
void sg_serve_reload(struct sg_serve *s, int service);
void sg_serve_kill(struct sg_serve *s, size_t i, const char *why);

#endif
