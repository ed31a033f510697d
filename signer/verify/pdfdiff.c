#include "signer/verify/pdfdiff.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "signer/verify/out.h"

/* Keys of a trailer that say how the section is written, or that have a rule
   of their own. */
static const char *const section_keys[] = {"Size", "Prev", "XRefStm", "ID",
    "Root", "Type", "W", "Index", "Filter", "DecodeParms", "Length", "Info",
    NULL};

/* Keys of the catalog that have a rule of their own. */
static const char *const catalog_keys[] = {
    "AcroForm", "DSS", "Extensions", "Metadata", "MarkInfo", "Version", NULL};

/* What a program writes about its own work. */
static const char *const info_keys[] = {
    "ModDate", "CreationDate", "Producer", "Creator", NULL};

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
            d->changes >= 2 * MH_PDF_CHANGES_SHOWN) &&
        change->field.len == 0)
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

static enum mh_code
collect(struct sg_pdf_diff *d)
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

/* Has obj a reference in it? */
static bool
refers(const struct df_pdf_obj *obj, unsigned depth)
{
    bool found = obj->type == DF_PDF_REF || depth > MH_PDF_DEPTH_MAX;

    if (obj->type == DF_PDF_ARRAY)
        for (size_t i = 0; i < obj->count && !found; i++)
            found = refers(obj->item[i], depth + 1);
    else if (df_pdf_is_dict(obj))
        for (size_t i = 0; i < obj->count && !found; i++)
            found = refers(obj->pair[i].value, depth + 1);
    return found;
}

/* The information dictionary, 14.3.3: what programs write of themselves. */
static enum mh_code
info(struct sg_pdf_diff *d, const struct df_pdf_obj *old_trailer,
    const struct df_pdf_obj *new_trailer)
{
    static const struct df_pdf_obj nothing = {.type = DF_PDF_DICT};
    const struct df_pdf_obj *node = df_pdf_key(new_trailer, "Info");
    const struct df_pdf_obj *old, *new;
    struct mh_span key;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_trailer, "Info", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || new == NULL || old == new)
        return code; /* a trailer without /Info says nothing */
    if (old == NULL)
        old = &nothing;
    if (new->type != DF_PDF_DICT || !df_pdf_is_dict(old) || refers(new, 0) ||
        !sg_pdf_same_but(old, new, info_keys, &key)) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_METADATA, MH_MODS_OTHER, "Info");
        return MH_OK;
    }
    sg_pdf_change(
        d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "Info");
    return sg_pdf_allow(d, node, SG_ROLE_EXACT);
}

/*
 * Do two values say the same, each in its view?  References that differ are
 * followed: programs write an object anew under another number.
 */
static enum mh_code
alike(struct sg_pdf_diff *d, const struct df_pdf_obj *a,
    const struct df_pdf_obj *b, unsigned depth, bool *out)
{
    const struct df_pdf_obj *x, *y;
    enum mh_code code = sg_pdf_visit(d);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_OLD, a, &x);
    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, b, &y);
    *out = false;
    if (code != MH_OK || x == NULL || y == NULL || depth > 8)
        return code;
    *out = x == y || df_pdf_equal(x, y);
    if (*out || x->type != DF_PDF_ARRAY || y->type != DF_PDF_ARRAY ||
        x->count != y->count)
        return code;
    *out = true;
    for (size_t i = 0; i < x->count && code == MH_OK && *out; i++)
        code = alike(d, x->item[i], y->item[i], depth + 1, out);
    return code;
}

/* 7.5.5: nothing but the way the section is written, and /Info. */
static enum mh_code
trailer(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *both[] = {old, new};
    enum mh_code code;

    if (old->count > MH_PDF_KEYS_MAX || new->count > MH_PDF_KEYS_MAX) {
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_TRAILER, MH_MODS_OTHER, "too many keys");
        return MH_OK;
    }
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->count; i++) {
            const struct df_pdf_pair *p = &both[k]->pair[i];
            char text[64];
            bool good;

            if (sg_pdf_key_in(p->key, section_keys) ||
                sg_pdf_same_key(old, new, p->key) ||
                (k == 1 && df_pdf_key_span(old, p->key) != NULL))
                continue; /* said once */
            code = alike(d, df_pdf_key_span(old, p->key),
                df_pdf_key_span(new, p->key), 0, &good);
            if (code == MH_OK && good)
                code = sg_pdf_allow_new(d, df_pdf_key_span(new, p->key));
            if (code != MH_OK)
                return code;
            if (good)
                continue;
            /* A private key without a reference shows nothing (a checksum of
               one producer, kept or dropped by the next). */
            if (!mh_span_is(p->key, "Root") && !mh_span_is(p->key, "Encrypt") &&
                !refers(p->value, 0))
                continue;
            (void)snprintf(text, sizeof(text), "%.*s",
                (int)(p->key.len < 40 ? p->key.len : 40),
                (const char *)p->key.ptr); /* cut is fine */
            sg_pdf_change(d, MH_F_PDF_CHANGE_TRAILER, MH_MODS_OTHER, text);
        }
    return info(d, old, new);
}

/* /Version of the catalog, 7.7.2: raised or as it was. */
static enum mh_code
version(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *a, *b;
    struct mh_span before = df_pdf_version(d->pdf);
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old, "Version", &a);

    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_NEW, new, "Version", &b);
    if (code != MH_OK || (a == NULL && b == NULL) ||
        (a != NULL && b != NULL && df_pdf_equal(a, b)))
        return code;
    if (a != NULL && a->type == DF_PDF_NAME)
        before = a->bytes;
    /* Versions have three letters: "1.7", "2.0". */
    if (b == NULL || b->type != DF_PDF_NAME || b->bytes.len != 3 ||
        before.len != 3 || memcmp(b->bytes.ptr, before.ptr, 3) < 0)
        sg_pdf_change(d, MH_F_PDF_CHANGE_CATALOG, MH_MODS_OTHER, "Version");
    else
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "Version");
    return sg_pdf_allow(d, df_pdf_key(new, "Version"), SG_ROLE_EXACT);
}

/* The integer that a key holds, or -1. */
static int64_t
integer(const struct df_pdf_obj *dict, const char *key)
{
    const struct df_pdf_obj *o = df_pdf_key(dict, key);

    return df_pdf_is(o, DF_PDF_INT) ? o->integer : -1;
}

/* One developer's extension, 7.12: kept, or of a higher level. */
static enum mh_code
extension(struct sg_pdf_diff *d, const struct df_pdf_pair *p,
    const struct df_pdf_obj *new, bool *good)
{
    const struct df_pdf_obj *a, *b;
    enum mh_code code = sg_pdf_see(d, SG_OLD, p->value, &a);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, df_pdf_key_span(new, p->key), &b);
    if (code != MH_OK)
        return code;
    if (a == NULL || b == NULL)
        *good = *good && a == NULL;
    else if (df_pdf_is_dict(a) && df_pdf_is_dict(b))
        *good = *good &&
                integer(b, "ExtensionLevel") >= integer(a, "ExtensionLevel");
    else
        *good = *good && df_pdf_equal(a, b);
    return MH_OK;
}

static enum mh_code
extensions(struct sg_pdf_diff *d, const struct df_pdf_obj *old_root,
    const struct df_pdf_obj *new_root)
{
    const struct df_pdf_obj *node = df_pdf_key(new_root, "Extensions");
    const struct df_pdf_obj *old, *new;
    bool good = true;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_root, "Extensions", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || old == new ||
        (old != NULL && new != NULL &&df_pdf_equal(old, new)))
        return code;
    if (new == NULL || new->type != DF_PDF_DICT ||
        new->count > MH_PDF_KEYS_MAX ||
        (old != NULL && old->count > MH_PDF_KEYS_MAX))
        good = false;
    for (size_t i = 0; good && old != NULL && i < old->count; i++) {
        code = extension(d, &old->pair[i], new, &good);
        if (code != MH_OK)
            return code;
    }
    if (!good) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_CATALOG, MH_MODS_OTHER, "Extensions");
        return MH_OK;
    }
    sg_pdf_change(
        d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "Extensions");
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    return code == MH_OK ? sg_pdf_allow_new(d, new) : code;
}

/* 14.3.2: a stream that nothing shows. */
static enum mh_code
metadata(struct sg_pdf_diff *d, const struct df_pdf_obj *old_root,
    const struct df_pdf_obj *new_root)
{
    const struct df_pdf_obj *node = df_pdf_key(new_root, "Metadata");
    const struct df_pdf_obj *old, *new;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_root, "Metadata", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || old == new)
        return code;
    if (new == NULL || new->type != DF_PDF_STREAM ||
        !df_pdf_is_name(df_pdf_key(new, "Type"), "Metadata")) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_METADATA, MH_MODS_OTHER, "Metadata");
        return MH_OK;
    }
    if (old != NULL && df_pdf_equal(old, new))
        return MH_OK;
    sg_pdf_change(
        d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "Metadata");
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    return code == MH_OK ? sg_pdf_allow_new(d, new) : code;
}

/* 14.7: whether the document is tagged; no reference, so no content. */
static void
mark_info(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *b = df_pdf_key(new, "MarkInfo");

    if (sg_pdf_same_key(old, new, mh_span_str("MarkInfo")))
        return;
    if (b == NULL || b->type != DF_PDF_DICT || refers(b, 0))
        sg_pdf_change(d, MH_F_PDF_CHANGE_CATALOG, MH_MODS_OTHER, "MarkInfo");
    else
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE, "MarkInfo");
}

static void
other_keys(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *both[] = {old, new};

    if (old->count > MH_PDF_KEYS_MAX || new->count > MH_PDF_KEYS_MAX) {
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_CATALOG, MH_MODS_OTHER, "too many keys");
        return;
    }
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->count; i++) {
            struct mh_span key = both[k]->pair[i].key;

            if (sg_pdf_key_in(key, catalog_keys) ||
                sg_pdf_same_key(old, new, key) ||
                (k == 1 && df_pdf_key_span(old, key) != NULL))
                continue; /* said once */
            sg_pdf_change(d,
                mh_span_is(key, "Perms")   ? MH_F_PDF_CHANGE_PERMISSIONS
                : mh_span_is(key, "Pages") ? MH_F_PDF_CHANGE_PAGE
                                           : MH_F_PDF_CHANGE_CATALOG,
                MH_MODS_OTHER, sg_clean(d->arena, key));
        }
}

/* The catalog, 7.7.2, and all that hangs on it. */
static enum mh_code
catalog(struct sg_pdf_diff *d, const struct df_pdf_obj *new_trailer)
{
    const struct df_pdf_obj *old, *new;
    enum mh_code code = df_pdf_root(d->pdf, d->rev[SG_OLD], d->err, &old);

    if (code == MH_OK)
        code = df_pdf_root(d->pdf, d->rev[SG_NEW], d->err, &new);
    if (code == MH_OK)
        code = sg_pdf_allow(d, df_pdf_key(new_trailer, "Root"), SG_ROLE_EXACT);
    if (code != MH_OK)
        return code;
    if (old != new) {
        other_keys(d, old, new);
        mark_info(d, old, new);
        code = version(d, old, new);
        if (code == MH_OK)
            code = extensions(d, old, new);
    }
    if (code == MH_OK)
        code = metadata(d, old, new);
    if (code == MH_OK)
        code = sg_pdf_diff_dss(d, old, new);
    if (code == MH_OK)
        code = sg_pdf_diff_form(d, old, new);
    return code == MH_OK ? sg_pdf_diff_pages(d, new) : code;
}

enum mh_code
sg_pdf_diff_run(struct sg_pdf_diff *d)
{
    const struct df_pdf_obj *old =
        df_pdf_revision(d->pdf, d->rev[SG_OLD])->trailer;
    const struct df_pdf_obj *new =
        df_pdf_revision(d->pdf, d->rev[SG_NEW])->trailer;
    enum mh_code code = collect(d);

    d->level = MH_MODS_NONE;
    if (code == MH_OK)
        code = trailer(d, old, new);
    /* Without a changed object there is nothing to see below the trailer. */
    if (code == MH_OK && d->items > 0)
        code = catalog(d, new);
    if (code == MH_OK && d->items > 0)
        code = sg_pdf_diff_walk(d);
    return code;
}
