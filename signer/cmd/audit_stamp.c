#include "signer/cmd/audit_stamp.h"

#include "base/limits.h"
#include "base/time.h"
#include "signer/trust/path.h"
#include "signer/trust/tst.h"

enum {
    TOKEN_ARENA = 32 << 20 /* bytes for one token and its path */
};

struct sg_audit_tsa {
    struct mh_buf snapshot;
    struct sg_trust *trust;
    struct sg_facts *facts;
};

enum mh_code
sg_audit_tsa_new(
    const struct sg_files *files, struct mh_err *err, struct sg_audit_tsa **out)
{
    struct sg_trust_sources sources = {
        .inputs = files->items, .count = files->count};
    struct sg_audit_tsa *t = calloc(1, sizeof(*t));
    enum mh_code code;

    if (t == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: memory");
    mh_buf_init(&t->snapshot, MH_SNAPSHOT_SIZE_MAX);
    t->facts = sg_facts_new();
    code = t->facts == NULL
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "trust: memory")
               : sg_trust_compile(&sources, err, &t->snapshot);
    if (code == MH_OK)
        code = sg_trust_open(mh_buf_get(&t->snapshot), err, &t->trust);
    if (code != MH_OK) {
        sg_audit_tsa_free(t);
        return code;
    }
    *out = t;
    return MH_OK;
}

void
sg_audit_tsa_free(struct sg_audit_tsa *tsa)
{
    if (tsa == NULL)
        return;
    sg_trust_free(tsa->trust);
    sg_facts_free(tsa->facts);
    mh_buf_fini(&tsa->snapshot);
    free(tsa);
}

/* NULL: it is right. */
static const char *
judge(struct sg_audit_tsa *t, struct mh_span token,
    const struct hsm_hash *digest, struct mh_arena *arena)
{
    struct sg_pool *pool = sg_pool_new(arena);
    struct sg_path_input in = {.pool = pool,
        .trust = t->trust,
        .facts = t->facts,
        .arena = arena,
        .purpose = SG_FOR_TSA,
        .service_time = MH_TIME_NONE};
    struct sg_tst_result result;
    struct sg_path path;
    struct sg_tst *tst;

    if (pool == NULL)
        return "timestamp: memory";
    if (sg_tst_parse(token, arena, NULL, &tst) != MH_OK)
        return "timestamp: malformed";
    if (tst->imprint_alg != MH_SHA256 ||
        !sg_tst_covers(
            tst, (struct mh_span){digest->byte, sizeof(digest->byte)}))
        return "timestamp: it is not over this checkpoint";
    if (sg_tst_check(tst, pool, t->facts, NULL, &result) != MH_OK)
        return "timestamp: it could not be judged";
    if (!result.ok)
        return result.text;
    in.leaf = result.tsa;
    in.time = tst->gen_time;
    if (sg_path_find(&in, NULL, &path) != MH_OK)
        return "timestamp: its TSA could not be judged";
    return path.code == SG_PATH_OK ? NULL : path.text;
}

bool
sg_audit_tsa_judge(void *arg, struct mh_span token,
    const struct hsm_hash *digest, const char **why)
{
    struct mh_arena *arena = mh_arena_new(TOKEN_ARENA);

    *why =
        arena == NULL ? "timestamp: memory" : judge(arg, token, digest, arena);
    mh_arena_free(arena);
    return *why == NULL;
}
