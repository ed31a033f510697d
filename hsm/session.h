/*
 * The one token and key that a mohur-token serves: cached session and
 * handles, PIN policy (keys.md 3.3), signing, and opening everything anew
 * after the token was out (3.4 "gone").
 *
 * Each function that can fail returns false and fills *fail.  After a
 * failure of the class DEVICE the module may hang at its next call: nothing
 * more is asked of it before the answer is sent.
 */
#ifndef HSM_SESSION_H
#define HSM_SESSION_H

#include "hsm/find.h"

struct hsm_session {
    const struct hsm_module *m;
    struct hsm_uri uri;
    struct mh_arena *arena; /* what found points to */
    struct hsm_found found;
    char serial[sizeof(((CK_TOKEN_INFO *)NULL)->serialNumber) + 1];
    bool opened; /* once at least: OPEN is over */
    bool live;   /* session and handles may be used */
    CK_OBJECT_HANDLE key;
    bool key_seen;
    bool always_authenticate;
    uint32_t mechanisms;

    /* Login. */
    bool logged_in;
    bool by_pad;
    bool keep;
    bool stored;      /* the PIN in use came from a file or the like */
    bool stored_used; /* one stored PIN is tried per process */
    bool last_try;    /* the PIN in use was good at the confirmed last try */
    bool refused;     /* a PIN was wrong: nothing is tried by itself */
    uint8_t *pin;     /* locked memory, MH_TOKEN_PIN_MAX bytes */
    size_t pin_len;   /* 0: none is held */
};

/* pin: locked memory for it. */
void hsm_session_init(
    struct hsm_session *s, const struct hsm_module *m, uint8_t *pin);

bool hsm_session_open(struct hsm_session *s, const struct mh_token_open *m,
    struct mh_token_failed *fail);
/* Asks the token for its state first; strings are in the session's arena. */
bool hsm_session_facts(struct hsm_session *s, struct mh_token_facts *out,
    struct mh_token_failed *fail);
/* index 0: the key's own. */
bool hsm_session_cert(const struct hsm_session *s, uint32_t index,
    struct mh_span *out, struct mh_token_failed *fail);
bool hsm_session_login(struct hsm_session *s, const struct mh_token_login *m,
    struct mh_token_failed *fail);
/* out holds MH_TOKEN_VALUE_MAX bytes. */
bool hsm_session_sign(struct hsm_session *s, const struct mh_token_sign *m,
    uint8_t *out, size_t *len, struct mh_token_failed *fail);

/* While idle: notices that the token is gone, keeps the session awake. */
void hsm_session_poll(struct hsm_session *s, bool keep_alive);
/* Logs out if it logged in, closes, wipes. */
void hsm_session_end(struct hsm_session *s);

#endif
