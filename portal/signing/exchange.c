#include "portal/signing/exchange.h"

#include <string.h>

#include "base/remote/talk.h"
#include "base/sys/chan.h"
#include "portal/http/clock.h"

enum {
    LONG_POLL_MS = 1000, /* the least that the service knows */
    ANSWER_MS = 10000,   /* of one exchange */
};

static enum mh_code
carry(void *ctx, struct mh_fetch *fetch, struct mh_arena *arena,
    struct mh_err *err, uint32_t *status, struct mh_span *answer)
{
    return pt_judge_fetch(ctx, fetch, arena, err, status, answer);
}

static struct mh_talk
talk_of(const struct pt_exchange *x)
{
    return (struct mh_talk){
        x->profile, x->phone, x->user, ANSWER_MS, carry, x->judge};
}

/* A step of a worker that writes no file. */
static enum mh_code
job(const struct pt_exchange *x, struct mh_sign_request *request,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    struct pt_sign_step step = {request, NULL, 0, -1};
    enum mh_code code = mh_memfd_new("key", 0, err, &step.out_fd);

    request->spec.role = request->spec.place = request->spec.reason = "";
    request->time = pt_time();
    if (code == MH_OK)
        code = pt_judge_sign(x->judge, &step, arena, err, out);
    mh_close(&step.out_fd);
    return code;
}

static enum mh_code
read_key(struct pt_exchange *x, struct mh_span certificate,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome)
{
    struct mh_sign_request request = {
        .op = MH_SIGN_KEY, .spec = {.certificate = certificate}};
    struct mh_sign_key key;
    struct mh_span result = {0};
    enum mh_code code = job(x, &request, arena, err, &result);

    if (code == MH_EFORMAT || code == MH_ELIMIT) {
        *outcome = MH_REMOTE_MALFORMED; /* it is no certificate */
        return MH_OK;
    }
    if (code == MH_OK && mh_sign_key_unpack(result, arena, err, &key) != MH_OK)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed");
    if (code != MH_OK)
        return code;
    x->key = (struct pt_mobile_key){
        certificate, key.scheme, key.digest, key.name, key.fin};
    if (!mh_mid_user_fits(x->profile, x->user, mh_span_str(key.serial)))
        *outcome = MH_REMOTE_WRONG_PERSON;
    return MH_OK;
}

enum mh_code
pt_exchange_key(struct pt_exchange *x, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome)
{
    const struct mh_talk talk = talk_of(x);
    struct mh_span certificate = {0};
    enum mh_code code =
        mh_talk_certificate(&talk, arena, err, outcome, &certificate);

    return code == MH_OK && *outcome == MH_REMOTE_OK
               ? read_key(x, certificate, arena, err, outcome)
               : code;
}

enum mh_code
pt_exchange_start(struct pt_exchange *x, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome)
{
    const struct mh_talk talk = talk_of(x);
    struct mh_mid_sign s = {
        .alg = x->alg, .digest = x->digest, .lang = x->lang, .text = x->text};

    return mh_talk_start(&talk, &s, arena, err, outcome, &x->session);
}

enum mh_code
pt_exchange_poll(const struct pt_exchange *x, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome, struct mh_span *value)
{
    const struct mh_talk talk = talk_of(x);
    const struct mh_talk_session session = {x->session, LONG_POLL_MS};

    return mh_talk_poll(&talk, &session, arena, err, outcome, value);
}

enum mh_code
pt_exchange_check(const struct pt_exchange *x, struct mh_span value,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome)
{
    struct mh_sign_request request = {.op = MH_SIGN_CHECK,
        .spec = {.certificate = x->key.certificate},
        .value = value,
        .alg = x->alg,
        .imprint = x->digest};
    struct mh_span result = {0};
    enum mh_code code = job(x, &request, arena, err, &result);

    if (code == MH_OK && result.len != 1)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed");
    *outcome = code == MH_OK && result.ptr[0] == 1 ? MH_REMOTE_OK
                                                   : MH_REMOTE_WRONG_VALUE;
    return code == MH_EUNSUP || code == MH_EFORMAT ? MH_OK : code;
}
