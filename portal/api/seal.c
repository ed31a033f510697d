#include "portal/api/seal.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "portal/api/signjob.h"
#include "portal/filing/keyseal.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"

const char *const pt_seal_files[] = {"file", NULL};

enum {
    LATER = 10, /* seconds after which keyd may be there again */
    IDEM_MAX = 64,
};

struct sealing {
    struct pt_app *app;
    struct pt_judge_file file[MH_SEAL_FILES_MAX];
    struct mh_keyd_file named[MH_SEAL_FILES_MAX];
    int fd[MH_SEAL_FILES_MAX]; /* sealed memfds */
    size_t files;
    const struct pt_sign_format *format;
    enum mh_sig_level level;
    const char *key;
    char who[32], idem[IDEM_MAX + 1];
    uint8_t document[PT_HASH];
    struct pt_keyseal k;
};

/* ---- what is asked ---- */

/* Of one document its SHA-256, of several that of theirs end to end. */
static enum mh_code
digest_of(
    struct pt_request *rq, struct mh_err *err, uint8_t out[static PT_HASH])
{
    uint8_t each[MH_SEAL_FILES_MAX * PT_HASH] = {0}, hash[MH_DIGEST_MAX];
    enum mh_code code;

    for (size_t i = 0; i < rq->files; i++)
        if (!mh_hex_decode(
                mh_span_str(rq->file[i].spool.sha256), &each[i * PT_HASH]))
            return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "seal: no digest");
    memcpy(out, each, PT_HASH);
    if (rq->files == 1)
        return MH_OK;
    code = mh_digest_once(
        MH_SHA256, (struct mh_span){each, rq->files * PT_HASH}, err, hash);
    memcpy(out, hash, PT_HASH);
    return code;
}

static enum mh_code
read_request(struct pt_request *rq, struct mh_err *err, struct sealing *s)
{
    static const char *const names[] = {"format", "level", "key"};
    const char *unknown, *key = pt_form_get(&rq->form, "key");
    enum mh_code code = MH_OK;
    uint64_t total = 0;

    if (!pt_form_knows(
            &rq->form, names, sizeof(names) / sizeof(names[0]), &unknown))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: an unknown field");
    s->format = pt_sign_format_of(pt_form_get(&rq->form, "format"));
    if (s->format == NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "format: not one of its values");
    s->level = pt_sign_level_of(pt_form_get(&rq->form, "level"), MH_LEVEL_LT);
    if (s->level == MH_LEVEL_NONE)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "level: B, T, LT or LTA");
    s->key = key == NULL ? s->app->seal_key : key;
    if (!mh_text_is_clean(mh_span_str(s->key), 64) || s->key[0] == '\0')
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "key: no such key");
    if (rq->files == 0 || rq->files > MH_SEAL_FILES_MAX)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "file: 1 to %u of them",
            MH_SEAL_FILES_MAX);
    for (size_t i = 0; i < rq->files && code == MH_OK; i++)
        code = pt_sign_take_file(&rq->file[i], err, s->file, &s->files, &total);
    if (code == MH_OK)
        code = digest_of(rq, err, s->document);
    if (rq->gate.idempotency.ptr != NULL) /* looked at by pt_once */
        (void)snprintf(s->idem, sizeof(s->idem), "%.*s",
            (int)rq->gate.idempotency.len,
            (const char *)rq->gate.idempotency.ptr);
    (void)snprintf(s->who, sizeof(s->who), "c:%lld", (long long)rq->client);
    s->k.bond = (struct mh_keyd_bond){.requester = s->who,
        .purpose = MH_KEY_SEAL,
        .key = s->key,
        .document = {s->document, PT_HASH}};
    return code;
}

/* ---- keyd ---- */

/* The signed document, mapped. */
static enum mh_code
seal(struct sealing *s, const uint8_t op[static MH_OP_ID],
    struct mh_arena *arena, struct mh_err *err, struct mh_map *out)
{
    uint64_t size = 0;
    int fd = -1;
    enum mh_code code = pt_keyseal_make(&s->k, op, arena, err, &fd, &size);

    if (code == MH_OK)
        code = mh_map_fd(fd, size, err, out);
    mh_close(&fd);
    return code;
}

/* ---- the row ---- */

/* The row of this request: an earlier one's, or a new one with a ticket. */
static enum mh_code
begin(struct sealing *s, struct mh_arena *arena, int64_t client,
    struct mh_err *err, struct pt_signing *row)
{
    struct pt_store *store = s->app->store;
    enum mh_code code = MH_OK;

    row->id[0] = '\0';
    if (s->idem[0] != '\0')
        code = pt_store_signing_once(store, s->idem, client, arena, err, row);
    if (code != MH_OK || row->id[0] != '\0')
        return code;
    *row = (struct pt_signing){.client = client,
        .created = pt_time(),
        .algorithm = "",
        .format = s->format->name,
        .level = s->level,
        .seal = true,
        .idem = s->idem,
        .digest = s->k.bond.document};
    row->until = row->created + PT_SIGNING_KEEP;
    pt_id_new(row->id);
    code = pt_keyseal_ticket(&s->k, arena, err, row->op);
    return code == MH_OK ? pt_store_signing_add(store, row, err) : code;
}

static bool
same(const struct sealing *s, const struct pt_signing *row)
{
    return row->seal && row->level == s->level &&
           strcmp(row->format, s->format->name) == 0 &&
           mh_span_eq(row->digest, s->k.bond.document);
}

/* An operation that was not used within its time, or was forgotten when keyd
   started anew, is replaced once by another. */
static enum mh_code
make(struct sealing *s, struct pt_signing *row, struct mh_arena *arena,
    struct mh_err *err, enum pt_found *found)
{
    struct pt_signing_end end = {row->id, row->client, 0, {0}, NULL};
    struct mh_err unheard = {.msg = ""};
    struct mh_map map = {0};
    enum mh_code code = seal(s, row->op, arena, err, &map);

    if (code != MH_OK && (s->k.refusal == MH_REFUSED_UNKNOWN ||
                             s->k.refusal == MH_REFUSED_EXPIRED ||
                             s->k.refusal == MH_REFUSED_STATE)) {
        code = pt_keyseal_ticket(&s->k, arena, err, row->op);
        if (code == MH_OK)
            code = pt_store_signing_again(s->app->store, row->id, row->op, err);
        if (code == MH_OK)
            code = seal(s, row->op, arena, err, &map);
    }
    if (code == MH_OK) {
        end.document = map.bytes;
        end.now = pt_time();
        code = pt_store_signing_complete(s->app->store, &end, err, found);
        mh_map_fini(&map);
    }
    /* Where it does not hear that, keyd keeps it and forgets it by itself. */
    if (code == MH_OK &&
        mh_keyd_forget(s->app->keyd, row->op, arena, &unheard) != MH_OK)
        mh_log("seal", "id=%s forget=no", row->id);
    return code;
}

/* Where keyd's word was not no, the same Idempotency-Key may still come to the
   signature; a row that nobody can come back to is forgotten. */
static void
refuse(struct sealing *s, const struct pt_signing *row,
    const struct mh_err *err, struct pt_answer *answer)
{
    bool document = strcmp(s->k.where, "sign") == 0 ||
                    strcmp(s->k.where, "verify") == 0 ||
                    strcmp(s->k.where, "document") == 0;
    struct mh_err drop = {.msg = ""};

    mh_log("seal", "id=%s where=\"%s\" refusal=%s code=%s why=\"%.100s\"",
        row->id, s->k.where, mh_refusal_name(s->k.refusal),
        mh_code_name(err->code), err->msg);
    if (row->id[0] != '\0' && (s->k.refused || s->idem[0] == '\0') &&
        pt_store_signing_drop(s->app->store, row->id, &drop) != MH_OK)
        mh_log("seal", "id=%s stays", row->id);
    if (s->k.refusal == MH_REFUSED_MINUTE || s->k.refusal == MH_REFUSED_DAY ||
        s->k.refusal == MH_REFUSED_FULL)
        pt_answer_later(answer, 429, LATER, "limit", err->msg);
    else if (s->k.refusal != MH_REFUSED_NOT)
        pt_answer_problem(answer, 403, "key", err->msg);
    else if (document && (err->code == MH_EFORMAT || err->code == MH_EUNSUP ||
                             err->code == MH_ELIMIT))
        pt_answer_problem(answer, 422, "document", err->msg);
    else if (err->code == MH_ELIMIT)
        pt_answer_later(answer, 429, LATER, "busy", err->msg);
    else
        pt_answer_later(answer, 503, LATER, "outside", err->msg);
}

static void
run(struct sealing *s, struct pt_request *rq, struct mh_arena *arena,
    struct pt_answer *answer)
{
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct pt_signing row;
    enum mh_code code = begin(s, arena, rq->client, &err, &row);

    if (code == MH_OK && !same(s, &row)) {
        pt_answer_problem(answer, 422, "idempotency-key",
            "this Idempotency-Key was used for another request");
        return;
    }
    if (code == MH_OK && !row.completed) {
        code = make(s, &row, arena, &err, &found);
        if (code == MH_OK && found != PT_FOUND) {
            /* Another request of the same key was faster. */
            pt_answer_later(answer, 409, 1, "idempotency-busy",
                "the same request is being answered");
            return;
        }
    }
    if (code != MH_OK) {
        refuse(s, &row, &err, answer);
        return;
    }
    row.completed = true;
    answer->status = 201;
    pt_answer_header(answer, "Location", "/api/v1/sign/%s", row.id);
    pt_sign_state(&row, arena, answer);
}

void
pt_seal(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = pt_sign_begin(rq, answer);
    struct sealing s = {.app = ctx, .k = {.where = ""}};
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    if (arena == NULL)
        return;
    for (size_t i = 0; i < MH_SEAL_FILES_MAX; i++)
        s.fd[i] = -1;
    if (s.app->keyd == NULL) {
        pt_answer_later(answer, 503, LATER, "key", "there is no key daemon");
        mh_arena_free(arena);
        return;
    }
    code = read_request(rq, &err, &s);
    for (size_t i = 0; i < s.files && code == MH_OK; i++) {
        s.named[i] = (struct mh_keyd_file){s.file[i].name, s.file[i].size};
        code = pt_keyseal_copy(s.file[i].fd, s.file[i].size, &err, &s.fd[i]);
    }
    s.k.keyd = s.app->keyd;
    s.k.file = s.named;
    s.k.fd = s.fd;
    s.k.files = s.files;
    s.k.max = 2 * (uint64_t)PT_SIGNING_BYTES_MAX;
    if (code != MH_OK) {
        pt_answer_error(answer, &err);
    } else {
        s.k.as = s.format->as;
        s.k.level = s.level;
        run(&s, rq, arena, answer);
    }
    for (size_t i = 0; i < MH_SEAL_FILES_MAX; i++)
        mh_close(&s.fd[i]);
    mh_arena_free(arena);
}
