#include "portal/http/body.h"

#include <string.h>

#include "base/text.h"
#include "portal/http/disposition.h"

const char *
pt_query(const struct pt_request *rq, const char *name)
{
    return pt_form_get(&rq->query, name);
}

struct pt_file *
pt_request_file(struct pt_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->files; i++)
        if (strcmp(rq->file[i].part.name, name) == 0)
            return &rq->file[i];
    return NULL;
}

bool
pt_body_overload(const struct mh_err *err)
{
    return err->code == MH_ELIMIT && strncmp(err->msg, "flight: ", 8) == 0;
}

static bool
is_file(const struct pt_request *rq, const char *name)
{
    for (size_t i = 0; rq->route->files != NULL && rq->route->files[i] != NULL;
         i++)
        if (strcmp(rq->route->files[i], name) == 0)
            return true;
    return false;
}

static enum mh_code
part_begin(void *ctx, const struct pt_part *part, struct mh_err *err)
{
    struct pt_body_reader *b = ctx;
    struct pt_request *rq = b->rq;
    struct pt_file *f = &rq->file[rq->files];

    b->in_file = is_file(rq, part->name);
    if (b->in_file) {
        f->part = *part;
        rq->files++;
        return pt_spool_begin(&f->spool, b->flight, b->spool_dir, err);
    }
    if (part->has_filename)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "form: a file nobody asked for");
    if (pt_form_get(&rq->form, part->name) != NULL)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: a field twice");
    rq->form.field[rq->form.fields].name =
        mh_arena_str(rq->arena, mh_span_str(part->name));
    if (rq->form.field[rq->form.fields].name == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "form: no memory");
    mh_buf_clear(&b->value);
    return MH_OK;
}

static enum mh_code
part_bytes(void *ctx, struct mh_span bytes, struct mh_err *err)
{
    struct pt_body_reader *b = ctx;

    if (b->in_file)
        return pt_spool_write(&b->rq->file[b->rq->files - 1].spool, bytes, err);
    mh_buf_span(&b->value, bytes);
    if (!mh_buf_ok(&b->value))
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "form: a field that is too long");
    return MH_OK;
}

static enum mh_code
part_end(void *ctx, struct mh_err *err)
{
    struct pt_body_reader *b = ctx;
    struct pt_form *form = &b->rq->form;
    struct mh_span v = mh_buf_get(&b->value);

    if (b->in_file)
        return pt_spool_end(&b->rq->file[b->rq->files - 1].spool, err);
    if (!mh_utf8_valid(v) || (v.len > 0 && memchr(v.ptr, '\0', v.len) != NULL))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "form: a field that is no text");
    form->field[form->fields].value = mh_arena_str(b->rq->arena, v);
    if (form->field[form->fields].value == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "form: no memory");
    form->fields++;
    return MH_OK;
}

/* The media type alone, with charset=utf-8 at most beside it. */
static bool
type_is(struct mh_span type, const char *want)
{
    struct mh_span head;
    struct pt_param p;
    int rc;

    if (!mh_span_sub(type, 0, strlen(want), &head) ||
        !pt_span_is_nocase(head, want))
        return false;
    (void)mh_span_sub(
        type, head.len, type.len - head.len, &type); /* inside it */
    while ((rc = pt_param_next(&type, &p)) > 0)
        if (!pt_span_is_nocase(p.name, "charset") ||
            !pt_span_is_nocase(
                (struct mh_span){(const uint8_t *)p.value, p.len}, "utf-8"))
            return false;
    return rc == 0;
}

static enum mh_code
begin_multipart(struct pt_body_reader *b, struct mh_err *err)
{
    const struct pt_part_sink sink = {part_begin, part_bytes, part_end, b};
    struct pt_request *rq = b->rq;
    char boundary[PT_BOUNDARY_MAX + 1];
    enum mh_code code = pt_multipart_boundary(rq->gate.type, err, boundary);

    if (code != MH_OK)
        return code;
    rq->file = mh_arena_array(rq->arena, PT_PARTS_MAX, sizeof(*rq->file));
    rq->form.field =
        mh_arena_array(rq->arena, PT_PARTS_MAX, sizeof(*rq->form.field));
    if (rq->file == NULL || rq->form.field == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "form: no memory");
    pt_multipart_init(&b->multipart, boundary, &sink);
    return MH_OK;
}

enum mh_code
pt_body_begin(struct pt_body_reader *b, struct pt_request *rq,
    struct pt_flight *flight, int spool_dir, struct mh_err *err)
{
    const struct pt_route *route = rq->route;

    *b = (struct pt_body_reader){
        .rq = rq, .flight = flight, .spool_dir = spool_dir};
    mh_buf_init(&b->value, PT_VALUE_MAX);
    mh_buf_init(&rq->body, route->cap > SIZE_MAX ? SIZE_MAX : route->cap);
    if (rq->gate.has_length && rq->gate.length > route->cap)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "body: longer than this route takes");
    switch (route->body) {
    case PT_BODY_MULTIPART:
        return begin_multipart(b, err);
    case PT_BODY_JSON:
        if (!type_is(rq->gate.type, "application/json"))
            return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "content type: application/json is wanted");
        return MH_OK;
    case PT_BODY_FORM:
        if (!type_is(rq->gate.type, "application/x-www-form-urlencoded"))
            return mh_fail(
                err, MH_EUNSUP, MH_NO_OFFSET, "content type: a form is wanted");
        return MH_OK;
    case PT_BODY_NONE:
    default:
        if (rq->gate.length > 0 || rq->gate.chunked)
            return mh_fail(
                err, MH_EUNSUP, MH_NO_OFFSET, "body: none is wanted here");
        return MH_OK;
    }
}

enum mh_code
pt_body_push(struct pt_body_reader *b, struct mh_span in, struct mh_err *err)
{
    struct pt_request *rq = b->rq;
    enum mh_code code;

    rq->received += in.len;
    if (rq->received > rq->route->cap)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "body: longer than this route takes");
    if (rq->route->body == PT_BODY_MULTIPART)
        return pt_multipart_push(&b->multipart, in, err);
    code =
        pt_flight_take(&b->flight->memory, b->flight->memory_cap, in.len, err);
    if (code != MH_OK)
        return code;
    b->held += in.len;
    mh_buf_span(&rq->body, in);
    return mh_buf_ok(&rq->body)
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "body: no memory");
}

enum mh_code
pt_body_end(struct pt_body_reader *b, struct mh_err *err)
{
    struct pt_request *rq = b->rq;

    if (rq->route->body == PT_BODY_MULTIPART)
        return pt_multipart_end(&b->multipart, err);
    if (rq->route->body == PT_BODY_FORM)
        return pt_form_parse(mh_buf_get(&rq->body), rq->arena, err, &rq->form);
    return MH_OK;
}

void
pt_body_fini(struct pt_body_reader *b)
{
    if (b->rq == NULL)
        return;
    if (b->held > 0)
        pt_flight_give(&b->flight->memory, b->held);
    for (size_t i = 0; i < b->rq->files; i++)
        pt_spool_fini(&b->rq->file[i].spool);
    b->rq->files = 0;
    mh_buf_fini(&b->rq->body);
    mh_buf_fini(&b->value);
    b->rq = NULL;
}
