/*
 * Messages between a client and mohur-token, both directions.  What is read
 * packs to the very same bytes; a packet is never read as two kinds.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/wire/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct mh_buf again;
static int kinds;

static void
check(struct mh_span in, enum mh_token_message type)
{
    if (!mh_buf_ok(&again) || !mh_span_eq(in, mh_buf_get(&again)) ||
        mh_token_type(in) != (uint8_t)type)
        abort();
    mh_buf_clear(&again);
    kinds++;
}

static void
from_client(struct mh_span in, struct mh_arena *arena)
{
    struct mh_token_login login;
    struct mh_token_sign sign;
    struct mh_token_open open;
    struct mh_token_cert cert;

    if (mh_token_open_unpack(in, arena, NULL, &open) == MH_OK) {
        mh_token_open_pack(&open, &again);
        check(in, MH_TOKEN_OPEN);
    }
    if (mh_token_cert_unpack(in, NULL, &cert) == MH_OK) {
        mh_token_cert_pack(&cert, &again);
        check(in, MH_TOKEN_CERT);
    }
    if (mh_token_login_unpack(in, NULL, &login) == MH_OK) {
        mh_token_login_pack(&login, &again);
        check(in, MH_TOKEN_LOGIN);
        if (login.pad ? login.pin.len != 0
                      : login.pin.len == 0 || login.pin.len > MH_TOKEN_PIN_MAX)
            abort();
    }
    if (mh_token_sign_unpack(in, NULL, &sign) == MH_OK) {
        mh_token_sign_pack(&sign, &again);
        check(in, MH_TOKEN_SIGN);
        if (sign.digest.len != mh_digest_length(sign.hash))
            abort();
    }
    for (unsigned t = MH_TOKEN_READY; t < MH_TOKEN_END; t++)
        if (mh_token_unpack_bare(in, (enum mh_token_message)t, NULL) == MH_OK) {
            mh_token_pack_bare((enum mh_token_message)t, &again);
            check(in, (enum mh_token_message)t);
        }
}

static void
from_token(struct mh_span in, struct mh_arena *arena)
{
    struct mh_token_certificate certificate;
    struct mh_token_failed failed;
    struct mh_token_signed value;
    struct mh_token_facts facts;
    struct mh_token_list list;

    if (mh_token_facts_unpack(in, arena, NULL, &facts) == MH_OK) {
        mh_token_facts_pack(&facts, &again);
        check(in, MH_TOKEN_FACTS);
    }
    if (mh_token_certificate_unpack(in, NULL, &certificate) == MH_OK) {
        mh_token_certificate_pack(&certificate, &again);
        check(in, MH_TOKEN_CERTIFICATE);
    }
    if (mh_token_signed_unpack(in, NULL, &value) == MH_OK) {
        mh_token_signed_pack(&value, &again);
        check(in, MH_TOKEN_SIGNED);
        if (value.value.len == 0 || value.value.len > MH_TOKEN_VALUE_MAX)
            abort();
    }
    if (mh_token_failed_unpack(in, arena, NULL, &failed) == MH_OK) {
        mh_token_failed_pack(&failed, &again);
        check(in, MH_TOKEN_FAILED);
    }
    if (mh_token_tokens_unpack(in, arena, NULL, &list) == MH_OK) {
        mh_token_tokens_pack(&list, &again);
        check(in, MH_TOKEN_TOKENS);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct mh_span in = {data, len};

    if (arena == NULL || len > MH_MESSAGE_MAX) {
        mh_arena_free(arena);
        return 0;
    }
    mh_buf_init(&again, MH_MESSAGE_MAX);
    kinds = 0;
    from_client(in, arena);
    from_token(in, arena);
    if (kinds > 1)
        abort();
    mh_buf_fini(&again);
    mh_arena_free(arena);
    return 0;
}
