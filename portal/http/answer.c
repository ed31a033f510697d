#include "portal/http/answer.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/sys/chan.h"

static const struct {
    unsigned status;
    const char *text;
} texts[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

const char *
pt_status_text(unsigned status)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].status == status)
            return texts[i].text;
    return "Error";
}

void
pt_answer_init(struct pt_answer *a)
{
    *a = (struct pt_answer){.status = 200, .type = PT_JSON, .fd = -1};
    mh_buf_init(&a->body, PT_ANSWER_MAX);
}

void
pt_answer_fini(struct pt_answer *a)
{
    mh_close(&a->fd);
    mh_buf_fini(&a->body);
}

void
pt_answer_file(struct pt_answer *a, const char *type, int fd, uint64_t size)
{
    mh_close(&a->fd);
    mh_buf_clear(&a->body);
    a->type = type;
    a->fd = fd;
    a->size = size;
}

void
pt_answer_header(struct pt_answer *a, const char *name, const char *fmt, ...)
{
    char *value;
    va_list ap;
    int n;

    if (a->headers == PT_ANSWER_HEADERS_MAX)
        return;
    value = a->header[a->headers].value;
    va_start(ap, fmt);
    n = vsnprintf(value, PT_ANSWER_VALUE_MAX, fmt, ap);
    va_end(ap);
    if (n < 0 || n >= PT_ANSWER_VALUE_MAX)
        return;
    for (const char *p = value; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            return;
    a->header[a->headers++].name = name;
}

static int
dump(const char *bytes, size_t len, void *ctx)
{
    mh_buf_add(ctx, bytes, len);
    return 0;
}

void
pt_answer_problem(
    struct pt_answer *a, unsigned status, const char *slug, const char *detail)
{
    json_t *o = json_pack("{s:s+, s:s, s:i, s:s}", "type",
        "urn:mohur:problem:", slug, "title", pt_status_text(status), "status",
        (int)status, "detail", detail);

    mh_buf_clear(&a->body);
    mh_close(&a->fd);
    a->size = 0;
    a->status = status;
    a->type = PT_PROBLEM;
    a->csp[0] = '\0';
    if (o != NULL)
        (void)json_dump_callback(
            o, dump, &a->body, JSON_COMPACT); /* the buffer says it */
    mh_buf_byte(&a->body, '\n');
    json_decref(o);
}

void
pt_answer_error(struct pt_answer *a, const struct mh_err *err)
{
    switch (err->code) {
    case MH_ELIMIT:
        pt_answer_problem(a, 413, "limit", err->msg);
        break;
    case MH_EFORMAT:
        pt_answer_problem(a, 400, "malformed", err->msg);
        break;
    case MH_EUNSUP:
        pt_answer_problem(a, 415, "unsupported", err->msg);
        break;
    case MH_EIO:
        pt_answer_later(a, 503, 5, "storage", "the service cannot store now");
        break;
    case MH_OK:
    case MH_ENOMEM:
    case MH_EINTERNAL:
    default:
        pt_answer_problem(a, 500, "internal", "the service failed");
        break;
    }
}

void
pt_answer_later(struct pt_answer *a, unsigned status, unsigned seconds,
    const char *slug, const char *detail)
{
    pt_answer_problem(a, status, slug, detail);
    pt_answer_header(a, "Retry-After", "%u", seconds);
}
