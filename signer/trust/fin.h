/* Personal numbers in certificates of Azerbaijan. */
#ifndef SIGNER_TRUST_FIN_H
#define SIGNER_TRUST_FIN_H

/*
 * The FIN in a subject's serialNumber: seven letters and digits, alone or
 * behind "PNOAZ-" or "FIN" (domain.md 1.7, ETSI EN 319 412-1 5.1.3).  "" where
 * there is none; else it is the end of serial.
 */
const char *sg_fin_of(const char *serial);

#endif
