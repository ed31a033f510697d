#include "portal/http/gate.h"

#include <string.h>

#include "base/err.h"
#include "base/num.h"

static const char *const methods[] = {"GET", "HEAD", "POST"};

const char *
pt_method_name(enum pt_method m)
{
    return m < PT_METHODS ? methods[m] : "?";
}

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool
pt_span_is_nocase(struct mh_span s, const char *str)
{
    if (strlen(str) != s.len)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (lower(s.ptr[i]) != lower((uint8_t)str[i]))
            return false;
    return true;
}

static bool
starts_nocase(struct mh_span s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.len >= n && pt_span_is_nocase((struct mh_span){s.ptr, n}, prefix);
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool
is_alnum(uint8_t c)
{
    c = lower(c);
    return is_digit(c) || (c >= 'a' && c <= 'z');
}

/* RFC 9110 5.6.2. */
static bool
is_token(struct mh_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_alnum(s.ptr[i]) &&
            (s.ptr[i] == 0 || strchr("!#$%&'*+-.^_`|~", s.ptr[i]) == NULL))
            return false;
    return s.len > 0;
}

/* The first rule that is broken stands. */
static void
refuse(struct pt_gate *g, unsigned status, const char *rule)
{
    if (g->status != 0)
        return;
    g->status = status;
    g->rule = rule;
}

static void
judge_line(const struct pt_gate_input *in, struct pt_gate *g)
{
    g->method = PT_METHODS;
    for (unsigned m = 0; m < PT_METHODS; m++)
        if (mh_span_is(in->method, methods[m]))
            g->method = (enum pt_method)m;
    if (g->method == PT_METHODS)
        refuse(g, 400, "method: GET, HEAD or POST");
    if (!mh_span_is(in->version, "HTTP/1.1") &&
        !mh_span_is(in->version, "HTTP/1.0"))
        refuse(g, 400, "version: HTTP/1.0 or HTTP/1.1");
}

static void
judge_path(struct mh_span path, struct pt_gate *g)
{
    if (path.len == 0 || path.ptr[0] != '/')
        refuse(g, 400, "target: origin form only");
    for (size_t i = 0; i < path.len; i++) {
        uint8_t c = path.ptr[i];

        if (!is_alnum(c) && (c == 0 || strchr("/_.~-", c) == NULL))
            refuse(g, 400, "path: letters, digits, / _ . ~ - only");
        if (c == '/' && i + 1 < path.len &&
            (path.ptr[i + 1] == '/' || path.ptr[i + 1] == '.'))
            refuse(g, 400, "path: no // and no /.");
    }
}

static bool
is_hex(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

/* The bytes of a query: RFC 3986 3.4 without anything that needs a guess. */
static void
judge_query_bytes(struct mh_span q, struct pt_gate *g)
{
    for (size_t i = 0; i < q.len; i++) {
        uint8_t c = q.ptr[i];

        if (c <= 0x20 || c >= 0x7f || c == '#')
            refuse(g, 400, "query: printable ASCII only");
        if (c != '%')
            continue;
        if (q.len - i < 3 || !is_hex(q.ptr[i + 1]) || !is_hex(q.ptr[i + 2]))
            refuse(g, 400, "query: a bad escape");
        else if (q.ptr[i + 1] == '0' && q.ptr[i + 2] == '0')
            refuse(g, 400, "query: no %00");
    }
}

/* Each field once; names are compared as they are written, and an escape in
   a name is refused, so that no two spellings of one name pass. */
static void
judge_query_fields(struct mh_span q, struct pt_gate *g)
{
    struct mh_span seen[PT_QUERY_FIELDS_MAX] = {{0}};
    size_t n = 0, at = 0;

    while (at < q.len) {
        const uint8_t *amp = memchr(q.ptr + at, '&', q.len - at);
        size_t end = amp == NULL ? q.len : (size_t)(amp - q.ptr);
        const uint8_t *eq = memchr(q.ptr + at, '=', end - at);
        struct mh_span name = {
            q.ptr + at, (eq == NULL ? end : (size_t)(eq - q.ptr)) - at};

        for (size_t i = 0; i < n; i++)
            if (mh_span_eq(seen[i], name))
                refuse(g, 400, "query: a field twice");
        if (!is_token(name) || memchr(name.ptr, '%', name.len) != NULL ||
            memchr(name.ptr, '+', name.len) != NULL)
            refuse(g, 400, "query: a field without a plain name");
        if (n == PT_QUERY_FIELDS_MAX) {
            refuse(g, 400, "query: too many fields");
            return;
        }
        seen[n++] = name;
        at = end + 1;
    }
}

static void
judge_target(struct mh_span target, struct pt_gate *g)
{
    const uint8_t *mark;

    if (target.len > PT_TARGET_MAX) {
        refuse(g, 414, "target: at most 1024 bytes");
        return;
    }
    mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    g->path = target;
    if (mark != NULL) {
        g->path.len = (size_t)(mark - target.ptr);
        g->query = (struct mh_span){mark + 1, target.len - g->path.len - 1};
    }
    judge_path(g->path, g);
    judge_query_bytes(g->query, g);
    judge_query_fields(g->query, g);
}

/* A host with an optional port; the name must be on the list. */
static bool
host_listed(const struct pt_gate_settings *settings, struct mh_span host)
{
    size_t name = host.len;

    for (size_t i = host.len; i > 0; i--)
        if (!is_digit(host.ptr[i - 1])) {
            /* "name:" has no port and is no name either. */
            if (host.ptr[i - 1] == ':' && i < host.len && host.len - i <= 5)
                name = i - 1;
            break;
        }
    for (size_t i = 0; i < settings->hosts; i++)
        if (pt_span_is_nocase(
                (struct mh_span){host.ptr, name}, settings->host[i]))
            return true;
    return false;
}

/* "name:port" without its port. */
static struct mh_span
name_of(struct mh_span host)
{
    size_t n = host.len;

    while (n > 0 && is_digit(host.ptr[n - 1]))
        n--;
    if (n > 0 && host.ptr[n - 1] == ':')
        host.len = n - 1;
    return host;
}

static bool
is_card(const struct pt_gate_settings *settings, struct mh_span host)
{
    struct mh_span card =
        mh_span_str(settings->card == NULL ? "" : settings->card);

    if (mh_span_starts(card, "https://"))
        (void)mh_span_sub(card, 8, card.len - 8, &card); /* inside it */
    host = name_of(host);
    card = name_of(card);
    if (card.len == 0 || host.len != card.len)
        return false;
    for (size_t i = 0; i < card.len; i++)
        if (lower(host.ptr[i]) != lower(card.ptr[i]))
            return false;
    return true;
}

/* RFC 9112 6.2: digits only; false past 2^63. */
static bool
parse_length(struct mh_span s, uint64_t *out)
{
    uint64_t v = 0;

    if (s.len == 0 || s.len > 18)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_digit(s.ptr[i]))
            return false;
        v = v * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    *out = v;
    return true;
}

/* One session, named once. */
static void
judge_cookie(struct mh_span cookie, struct pt_gate *g)
{
    static const char name[] = "__Host-sid=";
    size_t found = 0;

    for (size_t i = 0; i + sizeof(name) - 1 <= cookie.len; i++)
        if (memcmp(cookie.ptr + i, name, sizeof(name) - 1) == 0)
            found++;
    if (found > 1)
        refuse(g, 400, "cookie: one session only");
}

static void
judge_length(struct mh_span value, struct pt_gate *g)
{
    if (g->has_length)
        refuse(g, 400, "length: one Content-Length only");
    g->has_length = true;
    if (!parse_length(value, &g->length))
        refuse(g, 400, "length: digits only");
}

static void
judge_coding(
    const struct pt_gate_input *in, struct mh_span value, struct pt_gate *g)
{
    if (g->chunked)
        refuse(g, 400, "transfer coding: one only");
    g->chunked = true;
    if (!pt_span_is_nocase(value, "chunked"))
        refuse(g, 400, "transfer coding: chunked only");
    if (mh_span_is(in->version, "HTTP/1.0"))
        refuse(g, 400, "transfer coding: not on HTTP/1.0");
}

/* Fields that are taken once. */
static void
take_once(struct mh_span value, struct mh_span *slot, struct pt_gate *g)
{
    if (slot->ptr != NULL)
        refuse(g, 400, "header: a field twice that may stand once");
    *slot = value;
    if (slot->ptr == NULL)
        slot->ptr = (const uint8_t *)""; /* there, and empty */
}

static bool
is_forwarding(struct mh_span name)
{
    return starts_nocase(name, "x-forwarded-") ||
           starts_nocase(name, "x-client-") ||
           starts_nocase(name, "x-original-") ||
           starts_nocase(name, "x-rewrite-") ||
           pt_span_is_nocase(name, "x-real-ip") ||
           pt_span_is_nocase(name, "forwarded");
}

struct seen {
    struct mh_span origin, site, expect;
};

static void
judge_field(const struct pt_gate_settings *settings,
    const struct pt_gate_input *in, const struct pt_field *f, struct seen *seen,
    struct pt_gate *g)
{
    const struct {
        const char *name;
        struct mh_span *slot;
    } once[] = {
        {"host", &g->host},
        {"cookie", &g->cookie},
        {"content-type", &g->type},
        {"accept", &g->accept},
        {"authorization", &g->authorization},
        {"idempotency-key", &g->idempotency},
        {"prefer", &g->prefer},
        {"origin", &seen->origin},
        {"sec-fetch-site", &seen->site},
        {"expect", &seen->expect},
    };

    if (pt_span_is_nocase(f->name, "content-length")) {
        judge_length(f->value, g);
    } else if (pt_span_is_nocase(f->name, "transfer-encoding")) {
        judge_coding(in, f->value, g);
    } else if (pt_span_is_nocase(f->name, "upgrade")) {
        refuse(g, 400, "header: no upgrade");
    } else if (is_forwarding(f->name)) {
        if (!settings->front)
            refuse(g, 400, "header: forwarding without a front");
        if (pt_span_is_nocase(f->name, "x-real-ip"))
            take_once(f->value, &g->client, g);
        if (pt_span_is_nocase(f->name, "x-client-cert"))
            take_once(f->value, &g->certificate, g);
    }
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
        if (pt_span_is_nocase(f->name, once[i].name))
            take_once(f->value, once[i].slot, g);
}

static void
judge_bytes(const struct pt_field *f, struct pt_gate *g)
{
    if (!is_token(f->name))
        refuse(g, 400, "header: a name that is no token");
    /* nginx makes such a field of a line without a colon. */
    if (f->value.len == 0)
        refuse(g, 400, "header: a field without a value");
    for (size_t i = 0; i < f->value.len; i++)
        if ((f->value.ptr[i] < 0x20 && f->value.ptr[i] != '\t') ||
            f->value.ptr[i] == 0x7f)
            refuse(g, 400, "header: a control character");
}

/*
 * /payments/{id}/back: the gateway of payments leads browsers there with a form
 * of its own, and calls it itself.  Nothing that such a form says is believed,
 * and no session comes with it.
 */
static bool
is_way_back(struct mh_span path)
{
    static const char before[] = "/payments/", after[] = "/back";
    const size_t id = 26, begin = sizeof(before) - 1;

    if (path.len != begin + id + sizeof(after) - 1 ||
        memcmp(path.ptr, before, begin) != 0 ||
        memcmp(path.ptr + begin + id, after, sizeof(after) - 1) != 0)
        return false;
    return memchr(path.ptr + begin, '/', id) == NULL;
}

/* What a browser says about where a POST comes from. */
static void
judge_origin(const struct pt_gate_settings *settings, const struct seen *seen,
    struct pt_gate *g)
{
    struct mh_span origin = seen->origin;

    if (g->method != PT_POST || is_way_back(g->path))
        return;
    if (seen->site.len > 0 && !mh_span_is(seen->site, "same-origin") &&
        !mh_span_is(seen->site, "none"))
        refuse(g, 403, "origin: a request from another site");
    if (origin.ptr == NULL)
        return;
    if (mh_span_starts(origin, "https://"))
        (void)mh_span_sub(origin, 8, origin.len - 8, &origin); /* inside it */
    else if (mh_span_starts(origin, "http://"))
        (void)mh_span_sub(origin, 7, origin.len - 7, &origin); /* inside it */
    if (!host_listed(settings, origin))
        refuse(g, 403, "origin: a request from another site");
}

void
pt_gate_judge(const struct pt_gate_settings *settings,
    const struct pt_gate_input *in, struct pt_gate *out)
{
    struct seen seen = {0};
    size_t bytes = 0;

    *out = (struct pt_gate){.rule = ""};
    judge_line(in, out);
    judge_target(in->target, out);
    if (in->fields > PT_FIELDS_MAX)
        refuse(out, 431, "header: at most 64 fields");
    for (size_t i = 0; i < in->fields; i++) {
        const struct pt_field *f = &in->field[i];

        if (!mh_add_size(bytes, f->name.len + f->value.len, &bytes) ||
            bytes > PT_FIELD_BYTES_MAX) {
            refuse(out, 431, "header: at most 16384 bytes");
            break;
        }
        judge_bytes(f, out);
        judge_field(settings, in, f, &seen, out);
    }
    if (out->has_length && out->chunked)
        refuse(out, 400, "length: not with a transfer coding");
    if (out->method != PT_POST && (out->length > 0 || out->chunked))
        refuse(out, 400, "body: only with POST");
    if (out->host.len == 0)
        refuse(out, 400, "host: exactly one");
    else if (!host_listed(settings, out->host))
        refuse(out, 400, "host: not one of ours");
    if (seen.expect.ptr != NULL &&
        !pt_span_is_nocase(seen.expect, "100-continue"))
        refuse(out, 400, "expect: 100-continue only");
    out->card = is_card(settings, out->host);
    if (out->certificate.ptr != NULL && !out->card)
        refuse(out, 400, "header: a client's certificate for another host");
    judge_cookie(out->cookie, out);
    judge_origin(settings, &seen, out);
}
