/*
 * URIs of keys.  What is accepted names a token or a key, holds no PIN, and is
 * understood by p11-kit as a whole; formatting it and reading it again names
 * the same thing.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/wire/token.h"
#include "hsm/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const char *text, const struct hsm_uri *uri)
{
    struct hsm_uri again;
    char *formatted = NULL;

    if (p11_kit_uri_any_unrecognized(uri->parsed) ||
        p11_kit_uri_get_pin_value(uri->parsed) != NULL ||
        p11_kit_uri_get_slot_id(uri->parsed) != (CK_SLOT_ID)-1 ||
        p11_kit_uri_get_module_name(uri->parsed) != NULL)
        abort();
    if (uri->pin_source != NULL && uri->pin_source[0] != '/')
        abort();
    if (uri->module_path != NULL && uri->module_path[0] != '/')
        abort();
    if (strchr(text, '?') != NULL)
        return; /* p11-kit writes the query in its own way */
    if (p11_kit_uri_format(uri->parsed, P11_KIT_URI_FOR_ANY, &formatted) !=
        P11_KIT_URI_OK)
        abort();
    if (strlen(formatted) <= MH_TOKEN_URI_MAX) {
        CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(uri->parsed, CKA_ID);
        CK_ATTRIBUTE none = {CKA_ID, NULL, 0};

        if (hsm_uri_parse(formatted, NULL, &again) != MH_OK ||
            !p11_kit_uri_match_token_info(
                again.parsed, p11_kit_uri_get_token_info(uri->parsed)) ||
            !hsm_uri_is_object(&again, id == NULL ? &none : id, NULL, false))
            abort();
        hsm_uri_fini(&again);
    }
    free(formatted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);
    struct hsm_uri uri;

    if (text == NULL)
        return 0;
    if (len > 0)
        memcpy(text, data, len);
    text[len] = '\0';
    if (hsm_uri_parse(text, NULL, &uri) == MH_OK)
        check(text, &uri);
    hsm_uri_fini(&uri);
    free(text);
    return 0;
}
