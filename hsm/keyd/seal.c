/* Documents signed with the keys of keyd, through its own examiner. */
#include "hsm/keyd/engine.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/chan.h"

enum {
    PIECE = 1 << 20, /* bytes hashed at once */
    /* Of enum sg_scheme (signer/trust/key.h). */
    RSA_PKCS1 = 1,
    RSA_PSS = 2,
    ECDSA = 3,
};

/* ---- the examiner and the courier, which are started by somebody else ---- */

static int
take(struct hsm_engine *e, int *fresh)
{
    int fd;

    (void)pthread_mutex_lock(&e->came); /* it is ours */
    fd = *fresh;
    *fresh = -1;
    (void)pthread_mutex_unlock(&e->came); /* the same */
    return fd;
}

/* Takes into use what came since the last time. */
static enum mh_code
peers(struct hsm_engine *e, struct mh_err *err)
{
    enum mh_code code = MH_OK;
    int fd;

    if (e->examiner == NULL)
        code = mh_examiner_idle(err, &e->examiner);
    fd = take(e, &e->fresh_trust);
    if (code == MH_OK && fd >= 0)
        code = mh_examiner_setup(e->examiner, fd, err);
    mh_close(&fd);
    for (int p = 0; p < MH_EXAMINER_PARTS && code == MH_OK; p++) {
        fd = take(e, &e->fresh[p]);
        if (fd >= 0)
            code = mh_examiner_attach(
                e->examiner, (enum mh_examiner_part)p, fd, err);
    }
    fd = take(e, &e->fresh_courier);
    if (code == MH_OK && fd >= 0) {
        struct mh_courier *courier;

        mh_online_free(e->online);
        e->online = NULL;
        code = mh_courier_over(fd, &e->settings.fetch, err, &courier);
        fd = -1;
        if (code == MH_OK)
            e->online = mh_online_over(courier);
    }
    mh_close(&fd);
    if (code == MH_OK && e->online == NULL)
        code = mh_fail(err, MH_EIO, MH_NO_OFFSET, "courier: not there yet");
    return code;
}

/* ---- the flow ---- */

struct signing {
    struct hsm_engine *e;
    struct hsm_use *use;
    enum mh_token_scheme scheme;
};

static enum mh_code
sign(void *ctx, const struct mh_sign_draft *draft, struct mh_arena *arena,
    struct mh_err *err, int *why, struct mh_span *value)
{
    const struct signing *s = ctx;
    struct hsm_request request = {.scheme = s->scheme,
        .hash = draft->alg,
        .digest = draft->digest,
        .message = draft->tbs.len <= HSM_MESSAGE_MAX ? draft->tbs
                                                     : (struct mh_span){0}};
    uint8_t *out = mh_arena_raw(arena, HSM_SIGNATURE_MAX);
    enum mh_code code;

    *why = 0;
    if (out == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "key: no memory");
    code = hsm_engine_use_key(s->e, s->use, &request, err, out, &value->len);
    value->ptr = out;
    return code;
}

enum mh_code
hsm_engine_flow(struct hsm_engine *e, struct hsm_use *use,
    struct mh_sign_spec *spec, const struct mh_flow_input *input, size_t inputs,
    struct mh_err *err)
{
    struct signing s = {.e = e, .use = use};
    struct mh_flow_key key = {.sign = sign, .ctx = &s};
    struct mh_outfile out = {.dir = -1, .fd = -1};
    struct hsm_key_facts facts;
    struct mh_flow flow = {.key = &key};
    char path[HSM_KEEP_PATH];
    enum mh_code code = peers(e, err);

    use->where = "examiner";
    if (code != MH_OK)
        return code;
    use->where = "key";
    if (hsm_keys_facts(e->keys, use->key, use->arena, err, &facts) != HSM_OK)
        return MH_EIO;
    s.scheme = facts.scheme;
    key.certificate = facts.certificate;
    key.chain = facts.chain;
    key.chains = facts.chains;
    key.digest = facts.hash;
    key.scheme = facts.scheme == MH_TOKEN_PKCS1 ? RSA_PKCS1
                 : facts.scheme == MH_TOKEN_PSS ? RSA_PSS
                                                : ECDSA;
    flow.ex = e->examiner;
    flow.online = e->online;
    flow.where = "sign";
    mh_policy_default(&flow.policy, e->settings.strict);
    use->where = "state";
    code = hsm_keep_path(e->settings.state, use->id, err, path);
    if (code == MH_OK)
        code = mh_outfile_new(path, err, &out);
    if (code != MH_OK)
        return code;
    code = mh_flow_sign(&flow, spec, input, inputs, err, &out);
    use->where = flow.where;
    if (code == MH_OK) {
        use->where = "state";
        code = mh_outfile_commit(&out, true, err);
    }
    mh_outfile_drop(&out);
    return code;
}

/* ---- SEAL ---- */

static enum mh_code
hash_file(int fd, uint64_t size, struct mh_err *err, uint8_t out[static 32])
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_map map;
    enum mh_code code = mh_map_fd(fd, size, err, &map);

    if (code != MH_OK)
        return code;
    code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    mh_map_fini(&map);
    memcpy(out, hash, 32);
    return code;
}

/* The digest a ticket is bound to, over what really came. */
static enum mh_code
hash_all(const struct mh_keyd_seal *m, const int *fd, struct mh_err *err,
    uint8_t out[static 32])
{
    uint8_t each[MH_SEAL_FILES_MAX * 32] = {0}, hash[MH_DIGEST_MAX];
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < m->files && code == MH_OK; i++) {
        code =
            mh_keyd_memfd_check(fd[i], m->file[i].size, MH_SEAL_BYTES_MAX, err);
        if (code == MH_OK)
            code = hash_file(fd[i], m->file[i].size, err, &each[i * 32]);
    }
    memcpy(out, each, 32);
    if (code == MH_OK && m->files > 1) {
        code = mh_digest_once(
            MH_SHA256, (struct mh_span){each, m->files * 32}, err, hash);
        memcpy(out, hash, 32);
    }
    return code;
}

static void
answer(struct hsm_engine *e, struct hsm_call *call, struct mh_span op,
    const uint8_t made[static 32])
{
    struct mh_err err = {.msg = ""};
    bool there = false;
    enum mh_code code = hsm_engine_kept(e, call, op, made, &err, &there);

    if (code == MH_OK && !there)
        code = mh_fail(&err, MH_EINTERNAL, MH_NO_OFFSET, "state: no result");
    if (code != MH_OK)
        hsm_engine_fail(e, call, code, "state", &err);
}

static enum mh_code
seal(struct hsm_engine *e, struct hsm_call *call, const struct mh_keyd_seal *m,
    const uint8_t made[static 32], struct mh_err *err, const char **where)
{
    struct mh_flow_input input[MH_SEAL_FILES_MAX];
    struct hsm_use use = {.who = m->bond.requester};
    struct mh_sign_request request;
    struct hsm_kept kept;
    char doc[65];
    enum mh_code code =
        mh_sign_request_unpack(m->spec, call->arena, err, &request);

    *where = "request";
    if (code == MH_OK && request.op != MH_SIGN_PREPARE)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "request: not to sign");
    if (code != MH_OK)
        return code;
    for (size_t i = 0; i < m->files; i++)
        input[i] = (struct mh_flow_input){
            m->file[i].name, call->fd[i], m->file[i].size};
    use.key = hsm_keys_find(e->keys, m->bond.key);
    hsm_hex(m->op, use.op);
    hsm_hex(m->bond.document, doc);
    (void)snprintf(use.obj, sizeof(use.obj), "doc:%s", doc); /* it fits */
    use.id = m->op;
    use.arena = call->arena;
    code = hsm_engine_flow(e, &use, &request.spec, input, m->files, err);
    *where = use.where;
    if (code != MH_OK)
        return code;
    memcpy(kept.made_for, made, sizeof(kept.made_for));
    kept.n = use.done_n;
    *where = "state";
    return hsm_keep_mark(e->settings.state, m->op, &kept, err);
}

void
hsm_engine_seal(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_err err = {.msg = ""};
    const char *where = "document";
    uint8_t hash[32], made[32];
    struct mh_keyd_seal m;
    bool there = false;
    enum mh_code code;

    if (mh_keyd_seal_unpack(call->packet, call->arena, NULL, &m) != MH_OK ||
        m.files != call->fds) {
        call->malformed = true;
        return;
    }
    code = hash_all(&m, call->fd, &err, hash);
    if (code == MH_OK)
        code = hsm_engine_made_for(call, made);
    if (code != MH_OK) {
        hsm_engine_fail(e, call, code, where, &err);
        return;
    }
    /* What the caller says does not count, but what came. */
    if (mh_span_eq(m.bond.document, (struct mh_span){hash, sizeof(hash)}))
        code = hsm_engine_kept(e, call, m.op, made, &err, &there);
    m.bond.document = (struct mh_span){hash, sizeof(hash)};
    if (code != MH_OK) {
        hsm_engine_fail(e, call, code, "state", &err);
        return;
    }
    if (there || !hsm_engine_begin(e, call, m.op, &m.bond))
        return;
    code = seal(e, call, &m, made, &err, &where);
    hsm_engine_finish(e, m.op, code == MH_OK);
    if (code != MH_OK)
        hsm_engine_fail(e, call, code, where, &err);
    else
        answer(e, call, m.op, made);
}
