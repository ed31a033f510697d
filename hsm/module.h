/*
 * One PKCS#11 module inside mohur-token, and what its return values mean.
 */
#ifndef HSM_MODULE_H
#define HSM_MODULE_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/wire/token.h"

struct hsm_module {
    void *library;
    CK_FUNCTION_LIST *f;
    CK_INFO info;
};

/*
 * Loads and initializes it, and looks for readers once, so that all it loads
 * is loaded.  MH_EIO if it cannot be loaded, MH_EFORMAT if it is no module.
 */
enum mh_code hsm_module_load(
    const char *path, struct mh_err *err, struct hsm_module *out) MH_MUST_USE;
/* C_Finalize; the library stays: exit handlers of modules crash. */
void hsm_module_end(struct hsm_module *m);

/* Fills *out for rv; what: what was tried, for the line.  Returns false. */
bool hsm_module_fail(struct mh_token_failed *out, CK_RV rv, const char *what);
/* The same for what we found out ourselves. */
bool hsm_module_refuse(
    struct mh_token_failed *out, enum mh_token_class cls, const char *text);

/* The handles of this session are dead: open everything anew. */
bool hsm_module_gone(CK_RV rv);

enum mh_pin_level hsm_module_level(const CK_TOKEN_INFO *t);

#endif
