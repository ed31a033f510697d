/* Levels: what is missing is fetched, stamped and put in, step by step. */
#include "base/peer/flow.h"

#include <time.h>

#include "base/limits.h"
#include "base/peer/flow_internal.h"
#include "base/sys/chan.h"

enum {
    FLOW_ARENA = 1 << 30, /* bytes of budget; little of it is used */
    WAITS_MAX = 2,        /* of one and two seconds */
};

enum { /* the numbers of enum sg_raise */
    STEP_T,
    STEP_LT,
    STEP_LTA,
    STEP_RENEW,
};

/* One judgement of the file so far. */
static enum mh_code
judge(struct mh_flow *flow, const struct mh_flow_input *document,
    uint32_t option, const struct mh_fetched_set *fetched, struct mh_err *err,
    struct mh_report *report)
{
    struct mh_job_input input[3] = {{"document", document->size}};
    int fd[3] = {document->fd}, material = -1;
    struct mh_job job = {.kind = MH_JOB_VERIFY,
        .policy = flow->policy,
        /* An authority's clock may be ahead of this one; its time-stamp has
           been held against it already. */
        .time = (int64_t)time(NULL) + MH_CLOCK_SKEW_MAX,
        .option = option,
        .input = input,
        .inputs = 1};
    struct mh_ticket ticket;
    struct mh_span packed = {0};
    enum mh_code code = MH_OK;

    if (flow->data != NULL) {
        input[1] = (struct mh_job_input){flow->data->name, flow->data->size};
        fd[job.inputs++] = flow->data->fd;
    }
    if (fetched != NULL) {
        uint64_t size;

        code = mh_fetched_set_memfd(fetched, err, &material, &size);
        job.option |= MH_VERIFY_MATERIAL;
        input[job.inputs] = (struct mh_job_input){"material", size};
        fd[job.inputs++] = material;
    }
    if (code == MH_OK)
        code = mh_flow_submit(flow, &job, fd, err, &ticket);
    mh_close(&material);
    if (code == MH_OK)
        code = mh_examiner_wait(&ticket, flow->arena, err, &packed);
    return code == MH_OK ? mh_report_unpack(packed, flow->arena, err, report)
                         : code;
}

static enum mh_code
open_out(
    const struct mh_outfile *out, struct mh_err *err, struct mh_flow_input *in)
{
    in->name = "document";
    return mh_outfile_read(out, err, &in->fd, &in->size);
}

static bool
is_stamped(const struct mh_report_sig *s)
{
    for (size_t i = 0; i < s->stamps; i++)
        if (s->stamp[i].kind == MH_STAMP_SIGNATURE)
            return true;
    return s->level >= MH_LEVEL_T;
}

/* A signature that lacks what LT needs and could not get it. */
static enum mh_code
check_lacks(const struct mh_report *r, int64_t since,
    const struct mh_fetched_set *f, struct mh_err *err)
{
    for (size_t i = 0; i < r->sigs; i++) {
        const struct mh_report_sig *s = &r->sig[i];

        if (s->claimed_time < since || !is_stamped(s) ||
            (s->sub == MH_SUB_NONE && s->level >= MH_LEVEL_T))
            continue; /* LT is not for it, or nothing is lacking */
        if (s->sub == MH_TRY_LATER)
            return mh_fail(err, MH_EIO, MH_NO_OFFSET,
                "%.8s: revocation data missing; %.100s", s->id,
                f->fault[0] != '\0' ? f->fault : "no address to ask");
        if (s->sub == MH_SUB_NONE)
            return mh_fail(err, MH_EIO, MH_NO_OFFSET,
                "%.8s: its time-stamp is not of a trusted authority", s->id);
        return mh_fail(err, MH_EIO, MH_NO_OFFSET,
            "%.8s: %.40s; level LT needs a valid path to a trusted authority",
            s->id, mh_sub_name(s->sub));
    }
    return MH_OK;
}

/* Whether an answer came that was made before the time-stamp. */
static bool
came_early(const struct mh_report *r)
{
    for (size_t i = 0; i < r->sigs; i++)
        for (size_t k = 0; k < r->sig[i].findings.count; k++)
            if (r->sig[i].findings.item[k].code ==
                MH_F_REVOCATION_BEFORE_SIGNING)
                return true;
    return false;
}

/* Clocks of authorities differ by a second or two: asked a little later, a
   responder answers with a later time. */
static bool
wait_a_little(
    int *waits, const struct mh_report *report, struct mh_fetched_set *f)
{
    struct timespec t = {.tv_sec = 1 + *waits};

    if (*waits == WAITS_MAX || !came_early(report))
        return false;
    ++*waits;
    f->tries = 0;
    f->material.ocsps = 0;
    f->material.crls = 0;
    if (nanosleep(&t, NULL) != 0)
        return false; /* a signal: whoever sent it wants an end */
    f->since = (int64_t)time(NULL);
    return true;
}

/* Fetches until nothing new comes, and checks that it suffices. */
static enum mh_code
collect(struct mh_flow *flow, const struct mh_flow_input *document,
    struct mh_err *err, struct mh_fetched_set *f, struct mh_report *report)
{
    enum mh_code code = mh_fetched_set_init(f, flow->arena, err);
    bool more = true;
    int waits = 0;

    /* What the token knows of its chain; the document gets it with the rest. */
    for (size_t i = 0; code == MH_OK && i < flow->chains; i++)
        f->material.cert[f->material.certs++] = flow->chain[i];
    for (int round = 0; code == MH_OK && more; round++) {
        more = false;
        code = judge(
            flow, document, MH_VERIFY_NEEDS | MH_VERIFY_CHAINS, f, err, report);
        if (code == MH_OK && round < MH_ROUNDS_MAX)
            code = mh_flow_fetch(flow, report, err, f, &more);
        if (code == MH_OK && !more && wait_a_little(&waits, report, f)) {
            more = true;
            round = -1;
        }
    }
    return code == MH_OK ? check_lacks(report, flow->since, f, err) : code;
}

/* The file's next stage takes the place of the one before. */
static void
replace(struct mh_outfile *out, struct mh_outfile *next)
{
    mh_outfile_drop(out);
    *out = *next;
    *next = (struct mh_outfile){.dir = -1, .fd = -1};
}

static enum mh_code
apply(struct mh_flow *flow, struct mh_sign_request *request,
    const struct mh_flow_input *document, struct mh_err *err,
    struct mh_outfile *out, struct mh_outfile *next)
{
    struct mh_flow_step step = {request, document, 1, next};
    struct mh_span result;
    enum mh_code code;

    request->op = MH_SIGN_APPLY;
    code = mh_flow_step(flow, &step, err, &result);
    if (code == MH_OK)
        replace(out, next);
    return code;
}

static enum mh_code
lift_lt(struct mh_flow *flow, const struct mh_flow_input *document,
    struct mh_err *err, struct mh_outfile *out, bool *changed)
{
    struct mh_outfile next = {.dir = -1, .fd = -1};
    struct mh_sign_request request = {
        .spec = {.role = "", .place = "", .reason = ""},
        .step = STEP_LT,
        .time = (int64_t)time(NULL)};
    struct mh_report report;
    struct mh_fetched_set f;
    enum mh_code code = collect(flow, document, err, &f, &report);

    if (code != MH_OK)
        return code;
    request.material = f.material;
    request.material.cert = report.chain;
    request.material.certs =
        report.chains < MH_MATERIALS_MAX ? report.chains : MH_MATERIALS_MAX;
    request.item =
        mh_arena_array(flow->arena, report.sigs, sizeof(*request.item));
    if (request.item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    for (size_t i = 0; i < report.sigs; i++)
        if (report.sig[i].level == MH_LEVEL_T &&
            (report.sig[i].claimed_time >= flow->since ||
                report.sig[i].sub == MH_SUB_NONE))
            request.item[request.items++] = (struct mh_sign_item){.sig = i};
    if (request.items == 0)
        return MH_OK; /* all are there already */
    *changed = true;
    code = mh_outfile_again(out, err, &next);
    if (code == MH_OK)
        code = apply(flow, &request, document, err, out, &next);
    mh_outfile_drop(&next);
    return code;
}

static enum mh_code
stamp_all(struct mh_flow *flow, const struct mh_sign_imprints *imprints,
    struct mh_err *err, struct mh_sign_request *request)
{
    enum mh_code code = MH_OK;

    request->item =
        mh_arena_array(flow->arena, imprints->count, sizeof(*request->item));
    if (request->item == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "sign: no memory");
    for (size_t i = 0; i < imprints->count && code == MH_OK; i++) {
        struct mh_sign_item *item = &request->item[request->items++];

        item->sig = imprints->imprint[i].sig;
        item->state = imprints->imprint[i].state;
        code = mh_flow_stamp(
            flow, request->alg, imprints->imprint[i].digest, err, &item->token);
    }
    return code;
}

/* Bytes that a PDF keeps for a token: what the last one of this authority
   was is not known, so twice what authorities send. */
enum {
    TOKEN_ROOM = 16 << 10
};

static enum mh_code
find_imprints(struct mh_flow *flow, struct mh_sign_request *request,
    const struct mh_flow_input *document, struct mh_err *err,
    struct mh_outfile *next, struct mh_sign_imprints *imprints)
{
    /* A CMS signature knows its detached data by one digest only. */
    static const enum mh_digest_alg algs[] = {MH_SHA256, MH_SHA384, MH_SHA512};
    struct mh_flow_step step = {request, document, 1, next};
    struct mh_span result = {0};
    enum mh_code code = MH_EUNSUP;

    for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]) && code == MH_EUNSUP;
         i++) {
        request->alg = algs[i];
        code = mh_flow_step(flow, &step, err, &result);
    }
    return code == MH_OK
               ? mh_sign_imprints_unpack(result, flow->arena, err, imprints)
               : code;
}

static enum mh_code
lift_stamp(struct mh_flow *flow, unsigned step,
    const struct mh_flow_input *document, struct mh_err *err,
    struct mh_outfile *out, bool *changed)
{
    struct mh_outfile next = {.dir = -1, .fd = -1};
    struct mh_sign_imprints imprints;
    struct mh_sign_request request = {.op = MH_SIGN_IMPRINTS,
        .spec = {.role = "", .place = "", .reason = ""},
        .step = step,
        .time = (int64_t)time(NULL),
        .room = TOKEN_ROOM};
    enum mh_code code = mh_outfile_again(out, err, &next);

    if (code == MH_OK)
        code = find_imprints(flow, &request, document, err, &next, &imprints);
    if (code == MH_OK && imprints.count > 0) {
        *changed = true;
        code = stamp_all(flow, &imprints, err, &request);
        if (code == MH_OK)
            code = apply(flow, &request, document, err, out, &next);
    }
    mh_outfile_drop(&next);
    return code;
}

typedef enum mh_code lift_fn(struct mh_flow *flow,
    const struct mh_flow_input *document, struct mh_err *err,
    struct mh_outfile *out, bool *changed);

static enum mh_code
lift_t(struct mh_flow *flow, const struct mh_flow_input *document,
    struct mh_err *err, struct mh_outfile *out, bool *changed)
{
    return lift_stamp(flow, STEP_T, document, err, out, changed);
}

static enum mh_code
lift_lta(struct mh_flow *flow, const struct mh_flow_input *document,
    struct mh_err *err, struct mh_outfile *out, bool *changed)
{
    return lift_stamp(
        flow, flow->renew ? STEP_RENEW : STEP_LTA, document, err, out, changed);
}

/* One step on what out holds. */
static enum mh_code
lift_out(struct mh_flow *flow, lift_fn *fn, struct mh_err *err,
    struct mh_outfile *out, bool *changed)
{
    struct mh_flow_input document;
    enum mh_code code = open_out(out, err, &document);

    if (code == MH_OK)
        code = fn(flow, &document, err, out, changed);
    mh_close(&document.fd);
    if (code != MH_OK && flow->where == NULL)
        (void)mh_flow_at(flow, "level", code);
    return code;
}

enum mh_code
mh_flow_lift(struct mh_flow *flow, enum mh_sig_level level, struct mh_err *err,
    struct mh_outfile *out, bool *changed)
{
    enum mh_code code = MH_OK;

    if (level >= MH_LEVEL_LT)
        code = lift_out(flow, lift_lt, err, out, changed);
    if (code == MH_OK && level >= MH_LEVEL_LTA)
        code = lift_out(flow, lift_lta, err, out, changed);
    return code;
}

/* The first step that changes something writes the file. */
static enum mh_code
raise_to(struct mh_flow *flow, enum mh_sig_level level,
    const struct mh_flow_input *document, struct mh_err *err,
    struct mh_outfile *out, bool *changed)
{
    static const struct {
        enum mh_sig_level level;
        lift_fn *fn;
    } steps[] = {
        {MH_LEVEL_T, lift_t}, {MH_LEVEL_LT, lift_lt}, {MH_LEVEL_LTA, lift_lta}};
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) &&
                       steps[i].level <= level && code == MH_OK;
         i++)
        code = *changed ? lift_out(flow, steps[i].fn, err, out, changed)
                        : steps[i].fn(flow, document, err, out, changed);
    if (code != MH_OK && flow->where == NULL)
        (void)mh_flow_at(flow, "level", code); /* it only notes */
    return code;
}

/* Reasons that lie in what this machine trusts or could not fetch. */
static bool
may_wait(enum mh_sub sub)
{
    return sub == MH_SUB_NONE || sub == MH_TRY_LATER ||
           sub == MH_NO_CERTIFICATE_CHAIN_FOUND ||
           sub == MH_NO_CERTIFICATE_CHAIN_FOUND_NO_POE;
}

enum mh_code
mh_flow_accept(const struct mh_report *r, int64_t since, struct mh_err *err)
{
    /* That nobody judged it is no word about the document. */
    if (r->verdict == MH_NOT_JUDGED)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "the result was not judged");
    if (r->sigs == 0)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "the signature is not found in what was written");
    for (size_t i = 0; i < r->sigs; i++) {
        const struct mh_report_sig *s = &r->sig[i];

        if (s->indication == MH_IND_FAILED ||
            (s->claimed_time >= since && !may_wait(s->sub)))
            return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                "%.8s would be %.20s %.40s%s%.40s", s->id,
                mh_indication_name(s->indication), mh_sub_name(s->sub),
                s->findings.count > 0 ? ", " : "",
                s->findings.count > 0
                    ? mh_finding_name(s->findings.item[0].code)
                    : "");
    }
    if (r->verdict == MH_TOTAL_FAILED || r->verdict == MH_REFUSED)
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET, "it would be %.20s: %.60s",
            mh_verdict_name(r->verdict), mh_finding_name(r->reason.code));
    return MH_OK;
}

static enum mh_code
judge_file(struct mh_flow *flow, const struct mh_flow_input *document,
    int64_t since, struct mh_err *err)
{
    struct mh_report report;
    enum mh_code code = judge(flow, document, 0, NULL, err, &report);

    if (code == MH_OK)
        code = mh_flow_accept(&report, since, err);
    return mh_flow_at(flow, "verify", code);
}

enum mh_code
mh_flow_judge(struct mh_flow *flow, const struct mh_outfile *out, int64_t since,
    struct mh_err *err)
{
    struct mh_flow_input document;
    enum mh_code code = open_out(out, err, &document);

    if (code != MH_OK)
        return mh_flow_at(flow, "verify", code);
    code = judge_file(flow, &document, since, err);
    mh_close(&document.fd);
    return code;
}

enum mh_code
mh_flow_raise(struct mh_flow *flow, enum mh_sig_level level,
    const struct mh_flow_input *document, struct mh_err *err,
    struct mh_outfile *out, bool *changed)
{
    int64_t since = flow->since == 0 ? INT64_MAX : flow->since;
    enum mh_code code;

    *changed = false;
    flow->arena = mh_arena_new(FLOW_ARENA);
    if (flow->arena == NULL)
        return mh_flow_at(flow, "level",
            mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "extend: no memory"));
    code = raise_to(flow, level, document, err, out, changed);
    if (code == MH_OK && *changed)
        code = mh_flow_judge(flow, out, since, err);
    else if (code == MH_OK) /* what is broken is at no level */
        code = judge_file(flow, document, since, err);
    mh_arena_free(flow->arena);
    flow->arena = NULL;
    return code;
}
