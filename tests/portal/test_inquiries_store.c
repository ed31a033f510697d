/* portal/store/inquiries: asked, taken, answered or rejected. */
#include "tests/t.h"

#include <string.h>

#include "portal/store/inquiries.h"
#include "tests/portal/acts.h"

static enum pt_inquiry_done
ask(struct fixture *f, const struct pt_case *c, const char *form,
    char id[static 27])
{
    struct pt_inquiry q = {
        .account = f->party, .created = NOW, .text = "Sual", .kind = "copy"};
    enum pt_inquiry_done done;
    char fresh_form[27];

    memcpy(q.case_id, c->id, sizeof(q.case_id));
    pt_id_new(fresh_form);
    assert_int_equal(pt_store_inquiry_add(f->store, &q,
                         form == NULL ? fresh_form : form, NULL, &done),
        MH_OK);
    memcpy(id, q.id, 27);
    return done;
}

static enum pt_inquiry_done
go(struct fixture *f, const char *id, enum pt_inquiry_state to)
{
    struct pt_staged staged = {.size = 0};
    struct pt_inquiry_step s = {
        .id = id, .account = f->clerk, .at = NOW + 5, .to = to, .answer = ""};
    enum pt_inquiry_done done;
    char text[40];

    if (to == PT_INQUIRY_ANSWERED) {
        (void)snprintf(text, sizeof(text), "PDF %.26s", id);
        staged = stage(f, text);
        s.staged = &staged;
        s.answer = "Cavab";
    }
    assert_int_equal(pt_store_inquiry_step(f->store, &s, NULL, &done), MH_OK);
    return done;
}

static struct pt_inquiry
inquiry(struct fixture *f, const char *id)
{
    struct pt_inquiry q;

    assert_int_equal(
        pt_store_inquiry_get(f->store, id, f->arena, NULL, &q), MH_OK);
    return q;
}

static void
answered(void **state)
{
    struct fixture *f = *state;
    struct pt_inquiry q;
    enum pt_found found;
    uint64_t size, removed;
    char id[27];
    int fd = -1;

    assert_int_equal(ask(f, &f->c, NULL, id), PT_INQUIRY_DONE);
    q = inquiry(f, id);
    assert_int_equal(q.due, NOW + (int64_t)PT_INQUIRY_DAYS * DAY);
    assert_string_equal(q.text, "Sual");
    assert_string_equal(q.number, f->c.number);
    assert_int_equal(go(f, id, PT_INQUIRY_REVIEW), PT_INQUIRY_DONE);
    assert_int_equal(go(f, id, PT_INQUIRY_ANSWERED), PT_INQUIRY_DONE);
    q = inquiry(f, id);
    assert_int_equal(q.state, PT_INQUIRY_ANSWERED);
    assert_string_equal(q.answer, "Cavab");
    assert_int_equal(q.ended, NOW + 5);
    /* Its document is nobody's to sweep away. */
    assert_int_equal(
        pt_store_blob_collect(f->store, NOW + DAY, NULL, &removed), MH_OK);
    assert_int_equal(
        pt_store_blob_open(f->store, q.sha256, NULL, &fd, &size, &found),
        MH_OK);
    assert_int_equal(found, PT_FOUND);
    mh_close(&fd);
}

static void
cells(void **state)
{
    static const char *const may[] = {
        /* to: sent, review, answered, rejected */
        [PT_INQUIRY_SENT] = "0100",
        [PT_INQUIRY_REVIEW] = "0011",
        [PT_INQUIRY_ANSWERED] = "0000",
        [PT_INQUIRY_REJECTED] = "0000",
    };
    struct fixture *f = *state;
    struct pt_stmt sent = {.sql = "DELETE FROM outbox"};
    struct pt_stmt none = {.sql = "DELETE FROM inquiry"};

    for (unsigned from = 1; from < PT_INQUIRY_STATES; from++)
        for (unsigned to = 1; to < PT_INQUIRY_STATES; to++) {
            bool good = may[from][to - 1] == '1';
            char id[27];

            assert_int_equal(pt_rows_write(f->store, &none, 1, NULL), MH_OK);
            assert_int_equal(ask(f, &f->c, NULL, id), PT_INQUIRY_DONE);
            if (from > PT_INQUIRY_SENT)
                assert_int_equal(go(f, id, PT_INQUIRY_REVIEW), PT_INQUIRY_DONE);
            if (from > PT_INQUIRY_REVIEW)
                assert_int_equal(
                    go(f, id, (enum pt_inquiry_state)from), PT_INQUIRY_DONE);
            assert_int_equal(pt_rows_write(f->store, &sent, 1, NULL), MH_OK);
            assert_int_equal(go(f, id, (enum pt_inquiry_state)to),
                good ? PT_INQUIRY_DONE : PT_INQUIRY_ILLEGAL);
            assert_int_equal(records(f), 1);
            assert_int_equal(inquiry(f, id).state, good ? to : from);
        }
}

static void
limits(void **state)
{
    static const char form[] = "abcdefghijklmnopqrstuvwxyz";
    struct fixture *f = *state;
    char id[27], first[27];

    assert_int_equal(ask(f, &f->c, form, first), PT_INQUIRY_DONE);
    for (int i = 1; i < PT_INQUIRIES_OPEN; i++)
        assert_int_equal(ask(f, &f->c, NULL, id), PT_INQUIRY_DONE);
    assert_int_equal(ask(f, &f->c, NULL, id), PT_INQUIRY_MANY);
    assert_int_equal(ask(f, &f->c, form, id), PT_INQUIRY_DONE);
    assert_string_equal(id, first);
    assert_int_equal(ask(f, &f->other_case, NULL, id), PT_INQUIRY_DONE);
    /* One that has its answer makes room. */
    assert_int_equal(go(f, first, PT_INQUIRY_REVIEW), PT_INQUIRY_DONE);
    assert_int_equal(ask(f, &f->c, NULL, id), PT_INQUIRY_MANY);
    assert_int_equal(go(f, first, PT_INQUIRY_REJECTED), PT_INQUIRY_DONE);
    assert_int_equal(ask(f, &f->c, NULL, id), PT_INQUIRY_DONE);
}

static void
lists(void **state)
{
    struct fixture *f = *state;
    const struct pt_account clerk = {.id = f->clerk, .role = PT_ROLE_CLERK};
    const struct pt_account party = {.id = f->party, .role = PT_ROLE_CITIZEN};
    const struct pt_account judge = {.id = f->judge, .role = PT_ROLE_JUDGE};
    struct pt_inquiries list;
    char here[27], there[27];

    assert_int_equal(ask(f, &f->c, NULL, here), PT_INQUIRY_DONE);
    assert_int_equal(ask(f, &f->other_case, NULL, there), PT_INQUIRY_DONE);
    assert_int_equal(
        pt_store_inquiry_list(f->store, &clerk, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 1); /* the own court's */
    assert_string_equal(list.item[0].id, here);
    assert_int_equal(
        pt_store_inquiry_list(f->store, &party, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 2);
    assert_int_equal(
        pt_store_inquiry_list(f->store, &judge, f->arena, NULL, &list), MH_OK);
    assert_int_equal(list.count, 0);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(answered), ROW(cells), ROW(limits), ROW(lists)};

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
