/*
 * The client's end of one mohur-token process: starting, asking with a
 * deadline, ending, killing.
 */
#ifndef HSM_WORKER_H
#define HSM_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/wire/token.h"
#include "hsm/hsm.h"

#define HSM_MODULE_DEFAULT "opensc-pkcs11.so"

struct hsm_worker {
    int chan;                        /* -1: none runs */
    pid_t pid;                       /* -1: none runs */
    uint8_t *in;                     /* MH_MESSAGE_MAX bytes: the last answer */
    const struct hsm_launch *launch; /* of the one that runs; NULL: our child */
};

struct hsm_worker_options {
    const char *program; /* NULL: beside the running one */
    const char *module;
    enum mh_token_profile profile;
    const char *const *writable;
    size_t writables;
    const struct hsm_launch *launch; /* NULL: it is executed here */
};

enum hsm_answer {
    HSM_ANSWERED,
    HSM_NO_ANSWER, /* not in time */
    HSM_DIED,
};

enum mh_code hsm_worker_init(
    struct hsm_worker *w, struct mh_err *err) MH_MUST_USE;
void hsm_worker_fini(struct hsm_worker *w); /* kills it */

/* MH_EIO if it cannot be started.  READY is not waited for. */
enum mh_code hsm_worker_start(struct hsm_worker *w,
    const struct hsm_worker_options *options, struct mh_err *err) MH_MUST_USE;
bool hsm_worker_runs(const struct hsm_worker *w);
/* Whether it runs and is silent, as it has to be when nothing was asked. */
bool hsm_worker_idle(const struct hsm_worker *w);
/* SIGKILL: it may be stopped, or hang in the module. */
void hsm_worker_kill(struct hsm_worker *w);
/* CLOSE, a moment to log out, then the end in any case. */
void hsm_worker_end(struct hsm_worker *w);

/*
 * Sends msg (NULL: nothing, only waits) and waits for one answer until
 * deadline, CLOCK_MONOTONIC in ms.  *answer borrows until the next call.
 */
enum hsm_answer hsm_worker_ask(struct hsm_worker *w, const struct mh_buf *msg,
    int64_t deadline, struct mh_span *answer) MH_MUST_USE;

int64_t hsm_now(void); /* CLOCK_MONOTONIC in ms */

/* The profile that fits a module's file name. */
enum mh_token_profile hsm_worker_profile(const char *module);

#endif
