#include "portal/filing/packplan.h"

enum mh_code
pt_pack_fits(size_t docs, size_t records, struct mh_err *err)
{
    if (docs > PT_PACK_DOCUMENTS)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "package: a case of more than %u documents",
            (unsigned)PT_PACK_DOCUMENTS);
    if (records > PT_PACK_RECORDS)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "package: a case of more than %u records of the log",
            (unsigned)PT_PACK_RECORDS);
    return MH_OK;
}

enum mh_code
pt_pack_volumes(const struct pt_pack_doc *doc, size_t docs, size_t records,
    struct mh_err *err, struct pt_pack_plan *out)
{
    size_t logs =
        (records + MH_PACKAGE_RECORDS_MAX - 1) / MH_PACKAGE_RECORDS_MAX;
    size_t room = PT_PACK_ITEMS - 1 - logs; /* its checkpoint, its records */
    uint64_t bytes = 0;
    size_t files = 0;

    out->volumes = 1;
    out->volume[0] = (struct pt_pack_volume){0, 0};
    for (size_t i = 0; i < docs; i++) {
        struct pt_pack_volume *v = &out->volume[out->volumes - 1];

        if (files + doc[i].files > room ||
            (files > 0 && bytes + doc[i].bytes > PT_PACK_BYTES)) {
            if (out->volumes == PT_AUDIT_VOLUMES)
                return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                    "package: more than %u volumes",
                    (unsigned)PT_AUDIT_VOLUMES);
            v = &out->volume[out->volumes++];
            *v = (struct pt_pack_volume){i, i};
            room = PT_PACK_ITEMS - 2; /* its checkpoint, its records */
            files = 0;
            bytes = 0;
        }
        files += doc[i].files;
        bytes += doc[i].bytes;
        v->to = i + 1;
    }
    return MH_OK;
}
