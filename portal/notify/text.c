#include "portal/notify/text.h"

#include <string.h>

#include "pages.h"
#include "portal/notify/mail.h"
#include "portal/pages/tmpl.h"

enum {
    LINES = 2,
    SMS_MAX = 1000, /* bytes */
};

struct making {
    enum mh_lang lang;
    const char *origin;
    struct mh_span line[LINES]; /* of args; the last one is the rest */
    struct mh_buf *out;
};

static void
say(const struct making *m, const char *id)
{
    mh_buf_str(m->out, pt_text(m->lang, id));
    mh_buf_byte(m->out, '\n');
}

static void
notice(const struct making *m)
{
    say(m, PT_T("There is something new in your case."));
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
letter(const struct making *m)
{
    mh_buf_str(m->out, pt_text(m->lang, PT_T("User name:")));
    mh_buf_byte(m->out, ' ');
    mh_buf_span(m->out, m->line[0]);
    mh_buf_str(m->out, "\n\n");
    mh_buf_span(m->out, m->line[1]);
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
    {"letter", PT_T("Letter to the operator"), letter, NULL, NULL},
};

/* One line, without a name and without the case. */
static bool
sms(const struct making *m, const char *kind)
{
    if (strcmp(kind, "notice") != 0)
        return false;
    mh_buf_str(m->out,
        pt_text(m->lang, PT_T("You have a new notification of the court:")));
    mh_buf_printf(m->out, " %s/notifications", m->origin);
    return mh_buf_ok(m->out);
}

bool
pt_letter_make(
    const struct pt_delivery *d, const char *origin, struct pt_letter *out)
{
    const char *end = strchr(d->args, '\n');
    struct making m = {.lang = strcmp(d->lang, "en") == 0   ? MH_EN
                               : strcmp(d->lang, "ru") == 0 ? MH_RU
                                                            : MH_AZ,
        .origin = origin,
        .out = &out->text};

    m.line[0] = (struct mh_span){(const uint8_t *)d->args,
        end == NULL ? strlen(d->args) : (size_t)(end - d->args)};
    m.line[1] = mh_span_str(end == NULL ? "" : end + 1);
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
