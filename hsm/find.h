/*
 * Finding tokens, keys and certificates through one module.  Nothing here
 * needs a PIN: a key is found by its certificate (keys.md 2.1).
 */
#ifndef HSM_FIND_H
#define HSM_FIND_H

#include "base/arena.h"
#include "hsm/module.h"
#include "hsm/uri.h"

#define HSM_SLOTS_MAX   64U  /* slots looked at */
#define HSM_OBJECTS_MAX 64U  /* objects of one class on one token */
#define HSM_LABEL_MAX   128U /* bytes of a label that is shown */

struct hsm_cert {
    struct mh_span id, label, der;
};

/* A token with one key; all that is pointed to is in the arena. */
struct hsm_found {
    CK_SLOT_ID slot;
    CK_TOKEN_INFO token;
    CK_SESSION_HANDLE session; /* open, not logged in */
    struct hsm_cert own;       /* the certificate of the key */
    struct hsm_cert other[MH_TOKEN_CERTS_MAX];
    size_t others;
};

/*
 * Finds the one token and key that uri names and leaves a session open on it.
 * No token: GONE; no key, no certificate, more than one: CONFIGURATION.
 */
bool hsm_find_key(const struct hsm_module *m, const struct hsm_uri *uri,
    struct mh_arena *arena, struct mh_token_failed *fail,
    struct hsm_found *out);

/* A session of a module. */
struct hsm_at {
    const struct hsm_module *m;
    CK_SESSION_HANDLE s;
};

/* Everything that can be seen without a PIN. */
bool hsm_find_all(const struct hsm_module *m, struct mh_arena *arena,
    struct mh_token_failed *fail, struct mh_token_list *out);

/*
 * Objects of a class, with an id if it is not empty; at most max handles are
 * given out, and *count says how many there are, at most max + 1.
 */
CK_RV hsm_find_objects(struct hsm_at at, CK_OBJECT_CLASS cls, struct mh_span id,
    CK_OBJECT_HANDLE *out, size_t max, size_t *count);

/* One attribute, of at most max bytes; empty if there is none. */
CK_RV hsm_find_attribute(struct hsm_at at, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, size_t max, struct mh_arena *arena,
    struct mh_span *out);

/* A padded text of a token, made clean; "" without memory. */
const char *hsm_find_text(
    struct mh_arena *arena, const CK_UTF8CHAR *text, size_t len);

#endif
