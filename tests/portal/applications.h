/*
 * A store with courts, people and applications in every state, for the tests
 * of portal/store/applications.  Each change is made with a form of its own.
 */
#ifndef TESTS_PORTAL_APPLICATIONS_H
#define TESTS_PORTAL_APPLICATIONS_H

#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/time.h"
#include "portal/http/id.h"
#include "portal/store/applications.h"
#include "tests/folder.h"
#include "tests/portal/blobs.h"

enum {
    NOW = 1700000000, /* in 2023 */
};

struct fixture {
    char dir[64], where[256], form[27];
    struct pt_store *store;
    struct pt_db db; /* behind the store */ /* the test's own look at it */
    struct mh_arena *arena;
    int64_t owner, other, court, court2, clerk, clerk2, judge, judge2;
    uint8_t digest[PT_HASH];
};

static inline int64_t
t_account(struct fixture *f, const char *name, enum pt_role role)
{
    struct pt_account a = {.role = role, .state = PT_ACCOUNT_ACTIVE};

    (void)snprintf(a.username, sizeof(a.username), "%s", name);
    (void)snprintf(a.name, sizeof(a.name), "%s", name);
    (void)snprintf(a.surname, sizeof(a.surname), "Soyad");
    assert_int_equal(pt_store_account_add(f->store, &a, NULL, &a.id), MH_OK);
    return a.id;
}

static inline int64_t
t_official(
    struct fixture *f, const char *name, enum pt_role role, int64_t court)
{
    int64_t id = t_account(f, name, role);

    assert_int_equal(pt_store_official_put(f->store, id, court, NULL), MH_OK);
    return id;
}

static inline int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/mohur-apps-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    t_where(f->where, sizeof(f->where), f->dir);
    f->arena = mh_arena_new(64 << 20);
    assert_non_null(f->arena);
    assert_int_equal(pt_store_open(f->where, NOW, NULL, &f->store), MH_OK);
    assert_int_equal(pt_store_start(f->store, NULL), MH_OK);
    t_behind_open(&f->db, f->where);
    assert_int_equal(
        pt_store_court_put(f->store, "113", "Kommersiya", NULL, &f->court),
        MH_OK);
    assert_int_equal(
        pt_store_court_put(f->store, "006", "Nəsimi", NULL, &f->court2), MH_OK);
    f->owner = t_account(f, "owner", PT_ROLE_CITIZEN);
    f->other = t_account(f, "other", PT_ROLE_CITIZEN);
    f->clerk = t_official(f, "clerk", PT_ROLE_CLERK, f->court);
    f->clerk2 = t_official(f, "clerk2", PT_ROLE_CLERK, f->court2);
    f->judge = t_official(f, "judge", PT_ROLE_JUDGE, f->court);
    f->judge2 = t_official(f, "judge2", PT_ROLE_JUDGE, f->court2);
    *state = f;
    return 0;
}

static inline int
teardown(void **state)
{
    struct fixture *f = *state;

    pt_db_close(&f->db);
    pt_store_close(f->store);
    assert_int_equal(t_remove_all(f->dir), 0);
    mh_arena_free(f->arena);
    free(f);
    return 0;
}

/* The number that a statement finds. */
static inline int64_t
t_number(struct fixture *f, const char *sql)
{
    return t_behind_number(&f->db, sql);
}

static inline void
t_do(struct fixture *f, const char *sql)
{
    t_behind_do(&f->db, sql);
}

/* A change by somebody with a form of its own, which lives until the next. */
static inline struct pt_application_by
by_of(struct fixture *f, int64_t account, const char *id, int64_t version)
{
    pt_id_new(f->form);
    return (struct pt_application_by){.id = id,
        .account = account,
        .version = version,
        .now = NOW,
        .form = f->form,
        .digest = f->digest};
}

static inline struct pt_application_by
by(struct fixture *f, const char *id, int64_t version)
{
    return by_of(f, f->owner, id, version);
}

static inline struct pt_application
get(struct fixture *f, const char *id)
{
    struct pt_application a;

    assert_int_equal(
        pt_store_application_get(f->store, id, f->arena, NULL, &a), MH_OK);
    return a;
}

static inline void
begin(struct fixture *f, char id[static 27])
{
    struct pt_application_by who = by(f, "", 0);
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_new(f->store, &who, NULL, id, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
}

static inline struct pt_staged
stage(struct fixture *f, const char *text)
{
    return t_stage(f->store, text);
}

static inline enum pt_application_done
set_court(struct fixture *f, const struct pt_application_by *who)
{
    struct pt_application a = {.court = f->court,
        .kind = "claim",
        .claim = "valued",
        .price = 12345,
        .body = "",
        .claims = ""};
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_set_court(f->store, who, &a, NULL, &done), MH_OK);
    return done;
}

static inline enum pt_application_done
set_text(struct fixture *f, const struct pt_application_by *who)
{
    struct pt_application a = {
        .title = "Başlıq", .body = "Mətn", .claims = "Tələb"};
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_set_text(f->store, who, &a, NULL, NULL, &done),
        MH_OK);
    return done;
}

/* pdf: what will be signed; NULL: nothing is made. */
static inline enum pt_application_done
set_fee(struct fixture *f, const struct pt_application_by *who, const char *pdf)
{
    struct pt_application a = {.fee = "deferral_requested",
        .fee_why = "Səbəb",
        .total = 4500,
        .policy = 7,
        .body = "",
        .claims = ""};
    struct pt_staged staged = {.size = 0};
    enum pt_application_done done;

    if (pdf != NULL)
        staged = stage(f, pdf);
    assert_int_equal(pt_store_application_set_fee(f->store, who, &a,
                         pdf == NULL ? NULL : &staged, NULL, &done),
        MH_OK);
    assert_string_equal(staged.temp, "");
    return done;
}

static inline enum pt_application_done
add_file(struct fixture *f, const struct pt_application_by *who,
    const char *name, const char *bytes)
{
    struct pt_application_file file = {.format = MH_FORMAT_PDF};
    struct pt_staged staged = stage(f, bytes);
    const struct pt_application_adding adding = {&file, &staged, 1};
    enum pt_application_done done;

    (void)snprintf(file.kind, sizeof(file.kind), "evidence");
    (void)snprintf(file.name, sizeof(file.name), "%s", name);
    (void)snprintf(file.title, sizeof(file.title), "%s", name);
    assert_int_equal(
        pt_store_application_add_files(f->store, who, &adding, NULL, &done),
        MH_OK);
    assert_string_equal(staged.temp, ""); /* used up, whatever was done */
    return done;
}

static inline enum pt_application_done
add_party(struct fixture *f, const struct pt_application_by *who,
    enum pt_case_role side, const char *name)
{
    struct pt_application_party p = {.side = side, .address = "Bakı"};
    enum pt_application_done done;

    (void)snprintf(p.name, sizeof(p.name), "%s", name);
    assert_int_equal(
        pt_store_application_add_party(f->store, who, &p, NULL, &done), MH_OK);
    return done;
}

/* One that waits for its signature, of version 6: two parties, one file. */
static inline void
prepare(struct fixture *f, char id[static 27])
{
    struct pt_application_by who;

    begin(f, id);
    who = by(f, id, 1);
    assert_int_equal(set_court(f, &who), PT_APPLICATION_DONE);
    who = by(f, id, 2);
    assert_int_equal(
        add_party(f, &who, PT_CASE_CLAIMANT, "Bir"), PT_APPLICATION_DONE);
    who = by(f, id, 3);
    assert_int_equal(
        add_party(f, &who, PT_CASE_DEFENDANT, "İki"), PT_APPLICATION_DONE);
    who = by(f, id, 4);
    assert_int_equal(
        add_file(f, &who, "a.pdf", "the file"), PT_APPLICATION_DONE);
    who = by(f, id, 5);
    assert_int_equal(set_text(f, &who), PT_APPLICATION_DONE);
    who = by(f, id, 6);
    assert_int_equal(set_fee(f, &who, "the text"), PT_APPLICATION_DONE);
}

enum {
    PREPARED = 7, /* its version when it is prepared */
};

/* What was signed, with a verdict of its own and the receipt it is owed. */
struct bring {
    struct pt_document d;
    struct pt_receipt receipt;
    struct pt_staged staged;
    struct pt_record record;
};

static inline void
t_receipt(struct pt_receipt *r, const char *status)
{
    static uint8_t next[MH_OP_ID];

    *r = (struct pt_receipt){
        .text = "status=received\n", .created = NOW, .next_at = NOW};
    for (size_t i = 0; i < MH_OP_ID && ++next[i] == 0; i++)
        ;
    memcpy(r->op, next, MH_OP_ID);
    (void)snprintf(r->status, sizeof(r->status), "%s", status);
}

static inline void
bring_of(struct fixture *f, const char *bytes, struct bring *out)
{
    *out = (struct bring){.d = {.filer = f->owner,
                              .name = "a.edoc",
                              .format = MH_FORMAT_ASIC_E,
                              .filed = NOW,
                              .state = PT_DOC_ACCEPTED,
                              .verdict = MH_TOTAL_PASSED,
                              .signer = "Ad Soyad",
                              .report = mh_span_str("report"),
                              .judged = NOW},
        .record = {.ev = "application.submitted",
            .who = "p:1",
            .obj = "application:1",
            .res = "ok",
            .data = ""}};
    t_receipt(&out->receipt, "accepted");
    out->staged = stage(f, bytes);
    memcpy(out->d.sha256, out->staged.sha256, PT_HASH);
}

static inline enum pt_application_done
submit_at(struct fixture *f, struct pt_application_by *who, struct bring *b)
{
    const struct pt_application_signed with = {&b->d, &b->receipt, &b->staged};
    enum pt_application_done done;

    who->record = &b->record;
    assert_int_equal(
        pt_store_application_submit(f->store, who, &with, NULL, &done), MH_OK);
    assert_string_equal(b->staged.temp, "");
    return done;
}

static inline enum pt_application_done
submit(struct fixture *f, struct pt_application_by *who, const char *bytes)
{
    struct bring b;

    bring_of(f, bytes, &b);
    return submit_at(f, who, &b);
}

/* One that is in_review, of version 9, as it was ruled. */
static inline void
to_review(struct fixture *f, enum pt_doc_state ruled, char id[static 27])
{
    struct pt_application_by who;
    enum pt_application_done done;
    struct bring b;

    prepare(f, id);
    who = by(f, id, PREPARED);
    bring_of(f, id, &b);
    b.d.state = ruled;
    assert_int_equal(submit_at(f, &who, &b), PT_APPLICATION_DONE);
    who = by_of(f, f->clerk, id, PREPARED + 1);
    assert_int_equal(
        pt_store_application_review(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
}

enum {
    REVIEWED = PREPARED + 2, /* its version when it is in_review */
};

static inline enum pt_application_done
decide(struct fixture *f, const struct pt_application_by *who,
    enum pt_application_state to)
{
    const struct pt_application_word word = {to, "Möhür yoxdur"};
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_decide(f->store, who, &word, NULL, &done), MH_OK);
    return done;
}

#endif
