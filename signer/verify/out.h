/* Collecting what is found: findings in order, text made fit to show. */
#ifndef SIGNER_VERIFY_OUT_H
#define SIGNER_VERIFY_OUT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/wire/report.h"
#include "docformat/docformat.h"

struct sg_finding_node {
    struct sg_finding_node *next;
    struct mh_finding f;
};

struct sg_out {
    struct mh_arena *arena; /* borrowed */
    struct sg_finding_node *first, *last;
    size_t count;
    bool lost; /* memory ran out: nothing here may be believed */
};

void sg_out_init(struct sg_out *out, struct mh_arena *arena);

/* Raw bytes as clean text of at most 300 bytes in the arena; never NULL. */
const char *sg_clean(struct mh_arena *arena, struct mh_span s);
/* A C string of ours or of a library, the same way. */
const char *sg_clean_str(struct mh_arena *arena, const char *s);

/* what must be clean already, and live in the arena or for ever. */
void sg_out_add(struct sg_out *out, enum mh_finding_code code,
    enum mh_severity level, const char *what);
void sg_out_at(struct sg_out *out, enum mh_finding_code code,
    enum mh_severity level, uint64_t offset, const char *what);
/* An error of a parser: its finding, or the fallback, with its message. */
void sg_out_err(struct sg_out *out, const struct mh_err *err,
    enum mh_finding_code fallback, enum mh_severity level);

/* The first finding of that level, or NULL. */
const struct mh_finding *sg_out_first(
    const struct sg_out *out, enum mh_severity level);

/* As an array for the report. */
struct mh_findings sg_out_list(struct sg_out *out);

#endif
