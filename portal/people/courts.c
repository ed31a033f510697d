#include "portal/people/courts.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest/digest.h"
#include "portal/http/clock.h"
#include "portal/store/acts.h"

enum {
    USAGE = 64,
    INTERNAL = 70,
};

static int
refuse(const char *text, int rc)
{
    (void)fprintf(
        stderr, "mohur-portal: court: %s\n", text); /* nobody else to tell */
    return rc;
}

/* 1 to PT_ACT_DAYS_MAX; 0: it is none of them. */
static unsigned
days_of(const char *s)
{
    unsigned long n;

    if (strlen(s) > 2 || strspn(s, "0123456789") != strlen(s))
        return 0;
    n = strtoul(s, NULL, 10);
    return n <= PT_ACT_DAYS_MAX ? (unsigned)n : 0;
}

static enum mh_code
set_days(
    const char *state, const char *court, unsigned days, struct mh_err *err)
{
    struct pt_store *store = NULL;
    enum pt_found found = PT_ABSENT;
    enum mh_code code = mh_digest_init(err);

    if (code == MH_OK)
        code = pt_store_open_in(state, NULL, pt_time(), err, &store);
    if (code == MH_OK)
        code = pt_store_start(store, err);
    if (code == MH_OK)
        code = pt_store_court_act_days(store, court, days, err, &found);
    if (code == MH_OK && found == PT_ABSENT)
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "--court: no court of this code");
    pt_store_close(store);
    return code;
}

int
pt_court_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'},
        {"court", required_argument, NULL, 'c'},
        {"act-days", required_argument, NULL, 'd'}, {NULL, 0, NULL, 0}};
    const char *state = NULL, *court = NULL;
    struct mh_err err = {.msg = ""};
    unsigned days = 0;
    enum mh_code code;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c == 's')
            state = optarg;
        else if (c == 'c')
            court = optarg;
        else if (c == 'd')
            days = days_of(optarg);
        else
            days = 0;
    if (optind != argc || state == NULL || court == NULL || days == 0)
        return refuse("--state DIR --court CODE --act-days 1..60", USAGE);
    code = set_days(state, court, days, &err);
    return code == MH_OK
               ? 0
               : refuse(err.msg, code == MH_EFORMAT ? USAGE : INTERNAL);
}
