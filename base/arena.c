#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

enum {
    BLOCK = 32 * 1024,
    ALIGN = 16
}; /* bytes */

struct block {
    struct block *next;
    size_t cap;
    size_t len;
    alignas(ALIGN) uint8_t data[];
};

struct mh_arena {
    struct block *head; /* the block in use; older ones behind it */
    size_t budget;
    size_t used;
    bool full;
};

struct mh_arena *
mh_arena_new(size_t budget)
{
    struct mh_arena *arena = calloc(1, sizeof(*arena));

    if (arena != NULL)
        arena->budget = budget;
    return arena;
}

static void
free_blocks(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;

        free(b);
        b = next;
    }
}

void
mh_arena_free(struct mh_arena *arena)
{
    if (arena == NULL)
        return;
    free_blocks(arena->head);
    free(arena);
}

void
mh_arena_reset(struct mh_arena *arena)
{
    struct block *keep = NULL;

    for (struct block **p = &arena->head; *p != NULL; p = &(*p)->next)
        if ((*p)->cap == BLOCK) {
            keep = *p;
            *p = keep->next;
            break;
        }
    free_blocks(arena->head);
    if (keep != NULL) {
        keep->next = NULL;
        keep->len = 0;
    }
    arena->head = keep;
    arena->used = 0;
    arena->full = false;
}

static struct block *
block_new(struct mh_arena *arena, size_t len)
{
    size_t cap = len > BLOCK ? len : BLOCK;
    struct block *b = malloc(sizeof(*b) + cap);

    if (b == NULL)
        return NULL;
    b->cap = cap;
    b->len = 0;
    if (cap > BLOCK && arena->head != NULL) {
        /* Full at once: the block in use stays in use. */
        b->next = arena->head->next;
        arena->head->next = b;
    } else {
        b->next = arena->head;
        arena->head = b;
    }
    return b;
}

void *
mh_arena_raw(struct mh_arena *arena, size_t len)
{
    struct block *b = arena->head;
    size_t want, used;
    void *p;

    if (len == 0)
        len = 1;
    if (!mh_add_size(len, ALIGN - 1, &want))
        return NULL;
    want &= ~(size_t)(ALIGN - 1);
    if (!mh_add_size(arena->used, want, &used) || used > arena->budget) {
        arena->full = true;
        return NULL;
    }
    if (b == NULL || want > b->cap - b->len)
        b = block_new(arena, want);
    if (b == NULL)
        return NULL;
    p = b->data + b->len;
    b->len += want;
    arena->used = used;
    return p;
}

void *
mh_arena_alloc(struct mh_arena *arena, size_t len)
{
    void *p = mh_arena_raw(arena, len);

    if (p != NULL)
        memset(p, 0, len == 0 ? 1 : len);
    return p;
}

void *
mh_arena_array(struct mh_arena *arena, size_t count, size_t size)
{
    size_t len;

    return mh_mul_size(count, size, &len) ? mh_arena_alloc(arena, len) : NULL;
}

struct mh_span
mh_arena_copy(struct mh_arena *arena, struct mh_span s)
{
    uint8_t *p = mh_arena_raw(arena, s.len);

    if (p == NULL)
        return (struct mh_span){0};
    if (s.len != 0)
        memcpy(p, s.ptr, s.len);
    return (struct mh_span){p, s.len};
}

char *
mh_arena_str(struct mh_arena *arena, struct mh_span s)
{
    size_t len;
    char *p;

    if (!mh_add_size(s.len, 1, &len))
        return NULL;
    p = mh_arena_alloc(arena, len);
    if (p != NULL && s.len != 0)
        memcpy(p, s.ptr, s.len);
    return p;
}

char *
mh_arena_printf(struct mh_arena *arena, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0)
        return NULL;
    if ((size_t)n >= sizeof(text))
        n = (int)sizeof(text) - 1;
    return mh_arena_str(arena, (struct mh_span){(uint8_t *)text, (size_t)n});
}

bool
mh_arena_full(const struct mh_arena *arena)
{
    return arena->full;
}

size_t
mh_arena_used(const struct mh_arena *arena)
{
    return arena->used;
}
