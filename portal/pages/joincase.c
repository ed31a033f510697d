#include "portal/pages/joincase.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/time.h"
#include "pages.h"
#include "portal/filing/draft.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/disposition.h"
#include "portal/http/id.h"
#include "portal/pages/casepage.h"
#include "portal/pages/casewords.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"
#include "portal/pages/joinpage.h"
#include "portal/store/joins.h"

enum {
    LETTER_MAX = 8192, /* bytes of its text */
    GROUP = 4,         /* characters of a code that stand together */
};

/* A page of the tab on its way. */
struct tab {
    struct pt_app *app;
    struct pt_request *rq;
    struct pt_answer *answer;
    struct pt_who who;
    struct pt_case c;
    struct pt_join_parties list;
    enum mh_lang lang;
    struct mh_err err;
};

#define TAB                                                                    \
    {                                                                          \
        .app = ctx, .rq = rq, .answer = answer, .lang = pt_lang_of(rq)         \
    }

static bool
begin(struct tab *t, enum pt_right right)
{
    const struct pt_asked asked = {&t->who.account, t->rq->param, right};

    if (!pt_who_must(t->app, t->rq, t->answer, &t->who) ||
        !pt_case_of(t->app, t->rq, t->answer, &asked, &t->c))
        return false;
    if (pt_store_join_parties(t->app->store, t->c.id, pt_time(), t->rq->arena,
            &t->err, &t->list) == MH_OK)
        return true;
    pt_answer_error(t->answer, &t->err);
    return false;
}

static void
add_party(struct pt_map *m, const struct pt_join_party *p, size_t n,
    enum mh_lang lang)
{
    char day[24];

    pt_setf(m, "n", "%zu", n + 1);
    pt_set(m, "name", p->name);
    pt_setf(m, "value", "%d:%s", (int)p->side, p->name);
    pt_set(m, "side", pt_text(lang, pt_case_role_text(p->side)));
    pt_set_flag(m, "known", p->known);
    pt_set(m, "joined", p->joined);
    pt_set(m, "person", p->account);
    pt_set(m, "via",
        p->joined[0] == '\0'           ? ""
        : strcmp(p->via, "match") == 0 ? pt_text(lang, PT_T("by the FIN"))
                                       : pt_text(lang, PT_T("with a code")));
    pt_baku_minute(p->joined[0] == '\0' ? MH_TIME_NONE : p->at, day);
    pt_set(m, "at", day);
    pt_baku_minute(p->code == 0 ? MH_TIME_NONE : p->code, day);
    pt_set(m, "code_until", day[0] == '\0' ? "" : day);
}

static void
show(struct tab *t, const struct pt_fault *fault, unsigned status)
{
    bool clerk = pt_may(t->c.relation, PT_MAY_INVITE), open = false;
    struct pt_page page;

    pt_page_of(&page, t->rq, t->answer, PT_T("Who joined the case"), &t->who);
    pt_case_tabs(&page.root, &t->c, t->lang);
    pt_set_flag(&page.root, "on_joins", true);
    pt_set_flag(&page.root, "may_invite", clerk);
    for (size_t i = 0; i < t->list.count; i++) {
        const struct pt_join_party *p = &t->list.item[i];

        add_party(pt_add(&page.root, "rows"), p, i, t->lang);
        if (clerk && p->joined[0] == '\0')
            add_party(pt_add(&page.root, "choices"), p, i, t->lang);
        if (clerk && p->joined[0] != '\0')
            add_party(pt_add(&page.root, "comings"), p, i, t->lang);
        open = open || p->joined[0] == '\0';
    }
    pt_set_flag(&page.root, "may_code", clerk && open);
    pt_set(&page.root, "reason", pt_field(t->rq, "reason"));
    if (fault == NULL)
        pt_form_id_set(&page.root, t->rq);
    else {
        char form[27];

        pt_id_new(form);
        pt_set(&page.root, "form", form);
        pt_fault_set(&page, fault);
    }
    pt_page_end(&pt_tmpl_case_joining, &page, t->rq, t->answer, status);
}

void
pt_web_joining(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct tab t = TAB;

    if (begin(&t, PT_MAY_SEE_JOINS))
        show(&t, NULL, 200);
}

/* ---- a letter ---- */

/* Twelve characters that are hard to mistake: 60 random bits. */
static void
new_code(char out[static PT_JOIN_CODE + 3])
{
    char id[27];

    pt_id_new(id);
    (void)snprintf(out, PT_JOIN_CODE + 3, "%.*s-%.*s-%.*s", GROUP, id, GROUP,
        id + GROUP, GROUP, id + (size_t)2 * GROUP); /* fits */
    explicit_bzero(id, sizeof(id));
}

/* The court writes in Azerbaijani. */
static void
write_letter(const struct tab *t, const struct pt_join_party *p,
    const char *code, struct mh_buf *out)
{
    char day[16];

    pt_baku_day(pt_time() + PT_JOIN_KEEP, day);
    mh_buf_printf(out, "%s\n\n%s\n\n%s %s\n%s %s\n%s %s\n\n", t->c.court,
        pt_text(MH_AZ, PT_T("Code for joining a case")),
        pt_text(MH_AZ, PT_T("Case number:")), t->c.number,
        pt_text(MH_AZ, PT_T("Party:")), p->name,
        pt_text(MH_AZ, PT_T("Role in the case:")),
        pt_text(MH_AZ, pt_case_role_text(p->side)));
    mh_buf_printf(out, "%s %s\n%s %s\n\n", pt_text(MH_AZ, PT_T("Access code:")),
        code, pt_text(MH_AZ, PT_T("Good until:")), day);
    mh_buf_printf(out, "%s\n1. %s\n2. %s\n3. %s\n\n%s\n",
        pt_text(MH_AZ, PT_T("How to join the case in the electronic court:")),
        pt_text(MH_AZ,
            PT_T("Sign in to your cabinet by Asan İmza or with your card; who "
                 "has no cabinet registers first.")),
        pt_text(MH_AZ, PT_T("Open My cases, then Join a case.")),
        pt_text(MH_AZ, PT_T("Write the case number and the access code.")),
        pt_text(MH_AZ,
            PT_T("The code works once. Give it to nobody but your "
                 "representative. After five wrong codes none is looked at for "
                 "24 hours.")));
}

/* The letter as a PDF in fd. */
static enum mh_code
make_letter(struct tab *t, const struct pt_join_party *p, const char *code,
    int fd, struct pt_rule *rule)
{
    struct pt_draft_writing from = {.text = {.name = "text", .fd = -1},
        .title = pt_text(MH_AZ, PT_T("Code for joining a case")),
        .lang = MH_AZ};
    struct mh_buf text;
    enum mh_code done = mh_memfd_new("letter", 0, &t->err, &from.text.fd);

    mh_buf_init(&text, LETTER_MAX);
    write_letter(t, p, code, &text);
    from.text.size = mh_buf_get(&text).len;
    if (done == MH_OK && !mh_buf_ok(&text))
        done = mh_fail(&t->err, MH_ENOMEM, MH_NO_OFFSET, "portal: no memory");
    if (done == MH_OK && write(from.text.fd, mh_buf_get(&text).ptr,
                             from.text.size) != (ssize_t)from.text.size)
        done = mh_fail_sys(&t->err, "portal: letter");
    if (done == MH_OK)
        done = pt_draft_pdf(t->app, &from, &t->err, fd, rule);
    mh_buf_fini(&text);
    mh_close(&from.text.fd);
    return done;
}

static const struct pt_join_party *
party_of(const struct tab *t)
{
    const char *value = pt_field(t->rq, "party");

    for (size_t i = 0; i < t->list.count; i++) {
        const struct pt_join_party *p = &t->list.item[i];

        if (value[0] == (char)('0' + (int)p->side) && value[1] == ':' &&
            strcmp(value + 2, p->name) == 0)
            return p;
    }
    return NULL;
}

static const char *
made_text(enum pt_join_made made)
{
    switch (made) {
    case PT_JOIN_MADE_BEFORE:
        return PT_T("The letter of this form was made already. Where it is "
                    "lost, make another one: the code before it ends.");
    case PT_JOIN_HAS_JOINED:
        return PT_T("This party has joined the case already");
    case PT_JOIN_MADE:
    case PT_JOIN_NO_PARTY:
        break;
    }
    return PT_T("Choose the party that the letter is for");
}

/* Its PDF first: a code without a letter would be nobody's. */
static enum mh_code
make_code(struct tab *t, const struct pt_join_party *p, int *fd,
    enum pt_join_made *made, struct pt_rule *rule)
{
    char code[PT_JOIN_CODE + 3];
    uint8_t hash[PT_HASH], digest[PT_HASH];
    const struct pt_join_make make = {.clerk = t->who.account.id,
        .case_id = t->c.id,
        .party = p->name,
        .side = p->side,
        .hash = hash,
        .form = pt_field(t->rq, "form"),
        .digest = digest,
        .now = pt_time()};
    enum mh_code done = pt_fields_digest(t->rq, &t->err, digest);

    new_code(code);
    if (done == MH_OK && !pt_join_hash(code, hash))
        done = mh_fail(&t->err, MH_EINTERNAL, MH_NO_OFFSET, "portal: code");
    if (done == MH_OK)
        done = mh_memfd_new("pdf", 0, &t->err, fd);
    if (done == MH_OK)
        done = make_letter(t, p, code, *fd, rule);
    explicit_bzero(code, sizeof(code));
    if (done == MH_OK && rule->what != PT_RULED_REFUSE)
        done = pt_store_join_make(t->app->store, &make, &t->err, made);
    return done;
}

void
pt_web_joining_code(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct tab t = TAB;
    enum pt_join_made made = PT_JOIN_NO_PARTY;
    struct pt_rule rule = {PT_RULED_ACCEPT, "", ""};
    const struct pt_join_party *p;
    struct pt_fault fault = {"party-1", "wrong_party", NULL};
    off_t size;
    int fd = -1;

    if (!pt_form_is_ours(rq, answer) || !begin(&t, PT_MAY_INVITE))
        return;
    if (!pt_form_id_good(rq)) {
        pt_page_refuse(rq, answer, 400, PT_T("This form cannot be read"),
            PT_T("Open the page again and fill in a new one."));
        return;
    }
    p = party_of(&t);
    if (p != NULL && make_code(&t, p, &fd, &made, &rule) != MH_OK) {
        pt_answer_error(answer, &t.err);
    } else if (rule.what == PT_RULED_REFUSE) {
        fault.text = pt_text(t.lang, rule.why);
        show(&t, &fault, 422);
    } else if (made != PT_JOIN_MADE) {
        pt_ledger_wake(t.app->ledger);
        fault.text = pt_text(t.lang, made_text(made));
        show(&t, &fault, made == PT_JOIN_NO_PARTY ? 422 : 409);
    } else {
        pt_ledger_wake(t.app->ledger);
        size = lseek(fd, 0, SEEK_END);
        pt_answer_file(answer, "application/pdf", fd, (uint64_t)size);
        pt_answer_attachment(answer, "access-code.pdf");
        answer->status = 200;
        fd = -1; /* the answer's */
    }
    mh_close(&fd);
}

/* ---- undoing it ---- */

void
pt_web_joining_end(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct tab t = TAB;
    char reason[4 * PT_JOIN_REASON + 1];
    struct pt_join_end end = {.reason = reason, .now = pt_time()};
    struct pt_fault fault = {"reason", "wrong_reason", NULL};
    enum pt_found found = PT_ABSENT;

    if (!pt_form_is_ours(rq, answer) || !begin(&t, PT_MAY_INVITE))
        return;
    end.clerk = t.who.account.id;
    end.case_id = t.c.id;
    end.joined = pt_field(rq, "joined");
    if (!pt_line_of(pt_one_line(rq, "reason"), PT_JOIN_REASON, reason) ||
        !pt_line_says(reason)) {
        fault.text = pt_text(
            t.lang, PT_T("Write the reason, in at most 500 characters"));
        show(&t, &fault, 422);
    } else if (pt_store_join_end(t.app->store, &end, &t.err, &found) != MH_OK) {
        pt_answer_error(answer, &t.err);
    } else if (found == PT_ABSENT) {
        pt_ledger_wake(t.app->ledger);
        fault = (struct pt_fault){"joined-1", "wrong_joined",
            pt_text(t.lang,
                PT_T("Choose who joined; somebody else may have ended it"))};
        show(&t, &fault, 409);
    } else {
        pt_ledger_wake(t.app->ledger);
        answer->status = 303;
        pt_answer_header(answer, "Location", "/cases/%s/joining", t.c.id);
    }
}
