/* Courts, people and acts at every state, for tests of the store of acts. */
#ifndef TESTS_PORTAL_ACTS_H
#define TESTS_PORTAL_ACTS_H

#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/acts.h"
#include "portal/store/events.h"
#include "portal/store/rows.h"
#include "tests/folder.h"
#include "tests/portal/blobs.h"

enum {
    NOW = 1700000000,
    DAY = 86400,
};

struct fixture {
    char dir[64], where[256];
    struct pt_store *store;
    struct mh_arena *arena;
    struct pt_case c, other_case;
    int64_t judge, other_judge, clerk, party, witness, president;
    int64_t court, other_court;
    unsigned made;
};

static int64_t
add_account(struct pt_store *store, const char *name, enum pt_role role)
{
    struct pt_account a = {.role = role, .state = PT_ACCOUNT_ACTIVE};

    (void)snprintf(a.username, sizeof(a.username), "%s", name);
    (void)snprintf(a.name, sizeof(a.name), "Ad");
    (void)snprintf(a.surname, sizeof(a.surname), "Soyad");
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    return a.id;
}

static inline void
add_case(struct fixture *f, struct pt_case *c, const char *number,
    int64_t court, int64_t judge)
{
    *c = (struct pt_case){.filed = NOW, .status = PT_CASE_IN_PROCEEDINGS};
    (void)snprintf(c->number, sizeof(c->number), "%s", number);
    (void)snprintf(c->type, sizeof(c->type), "2-2");
    assert_int_equal(pt_store_case_add(f->store, c, court, judge, NULL), MH_OK);
}

static inline int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/mohur-acts-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    t_where(f->where, sizeof(f->where), f->dir);
    f->arena = mh_arena_new(64 << 20);
    assert_non_null(f->arena);
    assert_int_equal(pt_store_open(f->where, NOW, NULL, &f->store), MH_OK);
    assert_int_equal(pt_store_start(f->store, NULL), MH_OK);
    f->judge = add_account(f->store, "judge", PT_ROLE_JUDGE);
    f->other_judge = add_account(f->store, "other", PT_ROLE_JUDGE);
    f->clerk = add_account(f->store, "clerk", PT_ROLE_CLERK);
    f->party = add_account(f->store, "party", PT_ROLE_CITIZEN);
    f->witness = add_account(f->store, "witness", PT_ROLE_PARTICIPANT);
    f->president = add_account(f->store, "president", PT_ROLE_PRESIDENT);
    assert_int_equal(
        pt_store_court_put(f->store, "103", "A", NULL, &f->court), MH_OK);
    assert_int_equal(
        pt_store_court_put(f->store, "104", "B", NULL, &f->other_court), MH_OK);
    assert_int_equal(
        pt_store_official_put(f->store, f->clerk, f->court, NULL), MH_OK);
    assert_int_equal(
        pt_store_official_put(f->store, f->president, f->court, NULL), MH_OK);
    add_case(f, &f->c, "2-2(103)-1/2021", f->court, f->judge);
    add_case(
        f, &f->other_case, "2-2(104)-2/2021", f->other_court, f->other_judge);
    assert_int_equal(pt_store_participant_put(
                         f->store, f->c.id, f->party, PT_CASE_CLAIMANT, NULL),
        MH_OK);
    assert_int_equal(pt_store_participant_put(
                         f->store, f->c.id, f->witness, PT_CASE_OTHER, NULL),
        MH_OK);
    *state = f;
    return 0;
}

static inline int
teardown(void **state)
{
    struct fixture *f = *state;

    pt_store_close(f->store);
    assert_int_equal(t_remove_all(f->dir), 0);
    mh_arena_free(f->arena);
    free(f);
    return 0;
}

static inline struct pt_staged
stage(struct fixture *f, const char *text)
{
    return t_stage(f->store, text);
}

static const struct pt_record record = {
    .ev = "act.drafted", .who = "p:1", .obj = "act:x", .res = "ok", .data = ""};

/* A draft in f->c, or in the case it names. */
static inline enum mh_code
add(struct fixture *f, struct pt_act *a, struct pt_act_added *out)
{
    struct pt_staged staged;
    struct pt_act_added here;
    char text[40];
    enum mh_code code;

    (void)snprintf(text, sizeof(text), "PDF %u", f->made++);
    staged = stage(f, text);
    pt_id_new(a->id);
    if (a->form[0] == '\0')
        pt_id_new(a->form);
    if (a->case_id[0] == '\0')
        memcpy(a->case_id, f->c.id, sizeof(a->case_id));
    if (a->author == 0)
        a->author = f->clerk;
    if (a->announced == 0)
        a->announced = NOW;
    a->created = NOW + 5;
    a->text = "M\xc9\x99tn\r\n";
    (void)snprintf(a->kind, sizeof(a->kind), "judgment");
    (void)snprintf(a->title, sizeof(a->title), "Q\xc9\x99tnam\xc9\x99");
    memcpy(a->sha256, staged.sha256, PT_HASH);
    code = pt_store_act_add(
        f->store, a, &staged, &record, NULL, out == NULL ? &here : out);
    return code;
}

static inline struct pt_act
get(struct fixture *f, const char *id)
{
    struct pt_act out;

    assert_int_equal(
        pt_store_act_get(f->store, id, f->arena, NULL, &out), MH_OK);
    return out;
}

/* ---- steps ---- */

static inline enum pt_found
change(struct fixture *f, const struct pt_act *a, int64_t version)
{
    struct pt_act new = *a;
    struct pt_staged staged;
    enum pt_found found;
    char text[40];

    (void)snprintf(text, sizeof(text), "changed %u", f->made++);
    staged = stage(f, text);
    new.version = version;
    new.announced += DAY;
    new.text = "other";
    memcpy(new.sha256, staged.sha256, PT_HASH);
    (void)snprintf(new.title, sizeof(new.title), "other");
    assert_int_equal(
        pt_store_act_change(f->store, &new, &staged, &record, NULL, &found),
        MH_OK);
    return found;
}

static inline struct pt_act_step
step_of(const struct pt_act *a, int64_t account, int64_t at)
{
    return (struct pt_act_step){.id = a->id,
        .form = "aaaaaaaaaaaaaaaaaaaaaaaaaa",
        .version = a->version,
        .account = account,
        .at = at,
        .record = &record};
}

static inline enum pt_found
send(struct fixture *f, const struct pt_act *a, int64_t at)
{
    const struct pt_act_step step = step_of(a, f->clerk, at);
    enum pt_found found;

    assert_int_equal(pt_store_act_send(f->store, &step, NULL, &found), MH_OK);
    return found;
}

static const uint8_t op[MH_OP_ID] = {1, 2, 3};
static const uint8_t other_op[MH_OP_ID] = {3, 2, 1};

static inline enum pt_found
set_op(
    struct fixture *f, const struct pt_act *a, int64_t judge, const uint8_t *as)
{
    const struct pt_act_step step = step_of(a, judge, NOW);
    enum pt_found found;

    assert_int_equal(pt_store_act_op(f->store, &step, as, NULL, &found), MH_OK);
    return found;
}

static inline enum pt_found
sign(struct fixture *f, const struct pt_act *a, int64_t judge,
    const uint8_t *with, int64_t at)
{
    const struct pt_act_step step = step_of(a, judge, at);
    char text[40];
    struct pt_staged staged;
    const struct pt_act_signature s = {.staged = &staged,
        .op = with,
        .verdict = MH_TOTAL_PASSED,
        .signer_name = "HAKIM",
        .report = MH_SPAN_LIT("report")};
    enum pt_found found;

    (void)snprintf(text, sizeof(text), "signed %.26s", a->id);
    staged = stage(f, text);
    assert_int_equal(
        pt_store_act_signed(f->store, &step, &s, NULL, &found), MH_OK);
    return found;
}

static inline enum pt_found
publish(struct fixture *f, const struct pt_act *a, int64_t at)
{
    const struct pt_act_step step = step_of(a, f->clerk, at);
    struct pt_receipt r = {.text = "published",
        .status = "accepted",
        .created = at,
        .next_at = at};
    enum pt_found found;

    pt_id_new(r.document);
    pt_random(r.op, sizeof(r.op));
    assert_int_equal(
        pt_store_act_publish(f->store, &step, &r, NULL, &found), MH_OK);
    return found;
}

static inline enum pt_found
withdraw(struct fixture *f, const struct pt_act *a, int64_t judge)
{
    struct pt_act_step step = step_of(a, judge, NOW + 30);
    enum pt_found found;

    step.author = f->clerk;
    assert_int_equal(
        pt_store_act_withdraw(f->store, &step, NULL, &found), MH_OK);
    return found;
}

static inline enum pt_found
discard(struct fixture *f, const struct pt_act *a, int64_t judge)
{
    struct pt_act_step step = step_of(a, judge, NOW + 30);
    enum pt_found found;

    step.author = f->clerk;
    assert_int_equal(
        pt_store_act_discard(f->store, &step, NULL, &found), MH_OK);
    return found;
}

/* One that is at a state. */
static inline struct pt_act
at_state(struct fixture *f, struct pt_act a, enum pt_act_state s, int64_t at)
{
    int64_t judge = f->judge;

    assert_int_equal(add(f, &a, NULL), MH_OK);
    a = get(f, a.id);
    judge = a.judge;
    if (s == PT_ACT_DISCARDED) {
        assert_int_equal(discard(f, &a, judge), PT_FOUND);
        return get(f, a.id);
    }
    if (s >= PT_ACT_FOR_SIGNATURE)
        assert_int_equal(send(f, &a, at), PT_FOUND);
    if (s >= PT_ACT_SIGNED) {
        assert_int_equal(set_op(f, &a, judge, op), PT_FOUND);
        assert_int_equal(sign(f, &a, judge, op, at), PT_FOUND);
    }
    if (s >= PT_ACT_PUBLISHED)
        assert_int_equal(publish(f, &a, at), PT_FOUND);
    a = get(f, a.id);
    assert_int_equal(a.state, s);
    return a;
}

static inline struct pt_act
fresh(void)
{
    return (struct pt_act){.id = ""};
}

static inline size_t
records(struct fixture *f)
{
    struct pt_records list;

    assert_int_equal(
        pt_store_record_list(f->store, f->arena, NULL, &list), MH_OK);
    return list.count;
}

#endif
