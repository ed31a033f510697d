/* Operators, a court and what is proposed and decided, for tests of changes by
   two persons. */
#ifndef TESTS_PORTAL_PROPOSALS_H
#define TESTS_PORTAL_PROPOSALS_H

#include "tests/t.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "portal/http/id.h"
#include "portal/store/cases.h"
#include "portal/store/documents.h"
#include "portal/store/proposals.h"
#include "tests/folder.h"
#include "tests/portal/where.h"

enum {
    NOW = 1700000000,
    DAY = 86400,
};

static struct pt_store *store;
static struct mh_arena *arena;
static char dir[] = "/tmp/test_proposals.XXXXXX";
static int64_t court, op[4], judge, citizen;

static inline int64_t
add_account(const char *name, enum pt_role role)
{
    struct pt_account a = {
        .role = role, .state = PT_ACCOUNT_ACTIVE, .created = NOW};

    (void)snprintf(a.username, sizeof(a.username), "%s", name);
    (void)snprintf(a.name, sizeof(a.name), "Şəhla");
    (void)snprintf(a.surname, sizeof(a.surname), "Soyad");
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    return a.id;
}

static inline int
set_up(void **state)
{
    char where[256], name[16];

    (void)state;
    arena = mh_arena_new(64 << 20);
    assert_non_null(arena);
    assert_non_null(mkdtemp(dir));
    t_where(where, sizeof(where), dir);
    assert_int_equal(mh_digest_init(NULL), MH_OK);
    assert_int_equal(pt_store_open(where, NOW, NULL, &store), MH_OK);
    assert_int_equal(pt_store_start(store, NULL), MH_OK);
    assert_int_equal(
        pt_store_court_put(store, "103", "A", NULL, &court), MH_OK);
    for (int i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof(name), "op%d", i);
        op[i] = add_account(name, PT_ROLE_OPERATOR);
    }
    judge = add_account("judge", PT_ROLE_JUDGE);
    citizen = add_account("citizen", PT_ROLE_CITIZEN);
    return 0;
}

static inline int
tear_down(void **state)
{
    (void)state;
    pt_store_close(store);
    mh_arena_free(arena);
    return t_remove_all(dir);
}

/* ---- short forms ---- */

static inline struct pt_proposed_done
propose(int64_t who, enum pt_proposal_kind kind, const char *subject,
    const char *will, int64_t now)
{
    char form[27];
    struct pt_proposing p = {.kind = kind,
        .subject = subject,
        .will = will,
        .reason = "why",
        .account = who,
        .now = now,
        .form = form};
    struct pt_proposed_done done;

    pt_id_new(form);
    assert_int_equal(pt_store_proposal_add(store, &p, NULL, &done), MH_OK);
    return done;
}

static inline struct pt_proposed_done
propose_person(int64_t who, int64_t person, const char *will, int64_t now)
{
    char subject[32];

    (void)snprintf(subject, sizeof(subject), "p:%lld", (long long)person);
    return propose(who, PT_PROPOSE_PERSON, subject, will, now);
}

static inline struct pt_decided_done
decide(int64_t who, const char *id, bool approve, int64_t now)
{
    char form[27];
    struct pt_deciding d = {.id = id,
        .approve = approve,
        .why = approve ? "" : "no",
        .account = who,
        .now = now,
        .form = form};
    struct pt_decided_done done;

    pt_id_new(form);
    assert_int_equal(pt_store_proposal_decide(store, &d, NULL, &done), MH_OK);
    return done;
}

/* Records that wait, the last of which is that event. */
static inline size_t
records(const char *last)
{
    struct pt_records list;

    assert_int_equal(pt_store_record_list(store, arena, NULL, &list), MH_OK);
    if (last != NULL) {
        assert_true(list.count > 0);
        assert_string_equal(list.record[list.count - 1].ev, last);
    }
    return list.count;
}

/* Those that wait are in the log: a list has so many at most. */
static inline void
forget_records(void)
{
    struct pt_records list;

    do {
        assert_int_equal(
            pt_store_record_list(store, arena, NULL, &list), MH_OK);
        if (list.count > 0)
            assert_int_equal(pt_store_record_done(
                                 store, list.record[list.count - 1].id, NULL),
                MH_OK);
    } while (list.count > 0);
}

static inline struct pt_account
account(int64_t id)
{
    struct pt_account a;
    enum pt_found found;

    assert_int_equal(pt_store_account_get(store, id, NULL, &a, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    return a;
}

#define CLERK   "role=clerk\nstate=active\ncourts=103\nkey=\n"
#define CITIZEN "role=citizen\nstate=active\ncourts=\nkey=\n"

#endif
