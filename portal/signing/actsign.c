#include "portal/signing/actsign.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/peer/keyd.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/wire/sign.h"
#include "portal/api/signjob.h"
#include "portal/filing/act.h"
#include "portal/filing/draft.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/pages/tmpl.h"
#include "portal/signing/acttalk.h"

enum {
    ACT_MAX = 96 << 20,      /* bytes of a signed act */
    REPORT_ARENA = 64 << 20, /* bytes of one report */
};

/* The bytes that were shown, as a sealed memfd. */
static enum mh_code
shown_bytes(
    struct pt_acts_talk *v, const struct pt_act *a, struct mh_err *err, int *fd)
{
    enum pt_found found = PT_ABSENT;
    struct mh_map map = {0};
    uint64_t size = 0;
    size_t at = 0;
    int from = -1;
    enum mh_code code =
        pt_store_blob_open(v->app->store, a->sha256, err, &from, &size, &found);

    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "act: it is gone");
    if (code == MH_OK)
        code = mh_map_fd(from, size, err, &map);
    if (code == MH_OK)
        code = mh_memfd_new("act", size, err, fd);
    while (code == MH_OK && at < map.bytes.len) {
        ssize_t n =
            pwrite(*fd, map.bytes.ptr + at, map.bytes.len - at, (off_t)at);

        if (n <= 0)
            code = mh_fail_sys(err, "act: memory");
        else
            at += (size_t)n;
    }
    mh_map_fini(&map);
    mh_close(&from);
    return code == MH_OK ? mh_memfd_seal(*fd, err) : code;
}

/* Asks for the signed act; the same operation asked again is answered the
   same, so nothing here may differ between two tries. */
static enum mh_code
seal(struct pt_acts_talk *v, size_t n, const uint8_t op[static MH_OP_ID],
    struct mh_err *err, struct pt_judge_file *out)
{
    const struct pt_act *a = &v->s->act[n];
    struct mh_sign_request request = {.op = MH_SIGN_PREPARE,
        .spec = {.as = pt_sign_format_of("pdf")->as,
            .level = v->app->tsa ? MH_LEVEL_LT : MH_LEVEL_B,
            .role = "",
            .place = "",
            .reason = ""}};
    struct mh_keyd_file file = {.name = "act.pdf", .size = a->size};
    struct mh_keyd_seal m = {.id = mh_keyd_next(v->app->keyd),
        .op = {op, MH_OP_ID},
        .bond = pt_acts_bond(v, n),
        .file = &file,
        .files = 1};
    int fd = -1;
    struct mh_keyd_question q = {.id = m.id,
        .fd = &fd,
        .fds = 1,
        .want = MH_KEYD_SEALED,
        .timeout_ms = PT_ACTS_SIGN_MS};
    struct mh_keyd_answer answer = {.fd = -1};
    struct mh_keyd_sealed sealed;
    struct mh_buf spec, message;
    enum mh_code code = shown_bytes(v, a, err, &fd);

    v->said_no = v->gone = false;
    mh_buf_init(&spec, MH_SEAL_SPEC_MAX);
    mh_sign_request_pack(&request, &spec);
    m.spec = mh_buf_get(&spec);
    if (code == MH_OK) {
        mh_buf_init(&message, MH_MESSAGE_MAX);
        mh_keyd_seal_pack(&m, &message);
        code = pt_acts_ask(v, &q, &message, err, &answer);
    }
    mh_buf_fini(&spec);
    mh_close(&fd);
    if (code == MH_OK)
        code =
            mh_keyd_sealed_unpack(answer.packet, MH_KEYD_SEALED, err, &sealed);
    if (code == MH_OK)
        code = mh_keyd_memfd_check(answer.fd, sealed.size, ACT_MAX, err);
    if (code == MH_OK)
        *out = (struct pt_judge_file){"act.pdf", answer.fd, sealed.size};
    else
        mh_close(&answer.fd);
    return code;
}

/* ---- what came back ---- */

/* The one signature of the report, where it is sound and the judge's. */
static const struct mh_report_sig *
signature_of(
    const struct mh_report *r, const struct pt_account *judge, const char **why)
{
    const struct mh_report_sig *one = NULL;
    size_t count = 0;

    for (size_t i = 0; i < r->sigs; i++)
        if (r->sig[i].kind == MH_KIND_PADES) {
            one = &r->sig[i];
            count++;
        }
    *why = NULL;
    if (count != 1 || r->verdict != MH_TOTAL_PASSED)
        *why = PT_T("The signature that the key made does not pass the check. "
                    "Tell the operator: the certificate of the key may be "
                    "unknown here, or at its end.");
    else if (judge->fin[0] != '\0' && strcmp(one->signer_fin, judge->fin) != 0)
        *why = PT_T("The certificate of the key is not this judge's. Tell the "
                    "operator.");
    return *why == NULL ? one : NULL;
}

static enum mh_code
stage(struct pt_app *app, const struct pt_judge_file *file, struct mh_err *err,
    struct pt_staged *staged)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_map map = {0};
    enum mh_code code = mh_map_fd(file->fd, file->size, err, &map);

    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    mh_map_fini(&map);
    return code == MH_OK ? pt_store_blob_stage(app->store, file->fd, file->size,
                               hash, err, staged)
                         : code;
}

/* A signed act that is sound. */
struct sound {
    const struct pt_act *act;
    const uint8_t *op;
    const struct pt_judge_file *file;
    const struct mh_report *report;
    const struct mh_report_sig *by;
};

static enum mh_code
store(struct pt_acts_talk *v, const struct sound *what, struct mh_err *err)
{
    const struct pt_act *a = what->act;
    char obj[48], data[96], hex[2 * PT_HASH + 1], name[PT_TEXT_MAX + 1] = "";
    const struct pt_record record = {.ev = "act.signed",
        .who = v->who,
        .obj = obj,
        .res = "ok",
        .data = data};
    const struct pt_act_step step = {.id = a->id,
        .form = v->s->form,
        .account = v->s->judge->id,
        .at = pt_time(),
        .record = &record};
    struct pt_staged staged;
    struct pt_act_signature signature = {.staged = &staged,
        .op = what->op,
        .verdict = what->report->verdict,
        .signer_name = name};
    enum pt_found found = PT_ABSENT;
    struct mh_buf packed, clean;
    enum mh_code code = stage(v->app, what->file, err, &staged);

    if (code != MH_OK)
        return code;
    mh_buf_init(&packed, MH_REPORT_SIZE_MAX);
    mh_report_pack(what->report, &packed);
    mh_buf_init(&clean, sizeof(name));
    mh_text_clean(mh_span_str(what->by->signer_name), PT_TEXT_MAX, &clean);
    mh_buf_byte(&clean, 0);
    if (mh_buf_ok(&clean))
        memcpy(name, clean.ptr, clean.len);
    mh_hex_encode((struct mh_span){staged.sha256, PT_HASH}, hex);
    (void)snprintf(obj, sizeof(obj), "act:%s", a->id);
    (void)snprintf(data, sizeof(data), "doc=%s\n", hex);
    signature.report = mh_buf_get(&packed);
    if (mh_buf_ok(&packed))
        code =
            pt_store_act_signed(v->app->store, &step, &signature, err, &found);
    else
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "act: report too long");
    mh_buf_fini(&packed);
    mh_buf_fini(&clean);
    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "act: it does not wait any more");
    return code;
}

/* Whether it is what was shown with a sound signature, and kept as that; else
   s->why, where the bytes are the reason. */
static enum mh_code
take(struct pt_acts_talk *v, size_t n, const uint8_t op[static MH_OP_ID],
    const struct pt_judge_file *file, struct mh_err *err)
{
    const struct pt_act *a = &v->s->act[n];
    struct pt_draft shown = {.files = 1};
    struct pt_question q = {.document = *file, .time = pt_time()};
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    const struct mh_report_sig *by = NULL;
    struct mh_report report;
    enum mh_code code = MH_OK;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "act: no memory");
    shown.file[0].format = MH_FORMAT_PDF;
    shown.file[0].size = a->size;
    memcpy(shown.file[0].sha256, a->sha256, PT_HASH);
    code = pt_draft_compare(v->app, &shown, file, err, &v->s->why);
    mh_policy_default(&q.policy, true);
    if (code == MH_OK && v->s->why == NULL)
        code = pt_judge_verify(v->app->judge, &q, arena, err, &report);
    if (code == MH_OK && v->s->why == NULL && report.verdict == MH_NOT_JUDGED)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "act: not judged");
    if (code == MH_OK && v->s->why == NULL)
        by = signature_of(&report, v->s->judge, &v->s->why);
    if (code == MH_OK && by != NULL) {
        const struct sound what = {a, op, file, &report, by};

        code = store(v, &what, err);
    }
    mh_arena_free(arena);
    return code;
}

/* ---- an act ---- */

static enum mh_code
set_op(struct pt_acts_talk *v, size_t n, const uint8_t *op, struct mh_err *err)
{
    const struct pt_act_step step = {
        .id = v->s->act[n].id, .account = v->s->judge->id};
    enum pt_found found = PT_ABSENT;
    enum mh_code code = pt_store_act_op(v->app->store, &step, op, err, &found);

    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "act: it does not wait any more");
    return code;
}

/* Fetches what keyd made of op; *there: it made it, and it is kept, or
   s->why says why not. */
static enum mh_code
fetch(struct pt_acts_talk *v, size_t n, const uint8_t op[static MH_OP_ID],
    struct mh_err *err, bool *there)
{
    struct pt_judge_file file = {.fd = -1};
    struct mh_err unheard = {.msg = ""};
    enum mh_code code = seal(v, n, op, err, &file);

    *there = code == MH_OK;
    if (code != MH_OK)
        return code;
    code = take(v, n, op, &file, err);
    mh_close(&file.fd);
    /* What is bad is worth nothing: another try has it signed anew.  Where keyd
       does not hear of it, it forgets by itself. */
    if (code == MH_OK && v->s->why != NULL)
        code = set_op(v, n, NULL, err);
    if (code == MH_OK &&
        mh_keyd_forget(v->app->keyd, op, v->arena, &unheard) != MH_OK)
        mh_log("act", "id=%s forget=no", v->s->act[n].id);
    return code;
}

/* A signature that an earlier try began: taken where it was made, else the op
   is no longer the act's.  *there: it was. */
static enum mh_code
resume(struct pt_acts_talk *v, size_t n, struct mh_err *err, bool *there)
{
    const struct pt_act *a = &v->s->act[n];
    enum mh_code code;

    *there = false;
    if (!a->has_op)
        return MH_OK;
    code = fetch(v, n, a->op, err, there);
    if (code == MH_OK || !v->said_no)
        return code;
    return set_op(v, n, NULL, err);
}

static enum mh_code
sign_one(struct pt_acts_talk *v, size_t n, struct mh_err *err)
{
    bool there;
    enum mh_code code = set_op(v, n, v->op[n], err);

    if (code != MH_OK)
        return code;
    v->queued[n] = false; /* what keyd does not sign now, it ends */
    return fetch(v, n, v->op[n], err, &there);
}

/* ---- all of them ---- */

static enum pt_acts_end
end_of(const struct pt_acts_talk *v, enum mh_code code)
{
    if (code == MH_OK)
        return v->s->why == NULL ? PT_ACTS_DONE : PT_ACTS_BAD;
    switch (v->said_no ? v->refusal : MH_REFUSED_NOT) {
    case MH_REFUSED_PIN:
        return PT_ACTS_PIN;
    case MH_REFUSED_KEY:
    case MH_REFUSED_PURPOSE:
    case MH_REFUSED_REQUESTER:
        return PT_ACTS_NO_KEY;
    case MH_REFUSED_MINUTE:
    case MH_REFUSED_DAY:
    case MH_REFUSED_FULL:
        return PT_ACTS_LIMIT;
    case MH_REFUSED_NOT:
    case MH_REFUSED_UNKNOWN:
    case MH_REFUSED_STATE:
    case MH_REFUSED_EXPIRED:
    case MH_REFUSED_DOCUMENT:
    case MH_REFUSED_DIGEST:
    case MH_REFUSALS:
        break;
    }
    return v->gone ? PT_ACTS_NO_KEYD : PT_ACTS_FAILED;
}

static enum mh_code
run(struct pt_acts_talk *v, struct mh_err *err)
{
    struct pt_acts_signing *s = v->s;
    bool there[PT_ACTS_WAITING] = {false};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < s->acts && code == MH_OK && s->why == NULL; i++) {
        s->failed = i;
        code = resume(v, i, err, &there[i]);
        s->done += code == MH_OK && s->why == NULL && there[i];
    }
    for (size_t i = 0; i < s->acts && code == MH_OK && s->why == NULL; i++) {
        s->failed = i;
        if (!there[i])
            code = pt_acts_enqueue(v, i, err);
    }
    if (code == MH_OK && s->why == NULL)
        code = pt_acts_approve(v, err);
    for (size_t i = 0; i < s->acts && code == MH_OK && s->why == NULL; i++) {
        s->failed = i;
        if (!there[i]) {
            code = sign_one(v, i, err);
            s->done += code == MH_OK && s->why == NULL;
        }
    }
    return code;
}

enum pt_acts_end
pt_acts_sign(
    struct pt_app *app, struct pt_acts_signing *s, struct mh_arena *arena)
{
    struct pt_acts_talk v = {.app = app, .s = s, .arena = arena};
    struct mh_err err = {.msg = ""};
    enum pt_acts_end end;
    enum mh_code code;

    s->done = s->failed = 0;
    s->why = NULL;
    if (app->keyd == NULL)
        return PT_ACTS_NO_KEYD;
    code = pt_store_judge_key(app->store, s->judge->id, &err, v.key);
    if (code != MH_OK || v.key[0] == '\0')
        return code == MH_OK ? PT_ACTS_NO_KEY : PT_ACTS_FAILED;
    if (!pt_acts_turn(s->judge->id))
        return PT_ACTS_BUSY;
    (void)snprintf(v.who, sizeof(v.who), "p:%lld", (long long)s->judge->id);
    code = run(&v, &err);
    end = end_of(&v, code);
    if (end != PT_ACTS_NO_KEYD)
        pt_acts_withdraw(&v);
    pt_acts_turn_end(s->judge->id);
    mh_log("act",
        "acts=%zu signed=%zu end=%d refusal=%s code=%s why=\"%.100s\"", s->acts,
        s->done, (int)end, mh_refusal_name(v.refusal), mh_code_name(code),
        err.msg);
    pt_ledger_wake(app->ledger);
    return end;
}

/* ---- taking one back ---- */

/* Whether keyd's word for an operation that it was asked for means that it
   signed nothing with it and never will. */
static bool
is_over(const struct pt_acts_talk *v)
{
    return v->said_no && (v->refusal == MH_REFUSED_UNKNOWN ||
                             v->refusal == MH_REFUSED_STATE ||
                             v->refusal == MH_REFUSED_EXPIRED);
}

/* Ends what was begun of the signature; *kept: it was made, and is stored. */
static enum mh_code
end_begun(struct pt_acts_talk *v, struct mh_err *err, bool *kept)
{
    const struct pt_act *a = &v->s->act[0];
    bool held;
    enum mh_code code = pt_acts_clear(v, err, &held);

    *kept = false;
    if (code != MH_OK || !a->has_op)
        return code == MH_OK && held ? mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                                           "act: the key is at it")
                                     : code;
    code = pt_acts_refuse(v, (struct mh_span){a->op, MH_OP_ID}, err);
    if (code == MH_OK)
        return set_op(v, 0, NULL, err);
    if (!v->said_no)
        return code;
    /* It ended.  Asked for, keyd gives what it made, and makes nothing. */
    code = fetch(v, 0, a->op, err, kept);
    if (code == MH_OK) {
        *kept = v->s->why == NULL; /* what is bad has no operation any more */
        return MH_OK;
    }
    return is_over(v) && !held ? set_op(v, 0, NULL, err) : code;
}

static enum mh_code
take_back(
    struct pt_acts_talk *v, bool asks, struct mh_err *err, enum pt_found *found)
{
    const struct pt_act_by by = {v->s->judge, v->s->form};
    struct pt_act now;
    bool kept = false;
    enum mh_code code =
        pt_store_act_get(v->app->store, v->s->act[0].id, v->arena, err, &now);

    if (code != MH_OK || now.state != PT_ACT_FOR_SIGNATURE)
        return code;
    v->s->act = &now;
    if (asks)
        code = end_begun(v, err, &kept);
    if (code == MH_OK && !kept)
        code = pt_act_withdraw(v->app, &by, &now, err, found);
    v->s->act = NULL; /* now ends here */
    return code;
}

enum pt_acts_end
pt_acts_take_back(struct pt_app *app, struct pt_acts_signing *s,
    struct mh_arena *arena, enum pt_found *found)
{
    struct pt_acts_talk v = {.app = app, .s = s, .arena = arena};
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    *found = PT_ABSENT;
    s->done = s->failed = 0;
    s->why = NULL;
    code = pt_store_judge_key(app->store, s->judge->id, &err, v.key);
    if (code != MH_OK)
        return PT_ACTS_FAILED;
    /* Who has no key has begun nothing, nor has anybody where no keyd is. */
    if (s->act[0].has_op && v.key[0] == '\0')
        return PT_ACTS_NO_KEY;
    if (s->act[0].has_op && app->keyd == NULL)
        return PT_ACTS_NO_KEYD;
    if (!pt_acts_turn(s->judge->id))
        return PT_ACTS_BUSY;
    (void)snprintf(v.who, sizeof(v.who), "p:%lld", (long long)s->judge->id);
    code = take_back(&v, app->keyd != NULL && v.key[0] != '\0', &err, found);
    pt_acts_turn_end(s->judge->id);
    mh_log("act", "withdrawn=%d refusal=%s code=%s why=\"%.100s\"",
        *found == PT_FOUND, mh_refusal_name(v.refusal), mh_code_name(code),
        err.msg);
    pt_ledger_wake(app->ledger);
    return code == MH_OK ? PT_ACTS_DONE
           : v.gone      ? PT_ACTS_NO_KEYD
                         : PT_ACTS_FAILED;
}
