#include "hsm/keyd/filed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct hsm_filed {
    pthread_mutex_t lock;
    struct hsm_filing filing[HSM_FILED_MAX];
    size_t count, next; /* next: the oldest, where it is full */
};

enum mh_code
hsm_filed_new(struct mh_err *err, struct hsm_filed **out)
{
    struct hsm_filed *f = calloc(1, sizeof(*f));

    if (f == NULL || pthread_mutex_init(&f->lock, NULL) != 0) {
        free(f);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "keyd: no memory");
    }
    *out = f;
    return MH_OK;
}

void
hsm_filed_free(struct hsm_filed *f)
{
    if (f == NULL)
        return;
    (void)pthread_mutex_destroy(&f->lock); /* nobody holds it */
    free(f);
}

void
hsm_filed_status(struct hsm_filing *filing, struct mh_span status)
{
    size_t n =
        status.len < HSM_FILED_STATUS ? status.len : HSM_FILED_STATUS - 1;

    memset(filing->status, 0, sizeof(filing->status));
    if (n > 0)
        memcpy(filing->status, status.ptr, n);
}

/* The newest first: who asks again does so soon.  The lock is held. */
static const struct hsm_filing *
find(const struct hsm_filed *f, const uint8_t *op)
{
    for (size_t i = 0; i < f->count; i++) {
        size_t at = (f->next + HSM_FILED_MAX - 1 - i) % HSM_FILED_MAX;

        if (memcmp(f->filing[at].op, op, MH_OP_ID) == 0)
            return &f->filing[at];
    }
    return NULL;
}

void
hsm_filed_add(struct hsm_filed *f, const struct hsm_filing *filing)
{
    (void)pthread_mutex_lock(&f->lock); /* it is ours */
    if (find(f, filing->op) == NULL) {
        f->filing[f->next] = *filing;
        f->next = (f->next + 1) % HSM_FILED_MAX;
        if (f->count < HSM_FILED_MAX)
            f->count++;
    }
    (void)pthread_mutex_unlock(&f->lock); /* the same */
}

bool
hsm_filed_find(struct hsm_filed *f, const uint8_t op[static MH_OP_ID],
    struct hsm_filing *out)
{
    const struct hsm_filing *found;

    (void)pthread_mutex_lock(&f->lock); /* it is ours */
    found = find(f, op);
    if (found != NULL)
        *out = *found;
    (void)pthread_mutex_unlock(&f->lock); /* the same */
    return found != NULL;
}

/* A value of d that is text in hex of so many bytes. */
static bool
bytes(const struct hsm_record *r, const char *key, uint8_t *out, size_t len)
{
    const struct hsm_value *v = hsm_record_get(r, key);

    return v != NULL && v->kind == HSM_VALUE_STRING &&
           v->string.len == 2 * len && mh_hex_decode(v->string, out);
}

void
hsm_filed_seen(void *arg, const struct hsm_record *record)
{
    struct hsm_filing f = {.n = record->n, .time = record->time / 1000000};
    const struct hsm_value *status = hsm_record_get(record, "status");

    if (!mh_span_is(record->ev, HSM_EV_FILING) ||
        !bytes(record, "op", f.op, sizeof(f.op)) ||
        !bytes(record, "receipt", f.digest, sizeof(f.digest)) ||
        status == NULL || status->kind != HSM_VALUE_STRING)
        return;
    hsm_filed_status(&f, status->string);
    hsm_filed_add(arg, &f);
}
