/* portal/store/schedule: hearings, their times, states, and who is told. */
#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/time.h"
#include "portal/http/id.h"
#include "portal/pages/casewords.h"
#include "portal/store/documents.h"
#include "portal/store/events.h"
#include "portal/store/schedule.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

#define MINUTE INT64_C(60) /* seconds */
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

enum {
    NOW = 1800000000,
};

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/test_schedule.XXXXXX";
static int64_t court, other_court, clerk, judge, other_judge, party;
static struct pt_case one, two, three, elsewhere, closed;
static size_t records;    /* so far */
static int64_t now = NOW; /* of what is done */

static int64_t
add_account(const char *name, enum pt_role role)
{
    struct pt_account a = {.role = role, .state = PT_ACCOUNT_ACTIVE};

    (void)snprintf(a.username, sizeof(a.username), "%s", name);
    (void)snprintf(a.name, sizeof(a.name), "Ad");
    (void)snprintf(a.surname, sizeof(a.surname), "Soyad");
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    return a.id;
}

static void
add_case(struct pt_case *c, const char *number, int64_t where, int64_t who)
{
    *c = (struct pt_case){.filed = NOW - DAY, .status = PT_CASE_IN_PROCEEDINGS};
    if (c == &closed)
        c->status = PT_CASE_ARCHIVED;
    (void)snprintf(c->number, sizeof(c->number), "%s", number);
    (void)snprintf(c->type, sizeof(c->type), "2-2");
    assert_int_equal(pt_store_case_add(store, c, where, who, NULL), MH_OK);
    assert_int_equal(
        pt_store_participant_put(store, c->id, party, PT_CASE_CLAIMANT, NULL),
        MH_OK);
}

static int
set_up(void **state)
{
    char where[256];

    (void)state;
    arena = mh_arena_new(64 << 20);
    assert_non_null(arena);
    assert_non_null(mkdtemp(dir));
    t_where(where, sizeof(where), dir);
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "113", "Kommersiya", NULL, &court), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "006", "Nəsimi", NULL, &other_court), MH_OK);
    clerk = add_account("clerk", PT_ROLE_CLERK);
    judge = add_account("judge", PT_ROLE_JUDGE);
    other_judge = add_account("judge2", PT_ROLE_JUDGE);
    party = add_account("party", PT_ROLE_CITIZEN);
    add_case(&one, "2-2(113)-1/2026", court, judge);
    add_case(&two, "2-2(113)-2/2026", court, other_judge);
    add_case(&three, "2-2(113)-3/2026", court, 0);
    add_case(&elsewhere, "2-2(006)-1/2026", other_court, judge);
    add_case(&closed, "2-2(113)-4/2026", court, judge);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    pt_store_close(store);
    mh_arena_free(arena);
    return t_remove_all(dir);
}

static struct pt_plan_done
plan(enum pt_change change, const struct pt_case *c, const char *hearing,
    int64_t starts, unsigned minutes, const char *hall)
{
    struct pt_plan p = {.change = change,
        .case_id = c->id,
        .hearing = hearing,
        .account = clerk,
        .now = now,
        .starts = starts,
        .minutes = minutes,
        .hall = hall,
        .kind = "trial",
        .reason = "Hakim xəstədir"};
    struct pt_plan_done done;
    char form[27];

    pt_id_new(form);
    p.form = form;
    assert_int_equal(pt_store_hearing_change(store, &p, NULL, &done), MH_OK);
    return done;
}

static struct pt_plan_done
schedule(
    const struct pt_case *c, int64_t starts, unsigned minutes, const char *hall)
{
    return plan(PT_CHANGE_SCHEDULE, c, NULL, starts, minutes, hall);
}

static struct pt_hearing_full
get(const char *id)
{
    struct pt_hearing_full h;

    assert_int_equal(pt_store_hearing_get(store, id, NULL, &h), MH_OK);
    assert_string_equal(h.h.id, id);
    return h;
}

/* The newest notification of an account; its kind and data. */
static struct pt_notice
newest(int64_t account)
{
    const struct pt_notice_query q = {account, false, ""};
    struct pt_notices list;

    assert_int_equal(
        pt_store_notice_list(store, &q, arena, NULL, &list), MH_OK);
    return list.count == 0 ? (struct pt_notice){.kind = ""} : list.item[0];
}

/* All records so far are taken out; the last one's event and data. */
static const char *
last_record(const char *ev)
{
    struct pt_records list;
    const char *data = NULL;

    do {
        assert_int_equal(
            pt_store_record_list(store, arena, NULL, &list), MH_OK);
        for (size_t i = 0; i < list.count; i++) {
            records++;
            data =
                strcmp(list.record[i].ev, ev) == 0 ? list.record[i].data : NULL;
        }
        if (list.count > 0)
            assert_int_equal(pt_store_record_done(
                                 store, list.record[list.count - 1].id, NULL),
                MH_OK);
    } while (list.count > 0);
    return data;
}

static void
test_times(void **state)
{
    static const struct {
        const char *name;
        int64_t starts;
        enum pt_planned what;
    } rows[] = {
        {"now", NOW, PT_PLANNED_PAST},
        {"before", NOW - 1, PT_PLANNED_PAST},
        {"two years and a minute", NOW + (int64_t)PT_HEARING_AHEAD + MINUTE,
            PT_PLANNED_FAR},
        {"a second too far", NOW + (int64_t)PT_HEARING_AHEAD + 1,
            PT_PLANNED_FAR},
        {"two years", NOW + (int64_t)PT_HEARING_AHEAD, PT_PLANNED},
        {"in a second", NOW + 1, PT_PLANNED},
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        if (schedule(&three, rows[i].starts, 15, "vaxt").what != rows[i].what)
            fail_msg("%s", rows[i].name);
}

/* A hearing of case one, 10:00 to 11:00 in hall 3; what meets it. */
static void
test_meets(void **state)
{
    const int64_t ten = NOW + 10 * DAY;
    const struct {
        const char *name;
        const struct pt_case *c;
        int64_t starts;
        unsigned minutes;
        const char *hall;
        enum pt_planned what;
    } rows[] = {
        {"the hall, at the same time", &two, ten, 60, "Zal 3", PT_PLANNED_HALL},
        {"spelled otherwise", &two, ten, 60, "ZAL  3", PT_PLANNED_HALL},
        {"the hall, its last minute", &two, ten + 59 * MINUTE, 15, "Zal 3",
            PT_PLANNED_HALL},
        {"the hall, its first minute", &two, ten - 59 * MINUTE, 60, "Zal 3",
            PT_PLANNED_HALL},
        {"around it", &two, ten - HOUR, 480, "Zal 3", PT_PLANNED_HALL},
        {"inside it", &two, ten + 15 * MINUTE, 15, "Zal 3", PT_PLANNED_HALL},
        {"the judge, in another court", &elsewhere, ten + 59 * MINUTE, 60, "9",
            PT_PLANNED_JUDGE},
        {"the case itself", &one, ten + 30 * MINUTE, 15, "9", PT_PLANNED_CASE},
        {"the hall, when it has ended", &two, ten + HOUR, 15, "Zal 3",
            PT_PLANNED},
        {"the hall, until it begins", &two, ten - HOUR, 60, "Zal 3",
            PT_PLANNED},
        {"another hall", &three, ten, 60, "Zal 4", PT_PLANNED},
        {"the judge, when it has ended", &elsewhere, ten + HOUR, 60, "9",
            PT_PLANNED},
    };
    struct pt_plan_done done = schedule(&one, ten, 60, "Zal 3");

    (void)state;
    assert_int_equal(done.what, PT_PLANNED);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct pt_plan_done d =
            schedule(rows[i].c, rows[i].starts, rows[i].minutes, rows[i].hall);

        if (d.what != rows[i].what)
            fail_msg("%s: %d", rows[i].name, (int)d.what);
        if (d.what == PT_PLANNED)
            continue;
        assert_string_equal(d.other.number, one.number);
        assert_true(d.other.starts == ten && d.other.ends == ten + HOUR);
        assert_string_equal(d.hearing, "");
    }
    /* The longest one is met to its last minute. */
    assert_int_equal(
        schedule(&three, ten + 2 * DAY, PT_MINUTES_MAX, "L").what, PT_PLANNED);
    assert_int_equal(
        schedule(&two, ten + 2 * DAY + (PT_MINUTES_MAX - 1) * MINUTE, 15, "L")
            .what,
        PT_PLANNED_HALL);
    assert_int_equal(
        schedule(&two, ten + 2 * DAY + PT_MINUTES_MAX * MINUTE, 15, "L").what,
        PT_PLANNED);
    /* Halls of two courts are two. */
    assert_int_equal(
        schedule(&elsewhere, ten + 3 * HOUR, 60, "Zal 3").what, PT_PLANNED);
    assert_int_equal(
        schedule(&three, ten + 3 * HOUR, 60, "Zal 3").what, PT_PLANNED);
    /* What was cancelled takes no hall. */
    assert_int_equal(
        plan(PT_CHANGE_CANCEL, &one, done.hearing, 0, 0, NULL).what,
        PT_PLANNED);
    assert_int_equal(schedule(&one, ten, 60, "Zal 3").what, PT_PLANNED);
}

static void
test_move(void **state)
{
    const int64_t from = NOW + 20 * DAY, to = from + 30 * MINUTE;
    struct pt_plan_done first = schedule(&one, from, 90, "5");
    struct pt_plan_done moved, again;
    struct pt_hearing_full old, new;
    struct pt_hearing_told told;
    struct pt_notice n;
    char text[PT_DETAIL_MAX + 1];
    const char *data;

    (void)state;
    assert_int_equal(first.what, PT_PLANNED);
    n = newest(party);
    assert_string_equal(n.kind, "hearing-scheduled");
    data = last_record("hearing.changed");
    assert_non_null(data);
    assert_non_null(strstr(data, "state=scheduled\n"));
    /* It does not meet itself. */
    now++;
    moved = plan(PT_CHANGE_MOVE, &one, first.hearing, to, 45, "6-cı zal");
    assert_int_equal(moved.what, PT_PLANNED);
    old = get(first.hearing);
    new = get(moved.hearing);
    assert_string_equal(old.h.state, "moved");
    assert_string_equal(old.reason, "Hakim xəstədir");
    assert_string_equal(old.to_id, new.h.id);
    assert_true(old.h.moved_to == to && old.h.starts == from);
    assert_string_equal(new.h.state, "scheduled");
    assert_string_equal(new.from_id, old.h.id);
    assert_true(new.h.moved_from == from &&new.h.starts == to);
    assert_true(new.h.ends == to + 45 * MINUTE);
    assert_string_equal(new.h.kind, "trial");
    assert_string_equal(new.h.uid, old.h.uid);
    assert_int_equal(new.h.sequence, 1);
    data = last_record("hearing.changed");
    assert_non_null(data);
    assert_non_null(strstr(data, "state=moved\n"));
    assert_null(strstr(data, "xəstə"));
    /* Everybody is told, and the judge; who did it is not. */
    n = newest(party);
    assert_string_equal(n.kind, "hearing-moved");
    assert_true(pt_hearing_told(n.kind, n.data, &told));
    assert_true(told.before == from && told.starts == to);
    assert_string_equal(told.hall, "6-cı zal");
    pt_event_detail(n.kind, n.data, MH_AZ, text);
    assert_string_equal(
        text, "04.02.2027 12:00 → 04.02.2027 12:30. Zal: 6-cı zal");
    assert_string_equal(newest(judge).kind, "hearing-moved");
    assert_string_equal(newest(clerk).kind, "");
    /* Once more: one that was moved is moved no more. */
    now++;
    again = plan(PT_CHANGE_MOVE, &one, first.hearing, to + DAY, 45, "6");
    assert_int_equal(again.what, PT_PLANNED_STATE);
    data = last_record("illegal_transition");
    assert_non_null(data);
    assert_non_null(strstr(data, "from=moved\nto=moved\n"));
    now++;
    again = plan(PT_CHANGE_MOVE, &one, moved.hearing, to + DAY, 45, "6");
    assert_int_equal(again.what, PT_PLANNED);
    assert_int_equal(get(again.hearing).h.sequence, 2);
    assert_string_equal(get(again.hearing).h.uid, old.h.uid);
    now++;
    assert_int_equal(
        plan(PT_CHANGE_CANCEL, &one, again.hearing, 0, 0, NULL).what,
        PT_PLANNED);
    new = get(again.hearing);
    assert_string_equal(new.h.state, "cancelled");
    assert_int_equal(new.h.sequence, 3);
    assert_string_equal(newest(party).kind, "hearing-cancelled");
    now = NOW;
}

/* Every change of every state: which are, and which leave a record. */
static void
test_states(void **state)
{
    static const enum pt_change changes[] = {
        PT_CHANGE_MOVE, PT_CHANGE_CANCEL, PT_CHANGE_HOLD};
    static const char *const names[] = {"moved", "cancelled", "held"};
    int64_t t = NOW + 40 * DAY;

    (void)state;
    for (size_t i = 0; i < T_COUNT(changes); i++) {
        struct pt_hearing h = {.starts = NOW - (int64_t)(i + 1) * DAY,
            .hall = "7",
            .kind = "oral",
            .state = "scheduled"};
        struct pt_hearings list;
        struct pt_plan_done d;
        const char *data;

        memcpy(h.case_id, three.id, sizeof(h.case_id));
        assert_int_equal(pt_store_hearing_put(store, &h, NULL), MH_OK);
        assert_int_equal(
            pt_store_hearing_list(store, three.id, arena, NULL, &list), MH_OK);
        for (size_t k = 0; k < list.count; k++)
            if (list.item[k].starts == h.starts)
                h = list.item[k];
        assert_true(h.ends == h.starts + HOUR);
        t += DAY;
        d = plan(changes[i], &three, h.id, t, 60, "7");
        assert_int_equal(d.what, PT_PLANNED);
        assert_string_equal(get(h.id).h.state, names[i]);
        (void)last_record("");
        for (size_t j = 0; j < T_COUNT(changes); j++) {
            char want[64];
            size_t before = records;

            t += DAY;
            d = plan(changes[j], &three, h.id, t, 60, "7");
            assert_int_equal(d.what, PT_PLANNED_STATE);
            data = last_record("illegal_transition");
            assert_non_null(data);
            assert_int_equal(records, before + 1);
            (void)snprintf(
                want, sizeof(want), "from=%s\nto=%s\n", names[i], names[j]);
            assert_non_null(strstr(data, want));
            assert_string_equal(get(h.id).h.state, names[i]);
        }
    }
    /* One that is not there, and one of another case. */
    assert_int_equal(
        plan(PT_CHANGE_CANCEL, &three, "aaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 0, NULL)
            .what,
        PT_PLANNED_STATE);
}

static void
test_held(void **state)
{
    struct pt_plan_done d = schedule(&one, NOW + 90 * DAY, 60, "held");

    (void)state;
    assert_int_equal(plan(PT_CHANGE_HOLD, &one, d.hearing, 0, 0, NULL).what,
        PT_PLANNED_EARLY);
    assert_non_null(last_record("illegal_transition"));
    assert_string_equal(get(d.hearing).h.state, "scheduled");
}

static void
test_closed(void **state)
{
    struct pt_plan_done d = schedule(&closed, NOW + 95 * DAY, 60, "1");
    const char *data;

    (void)state;
    assert_int_equal(d.what, PT_PLANNED_CLOSED);
    data = last_record("illegal_transition");
    assert_non_null(data);
    assert_non_null(strstr(data, "from=case-archived\nto=scheduled\n"));
}

static void
test_once(void **state)
{
    char form[27];
    struct pt_plan p = {.change = PT_CHANGE_SCHEDULE,
        .case_id = one.id,
        .account = clerk,
        .now = NOW,
        .starts = NOW + 100 * DAY,
        .minutes = 60,
        .hall = "8",
        .kind = "oral",
        .form = form};
    struct pt_plan_done first, second;

    (void)state;
    pt_id_new(form);
    assert_int_equal(pt_store_hearing_change(store, &p, NULL, &first), MH_OK);
    assert_int_equal(first.what, PT_PLANNED);
    assert_int_equal(pt_store_hearing_change(store, &p, NULL, &second), MH_OK);
    assert_int_equal(second.what, PT_PLANNED);
    assert_string_equal(second.hearing, first.hearing);
    p.digest[0] = 1;
    assert_int_equal(pt_store_hearing_change(store, &p, NULL, &second), MH_OK);
    assert_int_equal(second.what, PT_PLANNED_OTHER);
    /* Shorter or longer than any hearing is: the table refuses it. */
    for (unsigned minutes = PT_MINUTES_MIN - 1; minutes <= PT_MINUTES_MAX + 1;
         minutes += PT_MINUTES_MAX + 2 - PT_MINUTES_MIN) {
        pt_id_new(form);
        p.minutes = minutes;
        p.starts += DAY;
        assert_int_equal(
            pt_store_hearing_change(store, &p, NULL, &second), MH_EFORMAT);
    }
    for (unsigned minutes = PT_MINUTES_MIN; minutes <= PT_MINUTES_MAX;
         minutes += PT_MINUTES_MAX - PT_MINUTES_MIN) {
        pt_id_new(form);
        p.minutes = minutes;
        p.starts += DAY;
        assert_int_equal(
            pt_store_hearing_change(store, &p, NULL, &second), MH_OK);
        assert_int_equal(second.what, PT_PLANNED);
    }
}

static void
test_told(void **state)
{
    static const struct {
        const char *kind, *data;
        bool good;
    } rows[] = {
        {"hearing-scheduled", "1800000000 3", true},
        {"hearing-scheduled", "1800000000 Zal 3, 2-ci mərtəbə", true},
        {"hearing-moved", "1800000000 1800003600 3", true},
        {"hearing-moved", "1800000000 3", false},
        {"hearing-scheduled", "", false},
        {"hearing-scheduled", "3", false},
        {"hearing-scheduled", "x 3", false},
        {"hearing", "1800000000 3", false},
        {"document", "1800000000 3", false},
    };
    struct pt_hearing_told told;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        if (pt_hearing_told(rows[i].kind, rows[i].data, &told) != rows[i].good)
            fail_msg("%s %s", rows[i].kind, rows[i].data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_meets),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_told),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
