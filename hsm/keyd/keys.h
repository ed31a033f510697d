/*
 * The keys of keyd: each with its mohur-token, which the supervisor starts,
 * its PIN, and one user at a time.  Functions may be called by any thread.
 */
#ifndef HSM_KEYD_KEYS_H
#define HSM_KEYD_KEYS_H

#include "base/wire/keyd.h"
#include "hsm/hsm.h"

struct hsm_keys;

/* Asks the supervisor to start token i anew. */
typedef void hsm_keys_want(void *arg, uint32_t i);

/*
 * Reads the files of stored PINs (0400 or 0600, of this user, one line), so
 * before files are limited.  settings are borrowed.
 */
enum mh_code hsm_keys_new(const struct mh_keyd_settings *settings,
    hsm_keys_want *want, void *arg, struct mh_err *err,
    struct hsm_keys **out) MH_MUST_USE;
void hsm_keys_free(struct hsm_keys *keys); /* NULL is fine */

/* A channel to token i came; taken over.  Never blocks. */
void hsm_keys_channel(struct hsm_keys *keys, uint32_t i, int chan);

/* Its index; one that hsm_keys_has denies: there is none of this name. */
bool hsm_keys_has(const struct hsm_keys *keys, size_t i);
size_t hsm_keys_find(const struct hsm_keys *keys, const char *name);
/* The first of this purpose; likewise. */
size_t hsm_keys_of(const struct hsm_keys *keys, enum mh_key_purpose purpose);

/* What a signature with it needs to know; certificates are in the arena. */
struct hsm_key_facts {
    struct mh_span certificate;
    struct mh_span *chain;
    size_t chains;
    enum mh_token_scheme scheme;
    enum mh_digest_alg hash;
    bool always_authenticate;
};
/* Opens the token, logs in where a PIN is stored. */
enum hsm_class hsm_keys_facts(struct hsm_keys *keys, size_t i,
    struct mh_arena *arena, struct mh_err *err,
    struct hsm_key_facts *out) MH_MUST_USE;

/* Verified; out holds HSM_SIGNATURE_MAX bytes. */
enum hsm_class hsm_keys_sign(struct hsm_keys *keys, size_t i,
    const struct hsm_request *request, struct mh_err *err, uint8_t *out,
    size_t *len) MH_MUST_USE;

/*
 * Activates a judge's key with its holder's PIN, which mohur-token keeps until
 * hsm_keys_deactivate, for keys that ask for it each time as well.  One
 * attempt; empty: it is typed on the reader.
 */
enum hsm_class hsm_keys_activate(struct hsm_keys *keys, size_t i,
    struct mh_span pin, struct mh_err *err) MH_MUST_USE;
/* Its mohur-token ends and with it the PIN. */
void hsm_keys_deactivate(struct hsm_keys *keys, size_t i);

/* Never blocks: what was known last. */
void hsm_keys_state(struct hsm_keys *keys, size_t i, struct mh_key_state *out);

#endif
