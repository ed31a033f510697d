#include "signer/cmd/cmd.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"

enum {
    LINE_MAX_BYTES = 8192,
    PART_MAX = 2048
};

static void
put_line(const char *const *part, size_t parts)
{
    struct mh_buf line;

    mh_buf_init(&line, LINE_MAX_BYTES);
    mh_buf_str(&line, "mohur");
    for (size_t i = 0; i < parts; i++) {
        if (part[i] == NULL || part[i][0] == '\0')
            continue;
        mh_buf_str(&line, ": ");
        mh_text_clean(mh_span_str(part[i]), PART_MAX, &line);
    }
    mh_buf_byte(&line, '\n');
    if (mh_buf_ok(&line))
        (void)fwrite(line.ptr, 1, line.len, stderr); /* nowhere else to say */
    mh_buf_fini(&line);
}

int
sg_usage(const char *what, const char *text)
{
    const char *part[] = {what, text};

    put_line(part, 2);
    return SG_EXIT_USAGE;
}

void
sg_complain(const char *file, const char *code, const char *text)
{
    const char *part[] = {file, code, text};

    put_line(part, 3);
}

int
sg_exit_of(enum mh_verdict verdict)
{
    switch (verdict) {
    case MH_TOTAL_PASSED:
        return SG_EXIT_OK;
    case MH_TOTAL_FAILED:
    case MH_REFUSED:
        return SG_EXIT_FAILED;
    case MH_INDETERMINATE:
        return SG_EXIT_INDETERMINATE;
    case MH_NO_SIGNATURE:
        return SG_EXIT_NO_SIGNATURE;
    case MH_NOT_JUDGED:
    case MH_VERDICTS:
        break;
    }
    return SG_EXIT_NOT_JUDGED;
}

/*
 * A document that could not be judged is never hidden behind another code;
 * then failures, the undecided, the unsigned.
 */
static int
rank(int code)
{
    switch (code) {
    case SG_EXIT_OK:
        return 0;
    case SG_EXIT_NO_SIGNATURE:
        return 1;
    case SG_EXIT_INDETERMINATE:
        return 2;
    case SG_EXIT_FAILED:
        return 3;
    case SG_EXIT_NOT_JUDGED:
        return 4;
    default:
        return 5;
    }
}

int
sg_exit_worse(int a, int b)
{
    return rank(a) >= rank(b) ? a : b;
}
