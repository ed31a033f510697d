/* How far a long run is, with the time left, on a terminal only. */
#ifndef SIGNER_CMD_PROGRESS_H
#define SIGNER_CMD_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sg_progress {
    bool on; /* standard error is a terminal and there is more than one */
    size_t total;
    int64_t started, last; /* monotonic milliseconds */
};

void sg_progress_start(struct sg_progress *p, size_t total);
void sg_progress_step(struct sg_progress *p, size_t done);
void sg_progress_end(struct sg_progress *p);

#endif
