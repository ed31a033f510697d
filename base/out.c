#include "base/out.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

struct mh_out
mh_out_at(int fd, uint64_t at)
{
    return (struct mh_out){.fd = fd, .at = at};
}

static enum mh_code
write_at(int fd, uint64_t offset, struct mh_span bytes, struct mh_err *err)
{
    while (bytes.len > 0) {
        ssize_t n = pwrite(fd, bytes.ptr, bytes.len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mh_fail_sys(err, "output");
        if (n == 0)
            return mh_fail(err, MH_EIO, offset, "output: nothing was written");
        bytes.ptr += n;
        bytes.len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return MH_OK;
}

enum mh_code
mh_out_append(struct mh_out *out, struct mh_span bytes, struct mh_err *err)
{
    enum mh_code code;

    if (bytes.len > (uint64_t)INT64_MAX - out->at)
        return mh_fail(err, MH_ELIMIT, out->at, "output: too large");
    code = write_at(out->fd, out->at, bytes, err);
    if (code == MH_OK)
        out->at += bytes.len;
    return code;
}

enum mh_code
mh_out_patch(struct mh_out *out, uint64_t offset, struct mh_span bytes,
    struct mh_err *err)
{
    if (offset > out->at || bytes.len > out->at - offset)
        return mh_fail(err, MH_EINTERNAL, offset, "output: patch past the end");
    return write_at(out->fd, offset, bytes, err);
}
