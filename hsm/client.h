/*
 * The inside of struct hsm_token, shared by the files of the client's side:
 * token.c (life and facts), sign.c (login and signatures), client.c (asking
 * mohur-token, its faults and restarts).
 */
#ifndef HSM_CLIENT_H
#define HSM_CLIENT_H

#include "hsm/check.h"
#include "hsm/hsm.h"
#include "hsm/worker.h"

#define HSM_FAULTS_DOWN 5U /* faults in a row */

struct hsm_token {
    struct mh_arena *arena; /* options, URI, identity */
    const char *uri;
    struct hsm_worker_options start;
    struct hsm_times times;
    hsm_pin_again *again;
    void *again_arg;

    struct hsm_worker worker;
    bool open; /* this mohur-token has answered OPEN */

    /* Identity: what was seen first, and has to be seen again. */
    bool known;
    const char *serial;
    struct mh_span own;
    struct mh_span other[MH_TOKEN_CERTS_MAX];
    size_t others;
    struct hsm_check check;

    struct mh_arena *facts_arena;
    struct hsm_facts facts;

    bool logged_in; /* this mohur-token was logged in */
    bool log_in;    /* it was before it was restarted: try again */
    bool pin_refused;

    unsigned faults;
    int64_t not_before; /* hsm_now() of the next start */
    uint64_t signatures;
    int64_t last_ms;
};

/* Sets err's line and returns c. */
enum hsm_class hsm_say(
    struct mh_err *err, enum hsm_class c, const char *fmt, ...) MH_PRINTF(3, 4);

/* How a request ended, besides its class. */
struct hsm_end {
    bool pin_used;         /* the token has seen a PIN */
    bool fault;            /* mohur-token was killed for it */
    struct mh_span answer; /* borrows until the next request */
    bool silent; /* there was no answer: nobody can say what happened */
};

/* Counts a fault and kills mohur-token. */
void hsm_client_fault(struct hsm_token *t);

/*
 * One request; end->answer is then of type want.  msg NULL: only waits
 * (READY).
 */
enum hsm_class hsm_client_ask(struct hsm_token *t, const struct mh_buf *msg,
    enum mh_token_message want, int64_t deadline, struct mh_err *err,
    struct hsm_end *end);

/* Takes FACTS over into t->facts. */
enum hsm_class hsm_client_facts(
    struct hsm_token *t, struct mh_span answer, struct mh_err *err);

/* hsm_open until deadline: starts, opens, compares, no login. */
enum hsm_class hsm_client_open(
    struct hsm_token *t, int64_t deadline, struct mh_err *err);

/* One mohur-token's READY. */
enum hsm_class hsm_client_ready(
    struct hsm_token *t, int64_t deadline, struct mh_err *err);

/* Fills in what options leave open; strings are copied to the arena. */
enum hsm_class hsm_client_options(const struct hsm_options *options,
    const char *module_path, struct mh_arena *arena, struct mh_err *err,
    struct hsm_worker_options *out);

#endif
