/* Evidence packages of cases, to be taken (auditpage.h). */
#include "portal/pages/auditpage.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pages.h"
#include "portal/http/disposition.h"
#include "portal/pages/docpage.h"
#include "portal/pages/fields.h"

const char *const pt_web_audit_volume_query[] = {"volume", NULL};

enum {
    NAME = 128, /* bytes of a file's name */
};

/* "package-2-2(103)-660/2021-1.asice" without what no name may have. */
static void
name_of(const struct pt_audit_job *j, size_t volume, size_t volumes,
    char out[static NAME])
{
    size_t n = (size_t)snprintf(out, NAME, "package-%.60s", j->number);

    for (size_t i = 0; i < n; i++)
        if ((out[i] < '0' || out[i] > '9') && (out[i] < 'a' || out[i] > 'z'))
            out[i] = '-';
    if (volumes > 1)
        n += (size_t)snprintf(out + n, NAME - n, "-%zu", volume);
    (void)snprintf(out + n, NAME - n, ".asice"); /* fits */
}

bool
pt_audit_volumes_set(struct pt_app *app, struct pt_map *m,
    const struct pt_audit_job *j, struct pt_answer *answer)
{
    struct pt_audit_volume volume[PT_AUDIT_VOLUMES];
    struct mh_err err = {.msg = ""};
    size_t count = 0;

    if (j->kind != PT_AUDIT_PACKAGE || j->state != PT_AUDIT_ENDED)
        return true;
    if (pt_store_audit_package(app->store, j->id, &err, volume, &count) !=
        MH_OK) {
        pt_answer_error(answer, &err);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct pt_map *row = pt_add(m, "volumes");
        char hex[2 * PT_HASH + 1], name[NAME];

        mh_hex_encode((struct mh_span){volume[i].sha256, PT_HASH}, hex);
        name_of(j, i + 1, count, name);
        pt_set(row, "job", j->id);
        pt_set_int(row, "volume", (int64_t)i + 1);
        pt_set(row, "name", name);
        pt_set_int(row, "size", (int64_t)volume[i].size);
        pt_set(row, "sha256", hex);
    }
    return true;
}

/* From 1; 0: none. */
static size_t
number(const char *s)
{
    size_t n = 0;

    for (size_t i = 0; s != NULL && s[i] != '\0'; i++) {
        if (s[i] < '0' || s[i] > '9' || i > 2)
            return 0;
        n = n * 10 + (size_t)(s[i] - '0');
    }
    return n;
}

void
pt_web_audit_volume(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_app *app = ctx;
    struct pt_audit_volume volume[PT_AUDIT_VOLUMES];
    size_t count = 0, wanted = number(pt_query(rq, "volume"));
    struct mh_err err = {.msg = ""};
    char obj[48], data[48], name[NAME];
    enum pt_found found = PT_ABSENT;
    struct pt_audit_job j;
    struct pt_who who;
    uint64_t size = 0;
    int fd = -1;

    if (!pt_auditor(app, rq, answer, &who) ||
        !pt_audit_job_find(app, rq, answer, &j))
        return;
    if (pt_store_audit_package(app->store, j.id, &err, volume, &count) !=
        MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    if (wanted == 0 || wanted > count) {
        pt_page_absent(rq, answer);
        return;
    }
    (void)snprintf(obj, sizeof(obj), "job:%s", j.id);
    (void)snprintf(data, sizeof(data), "part=package\nvolume=%zu\n", wanted);
    if (!pt_audit_look_kept(app, answer, &who, "audit.opened", obj, data))
        return;
    if (pt_store_blob_open(app->store, volume[wanted - 1].sha256, &err, &fd,
            &size, &found) != MH_OK) {
        pt_answer_error(answer, &err);
    } else if (found == PT_ABSENT) {
        pt_page_absent(rq, answer);
    } else {
        name_of(&j, wanted, count, name);
        pt_answer_file(answer, "application/vnd.etsi.asic-e+zip", fd, size);
        pt_answer_attachment(answer, name);
    }
}
