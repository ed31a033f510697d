#include "portal/pages/inner.h"

#include <string.h>
#include <strings.h>

#include "base/sys/chan.h"
#include "base/sys/outfile.h"
#include "base/text.h"
#include "pages.h"
#include "portal/http/disposition.h"

const char *const pt_web_document_inner_query[] = {"n", "view", NULL};

/* A reader's own viewer shows it, and nothing in it may run or load here.
   object-src: browsers show a PDF as an object of a page of their own. */
#define VIEW_CSP                                                               \
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "       \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const char *
last_part(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash == NULL ? name : slash + 1;
}

static bool
is_container(enum mh_format f)
{
    return f == MH_FORMAT_ASIC_E || f == MH_FORMAT_ASIC_S ||
           f == MH_FORMAT_ADOC_2008 || f == MH_FORMAT_BDOC_1;
}

/* The only types that are shown: what a worker or the judgement found. */
static const char *
type_of(enum mh_format f)
{
    return f == MH_FORMAT_PDF    ? "application/pdf"
           : f == MH_FORMAT_JPEG ? "image/jpeg"
                                 : NULL;
}

/* Whether its name promises something that can be shown; its bytes decide. */
static bool
looks_shown(const char *name)
{
    const char *dot = strrchr(last_part(name), '.');

    return dot != NULL &&
           (strcasecmp(dot, ".pdf") == 0 || strcasecmp(dot, ".jpg") == 0 ||
               strcasecmp(dot, ".jpeg") == 0);
}

void
pt_inner_list(
    struct pt_map *m, const struct pt_document *d, const struct mh_report *r)
{
    pt_set_flag(m, "viewable", type_of(d->format) != NULL);
    pt_set_list(m, "inner");
    if (!is_container(d->format))
        return;
    for (size_t i = 0; i < r->files && i < PT_INNER_SHOWN; i++) {
        struct pt_map *file = pt_add(m, "inner");

        pt_set_int(file, "n", (int64_t)i);
        pt_set(file, "name", r->file[i].name);
        pt_set_int(file, "bytes", (int64_t)r->file[i].size);
        pt_setf(file, "digest", "%.16s", r->file[i].sha256);
        pt_set_flag(file, "shows", looks_shown(r->file[i].name));
        pt_set_flag(file, "signed", r->file[i].signed_by_count > 0);
    }
    if (r->files > PT_INNER_SHOWN)
        pt_set_int(m, "inner_more", (int64_t)r->files - PT_INNER_SHOWN);
}

static void
show(struct pt_answer *answer, const char *type, const char *name)
{
    answer->type = type;
    pt_answer_inline(answer, name);
    pt_answer_header(answer, "Cross-Origin-Resource-Policy", "same-origin");
    memcpy(answer->csp, VIEW_CSP, sizeof(VIEW_CSP));
}

void
pt_inner_show(struct pt_answer *answer, enum mh_format format, const char *name)
{
    show(answer, type_of(format), name);
}

void
pt_web_document_view(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_docview v = {.right = PT_MAY_READ_DOCUMENT};
    const char *type;

    if (pt_docview_find(ctx, rq, answer, &v)) {
        type = type_of(v.d.format);
        if (type == NULL) {
            pt_page_absent(rq, answer);
        } else if (pt_docview_opened(ctx, answer, &v, "view")) {
            pt_docview_give(ctx, rq, answer, v.d.sha256, v.d.name);
            if (answer->fd >= 0)
                show(answer, type, v.d.name);
        }
    }
    mh_arena_free(v.arena);
}

/* ---- a file of a container ---- */

bool
pt_inner_number(const char *s, size_t below, size_t *out)
{
    uint64_t n = 0;

    if (s == NULL || *s == '\0' || strlen(s) > 6)
        return false;
    for (; *s >= '0' && *s <= '9'; s++)
        n = n * 10 + (uint64_t)(*s - '0');
    *out = (size_t)n;
    return *s == '\0' && n < below;
}

/* Its bytes are those that were judged. */
static enum mh_code
compare(int fd, const struct mh_report_file *file, uint64_t size,
    struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    char hex[2 * MH_SHA256_LENGTH + 1];
    struct mh_map map = {0};
    enum mh_code code = mh_map_fd(fd, size, err, &map);

    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    mh_map_fini(&map);
    if (code != MH_OK)
        return code;
    mh_hex_encode((struct mh_span){hash, MH_SHA256_LENGTH}, hex);
    return size == file->size && strcmp(hex, file->sha256) == 0
               ? MH_OK
               : mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
                     "document: another file than the one that was judged");
}

/* *fd: the file by itself. */
static enum mh_code
extract(struct pt_app *app, const struct pt_docview *v,
    const struct mh_report_file *file, struct mh_err *err, int *fd,
    const char **type)
{
    struct pt_judge_file from = {.name = "document", .fd = -1};
    struct mh_outfile out = {.dir = -1, .fd = -1};
    enum pt_found found = PT_ABSENT;
    uint64_t size = 0;
    enum mh_code code = pt_store_blob_open(
        app->store, v->d.sha256, err, &from.fd, &from.size, &found);

    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "document: it is gone");
    if (code == MH_OK)
        code = pt_store_work_file(app->store, err, &out);
    if (code == MH_OK)
        code =
            pt_judge_extract(app->judge, &from, file->name, out.fd, err, type);
    if (code == MH_OK)
        code = mh_outfile_read(&out, err, fd, &size);
    if (code == MH_OK)
        code = compare(*fd, file, size, err);
    if (code != MH_OK)
        mh_close(fd);
    mh_close(&from.fd);
    mh_outfile_drop(&out);
    return code;
}

static void
give_file(struct pt_app *app, struct pt_request *rq, struct pt_answer *answer,
    const struct pt_docview *v, const struct mh_report_file *file)
{
    struct mh_err err = {.msg = ""};
    const char *type = NULL, *name = last_part(file->name);
    bool view = pt_query(rq, "view") != NULL;
    int fd = -1;

    if (extract(app, v, file, &err, &fd, &type) != MH_OK) {
        pt_answer_error(answer, &err);
        return;
    }
    pt_answer_file(answer, "application/octet-stream", fd, file->size);
    if (view && strcmp(type, "application/octet-stream") != 0)
        show(answer, type, name);
    else
        pt_answer_attachment(answer, name);
}

void
pt_web_document_inner(
    void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct pt_docview v = {.right = PT_MAY_READ_DOCUMENT};
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    size_t n;

    if (pt_docview_find(ctx, rq, answer, &v)) {
        if (mh_report_unpack(v.d.report, v.arena, &err, &report) != MH_OK)
            pt_answer_error(answer, &err);
        else if (!is_container(v.d.format) ||
                 !pt_inner_number(pt_query(rq, "n"), report.files, &n))
            pt_page_absent(rq, answer);
        else if (pt_docview_opened(ctx, answer, &v, "inner"))
            give_file(ctx, rq, answer, &v, &report.file[n]);
    }
    mh_arena_free(v.arena);
}
