/*
 * Reading mohur.conf by its table: tolerant for the command line, which leaves
 * alone what is for others; strict for the service, where everything that is
 * wrong is collected with its line.
 */
#ifndef SIGNER_CMD_CONFIG_LOAD_H
#define SIGNER_CMD_CONFIG_LOAD_H

#include <confuse.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define SG_CONFIG_SIZE_MAX (1U << 20) /* bytes of a mohur.conf */

/* What is wrong, a line each: "FILE:LINE: KEY: what", or without a line. */
struct sg_problems {
    struct mh_buf text;
    size_t count;
};
void sg_problems_init(struct sg_problems *p);
void sg_problems_fini(struct sg_problems *p);
void sg_problem(struct sg_problems *p, const char *file, int line,
    const char *fmt, ...) MH_PRINTF(4, 5);

/*
 * Parses text, named file in problems.  problems NULL: tolerant; the first
 * error is MH_EFORMAT.  Else MH_OK with what is wrong in problems, unless it
 * cannot be parsed at all; *out may be NULL then.  The caller frees *out.
 */
enum mh_code sg_config_parse(const char *file, struct mh_span text,
    struct sg_problems *problems, struct mh_err *err, cfg_t **out) MH_MUST_USE;

/* The same of a file; NULL: an empty one. */
enum mh_code sg_config_load(const char *path, struct sg_problems *problems,
    struct mh_err *err, cfg_t **out) MH_MUST_USE;

/* Values in the arena; NULL without memory.  Absent: the table's default. */
const char *sg_config_text(cfg_t *cfg, const char *key, struct mh_arena *arena);
const char **sg_config_list(
    cfg_t *cfg, const char *key, struct mh_arena *arena, size_t *count);
/* As the table has it, where a value is none. */
uint64_t sg_config_value(cfg_t *cfg, const char *section, const char *key);
bool sg_config_flag(cfg_t *cfg, const char *section, const char *key);

#endif
