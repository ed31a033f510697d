/*
 * Answers of a mobile ID service: whatever comes, one outcome; a value, a
 * certificate or a session only with SG_REMOTE_OK, and then a usable one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "signer/remote/mid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
    if (!ok)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint32_t statuses[] = {200, 200, 200, 400, 401, 404, 500, 0};
    struct mh_arena *arena = mh_arena_new(8U << 20);
    struct mh_span body = {data, len}, value = {0}, cert = {0};
    enum sg_remote_outcome outcome;
    const char *session = "";
    uint32_t status = 200;

    if (arena == NULL)
        abort();
    if (len > 0) {
        status = statuses[data[0] & 7];
        body = (struct mh_span){data + 1, len - 1};
    }
    if (sg_mid_status_reply(body, status, arena, NULL, &outcome, &value) ==
        MH_OK)
        check(outcome < SG_REMOTE_WRONG_PERSON &&
              (value.len > 0) == (outcome == SG_REMOTE_OK));
    if (sg_mid_certificate_reply(body, status, arena, NULL, &outcome, &cert) ==
        MH_OK)
        check(outcome < SG_REMOTE_WRONG_PERSON &&
              (cert.len > 0) == (outcome == SG_REMOTE_OK));
    if (sg_mid_sign_reply(body, status, arena, NULL, &outcome, &session) ==
        MH_OK)
        check(outcome != SG_REMOTE_OK ||
              (session[0] != '\0' && strlen(session) <= SG_MID_SESSION_MAX &&
                  strpbrk(session, "/?#%&. \\\"") == NULL));
    mh_arena_free(arena);
    return 0;
}
