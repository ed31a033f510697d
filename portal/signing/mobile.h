/*
 * Signatures by mobile ID while a page waits: the certificate is fetched, what
 * is to be signed is made for it, the telephone is asked, and the value is
 * handed on, all in a thread of its own.  A transaction lives in memory: one
 * that a restart ends is begun again by its person, and nothing of it is kept.
 *
 * At most one is under way for a telephone, and a few an hour (portal.md 3.1).
 */
#ifndef PORTAL_SIGNING_MOBILE_H
#define PORTAL_SIGNING_MOBILE_H

#include "base/digest/digest.h"
#include "base/remote/remote.h"
#include "portal/api/app.h"

enum {
    PT_MOBILE_MAX = 64,      /* under way at once */
    PT_MOBILE_SECONDS = 120, /* for the person to answer */
    PT_MOBILE_KEEP = 600,    /* seconds that an outcome can be read */
    PT_MOBILE_HOURLY = 5,    /* of one telephone */
};

/* The key behind the telephone, as a worker read its certificate. */
struct pt_mobile_key {
    struct mh_span certificate; /* DER */
    unsigned scheme;            /* enum sg_scheme (base/wire/sign.h) */
    enum mh_digest_alg digest;
    const char *name; /* of the person, clean text */
    const char *fin;  /* or "" */
};

/* What it is for; called in threads of the engine, one after the other, in
   this order. */
struct pt_mobile_work {
    /* What the key shall sign: alg and digest, which lives in the arena. */
    enum mh_code (*prepare)(void *ctx, const struct pt_mobile_key *key,
        struct mh_arena *arena, struct mh_err *err, enum mh_digest_alg *alg,
        struct mh_span *digest);
    /* The value, r||s or that of RSA; result: a word for whoever asks, at most
       63 bytes, such as the id of what was made. */
    enum mh_code (*complete)(void *ctx, struct mh_span value,
        struct mh_arena *arena, struct mh_err *err, char result[static 64]);
    /* Always, at the end; whether or not the others were called. */
    void (*release)(void *ctx);
    void *ctx;
    const char *text; /* shown on the telephone; "" : that of the settings */
};

enum pt_mobile_stage {
    PT_MOBILE_BEGUN,   /* the certificate is asked for */
    PT_MOBILE_WAITING, /* the code is shown, the telephone is asked */
    PT_MOBILE_SIGNED,  /* the value came; complete is under way */
    PT_MOBILE_DONE,
    PT_MOBILE_FAILED,
};

struct pt_mobile_status {
    enum pt_mobile_stage stage;
    char code[5];                   /* from WAITING on */
    enum mh_remote_outcome outcome; /* of FAILED: the service's word, or OK
                                       where it was ours: why */
    char why[160];                  /* one line in English, or "" */
    char result[64];                /* of DONE */
    int64_t until;                  /* seconds UTC */
};

enum pt_mobile_begun {
    PT_MOBILE_OK,
    PT_MOBILE_NONE,    /* no mobile ID is set up */
    PT_MOBILE_ADDRESS, /* not a telephone number, or not a user's number */
    PT_MOBILE_BUSY,    /* one is under way for this telephone */
    PT_MOBILE_OFTEN,   /* PT_MOBILE_HOURLY */
    PT_MOBILE_FULL,    /* PT_MOBILE_MAX, or no thread */
};

struct pt_mobile_asked {
    const char *phone; /* "+994501234567" */
    const char *user;  /* digits */
    enum mh_lang lang; /* of what the telephone shows */
    /* Who may look at it: SHA-256 of the session's token or of a cookie's. */
    uint8_t owner[PT_HASH];
    int64_t account; /* who is signed in, for the audit log; 0: nobody yet */
};

/* Takes work over, whatever it answers. */
enum pt_mobile_begun pt_mobile_begin(struct pt_app *app,
    const struct pt_mobile_asked *asked, const struct pt_mobile_work *work,
    char id[static 27]);

/* PT_ABSENT: there is none of that id, or it is another's. */
enum pt_found pt_mobile_look(struct pt_app *app, const char *id,
    const uint8_t owner[static PT_HASH], struct pt_mobile_status *out);

/* The same; what is done is told once, and forgotten then. */
enum pt_found pt_mobile_take(struct pt_app *app, const char *id,
    const uint8_t owner[static PT_HASH], struct pt_mobile_status *out);

/*
 * Begins the engine out of mohur.conf, copied; without a mobile section there
 * is none, and that is MH_OK.  MH_EFORMAT: its profile is unknown.
 */
enum mh_code pt_mobile_start(struct pt_app *app,
    const struct mh_mobile_settings *set, struct mh_err *err) MH_MUST_USE;
/* Ends what is under way; the server has been stopped. */
void pt_mobile_stop(struct pt_app *app);

#endif
