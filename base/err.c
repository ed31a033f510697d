#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
fill(struct mh_err *err, enum mh_code code, int finding, uint64_t offset)
{
    err->code = code;
    err->sys = 0;
    err->finding = finding;
    err->offset = offset;
}

enum mh_code
mh_fail(struct mh_err *err, enum mh_code code, uint64_t offset, const char *fmt,
    ...)
{
    va_list ap;

    if (err == NULL)
        return code;
    fill(err, code, 0, offset);
    va_start(ap, fmt);
    (void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap); /* cut is fine */
    va_end(ap);
    return code;
}

enum mh_code
mh_fail_finding(struct mh_err *err, enum mh_code code, int finding,
    uint64_t offset, const char *fmt, ...)
{
    va_list ap;

    if (err == NULL)
        return code;
    fill(err, code, finding, offset);
    va_start(ap, fmt);
    (void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap); /* cut is fine */
    va_end(ap);
    return code;
}

enum mh_code
mh_fail_sys(struct mh_err *err, const char *what)
{
    int sys = errno;

    if (err == NULL)
        return MH_EIO;
    fill(err, MH_EIO, 0, MH_NO_OFFSET);
    err->sys = sys;
    (void)snprintf(
        err->msg, sizeof(err->msg), "%s: %s", what, strerrordesc_np(sys));
    return MH_EIO;
}

const char *
mh_code_name(enum mh_code code)
{
    switch (code) {
    case MH_OK:
        return "ok";
    case MH_ENOMEM:
        return "nomem";
    case MH_ELIMIT:
        return "limit";
    case MH_EFORMAT:
        return "format";
    case MH_EUNSUP:
        return "unsupported";
    case MH_EIO:
        return "io";
    case MH_EINTERNAL:
        return "internal";
    }
    return "unknown";
}
