#include "signer/verify/logkey.h"

enum mh_code
sg_check_log_key(struct sg_ctx *ctx, struct mh_span key,
    const struct hsm_checkpoint *checkpoint, const char *what,
    struct mh_err *err)
{
    struct hsm_note_keys *keys = NULL;
    enum mh_code code;

    if (key.len == 0) {
        sg_out_add(&ctx->out, MH_F_LOG_KEY_NOT_GIVEN, MH_WARNING, "");
        return MH_OK;
    }
    code = hsm_note_keys_read(key, err, &keys);
    if (code != MH_OK)
        return code;
    if (hsm_checkpoint_verify(checkpoint, keys, NULL) == MH_OK)
        sg_out_add(&ctx->out, MH_F_LOG_KEY_GOOD, MH_INFO, "");
    else
        sg_out_add(&ctx->out, MH_F_LOG_KEY_OTHER, MH_ERROR, what);
    hsm_note_keys_free(keys);
    return MH_OK;
}
