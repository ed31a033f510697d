/* Where streamed bytes go: signer puts digests behind it, tests a buffer. */
#ifndef DOCFORMAT_SINK_H
#define DOCFORMAT_SINK_H

#include "base/span.h"

struct df_sink {
    void *ctx;
    /* The bytes are borrowed for the call only. */
    void (*write)(void *ctx, struct mh_span bytes);
};

#endif
