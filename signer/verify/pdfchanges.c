#include "signer/verify/pdfchanges.h"

#include "base/limits.h"
#include "signer/verify/pdfcrypt.h"
#include "signer/verify/pdfdiff.h"

/* What one revision did. */
struct step {
    enum mh_modifications level;
    struct sg_pdf_change *first;
};

struct sg_pdf_changes {
    const struct df_pdf_sigs *sigs;
    size_t revisions;
    struct step *step; /* by revision */
    struct mh_arena *arena;
};

static enum mh_code
compare(struct df_pdf *pdf, size_t rev, struct sg_pdf_scratch *shared,
    struct mh_err *err, struct step *out)
{
    struct sg_pdf_diff d = {.pdf = pdf,
        .arena = df_pdf_arena(pdf),
        .err = err,
        .rev = {rev - 1, rev},
        .shared = shared};
    enum mh_code code = sg_pdf_diff_run(&d);

    *out = (struct step){.level = d.level, .first = d.first};
    if (code == MH_OK && mh_arena_full(d.arena))
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory");
    return code;
}

enum mh_code
sg_pdf_changes_find(struct df_pdf *pdf, const struct df_pdf_sigs *sigs,
    struct mh_err *err, struct sg_pdf_changes **out)
{
    struct mh_arena *arena = df_pdf_arena(pdf);
    struct sg_pdf_changes *c = mh_arena_alloc(arena, sizeof(*c));
    struct sg_pdf_scratch shared = {0};
    enum mh_code code = MH_OK;

    if (c != NULL)
        *c = (struct sg_pdf_changes){
            .sigs = sigs, .revisions = df_pdf_revisions(pdf), .arena = arena};
    if (c != NULL)
        c->step = mh_arena_array(arena, c->revisions, sizeof(*c->step));
    if (c == NULL || c->step == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "pdf: no memory");
    for (size_t r = 0; r < c->revisions; r++)
        c->step[r].level = MH_MODS_NONE;
    if (sigs->has_covered)
        for (size_t r = sigs->first_covered + 1;
             r < c->revisions && code == MH_OK; r++)
            code = compare(pdf, r, &shared, err, &c->step[r]);
    *out = c;
    return code;
}

enum mh_modifications
sg_pdf_changes_level(const struct sg_pdf_changes *c, size_t revision)
{
    return revision < c->revisions ? c->step[revision].level : MH_MODS_OTHER;
}

/* Is a signature before, or at, another one, and usable? */
static bool
is_before(const struct df_pdf_sig *a, const struct df_pdf_sig *b)
{
    return !a->broken && a->covered <= b->covered;
}

/* What the signatures up to one of them permit later. */
struct permission {
    bool certified;
    enum mh_modifications most;
};

static enum mh_modifications
level_of(unsigned p)
{
    switch (p) {
    case 1:
        return MH_MODS_LTA_UPDATE;
    case 3:
        return MH_MODS_ANNOTATIONS;
    default: /* 2, and whatever else it says: table 257 has its default */
        return MH_MODS_FORM_FILLING;
    }
}

/* 12.8.2.2: the certification; /Lock /P (12.7.5.5) may only tighten it. */
static struct permission
permission(const struct df_pdf_sigs *sigs, const struct df_pdf_sig *sig)
{
    struct permission perm = {false, MH_MODS_FORM_FILLING};

    for (size_t i = 0; i < sigs->count; i++)
        if (is_before(&sigs->sig[i], sig) && sigs->sig[i].docmdp != 0) {
            enum mh_modifications most = level_of(sigs->sig[i].docmdp);

            if (!perm.certified || most < perm.most)
                perm.most = most;
            perm.certified = true;
        }
    for (size_t i = 0; i < sigs->count; i++)
        if (is_before(&sigs->sig[i], sig) && sigs->sig[i].lock.p != 0 &&
            level_of(sigs->sig[i].lock.p) < perm.most)
            perm.most = level_of(sigs->sig[i].lock.p);
    return perm;
}

/* Is one full name the other, or that of a field above it? */
static bool
is_in(struct mh_span field, struct mh_span name)
{
    if (field.len < name.len)
        return false;
    return mh_span_eq((struct mh_span){field.ptr, name.len}, name) &&
           (field.len == name.len || field.ptr[name.len] == '.');
}

static bool
is_locked_by(const struct df_pdf_fields *set, struct mh_span field)
{
    bool named = false;

    if (set->action == DF_PDF_ACT_NONE)
        return false;
    for (size_t i = 0; i < set->count && !named; i++)
        named = is_in(field, set->field[i]);
    switch (set->action) {
    case DF_PDF_ACT_INCLUDE:
        return named;
    case DF_PDF_ACT_EXCLUDE:
        return !named;
    case DF_PDF_ACT_ALL:
    case DF_PDF_ACT_NONE:
    default:
        return true;
    }
}

/*
 * Is the field of a change locked by this signature or one before it?  A lock
 * holds for fields that were there; what new fields may do DocMDP says.
 */
static bool
is_locked(const struct df_pdf_sigs *sigs, const struct df_pdf_sig *sig,
    const struct sg_pdf_change *c)
{
    bool form = c->form;

    if (!form && (!c->existing || c->field.len == 0))
        return false;
    for (size_t i = 0; i < sigs->count; i++)
        if (is_before(&sigs->sig[i], sig) &&
            ((form && (sigs->sig[i].fieldmdp.action != DF_PDF_ACT_NONE ||
                          sigs->sig[i].lock.action != DF_PDF_ACT_NONE)) ||
                is_locked_by(&sigs->sig[i].fieldmdp, c->field) ||
                is_locked_by(&sigs->sig[i].lock, c->field)))
            return true;
    return false;
}

/*
 * The level a change has for this signature: a picture of a new signature
 * over a certified page is no filling in of what was reserved (SSA).
 */
static enum mh_modifications
level_for(const struct permission *perm, const struct sg_pdf_change *c)
{
    return c->drawn && perm->certified ? MH_MODS_ANNOTATIONS : c->level;
}

static enum mh_severity
severity(const struct permission *perm, const struct sg_pdf_change *c)
{
    switch (level_for(perm, c)) {
    case MH_MODS_FORM_FILLING:
        if (c->code == MH_F_PDF_CHANGE_SIGNED)
            return MH_INFO;
        return perm->certified && c->code != MH_F_PDF_FIELD_COVERS &&
                       c->code != MH_F_PDF_VALUE_APPEARANCE
                   ? MH_INFO
                   : MH_WARNING;
    case MH_MODS_ANNOTATIONS:
        return MH_WARNING;
    case MH_MODS_NOT_APPLICABLE:
    case MH_MODS_NONE:
    case MH_MODS_LTA_UPDATE:
    case MH_MODS_OTHER:
    case MH_MODS:
    default:
        return MH_INFO;
    }
}

/* 12.8.2.2: the first signature alone may certify; true if sig may be it. */
static bool
is_certification_sound(
    const struct df_pdf_sigs *sigs, const struct df_pdf_sig *sig)
{
    for (size_t i = 0; sig->docmdp != 0 && i < sigs->count; i++) {
        const struct df_pdf_sig *s = &sigs->sig[i];

        if (s != sig && !s->timestamp && s->added <= sig->added)
            return false;
    }
    return true;
}

struct sg_pdf_verdict
sg_pdf_changes_judge(
    const struct sg_pdf_changes *c, size_t index, struct sg_out *out)
{
    const struct df_pdf_sig *sig = &c->sigs->sig[index];
    struct permission perm = permission(c->sigs, sig);
    struct sg_pdf_verdict v = {MH_MODS_NONE, true};
    bool said = false;

    if (!is_certification_sound(c->sigs, sig)) {
        sg_out_add(out, MH_F_PDF_CERTIFICATION, MH_ERROR,
            sg_clean(c->arena, sig->field));
        v.allowed = false;
    }
    for (size_t r = sig->covered + 1; r < c->revisions; r++) {
        const struct step *s = &c->step[r];

        if (s->level > v.level)
            v.level = s->level;
        for (const struct sg_pdf_change *e = s->first; e != NULL; e = e->next) {
            enum mh_modifications level = level_for(&perm, e);

            if (level > v.level)
                v.level = level;
            if (is_locked(c->sigs, sig, e)) {
                sg_out_add(out, MH_F_PDF_FIELD_LOCKED, MH_ERROR, e->what);
                v.allowed = false;
            } else if (level > perm.most) {
                sg_out_add(out, e->code, MH_ERROR, e->what);
                v.allowed = false;
            } else if (e->level != MH_MODS_LTA_UPDATE || !said) {
                sg_out_add(out, e->code, severity(&perm, e), e->what);
                said = said || e->level == MH_MODS_LTA_UPDATE;
            }
        }
    }
    if (v.level > perm.most)
        v.allowed = false;
    return v;
}

/* ---- nothing but signatures ---- */

/* What signing does to a PDF that was not signed yet. */
static bool
is_signing(const struct sg_pdf_change *c)
{
    switch ((unsigned)c->code) {
    case MH_F_PDF_CHANGE_SIGNED:
    case MH_F_PDF_VISIBLE_FIELD:
    case MH_F_PDF_CHANGE_VALIDATION_DATA:
        return true;
    case MH_F_PDF_CHANGE_FORM: /* resources of the picture; not its other
                                  fields */
        return c->level <= MH_MODS_FORM_FILLING && !c->form;
    default:
        return false;
    }
}

/* A PDF, with what must live as long as it. */
struct opened {
    struct sg_pdfcrypt crypt;
    struct df_pdf_crypto crypto;
    struct df_notes notes;
    struct df_pdf *pdf;
};

static enum mh_code
open_pdf(struct mh_span file, struct mh_arena *arena, struct mh_err *err,
    struct opened *o)
{
    sg_pdfcrypt_init(&o->crypt, &o->crypto);
    df_notes_init(&o->notes, arena);
    return df_pdf_open(file, &o->crypto, arena, &o->notes, err, &o->pdf);
}

/* The revision of the whole file that is the last of the part; false: there is
   none, because the whole file goes around it. */
static bool
last_of(const struct df_pdf *part, const struct df_pdf *whole, size_t *rev)
{
    *rev = df_pdf_revisions(part) - 1;
    return df_pdf_revisions(whole) > *rev + 1 &&
           df_pdf_revision(whole, *rev)->xref ==
               df_pdf_revision(part, *rev)->xref &&
           df_pdf_revision(whole, *rev)->eof ==
               df_pdf_revision(part, *rev)->eof;
}

static enum mh_code
only_signed(struct df_pdf *pdf, size_t rev, struct mh_err *err, bool *out)
{
    struct sg_pdf_scratch shared = {.form_may_come = true};
    enum mh_code code = df_pdf_account(pdf, rev, err);
    bool is_signed = false;

    *out = code == MH_OK;
    for (size_t r = rev + 1; r < df_pdf_revisions(pdf) && *out; r++) {
        struct step step = {.level = MH_MODS_OTHER};

        code = compare(pdf, r, &shared, err, &step);
        *out = code == MH_OK && step.level <= MH_MODS_FORM_FILLING;
        for (struct sg_pdf_change *c = step.first; c != NULL && *out;
             c = c->next) {
            *out = is_signing(c);
            is_signed = is_signed || c->code == MH_F_PDF_CHANGE_SIGNED;
        }
    }
    *out = *out && is_signed;
    return code;
}

enum mh_code
sg_pdf_only_signed(struct mh_span file, uint64_t size, struct mh_arena *arena,
    struct mh_err *err, bool *out)
{
    struct opened part, whole;
    struct mh_err own = {.msg = ""};
    struct mh_span head;
    size_t rev = 0;
    enum mh_code code;

    *out = false;
    if (err == NULL)
        err = &own;
    if (size >= file.len || !mh_span_sub(file, 0, (size_t)size, &head))
        return MH_OK;
    code = open_pdf(head, arena, err, &part);
    if (code == MH_OK)
        code = open_pdf(file, arena, err, &whole);
    if (code == MH_OK && last_of(part.pdf, whole.pdf, &rev))
        code = only_signed(whole.pdf, rev, err, out);
    /* With a finding it is about the document (docformat/pdf/pdf.h). */
    return code == MH_OK || err->finding != MH_FINDING_NONE ? MH_OK : code;
}
