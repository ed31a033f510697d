#include "portal/money/gateway.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "portal/http/form.h"

#define CURRENCY "944" /* AZN (ISO 4217) */

enum {
    STATUS = 90, /* TRTYPE of a question */
};

struct pt_gateway {
    struct pt_psign *sign;
    char url[512], origin[PT_GATEWAY_ORIGIN];
    char terminal[17], merchant[64], ours[256];
    enum mh_refunds refunds;
};

/* ---- opening ---- */

/* Scheme and authority of an address (RFC 6454 4). */
static bool
origin_of(const char *url, char out[static PT_GATEWAY_ORIGIN])
{
    static const char tls[] = "https://", plain[] = "http://";
    size_t n;

    if (strncmp(url, tls, strlen(tls)) == 0)
        n = strlen(tls);
    else if (strncmp(url, plain, strlen(plain)) == 0)
        n = strlen(plain);
    else
        return false;
    n += strcspn(url + n, "/?#");
    if (n >= PT_GATEWAY_ORIGIN || strcspn(url, "@;, '\"[]%") < n ||
        strpbrk(url + n, "?#%") != NULL)
        return false; /* nothing that a policy could be widened with */
    memcpy(out, url, n);
    out[n] = '\0';
    return true;
}

enum mh_code
pt_gateway_open(const struct mh_payment_settings *set, const char *origin,
    struct mh_err *err, struct pt_gateway **out)
{
    struct pt_gateway *g;
    enum mh_code code = MH_OK;

    *out = NULL;
    if (set->url == NULL || set->url[0] == '\0')
        return MH_OK;
    g = calloc(1, sizeof(*g));
    if (g == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "payment: no memory");
    if (strlen(set->url) >= sizeof(g->url) || !origin_of(set->url, g->origin) ||
        strlen(set->terminal) >= sizeof(g->terminal) ||
        strlen(set->merchant) >= sizeof(g->merchant) ||
        strlen(origin) >= sizeof(g->ours))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "payment: url, terminal or merchant is too long or none");
    else
        code = pt_psign_new(set->key, set->gateway_key, err, &g->sign);
    if (code != MH_OK) {
        free(g);
        return code;
    }
    (void)snprintf(g->url, sizeof(g->url), "%s", set->url); /* these fit */
    (void)snprintf(g->terminal, sizeof(g->terminal), "%s", set->terminal);
    (void)snprintf(g->merchant, sizeof(g->merchant), "%s", set->merchant);
    (void)snprintf(g->ours, sizeof(g->ours), "%s", origin);
    g->refunds = set->refunds;
    *out = g;
    return MH_OK;
}

void
pt_gateway_free(struct pt_gateway *g)
{
    if (g == NULL)
        return;
    pt_psign_free(g->sign);
    free(g);
}

const char *
pt_gateway_url(const struct pt_gateway *g)
{
    return g->url;
}

const char *
pt_gateway_origin(const struct pt_gateway *g)
{
    return g->origin;
}

/* ---- writing ---- */

static void put(struct pt_gateway_form *f, const char *name, const char *fmt,
    ...) MH_PRINTF(3, 4);

static void
put(struct pt_gateway_form *f, const char *name, const char *fmt, ...)
{
    va_list ap;

    f->field[f->fields].name = name;
    va_start(ap, fmt);
    (void)vsnprintf(f->field[f->fields].value, sizeof(f->field[0].value), fmt,
        ap); /* all that goes in is shorter */
    va_end(ap);
    f->fields++;
}

static const char *
value_of(const struct pt_gateway_form *f, const char *name)
{
    for (size_t i = 0; i < f->fields; i++)
        if (strcmp(f->field[i].name, name) == 0)
            return f->field[i].value;
    return "";
}

static void
put_time(struct pt_gateway_form *f, int64_t now)
{
    time_t t = (time_t)now;
    struct tm tm = {0};
    char text[32] = "";

    if (gmtime_r(&t, &tm) != NULL)
        (void)strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm); /* 14 */
    put(f, "TIMESTAMP", "%s", text);
}

/* P_SIGN over these fields, behind the others. */
static enum mh_code
sign(const struct pt_gateway *g, const char *const *names, struct mh_err *err,
    struct pt_gateway_form *f)
{
    struct mh_buf mac;
    char hex[PT_PSIGN_HEX];
    enum mh_code code;

    mh_buf_init(&mac, PT_PSIGN_MAC_MAX);
    for (size_t i = 0; names[i] != NULL; i++)
        pt_psign_add(&mac, value_of(f, names[i]));
    code = mh_buf_ok(&mac)
               ? pt_psign_make(g->sign, mh_buf_get(&mac), err, hex)
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "payment: no memory");
    if (code == MH_OK)
        put(f, "P_SIGN", "%s", hex);
    mh_buf_fini(&mac);
    return code;
}

static void
put_amount(struct pt_gateway_form *f, int64_t qepik)
{
    put(f, "AMOUNT", "%" PRId64 ".%02" PRId64, qepik / 100, qepik % 100);
}

enum mh_code
pt_gateway_pay(const struct pt_gateway *g, const struct pt_gateway_order *o,
    struct mh_err *err, struct pt_gateway_form *out)
{
    static const char *const codes[] = {"AZ", "EN", "RU"};
    static const char *const names[] = {"AMOUNT", "CURRENCY", "TERMINAL",
        "TRTYPE", "TIMESTAMP", "NONCE", "MERCH_URL", NULL};

    out->fields = 0;
    put_amount(out, o->amount);
    put(out, "CURRENCY", "%s", CURRENCY);
    put(out, "ORDER", "%" PRId64, o->number);
    put(out, "DESC", "State fee %" PRId64, o->number);
    put(out, "MERCH_NAME", "%s", g->merchant);
    put(out, "MERCH_URL", "%.250s", g->ours);
    put(out, "TERMINAL", "%s", g->terminal);
    put(out, "TRTYPE", "1");
    put(out, "COUNTRY", "AZ");
    put(out, "MERCH_GMT", "+4");
    put_time(out, o->now);
    put(out, "NONCE", "%s", o->nonce);
    put(out, "BACKREF", "%s/payments/%s/back", g->ours, o->id);
    put(out, "LANG", "%s", codes[o->lang <= MH_RU ? o->lang : 0]);
    return sign(g, names, err, out);
}

/* Letters, digits and .-_ as they are (WHATWG URL 5.2). */
static void
encode(struct mh_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        char c = *text;

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
            (c >= 'a' && c <= 'z') || strchr(".-_", c) != NULL)
            mh_buf_byte(out, (uint8_t)c);
        else
            mh_buf_printf(out, "%%%02X", (unsigned)(uint8_t)c);
    }
}

/* The signed fields as the body of a request. */
static enum mh_code
write_body(
    const struct pt_gateway_form *f, struct mh_err *err, struct mh_buf *out)
{
    for (size_t i = 0; i < f->fields; i++) {
        if (i > 0)
            mh_buf_str(out, "&");
        mh_buf_str(out, f->field[i].name);
        mh_buf_str(out, "=");
        encode(out, f->field[i].value);
    }
    return mh_buf_ok(out)
               ? MH_OK
               : mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "payment: no memory");
}

enum mh_code
pt_gateway_ask(const struct pt_gateway *g, const struct pt_gateway_order *o,
    struct mh_err *err, struct mh_buf *out)
{
    static const char *const names[] = {
        "ORDER", "TERMINAL", "TRTYPE", "TIMESTAMP", "NONCE", NULL};
    struct pt_gateway_form f = {.fields = 0};
    enum mh_code code;

    put(&f, "ORDER", "%" PRId64, o->number);
    put(&f, "TERMINAL", "%s", g->terminal);
    put(&f, "TRTYPE", "90");
    put(&f, "TRAN_TRTYPE", "1");
    put_time(&f, o->now);
    put(&f, "NONCE", "%s", o->nonce);
    code = sign(g, names, err, &f);
    return code == MH_OK ? write_body(&f, err, out) : code;
}

bool
pt_gateway_gives(const struct pt_gateway *g)
{
    return g != NULL && g->refunds != MH_REFUNDS_NO;
}

enum mh_code
pt_gateway_give(const struct pt_gateway *g, const struct pt_gateway_back *b,
    struct mh_err *err, struct mh_buf *out)
{
    static const char *const amount_first[] = {"AMOUNT", "CURRENCY", "TERMINAL",
        "TRTYPE", "ORDER", "RRN", "INT_REF", NULL};
    static const char *const order_first[] = {"ORDER", "AMOUNT", "CURRENCY",
        "TERMINAL", "TRTYPE", "RRN", "INT_REF", NULL};
    struct pt_gateway_form f = {.fields = 0};
    enum mh_code code;

    put(&f, "ORDER", "%" PRId64, b->number);
    put_amount(&f, b->amount);
    put(&f, "CURRENCY", "%s", CURRENCY);
    put(&f, "RRN", "%s", b->rrn);
    put(&f, "INT_REF", "%s", b->int_ref);
    put(&f, "TERMINAL", "%s", g->terminal);
    put(&f, "TRTYPE", "%u", b->type);
    put_time(&f, b->now);
    put(&f, "NONCE", "%s", b->nonce);
    code = sign(g,
        g->refunds == MH_REFUNDS_ORDER_FIRST ? order_first : amount_first, err,
        &f);
    return code == MH_OK ? write_body(&f, err, out) : code;
}

/* ---- reading ---- */

static bool
signed_well(const struct pt_gateway *g, const struct pt_form *form)
{
    static const char *const names[] = {"ORDER", "AMOUNT", "CURRENCY",
        "TERMINAL", "TRTYPE", "ACTION", "RC", "APPROVAL", "RRN", "INT_REF",
        "TIMESTAMP", "NONCE"};
    struct mh_buf mac;
    bool good;

    mh_buf_init(&mac, PT_PSIGN_MAC_MAX);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        pt_psign_add(&mac, pt_form_get(form, names[i]));
    good = mh_buf_ok(&mac) && pt_psign_good(g->sign, mh_buf_get(&mac),
                                  pt_form_get(form, "P_SIGN"));
    mh_buf_fini(&mac);
    return good;
}

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "gateway: %s", what);
}

/* Whether it is the answer to this request, and no other. */
static enum mh_code
check(const struct pt_gateway *g, const struct pt_gateway_back *o,
    const struct pt_form *form, struct mh_err *err)
{
    struct pt_gateway_form want = {.fields = 0};

    put(&want, "ORDER", "%" PRId64, o->number);
    put_amount(&want, o->amount);
    put(&want, "CURRENCY", "%s", CURRENCY);
    put(&want, "TERMINAL", "%s", g->terminal);
    put(&want, "TRTYPE", "%u", o->type);
    put(&want, "NONCE", "%s", o->nonce);
    for (size_t i = 0; i < want.fields; i++) {
        const char *is = pt_form_get(form, want.field[i].name);

        if (is == NULL || strcmp(is, want.field[i].value) != 0)
            return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "gateway: %s is not what was asked about", want.field[i].name);
    }
    return MH_OK;
}

static bool
reference(const struct pt_form *form, const char *name,
    char out[static PT_GATEWAY_REF + 1])
{
    const char *s = pt_form_get(form, name);
    size_t n = s == NULL ? 0 : strlen(s);

    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] > '~')
            return false;
    if (n == 0 || n > PT_GATEWAY_REF)
        return false;
    memcpy(out, s, n + 1);
    return true;
}

struct answer {
    struct pt_form form;
    enum pt_gateway_word word; /* what its ACTION and RC say */
};

/* A signed answer to just this request. */
static enum mh_code
read_answer(const struct pt_gateway *g, const struct pt_gateway_back *o,
    struct mh_span answer, struct mh_arena *arena, struct mh_err *err,
    struct answer *out)
{
    const struct pt_form *form = &out->form;
    const char *action, *rc;
    enum mh_code code = pt_form_parse(answer, arena, err, &out->form);

    out->word = PT_GATEWAY_WAITING;
    if (code != MH_OK)
        return code == MH_ENOMEM ? code : bad(err, "the answer is no form");
    if (!signed_well(g, form))
        return bad(err, "P_SIGN is not that of the gateway");
    code = check(g, o, form, err);
    if (code != MH_OK)
        return code;
    action = pt_form_get(form, "ACTION");
    rc = pt_form_get(form, "RC");
    if (action == NULL || rc == NULL)
        return bad(err, "ACTION or RC is missing");
    if (strcmp(action, "0") == 0 && strcmp(rc, "00") == 0)
        out->word = PT_GATEWAY_PAID;
    else if (strcmp(action, "2") == 0)
        out->word = PT_GATEWAY_DECLINED;
    return MH_OK;
}

enum mh_code
pt_gateway_read(const struct pt_gateway *g, const struct pt_gateway_order *o,
    struct mh_span answer, struct mh_arena *arena, struct mh_err *err,
    struct pt_gateway_said *out)
{
    const struct pt_gateway_back about = {.number = o->number,
        .amount = o->amount,
        .type = STATUS,
        .nonce = o->nonce};
    struct answer is;
    enum mh_code code = read_answer(g, &about, answer, arena, err, &is);

    *out = (struct pt_gateway_said){.word = PT_GATEWAY_WAITING};
    if (code == MH_OK && is.word == PT_GATEWAY_PAID &&
        (!reference(&is.form, "RRN", out->rrn) ||
            !reference(&is.form, "INT_REF", out->int_ref)))
        return bad(err, "RRN or INT_REF is missing");
    out->word = is.word;
    return code;
}

enum mh_code
pt_gateway_given(const struct pt_gateway *g, const struct pt_gateway_back *b,
    struct mh_span answer, struct mh_arena *arena, struct mh_err *err,
    enum pt_gateway_word *out)
{
    struct answer is;
    enum mh_code code = read_answer(g, b, answer, arena, err, &is);

    *out = is.word;
    /* The very same request was done before, and its answer was lost. */
    if (code == MH_OK && strcmp(pt_form_get(&is.form, "ACTION"), "1") == 0)
        *out = PT_GATEWAY_PAID;
    return code;
}
