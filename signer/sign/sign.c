#include "signer/sign/sign.h"

#include "signer/sign/family.h"

static const struct sg_family *
by_state(struct mh_span state)
{
    if (state.len > 0 && state.ptr[0] == SG_FAMILY_ASIC)
        return &sg_family_asic;
    if (state.len > 0 && state.ptr[0] == SG_FAMILY_PDF)
        return &sg_family_pdf;
    return NULL;
}

static const struct sg_family *
by_document(struct mh_span bytes)
{
    static const char mark[] = "%PDF-";

    return bytes.len > sizeof(mark) &&
                   memcmp(bytes.ptr, mark, sizeof(mark) - 1) == 0
               ? &sg_family_pdf
               : &sg_family_asic;
}

/* As many arguments as sign.h gives its steps.
   NOLINTBEGIN(readability-function-size) */

enum mh_code
sg_sign_prepare(const struct sg_sign_spec *spec,
    const struct sg_sign_file *file, size_t files, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err, struct sg_draft *draft)
{
    const struct sg_family *f =
        spec->as == SG_AS_PDF ? &sg_family_pdf : &sg_family_asic;

    return f->prepare(spec, file, files, arena, out, err, draft);
}

enum mh_code
sg_sign_stamp_input(struct mh_span state, struct mh_span value,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *out)
{
    const struct sg_family *f = by_state(state);

    if (f == NULL)
        return mh_fail(err, MH_EINTERNAL, 0, "sign: no draft");
    return f->stamp_input(state, value, arena, err, out);
}

enum mh_code
sg_sign_finish(struct mh_span state, struct mh_span value,
    const struct sg_sign_extra *extra, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err)
{
    const struct sg_family *f = by_state(state);

    if (f == NULL)
        return mh_fail(err, MH_EINTERNAL, 0, "sign: no draft");
    return f->finish(state, value, extra, arena, out, err);
}

enum mh_code
sg_raise_imprints(enum sg_raise step, enum mh_digest_alg alg,
    const struct sg_sign_file *document, int64_t time, size_t room,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err,
    struct sg_imprint **imprint, size_t *count)
{
    return by_document(document->bytes)
        ->imprints(
            step, alg, document, time, room, arena, out, err, imprint, count);
}

enum mh_code
sg_raise_apply(enum sg_raise step, const struct sg_sign_file *document,
    const struct sg_raise_item *item, size_t items, int64_t time,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err)
{
    return by_document(document->bytes)
        ->apply(step, document, item, items, time, arena, out, err);
}

/* NOLINTEND(readability-function-size) */
