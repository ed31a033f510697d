#include "hsm/find.h"

#include "base/text.h"
#include "hsm/mech.h"

const char *
hsm_find_text(struct mh_arena *arena, const CK_UTF8CHAR *text, size_t len)
{
    struct mh_buf clean;
    const char *out;

    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\0'))
        len--;
    mh_buf_init(&clean, (size_t)4 * HSM_LABEL_MAX);
    mh_text_clean((struct mh_span){text, len}, HSM_LABEL_MAX, &clean);
    out = mh_buf_ok(&clean) && clean.len > 0
              ? mh_arena_str(arena, mh_buf_get(&clean))
              : "";
    mh_buf_fini(&clean);
    return out == NULL ? "" : out;
}

CK_RV
hsm_find_objects(struct hsm_at at, CK_OBJECT_CLASS cls, struct mh_span id,
    CK_OBJECT_HANDLE *out, size_t max, size_t *count)
{
    union {
        const uint8_t *given;
        void *wanted; /* PKCS#11 knows no const; a search reads only */
    } id_ptr = {id.ptr};
    CK_ATTRIBUTE want[] = {
        {CKA_CLASS, &cls, sizeof(cls)}, {CKA_ID, id_ptr.wanted, id.len}};
    CK_RV rv = at.m->f->C_FindObjectsInit(at.s, want, id.len > 0 ? 2 : 1);

    *count = 0;
    while (rv == CKR_OK && *count <= max) {
        CK_OBJECT_HANDLE h = 0;
        CK_ULONG n = 0;

        rv = at.m->f->C_FindObjects(at.s, &h, 1, &n);
        if (rv != CKR_OK || n == 0)
            break;
        if (*count < max)
            out[*count] = h;
        ++*count;
    }
    if (rv == CKR_OK)
        rv = at.m->f->C_FindObjectsFinal(at.s);
    return rv;
}

CK_RV
hsm_find_attribute(struct hsm_at at, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, size_t max, struct mh_arena *arena,
    struct mh_span *out)
{
    CK_ATTRIBUTE a = {type, NULL, 0};
    CK_RV rv = at.m->f->C_GetAttributeValue(at.s, object, &a, 1);
    uint8_t *p;

    *out = (struct mh_span){0};
    if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE)
        return CKR_OK;
    if (rv != CKR_OK)
        return rv;
    if (a.ulValueLen == 0 || a.ulValueLen == CK_UNAVAILABLE_INFORMATION)
        return CKR_OK;
    if (a.ulValueLen > max)
        return CKR_DATA_LEN_RANGE;
    max = a.ulValueLen;
    p = mh_arena_alloc(arena, max);
    if (p == NULL)
        return CKR_HOST_MEMORY;
    a.pValue = p;
    rv = at.m->f->C_GetAttributeValue(at.s, object, &a, 1);
    if (rv == CKR_OK && a.ulValueLen > max)
        rv = CKR_DATA_LEN_RANGE;
    if (rv == CKR_OK)
        *out = (struct mh_span){p, a.ulValueLen};
    return rv;
}

static CK_RV
read_cert(struct hsm_at at, CK_OBJECT_HANDLE h, struct mh_arena *arena,
    struct hsm_cert *out)
{
    CK_RV rv =
        hsm_find_attribute(at, h, CKA_ID, MH_TOKEN_ID_MAX, arena, &out->id);

    if (rv == CKR_OK)
        rv = hsm_find_attribute(
            at, h, CKA_LABEL, HSM_LABEL_MAX, arena, &out->label);
    if (rv == CKR_OK)
        rv = hsm_find_attribute(
            at, h, CKA_VALUE, MH_TOKEN_CERT_MAX, arena, &out->der);
    return rv;
}

/* All certificates with a value; *count may be cut at max. */
static CK_RV
read_certs(struct hsm_at at, struct mh_arena *arena, struct hsm_cert *out,
    size_t max, size_t *count)
{
    CK_OBJECT_HANDLE h[HSM_OBJECTS_MAX];
    size_t n = 0;
    CK_RV rv = hsm_find_objects(
        at, CKO_CERTIFICATE, (struct mh_span){0}, h, HSM_OBJECTS_MAX, &n);

    *count = 0;
    for (size_t i = 0; i < n && i < HSM_OBJECTS_MAX && rv == CKR_OK; i++) {
        struct hsm_cert c = {0};

        rv = read_cert(at, h[i], arena, &c);
        if (rv == CKR_OK && c.der.len > 0 && *count < max)
            out[(*count)++] = c;
    }
    return rv;
}

static CK_ATTRIBUTE
attribute(CK_ATTRIBUTE_TYPE type, struct mh_span value)
{
    union {
        const uint8_t *given;
        void *wanted; /* only compared */
    } p = {value.ptr};

    return (CK_ATTRIBUTE){type, p.wanted, value.len};
}

/* Whether a key object of that id bears the label that uri names. */
static CK_RV
labelled(struct hsm_at at, const struct hsm_uri *uri, struct mh_span id,
    struct mh_arena *arena, bool *out)
{
    static const CK_OBJECT_CLASS classes[] = {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY};
    CK_ATTRIBUTE want = attribute(CKA_ID, id);
    CK_OBJECT_HANDLE h[HSM_OBJECTS_MAX];
    CK_RV rv = CKR_OK;

    for (size_t c = 0; c < 2 && rv == CKR_OK; c++) {
        size_t n = 0;

        rv = hsm_find_objects(at, classes[c], id, h, HSM_OBJECTS_MAX, &n);
        for (size_t i = 0; i < n && i < HSM_OBJECTS_MAX && rv == CKR_OK; i++) {
            struct mh_span text = {0};
            CK_ATTRIBUTE label;

            rv = hsm_find_attribute(
                at, h[i], CKA_LABEL, HSM_LABEL_MAX, arena, &text);
            label = attribute(CKA_LABEL, text);
            if (rv == CKR_OK && hsm_uri_is_object(uri, &want, &label, true))
                *out = true;
        }
    }
    return rv;
}

static CK_RV
is_candidate(struct hsm_at at, const struct hsm_uri *uri,
    const struct hsm_cert *c, struct mh_arena *arena, bool *out)
{
    CK_ATTRIBUTE id = attribute(CKA_ID, c->id);
    CK_ATTRIBUTE label = attribute(CKA_LABEL, c->label);

    *out = c->id.len > 0 && hsm_uri_is_object(uri, &id, &label, true);
    if (*out || c->id.len == 0 || !hsm_uri_has_label(uri) ||
        !hsm_uri_is_object(uri, &id, &label, false))
        return CKR_OK;
    return labelled(at, uri, c->id, arena, out);
}

/* The search through all slots of one module. */
struct search {
    const struct hsm_module *m;
    const struct hsm_uri *uri;
    struct mh_arena *arena;
    struct hsm_found *out;
    size_t tokens;     /* that match */
    size_t keys;       /* that match */
    bool private_seen; /* a private key without a certificate matches */
    CK_RV trouble;     /* the first thing that went wrong */
};

static void
note_bare_keys(struct search *q, CK_SESSION_HANDLE s)
{
    static const CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
    const CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(q->uri->parsed, CKA_ID);

    for (size_t i = 0; i < 2; i++) {
        struct mh_span want = {0};
        CK_OBJECT_HANDLE h;
        size_t n = 0;

        if (id != NULL)
            want = (struct mh_span){id->pValue, id->ulValueLen};
        if (hsm_find_objects((struct hsm_at){q->m, s}, classes[i], want, &h, 1,
                &n) == CKR_OK &&
            n > 0)
            q->private_seen = true;
    }
}

/* Sorts the certificates of one token into the key's own and the others. */
static CK_RV
look_through(struct search *q, CK_SESSION_HANDLE s, bool *mine)
{
    struct hsm_cert all[MH_TOKEN_CERTS_MAX + 1];
    struct hsm_found *f = q->out;
    size_t n = 0, found = 0, others = 0;
    CK_RV rv = read_certs((struct hsm_at){q->m, s}, q->arena, all,
        sizeof(all) / sizeof(all[0]), &n);

    for (size_t i = 0; i < n && rv == CKR_OK; i++) {
        bool is = false;

        rv = is_candidate(
            (struct hsm_at){q->m, s}, q->uri, &all[i], q->arena, &is);
        if (is && found++ == 0 && q->keys == 0)
            f->own = all[i];
        else if (q->keys == 0 && others < MH_TOKEN_CERTS_MAX)
            f->other[others++] = all[i];
    }
    if (rv != CKR_OK)
        return rv;
    if (found == 0)
        note_bare_keys(q, s);
    *mine = found > 0 && q->keys == 0;
    if (*mine)
        f->others = others;
    q->keys += found;
    return CKR_OK;
}

static void
look_at_slot(struct search *q, CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE s = 0;
    CK_TOKEN_INFO info = {0};
    bool mine = false;
    CK_RV rv = q->m->f->C_GetTokenInfo(slot, &info);

    if (rv == CKR_OK && ((info.flags & CKF_TOKEN_INITIALIZED) == 0 ||
                            !hsm_uri_is_token(q->uri, &q->m->info, &info)))
        return;
    if (rv == CKR_OK)
        q->tokens++;
    if (rv == CKR_OK)
        rv = q->m->f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s);
    if (rv == CKR_OK) {
        rv = look_through(q, s, &mine);
        if (mine) {
            q->out->slot = slot;
            q->out->token = info;
            q->out->session = s;
        } else {
            (void)q->m->f->C_CloseSession(s); /* not the one we want */
        }
    }
    if (rv != CKR_OK && rv != CKR_TOKEN_NOT_PRESENT &&
        rv != CKR_TOKEN_NOT_RECOGNIZED && q->trouble == CKR_OK)
        q->trouble = rv;
}

static bool
judge(const struct search *q, struct mh_token_failed *fail)
{
    if (q->keys > 1)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_CONFIGURATION,
            "more than one key matches the URI");
    if (q->keys == 1)
        return true;
    if (q->trouble != CKR_OK)
        return hsm_module_fail(fail, q->trouble, "the token cannot be read");
    if (q->tokens == 0)
        return hsm_module_refuse(fail, MH_TOKEN_CLASS_GONE,
            "no token matches the URI; it is not inserted, or another one is");
    return hsm_module_refuse(fail, MH_TOKEN_CLASS_CONFIGURATION,
        q->private_seen ? "the key has no certificate on the token"
                        : "no key on the token matches the URI");
}

bool
hsm_find_key(const struct hsm_module *m, const struct hsm_uri *uri,
    struct mh_arena *arena, struct mh_token_failed *fail, struct hsm_found *out)
{
    struct search q = {.m = m, .uri = uri, .arena = arena, .out = out};
    CK_SLOT_ID slot[HSM_SLOTS_MAX];
    CK_ULONG n = HSM_SLOTS_MAX;
    CK_RV rv = m->f->C_GetSlotList(CK_TRUE, slot, &n);

    *out = (struct hsm_found){0};
    if (rv != CKR_OK)
        return hsm_module_fail(fail, rv, "the readers cannot be listed");
    for (CK_ULONG i = 0; i < n && i < HSM_SLOTS_MAX; i++)
        look_at_slot(&q, slot[i]);
    if (judge(&q, fail))
        return true;
    if (out->session != 0)
        (void)m->f->C_CloseSession(out->session); /* refused in any case */
    out->session = 0;
    return false;
}

/* Adds the ids of one class of objects to a token's keys. */
static CK_RV
list_class(struct hsm_at at, CK_OBJECT_CLASS cls, struct mh_arena *arena,
    struct mh_token_entry *t)
{
    CK_OBJECT_HANDLE h[HSM_OBJECTS_MAX];
    size_t n = 0;
    CK_RV rv =
        hsm_find_objects(at, cls, (struct mh_span){0}, h, HSM_OBJECTS_MAX, &n);

    for (size_t i = 0; i < n && i < HSM_OBJECTS_MAX && rv == CKR_OK; i++) {
        struct mh_span id = {0}, label = {0};
        size_t k = 0;

        rv = hsm_find_attribute(at, h[i], CKA_ID, MH_TOKEN_ID_MAX, arena, &id);
        if (rv == CKR_OK)
            rv = hsm_find_attribute(
                at, h[i], CKA_LABEL, HSM_LABEL_MAX, arena, &label);
        if (rv != CKR_OK || id.len == 0)
            continue;
        while (k < t->keys && !mh_span_eq(t->key[k].id, id))
            k++;
        if (k == MH_TOKEN_KEYS_MAX)
            continue;
        if (k == t->keys)
            t->key[t->keys++] = (struct mh_token_key){.id = id, .label = ""};
        if (cls == CKO_CERTIFICATE)
            t->key[k].certificate = true;
        if (cls == CKO_PRIVATE_KEY)
            t->key[k].seen = true;
        if (t->key[k].label[0] == '\0')
            t->key[k].label = hsm_find_text(arena, label.ptr, label.len);
    }
    return rv;
}

static void
list_keys(const struct hsm_module *m, CK_SLOT_ID slot, struct mh_arena *arena,
    struct mh_token_entry *t)
{
    static const CK_OBJECT_CLASS classes[] = {
        CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY};
    CK_SESSION_HANDLE s = 0;

    t->key = mh_arena_array(arena, MH_TOKEN_KEYS_MAX, sizeof(*t->key));
    if (t->key == NULL ||
        m->f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s) != CKR_OK)
        return; /* shown without keys */
    for (size_t i = 0; i < 3; i++)
        if (list_class((struct hsm_at){m, s}, classes[i], arena, t) != CKR_OK)
            break;                 /* shown with those that were read */
    (void)m->f->C_CloseSession(s); /* only looked */
}

bool
hsm_find_all(const struct hsm_module *m, struct mh_arena *arena,
    struct mh_token_failed *fail, struct mh_token_list *out)
{
    CK_SLOT_ID slot[HSM_SLOTS_MAX];
    CK_ULONG n = HSM_SLOTS_MAX;
    CK_RV rv = m->f->C_GetSlotList(CK_TRUE, slot, &n), trouble = CKR_OK;

    *out = (struct mh_token_list){0};
    out->token = mh_arena_array(arena, MH_TOKENS_MAX, sizeof(*out->token));
    if (rv != CKR_OK)
        return hsm_module_fail(fail, rv, "the readers cannot be listed");
    if (out->token == NULL)
        return hsm_module_fail(fail, CKR_HOST_MEMORY, "");
    for (CK_ULONG i = 0; i < n && out->tokens < MH_TOKENS_MAX; i++) {
        struct mh_token_entry *t = &out->token[out->tokens];
        CK_TOKEN_INFO info = {0};

        rv = m->f->C_GetTokenInfo(slot[i], &info);
        if (rv != CKR_OK && rv != CKR_TOKEN_NOT_PRESENT &&
            rv != CKR_TOKEN_NOT_RECOGNIZED)
            trouble = rv;
        if (rv != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0)
            continue;
        out->tokens++;
        t->label = hsm_find_text(arena, info.label, sizeof(info.label));
        t->manufacturer = hsm_find_text(
            arena, info.manufacturerID, sizeof(info.manufacturerID));
        t->model = hsm_find_text(arena, info.model, sizeof(info.model));
        t->serial =
            hsm_find_text(arena, info.serialNumber, sizeof(info.serialNumber));
        t->initialized = true;
        t->login_required = (info.flags & CKF_LOGIN_REQUIRED) != 0;
        t->pad = (info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
        t->level = hsm_module_level(&info);
        t->mechanisms = hsm_mech_of_slot(m, slot[i]);
        list_keys(m, slot[i], arena, t);
    }
    if (out->tokens == 0 && trouble != CKR_OK)
        return hsm_module_fail(fail, trouble, "the token cannot be read");
    return true;
}
