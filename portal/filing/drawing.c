#include "portal/filing/drawing.h"

#include <string.h>

#include "base/sys/log.h"
#include "base/text.h"

/* What stands after a mark; len 0: it is not there. */
static struct mh_span
after(struct mh_span s, const char *mark)
{
    size_t len = strlen(mark);
    const uint8_t *at = s.len == 0 ? NULL : memmem(s.ptr, s.len, mark, len);

    if (at == NULL)
        return (struct mh_span){0};
    at += len;
    return (struct mh_span){at, (size_t)(s.ptr + s.len - at)};
}

enum mh_code
pt_drawing_root(struct mh_span proof, struct mh_err *err, struct mh_span *note,
    uint8_t root[static PT_HASH])
{
    uint8_t bytes[64];
    struct mh_span line;
    const uint8_t *end;
    size_t len = 0;

    /* The hashes end with an empty line; origin and size stand before it. */
    *note = after(proof, "\n\n");
    line = after(after(*note, "\n"), "\n");
    end = line.len == 0 ? NULL : memchr(line.ptr, '\n', line.len);
    if (end == NULL || end - line.ptr > 44)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "draw: the proof has no checkpoint");
    line.len = (size_t)(end - line.ptr);
    if (!mh_base64_decode(line, bytes, &len) || len != PT_HASH)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "draw: the checkpoint has no root");
    memcpy(root, bytes, PT_HASH);
    return MH_OK;
}

enum mh_code
pt_drawing_once(struct pt_store *store, struct pt_log_asker *ask, int64_t now,
    struct mh_err *err, bool *some)
{
    struct mh_keyd_proved proved;
    struct mh_span note = {0};
    struct pt_draw d;
    enum mh_code code = pt_store_draw_due(store, ask->arena, err, &d);

    *some = code == MH_OK && d.case_id[0] != '\0';
    if (!*some)
        return code;
    code = pt_log_prove_first(ask, (uint64_t)d.record, err, &proved);
    if (code == MH_OK)
        code = pt_drawing_root(proved.proof, err, &note, d.root);
    if (code == MH_OK && note.len > PT_DRAW_NOTE_MAX)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "draw: the checkpoint");
    if (code == MH_OK)
        d.note = mh_arena_str(ask->arena, note);
    if (code == MH_OK && d.note == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "draw: no memory");
    if (code == MH_OK)
        code = pt_store_draw_done(store, &d, now, err);
    mh_log("draw", "case=%s record=%lld code=%s", d.case_id,
        (long long)d.record, mh_code_name(code));
    return code;
}
