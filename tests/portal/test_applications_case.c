/* portal/store/applications: a case of one, what its state refuses, and which
   bytes are kept. */
#include "tests/portal/applications.h"

#include "portal/data/series.h"
#include "portal/store/events.h"

/* ---- a case ---- */

struct making {
    struct pt_register what;
    struct pt_register_party party[2];
    struct pt_receipt receipt;
    struct pt_register_done out;
};

static void
make_of(struct fixture *f, struct making *m)
{
    *m = (struct making){.what = {.court = f->court,
                             .judge = f->judge,
                             .series = pt_series_of(0),
                             .proceeding = "",
                             .subject = "Borc"},
        .party = {
            {.p = {.side = PT_CASE_CLAIMANT, .name = "Bir"}},
            {.p = {.side = PT_CASE_DEFENDANT, .name = "İki"}},
        }};
    m->what.party = m->party;
    m->what.parties = 2;
    t_receipt(&m->receipt, "accepted");
}

static enum pt_application_done
make(struct fixture *f, const struct pt_application_by *who, struct making *m)
{
    const struct pt_application a = get(f, who->id);
    const struct pt_application_case c = {&m->what, &m->receipt};
    enum pt_application_done done;

    memcpy(m->receipt.document, a.d.id, sizeof(a.d.id));
    assert_int_equal(
        pt_store_application_register(f->store, who, &c, NULL, &m->out, &done),
        MH_OK);
    /* The one says the case exactly where the other says done. */
    assert_int_equal(m->out.what == PT_REGISTERED, done == PT_APPLICATION_DONE);
    return done;
}

static int64_t
cases(struct fixture *f)
{
    return t_number(f, "SELECT count(*) FROM court_case");
}

static void
test_register(void **state)
{
    const struct pt_record record = {.ev = "application.registered",
        .who = "p:5",
        .obj = "application:1",
        .res = "ok",
        .data = ""};
    struct fixture *f = *state;
    struct pt_account owner = {.id = f->owner, .role = PT_ROLE_CITIZEN};
    struct pt_application_by who;
    struct pt_application a;
    struct pt_document d;
    struct pt_notices told;
    struct pt_receipts receipts;
    struct making m;
    struct pt_case c;
    enum pt_found found;
    int64_t before;
    char id[27], first[27];

    to_review(f, PT_DOC_DESK, id);
    before = t_number(f, "SELECT count(*) FROM outbox");
    make_of(f, &m);
    who = by_of(f, f->clerk, id, REVIEWED);
    who.record = &record;
    who.now = NOW + 1; /* after it was taken up */
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_DONE);
    memcpy(first, m.out.id, sizeof(first));
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_DONE); /* the form */
    assert_string_equal(m.out.id, first);
    assert_int_equal(cases(f), 1);
    a = get(f, id);
    assert_int_equal(a.state, PT_APPLICATION_REGISTERED);
    assert_int_equal(a.version, REVIEWED + 1);
    assert_int_equal(a.decided, NOW + 1);
    assert_string_equal(a.reviewer, "clerk Soyad");
    assert_string_equal(a.case_id, first);
    assert_memory_equal(a.case_number, "e-", 2);
    /* Its document, under the id that the receipt of its filing names. */
    assert_int_equal(
        pt_store_document_get(f->store, a.d.id, f->arena, NULL, &d), MH_OK);
    assert_string_equal(d.case_id, first);
    assert_string_equal(d.kind, "application");
    assert_string_equal(d.title, "Başlıq");
    assert_string_equal(d.name, "a.edoc");
    assert_int_equal(d.state, PT_DOC_ACCEPTED);
    assert_int_equal(d.verdict, MH_TOTAL_PASSED);
    assert_int_equal(d.filed, NOW);
    assert_int_equal(d.filer, f->owner);
    assert_memory_equal(d.sha256, a.d.sha256, PT_HASH);
    assert_int_equal(
        pt_store_receipt_list(f->store, a.d.id, f->arena, NULL, &receipts),
        MH_OK);
    assert_int_equal(receipts.count, 2);
    assert_int_equal(t_number(f, "SELECT count(*) FROM preserved"), 1);
    assert_int_equal(t_number(f, "SELECT count(*) FROM party"), 2);
    assert_int_equal(t_number(f, "SELECT count(*) FROM outbox"), before + 2);
    /* Who filed it takes part, sees it and was told. */
    assert_int_equal(
        pt_store_case_get(f->store, first, &owner, NULL, &c, &found), MH_OK);
    assert_int_equal(found, PT_FOUND);
    assert_int_equal(c.role, PT_CASE_CLAIMANTS_LAWYER);
    assert_string_equal(c.number, a.case_number);
    assert_int_equal(
        pt_store_notice_list(f->store,
            &(struct pt_notice_query){.account = f->owner, .after = ""},
            f->arena, NULL, &told),
        MH_OK);
    assert_string_equal(told.item[0].kind, "case-registered");
    assert_string_equal(told.item[0].case_id, first);
    make_of(f, &m);
    who = by_of(f, f->clerk, id, REVIEWED + 1);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_ILLEGAL);
    assert_int_equal(cases(f), 1);
}

/* Whoever files for itself is the claimant, and stays it. */
static void
test_register_claimant(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct making m;
    char id[27];

    to_review(f, PT_DOC_ACCEPTED, id);
    make_of(f, &m);
    m.party[0].account = f->owner;
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_DONE);
    assert_int_equal(t_number(f, "SELECT count(*) FROM participant"), 1);
    assert_int_equal(
        t_number(f, "SELECT role FROM participant"), PT_CASE_CLAIMANT);
}

static void
test_register_refused(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct making m;
    char id[27];

    to_review(f, PT_DOC_ACCEPTED, id);
    make_of(f, &m);
    who = by_of(f, f->clerk2, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_NONE);
    who = by_of(f, f->judge, id, REVIEWED); /* no clerk of it */
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_NONE);
    who = by_of(f, f->owner, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_NONE);
    who = by_of(f, f->clerk, id, REVIEWED - 1);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_STALE);
    m.what.judge = f->judge2;
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_NONE);
    m.what.judge = 0;
    /* A clerk of both courts: it is a case of its own court only. */
    assert_int_equal(
        pt_store_official_put(f->store, f->clerk, f->court2, NULL), MH_OK);
    m.what.court = f->court2;
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_NONE);
    assert_int_equal(cases(f), 0);
    m.what.court = f->court;
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_DONE);
    m.out = (struct pt_register_done){.id = ""};
    f->digest[0] ^= 1; /* the same form saying something else */
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_OTHER);
    f->digest[0] ^= 1;
    assert_int_equal(cases(f), 1);
}

/* Nothing becomes a case whose signature is unjudged, or bad. */
static void
test_register_judged(void **state)
{
    const struct pt_record record = {.ev = "verdict",
        .who = "p:1",
        .obj = "application:1",
        .res = "ok",
        .data = ""};
    struct fixture *f = *state;
    struct pt_document d = {.state = PT_DOC_ACCEPTED,
        .verdict = MH_TOTAL_PASSED,
        .format = MH_FORMAT_ASIC_E,
        .signer = "Ad Soyad",
        .report = mh_span_str("later"),
        .judged = NOW + 60};
    struct pt_application_by who;
    struct making m;
    int64_t before;
    char id[27], bad[27];

    to_review(f, PT_DOC_RETURNED, bad);
    make_of(f, &m);
    who = by_of(f, f->clerk, bad, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_ILLEGAL);
    to_review(f, PT_DOC_RECEIVED, id);
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_ILLEGAL);
    assert_int_equal(cases(f), 0);
    before = t_number(f, "SELECT count(*) FROM outbox");
    assert_int_equal(
        pt_store_application_judged(f->store, id, &d, &record, NULL), MH_OK);
    assert_int_equal(get(f, id).d.state, PT_DOC_ACCEPTED);
    assert_int_equal(get(f, id).d.judged, NOW + 60);
    assert_int_equal(get(f, id).version, REVIEWED);
    assert_int_equal(t_number(f, "SELECT count(*) FROM outbox"), before + 1);
    /* A second one, and one of another that waits for none: no change. */
    d.state = PT_DOC_RETURNED;
    assert_int_equal(
        pt_store_application_judged(f->store, id, &d, &record, NULL), MH_OK);
    d.state = PT_DOC_ACCEPTED;
    assert_int_equal(
        pt_store_application_judged(f->store, bad, &d, &record, NULL), MH_OK);
    assert_int_equal(get(f, id).d.state, PT_DOC_ACCEPTED);
    assert_int_equal(get(f, bad).d.state, PT_DOC_RETURNED);
    assert_int_equal(t_number(f, "SELECT count(*) FROM outbox"), before + 1);
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_DONE);
}

/* A receipt that cannot be written: no case, number, party or record. */
static void
test_register_whole(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    enum pt_application_done done;
    struct making m;
    int64_t before, told;
    char id[27];

    to_review(f, PT_DOC_ACCEPTED, id);
    make_of(f, &m);
    m.receipt.text = NULL; /* which the table has not */
    before = t_number(f, "SELECT count(*) FROM outbox");
    told = t_number(f, "SELECT count(*) FROM notification");
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_not_equal(pt_store_application_register(f->store, &who,
                             &(struct pt_application_case){&m.what, &m.receipt},
                             NULL, &m.out, &done),
        MH_OK);
    assert_int_equal(cases(f), 0);
    assert_int_equal(t_number(f, "SELECT count(*) FROM party"), 0);
    assert_int_equal(t_number(f, "SELECT count(*) FROM document"), 0);
    assert_int_equal(t_number(f, "SELECT count(*) FROM outbox"), before);
    assert_int_equal(t_number(f, "SELECT count(*) FROM notification"), told);
    assert_int_equal(get(f, id).state, PT_APPLICATION_IN_REVIEW);
    make_of(f, &m);
    who = by_of(f, f->clerk, id, REVIEWED);
    assert_int_equal(make(f, &who, &m), PT_APPLICATION_DONE);
    assert_int_equal(
        t_number(f, "SELECT number LIKE '%-1/2023' FROM court_case"), 1);
}

/* ---- what a state refuses ---- */

typedef enum pt_application_done change(
    struct fixture *f, const struct pt_application_by *who);

static enum pt_application_done
do_party(struct fixture *f, const struct pt_application_by *who)
{
    return add_party(f, who, PT_CASE_THIRD, "Üç");
}

static enum pt_application_done
do_drop_party(struct fixture *f, const struct pt_application_by *who)
{
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_drop_party(f->store, who, who->id, NULL, &done),
        MH_OK);
    return done;
}

static enum pt_application_done
do_file(struct fixture *f, const struct pt_application_by *who)
{
    return add_file(f, who, "z.pdf", "z");
}

static enum pt_application_done
do_drop_file(struct fixture *f, const struct pt_application_by *who)
{
    enum pt_application_done done;

    assert_int_equal(
        pt_store_application_drop_file(f->store, who, who->id, NULL, &done),
        MH_OK);
    return done;
}

static enum pt_application_done
do_fee(struct fixture *f, const struct pt_application_by *who)
{
    return set_fee(f, who, "another text");
}

static enum pt_application_done
do_submit(struct fixture *f, const struct pt_application_by *who)
{
    struct pt_application_by copy = *who;

    return submit(f, &copy, "others");
}

static enum pt_application_done
do_return(struct fixture *f, const struct pt_application_by *who)
{
    return decide(f, who, PT_APPLICATION_RETURNED);
}

static enum pt_application_done
do_reject(struct fixture *f, const struct pt_application_by *who)
{
    return decide(f, who, PT_APPLICATION_REJECTED);
}

static enum pt_application_done
do_register(struct fixture *f, const struct pt_application_by *who)
{
    struct making m;

    make_of(f, &m);
    return make(f, who, &m);
}

#define DO(name)                                                               \
    static enum pt_application_done do_##name(                                 \
        struct fixture *f, const struct pt_application_by *who)                \
    {                                                                          \
        enum pt_application_done done;                                         \
                                                                               \
        assert_int_equal(                                                      \
            pt_store_application_##name(f->store, who, NULL, &done), MH_OK);   \
        return done;                                                           \
    }
DO(reopen)
DO(discard)
DO(withdraw)
DO(archive)
DO(review)

static enum pt_application_done
do_copy(struct fixture *f, const struct pt_application_by *who)
{
    enum pt_application_done done;
    char id[27];

    assert_int_equal(
        pt_store_application_copy(f->store, who, NULL, id, &done), MH_OK);
    return done;
}

#define BIT(state) (1U << (unsigned)PT_APPLICATION_##state)

static const struct {
    const char *name;
    change *run;
    bool clerk;
    unsigned legal; /* in which states */
} changes[] = {
    {"court", set_court, false, BIT(DRAFT)},
    {"add party", do_party, false, BIT(DRAFT)},
    {"drop party", do_drop_party, false, BIT(DRAFT)},
    {"add file", do_file, false, BIT(DRAFT)},
    {"drop file", do_drop_file, false, BIT(DRAFT)},
    {"text", set_text, false, BIT(DRAFT)},
    {"fee", do_fee, false, BIT(DRAFT)},
    {"discard", do_discard, false, BIT(DRAFT)},
    {"reopen", do_reopen, false, BIT(AWAITING_SIGNATURE)},
    {"submit", do_submit, false, BIT(AWAITING_SIGNATURE)},
    {"withdraw", do_withdraw, false, BIT(SUBMITTED)},
    {"copy", do_copy, false, BIT(RETURNED)},
    {"archive", do_archive, false,
        BIT(RETURNED) | BIT(REGISTERED) | BIT(REJECTED) | BIT(WITHDRAWN)},
    {"review", do_review, true, BIT(SUBMITTED)},
    {"return", do_return, true, BIT(IN_REVIEW)},
    {"reject", do_reject, true, BIT(IN_REVIEW)},
    {"register", do_register, true, BIT(IN_REVIEW)},
};

/* One in that state. */
static void
bring_to(struct fixture *f, enum pt_application_state state, char id[static 27])
{
    struct pt_application_by who;

    if (state <= PT_APPLICATION_SUBMITTED || state == PT_APPLICATION_WITHDRAWN)
        prepare(f, id);
    else
        to_review(f, PT_DOC_DESK, id);
    who = by(f, id, PREPARED);
    if (state == PT_APPLICATION_DRAFT)
        assert_int_equal(do_reopen(f, &who), PT_APPLICATION_DONE);
    else if (state == PT_APPLICATION_AWAITING_PAYMENT)
        t_do(f, "UPDATE application SET state = 2 WHERE state = 3");
    else if (state == PT_APPLICATION_SUBMITTED ||
             state == PT_APPLICATION_WITHDRAWN)
        assert_int_equal(submit(f, &who, id), PT_APPLICATION_DONE);
    if (state == PT_APPLICATION_WITHDRAWN) {
        who = by(f, id, PREPARED + 1);
        assert_int_equal(do_withdraw(f, &who), PT_APPLICATION_DONE);
    }
    who = by_of(f, f->clerk, id, REVIEWED);
    if (state == PT_APPLICATION_RETURNED || state == PT_APPLICATION_REJECTED)
        assert_int_equal(decide(f, &who, state), PT_APPLICATION_DONE);
    else if (state == PT_APPLICATION_REGISTERED)
        assert_int_equal(do_register(f, &who), PT_APPLICATION_DONE);
    assert_int_equal(get(f, id).state, state);
}

static void
test_refused(void **state)
{
    struct fixture *f = *state;
    size_t refused = 0;

    for (enum pt_application_state s = PT_APPLICATION_DRAFT;
         s < PT_APPLICATION_STATES; s++) {
        int64_t version, events, blobs, receipts, made;
        char id[27];

        bring_to(f, s, id);
        version = get(f, id).version;
        events = t_number(f, "SELECT count(*) FROM event");
        blobs = t_number(f, "SELECT count(*) FROM blob");
        receipts = t_number(f, "SELECT count(*) FROM receipt");
        made = cases(f);
        for (size_t i = 0; i < T_COUNT(changes); i++) {
            struct pt_application_by who =
                by_of(f, changes[i].clerk ? f->clerk : f->owner, id, version);
            enum pt_application_done want =
                changes[i].clerk && s < PT_APPLICATION_SUBMITTED
                    ? PT_APPLICATION_NONE /* the court sees no draft */
                    : PT_APPLICATION_ILLEGAL;

            if ((changes[i].legal & (1U << (unsigned)s)) != 0)
                continue;
            T_CHECK(changes[i].name, changes[i].run(f, &who) == want);
            T_CHECK(changes[i].name, get(f, id).state == s);
            refused++;
        }
        assert_int_equal(get(f, id).version, version);
        assert_int_equal(t_number(f, "SELECT count(*) FROM event"), events);
        assert_int_equal(t_number(f, "SELECT count(*) FROM blob"), blobs);
        assert_int_equal(t_number(f, "SELECT count(*) FROM receipt"), receipts);
        assert_int_equal(cases(f), made);
    }
    /* 17 changes in nine states but the 20 that are legal. */
    assert_int_equal(refused, 17 * 9 - 20);
}

/* ---- which bytes are kept ---- */

/* Collects; then there is a file for each row, and that many. */
static void
keeps(struct fixture *f, int64_t want)
{
    uint64_t removed;

    assert_int_equal(
        pt_store_blob_collect(f->store, NOW + 1, NULL, &removed), MH_OK);
    assert_int_equal(t_number(f, "SELECT count(*) FROM blob"), want);
    assert_int_equal(t_blobs(f->dir, f->where), want);
}

static void
test_kept(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application_files list;
    enum pt_application_done done;
    char id[27], gone[27];

    prepare(f, id); /* a file and a text */
    keeps(f, 2);
    who = by(f, id, PREPARED);
    assert_int_equal(do_reopen(f, &who), PT_APPLICATION_DONE);
    keeps(f, 1); /* the text is to be made again */
    assert_int_equal(
        pt_store_application_files(f->store, id, f->arena, NULL, &list), MH_OK);
    who = by(f, id, PREPARED + 1);
    assert_int_equal(
        add_file(f, &who, "b.pdf", "the file"), PT_APPLICATION_DONE);
    who = by(f, id, PREPARED + 2);
    assert_int_equal(pt_store_application_drop_file(
                         f->store, &who, list.item[0].id, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    keeps(f, 1); /* the other file has the same bytes */
    who = by(f, id, PREPARED + 3);
    assert_int_equal(set_fee(f, &who, "first text"), PT_APPLICATION_DONE);
    keeps(f, 2);
    who = by(f, id, PREPARED + 3);
    assert_int_equal(submit(f, &who, "too early"), PT_APPLICATION_STALE);
    keeps(f, 2);
    who = by(f, id, PREPARED + 4);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_DONE);
    keeps(f, 3);
    prepare(f, gone);
    keeps(f, 4); /* its file is one that is there, its text another */
    who = by(f, gone, PREPARED);
    assert_int_equal(do_reopen(f, &who), PT_APPLICATION_DONE);
    who = by(f, gone, PREPARED + 1);
    assert_int_equal(
        add_file(f, &who, "c.pdf", "its own"), PT_APPLICATION_DONE);
    keeps(f, 4);
    who = by(f, gone, PREPARED + 2);
    assert_int_equal(do_discard(f, &who), PT_APPLICATION_DONE);
    keeps(f, 3);
    assert_int_equal(t_number(f, "SELECT count(*) FROM application_party"), 2);
    prepare(f, gone);
    keeps(f, 4);
    assert_int_equal(
        pt_store_application_expire(f->store, NOW + PT_APPLICATION_KEEP, NULL),
        MH_OK);
    assert_string_equal(get(f, gone).id, "");
    keeps(f, 3);
    /* Until it is a case, and then. */
    who = by_of(f, f->clerk, id, PREPARED + 5);
    assert_int_equal(do_review(f, &who), PT_APPLICATION_DONE);
    who = by_of(f, f->clerk, id, PREPARED + 6);
    assert_int_equal(do_register(f, &who), PT_APPLICATION_DONE);
    keeps(f, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_register, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_register_claimant, setup, teardown),
        cmocka_unit_test_setup_teardown(test_register_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_register_judged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_register_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
