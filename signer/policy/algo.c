#include "signer/policy/algo.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/time.h"
#include "signer/policy/table.h"

enum {
    ROWS_MAX = 64,
    FIELDS = 5,
    POLICY_TEXT_MAX = 1 << 16
};

enum row_kind {
    ROW_DIGEST,
    ROW_SIGN,
    ROW_ISSUED
};

struct row {
    enum row_kind kind;
    struct mh_span name;
    uint32_t least, most; /* bits */
    int64_t end;          /* first second not acceptable, or MH_TIME_NONE */
};

static struct row rows[ROWS_MAX];
static size_t row_count;
static int64_t table_date;

static bool
cut(struct mh_span *line, char at, struct mh_span *field)
{
    const uint8_t *p;

    if (line->ptr == NULL)
        return false;
    p = line->len == 0 ? NULL : memchr(line->ptr, at, line->len);
    if (p == NULL) {
        *field = *line;
        *line = (struct mh_span){0};
        return true;
    }
    *field = (struct mh_span){line->ptr, (size_t)(p - line->ptr)};
    line->len -= field->len + 1;
    line->ptr = p + 1;
    return true;
}

static bool
number(struct mh_span s, uint32_t none, uint32_t *out)
{
    uint32_t v = 0;

    if (mh_span_is(s, "-")) {
        *out = none;
        return true;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || v > 99999)
            return false;
        v = v * 10 + (uint32_t)(s.ptr[i] - '0');
    }
    *out = v;
    return s.len > 0;
}

static bool
day(struct mh_span s, int64_t *out)
{
    char text[32];

    if (mh_span_is(s, "-")) {
        *out = MH_TIME_NONE;
        return true;
    }
    if (s.len != 10)
        return false;
    memcpy(text, s.ptr, 10);
    memcpy(text + 10, "T00:00:00Z", 11);
    return mh_time_parse(mh_span_str(text), false, out);
}

static bool
read_row(struct mh_span line)
{
    struct mh_span f[FIELDS];
    struct row *r = &rows[row_count];
    size_t n = 0;

    while (n < FIELDS && cut(&line, '\t', &f[n]))
        n++;
    if (n != FIELDS || line.ptr != NULL || row_count == ROWS_MAX)
        return false;
    if (mh_span_is(f[0], "table"))
        return day(f[4], &table_date) && table_date != MH_TIME_NONE;
    r->kind = mh_span_is(f[0], "digest")   ? ROW_DIGEST
              : mh_span_is(f[0], "issued") ? ROW_ISSUED
                                           : ROW_SIGN;
    r->name = f[1];
    row_count++;
    return (r->kind != ROW_SIGN || mh_span_is(f[0], "sign")) &&
           number(f[2], 0, &r->least) && number(f[3], UINT32_MAX, &r->most) &&
           day(f[4], &r->end);
}

enum mh_code
sg_algo_init(struct mh_err *err)
{
    struct mh_span text = sg_policy_table();
    struct mh_span line;

    row_count = 0;
    table_date = MH_TIME_NONE;
    while (text.len > 0 && cut(&text, '\n', &line))
        if (line.len > 0 && line.ptr[0] != '#' && !read_row(line))
            return mh_fail(
                err, MH_EINTERNAL, MH_NO_OFFSET, "policy: bad table");
    if (table_date == MH_TIME_NONE || row_count == 0)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "policy: no table");
    return MH_OK;
}

static enum sg_algo_state
state_of(int64_t end, int64_t time)
{
    if (end == MH_TIME_NONE || time < end)
        return SG_ALGO_GOOD;
    return end > table_date ? SG_ALGO_OLD : SG_ALGO_EXPIRED;
}

static enum sg_algo_state
look_up(enum row_kind kind, const char *name, uint32_t bits, int64_t time)
{
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].kind == kind && mh_span_is(rows[i].name, name) &&
            bits >= rows[i].least && bits <= rows[i].most)
            return state_of(rows[i].end, time);
    return SG_ALGO_UNKNOWN;
}

enum sg_algo_state
sg_algo_digest(enum mh_digest_alg alg, int64_t time)
{
    return look_up(ROW_DIGEST, mh_digest_name(alg), 0, time);
}

static const char *
scheme_name(enum sg_scheme scheme)
{
    switch (scheme) {
    case SG_RSA_PKCS1:
        return "RSA";
    case SG_RSA_PSS:
        return "RSA-PSS";
    case SG_ECDSA:
        return "ECDSA";
    case SG_EDDSA:
        return "EdDSA";
    case SG_DSA:
        return "DSA";
    }
    return "?";
}

enum sg_algo_state
sg_algo_signature(const struct mh_policy *policy, const struct sg_sigalg *alg,
    const struct sg_key *key, int64_t time)
{
    enum sg_algo_state d, s;

    if (alg->scheme == SG_EDDSA)
        return policy->accept_eddsa ? SG_ALGO_GOOD : SG_ALGO_UNKNOWN;
    d = sg_algo_digest(alg->digest, time);
    s = look_up(ROW_SIGN, scheme_name(alg->scheme), sg_key_bits(key), time);
    return d > s ? d : s;
}

enum sg_algo_state
sg_algo_issued(const struct mh_policy *policy, const struct sg_sigalg *alg,
    const struct sg_key *key, int64_t time)
{
    enum sg_algo_state s = sg_algo_signature(policy, alg, key, time);

    if (s != SG_ALGO_EXPIRED || policy->strict ||
        look_up(ROW_ISSUED, mh_digest_name(alg->digest), 0, time) !=
            SG_ALGO_GOOD)
        return s;
    s = look_up(ROW_SIGN, scheme_name(alg->scheme), sg_key_bits(key), time);
    return s < SG_ALGO_OLD ? SG_ALGO_OLD : s;
}

void
sg_algo_name(const struct sg_sigalg *alg, const struct sg_key *key, char *out,
    size_t size)
{
    (void)snprintf(out, size, "%s %s %s", scheme_name(alg->scheme),
        alg->digest == MH_DIGEST_NONE ? "-" : mh_digest_name(alg->digest),
        key == NULL ? "?" : sg_key_name(key)); /* cut is fine */
}

enum mh_code
sg_policy_hash(
    const struct mh_policy *policy, struct mh_err *err, char out[static 65])
{
    uint8_t hash[MH_SHA256_LENGTH];
    struct mh_buf text;
    enum mh_code code;

    mh_buf_init(&text, POLICY_TEXT_MAX);
    mh_buf_printf(&text,
        "mohur-policy 1\nstrict %d\naccept-eddsa %d\nrevocation-warning "
        "%llu\nrevocation-span %llu\n",
        policy->strict, policy->accept_eddsa,
        (unsigned long long)policy->revocation_warning,
        (unsigned long long)policy->revocation_span);
    mh_buf_span(&text, sg_policy_table());
    if (mh_buf_ok(&text))
        code = mh_digest_once(MH_SHA256, mh_buf_get(&text), err, hash);
    else
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "policy: no memory");
    mh_buf_fini(&text);
    if (code == MH_OK)
        mh_hex_encode((struct mh_span){hash, sizeof(hash)}, out);
    return code;
}
