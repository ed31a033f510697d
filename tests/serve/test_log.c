#include "tests/t.h"

#include "base/sys/log.h"

#include <string.h>
#include <unistd.h>

static char line[4096];

/* What standard error receives while the event is written. */
static void
capture(void (*write_it)(const char *), const char *arg)
{
    int pipefd[2], old = dup(STDERR_FILENO);
    ssize_t n;

    assert_int_equal(pipe(pipefd), 0);
    assert_true(dup2(pipefd[1], STDERR_FILENO) >= 0);
    write_it(arg);
    assert_true(dup2(old, STDERR_FILENO) >= 0);
    (void)close(pipefd[1]);
    n = read(pipefd[0], line, sizeof(line) - 1);
    (void)close(pipefd[0]);
    (void)close(old);
    assert_true(n > 0);
    line[n] = '\0';
}

static void
one_text(const char *arg)
{
    struct mh_log l = mh_log_event("test");

    mh_log_text(&l, "v", arg);
    mh_log_end(&l);
}

static void
test_texts(void **state)
{
    static const struct {
        const char *name, *in, *out;
    } rows[] = {
        {"a word", "word", "v=word"},
        {"an address", "https://a.example:80/b@c+d-e_f",
            "v=https://a.example:80/b@c+d-e_f"},
        {"nothing", "", "v=\"\""},
        {"words", "two words", "v=\"two words\""},
        {"an equals sign", "a=b", "v=\"a=b\""},
        {"quotes", "a\"b\\c", "v=\"a\\\"b\\\\c\""},
        {"a line's end", "a\nprog=x", "v=\"a\\x0aprog=x\""},
        {"an escape", "\x1b[2J", "v=\"\\x1b[2J\""},
        {"a letter", "m\xc3\xb6h", "v=\"m\\xc3\\xb6h\""},
        {"a delete", "a\x7f", "v=\"a\\x7f\""},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        char *at;

        capture(one_text, rows[i].in);
        T_CHECK(rows[i].name, line[strlen(line) - 1] == '\n');
        T_CHECK(rows[i].name, strchr(line, '\n') == line + strlen(line) - 1);
        line[strlen(line) - 1] = '\0';
        at = strstr(line, " v=");
        T_CHECK(rows[i].name, at != NULL && strcmp(at + 1, rows[i].out) == 0);
    }
}

static void
whole(const char *arg)
{
    struct mh_err err;
    struct mh_log l = mh_log_event("child.end");

    (void)arg;
    (void)mh_fail(&err, MH_ELIMIT, MH_NO_OFFSET, "too \"much\"");
    mh_log_num(&l, "n", INT64_MIN);
    mh_log_err(&l, &err);
    mh_log_end(&l);
}

static void
test_form(void **state)
{
    static const char tail[] =
        "Z prog=portal ev=child.end n=-9223372036854775808 code=limit "
        "why=\"too \\\"much\\\"\"\n";

    (void)state;
    mh_log_prog("portal");
    capture(whole, NULL);
    /* t=YYYY-MM-DDThh:mm:ss.mmmZ */
    assert_int_equal(strncmp(line, "t=2", 3), 0);
    assert_int_equal(line[12], 'T');
    assert_int_equal(line[21], '.');
    assert_string_equal(line + 25, tail);
}

static void
formatted(const char *arg)
{
    if (arg == NULL)
        mh_log("bare", NULL);
    else
        mh_log("words", "n=%d word=%s", 7, arg);
}

static void
test_formatted(void **state)
{
    (void)state;
    mh_log_prog("x");
    capture(formatted, NULL);
    assert_string_equal(line + 25, "Z prog=x ev=bare\n");
    capture(formatted, "a\nb");
    assert_string_equal(line + 25, "Z prog=x ev=words n=7 word=a?b\n");
}

static char filler[2 * MH_LOG_MAX];

static void
test_length(void **state)
{
    (void)state;
    mh_log_prog("x");
    for (size_t n = 0; n < sizeof(filler); n++) {
        memset(filler, n % 2 == 0 ? 'a' : ' ', n);
        filler[n] = '\0';
        capture(one_text, filler);
        assert_true(strlen(line) <= MH_LOG_MAX);
        assert_int_equal(strlen(line), strcspn(line, "\n") + 1);
        if (n < 900) {
            assert_null(strstr(line, " cut=1\n"));
        } else if (n > MH_LOG_MAX) {
            assert_non_null(strstr(line, " cut=1\n"));
        }
        /* Quotes stand in pairs. */
        assert_true((strchr(line, '"') == NULL) ||
                    strchr(line, '"') != strrchr(line, '"'));
        if (n == 100)
            n = 880;
        if (n == MH_LOG_MAX + 10)
            n = sizeof(filler) - 3;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_formatted),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
