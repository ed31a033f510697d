#include "portal/filing/ledger.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/peer/keyd.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "portal/filing/drawing.h"
#include "portal/filing/follow.h"
#include "portal/http/clock.h"
#include "portal/store/applications.h"

enum {
    POLL = 2,          /* seconds between looks at the store */
    LEASE = 15,        /* seconds that one receipt is being made */
    SEAL_MS = 30000,   /* a time-stamp may have to be fetched */
    APPEND_MS = 10000, /* a flush */
    ARENA = 24 << 20,  /* bytes: a receipt and what it is made of */
    VALUES = 8,        /* of what a record says */
};

struct pt_ledger {
    struct pt_store *store;
    struct mh_keyd *keyd;
    char seal_key[65];
    pthread_mutex_t lock;
    pthread_cond_t wake, made;
    pthread_t thread;
    bool called, stop;
    uint64_t receipts; /* made so far */
};

/* These mutexes are ours and sound: taking them cannot fail. */
static void
hold(struct pt_ledger *l)
{
    (void)pthread_mutex_lock(&l->lock);
}

static void
let(struct pt_ledger *l)
{
    (void)pthread_mutex_unlock(&l->lock);
}

/* ---- receipts ---- */

/* The bytes of what keyd made, in the arena, and their digest. */
static enum mh_code
read_sealed(int fd, uint64_t size, struct mh_arena *arena, struct mh_err *err,
    uint8_t sha256[static PT_HASH])
{
    enum mh_code code = mh_keyd_memfd_check(fd, size, PT_RECEIPT_MAX, err);
    uint8_t hash[MH_DIGEST_MAX], *bytes;

    if (code != MH_OK)
        return code;
    bytes = mh_arena_raw(arena, (size_t)size);
    if (bytes == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "receipt: no memory");
    for (size_t at = 0; at < size;) {
        ssize_t n = pread(fd, bytes + at, (size_t)size - at, (off_t)at);

        if (n <= 0)
            return mh_fail_sys(err, "receipt: read");
        at += (size_t)n;
    }
    code = mh_digest_once(
        MH_SHA256, (struct mh_span){bytes, (size_t)size}, err, hash);
    if (code == MH_OK)
        memcpy(sha256, hash, PT_HASH);
    return code;
}

/* Asks for it; the same operation asked again has the same answer. */
static enum mh_code
ask_receipt(struct pt_ledger *l, const struct pt_receipt *r,
    const struct pt_document *d, struct mh_arena *arena, struct mh_err *err,
    struct mh_keyd_answer *out)
{
    struct mh_receipt_file file = {
        .name = d->name, .size = d->size, .sha256 = {d->sha256, PT_HASH}};
    char who[32], obj[48];
    struct mh_keyd_receipt m = {.id = mh_keyd_next(l->keyd),
        .op = {r->op, MH_OP_ID},
        .requester = who,
        .key = l->seal_key,
        .obj = obj,
        .status = r->status,
        .text = r->text,
        .file = &file,
        .files = 1};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_RECEIPTED, .timeout_ms = SEAL_MS};
    struct mh_buf message;
    enum mh_code code;

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)d->filer);
    (void)snprintf(obj, sizeof(obj), "filing:%s", d->id);
    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_receipt_pack(&m, &message);
    q.message = &message;
    code = mh_keyd_ask(l->keyd, &q, arena, err, out);
    mh_buf_fini(&message);
    return code;
}

static enum mh_code
keep(struct pt_ledger *l, const struct pt_receipt *r,
    const struct mh_keyd_answer *answer, struct mh_arena *arena,
    struct mh_err *err)
{
    struct mh_keyd_sealed sealed;
    uint8_t sha256[PT_HASH];
    struct pt_staged staged;
    enum mh_code code =
        mh_keyd_sealed_unpack(answer->packet, MH_KEYD_RECEIPTED, err, &sealed);

    if (code == MH_OK)
        code = read_sealed(answer->fd, sealed.size, arena, err, sha256);
    if (code == MH_OK)
        code = pt_store_blob_stage(
            l->store, answer->fd, sealed.size, sha256, err, &staged);
    if (code == MH_OK)
        code = pt_store_receipt_made(
            l->store, r->op, (int64_t)sealed.n, pt_time(), &staged, err);
    return code;
}

/* The document, or that of an application which is in no case yet. */
static enum mh_code
find(struct pt_ledger *l, const char *id, struct mh_arena *arena,
    struct mh_err *err, struct pt_document *out)
{
    struct pt_application a;
    enum mh_code code = pt_store_document_get(l->store, id, arena, err, out);

    if (code != MH_OK || out->id[0] != '\0')
        return code;
    code = pt_store_application_of(l->store, id, arena, err, &a);
    if (code == MH_OK && a.id[0] == '\0')
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "receipt: its document is gone");
    *out = a.d;
    return code;
}

static enum mh_code
make(struct pt_ledger *l, const struct pt_receipt *r, struct mh_arena *arena,
    struct mh_err *err)
{
    struct mh_keyd_answer answer = {.fd = -1};
    struct pt_document d;
    enum mh_code code = MH_OK;

    if (!r->made) {
        code = find(l, r->document, arena, err, &d);
        if (code == MH_OK)
            code = ask_receipt(l, r, &d, arena, err, &answer);
        if (code == MH_OK)
            code = keep(l, r, &answer, arena, err);
        mh_close(&answer.fd);
        if (code == MH_OK) {
            hold(l);
            l->receipts++;
            (void)pthread_cond_broadcast(&l->made);
            let(l);
        }
    }
    if (code == MH_OK)
        code = mh_keyd_forget(l->keyd, r->op, arena, err);
    return code == MH_OK ? pt_store_receipt_told(l->store, r->op, err) : code;
}

/* One receipt that is owed; false: none is due, or it did not work. */
static bool
one_receipt(struct pt_ledger *l)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_err err = {.msg = ""};
    struct pt_receipt r = {.tries = 0};
    enum mh_code code = MH_ENOMEM;
    int64_t now = pt_time();

    if (arena != NULL)
        code =
            pt_store_receipt_due(l->store, now, now + LEASE, arena, &err, &r);
    if (code == MH_OK && r.tries > 0) {
        code = make(l, &r, arena, &err);
        mh_log("receipt", "doc=%s status=%s tries=%u code=%s", r.document,
            r.status, r.tries, mh_code_name(code));
        if (code != MH_OK)
            mh_log("receipt", "doc=%s why=\"%.100s\"", r.document, err.msg);
    }
    mh_arena_free(arena);
    return code == MH_OK && r.tries > 0;
}

/* ---- records ---- */

/* "key=value" in lines; a copy in the arena is cut up. */
static bool
split(char *data, struct mh_append_record *out, struct mh_arena *arena)
{
    char *line, *rest = NULL;

    out->value = mh_arena_array(arena, VALUES, sizeof(*out->value));
    if (out->value == NULL)
        return false;
    for (line = strtok_r(data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, '=');

        if (value == NULL || out->values == VALUES)
            return false;
        *value++ = '\0';
        out->value[out->values++] =
            (struct mh_append_value){.key = line, .string = value};
    }
    return true;
}

static enum mh_code
append(struct pt_ledger *l, const struct pt_records *list,
    struct mh_arena *arena, struct mh_err *err)
{
    struct mh_append_record record[PT_RECORDS_MAX] = {{.ev = NULL}};
    struct mh_keyd_append m = {
        .id = mh_keyd_next(l->keyd), .record = record, .records = list->count};
    struct mh_keyd_question q = {
        .id = m.id, .want = MH_KEYD_APPENDED, .timeout_ms = APPEND_MS};
    struct mh_keyd_answer answer;
    struct mh_buf message;
    enum mh_code code;

    for (size_t i = 0; i < list->count; i++) {
        const struct pt_record *r = &list->record[i];
        size_t size = strlen(r->data) + 1;
        char *copy = mh_arena_raw(arena, size);

        record[i].ev = r->ev;
        record[i].who = r->who;
        record[i].obj = r->obj;
        record[i].res = r->res;
        if (copy != NULL)
            memcpy(copy, r->data, size);
        if (copy == NULL || !split(copy, &record[i], arena))
            return mh_fail(
                err, MH_EINTERNAL, MH_NO_OFFSET, "ledger: a record's data");
    }
    mh_buf_init(&message, MH_MESSAGE_MAX);
    mh_keyd_append_pack(&m, &message);
    q.message = &message;
    code = mh_keyd_ask(l->keyd, &q, arena, err, &answer);
    mh_buf_fini(&message);
    mh_close(&answer.fd);
    return code;
}

static bool
some_records(struct pt_ledger *l)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct mh_err err = {.msg = ""};
    struct pt_records list = {.count = 0};
    enum mh_code code = MH_ENOMEM;

    if (arena != NULL)
        code = pt_store_record_list(l->store, arena, &err, &list);
    for (size_t i = 0; i < list.count && code == MH_OK; i++)
        if (strcmp(list.record[i].ev, "draw.opened") == 0) {
            code = pt_store_draw_take(
                l->store, list.record[list.count - 1].id, pt_time(), &err);
            break;
        }
    if (code == MH_OK && list.count > 0)
        code = append(l, &list, arena, &err);
    if (code == MH_OK && list.count > 0)
        code = pt_store_record_done(
            l->store, list.record[list.count - 1].id, &err);
    if (code != MH_OK)
        mh_log("ledger", "code=%s why=\"%.100s\"", mh_code_name(code), err.msg);
    mh_arena_free(arena);
    return code == MH_OK && list.count > 0;
}

/* ---- the index ---- */

static bool
some_index(struct pt_ledger *l)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct pt_log_asker ask = {.keyd = l->keyd, .arena = arena};
    struct mh_err err = {.msg = ""};
    bool some = false;
    enum mh_code code = MH_ENOMEM;

    if (arena != NULL)
        code = pt_follow_once(l->store, &ask, &err, &some);
    if (code != MH_OK)
        mh_log("index", "code=%s why=\"%.100s\"", mh_code_name(code), err.msg);
    mh_arena_free(arena);
    return some;
}

/* ---- draws ---- */

static bool
some_draw(struct pt_ledger *l, bool leads)
{
    struct mh_arena *arena = mh_arena_new(ARENA);
    struct pt_log_asker ask = {.keyd = l->keyd, .arena = arena};
    struct mh_err err = {.msg = ""};
    bool some = false;
    enum mh_code code = MH_ENOMEM;

    if (arena != NULL)
        code = pt_drawing_once(l->store, &ask, pt_time(), &err, &some);
    if (code == MH_OK && !some && leads)
        code = pt_store_draw_reopen(l->store, pt_time(), &err, &some);
    if (code != MH_OK)
        mh_log("draw", "code=%s why=\"%.100s\"", mh_code_name(code), err.msg);
    mh_arena_free(arena);
    return code == MH_OK && some;
}

/* ---- the thread ---- */

static void
doze(struct pt_ledger *l)
{
    struct timespec until;

    hold(l);
    if (!l->called && !l->stop && clock_gettime(CLOCK_REALTIME, &until) == 0) {
        until.tv_sec += POLL;
        (void)pthread_cond_timedwait(
            &l->wake, &l->lock, &until); /* sooner is fine */
    }
    l->called = false;
    let(l);
}

static bool
stopped(struct pt_ledger *l)
{
    bool stop;

    hold(l);
    stop = l->stop;
    let(l);
    return stop;
}

static void *
run(void *ctx)
{
    struct pt_ledger *l = ctx;

    while (!stopped(l)) {
        /* Receipts are leased, index and draws are of the node's own log; the
           rest one node does for all. */
        bool leads = pt_store_leads(l->store);
        bool receipt = one_receipt(l), records = leads && some_records(l);
        bool index = some_index(l), draw = some_draw(l, leads);

        if (!receipt && !records && !index && !draw)
            doze(l);
    }
    return NULL;
}

enum mh_code
pt_ledger_start(struct pt_store *store, struct mh_keyd *keyd,
    const char *seal_key, struct mh_err *err, struct pt_ledger **out)
{
    struct pt_ledger *l = calloc(1, sizeof(*l));

    if (l == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "ledger: no memory");
    l->store = store;
    l->keyd = keyd;
    (void)snprintf(l->seal_key, sizeof(l->seal_key), "%s", seal_key);
    if (pthread_mutex_init(&l->lock, NULL) != 0 ||
        pthread_cond_init(&l->wake, NULL) != 0 ||
        pthread_cond_init(&l->made, NULL) != 0 ||
        pthread_create(&l->thread, NULL, run, l) != 0) {
        free(l);
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "ledger: no thread");
    }
    *out = l;
    return MH_OK;
}

void
pt_ledger_stop(struct pt_ledger *l)
{
    if (l == NULL)
        return;
    hold(l);
    l->stop = true;
    (void)pthread_cond_signal(&l->wake);
    let(l);
    (void)pthread_join(l->thread, NULL);   /* started before */
    (void)pthread_mutex_destroy(&l->lock); /* nobody holds it */
    (void)pthread_cond_destroy(&l->wake);
    (void)pthread_cond_destroy(&l->made);
    free(l);
}

void
pt_ledger_wake(struct pt_ledger *l)
{
    if (l == NULL)
        return;
    hold(l);
    l->called = true;
    (void)pthread_cond_signal(&l->wake);
    let(l);
}

static bool
all_made(struct pt_ledger *l, const char *document)
{
    struct mh_arena *arena = mh_arena_new(1 << 20);
    struct pt_receipts list = {.count = 0};
    bool made = arena != NULL && pt_store_receipt_list(l->store, document,
                                     arena, NULL, &list) == MH_OK;

    for (size_t i = 0; i < list.count; i++)
        made = made && list.receipt[i].made;
    mh_arena_free(arena);
    return made && list.count > 0;
}

bool
pt_ledger_wait(struct pt_ledger *l, const char *document, unsigned timeout_ms)
{
    struct timespec until;
    bool made = false;
    int rc = 0;

    if (l == NULL || clock_gettime(CLOCK_REALTIME, &until) != 0)
        return false;
    until.tv_sec += (time_t)(timeout_ms / 1000) + 1; /* whole seconds */
    while (!made && rc == 0) {
        uint64_t seen;

        hold(l);
        seen = l->receipts;
        let(l);
        made = all_made(l, document);
        hold(l);
        while (!made && rc == 0 && l->receipts == seen)
            rc = pthread_cond_timedwait(&l->made, &l->lock, &until);
        let(l);
    }
    return made || all_made(l, document);
}
