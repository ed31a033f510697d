/*
 * Making signatures.  Every function here is pure: documents, certificates,
 * times and choices come in, bytes go out; keys, tokens and the network are
 * the caller's.  They run in the sandboxed worker that reads the documents.
 *
 * One signature is made in steps, so that a slow key (a card, a telephone)
 * never holds anything open:
 *
 *   prepare  documents -> the output file up to the signature, and a draft:
 *            what the key must sign, and the state for the next step
 *   (key)    draft.digest -> signature value
 *   stamp    draft, value -> what a signature time-stamp must be over
 *   (TSA)    -> token
 *   finish   state, value, token, validation data -> the output file complete
 *
 * A signed document is raised (EN 319 102-1 table 1: T, LT, LTA) by imprints
 * and apply.  Whatever fails, the output counts for nothing.
 */
#ifndef SIGNER_SIGN_SIGN_H
#define SIGNER_SIGN_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest/digest.h"
#include "base/err.h"
#include "base/out.h"
#include "base/wire/codes.h"
#include "base/wire/report.h"
#include "signer/trust/key.h"

/* --as: what is written (formats.md 5.4, 10). */
enum sg_as {
    SG_AS_ADOC,
    SG_AS_EDOC,
    SG_AS_ASICE,
    SG_AS_ASICS,
    SG_AS_PDF,
    SG_AS_CMS, /* detached SignedData, .p7s */
    SG_AS_END,
};

/*
 * Of enum sg_scheme (key.h): SG_RSA_PKCS1, SG_RSA_PSS with MGF1 and a salt of
 * the digest's own length, SG_ECDSA; an ECDSA value is r||s here, each of the
 * curve's length.
 */
enum {
    SG_SIGN_SCHEMES = SG_ECDSA + 1, /* one past the last that signs */
};

/* --certify: DocMDP P 1 to 3 (ISO 32000-2 table 257). */
enum sg_certify {
    SG_CERTIFY_NOT, /* an approval signature */
    SG_CERTIFY_NO_CHANGES,
    SG_CERTIFY_FORM_FILLING,
    SG_CERTIFY_ANNOTATIONS,
    SG_CERTIFY_END,
};

/* --lock: /Lock and FieldMDP (ISO 32000-2 tables 236, 259). */
enum sg_lock {
    SG_LOCK_NOT,
    SG_LOCK_ALL,
    SG_LOCK_INCLUDE,
    SG_LOCK_EXCLUDE,
    SG_LOCK_END,
};

struct sg_sign_spec {
    enum sg_as as;
    bool cades; /* inside asice and asics: CAdES instead of XAdES */
    bool add;   /* file[0] is a container that gets one more signature */
    enum mh_sig_level level; /* aimed at: decides how much room a PDF keeps */
    enum sg_scheme scheme;
    enum mh_digest_alg digest;   /* SHA-256, 384, 512 */
    struct mh_span certificate;  /* DER, of the signer */
    const struct mh_span *chain; /* DER, its issuers, nearest first */
    size_t chain_count;
    int64_t time; /* of signing, seconds UTC */
    /* Clean UTF-8; "" for none. */
    const char *role;   /* claimed role */
    const char *place;  /* city, or "city, country" */
    const char *reason; /* PDF */
    /* PDF only from here on. */
    bool visible;
    unsigned page;     /* from 1 */
    double x, y, w, h; /* points, as the page is shown, from its lower
                          left corner */
    enum mh_lang lang; /* of the appearance */
    enum sg_certify certify;
    enum sg_lock lock;
    const char *const *field; /* of include and exclude */
    size_t fields;
};

struct sg_sign_file {
    const char *name;     /* as it shall stand in the container: NFC, no path */
    struct mh_span bytes; /* a mapping of the whole file */
    bool mapped;          /* pages may be given back while it is read */
};

/* What the key is asked for, and what finish needs. */
struct sg_draft {
    enum mh_digest_alg alg;
    uint8_t digest[MH_DIGEST_MAX];
    struct mh_span tbs;   /* the bytes of that digest: canonical SignedInfo, or
                             DER of the signed attributes (SET OF) */
    struct mh_span state; /* opaque; names its own version */
};

/* What goes into a signature beside its value; all of it optional. */
struct sg_sign_extra {
    struct mh_span token; /* signature time-stamp, RFC 3161 ContentInfo */
    const struct mh_span *certs; /* DER: chains of signer, TSA, responders */
    const struct mh_span *ocsps; /* DER: OCSPResponse */
    const struct mh_span *crls;  /* DER */
    size_t cert_count, ocsp_count, crl_count;
};

/*
 * Writes everything up to the signature.  Errors name the rule:
 * MH_EFORMAT and MH_EUNSUP with a finding for a document that may not be
 * signed, MH_ELIMIT for too many files or bytes.
 */
enum mh_code sg_sign_prepare(const struct sg_sign_spec *spec,
    const struct sg_sign_file *file, size_t files, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err, struct sg_draft *draft) MH_MUST_USE;

/*
 * What a signature time-stamp is over, before hashing: the canonical
 * ds:SignatureValue (EN 319 132-1 5.3), or the signature octets (EN 319 122-1
 * 5.3).  value: r||s, or the RSA value.
 */
enum mh_code sg_sign_stamp_input(struct mh_span state, struct mh_span value,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

/*
 * Completes the output.  out stands where prepare left it.  A PDF takes no
 * certificates and revocation data here (they go into a DSS by raising), a
 * container embeds them.  MH_ELIMIT: a PDF's room is too small; prepare again.
 */
enum mh_code sg_sign_finish(struct mh_span state, struct mh_span value,
    const struct sg_sign_extra *extra, struct mh_arena *arena,
    struct mh_out *out, struct mh_err *err) MH_MUST_USE;

/* Raising: one step at a time. */
enum sg_raise {
    SG_RAISE_T,     /* signature time-stamp (PDF: a document time-stamp) */
    SG_RAISE_LT,    /* certificates and revocation data */
    SG_RAISE_LTA,   /* archive time-stamp (PDF: a document time-stamp) */
    SG_RAISE_RENEW, /* one more over the archive time-stamps there are; not in
                       ASiC-E with CAdES: MH_EUNSUP */
    SG_RAISES,
};

/* What a time-stamp of this step must be over. */
struct sg_imprint {
    size_t sig; /* number of the signature as in the report; 0 for a PDF */
    uint8_t digest[MH_DIGEST_MAX];
    struct mh_span state; /* opaque, for apply */
};

/* What is added to one signature. */
struct sg_raise_item {
    size_t sig;
    struct mh_span state; /* of its imprint; empty with LT */
    struct sg_sign_extra extra;
};

/*
 * The imprints of a step, for each signature of the document that lacks it
 * (count 0: none does), or for a PDF one.  A PDF is written to out meanwhile,
 * up to its end, with room of room bytes for the token; a container is not
 * touched.  The archive time-stamps of an ASiC-E with CAdES are one, over the
 * container: its number is 0.  A .p7s by itself can be archived by the digest
 * of its own signatures only: MH_EUNSUP with detached-data-missing for another
 * alg.
 */
enum mh_code sg_raise_imprints(enum sg_raise step, enum mh_digest_alg alg,
    const struct sg_sign_file *document, int64_t time, size_t room,
    struct mh_arena *arena, struct mh_out *out, struct mh_err *err,
    struct sg_imprint **imprint, size_t *count) MH_MUST_USE;

/*
 * Writes the raised document: for a PDF time-stamp, patches the token into
 * what imprints wrote; else writes all of it.  Every earlier byte that a
 * signature or time-stamp covers stays.  Validation data go with T or LT; a
 * signature that has some already gets them as TimeStampValidationData, after
 * which it lacks an archive time-stamp again.
 */
enum mh_code sg_raise_apply(enum sg_raise step,
    const struct sg_sign_file *document, const struct sg_raise_item *item,
    size_t items, int64_t time, struct mh_arena *arena, struct mh_out *out,
    struct mh_err *err) MH_MUST_USE;

#endif
