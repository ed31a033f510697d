#include "portal/jobs/sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "portal/http/clock.h"
#include "portal/store/applications.h"
#include "portal/store/drafts.h"
#include "portal/store/mandates.h"

enum {
    USAGE = 64,
    INTERNAL = 70,
};

static enum mh_code
sweep(
    struct pt_store *store, int64_t before, struct mh_err *err, uint64_t *files)
{
    enum mh_code code = pt_store_start(store, err);
    char folder[PT_FOLDER] = "";
    uint64_t n = 0;

    if (code == MH_OK)
        code = pt_store_draft_expire(store, pt_time(), err);
    if (code == MH_OK)
        code = pt_store_application_expire(store, pt_time(), err);
    if (code == MH_OK)
        code = pt_store_mandate_expire(store, pt_time(), err);
    if (code == MH_OK)
        code = pt_store_blob_collect(store, before, err, files);
    while (code == MH_OK) {
        code = pt_store_blob_scrub(store, folder, before, err, &n);
        *files += n;
        if (folder[0] == '\0')
            break;
    }
    return code;
}

int
pt_sweep_main(int argc, char **argv)
{
    struct mh_err err = {.msg = ""};
    struct pt_store *store = NULL;
    uint64_t files = 0;
    enum mh_code code;

    if (argc != 3 || strcmp(argv[1], "--state") != 0) {
        (void)fputs("usage: mohur-portal sweep --state DIR\n",
            stderr); /* nobody else to tell */
        return USAGE;
    }
    code = mh_digest_init(&err);
    if (code == MH_OK)
        code = pt_store_open_in(argv[2], NULL, pt_time(), &err, &store);
    if (code == MH_OK)
        code = sweep(store, pt_time() - PT_SWEEP_GRACE, &err, &files);
    pt_store_close(store);
    if (code != MH_OK) {
        (void)fprintf(stderr, "mohur-portal: sweep: %s\n", err.msg);
        return INTERNAL;
    }
    (void)printf("%" PRIu64 " removed\n", files); /* a word of courtesy */
    return 0;
}
