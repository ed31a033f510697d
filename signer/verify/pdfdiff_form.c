#include "signer/verify/pdfdiff.h"

#include <string.h>

#include "base/limits.h"
#include "signer/verify/out.h"

/* The interactive form (12.7): filling in, and signature fields. */

/* Keys of the form dictionary with a rule of their own. */
static const char *const form_keys[] = {
    "Fields", "SigFlags", "NeedAppearances", "DR", "DA", NULL};

/* What filling in a field changes. */
static const char *const fill_keys[] = {
    "AP", "AS", "V", "I", "F", "DA", "Q", "Ff", "Type", "M", NULL};

/* What signing in a field that is there changes. */
static const char *const sign_keys[] = {
    "AP", "AS", "V", "F", "DA", "Q", "Ff", "Type", "M", "MK", NULL};

/* All that a new signature field may have: no action among it. */
static const char *const new_keys[] = {"Type", "Subtype", "FT", "T", "TU", "TM",
    "Ff", "F", "P", "Rect", "AP", "AS", "V", "Lock", "SV", "DA", "DR", "Q",
    "MK", "Kids", "Parent", "M", "NM", "BS", "Border", "H", "StructParent",
    NULL};

struct field {
    const struct df_pdf_obj *node;      /* in the newer view */
    const struct df_pdf_obj *old, *new; /* dictionaries; old may be NULL */
    const struct df_pdf_obj *type;      /* /FT, inherited */
    struct mh_span name;                /* full, UTF-8 */
    bool sealed; /* of a signature field that nobody signs now: it stays */
    unsigned depth;
};

/* 12.7.4.2: the partial names joined by dots. */
static enum mh_code
full_name(struct sg_pdf_diff *d, struct mh_span parent,
    const struct df_pdf_obj *t, struct mh_span *out)
{
    struct mh_span own;
    uint8_t *text;

    *out = parent;
    if (!df_pdf_is(t, DF_PDF_STRING))
        return MH_OK;
    own = df_pdf_text(t->bytes, d->arena);
    if (own.ptr != NULL && parent.len == 0)
        *out = own;
    if (own.ptr == NULL || parent.len == 0)
        return own.ptr == NULL ? mh_fail(d->err, MH_ENOMEM, MH_NO_OFFSET,
                                     "pdf: no memory for a field name")
                               : MH_OK;
    if (own.len + parent.len >= MH_PDF_FIELD_NAME_MAX)
        return mh_fail_finding(d->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: a field name is too long");
    text = mh_arena_raw(d->arena, own.len + parent.len + 1);
    if (text == NULL)
        return mh_fail(
            d->err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory for a field name");
    memcpy(text, parent.ptr, parent.len);
    text[parent.len] = '.';
    memcpy(text + parent.len + 1, own.ptr, own.len);
    *out = (struct mh_span){text, own.len + parent.len + 1};
    return MH_OK;
}

/* The dictionary that signing puts into a field. */
static enum mh_code
signing(struct sg_pdf_diff *d, const struct field *f, bool drawn)
{
    const struct df_pdf_obj *node = df_pdf_key(f->new, "V"), *sig;
    enum mh_code code = sg_pdf_see(d, SG_NEW, node, &sig);
    bool stamp;

    if (code != MH_OK)
        return code;
    if (sig == NULL || sig->type != DF_PDF_DICT) {
        sg_pdf_change_field(
            d, MH_F_PDF_CHANGE_FIELD, MH_MODS_OTHER, f->name, f->old != NULL);
        return MH_OK;
    }
    stamp = df_pdf_is_name(df_pdf_key(sig, "Type"), "DocTimeStamp") ||
            df_pdf_is_name(df_pdf_key(sig, "SubFilter"), "ETSI.RFC3161");
    if (stamp && !drawn)
        sg_pdf_change(d, MH_F_PDF_CHANGE_VALIDATION_DATA, MH_MODS_LTA_UPDATE,
            sg_clean(d->arena, f->name));
    else
        sg_pdf_change_field(d, MH_F_PDF_CHANGE_SIGNED, MH_MODS_FORM_FILLING,
            f->name, f->old != NULL);
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    return code == MH_OK ? sg_pdf_allow_new(d, sig) : code;
}

/* The value of a field that is no signature. */
static enum mh_code
value(struct sg_pdf_diff *d, const struct df_pdf_obj *node, bool *touched)
{
    const struct df_pdf_obj *v = NULL;
    enum mh_code code = sg_pdf_see(d, SG_NEW, node, &v);

    if (code != MH_OK || v == NULL || v->type == DF_PDF_DICT ||
        !sg_pdf_changed(d, node))
        return code;
    *touched = true;
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    return code == MH_OK ? sg_pdf_allow_new(d, v) : code;
}

static void
field_other(struct sg_pdf_diff *d, const struct field *f,
    enum mh_finding_code code, struct mh_span key)
{
    const char *text = mh_arena_printf(d->arena, "%s: %s",
        sg_clean(d->arena, f->name), sg_clean(d->arena, key));

    sg_pdf_change(d, code, MH_MODS_OTHER, text == NULL ? "" : text);
}

/* Widgets of a field, and the references that make it one field. */
static enum mh_code
explain_field(struct sg_pdf_diff *d, const struct field *f)
{
    if (sg_pdf_changed(d, f->node))
        return sg_pdf_allow(d, f->node, SG_ROLE_FIELD);
    return sg_pdf_watch(d, f->node, SG_ROLE_FIELD);
}

/* A signature field that was there: signed now, or as it was. */
static enum mh_code
signature_field(struct sg_pdf_diff *d, struct field *f)
{
    struct mh_span v = mh_span_str("V"), key;
    const struct df_pdf_obj *before = NULL, *after = NULL;
    bool touched = false, own = f->old != f->new;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, f->old, "V", &before);

    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_NEW, f->new, "V", &after);
    if (code != MH_OK)
        return code;
    f->sealed = before != NULL || after == NULL;
    if (!f->sealed) {
        if (!sg_pdf_same_but(f->old, f->new, sign_keys, &key)) {
            field_other(d, f, MH_F_PDF_CHANGE_FIELD, key);
            return MH_OK;
        }
        code = signing(d, f, sg_pdf_is_drawn(f->new));
        /* A field that was hidden is no place that was kept for it. */
        if (sg_pdf_is_drawn(f->new) && !sg_pdf_is_drawn(f->old))
            sg_pdf_change_drawn(d, f->name, true);
        if (code == MH_OK)
            code = sg_pdf_given_up(d, f->old, f->new);
        if (code == MH_OK)
            code = sg_pdf_appearance(d, df_pdf_key(f->new, "AP"), &touched);
        return code == MH_OK ? explain_field(d, f) : code;
    }
    if (before != after || !sg_pdf_same_key(f->old, f->new, v))
        field_other(d, f, MH_F_PDF_SIGNATURE_REPLACED, v);
    else if (own && !df_pdf_equal(f->old, f->new))
        field_other(
            d, f, MH_F_PDF_CHANGE_SIGNATURE_FIELD, mh_span_str("dictionary"));
    return MH_OK; /* a changed appearance of it is nowhere explained */
}

/*
 * A field that shows what it holds: text or a choice, value and picture in one
 * dictionary.  The two change together; one without the other shows what the
 * field does not say.
 */
static bool
is_written(const struct field *f)
{
    return (df_pdf_is_name(f->type, "Tx") || df_pdf_is_name(f->type, "Ch")) &&
           (df_pdf_key(f->new, "V") != NULL ||
               df_pdf_key(f->old, "V") != NULL) &&
           (df_pdf_key(f->new, "AP") != NULL ||
               df_pdf_key(f->old, "AP") != NULL);
}

/* A field of another type, or a widget of one: filled in, or as it was. */
static enum mh_code
plain_field(struct sg_pdf_diff *d, const struct field *f)
{
    bool touched = f->old != f->new && !df_pdf_equal(f->old, f->new), large;
    bool drawn = !sg_pdf_same_key(f->old, f->new, mh_span_str("AP"));
    bool valued = !sg_pdf_same_key(f->old, f->new, mh_span_str("V"));
    struct mh_span key;
    enum mh_code code;

    if (touched && f->sealed) {
        field_other(
            d, f, MH_F_PDF_CHANGE_SIGNATURE_FIELD, mh_span_str("widget"));
        return MH_OK;
    }
    if (f->sealed)
        return MH_OK; /* a changed appearance of it is nowhere explained */
    if (touched && !sg_pdf_same_but(f->old, f->new, fill_keys, &key)) {
        field_other(d, f, MH_F_PDF_CHANGE_FORM, key);
        return MH_OK;
    }
    code = sg_pdf_appearance(d, df_pdf_key(f->new, "AP"), &drawn);
    if (code == MH_OK && f->old != f->new)
        code = sg_pdf_given_up(d, f->old, f->new);
    if (code == MH_OK)
        code = value(d, df_pdf_key(f->new, "V"), &valued);
    if (code != MH_OK || !(touched || drawn || valued))
        return code;
    if (drawn != valued && is_written(f))
        sg_pdf_change_field(
            d, MH_F_PDF_VALUE_APPEARANCE, MH_MODS_FORM_FILLING, f->name, true);
    sg_pdf_change_field(
        d, MH_F_PDF_CHANGE_FIELD, MH_MODS_FORM_FILLING, f->name, true);
    if (df_pdf_is_name(f->type, "Sig") && sg_pdf_is_drawn(f->new) &&
        !sg_pdf_is_drawn(f->old))
        sg_pdf_change_drawn(d, f->name, true);
    code = sg_pdf_covers_page(d, f->new, &large);
    if (code == MH_OK && large)
        sg_pdf_change_field(
            d, MH_F_PDF_FIELD_COVERS, MH_MODS_FORM_FILLING, f->name, true);
    return code == MH_OK ? explain_field(d, f) : code;
}

/* The kids of a new signature field: new widgets of it, and nothing else. */
static enum mh_code
new_kids(struct sg_pdf_diff *d, const struct field *f,
    const struct df_pdf_obj *kids, bool *drawn, bool *good)
{
    static const char *const never[] = {"T", "Kids", "A", "AA", NULL};
    bool touched = false;
    enum mh_code code = MH_OK;

    if (!df_pdf_is(kids, DF_PDF_ARRAY))
        return MH_OK;
    for (size_t i = 0; i < kids->count && code == MH_OK && *good; i++) {
        const struct sg_pdf_item *it = sg_pdf_item_of(d, kids->item[i]);
        const struct df_pdf_obj *kid = NULL;

        code = sg_pdf_see(d, SG_NEW, kids->item[i], &kid);
        *good = code == MH_OK && df_pdf_is(kid, DF_PDF_DICT) && it != NULL &&
                it->fresh;
        for (size_t k = 0; *good && never[k] != NULL; k++)
            *good = df_pdf_key(kid, never[k]) == NULL;
        if (!*good)
            break;
        *drawn = *drawn || sg_pdf_is_drawn(kid);
        code = sg_pdf_allow(d, kids->item[i], SG_ROLE_FIELD);
        if (code == MH_OK)
            code = sg_pdf_appearance(d, df_pdf_key(kid, "AP"), &touched);
    }
    if (code == MH_OK && !*good)
        field_other(d, f, MH_F_PDF_CHANGE_FORM, mh_span_str("Kids"));
    return code;
}

/* Everything a new signature field may hold; kids are widgets of it alone. */
static enum mh_code
new_field(struct sg_pdf_diff *d, struct field *f)
{
    const struct df_pdf_obj *kids = NULL, *t = NULL;
    bool touched = false, good = true, drawn = sg_pdf_is_drawn(f->new);
    struct sg_pdf_item *it = sg_pdf_item_of(d, f->node);
    enum mh_code code = sg_pdf_see_key(d, SG_NEW, f->new, "T", &t);

    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_NEW, f->new, "Kids", &kids);
    if (code == MH_OK)
        code = full_name(d, f->name, t, &f->name);
    if (code != MH_OK)
        return code;
    if ((f->node->type == DF_PDF_REF && (it == NULL || !it->fresh)) ||
        !df_pdf_is_name(f->type, "Sig") || !df_pdf_is(t, DF_PDF_STRING)) {
        field_other(d, f, MH_F_PDF_CHANGE_FORM, mh_span_str("new field"));
        return MH_OK;
    }
    for (size_t i = 0; i < f->new->count; i++)
        if (!sg_pdf_key_in(f->new->pair[i].key, new_keys)) {
            field_other(d, f, MH_F_PDF_CHANGE_FORM, f->new->pair[i].key);
            return MH_OK;
        }
    code = new_kids(d, f, kids, &drawn, &good);
    if (code != MH_OK || !good)
        return code;
    if (code == MH_OK)
        code = sg_pdf_appearance(d, df_pdf_key(f->new, "AP"), &touched);
    if (code == MH_OK && df_pdf_key(f->new, "V") != NULL)
        code = signing(d, f, drawn);
    else if (code == MH_OK)
        sg_pdf_change_field(
            d, MH_F_PDF_CHANGE_FIELD, MH_MODS_FORM_FILLING, f->name, false);
    if (code == MH_OK && drawn)
        sg_pdf_change_drawn(d, f->name, false);
    if (code == MH_OK)
        code = sg_pdf_allow(d, f->node, SG_ROLE_FIELD);
    return code == MH_OK ? sg_pdf_allow_new(d, f->new) : code;
}

static enum mh_code one_field(struct sg_pdf_diff *d, struct field *f);

static bool
is_same_node(const struct df_pdf_obj *a, const struct df_pdf_obj *b)
{
    if (a->type == DF_PDF_REF || b->type == DF_PDF_REF)
        return df_pdf_equal(a, b);
    return a->type == b->type; /* direct ones pair up by their place */
}

/*
 * The members of /Fields or /Kids: those of before in their order, and between
 * them new ones, where the parent may have any.
 */
static enum mh_code
field_list(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new, const struct field *parent)
{
    size_t k = 0, before = old == NULL ? 0 : old->count;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < new->count &&code == MH_OK; i++) {
        struct field f = {.node = new->item[i],
            .type = parent->type,
            .name = parent->name,
            .sealed = parent->sealed,
            .depth = parent->depth + 1};

        code = sg_pdf_visit(d);
        if (code == MH_OK)
            code = sg_pdf_see(d, SG_NEW, f.node, &f.new);
        if (code == MH_OK && k < before && is_same_node(old->item[k], f.node))
            code = sg_pdf_see(d, SG_OLD, old->item[k++], &f.old);
        else if (code == MH_OK && parent->depth > 0)
            field_other(
                d, parent, MH_F_PDF_CHANGE_FORM, mh_span_str("new kid"));
        if (code == MH_OK && f.new != NULL &&f.new->type == DF_PDF_DICT)
            code = one_field(d, &f);
        else if (code == MH_OK && (f.new != NULL || f.old != NULL))
            field_other(
                d, parent, MH_F_PDF_CHANGE_FORM, mh_span_str("no field"));
    }
    if (code == MH_OK && k < before)
        field_other(d, parent, MH_F_PDF_CHANGE_FORM,
            mh_span_str("a field was removed or moved"));
    return code;
}

static enum mh_code
field_kids(struct sg_pdf_diff *d, const struct field *f)
{
    const struct df_pdf_obj *node = df_pdf_key(f->new, "Kids"), *old = NULL,
                            *new = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, f->old, "Kids", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || (old == NULL && new == NULL))
        return code;
    if (!df_pdf_is(old, DF_PDF_ARRAY) || !df_pdf_is(new, DF_PDF_ARRAY)) {
        field_other(d, f, MH_F_PDF_CHANGE_FORM, mh_span_str("Kids"));
        return MH_OK;
    }
    return field_list(d, old, new, f);
}

static enum mh_code
one_field(struct sg_pdf_diff *d, struct field *f)
{
    const struct df_pdf_obj *type = NULL, *t = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_NEW, f->new, "FT", &type);

    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_NEW, f->new, "T", &t);
    if (code != MH_OK)
        return code;
    if (f->depth > MH_PDF_FIELD_DEPTH)
        return mh_fail_finding(d->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "pdf: form fields are too deep");
    if (type != NULL)
        f->type = type;
    if (f->old == NULL)
        return new_field(d, f);
    if (f->old->type != DF_PDF_DICT) {
        field_other(d, f, MH_F_PDF_CHANGE_FORM, mh_span_str("new field"));
        return MH_OK;
    }
    code = full_name(d, f->name, t, &f->name);
    if (code != MH_OK)
        return code;
    code = df_pdf_is_name(f->type, "Sig") && df_pdf_key(f->new, "T") != NULL
               ? signature_field(d, f)
               : plain_field(d, f);
    return code == MH_OK ? field_kids(d, f) : code;
}

/*
 * /DR, 12.7.3: fonts and the like that were there stay, others may come.  No
 * page shows an XObject of it; some programs keep the picture of the last
 * signature there.
 */
static enum mh_code
resources(struct sg_pdf_diff *d, const struct df_pdf_obj *old_form,
    const struct df_pdf_obj *new_form)
{
    const struct df_pdf_obj *node = df_pdf_key(new_form, "DR"), *old = NULL,
                            *new = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_form, "DR", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || old == new ||
        (old != NULL && new != NULL &&df_pdf_equal(old, new)))
        return code;
    if (new == NULL || new->type != DF_PDF_DICT ||
        new->count > MH_PDF_KEYS_MAX) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_FORM, MH_MODS_OTHER, "DR");
        return MH_OK;
    }
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        const struct df_pdf_obj *a = NULL, *b = NULL;

        if (mh_span_is(old->pair[i].key, "XObject"))
            continue;
        code = sg_pdf_see(d, SG_OLD, old->pair[i].value, &a);
        if (code == MH_OK)
            code = sg_pdf_see(
                d, SG_NEW, df_pdf_key_span(new, old->pair[i].key), &b);
        if (code != MH_OK)
            return code;
        for (size_t k = 0; df_pdf_is(a, DF_PDF_DICT) && k < a->count; k++)
            if (!df_pdf_is(b, DF_PDF_DICT) || b->count > MH_PDF_KEYS_MAX ||
                a->count > MH_PDF_KEYS_MAX ||
                !sg_pdf_same_key(a, b, a->pair[k].key)) {
                sg_pdf_change(d, MH_F_PDF_CHANGE_FORM, MH_MODS_OTHER, "DR");
                return MH_OK;
            }
    }
    sg_pdf_change(d, MH_F_PDF_CHANGE_FORM, MH_MODS_FORM_FILLING, "DR");
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    return code == MH_OK ? sg_pdf_allow_new(d, new) : code;
}

/* The keys of the form dictionary but /Fields. */
static enum mh_code
form_dictionary(struct sg_pdf_diff *d, const struct df_pdf_obj *old,
    const struct df_pdf_obj *new)
{
    const struct df_pdf_obj *a = df_pdf_key(old, "SigFlags");
    const struct df_pdf_obj *b = df_pdf_key(new, "SigFlags");
    struct mh_span key;

    if (!sg_pdf_same_but(old, new, form_keys, &key))
        sg_pdf_change(
            d, MH_F_PDF_CHANGE_FORM, MH_MODS_OTHER, sg_clean(d->arena, key));
    if (df_pdf_is(a, DF_PDF_INT) &&
        (!df_pdf_is(b, DF_PDF_INT) || (a->integer & b->integer) != a->integer))
        sg_pdf_change(d, MH_F_PDF_CHANGE_FORM, MH_MODS_OTHER, "SigFlags");
    if (!sg_pdf_same_key(old, new, mh_span_str("NeedAppearances")))
        sg_pdf_change_all(
            d, MH_F_PDF_CHANGE_FORM, MH_MODS_FORM_FILLING, "NeedAppearances");
    if (!sg_pdf_same_key(old, new, mh_span_str("DA"))) {
        bool first = df_pdf_key(old, "DA") == NULL;

        sg_pdf_change(d, MH_F_PDF_CHANGE_FORM,
            first ? MH_MODS_FORM_FILLING : MH_MODS_OTHER, "DA");
    }
    return resources(d, old, new);
}

enum mh_code
sg_pdf_diff_form(struct sg_pdf_diff *d, const struct df_pdf_obj *old_root,
    const struct df_pdf_obj *new_root)
{
    static const struct df_pdf_obj none = {.type = DF_PDF_DICT};
    const struct field top = {0};
    const struct df_pdf_obj *node = df_pdf_key(new_root, "AcroForm");
    const struct df_pdf_obj *old = NULL, *new = NULL, *a = NULL, *b = NULL;
    enum mh_code code = sg_pdf_see_key(d, SG_OLD, old_root, "AcroForm", &old);

    if (code == MH_OK)
        code = sg_pdf_see(d, SG_NEW, node, &new);
    if (code != MH_OK || (old == NULL && new == NULL))
        return code;
    if (old == NULL && d->shared->form_may_come)
        old = &none;
    if (!df_pdf_is(old, DF_PDF_DICT) || !df_pdf_is(new, DF_PDF_DICT)) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_FORM, MH_MODS_OTHER, "AcroForm");
        return MH_OK;
    }
    code = sg_pdf_allow(d, node, SG_ROLE_EXACT);
    if (code == MH_OK && old != new)
        code = form_dictionary(d, old, new);
    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_OLD, old, "Fields", &a);
    if (code == MH_OK)
        code = sg_pdf_see_key(d, SG_NEW, new, "Fields", &b);
    if (code != MH_OK || (a == NULL && b == NULL))
        return code;
    if ((a != NULL && a->type != DF_PDF_ARRAY) || !df_pdf_is(b, DF_PDF_ARRAY)) {
        sg_pdf_change(d, MH_F_PDF_CHANGE_FORM, MH_MODS_OTHER, "Fields");
        return MH_OK;
    }
    code = sg_pdf_allow(d, df_pdf_key(new, "Fields"), SG_ROLE_EXACT);
    return code == MH_OK ? field_list(d, a, b, &top) : code;
}
