#include "base/sys/log.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/time.h"

enum {
    TAIL = 8, /* room for " cut=1\n" and a NUL */
};

static const char *prog_name = "mohur";

void
mh_log_prog(const char *prog)
{
    prog_name = prog;
}

static void
put(struct mh_log *l, const char *s, size_t len)
{
    if (l->cut || len > sizeof(l->line) - TAIL - l->len) {
        l->cut = true;
        return;
    }
    memcpy(l->line + l->len, s, len);
    l->len += len;
}

static void
put_str(struct mh_log *l, const char *s)
{
    put(l, s, strlen(s));
}

static void
put_key(struct mh_log *l, const char *key)
{
    if (l->len > 0)
        put(l, " ", 1);
    put_str(l, key);
    put(l, "=", 1);
}

struct mh_log
mh_log_event(const char *event)
{
    struct mh_log l = {.len = 0};
    struct timespec ts = {0, 0};
    char when[32], milli[] = ".000Z";

    (void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail */
    mh_time_format(ts.tv_sec, when);
    put_key(&l, "t");
    put(&l, when, strnlen(when, 19)); /* without its Z */
    (void)mh_time_digits(milli + 1, (unsigned)(ts.tv_nsec / 1000000), 3);
    put_str(&l, milli);
    put_key(&l, "prog");
    put_str(&l, prog_name);
    put_key(&l, "ev");
    put_str(&l, event);
    return l;
}

void
mh_log_num(struct mh_log *l, const char *key, int64_t value)
{
    char digits[24], *p = digits + sizeof(digits); /* from the last one on */
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

    do {
        *--p = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        *--p = '-';
    put_key(l, key);
    put(l, p, (size_t)(digits + sizeof(digits) - p));
}

static bool
plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._:/@+-", c) != NULL);
}

static void
put_quoted(struct mh_log *l, const char *value)
{
    static const char digits[] = "0123456789abcdef";

    put(l, "\"", 1);
    if (l->cut)
        return;
    for (const unsigned char *p = (const unsigned char *)value; *p != '\0';
         p++) {
        char e[4] = {'\\', 'x', digits[*p >> 4], digits[*p & 15]};
        char c = (char)*p;

        if (*p == '"' || *p == '\\') {
            put(l, "\\", 1);
            put(l, &c, 1);
        } else if (*p >= 0x20 && *p < 0x7f) {
            put(l, &c, 1);
        } else {
            put(l, e, sizeof(e));
        }
        if (l->cut)
            break;
    }
    if (!l->cut)
        put(l, "\"", 1);
    if (l->cut)
        l->line[l->len++] = '"'; /* in pairs in a cut line, too: TAIL */
}

void
mh_log_text(struct mh_log *l, const char *key, const char *value)
{
    const unsigned char *p = (const unsigned char *)value;

    while (plain(*p))
        p++;
    if (l->cut)
        return;
    put_key(l, key);
    if (l->cut)
        return;
    if (*p == '\0' && value[0] != '\0')
        put_str(l, value);
    else
        put_quoted(l, value);
}

void
mh_log_err(struct mh_log *l, const struct mh_err *err)
{
    mh_log_text(l, "code", mh_code_name(err->code));
    mh_log_text(l, "why", err->msg);
}

void
mh_log_end(struct mh_log *l)
{
    ssize_t n;

    if (l->cut) {
        memcpy(l->line + l->len, " cut=1", 6);
        l->len += 6;
    }
    l->line[l->len++] = '\n';
    do
        n = write(STDERR_FILENO, l->line, l->len);
    while (n < 0 && errno == EINTR);
    /* Where even this fails there is nobody left to tell. */
}

void
mh_log(const char *event, const char *fmt, ...)
{
    struct mh_log l = mh_log_event(event);
    char words[MH_LOG_MAX] = "";
    va_list ap;

    if (fmt != NULL) {
        va_start(ap, fmt);
        (void)vsnprintf(words, sizeof(words), fmt, ap); /* cut is fine */
        va_end(ap);
        for (char *p = words; *p != '\0'; p++)
            if (*p < 0x20 || *p == 0x7f)
                *p = '?'; /* one event, one line, in ASCII */
        put(&l, " ", 1);
        put_str(&l, words);
    }
    mh_log_end(&l);
}
