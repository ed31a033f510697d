/*
 * multipart/form-data: the same events whether the body comes whole or in
 * pieces; content is never longer than the body; names and labels are clean.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "portal/http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct events {
    struct mh_buf log;
    bool open;
};

static void
check(bool ok)
{
    if (!ok)
        abort();
}

static enum mh_code
begin(void *ctx, const struct pt_part *p, struct mh_err *err)
{
    struct events *e = ctx;

    (void)err;
    check(!e->open && p->name[0] != '\0');
    check(mh_text_is_clean(mh_span_str(p->filename), PT_PART_FILENAME_MAX));
    check(strpbrk(p->filename, "/\\") == NULL);
    e->open = true;
    mh_buf_printf(&e->log, "<%s|%s|%s|", p->name, p->filename, p->type);
    return MH_OK;
}

static enum mh_code
bytes(void *ctx, struct mh_span b, struct mh_err *err)
{
    struct events *e = ctx;

    (void)err;
    check(e->open && b.len > 0);
    mh_buf_span(&e->log, b);
    return MH_OK;
}

static enum mh_code
end(void *ctx, struct mh_err *err)
{
    struct events *e = ctx;

    (void)err;
    check(e->open);
    e->open = false;
    mh_buf_str(&e->log, ">");
    return MH_OK;
}

static enum mh_code
run(const char *boundary, struct mh_span in, size_t piece, struct events *e)
{
    const struct pt_part_sink sink = {begin, bytes, end, e};
    struct pt_multipart m;
    enum mh_code code = MH_OK;

    mh_buf_init(&e->log, (size_t)1 << 22);
    e->open = false;
    pt_multipart_init(&m, boundary, &sink);
    for (size_t at = 0; at < in.len && code == MH_OK; at += piece)
        code = pt_multipart_push(&m,
            (struct mh_span){
                in.ptr + at, in.len - at < piece ? in.len - at : piece},
            NULL);
    if (code == MH_OK)
        code = pt_multipart_end(&m, NULL);
    else
        check(pt_multipart_end(&m, NULL) == code);
    check(code != MH_OK || !e->open);
    return code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char boundary[PT_BOUNDARY_MAX + 1] = "b";
    struct events whole, pieces;
    size_t piece = 1;

    if (len > 0) {
        piece = 1 + data[0] % 64;
        data++;
        len--;
    }
    /* The body itself as a Content-Type: it must only not crash. */
    if (pt_multipart_boundary((struct mh_span){data, len > 300 ? 300 : len},
            NULL, boundary) != MH_OK)
        memcpy(boundary, "b", 2);
    else
        check(boundary[0] != '\0');
    check(run(boundary, (struct mh_span){data, len}, len + 1, &whole) ==
          run(boundary, (struct mh_span){data, len}, piece, &pieces));
    check(mh_span_eq(mh_buf_get(&whole.log), mh_buf_get(&pieces.log)));
    mh_buf_fini(&whole.log);
    mh_buf_fini(&pieces.log);
    return 0;
}
