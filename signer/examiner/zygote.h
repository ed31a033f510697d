/*
 * The examiner's own side: a small warmed process that forks one locked-down
 * worker for each document and touches no document itself.
 */
#ifndef SIGNER_EXAMINER_ZYGOTE_H
#define SIGNER_EXAMINER_ZYGOTE_H

#include "signer/examiner/extras.h"

/*
 * The whole program: serves the channel at descriptor 3 until its peer closes
 * it; the exit status.  argv[1]: how many workers at once; what comes
 * meanwhile waits in the channel.  A "+" behind it: so many documents are to
 * come that the program's image is made ready for forks (base/sys/image.h).
 */
int sg_zygote_main(int argc, char **argv, const struct sg_extras *extras);

#endif
