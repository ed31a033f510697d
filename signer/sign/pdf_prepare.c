/* A signature in a new revision of a PDF, up to its value (formats.md 10). */
#include "signer/sign/pdf_internal.h"

#include "base/limits.h"
#include "base/text.h"
#include "signer/trust/cert.h"

enum {
    VALUE_MAX = 1024, /* bytes of an RSA or r||s value: RSA-8192 */
    SIDE_MIN = 12,    /* points of a visible signature's sides */
};

struct preparing {
    const struct sg_sign_spec *spec;
    const struct sg_sign_file *file;
    struct mh_arena *arena;
    struct mh_err *err;
    struct sg_pdf_keys keys;
    struct df_pdf_signing doc;
    struct df_pdf_page page;
    struct df_pdf_write *w;
    const struct sg_cert *cert;
    const char *name; /* of the signer, UTF-8 */
    struct sg_cms_spec cms;
    uint32_t value; /* number of the signature dictionary */
    double rect[4];
    uint32_t look; /* number of the appearance; 0: invisible */
};

static enum mh_code
no_memory(const struct preparing *p)
{
    return mh_fail(p->err, mh_arena_full(p->arena) ? MH_ELIMIT : MH_ENOMEM,
        MH_NO_OFFSET, "sign: no memory");
}

static enum mh_code
wrong(const struct preparing *p, const char *what)
{
    return mh_fail(p->err, MH_EFORMAT, MH_NO_OFFSET, "sign: %s", what);
}

/* What the caller chose, before any document is looked at. */
static enum mh_code
check_spec(const struct preparing *p, size_t files)
{
    const struct sg_sign_spec *s = p->spec;

    if (files != 1)
        return wrong(p, "a PDF is signed alone");
    if (s->digest != MH_SHA256 && s->digest != MH_SHA384 &&
        s->digest != MH_SHA512)
        return wrong(p, "digest is none of SHA-256, SHA-384, SHA-512");
    if (s->certify >= SG_CERTIFY_END || s->lock >= SG_LOCK_END ||
        (int)s->scheme >= SG_SIGN_SCHEMES)
        return mh_fail(
            p->err, MH_EINTERNAL, MH_NO_OFFSET, "sign: unknown choice");
    if ((s->lock == SG_LOCK_INCLUDE || s->lock == SG_LOCK_EXCLUDE) &&
        s->fields == 0)
        return wrong(p, "a lock names no field");
    if (strlen(s->role) > MH_REPORT_TEXT_MAX ||
        strlen(s->place) > MH_REPORT_TEXT_MAX ||
        strlen(s->reason) > MH_REPORT_TEXT_MAX)
        return mh_fail(p->err, MH_ELIMIT, MH_NO_OFFSET,
            "sign: role, place or reason is too long");
    if (s->fields > MH_PDF_KEYS_MAX)
        return mh_fail(p->err, MH_ELIMIT, MH_NO_OFFSET,
            "sign: a lock names too many fields");
    if (s->chain_count >= MH_CERTS_MAX)
        return mh_fail(p->err, MH_ELIMIT, MH_NO_OFFSET,
            "sign: too many certificates in the chain");
    return MH_OK;
}

static enum mh_code
read_certificate(struct preparing *p)
{
    struct sg_cert *cert;
    const struct sg_attr *cn;
    struct mh_span text = {NULL, 0};
    enum mh_code code =
        sg_cert_parse(p->spec->certificate, p->arena, p->err, &cert);

    if (code != MH_OK)
        return code;
    p->cert = cert;
    cn = sg_name_find(&cert->subject, SG_ATTR_CN);
    if (cn != NULL)
        text = sg_attr_text(cn, p->arena);
    else
        text = sg_name_text(&cert->subject, p->arena);
    p->name = text.ptr == NULL ? NULL : mh_arena_str(p->arena, text);
    return p->name == NULL ? no_memory(p) : MH_OK;
}

/* The document against what is to be done with it. */
static enum mh_code
check_document(const struct preparing *p)
{
    const struct sg_sign_spec *s = p->spec;

    if (p->doc.sigs.count >= MH_PDF_SIGNATURES_MAX)
        return mh_fail_finding(p->err, MH_ELIMIT, MH_F_PDF_LIMIT, MH_NO_OFFSET,
            "sign: the document has as many signatures as it may");
    if (s->certify != SG_CERTIFY_NOT && p->doc.sigs.count > 0)
        return mh_fail_finding(p->err, MH_EUNSUP, MH_F_PDF_CERTIFICATION,
            MH_NO_OFFSET, "sign: only the first signature may certify");
    for (size_t i = 0; s->lock > SG_LOCK_ALL && i < s->fields; i++)
        if (!df_pdf_has_field(&p->doc, s->field[i]))
            return mh_fail(p->err, MH_EFORMAT, MH_NO_OFFSET,
                "sign: lock: no field has name %zu of the list", i + 1);
    return MH_OK;
}

/* A picture on a certified document would be judged as an annotation. */
static enum mh_code
check_visible(const struct preparing *p)
{
    for (size_t i = 0; i < p->doc.sigs.count; i++)
        if (p->doc.sigs.sig[i].docmdp != 0)
            return mh_fail_finding(p->err, MH_EUNSUP, MH_F_PDF_CERTIFICATION,
                MH_NO_OFFSET,
                "sign: a certified document takes invisible signatures only");
    return MH_OK;
}

static enum mh_code
place(struct preparing *p)
{
    const struct sg_sign_spec *s = p->spec;
    const double shown[4] = {s->x, s->y, s->w, s->h};
    double matrix[6];
    enum mh_code code;

    if (!s->visible)
        return df_pdf_find_page(p->doc.pdf, 1, p->err, &p->page);
    code = check_visible(p);
    if (code == MH_OK)
        code = df_pdf_find_page(p->doc.pdf, s->page, p->err, &p->page);
    if (code != MH_OK)
        return code;
    /* Written so that a number which is none fails as well. */
    if (!(s->x >= 0 && s->y >= 0 && s->w > 0 && s->h > 0 &&
            s->x + s->w <= p->page.w && s->y + s->h <= p->page.h))
        return mh_fail(p->err, MH_EFORMAT, MH_NO_OFFSET,
            "sign: rectangle outside of the page, which is %.1f by %.1f",
            p->page.w, p->page.h);
    if (s->w < SIDE_MIN || s->h < SIDE_MIN)
        return wrong(p, "rectangle smaller than 12 by 12 points");
    df_pdf_place(&p->page, shown, p->rect, matrix);
    return sg_pdf_look(s, p->name, matrix, p->w, p->err, &p->look);
}

/* The names of a lock as an array; "" where there are none. */
static const char *
lock_fields(const struct preparing *p)
{
    const char *list = "";

    if (p->spec->lock == SG_LOCK_ALL)
        return list;
    for (size_t i = 0; i < p->spec->fields && list != NULL; i++) {
        const char *name =
            df_pdf_string(p->arena, mh_span_str(p->spec->field[i]));

        list = name == NULL ? NULL
                            : df_pdf_concat(p->arena, list, name, DF_PDF_END);
    }
    return list == NULL
               ? NULL
               : df_pdf_concat(p->arena, "/Fields[", list, "]", DF_PDF_END);
}

/* "/Action/…/Fields[…]" of FieldMDP and /Lock alike. */
static const char *
lock_text(const struct preparing *p)
{
    static const char *const actions[SG_LOCK_END] = {
        "", "All", "Include", "Exclude"};
    const char *fields = lock_fields(p);

    return fields == NULL ? NULL
                          : df_pdf_concat(p->arena, "/Action/",
                                actions[p->spec->lock], fields, DF_PDF_END);
}

/* /Reference: DocMDP (table 257), FieldMDP (table 259). */
static enum mh_code
put_reference(const struct preparing *p, const char *lock, struct mh_buf *out)
{
    uint32_t num, gen;
    enum mh_code code = df_pdf_catalog(p->doc.pdf, p->err, &num, &gen);

    if (code != MH_OK ||
        (p->spec->certify == SG_CERTIFY_NOT && p->spec->lock == SG_LOCK_NOT))
        return code;
    mh_buf_str(out, "/Reference[");
    if (p->spec->certify != SG_CERTIFY_NOT)
        mh_buf_printf(out,
            "<</Type/SigRef/TransformMethod/DocMDP/TransformParams"
            "<</Type/TransformParams/P %d/V/1.2>>>>",
            (int)p->spec->certify);
    if (p->spec->lock != SG_LOCK_NOT) {
        mh_buf_printf(out,
            "<</Type/SigRef/TransformMethod/FieldMDP/Data %u %u R"
            "/TransformParams<</Type/TransformParams",
            num, gen);
        mh_buf_str(out, lock);
        mh_buf_str(out, "/V/1.2>>>>");
    }
    mh_buf_str(out, "]\n");
    return MH_OK;
}

static void
put_text(const struct preparing *p, const char *key, const char *text,
    struct mh_buf *out)
{
    const char *string;

    if (text[0] == '\0')
        return;
    string = df_pdf_string(p->arena, mh_span_str(text));
    mh_buf_printf(out, "/%s", key);
    mh_buf_str(out, string == NULL ? "" : string);
    mh_buf_str(out, "\n");
    if (string == NULL)
        out->bad = true;
}

static enum mh_code
put_dictionary(const struct preparing *p, const char *lock, struct mh_buf *out)
{
    const char *date = df_pdf_write_date(p->arena, p->spec->time);

    if (date == NULL)
        return wrong(p, "no time that can be written");
    mh_buf_str(out, "<</Type/Sig/Filter/Adobe.PPKLite"
                    "/SubFilter/ETSI.CAdES.detached\n");
    mh_buf_printf(out, "/M%s\n", date);
    put_text(p, "Name", p->name, out);
    put_text(p, "Reason", p->spec->reason, out);
    put_text(p, "Location", p->spec->place, out);
    return put_reference(p, lock, out);
}

/* In an encrypted file the strings so far are; /Contents never is. */
static enum mh_code
seal(const struct preparing *p, struct mh_buf *dict)
{
    struct mh_span sealed;
    enum mh_code code;

    if (!mh_buf_ok(dict))
        return no_memory(p);
    code = df_pdf_write_seal(p->w, p->value, mh_buf_get(dict), p->err, &sealed);
    if (code != MH_OK || sealed.ptr == dict->ptr)
        return code;
    mh_buf_clear(dict);
    mh_buf_span(dict, sealed);
    return MH_OK;
}

/* Bytes that the value may need: everything in it but what is signed is known
   now, and the longest value and a digest of the same length stand in. */
static enum mh_code
measure(const struct preparing *p, size_t *room)
{
    static const uint8_t filler[VALUE_MAX] = {0x80};
    /* r||s is measured at the length of the key: 2 * 66 bytes at most. */
    struct mh_span value = {filler, p->spec->scheme == SG_ECDSA ? 132 : 0};
    struct mh_span digest = {filler, mh_digest_length(p->spec->digest)};
    struct mh_buf attributes, whole;
    enum mh_code code;

    if (p->spec->scheme != SG_ECDSA)
        value.len = p->cert->key_bits.len < VALUE_MAX ? p->cert->key_bits.len
                                                      : VALUE_MAX;
    mh_buf_init(&attributes, MH_PDF_CONTENTS_MAX);
    mh_buf_init(&whole, MH_PDF_CONTENTS_MAX);
    code = sg_cms_attributes(&p->cms, digest, p->err, &attributes);
    if (code == MH_OK)
        code = sg_cms_assemble(
            &p->cms, mh_buf_get(&attributes), value, NULL, p->err, &whole);
    if (code == MH_OK && (!mh_buf_ok(&attributes) || !mh_buf_ok(&whole)))
        code = mh_fail(
            p->err, MH_ELIMIT, MH_NO_OFFSET, "sign: certificates too large");
    if (code == MH_OK)
        *room = whole.len + SG_PDF_MARGIN +
                (p->spec->level >= MH_LEVEL_T ? SG_PDF_TOKEN_ROOM : 0);
    mh_buf_fini(&attributes);
    mh_buf_fini(&whole);
    return code;
}

static enum mh_code
add_objects(struct preparing *p, struct sg_pdf_revision *r, const char *lock)
{
    const char *own_lock = NULL;
    struct df_pdf_newfield field = {.prefix = "Signature",
        .dict = mh_buf_get(r->dict),
        .value = p->value,
        .page = &p->page,
        .rect = p->spec->visible ? p->rect : NULL,
        .appearance = p->look,
        .certify = p->spec->certify != SG_CERTIFY_NOT};

    if (p->spec->lock != SG_LOCK_NOT) {
        own_lock = df_pdf_concat(
            p->arena, "<</Type/SigFieldLock", lock, ">>", DF_PDF_END);
        if (own_lock == NULL)
            return no_memory(p);
    }
    field.lock = own_lock;
    return df_pdf_add_field(p->w, &p->doc, &field, p->err);
}

/* The draft: what the key signs, and the state. */
static enum mh_code
make_draft(
    struct preparing *p, struct sg_pdf_state *state, struct sg_draft *draft)
{
    struct mh_buf attributes;
    enum mh_code code;

    mh_buf_init(&attributes, MH_PDF_CONTENTS_MAX);
    code = sg_cms_attributes(&p->cms, state->digest, p->err, &attributes);
    if (code == MH_OK && !mh_buf_ok(&attributes))
        code = no_memory(p);
    if (code == MH_OK)
        draft->tbs = mh_arena_copy(p->arena, mh_buf_get(&attributes));
    mh_buf_fini(&attributes);
    if (code != MH_OK)
        return code;
    if (draft->tbs.ptr == NULL)
        return no_memory(p);
    draft->alg = p->spec->digest;
    code = mh_digest_once(draft->alg, draft->tbs, p->err, draft->digest);
    state->attributes = draft->tbs;
    if (code == MH_OK)
        code = sg_pdf_state_pack(state, p->arena, p->err, &draft->state);
    return code;
}

static enum mh_code
copy_chain(const struct preparing *p, struct sg_pdf_state *state)
{
    state->chain =
        mh_arena_array(p->arena, p->spec->chain_count, sizeof(*state->chain));
    if (state->chain == NULL)
        return no_memory(p);
    for (size_t i = 0; i < p->spec->chain_count; i++)
        state->chain[i] = p->spec->chain[i];
    state->chain_count = p->spec->chain_count;
    return MH_OK;
}

static enum mh_code
write_all(struct preparing *p, struct mh_out *out, struct mh_buf *dict,
    struct sg_draft *draft)
{
    struct sg_pdf_state state = {.alg = p->spec->digest,
        .scheme = p->spec->scheme,
        .certificate = p->spec->certificate,
        .role = p->spec->role};
    struct sg_pdf_revision r = {
        .file = p->file, .w = p->w, .value = p->value, .dict = dict};
    const char *lock = lock_text(p);
    size_t room = 0;
    enum mh_code code =
        lock == NULL ? wrong(p, "a lock's name is no UTF-8") : MH_OK;

    if (code == MH_OK)
        code = measure(p, &room);
    if (code == MH_OK)
        code = put_dictionary(p, lock, dict);
    if (code == MH_OK)
        code = seal(p, dict);
    if (code == MH_OK)
        code = copy_chain(p, &state);
    if (code != MH_OK)
        return code;
    sg_pdf_put_gap(&r, room);
    mh_buf_str(dict, ">>");
    if (!mh_buf_ok(dict))
        return no_memory(p);
    state.digits = room * 2;
    code = add_objects(p, &r, lock);
    if (code == MH_OK)
        code = sg_pdf_write(&r, p->spec->time, p->arena, out, p->err, &state);
    return code == MH_OK ? make_draft(p, &state, draft) : code;
}

enum mh_code
/* NOLINTNEXTLINE(readability-function-size): sign.h */
sg_pdf_prepare(const struct sg_sign_spec *spec, const struct sg_sign_file *file,
    size_t files, struct mh_arena *arena, struct mh_out *out,
    struct mh_err *err, struct sg_draft *draft)
{
    struct preparing p = {.spec = spec,
        .file = file,
        .arena = arena,
        .err = err,
        .cms = {.scheme = spec->scheme,
            .digest = spec->digest,
            .certificate = spec->certificate,
            .chain = spec->chain,
            .chain_count = spec->chain_count,
            .time = MH_TIME_NONE,
            .role = spec->role,
            .place = "",
            .mime = ""}};
    struct mh_buf dict;
    enum mh_code code = check_spec(&p, files);

    sg_pdf_keys_init(&p.keys);
    if (code == MH_OK)
        code = read_certificate(&p);
    if (code == MH_OK)
        code = df_pdf_signing_open(
            file->bytes, &p.keys.crypto, false, arena, err, &p.doc);
    if (code == MH_OK)
        code = check_document(&p);
    if (code == MH_OK)
        code = df_pdf_write_begin(p.doc.pdf, &p.keys.cipher, arena, err, &p.w);
    if (code == MH_OK)
        code = place(&p);
    if (code == MH_OK)
        code = df_pdf_write_number(p.w, err, &p.value);
    if (code != MH_OK)
        return code;
    mh_buf_init(&dict, MH_PDF_CONTENTS_MAX * 2 + MH_CERT_SIZE_MAX);
    code = write_all(&p, out, &dict, draft);
    mh_buf_fini(&dict);
    return code;
}
