#include "signer/verify/warm.h"

#include "base/arena.h"
#include "base/digest/digest.h"
#include "docformat/docformat.h"
#include "signer/policy/algo.h"

enum {
    WARM_ARENA = 1 << 20
}; /* bytes */

/* Parses and canonicalizes once, so that tables of libxml2 exist. */
static enum mh_code
warm_xml(struct mh_err *err)
{
    static const char text[] = "<a xmlns='urn:a' Id='x'>b<c/></a>";
    struct df_c14n how = {.method = DF_C14N_EXC};
    struct mh_arena *arena = mh_arena_new(WARM_ARENA);
    struct df_xml *xml = NULL;
    struct mh_buf buf;
    enum mh_code code;

    if (arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "warm-up: no memory");
    mh_buf_init(&buf, WARM_ARENA);
    code = df_xml_load(mh_span_str(text), arena, err, &xml);
    if (code == MH_OK)
        code = df_c14n_write(xml, df_xml_root(xml), &how, err, &buf);
    mh_buf_fini(&buf);
    df_xml_free(xml);
    mh_arena_free(arena);
    return code;
}

enum mh_code
sg_warm(struct mh_err *err)
{
    enum mh_code code = mh_digest_init(err);

    if (code == MH_OK && !df_zip_warm())
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "warm-up: ZIP");

    if (code == MH_OK)
        code = sg_algo_init(err);
    if (code == MH_OK)
        code = warm_xml(err);
    return code;
}
