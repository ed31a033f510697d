/*
 * Comparison of distinguished names (RFC 5280 7.1) and name constraints
 * (4.2.1.10).
 *
 * Names are equal when their parts are, in order: same attribute types, and
 * values that agree after conversion to Unicode, NFKC with case folding, and
 * white space trimmed and squeezed.  Values that are no character strings
 * compare by bytes.
 */
#ifndef SIGNER_TRUST_NAME_H
#define SIGNER_TRUST_NAME_H

#include "base/buf.h"
#include "signer/trust/cert.h"

bool sg_name_eq(const struct sg_name *a, const struct sg_name *b);
/* Equal names have equal hashes. */
uint64_t sg_name_hash(const struct sg_name *name);

/* The n-th part of two names compared; for subtrees and prefixes. */
bool sg_name_within(const struct sg_name *name, const struct sg_name *base);

/* Unicode of an attribute appended as UTF-8; false if it is no text. */
bool sg_attr_utf8(unsigned tag, struct mh_span value, struct mh_buf *out);

/*
 * Name constraints gathered along a path.  Lists of subtrees are kept as
 * spans of the certificates: a name must be inside some permitted subtree of
 * its kind of each certificate that has one, and inside no excluded one.
 */
struct sg_constraints {
    struct {
        struct mh_span permitted; /* content of GeneralSubtrees; may be empty */
        struct mh_span excluded;
    } level[16];
    size_t count;
};

enum sg_nc_result {
    SG_NC_OK = 0,
    SG_NC_VIOLATED,    /* a name lies outside */
    SG_NC_UNSUPPORTED, /* a constraint on a kind of name we do not know, while
                          such a name is present; or a malformed one */
};

/* Adds those of a CA; false if its extension is malformed. */
bool sg_constraints_add(struct sg_constraints *nc, const struct sg_cert *ca);
/* Subject, subject's emailAddress (if no rfc822Name) and alternative names. */
enum sg_nc_result sg_constraints_check(const struct sg_constraints *nc,
    const struct sg_cert *cert, struct mh_arena *arena);
/*
 * The syntax of a nameConstraints content: only minimum 0, no maximum, well
 * formed bases; of a subjectAltName: well-formed DNS names (no underscore),
 * addresses, mailboxes.
 */
bool sg_constraints_syntax(struct mh_span nc);
bool sg_san_syntax(struct mh_span san);

#endif
