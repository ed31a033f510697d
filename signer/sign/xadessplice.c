#include "signer/sign/xadessplice.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* A walk over the tags of a well-formed document without DOCTYPE. */
struct walk {
    struct mh_span in;
    size_t at;
};

enum tag {
    TAG_NONE, /* the end of the document */
    TAG_START,
    TAG_EMPTY,
    TAG_END
};

static bool
skip_past(struct walk *w, const char *open, const char *close)
{
    struct mh_span rest = {w->in.ptr + w->at, w->in.len - w->at};
    const uint8_t *p;

    if (!mh_span_starts(rest, open))
        return false;
    p = memmem(
        rest.ptr + strlen(open), rest.len - strlen(open), close, strlen(close));
    w->at = p == NULL ? w->in.len : (size_t)(p - w->in.ptr) + strlen(close);
    return true;
}

/* Past the '>' that ends the tag: one inside an attribute value does not. */
static void
skip_tag(struct walk *w)
{
    uint8_t quote = 0;

    while (w->at < w->in.len) {
        uint8_t c = w->in.ptr[w->at++];

        if (quote != 0)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return;
    }
}

/* The next tag, from *begin to w->at. */
static enum tag
next_tag(struct walk *w, size_t *begin)
{
    for (;;) {
        const uint8_t *p = w->at < w->in.len ? memchr(w->in.ptr + w->at, '<',
                                                   w->in.len - w->at)
                                             : NULL;

        if (p == NULL)
            return TAG_NONE;
        w->at = (size_t)(p - w->in.ptr);
        if (skip_past(w, "<!--", "-->") || skip_past(w, "<?", "?>") ||
            skip_past(w, "<![CDATA[", "]]>"))
            continue;
        *begin = w->at;
        skip_tag(w);
        if (w->at - *begin >= 2 && w->in.ptr[*begin + 1] == '/')
            return TAG_END;
        return w->in.ptr[w->at - 2] == '/' ? TAG_EMPTY : TAG_START;
    }
}

enum mh_code
sg_splice_find(const struct df_xml *xml, const struct df_node *node,
    struct mh_err *err, struct sg_place *out)
{
    const struct df_node *root = df_xml_root(xml), *n = root;
    struct walk w = {.in = df_xml_source(xml)};
    size_t begin = 0, depth = 0;
    bool found = false;

    *out = (struct sg_place){0};
    for (enum tag t = next_tag(&w, &begin); t != TAG_NONE;
         t = next_tag(&w, &begin)) {
        if (t == TAG_END && found && --depth == 0) {
            out->close = begin;
            return MH_OK;
        }
        if (t == TAG_END)
            continue;
        if (found) {
            depth += t == TAG_START;
            continue;
        }
        if (n == node) {
            *out = (struct sg_place){begin, w.at, w.at, t == TAG_EMPTY};
            if (t == TAG_EMPTY)
                return MH_OK;
            found = true;
            depth = 1;
        }
        n = n == NULL ? NULL : df_node_walk(root, n);
    }
    return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "xml: element not found");
}

/* The name in a start tag, prefix included. */
static struct mh_span
tag_name(struct mh_span bytes, size_t open)
{
    struct mh_span name = {bytes.ptr + open + 1, 0};

    while (open + 1 + name.len < bytes.len &&
           strchr(" \t\r\n/>", name.ptr[name.len]) == NULL)
        name.len++;
    return name;
}

enum mh_code
sg_splice_name(const struct df_xml *xml, const struct df_node *node,
    struct mh_err *err, struct mh_span *out)
{
    struct sg_place place;
    enum mh_code code = sg_splice_find(xml, node, err, &place);

    if (code == MH_OK)
        *out = tag_name(df_xml_source(xml), place.open);
    return code;
}

enum mh_code
sg_splice_append(const struct df_xml *xml, const struct df_node *node,
    struct mh_span text, struct mh_arena *arena, struct mh_err *err,
    struct sg_splice *out)
{
    struct sg_place place;
    struct mh_span name;
    struct mh_buf buf;
    enum mh_code code = sg_splice_find(xml, node, err, &place);

    if (code != MH_OK)
        return code;
    *out = (struct sg_splice){.at = place.close, .text = text};
    if (!place.empty)
        return MH_OK;
    /* "<a/>" becomes "<a>" text "</a>". */
    name = tag_name(df_xml_source(xml), place.open);
    mh_buf_init(&buf, MH_XML_SIZE_MAX);
    mh_buf_byte(&buf, '>');
    mh_buf_span(&buf, text);
    mh_buf_str(&buf, "</");
    mh_buf_span(&buf, name);
    mh_buf_byte(&buf, '>');
    out->at = place.inside - 2;
    out->remove = 2;
    out->text = mh_buf_ok(&buf) ? mh_arena_copy(arena, mh_buf_get(&buf))
                                : (struct mh_span){0};
    mh_buf_fini(&buf);
    return out->text.ptr == NULL
               ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "xml: no memory")
               : MH_OK;
}

static int
by_place(const void *a, const void *b)
{
    const struct sg_splice *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

enum mh_code
sg_splice_apply(struct mh_span bytes, struct sg_splice *splice, size_t count,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    enum mh_code code = MH_OK;
    struct mh_buf buf;
    size_t at = 0;

    if (count > 0)
        qsort(splice, count, sizeof(*splice), by_place);
    mh_buf_init(&buf, MH_XML_SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        if (splice[i].at < at || splice[i].at > bytes.len) {
            mh_buf_fini(&buf);
            return mh_fail(
                err, MH_EINTERNAL, MH_NO_OFFSET, "xml: two changes in one");
        }
        mh_buf_add(&buf, bytes.ptr + at, splice[i].at - at);
        mh_buf_span(&buf, splice[i].text);
        at = splice[i].at + splice[i].remove;
    }
    mh_buf_add(&buf, bytes.ptr + at, bytes.len - at);
    if (!mh_buf_ok(&buf))
        code = mh_fail_finding(err, MH_ELIMIT, MH_F_XML_LIMIT, MH_NO_OFFSET,
            "sign: the signature file is too large");
    if (code == MH_OK) {
        *out = mh_arena_copy(arena, mh_buf_get(&buf));
        if (out->ptr == NULL)
            code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "xml: no memory");
    }
    mh_buf_fini(&buf);
    return code;
}
