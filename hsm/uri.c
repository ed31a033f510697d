#include "hsm/uri.h"

#include "base/span.h"
#include "base/text.h"
#include "base/wire/token.h"

/* The names that may occur, in the path and in the query. */
static const char *const path_names[] = {"token", "manufacturer", "model",
    "serial", "id", "object", "type", "library-manufacturer",
    "library-description", "library-version"};
static const char *const query_names[] = {"pin-source", "module-path"};

enum {
    PATH_NAMES = sizeof(path_names) / sizeof(path_names[0]),
    QUERY_NAMES = sizeof(query_names) / sizeof(query_names[0]),
};

static enum mh_code
refuse(struct mh_err *err, const char *text)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "key URI: %s", text);
}

/* What a name that is known and still refused is refused for. */
static const char *
reason(struct mh_span name)
{
    if (mh_span_is(name, "pin-value"))
        return "a PIN may not stand in it (pin-value)";
    if (mh_span_starts(name, "slot-"))
        return "slots change with the order of readers (slot-...)";
    if (mh_span_is(name, "module-name"))
        return "a module is named by module-path";
    return "unknown attribute";
}

/* A NUL inside a text would end it for some readers and not for others. */
static bool
has_nul(struct mh_span value)
{
    for (size_t i = 0; i + 2 < value.len; i++)
        if (memcmp(value.ptr + i, "%00", 3) == 0)
            return true;
    return false;
}

static bool
is_blank(struct mh_span value)
{
    size_t i = 0;

    while (i + 2 < value.len && memcmp(value.ptr + i, "%20", 3) == 0)
        i += 3;
    return i == value.len;
}

static enum mh_code
check_attribute(struct mh_span part, const char *const *names, size_t count,
    unsigned *seen, struct mh_err *err)
{
    const uint8_t *equals = memchr(part.ptr, '=', part.len);
    struct mh_span name, value;
    size_t i = 0;

    if (equals == NULL)
        return refuse(err, "an attribute has no value");
    name = (struct mh_span){part.ptr, (size_t)(equals - part.ptr)};
    value = (struct mh_span){equals + 1, part.len - name.len - 1};
    while (i < count && !mh_span_is(name, names[i]))
        i++;
    if (i == count)
        return refuse(err, reason(name));
    if ((*seen & (1U << i)) != 0)
        return refuse(err, "an attribute is given twice");
    *seen |= 1U << i;
    if (value.len == 0)
        return refuse(err, "an attribute is empty");
    if (!mh_span_is(name, "id") && has_nul(value))
        return refuse(err, "a NUL in an attribute");
    /* Labels are padded with spaces: nothing but those is no label. */
    if (!mh_span_is(name, "id") && is_blank(value))
        return refuse(err, "an attribute is blank");
    if (mh_span_is(name, "type") && !mh_span_is(value, "private"))
        return refuse(err, "type is not private");
    if (mh_span_is(name, "pin-source") && !mh_span_starts(value, "file:/"))
        return refuse(err, "pin-source is not file: and an absolute path");
    if (mh_span_is(name, "module-path") && !mh_span_starts(value, "/"))
        return refuse(err, "module-path is not absolute");
    return MH_OK;
}

/* Checks the attributes of one component. */
static enum mh_code
check_part(struct mh_span all, char between, const char *const *names,
    size_t count, unsigned *seen, struct mh_err *err)
{
    enum mh_code code = MH_OK;
    bool more = true;

    while (more && code == MH_OK) {
        const uint8_t *end =
            all.len == 0 ? NULL : memchr(all.ptr, between, all.len);
        struct mh_span part = {
            all.ptr, end == NULL ? all.len : (size_t)(end - all.ptr)};

        more = end != NULL;
        code = check_attribute(part, names, count, seen, err);
        if (more)
            all = (struct mh_span){
                part.ptr + part.len + 1, all.len - part.len - 1};
    }
    return code;
}

static enum mh_code
check_text(const char *text, struct mh_err *err)
{
    static const char scheme[] = P11_KIT_URI_SCHEME ":";
    struct mh_span path = mh_span_str(text), query = {0};
    unsigned seen = 0, asked = 0;
    const uint8_t *mark;
    enum mh_code code;

    if (path.len > MH_TOKEN_URI_MAX)
        return refuse(err, "too long");
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] <= ' ' || path.ptr[i] > '~')
            return refuse(err, "a byte that has to be percent-encoded");
    if (!mh_span_starts(path, scheme))
        return refuse(err, "does not begin with pkcs11:");
    path.ptr += sizeof(scheme) - 1;
    path.len -= sizeof(scheme) - 1;
    mark = path.len == 0 ? NULL : memchr(path.ptr, '?', path.len);
    if (mark != NULL) {
        query.ptr = mark + 1;
        query.len = (size_t)(path.ptr + path.len - mark) - 1;
        path.len = (size_t)(mark - path.ptr);
    }
    if (path.len == 0)
        return refuse(err, "names nothing");
    code = check_part(path, ';', path_names, PATH_NAMES, &seen, err);
    if (code == MH_OK && mark != NULL)
        code = check_part(query, '&', query_names, QUERY_NAMES, &asked, err);
    /* token, serial, id, object: the rest alone is no name of a key. */
    if (code == MH_OK && (seen & (1U << 0 | 1U << 3 | 1U << 4 | 1U << 5)) == 0)
        code = refuse(err, "names neither token nor key");
    return code;
}

static const char *
parse_error(int rc)
{
    switch (rc) {
    case P11_KIT_URI_BAD_SCHEME:
        return "does not begin with pkcs11:";
    case P11_KIT_URI_BAD_ENCODING:
        return "malformed percent-encoding";
    case P11_KIT_URI_BAD_VERSION:
        return "malformed library-version";
    default:
        return "malformed";
    }
}

enum mh_code
hsm_uri_parse(const char *text, struct mh_err *err, struct hsm_uri *out)
{
    enum mh_code code = check_text(text, err);
    CK_ATTRIBUTE *id;
    int rc;

    *out = (struct hsm_uri){0};
    if (code != MH_OK)
        return code;
    out->parsed = p11_kit_uri_new();
    if (out->parsed == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "key URI: no memory");
    rc = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, out->parsed);
    id = p11_kit_uri_get_attribute(out->parsed, CKA_ID);
    if (rc == P11_KIT_URI_NO_MEMORY)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "key URI: no memory");
    else if (rc != P11_KIT_URI_OK)
        code = refuse(err, parse_error(rc));
    else if (p11_kit_uri_any_unrecognized(out->parsed))
        code = refuse(err, "an attribute is unknown or too long");
    else if (id != NULL && id->ulValueLen > MH_TOKEN_ID_MAX)
        code = refuse(err, "id is too long");
    if (code != MH_OK) {
        hsm_uri_fini(out);
        return code;
    }
    out->pin_source = p11_kit_uri_get_pin_source(out->parsed);
    if (out->pin_source != NULL)
        out->pin_source += sizeof("file:") - 1;
    out->module_path = p11_kit_uri_get_module_path(out->parsed);
    return MH_OK;
}

void
hsm_uri_fini(struct hsm_uri *uri)
{
    if (uri->parsed != NULL)
        p11_kit_uri_free(uri->parsed);
    *uri = (struct hsm_uri){0};
}

bool
hsm_uri_is_token(
    const struct hsm_uri *uri, const CK_INFO *module, const CK_TOKEN_INFO *t)
{
    return p11_kit_uri_match_module_info(uri->parsed, module) != 0 &&
           p11_kit_uri_match_token_info(uri->parsed, t) != 0;
}

static bool
same(const CK_ATTRIBUTE *want, const CK_ATTRIBUTE *have)
{
    return want == NULL ||
           (want->ulValueLen == have->ulValueLen &&
               memcmp(want->pValue, have->pValue, want->ulValueLen) == 0);
}

bool
hsm_uri_is_object(const struct hsm_uri *uri, const CK_ATTRIBUTE *id,
    const CK_ATTRIBUTE *label, bool with_label)
{
    if (!same(p11_kit_uri_get_attribute(uri->parsed, CKA_ID), id))
        return false;
    return !with_label ||
           same(p11_kit_uri_get_attribute(uri->parsed, CKA_LABEL), label);
}

bool
hsm_uri_has_label(const struct hsm_uri *uri)
{
    return p11_kit_uri_get_attribute(uri->parsed, CKA_LABEL) != NULL;
}
