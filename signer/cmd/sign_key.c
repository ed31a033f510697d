#include "signer/cmd/sign_key.h"

#include <stdlib.h>
#include <string.h>

#include "signer/cmd/cmd.h"
#include "signer/cmd/pin.h"
#include "signer/cmd/sign_mobile.h"

struct sg_sign_key {
    struct sg_mobile *mobile; /* NULL: a token */
    struct sg_key key;
    struct mh_flow_key flow;
    enum mh_token_scheme scheme;
    char class_name[16];
};

static int
exit_of(enum hsm_class c)
{
    return c == HSM_USAGE      ? SG_EXIT_USAGE
           : c == HSM_INTERNAL ? SG_EXIT_INTERNAL
                               : SG_EXIT_TOKEN;
}

static enum mh_code
sign(void *ctx, const struct mh_sign_draft *draft, struct mh_arena *arena,
    struct mh_err *err, int *why, struct mh_span *value)
{
    const struct sg_sign_key *k = ctx;
    struct hsm_request request = {.scheme = k->scheme,
        .hash = draft->alg,
        .digest = draft->digest,
        .message = draft->tbs.len <= HSM_MESSAGE_MAX ? draft->tbs
                                                     : (struct mh_span){0}};
    uint8_t *out = mh_arena_raw(arena, HSM_SIGNATURE_MAX);
    enum hsm_class c;

    if (out == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "key: no memory");
    c = hsm_sign(k->key.token, &request, err, out, &value->len);
    value->ptr = out;
    *why = exit_of(c);
    return c == HSM_OK ? MH_OK : c == HSM_INTERNAL ? MH_EINTERNAL : MH_EIO;
}

/* Other certificates of the token, for whoever builds the chain. */
static bool
take_chain(struct sg_sign_key *k, struct mh_arena *arena)
{
    size_t n = hsm_others(k->key.token);

    if (n > MH_SIGN_CHAIN_MAX)
        n = MH_SIGN_CHAIN_MAX;
    k->flow.chain = mh_arena_array(arena, n, sizeof(*k->flow.chain));
    for (size_t i = 0; k->flow.chain != NULL && i < n; i++)
        k->flow.chain[k->flow.chains++] = hsm_other(k->key.token, i);
    return k->flow.chain != NULL;
}

static enum hsm_class
choose(struct sg_sign_key *k, bool pss, struct mh_err *err)
{
    enum hsm_class c =
        hsm_preferred(k->key.token, err, &k->scheme, &k->flow.digest);

    if (c != HSM_OK)
        return c;
    if (pss && k->scheme == MH_TOKEN_PKCS1) {
        if ((hsm_facts(k->key.token)->mechanisms & MH_TOKEN_HAS_RSA_PSS) == 0) {
            (void)mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "the token has no RSA-PSS for this key");
            return HSM_CONFIGURATION;
        }
        k->scheme = MH_TOKEN_PSS;
    }
    k->flow.scheme = k->scheme == MH_TOKEN_PKCS1 ? sg_scheme_numbers.pkcs1
                     : k->scheme == MH_TOKEN_PSS ? sg_scheme_numbers.pss
                                                 : sg_scheme_numbers.ecdsa;
    return HSM_OK;
}

int
sg_sign_key_open(const struct sg_sign_options *options,
    const struct sg_config *config, struct mh_online *online,
    struct mh_arena *arena, struct sg_sign_key **out)
{
    static const char prefix[] = SG_MOBILE_PREFIX;
    struct sg_key_options ko = {
        options->key, options->module, options->pin_source};
    struct sg_sign_key *k = calloc(1, sizeof(*k));
    struct mh_err err = {.msg = ""};
    enum hsm_class c;

    *out = k;
    if (k == NULL)
        return SG_EXIT_INTERNAL;
    if (strncmp(options->key, prefix, sizeof(prefix) - 1) == 0)
        return sg_mobile_open(options->key + sizeof(prefix) - 1, config, online,
            options->spec.lang, arena, &k->mobile);
    k->flow.sign = sign;
    k->flow.ctx = k;
    c = sg_key_open(&ko, &err, &k->key);
    /* The token does not know what a digest is of: a key for signing in must
       never sign a document (keys.md 7.3). */
    if (c == HSM_OK && hsm_facts(k->key.token)->authentication) {
        (void)mh_fail(&err, MH_EUNSUP, MH_NO_OFFSET,
            "this key is for signing in, not for documents");
        c = HSM_CONFIGURATION;
    }
    if (c == HSM_OK)
        c = choose(k, options->pss, &err);
    if (c == HSM_OK)
        c = sg_pin_login(&k->key.pin, k->key.token, &err);
    if (c != HSM_OK)
        return sg_key_complain(options->key, c, &err);
    k->flow.certificate = hsm_certificate(k->key.token);
    return take_chain(k, arena) ? 0 : SG_EXIT_INTERNAL;
}

void
sg_sign_key_close(struct sg_sign_key *key)
{
    if (key == NULL)
        return;
    if (key->mobile == NULL)
        sg_key_close(&key->key);
    free(key);
}

const struct mh_flow_key *
sg_sign_key_flow(const struct sg_sign_key *key)
{
    return key->mobile != NULL ? sg_mobile_flow(key->mobile) : &key->flow;
}
