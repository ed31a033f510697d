/* portal/store/proposals: what two operators change, one by one, and what they
   cannot; portal/store/rules: which table counts on which day. */
#include "tests/portal/proposals.h"

#include <pthread.h>

#include "base/time.h"
#include "portal/data/policy.h"
#include "portal/money/feetable.h"
#include "portal/store/acts.h"
#include "portal/store/courtinfo.h"
#include "portal/store/persons.h"
#include "portal/store/rules.h"
#include "portal/store/state.h"

enum {
    RACERS = 8,
};

static void
test_approved(void **state)
{
    struct pt_proposed_done p;
    struct pt_proposal got;

    (void)state;
    forget_records();
    p = propose_person(op[0], citizen, CLERK, NOW);
    assert_int_equal(p.what, PT_PROPOSED);
    assert_int_equal(records("admin.proposed"), 1);
    assert_int_equal(account(citizen).role, PT_ROLE_CITIZEN);
    assert_int_equal(
        propose_person(op[1], citizen, CLERK, NOW).what, PT_PROPOSED_OPEN);
    assert_int_equal(decide(op[0], p.id, true, NOW).what, PT_DECIDED_OWN);
    assert_int_equal(records("illegal_transition"), 2);
    assert_int_equal(decide(judge, p.id, true, NOW).what, PT_DECIDED_NOT);
    assert_int_equal(
        decide(op[1], "aaaaaaaaaaaaaaaaaaaaaaaaaa", true, NOW).what,
        PT_DECIDED_ABSENT);
    assert_int_equal(records(NULL), 2);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    assert_int_equal(records("admin.approved"), 3);
    assert_int_equal(account(citizen).role, PT_ROLE_CLERK);
    assert_int_equal(decide(op[2], p.id, true, NOW).what, PT_DECIDED_OVER);
    assert_int_equal(decide(op[2], p.id, false, NOW).what, PT_DECIDED_OVER);
    assert_int_equal(records("illegal_transition"), 5);
    assert_int_equal(
        pt_store_proposal_get(store, p.id, arena, NULL, &got), MH_OK);
    assert_int_equal(got.state, PT_PROPOSAL_APPROVED);
    assert_int_equal(got.decider, op[1]);
    assert_string_equal(got.was, CITIZEN);
    assert_string_equal(got.will, CLERK);
    assert_string_equal(got.person, "citizen");
}

/* At its last second it can be decided on, and not a second later. */
static void
test_time(void **state)
{
    struct pt_proposed_done p;

    (void)state;
    forget_records();
    p = propose_person(op[0], citizen, CITIZEN, NOW);
    assert_int_equal(p.what, PT_PROPOSED);
    assert_int_equal(
        pt_store_proposal_expire(store, NOW + PT_PROPOSAL_SECONDS - 1, NULL),
        MH_OK);
    assert_int_equal(records("admin.proposed"), 1);
    assert_int_equal(decide(op[1], p.id, true, NOW + PT_PROPOSAL_SECONDS).what,
        PT_DECIDED_OVER);
    assert_int_equal(records("illegal_transition"), 3); /* after .expired */
    assert_int_equal(account(citizen).role, PT_ROLE_CLERK);
    p = propose_person(op[0], citizen, CITIZEN, NOW);
    assert_int_equal(
        decide(op[1], p.id, true, NOW + PT_PROPOSAL_SECONDS - 1).what,
        PT_DECIDED);
    assert_int_equal(account(citizen).role, PT_ROLE_CITIZEN);
    p = propose_person(op[0], citizen, CLERK, NOW);
    forget_records();
    assert_int_equal(
        pt_store_proposal_expire(store, NOW + PT_PROPOSAL_SECONDS, NULL),
        MH_OK);
    assert_int_equal(records("admin.expired"), 1);
}

static void
test_rules(void **state)
{
    static const struct {
        const char *name, *will, *rule;
        int64_t *person;
    } rows[] = {
        {"a role", "role=king\nstate=active\ncourts=\nkey=\n", "form",
            &citizen},
        {"a state", "role=citizen\nstate=x\ncourts=\nkey=\n", "form", &citizen},
        {"nothing", "", "form", &citizen},
        {"a court", "role=clerk\nstate=active\ncourts=999\nkey=\n", "court",
            &citizen},
        {"twice", "role=clerk\nstate=active\ncourts=103,103\nkey=\n", "court",
            &citizen},
        {"of nobody", "role=citizen\nstate=active\ncourts=103\nkey=\n",
            "courts-role", &citizen},
        {"a key", "role=clerk\nstate=active\ncourts=\nkey=k\n", "key-role",
            &citizen},
        {"its name", "role=judge\nstate=active\ncourts=\nkey=K\n", "key",
            &judge},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pt_proposed_done p =
            propose_person(op[0], *rows[i].person, rows[i].will, NOW);

        if (p.what != PT_PROPOSED_RULE || strcmp(p.rule, rows[i].rule) != 0)
            fail_msg("%s: %d %s", rows[i].name, (int)p.what, p.rule);
    }
    assert_int_equal(
        propose_person(op[0], citizen, CITIZEN, NOW).what, PT_PROPOSED_SAME);
    assert_int_equal(
        propose_person(op[0], 12345, CITIZEN, NOW).what, PT_PROPOSED_ABSENT);
    assert_int_equal(
        propose_person(judge, citizen, CLERK, NOW).what, PT_PROPOSED_NOT);
}

/* Two have to be left; one that a stranger takes away counts too. */
static void
test_operators(void **state)
{
    static const char away[] = "role=operator\nstate=suspended\ncourts=\n"
                               "key=\n";
    struct pt_proposed_done p, q;
    struct pt_decided_done d;

    (void)state;
    p = propose_person(op[0], op[3], away, NOW);
    assert_int_equal(decide(op[3], p.id, true, NOW).what, PT_DECIDED_SELF);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    p = propose_person(op[0], op[2], away, NOW);
    q = propose_person(op[2], op[1], away, NOW);
    assert_int_equal(q.what, PT_PROPOSED);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    assert_int_equal(decide(op[0], q.id, true, NOW).what, PT_DECIDED_PROPOSER);
    assert_int_equal(decide(op[2], q.id, true, NOW).what, PT_DECIDED_NOT);
    assert_int_equal(decide(op[0], q.id, false, NOW).what, PT_DECIDED);
    p = propose_person(op[0], op[1], away, NOW);
    assert_int_equal(p.what, PT_PROPOSED_RULE);
    assert_string_equal(p.rule, "operators");
    /* Three, of whom two go by proposals that were made while there were. */
    p = propose_person(
        op[0], op[2], "role=operator\nstate=active\ncourts=\nkey=\n", NOW);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    p = propose_person(op[0], op[1], away, NOW);
    q = propose_person(op[0], op[2], away, NOW);
    assert_int_equal(decide(op[1], q.id, true, NOW).what, PT_DECIDED);
    d = decide(op[1], p.id, true, NOW);
    assert_int_equal(d.what, PT_DECIDED_SELF);
    assert_int_equal(account(op[1]).state, PT_ACCOUNT_ACTIVE);
    assert_int_equal(decide(op[0], p.id, false, NOW).what, PT_DECIDED);
    p = propose_person(
        op[0], op[2], "role=operator\nstate=active\ncourts=\nkey=\n", NOW);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
}

struct racer {
    pthread_t thread;
    const char *id;
    int64_t who;
    struct pt_decided_done done;
};

static void *
race(void *arg)
{
    struct racer *r = arg;

    r->done = decide(r->who, r->id, true, NOW);
    return NULL;
}

/* Many approve at once: one does, and there is one record of it. */
static void
test_race(void **state)
{
    struct racer racer[RACERS];
    struct pt_proposed_done p = propose_person(op[0], citizen, CLERK, NOW);
    int done = 0, over = 0;

    (void)state;
    assert_int_equal(p.what, PT_PROPOSED);
    forget_records();
    for (int i = 0; i < RACERS; i++) {
        racer[i] = (struct racer){.id = p.id, .who = op[1 + i % 2]};
        assert_int_equal(
            pthread_create(&racer[i].thread, NULL, race, &racer[i]), 0);
    }
    for (int i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(racer[i].thread, NULL), 0);
        done += racer[i].done.what == PT_DECIDED;
        over += racer[i].done.what == PT_DECIDED_OVER;
    }
    assert_int_equal(done, 1);
    assert_int_equal(over, RACERS - 1);
    assert_int_equal(records(NULL), RACERS);
    assert_int_equal(account(citizen).role, PT_ROLE_CLERK);
}

static void
test_stale(void **state)
{
    struct pt_proposed_done p = propose_person(op[0], judge,
        "role=judge\nstate=active\ncourts=103\n"
        "key=\n",
        NOW);

    (void)state;
    assert_int_equal(p.what, PT_PROPOSED);
    assert_int_equal(
        pt_store_judge_key_set(store, judge, "judge-1", NULL), MH_OK);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED_STALE);
    assert_int_equal(
        decide(op[0], p.id, false, NOW).state, PT_PROPOSAL_WITHDRAWN);
}

static void
test_lock(void **state)
{
    char subject[32], form[27];
    struct pt_proposing p = {.kind = PT_PROPOSE_PERSON,
        .subject = subject,
        .reason = "why",
        .account = op[0],
        .now = NOW,
        .form = form};
    struct pt_proposed_done done;

    (void)state;
    forget_records();
    (void)snprintf(subject, sizeof(subject), "p:%lld", (long long)judge);
    pt_id_new(form);
    for (int i = 0; i < 2; i++) { /* sent twice it is one */
        assert_int_equal(pt_store_account_lock(store, &p, NULL, &done), MH_OK);
        assert_int_equal(done.what, PT_PROPOSED);
    }
    assert_int_equal(records("admin.locked"), 1);
    assert_int_equal(account(judge).state, PT_ACCOUNT_SUSPENDED);
    pt_id_new(form);
    assert_int_equal(pt_store_account_lock(store, &p, NULL, &done), MH_OK);
    assert_string_equal(done.rule, "not-active");
    (void)snprintf(subject, sizeof(subject), "p:%lld", (long long)op[1]);
    assert_int_equal(pt_store_account_lock(store, &p, NULL, &done), MH_OK);
    assert_string_equal(done.rule, "operator");
    p.account = citizen;
    assert_int_equal(pt_store_account_lock(store, &p, NULL, &done), MH_OK);
    assert_int_equal(done.what, PT_PROPOSED_NOT);
}

/* The table of the program until the day of another one. */
static void
test_tables(void **state)
{
    const int64_t today = pt_policy_day(NOW);
    struct mh_span in = pt_fee_text(), out;
    char *will = mh_arena_raw(arena, in.len + 64), day[32];
    struct pt_proposed_done p;

    (void)state;
    assert_non_null(will);
    mh_time_format(today + DAY, day); /* 2023-11-16T00:00:00Z */
    (void)snprintf(will, in.len + 64, "begins=%.10s\n%.*s# more\n", day,
        (int)in.len, (const char *)in.ptr);
    p = propose(op[0], PT_PROPOSE_RULES, "rules:fees", will, NOW);
    assert_int_equal(p.what, PT_PROPOSED);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    assert_int_equal(
        pt_store_rules_on(store, PT_RULES_FEES, today, arena, NULL, &out),
        MH_OK);
    assert_ptr_equal(out.ptr, in.ptr);
    assert_int_equal(
        pt_store_rules_on(store, PT_RULES_FEES, today + DAY, arena, NULL, &out),
        MH_OK);
    assert_int_equal(out.len, in.len + strlen("# more\n"));
    assert_int_equal(pt_store_rules_on(store, PT_RULES_POLICY, today + DAY,
                         arena, NULL, &out),
        MH_OK);
    assert_ptr_equal(out.ptr, pt_policy_text().ptr);
    /* Not on the same day again, and not of no day. */
    p = propose(op[0], PT_PROPOSE_RULES, "rules:fees", will, NOW);
    assert_int_equal(p.what, PT_PROPOSED_SAME);
    will[strlen(will) - 2] = 'x';
    p = propose(op[0], PT_PROPOSE_RULES, "rules:fees", will, NOW);
    assert_string_equal(p.rule, "day");
    p = propose(op[0], PT_PROPOSE_RULES, "rules:fees", "begins=-\n", NOW);
    assert_string_equal(p.rule, "day");
    p = propose(op[0], PT_PROPOSE_RULES, "rules:x", will, NOW);
    assert_int_equal(p.what, PT_PROPOSED_ABSENT);
}

static void
test_persons(void **state)
{
    static const struct {
        const char *text;
        int role; /* 0: any */
        size_t count;
    } rows[] = {
        {"judge", 0, 1},
        {"SEHLA", 0, 6},
        {"soy seh", 0, 6},
        {"hla", 0, 0},
        {"", PT_ROLE_OPERATOR, 4},
        {"sehla", PT_ROLE_JUDGE, 1},
        {"%", 0, 0},
        {"", 0, 6},
    };
    struct pt_person_query q = {.after = 0};
    struct pt_persons list;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        q.text = rows[i].text;
        q.role = (enum pt_role)rows[i].role;
        assert_int_equal(
            pt_store_person_list(store, &q, arena, NULL, &list), MH_OK);
        if (list.count != rows[i].count)
            fail_msg("%s: %zu", rows[i].text, list.count);
    }
}

static void
test_state(void **state)
{
    struct pt_store_state s;

    (void)state;
    assert_int_equal(
        propose_person(op[0], citizen, CITIZEN, NOW).what, PT_PROPOSED);
    assert_int_equal(pt_store_state(store, NOW, NULL, &s), MH_OK);
    assert_int_equal(s.accounts, 6);
    assert_int_equal(s.proposals.count, 1);
    assert_int_equal(s.proposals.since, NOW);
    assert_true(s.records.count > 0);
    assert_int_equal(s.jobs.count, 0);
    assert_int_equal(s.jobs.since, MH_TIME_NONE);
    assert_true(s.bytes > 0 && s.disk_bytes >= s.free_bytes);
}

/* As many courts as there may be, and as many proposals as are listed. */
static void
test_limits(void **state)
{
    struct pt_proposal_query q = {.open = false, .subject = "", .now = NOW};
    struct pt_proposals list;
    struct pt_court_infos infos;
    struct pt_proposed_done p;
    char subject[32], name[32];
    int64_t id;

    (void)state;
    assert_int_equal(pt_store_court_infos(store, arena, NULL, &infos), MH_OK);
    for (size_t n = infos.count; n < PT_COURTS_MAX - 1; n++) {
        (void)snprintf(subject, sizeof(subject), "z%zu", n);
        (void)snprintf(name, sizeof(name), "Court %zu", n);
        assert_int_equal(
            pt_store_court_put(store, subject, name, NULL, &id), MH_OK);
    }
    p = propose(op[0], PT_PROPOSE_COURT, "court:last",
        "name=L\nconnected=yes\nclosed=no\ntypes=\nplace=\naddress=\nphone=\n"
        "email=\ndays=3\n",
        NOW);
    assert_int_equal(p.what, PT_PROPOSED);
    assert_int_equal(decide(op[1], p.id, true, NOW).what, PT_DECIDED);
    p = propose(op[0], PT_PROPOSE_COURT, "court:one-more",
        "name=M\nconnected=yes\nclosed=no\ntypes=\nplace=\naddress=\nphone=\n"
        "email=\ndays=3\n",
        NOW);
    assert_int_equal(p.what, PT_PROPOSED_RULE);
    assert_string_equal(p.rule, "courts-max");
    for (int i = 0; i < PT_PROPOSALS_SHOWN; i++) {
        p = propose(op[0], PT_PROPOSE_TEXT, "text:useful.az", "x\n", NOW);
        assert_int_equal(p.what, PT_PROPOSED);
        assert_int_equal(decide(op[0], p.id, false, NOW).what, PT_DECIDED);
    }
    q.subject = "text:useful.az";
    assert_int_equal(
        pt_store_proposal_list(store, &q, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, PT_PROPOSALS_SHOWN);
    assert_false(list.more);
    q.subject = "";
    assert_int_equal(
        pt_store_proposal_list(store, &q, arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, PT_PROPOSALS_SHOWN);
    assert_true(list.more);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_approved),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_operators),
        cmocka_unit_test(test_race),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_persons),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
