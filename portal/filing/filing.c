#include "portal/filing/filing.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/report/print.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"

enum {
    PATIENCE_MS = 20000,    /* for the word of a worker */
    BYTES_A_MS = 2000,      /* and for each of so many bytes a millisecond */
    AGAIN_FIRST = 60,       /* seconds until it is judged again */
    AGAIN_SOON = 5,         /* where nobody was there to judge it */
    AGAIN_MAX = 3600,       /* between two judgements */
    JUDGE_ARENA = 64 << 20, /* bytes of one report */
    DATA_MAX = 512,         /* bytes of what a record says */
    TEXT_MAX = PT_FILING_WORDS,
};

static int64_t
again_after(uint32_t tries)
{
    return tries >= 6 ? AGAIN_MAX : (int64_t)AGAIN_FIRST << tries;
}

/* ---- what is written down ---- */

/* The report as a program would get it: its digest stands in the receipt. */
static enum mh_code
report_digest(const struct mh_subject *subject, const struct mh_report *report,
    struct mh_err *err, char hex[static 65])
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_buf out;
    enum mh_code code;

    mh_buf_init(&out, PT_ANSWER_MAX);
    code = mh_print_json(subject, report, err, &out);
    if (code == MH_OK && !mh_buf_ok(&out))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "filing: no memory");
    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, mh_buf_get(&out), err, hash);
    if (code == MH_OK)
        mh_hex_encode((struct mh_span){hash, PT_HASH}, hex);
    mh_buf_fini(&out);
    return code;
}

/* The line of a receipt: verdict, signer, digest of the report. */
enum mh_code
pt_filing_words(const struct mh_subject *subject,
    const struct mh_report *report, const char *fin, struct mh_err *err,
    char out[static PT_FILING_WORDS + 1])
{
    const struct mh_report_sig *own = pt_filing_own(report, fin);
    char hex[65], line[TEXT_MAX + 1];
    enum mh_code code = report_digest(subject, report, err, hex);
    struct mh_buf clean;

    if (code != MH_OK)
        return code;
    if (own != NULL)
        (void)snprintf(line, sizeof(line),
            "verdict: %s; level: %s; signer: %.200s; certificate SHA-256: "
            "%.64s; report SHA-256: %s",
            mh_verdict_name(report->verdict), mh_level_name(own->level),
            own->signer_name, own->certificate_sha256, hex);
    else
        (void)snprintf(line, sizeof(line), "verdict: %s; report SHA-256: %s",
            mh_verdict_name(report->verdict), hex);
    mh_buf_init(&clean, TEXT_MAX + 1); /* a name that was cut is mended */
    mh_text_clean(mh_span_str(line), TEXT_MAX, &clean);
    mh_buf_byte(&clean, 0);
    if (mh_buf_ok(&clean))
        memcpy(out, clean.ptr, clean.len);
    else
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "filing: no memory");
    mh_buf_fini(&clean);
    return code;
}

/* What the document's row says of the judgement; packed is its owner's. */
static enum mh_code
take_report(struct pt_document *d, const struct mh_report *report,
    const char *fin, struct mh_buf *packed, struct mh_err *err)
{
    const struct mh_report_sig *own = pt_filing_own(report, fin);

    mh_report_pack(report, packed);
    if (!mh_buf_ok(packed))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "filing: report too long");
    d->report = mh_buf_get(packed);
    d->format = report->format;
    d->verdict = report->verdict;
    d->judged = report->validation_time;
    (void)snprintf(d->reason, sizeof(d->reason), "%s",
        report->reason.code == MH_FINDING_NONE
            ? ""
            : mh_finding_name(report->reason.code));
    d->signer[0] = '\0';
    if (own != NULL) {
        struct mh_buf clean;

        mh_buf_init(&clean, sizeof(d->signer));
        mh_text_clean(mh_span_str(own->signer_name), PT_TEXT_MAX, &clean);
        mh_buf_byte(&clean, 0);
        if (mh_buf_ok(&clean))
            memcpy(d->signer, clean.ptr, clean.len);
        mh_buf_fini(&clean);
    }
    return MH_OK;
}

void
pt_filing_owe(struct pt_receipt *r, const struct pt_document *d,
    const char *text, int64_t now)
{
    *r = (struct pt_receipt){.text = text, .created = now, .next_at = now};
    pt_row_id_raw(r->op);
    memcpy(r->document, d->id, sizeof(r->document));
    (void)snprintf(r->status, sizeof(r->status), "%s",
        d->state == PT_DOC_ACCEPTED ? "accepted" : "received");
}

/* ---- judging ---- */

/* A judge that is not there leaves it not judged; false: none was there. */
static bool
judge(struct pt_app *app, const struct pt_judge_file *file, int64_t now,
    struct mh_arena *arena, struct mh_report *out)
{
    /* Who files waits for the answer: what is not known by then is judged
       later. */
    struct pt_question q = {.document = *file,
        .time = now,
        .timeout_ms = PATIENCE_MS + (unsigned)(file->size / BYTES_A_MS)};
    struct mh_err err = {.msg = ""};

    mh_policy_default(&q.policy, true);
    if (pt_judge_verify(app->judge, &q, arena, &err, out) == MH_OK)
        return true;
    mh_log("filing", "judge=%s", mh_code_name(err.code));
    mh_report_init(out);
    out->validation_time = now;
    out->policy = q.policy.name;
    out->reason = (struct mh_finding){.code = MH_F_NOT_JUDGED,
        .level = MH_ERROR,
        .offset = MH_NO_OFFSET,
        .what = ""};
    return false;
}

/* Who files, as the log knows people. */
static void
who_is(int64_t account, char out[static 32])
{
    (void)snprintf(out, 32, "p:%lld", (long long)account);
}

static void
ruled_state(
    struct pt_document *d, const struct pt_rule *rule, bool there, int64_t now)
{
    d->judge_at = MH_TIME_NONE;
    switch (rule->what) {
    case PT_RULED_ACCEPT:
        d->state = PT_DOC_ACCEPTED;
        break;
    case PT_RULED_WAIT:
        d->state = PT_DOC_RECEIVED;
        d->judge_at = now + (there ? again_after(d->tries) : AGAIN_SOON);
        break;
    case PT_RULED_DESK:
        d->state = PT_DOC_DESK;
        break;
    case PT_RULED_REFUSE:
    default:
        d->state = PT_DOC_RETURNED;
        break;
    }
}

enum mh_code
pt_filing_judge(struct pt_app *app, const struct pt_filing *f,
    struct mh_arena *arena, struct mh_err *err, struct pt_document *d,
    struct pt_filing_judged *out)
{
    const struct mh_subject subject = {f->file.name, f->file.size, f->sha256};
    struct mh_buf packed;
    enum mh_code code;
    bool there;

    if (strlen(f->sha256) != sizeof(d->sha256) * 2 ||
        !mh_hex_decode(mh_span_str(f->sha256), d->sha256))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "filing: no digest");
    there = judge(app, &f->file, pt_time(), arena, &out->report);
    out->rule = pt_filing_rule(&out->report, f->file.name, f->filer->fin);
    ruled_state(d, &out->rule, there, pt_time());
    d->size = f->file.size;
    (void)snprintf(d->name, sizeof(d->name), "%s", f->file.name);
    mh_buf_init(&packed, MH_REPORT_SIZE_MAX);
    code = take_report(d, &out->report, f->filer->fin, &packed, err);
    if (code == MH_OK) {
        d->report = mh_arena_copy(arena, d->report);
        code = d->report.ptr == NULL
                   ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "filing: no memory")
                   : pt_filing_words(&subject, &out->report, f->filer->fin, err,
                         out->words);
    }
    mh_buf_fini(&packed);
    return code;
}

/* ---- filing ---- */

/* Nothing is stored of it but the record: when, which bytes, which rule. */
static enum mh_code
record_refusal(struct pt_app *app, const struct pt_filing *f,
    const struct pt_rule *rule, int64_t now, struct mh_err *err)
{
    char who[32], obj[80], data[DATA_MAX];
    struct pt_record r = {.ev = "filing.refused",
        .who = who,
        .obj = obj,
        .res = "refused",
        .data = data};

    who_is(f->filer->id, who);
    (void)snprintf(obj, sizeof(obj), "doc:%.64s", f->sha256);
    (void)snprintf(
        data, sizeof(data), "case=%.26s\nrule=%.64s\n", f->case_id, rule->code);
    return pt_store_record_add(app->store, &r, now, err);
}

static enum mh_code
store(struct pt_app *app, struct pt_document *d, const struct pt_filing *f,
    struct mh_err *err, struct pt_filed_as *out)
{
    const struct mh_subject subject = {f->file.name, f->file.size, f->sha256};
    char text[TEXT_MAX + 1];
    struct pt_staged staged;
    struct pt_receipt receipt;
    struct mh_buf packed;
    enum mh_code code;

    mh_buf_init(&packed, MH_REPORT_SIZE_MAX);
    code = take_report(d, &out->report, f->filer->fin, &packed, err);
    if (code == MH_OK)
        code =
            pt_filing_words(&subject, &out->report, f->filer->fin, err, text);
    if (code == MH_OK)
        code = pt_store_blob_stage(
            app->store, f->file.fd, f->file.size, d->sha256, err, &staged);
    if (code == MH_OK) {
        pt_filing_owe(&receipt, d, text, d->filed);
        code = pt_store_document_file(
            app->store, d, &receipt, &staged, err, &out->doc);
    }
    mh_buf_fini(&packed);
    return code;
}

enum mh_code
pt_filing_make(struct pt_app *app, const struct pt_filing *f,
    struct mh_arena *arena, struct mh_err *err, struct pt_filed_as *out)
{
    struct pt_document d = {.filer = f->filer->id, .filed = pt_time()};
    enum mh_code code;
    bool there;

    *out = (struct pt_filed_as){.doc = {.what = PT_FILED_NEW}};
    if (strlen(f->sha256) != sizeof(d.sha256) * 2 ||
        !mh_hex_decode(mh_span_str(f->sha256), d.sha256))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "filing: no digest");
    there = judge(app, &f->file, d.filed, arena, &out->report);
    out->rule = pt_filing_rule(&out->report, f->file.name, f->filer->fin);
    if (out->rule.what == PT_RULED_REFUSE) {
        code = record_refusal(app, f, &out->rule, d.filed, err);
    } else {
        pt_row_id_new(d.id);
        (void)snprintf(d.case_id, sizeof(d.case_id), "%s", f->case_id);
        (void)snprintf(d.form, sizeof(d.form), "%s", f->form);
        (void)snprintf(d.kind, sizeof(d.kind), "%s", f->kind);
        (void)snprintf(d.title, sizeof(d.title), "%s", f->title);
        (void)snprintf(d.name, sizeof(d.name), "%s", f->file.name);
        (void)snprintf(d.note, sizeof(d.note), "%s", f->note);
        ruled_state(&d, &out->rule, there, d.filed);
        code = store(app, &d, f, err, out);
    }
    mh_log("filing", "doc=%s verdict=%s rule=%d code=%s", out->doc.id,
        mh_verdict_name(out->report.verdict), (int)out->rule.what,
        mh_code_name(code));
    pt_ledger_wake(app->ledger);
    return code;
}

/* ---- the clerk's word ---- */

struct owed {
    char text[TEXT_MAX + 1];
    struct pt_receipt receipt;
};

/* The receipt of what a clerk accepted: the verdict is what it was. */
static enum mh_code
decided_receipt(struct pt_app *app, struct pt_document *d, int64_t now,
    struct mh_arena *arena, struct mh_err *err, struct owed *out)
{
    char hex[65], line[TEXT_MAX + 1];
    const struct mh_subject subject = {d->name, d->size, hex};
    struct mh_report report;
    struct pt_account filer;
    enum pt_found found = PT_ABSENT;
    enum mh_code code =
        pt_store_account_get(app->store, d->filer, err, &filer, &found);

    mh_hex_encode((struct mh_span){d->sha256, PT_HASH}, hex);
    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "filing: its filer is gone");
    if (code == MH_OK)
        code = mh_report_unpack(d->report, arena, err, &report);
    if (code == MH_OK)
        code = pt_filing_words(&subject, &report, filer.fin, err, line);
    if (code != MH_OK)
        return code;
    /* Its end is a digest, far from the limit. */
    (void)snprintf(out->text, sizeof(out->text), "accepted by the clerk; %.*s",
        TEXT_MAX - 40, line);
    d->state = PT_DOC_ACCEPTED;
    pt_filing_owe(&out->receipt, d, out->text, now);
    return MH_OK;
}

enum mh_code
pt_filing_decide(struct pt_app *app, const struct pt_document *d,
    struct pt_decision *decision, struct mh_arena *arena, struct mh_err *err,
    enum pt_found *found)
{
    struct pt_document as = *d;
    char who[32], obj[80], data[DATA_MAX];
    struct pt_record record = {.ev = "filing.decided",
        .who = who,
        .obj = obj,
        .res = "ok",
        .data = data};
    struct owed owed;
    enum mh_code code = MH_OK;

    *found = PT_ABSENT;
    decision->at = pt_time();
    memcpy(decision->document, d->id, sizeof(decision->document));
    as.state = PT_DOC_RETURNED;
    if (decision->accepted)
        code = decided_receipt(app, &as, decision->at, arena, err, &owed);
    if (code != MH_OK)
        return code;
    who_is(decision->account, who);
    (void)snprintf(obj, sizeof(obj), "filing:%s", d->id);
    (void)snprintf(data, sizeof(data), "state=%s\nverdict=%s\n",
        pt_doc_state_name(as.state), mh_verdict_name(d->verdict));
    code = pt_store_desk_decide(app->store, decision,
        decision->accepted ? &owed.receipt : NULL, &record, err, found);
    mh_log("filing", "doc=%s decided=%s kept=%d code=%s", d->id,
        pt_doc_state_name(as.state), *found == PT_FOUND, mh_code_name(code));
    pt_ledger_wake(app->ledger);
    return code;
}

/* ---- judging again ---- */

static enum mh_code
settle(struct pt_app *app, struct pt_document *d, bool there,
    const struct mh_report *report, const char *fin, struct mh_err *err)
{
    struct pt_rule rule = pt_filing_rule(report, d->name, fin);
    enum pt_doc_state was = d->state;
    char hex[65], text[TEXT_MAX + 1], who[32], obj[80], data[DATA_MAX];
    struct mh_subject subject = {d->name, d->size, hex};
    struct pt_record record = {
        .ev = "verdict", .who = who, .obj = obj, .res = "ok", .data = data};
    enum pt_found found = PT_ABSENT;
    struct pt_receipt receipt;
    struct mh_buf packed;
    enum mh_code code;

    mh_hex_encode((struct mh_span){d->sha256, PT_HASH}, hex);
    mh_buf_init(&packed, MH_REPORT_SIZE_MAX);
    ruled_state(d, &rule, there, report->validation_time);
    code = take_report(d, report, fin, &packed, err);
    if (code == MH_OK)
        code = pt_filing_words(&subject, report, fin, err, text);
    if (code == MH_OK) {
        who_is(d->filer, who);
        (void)snprintf(obj, sizeof(obj), "filing:%s", d->id);
        (void)snprintf(data, sizeof(data), "rule=%.64s\nstate=%s\nverdict=%s\n",
            rule.code, pt_doc_state_name(d->state),
            mh_verdict_name(d->verdict));
        pt_filing_owe(&receipt, d, text, d->judged);
        code = pt_store_document_judged(app->store, d,
            d->state == PT_DOC_ACCEPTED ? &receipt : NULL,
            d->state == was ? NULL : &record, err, &found);
    }
    mh_buf_fini(&packed);
    mh_log("filing", "doc=%s again=%u verdict=%s state=%s kept=%d code=%s",
        d->id, d->tries, mh_verdict_name(report->verdict),
        pt_doc_state_name(d->state), found == PT_FOUND, mh_code_name(code));
    pt_ledger_wake(app->ledger);
    return code;
}

static enum mh_code
judge_again(struct pt_app *app, struct pt_document *d, struct mh_arena *arena,
    struct mh_err *err)
{
    struct pt_judge_file file = {.name = d->name, .fd = -1};
    enum pt_found found = PT_ABSENT;
    struct pt_account filer;
    struct mh_report report;
    enum mh_code code = pt_store_blob_open(
        app->store, d->sha256, err, &file.fd, &file.size, &found);

    if (code == MH_OK && found == PT_FOUND)
        code = pt_store_account_get(app->store, d->filer, err, &filer, &found);
    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "filing: the document or its filer is gone");
    if (code == MH_OK) {
        bool there = judge(app, &file, pt_time(), arena, &report);

        code = settle(app, d, there, &report, filer.fin, err);
    }
    mh_close(&file.fd);
    return code;
}

bool
pt_filing_judge_due(struct pt_app *app, int64_t now)
{
    struct mh_arena *arena = mh_arena_new(JUDGE_ARENA);
    struct mh_err err = {.msg = ""};
    struct pt_document d = {.id = ""};
    bool found;

    if (arena == NULL)
        return false;
    found = pt_store_document_due(
                app->store, now, now + AGAIN_MAX, arena, &err, &d) == MH_OK &&
            d.id[0] != '\0';
    if (found && judge_again(app, &d, arena, &err) != MH_OK)
        mh_log("filing", "doc=%s code=%s", d.id, mh_code_name(err.code));
    mh_arena_free(arena);
    return found;
}
