/*
 * RFC 7512 URIs of keys: p11-kit parses them, and what p11-kit is lenient
 * about is refused before (keys.md 3.1): attributes of an unknown name, given
 * twice, or that depend on the order of readers; a PIN inside the URI.
 */
#ifndef HSM_URI_H
#define HSM_URI_H

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <stdbool.h>

#include "base/err.h"

struct hsm_uri {
    P11KitUri *parsed;
    const char *pin_source;  /* path after "file:"; NULL: none given */
    const char *module_path; /* absolute; NULL: none given */
};

/*
 * MH_EFORMAT with one line that names the rule.  Accepted are the path
 * attributes token, manufacturer, model, serial, id, object, type=private and
 * library-*, each at most once and at least one of token, serial, id and
 * object; the query attributes pin-source=file:PATH and module-path.
 */
enum mh_code hsm_uri_parse(
    const char *text, struct mh_err *err, struct hsm_uri *out) MH_MUST_USE;
void hsm_uri_fini(struct hsm_uri *uri);

/* Whether module and token are those of the URI (padding left out). */
bool hsm_uri_is_token(
    const struct hsm_uri *uri, const CK_INFO *module, const CK_TOKEN_INFO *t);
/*
 * Whether an object of this id and label is the one of the URI; its class is
 * not compared, so that a certificate can stand for its private key.
 */
bool hsm_uri_is_object(const struct hsm_uri *uri, const CK_ATTRIBUTE *id,
    const CK_ATTRIBUTE *label, bool with_label);
/* Whether the URI names an object by its label. */
bool hsm_uri_has_label(const struct hsm_uri *uri);

#endif
