#include "base/remote/talk.h"

#include "base/limits.h"

struct answer {
    uint32_t status;
    struct mh_span body;
};

/* One exchange; an empty body asks with GET. */
static enum mh_code
ask(const struct mh_talk *t, const char *path, struct mh_span body,
    struct mh_arena *arena, struct mh_err *err, struct answer *answer)
{
    struct mh_fetch fetch = {
        .kind = body.len > 0 ? MH_FETCH_JSON_POST : MH_FETCH_JSON_GET,
        .endpoint = "mobile",
        .url = path,
        .timeout_ms = t->timeout_ms,
        .body = body};
    enum mh_code code;

    *answer = (struct answer){0};
    code = t->carry(t->ctx, &fetch, arena, err, &answer->status, &answer->body);
    return code == MH_EIO && answer->status != 0 ? MH_OK : code;
}

enum mh_code
mh_talk_certificate(const struct mh_talk *t, struct mh_arena *arena,
    struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *certificate)
{
    struct answer answer = {0};
    struct mh_buf body;
    enum mh_code code;

    *outcome = MH_REMOTE_MALFORMED;
    mh_buf_init(&body, MH_FETCH_BODY_MAX);
    code =
        mh_mid_certificate_request(t->profile, t->phone, t->user, err, &body);
    if (code == MH_OK)
        code = ask(
            t, MH_MID_CERTIFICATE_PATH, mh_buf_get(&body), arena, err, &answer);
    mh_buf_fini(&body);
    return code == MH_OK ? mh_mid_certificate_reply(answer.body, answer.status,
                               arena, err, outcome, certificate)
                         : code;
}

enum mh_code
mh_talk_start(const struct mh_talk *t, struct mh_mid_sign *s,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    const char **session)
{
    struct answer answer = {0};
    struct mh_buf body;
    enum mh_code code;

    *outcome = MH_REMOTE_MALFORMED;
    s->phone = t->phone;
    s->user = t->user;
    mh_buf_init(&body, MH_FETCH_BODY_MAX);
    code = mh_mid_sign_request(t->profile, s, err, &body);
    if (code == MH_OK)
        code = ask(
            t, MH_MID_SIGNATURE_PATH, mh_buf_get(&body), arena, err, &answer);
    mh_buf_fini(&body);
    return code == MH_OK ? mh_mid_sign_reply(answer.body, answer.status, arena,
                               err, outcome, session)
                         : code;
}

enum mh_code
mh_talk_poll(const struct mh_talk *t, const struct mh_talk_session *session,
    struct mh_arena *arena, struct mh_err *err, enum mh_remote_outcome *outcome,
    struct mh_span *value)
{
    struct answer answer = {0};
    struct mh_buf path;
    enum mh_code code;

    *outcome = MH_REMOTE_MALFORMED;
    mh_buf_init(&path, MH_REPORT_TEXT_MAX);
    mh_mid_status_path(session->name, session->wait_ms, &path);
    mh_buf_byte(&path, 0);
    code = mh_buf_ok(&path)
               ? ask(t, (const char *)path.ptr, (struct mh_span){0}, arena, err,
                     &answer)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "mobile: no memory");
    mh_buf_fini(&path);
    return code == MH_OK ? mh_mid_status_reply(answer.body, answer.status,
                               arena, err, outcome, value)
                         : code;
}
