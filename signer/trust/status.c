#include "signer/trust/status.h"

#include "base/time.h"
#include "signer/trust/name.h"

void
sg_status_init(struct sg_status *out)
{
    *out = (struct sg_status){.revoked_at = MH_TIME_NONE,
        .invalidity = MH_TIME_NONE,
        .reason = SG_REASON_NONE,
        .this_update = MH_TIME_NONE,
        .next_update = MH_TIME_NONE,
        .produced_at = MH_TIME_NONE,
        .archive_cutoff = MH_TIME_NONE};
}

void
sg_status_fail(struct sg_status *out, int finding, const char *text)
{
    out->kind = SG_STATUS_NONE;
    out->finding = finding;
    out->text = text;
}

bool
sg_cert_same_key(const struct sg_cert *a, const struct sg_cert *b)
{
    return sg_cert_same(a, b) || (mh_span_eq(a->spki, b->spki) &&
                                     sg_name_eq(&a->subject, &b->subject));
}
