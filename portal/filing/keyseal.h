/*
 * Documents sealed with a key of keyd: a ticket for exactly these documents,
 * then the seal (base/wire/keyd.h).  The signed document comes as a sealed
 * memfd.  Until keyd is told that it is kept, the same ticket comes to the same
 * document (mh_keyd_forget).
 */
#ifndef PORTAL_FILING_KEYSEAL_H
#define PORTAL_FILING_KEYSEAL_H

#include "base/peer/keyd.h"
#include "base/wire/report.h"

struct pt_keyseal {
    struct mh_keyd *keyd;
    /* requester, purpose, key and document: of one document its SHA-256, of
       several that of theirs end to end. */
    struct mh_keyd_bond bond;
    struct mh_keyd_file *file;
    const int *fd; /* sealed memfds, borrowed */
    size_t files;
    unsigned as; /* enum sg_as (signer/sign/sign.h) */
    enum mh_sig_level level;
    uint64_t max; /* bytes of the signed document */
    /* Out, of the last question: */
    enum mh_refusal refusal;
    const char *where; /* in the arena; "" */
    bool refused;      /* keyd's own word was no: it signed nothing */
};

/* A ticket; op is its name. */
enum mh_code pt_keyseal_ticket(struct pt_keyseal *s, struct mh_arena *arena,
    struct mh_err *err, uint8_t op[static MH_OP_ID]) MH_MUST_USE;
/* The signed document, which is the caller's to close. */
enum mh_code pt_keyseal_make(struct pt_keyseal *s,
    const uint8_t op[static MH_OP_ID], struct mh_arena *arena,
    struct mh_err *err, int *fd, uint64_t *size) MH_MUST_USE;

/* A sealed memfd with the bytes of a file, or with these; the caller closes. */
enum mh_code pt_keyseal_copy(
    int from, uint64_t size, struct mh_err *err, int *fd) MH_MUST_USE;
enum mh_code pt_keyseal_bytes(
    struct mh_span bytes, struct mh_err *err, int *fd) MH_MUST_USE;

#endif
