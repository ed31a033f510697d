/*
 * MID-REST (domain.md 1.4): mobile ID as it is documented, and the profile
 * that renames its fields for Asan İmza.  Pure: requests are made and answers
 * read here, the courier carries them.
 *
 *   POST certificate                  -> certificate
 *   POST signature                    -> session
 *   GET  signature/session/ID?...     -> pending, or value
 */
#ifndef BASE_REMOTE_MID_H
#define BASE_REMOTE_MID_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest/digest.h"
#include "base/remote/remote.h"

#define MH_MID_SESSION_MAX 64U /* bytes of a session's name */

/* How a provider names things, and who we are to it. */
struct mh_mid_profile {
    const char *name;      /* "mid", "asan" */
    const char *phone_key; /* member with the telephone's number */
    const char *user_key;  /* member with the user's number */
    bool user_in_subject;  /* the user's number ends the certificate's
                              serialNumber; else it is no public number */
    const char *relying_party_uuid;
    const char *relying_party_name;
};

/* The built-in profile of that name with us in it; false: none. */
bool mh_mid_profile_of(const char *name, const char *uuid,
    const char *relying_party, struct mh_mid_profile *out);

/*
 * "+994501234567/012345": a telephone number in international form and a
 * user's number of digits, both strings.  False where it is none.
 */
bool mh_mid_address(const char *s, char phone[static 24], char user[static 16]);

/* Whether a subject's serialNumber is that user's: "PNOEE-60001019906" or the
   number alone (EN 319 412-1 5.1.3); true where the profile cannot tell. */
bool mh_mid_user_fits(
    const struct mh_mid_profile *p, const char *user, struct mh_span serial);

enum mh_code mh_mid_certificate_request(const struct mh_mid_profile *p,
    const char *phone, const char *user, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

struct mh_mid_sign {
    const char *phone, *user;
    enum mh_digest_alg alg; /* SHA-256, 384, 512 */
    struct mh_span digest;
    enum mh_lang lang;
    const char *text; /* shown on the telephone, at most 100 bytes; or "" */
};
enum mh_code mh_mid_sign_request(const struct mh_mid_profile *p,
    const struct mh_mid_sign *s, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

/* What a path after the endpoint's address is; wait_ms: of the long poll. */
#define MH_MID_CERTIFICATE_PATH "/certificate"
#define MH_MID_SIGNATURE_PATH   "/signature"
void mh_mid_status_path(
    const char *session, unsigned wait_ms, struct mh_buf *out);

/*
 * Answers, with the HTTP status they came with.  What they say is the outcome;
 * certificate, value and session live in the arena and are set with
 * MH_REMOTE_OK only.  MH_ENOMEM alone is an error.
 */
enum mh_code mh_mid_certificate_reply(struct mh_span body, uint32_t status,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *certificate) MH_MUST_USE;
enum mh_code mh_mid_sign_reply(struct mh_span body, uint32_t status,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    const char **session) MH_MUST_USE;
enum mh_code mh_mid_status_reply(struct mh_span body, uint32_t status,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *value) MH_MUST_USE;

#endif
