/* The courier's own side: serves one channel until its peer closes it. */
#ifndef SIGNER_COURIER_COURIER_H
#define SIGNER_COURIER_COURIER_H

/* The whole program, on the channel at descriptor 3; the exit status. */
int sg_courier_main(void);

#endif
