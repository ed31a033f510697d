/*
 * The examiner's own side: a small warmed process that forks one locked-down
 * worker for each document and touches no document itself.
 */
#ifndef SIGNER_EXAMINER_ZYGOTE_H
#define SIGNER_EXAMINER_ZYGOTE_H

#include "signer/verify/second.h"

/*
 * Serves the channel until its peer closes it; the exit status.  second: NULL
 * in the program that judges everything but PDF.
 */
int sg_zygote_run(int channel, const struct sg_second_reader *second);

#endif
