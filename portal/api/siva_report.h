/* A report in the words of SiVa 3. */
#ifndef PORTAL_API_SIVA_REPORT_H
#define PORTAL_API_SIVA_REPORT_H

#include "base/buf.h"
#include "base/wire/report.h"

struct pt_siva_subject {
    const char *filename;
    const uint8_t *sha256; /* 32 bytes */
    const char *policy;    /* POLv3 or POLv4 */
};

/* {"validationReport":{"validationConclusion":{...}}}; out goes bad without
   memory. */
void pt_siva_print(const struct pt_siva_subject *subject,
    const struct mh_report *report, struct mh_buf *out);

#endif
