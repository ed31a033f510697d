#include "signer/cmd/senders.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"

enum {
    SECRET_MAX = 512, /* bytes of a secret file */
};

/* A file's two lines; wiped by who had them read. */
struct secret {
    char user[SECRET_MAX], password[SECRET_MAX];
};

#define FILE_SCHEME "file:"

static enum mh_sender_mode
mail_mode(const char *starttls)
{
    return strcmp(starttls, "no") == 0         ? MH_MAIL_PLAIN
           : strcmp(starttls, "optional") == 0 ? MH_MAIL_TLS_TRY
                                               : MH_MAIL_TLS;
}

bool
sg_senders_take(cfg_t *cfg, struct mh_arena *arena, struct sg_senders *out)
{
    cfg_t *m = cfg_getsec(cfg, "mail"), *s = cfg_getsec(cfg, "sms");
    const char *starttls = sg_config_text(m, "starttls", arena);
    const char *dialect = sg_config_text(s, "dialect", arena);
    const char *url = sg_config_text(m, "url", arena);
    bool lsim;

    if (starttls == NULL || dialect == NULL || url == NULL)
        return false;
    lsim = strcmp(dialect, "lsim") == 0;
    /* smtps:// is TLS from its first byte. */
    if (strncmp(url, "smtps://", 8) == 0)
        starttls = "required";
    out->fixed.mail = (struct mh_sender){
        url, sg_config_text(m, "pin", arena), mail_mode(starttls), "", ""};
    out->fixed.sms = (struct mh_sender){sg_config_text(s, "url", arena),
        sg_config_text(s, "pin", arena), lsim ? MH_SMS_LSIM : MH_SMS_KANNEL, "",
        ""};
    out->mail_secret = sg_config_text(m, "secret", arena);
    out->sms_secret = sg_config_text(s, "secret", arena);
    out->notify = (struct mh_notify_settings){
        .mail_from = sg_config_text(m, "from", arena),
        .operator_to = sg_config_text(m, "operator", arena),
        .sms_sender = sg_config_text(s, "sender", arena),
        .sms_lsim = lsim};
    if (out->fixed.mail.pin == NULL || out->fixed.sms.url == NULL ||
        out->fixed.sms.pin == NULL || out->mail_secret == NULL ||
        out->sms_secret == NULL || out->notify.mail_from == NULL ||
        out->notify.operator_to == NULL || out->notify.sms_sender == NULL)
        return false;
    if (url[0] == '\0')
        out->notify.mail_from = out->notify.operator_to = "";
    if (out->fixed.sms.url[0] == '\0')
        out->notify.sms_sender = "";
    return true;
}

/* A line of the secret without its end; false: it is none. */
static bool
take_line(struct mh_span *in, char out[static SECRET_MAX])
{
    const uint8_t *end = in->len == 0 ? NULL : memchr(in->ptr, '\n', in->len);
    size_t n = end == NULL ? in->len : (size_t)(end - in->ptr);
    struct mh_span line = {in->ptr, n};

    if (n == 0 || n >= SECRET_MAX || !mh_text_is_clean(line, SECRET_MAX))
        return false;
    memcpy(out, in->ptr, n);
    out[n] = '\0';
    in->ptr += n + (end != NULL);
    in->len -= n + (end != NULL);
    return true;
}

/* The file's bytes; only its owner may read it. */
static enum mh_code
read_file(const char *path, struct mh_err *err, uint8_t buf[static SECRET_MAX],
    size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    enum mh_code code = MH_OK;
    ssize_t n;

    if (fd < 0)
        return mh_fail_sys(err, "secret");
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        (st.st_mode & 077) != 0 || st.st_uid != geteuid())
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "secret: must be a file of who starts the service, mode 0600");
    if (code == MH_OK) {
        n = read(fd, buf, SECRET_MAX);
        *len = n < 0 ? 0 : (size_t)n;
        if (n < 0)
            code = mh_fail_sys(err, "secret");
    }
    mh_close(&fd);
    return code;
}

static enum mh_code
read_secret(const char *source, struct secret *out, struct mh_err *err,
    struct mh_sender *s)
{
    uint8_t buf[SECRET_MAX];
    struct mh_span in = {buf, 0};
    enum mh_code code;

    if (source[0] == '\0' || s->url[0] == '\0')
        return MH_OK;
    code = read_file(source + sizeof(FILE_SCHEME) - 1, err, buf, &in.len);
    if (code == MH_OK && (in.len == SECRET_MAX || !take_line(&in, out->user) ||
                             !take_line(&in, out->password) || in.len != 0))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "secret: is not a user name and a password, a line each");
    explicit_bzero(buf, sizeof(buf));
    s->user = out->user;
    s->password = out->password;
    return code;
}

static void
check_secret(const char *section, const char *source,
    struct sg_problems *problems, const char *file)
{
    struct mh_err err = {.msg = ""};
    struct mh_sender s = {.url = "x", .user = "", .password = ""};
    struct secret secret = {.user = ""};

    if (read_secret(source, &secret, &err, &s) != MH_OK)
        sg_problem(problems, file, 0, "%s: %s", section, err.msg);
    explicit_bzero(&secret, sizeof(secret));
}

void
sg_senders_check(
    const struct sg_senders *s, struct sg_problems *problems, const char *file)
{
    const struct mh_sender *m = &s->fixed.mail;

    if (m->url[0] != '\0' && s->notify.mail_from[0] == '\0')
        sg_problem(problems, file, 0, "mail: from is missing");
    if (m->mode != MH_MAIL_TLS && s->mail_secret[0] != '\0')
        sg_problem(problems, file, 0,
            "mail: a password is only sent with starttls = required");
    if (m->pin[0] != '\0' && m->mode != MH_MAIL_TLS)
        sg_problem(problems, file, 0, "mail: a pin is for TLS only");
    if (s->fixed.sms.url[0] != '\0' && s->notify.sms_sender[0] == '\0')
        sg_problem(problems, file, 0, "sms: sender is missing");
    if (s->fixed.sms.url[0] != '\0' && s->sms_secret[0] == '\0')
        sg_problem(problems, file, 0, "sms: secret is missing");
    check_secret("mail", s->mail_secret, problems, file);
    check_secret("sms", s->sms_secret, problems, file);
}

enum mh_code
sg_senders_open(const struct sg_senders *senders, struct mh_err *err, int *out)
{
    struct mh_senders s = senders->fixed;
    struct secret mail = {.user = ""}, sms = {.user = ""};
    struct mh_buf buf;
    struct mh_span bytes;
    enum mh_code code;
    int fd = -1;

    *out = 0;
    if (s.mail.url == NULL || s.sms.url == NULL ||
        (s.mail.url[0] == '\0' && s.sms.url[0] == '\0'))
        return MH_OK;
    mh_buf_init(&buf, MH_SENDERS_MAX);
    code = read_secret(senders->mail_secret, &mail, err, &s.mail);
    if (code == MH_OK)
        code = read_secret(senders->sms_secret, &sms, err, &s.sms);
    if (code == MH_OK)
        mh_senders_pack(&s, &buf);
    bytes = mh_buf_get(&buf);
    if (code == MH_OK && !mh_buf_ok(&buf))
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "senders: too long");
    if (code == MH_OK)
        code = mh_memfd_new("senders", bytes.len, err, &fd);
    if (code == MH_OK &&
        pwrite(fd, bytes.ptr, bytes.len, 0) != (ssize_t)bytes.len)
        code = mh_fail_sys(err, "senders");
    if (code == MH_OK)
        code = mh_memfd_seal(fd, err);
    if (code == MH_OK)
        *out = fd;
    else
        mh_close(&fd);
    if (buf.len > 0)
        explicit_bzero(buf.ptr, buf.len);
    mh_buf_fini(&buf);
    explicit_bzero(&mail, sizeof(mail));
    explicit_bzero(&sms, sizeof(sms));
    return code;
}
