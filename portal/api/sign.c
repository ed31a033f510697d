#include "portal/api/sign.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/sys/log.h"
#include "base/text.h"
#include "base/wire/codec.h"
#include "portal/api/signjob.h"
#include "portal/filing/ledger.h"
#include "portal/http/clock.h"
#include "portal/http/id.h"

const char *const pt_sign_files[] = {"file", "certificate", "chain", NULL};

/* ---- what a request says ---- */

struct asked {
    struct pt_judge_file file[MH_JOB_INPUTS_MAX];
    size_t files;
    const struct pt_sign_format *format;
    const struct pt_sign_algorithm *algorithm;
    enum mh_sig_level level;
    struct mh_span certificate, chain[MH_SIGN_CHAIN_MAX];
    size_t chains;
    int64_t now; /* seconds UTC */
    int fd;      /* of what is prepared */
};

static enum mh_code
bytes_of(const struct pt_file *f, struct mh_arena *arena, struct mh_err *err,
    struct mh_span *out)
{
    uint8_t *p;

    if (f->spool.size == 0 || f->spool.size > PT_SIGN_CERTIFICATE_MAX)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "certificate: 1 to %d bytes of DER", PT_SIGN_CERTIFICATE_MAX);
    p = mh_arena_raw(arena, (size_t)f->spool.size);
    if (p == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    if (pread(f->spool.fd, p, (size_t)f->spool.size, 0) !=
        (ssize_t)f->spool.size)
        return mh_fail_sys(err, "sign: certificate");
    *out = (struct mh_span){p, (size_t)f->spool.size};
    return MH_OK;
}

static enum mh_code
take_file(struct pt_file *f, struct mh_arena *arena, struct mh_err *err,
    struct asked *a, uint64_t *total)
{
    if (strcmp(f->part.name, "certificate") == 0)
        return a->certificate.len > 0
                   ? mh_fail(
                         err, MH_EFORMAT, MH_NO_OFFSET, "certificate: twice")
                   : bytes_of(f, arena, err, &a->certificate);
    if (strcmp(f->part.name, "chain") == 0)
        return a->chains == MH_SIGN_CHAIN_MAX
                   ? mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                         "chain: more than %u certificates", MH_SIGN_CHAIN_MAX)
                   : bytes_of(f, arena, err, &a->chain[a->chains++]);
    return pt_sign_take_file(f, err, a->file, &a->files, total);
}

static enum mh_code
read_request(struct pt_request *rq, struct mh_arena *arena, struct mh_err *err,
    struct asked *a)
{
    static const char *const names[] = {"format", "level", "algorithm"};
    const char *unknown;
    enum mh_code code = MH_OK;
    uint64_t total = 0;

    if (!pt_form_knows(
            &rq->form, names, sizeof(names) / sizeof(names[0]), &unknown))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "form: an unknown field");
    a->format = pt_sign_format_of(pt_form_get(&rq->form, "format"));
    a->algorithm = pt_sign_algorithm_of(pt_form_get(&rq->form, "algorithm"));
    if (a->format == NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "format: not one of its values");
    if (a->algorithm == NULL)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "algorithm: not one of its values");
    a->level = pt_sign_level_of(pt_form_get(&rq->form, "level"), MH_LEVEL_B);
    if (a->level == MH_LEVEL_NONE)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "level: B, T, LT or LTA");
    for (size_t i = 0; i < rq->files && code == MH_OK; i++)
        code = take_file(&rq->file[i], arena, err, a, &total);
    if (code == MH_OK && (a->files == 0 || a->certificate.len == 0))
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "form: file and certificate");
    return code;
}

/* ---- steps ---- */

/* What a worker left in a memfd, which is sealed then. */
static enum mh_code
seal_and_map(int fd, struct mh_err *err, struct mh_map *map)
{
    struct stat st;
    enum mh_code code = mh_memfd_seal(fd, err);

    if (code != MH_OK)
        return code;
    if (fstat(fd, &st) != 0)
        return mh_fail_sys(err, "sign: memory");
    if (st.st_size <= 0 || st.st_size > 2 * (off_t)PT_SIGNING_BYTES_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "sign: too large");
    return mh_map_fd(fd, (uint64_t)st.st_size, err, map);
}

static enum mh_code
prepare(struct pt_app *app, struct asked *a, struct mh_arena *arena,
    struct mh_err *err, struct mh_sign_draft *draft)
{
    struct mh_sign_request request = {.op = MH_SIGN_PREPARE,
        .spec = {.as = a->format->as,
            .scheme = a->algorithm->scheme,
            .digest = a->algorithm->digest,
            .level = a->level,
            .certificate = a->certificate,
            .chain = a->chain,
            .chains = a->chains,
            .time = a->now,
            .role = "",
            .place = "",
            .reason = ""},
        .time = a->now};
    struct pt_sign_step step = {&request, a->file, a->files, a->fd};
    struct mh_span result;
    enum mh_code code = pt_judge_sign(app->judge, &step, arena, err, &result);

    if (code == MH_OK &&
        mh_sign_draft_unpack(result, arena, err, draft) != MH_OK)
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: malformed");
    if (code == MH_OK && (draft->alg != a->algorithm->digest ||
                             draft->digest.len != mh_digest_length(draft->alg)))
        code = mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "examiner: another digest");
    return code;
}

/* What is kept until the value comes: the worker's state, and the chain that
   the levels want. */
struct draft {
    struct mh_span state, chain[MH_SIGN_CHAIN_MAX];
    size_t chains;
};

static void
draft_fields(struct mh_codec *c, struct draft *d)
{
    mh_codec_count(c, &d->chains, MH_SIGN_CHAIN_MAX);
    for (size_t i = 0; i < d->chains && !c->bad; i++)
        mh_codec_bytes(c, &d->chain[i], PT_SIGN_CERTIFICATE_MAX);
    mh_codec_rest(c, &d->state);
}

static enum mh_code
add(struct pt_app *app, const struct asked *a, struct mh_span state,
    struct pt_signing *s, struct mh_err *err)
{
    struct draft d = {.state = state, .chains = a->chains};
    struct mh_codec c;
    struct mh_buf buf;
    enum mh_code code;

    memcpy(d.chain, a->chain, sizeof(d.chain));
    mh_buf_init(&buf, 2 * (size_t)MH_SIGN_STATE_MAX);
    c = mh_codec_pack(&buf);
    draft_fields(&c, &d);
    s->draft = mh_buf_get(&buf);
    code = mh_buf_ok(&buf)
               ? pt_store_signing_add(app->store, s, err)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    mh_buf_fini(&buf);
    s->draft = (struct mh_span){0};
    return code;
}

static void
create(struct pt_app *app, struct pt_request *rq, struct asked *a,
    struct mh_arena *arena, struct pt_answer *answer)
{
    struct pt_signing s = {.client = rq->client,
        .created = a->now,
        .until = a->now + PT_SIGNING_SECONDS,
        .algorithm = a->algorithm->name,
        .format = a->format->name,
        .level = a->level,
        .idem = ""};
    struct mh_err err = {.msg = ""};
    struct mh_sign_draft draft = {0};
    struct mh_map map = {0};
    enum mh_code code = mh_memfd_new("prepared", 0, &err, &a->fd);

    if (code == MH_OK)
        code = prepare(app, a, arena, &err, &draft);
    if (code == MH_OK)
        code = seal_and_map(a->fd, &err, &map);
    if (code != MH_OK) {
        pt_sign_refuse(answer, NULL, &err);
    } else {
        pt_id_new(s.id);
        s.digest = draft.digest;
        s.prepared = map.bytes;
        code = add(app, a, draft.state, &s, &err);
        if (code == MH_ELIMIT) {
            pt_answer_later(answer, 429, 60, "busy", err.msg);
        } else if (code != MH_OK) {
            pt_answer_error(answer, &err);
        } else {
            answer->status = 201;
            pt_answer_header(answer, "Location", "/api/v1/sign/%s", s.id);
            pt_sign_state(&s, arena, answer);
        }
        mh_map_fini(&map);
    }
    mh_close(&a->fd);
}

void
pt_sign(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    struct mh_arena *arena = pt_sign_begin(rq, answer);
    struct mh_err err = {.msg = ""};
    struct asked a = {.now = pt_time(), .fd = -1};

    if (arena == NULL)
        return;
    if (read_request(rq, arena, &err, &a) != MH_OK || a.format == NULL ||
        a.algorithm == NULL)
        pt_answer_error(answer, &err);
    else
        create(ctx, rq, &a, arena, answer);
    mh_arena_free(arena);
}

/* What was prepared, as the file that is worked on. */
static enum mh_code
work_file(struct pt_app *app, struct mh_span prepared, struct mh_err *err,
    struct mh_outfile *out)
{
    enum mh_code code = pt_store_work_file(app->store, err, out);
    size_t at = 0;

    while (code == MH_OK && at < prepared.len) {
        ssize_t n =
            pwrite(out->fd, prepared.ptr + at, prepared.len - at, (off_t)at);

        if (n <= 0)
            code = mh_fail_sys(err, "sign: work file");
        else
            at += (size_t)n;
    }
    return code;
}

/* The signed document, and the record of a key that is not ours. */
static enum mh_code
complete_row(struct pt_app *app, const struct pt_signing *s,
    const struct pt_signing_end *given, struct mh_err *err,
    enum pt_found *found)
{
    struct pt_signing_end end = *given;
    uint8_t hash[MH_DIGEST_MAX];
    char who[32], obj[8 + 2 * PT_HASH], hex[2 * PT_HASH + 1];
    char data[64 + 2 * MH_DIGEST_MAX], digest[2 * MH_DIGEST_MAX + 1];
    const struct pt_record r = {
        .ev = "remote.sign", .who = who, .obj = obj, .res = "ok", .data = data};
    enum mh_code code = mh_digest_once(MH_SHA256, end.document, err, hash);

    if (code != MH_OK)
        return code;
    mh_hex_encode((struct mh_span){hash, PT_HASH}, hex);
    mh_hex_encode(s->digest, digest);
    (void)snprintf(who, sizeof(who), "c:%lld", (long long)s->client);
    (void)snprintf(obj, sizeof(obj), "doc:%s", hex);
    (void)snprintf(data, sizeof(data), "digest=%s\nsign=%s\n", digest, s->id);
    end.record = &r;
    code = pt_store_signing_complete(app->store, &end, err, found);
    if (code == MH_OK && *found == PT_FOUND)
        pt_ledger_wake(app->ledger);
    return code;
}

static enum mh_code
finish(struct pt_app *app, const struct pt_signing *s, struct mh_span value,
    struct mh_flow *flow, struct mh_err *err, enum pt_found *found)
{
    struct pt_signing_end end = {s->id, s->client, 0, {0}, NULL};
    struct mh_codec c = mh_codec_unpack(s->draft, NULL);
    struct draft d = {.chains = 0};
    struct mh_flow_value v = {.value = value, .level = s->level};
    struct mh_outfile out = {.dir = -1, .fd = -1};
    struct mh_map map = {0};
    uint64_t size = 0;
    int fd = -1;
    enum mh_code code = work_file(app, s->prepared, err, &out);

    draft_fields(&c, &d);
    v.state = d.state;
    v.chain = d.chain;
    v.chains = d.chains;
    flow->since = s->created;
    if (code == MH_OK && !mh_codec_done(&c))
        code = mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "sign: draft");
    if (code == MH_OK)
        code = mh_flow_finish(flow, &v, err, &out);
    if (code == MH_OK)
        code = mh_outfile_read(&out, err, &fd, &size);
    if (code == MH_OK && size > 2 * (uint64_t)PT_SIGNING_BYTES_MAX)
        code = mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "sign: too large");
    if (code == MH_OK)
        code = mh_map_fd(fd, size, err, &map);
    if (code == MH_OK) {
        end.document = map.bytes;
        end.now = pt_time();
        code = complete_row(app, s, &end, err, found);
        mh_map_fini(&map);
    }
    mh_close(&fd);
    mh_outfile_drop(&out);
    return code;
}

static void
complete(struct pt_app *app, struct pt_signing *s, struct mh_span value,
    struct mh_arena *arena, struct pt_answer *answer)
{
    const struct pt_sign_algorithm *a = pt_sign_algorithm_of(s->algorithm);
    enum pt_found found = PT_ABSENT;
    struct mh_err err = {.msg = ""};
    struct mh_flow flow;

    pt_judge_flow(app->judge, app->set.strict, &flow);
    if (s->completed || s->seal || s->until <= pt_time()) {
        pt_answer_problem(answer, 409, "state",
            s->completed ? "it is completed"
            : s->seal    ? "the appliance signs it"
                         : "its time is over");
    } else if (a == NULL || (a->length != 0 && a->length != value.len)) {
        pt_answer_problem(
            answer, 422, "value", "value: not as long as the algorithm's");
    } else if (finish(app, s, value, &flow, &err, &found) != MH_OK) {
        pt_sign_refuse(answer, &flow, &err);
    } else if (found != PT_FOUND) {
        pt_answer_problem(answer, 409, "state", "it is completed or too late");
    } else {
        s->completed = true;
        mh_log("sign", "id=%s state=completed", s->id);
        pt_sign_state(s, arena, answer);
    }
}

void
pt_sign_value(void *ctx, struct pt_request *rq, struct pt_answer *answer)
{
    static const char *const names[] = {"value"};
    struct mh_arena *arena = pt_sign_begin(rq, answer);
    const char *unknown, *text = pt_form_get(&rq->form, "value");
    uint8_t value[PT_VALUE_MAX];
    struct pt_signing s;
    size_t len = 0;

    if (arena == NULL)
        return;
    if (text == NULL || !pt_form_knows(&rq->form, names, 1, &unknown) ||
        mh_base64_max(strlen(text)) > sizeof(value) ||
        !mh_base64_decode(mh_span_str(text), value, &len) || len == 0 ||
        len > MH_SIGN_VALUE_MAX)
        pt_answer_problem(answer, 400, "value", "value: base64 of a signature");
    else if (pt_sign_find(ctx, rq, arena, answer, &s))
        complete(ctx, &s, (struct mh_span){value, len}, arena, answer);
    mh_arena_free(arena);
}
