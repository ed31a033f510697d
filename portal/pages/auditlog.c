/* Records of the log: searched and shown (auditpage.h). */
#include "portal/pages/auditpage.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pages.h"
#include "portal/filing/logask.h"
#include "portal/http/disposition.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/reportpage.h"
#include "portal/store/auditlog.h"

enum {
    DAY = 86400,          /* seconds */
    LIST_ARENA = 1 << 20, /* bytes */
    LATER = 5,            /* seconds */
    DIGITS_MAX = 15,      /* of a record's number: below 2^53 */
};

const char *const pt_web_audit_log_query[] = {
    "day", "ev", "number", "hash", "who", "obj", "log", "before", NULL};

struct search {
    struct pt_audit_query q;
    uint8_t hash[PT_HASH];
    char case_id[27];
    const char *field, *wrong; /* wrong: an id of a text; NULL: nothing is */
};

static const char *
asked(const struct pt_request *rq, const char *name)
{
    const char *value = pt_query(rq, name);

    return value == NULL ? "" : value;
}

static void
wrong(struct search *s, const char *field, const char *text)
{
    if (s->wrong == NULL) {
        s->field = field;
        s->wrong = text;
    }
}

/* A number without sign and leading zeros. */
static bool
number(const char *s, int64_t *out)
{
    size_t i;

    *out = 0;
    for (i = 0; s[i] >= '0' && s[i] <= '9' && i < DIGITS_MAX; i++)
        *out = *out * 10 + (s[i] - '0');
    return i > 0 && s[i] == '\0' && (i == 1 || s[0] != '0');
}

/* The parts of a text, parted by "-": so many numbers, or false. */
static bool
numbers(const char *s, int64_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char part[DIGITS_MAX + 2];
        size_t len = strcspn(s, "-");

        if (len >= sizeof(part) || (s[len] == '\0') != (i + 1 == count))
            return false;
        memcpy(part, s, len);
        part[len] = '\0';
        if (!number(part, &out[i]))
            return false;
        s += len + 1;
    }
    return true;
}

static enum mh_code
read_search(struct pt_app *app, const struct pt_request *rq, struct search *s,
    struct mh_err *err)
{
    char cleaned[PT_NUMBER_MAX + 1];
    int64_t place[3];
    enum mh_code code = MH_OK;

    *s = (struct search){.q = {.ev = asked(rq, "ev"),
                             .who = asked(rq, "who"),
                             .obj = asked(rq, "obj"),
                             .case_id = s->case_id,
                             .log = -1,
                             .before = {.n = -1}}};
    if (asked(rq, "day")[0] != '\0') {
        if (pt_baku_day_parse(asked(rq, "day"), &s->q.from))
            s->q.to = s->q.from + DAY;
        else
            wrong(s, "day", PT_T("Write the day as 31.12.2026"));
    }
    if (asked(rq, "hash")[0] != '\0') {
        if (strlen(asked(rq, "hash")) == (size_t)2 * PT_HASH &&
            mh_hex_decode(mh_span_str(asked(rq, "hash")), s->hash))
            s->q.hash = s->hash;
        else
            wrong(
                s, "hash", PT_T("A SHA-256 has 64 digits and letters a to f"));
    }
    if (!number(asked(rq, "log"), &s->q.log))
        s->q.log = -1;
    if (numbers(asked(rq, "before"), place, 3))
        s->q.before = (struct pt_audit_place){place[0], place[1], place[2]};
    if (asked(rq, "number")[0] != '\0') {
        if (pt_number_clean(asked(rq, "number"), cleaned))
            code =
                pt_store_case_of_number(app->store, cleaned, err, s->case_id);
        if (code == MH_OK && s->case_id[0] == '\0')
            wrong(s, "number", PT_T("No case has this number"));
    }
    return code;
}

static void
set_row(struct pt_map *m, const struct pt_audit_row *r, int64_t self)
{
    char when[40], path[48];

    pt_set_int(m, "n", r->n);
    (void)snprintf(path, sizeof(path), "%lld-%lld", (long long)r->node,
        (long long)r->n); /* fits */
    if (r->node == self)
        pt_set_int(m, "path", r->n);
    else
        pt_set(m, "path", path);
    pt_set_flag(m, "logs", self > 0);
    pt_set_int(m, "row_log", r->node);
    pt_baku_time(r->at, when);
    pt_set(m, "when", when);
    pt_set(m, "row_ev", r->ev);
    pt_set(m, "row_who", r->who);
    pt_set(m, "row_obj", r->obj);
    pt_set(m, "res", r->res);
    pt_set(m, "case_number", r->number);
}

static enum mh_code
set_events(struct pt_app *app, struct pt_map *m, const char *chosen,
    struct mh_err *err)
{
    struct pt_audit_events list;
    enum mh_code code = pt_store_audit_events(app->store, err, &list);

    for (size_t i = 0; code == MH_OK && i < list.count; i++) {
        struct pt_map *o = pt_add(m, "events");

        pt_set(o, "code", list.ev[i]);
        pt_set_flag(o, "chosen", strcmp(list.ev[i], chosen) == 0);
    }
    return code;
}

enum mh_code
pt_audit_logs_set(
    struct pt_app *app, struct pt_map *m, int64_t chosen, struct mh_err *err)
{
    struct pt_audit_logs list = {.count = 0};
    int64_t self = pt_store_node(app->store);
    enum mh_code code =
        self == 0 ? MH_OK : pt_store_audit_logs(app->store, err, &list);

    for (size_t i = 0; code == MH_OK && i < list.count; i++) {
        struct pt_map *o = pt_add(m, "logs");

        pt_set_int(o, "code", list.node[i]);
        pt_set_flag(o, "here", list.node[i] == self);
        pt_set_flag(o, "chosen", list.node[i] == chosen);
    }
    return code;
}

/* The place of the last row, as "before" has it. */
static void
set_next(struct pt_map *m, const struct pt_audit_row *last)
{
    char place[64];

    (void)snprintf(place, sizeof(place), "%lld-%lld-%lld", (long long)last->at,
        (long long)last->node, (long long)last->n); /* fits */
    pt_set(m, "next", place);
}

/* person: what is wrong with the form for an account, or NULL. */
static void
show(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_who *who, const char *person)
{
    static const char *const names[] = {
        "day", "number", "hash", "who", "obj", "ev", "log"};
    struct mh_arena *arena = mh_arena_new(LIST_ARENA);
    enum mh_lang lang = pt_lang_of(rq);
    struct pt_audit_page list = {.count = 0};
    struct mh_err err = {.msg = ""};
    struct pt_page page;
    struct search s = {.wrong = NULL};
    enum mh_code code = arena == NULL ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET,
                                            "portal: no memory")
                                      : read_search(app, rq, &s, &err);

    if (code == MH_OK && s.wrong == NULL && person == NULL)
        code = pt_store_audit_search(app->store, &s.q, arena, &err, &list);
    if (code == MH_OK) {
        pt_page_of(&page, rq, answer, PT_T("Records of the log"), who);
        pt_set_flag(&page.root, "in_audit", true);
        pt_set_flag(&page.root, "wide", true);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            pt_set(&page.root, names[i], asked(rq, names[i]));
        pt_set(&page.root, "account", pt_field(rq, "account"));
        code = set_events(app, &page.root, s.q.ev, &err);
    }
    if (code == MH_OK)
        code = pt_audit_logs_set(app, &page.root, s.q.log, &err);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
        mh_arena_free(arena);
        return;
    }
    if (s.wrong != NULL)
        pt_page_error(&page, s.field, pt_text(lang, s.wrong));
    if (person != NULL) {
        const struct pt_fault fault = {
            "account", "wrong_account", pt_text(lang, person)};

        pt_fault_set(&page, &fault);
    }
    for (size_t i = 0; i < list.count; i++)
        set_row(pt_add(&page.root, "rows"), &list.item[i],
            pt_store_node(app->store));
    if (list.more)
        set_next(&page.root, &list.item[list.count - 1]);
    pt_page_end(&pt_tmpl_audit_log, &page, rq, answer,
        s.wrong == NULL && person == NULL ? 200 : 422);
    mh_arena_free(arena);
}

void
pt_web_audit_log(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_who who;

    if (pt_auditor(ctx, rq, answer, &who) &&
        pt_audit_search_kept(ctx, rq, answer, &who, "log"))
        show(ctx, rq, answer, &who, NULL);
}

enum mh_code
pt_audit_account(struct pt_app *app, const char *name, struct mh_err *err,
    struct pt_account *out, enum pt_found *found)
{
    enum mh_code code =
        pt_store_account_find(app->store, name, err, out, found);

    if (code == MH_OK && *found == PT_ABSENT && strlen(name) == PT_FIN)
        code = pt_store_account_by_fin(app->store, name, err, out, found);
    return code;
}

/* From a user name or a FIN, which stand in no address, to the account. */
void
pt_web_audit_person(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct pt_account a;
    struct pt_who who;
    enum mh_code code;

    if (!pt_auditor(app, rq, answer, &who) || !pt_form_is_ours(rq, answer) ||
        !pt_audit_search_kept(app, rq, answer, &who, "accounts"))
        return;
    code = pt_audit_account(app, pt_field(rq, "account"), &err, &a, &found);
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT) {
        show(app, rq, answer, &who,
            PT_T("No account has this user name or FIN"));
    } else {
        answer->status = 303;
        pt_answer_header(
            answer, "Location", "/audit/log?who=p%%3A%lld", (long long)a.id);
    }
}

/* ---- one record ---- */

/* The number of the path, "N" or "NODE-N", of a record that this node can show;
   else answer says. */
static bool
number_of(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    int64_t *n)
{
    int64_t place[2];

    if (number(rq->param, n))
        return true;
    if (!numbers(rq->param, place, 2)) {
        pt_page_absent(rq, answer);
        return false;
    }
    *n = place[1];
    if (place[0] == pt_store_node(app->store))
        return true;
    pt_page_refuse(rq, answer, 409,
        PT_T("This record is in the log of another node"),
        PT_T("Only that node can show it with its proof. Open the page at that "
             "node, or have an evidence package of the case made."));
    return false;
}

/* The record of the path with its proof; part: what is shown of it. */
static bool
find(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const char *part, struct pt_who *who, struct mh_keyd_proved *out)
{
    struct pt_log_asker ask = {.keyd = app->keyd, .arena = rq->arena};
    struct mh_err err = {.msg = ""};
    char obj[48], data[32];
    enum mh_code code;
    int64_t n;

    if (!pt_auditor(app, rq, answer, who))
        return false;
    if (!number_of(app, rq, answer, &n))
        return false;
    if (app->keyd == NULL) {
        pt_answer_later(answer, 503, LATER, "log", "there is no key daemon");
        return false;
    }
    code = pt_log_prove(&ask, (uint64_t)n, &err, out);
    if (code != MH_OK && ask.heard && code == MH_EFORMAT) {
        pt_page_absent(rq, answer);
        return false;
    }
    if (code != MH_OK) {
        pt_answer_later(answer, 503, LATER, "log", "the log did not answer");
        return false;
    }
    (void)snprintf(obj, sizeof(obj), "record:%lld", (long long)n);
    (void)snprintf(data, sizeof(data), "part=%s\n", part);
    return pt_audit_look_kept(app, answer, who, "audit.opened", obj, data);
}

void
pt_web_audit_record(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_keyd_proved p;
    struct pt_page page;
    struct pt_who who;

    if (!find(ctx, rq, answer, "page", &who, &p))
        return;
    pt_page_of(&page, rq, answer, PT_T("Record of the log"), &who);
    pt_set_flag(&page.root, "in_audit", true);
    pt_set(&page.root, "n", rq->param);
    pt_set_span(&page.root, "record", p.record);
    pt_set_lines(&page.root, "proof", p.proof);
    pt_page_end(&pt_tmpl_audit_record, &page, rq, answer, 200);
}

static void
give(struct pt_request *rq, struct pt_answer *answer, struct mh_span bytes,
    const char *ending)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "record-%.16s.%s", rq->param, ending);
    answer->type = "application/octet-stream";
    mh_buf_span(&answer->body, bytes);
    pt_answer_attachment(answer, name);
}

void
pt_web_audit_record_bytes(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_keyd_proved p;
    struct pt_who who;

    if (find(ctx, rq, answer, "record", &who, &p))
        give(rq, answer, p.record, "json");
}

void
pt_web_audit_record_proof(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_keyd_proved p;
    struct pt_who who;

    if (find(ctx, rq, answer, "proof", &who, &p))
        give(rq, answer, p.proof, "tlog-proof");
}
