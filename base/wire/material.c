#include "base/wire/material.h"

#include "base/limits.h"
#include "base/wire/codec.h"

static void
do_values(struct mh_codec *c, struct mh_span **value, size_t *count, size_t max)
{
    mh_codec_count(c, count, MH_MATERIALS_MAX);
    *value = mh_codec_array(c, *value, *count, sizeof(**value));
    for (size_t i = 0; i < *count && *value != NULL && !c->bad; i++)
        mh_codec_bytes(c, &(*value)[i], max);
}

static void
do_material(struct mh_codec *c, struct mh_material *m)
{
    do_values(c, &m->cert, &m->certs, MH_CERT_SIZE_MAX);
    do_values(c, &m->ocsp, &m->ocsps, MH_OCSP_SIZE_MAX);
    do_values(c, &m->crl, &m->crls, MH_CRL_SIZE_MAX);
}

void
mh_material_pack(const struct mh_material *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_material copy = *m;

    do_material(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_material_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_material *out)
{
    struct mh_codec c = mh_codec_unpack(in, arena);

    *out = (struct mh_material){0};
    do_material(&c, out);
    if (!mh_codec_done(&c))
        return mh_fail(err, MH_EFORMAT, c.rd.pos, "material: malformed");
    return MH_OK;
}
