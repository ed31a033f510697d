/*
 * Messages between a caller and the examiner (security.md 2): what to do with
 * which documents, and the answer.  One packet each, at most MH_MESSAGE_MAX
 * bytes, descriptors beside it.
 *
 *   caller -> zygote   SETUP   [trust snapshot]
 *   caller -> zygote   JOB     [reply socket, output memfd, document, data...,
 *                               where mh_job_writes: the file that is written]
 *   worker -> caller   REPLY   over the reply socket of its job, then the end
 *
 * A small result travels inside the REPLY, a larger one in the output memfd.
 *
 * A worker holds no socket but its own reply end: it cannot speak for another
 * document.  The end of the reply socket without a REPLY is a dead worker.
 */
#ifndef BASE_WIRE_JOB_H
#define BASE_WIRE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define MH_JOB_INPUTS_MAX 240U /* documents and data files of one job */

enum mh_message {
    MH_MSG_SETUP = 1,
    MH_MSG_JOB,
    MH_MSG_REPLY,
    MH_MSG_END
};

enum mh_job_kind {
    MH_JOB_VERIFY,        /* document, data files -> packed report */
    MH_JOB_INSPECT,       /* document -> packed inspection text */
    MH_JOB_COMPILE_TRUST, /* trust files, list signers -> snapshot */
    MH_JOB_SIGN,    /* a step of base/wire/sign.h, on documents and a file */
    MH_JOB_EXTRACT, /* container; its input's name is that of an entry -> the
                       entry's bytes in the file; its media type */
    MH_JOB_KINDS,
};

/* What judgement depends on besides the document (cli.md). */
struct mh_policy {
    const char *name; /* "strict", "lenient" or the file's name */
    bool strict;
    bool accept_eddsa;
    uint64_t
        revocation_warning;   /* seconds after the time-stamp, formats.md 2 */
    uint64_t revocation_span; /* seconds of freshness; 0: as issued for */
};

struct mh_job_input {
    const char *name; /* clean text; only shown, and matched to references */
    uint64_t size;    /* bytes */
};

/* Options of MH_JOB_VERIFY, bits of job.option. */
enum mh_verify_option {
    MH_VERIFY_NEEDS = 1,    /* say what is lacking */
    MH_VERIFY_CHAINS = 2,   /* give the certificates of the paths */
    MH_VERIFY_MATERIAL = 4, /* the last input is a packed mh_material */
    MH_VERIFY_HOLDER = 8,   /* the document is the certificate of somebody who
                               has its key: MH_KIND_HOLDER */
    MH_VERIFY_LOG_KEY = 16, /* the last input, the material apart, is the public
                               key of an audit log */
    MH_VERIFY_PAGES = 32,   /* count the pages of a PDF */
};

struct mh_job {
    uint64_t id; /* echoed in the reply */
    enum mh_job_kind kind;
    struct mh_policy policy;
    int64_t time;    /* validation time, seconds UTC */
    uint32_t option; /* meaning by kind: COMPILE_TRUST: how many of the inputs,
                        counted from the end, are list signers; INSPECT: 1 for
                        JSON; VERIFY: enum mh_verify_option */
    struct mh_job_input *input;
    size_t inputs; /* at least one, the document first */
};

struct mh_reply {
    uint64_t id;
    enum mh_code code;   /* MH_OK, or why there is no result */
    const char *message; /* the error's line when code is not MH_OK */
    uint32_t finding;    /* enum mh_finding_code of the rule it names, or 0 */
    uint64_t size;       /* bytes of the result */
    /* The result itself, size bytes, at most MH_REPLY_RESULT_MAX; empty: it
       stands in the output memfd.  Unpacked, it borrows from the packet. */
    struct mh_span result;
};

/* Whether a file is written, whose descriptor stands behind the inputs. */
bool mh_job_writes(enum mh_job_kind kind);

/* Type byte of a packet; 0 if there is none. */
uint8_t mh_message_type(struct mh_span packet);

void mh_policy_default(struct mh_policy *policy, bool strict);

/* Each pair packs and unpacks one message with its type byte. */
void mh_job_pack(const struct mh_job *job, struct mh_buf *out);
enum mh_code mh_job_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_job *out) MH_MUST_USE;
void mh_reply_pack(const struct mh_reply *reply, struct mh_buf *out);
enum mh_code mh_reply_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_reply *out) MH_MUST_USE;
void mh_setup_pack(struct mh_buf *out);

#endif
