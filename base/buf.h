/*
 * Growable output, born with its hard maximum.
 *
 * The first failed append makes the buffer "bad": its content is then of no
 * use, later appends do nothing, and mh_buf_ok says so once at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct mh_buf {
    uint8_t *ptr; /* owned; NULL while nothing was appended */
    size_t len;   /* bytes in use */
    size_t cap;   /* bytes allocated, at most max */
    size_t max;   /* bytes it may ever hold */
    bool bad;     /* out of memory, or past max */
};

void mh_buf_init(struct mh_buf *buf, size_t max);
void mh_buf_fini(struct mh_buf *buf);  /* frees; the buffer may be reused */
void mh_buf_clear(struct mh_buf *buf); /* empty and good; keeps the memory */
/* Takes off again what was appended after the first len bytes. */
void mh_buf_cut(struct mh_buf *buf, size_t len);

/* Memory for len more bytes at once, where max lets it; appends then need not
   ask for more.  Without it they do, and say what failed. */
void mh_buf_room(struct mh_buf *buf, size_t len);

void mh_buf_add(struct mh_buf *buf, const void *bytes, size_t len);
void mh_buf_span(struct mh_buf *buf, struct mh_span s);
void mh_buf_str(struct mh_buf *buf, const char *s); /* without its NUL */
void mh_buf_byte(struct mh_buf *buf, uint8_t byte);
void mh_buf_printf(struct mh_buf *buf, const char *fmt, ...) MH_PRINTF(2, 3);

/* Room for len more bytes, to be filled by the caller; NULL once bad. */
uint8_t *mh_buf_grow(struct mh_buf *buf, size_t len);

bool mh_buf_ok(const struct mh_buf *buf);
/* What was appended; borrowed until the next append or mh_buf_fini. */
struct mh_span mh_buf_get(const struct mh_buf *buf);

#endif
