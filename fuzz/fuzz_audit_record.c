/*
 * Records of the audit log: what is accepted is written again byte for byte,
 * and one byte more or less is another record or none.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/audit/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct hsm_record r, again;
    uint8_t out[HSM_RECORD_MAX];
    size_t n = 0;

    if (hsm_record_read((struct mh_span){data, len}, NULL, &r) != MH_OK)
        return 0;
    if (len > HSM_RECORD_MAX || r.data_count > HSM_RECORD_DATA_MAX ||
        r.n > (uint64_t)HSM_RECORD_INT_MAX || r.time < 0 ||
        hsm_record_write(&r, NULL, out, &n) != MH_OK || n != len ||
        memcmp(out, data, n) != 0)
        abort();
    if (hsm_record_read((struct mh_span){data, len - 1}, NULL, &again) == MH_OK)
        abort();
    return 0;
}
