#include "hsm/keyd/append.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum {
    ARENA = 1 << 20, /* bytes of one packet, unpacked */
};

/* Events of those who may ask; everything else is keyd's own. */
static const char *const allowed[] = {HSM_EV_LOGIN, HSM_EV_FILING,
    HSM_EV_REFUSED, HSM_EV_DECIDED, HSM_EV_CASE, HSM_EV_REASON, HSM_EV_HEARING,
    HSM_EV_ILLEGAL, HSM_EV_OPENED, HSM_EV_LASTING, HSM_EV_VERDICT,
    HSM_EV_REMOTE_SIGN, HSM_EV_PAYMENT, HSM_EV_ROLE, HSM_EV_CONFIG,
    HSM_EV_ACT_DRAFTED, HSM_EV_ACT_CHANGED, HSM_EV_ACT_SENT, HSM_EV_ACT_BACK,
    HSM_EV_ACT_DISCARD, HSM_EV_ACT_SIGNED, HSM_EV_ACT_PUBLISH, HSM_EV_APP_BEGUN,
    HSM_EV_APP_CHANGED, HSM_EV_APP_PREPARED, HSM_EV_APP_REOPENED,
    HSM_EV_APP_DISCARDED, HSM_EV_APP_EXPIRED, HSM_EV_APP_CORRECTED,
    HSM_EV_APP_SUBMITTED, HSM_EV_APP_REFUSED, HSM_EV_APP_WITHDRAWN,
    HSM_EV_APP_ARCHIVED, HSM_EV_APP_REVIEW, HSM_EV_APP_DECIDED,
    HSM_EV_APP_REGISTERED, HSM_EV_AUDIT_SEARCH, HSM_EV_AUDIT_RECORD,
    HSM_EV_AUDIT_JOB, HSM_EV_AUDIT_END, HSM_EV_AUDIT_EXPORT, HSM_EV_WARRANT,
    HSM_EV_ADMIN_PROPOSED, HSM_EV_ADMIN_APPROVED, HSM_EV_ADMIN_REFUSED,
    HSM_EV_ADMIN_WITHDRAWN, HSM_EV_ADMIN_EXPIRED, HSM_EV_ADMIN_LOCKED,
    HSM_EV_ADMIN_OPENED, HSM_EV_ADMIN_TESTED, HSM_EV_JOINED, HSM_EV_LEFT,
    HSM_EV_JOIN_CODE, HSM_EV_JOIN_NOT, HSM_EV_MANDATE, HSM_EV_RATED,
    HSM_EV_MODERATED};

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

static bool
event_allowed(const char *ev)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        if (strcmp(ev, allowed[i]) == 0)
            return true;
    return false;
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
        if (!event_allowed(m.record[i].ev)) {
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
