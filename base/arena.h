/*
 * Memory that is freed all at once, under a byte budget.
 *
 * A parsed document lives in one arena.  What was allocated stays where it is
 * until mh_arena_free.  Exhausting the budget is an ordinary failure: every
 * allocating function returns NULL, and mh_arena_full tells it from a system
 * without memory.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct mh_arena;

/* budget: bytes that may be handed out; NULL without memory. */
struct mh_arena *mh_arena_new(size_t budget);
void mh_arena_free(struct mh_arena *arena);
/* Forgets everything but keeps one block, for the next document. */
void mh_arena_reset(struct mh_arena *arena);

/* Zeroed, aligned for any type; NULL on failure.  len 0 gives one byte. */
void *mh_arena_alloc(struct mh_arena *arena, size_t len);
/* The same, not zeroed: for bytes that are written before they are read. */
void *mh_arena_raw(struct mh_arena *arena, size_t len);
void *mh_arena_array(struct mh_arena *arena, size_t count, size_t size);

/* Copies; ptr of the result is NULL on failure (len 0 gives a valid ptr). */
struct mh_span mh_arena_copy(struct mh_arena *arena, struct mh_span s);
char *mh_arena_str(struct mh_arena *arena, struct mh_span s); /* adds a NUL */
char *mh_arena_printf(struct mh_arena *arena, const char *fmt, ...)
    MH_PRINTF(2, 3);

bool mh_arena_full(const struct mh_arena *arena); /* the budget was too small */
size_t mh_arena_used(const struct mh_arena *arena); /* bytes handed out */

#endif
