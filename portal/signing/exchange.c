#include "portal/signing/exchange.h"

#include <string.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "portal/http/clock.h"

enum {
    LONG_POLL_MS = 1000, /* the least that the service knows */
    ANSWER_MS = 10000,   /* of one exchange */
};

struct answer {
    uint32_t status;
    struct mh_span body;
};

/* One exchange; an empty body asks with GET. */
static enum mh_code
ask(const struct pt_exchange *x, const char *path, struct mh_span body,
    struct mh_arena *arena, struct mh_err *err, struct answer *answer)
{
    struct mh_fetch fetch = {
        .kind = body.len > 0 ? MH_FETCH_JSON_POST : MH_FETCH_JSON_GET,
        .endpoint = "mobile",
        .url = path,
        .timeout_ms = ANSWER_MS,
        .body = body};

    *answer = (struct answer){0};
    return pt_judge_fetch(
        x->judge, &fetch, arena, err, &answer->status, &answer->body);
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

/* "PNOEE-60001019906" or the number alone (EN 319 412-1 5.1.3). */
static bool
names(const char *serial, const char *user)
{
    size_t n = strlen(serial), u = strlen(user);

    return n >= u && strcmp(serial + n - u, user) == 0 &&
           (n == u || serial[n - u - 1] == '-');
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
    if (x->profile->user_in_subject && !names(key.serial, x->user))
        *outcome = MH_REMOTE_WRONG_PERSON;
    return MH_OK;
}

enum mh_code
pt_exchange_key(struct pt_exchange *x, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome)
{
    struct mh_span certificate = {0};
    struct answer answer = {0};
    struct mh_buf body;
    enum mh_code code;

    *outcome = MH_REMOTE_MALFORMED;
    mh_buf_init(&body, MH_FETCH_BODY_MAX);
    code =
        mh_mid_certificate_request(x->profile, x->phone, x->user, err, &body);
    if (code == MH_OK)
        code = ask(
            x, MH_MID_CERTIFICATE_PATH, mh_buf_get(&body), arena, err, &answer);
    mh_buf_fini(&body);
    if (code == MH_OK)
        code = mh_mid_certificate_reply(
            answer.body, answer.status, arena, err, outcome, &certificate);
    return code == MH_OK && *outcome == MH_REMOTE_OK
               ? read_key(x, certificate, arena, err, outcome)
               : code;
}

enum mh_code
pt_exchange_start(struct pt_exchange *x, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome)
{
    struct mh_mid_sign s = {.phone = x->phone,
        .user = x->user,
        .alg = x->alg,
        .digest = x->digest,
        .lang = x->lang,
        .text = x->text};
    struct answer answer = {0};
    struct mh_buf body;
    enum mh_code code;

    *outcome = MH_REMOTE_MALFORMED;
    mh_buf_init(&body, MH_FETCH_BODY_MAX);
    code = mh_mid_sign_request(x->profile, &s, err, &body);
    if (code == MH_OK)
        code = ask(
            x, MH_MID_SIGNATURE_PATH, mh_buf_get(&body), arena, err, &answer);
    mh_buf_fini(&body);
    return code == MH_OK ? mh_mid_sign_reply(answer.body, answer.status, arena,
                               err, outcome, &x->session)
                         : code;
}

enum mh_code
pt_exchange_poll(const struct pt_exchange *x, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome, struct mh_span *value)
{
    struct answer answer = {0};
    struct mh_buf path;
    enum mh_code code;

    *outcome = MH_REMOTE_MALFORMED;
    mh_buf_init(&path, MH_REPORT_TEXT_MAX);
    mh_mid_status_path(x->session, LONG_POLL_MS, &path);
    mh_buf_byte(&path, 0);
    code = mh_buf_ok(&path)
               ? ask(x, (const char *)path.ptr, (struct mh_span){0}, arena, err,
                     &answer)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    mh_buf_fini(&path);
    return code == MH_OK ? mh_mid_status_reply(answer.body, answer.status,
                               arena, err, outcome, value)
                         : code;
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
