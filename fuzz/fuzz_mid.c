/*
 * Answers of a mobile ID service: whatever comes, one outcome; a value, a
 * certificate or a session only with MH_REMOTE_OK, and then a usable one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "signer/remote/remote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
    if (!ok)
        abort();
}

/* What is asked for: an address and a text from the input. */
static void
requests(struct mh_span in, struct mh_arena *arena)
{
    static const char *const names[] = {"mid", "asan"};
    static const enum mh_digest_alg algs[] = {
        MH_SHA256, MH_SHA384, MH_SHA512, MH_SHA1};
    uint8_t digest[MH_DIGEST_MAX] = {0};
    char phone[24], user[16];
    const char *text = mh_arena_str(arena, in);
    struct mh_mid_profile p;
    struct mh_mid_sign s = {.phone = phone, .user = user, .text = ""};
    struct mh_buf out;

    if (text == NULL || !mh_mid_address(text, phone, user))
        return;
    mh_buf_init(&out, 1 << 16);
    s.alg = algs[user[0] & 3];
    s.digest = (struct mh_span){digest, mh_digest_length(s.alg)};
    s.lang = (enum mh_lang)(user[1] % MH_LANGS);
    s.text = user[2] & 1 ? "\xc6\x8f" : phone;
    check(mh_mid_profile_of(names[user[3] & 1], "u", "n", &p));
    check(mh_mid_certificate_request(&p, phone, user, NULL, &out) == MH_OK &&
          out.ptr[0] == '{' && out.ptr[out.len - 1] == '}');
    mh_buf_clear(&out);
    check((mh_mid_sign_request(&p, &s, NULL, &out) == MH_OK) ==
          (s.alg != MH_SHA1));
    mh_buf_clear(&out);
    mh_mid_status_path(user, 1000, &out);
    check(mh_buf_ok(&out) && out.ptr[0] == '/');
    (void)sg_remote_person_fits(&p, user, in); /* must only not crash */
    mh_buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint32_t statuses[] = {200, 200, 200, 400, 401, 404, 500, 0};
    struct mh_arena *arena = mh_arena_new(8U << 20);
    struct mh_span body = {data, len}, value = {0}, cert = {0};
    enum mh_remote_outcome outcome;
    const char *session = "";
    uint32_t status = 200;

    if (arena == NULL)
        abort();
    if (len > 0) {
        status = statuses[data[0] & 7];
        body = (struct mh_span){data + 1, len - 1};
    }
    if (mh_mid_status_reply(body, status, arena, NULL, &outcome, &value) ==
        MH_OK)
        check(outcome < MH_REMOTE_WRONG_PERSON &&
              (value.len > 0) == (outcome == MH_REMOTE_OK));
    if (mh_mid_certificate_reply(body, status, arena, NULL, &outcome, &cert) ==
        MH_OK)
        check(outcome < MH_REMOTE_WRONG_PERSON &&
              (cert.len > 0) == (outcome == MH_REMOTE_OK));
    if (mh_mid_sign_reply(body, status, arena, NULL, &outcome, &session) ==
        MH_OK)
        check(outcome != MH_REMOTE_OK ||
              (session[0] != '\0' && strlen(session) <= MH_MID_SESSION_MAX &&
                  strpbrk(session, "/?#%&. \\\"") == NULL));
    requests((struct mh_span){data, len}, arena);
    mh_arena_free(arena);
    return 0;
}
