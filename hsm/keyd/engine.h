/*
 * What keyd does with a request: the op table, the order of security.md 10 and
 * the answers.  Internal to the folder.
 *
 * Requests are served by several threads; those that seal (SEAL, RECEIPT) by
 * one, which alone speaks to the examiner and the courier.
 */
#ifndef HSM_KEYD_ENGINE_H
#define HSM_KEYD_ENGINE_H

#include <pthread.h>

#include "base/limits.h"
#include "base/peer/flow.h"
#include "base/wire/control.h"
#include "hsm/audit/read.h"
#include "hsm/keyd/filed.h"
#include "hsm/keyd/keep.h"
#include "hsm/keyd/keys.h"
#include "hsm/keyd/logkey.h"
#include "hsm/keyd/ops.h"
#include "hsm/keyd/writer.h"

struct hsm_engine {
    struct mh_keyd_settings settings;
    char log_dir[HSM_KEEP_PATH];
    struct hsm_keys *keys;
    struct hsm_logkey *logkey;
    struct hsm_writer *writer;
    struct hsm_filed *filed;
    struct hsm_op_limits limits[MH_KEYS_MAX];

    /* Held while a judge's key is activated or put down: taken first. */
    pthread_mutex_t activation;
    pthread_mutex_t lock; /* of ops */
    struct hsm_ops *ops;

    /* Channels that came and were not taken into use yet; -1: none. */
    pthread_mutex_t came;
    int fresh[MH_EXAMINER_PARTS], fresh_courier, fresh_trust;

    /* Of who reads records. */
    pthread_mutex_t reading;
    struct hsm_reader reader;

    /* Of the thread that seals. */
    struct mh_examiner *examiner;
    struct mh_online *online;
    int64_t stamped; /* ms */
};

/* One request under way. */
struct hsm_call {
    struct mh_span packet;
    int *fd;
    size_t fds;
    uint64_t id;
    struct mh_arena *arena;
    struct mh_buf out; /* the answer */
    int out_fd;        /* beside it; -1: none.  Closed by the caller */
    bool malformed;    /* it broke the protocol: its channel ends */
};

/* Keys with their PINs, table, folders; before files are limited. */
enum mh_code hsm_engine_init(struct hsm_engine *e, hsm_keys_want *want,
    void *arg, struct mh_err *err) MH_MUST_USE;
/* Opens the log, makes it where there is none; may wait for a token. */
enum mh_code hsm_engine_log(
    struct hsm_engine *e, struct mh_err *err) MH_MUST_USE;
/* Writes the stop record and closes everything. */
void hsm_engine_fini(struct hsm_engine *e);
/* Expires what ran out of time, puts down keys that nothing waits for. */
void hsm_engine_sweep(struct hsm_engine *e);
/* A channel came: parked for the thread that seals, or for a key. */
void hsm_engine_channel(
    struct hsm_engine *e, enum mh_peer peer, uint32_t index, int fd);
/* Puts down each judge's key that nothing approved waits for. */
void hsm_engine_put_down(struct hsm_engine *e);

bool hsm_engine_seals(uint8_t type); /* for the thread that seals */
/* Serves a request that is not an APPEND; call->out is its answer. */
void hsm_engine_serve(struct hsm_engine *e, struct hsm_call *call);
/* Served by the thread that seals. */
void hsm_engine_seal(struct hsm_engine *e, struct hsm_call *call);
void hsm_engine_receipt(struct hsm_engine *e, struct hsm_call *call);

/* READ and CHECK. */
void hsm_engine_read(struct hsm_engine *e, struct hsm_call *call);
void hsm_engine_check(struct hsm_engine *e, struct hsm_call *call);

/* ---- shared by the files of the engine ---- */

int64_t hsm_engine_now(void); /* ms, never goes back */

/* A value of a record's d. */
struct hsm_value hsm_text(const char *key, const char *value);
struct hsm_value hsm_number(const char *key, uint64_t value);
void hsm_hex(struct mh_span bytes, char *out); /* 2 * len + 1 bytes */

struct hsm_event {
    const char *ev, *who, *obj, *res;
    struct hsm_value value[8]; /* sorted by key */
    size_t values;
    bool checkpoint;
};
/* Records it; on the disk when it returns MH_OK. */
enum mh_code hsm_engine_record(struct hsm_engine *e,
    const struct hsm_event *event, struct mh_err *err, uint64_t *n) MH_MUST_USE;

/* Sees to it that record n stands below a checkpoint. */
enum mh_code hsm_engine_covered(
    struct hsm_engine *e, uint64_t n, struct mh_err *err) MH_MUST_USE;

/* FAILED; a refusal is recorded first. */
void hsm_engine_fail(struct hsm_engine *e, struct hsm_call *call,
    enum mh_code code, const char *where, const struct mh_err *err);
void hsm_engine_refuse(struct hsm_engine *e, struct hsm_call *call,
    const struct mh_keyd_bond *bond, struct mh_span op, enum mh_refusal why);

/* PREPARE and APPROVE for the seal, then SIGN; false: refused and answered. */
bool hsm_engine_begin(struct hsm_engine *e, struct hsm_call *call,
    struct mh_span op, const struct mh_keyd_bond *bond) MH_MUST_USE;
/* Ends what was begun; puts a judge's key down after the last act. */
void hsm_engine_finish(struct hsm_engine *e, struct mh_span id, bool good);
/* SHA-256 of a request without its number. */
enum mh_code hsm_engine_made_for(
    const struct hsm_call *call, uint8_t out[static 32]) MH_MUST_USE;
void hsm_engine_queue(struct hsm_engine *e, struct hsm_call *call);

/* What a signature is made for. */
struct hsm_use {
    const char *who;
    char obj[80]; /* "doc:" and the SHA-256 */
    size_t key;
    char op[2 * MH_OP_ID + 1];
    uint64_t done_n; /* out: of key.done */
    /* Of hsm_engine_flow only. */
    struct mh_span id;
    struct mh_arena *arena;
    const char *where; /* out: the step that failed */
};
/* key.use, the token, its check, key.done: in that order (security.md 10). */
enum mh_code hsm_engine_use_key(struct hsm_engine *e, struct hsm_use *use,
    const struct hsm_request *request, struct mh_err *err, uint8_t *value,
    size_t *len) MH_MUST_USE;

/*
 * Signs files with a key through the examiner into the operation's result.
 * spec without the key's fields.
 */
enum mh_code hsm_engine_flow(struct hsm_engine *e, struct hsm_use *use,
    struct mh_sign_spec *spec, const struct mh_flow_input *input, size_t inputs,
    struct mh_err *err) MH_MUST_USE;

/* Answers with a result that is kept, if there is one; *done: it was. */
enum mh_code hsm_engine_kept(struct hsm_engine *e, struct hsm_call *call,
    struct mh_span op, const uint8_t made[static 32], struct mh_err *err,
    bool *done) MH_MUST_USE;

#endif
