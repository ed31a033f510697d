/*
 * What finish needs of a prepared container or CMS file, as bytes: they go to
 * the caller and come back, and are read as strictly as any input.  Internal
 * to signer/sign.
 */
#ifndef SIGNER_SIGN_ASICSTATE_H
#define SIGNER_SIGN_ASICSTATE_H

#include "signer/sign/sign.h"

enum sg_asic_form {
    SG_FORM_XADES,
    SG_FORM_CADES,
    SG_FORMS
};

struct sg_asic_state {
    enum sg_asic_form form;
    bool archive; /* the signature is an entry of an archive, else the file */
    enum sg_scheme scheme;
    enum mh_digest_alg digest;
    size_t value_len; /* bytes of the value: modulus, or r||s */
    int64_t time;     /* of signing */
    uint64_t at;      /* where the output stands */
    struct mh_span certificate;
    struct mh_span *chain;
    size_t chain_count;
    /* Of an archive. */
    struct mh_span name;      /* of the entry to come */
    struct mh_span comment;   /* of the archive */
    struct mh_span directory; /* records so far */
    size_t entries;           /* of them */
    /* XAdES: the signature file around what is still missing. */
    struct mh_span id;     /* of ds:Signature */
    struct mh_span head;   /* up to ds:SignatureValue */
    struct mh_span middle; /* from there to the end of SignedProperties */
    struct mh_span tail;   /* after ds:Signature */
    /* CAdES. */
    struct mh_span attributes; /* signed, SET OF */
    struct mh_span before;     /* the SignedData that is added to, or empty */
};

/* The bytes in the arena. */
enum mh_code sg_asic_state_pack(const struct sg_asic_state *state,
    struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out) MH_MUST_USE;

/* Spans borrow from in; MH_EINTERNAL for anything pack would not write. */
enum mh_code sg_asic_state_read(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct sg_asic_state *out) MH_MUST_USE;

#endif
