#include "portal/pages/auditpage.h"

#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/text.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/auditwork.h"
#include "portal/filing/logask.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/http/id.h"
#include "portal/pages/cases.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/reportpage.h"
#include "portal/store/auditlog.h"

enum {
    AUDIT_ARENA = 4 << 20, /* bytes of a page's lists */
    LATER = 5,             /* seconds */
};

bool
pt_auditor(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    struct pt_who *who)
{
    if (!pt_who_must(app, rq, answer, who))
        return false;
    if (who->account.role == PT_ROLE_AUDITOR)
        return true;
    pt_page_absent(rq, answer);
    return false;
}

bool
pt_audit_look_kept(struct pt_app *app, struct pt_answer *answer,
    const struct pt_who *who, const char *ev, const char *obj, const char *data)
{
    const struct pt_audit_look look = {who->account.id, ev, obj, data};
    struct mh_err err = {.msg = ""};

    if (pt_audit_looked(app, &look, &err) == MH_OK)
        return true;
    pt_answer_error(answer, &err);
    return false;
}

/* Of what was asked the log has a digest: a name is no part of it. */
bool
pt_audit_search_kept(struct pt_app *app, const struct pt_request *rq,
    struct pt_answer *answer, const struct pt_who *who, const char *obj)
{
    uint8_t hash[MH_DIGEST_MAX];
    char hex[2 * PT_HASH + 1], data[96];
    struct mh_err err = {.msg = ""};

    if (mh_digest_once(MH_SHA256, rq->gate.query, &err, hash) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    mh_hex_encode((struct mh_span){hash, PT_HASH}, hex);
    (void)snprintf(data, sizeof(data), "query=%s\n", hex);
    return pt_audit_look_kept(app, answer, who, "audit.searched", obj, data);
}

/* ---- the state of the log ---- */

/* Line n of a note. */
static struct mh_span
line_of(struct mh_span note, unsigned n)
{
    for (;; n--) {
        const uint8_t *end = memchr(note.ptr, '\n', note.len);
        size_t len = end == NULL ? note.len : (size_t)(end - note.ptr);

        if (n == 0 || end == NULL)
            return (struct mh_span){note.ptr, n == 0 ? len : 0};
        note.ptr += len + 1;
        note.len -= len + 1;
    }
}

/* Log and index, as far as keyd answers; without it the page says so. */
static void
set_log(struct pt_app *app, struct pt_map *m)
{
    struct pt_log_asker ask = {
        .keyd = app->keyd, .arena = mh_arena_new(AUDIT_ARENA)};
    struct mh_keyd_checked c = {.whole = false};
    struct mh_keyd_records r = {.size = 0};
    struct mh_err err = {.msg = ""};
    int64_t next = 0;

    if (ask.keyd != NULL && ask.arena != NULL &&
        pt_store_audit_next(app->store, &err, &next) == MH_OK &&
        pt_log_check(&ask, false, &err, &c) == MH_OK &&
        pt_log_read(&ask, (uint64_t)next, &err, &r) == MH_OK) {
        int64_t lag = (int64_t)r.size - next;

        pt_set_flag(m, "log", true);
        if (pt_store_node(app->store) > 0)
            pt_set_int(m, "node", pt_store_node(app->store));
        pt_set_int(m, "records", (int64_t)r.size);
        pt_set_int(m, "indexed", next);
        pt_set_int(m, "lag", lag < 0 ? 0 : lag);
        pt_set_flag(m, "lags", lag > 0);
        if (c.note.len > 0) {
            pt_set_span(m, "origin", line_of(c.note, 0));
            pt_set_span(m, "checkpoint", line_of(c.note, 1));
            pt_set_span(m, "root", line_of(c.note, 2));
        }
        if (c.stamped > 0)
            pt_set_int(m, "stamped", (int64_t)c.stamped);
    }
    mh_arena_free(ask.arena);
}

static const char *
kind_text(enum pt_audit_kind kind)
{
    switch (kind) {
    case PT_AUDIT_CHECK:
        return PT_T("Check of the log");
    case PT_AUDIT_VERIFY:
        return PT_T("Documents verified again");
    case PT_AUDIT_PACKAGE:
        return PT_T("Evidence package");
    case PT_AUDIT_KINDS:
        break;
    }
    return PT_T("Unknown");
}

/* self: pt_store_node. */
static void
set_job(struct pt_map *m, const struct pt_audit_job *j, int64_t self,
    enum mh_lang lang)
{
    static const char *const colours[] = {"", "yellow", "green", "red"};
    char when[40];

    pt_set(m, "id", j->id);
    pt_set(m, "kind", pt_text(lang, kind_text(j->kind)));
    pt_set(m, "scope",
        j->number[0] != '\0'           ? j->number
        : strcmp(j->scope, "all") == 0 ? pt_text(lang, PT_T("All documents"))
                                       : j->scope);
    pt_baku_time(j->created, when);
    pt_set(m, "created", when);
    pt_set(m, "state",
        pt_text(lang, j->state == PT_AUDIT_WAITS   ? PT_T("Under way")
                      : j->state == PT_AUDIT_ENDED ? PT_T("Done")
                                                   : PT_T("Problem found")));
    pt_set(m, "state_colour", colours[j->state]);
    pt_set_flag(m, "waits", j->state == PT_AUDIT_WAITS);
    if (j->log > 0)
        pt_set_int(m, "of_log", j->log);
    pt_set_flag(m, "elsewhere",
        j->state == PT_AUDIT_WAITS && j->log > 0 && j->log != self);
    pt_set_flag(m, "verifies", j->kind == PT_AUDIT_VERIFY);
    pt_set_flag(m, "counts", j->kind != PT_AUDIT_CHECK);
    pt_set_int(m, "done", j->done);
    pt_set_int(m, "total", j->total);
}

static void
set_form(struct pt_map *m, const char *name)
{
    char id[27];

    pt_id_new(id);
    pt_set(m, name, id);
}

/* wrong: an id of a text about the case's number; NULL: nothing is. */
static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const char *wrong)
{
    struct mh_arena *arena = mh_arena_new(AUDIT_ARENA);
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_audit_jobs list = {.count = 0};
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    enum mh_code code =
        arena == NULL
            ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory")
            : pt_store_audit_job_list(app->store, arena, &err, &list);

    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        mh_arena_free(arena);
        return;
    }
    pt_page_of(&page, rq, answer, PT_T("Audit"), who);
    pt_set_flag(&page.root, "in_audit", true);
    set_log(app, &page.root);
    if (pt_audit_logs_set(app, &page.root, -1, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        mh_arena_free(arena);
        return;
    }
    set_form(&page.root, "form_check");
    set_form(&page.root, "form_all");
    set_form(&page.root, "form_case");
    pt_set(&page.root, "number", pt_field(rq, "number"));
    if (wrong != NULL) {
        const struct pt_fault fault = {
            "number", "wrong_number", pt_text(lang, wrong)};

        pt_fault_set(&page, &fault);
    }
    for (size_t i = 0; i < list.count; i++)
        set_job(pt_add(&page.root, "jobs"), &list.item[i],
            pt_store_node(app->store), lang);
    pt_page_end(&pt_tmpl_audit, &page, rq, answer, wrong == NULL ? 200 : 422);
    mh_arena_free(arena);
}

void
pt_web_audit(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_auditor(ctx, rq, answer, &who) &&
        pt_audit_look_kept(ctx, answer, &who, "audit.opened", "log", ""))
        show(ctx, rq, answer, &who, NULL);
}

void
pt_web_audit_note(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_log_asker ask = {.keyd = app->keyd, .arena = rq->arena};
    struct mh_keyd_checked c = {.whole = false};
    struct mh_err err = {.msg = ""};
    struct pt_who who;

    if (!pt_auditor(app, rq, answer, &who) ||
        !pt_audit_look_kept(
            app, answer, &who, "audit.opened", "log", "part=checkpoint\n"))
        return;
    if (app->keyd == NULL || pt_log_check(&ask, false, &err, &c) != MH_OK) {
        pt_answer_later(answer, 503, LATER, "log", "the log did not answer");
    } else if (c.note.len == 0) {
        pt_page_absent(rq, answer);
    } else {
        answer->type = "text/plain; charset=utf-8";
        mh_buf_span(&answer->body, c.note);
        pt_answer_attachment(answer, "checkpoint.txt");
    }
}

void
pt_web_audit_index(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_who who;

    if (!pt_auditor(app, rq, answer, &who) || !pt_form_is_ours(rq, answer))
        return;
    if (!pt_audit_look_kept(
            app, answer, &who, "audit.begun", "index", "kind=index\n"))
        return;
    if (pt_store_audit_forget(app->store, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    answer->status = 303;
    pt_answer_header(answer, "Location", "/audit");
}

/* ---- jobs ---- */

/* The log that is to be checked: this node's, unless the form names another. */
static bool
read_log(struct pt_app *app, const struct pt_request *rq, struct mh_err *err,
    int64_t *log)
{
    struct pt_audit_logs list;
    const char *asked = pt_field(rq, "log");

    *log = pt_store_node(app->store);
    if (asked[0] == '\0')
        return true;
    if (pt_store_audit_logs(app->store, err, &list) != MH_OK)
        return false;
    for (size_t i = 0; i < list.count; i++) {
        char name[24];

        (void)snprintf(
            name, sizeof(name), "%lld", (long long)list.node[i]); /* fits */
        if (strcmp(name, asked) == 0) {
            *log = list.node[i];
            return true;
        }
    }
    return false;
}

/* What the form asks for; false: *wrong says why not, or it is no form of
   ours (NULL). */
static bool
read_job(struct pt_app *app, struct pt_request *rq, struct mh_err *err,
    struct pt_audit_job *j, const char **wrong)
{
    const char *what = pt_field(rq, "do"), *of = pt_field(rq, "document");
    char number[PT_NUMBER_MAX + 1], id[27] = "";

    *wrong = NULL;
    j->log = -1;
    j->kind = strcmp(what, "check") == 0 ? PT_AUDIT_CHECK : PT_AUDIT_VERIFY;
    if (j->kind == PT_AUDIT_CHECK) {
        (void)snprintf(j->scope, sizeof(j->scope), "log");
        return read_log(app, rq, err, &j->log);
    }
    if (strcmp(what, "all") == 0) {
        (void)snprintf(j->scope, sizeof(j->scope), "all");
        return true;
    }
    if (strcmp(what, "document") == 0) {
        struct pt_document d = {.id = ""};

        if (pt_id_valid(mh_span_str(of)) &&
            pt_store_document_get(app->store, of, rq->arena, err, &d) == MH_OK)
            (void)snprintf(
                j->scope, sizeof(j->scope), "filing:%.26s", d.id); /* fits */
        return d.id[0] != '\0';
    }
    if (strcmp(what, "package") == 0)
        j->kind = PT_AUDIT_PACKAGE;
    else if (strcmp(what, "case") != 0)
        return false;
    if (pt_number_clean(pt_field(rq, "number"), number) && number[0] != '\0' &&
        pt_store_case_of_number(app->store, number, err, id) != MH_OK)
        return false;
    if (id[0] == '\0')
        *wrong = PT_T("No case has this number");
    (void)snprintf(j->scope, sizeof(j->scope), "case:%.26s", id); /* fits */
    return id[0] != '\0';
}

void
pt_web_audit_begin(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_audit_job j = {.id = ""};
    struct mh_err err = {.msg = ""};
    uint8_t digest[PT_HASH];
    enum pt_sent_was was = PT_SENT_NEW;
    const char *wrong = NULL;
    struct pt_who who;
    struct pt_sent sent = {.digest = digest};

    if (!pt_auditor(app, rq, answer, &who) || !pt_form_is_ours(rq, answer))
        return;
    if (!pt_form_id_good(rq) || !read_job(app, rq, &err, &j, &wrong)) {
        if (pt_form_id_good(rq) && wrong != NULL)
            show(app, rq, answer, &who, wrong);
        else
            pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
                PT_T("Open the page again and fill in a new one."));
        return;
    }
    j.account = sent.account = who.account.id;
    sent.form = pt_field(rq, "form");
    sent.now = pt_time();
    if (pt_fields_digest(rq, &err, digest) != MH_OK ||
        pt_audit_begin(app, &j, &sent, &err, &was) != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (was == PT_SENT_OTHER) {
        pt_page_refuse(rq, answer, 409, PT_T("This form was sent before"),
            PT_T("It said something else then. Open a new form."));
    } else {
        answer->status = 303;
        pt_answer_header(answer, "Location", "/audit/jobs/%s", j.id);
    }
}

bool
pt_audit_job_find(struct pt_app *app, struct pt_request *rq,
    struct pt_answer *answer, struct pt_audit_job *j)
{
    struct mh_err err = {.msg = ""};

    if (pt_store_audit_job_get(app->store, rq->param, &err, j) != MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    if (j->id[0] == '\0')
        pt_page_absent(rq, answer);
    return j->id[0] != '\0';
}

/* What the lines of a check are called. */
static const char *
said_text(const char *key)
{
    static const struct {
        const char *key, *text;
    } rows[] = {{"records", PT_T("Records")},
        {"checkpoints", PT_T("Checkpoints")},
        {"covered", PT_T("Records under a signed checkpoint")},
        {"key_uses", PT_T("Uses of keys")},
        {"open", PT_T("Uses of keys under way")},
        {"stamps", PT_T("Time-stamps")},
        {"package", PT_T("SHA-256 of the package")},
        {"volumes", PT_T("Volumes")}, {"files", PT_T("Files")},
        {"case_records", PT_T("Records of the case")},
        {"altered", PT_T("Bytes altered or gone")},
        {"changed", PT_T("Another verdict than before")}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].key, key) == 0)
            return rows[i].text;
    return NULL;
}

/* "key=value" in lines, as jobs say them. */
static void
set_said(struct pt_map *m, struct pt_audit_job *j, enum mh_lang lang)
{
    char *line, *rest = NULL;

    for (line = strtok_r(j->said, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, '=');
        const char *text;
        struct pt_map *row;

        if (value == NULL)
            continue;
        *value++ = '\0';
        if (strcmp(line, "problem") == 0) {
            pt_set(pt_add(m, "problems"), "problem", value);
            continue;
        }
        text = said_text(line);
        row = pt_add(m, "said");
        pt_set(row, "key", text == NULL ? line : pt_text(lang, text));
        pt_set(row, "value", value);
    }
}

void
pt_web_audit_job(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_audit_job j;
    struct pt_page page;
    struct pt_who who;

    if (!pt_auditor(app, rq, answer, &who) ||
        !pt_audit_job_find(app, rq, answer, &j))
        return;
    pt_page_of(&page, rq, answer, kind_text(j.kind), &who);
    pt_set_flag(&page.root, "in_audit", true);
    set_job(&page.root, &j, pt_store_node(app->store), lang);
    set_said(&page.root, &j, lang);
    pt_set_flag(&page.root, "whole",
        j.kind == PT_AUDIT_CHECK && j.state == PT_AUDIT_ENDED);
    if (!pt_audit_volumes_set(app, &page.root, &j, answer) ||
        !pt_audit_report_set(app, &page, &j, &who, rq, answer))
        return;
    pt_page_end(&pt_tmpl_audit_job, &page, rq, answer, 200);
}

static bool
csv_row(void *ctx, const struct pt_audit_verdict *v)
{
    struct mh_buf *out = ctx;
    char hex[2 * PT_HASH + 1], when[32];
    const char *const fields[] = {v->number, v->document, v->kind, hex,
        mh_verdict_name(v->was), mh_verdict_name(v->is), v->reason,
        v->intact ? "yes" : "no", when};

    mh_hex_encode((struct mh_span){v->sha256, PT_HASH}, hex);
    mh_time_format(v->at, when);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (i > 0)
            mh_buf_str(out, ",");
        pt_csv_field(out, fields[i]);
    }
    mh_buf_str(out, "\r\n");
    return mh_buf_ok(out);
}

void
pt_web_audit_csv(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct mh_err err = {.msg = ""};
    struct pt_audit_job j;
    struct pt_who who;
    char obj[48];

    if (!pt_auditor(app, rq, answer, &who) ||
        !pt_audit_job_find(app, rq, answer, &j))
        return;
    if (j.kind != PT_AUDIT_VERIFY) {
        pt_page_absent(rq, answer);
        return;
    }
    (void)snprintf(obj, sizeof(obj), "job:%s", j.id);
    if (!pt_audit_look_kept(
            app, answer, &who, "audit.opened", obj, "part=csv\n"))
        return;
    answer->type = "text/csv; charset=utf-8";
    mh_buf_str(&answer->body,
        "\xef\xbb\xbf"
        "\"case\",\"document\",\"kind\",\"sha256\",\"verdict_before\","
        "\"verdict\",\"reason\",\"bytes_intact\",\"time\"\r\n");
    if (pt_store_audit_verdicts(
            app->store, j.id, csv_row, &answer->body, &err) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_answer_attachment(answer, "verdicts.csv");
}
