/*
 * Verifying a log, or a copy of one, without a server: every record, tile and
 * checkpoint, each against the others (security.md 10).
 */
#ifndef HSM_AUDIT_VERIFY_H
#define HSM_AUDIT_VERIFY_H

#include "base/err.h"
#include "hsm/audit/note.h"

#define HSM_AUDIT_PROBLEMS_MAX 16U
#define HSM_AUDIT_NO_INDEX     UINT64_MAX

/*
 * Judges a time-stamp token (RFC 3161, DER) whose form and imprint were found
 * right.  False: *why, static, says what is wrong with it.
 */
typedef bool hsm_audit_stamp(void *arg, struct mh_span token,
    const struct hsm_hash *digest, const char **why);

struct hsm_audit_input {
    const char *dir;
    const struct hsm_note_keys *keys; /* NULL: log.pub of the folder itself */
    hsm_audit_stamp *stamp; /* NULL: the TSA's signature is not judged */
    void *arg;
    /* Of a log that is being written meanwhile: how many records are committed,
       asked once its checkpoints were read; NULL: nobody writes. */
    uint64_t (*committed)(void *arg);
    void *committed_arg;
    /* Proofs: under the first checkpoint that covers the record, which nobody
       can choose later, instead of the latest. */
    bool first;
};

struct hsm_audit_problem {
    uint64_t index; /* of the first record concerned, or HSM_AUDIT_NO_INDEX */
    char text[200]; /* one line: "record 41: ...", "checkpoint: ..." */
};

struct hsm_audit_report {
    uint64_t records;
    uint64_t checkpoints;
    uint64_t covered;  /* records below the largest good checkpoint */
    uint64_t key_uses; /* key.use records: what the HSM's counter must say */
    uint64_t open;     /* of them without key.done or key.orphan yet */
    uint64_t tiles;    /* files compared */
    uint64_t stamps;   /* timestamps found right */
    struct hsm_audit_problem problem[HSM_AUDIT_PROBLEMS_MAX];
    size_t problems; /* 0: the log is whole; the record's comes first */
};

/* MH_OK: judged, whatever the outcome.  Anything else: it could not be. */
enum mh_code hsm_audit_verify(const struct hsm_audit_input *in,
    struct mh_err *err, struct hsm_audit_report *out) MH_MUST_USE;

/*
 * An inclusion proof of record index under a checkpoint, as a
 * c2sp.org/tlog-proof; MH_EFORMAT where the records do not give the
 * checkpoint's root or its signature is wrong.  record, which may be NULL,
 * gets the record's bytes.
 */
enum mh_code hsm_audit_prove(const struct hsm_audit_input *in, uint64_t index,
    struct mh_err *err, struct mh_buf *proof,
    struct mh_buf *record) MH_MUST_USE;

/* What a proof has cost. */
struct hsm_proof_cost {
    uint64_t bytes; /* read of tiles and of the record's segment */
    bool whole;     /* they did not do, and every record was read besides */
};
/*
 * The same proof by the tiles: what is read of a log grows with the logarithm
 * of its size.  Where a tile is missing or wrong it is hsm_audit_prove.  For a
 * log that is being written as well.
 */
enum mh_code hsm_audit_prove_near(const struct hsm_audit_input *in,
    uint64_t index, struct mh_err *err, struct mh_buf *proof,
    struct mh_buf *record, struct hsm_proof_cost *cost) MH_MUST_USE;

#endif
