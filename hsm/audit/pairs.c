#include "hsm/audit/pairs.h"

#include <string.h>

static enum mh_code
end_use(struct hsm_pairs *p, const struct hsm_record *r, struct mh_err *err)
{
    const struct hsm_value *use = hsm_record_get(r, "use");

    if (use == NULL || use->kind != HSM_VALUE_INT || use->number < 0)
        return mh_fail(err, MH_EFORMAT, r->n, "it names no key.use");
    for (size_t i = 0; i < p->count; i++)
        if (p->use[i] == (uint64_t)use->number) {
            memmove(&p->use[i], &p->use[i + 1],
                (p->count - i - 1) * sizeof(p->use[0]));
            p->count--;
            return MH_OK;
        }
    return mh_fail(err, MH_EFORMAT, r->n, "the key.use it names is not open");
}

enum mh_code
hsm_pairs_take(
    struct hsm_pairs *p, const struct hsm_record *r, struct mh_err *err)
{
    if (mh_span_is(r->ev, HSM_EV_KEY_USE)) {
        if (p->count == HSM_PAIRS_MAX)
            return mh_fail(err, MH_ELIMIT, r->n, "too many key.use are open");
        p->use[p->count++] = r->n;
        return MH_OK;
    }
    if (mh_span_is(r->ev, HSM_EV_KEY_DONE) ||
        mh_span_is(r->ev, HSM_EV_KEY_ORPHAN))
        return end_use(p, r, err);
    if (mh_span_is(r->ev, HSM_EV_START) && p->count > 0)
        return mh_fail(
            err, MH_EFORMAT, p->use[0], "a key.use without key.done");
    return MH_OK;
}
