/*
 * The key that signs checkpoints of the audit log, used for nothing else: of a
 * token of purpose MH_KEY_LOG, or, where there is none, a P-256 key in
 * STATE/log.key, mode 0400, which is made with the log.
 */
#ifndef HSM_KEYD_LOGKEY_H
#define HSM_KEYD_LOGKEY_H

#include "hsm/audit/note.h"
#include "hsm/keyd/keys.h"

struct hsm_logkey;

/* dir: the state folder; origin: the name of log and key; both borrowed. */
enum mh_code hsm_logkey_open(const char *dir, const char *origin,
    struct hsm_keys *keys, struct mh_err *err,
    struct hsm_logkey **out) MH_MUST_USE;
void hsm_logkey_free(struct hsm_logkey *key); /* NULL is fine */

const struct hsm_note_signer *hsm_logkey_signer(const struct hsm_logkey *key);
const struct hsm_note_keys *hsm_logkey_keys(const struct hsm_logkey *key);
/* Its line of log.pub. */
struct mh_span hsm_logkey_line(const struct hsm_logkey *key);

#endif
