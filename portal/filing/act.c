#include "portal/filing/act.h"

#include <stdio.h>
#include <string.h>

#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/filing/draft.h"
#include "portal/filing/filing.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"

enum {
    DATA_MAX = 160,          /* bytes of what a record says */
    REPORT_ARENA = 64 << 20, /* bytes of one report */
};

/* A record of an act and what its fields point to. */
struct recorded {
    char who[32], obj[48], data[DATA_MAX];
    struct pt_record record;
};

static void
record(struct recorded *r, const char *ev, int64_t account, const char *act)
{
    (void)snprintf(r->who, sizeof(r->who), "p:%lld", (long long)account);
    (void)snprintf(r->obj, sizeof(r->obj), "act:%s", act);
    r->record = (struct pt_record){
        .ev = ev, .who = r->who, .obj = r->obj, .res = "ok", .data = r->data};
}

bool
pt_act_late(const struct pt_act *a, int64_t now)
{
    return a->state != PT_ACT_PUBLISHED && a->state != PT_ACT_DISCARDED &&
           now > a->due;
}

/* ---- drafts ---- */

/* The text as the store keeps it; it was made a PDF, so it has no NUL. */
static enum mh_code
take_text(const struct pt_judge_file *file, struct mh_arena *arena,
    struct mh_err *err, struct pt_act *a)
{
    struct mh_map map = {0};
    enum mh_code code = mh_map_fd(file->fd, file->size, err, &map);

    if (code != MH_OK)
        return code;
    a->text = mh_arena_str(arena, map.bytes);
    mh_map_fini(&map);
    return a->text != NULL
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "act: no memory");
}

static enum mh_code
keep(struct pt_app *app, const struct pt_act_by *by, struct pt_act *a,
    struct pt_staged *staged, struct mh_err *err, enum pt_found *found)
{
    struct pt_act_added added = {.what = PT_FILED_NEW};
    char hex[2 * PT_HASH + 1];
    struct recorded r;
    enum mh_code code;

    *found = PT_FOUND;
    a->author = by->account->id;
    a->created = pt_time();
    mh_hex_encode((struct mh_span){a->sha256, PT_HASH}, hex);
    if (a->id[0] == '\0') {
        pt_id_new(a->id);
        record(&r, "act.drafted", a->author, a->id);
        (void)snprintf(
            r.data, sizeof(r.data), "case=%s\ndoc=%s\n", a->case_id, hex);
        code = pt_store_act_add(app->store, a, staged, &r.record, err, &added);
        if (code == MH_OK)
            memcpy(a->id, added.id, sizeof(a->id));
    } else {
        record(&r, "act.changed", a->author, a->id);
        (void)snprintf(r.data, sizeof(r.data), "doc=%s\n", hex);
        code =
            pt_store_act_change(app->store, a, staged, &r.record, err, found);
    }
    pt_ledger_wake(app->ledger);
    return code;
}

enum mh_code
pt_act_draft(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act_source *from, struct pt_act *a, struct mh_err *err,
    struct pt_act_drafted *out)
{
    struct pt_draft_sources source = {.text = from->text, .lang = from->lang};
    struct pt_draft d = {.files = 0};
    struct pt_staged staged;
    enum mh_code code;

    *out = (struct pt_act_drafted){{PT_RULED_ACCEPT, "", ""}, PT_ABSENT};
    (void)snprintf(d.kind, sizeof(d.kind), "%s", a->kind);
    (void)snprintf(d.title, sizeof(d.title), "%s", a->title);
    (void)snprintf(a->form, sizeof(a->form), "%s", by->form);
    code = pt_draft_text(app, &source, err, &d, &staged, &out->rule);
    if (code != MH_OK || out->rule.what == PT_RULED_REFUSE)
        return code;
    memcpy(a->sha256, d.file[0].sha256, PT_HASH);
    code = take_text(&from->text, from->arena, err, a);
    if (code == MH_OK)
        return keep(app, by, a, &staged, err, &out->found);
    pt_store_blob_forget(app->store, &staged);
    return code;
}

/* ---- steps ---- */

enum mh_code
pt_act_send(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act *a, int64_t version, struct mh_err *err,
    enum pt_found *found)
{
    struct recorded r;
    const struct pt_act_step step = {.id = a->id,
        .form = by->form,
        .version = version,
        .account = by->account->id,
        .at = pt_time(),
        .record = &r.record};
    char hex[2 * PT_HASH + 1];
    enum mh_code code;

    mh_hex_encode((struct mh_span){a->sha256, PT_HASH}, hex);
    record(&r, "act.sent", by->account->id, a->id);
    (void)snprintf(r.data, sizeof(r.data), "doc=%s\n", hex);
    code = pt_store_act_send(app->store, &step, err, found);
    pt_ledger_wake(app->ledger);
    return code;
}

/* A step of the judge before the signature, of a's bytes. */
static enum mh_code
undo(struct pt_app *app, const struct pt_act_by *by, const struct pt_act *a,
    bool discard, struct mh_err *err, enum pt_found *found)
{
    struct recorded r;
    const struct pt_act_step step = {.id = a->id,
        .form = by->form,
        .version = a->version,
        .account = by->account->id,
        .at = pt_time(),
        .author = a->author,
        .record = &r.record};
    char hex[2 * PT_HASH + 1];
    enum mh_code code;

    mh_hex_encode((struct mh_span){a->sha256, PT_HASH}, hex);
    record(&r, discard ? "act.discarded" : "act.withdrawn", by->account->id,
        a->id);
    (void)snprintf(r.data, sizeof(r.data), "doc=%s\n", hex);
    code = discard ? pt_store_act_discard(app->store, &step, err, found)
                   : pt_store_act_withdraw(app->store, &step, err, found);
    pt_ledger_wake(app->ledger);
    return code;
}

enum mh_code
pt_act_discard(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act *a, int64_t version, struct mh_err *err,
    enum pt_found *found)
{
    struct pt_act seen = *a;

    seen.version = version;
    return undo(app, by, &seen, true, err, found);
}

enum mh_code
pt_act_withdraw(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act *a, struct mh_err *err, enum pt_found *found)
{
    return undo(app, by, a, false, err, found);
}

enum mh_code
pt_act_illegal(struct pt_app *app, const struct pt_account *who,
    const struct pt_act *a, enum pt_act_state to, struct mh_err *err)
{
    struct recorded r;
    enum mh_code code;

    record(&r, "illegal_transition", who->id, a->id);
    r.record.res = "refused";
    (void)snprintf(r.data, sizeof(r.data), "from=%s\nto=%s\n",
        pt_act_state_name(a->state), pt_act_state_name(to));
    code = pt_store_record_add(app->store, &r.record, pt_time(), err);
    pt_ledger_wake(app->ledger);
    return code;
}

/* ---- publishing ---- */

/* The line of the receipt of a document that the act becomes. */
static enum mh_code
words(struct pt_app *app, const struct pt_act *a, struct mh_err *err,
    char out[static PT_FILING_WORDS + 1])
{
    struct mh_arena *arena = mh_arena_new(REPORT_ARENA);
    char hex[2 * PT_HASH + 1], line[PT_FILING_WORDS + 1];
    struct mh_subject subject = {"act.pdf", 0, hex};
    enum pt_found found = PT_ABSENT;
    struct pt_account signer;
    struct mh_report report;
    struct mh_span packed = {0};
    int fd = -1;
    enum mh_code code =
        arena == NULL
            ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "act: no memory")
            : pt_store_account_get(app->store, a->signer, err, &signer, &found);

    if (code == MH_OK && found == PT_FOUND)
        code = pt_store_blob_open(
            app->store, a->signed_sha256, err, &fd, &subject.size, &found);
    mh_close(&fd);
    if (code == MH_OK && found == PT_ABSENT)
        code =
            mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "act: its bytes are gone");
    mh_hex_encode((struct mh_span){a->signed_sha256, PT_HASH}, hex);
    if (code == MH_OK)
        code = pt_store_act_report(app->store, a->id, arena, err, &packed);
    if (code == MH_OK)
        code = mh_report_unpack(packed, arena, err, &report);
    if (code == MH_OK)
        code = pt_filing_words(&subject, &report, signer.fin, err, line);
    mh_arena_free(arena);
    /* Its end is a digest, far from the limit. */
    if (code == MH_OK)
        (void)snprintf(out, PT_FILING_WORDS + 1, "published by the court; %.*s",
            PT_FILING_WORDS - 40, line);
    return code;
}

enum mh_code
pt_act_publish(struct pt_app *app, const struct pt_act_by *by,
    const struct pt_act *a, struct mh_err *err, enum pt_found *found,
    char document[static 27])
{
    struct recorded r;
    const struct pt_act_step step = {.id = a->id,
        .form = by->form,
        .account = by->account->id,
        .at = pt_time(),
        .record = &r.record};
    struct pt_document d = {.state = PT_DOC_ACCEPTED};
    char text[PT_FILING_WORDS + 1];
    struct pt_receipt receipt;
    enum mh_code code = words(app, a, err, text);

    *found = PT_ABSENT;
    if (code != MH_OK)
        return code;
    pt_row_id_new(d.id);
    pt_filing_owe(&receipt, &d, text, step.at);
    memcpy(document, d.id, sizeof(d.id));
    record(&r, "act.published", by->account->id, a->id);
    (void)snprintf(r.data, sizeof(r.data), "filing=%s\n", d.id);
    code = pt_store_act_publish(app->store, &step, &receipt, err, found);
    mh_log("act", "id=%s published=%d code=%s", a->id, *found == PT_FOUND,
        mh_code_name(code));
    pt_ledger_wake(app->ledger);
    return code;
}
