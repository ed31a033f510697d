#include "tests/t.h"

#include "signer/cmd/config_load.h"

#include <stdio.h>
#include <string.h>

#include "signer/cmd/config_table.h"

/* The lines of what is wrong with a text. */
static const char *
wrong(const char *text)
{
    static char out[65536];
    struct sg_problems problems;
    cfg_t *cfg = NULL;

    sg_problems_init(&problems);
    assert_int_equal(
        sg_config_parse("f", mh_span_str(text), &problems, NULL, &cfg), MH_OK);
    (void)snprintf(out, sizeof(out), "%.*s", (int)problems.text.len,
        problems.text.len == 0 ? "" : (const char *)problems.text.ptr);
    assert_int_equal(problems.count == 0, out[0] == '\0');
    assert_true(cfg != NULL || problems.count > 0);
    (void)cfg_free(cfg);
    sg_problems_fini(&problems);
    return out;
}

static const struct {
    const char *name, *text, *lines;
} line_rows[] = {
    {"nothing", "", ""},
    {"a comment", "# c\n", ""},
    {"a number at its limits", "threads = 1\n", ""},
    {"the other", "threads = 64\n", ""},
    {"one past it", "threads = 65\n", "f:1: threads: \"65\" is too large\n"},
    {"one below", "\nthreads = 0\n", "f:2: threads: \"0\" is too small\n"},
    {"no number", "threads = two\n", "f:1: threads: \"two\" is not a number\n"},
    {"a negative one", "threads = -1\n",
        "f:1: threads: \"-1\" is not a number\n"},
    {"a size at its limit", "upload-max = 4G\n", ""},
    {"one past it", "upload-max = 4294967297\n",
        "f:1: upload-max: \"4294967297\" is too large\n"},
    {"one that overflows", "upload-max = 99999999999999999999\n",
        "f:1: upload-max: \"99999999999999999999\" is not a size: digits "
        "and K, M, G or T\n"},
    {"one whose factor overflows", "upload-max = 99999999999T\n",
        "f:1: upload-max: \"99999999999T\" is not a size: digits and K, M, "
        "G or T\n"},
    {"a time", "ticket-lifetime = 1h\n", ""},
    {"a time of a size", "ticket-lifetime = 1K\n",
        "f:1: ticket-lifetime: \"1K\" is not a time: digits and s, m, h or "
        "d\n"},
    {"lines behind comments",
        "# a\n// b\n/* c\n d */\ntsa = \"http://x/#\" # e\n\nthreads = 0\n",
        "f:5: tsa: \"http://x/#\" is not an address http://... or "
        "https://... without user\nf:7: threads: \"0\" is too small\n"},
    {"unknown keys, all of them", "a = 1\nthreads = 65\nb = 2\n",
        "f:1: a: no such key\nf:2: threads: \"65\" is too large\nf:3: b: "
        "no "
        "such key\n"},
    {"in a section", "key k {\n uri = \"pkcs11:id=%01\"\n odd = 1\n}\n",
        "f:3: odd: no such key\n"},
    {"a key of another section", "uri = \"pkcs11:\"\n",
        "f:1: uri: no such key\n"},
    {"twice", "threads = 2\nthreads = 2\n",
        "f:2: threads: \"2\" is set a second time\n"},
    {"twice in two sections is once each",
        "key a { per-minute = 1 }\nkey b { per-minute = 1 }\n", ""},
    {"a section twice", "key a {}\nkey a {}\n",
        "f:2: found duplicate title 'a'\n"},
    {"no folder", "state = \"/nowhere/at/all\"\n",
        "f:1: state: \"/nowhere/at/all\" No such file or directory\n"},
    {"a file for a folder", "state = \"/etc/passwd\"\n",
        "f:1: state: \"/etc/passwd\" is not a folder\n"},
    {"a folder for a file", "ca-file = \"/etc\"\n",
        "f:1: ca-file: \"/etc\" is not a file\n"},
    {"a path that is not absolute", "state = \"etc\"\n",
        "f:1: state: \"etc\" is not an absolute path\n"},
    {"a list, each of it", "anonymous = {verify, fly, sign, run}\n",
        "f:1: anonymous: \"fly\" is not verify, sign, seal, extend, file, "
        "queue or audit\nf:1: anonymous: \"run\" is not verify, sign, "
        "seal, "
        "extend, file, queue or audit\n"},
    {"the environment", "\nproxy = \"${http_proxy}\"\n",
        "f:2: ${...} is not taken from the environment\nf:2: proxy: \"\" "
        "is "
        "not an address http://... or https://... without user\n"},
    {"a user in an address", "tsa = \"http://a:b@c/\"\n",
        "f:1: tsa: \"http://a:b@c/\" is not an address http://... or "
        "https://... without user\n"},
    {"a path in an origin", "origin = \"https://a.example/\"\n",
        "f:1: origin: \"https://a.example/\" is not scheme, host and port "
        "alone, in lower case\n"},
    {"the same of cards", "card-origin = \"https://card.example/x\"\n",
        "f:1: card-origin: \"https://card.example/x\" is not scheme, host and "
        "port alone, in lower case\n"},
    {"a user that is none", "user = nobody-of-that-name\n",
        "f:1: user: \"nobody-of-that-name\" is no user of this machine\n"},
    {"true", "public-only = true\n", ""},
    {"neither", "public-only = maybe\n",
        "f:1: public-only: \"maybe\" is not true or false\n"},
};

static void
test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(line_rows); i++) {
        const char *got = wrong(line_rows[i].text);

        if (strcmp(got, line_rows[i].lines) != 0)
            fail_msg("%s: %s", line_rows[i].name, got);
    }
    /* What cannot be parsed names its line and nothing after it. */
    assert_string_equal(wrong("threads = 65\nkey a {\n per-minute = 1\n"),
        "f:1: threads: \"65\" is too large\nf:4: a section has no end\n");
    assert_non_null(strstr(wrong("end-of-file = 2\n"), "f:"));
    assert_non_null(strstr(wrong("threads = 65\nstate = \"\n"), "threads"));
}

static void
test_many(void **state)
{
    static char text[1 << 16];
    size_t at = 0;
    int lines = 0;

    (void)state;
    for (int i = 0; i < 40; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "odd%d = 1\n", i);
    for (const char *p = wrong(text); *p != '\0'; p++)
        lines += *p == '\n';
    /* Every one of 31, then that it is enough. */
    assert_in_range(lines, 31, 33);
    assert_non_null(strstr(wrong(text), "too many keys"));
}

static void
test_listen(void **state)
{
    static const struct {
        const char *value;
        bool ok, local, six, off;
        uint16_t port;
    } rows[] = {
        {"off", true, false, false, true, 0},
        {"unix:/run/x", true, true, false, false, 0},
        {"unix:run/x", false, false, false, false, 0},
        {"127.0.0.1:80", true, false, false, false, 80},
        {"127.255.0.9:65535", true, false, false, false, 65535},
        {"127.0.0.1:65536", false, false, false, false, 0},
        {"127.0.0.1:080", false, false, false, false, 0},
        {"127.0.0.1:", false, false, false, false, 0},
        {"127.0.0.1:80 ", false, false, false, false, 0},
        {"127.0.0.256:80", false, false, false, false, 0},
        {"127.0.0:80", false, false, false, false, 0},
        {"128.0.0.1:80", false, false, false, false, 0},
        {"0.0.0.0:80", false, false, false, false, 0},
        {"[::1]:8080", true, false, true, false, 8080},
        {"[::]:8080", false, false, false, false, 0},
        {"localhost:80", false, false, false, false, 0},
        {"", false, false, false, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct sg_listen l;
        bool ok = sg_config_listen(rows[i].value, &l);

        T_CHECK(rows[i].value, ok == rows[i].ok);
        if (!ok)
            continue;
        T_CHECK(rows[i].value, l.local == rows[i].local);
        T_CHECK(rows[i].value, l.six == rows[i].six);
        T_CHECK(rows[i].value, l.off == rows[i].off);
        T_CHECK(rows[i].value, l.port == rows[i].port);
    }
}

static void
test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sg_config_rows_len; i++) {
        const struct sg_config_row *row = &sg_config_rows[i];
        bool places = row->type == SG_CONFIG_FOLDER ||
                      row->type == SG_CONFIG_FILE ||
                      row->type == SG_CONFIG_USER;

        T_CHECK(row->name, sg_config_row(row->section, row->name) == row);
        T_CHECK(row->name, row->what[0] != '\0' && row->who[0] != '\0');
        T_CHECK(row->name, row->min <= row->max);
        /* A default is a value, where that is not a matter of the machine. */
        if (row->def[0] != '\0' && !places)
            T_CHECK(row->name, sg_config_wrong(row, row->def) == NULL);
        if (row->list)
            T_CHECK(row->name, row->def[0] == '\0');
    }
    assert_null(sg_config_row("", "nonsense"));
}

/* Every key stands in mohur.conf(5), with its default, and no other does. */
static void
test_man(void **state)
{
    static char page[1 << 18];
    FILE *f = fopen(T_BINARY_DIR "/man/mohur.conf.5", "r");
    size_t items = 0;

    (void)state;
    assert_non_null(f);
    page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
    (void)fclose(f);
    for (size_t i = 0; i < sg_config_rows_len; i++) {
        char item[128];

        (void)snprintf(
            item, sizeof(item), "\n.It Ic %s Pq ", sg_config_rows[i].name);
        T_CHECK(sg_config_rows[i].name, strstr(page, item) != NULL);
        (void)snprintf(item, sizeof(item), "Default: \\(dq%s\\(dq.",
            sg_config_rows[i].def);
        if (sg_config_rows[i].def[0] != '\0')
            T_CHECK(sg_config_rows[i].name, strstr(page, item) != NULL);
    }
    for (const char *p = page; (p = strstr(p, "\n.It Ic ")) != NULL; p++)
        items++;
    assert_int_equal(items, sg_config_rows_len);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_man),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
