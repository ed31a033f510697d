#include "portal/data/demo.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest/digest.h"
#include "base/time.h"
#include "portal/data/generate.h"
#include "portal/http/clock.h"
#include "portal/store/cases.h"
#include "portal/store/courtinfo.h"
#include "portal/store/events.h"

enum {
    USAGE = 64,
    INTERNAL = 70,
    HOUR = 3600, /* seconds */
    DAY = 24 * HOUR,
    ARENA = 4 << 20, /* bytes */
};

static const struct {
    const char *code, *name, *place;
} courts[] = {
    {"003", "Bakı Şəhəri Xəzər Rayon Məhkəməsi", "baki-xezer"},
    {"006", "Bakı Şəhəri Nəsimi Rayon Məhkəməsi", "baki-nesimi"},
    {"102", "Ali Məhkəmə", ""},
    {"103", "Bakı Apellyasiya Məhkəməsi", "baki"},
    {"112", "Bakı İnzibati Məhkəməsi", "baki"},
    {"113", "Bakı Kommersiya Məhkəməsi", "baki"},
};
enum {
    COURTS = sizeof(courts) / sizeof(courts[0]),
};

/* days: the next hearing, after now; 0: none. */
static const struct row {
    const char *number, *court;
    int year, month, day, days;
    const char *type, *proceeding;
    enum pt_case_status status;
    int lawyer, citizen; /* enum pt_case_role; 0: takes no part */
    const char *claimant, *defendant;
} rows[] = {
    {"e-2-1(112)-6882/2021", "112", 2021, 9, 14, 6, "2-1", "",
        PT_CASE_IN_PROCEEDINGS, PT_CASE_CLAIMANTS_LAWYER, PT_CASE_CLAIMANT,
        "Qəhrəmanova İradə Əşrəf qızı", "Nümunə Dövlət Xidməti"},
    {"2-2(103)-660/2021", "103", 2021, 5, 6, 0, "2-2", "claim",
        PT_CASE_FINAL_ACT, PT_CASE_CLAIMANTS_LAWYER, 0, "“Sınaq Ticarət” MMC",
        "“Misal Logistika” MMC"},
    {"e-2(006)-3432/2021", "006", 2021, 4, 22, 2, "2", "claim",
        PT_CASE_IN_PROCEEDINGS, PT_CASE_DEFENDANTS_LAWYER, PT_CASE_DEFENDANT,
        "Süleymanlı Ülvi Göyüş oğlu", "Qəhrəmanova İradə Əşrəf qızı"},
    {"8(003)-82/2021", "003", 2021, 3, 3, 0, "8", "", PT_CASE_IN_FORCE,
        PT_CASE_CLAIMANTS_LAWYER, 0, "“Sınaq Ticarət” MMC",
        "Bağırlı Çingiz Həsən oğlu"},
    {"e-2-2(113)-522/2021", "113", 2020, 11, 19, 0, "2-2", "claim",
        PT_CASE_APPEALED, PT_CASE_DEFENDANTS_LAWYER, 0, "“Misal Logistika” MMC",
        "“Sınaq Ticarət” MMC"},
    {"e-2-2(113)-227/2021", "113", 2020, 9, 17, 0, "2-2", "claim",
        PT_CASE_FINAL_ACT, PT_CASE_CLAIMANTS_LAWYER, 0, "“Sınaq Ticarət” MMC",
        "“Nümunə İnşaat” ASC"},
    {"2(006)-1204/2021", "006", 2021, 2, 11, 9, "2", "special",
        PT_CASE_SUSPENDED, PT_CASE_CLAIMANTS_LAWYER, PT_CASE_CLAIMANT,
        "Qəhrəmanova İradə Əşrəf qızı", "Bağırlı Çingiz Həsən oğlu"},
    {"e-2-2(113)-1519/2021", "113", 2021, 10, 1, 0, "2-2", "order",
        PT_CASE_REGISTERED, PT_CASE_CLAIMANTS_LAWYER, 0, "“Nümunə İnşaat” ASC",
        "“Misal Logistika” MMC"},
};

struct filling {
    struct pt_store *store;
    const struct pt_demo *demo;
    int64_t now;
    int64_t court[COURTS]; /* numbers in the store */
    struct mh_arena *arena;
};

static enum mh_code
add_courts(struct filling *f, struct mh_err *err)
{
    const struct pt_demo *d = f->demo;
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < COURTS && code == MH_OK; i++) {
        code = pt_store_court_put(
            f->store, courts[i].code, courts[i].name, err, &f->court[i]);
        if (code == MH_OK)
            code = pt_store_court_place(
                f->store, f->court[i], courts[i].place, err);
        if (code == MH_OK && d->clerk != 0)
            code = pt_store_official_put(f->store, d->clerk, f->court[i], err);
        if (code == MH_OK && d->judge != 0)
            code = pt_store_official_put(f->store, d->judge, f->court[i], err);
        if (code == MH_OK && d->president != 0)
            code =
                pt_store_official_put(f->store, d->president, f->court[i], err);
    }
    return code;
}

static enum mh_code
add_people(
    struct filling *f, const struct row *r, const char *id, struct mh_err *err)
{
    struct pt_party claimant = {.side = PT_CASE_CLAIMANT};
    struct pt_party defendant = {.side = PT_CASE_DEFENDANT};
    enum mh_code code;

    (void)snprintf(claimant.name, sizeof(claimant.name), "%s",
        r->claimant); /* always fits */
    (void)snprintf(defendant.name, sizeof(defendant.name), "%s",
        r->defendant); /* always fits */
    code = pt_store_party_put(f->store, id, &claimant, err);
    if (code == MH_OK)
        code = pt_store_party_put(f->store, id, &defendant, err);
    if (code == MH_OK && f->demo->lawyer != 0 && r->lawyer != 0)
        code = pt_store_participant_put(
            f->store, id, f->demo->lawyer, (enum pt_case_role)r->lawyer, err);
    if (code == MH_OK && f->demo->citizen != 0 && r->citizen != 0)
        code = pt_store_participant_put(
            f->store, id, f->demo->citizen, (enum pt_case_role)r->citizen, err);
    return code;
}

static enum mh_code
add_hearing(
    struct filling *f, const struct row *r, const char *id, struct mh_err *err)
{
    struct pt_hearing h = {.starts = f->now - f->now % DAY +
                                     (int64_t)r->days * DAY + (int64_t)6 * HOUR,
        .hall = "3",
        .kind = "preparatory",
        .state = "scheduled"};
    struct pt_hearings there;
    enum mh_code code =
        pt_store_hearing_list(f->store, id, f->arena, err, &there);

    (void)snprintf(h.case_id, sizeof(h.case_id), "%s", id); /* always fits */
    if (code != MH_OK || r->days == 0 || there.count > 0)
        return code;
    return pt_store_hearing_put(f->store, &h, err);
}

static enum mh_code
add_events(struct filling *f, const struct row *r, const struct pt_case *c,
    struct mh_err *err)
{
    static const char *const kinds[] = {"registered", "assigned", "hearing"};
    size_t count = r->days > 0 ? 3 : r->status == PT_CASE_REGISTERED ? 1 : 2;
    struct pt_events there;
    enum mh_code code =
        pt_store_event_list(f->store, c->id, false, f->arena, err, &there);

    if (code != MH_OK || there.count > 0)
        return code;
    for (size_t i = 0; i < count && code == MH_OK; i++) {
        const struct pt_event_new e = {.case_id = c->id,
            .kind = kinds[i],
            .actor = f->demo->clerk,
            .at = c->filed + (int64_t)i * DAY,
            .data = ""};

        code = pt_store_event_add(f->store, &e, err);
    }
    return code;
}

static enum mh_code
add_row(struct filling *f, const struct row *r, struct mh_err *err)
{
    const struct mh_civil day = {r->year, r->month, r->day, 6, 30, 0};
    struct pt_case c = {.status = r->status};
    size_t court = 0;
    enum mh_code code;

    while (court < COURTS - 1 && strcmp(courts[court].code, r->court) != 0)
        court++;
    if (!mh_time_from_civil(&day, &c.filed))
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET, "demo: no such day");
    (void)snprintf(c.number, sizeof(c.number), "%s", r->number);
    (void)snprintf(c.type, sizeof(c.type), "%s", r->type);
    (void)snprintf(c.proceeding, sizeof(c.proceeding), "%s",
        r->proceeding); /* these fit */
    code = pt_store_case_add(f->store, &c, f->court[court],
        r->status == PT_CASE_REGISTERED ? 0 : f->demo->judge, err);
    if (code == MH_OK)
        code = add_people(f, r, c.id, err);
    if (code == MH_OK)
        code = add_hearing(f, r, c.id, err);
    return code == MH_OK ? add_events(f, r, &c, err) : code;
}

enum mh_code
pt_demo_add(struct pt_store *store, const struct pt_demo *demo, int64_t now,
    struct mh_err *err)
{
    struct filling f = {.store = store, .demo = demo, .now = now};
    enum mh_code code;

    f.arena = mh_arena_new(ARENA);
    if (f.arena == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "demo: no memory");
    code = add_courts(&f, err);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && code == MH_OK; i++)
        code = add_row(&f, &rows[i], err);
    mh_arena_free(f.arena);
    return code;
}

/* ---- the command ---- */

static int
refuse(const char *text, int rc)
{
    (void)fprintf(
        stderr, "mohur-portal: demo: %s\n", text); /* nobody else to tell */
    return rc;
}

struct part {
    const char *name;
    enum pt_role role;
    int64_t *account;
    const char *user; /* NULL: not asked for */
};

/* The account of a part, which must have its role. */
static enum mh_code
find(struct pt_store *store, const struct part *p, struct mh_err *err)
{
    struct pt_account a;
    enum pt_found found;
    enum mh_code code = pt_store_account_find(store, p->user, err, &a, &found);

    if (code == MH_OK && (found == PT_ABSENT || a.role != p->role))
        code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "--%s: no such account of that role; make it with account add",
            p->name);
    if (code == MH_OK)
        *p->account = a.id;
    return code;
}

static int
fill(const char *state, const struct part *parts, size_t count,
    const struct pt_demo *demo, const struct pt_generate *what)
{
    struct pt_store *store = NULL;
    struct mh_err err = {.msg = ""};
    enum mh_code code = mh_digest_init(&err);

    if (code == MH_OK)
        code = pt_store_open_in(state, NULL, pt_time(), &err, &store);
    if (code == MH_OK)
        code = pt_store_start(store, &err);
    for (size_t i = 0; i < count && code == MH_OK; i++)
        if (parts[i].user != NULL)
            code = find(store, &parts[i], &err);
    if (code == MH_OK)
        code = what->cases == 0 ? pt_demo_add(store, demo, pt_time(), &err)
                                : pt_generate_add(store, demo, what, &err);
    pt_store_close(store);
    return code == MH_OK
               ? 0
               : refuse(err.msg, code == MH_EFORMAT ? USAGE : INTERNAL);
}

static bool
number(const char *text, uint64_t max, uint64_t *out)
{
    char *end = NULL;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
           *out <= max;
}

int
pt_demo_main(int argc, char **argv)
{
    enum {
        PARTS = 5,
        STATE = PARTS,
        GENERATE,
        SEED,
    };
    static const struct option options[] = {
        {"lawyer", required_argument, NULL, 0},
        {"citizen", required_argument, NULL, 1},
        {"clerk", required_argument, NULL, 2},
        {"president", required_argument, NULL, 3},
        {"judge", required_argument, NULL, 4},
        {"state", required_argument, NULL, STATE},
        {"generate", required_argument, NULL, GENERATE},
        {"seed", required_argument, NULL, SEED}, {NULL, 0, NULL, 0}};
    struct pt_demo demo = {0};
    struct part parts[PARTS] = {
        {"lawyer", PT_ROLE_LAWYER, &demo.lawyer, NULL},
        {"citizen", PT_ROLE_CITIZEN, &demo.citizen, NULL},
        {"clerk", PT_ROLE_CLERK, &demo.clerk, NULL},
        {"president", PT_ROLE_PRESIDENT, &demo.president, NULL},
        {"judge", PT_ROLE_JUDGE, &demo.judge, NULL},
    };
    struct pt_generate what = {0, 0};
    const char *state = NULL;
    bool bad = false, many = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c >= 0 && c < PARTS)
            parts[c].user = optarg;
        else if (c == STATE)
            state = optarg;
        else if (c == GENERATE)
            bad |= !(many = number(optarg, PT_GENERATE_MAX, &what.cases)) ||
                   what.cases == 0;
        else if (c == SEED)
            bad |= !number(optarg, UINT64_MAX, &what.seed);
        else
            bad = true;
    if (bad || optind != argc || state == NULL || (what.seed != 0 && !many))
        return refuse("--state DIR [--generate N [--seed S]] [--lawyer USER] "
                      "[--citizen USER] [--clerk USER] [--president USER] "
                      "[--judge USER]",
            USAGE);
    return fill(state, parts, PARTS, &demo, &what);
}
