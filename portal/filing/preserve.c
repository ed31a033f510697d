#include "portal/filing/preserve.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/sys/outfile.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/filing/ledger.h"
#include "portal/store/preserved.h"

enum {
    DAY = 86400,
    LEASE = 1800,        /* seconds that one copy is worked at */
    HORIZON = 180 * DAY, /* as of when a copy has to pass */
    LOOK = 30 * DAY,     /* between two looks at a copy */
    AGAIN_MIN = 60,      /* after a failure; doubled up to */
    AGAIN_MAX = DAY,
    DOCUMENT_TRIES = 3, /* where the document is the reason: then no more */
    REPORT_ARENA = 160 << 20,
};

/* Whether the copy passes now and will at the horizon. */
static enum mh_code
lasts(struct pt_app *app, const struct pt_judge_file *file, int64_t now,
    struct mh_err *err, bool *yes)
{
    struct pt_question q = {
        .document = *file, .time = now + HORIZON, .offline = true};
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    struct mh_report report;
    enum mh_code code =
        arena == NULL ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "copy: no memory")
                      : MH_OK;

    *yes = false;
    mh_policy_default(&q.policy, app->set.strict);
    if (code == MH_OK)
        code = pt_judge_verify(app->judge, &q, arena, err, &report);
    if (code == MH_OK && report.verdict == MH_NOT_JUDGED)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "copy: not judged");
    if (code == MH_OK) {
        *yes = report.verdict == MH_TOTAL_PASSED;
        for (size_t i = 0; i < report.sigs; i++)
            for (size_t k = 0; k < report.sig[i].findings.count; k++)
                *yes = *yes && report.sig[i].findings.item[k].code !=
                                   MH_F_TIMESTAMP_OLD;
    }
    mh_arena_free(arena);
    return code;
}

static enum mh_code
stage(struct pt_app *app, const struct mh_outfile *out, struct mh_err *err,
    struct pt_staged *staged)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_map map = {0};
    uint64_t size = 0;
    int fd = -1;
    enum mh_code code = mh_outfile_read(out, err, &fd, &size);

    if (code == MH_OK)
        code = mh_map_fd(fd, size, err, &map);
    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    mh_map_fini(&map);
    if (code == MH_OK)
        code = pt_store_blob_stage(app->store, fd, size, hash, err, staged);
    mh_close(&fd);
    return code;
}

/* Raises from into a new copy; *changed: there is one. */
static enum mh_code
raise_it(struct pt_app *app, const struct pt_judge_file *from,
    struct mh_flow *flow, struct mh_err *err, struct pt_staged *staged,
    bool *changed)
{
    const struct mh_flow_input input = {"document", from->fd, from->size};
    struct mh_outfile out = {.dir = -1, .fd = -1};
    enum mh_code code = pt_store_work_file(app->store, err, &out);

    if (code == MH_OK)
        code = mh_flow_raise(flow, MH_LEVEL_LTA, &input, err, &out, changed);
    if (code == MH_OK && *changed)
        code = stage(app, &out, err, staged);
    mh_outfile_drop(&out);
    return code;
}

static int64_t
again(uint32_t tries)
{
    return tries > 10 ? AGAIN_MAX : (int64_t)AGAIN_MIN << tries;
}

static enum mh_code
failed(struct pt_app *app, struct pt_preserved *p, const struct mh_flow *flow,
    const char *why, int64_t now)
{
    struct mh_err err = {.msg = ""};
    bool hopeless = flow->fault == MH_FLOW_DOCUMENT &&
                    p->tries >= DOCUMENT_TRIES && !p->copied;

    (void)snprintf(p->why, sizeof(p->why), "%.120s", why); /* cut is fine */
    p->due = hopeless ? MH_TIME_NONE : now + again(p->tries);
    return pt_store_preserved_set(app->store, p, NULL, NULL, &err);
}

/* A copy that is new goes to the log with what it is a copy of. */
static enum mh_code
keep(struct pt_app *app, const struct pt_preserved *p, struct pt_staged *staged,
    struct mh_err *err)
{
    char obj[8 + 2 * PT_HASH], data[48], hex[2 * PT_HASH + 1];
    const struct pt_record r = {.ev = "document.lasting",
        .who = "",
        .obj = obj,
        .res = "ok",
        .data = data};
    enum mh_code code;

    mh_hex_encode((struct mh_span){p->sha256, PT_HASH}, hex);
    (void)snprintf(obj, sizeof(obj), "doc:%s", hex);
    (void)snprintf(data, sizeof(data), "filing=%s\n", p->document);
    code = pt_store_preserved_set(
        app->store, p, staged, staged != NULL ? &r : NULL, err);
    if (code == MH_OK)
        pt_ledger_wake(app->ledger);
    return code;
}

static enum mh_code
look_after(struct pt_app *app, struct pt_preserved *p, int64_t now,
    struct mh_flow *flow, struct mh_err *err)
{
    struct pt_judge_file from = {.name = "document", .fd = -1};
    enum pt_found found = PT_ABSENT;
    struct pt_staged staged;
    bool good = false, changed = false;
    enum mh_code code = pt_store_blob_open(app->store,
        p->copied ? p->sha256 : p->original, err, &from.fd, &from.size, &found);

    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "copy: it is gone");
    if (code == MH_OK && p->copied)
        code = lasts(app, &from, now, err, &good);
    flow->renew = p->copied;
    if (code == MH_OK && !good)
        code = raise_it(app, &from, flow, err, &staged, &changed);
    mh_close(&from.fd);
    if (code == MH_OK && p->copied && !good && !changed)
        code = mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "copy: no archive time-stamp can be added to it");
    if (code != MH_OK)
        return code;
    /* One that was filed at that level already is a copy of itself. */
    if (changed || !p->copied) {
        memcpy(p->sha256, changed ? staged.sha256 : p->original, PT_HASH);
        p->made = now;
    }
    p->copied = true;
    p->tries = 0;
    p->why[0] = '\0';
    p->due = now + LOOK;
    return keep(app, p, changed ? &staged : NULL, err);
}

bool
pt_preserve_due(struct pt_app *app, int64_t now)
{
    struct mh_err err = {.msg = ""};
    struct pt_preserved p = {.document = ""};
    struct mh_flow flow;
    enum mh_code code =
        pt_store_preserved_due(app->store, now, now + LEASE, &err, &p);

    if (code != MH_OK || p.document[0] == '\0')
        return false;
    pt_judge_flow(app->judge, app->set.strict, &flow);
    code = look_after(app, &p, now, &flow, &err);
    if (code != MH_OK && failed(app, &p, &flow, err.msg, now) != MH_OK)
        mh_log("copy", "doc=%s lease=stays", p.document);
    mh_log("copy", "doc=%s tries=%u code=%s why=\"%.100s\"", p.document,
        p.tries, mh_code_name(code), p.why);
    return true;
}
