/* The request gate: every row of its table, at the limit and past it. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>

#include "portal/http/gate.h"

static const char *const hosts[] = {"localhost", "mehkeme.example"};

/* Header lines "Name: value", one a line. */
struct row {
    const char *name, *method, *target, *version, *headers;
    unsigned status;
    const char *rule; /* part of it */
};

static const struct row rows[] = {
    {"plain", "GET", "/a/b-c_d.e~f", "HTTP/1.1", "Host: localhost\n", 0, ""},
    {"1.0", "HEAD", "/", "HTTP/1.0", "Host: localhost:8080\n", 0, ""},
    {"post", "POST", "/x?a=1&b=%C9%99", "HTTP/1.1",
        "host: MEHKEME.example\nContent-Length: 3\n", 0, ""},
    {"chunked", "POST", "/x", "HTTP/1.1",
        "Host: localhost\nTransfer-Encoding: Chunked\n", 0, ""},
    {"expect", "POST", "/x", "HTTP/1.1",
        "Host: localhost\nExpect: 100-Continue\nContent-Length: 1\n", 0, ""},
    {"method", "FOO", "/", "HTTP/1.1", "Host: localhost\n", 400, "method"},
    {"method case", "get", "/", "HTTP/1.1", "Host: localhost\n", 400, "method"},
    {"connect", "CONNECT", "/", "HTTP/1.1", "Host: localhost\n", 400, "method"},
    {"version", "GET", "/", "HTTP/9.9", "Host: localhost\n", 400, "version"},
    {"absolute form", "GET", "http://evil/x", "HTTP/1.1", "Host: localhost\n",
        400, "origin form"},
    {"asterisk", "GET", "*", "HTTP/1.1", "Host: localhost\n", 400,
        "origin form"},
    {"empty target", "GET", "", "HTTP/1.1", "Host: localhost\n", 400,
        "origin form"},
    {"path escape", "GET", "/doc/1%00.pdf", "HTTP/1.1", "Host: localhost\n",
        400, "path"},
    {"path plus", "GET", "/a+b", "HTTP/1.1", "Host: localhost\n", 400, "path"},
    {"dot dot", "GET", "/a/../b", "HTTP/1.1", "Host: localhost\n", 400,
        "no //"},
    {"hidden file", "GET", "/.git", "HTTP/1.1", "Host: localhost\n", 400,
        "no //"},
    {"double slash", "GET", "//a", "HTTP/1.1", "Host: localhost\n", 400,
        "no //"},
    {"backslash", "GET", "/a\\b", "HTTP/1.1", "Host: localhost\n", 400, "path"},
    {"query %00", "GET", "/?x=1%00y", "HTTP/1.1", "Host: localhost\n", 400,
        "%00"},
    {"query escape", "GET", "/?q=%4", "HTTP/1.1", "Host: localhost\n", 400,
        "escape"},
    {"query escape end", "GET", "/?q=%", "HTTP/1.1", "Host: localhost\n", 400,
        "escape"},
    {"query bytes", "GET", "/?q=\xc9\x99", "HTTP/1.1", "Host: localhost\n", 400,
        "ASCII"},
    {"query fragment", "GET", "/?q=1#x", "HTTP/1.1", "Host: localhost\n", 400,
        "ASCII"},
    {"query twice", "GET", "/?x=1&y=2&x=3", "HTTP/1.1", "Host: localhost\n",
        400, "twice"},
    {"query name escaped", "GET", "/?%78=1&x=3", "HTTP/1.1",
        "Host: localhost\n", 400, "plain name"},
    {"query without name", "GET", "/?=1", "HTTP/1.1", "Host: localhost\n", 400,
        "plain name"},
    {"no host", "GET", "/", "HTTP/1.1", "", 400, "host"},
    {"two hosts", "GET", "/", "HTTP/1.1", "Host: localhost\nHost: localhost\n",
        400, "twice"},
    {"other host", "GET", "/", "HTTP/1.1", "Host: evil\n", 400,
        "not one of ours"},
    {"host suffix", "GET", "/", "HTTP/1.1", "Host: localhost.evil\n", 400,
        "not one of ours"},
    {"host port", "GET", "/", "HTTP/1.1", "Host: localhost:x\n", 400,
        "not one of ours"},
    {"host colon", "GET", "/", "HTTP/1.1", "Host: localhost:\n", 400,
        "not one of ours"},
    {"length minus", "POST", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length: -1\n", 400, "digits"},
    {"length plus", "POST", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length: +3\n", 400, "digits"},
    {"length letters", "POST", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length: 3abc\n", 400, "digits"},
    {"length 2^64", "POST", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length: 18446744073709551616\n", 400,
        "digits"},
    {"length empty", "POST", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length: \n", 400, "without a value"},
    {"empty value", "GET", "/", "HTTP/1.1", "Host: localhost\nX: \n", 400,
        "without a value"},
    {"length twice", "POST", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length: 5\nContent-Length: 5\n", 400,
        "one Content-Length"},
    {"length and coding", "POST", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length: 5\nTransfer-Encoding: chunked\n", 400,
        "not with"},
    {"coding other", "POST", "/", "HTTP/1.1",
        "Host: localhost\nTransfer-Encoding: xchunked\n", 400, "chunked only"},
    {"coding two", "POST", "/", "HTTP/1.1",
        "Host: localhost\nTransfer-Encoding: gzip, chunked\n", 400,
        "chunked only"},
    {"coding twice", "POST", "/", "HTTP/1.1",
        "Host: localhost\nTransfer-Encoding: chunked\n"
        "Transfer-Encoding: chunked\n",
        400, "one only"},
    {"coding 1.0", "POST", "/", "HTTP/1.0",
        "Host: localhost\nTransfer-Encoding: chunked\n", 400, "1.0"},
    {"body with get", "GET", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length: 5\n", 400, "only with POST"},
    {"space before colon", "POST", "/", "HTTP/1.1",
        "Host: localhost\nContent-Length : 3\n", 400, "token"},
    {"control in value", "GET", "/", "HTTP/1.1", "Host: localhost\nX: a\x01z\n",
        400, "control"},
    {"CR in value", "GET", "/", "HTTP/1.1", "Host: localhost\nX: a\rz\n", 400,
        "control"},
    {"two cookies", "GET", "/", "HTTP/1.1",
        "Host: localhost\nCookie: a=1\nCookie: b=2\n", 400, "twice"},
    {"two sessions", "GET", "/", "HTTP/1.1",
        "Host: localhost\nCookie: __Host-sid=1; __Host-sid=2\n", 400,
        "one session"},
    {"one session", "GET", "/", "HTTP/1.1",
        "Host: localhost\nCookie: a=1; __Host-sid=1\n", 0, ""},
    {"forwarded", "GET", "/", "HTTP/1.1",
        "Host: localhost\nX-Forwarded-For: 1.2.3.4\n", 400, "forwarding"},
    {"real ip", "GET", "/", "HTTP/1.1", "Host: localhost\nX-Real-IP: 1.2.3.4\n",
        400, "forwarding"},
    {"upgrade", "GET", "/", "HTTP/1.1", "Host: localhost\nUpgrade: h2c\n", 400,
        "upgrade"},
    {"expect other", "POST", "/", "HTTP/1.1",
        "Host: localhost\nExpect: 200-maybe\n", 400, "expect"},
    {"cross site", "POST", "/", "HTTP/1.1",
        "Host: localhost\nSec-Fetch-Site: cross-site\n", 403, "origin"},
    {"foreign origin", "POST", "/", "HTTP/1.1",
        "Host: localhost\nOrigin: https://evil\n", 403, "origin"},
    {"null origin", "POST", "/", "HTTP/1.1", "Host: localhost\nOrigin: null\n",
        403, "origin"},
    {"own origin", "POST", "/", "HTTP/1.1",
        "Host: localhost\nOrigin: https://localhost\n"
        "Sec-Fetch-Site: same-origin\n",
        0, ""},
    {"get from elsewhere", "GET", "/", "HTTP/1.1",
        "Host: localhost\nSec-Fetch-Site: cross-site\n", 0, ""},
};

static size_t
split(const char *headers, struct pt_field *field, size_t max)
{
    size_t n = 0;

    while (*headers != '\0' && n < max) {
        const char *end = strchr(headers, '\n');
        const char *colon = memchr(headers, ':', (size_t)(end - headers));

        field[n].name = (struct mh_span){
            (const uint8_t *)headers, (size_t)(colon - headers)};
        field[n++].value = (struct mh_span){
            (const uint8_t *)colon + 2, (size_t)(end - colon - 2)};
        headers = end + 1;
    }
    return n;
}

static void
judge(const struct row *r, bool front, struct pt_gate *out)
{
    const struct pt_gate_settings settings = {hosts, 2, front, ""};
    struct pt_field field[100];
    struct pt_gate_input in = {.method = mh_span_str(r->method),
        .version = mh_span_str(r->version),
        .target = mh_span_str(r->target),
        .field = field};

    in.fields = split(r->headers, field, T_COUNT(field));
    pt_gate_judge(&settings, &in, out);
}

static void
table(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct pt_gate g;

        judge(&rows[i], false, &g);
        T_CHECK(rows[i].name, g.status == rows[i].status);
        T_CHECK(rows[i].name, strstr(g.rule, rows[i].rule) != NULL);
    }
}

/* A front's word about the client is taken from the front only. */
static void
front(void **state)
{
    const struct row r = {"front", "POST", "/p?a=b", "HTTP/1.1",
        "Host: localhost\nX-Forwarded-For: 1.2.3.4\nX-Real-IP: 1.2.3.4\n"
        "Content-Length: 17\nPrefer: respond-async\nAccept: text/html\n",
        0, ""};
    struct pt_gate g;

    (void)state;
    judge(&r, true, &g);
    assert_int_equal(g.status, 0);
    assert_true(mh_span_is(g.client, "1.2.3.4"));
    assert_true(mh_span_is(g.path, "/p") && mh_span_is(g.query, "a=b"));
    assert_true(g.has_length && g.length == 17 && !g.chunked);
    assert_true(mh_span_is(g.prefer, "respond-async"));
    assert_true(mh_span_is(g.accept, "text/html"));
    assert_int_equal(g.method, PT_POST);
}

/* A client's certificate: from the front, on the host of cards, once. */
static void
cards(void **state)
{
    static const struct {
        const char *name, *headers;
        bool front, card, taken;
        unsigned status;
        const char *rule;
    } table_of[] = {
        {"on its host", "Host: card.example\nX-Client-Cert: abc\n", true, true,
            true, 0, ""},
        {"in capitals", "Host: CARD.example:443\nx-client-CERT: abc\n", true,
            true, true, 0, ""},
        {"none", "Host: card.example\n", true, true, false, 0, ""},
        {"another host", "Host: localhost\nX-Client-Cert: abc\n", true, false,
            true, 400, "another host"},
        {"no front", "Host: card.example\nX-Client-Cert: abc\n", false, true,
            true, 400, "without a front"},
        {"twice", "Host: card.example\nX-Client-Cert: a\nX-Client-Cert: b\n",
            true, true, true, 400, "twice"},
        {"underscores", "Host: card.example\nX_Client_Cert: abc\n", true, true,
            false, 0, ""},
    };
    static const char *const names[] = {"localhost", "card.example"};

    (void)state;
    for (size_t i = 0; i < T_COUNT(table_of); i++) {
        const struct pt_gate_settings settings = {
            names, 2, table_of[i].front, "https://card.example:8443"};
        struct pt_field field[4];
        struct pt_gate_input in = {.method = MH_SPAN_LIT("GET"),
            .version = MH_SPAN_LIT("HTTP/1.1"),
            .target = MH_SPAN_LIT("/card/a"),
            .field = field};
        struct pt_gate g;

        in.fields = split(table_of[i].headers, field, T_COUNT(field));
        pt_gate_judge(&settings, &in, &g);
        T_CHECK(table_of[i].name, g.status == table_of[i].status);
        T_CHECK(table_of[i].name, strstr(g.rule, table_of[i].rule) != NULL);
        T_CHECK(table_of[i].name, g.card == table_of[i].card);
        T_CHECK(
            table_of[i].name, (g.certificate.ptr != NULL) == table_of[i].taken);
    }
}

/* Lengths and counts at the limit and one past it. */
static void
limits(void **state)
{
    static char target[PT_TARGET_MAX + 2], value[PT_FIELD_BYTES_MAX];
    static char query[PT_TARGET_MAX];
    const struct pt_gate_settings settings = {hosts, 2, false, ""};
    struct pt_field field[PT_FIELDS_MAX + 1];
    struct pt_gate_input in = {.method = MH_SPAN_LIT("GET"),
        .version = MH_SPAN_LIT("HTTP/1.1"),
        .target = MH_SPAN_LIT("/"),
        .field = field};
    struct pt_gate g;
    size_t at;

    (void)state;
    for (size_t i = 0; i <= PT_FIELDS_MAX; i++)
        field[i] = (struct pt_field){MH_SPAN_LIT("X"), MH_SPAN_LIT("y")};
    field[0] = (struct pt_field){MH_SPAN_LIT("Host"), MH_SPAN_LIT("localhost")};
    in.fields = PT_FIELDS_MAX;
    pt_gate_judge(&settings, &in, &g);
    assert_int_equal(g.status, 0);
    in.fields++;
    pt_gate_judge(&settings, &in, &g);
    assert_int_equal(g.status, 431);

    memset(value, 'v', sizeof(value));
    in.fields = 2;
    field[1].value.ptr = (const uint8_t *)value;
    field[1].value.len = PT_FIELD_BYTES_MAX - 14; /* Host, localhost, X */
    pt_gate_judge(&settings, &in, &g);
    assert_int_equal(g.status, 0);
    field[1].value.len++;
    pt_gate_judge(&settings, &in, &g);
    assert_int_equal(g.status, 431);

    in.fields = 1;
    memset(target, 'a', sizeof(target));
    target[0] = '/';
    in.target = (struct mh_span){(const uint8_t *)target, PT_TARGET_MAX};
    pt_gate_judge(&settings, &in, &g);
    assert_int_equal(g.status, 0);
    in.target.len++;
    pt_gate_judge(&settings, &in, &g);
    assert_int_equal(g.status, 414);

    at = (size_t)snprintf(query, sizeof(query), "/?");
    for (int i = 0; i < PT_QUERY_FIELDS_MAX; i++)
        at += (size_t)snprintf(query + at, sizeof(query) - at, "f%d&", i);
    in.target = (struct mh_span){(const uint8_t *)query, at - 1};
    pt_gate_judge(&settings, &in, &g);
    assert_int_equal(g.status, 0);
    at += (size_t)snprintf(query + at, sizeof(query) - at, "more");
    in.target.len = at;
    pt_gate_judge(&settings, &in, &g);
    assert_int_equal(g.status, 400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(front),
        cmocka_unit_test(cards),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
