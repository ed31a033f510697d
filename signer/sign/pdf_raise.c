/* A signed PDF raised: document time-stamps, and validation data. */
#include "signer/sign/pdf_internal.h"

#include "base/limits.h"
#include "base/text.h"
#include "signer/trust/cms.h"
#include "signer/trust/oid.h"

enum {
    SHA1 = 20, /* bytes */
    VALUES_MAX = MH_PDF_DSS_MAX,
};

struct raising {
    const struct sg_sign_file *file;
    struct mh_arena *arena;
    struct mh_err *err;
    struct sg_pdf_keys keys;
    struct df_pdf_signing doc;
    struct df_pdf_write *w;
};

static enum mh_code
no_memory(const struct raising *r)
{
    return mh_fail(r->err, mh_arena_full(r->arena) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "sign: no memory");
}

static enum mh_code
open_document(struct raising *r)
{
    enum mh_code code;

    sg_pdf_keys_init(&r->keys);
    code = df_pdf_signing_open(
        r->file->bytes, &r->keys.crypto, true, r->arena, r->err, &r->doc);
    if (code == MH_OK && r->doc.sigs.count == 0)
        code = mh_fail_finding(r->err, MH_EFORMAT, MH_F_NO_SIGNATURE,
            MH_NO_OFFSET, "sign: there is no signature to raise");
    if (code == MH_OK)
        code = df_pdf_write_begin(
            r->doc.pdf, &r->keys.cipher, r->arena, r->err, &r->w);
    return code;
}

/* Has the signature a time-stamp of its own, or one of the document? */
static bool
is_stamped(const struct raising *r, const struct df_pdf_sig *sig)
{
    const struct df_pdf_sigs *all = &r->doc.sigs;
    struct sg_cms *cms;

    if (sig->timestamp)
        return true;
    for (size_t i = 0; i < all->count; i++)
        if (all->sig[i].timestamp && all->sig[i].covered > sig->covered)
            return true;
    /* One that cannot be read gets a stamp: that harms nothing. */
    return sg_cms_parse(sig->contents, true, r->arena, NULL, &cms) == MH_OK &&
           cms->signer_count == 1 &&
           sg_cms_attr_count(cms->signers[0].unsigned_attrs,
               cms->signers[0].unsigned_count, SG_OID_AA("\x0e")) > 0;
}

static bool
is_all_stamped(const struct raising *r)
{
    for (size_t i = 0; i < r->doc.sigs.count; i++)
        if (!is_stamped(r, &r->doc.sigs.sig[i]))
            return false;
    return true;
}

/* The revision of a document time-stamp (12.8.5), its gap open. */
static enum mh_code
write_stamp(struct raising *r, size_t room, int64_t time, struct mh_buf *dict,
    struct mh_out *out, struct sg_pdf_state *state)
{
    struct sg_pdf_revision rev = {.file = r->file, .w = r->w, .dict = dict};
    struct df_pdf_page page;
    struct df_pdf_newfield field = {.prefix = "Timestamp", .page = &page};
    enum mh_code code = df_pdf_find_page(r->doc.pdf, 1, r->err, &page);

    if (code == MH_OK)
        code = df_pdf_write_number(r->w, r->err, &rev.value);
    if (code == MH_OK)
        code = df_pdf_add_extension(r->w, r->doc.pdf, r->err);
    if (code != MH_OK)
        return code;
    mh_buf_str(dict, "<</Type/DocTimeStamp/Filter/Adobe.PPKLite"
                     "/SubFilter/ETSI.RFC3161\n");
    sg_pdf_put_gap(&rev, room);
    mh_buf_str(dict, ">>");
    if (!mh_buf_ok(dict))
        return no_memory(r);
    field.dict = mh_buf_get(dict);
    field.value = rev.value;
    state->digits = room * 2;
    code = df_pdf_add_field(r->w, &r->doc, &field, r->err);
    return code == MH_OK
               ? sg_pdf_write(&rev, time, r->arena, out, r->err, state)
               : code;
}

enum mh_code
/* NOLINTNEXTLINE(readability-function-size): sign.h */
sg_pdf_imprints(enum sg_raise step, enum mh_digest_alg alg,
    const struct sg_sign_file *document, int64_t time, size_t room,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err,
    struct sg_imprint **imprint, size_t *count)
{
    struct raising r = {.file = document, .arena = arena, .err = err};
    struct sg_pdf_state state = {.stamp = true, .alg = alg};
    struct sg_imprint *one = mh_arena_alloc(arena, sizeof(*one));
    struct mh_buf dict;
    enum mh_code code = open_document(&r);

    *count = 0;
    *imprint = one;
    if (code == MH_OK && one == NULL)
        code = no_memory(&r);
    if (code == MH_OK && room > MH_TST_SIZE_MAX)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "sign: room too large");
    if (code != MH_OK || step == SG_RAISE_LT ||
        (step == SG_RAISE_T && is_all_stamped(&r)))
        return code;
    /* Readers differ over whether /Contents of such a dictionary is encrypted
       (7.6.2 names signatures, 12.8.5 came later). */
    if (df_pdf_encrypted(r.doc.pdf))
        return mh_fail_finding(err, MH_EUNSUP, MH_F_PDF_ENCRYPTED, MH_NO_OFFSET,
            "sign: an encrypted file takes no document time-stamp");
    mh_buf_init(&dict, MH_TST_SIZE_MAX * 2 + MH_CERT_SIZE_MAX);
    code = write_stamp(
        &r, room > 0 ? room : SG_PDF_TOKEN_ROOM, time, &dict, out, &state);
    mh_buf_fini(&dict);
    if (code == MH_OK)
        code = sg_pdf_state_pack(&state, arena, err, &one->state);
    if (code != MH_OK || one == NULL || state.digest.ptr == NULL)
        return code;
    memcpy(one->digest, state.digest.ptr, state.digest.len);
    *count = 1;
    return MH_OK;
}

/* Upper-case SHA-1 of the bytes of /Contents, padding included. */
static enum mh_code
vri_key(const struct raising *r, const struct df_pdf_sig *sig, const char **out)
{
    const struct df_pdf_obj *contents = df_pdf_key(sig->dict, "Contents");
    uint8_t hash[MH_DIGEST_MAX];
    char *key = mh_arena_raw(r->arena, 2 * SHA1 + 1);
    enum mh_code code;

    if (key == NULL)
        return no_memory(r);
    code = mh_digest_once(MH_SHA1, contents->bytes, r->err, hash);
    mh_hex_encode((struct mh_span){hash, SHA1}, key);
    for (size_t i = 0; i < (size_t)2 * SHA1; i++)
        if (key[i] >= 'a')
            key[i] = (char)(key[i] - 'a' + 'A');
    *out = key;
    return code;
}

static enum mh_code
find_keys(const struct raising *r, struct df_pdf_dss *dss)
{
    const char **key =
        mh_arena_array(r->arena, r->doc.sigs.count, sizeof(*key));
    enum mh_code code = MH_OK;

    if (key == NULL)
        return no_memory(r);
    for (size_t i = 0; i < r->doc.sigs.count && code == MH_OK; i++)
        if (!r->doc.sigs.sig[i].timestamp)
            code = vri_key(r, &r->doc.sigs.sig[i], &key[dss->vris++]);
    dss->vri = key;
    return code;
}

/* The values of all items in one list a kind. */
static enum mh_code
join(const struct raising *r, const struct sg_raise_item *item, size_t items,
    struct df_pdf_dss *dss)
{
    struct mh_span *list[DF_PDF_DSS_KINDS];

    for (size_t k = 0; k < DF_PDF_DSS_KINDS; k++) {
        list[k] = mh_arena_array(r->arena, VALUES_MAX, sizeof(*list[k]));
        if (list[k] == NULL)
            return no_memory(r);
        dss->value[k] = list[k];
    }
    for (size_t i = 0; i < items; i++) {
        const struct sg_sign_extra *x = &item[i].extra;
        const struct mh_span *from[] = {x->certs, x->ocsps, x->crls};
        const size_t n[] = {x->cert_count, x->ocsp_count, x->crl_count};

        for (size_t k = 0; k < DF_PDF_DSS_KINDS; k++)
            for (size_t v = 0; v < n[k]; v++) {
                if (dss->count[k] == VALUES_MAX)
                    return mh_fail_finding(r->err, MH_ELIMIT, MH_F_PDF_LIMIT,
                        MH_NO_OFFSET, "sign: too many validation data");
                list[k][dss->count[k]++] = from[k][v];
            }
    }
    return MH_OK;
}

static enum mh_code
apply_data(struct raising *r, const struct sg_raise_item *item, size_t items,
    int64_t time, struct mh_out *out)
{
    struct df_pdf_dss dss = {0};
    enum mh_code code = open_document(r);

    if (code == MH_OK)
        code = join(r, item, items, &dss);
    if (code == MH_OK && dss.count[DF_PDF_DSS_CERTS] +
                                 dss.count[DF_PDF_DSS_OCSPS] +
                                 dss.count[DF_PDF_DSS_CRLS] ==
                             0)
        code = mh_fail(r->err, MH_EINTERNAL, MH_NO_OFFSET,
            "sign: no validation data to add");
    if (code == MH_OK)
        code = find_keys(r, &dss);
    if (code == MH_OK)
        code = df_pdf_add_dss(r->w, r->doc.pdf, &dss, r->err);
    if (code == MH_OK)
        code = df_pdf_add_extension(r->w, r->doc.pdf, r->err);
    if (code == MH_OK)
        code = sg_pdf_write_plain(r->file, r->w, time, out, r->err);
    return code;
}

enum mh_code
/* NOLINTNEXTLINE(readability-function-size): sign.h */
sg_pdf_apply(enum sg_raise step, const struct sg_sign_file *document,
    const struct sg_raise_item *item, size_t items, int64_t time,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err)
{
    struct raising r = {.file = document, .arena = arena, .err = err};
    struct sg_pdf_state state;
    enum mh_code code;

    if (step == SG_RAISE_LT)
        return apply_data(&r, item, items, time, out);
    if (items != 1)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "sign: a PDF takes one time-stamp at a time");
    code = sg_pdf_state_unpack(item->state, true, arena, err, &state);
    return code == MH_OK ? sg_pdf_fill(&state, item->extra.token, out, err)
                         : code;
}
