#include "hsm/keyd/append.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/wire/event.h"

enum {
    ARENA = 1 << 20, /* bytes of one packet, unpacked */
};

struct append {
    struct hsm_writer_job job; /* first: what done gets */
    hsm_append_answer *answer;
    void *arg;
    uint64_t id;
    struct mh_arena *arena;
    uint8_t *packet;
    struct hsm_record record[MH_APPEND_MAX];
};

static void
finish(struct append *a)
{
    mh_arena_free(a->arena);
    free(a->packet);
    free(a);
}

static void
failed(struct append *a, enum mh_code code, const char *message)
{
    struct mh_keyd_failed m = {
        .id = a->id, .code = code, .where = "log", .message = message};
    struct mh_buf out;

    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_keyd_failed_pack(&m, &out);
    a->answer(a->arg, &out);
    mh_buf_fini(&out);
}

static void
done(struct hsm_writer_job *job)
{
    struct append *a = (struct append *)job;
    struct mh_keyd_appended m = {a->id, job->n, job->last};
    struct mh_buf out;

    if (job->code != MH_OK) {
        failed(a, job->code, job->err.msg);
        finish(a);
        return;
    }
    mh_buf_init(&out, MH_MESSAGE_MAX);
    mh_keyd_appended_pack(&m, &out);
    a->answer(a->arg, &out);
    mh_buf_fini(&out);
    finish(a);
}

static void
take(const struct mh_append_record *r, const char *src, struct hsm_record *out)
{
    out->src = mh_span_str(src);
    out->ev = mh_span_str(r->ev);
    out->who = mh_span_str(r->who);
    out->obj = mh_span_str(r->obj);
    out->res = mh_span_str(r->res);
    out->data_count = r->values;
    for (size_t i = 0; i < r->values; i++) {
        const struct mh_append_value *v = &r->value[i];

        out->data[i] = (struct hsm_value){.key = mh_span_str(v->key),
            .kind = v->kind == 0   ? HSM_VALUE_STRING
                    : v->kind == 1 ? HSM_VALUE_INT
                                   : HSM_VALUE_BOOL,
            .string = mh_span_str(v->string),
            .number = v->number};
    }
}

enum mh_code
hsm_append(struct hsm_writer *w, struct mh_span packet, const char *src,
    hsm_append_answer *answer, void *arg, struct mh_err *err)
{
    struct append *a = calloc(1, sizeof(*a));
    struct mh_keyd_append m;
    enum mh_code code;

    if (a != NULL) {
        a->arena = mh_arena_new(ARENA);
        a->packet = malloc(packet.len + 1);
    }
    if (a == NULL || a->arena == NULL || a->packet == NULL) {
        if (a != NULL)
            finish(a);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "append: no memory");
    }
    memcpy(a->packet, packet.ptr, packet.len);
    code = mh_keyd_append_unpack(
        (struct mh_span){a->packet, packet.len}, a->arena, err, &m);
    if (code != MH_OK) {
        finish(a);
        return code;
    }
    a->answer = answer;
    a->arg = arg;
    a->id = m.id;
    for (size_t i = 0; i < m.records; i++) {
        if (!mh_event_known(m.record[i].ev)) {
            failed(a, MH_EUNSUP, "append: this event is not the caller's");
            finish(a);
            return MH_OK;
        }
        take(&m.record[i], src, &a->record[i]);
    }
    a->job.record = a->record;
    a->job.records = m.records;
    a->job.done = done;
    hsm_writer_submit(w, &a->job);
    return MH_OK;
}
