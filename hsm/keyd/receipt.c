#include "hsm/keyd/receipt.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "hsm/keyd/engine.h"

enum {
    FILES = 4,          /* of a receipt */
    TEXT_MAX = 1 << 18, /* bytes of one of them */
    ASICE = 2,          /* of enum sg_as (signer/sign/sign.h) */
};

enum mh_code
hsm_receipt_digest(
    const struct mh_keyd_receipt *m, struct mh_err *err, uint8_t out[static 32])
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf text;
    char hex[65];
    enum mh_code code;

    mh_buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < m->files; i++) {
        hsm_hex(m->file[i].sha256, hex);
        mh_buf_printf(&text, "%s\n%s\n", m->file[i].name, hex);
    }
    code = mh_buf_ok(&text)
               ? mh_digest_once(MH_SHA256, mh_buf_get(&text), err, hash)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "receipt: no memory");
    memcpy(out, hash, 32);
    mh_buf_fini(&text);
    return code;
}

/* Texts are clean UTF-8 already: only quotes and backslashes are escaped. */
static void
json_text(struct mh_buf *out, const char *s)
{
    mh_buf_byte(out, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            mh_buf_byte(out, '\\');
        mh_buf_byte(out, (uint8_t)*s);
    }
    mh_buf_byte(out, '"');
}

static void
time_text(int64_t t, char out[static 32])
{
    time_t when = (time_t)t;
    struct tm tm;

    (void)gmtime_r(&when, &tm); /* a time of this clock */
    (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm); /* it fits */
}

void
hsm_receipt_json(const struct hsm_receipt *r, struct mh_buf *out)
{
    const struct mh_keyd_receipt *m = r->request;
    char hex[65], when[32];

    time_text(r->time, when);
    hsm_hex(m->op, hex);
    mh_buf_printf(out,
        "{\"v\":1,\"type\":\"mohur-receipt\",\"op\":\"%s\",\"status\":", hex);
    json_text(out, m->status);
    mh_buf_str(out, ",\"obj\":");
    json_text(out, m->obj);
    mh_buf_printf(out, ",\"time\":\"%s\",\"log\":", when);
    json_text(out, r->origin);
    mh_buf_printf(out, ",\"n\":%llu,\"files\":[", (unsigned long long)r->n);
    for (size_t i = 0; i < m->files; i++) {
        hsm_hex(m->file[i].sha256, hex);
        mh_buf_str(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        json_text(out, m->file[i].name);
        mh_buf_printf(out, ",\"size\":%llu,\"sha256\":\"%s\"}",
            (unsigned long long)m->file[i].size, hex);
    }
    mh_buf_str(out, "]}\n");
}

void
hsm_receipt_text(const struct hsm_receipt *r, struct mh_buf *out)
{
    const struct mh_keyd_receipt *m = r->request;
    char hex[65], when[32];

    time_text(r->time, when);
    mh_buf_printf(out,
        "%s\nstatus: %s\ntime: %s\nlog: %s\nrecord: %llu\n%s%s\n", m->obj,
        m->status, when, r->origin, (unsigned long long)r->n, m->text,
        m->text[0] == '\0' ? "" : "\n");
    for (size_t i = 0; i < m->files; i++) {
        hsm_hex(m->file[i].sha256, hex);
        mh_buf_printf(out, "%s\n  %llu bytes\n  SHA-256 %s\n", m->file[i].name,
            (unsigned long long)m->file[i].size, hex);
    }
}

/* ---- RECEIPT ---- */

/*
 * The record, on the disk.  One that this operation has
 * already, of a try that ended before the receipt was whole, is its record.
 */
static enum mh_code
record(struct hsm_engine *e, const struct mh_keyd_receipt *m,
    struct mh_err *err, struct hsm_filing *out)
{
    char op[2 * MH_OP_ID + 1], hex[65];
    struct hsm_event event = {.ev = HSM_EV_FILING,
        .who = m->requester,
        .obj = m->obj,
        .res = "ok",
        .values = 3};
    struct hsm_filing there;
    enum mh_code code;

    *out = (struct hsm_filing){.time = (int64_t)time(NULL)};
    memcpy(out->op, m->op.ptr, MH_OP_ID);
    hsm_filed_status(out, mh_span_str(m->status));
    code = hsm_receipt_digest(m, err, out->digest);
    if (code != MH_OK)
        return code;
    if (hsm_filed_find(e->filed, out->op, &there)) {
        if (memcmp(there.digest, out->digest, sizeof(there.digest)) != 0 ||
            strcmp(there.status, out->status) != 0)
            return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "receipt: the operation was for something else");
        *out = there;
        return MH_OK;
    }
    hsm_hex(m->op, op);
    hsm_hex((struct mh_span){out->digest, sizeof(out->digest)}, hex);
    event.value[0] = hsm_text("op", op);
    event.value[1] = hsm_text("receipt", hex);
    event.value[2] = hsm_text("status", m->status);
    code = hsm_engine_record(e, &event, err, &out->n);
    if (code == MH_OK)
        hsm_filed_add(e->filed, out);
    return code;
}

static enum mh_code
sign(struct hsm_engine *e, struct hsm_call *call,
    const struct mh_keyd_receipt *m, struct mh_buf *text, struct mh_err *err,
    const char **where)
{
    static const char *const name[FILES] = {
        "receipt.json", "receipt.txt", "record.json", "record.tlog-proof"};
    struct mh_sign_spec spec = {.as = ASICE,
        .level = e->settings.tsa ? MH_LEVEL_T : MH_LEVEL_B,
        .role = "",
        .place = "",
        .reason = ""};
    struct mh_flow_input input[FILES];
    struct hsm_use use = {.who = m->requester};
    struct hsm_kept kept = {.n = 0};
    int fd[FILES] = {-1, -1, -1, -1};
    enum mh_code code = MH_OK;
    uint8_t digest[32];
    char hex[65];

    *where = "memory";
    for (size_t i = 0; i < FILES && code == MH_OK; i++) {
        code = mh_buf_ok(&text[i])
                   ? hsm_keep_bytes(mh_buf_get(&text[i]), err, &fd[i])
                   : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "receipt: memory");
        input[i] = (struct mh_flow_input){name[i], fd[i], text[i].len};
    }
    if (code == MH_OK)
        code = hsm_receipt_digest(m, err, digest);
    if (code == MH_OK) {
        use.key = hsm_keys_find(e->keys, m->key);
        hsm_hex(m->op, use.op);
        hsm_hex((struct mh_span){digest, sizeof(digest)}, hex);
        (void)snprintf(use.obj, sizeof(use.obj), "doc:%s", hex); /* it fits */
        use.id = m->op;
        use.arena = call->arena;
        code = hsm_engine_flow(e, &use, &spec, input, FILES, err);
        /* A receipt without a time-stamp is one; its record's checkpoint is
           time-stamped later. */
        if (code != MH_OK && spec.level > MH_LEVEL_B &&
            strcmp(use.where, "time-stamp") == 0) {
            mh_log("receipt.unstamped", "code=%s", mh_code_name(code));
            spec.level = MH_LEVEL_B;
            code = hsm_engine_flow(e, &use, &spec, input, FILES, err);
        }
        *where = use.where;
    }
    for (size_t i = 0; i < FILES; i++)
        mh_close(&fd[i]);
    if (code != MH_OK)
        return code;
    kept.n = use.done_n;
    *where = "state";
    code = hsm_engine_made_for(call, kept.made_for);
    return code == MH_OK ? hsm_keep_mark(e->settings.state, m->op, &kept, err)
                         : code;
}

static enum mh_code
make(struct hsm_engine *e, struct hsm_call *call,
    const struct mh_keyd_receipt *m, struct mh_err *err, const char **where)
{
    struct hsm_audit_input in = {
        .dir = e->log_dir, .keys = hsm_logkey_keys(e->logkey)};
    struct hsm_receipt r = {.request = m, .origin = e->settings.origin};
    struct hsm_proof_cost cost;
    struct mh_buf text[FILES];
    struct hsm_filing filing;
    enum mh_code code;

    for (size_t i = 0; i < FILES; i++)
        mh_buf_init(&text[i], TEXT_MAX);
    *where = "log";
    code = record(e, m, err, &filing);
    r.n = filing.n;
    r.time = filing.time;
    if (code == MH_OK)
        code = hsm_engine_covered(e, filing.n, err);
    hsm_receipt_json(&r, &text[0]);
    hsm_receipt_text(&r, &text[1]);
    if (code == MH_OK)
        code = hsm_audit_prove_near(&in, r.n, err, &text[3], &text[2], &cost);
    if (code == MH_OK)
        code = sign(e, call, m, text, err, where);
    for (size_t i = 0; i < FILES; i++)
        mh_buf_fini(&text[i]);
    return code;
}

void
hsm_engine_receipt(struct hsm_engine *e, struct hsm_call *call)
{
    struct mh_err err = {.msg = ""};
    const char *where = "state";
    struct mh_keyd_receipt m;
    uint8_t made[32];
    bool there = false;
    size_t key;
    enum mh_code code;

    if (mh_keyd_receipt_unpack(call->packet, call->arena, NULL, &m) != MH_OK) {
        call->malformed = true;
        return;
    }
    key = hsm_keys_find(e->keys, m.key);
    if (!hsm_keys_has(e->keys, key) ||
        e->settings.key[key].purpose != MH_KEY_SEAL) {
        struct mh_keyd_bond bond = {.requester = m.requester, .key = m.key};

        hsm_engine_refuse(e, call, &bond, m.op,
            hsm_keys_has(e->keys, key) ? MH_REFUSED_PURPOSE : MH_REFUSED_KEY);
        return;
    }
    code = hsm_engine_made_for(call, made);
    if (code == MH_OK)
        code = hsm_engine_kept(e, call, m.op, made, &err, &there);
    if (code == MH_OK && !there) {
        code = make(e, call, &m, &err, &where);
        if (code == MH_OK)
            code = hsm_engine_kept(e, call, m.op, made, &err, &there);
    }
    if (code != MH_OK)
        hsm_engine_fail(e, call, code, where, &err);
}
