#include "signer/verify/pdfdiff.h"

#include <string.h>

#include "base/limits.h"
#include "signer/verify/out.h"

bool
sg_pdf_key_in(struct mh_span key, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++)
        if (mh_span_is(key, list[i]))
            return true;
    return false;
}

bool
sg_pdf_same_key(
    const struct df_pdf_obj *a, const struct df_pdf_obj *b, struct mh_span key)
{
    const struct df_pdf_obj *x = df_pdf_key_span(a, key);
    const struct df_pdf_obj *y = df_pdf_key_span(b, key);

    if (x == NULL || y == NULL)
        return x == y;
    return df_pdf_equal(x, y);
}

bool
sg_pdf_same_but(const struct df_pdf_obj *a, const struct df_pdf_obj *b,
    const char *const *but, struct mh_span *key)
{
    const struct df_pdf_obj *both[] = {a, b};

    *key = mh_span_str("too many keys");
    if (a->count > MH_PDF_KEYS_MAX || b->count > MH_PDF_KEYS_MAX)
        return false;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->count; i++) {
            *key = both[k]->pair[i].key;
            if (!sg_pdf_key_in(*key, but) && !sg_pdf_same_key(a, b, *key))
                return false;
        }
    return true;
}

enum mh_code
sg_pdf_visit(struct sg_pdf_diff *d)
{
    if (++d->shared->visits > MH_PDF_CHANGE_VISITS)
        return mh_fail_finding(d->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: too much to compare");
    return MH_OK;
}

enum mh_code
sg_pdf_see(struct sg_pdf_diff *d, enum sg_pdf_view view,
    const struct df_pdf_obj *obj, const struct df_pdf_obj **out)
{
    return df_pdf_resolve(d->pdf, d->rev[view], obj, d->err, out);
}

enum mh_code
sg_pdf_see_key(struct sg_pdf_diff *d, enum sg_pdf_view view,
    const struct df_pdf_obj *dict, const char *key,
    const struct df_pdf_obj **out)
{
    return sg_pdf_see(d, view, df_pdf_key(dict, key), out);
}

static enum mh_code
no_memory(struct sg_pdf_diff *d)
{
    return mh_fail(d->err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory");
}

static size_t
hash(uintptr_t v)
{
    uint64_t h = (uint64_t)v * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(h >> 20);
}

struct sg_pdf_item *
sg_pdf_item_num(const struct sg_pdf_diff *d, uint32_t num)
{
    size_t i;

    if (d->slots == 0)
        return NULL;
    for (i = hash(num) & (d->slots - 1); d->item[i] != NULL;
         i = (i + 1) & (d->slots - 1))
        if (d->item[i]->num == num)
            return d->item[i];
    return NULL;
}

struct sg_pdf_item *
sg_pdf_item_of(const struct sg_pdf_diff *d, const struct df_pdf_obj *ref)
{
    return df_pdf_is(ref, DF_PDF_REF) ? sg_pdf_item_num(d, ref->num) : NULL;
}

bool
sg_pdf_changed(const struct sg_pdf_diff *d, const struct df_pdf_obj *obj)
{
    const struct sg_pdf_item *it = sg_pdf_item_of(d, obj);

    return it != NULL && !it->watched;
}

/* Room for one more; the table stays at most half full. */
static enum mh_code
grow_items(struct sg_pdf_diff *d)
{
    struct sg_pdf_item **old = d->item;
    size_t slots = d->slots == 0 ? 64 : 2 * d->slots;

    if (2 * (d->items + 1) <= d->slots)
        return MH_OK;
    d->item = mh_arena_array(d->arena, slots, sizeof(struct sg_pdf_item *));
    if (d->item == NULL)
        return no_memory(d);
    for (size_t i = 0; i < d->slots; i++) {
        size_t k;

        if (old[i] == NULL)
            continue;
        k = hash(old[i]->num) & (slots - 1);
        while (d->item[k] != NULL)
            k = (k + 1) & (slots - 1);
        d->item[k] = old[i];
    }
    d->slots = slots;
    return MH_OK;
}

static enum mh_code
add_item(struct sg_pdf_diff *d, uint32_t num, struct sg_pdf_item **out)
{
    enum mh_code code = grow_items(d);
    size_t i;

    if (code != MH_OK)
        return code;
    i = hash(num) & (d->slots - 1);
    while (d->item[i] != NULL)
        i = (i + 1) & (d->slots - 1);
    *out = mh_arena_alloc(d->arena, sizeof(**out));
    if (*out == NULL)
        return no_memory(d);
    (*out)->num = num;
    d->item[i] = *out;
    d->items++;
    return MH_OK;
}

static enum mh_code
grow_marks(struct sg_pdf_diff *d)
{
    const struct df_pdf_obj **old = d->mark;
    size_t slots = d->mark_slots == 0 ? 64 : 2 * d->mark_slots;

    if (2 * (d->marks + 1) <= d->mark_slots)
        return MH_OK;
    d->mark =
        mh_arena_array(d->arena, slots, sizeof(const struct df_pdf_obj *));
    if (d->mark == NULL)
        return no_memory(d);
    for (size_t i = 0; i < d->mark_slots; i++) {
        size_t k;

        if (old[i] == NULL)
            continue;
        k = hash((uintptr_t)old[i]) & (slots - 1);
        while (d->mark[k] != NULL)
            k = (k + 1) & (slots - 1);
        d->mark[k] = old[i];
    }
    d->mark_slots = slots;
    return MH_OK;
}

bool
sg_pdf_allowed(const struct sg_pdf_diff *d, const struct df_pdf_obj *ref)
{
    if (d->mark_slots == 0)
        return false;
    for (size_t i = hash((uintptr_t)ref) & (d->mark_slots - 1);
         d->mark[i] != NULL; i = (i + 1) & (d->mark_slots - 1))
        if (d->mark[i] == ref)
            return true;
    return false;
}

enum mh_code
sg_pdf_allow(
    struct sg_pdf_diff *d, const struct df_pdf_obj *ref, enum sg_pdf_role role)
{
    struct sg_pdf_item *it = sg_pdf_item_of(d, ref);
    enum mh_code code;
    size_t i;

    /* A reference of another generation leads nowhere (7.3.10). */
    if (it == NULL || it->gone || it->gen != ref->gen)
        return MH_OK;
    if (it->role == SG_ROLE_NONE)
        it->role = role;
    if (sg_pdf_allowed(d, ref))
        return MH_OK;
    code = grow_marks(d);
    if (code != MH_OK)
        return code;
    i = hash((uintptr_t)ref) & (d->mark_slots - 1);
    while (d->mark[i] != NULL)
        i = (i + 1) & (d->mark_slots - 1);
    d->mark[i] = ref;
    d->marks++;
    return MH_OK;
}

enum mh_code
sg_pdf_watch(
    struct sg_pdf_diff *d, const struct df_pdf_obj *ref, enum sg_pdf_role role)
{
    struct sg_pdf_item *it;

    if (!df_pdf_is(ref, DF_PDF_REF))
        return MH_OK;
    if (sg_pdf_item_num(d, ref->num) == NULL) {
        enum mh_code code = add_item(d, ref->num, &it);

        if (code != MH_OK)
            return code;
        it->watched = true;
        it->gen = ref->gen;
    }
    it = sg_pdf_item_num(d, ref->num);
    if (it != NULL && it->role == SG_ROLE_PICTURE && role > it->role)
        it->role = role; /* the stricter one */
    return sg_pdf_allow(d, ref, role);
}

/* The references inside one object; depth is that of the parser's limit. */
static enum mh_code
take_refs(struct sg_pdf_diff *d, const struct df_pdf_obj *obj, unsigned depth)
{
    enum mh_code code = sg_pdf_visit(d);
    struct sg_pdf_item *it;

    if (obj == NULL || code != MH_OK)
        return code;
    if (depth > MH_PDF_DEPTH_MAX + 1)
        return mh_fail_finding(d->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: an object is too deep");
    if (obj->type == DF_PDF_ARRAY)
        for (size_t i = 0; i < obj->count && code == MH_OK; i++)
            code = take_refs(d, obj->item[i], depth + 1);
    else if (df_pdf_is_dict(obj))
        for (size_t i = 0; i < obj->count && code == MH_OK; i++)
            code = take_refs(d, obj->pair[i].value, depth + 1);
    if (obj->type != DF_PDF_REF)
        return code;
    it = sg_pdf_item_of(d, obj);
    if (it == NULL || !it->fresh)
        return MH_OK;
    code = sg_pdf_allow(d, obj, SG_ROLE_EXACT);
    if (code != MH_OK || it->queued)
        return code;
    if (d->queued == d->queue_cap)
        return mh_fail(
            d->err, MH_EINTERNAL, MH_NO_OFFSET, "pdf: the queue is too small");
    it->queued = true;
    d->queue[d->queued++] = it;
    return MH_OK;
}

enum mh_code
sg_pdf_allow_new(struct sg_pdf_diff *d, const struct df_pdf_obj *obj)
{
    enum mh_code code = take_refs(d, obj, 0);

    while (code == MH_OK && d->queued > 0)
        code = take_refs(d, d->queue[--d->queued]->new, 0);
    return code;
}

static void
record(struct sg_pdf_diff *d, const struct sg_pdf_change *change)
{
    struct sg_pdf_change *c;

    if (change->level > d->level)
        d->level = change->level;
    /* What fails the document is kept before what does not. */
    if (d->changes >= MH_PDF_CHANGES_SHOWN &&
        (change->level < MH_MODS_OTHER ||
            d->changes >= (size_t)2 * MH_PDF_CHANGES_SHOWN) &&
        change->field.len == 0 && !change->form && !change->drawn)
        return;
    c = mh_arena_alloc(d->arena, sizeof(*c));
    if (c == NULL) {
        d->level = MH_MODS_OTHER; /* the caller looks at the arena as well */
        return;
    }
    *c = *change;
    if (d->last == NULL)
        d->first = c;
    else
        d->last->next = c;
    d->last = c;
    d->changes++;
}

static const char *
place(struct sg_pdf_diff *d, const char *text)
{
    const char *clean = sg_clean_str(d->arena, text), *what;

    if (d->page > 0)
        what = mh_arena_printf(d->arena, "revision %zu, page %zu%s%s",
            d->rev[SG_NEW] + 1, d->page, clean[0] == '\0' ? "" : ", ", clean);
    else
        what = mh_arena_printf(d->arena, "revision %zu%s%s", d->rev[SG_NEW] + 1,
            clean[0] == '\0' ? "" : ", ", clean);
    return what == NULL ? "" : what;
}

void
sg_pdf_change(struct sg_pdf_diff *d, enum mh_finding_code code,
    enum mh_modifications level, const char *text)
{
    record(d, &(struct sg_pdf_change){
                  .code = code, .level = level, .what = place(d, text)});
}

void
sg_pdf_change_drawn(struct sg_pdf_diff *d, struct mh_span name, bool existing)
{
    record(d, &(struct sg_pdf_change){.code = MH_F_PDF_VISIBLE_FIELD,
                  .level = MH_MODS_FORM_FILLING,
                  .what = place(d, sg_clean(d->arena, name)),
                  .field = name,
                  .existing = existing,
                  .drawn = true});
}

void
sg_pdf_change_all(struct sg_pdf_diff *d, enum mh_finding_code code,
    enum mh_modifications level, const char *text)
{
    record(d, &(struct sg_pdf_change){.code = code,
                  .level = level,
                  .what = place(d, text),
                  .form = true});
}

void
sg_pdf_change_field(struct sg_pdf_diff *d, enum mh_finding_code code,
    enum mh_modifications level, struct mh_span name, bool existing)
{
    record(d, &(struct sg_pdf_change){.code = code,
                  .level = level,
                  .what = place(d, sg_clean(d->arena, name)),
                  .field = name,
                  .existing = existing});
}

/* Adds what one entry of the sections changed, if it changed anything. */
static enum mh_code
add_change(struct sg_pdf_diff *d, const struct df_pdf_entry *e)
{
    bool used = e->where == DF_PDF_AT || e->where == DF_PDF_INSIDE, was;
    const struct df_pdf_obj *old = NULL, *new = NULL;
    struct df_pdf_entry before;
    struct sg_pdf_item *it;
    enum mh_code code =
        df_pdf_find(d->pdf, d->rev[SG_OLD], e->num, d->err, &before);

    if (code != MH_OK)
        return code;
    was = before.where == DF_PDF_AT || before.where == DF_PDF_INSIDE;
    if (!used && !was)
        return MH_OK;
    if (was)
        code = df_pdf_get(d->pdf, d->rev[SG_OLD], e->num, d->err, &old);
    if (code == MH_OK && used)
        code = df_pdf_get(d->pdf, d->rev[SG_NEW], e->num, d->err, &new);
    if (code != MH_OK)
        return code;
    if (old != NULL && new != NULL && before.gen == e->gen &&
        (old == new || df_pdf_equal(old, new)))
        return MH_OK; /* written again as it was */
    code = add_item(d, e->num, &it);
    if (code != MH_OK)
        return code;
    it->old = old;
    it->new = new;
    it->fresh = !was;
    it->gone = !used || new == NULL || (was && before.gen != e->gen);
    it->gen = e->gen;
    d->deleted = d->deleted || (was && it->gone);
    return MH_OK;
}

enum mh_code
sg_pdf_collect(struct sg_pdf_diff *d)
{
    const struct df_pdf_entry *e;
    size_t count;
    enum mh_code code =
        df_pdf_changes(d->pdf, d->rev[SG_NEW], d->err, &e, &count);

    for (size_t i = 0; i < count && code == MH_OK; i++) {
        code = sg_pdf_visit(d);
        if (code == MH_OK)
            code = add_change(d, &e[i]);
    }
    if (code != MH_OK)
        return code;
    d->queue_cap = d->items;
    d->queue = mh_arena_array(d->arena, d->items, sizeof(struct sg_pdf_item *));
    return d->queue == NULL ? no_memory(d) : MH_OK;
}
