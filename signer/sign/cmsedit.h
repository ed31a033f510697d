/*
 * A SignedData taken apart and put together again with more in it: another
 * signer, certificates, revocation data, unsigned attributes (RFC 5652 5.1,
 * 5.3).  What was there stays byte for byte; sets are brought into DER order.
 * Internal to signer/sign.
 */
#ifndef SIGNER_SIGN_CMSEDIT_H
#define SIGNER_SIGN_CMSEDIT_H

#include "base/buf.h"
#include "signer/sign/sign.h"

/* Elements with their tags. */
struct sg_cms_set {
    struct mh_span *item;
    size_t count, cap;
};

struct sg_cms_parts {
    uint64_t version;
    struct mh_span content; /* EncapsulatedContentInfo */
    struct sg_cms_set digests, certs, revocations, signers;
};

/*
 * room: elements that may be added to each set.  Borrows from der, which must
 * be DER: MH_EFORMAT, or MH_EUNSUP for BER, with cms-invalid.
 */
enum mh_code sg_cms_split(struct mh_span der, size_t room,
    struct mh_arena *arena, struct mh_err *err,
    struct sg_cms_parts *out) MH_MUST_USE;

/* One more element, unless it is there. */
void sg_cms_set_add(struct sg_cms_set *set, struct mh_span item);

/* Certificates and revocation data of extra. */
enum mh_code sg_cms_add_extra(struct sg_cms_parts *parts,
    const struct sg_sign_extra *extra, struct mh_arena *arena,
    struct mh_err *err) MH_MUST_USE;

/* One more unsigned attribute with one value; signer is replaced. */
enum mh_code sg_cms_add_unsigned(struct mh_span *signer, struct mh_span oid,
    struct mh_span value, struct mh_arena *arena,
    struct mh_err *err) MH_MUST_USE;

enum mh_code sg_cms_join(const struct sg_cms_parts *parts,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

/* Adds the only signer of one SignedData to another. */
enum mh_code sg_cms_merge(struct mh_span before, struct mh_span added,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

#endif
