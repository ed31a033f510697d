/* What a signature dictionary and its field say about the signature. */
#include "docformat/pdf/bind.h"

#include <string.h>

#include "base/limits.h"
#include "base/time.h"

struct claims {
    struct df_pdf *pdf;
    struct mh_err *err;
    struct df_pdf_sig *sig;
};

static enum mh_code
no_memory(const struct claims *c)
{
    return mh_fail(c->err,
        mh_arena_full(df_pdf_arena(c->pdf)) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "pdf: no memory for a signature");
}

static enum mh_code
at(struct claims *c, const struct df_pdf_obj *dict, const char *key,
    const struct df_pdf_obj **out)
{
    return df_pdf_at(c->pdf, c->sig->added, dict, key, c->err, out);
}

static bool
digits(struct mh_span *s, size_t n, int *out)
{
    int v = 0;

    if (s->len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9')
            return false;
        v = v * 10 + (s->ptr[i] - '0');
    }
    s->ptr += n;
    s->len -= n;
    *out = v;
    return true;
}

/* The zone of a date, in seconds east of UTC. */
static bool
read_zone(struct mh_span s, int *out)
{
    int hours = 0, minutes = 0, sign;

    *out = 0;
    if (s.len == 0)
        return true;
    if (s.ptr[0] != 'Z' && s.ptr[0] != '+' && s.ptr[0] != '-')
        return false;
    sign = s.ptr[0] == '-' ? -1 : 1;
    s.ptr++;
    s.len--;
    if (s.len > 0 && !digits(&s, 2, &hours))
        return false;
    if (s.len > 0 && s.ptr[0] == '\'') {
        s.ptr++;
        s.len--;
        if (s.len > 0 && !digits(&s, 2, &minutes))
            return false;
    }
    if (s.len > 0 && s.ptr[0] == '\'') {
        s.ptr++;
        s.len--;
    }
    *out = sign * (hours * 3600 + minutes * 60);
    return s.len == 0 && hours < 24 && minutes < 60;
}

bool
df_pdf_date(struct mh_span s, int64_t *out)
{
    struct mh_civil c = {.month = 1, .day = 1};
    int *part[] = {&c.month, &c.day, &c.hour, &c.min, &c.sec};
    int64_t t;
    int zone;

    if (mh_span_starts(s, "D:")) {
        s.ptr += 2;
        s.len -= 2;
    }
    if (!digits(&s, 4, &c.year))
        return false;
    for (size_t i = 0; i < 5; i++)
        if (s.len > 0 && s.ptr[0] >= '0' && s.ptr[0] <= '9' &&
            !digits(&s, 2, part[i]))
            return false;
    if (!read_zone(s, &zone) || !mh_time_from_civil(&c, &t))
        return false;
    *out = t - zone;
    return true;
}

static enum mh_code
read_text(struct claims *c, const char *key, struct mh_span *out)
{
    const struct df_pdf_obj *o;
    enum mh_code code = at(c, c->sig->dict, key, &o);

    *out = (struct mh_span){NULL, 0};
    if (code != MH_OK || !df_pdf_is(o, DF_PDF_STRING))
        return code;
    *out = df_pdf_text(o->bytes, df_pdf_arena(c->pdf));
    return out->ptr == NULL ? no_memory(c) : MH_OK;
}

static const struct {
    const char *name;
    enum df_pdf_subfilter sub;
} subfilters[] = {
    {"ETSI.CAdES.detached", DF_PDF_SUB_CADES},
    {"adbe.pkcs7.detached", DF_PDF_SUB_ADBE},
    {"ETSI.RFC3161", DF_PDF_SUB_RFC3161},
    {"adbe.pkcs7.sha1", DF_PDF_SUB_SHA1},
    {"adbe.x509.rsa_sha1", DF_PDF_SUB_X509},
};

static enum mh_code
read_kind(struct claims *c)
{
    struct df_pdf_sig *s = c->sig;
    const struct df_pdf_obj *o;
    enum mh_code code = at(c, s->dict, "SubFilter", &o);

    if (code != MH_OK)
        return code;
    if (df_pdf_is(o, DF_PDF_NAME)) {
        s->subfilter_name = o->bytes;
        s->subfilter = DF_PDF_SUB_OTHER;
        for (size_t i = 0; i < sizeof(subfilters) / sizeof(subfilters[0]); i++)
            if (mh_span_is(o->bytes, subfilters[i].name))
                s->subfilter = subfilters[i].sub;
    }
    code = at(c, s->dict, "Filter", &o);
    if (code == MH_OK && df_pdf_is(o, DF_PDF_NAME))
        s->filter = o->bytes;
    if (code == MH_OK)
        code = at(c, s->dict, "Type", &o);
    s->timestamp = s->subfilter == DF_PDF_SUB_RFC3161 ||
                   (code == MH_OK && df_pdf_is_name(o, "DocTimeStamp"));
    return code;
}

static enum mh_code
read_names(
    struct claims *c, const struct df_pdf_obj *list, struct df_pdf_fields *out)
{
    enum mh_code code = MH_OK;

    if (list == NULL)
        return MH_OK;
    if (list->type != DF_PDF_ARRAY) {
        df_pdf_defect(c->sig, MH_F_PDF_FORM, list->at, "fields are no array");
        return MH_OK;
    }
    out->field =
        mh_arena_array(df_pdf_arena(c->pdf), list->count, sizeof(*out->field));
    if (out->field == NULL)
        return no_memory(c);
    for (size_t i = 0; i < list->count && code == MH_OK; i++) {
        const struct df_pdf_obj *o;
        struct mh_span name;

        code = df_pdf_resolve(c->pdf, c->sig->added, list->item[i], c->err, &o);
        if (code != MH_OK || !df_pdf_is(o, DF_PDF_STRING))
            continue;
        name = df_pdf_text(o->bytes, df_pdf_arena(c->pdf));
        if (name.ptr == NULL)
            return no_memory(c);
        out->field[out->count++] = name;
    }
    return code;
}

/* /Action, /Fields and /P of a lock or of FieldMDP's parameters. */
static enum mh_code
read_fields(
    struct claims *c, const struct df_pdf_obj *dict, struct df_pdf_fields *out)
{
    static const char *const actions[] = {NULL, "All", "Include", "Exclude"};
    const struct df_pdf_obj *o;
    enum mh_code code = at(c, dict, "Action", &o);

    if (code != MH_OK)
        return code;
    for (unsigned i = 1; i < 4; i++)
        if (df_pdf_is_name(o, actions[i]))
            out->action = (enum df_pdf_action)i;
    if (out->action == DF_PDF_ACT_NONE)
        df_pdf_defect(
            c->sig, MH_F_PDF_FORM, dict->at, "unknown action of a lock");
    code = at(c, dict, "Fields", &o);
    if (code == MH_OK)
        code = read_names(c, o, out);
    if (code == MH_OK)
        code = at(c, dict, "P", &o);
    if (code == MH_OK && o != NULL) {
        if (o->type == DF_PDF_INT && o->integer >= 1 && o->integer <= 3)
            out->p = (unsigned)o->integer;
        else
            df_pdf_defect(
                c->sig, MH_F_PDF_FORM, dict->at, "unknown rights of a lock");
    }
    return code;
}

/* 12.8.2.2: P is 2 where it is absent. */
static enum mh_code
read_docmdp(struct claims *c, const struct df_pdf_obj *parms)
{
    const struct df_pdf_obj *p;
    enum mh_code code = at(c, parms, "P", &p);

    if (code != MH_OK)
        return code;
    c->sig->docmdp = 2;
    if (p == NULL)
        return MH_OK;
    if (p->type == DF_PDF_INT && p->integer >= 1 && p->integer <= 3)
        c->sig->docmdp = (unsigned)p->integer;
    else
        df_pdf_defect(
            c->sig, MH_F_PDF_FORM, p->at, "unknown rights of a certification");
    return MH_OK;
}

static enum mh_code
read_reference(struct claims *c, const struct df_pdf_obj *ref)
{
    const struct df_pdf_obj *dict, *method = NULL, *parms = NULL;
    enum mh_code code =
        df_pdf_resolve(c->pdf, c->sig->added, ref, c->err, &dict);

    if (code == MH_OK)
        code = at(c, dict, "TransformMethod", &method);
    if (code == MH_OK)
        code = at(c, dict, "TransformParams", &parms);
    if (code != MH_OK)
        return code;
    if (df_pdf_is_name(method, "DocMDP"))
        return read_docmdp(c, parms);
    if (df_pdf_is_name(method, "FieldMDP") && df_pdf_is_dict(parms))
        return read_fields(c, parms, &c->sig->fieldmdp);
    if (df_pdf_is_name(method, "UR") || df_pdf_is_name(method, "UR3"))
        c->sig->usage_rights = true;
    else
        df_pdf_defect(c->sig, MH_F_PDF_FORM, c->sig->dict->at,
            "unknown signature reference");
    return MH_OK;
}

static enum mh_code
read_references(struct claims *c)
{
    const struct df_pdf_obj *list;
    enum mh_code code = at(c, c->sig->dict, "Reference", &list);

    if (code != MH_OK || list == NULL)
        return code;
    if (list->type != DF_PDF_ARRAY) {
        df_pdf_defect(c->sig, MH_F_PDF_FORM, c->sig->dict->at,
            "signature references are no array");
        return MH_OK;
    }
    for (size_t i = 0; i < list->count && code == MH_OK; i++)
        code = read_reference(c, list->item[i]);
    return code;
}

/* Whether the catalog names this signature as the certification (12.8.6). */
static enum mh_code
read_perms(struct claims *c)
{
    const struct df_pdf_obj *root, *perms = NULL, *ref;
    enum mh_code code = df_pdf_root(c->pdf, c->sig->added, c->err, &root);

    if (code == MH_OK)
        code = at(c, root, "Perms", &perms);
    ref = code == MH_OK ? df_pdf_key(perms, "DocMDP") : NULL;
    c->sig->in_perms = ref != NULL && ref->type == DF_PDF_REF &&
                       c->sig->num != 0 && ref->num == c->sig->num;
    return code;
}

enum mh_code
df_pdf_claims(struct df_pdf *pdf, struct mh_err *err, struct df_pdf_sig *sig)
{
    struct claims c = {pdf, err, sig};
    const struct df_pdf_obj *o = NULL;
    enum mh_code code = read_kind(&c);

    if (code == MH_OK)
        code = read_text(&c, "Name", &sig->name);
    if (code == MH_OK)
        code = read_text(&c, "Reason", &sig->reason);
    if (code == MH_OK)
        code = read_text(&c, "Location", &sig->location);
    if (code == MH_OK)
        code = read_text(&c, "ContactInfo", &sig->contact);
    if (code == MH_OK)
        code = at(&c, sig->dict, "M", &o);
    if (code == MH_OK && df_pdf_is(o, DF_PDF_STRING)) {
        sig->m = o->bytes;
        sig->has_time = df_pdf_date(o->bytes, &sig->time);
    }
    if (code == MH_OK)
        code = read_references(&c);
    if (code == MH_OK)
        code = at(&c, sig->field_obj, "Lock", &o);
    if (code == MH_OK && df_pdf_is_dict(o))
        code = read_fields(&c, o, &sig->lock);
    return code == MH_OK ? read_perms(&c) : code;
}
