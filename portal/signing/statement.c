#include "portal/signing/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"
#include "portal/people/logins.h"
#include "portal/signing/making.h"

enum {
    AS_ASICE = 2, /* enum sg_as (signer/sign/sign.h) */
    NONCE = 32,   /* bytes */
    TEXT_MAX = 1024,
    BACK_MAX = 27,
};

const char pt_statement_other[] = "statement: another person's certificate";

struct statement {
    struct pt_making making;
    char fin[PT_FIN + 1], back[BACK_MAX];
};

/* The text that is signed, as a sealed memfd. */
static enum mh_code
write_text(
    const struct statement *s, struct mh_err *err, int *fd, uint64_t *size)
{
    uint8_t nonce[NONCE];
    char hex[2 * NONCE + 1], when[32], text[TEXT_MAX];
    enum mh_code code = mh_memfd_new("statement", 0, err, fd);
    int n;

    pt_random(nonce, sizeof(nonce));
    mh_hex_encode((struct mh_span){nonce, sizeof(nonce)}, hex);
    mh_time_format(pt_time(), when);
    n = snprintf(text, sizeof(text),
        "Möhür: sign in\norigin: %s\nnonce: %s\ntime: %s\n",
        s->making.app->origin == NULL ? "" : s->making.app->origin, hex, when);
    if (n < 0 || (size_t)n >= sizeof(text))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "statement: too long");
    *size = (uint64_t)n;
    if (code == MH_OK && write(*fd, text, (size_t)n) != n)
        code = mh_fail_sys(err, "statement: memory");
    return code == MH_OK ? mh_memfd_seal(*fd, err) : code;
}

static enum mh_code
prepare(void *ctx, const struct pt_mobile_key *key, struct mh_arena *arena,
    struct mh_err *err, enum mh_digest_alg *alg, struct mh_span *digest)
{
    struct statement *s = ctx;
    struct pt_judge_file file = {"statement.txt", -1, 0};
    const struct pt_making_files files = {&file, 1};
    struct mh_sign_draft draft = {.alg = MH_SHA256};
    enum mh_code code;

    if (s->fin[0] != '\0' && strcmp(s->fin, key->fin) != 0)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s", pt_statement_other);
    code = write_text(s, err, &file.fd, &file.size);
    if (code == MH_OK)
        code = pt_making_prepare(&s->making, &files, key, arena, err, &draft);
    mh_close(&file.fd);
    *alg = draft.alg;
    *digest = draft.digest;
    return code;
}

/* The container, and what it is worth today: to sign somebody in it has to
   pass by the strict rules, whatever the court's policy for documents is. */
static enum mh_code
judge(struct statement *s, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, struct mh_report *report)
{
    struct mh_sign_request request = {.op = MH_SIGN_FINISH,
        .spec = {.role = "", .place = "", .reason = ""},
        .state = s->making.state,
        .value = value,
        .time = pt_time()};
    struct pt_sign_step step = {&request, NULL, 0, s->making.prepared.fd};
    struct pt_question q = {.document = {"statement.asice", -1, 0}};
    struct mh_span result = {0};
    enum mh_code code =
        pt_judge_sign(s->making.app->judge, &step, arena, err, &result);

    if (code == MH_OK)
        code = mh_outfile_read(
            &s->making.prepared, err, &q.document.fd, &q.document.size);
    q.time = pt_time();
    mh_policy_default(&q.policy, true);
    if (code == MH_OK)
        code = pt_judge_verify(s->making.app->judge, &q, arena, err, report);
    mh_close(&q.document.fd);
    return code;
}

/* A good try that leads nowhere. */
static enum mh_code
refuse(const struct statement *s, int64_t account, const char *word,
    struct mh_err *err, char result[static 64])
{
    (void)snprintf(result, 64, "%s", word);
    return pt_login_record(s->making.app, account, 3, false, err);
}

static enum mh_code
complete(void *ctx, struct mh_span value, struct mh_arena *arena,
    struct mh_err *err, char result[static 64])
{
    struct statement *s = ctx;
    enum pt_found found = PT_ABSENT;
    struct mh_report report;
    struct pt_account account;
    const char *fin;
    enum mh_code code = judge(s, value, arena, err, &report);

    if (code != MH_OK)
        return code;
    if (report.verdict != MH_TOTAL_PASSED || report.sigs != 1) {
        mh_log("statement", "verdict=%s why=\"%.100s\"",
            mh_verdict_name(report.verdict), report.reason.what);
        return refuse(s, 0, "doubt", err, result);
    }
    fin = report.sig[0].signer_fin;
    if (s->fin[0] != '\0' && strcmp(s->fin, fin) != 0)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "%s", pt_statement_other);
    if (fin[0] != '\0')
        code = pt_store_account_by_fin(
            s->making.app->store, fin, err, &account, &found);
    if (code != MH_OK)
        return code;
    if (found != PT_FOUND)
        return refuse(s, 0, "unknown", err, result);
    if (account.state != PT_ACCOUNT_ACTIVE)
        return refuse(s, account.id, "closed", err, result);

    (void)snprintf(result, 64, "ok:%lld%s%s", (long long)account.id,
        s->back[0] == '\0' ? "" : " ", s->back);
    return MH_OK;
}

static void
release(void *ctx)
{
    struct statement *s = ctx;

    mh_outfile_drop(&s->making.prepared);
    free(s);
}

bool
pt_statement_work(struct pt_app *app, const char *fin, const char *back,
    struct pt_mobile_work *out)
{
    struct statement *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return false;
    s->making = (struct pt_making){.app = app,
        .as = AS_ASICE,
        .level = MH_LEVEL_B,
        .prepared = {.dir = -1, .fd = -1}};
    (void)snprintf(s->fin, sizeof(s->fin), "%s", fin);
    (void)snprintf(s->back, sizeof(s->back), "%s", back);
    *out = (struct pt_mobile_work){.prepare = prepare,
        .complete = complete,
        .release = release,
        .ctx = s,
        .text = ""};
    return true;
}

int64_t
pt_statement_account(const char *result, const char **back)
{
    char *end = NULL;
    int64_t id;

    *back = "";
    if (strncmp(result, "ok:", 3) != 0)
        return 0;
    id = (int64_t)strtoll(result + 3, &end, 10); /* of ours */
    if (*end == ' ')
        *back = end + 1;
    return id;
}
