#include "portal/filing/auditwork.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/filing/ledger.h"
#include "portal/filing/logask.h"
#include "portal/filing/package.h"
#include "portal/http/clock.h"

enum {
    LEASE = 3600,             /* seconds: longer than any step */
    TRIES = 8,                /* of one step, then it has failed */
    AGAIN = 15,               /* seconds after a failure, doubled */
    CHECK_ARENA = 4 << 20,    /* bytes */
    REPORT_ARENA = 160 << 20, /* bytes of one report */
    DATA_MAX = 200,           /* bytes of what a record says */
};

const char *
pt_audit_kind_name(enum pt_audit_kind kind)
{
    switch (kind) {
    case PT_AUDIT_CHECK:
        return "check";
    case PT_AUDIT_VERIFY:
        return "verify";
    case PT_AUDIT_PACKAGE:
        return "package";
    case PT_AUDIT_KINDS:
        break;
    }
    return "";
}

/* ---- records ---- */

enum mh_code
pt_audit_looked(
    struct pt_app *app, const struct pt_audit_look *look, struct mh_err *err)
{
    char who[32];
    const struct pt_record r = {.ev = look->ev,
        .who = who,
        .obj = look->obj,
        .res = "ok",
        .data = look->data};
    enum mh_code code;

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)look->account);
    code = pt_store_record_add(app->store, &r, pt_time(), err);
    pt_ledger_wake(app->ledger);
    return code;
}

struct recorded {
    char who[32], data[DATA_MAX];
    struct pt_record record;
};

static void
record_of(struct recorded *r, const struct pt_audit_job *j, const char *ev)
{
    (void)snprintf(r->who, sizeof(r->who), "p:%lld", (long long)j->account);
    r->record = (struct pt_record){
        .ev = ev, .who = r->who, .obj = j->scope, .res = "ok", .data = r->data};
}

enum mh_code
pt_audit_begin(struct pt_app *app, struct pt_audit_job *job,
    const struct pt_sent *sent, struct mh_err *err, enum pt_sent_was *was)
{
    struct recorded r;
    struct pt_audit_logs logs = {.node = {job->log}, .count = job->log >= 0};
    const struct pt_audit_work work = {&r.record, &logs};
    enum mh_code code = MH_OK;

    /* A package a log: each is proven by the node that keeps it. */
    if (job->kind == PT_AUDIT_PACKAGE)
        code = pt_store_audit_logs_of(
            app->store, job->scope + strlen("case:"), err, &logs);
    if (code != MH_OK)
        return code;
    record_of(&r, job, "audit.begun");
    (void)snprintf(
        r.data, sizeof(r.data), "kind=%s\n", pt_audit_kind_name(job->kind));
    job->created = pt_time();
    code = pt_store_audit_job_add(app->store, job, sent, &work, err, was);
    pt_ledger_wake(app->ledger);
    pt_app_wake(app);
    return code;
}

static enum mh_code
finish(
    struct pt_app *app, struct pt_audit_job *j, bool good, struct mh_err *err)
{
    struct recorded r;
    enum mh_code code;

    record_of(&r, j, "audit.ended");
    r.record.res = good ? "ok" : "failed";
    (void)snprintf(r.data, sizeof(r.data), "job=%s\nkind=%s\n", j->id,
        pt_audit_kind_name(j->kind));
    j->finished = pt_time();
    code = pt_store_audit_job_end(app->store, j, &r.record, err);
    mh_log("audit", "job=%s kind=%s good=%d code=%s", j->id,
        pt_audit_kind_name(j->kind), good, mh_code_name(code));
    pt_ledger_wake(app->ledger);
    return code;
}

/* ---- the log ---- */

/* "key=number" in lines, then "problem=..." */
static void
say_check(struct pt_audit_job *j, const struct mh_keyd_checked *c)
{
    size_t n = (size_t)snprintf(j->said, sizeof(j->said),
        "records=%llu\ncheckpoints=%llu\ncovered=%llu\nkey_uses=%llu\n"
        "open=%llu\nstamps=%llu\n",
        (unsigned long long)c->records, (unsigned long long)c->checkpoints,
        (unsigned long long)c->covered, (unsigned long long)c->key_uses,
        (unsigned long long)c->open, (unsigned long long)c->stamps);

    for (size_t i = 0; i < c->problems && n + 220 < sizeof(j->said); i++)
        n += (size_t)snprintf(j->said + n, sizeof(j->said) - n,
            "problem=%.200s\n", c->problem[i].text);
}

static enum mh_code
check(struct pt_app *app, struct pt_audit_job *j, struct mh_err *err)
{
    struct pt_log_asker ask = {
        .keyd = app->keyd, .arena = mh_arena_new(CHECK_ARENA)};
    struct mh_keyd_checked c = {.problems = 0};
    enum mh_code code =
        ask.arena == NULL
            ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "audit: no memory")
            : pt_log_check(&ask, true, err, &c);

    if (code == MH_OK) {
        j->state = c.problems == 0 ? PT_AUDIT_ENDED : PT_AUDIT_FAILED;
        say_check(j, &c);
        code = finish(app, j, c.problems == 0, err);
    }
    mh_arena_free(ask.arena);
    return code;
}

/* ---- documents, again ---- */

/* Whether the bytes are still those that were filed. */
static enum mh_code
compare(const struct pt_judge_file *file, const uint8_t sha256[static PT_HASH],
    struct mh_err *err, bool *same)
{
    uint8_t hash[MH_DIGEST_MAX] = {0};
    struct mh_map map = {0};
    enum mh_code code = mh_map_fd(file->fd, file->size, err, &map);

    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    *same = code == MH_OK && memcmp(hash, sha256, PT_HASH) == 0;
    mh_map_fini(&map);
    return code;
}

static enum mh_code
judge(struct pt_app *app, const struct pt_judge_file *file,
    struct mh_arena *arena, struct mh_err *err, struct pt_audit_verdict *out,
    struct mh_buf *packed)
{
    struct pt_question q = {.document = *file, .time = pt_time()};
    struct mh_report report;
    enum mh_code code;

    mh_policy_default(&q.policy, app->set.strict);
    code = pt_judge_verify(app->judge, &q, arena, err, &report);
    if (code != MH_OK)
        return code;
    out->is = report.verdict;
    if (report.reason.code != MH_FINDING_NONE)
        (void)snprintf(out->reason, sizeof(out->reason), "%s",
            mh_finding_name(report.reason.code));
    if (packed != NULL)
        mh_report_pack(&report, packed);
    return MH_OK;
}

/* Bytes that are gone or altered are found here, and nobody judges them.
   packed, which may be NULL, gets the report. */
static enum mh_code
verify_one(struct pt_app *app, const char *id, struct mh_err *err,
    struct pt_audit_verdict *out, struct mh_buf *packed)
{
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    struct pt_judge_file file = {.name = "document", .fd = -1};
    enum pt_found found = PT_ABSENT;
    struct pt_document d = {.id = ""};
    enum mh_code code =
        arena == NULL
            ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "audit: no memory")
            : pt_store_document_get(app->store, id, arena, err, &d);

    *out = (struct pt_audit_verdict){
        .is = MH_NOT_JUDGED, .was = d.verdict, .at = pt_time()};
    (void)snprintf(out->document, sizeof(out->document), "%s", id);
    if (code == MH_OK)
        code = pt_store_blob_open(
            app->store, d.sha256, err, &file.fd, &file.size, &found);
    if (code == MH_EIO && err->sys == ENOENT)
        code = MH_OK; /* its row is there, its file is not */
    if (code == MH_OK && file.fd >= 0)
        code = compare(&file, d.sha256, err, &out->intact);
    if (code == MH_OK && out->intact) {
        file.name = d.name;
        code = judge(app, &file, arena, err, out, packed);
    }
    mh_close(&file.fd);
    mh_arena_free(arena);
    return code;
}

static enum mh_code
say_totals(struct pt_app *app, struct pt_audit_job *j, struct mh_err *err)
{
    struct pt_audit_totals t;
    enum mh_code code = pt_store_audit_totals(app->store, j->id, err, &t);
    size_t n = 0;

    for (int v = 0; v < MH_VERDICTS && code == MH_OK; v++)
        n += (size_t)snprintf(j->said + n, sizeof(j->said) - n, "%s=%lld\n",
            mh_verdict_name((enum mh_verdict)v), (long long)t.verdict[v]);
    if (code == MH_OK)
        (void)snprintf(j->said + n, sizeof(j->said) - n,
            "altered=%lld\nchanged=%lld\n", (long long)t.altered,
            (long long)t.changed);
    return code;
}

static enum mh_code
verify(struct pt_app *app, struct pt_audit_job *j, struct mh_err *err)
{
    struct pt_audit_verdict verdict[PT_AUDIT_STEP];
    char from[27];
    struct pt_audit_step step = {.from = from, .verdict = verdict};
    struct pt_audit_due due;
    struct mh_buf packed;
    bool one = strncmp(j->scope, "filing:", 7) == 0;
    enum mh_code code = pt_store_audit_due(app->store, j, err, &due);

    mh_buf_init(&packed, MH_REPORT_SIZE_MAX);
    memcpy(from, j->at, sizeof(from));
    for (size_t i = 0; i < due.count && code == MH_OK; i++) {
        code =
            verify_one(app, due.id[i], err, &verdict[i], one ? &packed : NULL);
        step.verdicts++;
    }
    if (code == MH_OK && one && due.count == 1 && mh_buf_ok(&packed))
        verdict[0].report = mh_buf_get(&packed);
    if (code != MH_OK) {
        mh_buf_fini(&packed);
        return code;
    }
    if (due.count == 0) {
        j->state = PT_AUDIT_ENDED;
        code = say_totals(app, j, err);
        return code == MH_OK ? finish(app, j, true, err) : code;
    }
    memcpy(j->at, due.id[due.count - 1], sizeof(j->at));
    j->done += (int64_t)due.count;
    step.next = pt_time();
    code = pt_store_audit_job_step(app->store, j, &step, err);
    mh_buf_fini(&packed);
    return code;
}

/* ---- a case leaves as a package ---- */

static enum mh_code
keep_package(struct pt_app *app, struct pt_audit_job *j, struct pt_package *p,
    struct mh_err *err)
{
    const struct pt_audit_volumes volumes = {p->staged, p->volumes};
    char hex[2 * PT_HASH + 1], data[2 * DATA_MAX];
    struct recorded ended;
    struct pt_record record[2];
    enum mh_code code;

    mh_hex_encode((struct mh_span){p->staged[0].sha256, PT_HASH}, hex);
    (void)snprintf(j->said, sizeof(j->said),
        "package=%s\nvolumes=%zu\nfiles=%lld\ncase_records=%lld\n"
        "records=%llu\n",
        hex, p->volumes, (long long)p->files, (long long)p->records,
        (unsigned long long)p->log_size);
    record_of(&ended, j, "audit.ended");
    (void)snprintf(ended.data, sizeof(ended.data), "job=%s\nkind=%s\n", j->id,
        pt_audit_kind_name(j->kind));
    record[0] = ended.record;
    record[1] = ended.record;
    (void)snprintf(data, sizeof(data), "job=%s\npackage=%s\nvolumes=%zu\n",
        j->id, hex, p->volumes);
    record[1].ev = "audit.export";
    record[1].data = data;
    j->state = PT_AUDIT_ENDED;
    j->finished = pt_time();
    code = pt_store_audit_package_end(app->store, j, &volumes, record, err);
    mh_log("audit", "job=%s kind=package volumes=%zu code=%s", j->id,
        p->volumes, mh_code_name(code));
    pt_ledger_wake(app->ledger);
    return code;
}

static enum mh_code
package(struct pt_app *app, struct pt_audit_job *j, struct mh_err *err)
{
    struct pt_package p;
    enum mh_code code = pt_package_make(app, j, err, &p);

    if (code == MH_OK) {
        code = keep_package(app, j, &p, err);
        if (code != MH_OK)
            pt_package_forget(app, &p);
    }
    return code;
}

/* ---- steps ---- */

static enum mh_code
step(struct pt_app *app, struct pt_audit_job *j, struct mh_err *err)
{
    if (app->keyd == NULL)
        return mh_fail(
            err, MH_EUNSUP, MH_NO_OFFSET, "audit: there is no key daemon");
    switch (j->kind) {
    case PT_AUDIT_CHECK:
        return check(app, j, err);
    case PT_AUDIT_VERIFY:
        return verify(app, j, err);
    case PT_AUDIT_PACKAGE:
        return package(app, j, err);
    case PT_AUDIT_KINDS:
        break;
    }
    return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "audit: of an unknown kind");
}

/* What a document or the case itself is the reason of does not get better. */
static void
failed(struct pt_app *app, struct pt_audit_job *j, const struct mh_err *why)
{
    struct mh_err err = {.msg = ""};
    bool hopeless = why->code == MH_ELIMIT || j->tries >= TRIES ||
                    (j->kind == PT_AUDIT_PACKAGE && why->code == MH_EFORMAT);
    int64_t next = pt_time() + ((int64_t)AGAIN << (j->tries & 7));
    enum mh_code code;

    mh_log("audit", "job=%s tries=%u code=%s why=\"%.100s\"", j->id, j->tries,
        mh_code_name(why->code), why->msg);
    if (hopeless) {
        j->state = PT_AUDIT_FAILED;
        (void)snprintf(j->said, sizeof(j->said), "problem=%.200s\n", why->msg);
        code = finish(app, j, false, &err);
    } else {
        code = pt_store_audit_job_again(app->store, j, next, &err);
    }
    if (code != MH_OK)
        mh_log("audit", "job=%s lease=stays", j->id);
}

bool
pt_audit_due(struct pt_app *app, int64_t now)
{
    struct mh_err err = {.msg = ""};
    struct pt_audit_job j = {.id = ""};
    enum mh_code code =
        pt_store_audit_job_due(app->store, now, now + LEASE, &err, &j);

    if (code != MH_OK || j.id[0] == '\0')
        return false;
    code = step(app, &j, &err);
    if (code != MH_OK)
        failed(app, &j, &err);
    return code == MH_OK;
}
