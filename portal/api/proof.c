#include "portal/api/proof.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/sys/log.h"
#include "portal/filing/logask.h"

enum {
    PROOF_ARENA = 1 << 20,
    LATER = 5,       /* seconds */
    DIGITS_MAX = 15, /* of a record's number: below 2^53 */
};

/* A number without sign and leading zeros. */
static bool
number(const char *s, uint64_t *out)
{
    size_t i;

    *out = 0;
    for (i = 0; s[i] >= '0' && s[i] <= '9' && i < DIGITS_MAX; i++)
        *out = *out * 10 + (uint64_t)(s[i] - '0');
    return i > 0 && s[i] == '\0' && (i == 1 || s[0] != '0');
}

static void
show(const struct mh_keyd_proved *p, struct pt_answer *answer)
{
    json_t *j = json_object();
    char *text = NULL;

    if (j != NULL && json_object_set_new(j, "v", json_integer(1)) == 0 &&
        json_object_set_new(j, "record",
            json_stringn((const char *)p->record.ptr, p->record.len)) == 0 &&
        json_object_set_new(j, "proof",
            json_stringn((const char *)p->proof.ptr, p->proof.len)) == 0)
        text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    if (text == NULL)
        pt_answer_problem(answer, 500, "internal", "no memory");
    else
        mh_buf_printf(&answer->body, "%s\n", text);
    free(text);
}

static void
answer_for(struct pt_app *app, uint64_t n, struct pt_answer *answer)
{
    struct mh_arena *arena = mh_arena_new(PROOF_ARENA);
    struct mh_keyd_proved proved = {0};
    struct mh_err err = {.msg = ""};
    struct pt_log_asker ask = {.keyd = app->keyd, .arena = arena};
    enum mh_code code = arena == NULL ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET,
                                            "proof: no memory")
                                      : pt_log_prove(&ask, n, &err, &proved);

    if (code == MH_OK) {
        show(&proved, answer);
    } else if (ask.heard &&
               (code == MH_EFORMAT || code == MH_EUNSUP || code == MH_ELIMIT)) {
        pt_answer_problem(answer, 404, "not-found", err.msg);
    } else {
        mh_log("proof", "code=%s why=\"%.100s\"", mh_code_name(code), err.msg);
        pt_answer_later(answer, 503, LATER, "log", "the log did not answer");
    }
    mh_arena_free(arena);
}

void
pt_proof(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    uint64_t n;

    if (rq->client == 0)
        pt_answer_problem(answer, 403, "forbidden", "only with a key");
    else if (!number(rq->param, &n))
        pt_answer_problem(answer, 404, "not-found", "no such record");
    else if (app->keyd == NULL)
        pt_answer_later(answer, 503, LATER, "log", "there is no key daemon");
    else
        answer_for(app, n, answer);
}
