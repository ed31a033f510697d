#include "signer/cmd/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/sys/module.h"

enum {
    ROOM = MH_TOKEN_PIN_MAX + 2, /* bytes: a PIN and the end of its line */
    CTRL_C = 3,
    CTRL_D = 4,
    BACKSPACE = 8,
    DELETE = 127,
};

static const char last_words[] = "last try"; /* what confirms it */

static bool
parse_fd(const char *text, int *out)
{
    char *end = NULL;
    long n;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    n = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || n > 1 << 20)
        return false;
    *out = (int)n;
    return fcntl(*out, F_GETFD) >= 0;
}

enum mh_code
sg_pin_init(struct sg_pin *p, const char *source, const char *from_uri,
    struct mh_err *err)
{
    *p = (struct sg_pin){.kind = SG_PIN_PROMPT, .fd = -1};
    p->given = source != NULL || from_uri != NULL;
    if (source == NULL && from_uri != NULL) {
        p->kind = SG_PIN_FILE;
        p->path = from_uri;
    } else if (source != NULL && strncmp(source, "file:", 5) == 0 &&
               source[5] != '\0') {
        p->kind = SG_PIN_FILE;
        p->path = source + 5;
    } else if (source != NULL && strncmp(source, "fd:", 3) == 0) {
        p->kind = SG_PIN_FD;
        if (!parse_fd(source + 3, &p->fd))
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "--pin-source: no such open descriptor");
    } else if (source != NULL && strcmp(source, "prompt") != 0) {
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "--pin-source: prompt, file:PATH or fd:N");
    }
    p->held = mh_locked_memory(ROOM);
    if (p->held == NULL)
        return mh_fail(
            err, MH_ENOMEM, MH_NO_OFFSET, "PIN: no memory that can be locked");
    return MH_OK;
}

void
sg_pin_fini(struct sg_pin *p)
{
    if (p->held != NULL)
        explicit_bzero(p->held, ROOM);
    p->len = 0;
}

/* Reads to the end, and takes the end of one line off. */
static bool
read_all(int fd, uint8_t *out, size_t *len)
{
    ssize_t n = 1;

    *len = 0;
    while (n > 0 && *len < ROOM) {
        n = read(fd, out + *len, ROOM - *len);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            *len += (size_t)n;
    }
    if (n != 0)
        return false; /* an error, or too long */
    if (*len > 0 && out[*len - 1] == '\n')
        --*len;
    if (*len > 0 && out[*len - 1] == '\r')
        --*len;
    return *len > 0 && *len <= MH_TOKEN_PIN_MAX &&
           memchr(out, '\n', *len) == NULL;
}

static enum hsm_class
say(struct mh_err *err, enum hsm_class c, const char *text)
{
    (void)mh_fail(err, MH_EIO, MH_NO_OFFSET, "%s", text); /* c counts */
    return c;
}

static enum hsm_class
from_file(struct sg_pin *p, struct mh_err *err)
{
    int fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    enum hsm_class c = HSM_OK;
    struct stat st;

    if (fd < 0)
        return say(err, HSM_PIN, "the PIN file cannot be opened");
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 07177) != 0)
        c = say(err, HSM_PIN,
            "the PIN file must be a file of one's own with mode 0600");
    else if (!read_all(fd, p->held, &p->len))
        c = say(err, HSM_PIN, "the PIN file does not hold one line of a PIN");
    mh_close(&fd);
    return c;
}

static enum hsm_class
from_fd(struct sg_pin *p, struct mh_err *err)
{
    if (p->fd < 0)
        return HSM_OK; /* it was read, and is held */
    if (!read_all(p->fd, p->held, &p->len)) {
        p->len = 0;
        mh_close(&p->fd);
        return say(err, HSM_PIN, "the descriptor gave no PIN of one line");
    }
    mh_close(&p->fd);
    return HSM_OK;
}

static enum hsm_class
from_store(struct sg_pin *p, struct mh_err *err)
{
    return p->kind == SG_PIN_FILE ? from_file(p, err) : from_fd(p, err);
}

bool
sg_pin_again(void *pin, uint8_t *out, size_t max, size_t *len)
{
    struct sg_pin *p = pin;
    bool ok = p->kind != SG_PIN_PROMPT && from_store(p, NULL) == HSM_OK &&
              p->len > 0 && p->len <= max;

    if (ok) {
        memcpy(out, p->held, p->len);
        *len = p->len;
    }
    if (p->kind == SG_PIN_FILE)
        sg_pin_fini(p); /* the file can be read again */
    return ok;
}

static void
put(int tty, const char *text)
{
    size_t len = strlen(text);

    if (write(tty, text, len) != (ssize_t)len)
        return; /* the answer is read all the same */
}

/* Reads a line without echo; false: cancelled. */
static bool
type_line(int tty, uint8_t *out, size_t max, size_t *len)
{
    uint8_t c;

    *len = 0;
    for (;;) {
        ssize_t n = read(tty, &c, 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n != 1 || c == CTRL_C || c == CTRL_D)
            return false;
        if (c == '\n' || c == '\r')
            return true;
        if (c == BACKSPACE || c == DELETE)
            *len -= *len > 0 ? 1 : 0;
        else if (*len < max)
            out[(*len)++] = c;
        else
            return false;
    }
}

/* Asks on the terminal; only show: what is typed may be seen. */
static enum hsm_class
ask(const char *question, bool show, uint8_t *out, size_t max, size_t *len,
    struct mh_err *err)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios usual, quiet;
    bool ok;

    if (tty < 0 || tcgetattr(tty, &usual) != 0) {
        mh_close(&tty);
        return say(err, HSM_USAGE,
            "--pin-source: there is no terminal to ask for the PIN on");
    }
    quiet = usual;
    quiet.c_lflag &= ~(tcflag_t)(ICANON | ISIG | (show ? 0 : ECHO));
    ok = tcsetattr(tty, TCSAFLUSH, &quiet) == 0;
    if (ok) {
        put(tty, question);
        ok = type_line(tty, out, max, len);
        put(tty, "\n");
        (void)tcsetattr(tty, TCSAFLUSH, &usual); /* as it was */
    }
    mh_close(&tty);
    return ok ? HSM_OK : say(err, HSM_CANCELLED, "cancelled on the terminal");
}

/* A person says in so many words that the last try may be spent. */
static enum hsm_class
confirm_last(struct mh_err *err)
{
    uint8_t typed[32];
    size_t len = 0;
    enum hsm_class c = ask("Only one try is left before the PIN is locked.\n"
                           "Type \"last try\" to spend it: ",
        true, typed, sizeof(typed), &len, err);

    if (c == HSM_OK &&
        (len != sizeof(last_words) - 1 || memcmp(typed, last_words, len) != 0))
        c = say(err, HSM_PIN, "the last try was not confirmed (final try)");
    return c;
}

static enum hsm_class
ask_person(struct sg_pin *p, struct hsm_token *t, bool pad, struct mh_err *err)
{
    struct hsm_login login = {.keep = true, .pad = pad};
    enum hsm_class c = HSM_OK;

    if (hsm_facts(t)->level == MH_PIN_LEVEL_FINAL) {
        c = confirm_last(err);
        login.last_try = c == HSM_OK;
    }
    if (c == HSM_OK && !pad)
        c = ask("PIN: ", false, p->held, MH_TOKEN_PIN_MAX, &p->len, err);
    if (c == HSM_OK) {
        login.pin = (struct mh_span){p->held, pad ? 0 : p->len};
        c = hsm_login(t, &login, err);
    }
    sg_pin_fini(p);
    return c;
}

enum hsm_class
sg_pin_login(struct sg_pin *p, struct hsm_token *t, struct mh_err *err)
{
    const struct hsm_facts *f = hsm_facts(t);
    struct hsm_login login = {.stored = true, .keep = true};
    enum hsm_class c;

    if (!f->login_required || f->logged_in)
        return HSM_OK;
    if (p->kind == SG_PIN_PROMPT)
        return ask_person(p, t, f->pad && !p->given, err);
    c = from_store(p, err);
    if (c == HSM_OK) {
        login.pin = (struct mh_span){p->held, p->len};
        c = hsm_login(t, &login, err);
    }
    if (p->kind == SG_PIN_FILE)
        sg_pin_fini(p);
    return c;
}
