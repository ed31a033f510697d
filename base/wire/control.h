/*
 * Messages between the supervisor (`mohur serve`) and a service it started:
 * mohur-portal, mohur-keyd.  One packet each over the SOCK_SEQPACKET pair that
 * the service finds as MH_HELPER_FD.
 *
 *   supervisor -> service  SETUP    its settings (base/wire/settings.h); first
 *   supervisor -> service  CHANNEL  [one descriptor] what it speaks to
 *   supervisor -> service  TICK     how every process is; answered by HEALTH
 *   supervisor -> service  RELOAD   its settings again, whole
 *   supervisor -> service  STOP     finish what is under way, then exit 0
 *   service -> supervisor  READY    once: everything it needs is there
 *   service -> supervisor  HEALTH   the answer to a TICK
 *   service -> supervisor  WANT     kill a helper of mine, start it again
 *
 * A message of a bad length, type, order or number of descriptors ends a
 * service that received it, and gets a service killed that sent it.
 *
 * A CHANNEL comes again whenever its other end was started anew: the receiver
 * closes the one it had, and fails or repeats what was under way over it.
 */
#ifndef BASE_WIRE_CONTROL_H
#define BASE_WIRE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define MH_PROCS_MAX    64U   /* processes of one appliance */
#define MH_COUNTERS_MAX 64U   /* numbers in a HEALTH */
#define MH_TICK_MS      5000  /* between two of them */
#define MH_STOP_MS      10000 /* from STOP to SIGKILL */

enum mh_ctl_type {
    MH_CTL_SETUP = 1,
    MH_CTL_CHANNEL,
    MH_CTL_TICK,
    MH_CTL_RELOAD,
    MH_CTL_STOP,
    MH_CTL_READY,
    MH_CTL_HEALTH,
    MH_CTL_WANT,
    MH_CTL_END
};

/* What a channel leads to. */
enum mh_peer {
    MH_PEER_EXAMINER,      /* as base/peer/examiner.h: all but PDF */
    MH_PEER_EXAMINER_PDF,  /* PDF */
    MH_PEER_EXAMINER_SIGN, /* the one that writes */
    MH_PEER_COURIER,
    MH_PEER_KEYD,     /* the portal's way to keyd */
    MH_PEER_PORTAL,   /* keyd's way to the portal */
    MH_PEER_TOKEN,    /* index: of the key in mh_keyd_settings */
    MH_PEER_LISTENER, /* a listening socket, not blocking; index 0 */
    MH_PEER_METRICS,  /* a listening socket of the loopback */
    MH_PEER_TRUST,    /* sealed memfd: the compiled snapshot of the anchors,
                         for mh_examiner_setup; again after a reload */
    MH_PEERS
};
const char *mh_peer_name(enum mh_peer peer); /* "examiner-pdf" */

struct mh_ctl_channel {
    enum mh_peer peer;
    uint32_t index; /* 0 but for MH_PEER_TOKEN: below MH_KEYS_MAX */
};

/* One process, for health and metrics. */
struct mh_proc {
    const char *name; /* "portal.examiner-pdf", "keyd.token.seal" */
    const char *last; /* how it ended the last time; "": it never did */
    uint64_t up_s;    /* seconds since its start */
    uint64_t rss;     /* bytes */
    uint32_t pid;     /* 0: it does not run */
    uint32_t restarts;
    uint32_t fds;
    bool up; /* it runs, and was ready where it says so */
};

struct mh_ctl_tick {
    bool ready; /* every part is */
    struct mh_proc *proc;
    size_t procs;
};

struct mh_counter {
    const char *name; /* [a-z][a-z0-9_]*, at most 64 bytes */
    uint64_t value;
};

struct mh_ctl_health {
    bool ok;         /* it can do what it is for */
    const char *why; /* where it cannot: one line; "" */
    struct mh_counter *counter;
    size_t counters;
};

/* Only for a helper of its own: an examiner, the courier, a token. */
struct mh_ctl_want {
    enum mh_peer peer;
    uint32_t index;
};

/* Type byte of a packet; 0 if there is none. */
uint8_t mh_ctl_type(struct mh_span packet);

/* A message without fields: STOP, READY. */
void mh_ctl_pack_bare(enum mh_ctl_type type, struct mh_buf *out);
enum mh_code mh_ctl_unpack_bare(struct mh_span packet, enum mh_ctl_type type,
    struct mh_err *err) MH_MUST_USE;

/* Each pair packs and unpacks one message with its type byte. */
void mh_ctl_channel_pack(const struct mh_ctl_channel *m, struct mh_buf *out);
enum mh_code mh_ctl_channel_unpack(struct mh_span packet, struct mh_err *err,
    struct mh_ctl_channel *out) MH_MUST_USE;
void mh_ctl_tick_pack(const struct mh_ctl_tick *m, struct mh_buf *out);
enum mh_code mh_ctl_tick_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_ctl_tick *out) MH_MUST_USE;
void mh_ctl_health_pack(const struct mh_ctl_health *m, struct mh_buf *out);
enum mh_code mh_ctl_health_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_ctl_health *out) MH_MUST_USE;
void mh_ctl_want_pack(const struct mh_ctl_want *m, struct mh_buf *out);
enum mh_code mh_ctl_want_unpack(struct mh_span packet, struct mh_err *err,
    struct mh_ctl_want *out) MH_MUST_USE;

#endif
