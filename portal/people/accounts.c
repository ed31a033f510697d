#include "portal/people/accounts.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/text.h"
#include "base/wire/settings.h"
#include "portal/http/clock.h"
#include "portal/people/password.h"
#include "portal/store/acts.h"

enum {
    USAGE = 64,
    INTERNAL = 70,
    LINE = PT_PASSWORD_MAX + 3, /* a byte too many, the end of line, NUL */
};

static int
refuse(const char *text, int rc)
{
    (void)fprintf(
        stderr, "mohur-portal: account: %s\n", text); /* nobody else to tell */
    return rc;
}

/* A line without its end; false: none, or one that is cut. */
static bool
read_password(char out[static LINE])
{
    size_t n;

    if (fgets(out, LINE, stdin) == NULL)
        return false;
    n = strcspn(out, "\n");
    if (out[n] == '\0' && n + 1 == LINE)
        return false;
    out[n] = '\0';
    return true;
}

static bool
take(char *out, size_t size, const char *value)
{
    size_t n = strlen(value);

    if (n == 0 || n >= size || !mh_text_is_clean(mh_span_str(value), size))
        return false;
    memcpy(out, value, n + 1);
    return true;
}

/* Seven capital letters and digits, as on the identity card (domain.md). */
bool
pt_fin_good(const char *s)
{
    return strlen(s) == PT_FIN &&
           strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == PT_FIN;
}

/* +994 and nine digits, or another country's: + and 8 to 15 digits. */
bool
pt_phone_good(const char *s)
{
    size_t n = strlen(s);

    return s[0] == '+' && n >= 9 && n <= 16 &&
           strspn(s + 1, "0123456789") == n - 1 &&
           (strncmp(s, "+994", 4) != 0 || n == 13);
}

bool
pt_username_good(const char *s)
{
    return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(s) &&
           s[0] != '\0' && strlen(s) <= PT_USERNAME_MAX;
}

struct text_option {
    int c;
    size_t size;
    char *out;
    bool (*good)(const char *value); /* NULL: any clean text */
    const char *rule;
};

static const char usage[] = "add --state DIR --user NAME --role ROLE";

/* One option of text; NULL: it is taken; else the rule. */
static const char *
take_text(const struct text_option *rows, size_t count, int c)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].c == c)
            return (rows[i].good == NULL || rows[i].good(optarg)) &&
                           take(rows[i].out, rows[i].size, optarg)
                       ? NULL
                       : rows[i].rule;
    return usage;
}

/* NULL: all of them are good; else what is not. */
static const char *
read_options(int argc, char **argv, struct pt_account *a, const char **state)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'},
        {"user", required_argument, NULL, 'u'},
        {"role", required_argument, NULL, 'r'},
        {"surname", required_argument, NULL, 'f'},
        {"name", required_argument, NULL, 'n'},
        {"patronymic", required_argument, NULL, 'p'},
        {"fin", required_argument, NULL, 'i'}, {NULL, 0, NULL, 0}};
    const struct text_option rows[] = {
        {'u', sizeof(a->username), a->username, pt_username_good,
            "--user: 1 to 64 of a-z 0-9 . _ -"},
        {'f', sizeof(a->surname), a->surname, NULL,
            "--surname: clean text of at most 200 bytes"},
        {'n', sizeof(a->name), a->name, NULL,
            "--name: clean text of at most 200 bytes"},
        {'p', sizeof(a->patronymic), a->patronymic, NULL,
            "--patronymic: clean text of at most 200 bytes"},
        {'i', sizeof(a->fin), a->fin, pt_fin_good,
            "--fin: seven capital letters and digits"}};
    const char *bad = NULL;
    int c;

    while (
        bad == NULL && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c == 's')
            *state = optarg;
        else if (c == 'r')
            bad = pt_role_of(optarg, &a->role)
                      ? NULL
                      : "--role: citizen, lawyer, participant, judge, clerk, "
                        "president, auditor or operator";
        else
            bad = take_text(rows, sizeof(rows) / sizeof(rows[0]), c);
    if (bad == NULL && (optind != argc || *state == NULL ||
                           a->username[0] == '\0' || a->role == 0))
        bad = usage;
    return bad;
}

static int
add(const char *state, struct pt_account *a)
{
    struct pt_store *store = NULL;
    struct mh_err err = {.msg = ""};
    int64_t id;
    enum mh_code code;

    code = pt_store_open_in(state, NULL, pt_time(), &err, &store);
    if (code == MH_OK)
        code = pt_store_start(store, &err);
    if (code == MH_OK)
        code = pt_store_account_add(store, a, &err, &id);
    pt_store_close(store);
    return code == MH_OK
               ? 0
               : refuse(err.msg, code == MH_EFORMAT ? USAGE : INTERNAL);
}

/* The account of that name in an open store. */
static enum mh_code
find_one(const char *state, const char *user, struct mh_err *err,
    struct pt_store **store, struct pt_account *out)
{
    enum pt_found is = PT_ABSENT;
    enum mh_code code = mh_digest_init(err);

    if (code == MH_OK)
        code = pt_store_open_in(state, NULL, pt_time(), err, store);
    if (code == MH_OK)
        code = pt_store_start(*store, err);
    if (code == MH_OK)
        code = pt_store_account_find(*store, user, err, out, &is);
    if (code == MH_OK && is == PT_ABSENT)
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "--user: nobody's name");
    return code;
}

/* mohur-portal account confirm --state DIR --user NAME */
static int
confirm(int argc, char **argv)
{
    struct pt_account a = {.username = ""}, found;
    const char *state = NULL, *bad;
    struct pt_store *store = NULL;
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    a.role = PT_ROLE_CITIZEN; /* not asked for */
    bad = read_options(argc, argv, &a, &state);
    if (bad != NULL)
        return refuse("confirm --state DIR --user NAME", USAGE);
    code = find_one(state, a.username, &err, &store, &found);
    if (code == MH_OK)
        code = pt_store_account_confirm(store, found.id, &err);
    pt_store_close(store);
    return code == MH_OK
               ? 0
               : refuse(err.msg, code == MH_EFORMAT ? USAGE : INTERNAL);
}

/* mohur-portal account key --state DIR --user NAME --key NAME: which key of
   mohur.conf is the judge's; "" : none. */
static int
judge_key(int argc, char **argv)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'},
        {"user", required_argument, NULL, 'u'},
        {"key", required_argument, NULL, 'k'}, {NULL, 0, NULL, 0}};
    const char *state = NULL, *user = NULL, *key = NULL;
    struct pt_store *store = NULL;
    struct mh_err err = {.msg = ""};
    struct pt_account found;
    enum mh_code code;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c == 's')
            state = optarg;
        else if (c == 'u')
            user = optarg;
        else if (c == 'k')
            key = optarg;
        else
            return refuse(usage, USAGE);
    if (optind != argc || state == NULL || user == NULL || key == NULL ||
        (key[0] != '\0' && !mh_name_good(key)))
        return refuse("key --state DIR --user NAME --key NAME", USAGE);
    code = find_one(state, user, &err, &store, &found);
    if (code == MH_OK && found.role != PT_ROLE_JUDGE)
        code = mh_fail(
            &err, MH_EFORMAT, MH_NO_OFFSET, "--user: not a judge's account");
    if (code == MH_OK)
        code = pt_store_judge_key_set(store, found.id, key, &err);
    pt_store_close(store);
    return code == MH_OK
               ? 0
               : refuse(err.msg, code == MH_EFORMAT ? USAGE : INTERNAL);
}

int
pt_account_main(int argc, char **argv)
{
    struct pt_account a = {.state = PT_ACCOUNT_ACTIVE, .created = pt_time()};
    const char *state = NULL, *bad;
    char password[LINE];
    struct mh_err err = {.msg = ""};
    enum mh_code code;

    if (argc > 1 && strcmp(argv[1], "confirm") == 0)
        return confirm(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "key") == 0)
        return judge_key(argc - 1, argv + 1);
    if (argc < 2 || strcmp(argv[1], "add") != 0)
        return refuse(usage, USAGE);
    bad = read_options(argc - 1, argv + 1, &a, &state);
    if (bad == NULL && !read_password(password))
        bad = "the password is one line of at most 256 bytes";
    if (bad == NULL)
        bad = pt_password_refused(password, a.username);
    if (bad != NULL) {
        explicit_bzero(password, sizeof(password));
        return refuse(bad, USAGE);
    }
    code = mh_digest_init(&err);
    if (code == MH_OK)
        code = pt_password_hash(password, &err, a.hash);
    explicit_bzero(password, sizeof(password));
    return code == MH_OK ? add(state, &a) : refuse(err.msg, INTERNAL);
}
