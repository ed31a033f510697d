#include "portal/api/siva.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/text.h"
#include "portal/api/siva_report.h"
#include "portal/api/verify.h"
#include "portal/http/clock.h"

enum {
    FILENAME_MAX_BYTES = 255
};

struct request {
    char filename[FILENAME_MAX_BYTES + 1];
    const char *policy;
    int fd; /* sealed memfd of the document */
    uint64_t size;
    uint8_t sha256[MH_DIGEST_MAX];
};

/* {"requestErrors":[{"key":...,"message":...}]} */
static void
request_error(
    struct pt_answer *a, unsigned status, const char *key, const char *message)
{
    json_t *o = json_pack(
        "{s:[{s:s,s:s}]}", "requestErrors", "key", key, "message", message);
    char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);

    mh_buf_clear(&a->body);
    a->status = status;
    a->type = PT_JSON;
    if (text == NULL)
        a->body.bad = true;
    else
        mh_buf_str(&a->body, text);
    free(text);
    json_decref(o);
}

/* A member that may be absent; false: it is there, and no text. */
static bool
text_of(json_t *o, const char *key, const char **out)
{
    json_t *v = json_object_get(o, key);

    *out = v == NULL ? NULL : json_string_value(v);
    return v == NULL || *out != NULL;
}

static bool
read_filename(const char *name, struct request *r)
{
    struct mh_span s = mh_span_str(name);

    if (s.len == 0 || s.len > FILENAME_MAX_BYTES ||
        !mh_text_is_clean(s, FILENAME_MAX_BYTES))
        return false;
    memcpy(r->filename, name, s.len + 1);
    return true;
}

static enum mh_code
to_memfd(struct mh_span bytes, struct mh_err *err, int *fd)
{
    enum mh_code code = mh_memfd_new("document", 0, err, fd);

    while (code == MH_OK && bytes.len > 0) {
        ssize_t n = write(*fd, bytes.ptr, bytes.len);

        if (n <= 0)
            code = mh_fail_sys(err, "document");
        else
            (void)mh_span_sub(
                bytes, (size_t)n, bytes.len - (size_t)n, &bytes); /* inside */
    }
    return code == MH_OK ? mh_memfd_seal(*fd, err) : code;
}

/* False: the base64 is none, or (err->code set) the system failed. */
static bool
read_document(struct mh_span base64, struct mh_err *err, struct request *r)
{
    uint8_t *raw = malloc(mh_base64_max(base64.len) + 1);
    size_t len = 0;
    bool ok = false;

    if (raw == NULL) {
        (void)mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "document: no memory");
        return false;
    }
    if (base64.len > 0 && mh_base64_decode(base64, raw, &len) && len > 0) {
        struct mh_span bytes = {raw, len};

        r->size = len;
        ok = to_memfd(bytes, err, &r->fd) == MH_OK &&
             mh_digest_once(MH_SHA256, bytes, err, r->sha256) == MH_OK;
    }
    free(raw);
    return ok;
}

static bool
listed(const char *value, const char *const *list)
{
    while (*list != NULL && strcmp(*list, value) != 0)
        list++;
    return *list != NULL;
}

/* Unknown members are ignored, as SiVa does. */
static bool
read_request(json_t *o, struct request *r, struct pt_answer *a)
{
    static const char *const policies[] = {"POLv3", "POLv4", NULL};
    static const char *const reports[] = {
        "Simple", "Detailed", "Diagnostic", NULL};
    const char *filename, *document, *policy, *report;
    struct mh_err err = {.msg = ""};

    if (!text_of(o, "filename", &filename) || filename == NULL ||
        !read_filename(filename, r)) {
        request_error(a, 400, "filename",
            "filename must be text of 1 to 255 bytes without controls");
        return false;
    }
    if (!text_of(o, "signaturePolicy", &policy) ||
        (policy != NULL && !listed(policy, policies))) {
        request_error(a, 400, "signaturePolicy",
            "Invalid signature policy; available: POLv3, POLv4");
        return false;
    }
    if (!text_of(o, "reportType", &report) ||
        (report != NULL && !listed(report, reports))) {
        request_error(a, 400, "reportType",
            "Invalid report type; available: Simple, Detailed, Diagnostic");
        return false;
    }
    r->policy =
        policy == NULL || strcmp(policy, "POLv4") == 0 ? "POLv4" : "POLv3";
    if (!text_of(o, "document", &document) || document == NULL ||
        !read_document(mh_span_str(document), &err, r)) {
        if (err.code == MH_OK)
            request_error(a, 400, "document",
                "Document is not encoded in a valid base64 string");
        else
            pt_answer_error(a, &err);
        return false;
    }
    return true;
}

static void
judge(struct pt_app *app, const struct request *r, struct pt_answer *a)
{
    const struct pt_siva_subject subject = {r->filename, r->sha256, r->policy};
    struct pt_question q = {
        .document = {r->filename, r->fd, r->size}, .time = pt_time()};
    struct mh_arena *arena = mh_arena_new(PT_ANSWER_ARENA);
    struct mh_err err = {.msg = ""};
    struct mh_report report;
    enum mh_code code;

    mh_policy_default(&q.policy, strcmp(r->policy, "POLv4") == 0);
    code = arena == NULL
               ? mh_fail(&err, MH_ENOMEM, MH_NO_OFFSET, "validate: no memory")
               : pt_judge_verify(app->judge, &q, arena, &err, &report);
    if (code != MH_OK)
        pt_answer_no_judge(a, &err);
    else if (report.verdict == MH_NOT_JUDGED)
        request_error(a, 500, "document", "The document could not be judged");
    else if (report.verdict == MH_REFUSED && report.sigs == 0)
        request_error(a, 400, "document",
            "Document malformed or not matching documentType");
    else
        pt_siva_print(&subject, &report, &a->body);
    mh_arena_free(arena);
}

void
pt_siva_validate(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct request r = {.fd = -1};
    json_t *o = rq->body.len == 0
                    ? NULL
                    : json_loadb((const char *)rq->body.ptr, rq->body.len,
                          JSON_REJECT_DUPLICATES, NULL);

    mh_buf_fini(&rq->body); /* tens of megabytes that are here twice now */
    if (!json_is_object(o)) {
        request_error(answer, 400, "request", "Request is not a JSON object");
        json_decref(o);
        return;
    }
    if (read_request(o, &r, answer)) {
        json_decref(o);
        judge(ctx, &r, answer);
    } else {
        json_decref(o);
    }
    mh_close(&r.fd);
}
