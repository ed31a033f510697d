/* portal/store/drafts: what waits for a signature, its limits and its end. */
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest/digest.h"
#include "base/sys/chan.h"
#include "portal/http/id.h"
#include "portal/store/cases.h"
#include "portal/store/drafts.h"
#include "tests/folder.h"
#include "tests/portal/blobs.h"

enum {
    NOW = 1700000000,
    END = NOW + PT_DRAFT_KEEP,
};

struct fixture {
    char dir[64], where[256];
    struct pt_store *store;
    struct mh_arena *arena;
    struct pt_case c, other_case;
    int64_t account, other;
};

static int64_t
add_account(struct pt_store *store, const char *name)
{
    struct pt_account a = {.role = PT_ROLE_LAWYER, .state = PT_ACCOUNT_ACTIVE};

    (void)snprintf(a.username, sizeof(a.username), "%s", name);
    (void)snprintf(a.name, sizeof(a.name), "Ad");
    (void)snprintf(a.surname, sizeof(a.surname), "Soyad");
    assert_int_equal(pt_store_account_add(store, &a, NULL, &a.id), MH_OK);
    return a.id;
}

static void
add_case(
    struct fixture *f, struct pt_case *c, const char *number, int64_t court)
{
    *c = (struct pt_case){.filed = NOW, .status = PT_CASE_IN_PROCEEDINGS};
    (void)snprintf(c->number, sizeof(c->number), "%s", number);
    (void)snprintf(c->type, sizeof(c->type), "2-2");
    assert_int_equal(
        pt_store_case_add(f->store, c, court, f->account, NULL), MH_OK);
}

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    int64_t court;

    assert_non_null(f);
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/mohur-drafts-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    t_where(f->where, sizeof(f->where), f->dir);
    f->arena = mh_arena_new(16 << 20);
    assert_non_null(f->arena);
    assert_int_equal(pt_store_open(f->where, NOW, NULL, &f->store), MH_OK);
    assert_int_equal(pt_store_start(f->store, NULL), MH_OK);
    f->account = add_account(f->store, "filer");
    f->other = add_account(f->store, "other");
    assert_int_equal(
        pt_store_court_put(f->store, "113", "Kommersiya", NULL, &court), MH_OK);
    add_case(f, &f->c, "2-2(113)-1/2021", court);
    add_case(f, &f->other_case, "2-2(113)-2/2021", court);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    pt_store_close(f->store);
    assert_int_equal(t_remove_all(f->dir), 0);
    mh_arena_free(f->arena);
    free(f);
    return 0;
}

/* A draft of so many files, each of which says its number and what. */
static enum mh_code
add(struct fixture *f, struct pt_draft *d, size_t files, const char *what)
{
    struct pt_staged staged[PT_DRAFT_FILES];

    pt_id_new(d->id);
    if (d->case_id[0] == '\0')
        (void)snprintf(d->case_id, sizeof(d->case_id), "%s", f->c.id);
    if (d->account == 0)
        d->account = f->account;
    if (d->created == 0)
        d->created = NOW;
    d->until = d->created + PT_DRAFT_KEEP;
    (void)snprintf(d->kind, sizeof(d->kind), "motion");
    for (size_t i = 0; i < files; i++) {
        char text[80];

        (void)snprintf(text, sizeof(text), "%zu %s", i, what);
        staged[i] = t_stage(f->store, text);
        (void)snprintf(d->file[i].name, sizeof(d->file[i].name), "%zu.pdf", i);
        d->file[i].format = i % 2 == 0 ? MH_FORMAT_PDF : MH_FORMAT_JPEG;
    }
    d->files = files;
    return pt_store_draft_add(f->store, d, staged, NULL);
}

static struct pt_draft
get(struct fixture *f, const struct pt_draft *d, int64_t account, int64_t now)
{
    struct pt_draft out;

    assert_int_equal(
        pt_store_draft_get(f->store, d->id, account, now, NULL, &out), MH_OK);
    return out;
}

static size_t
listed(struct fixture *f, const char *case_id, int64_t account, int64_t now)
{
    struct pt_draft of = {.account = account};
    struct pt_drafts list;

    (void)snprintf(of.case_id, sizeof(of.case_id), "%s", case_id);
    assert_int_equal(
        pt_store_draft_list(f->store, &of, now, f->arena, NULL, &list), MH_OK);
    for (size_t i = 1; i < list.count; i++)
        assert_true(list.item[i - 1].created >= list.item[i].created);
    return list.count;
}

static uint64_t
collect(struct fixture *f, int64_t before)
{
    uint64_t removed = 0;

    assert_int_equal(
        pt_store_blob_collect(f->store, before, NULL, &removed), MH_OK);
    return removed;
}

/* What is stored comes back, in its order, with every file's bytes. */
static void
kept(void **state)
{
    struct fixture *f = *state;
    struct pt_draft d = {.id = ""}, back;

    (void)snprintf(d.title, sizeof(d.title), "V\xc9\x99sat\xc9\x99t");
    memset(d.note, 'n', PT_DOC_NOTE_MAX);
    assert_int_equal(add(f, &d, PT_DRAFT_FILES, "file"), MH_OK);
    pt_store_close(f->store);
    assert_int_equal(pt_store_open(f->where, NOW, NULL, &f->store), MH_OK);
    assert_int_equal(pt_store_start(f->store, NULL), MH_OK);
    back = get(f, &d, f->account, NOW);
    assert_string_equal(back.id, d.id);
    assert_string_equal(back.case_id, f->c.id);
    assert_string_equal(back.kind, "motion");
    assert_string_equal(back.title, d.title);
    assert_string_equal(back.note, d.note);
    assert_int_equal(back.account, f->account);
    assert_int_equal(back.created, NOW);
    assert_int_equal(back.until, END);
    assert_int_equal(back.files, PT_DRAFT_FILES);
    for (size_t i = 0; i < back.files; i++) {
        char text[80];
        uint8_t sha[PT_HASH];
        enum pt_found found = PT_ABSENT;
        uint64_t size = 0;
        int fd = -1;

        (void)snprintf(text, sizeof(text), "%zu file", i);
        t_hash(text, sha);
        assert_memory_equal(back.file[i].sha256, sha, PT_HASH);
        assert_int_equal(back.file[i].size, strlen(text));
        assert_string_equal(back.file[i].name, d.file[i].name);
        assert_int_equal(back.file[i].format, d.file[i].format);
        assert_int_equal(
            pt_store_blob_open(f->store, sha, NULL, &fd, &size, &found), MH_OK);
        assert_int_equal(found, PT_FOUND);
        mh_close(&fd);
    }
}

/* It is its owner's alone: nobody else reads, lists or drops it. */
static void
owned(void **state)
{
    struct fixture *f = *state;
    struct pt_draft d = {.id = ""};

    assert_int_equal(add(f, &d, 1, "mine"), MH_OK);
    assert_string_equal(get(f, &d, f->other, NOW).id, "");
    assert_int_equal(listed(f, f->c.id, f->other, NOW), 0);
    assert_int_equal(listed(f, f->other_case.id, f->account, NOW), 0);
    assert_int_equal(
        pt_store_draft_drop(f->store, d.id, f->other, NULL), MH_OK);
    assert_string_equal(get(f, &d, f->account, NOW).id, d.id);
    assert_int_equal(listed(f, f->c.id, f->account, NOW), 1);
    assert_int_equal(
        pt_store_draft_drop(f->store, d.id, f->account, NULL), MH_OK);
    assert_string_equal(get(f, &d, f->account, NOW).id, "");
    assert_int_equal(listed(f, f->c.id, f->account, NOW), 0);
    assert_int_equal(
        pt_store_draft_drop(f->store, d.id, f->account, NULL), MH_OK);
}

/* So many of an account and not one more; of others, and later, again. */
static void
limited(void **state)
{
    struct fixture *f = *state;
    struct pt_draft last = {.id = ""}, more = {.id = ""}, d;
    char what[16];

    for (int i = 0; i < PT_DRAFTS_EACH; i++) {
        last = (struct pt_draft){.created = NOW + i};
        (void)snprintf(what, sizeof(what), "n%d", i);
        assert_int_equal(add(f, &last, 1, what), MH_OK);
    }
    more.created = NOW + PT_DRAFTS_EACH;
    assert_int_equal(add(f, &more, 1, "more"), MH_ELIMIT);
    assert_string_equal(get(f, &more, f->account, NOW).id, "");
    d = (struct pt_draft){.account = f->other};
    assert_int_equal(add(f, &d, 1, "another's"), MH_OK);
    assert_int_equal(listed(f, f->c.id, f->account, NOW), PT_DRAFTS_EACH);
    /* In another case it is the same account. */
    d = (struct pt_draft){.created = NOW};
    memcpy(d.case_id, f->other_case.id, sizeof(d.case_id));
    assert_int_equal(add(f, &d, 1, "elsewhere"), MH_ELIMIT);
    assert_int_equal(
        pt_store_draft_drop(f->store, last.id, f->account, NULL), MH_OK);
    assert_int_equal(add(f, &more, 1, "more"), MH_OK);
    assert_int_equal(add(f, &more, 1, "more"), MH_ELIMIT);
    /* The oldest is too old, even where no sweep came by. */
    d = (struct pt_draft){.created = END};
    assert_int_equal(add(f, &d, 1, "the day after"), MH_OK);
}

/* At its last second it is there, at the next it is not. */
static void
expires(void **state)
{
    struct fixture *f = *state;
    struct pt_draft old = {.created = NOW}, new = {.created = NOW + 1};

    assert_int_equal(add(f, &old, 2, "old"), MH_OK);
    assert_int_equal(add(f, &new, 1, "new"), MH_OK);
    assert_string_equal(get(f, &old, f->account, END - 1).id, old.id);
    assert_int_equal(listed(f, f->c.id, f->account, END - 1), 2);
    assert_string_equal(get(f, &old, f->account, END).id, "");
    assert_int_equal(listed(f, f->c.id, f->account, END), 1);
    assert_int_equal(pt_store_draft_expire(f->store, END - 1, NULL), MH_OK);
    assert_string_equal(get(f, &old, f->account, NOW).id, old.id);
    assert_int_equal(pt_store_draft_expire(f->store, END, NULL), MH_OK);
    assert_string_equal(get(f, &old, f->account, NOW).id, "");
    assert_string_equal(get(f, &new, f->account, NOW).id, new.id);
    assert_int_equal(collect(f, END), 2);
    assert_int_equal(get(f, &new, f->account, NOW).files, 1);
}

/* Bytes stay as long as one draft names them, and go with the last. */
static void
collected(void **state)
{
    struct fixture *f = *state;
    struct pt_draft a = {.id = ""}, b = {.id = ""}, refused = {.id = ""};

    assert_int_equal(add(f, &a, 3, "same"), MH_OK);
    assert_int_equal(add(f, &b, 2, "same"), MH_OK);
    assert_int_equal(collect(f, END), 0);
    assert_int_equal(
        pt_store_draft_drop(f->store, a.id, f->account, NULL), MH_OK);
    assert_int_equal(collect(f, NOW), 0); /* younger than that */
    assert_int_equal(collect(f, END), 1);
    assert_int_equal(get(f, &b, f->account, NOW).files, 2);
    assert_int_equal(
        pt_store_draft_drop(f->store, b.id, f->account, NULL), MH_OK);
    assert_int_equal(collect(f, END), 2);
    /* A draft of no case leaves nothing behind. */
    memset(refused.case_id, 'a', sizeof(refused.case_id) - 1);
    assert_int_not_equal(add(f, &refused, 1, "nowhere"), MH_OK);
    assert_string_equal(get(f, &refused, f->account, NOW).id, "");
    assert_int_equal(collect(f, END), 0);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(kept), ROW(owned), ROW(limited), ROW(expires), ROW(collected)};

    if (mh_digest_init(NULL) != MH_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
