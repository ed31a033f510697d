#include "signer/verify/out.h"

#include "base/limits.h"
#include "base/text.h"

enum {
    SHOWN_MAX = 300
}; /* bytes of one text; a file name is never cut */

void
sg_out_init(struct sg_out *out, struct mh_arena *arena)
{
    *out = (struct sg_out){.arena = arena};
}

const char *
sg_clean(struct mh_arena *arena, struct mh_span s)
{
    struct mh_buf buf;
    const char *text = "";

    if (s.len == 0)
        return text;
    mh_buf_init(&buf, MH_REPORT_TEXT_MAX);
    mh_text_clean(s, SHOWN_MAX, &buf);
    if (mh_buf_ok(&buf))
        text = mh_arena_str(arena, mh_buf_get(&buf));
    mh_buf_fini(&buf);
    return text == NULL ? "" : text;
}

const char *
sg_clean_str(struct mh_arena *arena, const char *s)
{
    return s == NULL ? "" : sg_clean(arena, mh_span_str(s));
}

void
sg_out_at(struct sg_out *out, enum mh_finding_code code, enum mh_severity level,
    uint64_t offset, const char *what)
{
    struct sg_finding_node *n;

    if (out->count >= MH_REPORT_FINDINGS_MAX && level != MH_ERROR)
        return;
    if (out->count >= MH_REPORT_FINDINGS_MAX + 90)
        return; /* an error is among them: the verdict stands */
    n = mh_arena_alloc(out->arena, sizeof(*n));
    if (n == NULL) {
        out->lost = true;
        return;
    }
    n->f = (struct mh_finding){.code = code,
        .level = level,
        .offset = offset,
        .what = what == NULL ? "" : what};
    if (out->last == NULL)
        out->first = n;
    else
        out->last->next = n;
    out->last = n;
    out->count++;
}

void
sg_out_add(struct sg_out *out, enum mh_finding_code code,
    enum mh_severity level, const char *what)
{
    sg_out_at(out, code, level, MH_NO_OFFSET, what);
}

void
sg_out_err(struct sg_out *out, const struct mh_err *err,
    enum mh_finding_code fallback, enum mh_severity level)
{
    enum mh_finding_code code = fallback;

    if (err->finding > MH_FINDING_NONE && err->finding < MH_FINDING_CODES)
        code = (enum mh_finding_code)err->finding;
    sg_out_at(
        out, code, level, err->offset, sg_clean_str(out->arena, err->msg));
}

const struct mh_finding *
sg_out_first(const struct sg_out *out, enum mh_severity level)
{
    for (const struct sg_finding_node *n = out->first; n != NULL; n = n->next)
        if (n->f.level == level)
            return &n->f;
    return NULL;
}

struct mh_findings
sg_out_list(struct sg_out *out)
{
    struct mh_findings list = {0};
    size_t i = 0;

    list.item = mh_arena_array(out->arena, out->count, sizeof(*list.item));
    if (list.item == NULL) {
        out->lost = true;
        return list;
    }
    for (const struct sg_finding_node *n = out->first; n != NULL; n = n->next)
        list.item[i++] = n->f;
    list.count = i;
    return list;
}
