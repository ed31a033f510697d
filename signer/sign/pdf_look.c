#include "signer/sign/pdf_internal.h"
enum mh_code
sg_pdf_look(const struct sg_sign_spec *spec, const char *name,
    struct df_pdf_write *w, const double matrix[6], struct mh_arena *arena,
    struct mh_err *err, uint32_t *xobject)
{
    (void)spec;
    (void)name;
    (void)w;
    (void)matrix;
    (void)arena;
    (void)xobject;
    return mh_fail(err, MH_EUNSUP, 0, "stub");
}
