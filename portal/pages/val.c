#include "portal/pages/val.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PRINT_MAX = 512 /* bytes of what pt_setf writes; more is cut */
};

void
pt_page_init(struct pt_page *page, struct mh_arena *arena)
{
    *page = (struct pt_page){.arena = arena};
    page->root.page = page;
}

/* The bit of a name that is not empty. */
static uint64_t
bit_of(struct mh_span name)
{
    unsigned first = name.ptr[0], last = name.ptr[name.len - 1];

    return UINT64_C(1) << ((first * 5 + last * 3 + name.len * 17) & 63);
}

static struct pt_val *
find(const struct pt_map *m, struct mh_span name)
{
    /* A page asks for its values a thousand times: most are not there. */
    if (name.len == 0 || (m->names & bit_of(name)) == 0)
        return NULL;
    for (struct pt_val *v = m->val; v != NULL; v = v->next)
        if (v->name.len == name.len && v->name.ptr[0] == name.ptr[0] &&
            memcmp(v->name.ptr, name.ptr, name.len) == 0)
            return v;
    return NULL;
}

/* The value of that name, made where it is not there; NULL without memory. */
static struct pt_val *
place(struct pt_map *m, const char *name, enum pt_val_kind kind)
{
    struct mh_span key = mh_span_str(name);
    struct pt_val *v = find(m, key);

    if (m->page->bad)
        return NULL;
    if (v == NULL) {
        v = mh_arena_alloc(m->page->arena, sizeof(*v));
        if (v == NULL) {
            m->page->bad = true;
            return NULL;
        }
        v->next = m->val;
        m->val = v;
        m->names |= bit_of(key);
    }
    *v = (struct pt_val){.name = key, .kind = kind, .next = v->next};
    return v;
}

void
pt_set_span(struct pt_map *m, const char *name, struct mh_span text)
{
    struct pt_val *v = place(m, name, PT_VAL_TEXT);

    if (v == NULL || text.len == 0)
        return;
    v->text = mh_arena_copy(m->page->arena, text);
    if (v->text.ptr == NULL)
        m->page->bad = true;
}

void
pt_set_lines(struct pt_map *m, const char *name, struct mh_span text)
{
    struct pt_val *v;

    pt_set_span(m, name, text);
    v = find(m, mh_span_str(name));
    if (v != NULL)
        v->lines = true;
}

void
pt_set(struct pt_map *m, const char *name, const char *text)
{
    pt_set_span(m, name, mh_span_str(text == NULL ? "" : text));
}

void
pt_setf(struct pt_map *m, const char *name, const char *fmt, ...)
{
    char text[PRINT_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap); /* cut is said in val.h */
    va_end(ap);
    pt_set(m, name, text);
}

void
pt_set_int(struct pt_map *m, const char *name, int64_t value)
{
    pt_setf(m, name, "%lld", (long long)value);
}

void
pt_set_flag(struct pt_map *m, const char *name, bool flag)
{
    struct pt_val *v = place(m, name, PT_VAL_FLAG);

    if (v != NULL)
        v->flag = flag;
}

static struct pt_map *
new_map(struct pt_page *page)
{
    struct pt_map *m = mh_arena_alloc(page->arena, sizeof(*m));

    if (m == NULL) {
        page->bad = true;
        return &page->root; /* takes nothing any more */
    }
    *m = (struct pt_map){.page = page};
    return m;
}

struct pt_map *
pt_set_map(struct pt_map *m, const char *name)
{
    struct pt_val *v = place(m, name, PT_VAL_MAP);

    if (v == NULL)
        return &m->page->root;
    v->first = new_map(m->page);
    return v->first;
}

void
pt_set_list(struct pt_map *m, const char *name)
{
    (void)place(m, name, PT_VAL_LIST); /* what failed is kept in the page */
}

struct pt_map *
pt_add(struct pt_map *m, const char *name)
{
    struct pt_val *v = find(m, mh_span_str(name));
    struct pt_map *item;

    if (v == NULL || v->kind != PT_VAL_LIST)
        v = place(m, name, PT_VAL_LIST);
    if (v == NULL)
        return &m->page->root;
    item = new_map(m->page);
    if (m->page->bad)
        return item;
    if (v->last == NULL)
        v->first = item;
    else
        v->last->next = item;
    v->last = item;
    return item;
}

const struct pt_val *
pt_get(const struct pt_map *m, struct mh_span name)
{
    return find(m, name);
}

bool
pt_truth(const struct pt_val *v)
{
    if (v == NULL)
        return false;
    switch (v->kind) {
    case PT_VAL_TEXT:
        return v->text.len > 0;
    case PT_VAL_FLAG:
        return v->flag;
    case PT_VAL_MAP:
        return true;
    case PT_VAL_LIST:
        return v->first != NULL;
    }
    return false;
}
