#include "signer/cmd/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    EVERY_MS = 200
};

static int64_t
now_ms(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
sg_progress_start(struct sg_progress *p, size_t total)
{
    *p = (struct sg_progress){.on = total > 1 && isatty(STDERR_FILENO) == 1,
        .total = total,
        .started = now_ms()};
}

void
sg_progress_step(struct sg_progress *p, size_t done)
{
    int64_t now, left;

    if (!p->on)
        return;
    now = now_ms();
    if (done == 0 || now - p->last < EVERY_MS)
        return;
    p->last = now;
    left =
        (now - p->started) / (int64_t)done * (int64_t)(p->total - done) / 1000;
    (void)fprintf(stderr, "\r%zu/%zu, %02d:%02d left ", done, p->total,
        (int)(left / 60 % 6000), (int)(left % 60)); /* only a courtesy */
}

void
sg_progress_end(struct sg_progress *p)
{
    if (p->on)
        (void)fputs("\r\033[K", stderr); /* only a courtesy */
}
