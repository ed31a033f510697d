#include "portal/filing/package.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/time.h"
#include "portal/filing/keyseal.h"
#include "portal/filing/ledger.h"
#include "portal/filing/logask.h"
#include "portal/filing/packing.h"
#include "portal/filing/packplan.h"
#include "portal/http/clock.h"
#include "portal/store/auditlog.h"

enum {
    ASK_ARENA = 1 << 20,  /* bytes of one answer of keyd */
    SEAL_ARENA = 4 << 20, /* likewise */
    ORIGIN_MAX = 255,     /* bytes of the log's name */
    CATCH_UP = 100,       /* times that the index is waited for */
    CATCH_UP_MS = 100,
    ASICE = 2, /* of enum sg_as (signer/sign/sign.h) */
};

struct package {
    struct pt_app *app;
    struct pt_audit_job *job;
    struct pt_package *out;
    struct pt_pack_doc *doc;
    size_t docs;
    int64_t *n; /* records of the case, in their order */
    size_t ns;
    struct pt_pack_plan plan;
    char origin[ORIGIN_MAX + 1];
    struct pt_audit_logs logs; /* that have records of the case */
    struct pt_pack pack;
};

static enum mh_code
no_memory(struct mh_err *err)
{
    return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "package: no memory");
}

/* ---- what there is ---- */

static int
by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Until what waits now is in the log, that it was asked for among it. */
static enum mh_code
settle(struct package *p, struct mh_err *err)
{
    const struct timespec wait = {0, CATCH_UP_MS * 1000000L};
    int64_t oldest, newest, last;
    enum mh_code code =
        pt_store_record_waiting(p->app->store, err, &oldest, &last);

    for (int i = 0; code == MH_OK && oldest != 0 && oldest <= last; i++) {
        if (i == CATCH_UP)
            return mh_fail(
                err, MH_EIO, MH_NO_OFFSET, "package: records wait for the log");
        pt_ledger_wake(p->app->ledger);
        (void)nanosleep(&wait, NULL); /* sooner is fine */
        code = pt_store_record_waiting(p->app->store, err, &oldest, &newest);
    }
    return code;
}

/* Until the index has what the log has now. */
static enum mh_code
catch_up(struct package *p, struct mh_err *err)
{
    struct pt_log_asker ask = {
        .keyd = p->app->keyd, .arena = mh_arena_new(ASK_ARENA)};
    struct mh_keyd_records r = {.size = 0};
    int64_t next = 0;
    enum mh_code code = ask.arena == NULL
                            ? no_memory(err)
                            : pt_log_read(&ask, INT64_MAX, err, &r);

    mh_arena_free(ask.arena);
    p->out->log_size = r.size;
    for (int i = 0; code == MH_OK; i++) {
        const struct timespec wait = {0, CATCH_UP_MS * 1000000L};

        code = pt_store_audit_next(p->app->store, err, &next);
        if (code != MH_OK || (uint64_t)next >= r.size)
            return code;
        if (i == CATCH_UP)
            return mh_fail(err, MH_EIO, MH_NO_OFFSET,
                "package: the index of the log is behind");
        (void)nanosleep(&wait, NULL); /* sooner is fine */
    }
    return code;
}

static enum mh_code
list_documents(struct package *p, struct mh_err *err)
{
    struct pt_audit_job at = *p->job;
    struct pt_audit_due due;
    enum mh_code code = MH_OK;

    at.at[0] = '\0';
    p->doc = calloc(PT_PACK_DOCUMENTS, sizeof(*p->doc));
    if (p->doc == NULL)
        return no_memory(err);
    do {
        code = pt_store_audit_due(p->app->store, &at, err, &due);
        for (size_t i = 0; i < due.count && code == MH_OK; i++) {
            struct pt_pack_doc *d = &p->doc[p->docs];

            code = pt_pack_fits(p->docs + 1, 0, err);
            if (code != MH_OK)
                return code;
            memcpy(d->id, due.id[i], sizeof(d->id));
            memcpy(at.at, due.id[i], sizeof(at.at));
            code = pt_pack_measure(p->app, d, err);
            p->docs++;
        }
    } while (code == MH_OK && due.count > 0);
    return code;
}

/* The case's records, and those of filings that came to it later. */
static enum mh_code
list_records(struct package *p, struct mh_err *err)
{
    size_t most = PT_PACK_RECORDS + PT_PACK_DOCUMENTS + 1, kept = 0;
    struct pt_audit_numbers list = {.max = PT_PACK_RECORDS + 1};
    enum mh_code code;

    p->n = calloc(most, sizeof(*p->n));
    if (p->n == NULL)
        return no_memory(err);
    list.n = p->n;
    code = pt_store_audit_of_case(
        p->app->store, p->job->scope + strlen("case:"), 0, err, &list);
    if (code == MH_OK)
        code = pt_store_audit_logs_of(
            p->app->store, p->job->scope + strlen("case:"), err, &p->logs);
    if (code != MH_OK)
        return code;
    p->ns = list.count;
    for (size_t i = 0; i < p->docs; i++)
        if (p->doc[i].record >= 0)
            p->n[p->ns++] = p->doc[i].record;
    if (p->ns > 1)
        qsort(p->n, p->ns, sizeof(*p->n), by_number);
    for (size_t i = 0; i < p->ns; i++)
        if ((kept == 0 || p->n[i] != p->n[kept - 1]) &&
            (uint64_t)p->n[i] < p->out->log_size)
            p->n[kept++] = p->n[i];
    p->ns = kept;
    p->out->records = (int64_t)kept;
    return pt_pack_fits(p->docs, p->ns, err);
}

/* ---- the log ---- */

/* What a record says of the documents whose filing it is. */
static void
see_record(struct package *p, int64_t n, struct mh_span record)
{
    for (size_t i = 0; i < p->docs; i++)
        if (p->doc[i].record == n &&
            memmem(record.ptr, record.len, p->doc[i].receipt,
                strlen(p->doc[i].receipt)) != NULL)
            p->doc[i].recorded = true;
}

static enum mh_code
add_record(struct package *p, int64_t n, json_t *list, struct mh_err *err)
{
    struct pt_log_asker ask = {
        .keyd = p->app->keyd, .arena = mh_arena_new(ASK_ARENA)};
    struct mh_keyd_proved proved = {.id = 0};
    json_t *one = NULL;
    enum mh_code code = ask.arena == NULL
                            ? no_memory(err)
                            : pt_log_prove(&ask, (uint64_t)n, err, &proved);

    if (code == MH_OK) {
        see_record(p, n, proved.record);
        one = json_pack("{s:s%, s:s%}", "record",
            (const char *)proved.record.ptr, proved.record.len, "proof",
            (const char *)proved.proof.ptr, proved.proof.len);
        if (one == NULL || json_array_append_new(list, one) != 0)
            code = no_memory(err);
    }
    mh_arena_free(ask.arena);
    return code;
}

static enum mh_code
put_json(struct package *p, const char *name, const char *what, const json_t *j,
    struct mh_err *err)
{
    char *text = json_dumps(j, JSON_COMPACT);
    enum mh_code code = text == NULL ? no_memory(err)
                                     : pt_pack_bytes(&p->pack, name, what,
                                           mh_span_str(text), err);

    free(text);
    return code;
}

/* One file of records. */
static enum mh_code
put_records(struct package *p, const int64_t *n, size_t count, size_t number,
    struct mh_err *err)
{
    json_t *list = json_array();
    json_t *j = json_pack("{s:i, s:o}", "v", 1, "records", list);
    char name[PT_PACK_NAME];
    enum mh_code code = j == NULL ? no_memory(err) : MH_OK;

    for (size_t i = 0; i < count && code == MH_OK; i++)
        code = add_record(p, n[i], list, err);
    (void)snprintf(name, sizeof(name), "records-%03zu.json", number);
    if (code == MH_OK)
        code = put_json(p, name, "records", j, err);
    json_decref(j);
    return code;
}

/* The first volume has all, another one those of its own documents. */
static enum mh_code
put_log(struct package *p, size_t v, struct mh_err *err)
{
    int64_t n[PT_PACK_ITEMS];
    size_t count = 0, kept = 0, file = 0;
    enum mh_code code = MH_OK;

    if (v == 0) {
        for (size_t at = 0; at < p->ns && code == MH_OK;
             at += MH_PACKAGE_RECORDS_MAX) {
            size_t rest = p->ns - at;

            code = put_records(p, p->n + at,
                rest < MH_PACKAGE_RECORDS_MAX ? rest : MH_PACKAGE_RECORDS_MAX,
                ++file, err);
        }
        return code;
    }
    for (size_t i = p->plan.volume[v].from; i < p->plan.volume[v].to; i++)
        if (p->doc[i].record >= 0 &&
            (uint64_t)p->doc[i].record < p->out->log_size)
            n[count++] = p->doc[i].record;
    qsort(n, count, sizeof(*n), by_number);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || n[i] != n[kept - 1])
            n[kept++] = n[i];
    return kept == 0 ? MH_OK : put_records(p, n, kept, 1, err);
}

/* The newest checkpoint: it was signed for the last proof, or later. */
static enum mh_code
put_checkpoint(struct package *p, struct mh_err *err)
{
    struct pt_log_asker ask = {
        .keyd = p->app->keyd, .arena = mh_arena_new(ASK_ARENA)};
    struct mh_keyd_checked c = {.whole = false};
    const uint8_t *end = NULL;
    enum mh_code code =
        ask.arena == NULL ? no_memory(err) : pt_log_check(&ask, false, err, &c);

    if (code == MH_OK && c.note.len > 0)
        end = memchr(c.note.ptr, '\n', c.note.len);
    if (code == MH_OK &&
        (end == NULL || (size_t)(end - c.note.ptr) > ORIGIN_MAX))
        code = mh_fail(
            err, MH_EIO, MH_NO_OFFSET, "package: the log has no checkpoint");
    if (code == MH_OK) {
        (void)snprintf(p->origin, sizeof(p->origin), "%.*s",
            (int)(end - c.note.ptr), (const char *)c.note.ptr);
        code = pt_pack_bytes(
            &p->pack, "checkpoint.txt", "checkpoint", c.note, err);
    }
    mh_arena_free(ask.arena);
    return code;
}

/* ---- package.json ---- */

static json_t *
entry_of(const struct pt_pack_item *i)
{
    char hex[PT_PACK_HEX];
    json_t *j;

    mh_hex_encode((struct mh_span){i->sha256, PT_HASH}, hex);
    j = json_pack("{s:s, s:I, s:s, s:s}", "name", i->name, "size",
        (json_int_t)i->size, "sha256", hex, "what", i->what);
    if (j == NULL || i->document[0] == '\0')
        return j;
    if (json_object_set_new(j, "document", json_string(i->document)) != 0 ||
        json_object_set_new(j, "of", json_string(i->of)) != 0 ||
        json_object_set_new(j, "kind", json_string(i->kind)) != 0 ||
        (i->record >= 0 &&
            json_object_set_new(j, "record", json_integer(i->record)) != 0)) {
        json_decref(j);
        return NULL;
    }
    return j;
}

/* The other volumes, which are sealed already. */
static json_t *
others_of(const struct package *p)
{
    json_t *list = json_array();

    for (size_t v = 1; v < p->plan.volumes; v++) {
        char hex[PT_PACK_HEX];

        mh_hex_encode((struct mh_span){p->out->staged[v].sha256, PT_HASH}, hex);
        if (json_array_append_new(
                list, json_pack("{s:I, s:I, s:s}", "volume", (json_int_t)v + 1,
                          "size", (json_int_t)p->out->staged[v].size, "sha256",
                          hex)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Where several nodes share a store: whose log this is, and which logs have
   records of the case, each with a package of its own. */
static enum mh_code
add_nodes(const struct package *p, json_t *j, struct mh_err *err)
{
    int64_t self = pt_store_node(p->app->store);
    json_t *list = json_array();

    for (size_t i = 0; i < p->logs.count; i++)
        if (json_array_append_new(list, json_integer(p->logs.node[i])) != 0) {
            json_decref(list);
            return no_memory(err);
        }
    if (json_object_set_new(j, "node", json_integer(self)) != 0 ||
        json_object_set_new(j, "nodes", list) != 0)
        return no_memory(err);
    return MH_OK;
}

static enum mh_code
put_index(struct package *p, size_t v, struct mh_err *err, int *fd,
    struct pt_pack_item *out)
{
    json_t *files = json_array(), *j;
    char when[32], who[32];
    char *text = NULL;
    uint8_t hash[MH_DIGEST_MAX] = {0};
    enum mh_code code = MH_OK;

    mh_time_format(pt_time(), when);
    (void)snprintf(who, sizeof(who), "p:%lld", (long long)p->job->account);
    for (size_t i = 0; i < p->pack.items && code == MH_OK; i++)
        if (json_array_append_new(files, entry_of(&p->pack.item[i])) != 0)
            code = no_memory(err);
    j = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o}",
        "v", 1, "type", "mohur-package", "id", p->job->id, "case",
        p->job->number, "made", when, "made_by", who, "log", p->origin,
        "log_size", (json_int_t)p->out->log_size, "volume", (json_int_t)v + 1,
        "volumes", (json_int_t)p->plan.volumes, "files", files);
    if (j == NULL || (v == 0 && p->plan.volumes > 1 &&
                         json_object_set_new(j, "others", others_of(p)) != 0))
        code = no_memory(err);
    if (code == MH_OK && pt_store_node(p->app->store) > 0)
        code = add_nodes(p, j, err);
    if (code == MH_OK)
        text = json_dumps(j, JSON_COMPACT);
    if (text != NULL) {
        const struct mh_span bytes = mh_span_str(text);

        code = mh_digest_once(MH_SHA256, bytes, err, hash);
        if (code == MH_OK)
            code = pt_keyseal_bytes(bytes, err, fd);
        memcpy(out->sha256, hash, PT_HASH);
        out->size = bytes.len;
    } else if (code == MH_OK) {
        code = no_memory(err);
    }
    free(text);
    json_decref(j);
    return code;
}

/* ---- sealing ---- */

static enum mh_code
stage(struct package *p, int fd, uint64_t size, struct mh_err *err,
    struct pt_staged *out)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_map map = {0};
    enum mh_code code = mh_map_fd(fd, size, err, &map);

    if (code == MH_OK)
        code = mh_digest_once(MH_SHA256, map.bytes, err, hash);
    mh_map_fini(&map);
    return code == MH_OK
               ? pt_store_blob_stage(p->app->store, fd, size, hash, err, out)
               : code;
}

static enum mh_code
ask_seal(struct package *p, struct pt_keyseal *k, struct mh_err *err,
    struct pt_staged *out)
{
    struct mh_arena *arena = mh_arena_new(SEAL_ARENA);
    struct mh_err unheard = {.msg = ""};
    uint8_t op[MH_OP_ID];
    uint64_t size = 0;
    int fd = -1;
    enum mh_code code =
        arena == NULL ? no_memory(err) : pt_keyseal_ticket(k, arena, err, op);

    if (code == MH_OK)
        code = pt_keyseal_make(k, op, arena, err, &fd, &size);
    if (code == MH_OK)
        code = stage(p, fd, size, err, out);
    mh_close(&fd);
    /* Where it does not hear that, it forgets it by itself. */
    if (code == MH_OK && mh_keyd_forget(k->keyd, op, arena, &unheard) != MH_OK)
        mh_log("package", "job=%s forget=no", p->job->id);
    mh_arena_free(arena);
    return code;
}

/* All items with package.json before them. */
static enum mh_code
seal(struct package *p, size_t v, struct mh_err *err)
{
    uint8_t each[MH_SEAL_FILES_MAX * PT_HASH], hash[MH_DIGEST_MAX];
    struct mh_keyd_file named[MH_SEAL_FILES_MAX];
    int fd[MH_SEAL_FILES_MAX], index = -1;
    struct pt_pack_item head = {.name = "package.json", .fd = -1};
    char who[32];
    struct pt_keyseal k = {.keyd = p->app->keyd,
        .bond = {.requester = who,
            .purpose = MH_KEY_SEAL,
            .key = p->app->seal_key,
            .document = {hash, PT_HASH}},
        .file = named,
        .fd = fd,
        .files = p->pack.items + 1,
        .as = ASICE,
        .level = p->app->tsa ? MH_LEVEL_LT : MH_LEVEL_B,
        .max = MH_SEAL_BYTES_MAX};
    enum mh_code code = put_index(p, v, err, &index, &head);

    (void)snprintf(who, sizeof(who), "p:%lld", (long long)p->job->account);
    for (size_t i = 0; i < k.files && code == MH_OK; i++) {
        const struct pt_pack_item *one = i == 0 ? &head : &p->pack.item[i - 1];

        named[i] = (struct mh_keyd_file){one->name, one->size};
        fd[i] = i == 0 ? index : one->fd;
        memcpy(&each[i * PT_HASH], one->sha256, PT_HASH);
    }
    if (code == MH_OK)
        code = mh_digest_once(
            MH_SHA256, (struct mh_span){each, k.files * PT_HASH}, err, hash);
    if (code == MH_OK)
        code = ask_seal(p, &k, err, &p->out->staged[v]);
    mh_close(&index);
    return code;
}

static enum mh_code
volume(struct package *p, size_t v, struct mh_err *err)
{
    enum mh_code code;

    pt_pack_init(&p->pack);
    code = put_log(p, v, err);
    if (code == MH_OK)
        code = put_checkpoint(p, err);
    for (size_t i = p->plan.volume[v].from;
         i < p->plan.volume[v].to && code == MH_OK; i++) {
        code = pt_pack_document(
            p->app, &p->pack, &p->doc[i], (unsigned)i + 1, err);
        if (code == MH_OK) {
            p->job->done++;
            code = pt_store_audit_job_done(p->app->store, p->job, err);
        }
    }
    if (code == MH_OK)
        code = seal(p, v, err);
    p->out->files += (int64_t)p->pack.items + 1;
    pt_pack_fini(&p->pack);
    return code;
}

enum mh_code
pt_package_make(struct pt_app *app, struct pt_audit_job *job,
    struct mh_err *err, struct pt_package *out)
{
    struct package *p = calloc(1, sizeof(*p));
    enum mh_code code;

    memset(out, 0, sizeof(*out));
    if (p == NULL)
        return no_memory(err);
    p->app = app;
    p->job = job;
    p->out = out;
    job->done = 0;
    code = strncmp(job->scope, "case:", 5) == 0 && app->seal_key[0] != '\0'
               ? settle(p, err)
               : mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                     "package: there is no key to seal it with");
    if (code == MH_OK)
        code = catch_up(p, err);
    if (code == MH_OK)
        code = list_documents(p, err);
    if (code == MH_OK)
        code = list_records(p, err);
    if (code == MH_OK)
        code = pt_pack_volumes(p->doc, p->docs, p->ns, err, &p->plan);
    out->volumes = code == MH_OK ? p->plan.volumes : 0;
    /* The first one names the others: it is sealed last. */
    for (size_t v = p->plan.volumes; v-- > 0 && code == MH_OK;)
        code = volume(p, v, err);
    if (code != MH_OK)
        pt_package_forget(app, out);
    free(p->doc);
    free(p->n);
    free(p);
    return code;
}

void
pt_package_forget(struct pt_app *app, struct pt_package *package)
{
    for (size_t v = 0; v < package->volumes; v++)
        if (package->staged[v].temp[0] != '\0')
            pt_store_blob_forget(app->store, &package->staged[v]);
    package->volumes = 0;
}
