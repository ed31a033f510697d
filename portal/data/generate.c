#include "portal/data/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "portal/data/names.h"
#include "portal/http/id.h"
#include "portal/store/bulk.h"

enum {
    BATCH = 2000, /* cases of one transaction */
    COURTS = 60,
    JUDGES = 6, /* of a court */
    TYPES = 5,
    YEAR_FIRST = 2017,
    YEARS = 10,
    DAY = 86400, /* seconds */
    LAWYERS_MIN = 5,
    CASES_A_LAWYER = 500,
    CASES_A_CITIZEN = 10, /* cases for each account that is made */
    CITIZENS = BATCH / CASES_A_CITIZEN,
    LAWYERS_MAX = 4000,
    OF_THE_LAWYER = 200, /* cases of the account that was named */
    OF_THE_CITIZEN = 3,
    SLOTS = 32,        /* identifiers that a case has at most */
    HEARING_SLOT = 24, /* the first one of its hearings */
};

static const char *const types[TYPES] = {"2", "2-1", "2-2", "8", "MXMT"};

struct maker {
    struct pt_store *store;
    const struct pt_demo *demo;
    const struct pt_generate *what;
    uint64_t random;
    int64_t first, last; /* days that cases are filed on, seconds */
    int64_t court[COURTS], judge[COURTS][JUDGES];
    unsigned number[COURTS][TYPES]; /* the last one of a year */
    int year;
    struct pt_account *people; /* LAWYERS_MAX, for making others as well */
    int64_t *lawyer, *citizen;
    size_t lawyers;
    struct pt_bulk_case *batch; /* BATCH */
};

/* splitmix64: good enough for what is only to look at. */
static uint64_t
draw(struct maker *m)
{
    uint64_t z = m->random += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static size_t
below(struct maker *m, size_t n)
{
    return (size_t)(draw(m) % n);
}

/* The first ones more often than the last ones. */
static size_t
skewed(struct maker *m, size_t n)
{
    size_t a = below(m, n), b = below(m, n);

    return a < b ? a : b;
}

/* In the order in which they are made, and nobody's of another seed. */
static void
make_id(const struct maker *m, uint64_t n, size_t slot, char out[static 27])
{
    uint64_t high = n * SLOTS + slot, low = high ^ m->what->seed;
    uint8_t raw[16];

    low = (low ^ (low >> 31)) * 0xbf58476d1ce4e5b9U + m->what->seed;
    for (int i = 0; i < 8; i++) {
        raw[i] = (uint8_t)(high >> (56 - 8 * i));
        raw[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    pt_id_of(raw, out);
}

/* ---- people ---- */

static struct pt_invented
somebody(struct maker *m)
{
    return (struct pt_invented){.man = below(m, 2) == 0,
        .name = skewed(m, 1 << 16),
        .father = skewed(m, 1 << 16),
        .surname = skewed(m, 1 << 16),
        .rare = below(m, 8) == 0};
}

static void
make_account(struct maker *m, struct pt_account *a, enum pt_role role,
    const char *kind, size_t n)
{
    struct pt_invented who = somebody(m);

    *a = (struct pt_account){
        .role = role, .state = PT_ACCOUNT_ACTIVE, .created = m->first};
    (void)snprintf(a->username, sizeof(a->username), "made-%llu-%s-%zu",
        (unsigned long long)m->what->seed, kind, n); /* always fits */
    pt_invent_parts(&who, a->surname, a->name, a->patronymic);
}

static enum mh_code
make_officials(struct maker *m, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (size_t i = 0; i < COURTS && code == MH_OK; i++) {
        char number[PT_COURT_CODE_MAX + 1], name[PT_COURT_MAX + 1];

        pt_invent_court(i, number, name);
        code = pt_store_court_put(m->store, number, name, err, &m->court[i]);
        for (size_t j = 0; j < JUDGES; j++)
            make_account(
                m, &m->people[j], PT_ROLE_JUDGE, "judge", i * JUDGES + j);
        if (code == MH_OK)
            code = pt_store_bulk_accounts(m->store, m->people, JUDGES, err);
        for (size_t j = 0; j < JUDGES && code == MH_OK; j++) {
            m->judge[i][j] = m->people[j].id;
            code = pt_store_official_put(
                m->store, m->people[j].id, m->court[i], err);
        }
    }
    if (code == MH_OK && m->demo->clerk != 0)
        code =
            pt_store_official_put(m->store, m->demo->clerk, m->court[0], err);
    if (code == MH_OK && m->demo->president != 0)
        code = pt_store_official_put(
            m->store, m->demo->president, m->court[0], err);
    if (code == MH_OK && m->demo->judge != 0) {
        m->judge[0][0] = m->demo->judge;
        code =
            pt_store_official_put(m->store, m->demo->judge, m->court[0], err);
    }
    return code;
}

static enum mh_code
make_lawyers(struct maker *m, struct mh_err *err)
{
    enum mh_code code;

    m->lawyers = m->what->cases / CASES_A_LAWYER;
    if (m->lawyers < LAWYERS_MIN)
        m->lawyers = LAWYERS_MIN;
    if (m->lawyers > LAWYERS_MAX)
        m->lawyers = LAWYERS_MAX;
    for (size_t i = 0; i < m->lawyers; i++)
        make_account(m, &m->people[i], PT_ROLE_LAWYER, "lawyer", i);
    code = pt_store_bulk_accounts(m->store, m->people, m->lawyers, err);
    for (size_t i = 0; i < m->lawyers; i++)
        m->lawyer[i] = m->people[i].id;
    return code;
}

/* Those who have cases of this batch: people come and go. */
static enum mh_code
make_citizens(struct maker *m, uint64_t batch, struct mh_err *err)
{
    enum mh_code code;

    for (size_t i = 0; i < CITIZENS; i++)
        make_account(m, &m->people[i], PT_ROLE_CITIZEN, "citizen",
            (size_t)batch * CITIZENS + i);
    code = pt_store_bulk_accounts(m->store, m->people, CITIZENS, err);
    for (size_t i = 0; i < CITIZENS; i++)
        m->citizen[i] = m->people[i].id;
    return code;
}

/* ---- cases ---- */

static enum pt_case_status
status_of(struct maker *m, int64_t days)
{
    size_t r = below(m, 100);

    if (days < 20)
        return r < 50 ? PT_CASE_REGISTERED : PT_CASE_ASSIGNED;
    if (days < 200)
        return r < 75   ? PT_CASE_IN_PROCEEDINGS
               : r < 85 ? PT_CASE_SUSPENDED
               : r < 97 ? PT_CASE_FINAL_ACT
                        : PT_CASE_RETURNED;
    return r < 60   ? PT_CASE_ARCHIVED
           : r < 88 ? PT_CASE_IN_FORCE
           : r < 94 ? PT_CASE_APPEALED
           : r < 97 ? PT_CASE_RETURNED
                    : PT_CASE_IN_PROCEEDINGS;
}

static void
make_head(struct maker *m, struct pt_bulk_case *b, uint64_t n)
{
    static const uint8_t shares[] = {0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 4};
    size_t court = skewed(m, COURTS);
    size_t type = shares[below(m, sizeof(shares))];
    char code[PT_COURT_CODE_MAX + 1], name[PT_COURT_MAX + 1];
    uint64_t span = (uint64_t)(m->last - m->first);
    struct mh_civil day;

    /* At most 2^24 cases of less than 2^39 / 2^24 seconds each. */
    b->c.filed = m->first + (int64_t)(span / m->what->cases * n) +
                 (int64_t)below(m, (size_t)(span / m->what->cases) + 1);
    if (mh_time_to_civil(b->c.filed, &day) && day.year != m->year) {
        memset(m->number, 0, sizeof(m->number));
        m->year = day.year;
    }
    make_id(m, n, 0, b->c.id);
    pt_invent_court(court, code, name);
    (void)snprintf(b->c.number, sizeof(b->c.number), "%s%s(%s)-%u/%d",
        below(m, 5) < 2 ? "e-" : "", types[type], code,
        ++m->number[court][type], m->year); /* always fits */
    (void)snprintf(b->c.type, sizeof(b->c.type), "%s", types[type]); /* fits */
    (void)snprintf(b->c.proceeding, sizeof(b->c.proceeding), "%s",
        type == 0 || type == 2 ? (below(m, 4) == 0 ? "order" : "claim")
                               : ""); /* fits */
    b->c.status = status_of(m, (m->last - b->c.filed) / DAY);
    b->court = m->court[court];
    b->judge = b->c.status == PT_CASE_REGISTERED
                   ? 0
                   : m->judge[court][below(m, JUDGES)];
}

static void
add_person(struct pt_bulk_case *b, int64_t account, enum pt_case_role role)
{
    for (size_t i = 0; i < b->people; i++)
        if (b->person[i].account == account)
            return;
    if (account == 0 || b->people == PT_BULK_PEOPLE)
        return;
    b->person[b->people].account = account;
    b->person[b->people].role = role;
    b->people++;
}

static void
make_people(struct maker *m, struct pt_bulk_case *b, uint64_t n)
{
    uint64_t every = m->what->cases / OF_THE_LAWYER;

    b->parties = below(m, 6) == 0 ? 3 : 2;
    for (size_t i = 0; i < b->parties; i++) {
        struct pt_invented who = somebody(m);

        b->party[i].side = (enum pt_case_role)(PT_CASE_CLAIMANT + i);
        if (below(m, 4) == 0)
            pt_invent_firm(&who, b->party[i].name);
        else
            pt_invent_person(&who, b->party[i].name);
    }
    every = every == 0 ? 1 : every;
    if (n % every == 0 && n / every < OF_THE_LAWYER)
        add_person(b, m->demo->lawyer,
            n / every % 2 == 0 ? PT_CASE_CLAIMANTS_LAWYER
                               : PT_CASE_DEFENDANTS_LAWYER);
    if (n < OF_THE_CITIZEN)
        add_person(b, m->demo->citizen, PT_CASE_CLAIMANT);
    if (below(m, 10) < 3)
        add_person(b, m->citizen[below(m, CITIZENS)],
            below(m, 2) == 0 ? PT_CASE_CLAIMANT : PT_CASE_DEFENDANT);
    if (below(m, 10) < 6)
        add_person(b, m->lawyer[skewed(m, m->lawyers)],
            below(m, 2) == 0 ? PT_CASE_CLAIMANTS_LAWYER
                             : PT_CASE_DEFENDANTS_LAWYER);
}

static void
add_event(struct maker *m, struct pt_bulk_case *b, uint64_t n, const char *kind,
    int64_t at)
{
    size_t e = b->events++;

    b->event[e].kind = kind;
    b->event[e].at = at;
    b->event[e].old = m->last - at > (int64_t)90 * DAY;
    make_id(m, n, 1 + e, b->event[e].id);
    for (size_t i = 0; i < b->people; i++)
        make_id(m, n, 8 + e * PT_BULK_PEOPLE + i, b->event[e].notice[i]);
}

static void
make_course(struct maker *m, struct pt_bulk_case *b, uint64_t n)
{
    int64_t at = b->c.filed;

    add_event(m, b, n, "registered", at);
    if (b->judge == 0)
        return;
    at += (int64_t)(1 + below(m, 3)) * DAY;
    add_event(m, b, n, "assigned", at);
    b->hearings = b->c.status == PT_CASE_RETURNED ? 0 : 1 + below(m, 2);
    for (size_t i = 0; i < b->hearings; i++) {
        struct pt_hearing *h = &b->hearing[i];

        h->starts = b->c.filed - b->c.filed % DAY +
                    (int64_t)(20 + 40 * i + below(m, 40)) * DAY +
                    (int64_t)(5 + below(m, 8)) * 3600;
        h->ends = h->starts + 3600;
        make_id(m, n, HEARING_SLOT + i, h->id);
        (void)snprintf(
            h->hall, sizeof(h->hall), "%zu", 1 + below(m, 9)); /* always fits */
        (void)snprintf(h->kind, sizeof(h->kind), "%s",
            i == 0 ? "preparatory" : "trial"); /* these fit */
        (void)snprintf(h->state, sizeof(h->state), "%s",
            h->starts > m->last ? "scheduled"
            : below(m, 10) == 0 ? "moved"
                                : "held");
    }
    if (b->hearings > 0)
        add_event(m, b, n, "hearing", at + DAY);
    if (b->c.status >= PT_CASE_FINAL_ACT && b->c.status != PT_CASE_RETURNED)
        add_event(m, b, n, "act", at + (int64_t)100 * DAY);
}

static enum mh_code
make_batches(struct maker *m, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (uint64_t n = 0; n < m->what->cases && code == MH_OK;) {
        size_t count = 0;

        code = make_citizens(m, n / BATCH, err);
        for (; count < BATCH && n < m->what->cases; count++, n++) {
            struct pt_bulk_case *b = &m->batch[count];

            memset(b, 0, sizeof(*b));
            make_head(m, b, n);
            make_people(m, b, n);
            make_course(m, b, n);
        }
        if (code == MH_OK)
            code = pt_store_bulk_cases(m->store, m->batch, count, err);
    }
    return code;
}

enum mh_code
pt_generate_add(struct pt_store *store, const struct pt_demo *demo,
    const struct pt_generate *what, struct mh_err *err)
{
    const struct mh_civil first = {.year = YEAR_FIRST, .month = 1, .day = 1};
    const struct mh_civil last = {
        .year = YEAR_FIRST + YEARS, .month = 1, .day = 1};
    struct maker *m = calloc(1, sizeof(*m));
    enum mh_code code = MH_OK;

    if (m == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "demo: no memory");
    *m = (struct maker){
        .store = store, .demo = demo, .what = what, .random = what->seed};
    m->people = calloc(LAWYERS_MAX, sizeof(*m->people));
    m->lawyer = calloc(LAWYERS_MAX, sizeof(*m->lawyer));
    m->citizen = calloc(CITIZENS, sizeof(*m->citizen));
    m->batch = calloc(BATCH, sizeof(*m->batch));
    if (m->people == NULL || m->lawyer == NULL || m->citizen == NULL ||
        m->batch == NULL)
        code = mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "demo: no memory");
    else if (what->cases == 0 || what->cases > PT_GENERATE_MAX ||
             !mh_time_from_civil(&first, &m->first) ||
             !mh_time_from_civil(&last, &m->last))
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "demo: 1 to 10,000,000 cases");
    if (code == MH_OK)
        code = make_officials(m, err);
    if (code == MH_OK)
        code = make_lawyers(m, err);
    if (code == MH_OK)
        code = make_batches(m, err);
    free(m->people);
    free(m->lawyer);
    free(m->citizen);
    free(m->batch);
    free(m);
    return code;
}
