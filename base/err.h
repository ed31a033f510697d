/*
 * Errors: what went wrong, where, in one line.
 *
 * A function that can fail returns enum mh_code, is marked MH_MUST_USE and
 * takes a struct mh_err * before its outputs; NULL is allowed and means "the
 * code is enough".  The lowest function words the message, everybody above
 * passes it on unchanged.  What a function found out about a document is not
 * an error: findings are data (base/wire/report.h).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>
#include <stdint.h>

#include "base/banned.h"

#define MH_MUST_USE        __attribute__((warn_unused_result))
#define MH_PRINTF(fmt, va) __attribute__((format(printf, fmt, va)))
#define MH_NO_OFFSET       UINT64_MAX

enum mh_code {
    MH_OK = 0,
    MH_ENOMEM,    /* allocation failed, or a size overflowed */
    MH_ELIMIT,    /* a documented limit was exceeded */
    MH_EFORMAT,   /* input breaks the format */
    MH_EUNSUP,    /* well-formed, but a feature we refuse */
    MH_EIO,       /* the system said no; see err->sys */
    MH_EINTERNAL, /* our bug */
};

struct mh_err {
    enum mh_code code;
    int sys;         /* errno, or 0 */
    int finding;     /* enum mh_finding_code that words it best, or 0 */
    uint64_t offset; /* byte offset in the input, or MH_NO_OFFSET */
    char msg[160];   /* one line, no input bytes, no secrets */
};

/* Fills *err if it is not NULL and returns code; sys and finding become 0. */
enum mh_code mh_fail(struct mh_err *err, enum mh_code code, uint64_t offset,
    const char *fmt, ...) MH_PRINTF(4, 5);

/*
 * The same for input that breaks a rule which has a finding code of its own
 * (base/wire/codes.h); the caller turns err->finding into a finding.
 */
enum mh_code mh_fail_finding(struct mh_err *err, enum mh_code code, int finding,
    uint64_t offset, const char *fmt, ...) MH_PRINTF(5, 6);

/* The same for a failed system call; err->sys becomes errno. */
enum mh_code mh_fail_sys(struct mh_err *err, const char *what);

/* A stable, lower-case name such as "limit", for logs and error lines. */
const char *mh_code_name(enum mh_code code);

#endif
