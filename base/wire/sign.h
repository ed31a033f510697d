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
    MH_SIGN_KEY,      /* certificate -> mh_sign_key */
    MH_SIGN_CHECK,    /* certificate, imprint, value -> nothing; MH_EUNSUP:
                         the value is none of the certificate's key */
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
    struct mh_sign_spec spec;    /* PREPARE; KEY, CHECK: its certificate */
    struct mh_span state;        /* STAMP, FINISH */
    struct mh_span value;        /* STAMP, FINISH, CHECK */
    struct mh_span token;        /* FINISH; TOKEN: the reply */
    unsigned step;               /* IMPRINTS, APPLY: enum sg_raise */
    enum mh_digest_alg alg;      /* IMPRINTS, TOKEN, CHECK */
    struct mh_span imprint;      /* TOKEN: what was asked to be stamped;
                                    CHECK: what was signed */
    struct mh_span nonce;        /* TOKEN: big-endian, without sign */
    int64_t time;                /* now: IMPRINTS, APPLY, TOKEN */
    uint64_t room;               /* IMPRINTS */
    struct mh_material material; /* APPLY: for all items */
    struct mh_sign_item *item;
    size_t items;
};

struct mh_sign_draft {
    enum mh_digest_alg alg;
    struct mh_span digest, tbs, state;
};

struct mh_sign_imprint {
    uint64_t sig;
    struct mh_span digest, state;
};

struct mh_sign_imprints {
    struct mh_sign_imprint *imprint;
    size_t count;
};

/* Whose key it is and what it signs with; its texts are clean. */
struct mh_sign_key {
    unsigned scheme;           /* enum sg_scheme */
    enum mh_digest_alg digest; /* of the key's strength */
    const char *name;          /* CN, or "" */
    const char *serial;        /* serialNumber of the subject, or "" */
    const char *fin;           /* as in mh_report_sig, or "" */
};

void mh_sign_request_pack(const struct mh_sign_request *r, struct mh_buf *out);
void mh_sign_draft_pack(const struct mh_sign_draft *d, struct mh_buf *out);
void mh_sign_imprints_pack(
    const struct mh_sign_imprints *i, struct mh_buf *out);
void mh_sign_key_pack(const struct mh_sign_key *k, struct mh_buf *out);

/* Values borrow from in; MH_EFORMAT: the peer lies. */
enum mh_code mh_sign_request_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_request *out) MH_MUST_USE;
enum mh_code mh_sign_draft_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_draft *out) MH_MUST_USE;
enum mh_code mh_sign_imprints_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_imprints *out) MH_MUST_USE;
/* Its texts live in the arena. */
enum mh_code mh_sign_key_unpack(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_key *out) MH_MUST_USE;

#endif
