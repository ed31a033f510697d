/*
 * Name constraints (RFC 5280 4.2.1.10); declared in name.h.
 */
#include "signer/trust/name.h"

#include "base/limits.h"
#include "base/text.h"

enum general { /* tags of GeneralName, 4.2.1.6 */
    GN_OTHER = 0xa0,
    GN_MAIL = 0x81,
    GN_DNS = 0x82,
    GN_X400 = 0xa3,
    GN_DIRECTORY = 0xa4,
    GN_EDI = 0xa5,
    GN_URI = 0x86,
    GN_IP = 0x87,
    GN_RID = 0x88,
};

static uint8_t
lower(uint8_t b)
{
    return b >= 'A' && b <= 'Z' ? (uint8_t)(b + ('a' - 'A')) : b;
}

static bool
eq_nocase(struct mh_span a, struct mh_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

static bool
ends_nocase(struct mh_span s, struct mh_span tail)
{
    struct mh_span end;

    return tail.len <= s.len &&
           mh_span_sub(s, s.len - tail.len, tail.len, &end) &&
           eq_nocase(end, tail);
}

static struct mh_span
drop(struct mh_span s, size_t n)
{
    return (struct mh_span){s.ptr + n, s.len - n};
}

/* Labels of letters, digits and hyphens, 1 to 63 long, 253 in all. */
static bool
dns_labels(struct mh_span s)
{
    size_t label = 0;

    if (s.len == 0 || s.len > 253)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t b = lower(s.ptr[i]);
        bool edge = label == 0 || i + 1 == s.len || s.ptr[i + 1] == '.';

        if (b == '.') {
            if (label == 0)
                return false;
            label = 0;
            continue;
        }
        if (!((b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') ||
                (b == '-' && !edge)) ||
            ++label > 63)
            return false;
    }
    return label > 0;
}

static bool
dns_name(struct mh_span s)
{
    if (mh_span_starts(s, "*."))
        s = drop(s, 2);
    return dns_labels(s);
}

static bool
mailbox(struct mh_span s, struct mh_span *host)
{
    size_t at = s.len;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7f)
            return false;
        if (s.ptr[i] == '@') {
            if (at != s.len && s.ptr[0] != '"')
                return false;
            at = i;
        }
    }
    if (at == 0 || at == s.len)
        return false;
    *host = drop(s, at + 1);
    return dns_labels(*host);
}

/* The host of scheme://[user@]host[:port]...; false if there is none. */
static bool
uri_host(struct mh_span s, struct mh_span *host)
{
    size_t i = 0, start, end;

    while (i + 2 < s.len && memcmp(s.ptr + i, "://", 3) != 0)
        i++;
    if (i + 3 > s.len)
        return false;
    start = i + 3;
    for (end = start; end < s.len && s.ptr[end] != '/' && s.ptr[end] != '?' &&
                      s.ptr[end] != '#';
         end++)
        if (s.ptr[end] == '@')
            start = end + 1;
    for (i = start; i < end && s.ptr[i] != ':'; i++)
        continue;
    return mh_span_sub(s, start, i - start, host) && host->len > 0;
}

static bool
ip_text(struct mh_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != '.' && (s.ptr[i] < '0' || s.ptr[i] > '9'))
            return s.ptr[0] == '[';
    return true;
}

static bool
mask_valid(struct mh_span ip)
{
    bool ended = false;

    if (ip.len != 8 && ip.len != 32)
        return false;
    for (size_t i = ip.len / 2; i < ip.len; i++)
        for (unsigned b = 8; b > 0; b--) {
            bool one = (ip.ptr[i] >> (b - 1) & 1) != 0;

            if (one && ended)
                return false;
            ended = !one;
        }
    return true;
}

static bool
base_valid(const struct df_tlv *t)
{
    struct df_der d;

    switch (t->tag) {
    case GN_DNS:
        return t->body.len == 0 || dns_labels(t->body);
    case GN_MAIL: {
        struct mh_span host;

        if (mailbox(t->body, &host))
            return true;
        return t->body.len > 0 && t->body.ptr[0] == '.'
                   ? dns_labels(drop(t->body, 1))
                   : dns_labels(t->body);
    }
    case GN_URI:
        return t->body.len > 0 && t->body.ptr[0] == '.'
                   ? dns_labels(drop(t->body, 1))
                   : dns_labels(t->body);
    case GN_IP:
        return mask_valid(t->body);
    case GN_DIRECTORY:
        d = df_der_from(t->body);
        (void)df_der_get(&d, DF_SEQUENCE); /* the reader remembers */
        return df_der_done(&d);
    default:
        return true;
    }
}

/* One GeneralSubtree: minimum 0 (so unwritten) and no maximum. */
static bool
read_subtree(struct df_der *d, struct df_tlv *base)
{
    struct df_der s = df_der_enter(d, DF_SEQUENCE);

    if (!df_der_any(&s, base) || !df_der_done(&s))
        d->bad = true;
    return !d->bad;
}

static bool
subtrees_valid(struct mh_span trees)
{
    struct df_der d = df_der_from(trees);
    struct df_tlv base;

    if (!df_der_more(&d))
        return false;
    while (df_der_more(&d))
        if (!read_subtree(&d, &base) || !base_valid(&base))
            return false;
    return df_der_done(&d);
}

bool
sg_constraints_syntax(struct mh_span nc)
{
    struct df_der d = df_der_from(nc);
    struct mh_span body;
    bool any = false;

    if (df_der_opt(&d, DF_CONTEXT_CONS(0), &body)) {
        any = true;
        if (!subtrees_valid(body))
            return false;
    }
    if (df_der_opt(&d, DF_CONTEXT_CONS(1), &body)) {
        any = true;
        if (!subtrees_valid(body))
            return false;
    }
    return any && df_der_done(&d);
}

/* Whether the name is written as its kind is; other kinds are not read. */
static bool
name_valid(const struct df_tlv *name)
{
    struct mh_span host;

    switch (name->tag) {
    case GN_DNS:
        return dns_name(name->body);
    case GN_MAIL:
        return mailbox(name->body, &host);
    case GN_IP:
        return name->body.len == 4 || name->body.len == 16;
    default:
        return true;
    }
}

bool
sg_san_syntax(struct mh_span san)
{
    struct df_der d = df_der_from(san);
    struct df_tlv t;

    if (!df_der_more(&d))
        return false;
    while (df_der_more(&d)) {
        if (!df_der_any(&d, &t))
            return false;
        if (!name_valid(&t))
            return false;
    }
    return df_der_done(&d);
}

bool
sg_constraints_add(struct sg_constraints *nc, const struct sg_cert *ca)
{
    struct df_der d = df_der_from(ca->name_constraints);
    size_t n = nc->count;

    if (ca->name_constraints.ptr == NULL)
        return true;
    if (n == sizeof(nc->level) / sizeof(nc->level[0]))
        return false;
    nc->level[n].permitted = (struct mh_span){0};
    nc->level[n].excluded = (struct mh_span){0};
    (void)df_der_opt(&d, DF_CONTEXT_CONS(0), &nc->level[n].permitted);
    (void)df_der_opt(&d, DF_CONTEXT_CONS(1), &nc->level[n].excluded);
    nc->count++;
    return df_der_done(&d);
}

/* "example.com" holds itself and everything below; empty holds all. */
static bool
dns_within(struct mh_span name, struct mh_span base, bool excluding)
{
    if (mh_span_starts(name, "*.")) {
        struct mh_span rest = drop(name, 2);

        /* A wildcard may stand for a name that the base excludes. */
        if (excluding && base.len > rest.len && ends_nocase(base, rest) &&
            base.ptr[base.len - rest.len - 1] == '.')
            return true;
        name = rest;
    }
    if (base.len == 0 || eq_nocase(name, base))
        return true;
    return name.len > base.len && ends_nocase(name, base) &&
           name.ptr[name.len - base.len - 1] == '.';
}

static bool
host_within(struct mh_span host, struct mh_span base)
{
    if (base.len > 0 && base.ptr[0] == '.')
        return host.len > base.len && ends_nocase(host, base);
    return eq_nocase(host, base);
}

static bool
mail_within(struct mh_span mail, struct mh_span base)
{
    struct mh_span host, base_host, user, base_user;

    if (!mailbox(mail, &host))
        return false;
    if (!mailbox(base, &base_host))
        return host_within(host, base);
    user = (struct mh_span){mail.ptr, mail.len - host.len};
    base_user = (struct mh_span){base.ptr, base.len - base_host.len};
    return mh_span_eq(user, base_user) && eq_nocase(host, base_host);
}

static bool
ip_within(struct mh_span ip, struct mh_span base)
{
    if (base.len != 2 * ip.len)
        return false;
    for (size_t i = 0; i < ip.len; i++) {
        uint8_t mask = base.ptr[ip.len + i];

        if ((ip.ptr[i] & mask) != (base.ptr[i] & mask))
            return false;
    }
    return true;
}

struct match {
    const struct df_tlv *name;
    struct mh_arena *arena;
    bool excluding;
    bool malformed; /* set where a name cannot be understood */
};

static bool
directory_within(struct match *m, struct mh_span base)
{
    struct sg_name a, b;

    if (sg_name_parse(m->name->body, m->arena, NULL, &a) != MH_OK ||
        sg_name_parse(base, m->arena, NULL, &b) != MH_OK) {
        m->malformed = true;
        return m->excluding;
    }
    return sg_name_within(&a, &b);
}

static bool
within(struct match *m, const struct df_tlv *base)
{
    struct mh_span host;

    /* 4.2.1.10: what cannot be processed is rejected. */
    if (!base_valid(base) || !name_valid(m->name)) {
        m->malformed = true;
        return m->excluding;
    }
    switch (base->tag) {
    case GN_DNS:
        return dns_within(m->name->body, base->body, m->excluding);
    case GN_MAIL:
        return mail_within(m->name->body, base->body);
    case GN_DIRECTORY:
        return directory_within(m, base->body);
    case GN_URI:
        /* 4.2.1.10: a URI without a host name is rejected. */
        if (!uri_host(m->name->body, &host) || ip_text(host)) {
            m->malformed = true;
            return m->excluding;
        }
        return host_within(host, base->body);
    case GN_IP:
        return ip_within(m->name->body, base->body);
    default:
        m->malformed = true; /* a kind that we cannot compare */
        return m->excluding;
    }
}

/* How many subtrees are of the name's kind, and whether one holds it. */
static bool
search(struct match *m, struct mh_span trees, size_t *same_kind)
{
    struct df_der d = df_der_from(trees);
    struct df_tlv base;

    *same_kind = 0;
    while (df_der_more(&d) && read_subtree(&d, &base)) {
        if (base.tag != m->name->tag)
            continue;
        ++*same_kind;
        if (within(m, &base))
            return true;
    }
    if (d.bad)
        m->malformed = true;
    return false;
}

static enum sg_nc_result
check_name(const struct sg_constraints *nc, const struct df_tlv *name,
    struct mh_arena *arena)
{
    struct match m = {.name = name, .arena = arena};

    for (size_t i = 0; i < nc->count; i++) {
        size_t n;
        bool inside;

        m.excluding = true;
        if (search(&m, nc->level[i].excluded, &n))
            return m.malformed ? SG_NC_UNSUPPORTED : SG_NC_VIOLATED;
        m.excluding = false;
        inside = search(&m, nc->level[i].permitted, &n);
        if (m.malformed)
            return SG_NC_UNSUPPORTED;
        if (n > 0 && !inside)
            return SG_NC_VIOLATED;
    }
    return SG_NC_OK;
}

enum sg_nc_result
sg_constraints_check(const struct sg_constraints *nc,
    const struct sg_cert *cert, struct mh_arena *arena)
{
    struct df_der d = df_der_from(cert->san);
    enum sg_nc_result r = SG_NC_OK;
    struct df_tlv t;

    if (nc->count == 0)
        return SG_NC_OK;
    if (cert->subject.count > 0) {
        t = (struct df_tlv){.tag = GN_DIRECTORY,
            .all = cert->subject.raw,
            .body = cert->subject.raw};
        r = check_name(nc, &t, arena);
    }
    for (size_t i = 0; r == SG_NC_OK && i < cert->subject.count; i++) {
        const struct sg_attr *a = &cert->subject.attrs[i];

        if (a->type != SG_ATTR_EMAIL)
            continue;
        t = (struct df_tlv){.tag = GN_MAIL, .body = a->value};
        r = check_name(nc, &t, arena);
    }
    while (r == SG_NC_OK && df_der_more(&d)) {
        if (!df_der_any(&d, &t))
            return SG_NC_UNSUPPORTED;
        r = check_name(nc, &t, arena);
    }
    return r;
}
