#include "portal/pages/kept.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "portal/http/id.h"

struct entry {
    char id[PT_KEPT_ID]; /* "": free */
    int64_t until;
    uint8_t *bytes; /* name, sha256, packed report; owned */
    size_t name, sha256, report;
    uint64_t size; /* of the document */
};

struct pt_kept {
    pthread_mutex_t lock;
    struct entry entry[PT_KEPT_MAX];
    size_t next; /* the oldest */
    size_t bytes;
};

struct pt_kept *
pt_kept_new(void)
{
    struct pt_kept *k = calloc(1, sizeof(*k));

    if (k != NULL && pthread_mutex_init(&k->lock, NULL) != 0) {
        free(k);
        return NULL;
    }
    return k;
}

static size_t
length(const struct entry *e)
{
    return e->name + e->sha256 + e->report;
}

static void
drop(struct pt_kept *k, struct entry *e)
{
    if (e->id[0] == '\0')
        return;
    k->bytes -= length(e);
    free(e->bytes);
    *e = (struct entry){.id = ""};
}

void
pt_kept_free(struct pt_kept *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < PT_KEPT_MAX; i++)
        drop(k, &k->entry[i]);
    (void)pthread_mutex_destroy(&k->lock); /* nobody holds it */
    free(k);
}

/* Room for so many bytes: what has ended goes, then the oldest. */
static bool
make_room(struct pt_kept *k, int64_t now, size_t bytes)
{
    if (bytes > PT_KEPT_BYTES_MAX)
        return false;
    for (size_t i = 0; i < PT_KEPT_MAX; i++)
        if (k->entry[i].until <= now)
            drop(k, &k->entry[i]);
    for (size_t i = 0; i < PT_KEPT_MAX && k->bytes + bytes > PT_KEPT_BYTES_MAX;
         i++)
        drop(k, &k->entry[(k->next + i) % PT_KEPT_MAX]);
    return true;
}

static bool
fill(struct entry *e, const struct mh_subject *subject, struct mh_span packed)
{
    e->name = strlen(subject->file) + 1;
    e->sha256 = strlen(subject->sha256) + 1;
    e->report = packed.len;
    e->size = subject->size;
    e->bytes = malloc(length(e));
    if (e->bytes == NULL)
        return false;
    memcpy(e->bytes, subject->file, e->name);
    memcpy(e->bytes + e->name, subject->sha256, e->sha256);
    memcpy(e->bytes + e->name + e->sha256, packed.ptr, packed.len);
    return true;
}

bool
pt_kept_add(struct pt_kept *k, int64_t now, const struct mh_subject *subject,
    const struct mh_report *report, char id[static PT_KEPT_ID])
{
    struct entry made = {.id = ""};
    struct mh_buf packed;
    bool good;

    id[0] = '\0';
    mh_buf_init(&packed, MH_REPORT_SIZE_MAX);
    mh_report_pack(report, &packed);
    good = mh_buf_ok(&packed) && fill(&made, subject, mh_buf_get(&packed));
    mh_buf_fini(&packed);
    if (!good)
        return false;
    (void)pthread_mutex_lock(&k->lock); /* an error check mutex it is not */
    good = make_room(k, now, length(&made));
    if (good) {
        struct entry *e = &k->entry[k->next];

        drop(k, e);
        k->next = (k->next + 1) % PT_KEPT_MAX;
        pt_id_new(made.id);
        made.until = now + (int64_t)PT_KEPT_SECONDS * 1000;
        k->bytes += length(&made);
        *e = made;
        memcpy(id, made.id, sizeof(made.id));
    } else {
        free(made.bytes);
    }
    (void)pthread_mutex_unlock(&k->lock);
    return good;
}

static bool
copy(const struct entry *e, struct mh_arena *arena, struct mh_subject *subject,
    struct mh_report *report)
{
    struct mh_span all =
        mh_arena_copy(arena, (struct mh_span){e->bytes, length(e)});
    struct mh_span packed;

    if (all.ptr == NULL)
        return false;
    *subject = (struct mh_subject){
        (const char *)all.ptr, e->size, (const char *)all.ptr + e->name};
    packed = (struct mh_span){all.ptr + e->name + e->sha256, e->report};
    return mh_report_unpack(packed, arena, NULL, report) == MH_OK;
}

bool
pt_kept_get(struct pt_kept *k, int64_t now, const char *id,
    struct mh_arena *arena, struct mh_subject *subject,
    struct mh_report *report)
{
    bool found = false;

    (void)pthread_mutex_lock(&k->lock); /* as above */
    for (size_t i = 0; i < PT_KEPT_MAX && !found && id[0] != '\0'; i++)
        found = strcmp(k->entry[i].id, id) == 0 && k->entry[i].until > now &&
                copy(&k->entry[i], arena, subject, report);
    (void)pthread_mutex_unlock(&k->lock);
    return found;
}
