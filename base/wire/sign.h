/*
 * What a worker is asked on the way to a signed document (MH_JOB_SIGN) and
 * what it answers.  The request travels as the job's first input, a sealed
 * memfd; the documents are the inputs after it; the file that is written
 * stands behind them.  The steps are those of signer/sign/sign.h; the numbers
 * of its enums are kept.
 */
#ifndef BASE_WIRE_SIGN_H
#define BASE_WIRE_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest/digest.h"
#include "base/err.h"
#include "base/wire/material.h"
#include "base/wire/report.h"

#define MH_SIGN_STATE_MAX  (4U << 20)  /* bytes of a draft's state */
#define MH_SIGN_VALUE_MAX  2048U       /* bytes of a signature value */
#define MH_SIGN_FIELDS_MAX 1000U       /* names of form fields */
#define MH_SIGN_CHAIN_MAX  16U         /* certificates above the signer's */
#define MH_SIGN_MAX        (96U << 20) /* bytes of a request, packed */

enum mh_sign_op {
    MH_SIGN_PREPARE,  /* documents -> file, mh_sign_draft */
    MH_SIGN_STAMP,    /* state, value -> the bytes to be time-stamped */
    MH_SIGN_FINISH,   /* state, value, token -> file */
    MH_SIGN_IMPRINTS, /* document -> mh_sign_imprints, a PDF's file */
    MH_SIGN_APPLY,    /* document, item -> file */
    MH_SIGN_TOKEN,    /* reply of a TSA, what was asked -> token */
    MH_SIGN_KEY,      /* a certificate -> mh_sign_key */
    MH_SIGN_CHECK,    /* certificate, digest, value -> one byte, 1: it is one */
    MH_SIGN_TEXT,     /* a plain text -> file, a PDF/A of it; its pages */
    MH_SIGN_ADDED,    /* a PDF, size -> one byte, 1: it is its first size bytes
                         and behind them nothing but signatures */
    MH_SIGN_OPS,
};

/* How the signature shall be; the fields of sg_sign_spec. */
struct mh_sign_spec {
    unsigned as, scheme, certify, lock;
    bool cades, add, visible;
    enum mh_sig_level level;
    enum mh_digest_alg digest;
    struct mh_span certificate;
    struct mh_span *chain;
    size_t chains;
    int64_t time;
    const char *role, *place, *reason;
    uint32_t page;
    int64_t x, y, w, h; /* thousandths of a point */
    enum mh_lang lang;
    const char **field;
    size_t fields;
};

/* What raising adds to one signature. */
struct mh_sign_item {
    uint64_t sig;
    struct mh_span state;
    struct mh_span token;
};

struct mh_sign_request {
    enum mh_sign_op op;
    struct mh_sign_spec spec;    /* PREPARE; KEY, CHECK: the certificate; TEXT:
                                    lang, time, and reason for the title */
    struct mh_span state;        /* STAMP, FINISH */
    struct mh_span value;        /* STAMP, FINISH, CHECK */
    struct mh_span token;        /* FINISH; TOKEN: the reply */
    unsigned step;               /* IMPRINTS, APPLY: enum sg_raise */
    enum mh_digest_alg alg;      /* IMPRINTS, TOKEN, CHECK */
    struct mh_span imprint;      /* TOKEN: what was asked to be stamped; CHECK:
                                    the digest */
    struct mh_span nonce;        /* TOKEN: big-endian, without sign */
    int64_t time;                /* now: IMPRINTS, APPLY, TOKEN */
    uint64_t room;               /* IMPRINTS; ADDED: the size */
    struct mh_material material; /* APPLY: for all items */
    struct mh_sign_item *item;
    size_t items;
};

struct mh_sign_draft {
    enum mh_digest_alg alg;
    struct mh_span digest, tbs, state;
};

/* What a certificate says of its key and of its person; texts are clean. */
struct mh_sign_key {
    unsigned scheme;           /* enum sg_scheme (signer/trust/key.h) */
    enum mh_digest_alg digest; /* of the key's strength */
    const char *name;          /* the subject's common name */
    const char *serial;        /* its serialNumber, or "" */
    const char *fin;           /* the FIN in it, or "" */
};

struct mh_sign_imprint {
    uint64_t sig;
    struct mh_span digest, state;
};

struct mh_sign_imprints {
    struct mh_sign_imprint *imprint;
    size_t count;
};

void mh_sign_request_pack(const struct mh_sign_request *r, struct mh_buf *out);
void mh_sign_draft_pack(const struct mh_sign_draft *d, struct mh_buf *out);
void mh_sign_key_pack(const struct mh_sign_key *k, struct mh_buf *out);
void mh_sign_imprints_pack(
    const struct mh_sign_imprints *i, struct mh_buf *out);
/* How many pages a text has as a PDF, at least 1. */
void mh_sign_pages_pack(uint32_t pages, struct mh_buf *out);

/* Values borrow from in; MH_EFORMAT: the peer lies. */
enum mh_code mh_sign_request_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_request *out) MH_MUST_USE;
enum mh_code mh_sign_draft_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_draft *out) MH_MUST_USE;
enum mh_code mh_sign_key_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_key *out) MH_MUST_USE;
enum mh_code mh_sign_imprints_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_imprints *out) MH_MUST_USE;
enum mh_code mh_sign_pages_unpack(
    struct mh_span in, struct mh_err *err, uint32_t *out) MH_MUST_USE;

#endif
