#include "signer/trust/tsa.h"

#include "base/limits.h"
#include "base/num.h"

/* PKIFailureInfo bits (RFC 3161 2.4.2). */
static const struct {
    unsigned bit;
    const char *text;
} failures[] = {
    {0, "unknown algorithm"},
    {2, "the request is not permitted"},
    {5, "the data has the wrong format"},
    {14, "its time source is not available"},
    {15, "the policy is not supported"},
    {16, "an extension is not supported"},
    {17, "additional information is not understood"},
    {25, "it has failed itself"},
};

/* Why it was refused; the free text of the authority is not repeated. */
static enum mh_code
refused(struct df_der *info, uint64_t status, struct mh_err *err)
{
    struct mh_span body;
    uint32_t bits;

    (void)df_der_opt(info, DF_SEQUENCE, &body); /* PKIFreeText */
    if (df_der_opt(info, DF_BIT_STRING, &body) && df_der_bits(body, &bits))
        for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
            if (bits & 1U << failures[i].bit)
                return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
                    "time-stamp: refused, %s", failures[i].text);
    return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
        "time-stamp: refused with status %u", (unsigned)(status & 0xff));
}

static bool
same_nonce(struct mh_span got, struct mh_span asked)
{
    while (asked.len > 0 && asked.ptr[0] == 0) {
        asked.ptr++;
        asked.len--;
    }
    if (got.len > 0 && got.ptr[0] == 0) {
        got.ptr++;
        got.len--;
    }
    return mh_span_eq(got, asked);
}

static enum mh_code
check(const struct sg_tst *tst, const struct mh_tsq *query, int64_t now,
    struct mh_err *err)
{
    int64_t away;

    if (tst->imprint_alg != query->alg || !sg_tst_covers(tst, query->digest))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "time-stamp: it is over something else");
    if (!same_nonce(tst->nonce, query->nonce))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "time-stamp: it answers another request");
    if (!mh_add_i64(tst->gen_time, -now, &away) || away > MH_CLOCK_SKEW_MAX ||
        away < -MH_CLOCK_SKEW_MAX)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "time-stamp: its time and this machine's clock differ by more "
            "than %d minutes",
            MH_CLOCK_SKEW_MAX / 60);
    return MH_OK;
}

enum mh_code
sg_tsa_reply(struct mh_span reply, const struct mh_tsq *query, int64_t now,
    struct mh_arena *arena, struct mh_err *err, struct mh_span *token)
{
    struct df_der top = df_der_from(reply), d, info;
    struct sg_tst *tst;
    uint64_t status = 0;
    enum mh_code code;

    d = df_der_enter(&top, DF_SEQUENCE);
    info = df_der_enter(&d, DF_SEQUENCE);
    if (!df_der_uint(df_der_get(&info, DF_INTEGER), &status) || info.bad ||
        d.bad || !df_der_done(&top))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "time-stamp: the answer is no TimeStampResp");
    if (status > 1)
        return refused(&info, status, err);
    *token = df_der_get_all(&d, DF_SEQUENCE);
    if (!df_der_done(&d))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "time-stamp: the answer is no TimeStampResp");
    code = sg_tst_parse(*token, arena, err, &tst);
    if (code == MH_OK)
        code = check(tst, query, now, err);
    return code;
}
