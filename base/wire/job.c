#include "base/wire/job.h"

#include "base/limits.h"
#include "base/wire/codec.h"
#include "base/wire/codes.h"

bool
mh_job_writes(enum mh_job_kind kind)
{
    return kind == MH_JOB_SIGN || kind == MH_JOB_EXTRACT;
}

uint8_t
mh_message_type(struct mh_span packet)
{
    return mh_packet_type(packet, MH_MSG_END);
}

void
mh_policy_default(struct mh_policy *policy, bool strict)
{
    *policy = (struct mh_policy){.name = strict ? "strict" : "lenient",
        .strict = strict,
        .revocation_warning = UINT64_C(15) * 60};
}

static void
do_job(struct mh_codec *c, struct mh_job *job)
{
    unsigned kind = (unsigned)job->kind;

    mh_codec_type(c, MH_MSG_JOB);
    mh_codec_u64(c, &job->id);
    mh_codec_enum(c, &kind, MH_JOB_KINDS);
    job->kind = kind;
    mh_codec_text(c, &job->policy.name);
    mh_codec_bool(c, &job->policy.strict);
    mh_codec_bool(c, &job->policy.accept_eddsa);
    mh_codec_u64(c, &job->policy.revocation_warning);
    mh_codec_u64(c, &job->policy.revocation_span);
    mh_codec_i64(c, &job->time);
    mh_codec_u32(c, &job->option);
    mh_codec_count(c, &job->inputs, MH_JOB_INPUTS_MAX);
    job->input =
        mh_codec_array(c, job->input, job->inputs, sizeof(*job->input));
    for (size_t i = 0; i < job->inputs && job->input != NULL; i++) {
        mh_codec_text(c, &job->input[i].name);
        mh_codec_u64(c, &job->input[i].size);
        if (job->input[i].size > MH_DOC_SIZE_MAX)
            c->bad = true;
    }
}

void
mh_job_pack(const struct mh_job *job, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_job copy = *job;

    do_job(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_job_unpack(struct mh_span packet, struct mh_arena *arena, struct mh_err *err,
    struct mh_job *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_job){0};
    do_job(&c, out);
    if (!mh_codec_done(&c) || out->inputs == 0)
        return mh_fail(err, MH_EFORMAT, c.rd.pos, "job: malformed message");
    return MH_OK;
}

static void
do_reply(struct mh_codec *c, struct mh_reply *r)
{
    unsigned code = (unsigned)r->code;

    mh_codec_type(c, MH_MSG_REPLY);
    mh_codec_u64(c, &r->id);
    mh_codec_enum(c, &code, MH_EINTERNAL + 1);
    r->code = code;
    mh_codec_text(c, &r->message);
    mh_codec_enum(c, &r->finding, MH_FINDING_CODES);
    mh_codec_u64(c, &r->size);
    mh_codec_rest(c, &r->result);
}

void
mh_reply_pack(const struct mh_reply *reply, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_reply copy = *reply;

    do_reply(&c, &copy);
    if (c.bad)
        out->bad = true;
}

enum mh_code
mh_reply_unpack(struct mh_span packet, struct mh_arena *arena,
    struct mh_err *err, struct mh_reply *out)
{
    struct mh_codec c = mh_codec_unpack(packet, arena);

    *out = (struct mh_reply){.message = ""};
    do_reply(&c, out);
    if (!mh_codec_done(&c) || out->result.len > MH_REPLY_RESULT_MAX ||
        (out->result.len > 0 && out->result.len != out->size))
        return mh_fail(err, MH_EFORMAT, c.rd.pos, "reply: malformed message");
    return MH_OK;
}

void
mh_setup_pack(struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);

    mh_codec_type(&c, MH_MSG_SETUP);
}
