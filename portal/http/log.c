#include "portal/http/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"

enum {
    LINE = 1024 /* bytes */
};

int64_t
pt_now_ms(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return 0; /* cannot happen */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
pt_time(void)
{
    return (int64_t)time(NULL);
}

void
pt_log(const char *event, const char *fmt, ...)
{
    struct timespec t;
    char when[32], line[LINE];
    va_list ap;
    int n, more;

    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return; /* cannot happen */
    mh_time_format(t.tv_sec, when);
    if (when[0] != '\0')
        when[19] = '\0'; /* the Z comes after the fraction */
    n = snprintf(line, sizeof(line), "t=%s.%03ldZ prog=portal ev=%s ", when,
        t.tv_nsec / 1000000, event);
    if (n < 0 || n >= LINE - 2)
        return;
    va_start(ap, fmt);
    more = vsnprintf(line + n, sizeof(line) - 1 - (size_t)n, fmt, ap);
    va_end(ap);
    if (more < 0)
        return;
    n = n + more > LINE - 2 ? LINE - 2 : n + more;
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nowhere else to say */
}
