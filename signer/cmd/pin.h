/*
 * A person's or a store's PIN for one key (keys.md 3.3), and the key itself,
 * opened as every command that signs needs it.
 *
 * Sources: "prompt" (on the terminal, without echo), "file:PATH" (0600, own
 * uid) and "fd:N"; never argv, environment or the URI.  A PIN is held in
 * locked memory and wiped.
 */
#ifndef SIGNER_CMD_PIN_H
#define SIGNER_CMD_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "hsm/hsm.h"

enum sg_pin_kind {
    SG_PIN_PROMPT,
    SG_PIN_FILE,
    SG_PIN_FD,
};

struct sg_pin {
    enum sg_pin_kind kind;
    const char *path; /* SG_PIN_FILE; borrowed */
    int fd;           /* SG_PIN_FD; read to its end once, then -1 */
    bool given;       /* the source was named, not only the default */
    uint8_t *held;    /* locked memory of MH_TOKEN_PIN_MAX + 1 bytes */
    size_t len;       /* bytes of an SG_PIN_FD that was read */
};

/*
 * source: --pin-source or NULL; from_uri: the path of pin-source in the URI or
 * NULL, which then is used.  MH_EFORMAT if source is none of the above.
 */
enum mh_code sg_pin_init(struct sg_pin *p, const char *source,
    const char *from_uri, struct mh_err *err) MH_MUST_USE;
void sg_pin_fini(struct sg_pin *p); /* wipes */

/* For hsm_options.again: a store gives its PIN once more, a person does not. */
bool sg_pin_again(void *pin, uint8_t *out, size_t max, size_t *len);

/*
 * Logs t in, if it wants that: with the store's PIN, on the reader's pad, or
 * after asking on the terminal, where the last try has to be confirmed.
 */
enum hsm_class sg_pin_login(
    struct sg_pin *p, struct hsm_token *t, struct mh_err *err) MH_MUST_USE;

/* What --key, --module and --pin-source say. */
struct sg_key_options {
    const char *key;        /* RFC 7512 URI */
    const char *module;     /* NULL: of mohur.conf, or OpenSC's */
    const char *pin_source; /* NULL: of the URI, or the terminal */
};

struct sg_key {
    struct sg_pin pin;
    struct hsm_token *token;
    struct mh_arena *arena;
};

/*
 * Opens the key, without login.  *key is to be closed in any case.  HSM_USAGE
 * is about the options.
 */
enum hsm_class sg_key_open(const struct sg_key_options *options,
    struct mh_err *err, struct sg_key *key) MH_MUST_USE;
void sg_key_close(struct sg_key *key);

/* Module and list of allowed modules, from options and mohur.conf. */
enum hsm_class sg_key_modules(const char *module, struct mh_arena *arena,
    struct mh_err *err, struct hsm_options *out) MH_MUST_USE;

/* One error line; returns the exit code of the class: 5, 64 or 70. */
int sg_key_complain(
    const char *what, enum hsm_class c, const struct mh_err *err);

#endif
