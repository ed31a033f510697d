#include "portal/pages/redacting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys/log.h"
#include "pages.h"
#include "portal/filing/ledger.h"
#include "portal/filing/redact.h"
#include "portal/http/clock.h"
#include "portal/pages/actpage.h"
#include "portal/pages/casewords.h"
#include "portal/pages/fields.h"

enum {
    ARENA = 64 << 20,   /* bytes of an act, its letters and its places */
    SCRATCH = 32 << 20, /* of one search */
    TEXT = 1 << 20,     /* of what comes out */
    FAULTS = 3,
};

struct redacting {
    struct pt_act_view v;
    enum mh_lang lang;
    struct pt_version version; /* id "": none that is not dropped */
    struct pt_cuts cuts;
    const char *text; /* of the act, LF between its lines */
    struct mh_err err;
    struct pt_fault fault[FAULTS];
    size_t faults;
    unsigned status; /* of the page with faults */
};
#define REDACTING                                                              \
    {                                                                          \
        .v = {.app = ctx, .rq = rq, .answer = answer}, .lang = pt_lang_of(rq), \
        .status = 422                                                          \
    }

static const struct {
    const char *text, *colour;
} states[PT_VERSION_STATES] = {
    [0] = {PT_T("Not prepared for everybody"), "grey"},
    [PT_VERSION_DRAFT] = {PT_T("Being prepared"), "blue"},
    [PT_VERSION_REVIEW] = {PT_T("Waits for a second person"), "yellow"},
    [PT_VERSION_RELEASED] = {PT_T("Everybody can read it"), "green"},
    [PT_VERSION_WITHDRAWN] = {PT_T("Withdrawn from the public"), "red"},
    [PT_VERSION_DROPPED] = {PT_T("Not prepared for everybody"), "grey"},
};

const char *
pt_redacting_state(enum pt_version_state s, const char **colour)
{
    *colour = states[s < PT_VERSION_STATES ? s : 0].colour;
    return states[s < PT_VERSION_STATES ? s : 0].text;
}

static void
wrong(struct redacting *r, const char *field, const char *name, const char *id)
{
    if (r->faults < FAULTS)
        r->fault[r->faults++] =
            (struct pt_fault){field, name, pt_text(r->lang, id)};
}

/* ---- reading ---- */

/* The act's text without CR. */
static const char *
lines_of(struct mh_arena *arena, const char *text)
{
    char *out = mh_arena_alloc(arena, strlen(text) + 1);
    size_t n = 0;

    for (; out != NULL && *text != '\0'; text++)
        if (*text != '\r')
            out[n++] = *text;
    return out;
}

/* What the case knows now, with what was decided before. */
static enum mh_code
propose(struct redacting *r)
{
    struct pt_store *store = r->v.app->store;
    struct pt_cuts before = {.count = 0};
    struct pt_knowns known;
    struct mh_buf both;
    enum mh_code code =
        pt_store_known(store, r->v.a.case_id, r->v.arena, &r->err, &known);

    if (code == MH_OK && r->version.id[0] != '\0')
        code = pt_store_version_cuts(
            store, r->version.id, r->v.arena, &r->err, &before);
    mh_buf_init(&both, TEXT);
    mh_buf_str(&both, r->v.a.title);
    mh_buf_byte(&both, '\n');
    mh_buf_str(&both, r->text);
    mh_buf_byte(&both, '\0');
    if (code == MH_OK && !mh_buf_ok(&both))
        code = mh_fail(&r->err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (code == MH_OK)
        code = pt_redact_propose(
            &known, (const char *)both.ptr, r->v.arena, &r->err, &r->cuts);
    mh_buf_fini(&both);
    return code == MH_OK ? pt_redact_merge(&before, &r->err, &r->cuts) : code;
}

/* The act, for who may prepare its version; else answer says. */
static bool
begin(struct redacting *r)
{
    struct pt_act_view *v = &r->v;

    if ((v->rq->gate.method == PT_POST && !pt_form_is_ours(v->rq, v->answer)) ||
        !pt_act_open(v, ARENA, PT_MAY_REDACT))
        return false;
    if (v->a.state != PT_ACT_PUBLISHED) {
        pt_page_absent(v->rq, v->answer);
        return false;
    }
    r->text = lines_of(v->arena, v->a.text);
    if (r->text != NULL &&
        pt_store_version_of(v->app->store, v->a.id, v->who.account.id, v->arena,
            &r->err, &r->version) == MH_OK &&
        propose(r) == MH_OK)
        return true;
    pt_answer_error(v->answer, &r->err);
    return false;
}

/* ---- showing ---- */

static void
add_part(struct pt_map *m, const char *list, struct mh_span text, bool cut)
{
    struct pt_map *o;

    if (text.len == 0)
        return;
    o = pt_add(m, list);
    pt_set_lines(o, "text", text);
    pt_set_flag(o, "cut", cut);
}

static struct mh_span
piece(const char *text, size_t from, size_t to)
{
    return (struct mh_span){(const uint8_t *)text + from, to - from};
}

/* The text before and after, in parts. */
static enum mh_code
set_parts(struct redacting *r, struct pt_map *m, const char *text)
{
    struct pt_marks marks;
    struct mh_buf put;
    size_t at = 0;
    enum mh_code code =
        pt_redact_find(&r->cuts, text, r->v.arena, &r->err, &marks);

    mh_buf_init(&put, TEXT);
    for (size_t i = 0; i < marks.count && code == MH_OK; i++) {
        const struct pt_mark *k = &marks.item[i];

        mh_buf_clear(&put);
        pt_redact_put(k, &put);
        add_part(m, "before", piece(text, at, k->at), false);
        add_part(m, "before", piece(text, k->at, k->at + k->len), true);
        add_part(m, "after", piece(text, at, k->at), false);
        add_part(m, "after", mh_buf_get(&put), true);
        at = k->at + k->len;
    }
    mh_buf_fini(&put);
    add_part(m, "before", piece(text, at, strlen(text)), false);
    add_part(m, "after", piece(text, at, strlen(text)), false);
    return code;
}

/* Every replacement that the text has a place for. */
static enum mh_code
set_cuts(struct redacting *r, struct pt_map *m)
{
    struct mh_arena *scratch = mh_arena_new(SCRATCH);
    char n[24];
    enum mh_code code = scratch == NULL ? mh_fail(&r->err, MH_ENOMEM,
                                              MH_NO_OFFSET, "portal: no memory")
                                        : MH_OK;

    for (size_t i = 0; i < r->cuts.count && code == MH_OK; i++) {
        struct pt_cut cut = r->cuts.item[i];
        const struct pt_cuts one = {&cut, 1};
        struct pt_marks in_text, in_title = {.count = 0};
        struct pt_map *o;

        cut.kept = false;
        code = pt_redact_find(&one, r->text, scratch, &r->err, &in_text);
        if (code == MH_OK)
            code =
                pt_redact_find(&one, r->v.a.title, scratch, &r->err, &in_title);
        if (code == MH_OK && in_text.count + in_title.count > 0) {
            o = pt_add(m, r->cuts.item[i].kept ? "left" : "cuts");
            pt_set_int(o, "n", (int64_t)i);
            pt_set(o, "needle", cut.needle);
            pt_set(o, "by", cut.by);
            pt_set_int(o, "places", (int64_t)(in_text.count + in_title.count));
            pt_set_flag(o, "hard", cut.hard);
            pt_set_flag(o, "kept", r->cuts.item[i].kept);
            (void)snprintf(n, sizeof(n), "%zu", i);
            pt_set_flag(o, "chosen", strcmp(pt_field(r->v.rq, "n"), n) == 0);
        }
        mh_arena_reset(scratch);
    }
    mh_arena_free(scratch);
    return code;
}

static void
set_state(struct redacting *r, struct pt_map *m)
{
    const struct pt_version *p = &r->version;
    bool closed = r->v.c.restricted, none = p->id[0] == '\0';
    char when[24];

    pt_set(m, "state", pt_text(r->lang, states[p->state].text));
    pt_set(m, "state_colour", states[p->state].colour);
    pt_set_flag(m, "closed", closed);
    pt_set_flag(
        m, "may_begin", !closed && (none || p->state == PT_VERSION_WITHDRAWN));
    pt_set_flag(m, "may_change", p->state == PT_VERSION_DRAFT && !closed);
    pt_set_flag(m, "in_review", p->state == PT_VERSION_REVIEW);
    pt_set_flag(m, "may_release",
        p->state == PT_VERSION_REVIEW && !p->worked && !closed);
    pt_set_flag(m, "is_public", p->state == PT_VERSION_RELEASED);
    pt_set_int(m, "row", p->row);
    pt_set(m, "reason", p->reason);
    pt_set(m, "last", p->last);
    pt_set(m, "public_id", p->id);
    if (p->state == PT_VERSION_RELEASED) {
        pt_baku_minute(p->released, when);
        pt_set(m, "released", when);
    }
}

static void
show(struct redacting *r)
{
    struct pt_act_view *v = &r->v;
    struct pt_page page;
    struct pt_map *m = &page.root;
    enum mh_code code = MH_OK;

    pt_page_of(&page, v->rq, v->answer, PT_T("The act for everybody"), &v->who);
    page.arena = v->arena;
    pt_case_set(m, &v->c);
    pt_set_flag(m, "in_acts", true);
    pt_set_flag(m, "wide", true);
    pt_set(m, "id", v->a.id);
    pt_set(m, "act_title", v->a.title);
    set_state(r, m);
    if (r->version.state == PT_VERSION_DRAFT ||
        r->version.state == PT_VERSION_REVIEW) {
        pt_set(m, "public_title", r->version.title);
        code = set_parts(r, m, r->text);
        if (code == MH_OK)
            code = set_cuts(r, m);
    }
    pt_set(m, "needle", pt_field(v->rq, "needle"));
    pt_set(m, "by", pt_field(v->rq, "by"));
    pt_set_lines(m, "said", mh_span_str(pt_field(v->rq, "reason")));
    pt_form_id_set(m, v->rq);
    for (size_t i = 0; i < r->faults; i++)
        pt_fault_set(&page, &r->fault[i]);
    if (code == MH_OK)
        pt_page_end(&pt_tmpl_redacting, &page, v->rq, v->answer,
            r->faults == 0 ? 200 : r->status);
    else
        pt_answer_error(v->answer, &r->err);
}

void
pt_web_redacting(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct redacting r = REDACTING;

    if (begin(&r))
        show(&r);
    mh_arena_free(r.v.arena);
}

/* ---- changing a draft ---- */

/* Whether a text has no place that is to be replaced. */
static enum mh_code
look_clean(struct redacting *r, const char *text, bool *clean)
{
    struct pt_marks marks;
    enum mh_code code =
        pt_redact_find(&r->cuts, text, r->v.arena, &r->err, &marks);

    *clean = code == MH_OK && marks.count == 0;
    return code;
}

/* The cuts applied to title and text, and stored as the draft. */
static enum mh_code
put(struct redacting *r, const struct pt_version_by *by, bool *clean,
    enum pt_version_done *done)
{
    struct mh_buf title, text;
    enum mh_code code;

    mh_buf_init(&title, TEXT);
    mh_buf_init(&text, TEXT);
    code = pt_redact_apply(&r->cuts, r->v.a.title, r->v.arena, &r->err, &title);
    if (code == MH_OK)
        code = pt_redact_apply(&r->cuts, r->text, r->v.arena, &r->err, &text);
    if (code == MH_OK)
        code = look_clean(r, (const char *)title.ptr, clean);
    if (code == MH_OK && *clean)
        code = look_clean(r, (const char *)text.ptr, clean);
    if (code == MH_OK && *clean) {
        const struct pt_version_new what = {&r->cuts, (const char *)title.ptr,
            (const char *)text.ptr,
            r->version.state == PT_VERSION_WITHDRAWN ? 0
                                                     : pt_version_of(r->v.rq)};

        code = pt_store_version_put(r->v.app->store, by, &what, &r->err, done);
    }
    mh_buf_fini(&title);
    mh_buf_fini(&text);
    return code;
}

/* The replacement that a form is about; NULL: there is none, and a fault. */
static struct pt_cut *
cut_of(struct redacting *r)
{
    const char *n = pt_field(r->v.rq, "n");
    char *end;
    unsigned long at = strtoul(n, &end, 10);

    if (n[0] >= '0' && n[0] <= '9' && *end == '\0' && at < r->cuts.count)
        return &r->cuts.item[at];
    wrong(r, "n", "wrong_n", PT_T("Choose what is replaced"));
    return NULL;
}

/* What stands instead: itself nothing that is replaced. */
static bool
by_of(struct redacting *r, char out[static 4 * PT_CUT_BY + 1])
{
    bool clean = false;

    if (!pt_line_of(pt_field(r->v.rq, "by"), PT_CUT_BY, out) ||
        out[0] == '\0') {
        wrong(r, "by", "wrong_by",
            PT_T("Write what stands instead, in at most 40 characters"));
        return false;
    }
    if (look_clean(r, out, &clean) == MH_OK && clean)
        return true;
    wrong(r, "by", "wrong_by",
        PT_T("What stands instead may not be a name or a number that is "
             "replaced"));
    return false;
}

static void
rename_cut(struct redacting *r)
{
    struct pt_cut *cut = cut_of(r);
    char by[4 * PT_CUT_BY + 1];

    if (cut == NULL || !by_of(r, by))
        return;
    for (size_t i = 0; i < r->cuts.count; i++)
        if (&r->cuts.item[i] == cut ||
            (cut->who > 0 && r->cuts.item[i].who == cut->who))
            memcpy(r->cuts.item[i].by, by, sizeof(by));
}

static void
add_cut(struct redacting *r)
{
    struct pt_cut cut = {.kind = PT_CUT_PHRASE};
    const struct pt_cuts one = {&cut, 1};
    struct pt_marks in_text, in_title;

    if (!pt_line_of(pt_field(r->v.rq, "needle"), PT_CUT_NEEDLE, cut.needle) ||
        !pt_redact_says(cut.needle)) {
        wrong(r, "needle", "wrong_needle",
            PT_T("Write what is replaced: 2 to 200 characters with letters or "
                 "digits"));
        return;
    }
    if (strpbrk(cut.needle, "0123456789@") != NULL)
        cut.kind = PT_CUT_CODE;
    if (!by_of(r, cut.by))
        return;
    if (r->cuts.count == PT_CUTS_MAX)
        wrong(r, "needle", "wrong_needle",
            PT_T("There are 300 replacements: no more are possible"));
    else if (pt_redact_find(&one, r->text, r->v.arena, &r->err, &in_text) !=
                 MH_OK ||
             pt_redact_find(
                 &one, r->v.a.title, r->v.arena, &r->err, &in_title) != MH_OK ||
             in_text.count + in_title.count == 0)
        wrong(r, "needle", "wrong_needle", PT_T("The act does not have this"));
    else
        r->cuts.item[r->cuts.count++] = cut;
}

static void
keep_cut(struct redacting *r, bool kept)
{
    struct pt_cut *cut = cut_of(r);

    if (cut != NULL && cut->hard && kept)
        wrong(r, "n", "wrong_n",
            PT_T("The case knows this as somebody's own: it is always "
                 "replaced"));
    else if (cut != NULL)
        cut->kept = kept;
}

/* ---- what came of it ---- */

static void
finish(struct redacting *r, enum pt_version_done done)
{
    struct pt_act_view *v = &r->v;

    pt_ledger_wake(v->app->ledger);
    switch (done) {
    case PT_VERSION_DONE:
        v->answer->status = 303;
        pt_answer_header(v->answer, "Location", "/acts/%s/public", v->a.id);
        return;
    case PT_VERSION_SAME:
        pt_page_refuse(v->rq, v->answer, 403,
            PT_T("A second person has to release it"),
            PT_T("You worked on this version. Nothing was changed."));
        return;
    case PT_VERSION_CLOSED:
        pt_page_refuse(v->rq, v->answer, 409,
            PT_T("This act is not for everybody"),
            PT_T("Acts of restricted cases, and acts that are not published, "
                 "have no version for everybody. Nothing was changed."));
        return;
    case PT_VERSION_ILLEGAL:
        break;
    }
    pt_page_refuse(v->rq, v->answer, 409,
        PT_T("This step is not possible with this version"),
        PT_T("It was changed meanwhile, or is at another step. Nothing was "
             "changed. Open it to see where it stands."));
}

static void
change(struct redacting *r, const struct pt_version_by *by)
{
    enum pt_version_done done = PT_VERSION_ILLEGAL;
    bool clean = true;

    if (r->faults == 0 && put(r, by, &clean, &done) != MH_OK) {
        pt_answer_error(r->v.answer, &r->err);
        return;
    }
    if (!clean)
        wrong(r, "by", "wrong_by",
            PT_T("What stands instead would itself be replaced: choose another "
                 "word"));
    if (r->faults > 0)
        show(r);
    else
        finish(r, done);
}

/* Whether nothing that the case knows now is left in what goes out. */
static bool
still_clean(struct redacting *r)
{
    bool title = false, text = false;

    if (look_clean(r, r->version.title, &title) != MH_OK ||
        look_clean(r, r->version.text, &text) != MH_OK) {
        pt_answer_error(r->v.answer, &r->err);
        return false;
    }
    if (title && text)
        return true;
    r->status = 409;
    wrong(r, "release", "wrong_release",
        PT_T("The case has names or numbers by now that this version still "
             "shows. Have it prepared anew."));
    show(r);
    return false;
}

static void
step(struct redacting *r, const struct pt_version_by *by,
    enum pt_version_state to, bool reason)
{
    char why[4 * PT_VERSION_REASON + 1] = "";
    const struct pt_version_step s = {to, pt_version_of(r->v.rq), why};
    enum pt_version_done done = PT_VERSION_ILLEGAL;

    if (reason &&
        (!pt_line_of(pt_one_line(r->v.rq, "reason"), PT_VERSION_REASON, why) ||
            !pt_line_says(why))) {
        wrong(r, "reason", "wrong_reason",
            PT_T("Write the reason, in at most 500 characters"));
        show(r);
        return;
    }
    if (pt_store_version_step(r->v.app->store, by, &s, &r->err, &done) != MH_OK)
        pt_answer_error(r->v.answer, &r->err);
    else
        finish(r, done);
}

/* ---- the forms ---- */

static void
keep_it(struct redacting *r)
{
    keep_cut(r, true);
}

static void
cut_it(struct redacting *r)
{
    keep_cut(r, false);
}

/* What a form does: it changes the draft, or takes a step with or without a
   reason; from the state clean on only where nothing is left to replace. */
static const struct {
    const char *name;
    void (*edit)(struct redacting *r);
    enum pt_version_state to, clean;
    bool reason;
} forms[] = {
    {.name = "begin"},
    {.name = "add", .edit = add_cut},
    {.name = "rename", .edit = rename_cut},
    {.name = "keep", .edit = keep_it},
    {.name = "cut", .edit = cut_it},
    {.name = "send", .to = PT_VERSION_REVIEW, .clean = PT_VERSION_DRAFT},
    {.name = "release", .to = PT_VERSION_RELEASED, .clean = PT_VERSION_REVIEW},
    {.name = "return", .to = PT_VERSION_DRAFT, .reason = true},
    {.name = "withdraw", .to = PT_VERSION_WITHDRAWN, .reason = true},
    {.name = "drop", .to = PT_VERSION_DROPPED},
};

void
pt_web_redacting_do(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct redacting r = REDACTING;
    size_t i = 0, count = sizeof(forms) / sizeof(forms[0]);

    if (begin(&r)) {
        const struct pt_version_by by = {
            r.v.who.account.id, pt_time(), pt_field(rq, "form"), r.v.a.id};

        while (i < count && strcmp(forms[i].name, pt_field(rq, "do")) != 0)
            i++;
        if (i == count || !pt_form_id_good(rq)) {
            pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
                PT_T("Open the page again and fill in a new one."));
        } else if (forms[i].to == 0) {
            if (forms[i].edit != NULL)
                forms[i].edit(&r);
            change(&r, &by);
        } else if (forms[i].clean == 0 || r.version.state != forms[i].clean ||
                   still_clean(&r)) {
            step(&r, &by, forms[i].to, forms[i].reason);
        }
    }
    mh_arena_free(r.v.arena);
}
