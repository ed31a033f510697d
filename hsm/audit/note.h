/*
 * Signed notes, checkpoints and proofs of a log as text: c2sp.org/signed-note,
 * tlog-checkpoint and tlog-proof@v1.
 *
 * A checkpoint has exactly three lines of text, without extension lines, and
 * its origin is the name of the key.  Signatures: Ed25519 (type 0x01) and
 * ECDSA P-256 over SHA-256 of the text (type 0x02).  A signature of an unknown
 * key says nothing; one of a known key that is wrong spoils the whole note.
 */
#ifndef HSM_AUDIT_NOTE_H
#define HSM_AUDIT_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "hsm/audit/merkle.h"

#define HSM_NOTE_MAX           65536U /* bytes of a note */
#define HSM_NOTE_NAME_MAX      255U   /* bytes of an origin and key name */
#define HSM_NOTE_SIGNATURES    32U    /* signature lines of a note */
#define HSM_NOTE_SIGNATURE_MAX 8192U  /* bytes of one; a post-quantum has 5k */
#define HSM_NOTE_KEYS          8U     /* keys of one file */
#define HSM_PROOF_TEXT_MAX     (HSM_NOTE_MAX + 8192U) /* bytes */

#define HSM_NOTE_ED25519 0x01
#define HSM_NOTE_ECDSA   0x02

/* ---- keys ---- */

struct hsm_note_keys; /* public keys that are believed */

/*
 * Reads public keys: lines "NAME+ID+BASE64", ID the key id as 8 hexadecimal
 * digits and BASE64 of the type and the key (an Ed25519 point, or the
 * SubjectPublicKeyInfo of a P-256 key); or one PEM PUBLIC KEY, which is then
 * good for a log of any origin.  Freed with hsm_note_keys_free.
 */
enum mh_code hsm_note_keys_read(struct mh_span text, struct mh_err *err,
    struct hsm_note_keys **out) MH_MUST_USE;
void hsm_note_keys_free(struct hsm_note_keys *keys);

/*
 * The line of log.pub for a key: raw is the Ed25519 point or the P-256
 * SubjectPublicKeyInfo.  Also gives its id.
 */
enum mh_code hsm_note_key_line(const char *name, uint8_t type,
    struct mh_span raw, struct mh_err *err, uint8_t id[static 4],
    struct mh_buf *out) MH_MUST_USE;

/* ---- checkpoints ---- */

struct hsm_note_signature {
    struct mh_span name;
    uint8_t id[4];
    struct mh_span base64; /* of the id and the signature */
};

struct hsm_checkpoint {  /* spans borrow from what was parsed */
    struct mh_span note; /* all of it */
    struct mh_span text; /* what is signed */
    struct mh_span origin;
    uint64_t size;
    struct hsm_hash root;
    struct hsm_note_signature sig[HSM_NOTE_SIGNATURES];
    size_t sigs; /* at least 1 */
};

/* A whole note; bytes after it are an error.  Verifies nothing. */
enum mh_code hsm_checkpoint_read(struct mh_span note, struct mh_err *err,
    struct hsm_checkpoint *out) MH_MUST_USE;

/*
 * The first note of several that stand end to end, each followed by an empty
 * line; takes it off the front of *rest.  MH_EIO: *rest is the beginning of
 * one that was not written to its end.
 */
enum mh_code hsm_checkpoint_next(struct mh_span *rest, struct mh_err *err,
    struct hsm_checkpoint *out) MH_MUST_USE;

/* MH_OK only if a known key signed it and no signature of one is wrong. */
enum mh_code hsm_checkpoint_verify(const struct hsm_checkpoint *checkpoint,
    const struct hsm_note_keys *keys, struct mh_err *err) MH_MUST_USE;

/*
 * Signs text; writes at most max bytes to sig: an ECDSA signature in DER, or
 * the 64 bytes of Ed25519.
 */
typedef enum mh_code hsm_note_sign(void *arg, struct mh_span text,
    struct mh_err *err, uint8_t *sig, size_t max, size_t *len);

struct hsm_note_signer {
    const char *name; /* origin and key name */
    uint8_t id[4];
    hsm_note_sign *sign;
    void *arg;
};

/* Writes a signed checkpoint to the end of out. */
enum mh_code hsm_checkpoint_write(const struct hsm_note_signer *signer,
    uint64_t size, const struct hsm_hash *root, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

/* ---- proofs ---- */

struct hsm_proof {
    uint64_t index;
    struct hsm_hash hash[HSM_PROOF_MAX]; /* from leaf to root */
    size_t count;
    struct mh_span extra; /* base64, not authenticated; empty: none */
    struct hsm_checkpoint checkpoint;
};

enum mh_code hsm_proof_read(
    struct mh_span text, struct mh_err *err, struct hsm_proof *out) MH_MUST_USE;
void hsm_proof_write(uint64_t index, const struct hsm_hash *hash, size_t count,
    struct mh_span checkpoint, struct mh_buf *out);

/* Whether the record stands where the proof says; signatures are apart. */
bool hsm_proof_covers(const struct hsm_proof *proof, struct mh_span record);

/*
 * Strict base64 of exactly len bytes: padding, no white space, no spare bits.
 */
bool hsm_base64_exact(struct mh_span s, uint8_t *out, size_t len);

/* Decimal digits without leading zeros, at most HSM_TREE_SIZE_MAX. */
bool hsm_decimal(struct mh_span s, uint64_t *out);

#endif
