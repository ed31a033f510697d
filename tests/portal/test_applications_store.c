/* portal/store/applications: what an owner says and attaches in steps, the
   versions of it, its limits and its ends. */
#include "tests/portal/applications.h"

static void
test_versions(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application a;
    char id[27];

    begin(f, id);
    who = by(f, id, 1);
    assert_int_equal(set_court(f, &who), PT_APPLICATION_DONE);
    assert_int_equal(set_court(f, &who), PT_APPLICATION_DONE); /* once */
    a = get(f, id);
    assert_int_equal(a.version, 2);
    assert_int_equal(a.price, 12345);
    assert_string_equal(a.court_code, "113");
    who = by(f, id, 1);
    assert_int_equal(set_court(f, &who), PT_APPLICATION_STALE);
    who = by(f, id, 2);
    who.account = f->other;
    assert_int_equal(set_court(f, &who), PT_APPLICATION_NONE);
    assert_int_equal(get(f, id).version, 2);
}

static void
test_parties(void **state)
{
    struct fixture *f = *state;
    struct pt_application_parties list;
    struct pt_application_party p = {.side = PT_CASE_CLAIMANT};
    enum pt_application_done done;
    char id[27];

    begin(f, id);
    for (int64_t i = 0; i <= PT_APPLICATION_PARTIES; i++) {
        struct pt_application_by who = by(f, id, i + 1);

        (void)snprintf(p.name, sizeof(p.name), "%lld", (long long)i);
        assert_int_equal(
            pt_store_application_add_party(f->store, &who, &p, NULL, &done),
            MH_OK);
        assert_int_equal(done, i < PT_APPLICATION_PARTIES
                                   ? PT_APPLICATION_DONE
                                   : PT_APPLICATION_FULL);
    }
    assert_int_equal(
        pt_store_application_parties(f->store, id, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, PT_APPLICATION_PARTIES);
}

/* A party that is none changes nothing: what was made stays. */
static void
test_drop_party(void **state)
{
    struct fixture *f = *state;
    struct pt_application_parties list;
    struct pt_application_by who;
    enum pt_application_done done;
    char id[27];

    prepare(f, id);
    who = by(f, id, PREPARED);
    assert_int_equal(
        pt_store_application_reopen(f->store, &who, NULL, &done), MH_OK);
    who = by(f, id, PREPARED + 1);
    assert_int_equal(set_fee(f, &who, "again"), PT_APPLICATION_DONE);
    t_do(f, "UPDATE application SET state = 1");
    who = by(f, id, PREPARED + 2);
    assert_int_equal(
        pt_store_application_drop_party(f->store, &who, id, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_NONE);
    assert_true(get(f, id).made);
    assert_int_equal(get(f, id).version, PREPARED + 2);
    assert_int_equal(
        pt_store_application_parties(f->store, id, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.item[0].name, "Bir");
    assert_string_equal(list.item[0].address, "Bakı");
    assert_int_equal(list.item[1].side, PT_CASE_DEFENDANT);
    who = by(f, id, PREPARED + 2);
    assert_int_equal(pt_store_application_drop_party(
                         f->store, &who, list.item[0].id, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_false(get(f, id).made); /* it says something else now */
    assert_int_equal(
        pt_store_application_parties(f->store, id, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].name, "İki");
}

/* ---- files ---- */

static struct pt_application_files
files(struct fixture *f, const char *id)
{
    struct pt_application_files list;

    assert_int_equal(
        pt_store_application_files(f->store, id, f->arena, NULL, &list), MH_OK);
    return list;
}

static void
test_files(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application_files list;
    enum pt_application_done done;
    struct mh_span other;
    char id[27], another[27];

    begin(f, id);
    begin(f, another);
    who = by(f, id, 1);
    assert_int_equal(add_file(f, &who, "a.pdf", "one"), PT_APPLICATION_DONE);
    assert_int_equal(add_file(f, &who, "a.pdf", "one"), PT_APPLICATION_DONE);
    who = by(f, id, 2);
    assert_int_equal(add_file(f, &who, "b.pdf", "four"), PT_APPLICATION_DONE);
    who = by(f, id, 3);
    assert_int_equal(add_file(f, &who, "c.pdf", "one"), PT_APPLICATION_DONE);
    list = files(f, id);
    assert_int_equal(list.count, 3); /* the form that came twice counts once */
    assert_int_equal(list.size, 10);
    assert_string_equal(list.item[0].name, "a.pdf");
    assert_string_equal(list.item[1].title, "b.pdf");
    assert_string_equal(list.item[1].kind, "evidence");
    assert_int_equal(list.item[1].format, MH_FORMAT_PDF);
    assert_string_equal(list.item[2].name, "c.pdf");
    other = (struct mh_span){list.item[2].sha256, PT_HASH};
    assert_memory_equal(list.item[0].sha256, other.ptr, other.len);

    who = by(f, id, 3);
    assert_int_equal(add_file(f, &who, "d.pdf", "late"), PT_APPLICATION_STALE);
    who = by_of(f, f->other, id, 4);
    assert_int_equal(add_file(f, &who, "d.pdf", "late"), PT_APPLICATION_NONE);
    /* That of another application, and one that is gone. */
    who = by(f, another, 1);
    assert_int_equal(pt_store_application_drop_file(
                         f->store, &who, list.item[1].id, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_NONE);
    who = by(f, id, 4);
    assert_int_equal(pt_store_application_drop_file(
                         f->store, &who, list.item[1].id, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    who = by(f, id, 5);
    assert_int_equal(pt_store_application_drop_file(
                         f->store, &who, list.item[1].id, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_NONE);
    list = files(f, id);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.size, 6);
    assert_string_equal(list.item[1].name, "c.pdf");
    assert_int_equal(get(f, id).version, 5);
    assert_int_equal(t_number(f, "SELECT count(*) FROM application_file"), 2);
}

/* Several at once: all of them, or none where one is too many. */
static enum pt_application_done
add_many(struct fixture *f, const struct pt_application_by *who, size_t n,
    uint64_t each)
{
    static unsigned made;
    struct pt_application_file *file =
        mh_arena_array(f->arena, n, sizeof(*file));
    struct pt_staged *staged = mh_arena_array(f->arena, n, sizeof(*staged));
    const struct pt_application_adding adding = {file, staged, n};
    enum pt_application_done done;

    assert_non_null(file);
    assert_non_null(staged);
    for (size_t i = 0; i < n; i++) {
        char bytes[32];

        (void)snprintf(bytes, sizeof(bytes), "file %u", made++);
        staged[i] = stage(f, bytes);
        if (each != 0)
            staged[i].size = each; /* as if there were so many */
    }
    assert_int_equal(
        pt_store_application_add_files(f->store, who, &adding, NULL, &done),
        MH_OK);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(staged[i].temp, "");
    return done;
}

static void
test_files_count(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    char id[27];

    begin(f, id);
    who = by(f, id, 1);
    assert_int_equal(
        add_many(f, &who, PT_APPLICATION_FILES + 1, 0), PT_APPLICATION_FULL);
    assert_int_equal(files(f, id).count, 0);
    who = by(f, id, 1);
    assert_int_equal(
        add_many(f, &who, PT_APPLICATION_FILES - 1, 0), PT_APPLICATION_DONE);
    who = by(f, id, 2);
    assert_int_equal(add_many(f, &who, 2, 0), PT_APPLICATION_FULL);
    assert_int_equal(files(f, id).count, PT_APPLICATION_FILES - 1);
    who = by(f, id, 2);
    assert_int_equal(add_many(f, &who, 1, 0), PT_APPLICATION_DONE);
    who = by(f, id, 3);
    assert_int_equal(add_many(f, &who, 1, 0), PT_APPLICATION_FULL);
    assert_int_equal(files(f, id).count, PT_APPLICATION_FILES);
    assert_int_equal(get(f, id).version, 3);
    /* What was refused left no bytes behind. */
    assert_int_equal(
        t_number(f, "SELECT count(*) FROM blob"), PT_APPLICATION_FILES);
}

static void
test_files_bytes(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    char id[27];

    begin(f, id);
    who = by(f, id, 1);
    assert_int_equal(
        add_many(f, &who, 1, PT_APPLICATION_BYTES + 1), PT_APPLICATION_FULL);
    who = by(f, id, 1);
    assert_int_equal(add_many(f, &who, 2, PT_APPLICATION_BYTES / 2 + 1),
        PT_APPLICATION_FULL);
    assert_int_equal(files(f, id).count, 0);
    who = by(f, id, 1);
    assert_int_equal(
        add_many(f, &who, 1, PT_APPLICATION_BYTES - 5), PT_APPLICATION_DONE);
    who = by(f, id, 2);
    assert_int_equal(add_many(f, &who, 1, 6), PT_APPLICATION_FULL);
    who = by(f, id, 2);
    assert_int_equal(add_many(f, &who, 1, 5), PT_APPLICATION_DONE);
    assert_int_equal(files(f, id).size, PT_APPLICATION_BYTES);
    who = by(f, id, 3);
    assert_int_equal(add_many(f, &who, 1, 1), PT_APPLICATION_FULL);
    assert_int_equal(files(f, id).count, 2);
}

/* ---- text and fee ---- */

static void
test_text(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application a = {.claims = "Tələb"};
    struct pt_staged pdf;
    enum pt_application_done done;
    char id[27], *body = malloc(PT_APPLICATION_BODY + 1);

    assert_non_null(body);
    memset(body, 'a', PT_APPLICATION_BODY);
    body[PT_APPLICATION_BODY] = '\0';
    a.body = body;
    memset(a.title, 'b', PT_APPLICATION_TITLE);
    begin(f, id);
    who = by(f, id, 1);
    pdf = stage(f, "preview");
    assert_int_equal(
        pt_store_application_set_text(f->store, &who, &a, &pdf, NULL, &done),
        MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_string_equal(pdf.temp, "");
    assert_string_equal(get(f, id).body, body);
    assert_string_equal(get(f, id).title, a.title);
    assert_string_equal(get(f, id).claims, "Tələb");
    assert_int_equal(get(f, id).state, PT_APPLICATION_DRAFT);
    assert_true(get(f, id).made);
    assert_memory_equal(get(f, id).pdf, pdf.sha256, PT_HASH);
    assert_int_equal(get(f, id).pdf_size, 7);
    who = by(f, id, 2);
    assert_int_equal(set_text(f, &who), PT_APPLICATION_DONE);
    assert_false(get(f, id).made);
    assert_string_equal(get(f, id).body, "Mətn");
    who = by(f, id, 2);
    assert_int_equal(set_text(f, &who), PT_APPLICATION_STALE);
    free(body);
}

static void
test_fee(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    struct pt_application a;
    enum pt_application_done done;
    char id[27];

    begin(f, id);
    who = by(f, id, 1);
    assert_int_equal(set_fee(f, &who, NULL), PT_APPLICATION_DONE);
    a = get(f, id);
    assert_int_equal(a.state, PT_APPLICATION_DRAFT);
    assert_false(a.made);
    assert_string_equal(a.fee, "deferral_requested");
    assert_string_equal(a.fee_why, "Səbəb");
    assert_int_equal(a.total, 4500);
    assert_int_equal(a.policy, 7);
    who = by(f, id, 2);
    assert_int_equal(set_fee(f, &who, "text"), PT_APPLICATION_DONE);
    assert_int_equal(set_fee(f, &who, "text"), PT_APPLICATION_DONE);
    a = get(f, id);
    assert_int_equal(a.state, PT_APPLICATION_AWAITING_SIGNATURE);
    assert_int_equal(a.version, 3);
    assert_true(a.made);
    assert_int_equal(a.pdf_size, 4);
    /* What will be signed stays as it is until it is a draft again. */
    who = by(f, id, 3);
    assert_int_equal(set_court(f, &who), PT_APPLICATION_ILLEGAL);
    who = by(f, id, 3);
    assert_int_equal(
        pt_store_application_reopen(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    a = get(f, id);
    assert_int_equal(a.state, PT_APPLICATION_DRAFT);
    assert_false(a.made);
    assert_int_equal(a.version, 4);
    /* The signature of what it was is one of nothing now. */
    who = by(f, id, 3);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_ILLEGAL);
    who = by(f, id, 4);
    assert_int_equal(set_fee(f, &who, "text"), PT_APPLICATION_DONE);
    who = by(f, id, 3);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_STALE);
    assert_string_equal(get(f, id).number, "");
}

/* ---- how many, lists, ends ---- */

static void
test_each(void **state)
{
    struct fixture *f = *state;
    const struct pt_application_query mine = {.account = f->owner, .after = ""};
    struct pt_application_query next = mine;
    struct pt_application_list list;
    struct pt_application_by who;
    enum pt_application_done done;
    char id[27];

    for (int i = 0; i < PT_APPLICATIONS_EACH; i++)
        begin(f, id);
    who = by(f, "", 0);
    assert_int_equal(
        pt_store_application_new(f->store, &who, NULL, id, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_FULL);
    who = by_of(f, f->other, "", 0);
    assert_int_equal(
        pt_store_application_new(f->store, &who, NULL, id, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_int_equal(
        pt_store_application_list(f->store, &mine, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, PT_APPLICATIONS_PAGE);
    assert_true(list.more);
    next.after = list.item[PT_APPLICATIONS_PAGE - 1].id;
    assert_int_equal(
        pt_store_application_list(f->store, &next, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, PT_APPLICATIONS_EACH - PT_APPLICATIONS_PAGE);
    assert_false(list.more);
    next = mine;
    next.state = PT_APPLICATION_SUBMITTED;
    assert_int_equal(
        pt_store_application_list(f->store, &next, f->arena, NULL, &list),
        MH_OK);
    assert_int_equal(list.count, 0);
}

static void
test_archive(void **state)
{
    struct fixture *f = *state;
    struct pt_application_query q = {.account = f->owner, .after = ""};
    struct pt_application_list list;
    struct pt_application_by who;
    enum pt_application_done done;
    char id[27];

    prepare(f, id);
    who = by(f, id, PREPARED);
    assert_int_equal(submit(f, &who, "signed"), PT_APPLICATION_DONE);
    who = by(f, id, PREPARED + 1);
    assert_int_equal(
        pt_store_application_archive(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_ILLEGAL);
    who = by(f, id, PREPARED + 1);
    assert_int_equal(
        pt_store_application_withdraw(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_int_equal(get(f, id).state, PT_APPLICATION_WITHDRAWN);
    who = by(f, id, PREPARED + 2);
    assert_int_equal(
        pt_store_application_archive(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_int_equal(
        pt_store_application_archive(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE); /* the same form again */
    who = by(f, id, PREPARED + 3);
    assert_int_equal(
        pt_store_application_archive(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_ILLEGAL);
    assert_true(get(f, id).archived);
    assert_int_equal(get(f, id).version, PREPARED + 3);
    assert_int_equal(
        pt_store_application_list(f->store, &q, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
    q.archived = true;
    assert_int_equal(
        pt_store_application_list(f->store, &q, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].id, id);
    /* It never goes: not by its age, and it counts as no draft. */
    assert_int_equal(pt_store_application_expire(
                         f->store, NOW + 2 * PT_APPLICATION_KEEP, NULL),
        MH_OK);
    assert_string_equal(get(f, id).number, "E-2023-000001");
}

static void
test_ends(void **state)
{
    struct fixture *f = *state;
    struct pt_application_by who;
    enum pt_application_done done;
    char id[27], old[27];

    begin(f, id);
    who = by(f, id, 1);
    assert_int_equal(
        pt_store_application_withdraw(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_ILLEGAL);
    who = by(f, id, 1);
    assert_int_equal(
        pt_store_application_reopen(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_ILLEGAL);
    who = by(f, id, 1);
    assert_int_equal(
        pt_store_application_discard(f->store, &who, NULL, &done), MH_OK);
    assert_int_equal(done, PT_APPLICATION_DONE);
    assert_string_equal(get(f, id).id, "");
    begin(f, old);
    assert_int_equal(pt_store_application_expire(
                         f->store, NOW + PT_APPLICATION_KEEP - 1, NULL),
        MH_OK);
    assert_string_equal(get(f, old).id, old);
    assert_int_equal(t_number(f, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(
        pt_store_application_expire(f->store, NOW + PT_APPLICATION_KEEP, NULL),
        MH_OK);
    assert_string_equal(get(f, old).id, "");
    {
        struct pt_records log;
        char obj[64], data[64];

        (void)snprintf(obj, sizeof(obj), "application:%s", old);
        (void)snprintf(
            data, sizeof(data), "owner=p:%lld\n", (long long)f->owner);
        assert_int_equal(
            pt_store_record_list(f->store, f->arena, NULL, &log), MH_OK);
        assert_int_equal(log.count, 1);
        assert_string_equal(log.record[0].ev, "application.expired");
        assert_string_equal(log.record[0].obj, obj);
        assert_string_equal(log.record[0].data, data);
    }
}

static void
test_transitions(void **state)
{
    static const char *const legal[] = {"1>2", "1>10", "2>3", "3>4", "3>1",
        "4>5", "4>9", "5>6", "5>7", "5>8", "6>11", "7>11", "8>11", "9>11"};
    size_t found = 0;

    (void)state;
    for (unsigned from = 0; from <= PT_APPLICATION_ARCHIVED; from++)
        for (unsigned to = 0; to <= PT_APPLICATION_ARCHIVED; to++) {
            bool want = false;
            char name[16];

            (void)snprintf(name, sizeof(name), "%u>%u", from, to);
            for (size_t i = 0; i < T_COUNT(legal); i++)
                want = want || strcmp(legal[i], name) == 0;
            found += want;
            if (pt_application_may_follow((enum pt_application_state)from,
                    (enum pt_application_state)to) != want)
                fail_msg("%s", name);
        }
    assert_int_equal(found, T_COUNT(legal));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parties, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drop_party, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_count, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fee, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each, setup, teardown),
        cmocka_unit_test_setup_teardown(test_archive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
        cmocka_unit_test(test_transitions),
    };

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
