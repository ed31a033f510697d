#include "portal/notify/text.h"

#include <stdio.h>
#include <string.h>

#include "pages.h"
#include "portal/notify/mail.h"
#include "portal/pages/casewords.h"
#include "portal/pages/tmpl.h"

enum {
    LINES = 4,
    SMS_MAX = 1000, /* bytes */
};

struct making {
    enum mh_lang lang;
    const char *origin;
    struct mh_span line[LINES]; /* of args */
    struct mh_span rest;        /* what follows the first */
    struct mh_buf *out;
};

static void
say(const struct making *m, const char *id)
{
    mh_buf_str(m->out, pt_text(m->lang, id));
    mh_buf_byte(m->out, '\n');
}

/* The event of a notice, where it may be named: its text, and what there is to
   say of it. */
struct event {
    const char *text; /* an id; NULL: there is none */
    char kind[PT_KIND_MAX + 1], data[PT_TEXT_MAX + 1],
        detail[PT_DETAIL_MAX + 1];
};

static void
copy(struct mh_span s, char *out, size_t size)
{
    (void)snprintf(
        out, size, "%.*s", (int)s.len, (const char *)s.ptr); /* cut is fine */
}

static void
event_of(const struct making *m, struct event *e)
{
    *e = (struct event){.text = NULL};
    if (m->line[2].len == 0)
        return;
    copy(m->line[2], e->kind, sizeof(e->kind));
    copy(m->line[3], e->data, sizeof(e->data));
    e->text = pt_event_text(e->kind);
    pt_event_detail(e->kind, e->data, m->lang, e->detail);
}

static void
notice(const struct making *m)
{
    struct event e;

    event_of(m, &e);
    if (e.text == NULL)
        say(m, PT_T("There is something new in your case."));
    else
        mh_buf_printf(m->out, "%s%s%s\n", pt_text(m->lang, e.text),
            e.detail[0] == '\0' ? "." : ": ", e.detail);
    mh_buf_str(m->out, pt_text(m->lang, PT_T("Case number:")));
    mh_buf_byte(m->out, ' ');
    mh_buf_span(m->out, m->line[0]);
    mh_buf_str(m->out, "\n\n");
    say(m, PT_T("Read it in your cabinet:"));
    mh_buf_printf(m->out, "%s/notifications/", m->origin);
    mh_buf_span(m->out, m->line[1]);
    mh_buf_byte(m->out, '\n');
}

static void
code(const struct making *m)
{
    say(m, PT_T("Your code:"));
    mh_buf_span(m->out, m->line[0]);
    mh_buf_str(m->out, "\n\n");
    say(m, PT_T("It is good for 10 minutes. Give it to nobody. If you did not "
                "ask for it, you need not do anything."));
}

static void
reset(const struct making *m)
{
    say(m, PT_T("Choose a new password on this page, within 20 minutes:"));
    mh_buf_printf(m->out, "%s/password/reset/", m->origin);
    mh_buf_span(m->out, m->line[0]);
    mh_buf_str(m->out, "\n\n");
    say(m, PT_T("If you did not ask for it, you need not do anything: your "
                "password stays as it is."));
}

static void
draft_ends(const struct making *m)
{
    say(m, PT_T("A draft of yours is deleted, unless you change it before. Its "
                "last day:"));
    mh_buf_span(m->out, m->line[1]);
    mh_buf_printf(m->out, "\n\n%s/applications/", m->origin);
    mh_buf_span(m->out, m->line[0]);
    mh_buf_byte(m->out, '\n');
}

static void
letter(const struct making *m)
{
    mh_buf_str(m->out, pt_text(m->lang, PT_T("User name:")));
    mh_buf_byte(m->out, ' ');
    mh_buf_span(m->out, m->line[0]);
    mh_buf_str(m->out, "\n\n");
    mh_buf_span(m->out, m->rest);
    mh_buf_byte(m->out, '\n');
}

static void
letter_proof(const struct making *m)
{
    say(m, PT_T("You wrote a letter to a court. Open this page to send it, "
                "within 24 hours:"));
    mh_buf_printf(m->out, "%s/letters/confirm/", m->origin);
    mh_buf_span(m->out, m->line[0]);
    mh_buf_str(m->out, "\n\n");
    say(m, PT_T("If you did not write one, you need not do anything: it is "
                "deleted."));
}

static void
letter_answer(const struct making *m)
{
    say(m, PT_T("The court answers your letter:"));
    mh_buf_span(m->out, m->line[0]);
    mh_buf_str(m->out, "\n\n");
    mh_buf_span(m->out, m->rest);
    mh_buf_byte(m->out, '\n');
}

/* Of each kind: who writes its body; or its body's one text (an id), and the
   page of the cabinet named below it. */
static const struct {
    const char *kind, *subject;
    void (*mail)(const struct making *m);
    const char *text, *path;
} kinds[] = {
    {"notice", PT_T("New notification in a case"), notice, NULL, NULL},
    {"code", PT_T("Code of confirmation"), code, NULL, NULL},
    {"reset", PT_T("New password for your cabinet"), reset, NULL, NULL},
    {"changed", PT_T("Your password was changed"), NULL,
        PT_T("The password of your cabinet was changed, and all sessions "
             "were ended. If it was not you, write to the operator at "
             "once."),
        ""},
    {"exists", PT_T("You have a cabinet already"), NULL,
        PT_T("Somebody wanted to register with your data. You have a "
             "cabinet already: sign in, or choose a new password if you "
             "forgot it."),
        "/login"},
    {"address", PT_T("Your e-mail address was changed"), NULL,
        PT_T("The e-mail address of your cabinet was changed: messages no "
             "longer go to this one. If it was not you, write to the "
             "operator at once."),
        ""},
    {"join-locked", PT_T("Wrong access codes from your cabinet"), NULL,
        PT_T("Five wrong access codes were written in your cabinet: no code is "
             "looked at for 24 hours. If it was not you, write to the operator "
             "at once."),
        "/join"},
    {"mandate", PT_T("News of a mandate"), NULL,
        PT_T("A mandate of yours is new, or was changed or ended. Read it in "
             "your cabinet."),
        "/mandates"},
    {"draft-ends", PT_T("Your draft will be deleted soon"), draft_ends, NULL,
        NULL},
    {"letter", PT_T("Letter to the operator"), letter, NULL, NULL},
    {"letter-proof", PT_T("Your letter to the court"), letter_proof, NULL,
        NULL},
    {"letter-answer", PT_T("The court answers your letter"), letter_answer,
        NULL, NULL},
    {"letter-told", PT_T("The court answers your letter"), NULL,
        PT_T("The court has answered your letter. Read it in your cabinet:"),
        "/letters"},
    {"inquiry", PT_T("The court answers your inquiry"), NULL,
        PT_T("The court has answered your inquiry. Read it in your cabinet:"),
        "/inquiries"},
};

/* One line, without a name and without the case. */
static bool
sms(const struct making *m, const char *kind)
{
    struct event e;

    if (strcmp(kind, "notice") != 0)
        return false;
    event_of(m, &e);
    if (e.detail[0] == '\0')
        mh_buf_str(
            m->out, pt_text(m->lang, PT_T("You have a new notification of the "
                                          "court:")));
    else
        mh_buf_printf(m->out, "%s: %s.", pt_text(m->lang, e.text), e.detail);
    mh_buf_printf(m->out, " %s/notifications", m->origin);
    return mh_buf_ok(m->out);
}

bool
pt_letter_make(
    const struct pt_delivery *d, const char *origin, struct pt_letter *out)
{
    const char *at = d->args;
    struct making m = {.lang = strcmp(d->lang, "en") == 0   ? MH_EN
                               : strcmp(d->lang, "ru") == 0 ? MH_RU
                                                            : MH_AZ,
        .origin = origin,
        .out = &out->text};

    for (size_t i = 0; i < LINES; i++) {
        size_t n = strcspn(at, "\n");

        m.line[i] = (struct mh_span){(const uint8_t *)at, n};
        at += n + (at[n] != '\0');
        if (i == 0)
            m.rest = mh_span_str(at);
    }
    mh_buf_init(
        &out->text, d->channel == PT_CHANNEL_SMS ? SMS_MAX : PT_MAIL_TEXT_MAX);
    out->subject = "";
    if (d->channel == PT_CHANNEL_SMS)
        return sms(&m, d->kind);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].kind, d->kind) == 0) {
            out->subject = pt_text(m.lang, kinds[i].subject);
            if (kinds[i].mail != NULL)
                kinds[i].mail(&m);
            else {
                say(&m, kinds[i].text);
                mh_buf_printf(m.out, "\n%s%s\n", origin, kinds[i].path);
            }
            return mh_buf_ok(&out->text);
        }
    return false;
}
