#include "signer/cmd/sign_mobile.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/remote/talk.h"
#include "signer/cmd/cmd.h"
#include "signer/cmd/sign_options.h"
#include "signer/remote/person.h"

enum {
    POLL_MS = 10000,       /* of one long poll */
    POLL_MORE_MS = 2500,   /* that the answer may take beside */
    SESSION_SECONDS = 300, /* a session never lives longer */
};

struct sg_mobile {
    struct mh_mid_profile profile;
    char phone[24], user[16];
    struct mh_online *online;
    struct mh_talk talk;
    const char *text; /* shown on the telephone */
    enum mh_lang lang;
    struct mh_flow_key flow;
};

static enum mh_code
carry(void *ctx, struct mh_fetch *fetch, struct mh_arena *arena,
    struct mh_err *err, uint32_t *status, struct mh_span *answer)
{
    struct sg_mobile *m = ctx;
    struct mh_courier *courier;
    enum mh_code code = mh_online_courier(m->online, err, &courier);

    return code == MH_OK
               ? mh_courier_fetch(courier, fetch, arena, err, status, answer)
               : code;
}

static enum mh_code
failed(enum mh_remote_outcome outcome, struct mh_err *err)
{
    return mh_fail(err, MH_EIO, MH_NO_OFFSET, "%.30s: %.100s",
        mh_remote_name(outcome), mh_remote_text(outcome, MH_EN));
}

static enum mh_code
fetch_certificate(
    struct sg_mobile *m, struct mh_arena *arena, struct mh_err *err)
{
    enum mh_remote_outcome outcome;
    enum mh_code code = mh_talk_certificate(
        &m->talk, arena, err, &outcome, &m->flow.certificate);

    if (code == MH_OK && outcome == MH_REMOTE_OK &&
        !sg_mid_person_fits(&m->profile, m->user, m->flow.certificate))
        outcome = MH_REMOTE_WRONG_PERSON;
    return code != MH_OK || outcome == MH_REMOTE_OK ? code
                                                    : failed(outcome, err);
}

static enum mh_code
start(const struct sg_mobile *m, const struct mh_sign_draft *draft,
    struct mh_arena *arena, struct mh_err *err, const char **session)
{
    struct mh_mid_sign s = {.alg = draft->alg,
        .digest = draft->digest,
        .lang = m->lang,
        .text = m->text};
    enum mh_remote_outcome outcome;
    enum mh_code code =
        mh_talk_start(&m->talk, &s, arena, err, &outcome, session);

    return code != MH_OK || outcome == MH_REMOTE_OK ? code
                                                    : failed(outcome, err);
}

static int64_t
now_s(void)
{
    struct timespec t;

    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? t.tv_sec : 0;
}

/* Asks until the person has answered, or the session is over. */
static enum mh_code
poll_value(const struct sg_mobile *m, const char *session,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *value)
{
    const struct mh_talk_session asked = {session, POLL_MS};
    enum mh_remote_outcome outcome = MH_REMOTE_PENDING;
    int64_t until = now_s() + SESSION_SECONDS;
    enum mh_code code = MH_OK;

    while (code == MH_OK && outcome == MH_REMOTE_PENDING && now_s() < until)
        code = mh_talk_poll(&m->talk, &asked, arena, err, &outcome, value);
    if (code == MH_OK && outcome == MH_REMOTE_PENDING)
        outcome = MH_REMOTE_TIMEOUT;
    return code != MH_OK || outcome == MH_REMOTE_OK ? code
                                                    : failed(outcome, err);
}

static enum mh_code
sign(void *ctx, const struct mh_sign_draft *draft, struct mh_arena *arena,
    struct mh_err *err, int *why, struct mh_span *value)
{
    const struct sg_mobile *m = ctx;
    const char *session = "";
    char code_text[5];
    bool good = false;
    enum mh_code code;

    *why = SG_EXIT_TOKEN;
    if (!mh_remote_code(draft->digest, code_text))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "mobile: digest");
    /* Shown before the telephone is asked: the person compares. */
    (void)fprintf(stderr, "verification code: %s\n", code_text);
    (void)fflush(stderr); /* it has no buffer */
    code = start(m, draft, arena, err, &session);
    if (code == MH_OK)
        code = poll_value(m, session, arena, err, value);
    if (code == MH_OK)
        code = sg_remote_check(
            m->flow.certificate, draft->alg, draft->digest, *value, err, &good);
    return code == MH_OK && !good ? failed(MH_REMOTE_WRONG_VALUE, err) : code;
}

static int
complain(const char *address, const struct mh_err *err, enum mh_code code)
{
    sg_complain(address, "mobile", err->msg);
    return code == MH_EINTERNAL ? SG_EXIT_INTERNAL : SG_EXIT_TOKEN;
}

int
sg_mobile_open(const char *address, const struct sg_config *config,
    struct mh_online *online, enum mh_lang lang, struct mh_arena *arena,
    struct sg_mobile **out)
{
    struct sg_mobile *m = mh_arena_alloc(arena, sizeof(*m));
    struct mh_err err = {.msg = ""};
    enum mh_code code;
    bool rsa = false;

    if (m == NULL)
        return SG_EXIT_INTERNAL;
    if (!mh_mid_address(address, m->phone, m->user))
        return sg_usage("--key", "mobile:+COUNTRYNUMBER/USER wanted");
    if (config->mobile_url[0] == '\0')
        return sg_usage("--key", "no mobile section in mohur.conf");
    if (!mh_mid_profile_of(config->mobile_profile, config->mobile_uuid,
            config->mobile_name, &m->profile))
        return sg_usage("mohur.conf", "mobile: no such profile");
    m->online = online;
    m->lang = lang;
    m->text = config->mobile_text;
    m->flow.sign = sign;
    m->flow.ctx = m;
    m->talk = (struct mh_talk){
        &m->profile, m->phone, m->user, POLL_MS + POLL_MORE_MS, carry, m};
    code = fetch_certificate(m, arena, &err);
    if (code == MH_OK)
        code = sg_remote_key(m->flow.certificate, &err, &rsa, &m->flow.digest);
    if (code != MH_OK)
        return complain(address, &err, code);
    m->flow.scheme = rsa ? sg_scheme_numbers.pkcs1 : sg_scheme_numbers.ecdsa;
    *out = m;
    return 0;
}

const struct mh_flow_key *
sg_mobile_flow(const struct sg_mobile *mobile)
{
    return &mobile->flow;
}
