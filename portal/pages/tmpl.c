#include "portal/pages/tmpl.h"

#include <stdlib.h>
#include <string.h>

#include "base/report/markup.h"

enum {
    PAGE_ROOM = 32 << 10, /* bytes: most pages have fewer */
};

/* The items under way, the innermost last. */
struct scopes {
    const struct pt_map *map[PT_TMPL_DEPTH_MAX + 1];
    size_t depth;
};

static int
by_id(const void *key, const void *element)
{
    const char *id = key;
    const struct pt_message *m = element;

    return strcmp(id, m->id);
}

static const char *
said(const struct pt_message *m, enum mh_lang lang)
{
    if (lang == MH_EN)
        return m->id;
    return lang == MH_RU ? m->ru : m->az;
}

const char *
pt_text(enum mh_lang lang, const char *id)
{
    const struct pt_message *m = bsearch(
        id, pt_messages, pt_messages_len, sizeof(pt_messages[0]), by_id);

    return m == NULL ? id : said(m, lang);
}

/* "a.b": a in the innermost scope that has it, b in it. */
static const struct pt_val *
look_up(const struct scopes *s, struct mh_span name)
{
    const uint8_t *dot = name.len == 0 ? NULL : memchr(name.ptr, '.', name.len);
    size_t n = dot == NULL ? name.len : (size_t)(dot - name.ptr);
    const struct pt_val *v = NULL;

    for (size_t i = s->depth + 1; i > 0 && v == NULL; i--)
        v = pt_get(s->map[i - 1], (struct mh_span){name.ptr, n});
    while (v != NULL && n < name.len) {
        struct mh_span rest = {name.ptr + n + 1, name.len - n - 1};

        if (v->kind != PT_VAL_MAP)
            return NULL;
        dot = rest.len == 0 ? NULL : memchr(rest.ptr, '.', rest.len);
        name = rest;
        n = dot == NULL ? rest.len : (size_t)(dot - rest.ptr);
        v = pt_get(v->first, (struct mh_span){name.ptr, n});
    }
    return v;
}

/* A value of several lines: its ends of lines and tabs stay. */
static void
put_lines(struct mh_span text, struct mh_buf *out)
{
    /* The first line's end behind a <textarea> is nobody's. */
    if (text.len > 0 && (text.ptr[0] == '\r' || text.ptr[0] == '\n'))
        mh_buf_byte(out, '\n');
    mh_markup_lines(out, text);
}

static struct mh_span
text_of(const struct scopes *s, struct mh_span name)
{
    const struct pt_val *v = look_up(s, name);

    return v != NULL && v->kind == PT_VAL_TEXT ? v->text : (struct mh_span){0};
}

static void
put_value(const struct pt_val *v, struct mh_buf *out)
{
    if (v != NULL && v->kind == PT_VAL_TEXT && v->lines)
        put_lines(v->text, out);
    else if (v != NULL && v->kind == PT_VAL_TEXT)
        mh_markup_span(out, v->text);
}

/* The text with {1} to {3} replaced. */
static void
put_text(const struct pt_step *step, const struct scopes *s, enum mh_lang lang,
    struct mh_buf *out)
{
    const struct pt_message *m =
        step->jump == 0 ? NULL : &pt_messages[pt_messages_at[step->jump - 1]];
    const char *p =
        m == NULL ? pt_text(lang, (const char *)step->text.ptr) : said(m, lang);

    if (m != NULL && m->plain[lang] > 0) {
        mh_buf_add(out, p, m->plain[lang]);
        return;
    }
    for (const char *open = strchr(p, '{'); open != NULL;
         open = strchr(open + 1, '{')) {
        const char *name = open[1] >= '1' && open[1] <= '3' && open[2] == '}'
                               ? step->arg[open[1] - '1']
                               : NULL;

        if (name == NULL)
            continue;
        mh_markup_span(
            out, (struct mh_span){(const uint8_t *)p, (size_t)(open - p)});
        mh_markup_span(out, text_of(s, mh_span_str(name)));
        open += 2;
        p = open + 1;
    }
    mh_markup_text(out, p);
}

/* A step that may lead elsewhere; the index of the next one. */
static size_t
control(const struct pt_step *step, size_t at, struct scopes *s)
{
    const struct pt_val *v;

    switch (step->kind) {
    case PT_STEP_IF:
        return pt_truth(look_up(s, step->text)) ? at + 1 : step->jump;
    case PT_STEP_UNLESS:
        return pt_truth(look_up(s, step->text)) ? step->jump : at + 1;
    case PT_STEP_EACH:
        v = look_up(s, step->text);
        if (v == NULL || v->kind != PT_VAL_LIST || v->first == NULL ||
            s->depth == PT_TMPL_DEPTH_MAX)
            return step->jump;
        s->map[++s->depth] = v->first;
        return at + 1;
    case PT_STEP_NEXT:
        if (s->map[s->depth] == NULL)
            return at + 1; /* the compiler pairs it with an EACH */
        s->map[s->depth] = s->map[s->depth]->next;
        if (s->map[s->depth] != NULL)
            return step->jump;
        s->depth--;
        return at + 1;
    case PT_STEP_GOTO:
        return step->jump;
    case PT_STEP_BYTES:
    case PT_STEP_VALUE:
    case PT_STEP_URL:
    case PT_STEP_TEXT:
        break;
    }
    return at + 1;
}

enum mh_code
pt_tmpl_render(const struct pt_tmpl *tmpl, const struct pt_page *page,
    enum mh_lang lang, struct mh_err *err, struct mh_buf *out)
{
    struct scopes s = {.map = {&page->root}};

    mh_buf_room(out, PAGE_ROOM);
    for (size_t i = 0; i < tmpl->steps && mh_buf_ok(out);) {
        const struct pt_step *step = &tmpl->step[i];

        if (step->kind == PT_STEP_BYTES)
            mh_buf_span(out, step->text);
        else if (step->kind == PT_STEP_VALUE)
            put_value(look_up(&s, step->text), out);
        else if (step->kind == PT_STEP_URL)
            mh_markup_uri(out, text_of(&s, step->text));
        else if (step->kind == PT_STEP_TEXT)
            put_text(step, &s, lang, out);
        i = control(step, i, &s);
    }
    if (page->bad || !mh_buf_ok(out))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "page: %.40s is too large",
            tmpl->name);
    return MH_OK;
}
